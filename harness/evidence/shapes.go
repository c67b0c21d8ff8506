package evidence

import (
	"regexp"
	"sort"
	"strings"
	"unicode"
)

// A mark, with its kind as the first group.
var (
	markPattern = regexp.MustCompile(`\[redacted:([a-z]+(?:-[a-z]+)*)\]`)
	markAtStart = regexp.MustCompile(`^` + markPattern.String())
)

var (
	// RFC 7519: three base64url parts; the first two are JSON objects, and
	// base64 of `{"` begins with eyJ.
	jwtShape = regexp.MustCompile(`\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{4,}\.[A-Za-z0-9_-]*`)
	// AWS IAM, unique ID prefixes: AKIA for access keys, ASIA for temporary ones.
	awsShape = regexp.MustCompile(`\b(?:AKIA|ASIA)[A-Z0-9]{16}\b`)
	// Prefixes that GitHub, GitLab, Slack and Stripe put before their tokens so that scanners find them.
	vendorShape = regexp.MustCompile(`\b(?:gh[pousr]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,}|glpat-[A-Za-z0-9_-]{16,}|xox[abposr]-[A-Za-z0-9-]{10,}|[sr]k_live_[A-Za-z0-9]{16,})`)
	bearerShape = regexp.MustCompile(`(?i)\bbearer(?:\s+|%20|\+)([A-Za-z0-9._~+/-]{8,}=*)`)
	urlShape    = regexp.MustCompile("(?i)[a-z][a-z0-9+.-]*://([^\\s/?#@:\"'`<>\\\\]*):([^\\s/?#\"'`<>\\\\]+)@")
	// The data source name of go-sql-driver/mysql: user:password@protocol(address)/.
	dsnShape  = regexp.MustCompile(`(?:^|[\s"'=:` + "`" + `])([A-Za-z0-9_.-]+):([^\s/"']+)@(?:tcp|tcp6|udp|unix)\(`)
	flagShape = regexp.MustCompile(`(?:^|\s)--?([A-Za-z][A-Za-z0-9-]+)\s+([^\s"'-]\S*)`)
	// redis.conf and redis-server's options name a password without = or :.
	redisShape = regexp.MustCompile(`(?:^\s*(?:requirepass|masterauth)\s+"?([^\s"]+)"?\s*$)|(?:--(?:requirepass|masterauth)\s+"?([^\s"]+))`)
)

// redactShapes replaces what has the shape of a secret, one round.
func redactShapes(s string) string {
	if strings.Contains(s, "eyJ") {
		s = replaceGroup(s, jwtShape, KindJWT, nil)
	}
	if strings.Contains(s, "AKIA") || strings.Contains(s, "ASIA") {
		s = replaceGroup(s, awsShape, KindAWS, nil)
	}
	if strings.ContainsAny(s, "_-") {
		s = replaceGroup(s, vendorShape, KindToken, nil)
	}
	if strings.Contains(s, "@") {
		s = replaceGroup(s, urlShape, KindURL, nil)
		s = replaceGroup(s, dsnShape, KindURL, nil)
	}
	s = redactAssignments(s)
	s = replaceGroup(s, bearerShape, KindAuthorization, looksSecret)
	if strings.Contains(s, "requirepass") || strings.Contains(s, "masterauth") {
		s = replaceGroup(s, redisShape, KindPassword, nil)
	}
	if strings.Contains(s, "-") {
		s = redactFlags(s)
	}
	return s
}

// replaceGroup replaces the last group that took part in each match, or the
// whole match if the pattern has none, unless it is harmless, refused by want,
// or begins or ends inside a mark.
func replaceGroup(s string, re *regexp.Regexp, kind string, want func(string) bool) string {
	found := re.FindAllStringSubmatchIndex(s, -1)
	if found == nil {
		return s
	}
	marks := markPattern.FindAllStringIndex(s, -1)
	var b strings.Builder
	last := 0
	for _, m := range found {
		from, to := m[0], m[1]
		for g := len(m) - 2; g > 0; g -= 2 {
			if m[g] >= 0 {
				from, to = m[g], m[g+1]
				break
			}
		}
		value := s[from:to]
		if from < last || benign(value) || cutsMark(marks, from, to) || want != nil && !want(value) {
			continue
		}
		b.WriteString(s[last:from])
		b.WriteString(mark(kind))
		last = to
	}
	b.WriteString(s[last:])
	return b.String()
}

// redactFlags handles "--password hunter22". The value must look secret, for
// "--password is required" is a sentence.
func redactFlags(s string) string {
	found := flagShape.FindAllStringSubmatchIndex(s, -1)
	if found == nil {
		return s
	}
	marks := markPattern.FindAllStringIndex(s, -1)
	var b strings.Builder
	last := 0
	for _, m := range found {
		kind, value := keyKind(s[m[2]:m[3]]), s[m[4]:m[5]]
		if kind == "" || benign(value) || !looksSecret(value) || cutsMark(marks, m[4], m[5]) {
			continue
		}
		b.WriteString(s[last:m[4]])
		b.WriteString(mark(kind))
		last = m[5]
	}
	b.WriteString(s[last:])
	return b.String()
}

// cutsMark says whether from or to lies inside one of the marks, which are in order.
func cutsMark(marks [][]int, from, to int) bool {
	inside := func(at int) bool {
		i := sort.Search(len(marks), func(i int) bool { return marks[i][1] > at })
		return i < len(marks) && marks[i][0] < at
	}
	return inside(from) || inside(to)
}

func mark(kind string) string { return "[redacted:" + kind + "]" }

// markLen gives the length of the mark that s begins with, or 0.
func markLen(s string) int {
	if !strings.HasPrefix(s, "[redacted:") {
		return 0
	}
	if m := markAtStart.FindStringIndex(s); m != nil {
		return m[1]
	}
	return 0
}

// keyKind says which kind of secret a key of this name holds, or "". What
// counts is how the name ends: token_type, PASSWORD_FILE and max_tokens are
// harmless, REDIS_PASSWORD and clientSecret are not.
func keyKind(key string) string {
	words := keyWords(key)
	if len(words) == 0 {
		return ""
	}
	last, joined := words[len(words)-1], strings.Join(words, "")
	switch {
	case endsWith(joined, "password", "passwd", "passphrase", "passwordhash", "requirepass", "masterauth"):
		return KindPassword
	case len(words) > 1 && (last == "pass" || last == "pwd"):
		// Alone they are a count of tests and the working directory.
		return KindPassword
	case endsWith(joined, "secret", "secretkey", "secretkeybase", "privatekey", "sessionkey", "signingkey",
		"encryptionkey", "masterkey", "accesskey", "apikey", "authkey", "sharedkey", "hmackey", "credential", "credentials"):
		return KindKey
	case last == "token", endsWith(joined, "authtoken", "accesstoken", "refreshtoken", "sessiontoken", "idtoken",
		"csrftoken", "xsrftoken", "sessionid"):
		return KindToken
	}
	return ""
}

func endsWith(s string, suffixes ...string) bool {
	for _, suffix := range suffixes {
		if strings.HasSuffix(s, suffix) {
			return true
		}
	}
	return false
}

// keyWords splits a name at '_', '-', '.' and where lower case turns to upper.
func keyWords(key string) []string {
	var words []string
	var word []rune
	flush := func() {
		if len(word) > 0 {
			words = append(words, strings.ToLower(string(word)))
			word = word[:0]
		}
	}
	lower := false
	for _, c := range key {
		if c == '_' || c == '-' || c == '.' {
			flush()
			lower = false
			continue
		}
		if lower && unicode.IsUpper(c) {
			flush()
		}
		lower = unicode.IsLower(c)
		word = append(word, c)
	}
	flush()
	return words
}

var (
	placeholder = regexp.MustCompile(`^(?:\$\{?[A-Za-z_][A-Za-z0-9_]*(?::?\?[^}]*)?\}?|\$\(.*|%[a-zA-Z+#]{1,2}|%[A-Za-z_][A-Za-z0-9_]*%|<[^>]*>|\{\{.*|[*•.?-]+|[xX]{3,})$`)
	// Words that stand where a secret would and say that there is none, or how it is.
	notSecret = map[string]bool{
		"true": true, "false": true, "yes": true, "no": true, "null": true, "nil": true, "<nil>": true, "none": true,
		"undefined": true, "empty": true, "set": true, "unset": true, "missing": true, "required": true, "invalid": true,
		"expired": true, "redacted": true, "hidden": true, "not": true, "must": true, "is": true, "string": true,
	}
)

// benign says that a value is no secret: nothing, a mark, a placeholder, a word
// such as "missing", or punctuation.
func benign(v string) bool {
	return markLen(v) > 0 || notSecret[strings.ToLower(v)] || placeholder.MatchString(v) ||
		strings.IndexFunc(v, func(c rune) bool { return unicode.IsLetter(c) || unicode.IsDigit(c) }) < 0
}

// looksSecret says that a value is made rather than said: letters with digits,
// or long with mixed case. It decides where ordinary words are as likely.
func looksSecret(v string) bool {
	if len(v) < MinSecret {
		return false
	}
	var digit, lower, upper bool
	for _, c := range v {
		switch {
		case unicode.IsDigit(c):
			digit = true
		case unicode.IsLower(c):
			lower = true
		case unicode.IsUpper(c):
			upper = true
		}
	}
	return digit && (lower || upper) || len(v) >= 20 && lower && upper
}
