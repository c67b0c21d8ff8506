package app_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/tools/txtar"

	"github.com/seatrial/seatrial/harness/app"
	"github.com/seatrial/seatrial/harness/matrix"
)

var update = flag.Bool("update", false, "rewrite want.json and want.err of testdata/*.txtar")

// TestLoadResolves runs the corpus: each archive is an app, with declared.json
// for what its matrix file says, and want.json or want.err for the answer.
func TestLoadResolves(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(file)
			require.NoError(t, err)
			dir := t.TempDir()
			want := unpack(t, dir, archive)

			var declared matrix.App
			if text, ok := want["declared.json"]; ok {
				require.NoError(t, json.Unmarshal([]byte(text), &declared))
			}
			got, err := app.Load(declared, dir)
			text, name := describe(t, got, err, dir)
			if *update {
				rewrite(t, file, archive, name, text)
				return
			}
			assert.Equal(t, want[name], text)
			assert.NotContains(t, want, other(name), "an archive expects one answer")
		})
	}
}

// unpack writes the app's files and gives the others.
func unpack(t *testing.T, dir string, archive *txtar.Archive) map[string]string {
	t.Helper()
	apart := map[string]string{}
	for _, f := range archive.Files {
		if f.Name == "declared.json" || f.Name == "want.json" || f.Name == "want.err" {
			apart[f.Name] = string(f.Data)
			continue
		}
		name := filepath.Join(dir, filepath.FromSlash(f.Name))
		require.NoError(t, os.MkdirAll(filepath.Dir(name), 0o755))
		require.NoError(t, os.WriteFile(name, f.Data, 0o644))
	}
	return apart
}

// describe writes the answer with $DIR for the temporary directory.
func describe(t *testing.T, got *app.App, err error, dir string) (text, name string) {
	t.Helper()
	if err != nil {
		return strings.ReplaceAll(err.Error(), dir, "$DIR") + "\n", "want.err"
	}
	notes := make([]string, len(got.Notes))
	for i, note := range got.Notes {
		notes[i] = note.String()
	}
	plain := *got
	plain.Notes = nil
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	require.NoError(t, enc.Encode(struct {
		App   app.App
		Notes []string
	}{plain, notes}))
	return strings.ReplaceAll(buf.String(), dir, "$DIR"), "want.json"
}

func other(name string) string {
	if name == "want.err" {
		return "want.json"
	}
	return "want.err"
}

func rewrite(t *testing.T, file string, archive *txtar.Archive, name, text string) {
	t.Helper()
	kept := archive.Files[:0]
	for _, f := range archive.Files {
		if f.Name != "want.json" && f.Name != "want.err" {
			kept = append(kept, f)
		}
	}
	archive.Files = append(kept, txtar.File{Name: name, Data: []byte(text)})
	require.NoError(t, os.WriteFile(file, txtar.Format(archive), 0o644))
}

func TestLoadResolvesTheShop(t *testing.T) {
	const shop = "../../fixtures/apps/shop"
	if _, err := os.Stat(shop); err != nil {
		t.Skip("the fixture is not there: " + err.Error())
	}
	got, err := app.Load(matrix.App{Dir: shop}, "")
	require.NoError(t, err)
	assert.Equal(t, "./cmd/shop", got.Main)
	assert.Equal(t, "shop", got.Name)
	assert.Equal(t, "gin", got.Framework)
	assert.Equal(t, 8080, got.Port)
	assert.Equal(t, []string{"config", "static", "templates"}, got.Files)
	assert.Contains(t, got.Templates, "templates/*.html")
	assert.Equal(t, []app.Static{{URL: "/static/", Dir: "static"}}, got.Static)
	assert.Equal(t, []string{"config/config.yaml"}, got.Configs)
	assert.True(t, *got.Redis)
	assert.Equal(t, map[string]string{"REDIS_ADDR": "${REDIS_ADDR}"}, got.RedisEnv)
	assert.Equal(t, "/readyz", got.Ready)
	assert.Equal(t, []string{"/"}, got.Pages)
	assert.Contains(t, got.EnvKeys, "SHOP_SESSION_KEY")
}
