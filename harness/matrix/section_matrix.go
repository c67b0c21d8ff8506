package matrix

import (
	"fmt"
	"slices"
	"time"

	"go.yaml.in/yaml/v3"
)

// matrixReader reads the section "matrix" in two steps: read checks each axis
// and entry for itself, cells expands them if all of it was right.
type matrixReader struct {
	*reader
	arch string

	node     *yaml.Node
	axes     []AxisValues
	sound    map[string]bool // axes whose every value was right
	exclude  []rule
	include  []rule
	declared []string // axes that name the cells, in order
	ok       bool
}

// rule is an entry of exclude or include.
type rule struct {
	node   *yaml.Node
	values Combination
	reason string // of an exclude entry
	skip   string
	expect *Expectation
}

func (m *matrixReader) read(n *yaml.Node) {
	before := m.count
	m.node, m.sound = n, map[string]bool{}
	var exclude, include *yaml.Node
	var fields []field
	for _, key := range axisKeys() {
		fields = append(fields, field{key, func(v *yaml.Node) { m.axis(key, v) }})
	}
	fields = append(fields,
		field{"exclude", func(v *yaml.Node) { exclude = v }},
		field{"include", func(v *yaml.Node) { include = v }})
	if isNull(n) {
		m.problemf(n, "give it axes, such as go: [stable, oldstable], or take the key away", "matrix is empty")
		return
	}
	m.object(n, "matrix", fields)
	if exclude != nil {
		m.exclude = m.rules(exclude, "matrix.exclude", m.excludeEntry)
	}
	if include != nil {
		m.include = m.rules(include, "matrix.include", m.includeEntry)
	}
	if m.count == before && len(m.axes) == 0 && len(m.include) == 0 {
		m.problemf(n, "give it axes, such as go: [stable, oldstable]", "matrix has neither axes nor include entries")
	}
	m.ok = m.count == before
}

func (m *matrixReader) axis(key string, n *yaml.Node) {
	m.declared = append(m.declared, key)
	before := m.count
	items, _ := m.list(n, "matrix."+key, "")
	axis := AxisValues{Key: key}
	for _, item := range items {
		value, ok := m.value(key, item)
		if !ok {
			continue
		}
		if slices.Contains(axis.Values, value) {
			m.problemf(item, "keep one of the two", "matrix.%s lists %s twice", key, quote(value))
			continue
		}
		axis.Values = append(axis.Values, value)
	}
	m.axes = append(m.axes, axis)
	m.sound[key] = m.count == before
}

// value reads one value of an axis.
func (r *reader) value(key string, n *yaml.Node) (string, bool) {
	if key == axisConditions && n.Kind == yaml.SequenceNode {
		return r.conditionList(n)
	}
	text, ok := r.loose(n, key)
	if !ok {
		return "", false
	}
	value, bad := axisValue(key, text)
	return value, !r.fault(n, bad)
}

// conditionList reads the conditions of one value, written as a list.
func (r *reader) conditionList(n *yaml.Node) (string, bool) {
	var list []string
	for _, item := range n.Content {
		text, ok := r.text(item, axisConditions)
		if !ok {
			return "", false
		}
		list = append(list, splitConditions(text)...)
	}
	return joinConditions(list), true
}

func (m *matrixReader) rules(n *yaml.Node, what string, entry func(*yaml.Node) rule) []rule {
	items, _ := m.list(n, what, `[{go: "1.22"}]`)
	rules := make([]rule, 0, len(items))
	for _, item := range items {
		if isNull(item) || item.Kind == yaml.MappingNode && len(item.Content) == 0 {
			m.problemf(item, `write axes and values, such as {go: "1.22"}`, "an entry of %s is empty", what)
			continue
		}
		rules = append(rules, entry(item))
	}
	return rules
}

func (m *matrixReader) excludeEntry(n *yaml.Node) rule {
	before := m.count
	e := rule{node: n, values: Combination{}, reason: fmt.Sprintf("excluded at %s:%d", m.file, n.Line)}
	fields := []field{{"reason", func(v *yaml.Node) { e.reason, _ = m.reason(v, "reason") }}}
	for _, key := range axisKeys() {
		fields = append(fields, field{key, func(v *yaml.Node) {
			if value, ok := m.value(key, v); ok && m.reaches(key, value, v) {
				e.values[key] = value
			}
		}})
	}
	m.object(n, "an entry of matrix.exclude", fields)
	if m.count == before && len(e.values) == 0 {
		m.problemf(n, `name what to drop, such as {go: "1.22"}`, "an entry of matrix.exclude names no axis: it would drop every cell")
	}
	return e
}

// reaches says whether the product has the value at all. If it has all values
// of an exclude entry then the entry matches something.
func (m *matrixReader) reaches(key, value string, n *yaml.Node) bool {
	i := slices.IndexFunc(m.axes, func(a AxisValues) bool { return a.Key == key })
	if i < 0 {
		m.problemf(n, fmt.Sprintf("list the values of %q under matrix, or take it out of the entry", key),
			"an entry of matrix.exclude matches nothing: the matrix has no axis %q", key)
		return false
	}
	if m.sound[key] && !slices.Contains(m.axes[i].Values, value) {
		m.problemf(n, suggest(value, m.axes[i].Values),
			"an entry of matrix.exclude matches nothing: matrix.%s has no %s", key, quote(value))
		return false
	}
	return true
}

func (m *matrixReader) includeEntry(n *yaml.Node) rule {
	e := rule{node: n, values: Combination{}}
	fields := []field{
		{"skip", func(v *yaml.Node) { e.skip, _ = m.reason(v, "skip") }},
		{"expect", func(v *yaml.Node) { e.expect = m.expectation(v) }},
	}
	for _, key := range axisKeys() {
		fields = append(fields, field{key, func(v *yaml.Node) {
			if !slices.Contains(m.declared, key) {
				m.declared = append(m.declared, key)
			}
			if value, ok := m.value(key, v); ok {
				e.values[key] = value
			}
		}})
	}
	m.object(n, "an entry of matrix.include", fields)
	if e.skip != "" && e.expect != nil {
		m.problemf(n, "keep one of the two", "an entry of matrix.include both skips its cells and expects an outcome of them")
	}
	return e
}

// reason reads words for people, of which there must be some.
func (r *reader) reason(n *yaml.Node, what string) (string, bool) {
	if n.Kind == yaml.ScalarNode && n.ShortTag() != "!!str" {
		r.problemf(n, fmt.Sprintf(`write %s: "why"`, what), "%s must be a reason in words, is %s", what, kindOf(n))
		return "", false
	}
	text, ok := r.text(n, what)
	if ok && trimmed(text) == "" {
		r.problemf(n, fmt.Sprintf(`write %s: "why"`, what), "%s is empty", what)
		return "", false
	}
	return trimmed(text), ok
}

func (r *reader) expectation(n *yaml.Node) *Expectation {
	e := &Expectation{}
	given := map[string]bool{}
	if isNull(n) {
		r.problemf(n, `write {outcome: failed, reason: "why"}`, "expect is empty")
		return nil
	}
	before := r.count
	r.object(n, "expect", []field{
		{"outcome", func(v *yaml.Node) {
			given["outcome"] = true
			if text, ok := r.text(v, "expect.outcome"); ok && !r.fault(v, oneOf("outcome", text, []string{"failed", "built"})) {
				e.Outcome = text
			}
		}},
		{"reason", func(v *yaml.Node) { given["reason"] = true; e.Reason, _ = r.reason(v, "reason") }},
		{"expires", func(v *yaml.Node) { e.Expires = r.date(v, "expect.expires") }},
	})
	if r.count > before {
		return e
	}
	if !given["outcome"] {
		r.problemf(n, "write outcome: failed, or built for a cell that can be built but not run", "expect has no outcome")
	}
	if !given["reason"] {
		r.problemf(n, `write reason: "why it is known and accepted"`, "expect has no reason")
	}
	return e
}

func (r *reader) date(n *yaml.Node, what string) time.Time {
	if n.Kind == yaml.ScalarNode {
		if day, err := time.Parse(time.DateOnly, n.Value); err == nil {
			return day
		}
	}
	r.problemf(n, "write the last day it holds as YYYY-MM-DD, such as 2027-03-01", "%s must be a date, is %s", what, kindOf(n))
	return time.Time{}
}
