package scenarios_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seatrial/seatrial/harness"
	"github.com/seatrial/seatrial/harness/evidence"
	"github.com/seatrial/seatrial/harness/experiment"
	"github.com/seatrial/seatrial/harness/lang"
	"github.com/seatrial/seatrial/harness/report"
	"github.com/seatrial/seatrial/scenarios"
	"github.com/seatrial/seatrial/scenarios/gherkin"
)

// runFeature runs the scenarios of a feature's text in the cells of a matrix.
func runFeature(t *testing.T, matrixFile, feature string, o scenarios.Options) *report.Run {
	t.Helper()
	path := filepath.Join(t.TempDir(), "own.feature")
	require.NoError(t, os.WriteFile(path, []byte(feature), 0o644))
	o.Matrix, o.Features, o.OutDir, o.Slots = matrixFile, []string{path}, t.TempDir(), 2
	p, err := scenarios.NewProgram(o)
	require.NoError(t, err)
	if testing.Short() {
		t.Skip("needs a container engine")
	}
	run, err := scenarios.Sail(t.Context(), p, o)
	require.NoError(t, err)
	return run
}

// proofOf reads what experiments showed of a failure.
func proofOf(t *testing.T, bundle string) *experiment.Proof {
	t.Helper()
	b, err := evidence.Open(bundle)
	require.NoError(t, err)
	defer b.Close()
	meta, err := b.Meta()
	require.NoError(t, err)
	assert.True(t, meta.Complete, "the bundle is whole with what was added to it: %v", meta.Missing)
	// Facts are no conditions of the catalogue, so they are read as texts.
	var proof struct {
		Minimal, Remedy, Passing []string
		Launches                 int
		FailsOf                  experiment.Count `json:"fails_of"`
		PassesOf                 experiment.Count `json:"passes_of"`
		Flaky                    bool
		Exact                    bool
	}
	require.NoError(t, b.JSON(evidence.ExperimentFile, &proof))
	p := &experiment.Proof{Launches: proof.Launches, FailsOf: proof.FailsOf, PassesOf: proof.PassesOf, Flaky: proof.Flaky, Exact: proof.Exact}
	for from, to := range map[*[]string]*[]experiment.Fact{&proof.Minimal: &p.Minimal, &proof.Remedy: &p.Remedy, &proof.Passing: &p.Passing} {
		for _, text := range *from {
			name, value, _ := strings.Cut(text, "=")
			*to = append(*to, experiment.Fact{Name: name, Value: value})
		}
	}
	return p
}

const readOnlyOfThree = `Feature: proof
  Scenario: three conditions, one of which matters
    Given the condition "no-new-privileges"
    And the condition "read-only-root"
    And the condition "memory=256MiB"
    Then the app is ready
`

func TestProofFindsTheConditionThatMattersAndTheRemedy(t *testing.T) {
	t.Parallel()
	run := runFeature(t, "../fixtures/broken/writes-to-root/matrix.yaml", readOnlyOfThree, scenarios.Options{})
	require.Len(t, run.Results, 1)
	r := run.Results[0]
	require.Equal(t, report.Failed, r.Outcome, r.Reason)
	p := proofOf(t, r.Bundle)
	assert.Equal(t, []experiment.Fact{{Name: "read-only-root"}}, p.Minimal)
	assert.Equal(t, []experiment.Fact{{Name: "tmpfs", Value: "/app"}}, p.Remedy)
	assert.True(t, p.Exact)
	assert.True(t, p.Fails(), "%v", p.FailsOf)
	assert.True(t, p.Passes(), "%v", p.PassesOf)
	assert.LessOrEqual(t, p.Launches, harness.DefaultProofLaunches)
	assert.Contains(t, r.Failure.Proof.EN, "fails with {read-only-root}; passes with a tmpfs at /app (tried, 2 of 2)")
	assert.Contains(t, r.Failure.Proof.ZH, "{read-only-root}")
	require.NotNil(t, r.Failure.Reproduce)
	assert.Contains(t, r.Failure.Reproduce.Fails, " --read-only ")
	assert.NotContains(t, r.Failure.Reproduce.Fails, "--tmpfs")
	assert.Contains(t, r.Failure.Reproduce.Passes, "--tmpfs /app:")
	checkReproduction(t, r.Bundle, "running: false, exit code: 1", "running: true, exit code: 0")
}

// checkReproduction runs the script of a proof, and demands what each side is to
// say.
func checkReproduction(t *testing.T, bundle, fails, passes string) {
	t.Helper()
	for _, tool := range []string{"sh", "docker", "curl"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Logf("the script is not run: %v", err)
			return
		}
	}
	for side, says := range map[string]string{"fails": fails, "passes": passes} {
		out, err := exec.CommandContext(t.Context(), "sh", filepath.Join(bundle, evidence.ReproduceFile), side).CombinedOutput()
		require.NoError(t, err, "%s", out)
		assert.Contains(t, string(out), says, side)
	}
}

func TestNoProofIsMadeUnasked(t *testing.T) {
	t.Parallel()
	run := runFeature(t, "../fixtures/broken/writes-to-root/matrix.yaml", readOnlyOfThree, scenarios.Options{Proof: harness.Proving{Off: true}})
	require.Len(t, run.Results, 1)
	r := run.Results[0]
	require.Equal(t, report.Failed, r.Outcome, r.Reason)
	require.NotNil(t, r.Failure)
	assert.True(t, r.Failure.Proof.IsZero())
	assert.Nil(t, r.Failure.Reproduce)
	b, err := evidence.Open(r.Bundle)
	require.NoError(t, err)
	defer b.Close()
	assert.False(t, b.Has(evidence.ExperimentFile))
}

func TestAFlakyFailureIsCalledFlakyAndNotProof(t *testing.T) {
	t.Parallel()
	var times atomic.Int32
	odd := gherkin.Sentence{
		Own: true, Keyword: "Then", EN: "it works every other time", ExampleEN: "it works every other time", Doc: lang.Text{EN: "x"},
		Func: func(_ *scenarios.World, _ context.Context) error {
			if times.Add(1)%2 == 1 {
				return errors.New("not this time")
			}
			return nil
		},
	}
	run := runFeature(t, "../fixtures/broken/writes-to-root/matrix.yaml",
		"Feature: x\n  Scenario: flaky\n    When the app is ready\n    Then it works every other time\n", scenarios.Options{Own: []gherkin.Sentence{odd}})
	require.Len(t, run.Results, 1)
	r := run.Results[0]
	require.Equal(t, report.Failed, r.Outcome, r.Reason)
	assert.Contains(t, r.Failure.Proof.EN, "flaky")
	assert.Contains(t, r.Failure.Proof.EN, "this proves nothing")
	p := proofOf(t, r.Bundle)
	assert.True(t, p.Flaky)
	assert.False(t, p.Fails())
}

func TestScenariosThatFailForOneReasonShareItsProof(t *testing.T) {
	t.Parallel()
	run := runFeature(t, "../fixtures/broken/writes-to-root/matrix.yaml", `Feature: proof
  Scenario: one
    Given the condition "read-only-root"
    Then the app is ready
  Scenario: two
    Given the condition "read-only-root"
    And the condition "no-new-privileges"
    Then the app is ready
  Scenario: three
    Given the condition "user=65532"
    Then the app is ready
`, scenarios.Options{})
	require.Len(t, run.Results, 3)
	launches := map[string]*experiment.Proof{}
	for _, r := range run.Results {
		require.Equal(t, report.Failed, r.Outcome, r.Reason)
		launches[r.Scenario] = proofOf(t, r.Bundle)
	}
	assert.Equal(t, launches["one"], launches["two"])
	assert.Equal(t, []experiment.Fact{{Name: "user", Value: "65532:65532"}}, launches["three"].Minimal, "a proof of something else is none")
}

func TestABuildIsProvenWithAnotherGo(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"go.mod":      "module example.com/young\n\ngo 1.23\n",
		"main.go":     "package main\n\nimport \"net/http\"\n\nfunc main() { _ = http.ListenAndServe(\":8080\", nil) }\n",
		"matrix.yaml": "app:\n  dir: .\n  port: 8080\n  ready: /\nmatrix:\n  go: [\"1.22.12\", stable]\n",
	} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644))
	}
	run := runFeature(t, filepath.Join(dir, "matrix.yaml"), "Feature: x\n  Scenario: y\n    Then the app is ready\n", scenarios.Options{Cells: []string{"go:1.22.12"}})
	require.Len(t, run.Cells, 1)
	cell := run.Cells[0]
	require.Equal(t, report.Failed, cell.Outcome, cell.Reason)
	p := proofOf(t, cell.Bundle)
	assert.Equal(t, []experiment.Fact{{Name: "go", Value: "1.22.12"}}, p.Minimal)
	require.Len(t, p.Remedy, 1)
	assert.Equal(t, "go", p.Remedy[0].Name)
	assert.True(t, p.Fails())
	assert.True(t, p.Passes())
	assert.Contains(t, cell.Failure.Proof.EN, "fails with {go=1.22.12}; passes with Go 1.")
	assert.Contains(t, cell.Failure.Reproduce.Fails, "GOTOOLCHAIN=go1.22.12")
	out, err := exec.CommandContext(t.Context(), "sh", filepath.Join(cell.Bundle, evidence.ReproduceFile), "fails").CombinedOutput()
	require.Error(t, err)
	assert.Contains(t, string(out), "requires go >= 1.23")
	out, err = exec.CommandContext(t.Context(), "sh", filepath.Join(cell.Bundle, evidence.ReproduceFile), "passes").CombinedOutput()
	require.NoError(t, err, "%s", out)
}
