package build

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestWorkAreasOfDeadProcessesAreRemoved(t *testing.T) {
	dir := t.TempDir()
	const nobody = 4194304 // above the kernel's largest process ID
	now := time.Now()
	old, recent := now.Add(-2*time.Hour), now.Add(-time.Minute)
	kept := map[string]bool{}
	for name, tt := range map[string]struct {
		written time.Time
		kept    bool
	}{
		fmt.Sprintf("work-%d-%s.1", nobody, hostName()):      {old, false},
		fmt.Sprintf("work-%d-%s.2", nobody, hostName()):      {recent, true},
		fmt.Sprintf("work-%d-%s.3", os.Getpid(), hostName()): {old, true},
		fmt.Sprintf("work-%d-elsewhere.4", nobody):           {old, true},
		"work-of-somebody-else":                              {old, true},
		"artifacts":                                          {old, true},
	} {
		area := filepath.Join(dir, name)
		require.NoError(t, os.MkdirAll(filepath.Join(area, "tmp-1"), 0o755))
		require.NoError(t, os.Chtimes(area, tt.written, tt.written))
		kept[area] = tt.kept
	}
	b, err := New(Options{Dir: dir})
	require.NoError(t, err)
	mine, err := b.workDir("out-")
	require.NoError(t, err)
	for area, want := range kept {
		_, err := os.Stat(area)
		assert.Equal(t, want, err == nil, area)
	}
	require.NoError(t, b.Close())
	assert.NoDirExists(t, filepath.Dir(mine), "a closed builder leaves no work area")
}
