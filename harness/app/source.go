package app

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/scanner"
	"go/token"
	"path"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sync/errgroup"
)

// source is the parsed packages that a main package reaches inside its module,
// nearest first.
type source struct {
	mod      *module
	main     string // directory of the main package
	fset     *token.FileSet
	packages []*pkg
	byPath   map[string]*pkg // import path -> package
	imports  map[string]Note // every import path outside the module -> its first place
	methods  map[string][]*function
	callers  map[string][]*call // "path.Func", or ".Method", -> calls of it
	trouble  []Note
	steps    int // left for the router that is being followed
}

// pkg is one package of the module.
type pkg struct {
	dir   string // relative to the module
	path  string
	name  string
	depth int // imports between it and main
	files []*file
	scope map[string]definition // package-level constants and variables
	funcs map[string]*function
	types map[string]*ast.TypeSpec

	flagVars  map[string][]*call     // variable -> flag definitions that fill it
	assigners map[string][]*function // variable -> functions that assign to it
}

// definition is a package-level constant or variable.
type definition struct {
	value ast.Expr // nil if it has no initialiser
	typ   ast.Expr // nil if it is inferred
	file  *file
}

// file is one parsed Go file.
type file struct {
	rel     string
	pkg     *pkg
	ast     *ast.File
	imports map[string]string // name in this file -> import path
	top     *function         // what stands outside of functions
	funcs   []*function
}

// function is what is known of one function without types: enough to follow an
// expression back to a literal.
type function struct {
	name    string
	file    *file
	decl    *ast.FuncDecl // nil for the file level
	params  []parameter
	assigns map[string][]ast.Expr // local name -> everything assigned to it
	fields  []fieldAssign
	calls   []*call
	lits    []*ast.CompositeLit
	returns []ast.Expr
}

type parameter struct {
	name string
	typ  ast.Expr
}

// fieldAssign is `x.Name = value`.
type fieldAssign struct {
	field string
	left  *ast.SelectorExpr
	value ast.Expr
}

// call is one call with the calls around it.
type call struct {
	expr   *ast.CallExpr
	fn     *function
	parent *call  // the call whose argument this one is in; nil at the outside
	name   string // the last name of what is called
	recv   ast.Expr
	within []binding // innermost last
}

// binding is the parameter of a function literal given to a call, as in
// r.Route("/api", func(r chi.Router) {...}).
type binding struct {
	param string
	outer *call
}

// parse reads the packages that main reaches, level by level.
func (m *module) parse(main string) *source {
	s := &source{
		mod: m, main: main, fset: token.NewFileSet(), byPath: map[string]*pkg{},
		imports: map[string]Note{}, methods: map[string][]*function{}, callers: map[string][]*call{},
		trouble: slices.Clone(m.trouble),
	}
	level := []string{main}
	seen := map[string]bool{main: true}
	for depth := 0; len(level) > 0; depth++ {
		packages := make([]*pkg, len(level))
		problems := make([][]Note, len(level))
		var group errgroup.Group
		group.SetLimit(runtime.GOMAXPROCS(0))
		for i, dir := range level {
			group.Go(func() error {
				packages[i], problems[i] = m.parsePackage(s.fset, dir, depth)
				return nil
			})
		}
		_ = group.Wait()
		level = nil
		for i, p := range packages {
			s.trouble = append(s.trouble, problems[i]...)
			if len(p.files) == 0 {
				continue
			}
			s.packages = append(s.packages, p)
			s.byPath[p.path] = p
			for _, dir := range s.addImports(p) {
				if !seen[dir] {
					seen[dir] = true
					level = append(level, dir)
				}
			}
		}
		slices.Sort(level)
	}
	s.link()
	return s
}

// parsePackage parses the files of one directory that Go would compile. A file
// with syntax errors is kept as far as it could be parsed.
func (m *module) parsePackage(fset *token.FileSet, dir string, depth int) (*pkg, []Note) {
	p := &pkg{
		dir: dir, path: path.Join(m.path, dir), depth: depth,
		scope: map[string]definition{}, funcs: map[string]*function{}, types: map[string]*ast.TypeSpec{},
		flagVars: map[string][]*call{}, assigners: map[string][]*function{},
	}
	var trouble []Note
	for _, base := range m.goFiles[dir] {
		rel := path.Join(dir, base)
		src, err := m.read(rel)
		if err != nil {
			trouble = append(trouble, Note{What: "left out: " + plainCause(err), Where: rel})
			continue
		}
		if !built(base, src) {
			continue
		}
		parsed, err := parser.ParseFile(fset, rel, src, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			trouble = append(trouble, syntaxNote(rel, err))
		}
		if parsed == nil || parsed.Name == nil {
			continue
		}
		if p.name == "" {
			p.name = parsed.Name.Name
		}
		p.files = append(p.files, &file{rel: rel, pkg: p, ast: parsed, imports: map[string]string{}})
	}
	return p, trouble
}

func syntaxNote(rel string, err error) Note {
	var list scanner.ErrorList
	if errors.As(err, &list) && len(list) > 0 {
		return Note{What: "read in part, syntax error: " + list[0].Msg, Where: fmt.Sprintf("%s:%d", rel, list[0].Pos.Line)}
	}
	return Note{What: "read in part: " + err.Error(), Where: rel}
}

// addImports records the imports of p and gives the directories of those inside
// the module.
func (s *source) addImports(p *pkg) []string {
	var inside []string
	for _, f := range p.files {
		for _, spec := range f.ast.Imports {
			target, err := strconv.Unquote(spec.Path.Value)
			if err != nil || target == "" {
				continue
			}
			name := guessName(target)
			if spec.Name != nil {
				name = spec.Name.Name
			}
			if name == "_" || name == "." { // several may stand in one file
				name += target
			}
			f.imports[name] = target
			if dir, ok := s.mod.inside(target); ok {
				inside = append(inside, dir)
				continue
			}
			if _, ok := s.imports[target]; !ok {
				s.imports[target] = s.note(target, spec)
			}
		}
	}
	return inside
}

// inside gives the directory of an import path of this module.
func (m *module) inside(target string) (string, bool) {
	dir := "."
	if target != m.path {
		rest, ok := strings.CutPrefix(target, m.path+"/")
		if !ok {
			return "", false
		}
		dir = rest
	}
	_, ok := m.goFiles[dir]
	return dir, ok
}

// guessName is the package name that an import path most likely has: there are
// no sources of dependencies to look it up in.
func guessName(target string) string {
	name := path.Base(target)
	if len(name) > 1 && name[0] == 'v' && strings.Trim(name[1:], "0123456789") == "" {
		name = path.Base(path.Dir(target))
	}
	if strings.HasPrefix(target, "gopkg.in/") {
		name, _, _ = strings.Cut(name, ".v")
	}
	name = strings.TrimSuffix(strings.TrimPrefix(name, "go-"), "-go")
	return strings.ReplaceAll(name, "-", "")
}

// at is the place of a node as "main.go:21".
func (s *source) at(node ast.Node) string {
	p := s.fset.Position(node.Pos())
	return fmt.Sprintf("%s:%d", p.Filename, p.Line)
}

func (s *source) note(what string, node ast.Node) Note {
	return Note{What: what, Where: s.at(node)}
}

// functions calls visit for every function and file level, nearest package first.
func (s *source) functions(visit func(*function)) {
	for _, p := range s.packages {
		for _, f := range p.files {
			visit(f.top)
			for _, fn := range f.funcs {
				visit(fn)
			}
		}
	}
}

// calls calls visit for every call.
func (s *source) calls(visit func(*call)) {
	s.functions(func(fn *function) {
		for _, c := range fn.calls {
			visit(c)
		}
	})
}
