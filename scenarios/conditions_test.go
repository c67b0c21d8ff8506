package scenarios_test

import (
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
