package scenarios_test

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/seatrial/seatrial/harness/evidence"
	"github.com/seatrial/seatrial/harness/lang"
	"github.com/seatrial/seatrial/harness/matrix"
	"github.com/seatrial/seatrial/harness/report"
	"github.com/seatrial/seatrial/scenarios"
)

// expectation is fixtures/broken/*/expected.yaml: what the harness must find in
// an app, or a deployment, that is broken on purpose.
type expectation struct {
	Outcome  report.Outcome `yaml:"outcome"`
	Scenario string         `yaml:"scenario"` // of the standard suite, that fails; see trial.feature, too
	Exit     int            `yaml:"exit"`
	Finding  string         `yaml:"finding"` // the rule that names the cause
	Also     []string       `yaml:"also"`    // rules of further causes
	Proof    []string       `yaml:"proof"`   // what the proof must say
	Says     []string       `yaml:"says"`    // what the failure page must contain
	SaysZH   []string       `yaml:"says-zh"` // and the Chinese one
	// Cells are the cells of a matrix with many, by their conditions; the outcome
	// of each that is not named is that its scenarios pass.
	Cells map[string]expectation `yaml:"cells"`

	feature string // its own feature file, if it has one
}

func readExpectation(t *testing.T, dir string) expectation {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(dir, "expected.yaml"))
	require.NoError(t, err)
	decoder := yaml.NewDecoder(bytes.NewReader(content))
	decoder.KnownFields(true)
	var want expectation
	require.NoError(t, decoder.Decode(&want), dir)
	require.ErrorIs(t, decoder.Decode(&expectation{}), io.EOF, "%s: one document", dir)
	if feature := filepath.Join(dir, "trial.feature"); fileExists(feature) {
		want.feature = feature
	}
	for name, cell := range want.all() {
		require.Contains(t, []report.Outcome{report.Failed, report.Broken}, cell.Outcome, "%s %s", dir, name)
		require.NotEmpty(t, cell.Finding, "%s %s", dir, name)
	}
	return want
}

// all gives what is expected of each cell; of the only one under the name "".
func (e expectation) all() map[string]expectation {
	if len(e.Cells) > 0 {
		return e.Cells
	}
	return map[string]expectation{"": e}
}

func fileExists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// sail runs the named scenarios of the standard suite, or all of it where the
// cell is not to get that far.
func sail(t *testing.T, o scenarios.Options, names ...string) *report.Run {
	t.Helper()
	o.OutDir, o.Slots, o.Command = t.TempDir(), 1, "test"
	o.Rerun = func(cell, ref string) string { return strings.TrimSpace("again " + cell + " " + ref) }
	p, err := scenarios.NewProgram(o)
	require.NoError(t, err)
	for _, name := range names {
		for _, s := range p.Plan.Scenarios {
			if s.Name == name {
				o.Only = append(o.Only, s.Ref())
			}
		}
	}
	require.Len(t, o.Only, len(names), "the standard suite has the scenarios")
	p, err = scenarios.NewProgram(o)
	require.NoError(t, err)
	if testing.Short() {
		t.Skip("needs a container engine")
	}
	run, err := scenarios.Sail(t.Context(), p, o)
	require.NoError(t, err)
	return run
}

func brokenApps(t *testing.T) []string {
	t.Helper()
	dirs, err := filepath.Glob("../fixtures/broken/*")
	require.NoError(t, err)
	return dirs
}

func TestThereAreManyWaysToBreak(t *testing.T) {
	ways := 0
	for _, dir := range brokenApps(t) {
		ways += len(readExpectation(t, dir).all())
	}
	assert.GreaterOrEqual(t, ways, 70)
}

func TestBrokenAppsAreFoundOut(t *testing.T) {
	t.Parallel()
	for _, dir := range brokenApps(t) {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			t.Parallel()
			want := readExpectation(t, dir)
			o := scenarios.Options{Matrix: filepath.Join(dir, "matrix.yaml"), All: true}
			// What is wrong with the code itself, no condition makes pass: looking for
			// one takes time that the nightly run has.
			o.Proof.Off = len(want.Proof)+len(want.Cells) == 0 && !wholeWeather()
			var names []string
			switch {
			case want.Scenario != "":
				names = []string{want.Scenario}
			case want.feature != "":
				o.Features = []string{want.feature}
			default:
				names = []string{"The app starts as it is deployed"}
			}
			run := sail(t, o, names...)
			assert.Equal(t, max(want.Exit, report.ExitFailed), run.ExitCode())
			if len(want.Cells) > 0 {
				checkCells(t, run, want)
				return
			}
			require.Len(t, run.Cells, 1)
			found := run.Cells[0].Result()
			if want.Scenario != "" || want.feature != "" {
				assert.Equal(t, report.Unknown, found.Outcome, "the cell itself is in order")
				require.Len(t, run.Results, 1)
				found = run.Results[0]
			} else {
				checkNothingElseRan(t, run)
			}
			checkFound(t, found, want)
		})
	}
}

// checkCells holds each cell of a run against what is expected of it.
func checkCells(t *testing.T, run *report.Run, want expectation) {
	t.Helper()
	seen := map[string]bool{}
	for _, row := range run.Cells {
		_, name, _ := strings.Cut(row.Name, "conditions=")
		seen[name] = true
		found := row.Result()
		expected, ok := want.Cells[name]
		if !ok {
			assert.Equal(t, report.Unknown, row.Outcome, "%s: its scenarios run", row.Name)
			for _, r := range run.Results {
				assert.True(t, r.Cell != row.Name || r.Outcome == report.Passed, "%s: %s", row.Name, r.Reason)
			}
			continue
		}
		t.Run(name, func(t *testing.T) { checkFound(t, found, expected) })
	}
	for name := range want.Cells {
		assert.True(t, seen[name], "there is no cell %s", name)
	}
}

func checkNothingElseRan(t *testing.T, run *report.Run) {
	t.Helper()
	for _, r := range run.Results {
		assert.Equal(t, report.Skipped, r.Outcome, r.Scenario)
		assert.Equal(t, report.NotLaunched, r.Reason, r.Scenario)
	}
}

func checkFound(t *testing.T, found report.Result, want expectation) {
	t.Helper()
	assert.Equal(t, want.Outcome, found.Outcome, found.Reason)
	require.NotNil(t, found.Failure)
	assert.Equal(t, want.Finding, found.Failure.Rule, "cause: %s", found.Failure.Cause.EN)
	var also []string
	for _, c := range found.Failure.Also {
		also = append(also, c.Rule)
	}
	assert.ElementsMatch(t, want.Also, also, "further causes")
	for _, text := range want.Proof {
		assert.Contains(t, found.Failure.Proof.EN, text)
	}
	checkPage(t, found, lang.English, want.Says)
	checkPage(t, found, lang.Chinese, want.SaysZH)
	checkEvidence(t, found)
}

// englishLabel matches a line of a page that begins with an English label.
var englishLabel = regexp.MustCompile(`(?m)^(cell|scenario|reason|step|what|cause|evidence|proof|fix|bundle|re-run|shell)\b`)

func checkPage(t *testing.T, r report.Result, l lang.Lang, says []string) {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, report.WritePage(&b, r, report.Options{Lang: l, Width: 100}))
	page := b.String()
	assert.LessOrEqual(t, strings.Count(page, "\n"), report.PageLines, page)
	// A text may be broken into lines anywhere.
	flat := squeeze(page)
	for _, text := range append(says, r.Failure.Rerun, r.Bundle) {
		assert.Contains(t, flat, squeeze(text), page)
	}
	for _, part := range []string{r.Failure.What.In(l), r.Failure.Cause.In(l), r.Failure.Fix.In(l), r.Failure.Rerun, r.Bundle} {
		assert.NotEmpty(t, part, page)
	}
	if l == lang.Chinese {
		assert.NotRegexp(t, englishLabel, page)
		for _, text := range []string{r.Failure.What.ZH, r.Failure.Fix.ZH} {
			assert.True(t, strings.ContainsFunc(text, func(c rune) bool { return unicode.Is(unicode.Han, c) }), "%q", text)
		}
	}
}

func squeeze(text string) string { return strings.Join(strings.Fields(text), "") }

// checkEvidence holds the lines that a page shows against the bundle's files.
func checkEvidence(t *testing.T, r report.Result) {
	t.Helper()
	require.NotEmpty(t, r.Failure.Evidence)
	bundle, err := evidence.Open(r.Bundle)
	require.NoError(t, err)
	defer bundle.Close()
	for _, line := range r.Failure.Evidence {
		assert.True(t, bundle.Has(line.File), line.File)
		if line.Number == 0 {
			continue
		}
		lines, err := bundle.Lines(line.File)
		require.NoError(t, err)
		require.GreaterOrEqual(t, len(lines), line.Number, line.File)
		text := lines[line.Number-1].Text
		if line.File == evidence.StateFile { // the engine's words stand within JSON there
			text = strings.ReplaceAll(text, `\"`, `"`)
		}
		assert.Contains(t, text, line.Text, "%s:%d", line.File, line.Number)
	}
}

// TestHealthyAppIsNotFoundOut runs what finds out the broken apps against one
// that is in order: a harness that finds fault with everything finds nothing.
func TestHealthyAppIsNotFoundOut(t *testing.T) {
	t.Parallel()
	var names []string
	for _, dir := range brokenApps(t) {
		if name := readExpectation(t, dir).Scenario; name != "" {
			names = append(names, name)
		}
	}
	healthy := matrix.Default(matrix.App{Dir: "."})
	healthy.Path = "../fixtures/apps/shop/matrix.yaml" // as seatrial check does
	run := sail(t, scenarios.Options{File: healthy}, names...)
	assert.Equal(t, report.ExitPassed, run.ExitCode())
	passed := 0
	for _, r := range run.Results {
		assert.Contains(t, []report.Outcome{report.Passed, report.Skipped}, r.Outcome, "%s: %s", r.Scenario, r.Reason)
		assert.Nil(t, r.Failure, r.Scenario)
		if r.Outcome == report.Passed {
			passed++
		}
	}
	assert.GreaterOrEqual(t, passed, 2)
}
