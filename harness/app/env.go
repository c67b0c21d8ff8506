package app

import (
	"go/ast"
	"path"
	"reflect"
	"regexp"
	"slices"
	"strings"
)

var envName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// envRead is one environment variable that the app reads.
type envRead struct {
	key  string
	def  string // its default literal, if one is seen
	note Note
}

// environment lists what the app reads from its environment, each key once, by
// name. Names in the source win over names that viper would derive.
func (s *source) environment(settings []setting) []envRead {
	found := map[string]*envRead{}
	add := func(key, def string, node ast.Node) {
		if !envName.MatchString(key) {
			return
		}
		if have := found[key]; have != nil {
			if have.def == "" {
				have.def = def
			}
			return
		}
		found[key] = &envRead{key, def, s.note("env "+key, node)}
	}
	s.calls(func(c *call) {
		s.envCalls(c, add)
	})
	s.functions(func(fn *function) {
		for _, lit := range fn.lits {
			s.envOfFlag(fn, lit, add)
			s.envOfTable(fn, lit, add)
		}
	})
	for _, p := range s.packages {
		for _, f := range p.files {
			eachField(f, func(owner string, field *ast.Field, _ string, tag reflect.StructTag) {
				key := tagEnv(tag)
				if key == "" || tag.Get("envPrefix") != "" {
					return
				}
				for _, prefix := range p.envPrefixes(owner) {
					add(prefix+key, tagDefault(tag), field)
				}
			})
		}
	}
	s.viperEnv(settings, add)
	s.dotEnvKeys(add)
	out := make([]envRead, 0, len(found))
	for _, e := range found {
		out = append(out, *e)
	}
	slices.SortFunc(out, func(a, b envRead) int { return strings.Compare(a.key, b.key) })
	return out
}

// envCalls knows os.Getenv, os.LookupEnv, viper.BindEnv and helpers whose name
// says env.
func (s *source) envCalls(c *call, add func(key, def string, node ast.Node)) {
	switch {
	case c.name == "Run" && c.recv != nil && len(c.expr.Args) == 0 && s.isEngine(c.fn, c.recv, c.within):
		add("PORT", "", c.expr) // gin reads it when Run is given no address
	case c.is("Getenv", "os"), c.is("LookupEnv", "os"):
		key, ok := s.text(c.fn, c.arg(0))
		if ok {
			add(key, s.localDefault(c, key), c.expr)
		}
	case c.name == "BindEnv":
		for i := 1; i < len(c.expr.Args); i++ {
			if key, ok := s.text(c.fn, c.arg(i)); ok {
				add(key, "", c.expr)
			}
		}
		if key, ok := s.text(c.fn, c.arg(0)); ok && len(c.expr.Args) == 1 {
			add(strings.ToUpper(strings.ReplaceAll(key, ".", "_")), "", c.expr)
		}
	default:
		ev := newEvaluator(s, c.fn)
		for _, v := range ev.envCall(c) {
			add(v.env, v.text, c.expr)
		}
	}
}

// localDefault is the literal that the variable holding os.Getenv(key) is also
// given in the same function.
func (s *source) localDefault(c *call, key string) string {
	for name, assigned := range c.fn.assigns {
		for _, e := range assigned {
			if e != ast.Expr(c.expr) {
				continue
			}
			for _, v := range s.values(c.fn, &ast.Ident{Name: name}) {
				if v.env == key && v.text != "" {
					return v.text
				}
			}
		}
	}
	if c.parent != nil && c.parent.is("Or", "cmp") {
		if text, ok := s.text(c.fn, c.parent.expr); ok {
			return text
		}
	}
	return ""
}

// envOfFlag knows urfave's EnvVars and EnvVar.
func (s *source) envOfFlag(fn *function, lit *ast.CompositeLit, add func(key, def string, node ast.Node)) {
	if !strings.HasSuffix(typeName(lit.Type), "Flag") {
		return
	}
	def := ""
	var keys []ast.Expr
	for _, element := range lit.Elts {
		kv, ok := element.(*ast.KeyValueExpr)
		if !ok {
			continue
		}
		switch typeName(kv.Key) {
		case "Value":
			def, _ = s.text(fn, kv.Value)
		case "EnvVar":
			keys = append(keys, kv.Value)
		case "EnvVars":
			if list, ok := kv.Value.(*ast.CompositeLit); ok {
				keys = append(keys, list.Elts...)
			}
		case "Sources":
			if sources, ok := kv.Value.(*ast.CallExpr); ok && typeName(sources.Fun) == "EnvVars" {
				keys = append(keys, sources.Args...)
			}
		}
	}
	for _, e := range keys {
		if key, ok := s.text(fn, e); ok {
			add(key, def, e)
		}
	}
}

// envOfTable knows an app's own table of settings: a struct with a field env that
// holds a name in capitals, and perhaps one with the default.
func (s *source) envOfTable(fn *function, lit *ast.CompositeLit, add func(key, def string, node ast.Node)) {
	if env, def := tableRow(lit); env != "" {
		add(env, def, lit)
	}
}

func tableRow(lit *ast.CompositeLit) (env, def string) {
	for _, element := range lit.Elts {
		kv, ok := element.(*ast.KeyValueExpr)
		if !ok {
			continue
		}
		value, ok := kv.Value.(*ast.BasicLit)
		if !ok {
			continue
		}
		text, _ := literal(value)
		switch strings.ToLower(typeName(kv.Key)) {
		case "env", "envvar", "envkey", "envname":
			if envKey.MatchString(text) {
				env = text
			}
		case "value", "def", "default", "defaultvalue", "fallback":
			def = text
		}
	}
	return env, def
}

// dotEnvKeys takes the keys of .env files and their examples that the source
// spells out as a string: whatever reads them, the app knows their names.
func (s *source) dotEnvKeys(add func(key, def string, node ast.Node)) {
	known := map[string]string{}
	for _, rel := range s.mod.others {
		if !dotEnv(rel) {
			continue
		}
		data, err := s.mod.read(rel)
		if err != nil {
			continue
		}
		for _, set := range lineSettings(data) {
			if len(set.path) == 1 && envKey.MatchString(set.path[0]) {
				known[set.path[0]] = set.value
			}
		}
	}
	if len(known) == 0 {
		return
	}
	for _, p := range s.packages {
		for _, f := range p.files {
			ast.Inspect(f.ast, func(n ast.Node) bool {
				if lit, ok := n.(*ast.BasicLit); ok {
					text, _ := literal(lit)
					if def, ok := known[text]; ok {
						add(text, def, lit)
					}
				}
				return true
			})
		}
	}
}

// envPrefixes gives the envPrefix tags of the fields whose type is the named
// struct, or "" alone when there are none.
func (p *pkg) envPrefixes(owner string) []string {
	var out []string
	for _, f := range p.files {
		eachField(f, func(_ string, field *ast.Field, name string, tag reflect.StructTag) {
			prefix, ok := tag.Lookup("envPrefix")
			if ok && (typeName(field.Type) == owner || name == owner) && !slices.Contains(out, prefix) {
				out = append(out, prefix)
			}
		})
	}
	if len(out) == 0 {
		return []string{""}
	}
	return out
}

func tagDefault(tag reflect.StructTag) string {
	for _, key := range []string{"default", "envDefault", "env-default"} {
		if def, ok := tag.Lookup(key); ok {
			return def
		}
	}
	_, options, _ := strings.Cut(tag.Get("env"), ",")
	_, def, _ := strings.Cut(options, "default=")
	return def
}

// settingsOf reads the settings of the app's configuration files.
func (s *source) settingsOf(root string, configs []string) []setting {
	var out []setting
	for _, rel := range configs {
		data, err := s.mod.read(path.Join(root, rel))
		if err != nil {
			continue
		}
		settings, err := readSettings(rel, data)
		if err != nil || dotEnv(rel) {
			continue
		}
		for _, set := range settings {
			set.file = path.Join(root, rel)
			out = append(out, set)
		}
	}
	return out
}
