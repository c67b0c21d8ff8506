package sandbox

import (
	"archive/tar"
	"bytes"
	"errors"
	"io"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestAnEarlierReleaseHadOtherTextsAndOtherHashes(t *testing.T) {
	var now, earlier bytes.Buffer
	w := tar.NewWriter(&now)
	put := func(name string, typ byte, content string) {
		require.NoError(t, w.WriteHeader(&tar.Header{Name: name, Typeflag: typ, Mode: 0o755, Uid: 7, Size: int64(len(content))}))
		_, err := w.Write([]byte(content))
		require.NoError(t, err)
	}
	put("static/", tar.TypeDir, "")
	put("static/css/", tar.TypeDir, "")
	put("static/css/site.css", tar.TypeReg, "a{}b{}")
	put("static/app.3f2b9c1d.js", tar.TypeReg, "1234")
	put("static/logo.png", tar.TypeReg, "\x89PNG")
	require.NoError(t, w.Close())
	require.NoError(t, writeEarlier(&earlier, carried, tar.NewReader(&now)))

	got := map[string]string{}
	for archive := tar.NewReader(&earlier); ; {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		require.NoError(t, err)
		content, err := io.ReadAll(archive)
		require.NoError(t, err)
		got[header.Name] = string(content)
		assert.Equal(t, 7, header.Uid, "it belongs to whom it belongs now")
	}
	assert.Equal(t, map[string]string{
		"volume/": "", "volume/css/": "", "volume/css/site.css": "a{}",
		"volume/app.00000000.js": "12", "volume/logo.png": "\x89PNG",
	}, got)
}

func TestOnlyAHashOfTheContentIsAnotherInAnEarlierName(t *testing.T) {
	for name, want := range map[string]string{
		"app.css": "app.css", "app.3f2b9c1d.css": "app.00000000.css", "index-00ab12cd34.js": "index-1100000000.js", "jquery-3.7.1.min.js": "jquery-3.7.1.min.js", "deadbeef": "deadbeef",
	} {
		assert.Equal(t, want, earlierName(name), name)
	}
}
