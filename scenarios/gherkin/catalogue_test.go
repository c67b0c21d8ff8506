package gherkin

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seatrial/seatrial/harness/lang"
)

type world struct{ said []string }

func (w *world) Say(text string) error { w.said = append(w.said, text); return nil }

var doc = lang.Text{EN: "does it", ZH: "做"}

func sentence(en, zh, exampleEN, exampleZH string, fn any) Sentence {
	return Sentence{Group: "test", Keyword: "Given", EN: en, ZH: zh, Doc: doc, ExampleEN: exampleEN, ExampleZH: exampleZH, Func: fn}
}

func TestNewRefusesSentencesThatContradictThemselves(t *testing.T) {
	nothing := func() error { return nil }
	ok := sentence("it rains", "下雨", "it rains", "下雨", nothing)
	for name, tc := range map[string]struct {
		sentences []Sentence
		want      string
	}{
		"duplicate":         {[]Sentence{ok, sentence("it rains", "天下雨", "it rains", "天下雨", nothing)}, `the same as "it rains"`},
		"ambiguous":         {[]Sentence{ok, sentence("it {word}", "它{word}", "it snows", "它x", func(string) error { return nil })}, `the example "it rains" is ambiguous: "it rains", "it {word}"`},
		"example":           {[]Sentence{sentence("it rains", "下雨", "it snows", "下雨", nothing)}, `example "it snows" does not match "it rains"`},
		"too few arguments": {[]Sentence{sentence("{int}", "数{int}", "1", "数1", nothing)}, "1 parameters in the pattern, 0 in func() error"},
		"wrong argument":    {[]Sentence{sentence("{duration}", "过{duration}", "1 s", "过1 s", func(int) error { return nil })}, "{duration} gives time.Duration, argument 1 of func(int) error is int"},
		"bare int64":        {[]Sentence{sentence("{duration}", "过{duration}", "1 s", "过1 s", func(int64) error { return nil })}, "{duration} gives time.Duration"},
		"no function":       {[]Sentence{sentence("a", "甲", "a", "甲", nil)}, "the function is <nil>: want a function"},
		"no error":          {[]Sentence{sentence("a", "甲", "a", "甲", func() {})}, "want error or (context.Context, error)"},
		"variadic":          {[]Sentence{sentence("a", "甲", "a", "甲", func(...string) error { return nil })}, "variadic"},
		"table not last":    {[]Sentence{sentence("a {int}", "甲{int}", "a 1", "甲1", func(*Table, int) error { return nil })}, "must be the last argument"},
		"one language":      {[]Sentence{sentence("a", "", "a", "", nothing)}, "in English and in Chinese"},
		"keyword":           {[]Sentence{{Own: true, Keyword: "And", EN: "a", ExampleEN: "a", Func: nothing}}, `keyword is "And"`},
		"other parameters":  {[]Sentence{sentence("a {int}", "甲{size}", "a 1", "甲1 B", func(int) error { return nil })}, `the parameters of "甲{size}" are not those of "a {int}"`},
		"fewer in Chinese":  {[]Sentence{sentence("a {int}", "甲", "a 1", "甲", func(int) error { return nil })}, `the parameters of "甲"`},
		"unknown type":      {[]Sentence{sentence("a {colour}", "甲", "a red", "甲", nothing)}, "no parameter type {colour}"},
		"two at once":       {[]Sentence{{Own: true, Keyword: "x", EN: "a", ExampleEN: "b", Func: nothing}}, `does not match "a"`},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := New(Config{}, tc.sentences...)
			assert.ErrorContains(t, err, tc.want)
		})
	}
	_, err := New(Config{}, ok)
	assert.NoError(t, err)
}

func TestNewRefusesWrongParameterTypes(t *testing.T) {
	for want, typ := range map[string]ParameterType{
		"capture group":          {Name: "x", Regexp: "(a)"},
		"matches the empty text": {Name: "x", Regexp: "a*"},
		"declared twice":         {Name: "int", Regexp: "a"},
		"want func(string)":      {Name: "x", Regexp: "a", Convert: func(int) int { return 0 }},
		"lower-case letters":     {Name: "X y", Regexp: "a"},
		"missing closing":        {Name: "x", Regexp: "(?:a"},
	} {
		_, err := New(Config{Types: []ParameterType{typ}})
		assert.ErrorContains(t, err, want)
	}
}

// call matches the text and calls its function as a run would.
func call(t *testing.T, c *Catalogue, text string) {
	t.Helper()
	found := c.matching(text)
	require.Len(t, found, 1, text)
	args, err := found[0].arguments(found[0].captures)
	require.NoError(t, err)
	_, err = found[0].sentence.signature.call(context.Background(), noWorld, args, nil)
	require.NoError(t, err)
}

func TestArgumentsHaveTheFunctionsTypes(t *testing.T) {
	type colour string
	var got []any
	keep := func(values ...any) error { got = values; return nil }
	c, err := New(Config{Types: []ParameterType{{Name: "colour", Regexp: "red|blue"}}},
		sentence("{path} answers {status} within {duration}", "在{duration}内{path}应答{status}", "/ answers 200 within 1 s", "在1秒内/应答200",
			func(_ context.Context, path string, status int, d time.Duration) error { return keep(path, status, d) }),
		sentence("copy {path:from} to {path:to}", "到{path:to}从{path:from}", "copy /a to /b", "到/b从/a", func(from, to string) error { return keep(from, to) }),
		sentence("{int} and {int}", "{int}与{int}", "1 and 2", "1与2", func(a int8, b int64) error { return keep(a, b) }),
		sentence("memory {size} {colour}", "内存{size} {colour}", "memory 1 MiB red", "内存1MiB red", func(n Size, c colour) error { return keep(n, c) }),
		sentence("say {string}", "说{string}", `say "x"`, "说“x”", func(s string) error { return keep(s) }),
		sentence("half {float}", "半{float}", "half 0.5", "半0.5", func(f float64) error { return keep(f) }),
	)
	require.NoError(t, err)
	for text, want := range map[string][]any{
		"/x answers 404 within 2 minutes": {"/x", 404, 2 * time.Minute},
		"在 3 秒内 /y 应答 500":                {"/y", 500, 3 * time.Second},
		"copy /a to /b":                   {"/a", "/b"},
		"到/b从/a":                          {"/a", "/b"},
		"1 and -2":                        {int8(1), int64(-2)},
		"1 与 2":                           {int8(1), int64(2)},
		"memory 64 MiB blue":              {Size(64 << 20), colour("blue")},
		`say "a \"b\" \\"`:                {`a "b" \`},
		"说「你好」":                           {"你好"},
		"half .25":                        {0.25},
	} {
		call(t, c, text)
		assert.Equal(t, want, got, text)
	}
}

func TestSameTextInBothLanguagesIsOneForm(t *testing.T) {
	c, err := New(Config{}, sentence("PING", "PING", "PING", "PING", func() error { return nil }))
	require.NoError(t, err)
	assert.Len(t, c.matching("PING"), 1)
}

func TestTableRecords(t *testing.T) {
	records, err := (&Table{Rows: [][]string{{"k", "v"}, {"a", "1"}, {"b", "2"}}}).Records()
	require.NoError(t, err)
	assert.Equal(t, []map[string]string{{"k": "a", "v": "1"}, {"k": "b", "v": "2"}}, records)
	for _, rows := range [][][]string{nil, {{"k", "k"}}, {{""}}} {
		_, err := (&Table{Rows: rows}).Records()
		assert.Error(t, err)
	}
}

func TestSentencesKeepTheirOrder(t *testing.T) {
	c, err := New(Config{World: (*world)(nil)}, sentence("b {string}", "乙{string}", `b "x"`, "乙“x”", (*world).Say), sentence("a", "甲", "a", "甲", func() error { return nil }))
	require.NoError(t, err)
	var names []string
	for _, s := range c.Sentences() {
		names = append(names, s.EN)
	}
	assert.Equal(t, "b {string} a", strings.Join(names, " "))
}
