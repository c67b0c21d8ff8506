package app

import (
	"go/ast"
	"slices"
	"strings"
)

// engineTypes are the types, and constructors their functions, of a router at
// the root; groupTypes are of one that may carry a prefix.
var (
	engineTypes  = []string{"Engine", "Echo", "App", "ServeMux", "Mux", "Application"}
	groupTypes   = []string{"RouterGroup", "IRouter", "IRoutes", "Group", "Router", "Party"}
	constructors = []string{"Default", "New", "NewRouter", "NewMux", "NewServeMux", "Classic"}
)

// isEngine says whether an expression is a router at the root.
func (s *source) isEngine(fn *function, e ast.Expr, within []binding) bool {
	if e == nil || fn.imported(e) != "" {
		return false
	}
	return slices.Contains(s.prefixes(fn, e, within, 0), "")
}

// prefixes gives the path prefixes that a router expression may carry; none when
// it is no router or its prefix cannot be known.
func (s *source) prefixes(fn *function, e ast.Expr, within []binding, depth int) []string {
	if depth == 0 {
		s.steps = maxSteps
	}
	if s.steps--; depth > maxDepth || s.steps < 0 {
		return nil
	}
	switch e := unwrap(e).(type) {
	case *ast.Ident:
		return s.identPrefixes(fn, e, within, depth)
	case *ast.CallExpr:
		return s.callPrefixes(fn, e, within, depth)
	case *ast.SelectorExpr:
		return s.fieldPrefixes(fn, e)
	}
	return nil
}

func (s *source) identPrefixes(fn *function, id *ast.Ident, within []binding, depth int) []string {
	for i := len(within) - 1; i >= 0; i-- {
		if b := within[i]; b.param == id.Name {
			if b.outer.name != "Route" && b.outer.name != "Group" {
				return nil
			}
			prefix, _ := s.text(b.outer.fn, b.outer.arg(0))
			return under(s.prefixes(b.outer.fn, b.outer.recv, b.outer.within, depth+1), prefix)
		}
	}
	if assigned, ok := fn.assigns[id.Name]; ok {
		var out []string
		for _, e := range assigned {
			if mentions(e, id.Name) { // r = r.With(...)
				continue
			}
			out = append(out, s.prefixes(fn, e, within, depth+1)...)
		}
		return out
	}
	for i, p := range fn.params {
		if p.name != id.Name {
			continue
		}
		if engineType(fn, p.typ) {
			return []string{""}
		}
		if !slices.Contains(groupTypes, typeName(p.typ)) {
			return nil
		}
		return s.callerPrefixes(fn, i, depth)
	}
	if target := fn.imported(id); target != "" {
		if target == frameworkHTTP || strings.Contains(target, "beego") {
			return []string{""}
		}
		return nil
	}
	if def, ok := fn.file.pkg.scope[id.Name]; ok {
		if def.value != nil {
			return s.prefixes(def.file.top, def.value, nil, depth+1)
		}
		if def.typ != nil && engineType(def.file.top, def.typ) {
			return []string{""}
		}
	}
	return nil
}

// callerPrefixes looks at what the function's callers pass.
func (s *source) callerPrefixes(fn *function, i, depth int) []string {
	if fn.decl == nil {
		return nil
	}
	key := fn.file.pkg.path + "." + fn.name
	if fn.decl.Recv != nil {
		key = "." + fn.name
	}
	var out []string
	for n, c := range s.callers[key] {
		if n == maxValues {
			break
		}
		if arg := c.arg(i); arg != nil && len(c.expr.Args) == len(fn.params) {
			out = append(out, s.prefixes(c.fn, arg, c.within, depth+1)...)
		}
	}
	return out
}

// callPrefixes knows constructors, r.Group("/x"), chains such as r.Use(...), and
// the app's own functions that give a router.
func (s *source) callPrefixes(fn *function, e *ast.CallExpr, within []binding, depth int) []string {
	c := &call{expr: e, fn: fn, within: within}
	switch fun := unwrap(e.Fun).(type) {
	case *ast.Ident:
		c.name = fun.Name
	case *ast.SelectorExpr:
		c.name, c.recv = fun.Sel.Name, fun.X
	}
	target, name := c.callee()
	if own := s.byPath[target]; own != nil {
		made := own.funcs[name]
		if made != nil && made.decl.Type.Results != nil && len(made.decl.Type.Results.List) > 0 && engineType(made, made.decl.Type.Results.List[0].Type) {
			return []string{""}
		}
		return nil
	}
	if target != "" {
		if slices.Contains(constructors, name) && routerPackage(target) {
			return []string{""}
		}
		return nil
	}
	if c.recv == nil {
		return nil
	}
	switch c.name {
	case "Group", "Party", "PathPrefix", "Route":
		text, ok := s.text(fn, c.arg(0))
		if !ok && len(e.Args) > 0 {
			if lit, is := e.Args[0].(*ast.BasicLit); !is || lit.Value != `""` {
				text = unknownPrefix
			}
		}
		return under(s.prefixes(fn, c.recv, within, depth+1), text)
	case "Use", "With", "Subrouter", "Methods", "StrictSlash":
		return s.prefixes(fn, c.recv, within, depth+1)
	}
	return nil
}

// fieldPrefixes takes s.router for a router at the root unless the field is
// declared as a group.
func (s *source) fieldPrefixes(fn *function, e *ast.SelectorExpr) []string {
	for _, spec := range fn.file.pkg.types {
		structure, ok := spec.Type.(*ast.StructType)
		if !ok {
			continue
		}
		for _, field := range structure.Fields.List {
			for _, name := range field.Names {
				if name.Name == e.Sel.Name && engineType(fn, field.Type) {
					return []string{""}
				}
			}
		}
	}
	if p := s.byPath[fn.imported(e.X)]; p != nil {
		if def, ok := p.scope[e.Sel.Name]; ok && def.value != nil {
			return s.prefixes(def.file.top, def.value, nil, 1)
		}
	}
	return nil
}

// engineType says whether a type expression is a router at the root.
func engineType(fn *function, typ ast.Expr) bool {
	sel, ok := unwrap(typ).(*ast.SelectorExpr)
	if !ok {
		return false
	}
	if !slices.Contains(engineTypes, sel.Sel.Name) && sel.Sel.Name != "Router" {
		return false
	}
	id, ok := sel.X.(*ast.Ident)
	if !ok {
		return false
	}
	target := fn.file.imports[id.Name]
	if sel.Sel.Name == "Router" { // gorilla/mux and httprouter have no groups of that name
		return strings.HasSuffix(target, "/mux") || strings.HasSuffix(target, "httprouter")
	}
	return routerPackage(target)
}

func routerPackage(target string) bool {
	return strings.HasSuffix(target, "httprouter") || slices.ContainsFunc(frameworks, func(f struct{ path, name string }) bool { return samePackage(target, f.path) })
}

func under(prefixes []string, text string) []string {
	out := make([]string, len(prefixes))
	for i, prefix := range prefixes {
		out[i] = strings.TrimSuffix(prefix, "/") + "/" + strings.Trim(text, "/")
		if strings.Trim(text, "/") == "" {
			out[i] = prefix
		}
	}
	return out
}
