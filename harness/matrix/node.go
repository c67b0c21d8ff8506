package matrix

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

const (
	// maxNodes bounds the work on a file, which aliases can multiply.
	maxNodes = 20_000
	// maxMerge bounds the nesting of "<<", which can even go round in circles.
	maxMerge = 8
	// maxProblems is how many mistakes are worth reading at once.
	maxProblems = 100
)

// reader walks a tree of YAML nodes and collects what is wrong with it. It
// goes by the known sections, never by the shape of the tree, so that a tree
// which contains itself cannot trap it.
type reader struct {
	file     string
	problems Problems
	seen     map[Problem]bool
	count    int // of problems, repetitions included
	nodes    int
}

// entry is a pair of a mapping.
type entry struct {
	name       string
	key, value *yaml.Node
}

// problemf reports a mistake. A node that aliases show in several places is
// reported once, though it counts each time: callers compare counts to see
// whether what they read was right.
func (r *reader) problemf(n *yaml.Node, hint, format string, args ...any) {
	r.count++
	p := Problem{File: r.file, Line: max(1, n.Line), Column: max(1, n.Column), Message: fmt.Sprintf(format, args...), Hint: hint}
	if r.seen == nil {
		r.seen = map[Problem]bool{}
	}
	if r.seen[p] {
		return
	}
	r.seen[p] = true
	r.problems = append(r.problems, p)
}

func (r *reader) fault(n *yaml.Node, f *fault) bool {
	if f != nil {
		r.problemf(n, f.hint, "%s", f.message)
	}
	return f != nil
}

// exhausted counts a step; once there were too many it says so and ends the
// walk.
func (r *reader) exhausted(n *yaml.Node) bool {
	r.nodes++
	if r.nodes == maxNodes+1 {
		r.problemf(n, "write fewer aliases", "the file says more than %d things", maxNodes)
	}
	return r.nodes > maxNodes
}

func deref(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode && n.Alias != nil {
		return n.Alias
	}
	return n
}

func isNull(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null" }

// kindOf names what a node is in the words of a user.
func kindOf(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "a mapping"
	case yaml.SequenceNode:
		return "a list"
	}
	switch n.ShortTag() {
	case "!!null":
		return "empty"
	case "!!bool":
		return "the boolean " + n.Value
	case "!!int", "!!float":
		return "the number " + n.Value
	case "!!timestamp":
		return "the date " + n.Value
	case "!!str":
		return "the text " + quote(n.Value)
	}
	return "tagged " + quote(n.ShortTag())
}

// entries gives the pairs of a mapping in the order of the file, with merge
// keys ("<<") followed; a key of the mapping itself wins over a merged one.
func (r *reader) entries(n *yaml.Node, what string) ([]entry, bool) {
	if n.Kind != yaml.MappingNode {
		r.problemf(n, "", "%s must be a mapping (key: value), is %s", what, kindOf(n))
		return nil, false
	}
	return r.merged(n, what, map[string]*yaml.Node{}, 0), true
}

func (r *reader) merged(n *yaml.Node, what string, seen map[string]*yaml.Node, depth int) []entry {
	var out []entry
	var merges []*yaml.Node
	for i := 0; i+1 < len(n.Content); i += 2 {
		if r.exhausted(n) {
			return out
		}
		key, value := deref(n.Content[i]), deref(n.Content[i+1])
		if key.Kind == yaml.ScalarNode && key.ShortTag() == "!!merge" {
			merges = append(merges, value)
			continue
		}
		if key.Kind != yaml.ScalarNode || key.ShortTag() == "!!null" {
			r.problemf(key, "", "a key of %s must be text, is %s", what, kindOf(key))
			continue
		}
		if first, twice := seen[key.Value]; twice {
			if depth == 0 {
				r.problemf(key, "keep one of the two", "%s has the key %s twice: first in line %d", what, quote(key.Value), first.Line)
			}
			continue
		}
		seen[key.Value] = key
		out = append(out, entry{name: key.Value, key: key, value: value})
	}
	for _, m := range merges {
		out = append(out, r.mergeOf(m, what, seen, depth+1)...)
	}
	return out
}

func (r *reader) mergeOf(n *yaml.Node, what string, seen map[string]*yaml.Node, depth int) []entry {
	if depth > maxMerge {
		r.problemf(n, "", "%s merges mappings (<<) more than %d deep", what, maxMerge)
		return nil
	}
	sources := []*yaml.Node{n}
	if n.Kind == yaml.SequenceNode {
		sources = n.Content
	}
	var out []entry
	for _, s := range sources {
		if r.exhausted(n) {
			break
		}
		if s = deref(s); s.Kind != yaml.MappingNode {
			r.problemf(s, "write <<: *name, where name is the anchor of a mapping", "%s can merge (<<) only mappings, not %s", what, kindOf(s))
			continue
		}
		out = append(out, r.merged(s, what, seen, depth)...)
	}
	return out
}

// field is a key that a section knows, and what to do with its value.
type field struct {
	key  string
	read func(v *yaml.Node)
}

// object reads a mapping of known keys. An empty section counts as left out.
func (r *reader) object(n *yaml.Node, what string, fields []field) {
	if isNull(n) {
		return
	}
	pairs, _ := r.entries(n, what)
	for _, e := range pairs {
		i := slices.IndexFunc(fields, func(f field) bool { return f.key == e.name })
		if i < 0 {
			known := make([]string, len(fields))
			for k, f := range fields {
				known[k] = f.key
			}
			r.problemf(e.key, keyHint(e.name, known), "unknown key %s in %s", quote(e.name), what)
			continue
		}
		fields[i].read(e.value)
	}
}

// list gives the items of a sequence, which must have some. An example shows
// how to write it where the items are not plain values.
func (r *reader) list(n *yaml.Node, what, example string) ([]*yaml.Node, bool) {
	if n.Kind != yaml.SequenceNode {
		switch {
		case example != "":
		case n.Kind == yaml.ScalarNode && !isNull(n):
			example = "[" + strings.TrimSpace(firstLine(n.Value)) + "]"
		default:
			example = "[a, b], or a line \"- a\" for each"
		}
		r.problemf(n, "write "+example, "%s must be a list, is %s", what, kindOf(n))
		return nil, false
	}
	if len(n.Content) == 0 {
		r.problemf(n, "give it a value, or take the key away", "%s is an empty list", what)
		return nil, false
	}
	items := make([]*yaml.Node, 0, len(n.Content))
	for _, item := range n.Content {
		if r.exhausted(item) {
			break
		}
		items = append(items, deref(item))
	}
	return items, true
}

// text reads a scalar that YAML takes for text.
func (r *reader) text(n *yaml.Node, what string) (string, bool) {
	if n.Kind == yaml.ScalarNode && n.ShortTag() == "!!str" {
		return n.Value, r.printable(n, what)
	}
	r.problemf(n, quoteHint(n), "%s must be text, is %s", what, kindOf(n))
	return "", false
}

// loose reads any scalar as the text that stands in the file, if YAML keeps
// it: unquoted 1.22 is, 1.20 is not, for every YAML tool reads it as 1.2.
func (r *reader) loose(n *yaml.Node, what string) (string, bool) {
	if n.Kind != yaml.ScalarNode {
		return r.text(n, what)
	}
	switch n.ShortTag() {
	case "!!int", "!!float":
		if as := numberAs(n); as != n.Value {
			r.problemf(n, quoteHint(n), "%s: YAML reads the number %s as %s", what, n.Value, as)
			return "", false
		}
		return n.Value, true
	case "!!bool", "!!timestamp":
		return n.Value, true
	}
	return r.text(n, what)
}

// numberAs is how a YAML number looks once it was read and written again.
func numberAs(n *yaml.Node) string {
	var v any
	if err := n.Decode(&v); err != nil {
		return "no number"
	}
	if f, ok := v.(float64); ok {
		return strconv.FormatFloat(f, 'f', -1, 64)
	}
	return fmt.Sprint(v)
}

func quoteHint(n *yaml.Node) string {
	switch {
	case n.Kind != yaml.ScalarNode:
		return ""
	case strings.HasPrefix(kindOf(n), "tagged"):
		return "take the tag away"
	case isNull(n):
		return `give it a value, or take the key away; "" is the empty text`
	}
	return "write it in quotes: " + quote(n.Value)
}

func (r *reader) printable(n *yaml.Node, what string) bool {
	if strings.ContainsFunc(n.Value, func(c rune) bool { return c == 0 || c == '\u007f' || c < ' ' && c != '\n' && c != '\t' }) {
		r.problemf(n, "", "%s holds a control character: %s", what, quote(n.Value))
		return false
	}
	return true
}

func firstLine(s string) string {
	s, _, _ = strings.Cut(s, "\n")
	return s
}
