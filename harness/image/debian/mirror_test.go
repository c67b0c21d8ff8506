package debian

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp"
	"github.com/ProtonMail/go-crypto/openpgp/armor"
	"github.com/ProtonMail/go-crypto/openpgp/clearsign"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
	"github.com/blakesmith/ar"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/stretchr/testify/require"
	"github.com/ulikunitz/xz"
)

// file is one member of a test package.
type file struct {
	name, content, link string
	typ                 byte
	mode                int64
}

var builtAt = time.Date(2024, 2, 3, 4, 5, 6, 0, time.UTC)

// buildDeb makes a .deb; ext says how its data.tar is compressed.
func buildDeb(t testing.TB, ext string, files ...file) []byte {
	t.Helper()
	var data bytes.Buffer
	tw := tar.NewWriter(&data)
	for _, f := range files {
		h := &tar.Header{Name: f.name, Typeflag: f.typ, Linkname: f.link, Mode: f.mode, Size: int64(len(f.content)), ModTime: builtAt}
		if h.Typeflag == 0 {
			h.Typeflag = tar.TypeReg
		}
		if h.Mode == 0 {
			h.Mode = 0o644
		}
		require.NoError(t, tw.WriteHeader(h))
		_, err := tw.Write([]byte(f.content))
		require.NoError(t, err)
	}
	require.NoError(t, tw.Close())
	var out bytes.Buffer
	w := ar.NewWriter(&out)
	require.NoError(t, w.WriteGlobalHeader())
	for _, m := range []struct {
		name string
		data []byte
	}{{"debian-binary", []byte("2.0\n")}, {"control.tar.gz", compress(t, ".gz", nil)}, {"data.tar" + ext, compress(t, ext, data.Bytes())}} {
		require.NoError(t, w.WriteHeader(&ar.Header{Name: m.name, Size: int64(len(m.data)), Mode: 0o100644, ModTime: builtAt}))
		_, err := w.Write(m.data)
		require.NoError(t, err)
	}
	return out.Bytes()
}

func compress(t testing.TB, ext string, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	var w io.WriteCloser
	var err error
	switch ext {
	case ".gz":
		w = gzip.NewWriter(&b)
	case ".xz":
		w, err = xz.NewWriter(&b)
	case ".zst":
		w, err = zstd.NewWriter(&b)
	default:
		return data
	}
	require.NoError(t, err)
	_, err = w.Write(data)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return b.Bytes()
}

// newKey makes an archive key; made is when, lifetime in seconds (0: for ever).
func newKey(t testing.TB, made time.Time, lifetime uint32) *openpgp.Entity {
	t.Helper()
	e, err := openpgp.NewEntity("Test Archive", "", "archive@example.org", &packet.Config{
		Algorithm: packet.PubKeyAlgoEdDSA, Time: func() time.Time { return made }, KeyLifetimeSecs: lifetime,
	})
	require.NoError(t, err)
	return e
}

// publicKey gives the public half, binary or armoured.
func publicKey(t testing.TB, e *openpgp.Entity, armoured bool) []byte {
	t.Helper()
	var b bytes.Buffer
	if !armoured {
		require.NoError(t, e.Serialize(&b))
		return b.Bytes()
	}
	w, err := armor.Encode(&b, openpgp.PublicKeyType, nil)
	require.NoError(t, err)
	require.NoError(t, e.Serialize(w))
	require.NoError(t, w.Close())
	return append(b.Bytes(), '\n')
}

// mirror is a Debian mirror in this process.
type mirror struct {
	t     testing.TB
	key   *openpgp.Entity
	URL   string
	now   time.Time
	extra string // more fields of Release
	suite string

	mu       sync.Mutex
	files    map[string][]byte
	packages string
	asked    []string
	handle   func(http.ResponseWriter, *http.Request) bool // true: answered
}

func newMirror(t testing.TB) *mirror {
	t.Helper()
	m := &mirror{t: t, files: map[string][]byte{}, suite: "stable", now: time.Now()}
	m.key = newKey(t, m.now.Add(-time.Hour), 0)
	server := httptest.NewServer(http.HandlerFunc(m.serve))
	t.Cleanup(server.Close)
	m.URL = server.URL + "/debian"
	return m
}

func (m *mirror) serve(w http.ResponseWriter, r *http.Request) {
	m.mu.Lock()
	path := strings.TrimPrefix(r.URL.Path, "/debian/")
	m.asked = append(m.asked, path)
	data, ok := m.files[path]
	handle := m.handle
	m.mu.Unlock()
	if handle != nil && handle(w, r) {
		return
	}
	if !ok {
		http.NotFound(w, r)
		return
	}
	w.Write(data)
}

// count says how often a path that contains part was asked for.
func (m *mirror) count(part string) int {
	m.mu.Lock()
	defer m.mu.Unlock()
	n := 0
	for _, p := range m.asked {
		if strings.Contains(p, part) {
			n++
		}
	}
	return n
}

// add puts a package into the pool and the index; control holds its other
// fields.
func (m *mirror) add(name, version, control string, deb []byte) {
	path := fmt.Sprintf("pool/%s_%s.deb", name, strings.ReplaceAll(version, ":", "%3a"))
	path = strings.ReplaceAll(path, "%", "")
	m.files[path] = deb
	m.packages += fmt.Sprintf("Package: %s\nVersion: %s\nArchitecture: amd64\nDescription: test\n more text\nFilename: %s\nSize: %d\nSHA256: %s\n",
		name, version, path, len(deb), sum(deb))
	if control != "" {
		m.packages += control + "\n"
	}
	m.packages += "\n"
}

func sum(b []byte) string {
	s := sha256.Sum256(b)
	return hex.EncodeToString(s[:])
}

// publish writes and signs the index.
func (m *mirror) publish() {
	m.t.Helper()
	index := compress(m.t, ".gz", []byte(m.packages))
	dir := "dists/" + m.suite + "/"
	m.files[dir+"main/binary-amd64/Packages.gz"] = index
	release := fmt.Sprintf("Origin: Debian\nSuite: %s\nCodename: %s\nDate: %s\nComponents: main\n%sSHA256:\n %s %d main/binary-amd64/Packages.gz\n",
		m.suite, m.suite, m.now.UTC().Format(time.RFC1123), m.extra, sum(index), len(index))
	m.files[dir+"InRelease"] = m.sign(m.key, release)
}

func (m *mirror) sign(key *openpgp.Entity, text string) []byte {
	m.t.Helper()
	var b bytes.Buffer
	w, err := clearsign.Encode(&b, key.PrivateKey, &packet.Config{Time: func() time.Time { return m.now }})
	require.NoError(m.t, err)
	_, err = w.Write([]byte(text))
	require.NoError(m.t, err)
	require.NoError(m.t, w.Close())
	return b.Bytes()
}

// options are those under which this mirror is to be trusted.
func (m *mirror) options() Options {
	m.t.Helper()
	ring := filepath.Join(m.t.TempDir(), "archive.gpg")
	require.NoError(m.t, os.WriteFile(ring, publicKey(m.t, m.key, false), 0o644))
	return Options{Mirrors: []string{m.URL}, Suite: m.suite, Arch: "amd64", Keyring: ring, CacheDir: m.t.TempDir(), Root: m.t.TempDir()}
}
