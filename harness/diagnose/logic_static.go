package diagnose

import (
	"net/http"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/seatrial/seatrial/harness/evidence"
)

var _ = declare(map[string]Logic{
	"static-unreadable":          staticFiles(staticUnreadable),
	"static-wrong-case":          staticFiles(staticWrongCase),
	"static-relative-to-workdir": staticFiles(staticElsewhere),
	"static-missing":             staticFiles(staticMissing),
	"asset-path-without-prefix":  assetWithoutPrefix,
})

// asset is the path of a file that pages ask for by themselves.
var (
	asset = regexp.MustCompile(`(?i)\.(?:js|mjs|css|map|png|jpe?g|gif|svg|webp|avif|ico|woff2?|ttf|otf|eot|wasm|webmanifest|mp4|mp3|pdf|json|txt|xml)$`)
	// unasked are files that browsers and crawlers ask for although nobody has them.
	unasked     = regexp.MustCompile(`(?i)^/(?:favicon\.ico|robots\.txt|sitemap\.xml|apple-touch-icon[\w-]*\.png|ads\.txt|humans\.txt|manifest\.json)$|^/\.well-known/`)
	staticRoute = regexp.MustCompile(`(?:GET|HEAD)\s+(?P<url>/\S*?)/\*filepath\b`)
)

// Why a static file is not served.
const (
	staticUnreadable = "unreadable"
	staticWrongCase  = "wrong-case"
	staticElsewhere  = "elsewhere"
	staticMissing    = "missing"
)

// fetched is a request with its answer, of http.jsonl or of the app's access log.
type fetched struct {
	line   evidence.Line
	path   string
	status int
	body   string
	header http.Header // nil if only the log is known
	size   int
}

// requests are those of http.jsonl, or, if there are none, of the access log.
func (c *Case) requests() []fetched {
	var list []fetched
	for i, x := range c.Exchanges {
		if (x.Method == http.MethodGet || x.Method == http.MethodHead) && x.Status > 0 {
			header := x.Header
			if header == nil {
				header = http.Header{}
			}
			list = append(list, fetched{c.exchangeLine(i), pathOnly(x.Path), x.Status, x.Body, header, x.Size})
		}
	}
	if len(list) > 0 {
		return list
	}
	for _, hit := range c.Hits(SourceApp) {
		if hit.Method == http.MethodGet || hit.Method == http.MethodHead {
			list = append(list, fetched{line: hit.Line.Line, path: pathOnly(hit.Path), status: hit.Status, size: hit.Bytes})
		}
	}
	return list
}

// staticFiles is the logic of the rules about files that are not served; each
// such request has one cause.
func staticFiles(rule string) Logic {
	return func(c *Case) *Match {
		requests := c.requests()
		known := false
		for _, sure := range []bool{true, false} { // what is known of the file goes before what its absence suggests
			if known {
				break
			}
			for i, x := range requests {
				if x.status != 404 && x.status != 403 || !asset.MatchString(x.path) || strings.Contains(x.body, "<center>nginx") {
					continue
				}
				cause, m := c.staticCause(x, requests)
				if m == nil || (m.Confidence == Certain) != sure {
					continue
				}
				last := i == len(requests)-1 || c.linked(x.path)
				if !sure && !last && c.Outcome.Phase != "" {
					continue // scenarios ask for what is not there on purpose
				}
				if cause == rule {
					return m
				}
				known = true
			}
		}
		return nil
	}
}

// linked says whether a page that was fetched refers to the path.
func (c *Case) linked(target string) bool {
	return slices.ContainsFunc(c.Exchanges, func(x evidence.Exchange) bool {
		return strings.Contains(x.Body, `"`+target+`"`) || strings.Contains(x.Body, `'`+target+`'`)
	})
}

// staticCause says why a file is not served, nil if nothing is known.
func (c *Case) staticCause(x fetched, requests []fetched) (string, *Match) {
	m := &Match{Lines: []evidence.Line{x.line}, Confidence: Certain, Params: map[string]string{
		"url": x.path, "status": strconv.Itoa(x.status), "dir": "?", "path": path.Base(x.path), "name": path.Base(x.path),
	}}
	dir, abs := c.staticPlace(x.path)
	if abs != "" {
		m.Params["path"], m.Params["dir"] = abs, dir
	}
	for _, p := range c.Paths {
		if p.Abs != "" && (p.Abs == abs || abs == "" && strings.HasSuffix(p.Abs, "/"+path.Base(x.path)) || abs != "" && p.Type == "dir" && below(abs, p.Abs)) {
			readable := p.Readable && (p.Type != "dir" || p.Executable)
			if p.Type != "" && !readable {
				m.Params["path"] = p.Abs
				m.Lines = append(m.Lines, c.Evidence(evidence.PathsFile, strconv.Quote(p.Path)))
				return staticUnreadable, m
			}
		}
	}
	if x.status == http.StatusForbidden {
		// net/http's file server tells a file that it may not read from a missing one.
		if strings.TrimSpace(x.body) == "403 Forbidden" && x.header.Get("X-Content-Type-Options") == "nosniff" {
			return staticUnreadable, m
		}
		return "", nil
	}
	if actual := c.otherCase(x, abs, requests); actual != "" {
		m.Params["actual"] = actual
		return staticWrongCase, m
	}
	if unasked.MatchString(x.path) {
		return "", nil
	}
	if dir != "" && !path.IsAbs(dir) {
		root := ""
		if other := c.elsewhere(dir); other != "" {
			root = strings.TrimSuffix(other, "/"+strings.TrimPrefix(path.Clean(dir), "./"))
		} else if usual := c.usualWorkDir(); usual != "" {
			root, m.Confidence = usual, Likely
		}
		if root != "" {
			m.Params["root"], m.Params["workdir"] = root, c.WorkDir()
			m.Params["elsewhere"] = path.Join(root, dir)
			return staticElsewhere, m
		}
	}
	return c.staticGone(x, dir, m)
}

// staticGone is a file of which nothing but the answer, or that its directory is
// not there, is known.
func (c *Case) staticGone(x fetched, dir string, m *Match) (string, *Match) {
	if m.Params["dir"] == "?" {
		m.Params["dir"] = path.Dir(x.path)
	}
	for _, p := range c.Paths {
		if dir != "" && (p.Path == dir || p.Abs == c.abs(dir)) && p.Type == "" {
			m.Lines = append(m.Lines, c.Evidence(evidence.PathsFile, strconv.Quote(p.Path)))
			return staticMissing, m
		}
	}
	if c.App != nil && len(c.App.Static) == 0 && len(c.App.Embeds) > 0 {
		return "", nil // it serves what is in the binary
	}
	m.Confidence = Likely
	// Gin's Static says nothing at all of a file that it cannot open.
	empty := x.header != nil && x.size == 0 && x.header.Get("Content-Type") == ""
	served := dir != "" || x.header == nil && c.underStaticRoute(x.path)
	if usual := c.usualWorkDir(); usual != "" && (empty || served) && dir == "" {
		m.Params["root"], m.Params["workdir"], m.Params["elsewhere"] = usual, c.WorkDir(), usual
		return staticElsewhere, m
	}
	if empty || served {
		return staticMissing, m
	}
	return "", nil
}

// staticPlace gives the directory, as the app's source has it, and the file that
// a URL stands for; "" if it is not known.
func (c *Case) staticPlace(url string) (dir, abs string) {
	if c.App == nil {
		return "", ""
	}
	for _, d := range c.App.Static {
		prefix := strings.TrimSuffix(d.URL, "/")
		if rest, ok := strings.CutPrefix(url, prefix+"/"); ok {
			if at := c.abs(d.Dir); at != "" {
				return d.Dir, path.Join(at, rest)
			}
			return d.Dir, ""
		}
	}
	return "", ""
}

// underStaticRoute says whether Gin's list of routes has one for files there.
func (c *Case) underStaticRoute(url string) bool {
	for _, line := range c.Lines(SourceApp) {
		if groups := staticRoute.FindStringSubmatch(line.Plain); groups != nil && strings.HasPrefix(url, groups[1]+"/") {
			return true
		}
	}
	return false
}

// otherCase gives the name under which the file exists, if it differs in upper
// and lower case alone.
func (c *Case) otherCase(x fetched, abs string, requests []fetched) string {
	for _, other := range requests {
		if other.status < 300 && other.path != x.path && strings.EqualFold(other.path, x.path) {
			return other.path
		}
	}
	differs := func(have string) bool {
		if abs != "" {
			return have != abs && strings.EqualFold(have, abs)
		}
		return path.Base(have) != path.Base(x.path) && strings.EqualFold(path.Base(have), path.Base(x.path))
	}
	for _, p := range c.Paths {
		if p.Type != "" && differs(p.Abs) {
			return p.Abs
		}
	}
	for _, f := range c.imagePaths() {
		if differs(f.Path) {
			return f.Path
		}
	}
	return ""
}

// assetWithoutPrefix is a page below a path whose files are asked for at the root.
func assetWithoutPrefix(c *Case) *Match {
	requests := c.requests()
	if len(c.Exchanges) == 0 {
		requests = nil
		for _, hit := range append(c.Hits(SourceNginx), c.Hits(SourceAny)...) {
			requests = append(requests, fetched{line: hit.Line.Line, path: pathOnly(hit.Path), status: hit.Status})
		}
	}
	page := func(prefix string) bool {
		return slices.ContainsFunc(requests, func(x fetched) bool { return strings.TrimSuffix(x.path, "/") == prefix && x.status < 300 })
	}
	for _, x := range requests {
		if x.status != 404 || !asset.MatchString(x.path) || unasked.MatchString(x.path) {
			continue
		}
		for _, other := range requests {
			prefix, ok := strings.CutSuffix(other.path, x.path)
			if ok && prefix != "" && other.status < 300 && !strings.HasPrefix(x.path, prefix+"/") && page(prefix) {
				return &Match{Lines: []evidence.Line{x.line, other.line}, Params: map[string]string{"url": x.path, "prefix": prefix}}
			}
		}
		if prefix := c.Spec.Proxy.Path; prefix != "" && !below(x.path, prefix) && c.linked(x.path) {
			return &Match{Lines: []evidence.Line{x.line}, Params: map[string]string{"url": x.path, "prefix": prefix}}
		}
	}
	return nil
}
