package evidence_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"testing/iotest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seatrial/seatrial/harness/evidence"
)

const secret = "s3cr3t-value"

func create(t *testing.T) (*evidence.Writer, string) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "run", "bundle")
	w, err := evidence.Create(dir, []string{secret, "1"})
	require.NoError(t, err)
	return w, dir
}

func open(t *testing.T, path string) *evidence.Bundle {
	t.Helper()
	b, err := evidence.Open(path)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, b.Close()) })
	return b
}

func TestBundleIsWrittenRedactedAndReadBack(t *testing.T) {
	w, dir := create(t)
	require.NoError(t, w.Text(evidence.ConditionsFile, "user=65532\nread-only-root\n"))
	require.NoError(t, w.JSON(evidence.SpecFile, struct {
		Zeta string            `json:"zeta"`
		Env  map[string]string `json:"env"`
	}{"z", map[string]string{"PORT": "80", "DB_PASSWORD": "x", "KEY": "a " + secret}}))
	require.NoError(t, evidence.JSONLines(w, evidence.HTTPFile, []map[string]any{{"url": "/?token=abc"}, {"status": 404}}))
	require.NoError(t, w.Lines(evidence.RedisLog, []string{"ready", "requirepass hunter2"}))
	require.NoError(t, w.Lines(evidence.NginxLog, nil))
	require.NoError(t, w.Copy(evidence.StdoutLog, iotest.OneByteReader(strings.NewReader("up\r\nkey "+secret+"\nlast"))))
	assert.NoDirExists(t, dir, "not there before Close")
	require.NoError(t, w.Close())
	require.NoError(t, w.Close(), "closing again is harmless")

	left, err := os.ReadDir(filepath.Dir(dir))
	require.NoError(t, err)
	assert.Len(t, left, 1, "no temporary folder stays")

	b := open(t, dir)
	require.NoError(t, fstest.TestFS(b, evidence.SpecFile, evidence.RedisLog))
	spec, err := b.Text(evidence.SpecFile)
	require.NoError(t, err)
	assert.Equal(t, "{\n  \"zeta\": \"z\",\n  \"env\": {\n    \"DB_PASSWORD\": \"[redacted:password]\",\n    \"KEY\": \"a [redacted:secret]\",\n    \"PORT\": \"80\"\n  }\n}\n", spec)
	lines, err := b.Lines(evidence.StdoutLog)
	require.NoError(t, err)
	assert.Equal(t, []evidence.Line{{File: "stdout.log", Number: 1, Text: "up"}, {File: "stdout.log", Number: 2, Text: "key [redacted:secret]"}, {File: "stdout.log", Number: 3, Text: "last"}}, lines)
	assert.Equal(t, "stdout.log:2: key [redacted:secret]", lines[1].String())
	http, err := b.Text(evidence.HTTPFile)
	require.NoError(t, err)
	assert.Equal(t, "{\"url\":\"/?token=[redacted:token]\"}\n{\"status\":404}\n", http)
	assert.True(t, b.Has(evidence.RedisLog))
	assert.False(t, b.Has(evidence.NginxLog), "empty")
	assert.False(t, b.Has(evidence.StderrLog), "not written")
	none, err := b.Lines(evidence.StderrLog)
	require.NoError(t, err)
	assert.Empty(t, none)
	_, err = b.Text(evidence.StderrLog)
	assert.ErrorIs(t, err, fs.ErrNotExist)

	meta, err := b.Meta()
	require.NoError(t, err)
	assert.True(t, meta.Complete)
	assert.Equal(t, evidence.Schema, meta.Schema)
	assert.Equal(t, 1, meta.ShortSecrets)
	assert.Len(t, meta.Files, 6)
	assert.Contains(t, meta.Files, evidence.FileInfo{Name: "services/redis.log", Bytes: int64(len("ready\nrequirepass [redacted:password]\n"))})
	assert.Contains(t, meta.NotWritten, evidence.StderrLog)
	assert.NotContains(t, meta.NotWritten, evidence.StdoutLog)
}

func TestBundleAfterFailedWritesSaysWhatIsMissing(t *testing.T) {
	w, dir := create(t)
	boom := errors.New("engine gone, password=hunter2")
	assert.ErrorContains(t, w.Copy(evidence.StdoutLog, &cutReader{"first\nsecond", boom}), "write evidence file stdout.log: engine gone")
	assert.ErrorContains(t, w.JSON(evidence.StateFile, func() {}), "write evidence file state.json: ")
	assert.ErrorContains(t, w.Text("../escape", "x"), "name evidence file")
	require.NoError(t, w.Text(evidence.StderrLog, "kept\n"))
	assert.ErrorContains(t, w.Text(evidence.StderrLog, "again"), "written already")
	w.Missing(evidence.DiffFile, boom)
	w.Missing(evidence.HostFile, nil)
	require.NoError(t, w.Close())

	b := open(t, dir)
	meta, err := b.Meta()
	require.NoError(t, err)
	assert.False(t, meta.Complete)
	reasons := map[string]string{}
	for _, gap := range meta.Missing {
		reasons[gap.File] = gap.Reason
	}
	assert.Equal(t, "engine gone, password=[redacted:password]", reasons[evidence.StdoutLog])
	assert.Contains(t, reasons[evidence.StateFile], "unsupported type")
	assert.Contains(t, reasons["../escape"], "want lower case")
	assert.Equal(t, "written already", reasons[evidence.StderrLog])
	assert.Equal(t, "engine gone, password=[redacted:password]", reasons[evidence.DiffFile])
	assert.Equal(t, "no reason given", reasons[evidence.HostFile])
	assert.NotContains(t, meta.NotWritten, evidence.DiffFile)
	text, err := b.Text(evidence.StdoutLog)
	require.NoError(t, err)
	assert.Equal(t, "first\nsecond", text, "what was read before the error is kept")
}

type cutReader struct {
	text string
	err  error
}

func (r *cutReader) Read(p []byte) (int, error) {
	if r.text == "" {
		return 0, r.err
	}
	n := copy(p, r.text)
	r.text = r.text[n:]
	return n, nil
}

func TestBundleOfADeadProcessCanBeOpened(t *testing.T) {
	w, dir := create(t)
	require.NoError(t, w.Text(evidence.StdoutLog, "up\n"))
	left, err := filepath.Glob(filepath.Join(filepath.Dir(dir), ".bundle.partial-*"))
	require.NoError(t, err)
	require.Len(t, left, 1)
	meta, err := open(t, left[0]).Meta()
	require.NoError(t, err)
	assert.False(t, meta.Complete)
	assert.True(t, meta.Closed.IsZero())
	require.NoError(t, w.Discard())
	assert.NoDirExists(t, left[0])
	assert.ErrorContains(t, w.Text(evidence.StderrLog, "late"), "bundle is closed")
}

func TestCreateRefusesToOverwrite(t *testing.T) {
	w, dir := create(t)
	require.NoError(t, w.Close())
	_, err := evidence.Create(dir, nil)
	assert.ErrorContains(t, err, "create bundle: ")
}

func TestCloseNamesTheFolderWhenItCannotRename(t *testing.T) {
	w, dir := create(t)
	require.NoError(t, w.Text(evidence.StdoutLog, "up\n"))
	require.NoError(t, os.WriteFile(dir, []byte("in the way"), 0o600))
	err := w.Close()
	require.ErrorContains(t, err, "close bundle: left in ")
	left, globErr := filepath.Glob(filepath.Join(filepath.Dir(dir), ".bundle.partial-*"))
	require.NoError(t, globErr)
	require.Len(t, left, 1)
	assert.True(t, open(t, left[0]).Has(evidence.StdoutLog))
}

func TestStreamFindsSecretsAcrossWrites(t *testing.T) {
	w, dir := create(t)
	text := "a " + secret + " b\nBearer abc123def456\n" + pemKey + "\n" + base64.StdEncoding.EncodeToString([]byte("u:"+secret)) + "\nno end " + secret
	for size := 1; size < 9; size++ {
		s, err := w.Stream("part" + string(rune('0'+size)) + ".log")
		require.NoError(t, err)
		for part := []byte(text); len(part) > 0; {
			n := min(size, len(part))
			_, err := s.Write(part[:n])
			require.NoError(t, err)
			part = part[n:]
		}
		if size%2 == 0 { // Writer.Close closes the others
			require.NoError(t, s.Close())
			_, err = s.Write([]byte("late"))
			assert.ErrorIs(t, err, os.ErrClosed)
		}
	}
	require.NoError(t, w.Close())
	b := open(t, dir)
	want := w.Redactor().Text(text)
	assert.NotContains(t, want, secret)
	for size := 1; size < 9; size++ {
		got, err := b.Text("part" + string(rune('0'+size)) + ".log")
		require.NoError(t, err)
		assert.Equal(t, want, got)
	}
}

func TestStreamCutsOverlongLinesAndSaysSo(t *testing.T) {
	w, dir := create(t)
	line := strings.Repeat("x", evidence.MaxLine-5) + secret + strings.Repeat("y", 3*evidence.MaxLine)
	require.NoError(t, w.Copy(evidence.StdoutLog, strings.NewReader(line+"\nnext\n")))
	require.NoError(t, w.Close())
	lines, err := open(t, dir).Lines(evidence.StdoutLog)
	require.NoError(t, err)
	require.Len(t, lines, 2)
	assert.Less(t, len(lines[0].Text), evidence.MaxLine)
	assert.Regexp(t, `xxx \[\d+ bytes of this line left out\]$`, lines[0].Text, "not even the first half of the secret")
	assert.Equal(t, "next", lines[1].Text)
}

func TestWriterServesManyCollectorsAtOnce(t *testing.T) {
	w, dir := create(t)
	var wg sync.WaitGroup
	for _, name := range evidence.Files() {
		wg.Go(func() {
			if strings.HasSuffix(name, ".log") {
				assert.NoError(t, w.Copy(name, strings.NewReader(secret+"\n")))
				return
			}
			assert.NoError(t, w.Text(name, secret))
		})
	}
	wg.Wait()
	require.NoError(t, w.Close())
	meta, err := open(t, dir).Meta()
	require.NoError(t, err)
	assert.True(t, meta.Complete)
	assert.Len(t, meta.Files, len(evidence.Files()))
	assert.Empty(t, meta.NotWritten)
}

func TestCheckNameKeepsNamesPortableAndInside(t *testing.T) {
	for _, name := range append(evidence.Files(), "services/nginx/access.log", "a", "0-x_y.tar.gz") {
		assert.NoError(t, evidence.CheckName(name))
	}
	for _, name := range []string{"", ".", "..", "../x", "/etc/passwd", "a/../b", "a//b", "a/", ".hidden", "a/.b", "Upper", `a\b`, "c:x", "a b", "x.", "日志", "a\x00", "a/b/c/d/e", "meta.json", strings.Repeat("n", 81)} {
		assert.Error(t, evidence.CheckName(name), "%q", name)
	}
}

func TestPackedBundlesReadLikeTheFolder(t *testing.T) {
	w, dir := create(t)
	require.NoError(t, w.Text(evidence.StdoutLog, "one\ntwo\n"))
	require.NoError(t, w.Text(evidence.RedisLog, "ready\n"))
	require.NoError(t, w.Close())
	for _, ext := range []string{".zip", ".tar.gz", ".tgz"} {
		t.Run(ext, func(t *testing.T) {
			out := filepath.Join(t.TempDir(), "packed"+ext)
			require.NoError(t, evidence.Pack(dir, out))
			first, err := os.ReadFile(out)
			require.NoError(t, err)
			require.NoError(t, evidence.Pack(dir, out), "an older pack is replaced")
			second, err := os.ReadFile(out)
			require.NoError(t, err)
			assert.True(t, bytes.Equal(first, second), "equal bundles, equal bytes")

			b := open(t, out)
			lines, err := b.Lines(evidence.StdoutLog)
			require.NoError(t, err)
			assert.Equal(t, "stdout.log:2: two", lines[1].String())
			assert.True(t, b.Has(evidence.RedisLog))
			meta, err := b.Meta()
			require.NoError(t, err)
			assert.True(t, meta.Complete)
		})
	}
	assert.ErrorContains(t, evidence.Pack(dir, filepath.Join(t.TempDir(), "x.rar")), "want .zip, .tar.gz or .tgz")
	assert.ErrorContains(t, evidence.Pack(t.TempDir(), filepath.Join(t.TempDir(), "x.zip")), "pack bundle")
}

func TestOpenRefusesWhatItCannotRead(t *testing.T) {
	dir := t.TempDir()
	file := func(name, content string) string {
		path := filepath.Join(dir, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
		return path
	}
	file("newer/meta.json", `{"schema": 99}`)
	file("none/meta.json", `{}`)
	file("torn/meta.json", `{"schema": 1`)
	for path, want := range map[string]string{
		filepath.Join(dir, "absent"): "no such file", filepath.Join(dir, "newer"): "schema 99, want 1 to 1",
		filepath.Join(dir, "none"): "schema 0", filepath.Join(dir, "torn"): "meta.json", file("a.zip", "not a zip"): "zip",
		file("a.tar.gz", "this is not a gzip file"): "gzip", file("a.txt", "x"): "want a folder", t.TempDir(): "meta.json",
	} {
		_, err := evidence.Open(path)
		require.Error(t, err, path)
		assert.Contains(t, err.Error(), "open bundle")
		assert.Contains(t, err.Error(), want)
	}
}

func TestFromFSNeedsNoMeta(t *testing.T) {
	b := evidence.FromFS(fstest.MapFS{"stdout.log": {Data: []byte("a\r\n\nb")}})
	lines, err := b.Lines("stdout.log")
	require.NoError(t, err)
	assert.Equal(t, []evidence.Line{{File: "stdout.log", Number: 1, Text: "a"}, {File: "stdout.log", Number: 2}, {File: "stdout.log", Number: 3, Text: "b"}}, lines)
	require.NoError(t, b.Close())
	assert.Equal(t, "stdout.log: gone", evidence.Line{File: "stdout.log", Text: "gone"}.String())
}
