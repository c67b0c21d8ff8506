package diagnose

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/tools/txtar"

	"github.com/seatrial/seatrial/harness/evidence"
)

func manyLines(n int, line func(i int) string) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(line(i) + "\n")
	}
	return b.String()
}

func TestLongLogsKeepHeadTailAndWhatIsSaidOnce(t *testing.T) {
	const n, rare = 20000, 9000
	text := manyLines(n, func(i int) string {
		if i == rare {
			return "something else happened"
		}
		return fmt.Sprintf("request %d took %dms", i, i%100)
	})
	all := evidence.SplitLines(evidence.StderrLog, text)
	kept := bounded(evidence.SplitLines(evidence.StderrLog, text))
	assert.Less(t, len(kept), headLines+tailLines+newLines)
	last, found := 0, false
	for _, line := range kept {
		require.Greater(t, line.Number, last, "the order is that of the file")
		last = line.Number
		require.Equal(t, all[line.Number-1], line)
		found = found || line.Number == rare+1
	}
	assert.True(t, found, "a line that is said once is left out")
	assert.Equal(t, 1, kept[0].Number)
	assert.Equal(t, n, last)
}

func TestTroubleInTheMiddleOfALongLogIsFoundAmongManyShapes(t *testing.T) {
	word := func(i int) string { return strings.Map(func(r rune) rune { return r - '0' + 'a' }, fmt.Sprint(i)) }
	text := manyLines(20000, func(i int) string {
		if i == 9000 {
			return "panic: assignment to entry in nil map"
		}
		return "user " + word(i) + " came by"
	})
	kept := bounded(evidence.SplitLines(evidence.StderrLog, text))
	assert.LessOrEqual(t, len(kept), headLines+tailLines+newLines+newTrouble)
	assert.Contains(t, kept, evidence.Line{File: evidence.StderrLog, Number: 9001, Text: "panic: assignment to entry in nil map"})
}

func TestShortLogsAreReadAsTheyAre(t *testing.T) {
	lines := evidence.SplitLines(evidence.StderrLog, manyLines(headLines+tailLines, func(int) string { return "again" }))
	assert.Equal(t, lines, bounded(lines))
}

func TestLongLinesAreCutBetweenLetters(t *testing.T) {
	line := bounded([]evidence.Line{{Text: "a" + strings.Repeat("错", widest)}})[0].Text
	assert.LessOrEqual(t, len(line), widest)
	assert.True(t, strings.HasSuffix(line, "错"))
}

func TestLiteralsOfExpressions(t *testing.T) {
	for text, want := range map[string][]string{
		`READONLY You can.?t write`:       {"readonly you can"},
		`(?i)Listen (tcp|udp)`:            {"listen "},
		`(?:no such host|not known)`:      {" such host", "t known"}, // what both begin with is taken out
		`(?:no such host|\d+)`:            nil,
		`(?:optional)?\d`:                 nil,
		`(?P<addr>\S+): (?:refused){2,3}`: {"refused"},
		`a|b`:                             nil,
		`(`:                               nil,
	} {
		assert.Equal(t, want, literals(text), text)
	}
}

// FuzzLiteralsMissNoMatch: where an expression of a rule matches a line, the line
// has one of its literals.
func FuzzLiteralsMissNoMatch(f *testing.F) {
	f.Add("READONLY You can't write against a read only replica")
	f.Add("liſten tcp :8080: bind: address already in use")
	var patterns []Pattern
	for _, r := range Rules() {
		patterns = append(append(append(patterns, r.Any...), r.All...), r.None...)
	}
	f.Fuzz(func(t *testing.T, line string) {
		for _, p := range patterns {
			if p.text.MatchString(line) && len(p.needs) > 0 {
				c := &Case{sources: map[Source][]Line{p.In: {{Plain: line}}}}
				assert.True(t, c.has(p.In, p.needs), "%s needs one of %q", p.Text, p.needs)
			}
		}
	})
}

func TestLiteralsMissNoLineOfTheCorpus(t *testing.T) {
	for _, bundle := range corpusBundles(t) {
		c := Read(bundle)
		for _, r := range Rules() {
			for _, list := range [][]Pattern{r.Any, r.All, r.None} {
				for _, p := range list {
					if c.has(p.In, p.needs) {
						continue
					}
					for _, line := range c.Lines(p.In) {
						require.False(t, p.text.MatchString(line.Plain), "%s: %s", r.ID, line.Plain)
					}
				}
			}
		}
	}
}

// BenchmarkLongLog is an app that has retried all night: ten megabytes.
func BenchmarkLongLog(b *testing.B) {
	bundle := evidence.FromFS(fstest.MapFS{
		evidence.StderrLog: {Data: []byte(manyLines(50000, func(i int) string {
			return fmt.Sprintf(`{"level":"error","time":"2026-01-02T03:04:%02d.000Z","message":"redis: attempt %d failed%s","error":"dial tcp 172.18.0.2:6379: connect: connection refused"}`,
				i%60, i, strings.Repeat(" again", 10))
		}))},
		evidence.StateFile: {Data: []byte(`{"exitCode":1}`)},
	})
	for b.Loop() {
		require.Equal(b, "redis-refused", Bundle(bundle).Findings[0].Rule)
	}
}

func corpusBundles(t *testing.T) []*evidence.Bundle {
	t.Helper()
	files, err := filepath.Glob("testdata/*/*.txtar")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	var list []*evidence.Bundle
	for _, file := range files {
		archive, err := txtar.ParseFile(file)
		require.NoError(t, err)
		fsys, err := txtar.FS(archive)
		require.NoError(t, err)
		list = append(list, evidence.FromFS(fsys))
	}
	return list
}
