//go:build linux

package main

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func lookAt(t *testing.T, dir string, hints ...hint) map[string]path {
	t.Helper()
	byName := map[string]path{}
	for _, p := range look(hints, dir, []mounted{{Path: "/"}, {Path: filepath.Join(dir, "data")}}) {
		require.NotContains(t, byName, p.Path, "each is told once")
		byName[p.Path] = p
	}
	return byName
}

func tree(t *testing.T) string {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	require.NoError(t, err)
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "data", "deep"), 0o750))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "data", "a.yaml"), []byte("abc"), 0o640))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "data", "b.yaml"), nil, 0o600))
	require.NoError(t, os.Chmod(filepath.Join(dir, "data", "deep"), 0o777|os.ModeSticky))
	require.NoError(t, os.Symlink("data/a.yaml", filepath.Join(dir, "link")))
	require.NoError(t, os.Symlink("nowhere", filepath.Join(dir, "dangling")))
	return dir
}

func TestPathsAreToldAgainstTheWorkingDirectory(t *testing.T) {
	dir := tree(t)
	got := lookAt(t, dir,
		hint{Path: "data/a.yaml", Why: "log"}, hint{Path: "./link", Why: "log"}, hint{Path: "dangling", Why: "log"},
		hint{Path: "data/deep", Why: "log"}, hint{Path: "data/a.yaml/x", Why: "log"}, hint{Path: filepath.Join(dir, "data"), Why: "log"},
		hint{Path: "lib.so", Why: "library", Any: []string{"/none/lib.so", "data/b.yaml"}},
		hint{Path: "gone.so", Why: "library", Any: []string{"/none/gone.so", "/none/too"}},
	)
	file := got["data/a.yaml"]
	assert.Equal(t, []any{dir + "/data/a.yaml", "file", "0640", int64(3), os.Getuid(), dir + "/data"},
		[]any{file.Abs, file.Type, file.Mode, file.Size, file.UID, file.Mount})
	link := got["./link"]
	assert.Equal(t, []any{"file", "data/a.yaml", dir + "/data", ""}, []any{link.Type, link.Target, link.Mount, link.Error}, "a link is what it leads to")
	dangling := got["dangling"]
	assert.Equal(t, []any{"link", "nowhere", "no such file or directory", dir}, []any{dangling.Type, dangling.Target, dangling.Error, dangling.Parent})
	assert.Equal(t, "1777", got["data/deep"].Mode)
	below := got["data/a.yaml/x"]
	assert.Equal(t, []any{"not a directory", dir + "/data/a.yaml"}, []any{below.Error, below.Parent})
	assert.Equal(t, 3, got[dir+"/data"].Entries)
	assert.Equal(t, []any{dir + "/data/b.yaml", ""}, []any{got["lib.so"].Abs, got["lib.so"].Error}, "the first place that has it")
	assert.Equal(t, []any{"/none/gone.so", "/"}, []any{got["gone.so"].Abs, got["gone.so"].Parent})
	assert.Equal(t, "dir", got["/"].Type, "where a path ends is told, too")
}

func TestAPatternIsToldWithItsMatches(t *testing.T) {
	dir := tree(t)
	got := lookAt(t, dir, hint{Path: "data/*.yaml", Why: "template"}, hint{Path: "none/**/*.html", Why: "template"}, hint{Path: "[", Why: "template"})
	assert.Equal(t, []any{"glob", 2, ""}, []any{got["data/*.yaml"].Type, got["data/*.yaml"].Entries, got["data/*.yaml"].Error})
	assert.Contains(t, got, dir+"/data/b.yaml")
	assert.Equal(t, []any{"glob", 0, "no match", dir}, []any{got["none/**/*.html"].Type, got["none/**/*.html"].Entries, got["none/**/*.html"].Error, got["none/**/*.html"].Parent})
	assert.NotEmpty(t, got["["].Error)
}

func TestWhatThisUserMayDoIsToldAsTheKernelDecides(t *testing.T) {
	if os.Getuid() == 0 {
		t.Skip("root may do everything; the tests of the sandbox look as another user")
	}
	dir := tree(t)
	require.NoError(t, os.Chmod(filepath.Join(dir, "data", "b.yaml"), 0o200))
	p := lookAt(t, dir, hint{Path: "data/b.yaml", Why: "log"})["data/b.yaml"]
	assert.Equal(t, []bool{false, true, false}, []bool{p.Readable, p.Writable, p.Executable})
}

func FuzzAnyPathIsTold(f *testing.F) {
	f.Add("a")
	f.Add("../../../..")
	f.Add("*[")
	f.Add("x\x00y")
	f.Fuzz(func(t *testing.T, name string) {
		found := look([]hint{{Path: name, Why: "log"}}, t.TempDir(), []mounted{{Path: "/"}})
		require.True(t, slices.ContainsFunc(found, func(p path) bool { return p.Path == name && filepath.IsAbs(p.Abs) }))
	})
}
