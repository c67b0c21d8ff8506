package app

import (
	"go/ast"
	"go/token"
	"path"
	"regexp"
	"strconv"
	"strings"
)

// value is one thing that an expression can be when the app runs.
type value struct {
	text string   // the literal, "" when only the origin is known
	env  string   // the environment variable it comes from, if any
	path []string // the configuration key it comes from, lower case, if any
	kind origin
	node ast.Node // where the literal stands
}

// origin is how a value came to be, most reliable first.
type origin int

const (
	fromUnknown origin = iota
	fromLiteral
	fromConstant
	fromFlag
	fromEnv
	fromKey // a configuration key or field; text is empty
)

// maxDepth bounds how far an expression is followed, maxValues how many
// possibilities are kept, maxSteps how much work one question may be: all only
// against pathological sources.
const (
	maxDepth  = 8
	maxValues = 16
	maxSteps  = 2000
)

// evaluator follows expressions back to literals, without types.
type evaluator struct {
	s     *source
	fn    *function
	depth int

	// bound is the call that fn was entered by, made in the function that caller
	// evaluates; nil at the start, where fn's parameters are what any caller gives.
	bound  *call
	caller *evaluator

	steps *int // what is left of maxSteps, shared by everything one question leads to
}

func newEvaluator(s *source, fn *function) evaluator {
	steps := maxSteps
	return evaluator{s: s, fn: fn, steps: &steps}
}

// in evaluates in another function, as deep as here.
func (ev evaluator) in(fn *function) evaluator {
	return evaluator{s: ev.s, fn: fn, depth: ev.depth, steps: ev.steps}
}

// values gives what e can be in fn; nil when nothing is known.
func (s *source) values(fn *function, e ast.Expr) []value {
	if e == nil {
		return nil
	}
	out := newEvaluator(s, fn).eval(e)
	if len(out) > maxValues {
		out = out[:maxValues]
	}
	return out
}

// text gives the first literal that e can be.
func (s *source) text(fn *function, e ast.Expr) (string, bool) {
	for _, v := range s.values(fn, e) {
		if v.text != "" {
			return v.text, true
		}
	}
	return "", false
}

func (ev evaluator) eval(e ast.Expr) []value {
	*ev.steps--
	if ev.depth++; ev.depth > maxDepth || *ev.steps < 0 {
		return nil
	}
	switch e := e.(type) {
	case *ast.BasicLit:
		if text, ok := literal(e); ok {
			return []value{{text: text, kind: fromLiteral, node: e}}
		}
	case *ast.ParenExpr:
		return ev.eval(e.X)
	case *ast.StarExpr:
		return ev.eval(e.X)
	case *ast.UnaryExpr:
		if e.Op == token.AND {
			return ev.eval(e.X)
		}
	case *ast.BinaryExpr:
		if e.Op == token.ADD {
			return concat(ev.eval(e.X), ev.eval(e.Y))
		}
	case *ast.Ident:
		return ev.ident(e)
	case *ast.SelectorExpr:
		return ev.selector(e)
	case *ast.CallExpr:
		return ev.call(e)
	}
	return nil
}

// literal is the text of a string or whole number.
func literal(lit *ast.BasicLit) (string, bool) {
	switch lit.Kind {
	case token.STRING:
		text, err := strconv.Unquote(lit.Value)
		return text, err == nil
	case token.INT:
		n, err := strconv.ParseInt(lit.Value, 0, 64)
		return strconv.FormatInt(n, 10), err == nil
	}
	return "", false
}

// ident follows a local variable, a parameter, then a package-level name.
func (ev evaluator) ident(id *ast.Ident) []value {
	var out []value
	if assigned, ok := ev.fn.assigns[id.Name]; ok {
		for _, e := range assigned {
			if !mentions(e, id.Name) {
				out = append(out, ev.eval(e)...)
				continue
			}
			if b, ok := e.(*ast.BinaryExpr); ok && b.Op == token.ADD { // addr = ":" + addr
				out = append(out, ev.rewrap(b, id.Name, assigned)...)
			}
		}
		return withEnv(out)
	}
	for i, p := range ev.fn.params {
		if p.name == id.Name {
			return ev.fromCallers(i)
		}
	}
	if def, ok := ev.fn.file.pkg.scope[id.Name]; ok {
		return ev.definition(id.Name, ev.fn.file.pkg, def)
	}
	return nil
}

// rewrap evaluates an assignment that mentions its own variable, with the
// variable's other values.
func (ev evaluator) rewrap(b *ast.BinaryExpr, name string, assigned []ast.Expr) []value {
	var others []value
	for _, e := range assigned {
		if !mentions(e, name) {
			others = append(others, ev.eval(e)...)
		}
	}
	side := func(e ast.Expr) []value {
		if mentions(e, name) {
			return others
		}
		return ev.eval(e)
	}
	return concat(side(b.X), side(b.Y))
}

func mentions(e ast.Expr, name string) bool {
	found := false
	ast.Inspect(e, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok && id.Name == name {
			found = true
		}
		return !found
	})
	return found
}

// definition follows a package-level name: its initialiser and, for a variable,
// what a flag package was told to put there.
func (ev evaluator) definition(name string, p *pkg, def definition) []value {
	var out []value
	if def.value != nil {
		for _, v := range ev.in(def.file.top).eval(def.value) {
			if v.kind == fromLiteral {
				v.kind = fromConstant
			}
			out = append(out, v)
		}
	}
	for _, c := range p.flagVars[name] {
		out = append(out, ev.in(c.fn).call(c.expr)...)
	}
	for _, fn := range p.assigners[name] {
		for _, e := range fn.assigns[name] {
			if fn != ev.fn && !mentions(e, name) {
				out = append(out, ev.in(fn).eval(e)...)
			}
		}
	}
	return withEnv(out)
}

func unwrapArg(e ast.Expr) ast.Expr {
	if e == nil {
		return nil
	}
	return unwrap(e)
}

// selector follows pkg.Name, or takes a.b.Port as a configuration key.
func (ev evaluator) selector(e *ast.SelectorExpr) []value {
	if target := ev.fn.imported(e.X); target != "" {
		p := ev.s.byPath[target]
		if p == nil {
			return nil
		}
		def, ok := p.scope[e.Sel.Name]
		if !ok {
			return nil
		}
		return ev.definition(e.Sel.Name, p, def)
	}
	return []value{{path: keyPath(e), kind: fromKey, node: e}}
}

// keyPath writes conf.Server().Port as [conf server port].
func keyPath(e ast.Expr) []string {
	switch e := unwrap(e).(type) {
	case *ast.Ident:
		return []string{strings.ToLower(e.Name)}
	case *ast.SelectorExpr:
		return append(keyPath(e.X), strings.ToLower(e.Sel.Name))
	case *ast.CallExpr:
		return keyPath(e.Fun)
	}
	return nil
}

// concat joins every left with every right possibility.
func concat(left, right []value) []value {
	if len(left) == 0 { // an unknown host before ":8080"
		left = []value{{kind: fromUnknown}}
	}
	var out []value
	for _, l := range left {
		for _, r := range right {
			if len(out) == maxValues {
				return out
			}
			v := r
			v.text = l.text + r.text
			v.kind = max(l.kind, r.kind)
			if r.kind == fromKey || (r.text == "" && r.env != "") { // the port itself is not known
				v.text = ""
			}
			if v.env == "" {
				v.env = l.env
			}
			out = append(out, v)
		}
	}
	return out
}

var envKey = regexp.MustCompile(`^[A-Z][A-Z0-9_]{2,}$`)

// joinPath is filepath.Join of the first possibility of each argument.
func (ev evaluator) joinPath(args []ast.Expr) []value {
	var parts []string
	var last value
	for _, arg := range args {
		values := ev.eval(arg)
		if len(values) == 0 || values[0].text == "" {
			return nil
		}
		parts, last = append(parts, values[0].text), values[0]
	}
	if len(parts) == 0 {
		return nil
	}
	last.text = path.Join(parts...)
	return []value{last}
}
