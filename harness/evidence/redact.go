package evidence

import (
	"cmp"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"html"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// MinSecret is the length in bytes from which a known secret is searched for.
// A shorter one, such as "1" or "root", would blank half of a log; it is still
// redacted where its key gives it away (password=1).
const MinSecret = 6

// The kinds of secrets, as they stand in [redacted:KIND].
const (
	KindSecret        = "secret"        // a value that the caller named
	KindPassword      = "password"      // the value of a key such as DB_PASSWORD
	KindToken         = "token"         // the value of a key such as token, or a token with a vendor's prefix
	KindKey           = "key"           // the value of a key such as API_KEY or SESSION_KEY
	KindURL           = "url-password"  // user:password@ in a URL or DSN
	KindAuthorization = "authorization" // an Authorization header, or Bearer and what follows
	KindCookie        = "cookie"        // the value of a cookie; its name and attributes stay
	KindAWS           = "aws-key"       // an AWS access key ID
	KindPEM           = "private-key"   // a PEM block of a private key, line by line
	KindJWT           = "jwt"           // a JSON Web Token
)

// Redactor replaces secrets with marks. It is safe for concurrent use. Its
// zero value knows no values and works by shape alone.
//
// A known value is found in its plain form and URL-escaped, JSON-escaped,
// quoted as Go does, HTML-escaped, in hexadecimal, and inside base64 at any
// alignment; it always gets the same mark. Shapes are found where they cannot
// well be anything else: a password in a sentence ("wrong password: try
// again") is ordinary text and stays.
//
// Redacting twice changes nothing, and marks are never redacted themselves.
type Redactor struct {
	known *strings.Replacer
	short int
}

// Leak is a place where a text holds a secret. It never holds the secret.
type Leak struct {
	Line int    // from 1
	Kind string // one of the Kind constants
	Text string // the line as it may be shown
}

// NewRedactor makes a Redactor that knows these values. Of a value of several
// lines each line is searched for. Values shorter than MinSecret are counted,
// see [Redactor.Short].
func NewRedactor(secrets []string) *Redactor {
	r := &Redactor{}
	seen := map[string]bool{}
	for _, secret := range secrets {
		usable := false
		for part := range strings.SplitSeq(secret, "\n") {
			part = strings.TrimSuffix(part, "\r")
			if len(part) < MinSecret {
				continue
			}
			usable = true
			for _, form := range forms(part) {
				if len(form) >= MinSecret {
					seen[form] = true
				}
			}
		}
		if !usable && secret != "" {
			r.short++
		}
	}
	// The longest first: a Replacer prefers the earlier of two that match at
	// the same place, and a short secret must not leave the tail of a long one.
	all := make([]string, 0, len(seen))
	for form := range seen {
		all = append(all, form)
	}
	slices.SortFunc(all, func(a, b string) int {
		return cmp.Or(cmp.Compare(len(b), len(a)), cmp.Compare(a, b))
	})
	pairs := make([]string, 0, 2*len(all))
	for _, form := range all {
		pairs = append(pairs, form, mark(KindSecret))
	}
	if len(pairs) > 0 {
		r.known = strings.NewReplacer(pairs...)
	}
	return r
}

// Short counts the known values that were too short to be searched for.
func (r *Redactor) Short() int { return r.short }

// Text redacts a text of any number of lines.
func (r *Redactor) Text(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	var block pemBlock
	for line := range strings.SplitAfterSeq(s, "\n") {
		body, end := cutEOL(line)
		b.WriteString(r.line(body, &block))
		b.WriteString(end)
	}
	return b.String()
}

// Leaks finds the secrets in a text: the raw output of an app, or a file of a
// bundle, where the marks left by the Writer count as the secrets they stand for.
func (r *Redactor) Leaks(s string) []Leak {
	var leaks []Leak
	number := 0
	for line := range strings.SplitSeq(r.Text(s), "\n") {
		number++
		line = strings.TrimSuffix(line, "\r")
		for _, m := range markPattern.FindAllStringSubmatch(line, -1) {
			leak := Leak{Line: number, Kind: m[1], Text: line}
			if !slices.Contains(leaks, leak) {
				leaks = append(leaks, leak)
			}
		}
	}
	return leaks
}

// line redacts one line without its line end. One replacement can bare another
// shape, so it goes on until nothing changes; each round leaves less plain text,
// and the bound is only there for a shape that would break that promise.
func (r *Redactor) line(s string, block *pemBlock) string {
	s = block.redact(s)
	for range 16 {
		next := redactShapes(r.replaceKnown(s))
		if next == s {
			break
		}
		s = next
	}
	return s
}

func (r *Redactor) replaceKnown(s string) string {
	if r.known == nil {
		return s
	}
	marks := markPattern.FindAllStringIndex(s, -1)
	if marks == nil {
		return r.known.Replace(s)
	}
	var b strings.Builder
	last := 0
	for _, m := range marks {
		b.WriteString(r.known.Replace(s[last:m[0]]))
		b.WriteString(s[m[0]:m[1]])
		last = m[1]
	}
	b.WriteString(r.known.Replace(s[last:]))
	return b.String()
}

// forms lists how a secret may be spelled in a log, a URL or a JSON document.
func forms(s string) []string {
	query, path := url.QueryEscape(s), url.PathEscape(s)
	quoted := strconv.Quote(s)
	ascii := strconv.QuoteToASCII(s)
	plain := jsonEscape(s)
	all := []string{
		s, query, path, lowerHex(query), lowerHex(path), strings.ReplaceAll(query, "+", "%20"),
		quoted[1 : len(quoted)-1], ascii[1 : len(ascii)-1], plain, jsonEscape(plain),
		html.EscapeString(s), hex.EncodeToString([]byte(s)), strings.ToUpper(hex.EncodeToString([]byte(s))),
	}
	if escaped, err := json.Marshal(s); err == nil {
		inner := string(escaped[1 : len(escaped)-1])
		all = append(all, inner, jsonEscape(inner))
	}
	for shift := range 3 {
		all = append(all,
			base64Core(base64.RawStdEncoding, s, shift),
			base64Core(base64.RawURLEncoding, s, shift))
	}
	return all
}

// base64Core gives the characters that s is sure to put into the base64 of a
// longer text in which it begins shift bytes after a multiple of three.
func base64Core(enc *base64.Encoding, s string, shift int) string {
	text := enc.EncodeToString(append(make([]byte, shift), s...))
	return text[(shift*8+5)/6 : (shift+len(s))*8/6]
}

func jsonEscape(s string) string {
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(s); err != nil {
		return s
	}
	return strings.TrimSuffix(b.String(), "\n")[1 : b.Len()-2]
}

// lowerHex writes the escapes of a URL as %2f instead of %2F.
func lowerHex(s string) string {
	b := []byte(s)
	for i := 0; i+2 < len(b); i++ {
		if b[i] == '%' {
			copy(b[i+1:i+3], strings.ToLower(string(b[i+1:i+3])))
		}
	}
	return string(b)
}

func cutEOL(line string) (body, end string) {
	body = strings.TrimSuffix(line, "\n")
	body = strings.TrimSuffix(body, "\r")
	return body, line[len(body):]
}

// SecretsIn gives the values of env that must not be seen: those of the keys in
// names, those of keys that look secret, and the passwords in URLs. A caller
// that knows an app's environment hands the result to [NewRedactor].
func SecretsIn(env map[string]string, names []string) []string {
	var found []string
	for key, value := range env {
		switch {
		case value == "":
		case slices.Contains(names, key), keyKind(key) != "" && !benign(value):
			found = append(found, value)
		default:
			if u, err := url.Parse(value); err == nil && u.User != nil {
				if password, ok := u.User.Password(); ok && password != "" {
					found = append(found, password)
				}
			}
		}
	}
	slices.Sort(found)
	return slices.Compact(found)
}
