//go:build linux

package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestRotateLeavesWhatTheAppHasOpen(t *testing.T) {
	for how, want := range map[string]struct{ file, old string }{
		"copytruncate": {"\x00\x00\x00\x00new\n", "old\n"}, // not opened with O_APPEND: a hole
		"rename":       {"", "old\nnew\n"},
	} {
		name := filepath.Join(t.TempDir(), "app.log")
		app, err := os.Create(name)
		require.NoError(t, err)
		_, err = app.WriteString("old\n")
		require.NoError(t, err)
		require.NoError(t, rotate(how, name))
		_, err = app.WriteString("new\n")
		require.NoError(t, err)
		require.NoError(t, app.Close())

		old, err := os.ReadFile(name + ".1")
		require.NoError(t, err)
		assert.Equal(t, want.old, string(old), how)
		content, err := os.ReadFile(name)
		if want.file == "" {
			assert.ErrorIs(t, err, os.ErrNotExist, how)
			continue
		}
		require.NoError(t, err)
		assert.Equal(t, want.file, string(content), how)
	}
	assert.ErrorContains(t, rotate("compress", "x"), "no such way")
	assert.ErrorIs(t, rotate("rename", filepath.Join(t.TempDir(), "none")), os.ErrNotExist)
	assert.ErrorIs(t, rotate("copytruncate", filepath.Join(t.TempDir(), "none")), os.ErrNotExist)
}
