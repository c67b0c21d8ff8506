package app

import (
	"go/ast"
	"strings"
)

// call evaluates what a call gives: the well-known functions of the standard
// library, flags, environment helpers, configuration getters and the app's own
// functions by what they return.
func (ev evaluator) call(e *ast.CallExpr) []value {
	c := &call{expr: e, fn: ev.fn}
	switch fun := unwrap(e.Fun).(type) {
	case *ast.Ident:
		c.name = fun.Name
	case *ast.SelectorExpr:
		c.name, c.recv = fun.Sel.Name, fun.X
	default:
		return nil
	}
	if value, ok := ev.s.flagDefault(c); ok {
		return retag(ev.eval(value), fromFlag)
	}
	if out, ok := ev.library(c); ok {
		return out
	}
	if out := ev.envCall(c); out != nil {
		return out
	}
	if key, ok := ev.configKey(c); ok {
		return []value{{path: key, kind: fromKey, node: e}}
	}
	return ev.returned(c)
}

// library knows the calls that pass a value through.
func (ev evaluator) library(c *call) ([]value, bool) {
	args := c.expr.Args
	switch {
	case c.is("Getenv", "os"), c.is("LookupEnv", "os"):
		if key := ev.eval(c.arg(0)); len(key) > 0 && key[0].text != "" {
			return []value{{env: key[0].text, kind: fromEnv, node: c.expr}}, true
		}
		return nil, true
	case c.is("Sprintf", "fmt"), c.is("Sprint", "fmt"):
		return ev.sprintf(args), true
	case c.is("JoinHostPort", "net"):
		if len(args) == 2 {
			return concat(concat(ev.eval(args[0]), []value{{text: ":"}}), ev.eval(args[1])), true
		}
	case c.is("Join", "path/filepath", "path"):
		return ev.joinPath(args), true
	case c.is("Or", "cmp"):
		var out []value
		for _, arg := range args {
			out = append(out, ev.eval(arg)...)
		}
		return withEnv(out), true
	case c.is("Itoa", "strconv"), c.is("FormatInt", "strconv"), c.is("Atoi", "strconv"), c.is("TrimSpace", "strings"),
		c.is("Clean", "path/filepath", "path"), c.is("Dir", "net/http"), c.is("DirFS", "os"), c.is("FromSlash", "path/filepath"),
		c.is("Abs", "path/filepath"):
		if len(args) > 0 {
			return ev.eval(args[0]), true
		}
	case c.recv == nil && len(args) == 1 && conversion(c.name):
		return ev.eval(args[0]), true
	}
	return nil, false
}

func conversion(name string) bool {
	switch name {
	case "string", "int", "int32", "int64", "uint", "uint16", "uint32":
		return true
	}
	return false
}

// sprintf knows the formats that end in the port, and those that spell it out.
func (ev evaluator) sprintf(args []ast.Expr) []value {
	if len(args) == 0 {
		return nil
	}
	formats := ev.eval(args[0])
	if len(formats) == 0 || len(args) == 1 {
		return formats
	}
	format := formats[0].text
	i := strings.LastIndexByte(format, '%')
	if i < 0 {
		return formats
	}
	if strings.TrimRight(format[i+1:], "dsv/") != "" {
		return nil
	}
	head := format[:i]
	if j := strings.LastIndexByte(head, '%'); j >= 0 { // "%s:%d": the host is not looked for
		head = strings.TrimLeft(head[j+1:], "dsvq")
	}
	last := args[len(args)-1]
	if strings.Contains(head, ":") || strings.Count(format, "%") == 1 {
		return concat([]value{{text: head}}, ev.eval(last))
	}
	return ev.eval(last)
}

// envCall knows helpers such as getEnv("PORT", "8080"): a name that says so, a
// key in capitals and perhaps a default.
func (ev evaluator) envCall(c *call) []value {
	lit, ok := c.arg(0).(*ast.BasicLit)
	if !ok || !strings.Contains(strings.ToLower(c.name), "env") || strings.HasPrefix(strings.ToLower(c.name), "setenv") {
		return nil
	}
	key, ok := literal(lit)
	if !ok || !envKey.MatchString(key) {
		return nil
	}
	if c.arg(1) == nil {
		return []value{{env: key, kind: fromEnv, node: c.expr}}
	}
	out := retag(ev.eval(c.arg(1)), fromEnv)
	for i := range out {
		out[i].env = key
	}
	if len(out) == 0 {
		out = []value{{env: key, kind: fromEnv, node: c.expr}}
	}
	return out
}

// configKey knows viper.GetString("server.port") and its like by the getter and
// the dotted key.
func (ev evaluator) configKey(c *call) ([]string, bool) {
	if !strings.HasPrefix(c.name, "Get") && c.name != "String" && c.name != "Int" && c.name != "Key" && c.name != "MustInt" {
		return nil, false
	}
	lit, ok := c.arg(0).(*ast.BasicLit)
	if !ok || c.recv == nil || len(c.expr.Args) > 2 {
		return nil, false
	}
	key, ok := literal(lit)
	if !ok || key == "" || strings.ContainsAny(key, " /:") {
		return nil, false
	}
	return strings.Split(strings.ToLower(key), "."), true
}

// returned follows a function or method of the module to what it returns.
func (ev evaluator) returned(c *call) []value {
	var out []value
	target, name := c.callee()
	if target != "" {
		if p := ev.s.byPath[target]; p != nil {
			if fn := p.funcs[name]; fn != nil {
				out = ev.returns(fn, c)
			}
		}
		return out
	}
	const ambiguous = 3
	if methods := ev.s.methods[c.name]; c.recv != nil && len(methods) > 0 && len(methods) <= ambiguous {
		for _, fn := range methods {
			out = append(out, ev.returns(fn, c)...)
		}
	}
	if c.recv != nil && len(c.expr.Args) == 0 {
		out = append(out, value{path: keyPath(c.expr), kind: fromKey, node: c.expr})
	}
	return out
}

// returns evaluates what fn gives when it is called by c.
func (ev evaluator) returns(fn *function, c *call) []value {
	inner := ev.in(fn)
	inner.bound, inner.caller = c, &ev
	var out []value
	for _, e := range fn.returns {
		out = append(out, inner.eval(e)...)
	}
	return withEnv(out)
}

// fromCallers evaluates parameter i where the function is called: at the call it
// was entered by, else at every call of it.
func (ev evaluator) fromCallers(i int) []value {
	if ev.fn.decl == nil {
		return nil
	}
	if ev.bound != nil {
		if arg := ev.bound.arg(i); arg != nil {
			caller := *ev.caller
			caller.depth = ev.depth
			return caller.eval(arg)
		}
		return nil
	}
	key := ev.fn.file.pkg.path + "." + ev.fn.name
	if ev.fn.decl.Recv != nil {
		key = "." + ev.fn.name
	}
	var out []value
	for n, c := range ev.s.callers[key] {
		if n == maxValues {
			break
		}
		if arg := c.arg(i); arg != nil && len(c.expr.Args) == len(ev.fn.params) {
			out = append(out, ev.in(c.fn).eval(arg)...)
		}
	}
	return out
}

func retag(values []value, kind origin) []value {
	for i := range values {
		values[i].kind = kind
	}
	return values
}

// withEnv joins a bare environment variable with the literal beside it: of
// cmp.Or(os.Getenv("PORT"), "8080") the literal is the variable's default.
func withEnv(values []value) []value {
	env := ""
	for _, v := range values {
		if v.kind == fromEnv && v.text == "" {
			env = v.env
		}
	}
	if env == "" {
		return values
	}
	for i, v := range values {
		if v.text != "" && v.env == "" {
			values[i].env, values[i].kind = env, fromEnv
		}
	}
	return values
}

// flagDefault gives the default of a flag definition of the standard library,
// pflag or cobra: name, then perhaps a shorthand, then the default.
func (s *source) flagDefault(c *call) (ast.Expr, bool) {
	name, def := flagArgs(c)
	if name == nil || def == nil {
		return nil, false
	}
	return def, true
}

// flagArgs gives the name and the default of a flag definition, or nil.
func flagArgs(c *call) (name, def ast.Expr) {
	base := strings.TrimSuffix(c.name, "P")
	at := 0
	if cut, ok := strings.CutSuffix(base, "Var"); ok {
		base, at = cut, 1
	}
	switch base {
	case "String", "Int", "Uint", "Int32", "Int64", "Uint16", "Uint32", "Uint64":
	default:
		return nil, nil
	}
	n, want := at+1, at+3 // name, default, usage
	if strings.HasSuffix(c.name, "P") {
		n, want = n+1, want+1
	}
	if len(c.expr.Args) != want || c.recv == nil {
		return nil, nil
	}
	if lit, ok := c.arg(at).(*ast.BasicLit); !ok || lit.Value == "" || lit.Value[0] != '"' {
		return nil, nil
	}
	return c.arg(at), c.arg(n)
}
