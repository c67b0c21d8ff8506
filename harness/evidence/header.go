package evidence

import (
	"regexp"
	"strings"
)

func headerKind(key string) string {
	switch strings.ToLower(key) {
	case "authorization", "proxy-authorization":
		return KindAuthorization
	case "cookie", "set-cookie":
		return KindCookie
	}
	return ""
}

// The schemes of the IANA registry that are seen in practice, and what vendors use.
var authScheme = regexp.MustCompile(`(?i)^(?:Basic|Bearer|Digest|Negotiate|NTLM|Token|ApiKey|HOBA|Mutual|AWS4-HMAC-SHA256)\s+`)

// header redacts the value of an HTTP header. The scheme of an Authorization,
// the names of cookies and the attributes of Set-Cookie stay: they tell why a
// login fails.
func (a *assignment) header(l assignLine, kind string) (text string, to int) {
	s := l.string
	a.readValue(s)
	if !a.quotedValue {
		a.to = a.from
		for a.to < len(s) && !a.endsHeader(s) {
			a.to += max(1, markLen(s[a.to:]))
		}
	}
	value := s[a.from:a.to]
	if cutsMark(l.marks, a.from, a.to) {
		return "", 0
	}
	if kind == KindCookie {
		text = cookies(value, strings.EqualFold(a.key, "set-cookie"))
		if text == value {
			return "", 0
		}
		return text, a.to
	}
	scheme := authScheme.FindString(value)
	rest := value[len(scheme):]
	sure := scheme != "" && looksSecret(rest) || a.quotedKey || a.nested || a.lineStart && (scheme != "" || !strings.Contains(rest, " "))
	if benign(rest) || !sure {
		return "", 0
	}
	return scheme + mark(kind), a.to
}

// endsHeader says that an unquoted header value ends here: at the quote that
// opened before its name (curl -H "..."), or at the bracket of a printed map.
func (a *assignment) endsHeader(s string) bool {
	c := s[a.to]
	if markLen(s[a.to:]) > 0 {
		return false
	}
	if c == ']' && (a.nested || s[a.from-1] == '[') {
		return true
	}
	return a.at > 0 && c == s[a.at-1] && (c == '"' || c == '\'' || c == '`')
}

// cookies redacts the values in "a=1; b=2"; of a Set-Cookie only the first pair
// is a cookie, the others are attributes.
func cookies(v string, set bool) string {
	parts := strings.Split(v, ";")
	for i, part := range parts {
		name, value, ok := strings.Cut(part, "=")
		if !ok || set && i > 0 || benign(strings.Trim(value, `"\ `)) || strings.Contains(strings.TrimSpace(name), " ") {
			continue
		}
		parts[i] = name + "=" + mark(KindCookie)
	}
	return strings.Join(parts, ";")
}
