package build

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// withLibraries needs a module inside its directory, one beside it, a directory
// named vendor that is not Go's, and embedded node_modules.
const withLibraries = `
-- app/go.mod --
module example.com/app

go 1.20

require (
	example.com/inside v0.0.0
	example.com/beside v0.0.0
)

replace example.com/inside => ./inside

replace example.com/beside => ../beside
-- app/main.go --
package main

import (
	"embed"

	"example.com/beside"
	"example.com/inside"
)

//go:embed web
var web embed.FS

func main() {
	_, err := web.ReadFile("web/node_modules/a.js")
	println(inside.Name, beside.Name, err == nil)
}
-- app/web/node_modules/a.js --
a
-- app/web/vendor/b.js --
b
-- app/node_modules/large.js --
not embedded
-- app/inside/go.mod --
module example.com/inside
-- app/inside/inside.go --
package inside

const Name = "inside"
-- beside/go.mod --
module example.com/beside
-- beside/beside.go --
package beside

const Name = "beside"
`

func TestVendorModeVendorsACopyAndLeavesTheTreeAlone(t *testing.T) {
	needsGo(t)
	root := unpack(t, withLibraries)
	dir := filepath.Join(root, "app")
	require.NoError(t, os.Chmod(dir, 0o555))
	t.Cleanup(func() { assert.NoError(t, os.Chmod(dir, 0o755)) })
	before := treeState(t, root)
	b := builder(t, Options{}, "GOPROXY=off")
	k := localKey(t, b, dir)
	k.Mod = "vendor"
	a, err := b.Build(t.Context(), k)
	require.NoError(t, err)
	assert.Equal(t, before, treeState(t, root))

	out, err := exec.Command(a.Path).CombinedOutput()
	require.NoError(t, err)
	assert.Equal(t, "inside beside true\n", string(out))

	// By hand it is the same, and leaves the tree alone too.
	byHand := exec.Command("sh", "-c", a.Command)
	byHand.Env = append(os.Environ(), "TMPDIR="+t.TempDir())
	out, err = byHand.CombinedOutput()
	require.NoError(t, err, "%s\n%s", a.Command, out)
	assert.Equal(t, before, treeState(t, root))
}

func TestVendorCopyIsSharedByTargets(t *testing.T) {
	needsGo(t)
	log := filepath.Join(t.TempDir(), "log")
	b := builder(t, Options{GoCommand: script(t, "echo \"$*\" >>"+log+"\nexec \"$REAL\" \"$@\"\n")}, "GOPROXY=off")
	k := localKey(t, b, filepath.Join(unpack(t, withLibraries), "app"))
	k.Mod = "vendor"
	for _, tags := range []string{"", "other"} {
		k.Tags = tags
		_, err := b.Build(t.Context(), k)
		require.NoError(t, err)
	}
	data, err := os.ReadFile(log)
	require.NoError(t, err)
	assert.Equal(t, 1, countLines(string(data), "mod vendor"), "%s", data)
}

func TestVendorDirectoryOfTheAppIsUsedWhereItIs(t *testing.T) {
	needsGo(t)
	dir := unpack(t, `
-- go.mod --
module example.com/app

go 1.20

require example.com/lib v1.0.0
-- vendor/modules.txt --
# example.com/lib v1.0.0
## explicit
example.com/lib
-- vendor/example.com/lib/lib.go --
package lib
-- main.go --
package main

import _ "example.com/lib"

func main() {}
`)
	before := treeState(t, dir)
	b := builder(t, Options{}, "GOPROXY=off")
	k := localKey(t, b, dir)
	k.Mod = "vendor"
	a, err := b.Build(t.Context(), k)
	require.NoError(t, err)
	assert.Equal(t, before, treeState(t, dir))
	require.Len(t, a.Facts.Modules, 2)
	assert.Equal(t, "example.com/lib", a.Facts.Modules[1].Path)
}

func TestFailureOfSharedCopyNamesEachKey(t *testing.T) {
	needsGo(t)
	b := builder(t, Options{}, "GOPROXY=off")
	k := localKey(t, b, unpack(t, "-- go.mod --\nmodule example.com/a\n\ngo 1.20\n-- main.go --\npackage main\n\nimport _ \"example.com/b\"\n\nfunc main() {}\n"))
	k.Mod = "vendor"
	for _, tags := range []string{"one", "two"} {
		k.Tags = tags
		_, err := b.Build(t.Context(), k)
		var f *Failure
		require.ErrorAs(t, err, &f)
		assert.Equal(t, tags, f.Key.Tags)
	}
}

func TestCopyKeepsLinksAndLeavesOutWhatIsNotSource(t *testing.T) {
	from, to := unpack(t, withLibraries+"-- app/.git/config --\n-- app/vendor/jquery.js --\n"), t.TempDir()
	app := filepath.Join(from, "app")
	require.NoError(t, os.Symlink("main.go", filepath.Join(app, "inner.go")))
	require.NoError(t, os.Symlink("../beside/beside.go", filepath.Join(app, "outer.go")))
	c := copier{from: app, to: to, skipped: func(f string, a ...any) { t.Errorf(f, a...) }}
	require.NoError(t, c.tree(t.Context()))
	for name, want := range map[string]bool{
		"main.go": true, "inside/go.mod": true, "web/vendor/b.js": true, "web/node_modules/a.js": true,
		"node_modules": false, "vendor": false, ".git": false,
	} {
		_, err := os.Stat(filepath.Join(to, name))
		assert.Equal(t, want, err == nil, "%s: %v", name, err)
	}
	inner, err := os.Readlink(filepath.Join(to, "inner.go"))
	require.NoError(t, err)
	assert.Equal(t, "main.go", inner)
	outer, err := os.ReadFile(filepath.Join(to, "outer.go"))
	require.NoError(t, err)
	assert.Contains(t, string(outer), "beside")
}

func TestReachesFindsDirectoriesAnEmbedPatternTakesIn(t *testing.T) {
	for _, tt := range []struct {
		pattern, dir string
		want         bool
	}{
		{"web", "web/node_modules", true},
		{"web/node_modules/*/dist", "web/node_modules", true},
		{"*", "node_modules", true},
		{".", "node_modules", true},
		{"cmd/web", "web/node_modules", false},
		{"web/static", "web/node_modules", false},
		{"[", "node_modules", false},
	} {
		assert.Equal(t, tt.want, reaches(tt.pattern, tt.dir), "%s in %s", tt.dir, tt.pattern)
	}
}
