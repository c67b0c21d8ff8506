package gherkin

import (
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var noWorld = reflect.Value{}

func shop(t *testing.T) *Catalogue {
	t.Helper()
	c, err := New(Config{},
		sentence("the app answers {status} on {path}", "应用在{path}应答{status}", "the app answers 200 on /readyz", "应用在 /readyz 应答 200", func(int, string) error { return nil }),
		sentence("the app is ready within {duration}", "应用在 {duration} 内就绪", "the app is ready within 10 s", "应用在 10 秒内就绪", func(time.Duration) error { return nil }),
		sentence("Redis is stopped", "停止 Redis", "Redis is stopped", "停止 Redis", func() error { return nil }),
		sentence("the environment is", "环境变量为", "the environment is", "环境变量为", func(*Table) error { return nil }),
		sentence("{int} request(s)", "{int} 个请求", "1 request", "1 个请求", func(int8) error { return nil }),
	)
	require.NoError(t, err)
	return c
}

func plan(t *testing.T, files ...string) *Plan {
	t.Helper()
	p, err := Load(Source{FS: tree(files...)})
	require.NoError(t, err)
	return p
}

// tree is a file system of name, content, name, content.
func tree(files ...string) fstest.MapFS {
	fsys := fstest.MapFS{}
	for i := 0; i < len(files); i += 2 {
		fsys[files[i]] = &fstest.MapFile{Data: []byte(files[i+1])}
	}
	return fsys
}

func TestCheckFindsEveryProblemBeforeAnythingRuns(t *testing.T) {
	p := plan(t, "a.feature", `Feature: f
  Background:
    Given Redis is stoped

  Scenario: one
    Then the app answer 404 on "/static/app.css"
    And 300 requests

  Scenario: two
    Given the environment is
    And Redis is stopped
      | a |
    And purple monkeys dance
`, "b.feature", `# language: zh-CN
功能: 功
  场景: 一
    假如应用在 5 秒内准备就绪
    而且停止Redis
`)
	err := shop(t).Check(p)
	var problems Problems
	require.ErrorAs(t, err, &problems)
	var lines []string
	for _, problem := range problems {
		lines = append(lines, problem.position()+problem.Message)
	}
	assert.Equal(t, []string{
		`a.feature:3: no sentence for "Redis is stoped"`,
		`a.feature:6: no sentence for "the app answer 404 on \"/static/app.css\""`,
		`a.feature:7: "300 requests": {int}: 300 is out of range for int8`,
		`a.feature:10: "the environment is" has nothing below it, the sentence wants a table`,
		`a.feature:11: "Redis is stopped" has a table below it, the sentence wants nothing`,
		`a.feature:13: no sentence for "purple monkeys dance"`,
		`b.feature:4: no sentence for "应用在 5 秒内准备就绪"`,
	}, lines)
	assert.Contains(t, problems[0].Hint, "did you mean: Redis is stopped")
	assert.Contains(t, problems[1].Hint, "did you mean: the app answers 200 on /readyz")
	assert.NotContains(t, problems[5].Hint, "did you mean")
	assert.Contains(t, problems[6].Hint, "did you mean: 应用在 10 秒内就绪")
	assert.Contains(t, err.Error(), "b.feature:4: no sentence")
	assert.Contains(t, err.Error(), "\n    or write it:\n    gherkin.Sentence{\n")
}

func TestCheckFindsAmbiguousSteps(t *testing.T) {
	c, err := New(Config{},
		Sentence{Own: true, Keyword: "Given", EN: "a {word}", ExampleEN: "a x", Func: func(string) error { return nil }},
		Sentence{Own: true, Keyword: "Given", EN: "{word} b", ExampleEN: "y b", Func: func(string) error { return nil }})
	require.NoError(t, err)
	err = c.Check(plan(t, "a.feature", "Feature: f\n  Scenario: s\n    Given a b\n"))
	assert.EqualError(t, err, "a.feature:3: \"a b\" is ambiguous\n    it matches \"a {word}\", \"{word} b\"")
}

func TestCheckAcceptsBothLanguagesInOneFile(t *testing.T) {
	p := plan(t, "a.feature", "# language: zh-CN\n功能: f\n  场景: s\n    假如 Redis is stopped\n    那么应用在/应答200\n")
	assert.NoError(t, shop(t).Check(p))
}

// TestSnippetCompiles builds a program of snippets, with and without values.
func TestSnippetCompiles(t *testing.T) {
	c, err := New(Config{World: (*strings.Builder)(nil)})
	require.NoError(t, err)
	var sb strings.Builder
	sb.WriteString("package main\n\nimport (\n\"context\"\n\"errors\"\n\"strings\"\n\"time\"\n\"github.com/seatrial/seatrial/scenarios/gherkin\"\n)\n\nvar _ time.Duration\n\nfunc main() {\n\t_, err := gherkin.New(gherkin.Config{World: (*strings.Builder)(nil)},\n")
	for _, step := range []Step{
		{Keyword: "When", Text: `the app (v1/v2) says "hi" {now}`},
		{Keyword: "那么", Text: "应用在 10 秒内用 64 MiB 写 3 行"},
		{Keyword: "Given", Text: "a table of `ticks`", Data: TableData},
		{Keyword: "Given", Text: "a text", Data: DocStringData},
	} {
		sb.WriteString(c.Snippet(step) + ",\n")
	}
	sb.WriteString("\t)\n\tif err != nil {\n\t\tpanic(err)\n\t}\n}\n")
	file := filepath.Join(t.TempDir(), "main.go")
	require.NoError(t, os.WriteFile(file, []byte(sb.String()), 0o600))
	out, err := exec.CommandContext(t.Context(), "go", "run", file).CombinedOutput()
	assert.NoError(t, err, "%s\n%s", out, sb.String())
}
