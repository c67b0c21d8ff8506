package gherkin

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"

	"github.com/seatrial/seatrial/harness/lang"
)

// A pattern is one compiled language of a sentence.
type pattern struct {
	source string
	lang   lang.Lang
	nodes  []node
	re     *regexp.Regexp
	params []param // in the order of the captures
}

// param is one {type} or {type:label} of a pattern.
type param struct {
	typ   ParameterType
	label string
}

type nodeKind int

const (
	textNode     nodeKind = iota // literal text without white space
	spaceNode                    // white space
	optionalNode                 // (text)
	choiceNode                   // (a|b), or a/b between spaces
	paramNode                    // {type}
	slashNode                    // an unescaped /, gone after grouping
)

type node struct {
	kind  nodeKind
	text  string
	alts  [][]node // optionalNode has one
	param param
	at    int // rune position in the source
}

// PatternError is a mistake in a sentence's pattern.
type PatternError struct {
	Pattern string
	Column  int // 1-based, in runes
	Message string
}

func (e *PatternError) Error() string {
	return fmt.Sprintf("read pattern %q: column %d: %s", e.Pattern, e.Column, e.Message)
}

// compilePattern turns the text of a sentence into an anchored regular
// expression with exactly one capture per parameter.
//
// The language is that of Cucumber Expressions with two additions for Chinese,
// which has no spaces between words: (a|b) is a choice anywhere, and white space
// between Chinese and anything else is optional in steps.
// https://github.com/cucumber/cucumber-expressions
func compilePattern(source string, l lang.Lang, types map[string]ParameterType) (*pattern, error) {
	p := &patternParser{source: []rune(source), types: types}
	if strings.TrimSpace(source) == "" {
		return nil, p.errorf(0, "is empty")
	}
	if strings.TrimSpace(source) != source {
		return nil, p.errorf(0, "begins or ends with white space, which a step never does")
	}
	nodes, err := p.parse()
	if err != nil {
		return nil, err
	}
	e := &emitter{}
	e.nodes(nodes)
	re, err := regexp.Compile("^" + e.sb.String() + "$")
	if err != nil {
		return nil, p.errorf(0, "%v", err)
	}
	return &pattern{source: source, lang: l, nodes: nodes, re: re, params: p.params}, nil
}

type patternParser struct {
	source []rune
	types  map[string]ParameterType
	pos    int
	params []param
}

func (p *patternParser) errorf(at int, format string, args ...any) error {
	return &PatternError{Pattern: string(p.source), Column: at + 1, Message: fmt.Sprintf(format, args...)}
}

func (p *patternParser) parse() ([]node, error) {
	nodes, err := p.sequence("")
	if err != nil {
		return nil, err
	}
	if nodes, err = p.group(nodes); err != nil {
		return nil, err
	}
	for i, n := range nodes {
		if n.kind != optionalNode {
			continue
		}
		before := i == 0 || nodes[i-1].kind == spaceNode
		after := i == len(nodes)-1 || nodes[i+1].kind == spaceNode
		if before && after {
			return nil, p.errorf(n.at, "optional text stands between two spaces: put one of them inside the parentheses")
		}
	}
	return nodes, nil
}

// sequence reads nodes until one of the runes of stop (not consumed) or the end.
func (p *patternParser) sequence(stop string) ([]node, error) {
	var nodes []node
	literal := func(at int, r rune) {
		if n := len(nodes); n > 0 && nodes[n-1].kind == textNode {
			nodes[n-1].text += string(r)
			return
		}
		nodes = append(nodes, node{kind: textNode, text: string(r), at: at})
	}
	for p.pos < len(p.source) {
		at, r := p.pos, p.source[p.pos]
		if strings.ContainsRune(stop, r) {
			return nodes, nil
		}
		p.pos++
		switch {
		case r == '\\':
			if p.pos == len(p.source) || !strings.ContainsRune(`(){}/|\`, p.source[p.pos]) {
				return nil, p.errorf(at, `a backslash goes before one of ( ) { } / | \`)
			}
			literal(at, p.source[p.pos])
			p.pos++
		case unicode.IsSpace(r):
			if n := len(nodes); n == 0 || nodes[n-1].kind != spaceNode {
				nodes = append(nodes, node{kind: spaceNode, at: at})
			}
		case r == '{' || r == '(':
			read := p.parameter
			if r == '(' {
				read = p.parentheses
			}
			if stop != "" {
				return nil, p.errorf(at, "%c is not allowed inside parentheses", r)
			}
			n, err := read(at)
			if err != nil {
				return nil, err
			}
			nodes = append(nodes, n)
		case r == '/' && stop == "":
			nodes = append(nodes, node{kind: slashNode, at: at})
		case r == '}' || r == ')' || r == '|':
			return nil, p.errorf(at, `%c without its opening: write \%c for the character itself`, r, r)
		default:
			literal(at, r)
		}
	}
	if stop != "" {
		return nil, p.errorf(len(p.source), "( is not closed")
	}
	return nodes, nil
}

func (p *patternParser) parentheses(at int) (node, error) {
	var alts [][]node
	for {
		alt, err := p.sequence("|)")
		if err != nil {
			return node{}, err
		}
		if len(alt) == 0 {
			return node{}, p.errorf(p.pos, "empty text in parentheses")
		}
		alts = append(alts, alt)
		p.pos++ // sequence stopped at | or ), never at the end
		if p.source[p.pos-1] == ')' {
			break
		}
	}
	kind := optionalNode
	if len(alts) > 1 {
		kind = choiceNode
	}
	return node{kind: kind, alts: alts, at: at}, nil
}

func (p *patternParser) parameter(at int) (node, error) {
	end := p.pos
	for end < len(p.source) && p.source[end] != '}' {
		end++
	}
	if end == len(p.source) {
		return node{}, p.errorf(at, "{ is not closed")
	}
	name, label, labelled := strings.Cut(string(p.source[p.pos:end]), ":")
	p.pos = end + 1
	t, ok := p.types[name]
	if !ok {
		return node{}, p.errorf(at, "no parameter type {%s}%s", name, nearestHint(name, sortedKeys(p.types), "{", "}"))
	}
	if !labelled {
		label = name
	} else if label == "" {
		return node{}, p.errorf(at, "{%s:} has an empty label", name)
	}
	prm := param{typ: t, label: label}
	p.params = append(p.params, prm)
	return node{kind: paramNode, param: prm, at: at}, nil
}

// group turns the runs between spaces and parameters that hold a slash into choices.
func (p *patternParser) group(nodes []node) ([]node, error) {
	var out, run []node
	flush := func() error {
		defer func() { run = nil }()
		alts := [][]node{nil}
		for _, n := range run {
			if n.kind == slashNode {
				alts = append(alts, nil)
				continue
			}
			alts[len(alts)-1] = append(alts[len(alts)-1], n)
		}
		if len(alts) == 1 {
			out = append(out, run...)
			return nil
		}
		for _, alt := range alts {
			if len(alt) == 0 {
				return p.errorf(run[0].at, `one side of / is empty: write \/ for the character itself`)
			}
		}
		out = append(out, node{kind: choiceNode, alts: alts, at: run[0].at})
		return nil
	}
	for _, n := range nodes {
		if n.kind != spaceNode && n.kind != paramNode {
			run = append(run, n)
			continue
		}
		if err := flush(); err != nil {
			return nil, err
		}
		out = append(out, n)
	}
	return out, flush()
}
