package gherkin

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// TagExpr is a tag expression, as in `@smoke and not (@slow or @arm64)`.
type TagExpr struct {
	op          string // "", "tag", "not", "and", "or"; the empty one is always true
	tag         tagToken
	left, right *TagExpr
}

// TagError is a mistake in a tag expression. It prints the expression with a
// mark under the place.
type TagError struct {
	Expr    string
	At      int // in runes, from 0
	Message string
	Hint    string
}

func (e *TagError) Error() string {
	prefix := []rune(e.Expr)[:min(e.At, len([]rune(e.Expr)))]
	var pad strings.Builder
	for _, r := range prefix {
		pad.WriteString(" ")
		if classOf(r) == wide {
			pad.WriteString(" ") // such characters take two columns
		}
	}
	msg := fmt.Sprintf("read tag expression: %s\n    %s\n    %s^", e.Message, e.Expr, pad.String())
	if e.Hint != "" {
		msg += "\n    " + e.Hint
	}
	return msg
}

type tagToken struct {
	text string
	at   int
	word bool // a literal or an operator name, not a parenthesis
	raw  bool // had no escapes
}

// ParseTags reads an expression of tags, `and`, `or`, `not` and parentheses, in
// Cucumber's official syntax; a backslash escapes a parenthesis, a space or a
// backslash inside a tag. An empty expression is satisfied by everything.
// https://github.com/cucumber/tag-expressions
func ParseTags(expression string) (*TagExpr, error) {
	p := &tagParser{source: []rune(expression)}
	if err := p.scan(); err != nil {
		return nil, err
	}
	if len(p.tokens) == 0 {
		return &TagExpr{}, nil
	}
	e, err := p.or(0)
	if err != nil {
		return nil, err
	}
	if p.next < len(p.tokens) {
		t := p.tokens[p.next]
		if t.text == ")" && !t.word {
			return nil, p.errorf(t.at, "", "( is missing for this )")
		}
		return nil, p.errorf(t.at, "put `and` or `or` between two tags", "want and, or, or the end, not %s", t.text)
	}
	return e, nil
}

// Eval says whether a scenario with these tags (written with @) satisfies the expression.
func (e *TagExpr) Eval(tags []string) bool {
	switch e.op {
	case "tag":
		return slices.Contains(tags, e.tag.text)
	case "not":
		return !e.left.Eval(tags)
	case "and":
		return e.left.Eval(tags) && e.right.Eval(tags)
	case "or":
		return e.left.Eval(tags) || e.right.Eval(tags)
	}
	return true
}

// String writes the expression with every parenthesis.
func (e *TagExpr) String() string {
	switch e.op {
	case "tag":
		var sb strings.Builder
		for _, r := range e.tag.text {
			if strings.ContainsRune(`()\`, r) || unicode.IsSpace(r) {
				sb.WriteByte('\\')
			}
			sb.WriteRune(r)
		}
		return sb.String()
	case "not":
		return "not ( " + e.left.String() + " )"
	case "and", "or":
		return "( " + e.left.String() + " " + e.op + " " + e.right.String() + " )"
	}
	return ""
}

func (e *TagExpr) literals() []tagToken {
	if e == nil {
		return nil
	}
	if e.op == "tag" {
		return []tagToken{e.tag}
	}
	return append(e.left.literals(), e.right.literals()...)
}

// maxTagDepth bounds the recursion of the parser.
const maxTagDepth = 100

type tagParser struct {
	source []rune
	tokens []tagToken
	next   int
}

func (p *tagParser) errorf(at int, hint, format string, args ...any) error {
	return &TagError{string(p.source), at, fmt.Sprintf(format, args...), hint}
}

func (p *tagParser) scan() error {
	for i := 0; i < len(p.source); {
		r := p.source[i]
		if unicode.IsSpace(r) {
			i++
			continue
		}
		if r == '(' || r == ')' {
			p.tokens = append(p.tokens, tagToken{text: string(r), at: i})
			i++
			continue
		}
		t := tagToken{at: i, word: true, raw: true}
		for ; i < len(p.source); i++ {
			r := p.source[i]
			if r == '\\' {
				if i++; i == len(p.source) || !strings.ContainsRune(`()\`, p.source[i]) && !unicode.IsSpace(p.source[i]) {
					return p.errorf(i-1, "", `a backslash goes before one of ( ) \ or a space`)
				}
				t.raw = false
			} else if unicode.IsSpace(r) || r == '(' || r == ')' {
				break
			}
			t.text += string(p.source[i])
		}
		if err := p.check(t); err != nil {
			return err
		}
		p.tokens = append(p.tokens, t)
	}
	return nil
}

// check refuses words that are neither operators nor tags, with the official
// form of what they look like.
func (p *tagParser) check(t tagToken) error {
	if t.raw && slices.Contains([]string{"and", "or", "not"}, t.text) {
		return nil
	}
	const official = "write and, or, not: `@a and not @b`, `@a or @b`"
	if t.raw && strings.ContainsAny(t.text, "~!,&|") {
		return p.errorf(t.at, official, "%s is the syntax of old tools", t.text)
	}
	if lower := strings.ToLower(t.text); t.raw && slices.Contains([]string{"and", "or", "not"}, lower) {
		return p.errorf(t.at, "write "+lower, "operators are lower case")
	}
	if !strings.HasPrefix(t.text, "@") || t.text == "@" {
		return p.errorf(t.at, "write @"+strings.TrimPrefix(t.text, "@"), "tags begin with @, this is %s", t.text)
	}
	return nil
}

// accept consumes the token if it is the operator or parenthesis.
func (p *tagParser) accept(text string) bool {
	if p.next < len(p.tokens) && p.tokens[p.next].text == text {
		p.next++
		return true
	}
	return false
}

func (p *tagParser) or(depth int) (*TagExpr, error)  { return p.binary("or", p.and, depth) }
func (p *tagParser) and(depth int) (*TagExpr, error) { return p.binary("and", p.not, depth) }

func (p *tagParser) binary(op string, operand func(int) (*TagExpr, error), depth int) (*TagExpr, error) {
	left, err := operand(depth)
	for err == nil && p.accept(op) {
		var right *TagExpr
		right, err = operand(depth)
		left = &TagExpr{op: op, left: left, right: right}
	}
	return left, err
}

func (p *tagParser) not(depth int) (*TagExpr, error) {
	if p.next == len(p.tokens) {
		return nil, p.errorf(len(p.source), "", "want a tag, not the end")
	}
	t := p.tokens[p.next]
	if depth > maxTagDepth {
		return nil, p.errorf(t.at, "", "nested deeper than %d", maxTagDepth)
	}
	p.next++
	switch {
	case !t.word && t.text == "(":
		e, err := p.or(depth + 1)
		if err != nil {
			return nil, err
		}
		if !p.accept(")") {
			return nil, p.errorf(t.at, "", "( is not closed")
		}
		return e, nil
	case t.text == "not":
		e, err := p.not(depth + 1)
		return &TagExpr{op: "not", left: e}, err
	case !t.word || t.text == "and" || t.text == "or":
		return nil, p.errorf(t.at, "", "want a tag, not %s", t.text)
	}
	return &TagExpr{op: "tag", tag: t}, nil
}
