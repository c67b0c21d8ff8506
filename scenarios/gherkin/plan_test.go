package gherkin

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const outline = `@all
Feature: Static files

  Background:
    Given Redis is stopped

  @css
  Scenario: stylesheets
    Then the app answers 200 on /a.css

  Scenario Outline: <file> is served
    Then the app answers <status> on <file>

    @good
    Examples:
      | file | status |
      | /a   | 200    |
      | /b   | 200    |

    @bad @css
    Examples:
      | file | status |
      | /b   | 404    |

  Scenario Outline: statuses
    Then the app answers <status> on /

    Examples:
      | status |
      | 200    |
      | 500    |

  @rule
  Rule: under a rule

    Background:
      Given the app is ready within 1 s

    Scenario: in the rule
      * 1 request
`

const chinese = "# language: zh-CN\n@中文\n功能: 静态文件\n\n  背景:\n    假如停止 Redis\n\n  场景大纲: 状态\n    那么应用在/应答<状态>\n\n    例子:\n      | 状态 |\n      | 200 |\n      | 404 |\n\n  规则: 规\n    场景: 规则内\n      当 1 个请求\n      而且 2 个请求\n"

func titles(scenarios []Scenario) []string {
	var out []string
	for _, s := range scenarios {
		out = append(out, fmt.Sprintf("%d %s", s.Line, s.Title))
	}
	return out
}

func TestLoadPlansEveryScenarioAndRow(t *testing.T) {
	p := plan(t, "features/static.feature", outline, "features/zh.feature", chinese, "README.md", "# no feature")
	assert.Equal(t, []string{
		"8 stylesheets",
		"17 /a is served",
		"18 /b is served (#2: /b, 200)",
		"23 /b is served (#3: /b, 404)",
		"30 statuses (#1: 200)",
		"31 statuses (#2: 500)",
		"39 in the rule",
		"13 状态 (#1: 200)",
		"14 状态 (#2: 404)",
		"17 规则内",
	}, titles(p.Scenarios))
	s := p.Scenarios[3]
	assert.Equal(t, []string{"@all", "@bad", "@css"}, s.Tags)
	assert.Equal(t, "features/static.feature:23", s.Ref())
	assert.Equal(t, []Step{{"Given", "Redis is stopped", 5, NoData}, {"Then", "the app answers 404 on /b", 12, NoData}}, s.Steps)
	rule := p.Scenarios[6]
	assert.Equal(t, "under a rule", rule.Rule)
	assert.Equal(t, []string{"@all", "@rule"}, rule.Tags)
	assert.Len(t, rule.Steps, 3)
	zh := p.Scenarios[9]
	assert.Equal(t, "zh-CN", zh.Language)
	assert.Equal(t, Step{"而且", "2 个请求", 19, NoData}, zh.Steps[2])
}

func TestLoadDistinguishesScenariosOfTwoFeatures(t *testing.T) {
	const body = "\n  Scenario: works\n    Given x\n"
	p := plan(t, "a.feature", "Feature: A"+body, "b.feature", "Feature: B"+body, "c.feature", "Feature: B"+body)
	assert.Equal(t, []string{"2 A: works", "2 B: works", "2 B: works (c.feature:2)"}, titles(p.Scenarios))
}

func TestLoadShowsTheRoot(t *testing.T) {
	p, err := Load(Source{FS: tree("x/a.feature", outline, "b.feature", chinese), Root: "../team", Paths: []string{"x", "b.feature", "x/a.feature"}})
	require.NoError(t, err)
	assert.Equal(t, "../team/x/a.feature", p.Scenarios[0].File)
	assert.Len(t, p.Scenarios, 10, "a file named twice is read once")
}

func TestLoadReportsEveryMistakeWithItsLine(t *testing.T) {
	for name, tc := range map[string]struct{ content, want string }{
		"garbage":        {"Feature: f\n  Scenario: s\n    Given x\n    Nonsense\n    Rubbish\n", "a.feature:4:5: unexpected 'Nonsense', want"},
		"both lines":     {"Feature: f\n  Scenario: s\n    Given x\n    Nonsense\n    Rubbish\n", "a.feature:5:5: unexpected 'Rubbish'"},
		"no steps":       {"Feature: f\n  Scenario: s\n", `a.feature:2: scenario "s" has no steps`},
		"no scenarios":   {"Feature: f\n", `a.feature:1: feature "f" has no scenarios`},
		"no feature":     {"# nothing\n", "a.feature: no feature in this file"},
		"no name":        {"Feature: f\n  Scenario:\n    Given x\n", "a.feature:2: scenario has no name"},
		"same name":      {"Feature: f\n  Scenario: s\n    Given x\n  Scenario: s\n    Given y\n", `a.feature:4: scenario "s" has the name of the one at line 2`},
		"no rows":        {"Feature: f\n  Scenario: t\n    Given x\n  Scenario Outline: s\n    Given x\n    Examples:\n      | a |\n", `a.feature:4: outline "s" has no example rows`},
		"ragged table":   {"Feature: f\n  Scenario: s\n    Given x\n      | a |\n      | b | c |\n", "a.feature:5:7: inconsistent cell count"},
		"tag list":       {"Feature: f\n  @a,@b\n  Scenario: s\n    Given x\n", "a.feature:2:3: @a, is not a tag"},
		"empty tag":      {"Feature: f\n  Scenario: s\n    Given x\n      \"\"\"\n      @\n      \"\"\"\n  @\n  Scenario: t\n    Given x\n", "a.feature:7: @ without a tag"},
		"tag in steps":   {"Feature: f\n  Scenario: s\n    Given x\n    @a\n    And y\n", "tags stand on the line above"},
		"tag with space": {"Feature: f\n  @a b\n  Scenario: s\n    Given x\n", "a.feature:2:3: a tag may not contain whitespace"},
		"GBK":            {"\xb9\xa6\xc4\xdc: f\n", "a.feature: is not UTF-8"},
		"no language":    {"功能: f\n  场景: s\n", "put `# language: zh-CN` on the first line"},
		"wide colon":     {"# language: zh-CN\n功能：f\n", "write `功能:`"},
		"language":       {"# language: xx\nFeature: f\n", "a.feature:1:1: language not supported: xx"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Load(Source{FS: tree("a.feature", tc.content)})
			var problems Problems
			require.ErrorAs(t, err, &problems)
			assert.ErrorContains(t, err, tc.want)
		})
	}
	_, err := Load(Source{FS: tree("README.md", "x"), Root: "features"})
	assert.EqualError(t, err, "read features: no .feature file in features")
	_, err = Load(Source{FS: tree("x", ""), Paths: []string{"gone"}})
	assert.ErrorContains(t, err, "gone")
}

func TestLoadAllowsWindowsFiles(t *testing.T) {
	p := plan(t, "a.feature", "\ufeffFeature: f\r\n  Scenario: s\r\n    Given x\r\n")
	assert.Equal(t, "x", p.Scenarios[0].Steps[0].Text)
	assert.Equal(t, "s", p.Scenarios[0].Name)
}

func FuzzParseFeature(f *testing.F) {
	f.Add([]byte(outline))
	f.Add([]byte(chinese))
	f.Add([]byte("Feature: f\nScenario: a\nThen x\n@\nScenario: b\n* y"))
	f.Add([]byte("Feature: f\n@a\nRule: r\n@b\nExample: <x>\n* y\n\"\"\"\n<x>\n\"\"\"\nExamples:\n|x|\n|1|\n"))
	f.Fuzz(func(t *testing.T, content []byte) {
		p, err := Load(Source{FS: tree("a.feature", string(content))})
		if err != nil {
			return
		}
		for _, s := range p.Scenarios {
			found, err := p.Locate(s.Ref())
			require.NoError(t, err)
			if s.row > 0 {
				require.Equal(t, []Scenario{s}, found)
			}
			one, problems := parse("a.feature", p.files[0].only([]Scenario{s}))
			require.Empty(t, problems)
			again := &Plan{}
			require.Empty(t, again.add(one))
			require.Len(t, again.Scenarios, 1, "%q emptied for line %d", content, s.Line)
			require.Equal(t, s.Steps, again.Scenarios[0].Steps)
			require.Equal(t, s.Line, again.Scenarios[0].Line)
		}
	})
}

func TestLocate(t *testing.T) {
	p := plan(t, "features/static.feature", outline, "features/zh.feature", chinese)
	for ref, want := range map[string][]string{
		"features/static.feature:8":  {"8 stylesheets"},
		"features/static.feature:7":  {"8 stylesheets"},
		"features/static.feature:9":  {"8 stylesheets"},
		"features/static.feature:1":  {"8 stylesheets"},
		"static.feature:18":          {"18 /b is served (#2: /b, 200)"},
		"features/static.feature:11": {"17 /a is served", "18 /b is served (#2: /b, 200)", "23 /b is served (#3: /b, 404)"},
		"features/static.feature:20": {"17 /a is served", "18 /b is served (#2: /b, 200)", "23 /b is served (#3: /b, 404)"},
		"zh.feature":                 {"13 状态 (#1: 200)", "14 状态 (#2: 404)", "17 规则内"},
		`features\zh.feature:18`:     {"17 规则内"},
	} {
		found, err := p.Locate(ref)
		require.NoError(t, err, ref)
		assert.Equal(t, want, titles(found), ref)
	}
	for ref, want := range map[string]string{
		"features/statik.feature:8": "did you mean features/static.feature?",
		"other":                     "no file other; there are features/static.feature, features/zh.feature",
		"static.feature:x":          "want file:line",
		"static.feature:0":          "want file:line",
		"static.feature:9999":       "the nearest scenario is features/static.feature:39 (in the rule)",
	} {
		_, err := p.Locate(ref)
		assert.ErrorContains(t, err, want, ref)
	}
	_, err := plan(t, "a/x.feature", outline, "b/x.feature", chinese).Locate("x.feature:8")
	assert.ErrorContains(t, err, "more than one such file: a/x.feature, b/x.feature")
}

func TestOnlyKeepsTheOrderOfThePlan(t *testing.T) {
	p := plan(t, "features/static.feature", outline, "features/zh.feature", chinese)
	some, err := p.Only("zh.feature:14", "static.feature:8", "static.feature:31")
	require.NoError(t, err)
	assert.Equal(t, []string{"8 stylesheets", "31 statuses (#2: 500)", "14 状态 (#2: 404)"}, titles(some.Scenarios))
	_, err = p.Only()
	assert.Error(t, err)
	_, err = p.Only("x.feature", "y.feature:0")
	assert.ErrorContains(t, err, "y.feature:0")
}

func TestFilter(t *testing.T) {
	p := plan(t, "features/static.feature", outline, "features/zh.feature", chinese)
	for expr, want := range map[string]int{
		"": 10, "@all": 7, "@css": 2, "not @css": 8, "@css and not @bad": 1, "@css or @中文": 5, "not (@all or @中文) or @good": 2,
	} {
		some, err := p.Filter(expr)
		require.NoError(t, err, expr)
		assert.Len(t, some.Scenarios, want, expr)
	}
	_, err := p.Filter("@all and @cs")
	assert.EqualError(t, err, "read tag expression: no scenario has the tag @cs\n    @all and @cs\n             ^\n    did you mean @css? the scenarios have @all, @bad, @css, @good, @rule, @中文")
	_, err = p.Filter("@css and @中文")
	assert.EqualError(t, err, `select scenarios by tags "@css and @中文": none of 10 matches; their tags: @all, @bad, @css, @good, @rule, @中文`)
}

func TestParseTagsErrors(t *testing.T) {
	for expr, want := range map[string]struct {
		at   int
		text string
	}{
		"@a && ~@b":     {3, "`@a and not @b`"},
		"~@a":           {0, "~@a is the syntax of old tools"},
		"@a,@b":         {0, "@a,@b is the syntax of old tools"},
		"@a || @b":      {3, "old tools"},
		"!@a":           {0, "old tools"},
		"a":             {0, "write @a"},
		"@a AND @b":     {3, "write and"},
		"@a @b":         {3, "want and, or, or the end, not @b"},
		"(@a":           {0, "( is not closed"},
		"@a)":           {2, "( is missing"},
		"@a and":        {6, "want a tag, not the end"},
		"and @a":        {0, "want a tag, not and"},
		"not":           {3, "want a tag, not the end"},
		"()":            {1, "want a tag, not )"},
		`@a\b`:          {2, "a backslash goes before"},
		"@中文 and ~@b":   {8, "old tools"},
		"@a not @b":     {3, "want and, or, or the end, not not"},
		"@a or or @b":   {6, "want a tag, not or"},
		"not ( @a or )": {12, "want a tag, not )"},
	} {
		_, err := ParseTags(expr)
		var te *TagError
		if assert.ErrorAs(t, err, &te, "%q", expr) {
			assert.Equal(t, want.at, te.At, "%q: %v", expr, err)
			assert.ErrorContains(t, err, want.text, expr)
		}
	}
}

func TestTagExpressionsFollowTheSpecification(t *testing.T) {
	for _, tc := range []struct {
		expr, canonical string
		tags            []string
		want            bool
	}{
		{"", "", nil, true},
		{"@a or @b and @c", "( @a or ( @b and @c ) )", []string{"@a"}, true},
		{"(@a or @b) and @c", "( ( @a or @b ) and @c )", []string{"@a"}, false},
		{"not @a and @b", "( not ( @a ) and @b )", []string{"@b"}, true},
		{"not not @a", "not ( not ( @a ) )", []string{"@a"}, true},
		{`@x\(1\) and @y`, `( @x\(1\) and @y )`, []string{"@x(1)", "@y"}, true},
		{`@a\ b`, `@a\ b`, []string{"@a b"}, true},
		{`@a\\b`, `@a\\b`, []string{`@a\b`}, true},
		{"@a and @b and @c", "( ( @a and @b ) and @c )", []string{"@a", "@b", "@c"}, true},
	} {
		e, err := ParseTags(tc.expr)
		require.NoError(t, err, tc.expr)
		assert.Equal(t, tc.canonical, e.String())
		assert.Equal(t, tc.want, e.Eval(tc.tags), tc.expr)
	}
}

func FuzzParseTags(f *testing.F) {
	for _, seed := range []string{"@a and not @b or (@c)", `@x\(1\)`, "not not @a", "((((@a))))", "@a && ~@b", "@a\\", "中 @文"} {
		f.Add(seed, "@a @b")
	}
	f.Fuzz(func(t *testing.T, expr, tags string) {
		e, err := ParseTags(expr)
		if err != nil {
			assert.NotEmpty(t, err.Error())
			return
		}
		again, err := ParseTags(e.String())
		if len(e.String()) > 2*maxTagDepth && err != nil {
			return // the parentheses of String may nest deeper than those of the source
		}
		require.NoError(t, err, "%q", e.String())
		assert.Equal(t, e.String(), again.String())
		list := []string{tags, "@a"}
		assert.Equal(t, e.Eval(list), again.Eval(list))
	})
}
