package harness

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestEvidenceOfOldRunsMakesRoomButNotThatOfRunsUnderWay(t *testing.T) {
	runs := t.TempDir()
	run := func(name string, finished bool) string {
		dir := filepath.Join(runs, name)
		require.NoError(t, os.MkdirAll(filepath.Join(dir, "cell", "scenario"), 0o755))
		if finished {
			require.NoError(t, os.WriteFile(filepath.Join(dir, reportFile), nil, 0o644))
		}
		return dir
	}
	underWay := run("20260101-000000-a", false)
	oldest, second := run("20260101-000001-b", true), run("20260101-000002-c", true)
	halfRemoved := run(removing+"20251231-000000-z", true)
	var recent []string
	for i := range runsKept - 1 {
		recent = append(recent, run(fmt.Sprintf("20260102-00000%d-d", i), true))
	}
	require.NoError(t, prune(runs, time.Now()))
	assert.NoDirExists(t, oldest)
	assert.NoDirExists(t, halfRemoved)
	for _, dir := range append(recent, underWay, second) {
		assert.DirExists(t, dir)
	}
	// What was killed before it wrote a report is over after a day.
	require.NoError(t, prune(runs, time.Now().Add(48*time.Hour)))
	assert.NoDirExists(t, underWay)
}
