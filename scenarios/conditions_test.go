package scenarios_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seatrial/seatrial/harness/deployment"
	"github.com/seatrial/seatrial/harness/evidence"
	"github.com/seatrial/seatrial/harness/matrix"
	"github.com/seatrial/seatrial/harness/report"
	"github.com/seatrial/seatrial/scenarios"
)

func TestConditionsOfTheMatrixAreReadBeforeAnythingIsBuilt(t *testing.T) {
	file, err := matrix.Parse("matrix.yaml", []byte("app: {dir: .}\nmatrix:\n  conditions: [\"\", user=65532 + read-only-rot]\n"))
	require.NoError(t, err)
	_, err = scenarios.NewProgram(scenarios.Options{File: file, All: true})
	require.ErrorContains(t, err, `matrix.conditions: parse condition "read-only-rot": no such condition`)
}

func TestConditionsOfTheMatrixChangeTheDeploymentOfTheirCells(t *testing.T) {
	if testing.Short() {
		t.Skip("needs a container engine")
	}
	dir := t.TempDir()
	const feature = "Feature: cell\n  Scenario: it writes\n    * the environment variable NEEDS is \"writable:/app\"\n    * the app is ready\n"
	require.NoError(t, os.WriteFile(filepath.Join(dir, "a.feature"), []byte(feature), 0o600))
	file, err := matrix.Load("../fixtures/apps/probe/matrix.yaml")
	require.NoError(t, err)
	file.Cells = []matrix.Cell{file.Cells[0], file.Cells[0]}
	file.Cells[1].Conditions, file.Cells[1].Name = "read-only-root", file.Cells[1].Name+"/conditions=read-only-root"
	options := scenarios.Options{File: file, Features: []string{dir}, OutDir: dir, All: true}
	program, err := scenarios.NewProgram(options)
	require.NoError(t, err)
	run, err := scenarios.Sail(t.Context(), program, options)
	require.NoError(t, err)
	outcomes := map[string]report.Outcome{}
	for _, r := range run.Results {
		outcomes[r.Cell] = r.Outcome
	}
	assert.Equal(t, map[string]report.Outcome{file.Cells[0].Name: report.Passed, file.Cells[1].Name: report.Failed}, outcomes)
}

// A failure names its conditions, and everything that it says is redacted.
func TestNoConditionIsTakenForASecret(t *testing.T) {
	redactor := evidence.NewRedactor(nil)
	for _, kind := range deployment.Catalogue() {
		text := "the app does not start (under " + kind.Example + ")"
		assert.Equal(t, text, redactor.Text(text))
	}
}

func TestAConditionThatDoesNotFitIsNotTheAppsFault(t *testing.T) {
	if testing.Short() {
		t.Skip("needs a container engine")
	}
	dir := t.TempDir()
	// An engine on which no program may filter its own calls.
	profile := filepath.Join(dir, "old.json")
	const refuses = `{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["seccomp"],"action":"SCMP_ACT_ERRNO","errnoRet":1}]}`
	require.NoError(t, os.WriteFile(profile, []byte(refuses), 0o600))
	const feature = `Feature: misfits
  Scenario: a file that the image lacks
    * /app/no-such-file is empty
    * the app is ready
  Scenario: a file that a mount lacks
    * /app/config/no-such-file has Windows line endings
    * the app is ready
  Scenario: a directory that the image lacks
    * /app/no-such-directory is unreadable
    * the app is ready
  Scenario: a mount that the deployment lacks
    * nothing is mounted at /app/no-such-mount
    * the app is ready
  Scenario: a kernel that is too old
    * the seccomp profile is %q
    * every access to /app/data takes 1 ms longer
    * the app is ready
  Scenario: what another condition decides
    * the working directory is /
    * the working directory is /app
    * the app is ready
  Scenario: what the cell decides
    * the app runs as user 65532 with group 0
    * the app is ready
  Scenario: what the cell decides, the same
    * the app runs as user 65532
    * the app is ready
`
	require.NoError(t, os.WriteFile(filepath.Join(dir, "a.feature"), fmt.Appendf(nil, feature, profile), 0o600))
	file, err := matrix.Load("../fixtures/apps/probe/matrix.yaml")
	require.NoError(t, err)
	file.Cells = file.Cells[:1]
	file.Cells[0].Conditions = "user=65532"
	options := scenarios.Options{File: file, Features: []string{dir}, OutDir: dir, All: true}
	program, err := scenarios.NewProgram(options)
	require.NoError(t, err)
	run, err := scenarios.Sail(t.Context(), program, options)
	require.NoError(t, err)
	type found struct {
		outcome report.Outcome
		says    string
	}
	wanted := map[string]found{
		"a file that the image lacks":       {report.Broken, "change /app/no-such-file: there is no such file in the image"},
		"a file that a mount lacks":         {report.Broken, "no such file"},
		"a directory that the image lacks":  {report.Broken, "/app/no-such-directory"},
		"a mount that the deployment lacks": {report.Broken, "nothing is mounted at /app/no-such-mount"},
		"a kernel that is too old":          {report.Broken, "slow files: operation not permitted (this needs Linux 5.5 or later"},
		"what another condition decides":    {report.Broken, "contradict each other: both decide the working directory"},
		"what the cell decides":             {report.Skipped, "not in this cell: conditions user=65532:65532 and user=65532:0 contradict each other"},
		"what the cell decides, the same":   {report.Passed, ""},
	}
	require.Len(t, run.Results, len(wanted), "%+v", run.Cells)
	for _, r := range run.Results {
		assert.Equal(t, wanted[r.Scenario].outcome, r.Outcome, "%s: %s", r.Scenario, r.Reason)
		assert.Contains(t, r.Reason, wanted[r.Scenario].says, r.Scenario)
	}
}
