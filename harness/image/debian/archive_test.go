package debian

import (
	"archive/tar"
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// shop is a mirror with a small system: an app, its library, a virtual package.
func shop(t testing.TB) *mirror {
	m := newMirror(t)
	m.add("app", "1.0-1", "Depends: libx (>= 2), mail-transport, helper", buildDeb(t, ".xz",
		file{name: "./", typ: tar.TypeDir, mode: 0o755}, file{name: "./bin/", typ: tar.TypeDir, mode: 0o755},
		file{name: "./bin/app", content: "app", mode: 0o755}, file{name: "./usr/bin/app2", typ: tar.TypeLink, link: "./bin/app"},
		file{name: "./usr/share/doc/app/copyright", content: "text"}))
	m.add("libx", "2.1", "", buildDeb(t, ".zst",
		file{name: "./lib/x86_64-linux-gnu/libx.so.2.1", content: "lib"},
		file{name: "./lib/x86_64-linux-gnu/libx.so.2", typ: tar.TypeSymlink, link: "libx.so.2.1"}))
	m.add("libx", "1.9", "", buildDeb(t, ".gz"))
	m.add("postfix", "3", "Provides: mail-transport", buildDeb(t, ".gz", file{name: "./usr/sbin/postfix", content: "p", mode: 0o4755}))
	m.publish()
	return m
}

var scripts = map[string]string{"helper": "only for scripts"}

func layerOf(t testing.TB, o Options) (*Archive, []byte, error) {
	t.Helper()
	a, err := Open(context.Background(), o)
	if err != nil {
		return nil, nil, err
	}
	packages, err := a.Resolve([]string{"app"}, scripts)
	if err != nil {
		return a, nil, err
	}
	tree, err := a.Unpack(context.Background(), packages, []string{"usr/share/doc"})
	if err != nil {
		return a, nil, err
	}
	var b bytes.Buffer
	require.NoError(t, tree.WriteTar(&b))
	return a, b.Bytes(), nil
}

func entriesOf(t testing.TB, layer []byte) map[string]tar.Header {
	t.Helper()
	out := map[string]tar.Header{}
	r := tar.NewReader(bytes.NewReader(layer))
	for {
		h, err := r.Next()
		if err == io.EOF {
			return out
		}
		require.NoError(t, err)
		out[h.Name] = *h
	}
}

func TestPackagesBecomeALayerWithMergedUsr(t *testing.T) {
	_, layer, err := layerOf(t, shop(t).options())
	require.NoError(t, err)
	got := entriesOf(t, layer)
	assert.Equal(t, "usr/bin", got["bin"].Linkname)
	assert.EqualValues(t, 0o755, got["usr/bin/app"].Mode)
	assert.Equal(t, builtAt, got["usr/bin/app"].ModTime.UTC())
	assert.Equal(t, byte(tar.TypeLink), got["usr/bin/app2"].Typeflag)
	assert.Equal(t, "usr/bin/app", got["usr/bin/app2"].Linkname)
	assert.Equal(t, "libx.so.2.1", got["usr/lib/x86_64-linux-gnu/libx.so.2"].Linkname)
	assert.EqualValues(t, 0o4755, got["usr/sbin/postfix"].Mode)
	assert.NotContains(t, got, "usr/share/doc/app/copyright")
	assert.NotContains(t, got, "lib/x86_64-linux-gnu/libx.so.2.1")
}

func TestSamePackagesGiveSameLayer(t *testing.T) {
	m := shop(t)
	_, one, err := layerOf(t, m.options())
	require.NoError(t, err)
	_, two, err := layerOf(t, m.options())
	require.NoError(t, err)
	assert.Equal(t, sum(one), sum(two))
}

func TestPackagesAreDownloadedOnce(t *testing.T) {
	m := shop(t)
	o := m.options()
	for range 2 {
		_, _, err := layerOf(t, o)
		require.NoError(t, err)
	}
	assert.Equal(t, 3, m.count("pool/"), "each of three packages once")
	assert.Equal(t, 1, m.count("Packages.gz"))
}

func TestBadIndexIsRefusedWithACauseAndAnAdvice(t *testing.T) {
	tests := map[string]struct {
		spoil func(t *testing.T, m *mirror, o *Options)
		want  []string
	}{
		"signed by an unknown key": {func(t *testing.T, m *mirror, o *Options) {
			m.key = newKey(t, time.Now().Add(-time.Hour), 0)
			m.publish()
		}, []string{"/InRelease", "signature", "images.debian.keyring", "allow-unsigned"}},
		"changed after it was signed": {func(t *testing.T, m *mirror, o *Options) {
			in := m.files["dists/stable/InRelease"]
			m.files["dists/stable/InRelease"] = bytes.Replace(in, []byte("Components: main"), []byte("Components: evil"), 1)
		}, []string{"no good signature", "images.debian.keyring"}},
		"signed by a key that has expired": {func(t *testing.T, m *mirror, o *Options) {
			m.key = newKey(t, time.Now().Add(-48*time.Hour), 3600)
			m.now = time.Now().Add(-48*time.Hour + time.Minute)
			m.publish()
			o.Keyring = string(publicKey(t, m.key, true))
		}, []string{"expired"}},
		"not signed":                  {func(t *testing.T, m *mirror, o *Options) { unsign(m) }, []string{"it is not signed", "allow-unsigned"}},
		"a key that cannot be found":  {func(t *testing.T, m *mirror, o *Options) { o.Keyring = "" }, []string{"find archive keys", "/etc/apt/trusted.gpg.d"}},
		"a keyring that is not there": {func(t *testing.T, m *mirror, o *Options) { o.Keyring = "/nowhere/ring.gpg" }, []string{"read keyring", "/nowhere/ring.gpg"}},
		"another suite under this one's name": {func(t *testing.T, m *mirror, o *Options) {
			m.files["dists/testing/InRelease"] = m.files["dists/stable/InRelease"]
			o.Suite = "testing"
		}, []string{"it is for stable, not for testing"}},
		"a list of packages with another hash": {func(t *testing.T, m *mirror, o *Options) {
			b := m.files["dists/stable/main/binary-amd64/Packages.gz"]
			b[len(b)-1] ^= 1
		}, []string{"Packages.gz", "SHA256 is"}},
		"an architecture that it does not have": {func(t *testing.T, m *mirror, o *Options) { o.Arch = "riscv64" },
			[]string{"no packages for architecture riscv64"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			m := shop(t)
			o := m.options()
			test.spoil(t, m, &o)
			_, err := Open(context.Background(), o)
			require.Error(t, err)
			for _, w := range test.want {
				assert.ErrorContains(t, err, w)
			}
		})
	}
}

// unsign replaces InRelease by a Release without a signature.
func unsign(m *mirror) {
	m.files["dists/stable/Release"] = clearText(m.files["dists/stable/InRelease"])
	delete(m.files, "dists/stable/InRelease")
}

func TestUnsignedIndexIsUsedWhenAllowedAndNoted(t *testing.T) {
	m := shop(t)
	unsign(m)
	o := m.options()
	o.AllowUnsigned, o.Keyring = true, ""
	a, layer, err := layerOf(t, o)
	require.NoError(t, err)
	assert.NotEmpty(t, layer)
	assert.Contains(t, strings.Join(a.Notes, "\n"), "without a good signature, as configured")
}

func TestDetachedSignatureIsAccepted(t *testing.T) {
	m := shop(t)
	unsign(m)
	var sig bytes.Buffer
	require.NoError(t, openpgp.ArmoredDetachSign(&sig, m.key, bytes.NewReader(m.files["dists/stable/Release"]), nil))
	m.files["dists/stable/Release.gpg"] = sig.Bytes()
	_, _, err := layerOf(t, m.options())
	require.NoError(t, err)
	m.files["dists/stable/Release"] = append(m.files["dists/stable/Release"], '\n', '#')
	_, _, err = layerOf(t, m.options())
	require.ErrorContains(t, err, "no good signature")
}

func TestIndexOutOfDateIsUsedAndNoted(t *testing.T) {
	m := shop(t)
	m.extra = "Valid-Until: Mon, 02 Jan 2023 15:04:05 UTC\n"
	m.publish()
	a, _, err := layerOf(t, m.options())
	require.NoError(t, err)
	assert.Contains(t, strings.Join(a.Notes, "\n"), "out of date: it was valid until 2023-01-02")
}

func TestBadPackageIsRefused(t *testing.T) {
	tests := map[string]struct {
		deb  func(t *testing.T) []byte
		want string
	}{
		"leads out of the root": {func(t *testing.T) []byte { return buildDeb(t, ".gz", file{name: "../../etc/passwd", content: "x"}) }, "leads out of the package"},
		"hard link out of it": {func(t *testing.T) []byte {
			return buildDeb(t, ".gz", file{name: "./a", typ: tar.TypeLink, link: "../../etc/shadow"})
		}, "leads out of the package"},
		"not an archive":         {func(t *testing.T) []byte { return []byte("<html>") }, "not an ar archive"},
		"without data":           {func(t *testing.T) []byte { return []byte(arMagic) }, "no data.tar"},
		"an unknown compression": {func(t *testing.T) []byte { return buildDeb(t, ".lzma") }, `compression ".lzma" is not known`},
		"cut off, and signed so": {func(t *testing.T) []byte {
			d := buildDeb(t, ".gz", file{name: "./a", content: "abc"})
			return d[:len(d)-20]
		}, "unexpected EOF"},
		"a file where a folder is": {func(t *testing.T) []byte { return buildDeb(t, ".gz", file{name: "./a"}, file{name: "./a/b"}) }, "a is a file"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			m := newMirror(t)
			m.add("app", "1", "", test.deb(t))
			m.publish()
			_, _, err := layerOf(t, m.options())
			require.ErrorContains(t, err, test.want)
			assert.ErrorContains(t, err, "package app 1 amd64")
		})
	}
}

func TestPackageThatIsNotWhatTheIndexSaysIsRefused(t *testing.T) {
	for name, spoil := range map[string]func([]byte) []byte{
		"changed": func(b []byte) []byte { b[len(b)-1] ^= 1; return b },
		"short":   func(b []byte) []byte { return b[:len(b)/2] },
		"long":    func(b []byte) []byte { return append(b, 0) },
	} {
		t.Run(name, func(t *testing.T) {
			m := shop(t)
			m.files["pool/app_1.0-1.deb"] = spoil(m.files["pool/app_1.0-1.deb"])
			o := m.options()
			_, _, err := layerOf(t, o)
			require.ErrorContains(t, err, "app_1.0-1.deb")
			left, err := filepath.Glob(filepath.Join(o.CacheDir, "debs", ".part-*"))
			require.NoError(t, err)
			assert.Empty(t, left, "nothing half-done stays in the cache")
			assert.Equal(t, 2, m.count("pool/app_"), "the mirror was asked twice")
		})
	}
}

func TestTruncatedDownloadIsTriedAgain(t *testing.T) {
	m := shop(t)
	var failed atomic.Bool
	m.handle = func(w http.ResponseWriter, r *http.Request) bool {
		if !strings.Contains(r.URL.Path, "pool/app_") || failed.Swap(true) {
			return false
		}
		w.Header().Set("Content-Length", "100000")
		w.Write([]byte("!<arch>\n"))
		panic(http.ErrAbortHandler) // the connection breaks
	}
	_, _, err := layerOf(t, m.options())
	require.NoError(t, err)
	assert.True(t, failed.Load())
}

func TestDeadMirrorsAreFollowedByTheNextInSeconds(t *testing.T) {
	m := shop(t)
	o := m.options()
	o.Mirrors = append([]string{deadURL(t), m.URL + "/missing"}, m.URL)
	start := time.Now()
	_, _, err := layerOf(t, o)
	require.NoError(t, err)
	assert.Less(t, time.Since(start), 5*time.Second)
}

func TestErrorNamesAllMirrorsThatWereTried(t *testing.T) {
	m := shop(t)
	o := m.options()
	dead := deadURL(t)
	o.Mirrors = []string{dead, m.URL + "/missing"}
	_, err := Open(context.Background(), o)
	require.Error(t, err)
	assert.ErrorContains(t, err, dead)
	assert.ErrorContains(t, err, "connection refused")
	assert.ErrorContains(t, err, m.URL+"/missing/dists/stable/Release: 404")
}

// deadURL gives the address of a port where nobody listens.
func deadURL(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, l.Close())
	return "http://" + l.Addr().String() + "/debian"
}

func TestStalledBodyIsGivenUp(t *testing.T) {
	m := shop(t)
	release := make(chan struct{})
	t.Cleanup(func() { close(release) })
	m.handle = func(w http.ResponseWriter, r *http.Request) bool {
		w.Write([]byte("x"))
		w.(http.Flusher).Flush()
		<-release
		return true
	}
	f := newFetcher()
	f.stall = 50 * time.Millisecond
	err := f.get(context.Background(), m.URL+"/x", 10, io.Discard)
	require.ErrorContains(t, err, "no data for 50ms")
}

func TestCancelledContextEndsTheWait(t *testing.T) {
	m := shop(t)
	ctx, cancel := context.WithCancel(context.Background())
	release := make(chan struct{})
	t.Cleanup(func() { close(release) })
	m.handle = func(http.ResponseWriter, *http.Request) bool { cancel(); <-release; return true }
	_, err := Open(ctx, m.options())
	require.ErrorIs(t, err, context.Canceled)
}

func TestHostSourcesAreUsedWhenNoMirrorIsConfigured(t *testing.T) {
	m := shop(t)
	foreign := newMirror(t)
	foreign.key = m.key
	foreign.publish()
	foreign.files["dists/stable/InRelease"] = m.sign(m.key, strings.Replace(
		string(clearText(m.files["dists/stable/InRelease"])), "Origin: Debian", "Origin: Vendor", 1))
	o := m.options()
	o.Mirrors, o.Keyring = nil, ""
	dir := filepath.Join(o.Root, "etc/apt/sources.list.d")
	require.NoError(t, os.MkdirAll(dir, 0o755))
	key := " " + strings.ReplaceAll(strings.ReplaceAll(strings.TrimSpace(string(publicKey(t, m.key, true))), "\n\n", "\n.\n"), "\n", "\n ")
	source := func(url, more string) string {
		return "Types: deb\nURIs: " + url + "\nSuites: stable\nComponents: main\nSigned-By:\n" + key + "\n" + more + "\n"
	}
	require.NoError(t, os.WriteFile(filepath.Join(dir, "all.sources"), []byte(
		source(m.URL+"/no", "Architectures: arm64\n")+source(foreign.URL, "")+source(m.URL, "")), 0o644))
	a, _, err := layerOf(t, o)
	require.NoError(t, err)
	assert.Contains(t, a.Name(), m.URL)
	assert.Zero(t, m.count("no/dists"), "the source for another architecture is not asked")
}

func TestNoMirrorAtAllSaysWhatToConfigure(t *testing.T) {
	_, err := Open(context.Background(), Options{Suite: "stable", Arch: "amd64", Root: t.TempDir(), CacheDir: t.TempDir()})
	require.ErrorContains(t, err, "images.debian.mirror")
}

func TestRealMirrorGivesAWorkingTree(t *testing.T) {
	if testing.Short() {
		t.Skip("needs a Debian mirror")
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	a, err := Open(ctx, Options{Suite: "bookworm", Arch: "arm64", CacheDir: t.TempDir()})
	require.NoError(t, err)
	packages, err := a.Resolve([]string{"libc6", "tzdata"}, map[string]string{"debconf": "asks questions"})
	require.NoError(t, err)
	tree, err := a.Unpack(ctx, packages, nil)
	require.NoError(t, err)
	assert.True(t, tree.Has("lib/aarch64-linux-gnu/libc.so.6"))
	assert.True(t, tree.Has("usr/lib/ld-linux-aarch64.so.1"))
	assert.Contains(t, Manifest(packages), "libc6 2.36-")
}
