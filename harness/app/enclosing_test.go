package app_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seatrial/seatrial/harness/app"
	"github.com/seatrial/seatrial/harness/matrix"
)

func TestADirectoryDeepInAModuleIsFoundToBeAMainPackageOfIt(t *testing.T) {
	root := t.TempDir()
	for name, text := range map[string]string{
		"go.mod":                "module example.com/many\n\ngo 1.22\n",
		"cmd/api/main.go":       "package main\n\nimport \"net/http\"\n\nfunc main() { _ = http.ListenAndServe(\":8081\", nil) }\n",
		"cmd/other/main.go":     "package main\n\nfunc main() {}\n",
		"lib/lib.go":            "package lib\n",
		"nested/go.mod":         "module example.com/nested\n",
		"nested/main.go":        "package main\n\nfunc main() {}\n",
		"docs/page/readme.html": "x",
	} {
		path := filepath.Join(root, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, []byte(text), 0o644))
	}
	module, main, ok := app.Enclosing(filepath.Join(root, "cmd", "api"))
	require.True(t, ok)
	assert.Equal(t, "../..", module)
	assert.Equal(t, "./cmd/api", main)
	got, err := app.Load(matrix.App{Dir: module, Main: main}, filepath.Join(root, "cmd", "api"))
	require.NoError(t, err)
	assert.Equal(t, 8081, got.Port)

	for _, dir := range []string{".", "lib", "nested", "docs/page", "cmd", "none"} {
		_, _, ok := app.Enclosing(filepath.Join(root, dir))
		assert.False(t, ok, dir)
	}
}
