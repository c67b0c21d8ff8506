package app

import (
	"go/ast"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// use is how the app uses a path.
type use string

const (
	useTemplate use = "templates"
	useStatic   use = "static"
	useConfig   use = "config"
	useOther    use = "reads"
)

// reference is one relative path in the source.
type reference struct {
	use  use
	path string // as written, cleaned, slashes
	url  string // of static files
	note Note
}

// references collects the paths that the app reads at run time.
type references struct {
	s     *source
	found []reference
	notes []Note
}

func (r *references) collect() {
	r.s.calls(func(c *call) {
		r.templates(c)
		r.static(c)
		r.readers(c)
	})
	r.viper()
	r.literals()
	r.settle()
}

// settle drops what only looked like something else: configuration that lies
// among the static files, Go source, and static directories that are known
// again with their URL.
func (r *references) settle() {
	var kept []reference
	for _, ref := range r.found {
		again := slices.ContainsFunc(r.found, func(o reference) bool {
			switch ref.use {
			case useConfig, useOther:
				return (o.use == useStatic || o.use == useTemplate) && o.path != "." && samePackage(ref.path, o.path)
			case useStatic:
				return o.use == useStatic && o.path == ref.path && ref.url == "" && o.url != ""
			}
			return false
		})
		source := ref.use == useOther && (path.Ext(ref.path) == ".go" || ref.path == "go.mod" || ref.path == "go.sum" || len(r.s.mod.goFiles[ref.path]) > 0)
		if !again && !source {
			kept = append(kept, ref)
		}
	}
	r.found = kept
}

// add keeps a relative path. Absolute ones and those that leave the app's
// directory are only noted: they cannot be put beside the binary.
func (r *references) add(kind use, text, url string, c *call) {
	text = filepath.ToSlash(strings.TrimSpace(text))
	if text == "" || strings.Contains(text, "://") || strings.ContainsAny(text, "\n\x00") {
		return
	}
	if kind != useConfig && kind != useOther || path.Ext(text) != "" {
		if path.IsAbs(text) {
			r.notes = append(r.notes, r.s.note(string(kind)+" "+text+": absolute, so not put beside the binary", c.expr))
			return
		}
		if clean := path.Clean(text); clean == ".." || strings.HasPrefix(clean, "../") {
			r.notes = append(r.notes, r.s.note(string(kind)+" "+text+": outside of the working directory, so not put beside the binary", c.expr))
			return
		}
	}
	clean := path.Clean(text)
	if path.IsAbs(clean) || strings.HasPrefix(clean, "..") {
		return
	}
	for _, have := range r.found {
		if have.use == kind && have.path == clean && have.url == url {
			return
		}
	}
	r.found = append(r.found, reference{kind, clean, url, r.s.note(string(kind)+" "+clean, c.expr)})
}

// templates knows the calls that load templates from disk.
func (r *references) templates(c *call) {
	from := 0
	switch c.name {
	case "LoadHTMLGlob", "LoadHTMLFiles", "ParseFiles", "ParseGlob":
	case "AddFromFiles", "AddFromGlob": // gin-contrib/multitemplate: name, files
		from = 1
	case "New", "NewFileSystem": // gofiber/template engines: directory, extension
		if !strings.Contains(c.fn.imported(c.recv), "gofiber/template") {
			return
		}
		if dir, ok := r.s.text(c.fn, c.arg(0)); ok {
			r.add(useTemplate, dir, "", c)
		}
		return
	case "Glob":
		pattern, _ := r.s.text(c.fn, c.arg(0))
		if c.is("Glob", "path/filepath") && templateExt(pattern) {
			r.add(useTemplate, pattern, "", c)
		}
		return
	default:
		return
	}
	for i := from; i < len(c.expr.Args); i++ {
		for _, v := range r.s.values(c.fn, c.expr.Args[i]) {
			if v.text != "" {
				r.add(useTemplate, v.text, "", c)
			}
		}
	}
}

func templateExt(name string) bool {
	switch path.Ext(name) {
	case ".html", ".htm", ".tmpl", ".tpl", ".gohtml", ".gotmpl", ".template":
		return true
	}
	return false
}

// static knows the calls that serve files from disk.
func (r *references) static(c *call) {
	switch c.name {
	case "Static", "StaticFile", "HandleDir", "SetStaticPath", "ServeFiles", "AddStaticPath":
		url, ok := r.s.text(c.fn, c.arg(0))
		dir, found := r.s.text(c.fn, c.arg(1))
		if ok && found && strings.HasPrefix(url, "/") {
			r.add(useStatic, dir, r.mounted(c, url), c)
		}
	case "File": // echo: e.File("/", "index.html"); gin: c.File("index.html")
		if len(c.expr.Args) == 2 {
			if url, ok := r.s.text(c.fn, c.arg(0)); ok && strings.HasPrefix(url, "/") {
				file, _ := r.s.text(c.fn, c.arg(1))
				r.add(useStatic, file, url, c)
			}
			return
		}
		if file, ok := r.s.text(c.fn, c.arg(0)); ok && len(c.expr.Args) == 1 && path.Ext(file) != "" {
			r.add(useOther, file, "", c)
		}
	case "Dir", "DirFS", "LocalFile":
		if !c.is("Dir", "net/http") && !c.is("DirFS", "os") && c.name != "LocalFile" && !(c.is("Dir", "github.com/gin-gonic/gin")) {
			return
		}
		for _, v := range r.s.values(c.fn, c.arg(0)) {
			if v.text != "" {
				r.add(useStatic, v.text, r.urlAround(c), c)
			}
		}
	case "New":
		if strings.HasSuffix(c.fn.imported(c.recv), "fiber/v3/middleware/static") {
			dir, _ := r.s.text(c.fn, c.arg(0))
			r.add(useStatic, dir, r.urlAround(c), c)
		}
	}
}

// mounted is the URL below the prefix of the group it is registered on.
func (r *references) mounted(c *call, url string) string {
	if prefixes := r.s.prefixes(c.fn, c.recv, c.within, 0); len(prefixes) > 0 {
		full, _ := settled(joinRoute(prefixes[0], url))
		return full
	}
	return url
}

// urlAround is the URL of the nearest call around c that names one.
func (r *references) urlAround(c *call) string {
	for outer := c.parent; outer != nil; outer = outer.parent {
		if text, ok := r.s.text(outer.fn, outer.arg(0)); ok && strings.HasPrefix(text, "/") {
			return strings.TrimSuffix(r.mounted(outer, text), "*")
		}
	}
	return ""
}

// readers knows the calls that read a file by its name.
func (r *references) readers(c *call) {
	switch {
	case c.is("Open", "os"), c.is("ReadFile", "os", "io/ioutil"), c.is("ReadDir", "os", "io/ioutil"), c.is("OpenFile", "os"):
		r.reader(c, 0)
	case c.is("ServeFile", "net/http"):
		r.reader(c, 2)
	case c.name == "ListenAndServeTLS", c.name == "RunTLS", c.name == "LoadX509KeyPair":
		for i := range c.expr.Args {
			if name, ok := r.s.text(c.fn, c.expr.Args[i]); ok && slices.Contains([]string{".pem", ".crt", ".key", ".cert"}, path.Ext(name)) {
				r.add(useOther, name, "", c)
			}
		}
	case strings.HasSuffix(c.fn.imported(c.recv), "godotenv") && (c.name == "Load" || c.name == "Overload" || c.name == "Read"):
		if len(c.expr.Args) == 0 {
			r.add(useConfig, ".env", "", c)
		}
		for i := range c.expr.Args {
			if name, ok := r.s.text(c.fn, c.arg(i)); ok {
				r.add(useConfig, name, "", c)
			}
		}
	}
}

func (r *references) reader(c *call, i int) {
	for _, v := range r.s.values(c.fn, c.arg(i)) {
		if v.text == "" || v.kind == fromKey {
			continue
		}
		if slices.Contains(configExts, path.Ext(v.text)) {
			r.add(useConfig, v.text, "", c)
			continue
		}
		r.add(useOther, v.text, "", c)
	}
}

// viper joins AddConfigPath with SetConfigName, and takes SetConfigFile.
func (r *references) viper() {
	var dirs, names []value
	var at *call
	r.s.calls(func(c *call) {
		switch c.name {
		case "AddConfigPath":
			dirs, at = append(dirs, r.s.values(c.fn, c.arg(0))...), c
		case "SetConfigName":
			names, at = append(names, r.s.values(c.fn, c.arg(0))...), c
		case "SetConfigFile":
			for _, v := range r.s.values(c.fn, c.arg(0)) {
				r.add(useConfig, v.text, "", c)
			}
		}
	})
	if at == nil {
		return
	}
	for _, dir := range dirs {
		found := false
		for _, name := range names {
			for _, ext := range []string{"", ".yaml", ".yml", ".toml", ".json", ".ini", ".env", ".properties"} {
				file := path.Join(dir.text, name.text+ext)
				if name.text != "" && !path.IsAbs(file) && r.regular(file) {
					r.add(useConfig, file, "", at)
					found = true
				}
			}
		}
		clean := path.Clean(dir.text)
		if !found && dir.text != "" && clean != "." && !path.IsAbs(clean) && !strings.HasPrefix(clean, "$") && r.isDir(clean) {
			r.add(useConfig, clean, "", at)
		}
	}
}

func (r *references) regular(rel string) bool { return r.stat(rel, false) }
func (r *references) isDir(rel string) bool   { return r.stat(rel, true) }

func (r *references) stat(rel string, dir bool) bool {
	for _, root := range []string{".", r.s.main} {
		info, err := os.Stat(filepath.Join(r.s.mod.dir, filepath.FromSlash(root), filepath.FromSlash(rel)))
		if err == nil && info.IsDir() == dir {
			return true
		}
	}
	return false
}

// literals takes every string that is the relative path of an existing
// configuration file: whatever library reads it, the app knows its name.
func (r *references) literals() {
	for _, p := range r.s.packages {
		for _, f := range p.files {
			ast.Inspect(f.ast, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.ImportSpec:
					return false
				case *ast.BasicLit:
					text, err := strconv.Unquote(n.Value)
					if err == nil && len(text) < 200 && slices.Contains(configExts, path.Ext(text)) && !path.IsAbs(text) && !strings.HasPrefix(path.Clean(text), "..") && r.regular(text) && !r.s.embedded(f, text) {
						r.add(useConfig, text, "", &call{expr: &ast.CallExpr{Fun: n}, fn: f.top})
					}
				}
				return true
			})
		}
	}
}
