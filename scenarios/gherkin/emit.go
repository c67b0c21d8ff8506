package gherkin

import (
	"regexp"
	"strings"
	"unicode"
)

// runeClass is what decides about the white space between two neighbours.
type runeClass int

const (
	noClass runeClass = iota
	wide              // Chinese characters and full-width punctuation
	narrow            // everything else, parameters included
)

func classOf(r rune) runeClass {
	if unicode.Is(unicode.Han, r) || r >= 0x3000 && r <= 0x303f || r >= 0xff00 && r <= 0xffef {
		return wide
	}
	return narrow
}

// emitter writes the regular expression of a pattern.
type emitter struct {
	sb    strings.Builder
	prev  runeClass
	space bool // white space is due before what comes next
}

func (e *emitter) nodes(nodes []node) {
	for _, n := range nodes {
		switch n.kind {
		case spaceNode:
			e.space = true
		case textNode:
			for _, r := range n.text {
				e.gap(classOf(r))
				e.sb.WriteString(literal(r))
			}
		case paramNode:
			e.gap(narrow)
			e.sb.WriteString("(" + n.param.typ.Regexp + ")")
		case optionalNode, choiceNode:
			e.alternatives(n)
		}
	}
	if e.space { // white space that ends an optional text
		e.sb.WriteString(`\s+`)
		e.space = false
	}
}

func (e *emitter) alternatives(n node) {
	first := firstClass(n.alts)
	if e.space {
		e.gap(first)
	}
	e.sb.WriteString("(?:")
	last := noClass
	for i, alt := range n.alts {
		if i > 0 {
			e.sb.WriteString("|")
		}
		inner := &emitter{prev: e.prev}
		inner.nodes(alt)
		e.sb.WriteString(inner.sb.String())
		last = lenient(last, inner.prev)
	}
	e.sb.WriteString(")")
	if n.kind == optionalNode {
		e.sb.WriteString("?")
		last = lenient(last, e.prev)
	}
	e.prev = last
}

// gap writes the white space allowed before a rune of class next.
func (e *emitter) gap(next runeClass) {
	mixed := e.prev != noClass && e.prev != next
	switch {
	case e.space && (e.prev == wide || next == wide):
		e.sb.WriteString(`\s*`)
	case e.space:
		e.sb.WriteString(`\s+`)
	case mixed:
		e.sb.WriteString(`\s*`)
	}
	e.space = false
	e.prev = next
}

// lenient is the class after alternatives that end differently: wide, next to
// which white space never matters.
func lenient(a, b runeClass) runeClass {
	if a == noClass {
		return b
	}
	if a != b {
		return wide
	}
	return a
}

func firstClass(alts [][]node) runeClass {
	class := noClass
	for _, alt := range alts {
		first := narrow
		for _, n := range alt {
			if n.kind == textNode {
				first = classOf([]rune(n.text)[0])
				break
			}
		}
		class = lenient(class, first)
	}
	return class
}

// literal matches one rune; punctuation also in its full-width form, which a
// Chinese keyboard gives.
func literal(r rune) string {
	const narrowForms, wideForms = ",:;?!", "，：；？！"
	if i := strings.IndexRune(narrowForms, r); i >= 0 {
		return "[" + string(r) + string([]rune(wideForms)[i]) + "]"
	}
	for i, w := range []rune(wideForms) {
		if w == r {
			return "[" + narrowForms[i:i+1] + string(r) + "]"
		}
	}
	return regexp.QuoteMeta(string(r))
}
