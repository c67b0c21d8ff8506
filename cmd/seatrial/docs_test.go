package main

import (
	"bytes"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/spf13/cobra"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/tools/txtar"

	"github.com/seatrial/seatrial/harness/deployment"
	"github.com/seatrial/seatrial/harness/diagnose"
	"github.com/seatrial/seatrial/harness/evidence"
	"github.com/seatrial/seatrial/harness/lang"
	"github.com/seatrial/seatrial/harness/matrix"
	"github.com/seatrial/seatrial/scenarios"
	"github.com/seatrial/seatrial/scenarios/gherkin"
)

var update = flag.Bool("update", false, "write the generated pages")

// root is the repository, seen from this package.
var root = filepath.Join("..", "..")

func read(t *testing.T, name string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(root, name))
	require.NoError(t, err)
	return strings.ReplaceAll(string(content), "\r\n", "\n")
}

// papers are the documents that people read and type from.
func papers(t *testing.T) []string {
	t.Helper()
	decisions, err := fs.Glob(os.DirFS(root), "docs/decisions/*.md")
	require.NoError(t, err)
	require.NotEmpty(t, decisions)
	return append([]string{"README.md", "README.zh-CN.md", "CONTRIBUTING.md", "CHANGELOG.md"}, decisions...)
}

// output is what a command prints.
func output(t *testing.T, args ...string) string {
	t.Helper()
	var out bytes.Buffer
	cmd := rootCommand()
	cmd.SetArgs(args)
	cmd.SetOut(&out)
	require.NoError(t, cmd.Execute(), "seatrial %s", strings.Join(args, " "))
	return out.String()
}

// TestGeneratedPages holds what stands in the repository against what the code
// would write now; with -update it writes it.
func TestGeneratedPages(t *testing.T) {
	pages := map[string]string{
		"docs/steps.md":      output(t, "steps", "--markdown"),
		"docs/conditions.md": output(t, "conditions", "--markdown"),
		"README.md":          withTable(t, read(t, "README.md"), "| condition | what it does |", lang.English),
		"README.zh-CN.md":    withTable(t, read(t, "README.zh-CN.md"), "| 条件 | 作用 |", lang.Chinese),
	}
	for name, want := range pages {
		if *update {
			require.NoError(t, os.WriteFile(filepath.Join(root, name), []byte(want), 0o644))
			continue
		}
		assert.Equal(t, want, read(t, name), "%s is out of date: make docs", name)
	}
}

// ruleExamples gives, for each rule, the evidence of the first case of the corpus
// in which it comes first.
func ruleExamples(t *testing.T) map[string][]evidence.Line {
	t.Helper()
	files, err := fs.Glob(os.DirFS(root), "harness/diagnose/testdata/*/*.txtar")
	require.NoError(t, err)
	const most = 4
	examples := map[string][]evidence.Line{}
	for _, file := range files {
		files, err := txtar.FS(txtar.Parse([]byte(read(t, file))))
		require.NoError(t, err)
		d := diagnose.Bundle(evidence.FromFS(files))
		if !d.Known() || examples[d.Findings[0].Rule] != nil {
			continue
		}
		first := d.Findings[0]
		examples[first.Rule] = first.Evidence[:min(most, len(first.Evidence))]
	}
	return examples
}

// TestGeneratedPagesOfRules holds docs/rules against the rules, as
// TestGeneratedPages does; a page of a rule that is gone is an error too.
func TestGeneratedPagesOfRules(t *testing.T) {
	if testing.Short() {
		t.Skip("it diagnoses the whole corpus")
	}
	const dir = "docs/rules"
	rules, examples := diagnose.Rules(), ruleExamples(t)
	pages := map[string]string{"README.md": diagnose.RulesPage(rules)}
	for _, r := range rules {
		pages[r.ID+".md"] = diagnose.RulePage(r, examples[r.ID])
	}
	folder := filepath.Join(root, filepath.FromSlash(dir))
	if *update {
		require.NoError(t, os.MkdirAll(folder, 0o755))
	}
	present, err := os.ReadDir(folder)
	require.NoError(t, err)
	for _, file := range present {
		_, wanted := pages[file.Name()]
		if *update && !wanted {
			require.NoError(t, os.Remove(filepath.Join(folder, file.Name())))
			continue
		}
		assert.True(t, wanted, "%s/%s belongs to no rule: make docs", dir, file.Name())
	}
	for name, want := range pages {
		if *update {
			require.NoError(t, os.WriteFile(filepath.Join(folder, name), []byte(want), 0o644))
			continue
		}
		have, err := os.ReadFile(filepath.Join(folder, name))
		require.NoError(t, err, "%s/%s is missing: make docs", dir, name)
		assert.Equal(t, want, strings.ReplaceAll(string(have), "\r\n", "\n"), "%s/%s is out of date: make docs", dir, name)
	}
}

// withTable puts the table of conditions between the two marks of a page.
func withTable(t *testing.T, page, head string, l lang.Lang) string {
	t.Helper()
	const begin, end = "<!-- conditions: written by `make docs` -->\n", "<!-- end of conditions -->\n"
	before, rest, ok := strings.Cut(page, begin)
	require.True(t, ok, "the page lacks %s", begin)
	_, after, ok := strings.Cut(rest, end)
	require.True(t, ok, "the page lacks %s", end)
	table := head + "\n|---|---|\n"
	for _, k := range deployment.Catalogue() {
		table += fmt.Sprintf("| `%s` | %s |\n", tableCell(k.Example), tableCell(k.Doc.In(l)))
	}
	return before + begin + table + end + after
}

// TestCommandsInPapersExist reads every command that a reader may type: make
// targets, commands of seatrial and their flags.
func TestCommandsInPapersExist(t *testing.T) {
	for _, paper := range papers(t) {
		for _, c := range commandsIn(read(t, paper)) {
			assert.NoError(t, checkCommandLine(read(t, "Makefile"), c), "%s: %s", paper, c)
		}
	}
	readme := commandsIn(read(t, "README.md"))
	assert.Contains(t, readme, "make demo")
	assert.Contains(t, readme, "make test")
}

// TestEveryCommandIsInTheReadmes holds the tables of commands against cobra.
func TestEveryCommandIsInTheReadmes(t *testing.T) {
	for _, paper := range []string{"README.md", "README.zh-CN.md"} {
		text := read(t, paper)
		for _, cmd := range rootCommand().Commands() {
			assert.Regexp(t, "(?m)^\\| `seatrial "+cmd.Name()+`\b`, text, "%s does not list it", paper)
		}
		features, err := fs.Glob(os.DirFS(root), "features/*.feature")
		require.NoError(t, err)
		for _, feature := range features {
			assert.Contains(t, text, "`"+feature+"`", paper)
		}
	}
}

func TestMistakesInCommandsAreFound(t *testing.T) {
	const makefile = "demo: ## x\n\tgo run\n"
	for line, want := range map[string]string{
		"make demo":                 "",
		"make demos":                "no target demos",
		"FUZZTIME=1m make demo":     "",
		"seatrial list --json":      "",
		"seatrial list --jason":     "unknown flag: --jason",
		"seatrial lists":            "unknown command",
		"seatrial check":            "check one app at a time",
		"seatrial run --slots many": "invalid argument",
		"go run ./cmd/seatrial check fixtures/apps/x":                     "no such file",
		`seatrial run --only features/static.feature:3 --tags "@a or @b"`: "",
		"seatrial images fetch redis":                                     "",
	} {
		err := checkCommandLine(makefile, line)
		if want == "" {
			assert.NoError(t, err, line)
		} else {
			assert.ErrorContains(t, err, want, line)
		}
	}
	assert.Equal(t, []string{"make demo", "seatrial list", "make test"}, commandsIn("`make demo` and\n```sh\nseatrial list   # all\n```\n```console\n$ make test\nmake nothing of it\n```\n"))
}

var (
	fenced = regexp.MustCompile("(?ms)^```(\\w+)\\n(.*?)^```")
	inline = regexp.MustCompile("`([^`\n]+)`")
	words  = regexp.MustCompile(`"[^"]*"|'[^']*'|[^\s"']+`)
)

// commandsIn lists the commands of ours in a Markdown text, as a reader would
// type them.
func commandsIn(text string) []string {
	var lines []string
	for _, block := range fenced.FindAllStringSubmatch(text, -1) {
		for line := range strings.Lines(block[2]) {
			typed, isInput := strings.CutPrefix(line, "$ ")
			if block[1] == "sh" || block[1] == "console" && isInput {
				lines = append(lines, typed)
			}
		}
	}
	var list []string
	for _, span := range inline.FindAllStringSubmatch(fenced.ReplaceAllString(text, ""), -1) {
		lines = append(lines, span[1])
	}
	for _, line := range lines {
		line, _, _ = strings.Cut(line, " #")
		line, _, _ = strings.Cut(line, " > ")
		line = strings.TrimSpace(line)
		for _, ours := range []string{"make ", "seatrial ", "go run ./cmd/seatrial "} {
			if strings.HasPrefix(withoutVariables(line), ours) {
				list = append(list, line)
			}
		}
	}
	slices.SortStableFunc(list, func(a, b string) int { return strings.Index(text, a) - strings.Index(text, b) })
	return list
}

var assignment = regexp.MustCompile(`^(\w+=\S* +)+`)

func withoutVariables(line string) string { return assignment.ReplaceAllString(line, "") }

// checkCommandLine says what is wrong with a command that a document names.
func checkCommandLine(makefile, line string) error {
	line = withoutVariables(line)
	if targets, ok := strings.CutPrefix(line, "make "); ok {
		for target := range strings.FieldsSeq(targets) {
			if !strings.Contains(target, "=") && !regexp.MustCompile(`(?m)^`+regexp.QuoteMeta(target)+`:`).MatchString(makefile) {
				return fmt.Errorf("no target %s", target)
			}
		}
		return nil
	}
	line = strings.TrimPrefix(strings.TrimPrefix(line, "go run ./cmd/"), "seatrial ")
	var args []string
	for _, word := range words.FindAllString(line, -1) {
		args = append(args, strings.Trim(word, `"'`))
		if path, _, _ := strings.Cut(args[len(args)-1], ":"); strings.HasPrefix(path, "fixtures/") || strings.HasPrefix(path, "features/") {
			if _, err := os.Stat(filepath.Join(root, path)); err != nil {
				return err
			}
		}
	}
	return parses(rootCommand(), args)
}

// parses asks cobra what it thinks of a command line, without running it.
func parses(cmd *cobra.Command, args []string) error {
	found, rest, err := cmd.Find(args)
	if err != nil {
		return err
	}
	if err := found.ParseFlags(rest); err != nil {
		return err
	}
	return found.ValidateArgs(found.Flags().Args())
}

var link = regexp.MustCompile(`\]\(([^)#\s]+)[^)]*\)`)

// place is what looks like a file of this repository.
var place = regexp.MustCompile("`((?:bench|cmd|docs|features|fixtures|harness|scenarios)/[\\w./-]+|\\.[\\w-]+(?:/[\\w-]+|\\.yml))`")

func TestFilesInPapersExist(t *testing.T) {
	for _, paper := range papers(t) {
		text := read(t, paper)
		var files []string
		for _, m := range link.FindAllStringSubmatch(text, -1) {
			if !strings.Contains(m[1], "://") {
				files = append(files, filepath.Join(filepath.Dir(paper), m[1]))
			}
		}
		for _, m := range place.FindAllStringSubmatch(text, -1) {
			if !strings.HasPrefix(m[1], ".seatrial") {
				files = append(files, m[1])
			}
		}
		for _, file := range files {
			_, err := os.Stat(filepath.Join(root, file))
			assert.NoError(t, err, paper)
		}
	}
}

// TestExamplesInPapersAreValid loads the YAML as a matrix and checks the
// sentences of the Gherkin.
func TestExamplesInPapersAreValid(t *testing.T) {
	catalogue, err := scenarios.NewCatalogue()
	require.NoError(t, err)
	for _, paper := range papers(t) {
		for _, block := range fenced.FindAllStringSubmatch(read(t, paper), -1) {
			switch block[1] {
			case "yaml":
				_, err := matrix.Parse(paper, []byte(block[2]))
				assert.NoError(t, err, paper)
			case "gherkin":
				plan, err := gherkin.Load(gherkin.Source{FS: fstest.MapFS{"example.feature": {Data: []byte(block[2])}}, Root: paper})
				if assert.NoError(t, err, paper) {
					assert.NoError(t, catalogue.Check(plan), paper)
				}
			}
		}
	}
}
