package app_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seatrial/seatrial/harness/app"
	"github.com/seatrial/seatrial/harness/matrix"
)

const listening = "package main\n\nimport \"net/http\"\n\nfunc main() { http.ListenAndServe(\":8080\", nil) }\n"

// tree writes files by their slash names and gives the directory.
func tree(t testing.TB, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		full := filepath.Join(dir, filepath.FromSlash(name))
		require.NoError(t, os.MkdirAll(filepath.Dir(full), 0o755))
		require.NoError(t, os.WriteFile(full, []byte(text), 0o644))
	}
	return dir
}

func notes(a *app.App) string {
	var lines []string
	for _, n := range a.Notes {
		lines = append(lines, n.String())
	}
	return strings.Join(lines, "\n")
}

func TestLoadLeavesOutHugeFilesAndSaysSo(t *testing.T) {
	dir := tree(t, map[string]string{
		"go.mod": "module example.com/x\n", "main.go": listening,
		"table.go": "package main\n//" + strings.Repeat("x", 3<<20),
	})
	got, err := app.Load(matrix.App{Dir: dir}, "")
	require.NoError(t, err)
	assert.Equal(t, 8080, got.Port)
	assert.Contains(t, notes(got), "left out: larger than 2 MiB (table.go)")
}

func TestLoadDoesNotFollowLinksThatLeadBack(t *testing.T) {
	dir := tree(t, map[string]string{"go.mod": "module example.com/x\n", "main.go": listening, "sub/x.txt": ""})
	require.NoError(t, os.Symlink(dir, filepath.Join(dir, "sub", "loop")))
	require.NoError(t, os.Symlink("self.go", filepath.Join(dir, "self.go")))
	require.NoError(t, os.Symlink("nowhere", filepath.Join(dir, "gone.go")))
	got, err := app.Load(matrix.App{Dir: dir}, "")
	require.NoError(t, err)
	assert.Equal(t, ".", got.Main)
	assert.Contains(t, notes(got), "(gone.go)")
}

func TestLoadNotesUnreadableDirectories(t *testing.T) {
	dir := tree(t, map[string]string{"go.mod": "module example.com/x\n", "main.go": listening, "locked/x.go": "package locked\n"})
	locked := filepath.Join(dir, "locked")
	require.NoError(t, os.Chmod(locked, 0))
	t.Cleanup(func() { assert.NoError(t, os.Chmod(locked, 0o755)) })
	if _, err := os.ReadDir(locked); err == nil {
		t.Skip("this user may read every directory")
	}
	got, err := app.Load(matrix.App{Dir: dir}, "")
	require.NoError(t, err)
	assert.Contains(t, notes(got), "left out, unreadable: permission denied (locked)")
}

func TestLoadSaysWhereTheModuleIs(t *testing.T) {
	dir := tree(t, map[string]string{"go.mod": "module example.com/x\n", "cmd/x/main.go": listening, "file": ""})
	for _, tt := range []struct{ dir, want string }{
		{"cmd/x", "with `main: ./cmd/x`"},
		{"file", "is not a directory"},
		{"nowhere", "no such file or directory"},
	} {
		t.Run(tt.dir, func(t *testing.T) {
			_, err := app.Load(matrix.App{Dir: tt.dir}, dir)
			var problems app.Problems
			require.ErrorAs(t, err, &problems)
			assert.Contains(t, err.Error(), tt.want)
			assert.NotEmpty(t, problems[0].Hint)
		})
	}
}

func TestLoadRefusesABrokenGoMod(t *testing.T) {
	for _, text := range []string{"module", "", "go 1.22\n", "\x00"} {
		_, err := app.Load(matrix.App{Dir: tree(t, map[string]string{"go.mod": text, "main.go": listening})}, "")
		assert.Error(t, err, "%q", text)
	}
}

func TestLoadEndsOnSourcesThatGoInCircles(t *testing.T) {
	var b strings.Builder
	b.WriteString("package main\n\nimport (\n\t\"net/http\"\n\t\"os\"\n)\n\nvar a = b\nvar b = a + c()\nfunc c() string { return d(a) }\nfunc d(x string) string { return os.Getenv(d(x)) + d(d(x)) + c() }\n")
	for i := range 200 {
		fmt.Fprintf(&b, "func f%d(x string) string { return f%d(x) + f%d(d(x)) }\n", i, (i+1)%200, (i+7)%200)
	}
	b.WriteString("func main() { http.ListenAndServe(f0(a), nil); http.ListenAndServe(\":8123\", nil) }\n")
	got, err := app.Load(matrix.App{Dir: tree(t, map[string]string{"go.mod": "module example.com/x\n", "main.go": b.String()})}, "")
	require.NoError(t, err)
	assert.Equal(t, 8123, got.Port)
}

func TestFindListsMainPackages(t *testing.T) {
	dir := tree(t, map[string]string{
		"go.mod": "module example.com/x\n", "main.go": listening, "cmd/a/main.go": listening, "cmd/b/b_test.go": listening,
		"cmd/c/c.go": "//go:build ignore\n\n" + listening, "cmd/w/w_windows.go": listening, ".hidden/main.go": listening, "nested/go.mod": "module y\n", "nested/main.go": listening,
	})
	got, err := app.Find(dir)
	require.NoError(t, err)
	assert.Equal(t, []string{".", "./cmd/a"}, got)
}

func TestLoadDoesNotChangeWhatWasDeclared(t *testing.T) {
	dir := tree(t, map[string]string{"go.mod": "module example.com/x\n", "main.go": listening, "data/x": ""})
	declared := matrix.App{Dir: dir, Mounts: []matrix.Mount{{Path: "/app/data", From: "data"}}}
	got, err := app.Load(declared, "")
	require.NoError(t, err)
	assert.Equal(t, "data", declared.Mounts[0].From)
	assert.Equal(t, filepath.Join(dir, "data"), got.Mounts[0].From)
	assert.Nil(t, declared.Redis)
}

// FuzzLoadSource feeds arbitrary source to the whole detection: it must end and
// must not panic, whatever half of a program it is given.
func FuzzLoadSource(f *testing.F) {
	f.Add(listening)
	f.Add("package main\nimport \"github.com/gin-gonic/gin\"\nfunc main() { r := gin.Default(); g := r.Group(x); g.GET(\"/\", nil); r.Run() }")
	f.Add("package main\nvar c = &cobra.Command{Use: \"serve\", Run: nil}\nfunc main() { flag.StringVar(&a, \"port\", \":1\", \"\"); viper.SetDefault(\"port\", 1)")
	f.Add("package main\ntype C struct { Port int `env:\"PORT\" default:\"80\"` }\nfunc f(x ...any) { f(f, f()); for { x = x + x } }")
	f.Fuzz(func(t *testing.T, text string) {
		dir := tree(t, map[string]string{"go.mod": "module example.com/x\n", "main.go": text})
		if got, err := app.Load(matrix.App{Dir: dir}, ""); err == nil {
			assert.NotZero(t, got.Port)
			assert.Equal(t, ".", got.Main)
		}
	})
}

// BenchmarkLoadTenThousandFiles measures a repository whose main package reaches
// all of its 10 000 files.
func BenchmarkLoadTenThousandFiles(b *testing.B) {
	files := map[string]string{"go.mod": "module example.com/x\n"}
	var imports strings.Builder
	for p := range 500 {
		fmt.Fprintf(&imports, "import _ \"example.com/x/p%d\"\n", p)
		for i := range 20 {
			files[fmt.Sprintf("p%d/f%d.go", p, i)] = fmt.Sprintf("package p%d\n\nimport \"strings\"\n\ntype T%d struct{ Name, Port string }\n", p, i) +
				strings.Repeat(fmt.Sprintf("func (t *T%d) M(s string) string {\n\tx := strings.TrimSpace(s)\n\tif x == \"\" {\n\t\treturn t.Name\n\t}\n\treturn strings.Repeat(x, 2) + t.Port\n}\n\n", i), 10)
		}
	}
	files["main.go"] = "package main\n\nimport \"net/http\"\n" + imports.String() + "func main() { http.ListenAndServe(\":8080\", nil) }\n"
	dir := tree(b, files)
	for b.Loop() {
		_, err := app.Load(matrix.App{Dir: dir}, "")
		require.NoError(b, err)
	}
}
