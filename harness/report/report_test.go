package report

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seatrial/seatrial/harness/evidence"
	"github.com/seatrial/seatrial/harness/lang"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(got), 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, string(want), got)
}

const (
	cellRun   = "go=1.22/target=linux-amd64/mod=mod/cgo=off/base=scratch"
	cellMusl  = "go=stable/target=linux-amd64/mod=vendor/cgo=on/base=musl"
	cellArm   = "go=stable/target=linux-arm64/mod=mod/cgo=off/base=scratch"
	cellOld   = "go=1.20/target=linux-amd64/mod=mod/cgo=off/base=debian"
	cellLater = "go=oldstable/target=linux-amd64/mod=mod/cgo=off/base=scratch"
)

// everyOutcome is a run in which each outcome occurs.
func everyOutcome() *Run {
	at := time.Date(2026, 11, 23, 18, 42, 0, 0, time.UTC)
	static := "features/static.feature"
	start := "features/start.feature"
	return &Run{
		ID: "20261123-184200", Started: at, Took: 83 * time.Second, Command: "seatrial run matrix.yaml",
		Host: map[string]string{"engine": "Docker 29.1", "kernel": "6.12", "arch": "amd64"}, App: "shop",
		Pins: map[string]string{"stable": "1.27.4", "1.22": "1.22.12", "oldstable": "go1.26.9"},
		Images: []ImageUse{
			{Name: "redis", Source: "registry", Detail: "redis:7.2", Digest: "sha256:0123456789abcdef0123456789abcdef", Size: 41_200_000},
			{Name: "scratch", Source: "engine"},
			{Name: "musl", Source: "assembled", Detail: "9 packages of Debian bookworm", Digest: "sha256:fedcba9876543210fedcba", Size: 4_210_000},
		},
		Cells: []Cell{
			{Name: cellRun, Go: "1.22.12", Target: "linux/amd64", Base: "scratch", Outcome: Passed, Took: 4 * time.Second,
				Artifact: &ArtifactInfo{SHA256: "aabbccddeeff00112233", Size: 12_345_678, Static: true, Reused: true},
				Image:    &ImageInfo{Name: "seatrial/shop:aabbccdd", Digest: "sha256:99887766554433221100aa"}},
			{Name: cellMusl, Go: "1.27.4", Target: "linux/amd64", Base: "musl", Outcome: Failed, Took: 2 * time.Second, Failure: &Failure{
				What: lang.Text{EN: "go build exits with 1", ZH: "go build 以 1 退出"}, Cause: lang.Text{EN: "vendor/modules.txt does not agree with go.mod", ZH: "vendor/modules.txt 与 go.mod 不一致"},
				Fix: lang.Text{EN: "go mod vendor", ZH: "go mod vendor"}, Rerun: "seatrial run --matrix base:musl"}},
			{Name: cellArm, Go: "1.27.4", Target: "linux/arm64", Base: "scratch", Outcome: Built, Reason: "linux/arm64 cannot be run on amd64"},
			{Name: cellOld, Go: "1.20.14", Target: "linux/amd64", Base: "debian", Outcome: ExpectedFailure, Reason: "go.mod asks for 1.22"},
			{Name: cellLater, Outcome: Skipped, Reason: "toolchain not released yet"},
		},
		Excluded: []Excluded{{Name: "go=1.20/target=windows-amd64", Reason: "nobody deploys it"}, {Name: "go=1.20/target=linux-arm64"}},
		Results: []Result{
			{Cell: cellRun, Feature: "Static files", Scenario: "静态文件在容器里可以访问，名字很长很长很长很长很长很长很长很长很长很长", File: static, Line: 12, Outcome: Passed, Took: 340 * time.Millisecond},
			{Cell: cellRun, Feature: "Start", Scenario: "it answers within five seconds", File: start, Line: 6, Outcome: Passed, Took: 212 * time.Millisecond,
				Steps: []Step{{Keyword: "When", Text: "the app starts", Line: 7, Outcome: Passed, Took: 200 * time.Millisecond}}},
			failing(),
			{Cell: cellRun, Feature: "Start", Scenario: "it survives a restart of Redis", File: start, Line: 20, Outcome: Broken, Reason: "start redis: no space left on device", Took: time.Second},
			{Cell: cellRun, Feature: "Start", Scenario: "it answers under its prefix", File: start, Line: 27, Outcome: Skipped, Reason: "no nginx configured"},
			{Cell: cellRun, Feature: "Start", Scenario: "it stops in time", File: start, Line: 33, Outcome: UnexpectedPass, Reason: "SIGTERM is ignored until 2.0", Took: 65 * time.Second},
			{Cell: cellRun, Feature: "Start", Scenario: "it is never judged", File: start, Line: 40},
			{Cell: cellMusl, Feature: "Start", Scenario: "it answers within five seconds", File: start, Line: 6, Outcome: Skipped, Reason: "the cell did not build"},
			{Cell: cellMusl, Feature: "Static files", Scenario: "served", File: static, Line: 12, Outcome: Skipped, Reason: "the cell did not build"},
		},
		Planned: 9,
		Notes:   []string{"2 secrets are too short to be searched for"},
	}
}

func failing() Result {
	return Result{
		Cell: cellRun, Feature: "Start", Scenario: "it finds its templates", File: "features/start.feature", Line: 13, Tags: []string{"@smoke"},
		Outcome: Failed, Started: time.Date(2026, 11, 23, 18, 42, 10, 0, time.UTC), Took: 1234 * time.Millisecond, Bundle: ".seatrial/runs/20261123-184200/start-13",
		Steps: []Step{
			{Keyword: "Given", Text: "the condition \"workdir=/\"", Line: 14, Outcome: Passed, Took: time.Millisecond},
			{Keyword: "When", Text: "the app starts", Line: 15, Outcome: Failed, Took: time.Second, Error: "wait for app: exited with code 2 after 31 ms\nlast look: connection refused"},
			{Keyword: "Then", Text: "it answers on /", Line: 16, Outcome: Skipped},
		},
		Failure: &Failure{
			Rule: "template-glob-empty", What: lang.Text{EN: "the app exits with code 2 while it starts", ZH: "应用启动时以退出码 2 退出"},
			Cause: lang.Text{EN: "LoadHTMLGlob(\"templates/*\") is relative to the working directory, which is / here; there are no templates.", ZH: "LoadHTMLGlob(\"templates/*\") 相对于工作目录，而这里的工作目录是 /，没有任何模板文件。"},
			Evidence: []evidence.Line{
				{File: "stderr.log", Number: 3, Text: "panic: html/template: pattern matches no files: `templates/*`"},
				{File: "spec.json", Number: 9, Text: "\"workdir\": \"/\""},
			},
			Proof: lang.Text{EN: "fails with workdir=/ alone; passes with workdir=/app", ZH: "仅在 workdir=/ 时失败；workdir=/app 时通过"},
			Fix:   lang.Text{EN: "Embed the templates:\n    //go:embed templates/*\n    var files embed.FS\nor set WorkingDirectory=/app in the unit.", ZH: "把模板嵌入程序：\n    //go:embed templates/*\n    var files embed.FS\n或在 unit 中设置 WorkingDirectory=/app。"},
			Rerun: "seatrial run matrix.yaml --matrix go:1.22 --scenario features/start.feature:13",
			Shell: "seatrial shell .seatrial/runs/20261123-184200/start-13",
		},
	}
}

var languages = []lang.Lang{lang.English, lang.Chinese}

func TestTableIsAsApproved(t *testing.T) {
	for _, l := range languages {
		for _, width := range []int{80, 120} {
			name := fmt.Sprintf("table.%s.%d.txt", l, width)
			t.Run(name, func(t *testing.T) {
				var b bytes.Buffer
				require.NoError(t, WriteTable(&b, everyOutcome(), Options{Lang: l, Width: width}))
				for line := range strings.SplitSeq(b.String(), "\n") {
					assert.LessOrEqual(t, textWidth(line), width, line)
				}
				golden(t, name, b.String())
			})
		}
	}
}

func TestTableColoursOnlyWhenTold(t *testing.T) {
	var plain, coloured bytes.Buffer
	require.NoError(t, WriteTable(&plain, everyOutcome(), Options{}))
	require.NoError(t, WriteTable(&coloured, everyOutcome(), Options{Color: true}))
	assert.NotContains(t, plain.String(), "\x1b")
	assert.Contains(t, coloured.String(), "\x1b[31m✗ failed\x1b[0m")
	assert.Equal(t, plain.String(), ansiSequence.ReplaceAllString(coloured.String(), ""))
}

func TestTableDropsNothing(t *testing.T) {
	run := everyOutcome()
	var b bytes.Buffer
	require.NoError(t, WriteTable(&b, run, Options{Width: 300}))
	for _, result := range run.Results {
		assert.Contains(t, b.String(), result.Scenario)
		assert.Contains(t, b.String(), result.Reason)
	}
	for _, cell := range run.Cells {
		assert.Contains(t, b.String(), cell.Name)
		assert.Contains(t, b.String(), cell.Reason)
	}
	for _, excluded := range run.Excluded {
		assert.Contains(t, b.String(), excluded.Name)
	}
	b.Reset()
	require.NoError(t, WriteTable(&b, &Run{}, Options{}))
	assert.Contains(t, b.String(), "nothing was run")
	assert.Contains(t, b.String(), "nothing was planned")
	b.Reset()
	require.NoError(t, WriteTable(&b, &Run{Planned: 3}, Options{}))
	assert.Contains(t, b.String(), "executed 0 of 3 planned, in 0s: the run is not complete")
}

func TestPageIsAsApproved(t *testing.T) {
	for _, l := range languages {
		var b bytes.Buffer
		require.NoError(t, WritePage(&b, failing(), Options{Lang: l, Width: 100}))
		golden(t, fmt.Sprintf("page.%s.txt", l), b.String())
		b.Reset()
		require.NoError(t, WritePage(&b, overlong(), Options{Lang: l, Width: 100}))
		golden(t, fmt.Sprintf("page-overlong.%s.txt", l), b.String())
	}
}

// overlong has too much of everything.
func overlong() Result {
	r := failing()
	long := strings.Repeat("many words that go on and on 以及中文文字，", 60)
	r.Scenario, r.Reason, r.Cell = long, long, long
	r.Steps[1].Error = strings.Repeat("line of a stack\n", 200)
	r.Failure.What, r.Failure.Cause, r.Failure.Fix, r.Failure.Proof = lang.Text{EN: long}, lang.Text{EN: long}, lang.Text{EN: long}, lang.Text{EN: long}
	r.Failure.Evidence = nil
	for i := range 500 {
		r.Failure.Evidence = append(r.Failure.Evidence, evidence.Line{File: "stderr.log", Number: i + 1, Text: long})
	}
	return r
}

func TestPageFitsOnAScreenAndKeepsWhatIsCopied(t *testing.T) {
	long := overlong()
	bare := Result{Outcome: Failed, Cell: cellRun, Feature: "Start", Scenario: "x"}
	commands := overlong()
	commands.Failure.Rerun = "seatrial run " + strings.Repeat("--matrix go:1.22 ", 12) + "end"
	for _, result := range []Result{failing(), long, bare, commands} {
		var b bytes.Buffer
		require.NoError(t, WritePage(&b, result, Options{Width: 100}))
		p := page{width: 100, lines: strings.Split(strings.TrimSuffix(b.String(), "\n"), "\n")}
		assert.LessOrEqual(t, p.screenLines(), PageLines, b.String())
		if result.Failure != nil {
			assert.Contains(t, b.String(), result.Failure.Rerun)
			assert.Contains(t, b.String(), result.Bundle)
			assert.Contains(t, b.String(), "stderr.log:")
		} else {
			assert.Contains(t, b.String(), "unknown: no rule matches")
		}
	}
	var b bytes.Buffer
	require.NoError(t, WritePage(&b, long, Options{Width: 100}))
	assert.Regexp(t, `\.\.\. \d+ lines left out \.\.\.`, b.String())
	assert.Contains(t, b.String(), "stderr.log:1:")
	assert.Contains(t, b.String(), "stderr.log:500:")
}

func TestPageTellsNothingTwice(t *testing.T) {
	r := failing()
	r.Reason = r.Failure.What.EN + ": " + r.Failure.Cause.EN
	r.Steps[1].Error = "wait for app: " + r.Failure.Cause.EN
	for _, l := range languages {
		var b bytes.Buffer
		require.NoError(t, WritePage(&b, r, Options{Lang: l, Width: 1000}))
		assert.Equal(t, 1, strings.Count(b.String(), r.Failure.What.In(l)), b.String())
		assert.Equal(t, 1, strings.Count(b.String(), r.Failure.Cause.In(l)), b.String())
		assert.Contains(t, b.String(), ":15 When the app starts")
	}
}

func TestPageOfBrokenSaysThatTheAppHasNotBeenJudged(t *testing.T) {
	r := Result{Outcome: Broken, Cell: cellRun, Feature: "Start", Scenario: "x", Steps: []Step{{Keyword: "When", Text: "never run", Outcome: Skipped}}}
	var en, zh bytes.Buffer
	require.NoError(t, WritePage(&en, r, Options{Width: 200}))
	require.NoError(t, WritePage(&zh, r, Options{Width: 200, Lang: lang.Chinese}))
	assert.Contains(t, en.String(), "the app has not been judged")
	assert.Contains(t, zh.String(), "应用尚未得到评判")
	assert.NotContains(t, en.String(), "never run", "a step that was not reached is not the one that failed")
}

func TestEvidenceIsWholeWhereThereIsRoom(t *testing.T) {
	r := failing()
	r.Failure.Evidence = []evidence.Line{{File: "build.log", Number: 2, Text: strings.Repeat("word ", 30) + "end"}}
	var b bytes.Buffer
	require.NoError(t, WritePage(&b, r, Options{Width: 100}))
	assert.Contains(t, b.String(), "word end\n")
}

func TestBundlesAreShownRelativeToTheWorkingDirectoryWhereThatIsShorter(t *testing.T) {
	for _, tt := range []struct{ dir, bundle, want string }{
		{"", "/srv/app/.seatrial/runs/x", "/srv/app/.seatrial/runs/x"},
		{"/srv/app", "/srv/app/.seatrial/runs/x", ".seatrial/runs/x"},
		{"/srv/app", "/out/x", "/out/x"},
	} {
		r := failing()
		r.Bundle = filepath.FromSlash(tt.bundle)
		var page, table bytes.Buffer
		o := Options{Dir: filepath.FromSlash(tt.dir)}
		require.NoError(t, WritePage(&page, r, o))
		require.NoError(t, WriteTable(&table, &Run{Results: []Result{r}}, o))
		assert.Contains(t, page.String(), "bundle    "+filepath.FromSlash(tt.want)+"\n")
		assert.Contains(t, table.String(), "      "+filepath.FromSlash(tt.want)+"\n")
	}
}

func TestTableTellsOnceWhatIsTrueOfAllScenariosOfACell(t *testing.T) {
	run := &Run{Planned: 6, Cells: []Cell{{Name: "a", Outcome: Failed, Failure: &Failure{What: lang.Text{EN: "no"}}}, {Name: "b"}}}
	for i := range 3 {
		name := fmt.Sprintf("scenario %d", i)
		run.Results = append(run.Results,
			Result{Cell: "a", Feature: "f", Scenario: name, Outcome: Skipped, Reason: NotLaunched},
			Result{Cell: "b", Feature: "f", Scenario: name, Line: i, Outcome: Broken, Reason: Interrupted + ": signal"})
	}
	run.Results[1].Outcome, run.Results[1].Reason = Passed, ""
	for l, want := range map[lang.Lang][]string{
		lang.English: {"    - 3 scenarios skipped: the cell did not get as far as a launch\n", "    ! 2 scenarios broken: interrupted: signal\n"},
		lang.Chinese: {"    - 3 个场景跳过：该单元没有走到启动这一步\n", "    ! 2 个场景环境故障：被中断: signal\n"},
	} {
		var b bytes.Buffer
		require.NoError(t, WriteTable(&b, run, Options{Lang: l}))
		for _, line := range want {
			assert.Contains(t, b.String(), line)
		}
		assert.Contains(t, b.String(), "scenario 0", "what passed before the interruption is told")
	}
}

func TestPageLetsNobodySteerTheTerminal(t *testing.T) {
	r := failing()
	r.Scenario = "red \x1b[31m and \x1b]0;title\x07 bell \a back\b cr\r rtl \u202e"
	r.Failure.Evidence[0].Text = "\x1b[2J\x9b31mgone\x00\xff"
	var b bytes.Buffer
	require.NoError(t, WritePage(&b, r, Options{}))
	require.NoError(t, WriteTable(&b, &Run{Results: []Result{r}}, Options{}))
	for _, c := range b.String() {
		assert.False(t, c != '\n' && (c < 0x20 || c >= 0x7f && c < 0xa0 || c == 0x202e), "%q", c)
	}
}

func TestJUnitIsAsApproved(t *testing.T) {
	var b bytes.Buffer
	require.NoError(t, WriteJUnit(&b, everyOutcome()))
	golden(t, "junit.xml", b.String())
}

// parsed is what a reader of JUnit sees.
type parsed struct {
	Tests    int `xml:"tests,attr"`
	Failures int `xml:"failures,attr"`
	Errors   int `xml:"errors,attr"`
	Skipped  int `xml:"skipped,attr"`
	Suites   []struct {
		Name  string `xml:"name,attr"`
		Tests int    `xml:"tests,attr"`
		Cases []struct {
			Class   string `xml:"classname,attr"`
			Name    string `xml:"name,attr"`
			Failure []struct {
				Message string `xml:"message,attr"`
			} `xml:"failure"`
			Error []struct {
				Message string `xml:"message,attr"`
			} `xml:"error"`
			Skipped []struct {
				Message string `xml:"message,attr"`
			} `xml:"skipped"`
		} `xml:"testcase"`
	} `xml:"testsuite"`
}

func parseJUnit(t *testing.T, r *Run) parsed {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, WriteJUnit(&b, r))
	dec := xml.NewDecoder(bytes.NewReader(b.Bytes()))
	var p parsed
	require.NoError(t, dec.Decode(&p), b.String())
	_, err := dec.Token()
	for err == nil {
		_, err = dec.Token()
	}
	require.ErrorIs(t, err, io.EOF)
	return p
}

func TestJUnitTellsFailedBrokenAndSkippedApart(t *testing.T) {
	for _, tt := range []struct {
		outcome                Outcome
		failed, erred, skipped int
		message                string
	}{
		{Passed, 0, 0, 0, ""},
		{Failed, 1, 0, 0, "because"},
		{Broken, 0, 1, 0, "because"},
		{Unknown, 0, 1, 0, "because"},
		{Skipped, 0, 0, 1, "because"},
		{Built, 0, 0, 1, "built, not run: because"},
		{ExpectedFailure, 0, 0, 1, "expected failure: because"},
		{UnexpectedPass, 1, 0, 0, "passed, but a failure is expected: because"},
	} {
		t.Run(tt.outcome.String(), func(t *testing.T) {
			p := parseJUnit(t, &Run{Planned: 1, Results: []Result{{Cell: "c", Feature: "f", Scenario: "s", Outcome: tt.outcome, Reason: "because"}}})
			assert.Equal(t, [4]int{1, tt.failed, tt.erred, tt.skipped}, [4]int{p.Tests, p.Failures, p.Errors, p.Skipped})
			c := p.Suites[0].Cases[0]
			assert.Equal(t, "f", c.Class)
			assert.Equal(t, "s", c.Name)
			assert.Len(t, c.Failure, tt.failed)
			assert.Len(t, c.Error, tt.erred)
			assert.Len(t, c.Skipped, tt.skipped)
			for _, problem := range append(append(c.Failure, c.Error...), c.Skipped...) {
				assert.Equal(t, tt.message, problem.Message)
			}
		})
	}
}

func TestJUnitNamesAreUniqueForReadersThatIgnoreSuites(t *testing.T) {
	row := func(cell string) Result { return Result{Cell: cell, Feature: "f", Scenario: "s", Outcome: Passed} }
	p := parseJUnit(t, &Run{Planned: 4, Results: []Result{row("a"), row("a"), row("b"), row("b")}})
	seen := map[string]bool{}
	for _, suite := range p.Suites {
		for _, c := range suite.Cases {
			assert.False(t, seen[c.Class+"|"+c.Name], c.Name)
			seen[c.Class+"|"+c.Name] = true
		}
	}
	assert.Len(t, seen, 4)
}

func TestJUnitShowsAnIncompleteRun(t *testing.T) {
	p := parseJUnit(t, &Run{Planned: 2, Results: []Result{{Cell: "a", Feature: "f", Scenario: "s", Outcome: Passed}}})
	assert.Equal(t, 1, p.Errors)
	assert.Equal(t, "executed 1 of 2 planned, in 0s", p.Suites[1].Cases[0].Error[0].Message)
	assert.Equal(t, 1, parseJUnit(t, &Run{}).Errors)
}

const hostile = "a\x00b\x1b[31mc]]>d<e>&\"'\xff\ufffe\u0008 中文\n\t\U0001F600 &#0; <![CDATA["

func hostileRun(s string) *Run {
	return &Run{ID: s, App: s, Planned: 3, Cells: []Cell{{Name: s, Go: s, Target: s, Base: s, Outcome: Failed, Reason: s, Failure: &Failure{What: lang.Text{EN: s, ZH: s}, Cause: lang.Text{EN: s, ZH: s}}}},
		Excluded: []Excluded{{s, s}}, Results: []Result{
			{Cell: s, Feature: s, Scenario: s, File: s, Outcome: Failed, Reason: s, Bundle: s, Steps: []Step{{Keyword: s, Text: s, Error: s}},
				Failure: &Failure{What: lang.Text{EN: s, ZH: s}, Fix: lang.Text{EN: s}, Evidence: []evidence.Line{{File: s, Number: 1, Text: s}}}},
			{Cell: s, Feature: s, Scenario: s, Outcome: Skipped, Reason: s},
			{Cell: s, Feature: s, Scenario: s, Outcome: Broken, Reason: s},
		}}
}

func TestJUnitIsWellFormedWhateverTheNames(t *testing.T) {
	p := parseJUnit(t, hostileRun(hostile))
	assert.Equal(t, 5, p.Tests)
	assert.Equal(t, "abc]]>d<e>&\"' 中文\n\t😀 &#0; <![CDATA[", p.Suites[0].Name)
}

func FuzzJUnitIsWellFormed(f *testing.F) {
	f.Add(hostile)
	f.Add("]]>")
	f.Add("\xed\xa0\x80\ufffd")
	f.Fuzz(func(t *testing.T, s string) {
		parseJUnit(t, hostileRun(s))
		assert.Equal(t, xmlText(s), xmlText(xmlText(s)))
	})
}

func FuzzTextKeepsToItsWidth(f *testing.F) {
	f.Add(hostile, 20)
	f.Add(strings.Repeat("中文，标点。", 20)+" word", 17)
	f.Add("    indented code stays\n\n  x", 30)
	f.Fuzz(func(t *testing.T, s string, width int) {
		width = 8 + (width%200+200)%200
		s = clean(s)
		assert.LessOrEqual(t, textWidth(cutMiddle(oneLine(s), width)), width)
		assert.LessOrEqual(t, textWidth(cutEnd(oneLine(s), width)), width)
		var kept strings.Builder
		for _, line := range wrap(s, width) {
			assert.LessOrEqual(t, textWidth(line), width)
			kept.WriteString(line)
		}
		squash := strings.NewReplacer(" ", "", "\n", "")
		assert.Equal(t, squash.Replace(s), squash.Replace(kept.String()), "wrapping loses nothing but blanks")
	})
}

func TestWrapBreaksChineseBetweenCharactersAndNotBeforePunctuation(t *testing.T) {
	assert.Equal(t, []string{"静态文件找", "不到，请检", "查。"}, wrap("静态文件找不到，请检查。", 10))
	assert.Equal(t, []string{"静态文件", "（css）"}, wrap("静态文件（css）", 10))
	assert.Equal(t, []string{"one two", "three"}, wrap("one two three", 9))
	assert.Equal(t, []string{"  ab cd", "  ef", "", "x"}, wrap("  ab cd ef\n\nx\n", 8))
}

func TestTextWidthCountsColumns(t *testing.T) {
	for s, want := range map[string]int{"abc": 3, "中文": 4, "é": 1, "e\u0301": 1, "ﾊ": 1, "Ａ": 2, "😀": 2, "한": 2, "✓": 1, "": 0} {
		assert.Equal(t, want, textWidth(s), s)
	}
	assert.Equal(t, "go=1.2...ratch", cutMiddle("go=1.22/base=scratch", 14))
}

func TestJSONIsAsApprovedAndReadsBack(t *testing.T) {
	run := everyOutcome()
	var b bytes.Buffer
	require.NoError(t, WriteJSON(&b, run))
	golden(t, "run.json", b.String())

	back, err := ReadJSON(bytes.NewReader(b.Bytes()))
	require.NoError(t, err)
	assert.Equal(t, run.ExitCode(), back.ExitCode())
	assert.Equal(t, run.Counts(), back.Counts())
	var again bytes.Buffer
	require.NoError(t, WriteJSON(&again, back))
	assert.Equal(t, b.String(), again.String())

	for i, j := 0, len(run.Results)-1; i < j; i, j = i+1, j-1 {
		run.Results[i], run.Results[j] = run.Results[j], run.Results[i]
	}
	again.Reset()
	require.NoError(t, WriteJSON(&again, run))
	assert.Equal(t, b.String(), again.String(), "the order in which scenarios ended does not show")

	_, err = ReadJSON(strings.NewReader(`{"schema": 2}`))
	assert.ErrorContains(t, err, "schema 2, want 1 to 1")
	_, err = ReadJSON(strings.NewReader(`{"schema": 1, "results": [{"outcome": "great"}]}`))
	assert.ErrorContains(t, err, `parse outcome "great": no such word`)
}

func TestEveryOutcomeHasItsOwnWords(t *testing.T) {
	assert.Equal(t, Unknown, Outcome(0), "the zero value is unknown")
	assert.Len(t, Outcomes(), int(lastOutcome))
	words, symbols, chinese := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for o := Unknown; o < lastOutcome; o++ {
		words[o.String()], symbols[o.Symbol()], chinese[o.Label(lang.Chinese)] = true, true, true
		assert.Contains(t, Outcomes(), o)
		assert.Equal(t, 1, textWidth(o.Symbol()))
		data, err := json.Marshal(o)
		require.NoError(t, err)
		assert.JSONEq(t, `"`+o.String()+`"`, string(data))
		var back Outcome
		require.NoError(t, json.Unmarshal(data, &back))
		assert.Equal(t, o, back)
	}
	for _, set := range []map[string]bool{words, symbols, chinese} {
		assert.Len(t, set, int(lastOutcome))
	}
	assert.Equal(t, "unknown", lastOutcome.String())
	assert.Equal(t, "unknown", Outcome(-1).String())
}

func TestWorstNeverCallsNothingOrUnknownAPass(t *testing.T) {
	assert.Equal(t, Unknown, Worst())
	assert.Equal(t, Unknown, Worst(Passed, Unknown))
	assert.Equal(t, Broken, Worst(Failed, Broken, Passed))
	assert.Equal(t, Failed, Worst(Passed, Failed, Skipped))
	assert.Equal(t, Passed, Worst(Skipped, Passed, ExpectedFailure))
	assert.Equal(t, Built, Worst(Built, Skipped))
}

func TestExitCode(t *testing.T) {
	results := func(outcomes ...Outcome) []Result {
		var all []Result
		for _, o := range outcomes {
			all = append(all, Result{Cell: "a", Feature: "f", Scenario: "s", Outcome: o})
		}
		return all
	}
	for _, tt := range []struct {
		name    string
		planned int
		cells   []Cell
		results []Result
		want    int
	}{
		{"nothing planned", 0, nil, nil, ExitBroken},
		{"nothing planned, cells built", 0, []Cell{{Name: "a", Outcome: Built}}, nil, ExitBroken},
		{"all passed", 2, nil, results(Passed, Passed), ExitPassed},
		{"skipped, built and expected failures are no fault", 4, nil, results(Passed, Skipped, Built, ExpectedFailure), ExitPassed},
		{"one failed", 2, nil, results(Passed, Failed), ExitFailed},
		{"unexpected pass", 1, nil, results(UnexpectedPass), ExitFailed},
		{"broken outranks failed", 2, nil, results(Failed, Broken), ExitBroken},
		{"the zero outcome is no success", 1, nil, results(Unknown), ExitBroken},
		{"too few executed", 2, nil, results(Passed), ExitBroken},
		{"too few executed outranks failed", 2, nil, results(Failed), ExitBroken},
		{"too many executed", 1, nil, results(Passed, Passed), ExitBroken},
		{"a cell did not build", 1, []Cell{{Name: "a", Outcome: Failed}}, results(Skipped), ExitFailed},
		{"a cell is broken", 1, []Cell{{Name: "a", Outcome: Broken}}, results(Skipped), ExitBroken},
		{"a cell of which nobody says anything", 1, []Cell{{Name: "a"}, {Name: "b"}}, results(Passed), ExitBroken},
		{"a cell without outcome of its own has that of its results", 1, []Cell{{Name: "a"}}, results(Passed), ExitPassed},
		{"a cell is built for elsewhere", 1, []Cell{{Name: "a", Outcome: Passed}, {Name: "b", Outcome: Built}}, results(Passed), ExitPassed},
	} {
		t.Run(tt.name, func(t *testing.T) {
			assert.Equal(t, tt.want, (&Run{Planned: tt.planned, Cells: tt.cells, Results: tt.results}).ExitCode())
		})
	}
}

type failingWriter struct{}

func (failingWriter) Write([]byte) (int, error) { return 0, errors.New("broken pipe") }

func TestRenderersGiveTheErrorOfTheWriter(t *testing.T) {
	run := everyOutcome()
	assert.ErrorContains(t, WriteTable(failingWriter{}, run, Options{}), "write table: broken pipe")
	assert.ErrorContains(t, WritePage(failingWriter{}, failing(), Options{}), "write failure page: broken pipe")
	assert.ErrorContains(t, WriteJUnit(failingWriter{}, run), "write JUnit report: broken pipe")
	assert.ErrorContains(t, WriteJSON(failingWriter{}, run), "write JSON report: broken pipe")
}

func TestDurationsAndSizesReadWell(t *testing.T) {
	for d, want := range map[time.Duration]string{-1: "0s", 0: "0s", 5 * time.Millisecond: "0.005s", 3200 * time.Millisecond: "3.2s", 65 * time.Second: "1m05s", 119900 * time.Millisecond: "2m00s", 3661 * time.Second: "1h01m"} {
		assert.Equal(t, want, duration(d))
	}
	for n, want := range map[int64]string{0: "0B", 999: "999B", 1500: "1.5kB", 4_210_000: "4.2MB", 1_230_000_000: "1.23GB"} {
		assert.Equal(t, want, size(n))
	}
	assert.Equal(t, "sha256:0123456789ab", shortDigest("sha256:0123456789abcdef"))
	assert.Equal(t, "short", shortDigest("short"))
}
