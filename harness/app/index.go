package app

import (
	"go/ast"
	"go/token"
	"slices"
	"strings"
)

// link indexes every file: what each function calls and assigns, and who calls
// it. The imports of the module's own packages get their true names first.
func (s *source) link() {
	for _, p := range s.packages {
		for _, f := range p.files {
			for name, target := range f.imports {
				if own := s.byPath[target]; own != nil && name == guessName(target) && own.name != name {
					delete(f.imports, name)
					f.imports[own.name] = target
				}
			}
			f.index()
			for _, fn := range f.funcs {
				if fn.decl.Recv != nil {
					s.methods[fn.name] = append(s.methods[fn.name], fn)
				}
			}
		}
		p.indexVariables()
	}
	s.calls(func(c *call) {
		if target, name := c.callee(); target != "" {
			s.callers[target+"."+name] = append(s.callers[target+"."+name], c)
			return
		}
		s.callers["."+c.name] = append(s.callers["."+c.name], c)
	})
}

// indexVariables finds what fills the package's variables from elsewhere.
func (p *pkg) indexVariables() {
	for _, f := range p.files {
		for _, fn := range append([]*function{f.top}, f.funcs...) {
			for name := range fn.assigns {
				if _, global := p.scope[name]; global {
					p.assigners[name] = append(p.assigners[name], fn)
				}
			}
			for _, c := range fn.calls {
				if id, ok := unwrapArg(c.arg(0)).(*ast.Ident); ok && strings.Contains(c.name, "Var") {
					p.flagVars[id.Name] = append(p.flagVars[id.Name], c)
				}
			}
		}
	}
}

// index sorts the declarations of one file.
func (f *file) index() {
	f.top = &function{file: f, assigns: map[string][]ast.Expr{}}
	for _, decl := range f.ast.Decls {
		switch d := decl.(type) {
		case *ast.FuncDecl:
			fn := &function{name: d.Name.Name, file: f, decl: d, assigns: map[string][]ast.Expr{}}
			fn.params = parameters(d.Type)
			if d.Recv == nil {
				f.pkg.funcs[fn.name] = fn
			}
			f.funcs = append(f.funcs, fn)
			if d.Body != nil {
				walker{fn: fn}.walk(d.Body)
			}
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				f.define(spec)
			}
			walker{fn: f.top}.walk(d)
		}
	}
}

func (f *file) define(spec ast.Spec) {
	switch spec := spec.(type) {
	case *ast.TypeSpec:
		f.pkg.types[spec.Name.Name] = spec
	case *ast.ValueSpec:
		for i, name := range spec.Names {
			def := definition{typ: spec.Type, file: f}
			if i < len(spec.Values) {
				def.value = spec.Values[i]
			}
			f.pkg.scope[name.Name] = def
		}
	}
}

func parameters(typ *ast.FuncType) []parameter {
	var out []parameter
	for _, field := range typ.Params.List {
		if len(field.Names) == 0 {
			out = append(out, parameter{typ: field.Type})
		}
		for _, name := range field.Names {
			out = append(out, parameter{name.Name, field.Type})
		}
	}
	return out
}

// walker goes through one function, keeping the calls it is inside of.
type walker struct {
	fn     *function
	parent *call
	within []binding
	nested bool // inside a function literal, whose returns are not the function's
}

func (w walker) walk(node ast.Node) {
	ast.Inspect(node, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			w.call(n)
			return false
		case *ast.FuncLit:
			inner := w
			inner.nested = true
			inner.walk(n.Body)
			return false
		case *ast.AssignStmt:
			w.assign(n.Lhs, n.Rhs)
		case *ast.ValueSpec:
			left := make([]ast.Expr, len(n.Names))
			for i, name := range n.Names {
				left[i] = name
			}
			if w.fn.decl != nil {
				w.assign(left, n.Values)
			}
		case *ast.ReturnStmt:
			if !w.nested {
				w.fn.returns = append(w.fn.returns, n.Results...)
			}
		case *ast.CompositeLit:
			w.fn.lits = append(w.fn.lits, n)
		}
		return true
	})
}

// call records one call and goes into it.
func (w walker) call(n *ast.CallExpr) {
	c := &call{expr: n, fn: w.fn, parent: w.parent, within: w.within}
	switch fun := unwrap(n.Fun).(type) {
	case *ast.Ident:
		c.name = fun.Name
	case *ast.SelectorExpr:
		c.name, c.recv = fun.Sel.Name, fun.X
	}
	w.fn.calls = append(w.fn.calls, c)
	outside := w
	outside.walk(n.Fun)
	inner := w
	inner.parent = c
	for _, arg := range n.Args {
		lit, ok := arg.(*ast.FuncLit)
		if !ok {
			inner.walk(arg)
			continue
		}
		bound := inner
		bound.nested = true
		if params := parameters(lit.Type); len(params) > 0 && params[0].name != "" {
			bound.within = append(slices.Clone(w.within), binding{params[0].name, c})
		}
		bound.parent = nil
		bound.walk(lit.Body)
	}
}

// assign records assignments; `a, err := f()` counts as f() for a.
func (w walker) assign(left, right []ast.Expr) {
	for i, l := range left {
		var value ast.Expr
		switch {
		case len(left) == len(right):
			value = right[i]
		case len(right) == 1 && i == 0:
			value = right[0]
		default:
			continue
		}
		switch l := l.(type) {
		case *ast.Ident:
			if l.Name != "_" {
				w.fn.assigns[l.Name] = append(w.fn.assigns[l.Name], value)
			}
		case *ast.SelectorExpr:
			w.fn.fields = append(w.fn.fields, fieldAssign{l.Sel.Name, l, value})
		}
	}
}

// unwrap takes parentheses, conversions to pointers and type arguments off.
func unwrap(e ast.Expr) ast.Expr {
	for {
		switch x := e.(type) {
		case *ast.ParenExpr:
			e = x.X
		case *ast.StarExpr:
			e = x.X
		case *ast.IndexExpr:
			e = x.X
		case *ast.UnaryExpr:
			if x.Op != token.AND {
				return e
			}
			e = x.X
		default:
			return e
		}
	}
}

// callee gives the import path and name of a called package-level function, or
// "" for a method, a builtin or a local function value.
func (c *call) callee() (target, name string) {
	if c.recv == nil {
		if _, own := c.fn.file.pkg.funcs[c.name]; own {
			return c.fn.file.pkg.path, c.name
		}
		return "", c.name
	}
	return c.fn.imported(c.recv), c.name
}

// imported gives the import path that an expression names, or "".
func (fn *function) imported(e ast.Expr) string {
	ident, ok := e.(*ast.Ident)
	if !ok {
		return ""
	}
	if _, local := fn.assigns[ident.Name]; local {
		return ""
	}
	for _, p := range fn.params {
		if p.name == ident.Name {
			return ""
		}
	}
	return fn.file.imports[ident.Name]
}

// is says whether the call is of a package-level function of one of the named
// packages, an import path ending in the name, major version left out.
func (c *call) is(name string, packages ...string) bool {
	target, called := c.callee()
	return called == name && target != "" && slices.ContainsFunc(packages, func(p string) bool { return samePackage(target, p) })
}

func (c *call) arg(i int) ast.Expr {
	if i < 0 || i >= len(c.expr.Args) {
		return nil
	}
	return c.expr.Args[i]
}
