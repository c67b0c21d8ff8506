package debian

import (
	"fmt"
	"strings"

	version "github.com/knqyf263/go-deb-version"
)

// Relation is one package named in a dependency, with the versions that it
// accepts: "libc6 (>= 2.34)".
type Relation struct {
	Name    string
	Op      string // "<<", "<=", "=", ">=", ">>", or "" for any version
	Version string
}

// String prints r as control files write it.
func (r Relation) String() string {
	if r.Op == "" {
		return r.Name
	}
	return fmt.Sprintf("%s (%s %s)", r.Name, r.Op, r.Version)
}

// Dependency is a list of alternatives of which one must be there.
type Dependency []Relation

// String prints d as control files write it.
func (d Dependency) String() string {
	parts := make([]string, len(d))
	for i, r := range d {
		parts[i] = r.String()
	}
	return strings.Join(parts, " | ")
}

// ParseDepends reads a Depends, Pre-Depends or Provides field. Architecture
// qualifiers (":any") and restrictions ("[amd64]", "<!nocheck>") are dropped:
// in a binary package's fields only the former occurs.
func ParseDepends(field string) ([]Dependency, error) {
	var out []Dependency
	for group := range strings.SplitSeq(field, ",") {
		if strings.TrimSpace(group) == "" {
			continue
		}
		var d Dependency
		for alternative := range strings.SplitSeq(group, "|") {
			r, err := parseRelation(alternative)
			if err != nil {
				return nil, err
			}
			d = append(d, r)
		}
		out = append(out, d)
	}
	return out, nil
}

func parseRelation(s string) (Relation, error) {
	text := strings.TrimSpace(s)
	bad := func(why string) (Relation, error) {
		return Relation{}, fmt.Errorf("parse dependency %q: %s", text, why)
	}
	name, rest := text, ""
	if i := strings.IndexAny(text, " \t\n([<"); i >= 0 {
		name, rest = text[:i], strings.TrimSpace(text[i:])
	}
	name, _, _ = strings.Cut(name, ":")
	if !validName(name) {
		return bad("not a package name")
	}
	r := Relation{Name: name}
	if !strings.HasPrefix(rest, "(") {
		return r, nil
	}
	inner, _, ok := strings.Cut(rest[1:], ")")
	if !ok {
		return bad("the bracket of its version is not closed")
	}
	inner = strings.TrimSpace(inner)
	end := strings.IndexFunc(inner, func(c rune) bool { return c != '<' && c != '>' && c != '=' })
	if end < 0 {
		return bad("no version after its operator")
	}
	r.Op, r.Version = inner[:end], strings.TrimSpace(inner[end:])
	switch r.Op {
	case "<<", "<=", "=", ">=", ">>":
	case "<": // the old spellings, which mean "or equal"
		r.Op = "<="
	case ">":
		r.Op = ">="
	default:
		return bad(fmt.Sprintf("unknown operator %q", r.Op))
	}
	if !version.Valid(r.Version) {
		return bad(fmt.Sprintf("%q is not a version", r.Version))
	}
	return r, nil
}

// validName says whether s is a package name by policy 5.6.1, upper case
// tolerated.
func validName(s string) bool {
	for i, c := range s {
		alnum := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
		if !alnum && (i == 0 || !strings.ContainsRune("+-._", c)) {
			return false
		}
	}
	return s != ""
}

// accepts says whether version v satisfies the relation.
func (r Relation) accepts(v string) bool {
	if r.Op == "" {
		return true
	}
	have, err := version.NewVersion(v)
	if err != nil {
		return false
	}
	want, err := version.NewVersion(r.Version)
	if err != nil {
		return false
	}
	c := have.Compare(want)
	switch r.Op {
	case "<<":
		return c < 0
	case "<=":
		return c <= 0
	case "=":
		return c == 0
	case ">=":
		return c >= 0
	case ">>":
		return c > 0
	}
	return false
}
