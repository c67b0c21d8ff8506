package app

import (
	"go/ast"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// tags knows `env:"PORT" envDefault:"8080"` and its relatives.
func (p *ports) tags(f *file) {
	eachField(f, func(owner string, field *ast.Field, name string, tag reflect.StructTag) {
		env := tagEnv(tag)
		named, malus := portKey(owner, name)
		if !named && env != "" {
			named, malus = portKey(env)
		}
		if !named || strings.HasSuffix(name, "Ports") {
			return
		}
		for _, key := range []string{"default", "envDefault", "env-default"} {
			if def, ok := tag.Lookup(key); ok {
				p.add(def, scoreTag-malus, portFound{what: "default of field " + name, where: p.s.at(field), path: []string{owner, name}, env: env})
			}
		}
		for _, option := range strings.Split(tag.Get("json")+","+tag.Get("env"), ",") { // go-zero's json, sethvargo's env
			if def, ok := strings.CutPrefix(strings.TrimSpace(option), "default="); ok {
				p.add(def, scoreTag-malus, portFound{what: "default of field " + name, where: p.s.at(field), path: []string{owner, name}, env: env})
			}
		}
	})
}

// eachField visits the tagged fields of a file's named struct types, nested
// anonymous structs included.
func eachField(f *file, visit func(owner string, field *ast.Field, name string, tag reflect.StructTag)) {
	var fields func(owner string, list *ast.FieldList)
	fields = func(owner string, list *ast.FieldList) {
		for _, field := range list.List {
			name := typeName(field.Type)
			if len(field.Names) > 0 {
				name = field.Names[0].Name
			}
			if inner, ok := field.Type.(*ast.StructType); ok {
				fields(name, inner.Fields)
			}
			if field.Tag == nil {
				continue
			}
			if text, err := strconv.Unquote(field.Tag.Value); err == nil {
				visit(owner, field, name, reflect.StructTag(text))
			}
		}
	}
	for _, decl := range f.ast.Decls {
		gen, ok := decl.(*ast.GenDecl)
		if !ok {
			continue
		}
		for _, spec := range gen.Specs {
			if t, ok := spec.(*ast.TypeSpec); ok {
				if s, ok := t.Type.(*ast.StructType); ok {
					fields(t.Name.Name, s.Fields)
				}
			}
		}
	}
}

// typeName is the last name of a type or identifier expression.
func typeName(e ast.Expr) string {
	if e == nil {
		return ""
	}
	switch e := unwrap(e).(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		return e.Sel.Name
	}
	return ""
}

// tagEnv is the environment variable that a struct tag names.
func tagEnv(tag reflect.StructTag) string {
	for _, key := range []string{"env", "envconfig", "mapstructure-env", "split_env"} {
		name, _, _ := strings.Cut(tag.Get(key), ",")
		name = strings.TrimSpace(name)
		if slices.Contains([]string{"", "-", "true"}, name) {
			continue
		}
		if envName.MatchString(name) {
			return name
		}
	}
	return ""
}
