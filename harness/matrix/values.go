package matrix

import (
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// valueReader checks a node and gives its value as text; it reports what is
// wrong itself.
type valueReader func(r *reader, n *yaml.Node, what string) (string, bool)

// into makes the reader of a field that is one text.
func (r *reader) into(p *string, what string, read valueReader) func(*yaml.Node) {
	return func(v *yaml.Node) { *p, _ = read(r, v, what) }
}

func (r *reader) texts(n *yaml.Node, what string, read valueReader) []string {
	items, _ := r.list(n, what, "")
	var out []string
	for _, item := range items {
		if text, ok := read(r, item, what); ok {
			out = append(out, text)
		}
	}
	return out
}

func (r *reader) unique(n *yaml.Node, what string, read valueReader) []string {
	seen := map[string]bool{}
	return r.texts(n, what, func(r *reader, n *yaml.Node, what string) (string, bool) {
		text, ok := read(r, n, what)
		if ok && seen[text] {
			r.problemf(n, "keep one of the two", "%s lists %s twice", what, quote(text))
			return "", false
		}
		seen[text] = true
		return text, ok
	})
}

// filled reads text with more in it than spaces.
func (r *reader) filled(n *yaml.Node, what string) (string, bool) {
	text, ok := r.text(n, what)
	if ok && trimmed(text) == "" {
		r.problemf(n, "give it a value, or take the key away", "%s is empty", what)
		return "", false
	}
	return trimmed(text), ok
}

func trimmed(s string) string { return strings.TrimSpace(s) }

func (r *reader) boolean(n *yaml.Node, what string) (value, ok bool) {
	if n.Kind == yaml.ScalarNode && n.ShortTag() == "!!bool" {
		return strings.EqualFold(n.Value, "true"), true
	}
	r.problemf(n, "write true or false, without quotes", "%s must be true or false, is %s", what, kindOf(n))
	return false, false
}

func (r *reader) number(n *yaml.Node, what string, low, high int) int {
	hint := fmt.Sprintf("write a number from %d to %d", low, high)
	if n.Kind != yaml.ScalarNode || n.ShortTag() != "!!int" {
		if n.Kind == yaml.ScalarNode && n.ShortTag() == "!!str" {
			hint += ", without quotes"
		}
		r.problemf(n, hint, "%s must be a whole number, is %s", what, kindOf(n))
		return 0
	}
	value, err := strconv.Atoi(n.Value)
	if err != nil || value < low || value > high || strconv.Itoa(value) != n.Value {
		r.problemf(n, hint, "%s is out of range: %s", what, n.Value)
		return 0
	}
	return value
}

func (r *reader) duration(n *yaml.Node, what string) time.Duration {
	const hint = `write a number with its unit, such as 500ms, 30s or 2m`
	if n.Kind != yaml.ScalarNode {
		r.problemf(n, hint, "%s must be a time span, is %s", what, kindOf(n))
		return 0
	}
	d, err := time.ParseDuration(n.Value)
	if err != nil {
		r.problemf(n, hint, "%s must be a time span, is %s", what, kindOf(n))
		return 0
	}
	if d <= 0 {
		r.problemf(n, hint, "%s must be longer than nothing, is %s", what, n.Value)
		return 0
	}
	return d
}

// dir may lead out of the file's directory, since a matrix.yaml often lies in a
// folder beside the app; but a path of one machine would be none on the next.
func (r *reader) dir(n *yaml.Node, what string) (string, bool) {
	text, ok := r.filled(n, what)
	if !ok || !r.slashes(n, what, text) {
		return "", false
	}
	if path.IsAbs(text) {
		r.problemf(n, "write it relative to the directory of this file", "%s %s is absolute", what, quote(text))
		return "", false
	}
	return path.Clean(text), true
}

func (r *reader) absolute(n *yaml.Node, what string) (string, bool) {
	text, ok := r.filled(n, what)
	if !ok || !r.slashes(n, what, text) {
		return "", false
	}
	if !path.IsAbs(text) {
		r.problemf(n, fmt.Sprintf("write %s", quote(path.Clean("/"+text))), "%s %s must be an absolute path of the container", what, quote(text))
		return "", false
	}
	if clean := path.Clean(text); clean != text {
		r.problemf(n, fmt.Sprintf("write %s", quote(clean)), "%s %s is not a clean path", what, quote(text))
		return "", false
	}
	return text, true
}

// inside reads a path that stays below the app's directory.
func (r *reader) inside(n *yaml.Node, what string) (string, bool) {
	text, ok := r.filled(n, what)
	if !ok || !r.slashes(n, what, text) {
		return "", false
	}
	if path.IsAbs(text) || slices.Contains(strings.Split(text, "/"), "..") {
		r.problemf(n, "write a path below the app's directory, without \"..\"", "%s %s leads out of the app", what, quote(text))
		return "", false
	}
	return path.Clean(text), true
}

func (r *reader) slashes(n *yaml.Node, what, text string) bool {
	if !strings.Contains(text, `\`) {
		return true
	}
	r.problemf(n, fmt.Sprintf("write %s", quote(strings.ReplaceAll(text, `\`, "/"))), "%s %s has backslashes", what, quote(text))
	return false
}

// urlPath reads the path of a URL, perhaps with a query.
func (r *reader) urlPath(n *yaml.Node, what string) (string, bool) {
	text, ok := r.filled(n, what)
	if !ok {
		return "", false
	}
	if !strings.HasPrefix(text, "/") || strings.HasPrefix(text, "//") || strings.ContainsAny(text, " \t\n#") {
		hint := `write it from the first slash, such as "/readyz"`
		r.problemf(n, hint, "%s %s is not the path of a URL", what, quote(text))
		return "", false
	}
	return text, true
}
