package main

import (
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seatrial/seatrial/harness/report"
)

// TestAFullDiskIsNotTheAppsFault gives the cache a file system that is full as
// soon as anything is kept in it.
func TestAFullDiskIsNotTheAppsFault(t *testing.T) {
	if testing.Short() {
		t.Skip("needs a container engine")
	}
	full := t.TempDir()
	if err := syscall.Mount("tmpfs", full, "tmpfs", 0, "size=256k"); err != nil {
		t.Skipf("a small file system cannot be mounted here: %v", err)
	}
	t.Cleanup(func() { assert.NoError(t, syscall.Unmount(full, 0)) })
	goCache, err := exec.Command("go", "env", "GOCACHE").Output()
	require.NoError(t, err)
	dir := lay(t, with(nil))
	got := seatrial(t, dir, map[string]string{"XDG_CACHE_HOME": full, "GOCACHE": strings.TrimSpace(string(goCache))}, "check", "app")
	assert.Equal(t, report.ExitBroken, got.code, got.stderr)
	said := got.stdout + got.stderr
	assert.Contains(t, said, "no space left on device")
	assert.Contains(t, said, "seatrial clean --images")
	assert.NotContains(t, said, "FAILED", "the app is not blamed")
	left, err := filepath.Glob(filepath.Join(full, "seatrial", "artifacts", "work-*"))
	require.NoError(t, err)
	assert.Empty(t, left)
}
