package evidence

import (
	"regexp"
	"strings"
)

// The labels of RFC 7468 and of OpenSSH, OpenSSL and PGP before it.
var (
	pemBegin = regexp.MustCompile(`-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----`)
	pemEnd   = regexp.MustCompile(`-----END (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----`)
	pemBody  = regexp.MustCompile(`^(?:[A-Za-z0-9+/=]+|=[A-Za-z0-9+/]{4}|(?:Proc-Type|DEK-Info|Version|Comment): .*|)$`)
)

// pemMax bounds a block without an end: a 16384-bit RSA key has some 200 lines.
const pemMax = 400

// pemBlock follows a private key over the lines of a text. Each of its lines
// becomes one mark, so that line numbers stay right.
type pemBlock struct {
	inside   bool
	prefixed bool // the block stands behind a log's prefix
	lines    int
}

// redact replaces what of a private key stands in this line.
func (p *pemBlock) redact(s string) string {
	if p.inside {
		if end := pemEnd.FindStringIndex(s); end != nil {
			p.inside = false
			return mark(KindPEM) + p.redact(s[end[1]:])
		}
		if p.lines++; p.lines < pemMax && p.isBody(s) {
			if strings.TrimSpace(s) == "" {
				return s
			}
			return mark(KindPEM)
		}
		p.inside = false
	}
	begin := pemBegin.FindStringIndex(s)
	if begin == nil {
		return s
	}
	head, rest := s[:begin[0]], s[begin[1]:]
	if end := pemEnd.FindStringIndex(rest); end != nil {
		return head + mark(KindPEM) + p.redact(rest[end[1]:])
	}
	*p = pemBlock{inside: true, prefixed: strings.TrimSpace(head) != "" && rest == ""}
	return head + mark(KindPEM)
}

func (p *pemBlock) isBody(s string) bool {
	s = strings.TrimSpace(s)
	if p.prefixed {
		s = s[strings.LastIndexByte(s, ' ')+1:]
	}
	// Mail quotes and concatenated Go strings keep their quotes and \n.
	s = strings.Trim(s, `"'+,`)
	return pemBody.MatchString(strings.TrimSuffix(s, `\n`))
}
