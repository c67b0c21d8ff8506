package evidence_test

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seatrial/seatrial/harness/evidence"
)

// What the corpus in testdata knows.
var corpusSecrets = []string{"s3ssion-key/7+x", "海豚pässword"}

func readCorpus(t testing.TB, name string) []string {
	t.Helper()
	data, err := os.ReadFile("testdata/" + name)
	require.NoError(t, err)
	var lines []string
	for line := range strings.SplitSeq(string(data), "\n") {
		if !strings.HasPrefix(line, "# ") {
			lines = append(lines, line)
		}
	}
	return lines
}

func TestTextRedactsTheCorpusOfSecrets(t *testing.T) {
	lines := readCorpus(t, "must-redact.txt")
	r := evidence.NewRedactor(corpusSecrets)
	cases := 0
	for i := 0; i+1 < len(lines); i++ {
		if lines[i] == "" {
			continue
		}
		cases++
		assert.Equal(t, lines[i+1], r.Text(lines[i]))
		assert.Equal(t, lines[i+1], r.Text(lines[i+1]), "redacting twice changes nothing")
		i++
	}
	assert.Greater(t, cases, 40)
}

func TestTextLeavesTheCorpusOfOrdinaryTextAlone(t *testing.T) {
	lines := readCorpus(t, "must-not-redact.txt")
	r := evidence.NewRedactor(corpusSecrets)
	assert.Greater(t, len(lines), 60)
	for _, line := range lines {
		assert.Equal(t, line, r.Text(line))
	}
}

const pemKey = "-----BEGIN EC PRIVATE KEY-----\nMHcCAQEEIIrYSSNQFaA2Hwf1duRSxKtLYX5CB04fSeQ6tF1aY/PuoAoGCCqGSM49\nAwEHoUQDQgAEPR3t\n-----END EC PRIVATE KEY-----"

func TestTextRedactsPrivateKeysLineByLine(t *testing.T) {
	r := evidence.NewRedactor(nil)
	mark := "[redacted:private-key]"
	for _, tt := range []struct{ name, in, want string }{
		{"whole block", "a\n" + pemKey + "\nb\n", "a\n" + mark + "\n" + mark + "\n" + mark + "\n" + mark + "\nb\n"},
		{"carriage returns", strings.ReplaceAll(pemKey, "\n", "\r\n"), mark + "\r\n" + mark + "\r\n" + mark + "\r\n" + mark},
		{"indented in YAML", "key: |\n  " + strings.ReplaceAll(pemKey, "\n", "\n  ") + "\nport: 80", "key: |\n  " + mark + "\n" + mark + "\n" + mark + "\n" + mark + "\nport: 80"},
		{"log prefix on each line", "app | " + strings.ReplaceAll(pemKey, "\n", "\napp | "), "app | " + mark + "\n" + mark + "\n" + mark + "\n" + mark},
		{"cut off", "-----BEGIN PRIVATE KEY-----\nMIIEvQ\npanic: boom happened\nMIIEvQ", mark + "\n" + mark + "\npanic: boom happened\nMIIEvQ"},
		{"encrypted", "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nMIIE\n-----END RSA PRIVATE KEY-----", mark + "\n" + mark + "\n\n" + mark + "\n" + mark},
	} {
		t.Run(tt.name, func(t *testing.T) {
			assert.Equal(t, tt.want, r.Text(tt.in))
			assert.Equal(t, tt.want, r.Text(tt.want))
		})
	}
}

func TestKnownSecretsAreFoundInEveryFormWithOneMark(t *testing.T) {
	const secret = `p@ss "wörd"/<7>+x`
	r := evidence.NewRedactor([]string{secret})
	quoted, err := json.Marshal(secret)
	require.NoError(t, err)
	twice, err := json.Marshal(string(quoted))
	require.NoError(t, err)
	for name, form := range map[string]string{
		"plain": secret, "query": url.QueryEscape(secret), "path": url.PathEscape(secret),
		"json": strings.Trim(string(quoted), `"`), "json in json": strings.Trim(string(twice), `"\`),
		"html": "p@ss &#34;wörd&#34;/&lt;7&gt;+x",
	} {
		t.Run(name, func(t *testing.T) {
			assert.Equal(t, "a [redacted:secret] b", r.Text("a "+form+" b"))
		})
	}
	for _, user := range []string{"", "a", "ab", "abc"} {
		for _, enc := range []*base64.Encoding{base64.StdEncoding, base64.RawURLEncoding} {
			assert.Contains(t, r.Text("x "+enc.EncodeToString([]byte(user+secret+"!"))), "[redacted:secret]", "behind %q", user)
		}
	}
}

func TestShortSecretsBlankNothingAndAreCounted(t *testing.T) {
	r := evidence.NewRedactor([]string{"1", "root", "", "long enough"})
	assert.Equal(t, 2, r.Short())
	assert.Equal(t, "port 10011, user root", r.Text("port 10011, user root"))
	assert.Equal(t, "password=[redacted:password]", r.Text("password=1"))
}

func TestSecretsOfSeveralLinesAreFoundLineByLine(t *testing.T) {
	r := evidence.NewRedactor([]string{"first line\nok\nthird line\r\n"})
	assert.Zero(t, r.Short())
	assert.Equal(t, "a [redacted:secret]\nok\n[redacted:secret]", r.Text("a first line\nok\nthird line"))
	assert.Equal(t, "a [redacted:secret]\\nok\\n[redacted:secret]", r.Text(`a first line\nok\nthird line`))
}

func TestTheLongerOfTwoSecretsWins(t *testing.T) {
	r := evidence.NewRedactor([]string{"hunter", "hunter-the-second"})
	assert.Equal(t, "[redacted:secret] and [redacted:secret]", r.Text("hunter-the-second and hunter"))
}

func TestLeaksTellLineAndKindButNotTheSecret(t *testing.T) {
	r := evidence.NewRedactor([]string{"s3cr3t-value"})
	text := "up\npassword=hunter2 s3cr3t-value\r\nfine\nBearer abc123def456\n"
	leaks := r.Leaks(text)
	assert.Equal(t, []evidence.Leak{
		{Line: 2, Kind: "password", Text: "password=[redacted:password] [redacted:secret]"},
		{Line: 2, Kind: "secret", Text: "password=[redacted:password] [redacted:secret]"},
		{Line: 4, Kind: "authorization", Text: "Bearer [redacted:authorization]"},
	}, leaks)
	assert.Equal(t, leaks, r.Leaks(r.Text(text)), "a log that was redacted on write tells the same")
	assert.Empty(t, r.Leaks("listening on :8080\nready\n"))
}

func TestJSONRedactsByKeyAndStaysValid(t *testing.T) {
	r := evidence.NewRedactor([]string{"kn0wn-value"})
	in := `{"z":1,"env":["A=1","DB_PASSWORD=x y","U=redis://:pw@h"],"list":[{"name":"API_KEY","value":"abc"},{"name":"PORT","value":"8080"}],
"headers":{"Authorization":["Basic YWJj"],"Set-Cookie":["a=1; Path=/","b=2"],"Accept":["*/*"]},
"password":12345,"token":7,"empty":{"secret":""},"kn0wn-value":true,"a":null,"nested":{"sessionKey":"k<>&"},"pwd":"/app"}`
	out, err := r.JSON([]byte(in))
	require.NoError(t, err)
	assert.Equal(t, `{"z":1,"env":["A=1","DB_PASSWORD=[redacted:password]","U=redis://:[redacted:url-password]@h"],`+
		`"list":[{"name":"API_KEY","value":"[redacted:key]"},{"name":"PORT","value":"8080"}],`+
		`"headers":{"Authorization":["Basic [redacted:authorization]"],"Set-Cookie":["a=[redacted:cookie]; Path=/","b=[redacted:cookie]"],"Accept":["*/*"]},`+
		`"password":"[redacted:password]","token":7,"empty":{"secret":""},"[redacted:secret]":true,"a":null,"nested":{"sessionKey":"[redacted:key]"},"pwd":"/app"}`, string(out))
	again, err := r.JSON(out)
	require.NoError(t, err)
	assert.Equal(t, string(out), string(again))
	_, err = r.JSON([]byte(`{"a":`))
	assert.ErrorContains(t, err, "read JSON: ")
}

func TestPrintedHeadersLoseTheirSecrets(t *testing.T) {
	h := http.Header{"Authorization": {"Bearer tok"}, "Cookie": {"a=1; b=2"}, "Host": {"x"}}
	data, err := json.Marshal(h)
	require.NoError(t, err)
	got := evidence.NewRedactor(nil).Text(string(data))
	assert.Equal(t, `{"Authorization":["Bearer [redacted:authorization]"],"Cookie":["a=[redacted:cookie]; b=[redacted:cookie]"],"Host":["x"]}`, got)
}

func TestSecretsInFindsNamedKeysSecretKeysAndURLPasswords(t *testing.T) {
	got := evidence.SecretsIn(map[string]string{
		"COOKIE_SALT": "named-value", "DB_PASSWORD": "by-key", "REDIS_URL": "redis://:in%20url@redis:6379/0",
		"PORT": "8080", "API_KEY": "", "TOKEN": "${TOKEN}", "DUP_SECRET": "by-key", "PWD": "/app",
	}, []string{"COOKIE_SALT", "NOT_SET"})
	assert.Equal(t, []string{"by-key", "in url", "named-value"}, got)
}

var anyMark = regexp.MustCompile(`\[redacted:[a-z]+(?:-[a-z]+)*\]`)

func FuzzKnownSecretsNeverSurvive(f *testing.F) {
	f.Add("s3cr3t-value", "before ", " after", true)
	f.Add("redacted", "[redacted:", "]", false)
	f.Add("secret", "password=", "&a=b", true)
	f.Add(`a"b\c<d>`, `{"k":"`, `"}`, true)
	f.Add("aaaaaa", "a", "aaaaaaaa", false)
	f.Fuzz(func(t *testing.T, secret, before, after string, escape bool) {
		if len(secret) < evidence.MinSecret || strings.ContainsAny(secret, "\r\n") || anyMark.MatchString(secret) {
			t.Skip()
		}
		r := evidence.NewRedactor([]string{secret})
		forms := []string{secret}
		if escape {
			forms = append(forms, url.QueryEscape(secret), url.PathEscape(secret))
		}
		for _, form := range forms {
			if anyMark.MatchString(before + form + after) {
				continue // the input pretends to hold marks, which are never looked into
			}
			out := r.Text(before + form + after)
			for _, piece := range anyMark.Split(out, -1) {
				assert.NotContains(t, piece, form)
			}
			assert.Contains(t, out, "[redacted:")
		}
	})
}

func FuzzRedactingTwiceChangesNothing(f *testing.F) {
	for _, name := range []string{"must-redact.txt", "must-not-redact.txt"} {
		for _, line := range readCorpus(f, name) {
			f.Add(line)
		}
	}
	f.Add(pemKey + "\n" + pemKey)
	f.Add("cookie:[redacted:a]=b;\"cookie\": x=[redacted:cookie]y; z=\\\"1")
	f.Fuzz(func(t *testing.T, text string) {
		r := evidence.NewRedactor(corpusSecrets)
		once := r.Text(text)
		assert.Equal(t, once, r.Text(once))
		assert.Equal(t, strings.Count(text, "\n"), strings.Count(once, "\n"), "lines keep their numbers")
		if json.Valid([]byte(text)) {
			out, err := r.JSON([]byte(text))
			require.NoError(t, err)
			assert.True(t, json.Valid(out), "%s", out)
		}
	})
}

func TestRedactingALongLineTakesNoLongerThanManyShortOnes(t *testing.T) {
	r := evidence.NewRedactor(corpusSecrets)
	for _, unit := range []string{"token=a1b2c3 ", "a=b{", "[redacted:", "[redacted:token] ", "--token a1b2c3 ", "\"cookie\":", "u://a:b@c ", "password=\"", "\\", "map[token:"} {
		n := (1 << 16) / len(unit)
		short, long := strings.Repeat(unit+"\n", n), strings.Repeat(unit, n)
		took := func(text string) time.Duration {
			start := time.Now()
			r.Text(text)
			return time.Since(start)
		}
		// A second and a third try, for the machine may be busy; a quadratic
		// search would take a hundred times as long in each of them.
		many, one := took(short), took(long)
		for try := 0; try < 2 && one > 20*many; try++ {
			many, one = took(short), took(long)
		}
		assert.LessOrEqual(t, one, 20*many, "%q", unit)
	}
}

func BenchmarkText(b *testing.B) {
	r := evidence.NewRedactor(corpusSecrets)
	log := strings.Repeat(strings.Join(readCorpus(b, "must-not-redact.txt"), "\n"), 20)
	b.SetBytes(int64(len(log)))
	for b.Loop() {
		r.Text(log)
	}
}
