package matrix

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

func (r *reader) app(n *yaml.Node, a *App) {
	r.object(n, "app", []field{
		{"dir", r.into(&a.Dir, "app.dir", (*reader).dir)},
		{"name", r.into(&a.Name, "app.name", (*reader).appName)},
		{"main", r.into(&a.Main, "app.main", (*reader).mainPackage)},
		{"port", func(v *yaml.Node) { a.Port = r.number(v, "app.port", 1, 65535) }},
		{"args", func(v *yaml.Node) { a.Args = r.texts(v, "app.args", (*reader).loose) }},
		{"env", func(v *yaml.Node) { a.Env = r.env(v) }},
		{"secrets", func(v *yaml.Node) { a.Secrets = r.unique(v, "app.secrets", (*reader).envName) }},
		{"workdir", r.into(&a.WorkDir, "app.workdir", (*reader).absolute)},
		{"files", func(v *yaml.Node) { a.Files = r.unique(v, "app.files", (*reader).inside) }},
		{"mounts", func(v *yaml.Node) { a.Mounts = r.mounts(v) }},
		{"ready", r.into(&a.Ready, "app.ready", (*reader).urlPath)},
		{"start-within", func(v *yaml.Node) { a.StartWithin = r.duration(v, "app.start-within") }},
		{"stop-within", func(v *yaml.Node) { a.StopWithin = r.duration(v, "app.stop-within") }},
		{"pages", func(v *yaml.Node) { a.Pages = r.unique(v, "app.pages", (*reader).urlPath) }},
		{"redis", func(v *yaml.Node) {
			if yes, ok := r.boolean(v, "app.redis"); ok {
				a.Redis = &yes
			}
		}},
		{"ldflags", r.into(&a.LDFlags, "app.ldflags", (*reader).text)},
	})
}

var appName = regexp.MustCompile(`^[a-z0-9]+([._-][a-z0-9]+)*$`)

func (r *reader) appName(n *yaml.Node, what string) (string, bool) {
	text, ok := r.loose(n, what)
	if ok && (!appName.MatchString(text) || len(text) > 63) {
		r.problemf(n, `lower-case letters and digits, with ".", "_" or "-" between them, at most 63`, "%s %s is not fit for an image name", what, quote(text))
		return "", false
	}
	return text, ok
}

// mainPackage accepts what the go command takes for a package of the module:
// a path that begins with "./", or an import path, whose first element has a
// dot. Anything else the go command looks for in the standard library.
func (r *reader) mainPackage(n *yaml.Node, what string) (string, bool) {
	text, ok := r.filled(n, what)
	if !ok {
		return "", false
	}
	first, _, _ := strings.Cut(text, "/")
	switch {
	case strings.HasPrefix(text, "/") || slices.Contains(strings.Split(text, "/"), ".."):
		r.problemf(n, `write a path below app.dir, such as ./cmd/shop`, "%s %s is outside the app", what, quote(text))
	case strings.HasSuffix(text, ".go"):
		r.problemf(n, "name the directory of the file", "%s %s is a file, not a package", what, quote(text))
	case !strings.Contains(first, "."):
		r.problemf(n, fmt.Sprintf("write %s", quote("./"+text)), "%s %s would be a package of the standard library", what, quote(text))
	default:
		return text, true
	}
	return "", false
}

func (r *reader) env(n *yaml.Node) map[string]string {
	pairs, ok := r.entries(n, "app.env")
	if !ok {
		return nil
	}
	env := make(map[string]string, len(pairs))
	for _, e := range pairs {
		what := "app.env." + e.name
		if !envKey.MatchString(e.name) {
			r.problemf(e.key, "", "%s is not the name of an environment variable", quote(e.name))
			continue
		}
		if value, ok := r.loose(e.value, what); ok && r.placeholders(e.value, what, value) {
			env[e.name] = value
		}
	}
	return env
}

// envKey is what a shell can set.
var envKey = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]{0,254}$`)

func (r *reader) envName(n *yaml.Node, what string) (string, bool) {
	text, ok := r.text(n, what)
	if ok && !envKey.MatchString(text) {
		r.problemf(n, "write the name of the variable, not its value", "%s: %s is not the name of an environment variable", what, quote(text))
		return "", false
	}
	return text, ok
}

var placeholder = regexp.MustCompile(`\$\{([^}]*)\}`)

func (r *reader) placeholders(n *yaml.Node, what, value string) bool {
	for _, m := range placeholder.FindAllStringSubmatch(value, -1) {
		if !slices.Contains(Placeholders, m[1]) {
			r.problemf(n, suggest(m[1], Placeholders), "%s: unknown placeholder ${%s}", what, m[1])
			return false
		}
	}
	return true
}

func (r *reader) mounts(n *yaml.Node) []Mount {
	items, _ := r.list(n, "app.mounts", "[{path: /app/config, from: config}]")
	var mounts []Mount
	for _, item := range items {
		if isNull(item) {
			r.problemf(item, "write {path: /app/config, from: config}", "an entry of app.mounts is empty")
			continue
		}
		before := r.count
		var m Mount
		at := item
		r.object(item, "an entry of app.mounts", []field{
			{"path", func(v *yaml.Node) { at = v; m.Path, _ = r.absolute(v, "path") }},
			{"from", r.into(&m.From, "from", (*reader).inside)},
			{"writable", func(v *yaml.Node) { m.Writable, _ = r.boolean(v, "writable") }},
		})
		switch {
		case r.count > before:
		case m.Path == "":
			r.problemf(item, "write path: where it is in the container", "an entry of app.mounts has no path")
		case m.Path == "/":
			r.problemf(at, "mount something below it", "a mount cannot take the place of the whole root")
		case slices.ContainsFunc(mounts, func(o Mount) bool { return o.Path == m.Path }):
			r.problemf(at, "keep one of the two", "app.mounts has two mounts at %s", m.Path)
		}
		mounts = append(mounts, m)
	}
	return mounts
}
