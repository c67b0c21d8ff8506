package image

import (
	"archive/tar"
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/moby/moby/api/types/jsonstream"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seatrial/seatrial/harness/image/debian"
)

// layerWith makes a layer of entries: a path that ends in "/" is a directory,
// "a -> b" a link.
func layerWith(t *testing.T, items ...*item) *layer {
	t.Helper()
	l, err := newLayer(items)
	require.NoError(t, err)
	return l
}

func contentWith(layers ...*layer) *content {
	c := &content{layers: layers, config: v1.ConfigFile{Architecture: "amd64", OS: "linux"}}
	for _, l := range layers {
		c.config.RootFS.DiffIDs = append(c.config.RootFS.DiffIDs, l.diffID)
	}
	return c
}

func base(t *testing.T) *content {
	t.Helper()
	return contentWith(layerWith(t,
		&item{path: "bin", typ: tar.TypeSymlink, mode: 0o777, link: "usr/bin"},
		&item{path: "etc", typ: tar.TypeDir, mode: 0o755},
		&item{path: "etc/passwd", typ: tar.TypeReg, mode: 0o644, data: []byte("root"), size: 4},
		&item{path: "tmp", typ: tar.TypeDir, mode: 0o1777},
		&item{path: "usr/bin", typ: tar.TypeDir, mode: 0o755},
		&item{path: "usr/bin/sh", typ: tar.TypeReg, mode: 0o755},
	))
}

// build gives what the layers of an app image hold, by path.
func build(t *testing.T, a AppImage, c *content) (map[string]tar.Header, error) {
	t.Helper()
	if a.Binary == "" {
		a.Binary = filepath.Join(t.TempDir(), "app")
		require.NoError(t, os.WriteFile(a.Binary, []byte("binary"), 0o600))
	}
	a.defaults("amd64")
	layers, err := New(nil, Config{CacheDir: t.TempDir()}).appLayers(a, c)
	if err != nil {
		return nil, err
	}
	got := map[string]tar.Header{}
	for _, l := range layers {
		r, err := l.open()
		require.NoError(t, err)
		tr := tar.NewReader(r)
		for {
			h, err := tr.Next()
			if err == io.EOF {
				break
			}
			require.NoError(t, err)
			got[h.Name] = *h
		}
		require.NoError(t, r.Close())
	}
	return got, nil
}

func TestAppLayersNameNewDirectoriesAndLeaveTheBasesAlone(t *testing.T) {
	got, err := build(t, AppImage{Target: "/app/bin/server", Files: []File{{Target: "/etc/app/c.yaml", Content: []byte("x")}, {Target: "/tmp/f", Content: []byte("x")}}}, base(t))
	require.NoError(t, err)
	for _, want := range []string{"app/", "app/bin/", "etc/app/"} {
		assert.EqualValues(t, 0o755, got[want].Mode, want)
	}
	assert.NotContains(t, got, "etc/")
	assert.NotContains(t, got, "tmp/", "its mode 1777 must stay")
	assert.EqualValues(t, 0o755, got["app/bin/server"].Mode, "whatever mode the artifact has on the host")
}

func TestAppLayersFollowLinksOfTheBase(t *testing.T) {
	got, err := build(t, AppImage{Target: "/bin/server"}, base(t))
	require.NoError(t, err)
	assert.Contains(t, got, "usr/bin/server")
	assert.NotContains(t, got, "bin/", "a directory here would hide the base's link")
}

func TestFilesKeepOwnerModeAndTime(t *testing.T) {
	dir := t.TempDir()
	when := time.Date(2022, 3, 4, 5, 6, 7, 0, time.UTC)
	for name, mode := range map[string]fs.FileMode{"static/css/a.css": 0o600, "static/run.sh": 0o700} {
		require.NoError(t, os.MkdirAll(filepath.Join(dir, filepath.Dir(name)), 0o700))
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(name), mode))
		require.NoError(t, os.Chtimes(filepath.Join(dir, name), when, when))
	}
	require.NoError(t, os.Symlink("run.sh", filepath.Join(dir, "static/link")))
	got, err := build(t, AppImage{WorkDir: "/app", Dirs: []Dir{{Path: "/app/logs", Mode: 0o770, UID: 5, GID: 6}}, Files: []File{
		{Target: "/app/static", Source: filepath.Join(dir, "static")},
		{Target: "/app/secret", Content: []byte("s"), Mode: 0o400, UID: 7, GID: 8}}}, base(t))
	require.NoError(t, err)
	assert.EqualValues(t, 0o644, got["app/static/css/a.css"].Mode)
	assert.EqualValues(t, 0o755, got["app/static/css/"].Mode)
	assert.EqualValues(t, 0o755, got["app/static/run.sh"].Mode)
	assert.True(t, when.Equal(got["app/static/css/a.css"].ModTime))
	assert.Equal(t, "run.sh", got["app/static/link"].Linkname)
	assert.EqualValues(t, 0o770, got["app/logs/"].Mode)
	assert.Equal(t, []int{5, 6}, []int{got["app/logs/"].Uid, got["app/logs/"].Gid})
	assert.Equal(t, []int64{0o400, 7, 8}, []int64{got["app/secret"].Mode, int64(got["app/secret"].Uid), int64(got["app/secret"].Gid)})
	assert.Zero(t, got["app/static/run.sh"].Uid)
}

func TestRemoveLeavesPathsOutAndMarksTheBases(t *testing.T) {
	got, err := build(t, AppImage{Target: "/app/server", Files: []File{{Target: "/app/t/a", Content: []byte("x")}, {Target: "/app/tt", Content: []byte("x")}},
		Remove: []string{"/app/t", "/bin/sh", "/etc/passwd", "/nowhere/x"}}, base(t))
	require.NoError(t, err)
	assert.NotContains(t, got, "app/t/a")
	assert.Contains(t, got, "app/tt", "only whole names count")
	assert.Contains(t, got, "usr/bin/.wh.sh")
	assert.Contains(t, got, "etc/.wh.passwd")
	assert.NotContains(t, got, "nowhere/.wh.x")
	got, err = build(t, AppImage{Target: "/app/server", Remove: []string{"/app/server"}, WorkDir: "/app"}, base(t))
	require.NoError(t, err)
	assert.NotContains(t, got, "app/server")
}

func TestModesChangeTheBinaryTheFilesAndTheBase(t *testing.T) {
	a := AppImage{Target: "/app/server", Files: []File{{Target: "/app/c", Content: []byte("x")}},
		Modes: map[string]fs.FileMode{"/app/server": 0o600, "/app/c": 0o600, "/tmp": 0o755, "/etc/passwd": 0o600, "/app": 0o700}}
	got, err := build(t, a, base(t))
	require.NoError(t, err)
	for name, mode := range map[string]int64{"app/server": 0o600, "app/c": 0o600, "tmp/": 0o755, "etc/passwd": 0o600, "app/": 0o700} {
		assert.Equal(t, mode, got[name].Mode, name)
	}
	assert.EqualValues(t, 4, got["etc/passwd"].Size, "its content stays")
	a.Modes = map[string]fs.FileMode{"/app/none": 0o600}
	_, err = build(t, a, base(t))
	require.ErrorContains(t, err, "/app/none: there is no such file")
}

func TestListingAppliesWhiteouts(t *testing.T) {
	c := contentWith(
		layerWith(t, &item{path: "a", typ: tar.TypeDir}, &item{path: "a/x", typ: tar.TypeReg}, &item{path: "b", typ: tar.TypeDir}, &item{path: "b/y", typ: tar.TypeReg}),
		layerWith(t, &item{path: "a/.wh.x", typ: tar.TypeReg}, &item{path: "b/.wh..wh..opq", typ: tar.TypeReg}, &item{path: "b/z", typ: tar.TypeReg}))
	l, err := c.list()
	require.NoError(t, err)
	assert.NotContains(t, l, "a/x")
	assert.Equal(t, []string{"b", "b/z"}, l.below("b"))
}

func TestConfigKeepsTheBasesEnvironmentAndDropsItsStart(t *testing.T) {
	a := AppImage{Entrypoint: []string{"/app/s", "-v"}, WorkDir: "/app", Env: map[string]string{"A": "2", "B": "3"}}
	cf := a.config(v1.ConfigFile{Config: v1.Config{User: "1", Cmd: []string{"sh"}, Env: []string{"PATH=/bin", "A=1"}, Labels: map[string]string{LabelKind: "base", "x": "y"}}}, nil,
		map[string]string{LabelKind: "app", "run": "1"})
	assert.Equal(t, v1.Config{Entrypoint: []string{"/app/s", "-v"}, WorkingDir: "/app", Env: []string{"PATH=/bin", "A=2", "B=3"},
		Labels: map[string]string{LabelKind: "app", "run": "1", "x": "y"}}, cf.Config)
}

func TestArchiveIsReadByOthersAndByOurselves(t *testing.T) {
	c := base(t)
	config := []byte(`{"architecture":"amd64","os":"linux","config":{},"rootfs":{"type":"layers","diff_ids":["` + c.layers[0].diffID.String() + `"]}}`)
	file := filepath.Join(t.TempDir(), "image.tar")
	f, err := os.Create(file)
	require.NoError(t, err)
	require.NoError(t, archiveSpec{name: Prefix + "x:1", config: config, layers: c.layers}.write(f, 0))
	require.NoError(t, f.Close())

	img, err := tarball.ImageFromPath(file, nil)
	require.NoError(t, err)
	layers, err := img.Layers()
	require.NoError(t, err)
	require.Len(t, layers, 1)
	diffID, err := layers[0].DiffID()
	require.NoError(t, err)
	assert.Equal(t, c.layers[0].diffID, diffID)

	again, err := readArchive(file, "amd64")
	require.NoError(t, err)
	l, err := again.list()
	require.NoError(t, err)
	assert.Contains(t, l, "usr/bin/sh")
	assert.Equal(t, config, again.raw)
}

func TestChangedFileIsNotPassedOn(t *testing.T) {
	file := filepath.Join(t.TempDir(), "app")
	require.NoError(t, os.WriteFile(file, []byte("binary"), 0o644))
	l := layerWith(t, &item{path: "app", typ: tar.TypeReg, source: file, size: 6})
	require.NoError(t, os.WriteFile(file, []byte("bin"), 0o644))
	r, err := l.open()
	require.NoError(t, err)
	_, err = io.Copy(io.Discard, r)
	require.ErrorContains(t, err, "changed while it was read")
}

func TestReferencesAskMirrorsFirst(t *testing.T) {
	s := New(nil, Config{Registries: []string{"mirror.example/hub/", "two.example:5000"}, Pull: map[string]string{"nginx": "quay.example/web/nginx:1.25"}})
	names := func(name string) []string {
		r, err := s.recipe(name, "amd64")
		require.NoError(t, err)
		var out []string
		for _, ref := range s.references(r) {
			out = append(out, ref.name)
		}
		return out
	}
	assert.Equal(t, []string{"mirror.example/hub/redis:7", "mirror.example/hub/library/redis:7",
		"two.example:5000/redis:7", "two.example:5000/library/redis:7", "redis:7"}, names("redis"))
	assert.Equal(t, []string{"mirror.example/hub/web/nginx:1.25", "two.example:5000/web/nginx:1.25", "quay.example/web/nginx:1.25"}, names("nginx"))
	assert.Empty(t, names("scratch"))
	assert.Contains(t, names("debian"), "debian:bookworm-slim")
}

func TestRecipesKnowTheirNames(t *testing.T) {
	keys := map[string]bool{}
	for _, name := range Names() {
		for _, arch := range []string{"amd64", "arm64"} {
			r, err := New(nil, Config{}).recipe(name, arch)
			require.NoError(t, err)
			assert.False(t, keys[r.key()], "%s/%s has the key of another", name, arch)
			keys[r.key()] = true
			again, err := New(nil, Config{}).recipe(name, arch)
			require.NoError(t, err)
			assert.Equal(t, r.key(), again.key(), "the same from run to run")
			for p, why := range r.Omit {
				assert.NotEmpty(t, why, p)
			}
		}
	}
	assert.Len(t, recipes(), len(Names()))
	_, err := New(nil, Config{}).recipe("postgres", "amd64")
	require.ErrorContains(t, err, "there are scratch, debian, musl, redis, nginx, debian-bullseye")
}

func TestAppletsAreReadFromTheBinary(t *testing.T) {
	binary := append([]byte("ELF\x00junk\x00"), "\x00[\x00[[\x00arch\x00busybox\x00cat\x00sh\x00\x00more\x00"...)
	assert.Equal(t, []string{"[", "[[", "arch", "cat", "sh"}, applets(binary))
	assert.Contains(t, applets([]byte("ELF")), "sh", "what it cannot find it does not invent")
}

func TestBusyboxTreeGetsAShell(t *testing.T) {
	tree := debian.NewTree()
	require.NoError(t, tree.WriteFile("bin/busybox", []byte("\x00[\x00[[\x00cat\x00sh\x00\x00"), 0o755))
	require.NoError(t, tree.WriteFile("usr/sbin/cat", []byte("mine"), 0o755))
	require.NoError(t, recipe{Name: "x", Applets: true}.finish(tree))
	assert.True(t, tree.Has("bin/sh"))
	assert.False(t, slices.Contains(tree.Paths("usr/bin"), "usr/bin/cat"), "a program that is there is not hidden")
}

func TestPullWatchOnlyCountsProgress(t *testing.T) {
	stalled := make(chan time.Duration, 1)
	w := &pullWatch{best: map[string]int64{}, wait: time.Hour, stalled: func(d time.Duration) { stalled <- d }}
	w.start(time.Hour)
	progress := func(id, status string, current int64) bool {
		w.mu.Lock()
		before := w.timer
		w.mu.Unlock()
		w.see(jsonstream.Message{ID: id, Status: status, Progress: &jsonstream.Progress{Current: current}})
		w.mu.Lock()
		defer w.mu.Unlock()
		return w.timer != before
	}
	assert.True(t, progress("a", "Downloading", 10))
	assert.False(t, progress("a", "Downloading", 10))
	assert.False(t, progress("a", "Retrying in 5 seconds", 0))
	assert.False(t, progress("a", "Waiting", 0))
	assert.False(t, progress("a", "Downloading", 5), "a retry that has not come as far")
	assert.True(t, progress("a", "Downloading", 20))
	assert.True(t, progress("b", "Downloading", 1))
	w.stop()
	w.start(time.Millisecond)
	assert.Equal(t, time.Millisecond, <-stalled)
}

func TestUnreachableIsNotMissing(t *testing.T) {
	for _, text := range []string{"dial tcp: lookup x: no such host", "connect: connection refused", "net/http: request canceled (Client.Timeout exceeded)"} {
		assert.True(t, isUnreachable(errors.New(text)), text)
	}
	for _, text := range []string{"manifest for x:1 not found: manifest unknown", "pull access denied for x", "received unexpected HTTP status: 500"} {
		assert.False(t, isUnreachable(errors.New(text)), text)
	}
}

func FuzzReadArchive(f *testing.F) {
	var b bytes.Buffer
	l, err := newLayer([]*item{{path: "a", typ: tar.TypeReg}})
	require.NoError(f, err)
	config := `{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":["` + l.diffID.String() + `"]}}`
	require.NoError(f, archiveSpec{name: "x:1", config: []byte(config), layers: []*layer{l}}.write(&b, 0))
	f.Add(b.Bytes())
	file := filepath.Join(f.TempDir(), "a.tar")
	f.Fuzz(func(t *testing.T, data []byte) {
		require.NoError(t, os.WriteFile(file, data, 0o600))
		if c, err := readArchive(file, "amd64"); err == nil {
			_, _ = c.list() // an error, never a panic
		}
	})
}

func TestWhatKilledProcessesLeftHalfWrittenIsRemovedInTheEnd(t *testing.T) {
	cache := t.TempDir()
	now := time.Now()
	kept := map[string]bool{
		filepath.Join(cache, "debs", ".part-1"):               false,
		filepath.Join(cache, "bases", ".part-2", "layer.tar"): false,
		filepath.Join(cache, "debs", "abc.deb"):               true,
	}
	for file := range kept {
		require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o755))
		require.NoError(t, os.WriteFile(file, nil, 0o644))
	}
	removeParts(cache, now)
	for file := range kept {
		assert.FileExists(t, file, "somebody may still be writing it")
	}
	removeParts(cache, now.Add(48*time.Hour))
	for file, want := range kept {
		_, err := os.Stat(file)
		assert.Equal(t, want, err == nil, file)
	}
}
