package diagnose_test

import (
	"encoding/json"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/tools/txtar"

	"github.com/seatrial/seatrial/harness/deployment"
	"github.com/seatrial/seatrial/harness/diagnose"
	"github.com/seatrial/seatrial/harness/evidence"
)

// cases gives the bundle of every case of the corpus by its file.
func cases(t testing.TB) map[string]*txtar.Archive {
	t.Helper()
	files, err := filepath.Glob("testdata/*/*.txtar")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	all := map[string]*txtar.Archive{}
	for _, file := range files {
		archive, err := txtar.ParseFile(file)
		require.NoError(t, err)
		all[file] = archive
	}
	return all
}

func bundle(t testing.TB, archive *txtar.Archive) *evidence.Bundle {
	t.Helper()
	files, err := txtar.FS(archive)
	require.NoError(t, err)
	return evidence.FromFS(files)
}

func TestDiagnosesOfTheCorpusAreWhole(t *testing.T) {
	for file, archive := range cases(t) {
		t.Run(file, func(t *testing.T) {
			b := bundle(t, archive)
			d := diagnose.Bundle(b)
			checkWhole(t, b, d)
			again := diagnose.Bundle(b)
			assert.Equal(t, d, again, "two diagnoses of one bundle differ")
		})
	}
}

// checkWhole holds what must be so of every diagnosis of every bundle.
func checkWhole(t testing.TB, b *evidence.Bundle, d diagnose.Diagnosis) {
	t.Helper()
	if d.Healthy {
		assert.Empty(t, d.Findings, "healthy, and yet there are findings")
		return
	}
	require.NotEmpty(t, d.Findings, "not healthy, and no finding")
	seen := map[string]bool{}
	var walk func(list []diagnose.Finding, top bool)
	walk = func(list []diagnose.Finding, top bool) {
		possible := false
		for _, f := range list {
			assert.False(t, seen[f.Rule], "%s is found twice", f.Rule)
			seen[f.Rule] = true
			checkFinding(t, b, f)
			if top {
				assert.False(t, possible && f.Confidence != diagnose.Possible, "%s comes behind a finding that is only possible", f.Rule)
				possible = f.Confidence == diagnose.Possible
			}
			walk(f.Chain, false)
		}
	}
	walk(d.Findings, true)
	if seen[diagnose.UnknownRule] {
		assert.Len(t, d.Findings, 1, "unknown, beside others")
		assert.Empty(t, d.Findings[0].Chain)
	}
	_, err := json.Marshal(d)
	assert.NoError(t, err)
}

func checkFinding(t testing.TB, b *evidence.Bundle, f diagnose.Finding) {
	t.Helper()
	assert.Contains(t, []diagnose.Confidence{diagnose.Certain, diagnose.Likely, diagnose.Possible}, f.Confidence, f.Rule)
	if f.Rule != diagnose.UnknownRule {
		_, ok := diagnose.RuleByID(f.Rule)
		assert.True(t, ok, "%s is no rule", f.Rule)
		assert.NotEmpty(t, f.Evidence, "%s shows nothing", f.Rule)
	}
	for _, line := range f.Evidence {
		checkLine(t, b, f.Rule, line)
	}
	for _, condition := range f.Remedy {
		_, err := deployment.Parse(condition.String())
		assert.NoError(t, err, f.Rule)
	}
}

// checkLine says whether the line that a finding quotes stands where it says.
// Line 0 is a file as a whole, in the finder's words.
func checkLine(t testing.TB, b *evidence.Bundle, rule string, line evidence.Line) {
	t.Helper()
	if line.Number == 0 {
		assert.NotEmpty(t, line.File, "%s quotes a line of no file", rule)
		return
	}
	lines, err := b.Lines(line.File)
	require.NoError(t, err)
	if !assert.LessOrEqual(t, line.Number, len(lines), "%s quotes %s, which is shorter", rule, line.File) {
		return
	}
	have := lines[line.Number-1].Text
	if line.File == evidence.StateFile { // the engine's words are unescaped
		var state evidence.State
		require.NoError(t, b.JSON(evidence.StateFile, &state))
		have += "\n" + state.Error
	}
	assert.Contains(t, have, line.Text, "%s misquotes %s:%d", rule, line.File, line.Number)
}

var hole = regexp.MustCompile(`\{([a-z][a-z0-9_]*)\}`)

// TestTextsOfFindingsHaveNoHoles wants a parameter for each placeholder of the
// texts of a rule that has matched; an empty one is a logic's own choice.
func TestTextsOfFindingsHaveNoHoles(t *testing.T) {
	for file, archive := range cases(t) {
		t.Run(file, func(t *testing.T) {
			var walk func(list []diagnose.Finding)
			walk = func(list []diagnose.Finding) {
				for _, f := range list {
					r, _ := diagnose.RuleByID(f.Rule)
					for _, text := range []diagnose.Text{r.Title, r.Cause, r.Fix, r.Not} {
						for _, name := range hole.FindAllStringSubmatch(text.EN+text.ZH, -1) {
							assert.Contains(t, f.Params, name[1], "%s: no value for %s", f.Rule, name[0])
						}
					}
					walk(f.Chain)
				}
			}
			walk(diagnose.Bundle(bundle(t, archive)).Findings)
		})
	}
}

// The texts that a strange bundle is made of: whatever stands in one of the
// files, and whatever is in the documents.
func FuzzDiagnoseNeverPanics(f *testing.F) {
	all := cases(f)
	names := make([]string, 0, len(all))
	for name := range all {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		f.Add(txtar.Format(all[name]))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		files := fstest.MapFS{}
		for _, file := range txtar.Parse(data).Files {
			if evidence.CheckName(file.Name) == nil {
				files[file.Name] = &fstest.MapFile{Data: file.Data}
			}
		}
		for name := range files { // a file where another has its folder
			for other := range files {
				if strings.HasPrefix(other, name+"/") {
					t.Skip()
				}
			}
		}
		b := evidence.FromFS(files)
		checkWhole(t, b, diagnose.Bundle(b))
	})
}
