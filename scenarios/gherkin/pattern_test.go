package gherkin

import (
	"regexp"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seatrial/seatrial/harness/lang"
)

func builtin() map[string]ParameterType {
	types := map[string]ParameterType{}
	for _, t := range BuiltinTypes() {
		types[t.Name] = t
	}
	return types
}

func TestPatternMatches(t *testing.T) {
	for _, tc := range []struct {
		pattern, text string
		captures      []string // nil: no match
	}{
		{"the app starts", "the app starts", []string{}},
		{"the app starts", "the app  starts", []string{}},
		{"the app starts", "the app starts now", nil},
		{"the app starts", "well, the app starts", nil},
		{"the app answers {status} on {path}", "the app answers 200 on /readyz", []string{"200", "/readyz"}},
		{"within {int} second(s)", "within 1 second", []string{"1"}},
		{"within {int} second(s)", "within 2 seconds", []string{"2"}},
		{"the log is/was empty", "the log was empty", []string{}},
		{"the log is/was empty", "the log isempty", nil},
		{"the app( still) runs", "the app runs", []string{}},
		{"the app( still) runs", "the app still runs", []string{}},
		{"the app (still )runs", "the app still runs", []string{}},
		{"the app (still )runs", "the app runs", []string{}},
		{`GET \/ and \{x\}`, "GET / and {x}", []string{}},
		{"the value is {string}", `the value is "a \"b\""`, []string{`"a \"b\""`}},
		{"应用在 {duration} 内启动", "应用在 10 秒 内启动", []string{"10 秒"}},
		{"应用在 {duration} 内启动", "应用在10秒内启动", []string{"10秒"}},
		{"应用在{duration}内启动", "应用在 10 s 内启动", []string{"10 s"}},
		{"(停止|关闭) Redis", "关闭Redis", []string{}},
		{"(停止|关闭)Redis", "停止 Redis", []string{}},
		{"(停止|关闭)Redis", "打开 Redis", nil},
		{"环境变量{word}的值为{string}", "环境变量PORT的值为“8080”", []string{"PORT", "“8080”"}},
		{"如果停止, 则重启", "如果停止，则重启", []string{}},
		{"挂载{path}缺失", "挂载/app/config缺失", []string{"/app/config"}},
		{"a mount of {path:source} on {path:target}", "a mount of ./x on /y", []string{"./x", "/y"}},
	} {
		t.Run(tc.pattern+" ~ "+tc.text, func(t *testing.T) {
			p, err := compilePattern(tc.pattern, lang.English, builtin())
			require.NoError(t, err)
			m := p.re.FindStringSubmatch(tc.text)
			if tc.captures == nil {
				assert.Nil(t, m, "%s", p.re)
				return
			}
			require.NotNil(t, m, "%s", p.re)
			assert.Equal(t, tc.captures, m[1:])
		})
	}
}

func TestPatternErrorsNameTheColumn(t *testing.T) {
	for pattern, want := range map[string]string{
		"":                 "column 1: is empty",
		" x":               "column 1: begins or ends with white space",
		"a {nothing here":  "column 3: { is not closed",
		"a {durration}":    "column 3: no parameter type {durration}: did you mean {duration}?",
		"a {int:}":         "column 3: {int:} has an empty label",
		"a (b":             "column 5: ( is not closed",
		"a ()":             "column 4: empty text in parentheses",
		"a ({int})":        "column 4: { is not allowed inside parentheses",
		"a ((b))":          "column 4: ( is not allowed inside parentheses",
		"a )":              "column 3: ) without its opening",
		"a (b) c":          "column 3: optional text stands between two spaces",
		"a /b":             `column 3: one side of / is empty: write \/`,
		`a \b`:             "column 3: a backslash goes before one of",
		"数据 {int} 和 {foo}": "column 12: no parameter type {foo}",
	} {
		_, err := compilePattern(pattern, lang.English, builtin())
		var pe *PatternError
		if assert.ErrorAs(t, err, &pe, "%q", pattern) {
			assert.ErrorContains(t, err, want, "%q", pattern)
		}
	}
}

func FuzzCompilePattern(f *testing.F) {
	for _, seed := range []string{"the app answers {status} on {path}", "a(b|c) d/e(s)", "应用在 {duration} 内", `\{\/`, "{a:b}", "((", "a( b)c/d", "(|)"} {
		f.Add(seed)
	}
	types := builtin()
	f.Fuzz(func(t *testing.T, source string) {
		p, err := compilePattern(source, lang.English, types)
		if err != nil {
			var pe *PatternError
			require.ErrorAs(t, err, &pe)
			return
		}
		assert.Equal(t, len(p.params), p.re.NumSubexp(), "%s", p.re)
	})
}

func FuzzSnippetPatternMatchesItsStep(f *testing.F) {
	f.Add(`the app says "a (b)" in 10 s {x} a/b \`)
	f.Add("应用在 10 秒内启动 3 次")
	c, err := New(Config{})
	require.NoError(f, err)
	f.Fuzz(func(t *testing.T, text string) {
		if !regexp.MustCompile(`^\S(.*\S)?$`).MatchString(text) {
			t.Skip("not the text of a step")
		}
		pattern, args := c.generalise(text)
		p, err := compilePattern(pattern, lang.English, c.types)
		require.NoError(t, err)
		assert.True(t, p.re.MatchString(text), "%q: %s", text, p.re)
		assert.Len(t, args, len(p.params))
	})
}

func TestParseDuration(t *testing.T) {
	for in, want := range map[string]time.Duration{
		"10 s": 10 * time.Second, "500ms": 500 * time.Millisecond, "2 minutes": 2 * time.Minute, "1 second": time.Second,
		"1 minute 30 seconds": 90 * time.Second, "1m30s": 90 * time.Second, "10 秒": 10 * time.Second, "10秒钟": 10 * time.Second,
		"1分30秒": 90 * time.Second, "2 小时": 2 * time.Hour, "3 分钟": 3 * time.Minute, "1.5 h": 90 * time.Minute, "2 days": 48 * time.Hour,
		"7 us": 7 * time.Microsecond, "7µs": 7 * time.Microsecond, "9 ns": 9, "100 毫秒": 100 * time.Millisecond, "0 s": 0, "5 mins": 5 * time.Minute,
		"2 hrs": 2 * time.Hour, "3 secs": 3 * time.Second, "4 msecs": 4 * time.Millisecond, "8 微秒": 8 * time.Microsecond, "8 纳秒": 8,
		"1 nanosecond": 1, "1 microsecond": 1000, "2 milliseconds": 2 * time.Millisecond, "1 hour": time.Hour, "3 天": 72 * time.Hour, "2 个小时": 2 * time.Hour,
	} {
		got, err := ParseDuration(in)
		require.NoError(t, err, in)
		assert.Equal(t, want, got, in)
	}
	for _, in := range []string{"", "10", "s", "-1 s", "10 parsecs", "1 m later", "1e9 s", "999999999 days", "１０ 秒"} {
		_, err := ParseDuration(in)
		assert.Error(t, err, in)
	}
}

func TestParseSize(t *testing.T) {
	for in, want := range map[string]Size{
		"64 MiB": 64 << 20, "512KiB": 512 << 10, "10 MB": 10e6, "1.5 GiB": 3 << 29, "100 bytes": 100, "1 byte": 1, "7 B": 7,
		"100 字节": 100, "2 kB": 2000, "2 KB": 2000, "1 TiB": 1 << 40, "128Mi": 128 << 20, "3 GB": 3e9, "1 TB": 1e12,
	} {
		got, err := ParseSize(in)
		require.NoError(t, err, in)
		assert.Equal(t, want, got, in)
	}
	for _, in := range []string{"", "10", "MiB", "-1 B", "1 mb", "0.3 B", "99999999999 TiB", "1 MiB/s"} {
		_, err := ParseSize(in)
		assert.Error(t, err, in)
	}
}

func FuzzParseQuantities(f *testing.F) {
	for _, seed := range []string{"10 s", "1m30s", "1分30秒", "64 MiB", "1.5 GiB", "9999999999999 h", "1 ms2s"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if d, err := ParseDuration(s); err == nil {
			assert.GreaterOrEqual(t, d, time.Duration(0))
			again, err := ParseDuration(" " + s + " ")
			require.NoError(t, err)
			assert.Equal(t, d, again)
		}
		if n, err := ParseSize(s); err == nil {
			assert.GreaterOrEqual(t, n, Size(0))
		}
		if d, err := time.ParseDuration(s); err == nil && d >= 0 && durationFull.MatchString(s) {
			got, err := ParseDuration(s)
			require.NoError(t, err)
			assert.Equal(t, d, got, "differs from Go's own reading of %q", s)
		}
	})
}
