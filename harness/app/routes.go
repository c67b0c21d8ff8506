package app

import (
	"path"
	"slices"
	"strings"
)

const frameworkHTTP = "net/http"

// frameworks by import path, in the order in which one wins over another: an app
// that imports chi imports net/http too.
var frameworks = []struct{ path, name string }{
	{"github.com/gin-gonic/gin", "gin"},
	{"github.com/labstack/echo", "echo"},
	{"github.com/gofiber/fiber", "fiber"},
	{"github.com/go-chi/chi", "chi"},
	{"github.com/gorilla/mux", "gorilla/mux"},
	{"github.com/kataras/iris", "iris"},
	{"github.com/beego/beego", "beego"},
	{"github.com/astaxie/beego", "beego"},
	{"github.com/cloudwego/hertz", "hertz"},
	{"github.com/gogf/gf", "gf"},
	{"github.com/zeromicro/go-zero", "go-zero"},
	{"github.com/go-kratos/kratos", "kratos"},
	{"github.com/valyala/fasthttp", "fasthttp"},
	{"net/http", frameworkHTTP},
}

// samePackage says whether an import path is of the named module or package or
// of one below it, whatever the major version.
func samePackage(target, name string) bool {
	return target == name || strings.HasPrefix(target, name+"/")
}

// framework is the web framework that the reached packages import.
func (s *source) framework() string {
	for _, f := range frameworks {
		if _, ok := s.importOf(f.path); ok {
			return f.name
		}
	}
	return ""
}

// importOf gives the first place where the named module is imported, or a
// package below it.
func (s *source) importOf(name string) (Note, bool) {
	best := ""
	for target := range s.imports {
		if target != name && (name == frameworkHTTP || !samePackage(target, name)) {
			continue
		}
		if best == "" || len(target) < len(best) || len(target) == len(best) && target < best {
			best = target
		}
	}
	return s.imports[best], best != ""
}

// route is one GET route whose whole path is known.
type route struct {
	path string
	side bool // stands where another listener does, such as metrics.go
	// guess: it is below a group whose prefix comes from configuration, which is
	// taken for empty.
	guess bool
	note  Note
}

// unknownPrefix stands for a prefix that is not a literal.
const unknownPrefix = "/?"

// settled takes unknown prefixes out of a path, and says whether there were any.
func settled(path string) (string, bool) {
	clean := strings.ReplaceAll(path, unknownPrefix, "")
	return clean, clean != path
}

// routeNames are the calls that register a route which answers GET.
var routeNames = []string{"GET", "Get", "Any", "ANY", "All", "HandleFunc", "Handle", "Handler"}

// routes lists the GET routes of the app, nearest package first and those of side
// listeners last. A route below a group whose prefix is not known is left out.
func (s *source) routes() []route {
	var out []route
	s.calls(func(c *call) {
		if !slices.Contains(routeNames, c.name) || c.recv == nil || len(c.expr.Args) < 2 {
			return
		}
		text, ok := s.text(c.fn, c.arg(0))
		if !ok {
			return
		}
		if strings.EqualFold(text, "GET") { // gin's Handle("GET", path, ...)
			text, _ = s.text(c.fn, c.arg(1))
		}
		text = strings.TrimPrefix(text, "GET ")
		if !strings.HasPrefix(text, "/") && text != "" {
			return
		}
		side := sideMalus(path.Dir(c.fn.file.rel)) == malusSide || sideMalus(strings.TrimSuffix(path.Base(c.fn.file.rel), ".go")) == malusSide
		for _, prefix := range s.prefixes(c.fn, c.recv, c.within, 0) {
			full := joinRoute(prefix, text)
			full, guess := settled(full)
			out = append(out, route{full, side, guess, s.note("GET "+full, c.expr)})
		}
	})
	slices.SortStableFunc(out, func(a, b route) int {
		switch {
		case a.side == b.side:
			return 0
		case b.side:
			return -1
		}
		return 1
	})
	return out
}

func joinRoute(prefix, path string) string {
	joined := strings.TrimSuffix(prefix, "/") + "/" + strings.TrimPrefix(path, "/")
	if path == "" && prefix != "" && prefix != "/" {
		joined = strings.TrimSuffix(joined, "/")
	}
	return strings.TrimSuffix(joined, "{$}")
}
