package diagnose

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/seatrial/seatrial/harness/evidence"
)

var _ = declare(map[string]Logic{
	"templates-missing":             templates(templatesMissing),
	"templates-relative-to-workdir": templates(templatesElsewhere),
	"templates-unreadable":          templates(templatesDenied),
	"templates-double-star":         templatesDoubleStar,
	"templates-not-loaded":          templatesNotLoaded,
})

const (
	templatesMissing   = "missing"
	templatesElsewhere = "elsewhere"
	templatesDenied    = "denied"
)

// noMatch is html/template's and text/template's word for a pattern without
// files; that of embedded files lacks the first word.
var noMatch = regexp.MustCompile("(?:html|text)/template: pattern matches no files: [`\"']*(?P<pattern>[^`\"']+)")

// templates is the logic of the rules about templates that cannot be opened; each
// such failure has one cause.
func templates(rule string) Logic {
	return func(c *Case) *Match {
		for _, line := range c.Lines(SourceApp) {
			groups := noMatch.FindStringSubmatch(line.Plain)
			if groups == nil || !c.Matters(line) {
				continue
			}
			cause, m := c.templateCause(groups[1], line.Line)
			if cause == rule {
				return m
			}
		}
		for _, e := range c.fileErrors() {
			if e.Purpose != forTemplate || c.fromBuild(e.Path) {
				continue
			}
			cause, m := c.templateCause(e.Path, e.Line)
			switch {
			case e.Text == "permission denied":
				cause = templatesDenied
			case e.Text != "no such file or directory":
				continue
			}
			if cause == rule {
				return m
			}
		}
		return nil
	}
}

// templateCause says why nothing is found under a name or pattern.
func (c *Case) templateCause(name string, line evidence.Line) (string, *Match) {
	fixed, _, _ := strings.Cut(name, "*")
	fixed = strings.TrimSuffix(fixed, "/")
	m := &Match{Lines: []evidence.Line{line}, Params: map[string]string{"path": name, "dir": path.Dir(fixed + "/x")}}
	abs := c.abs(fixed)
	if p, ok := c.Path(fixed); ok && p.Type == "dir" && !p.Readable {
		m.Lines = append(m.Lines, c.Evidence(evidence.PathsFile, `"`+p.Path+`"`))
		return templatesDenied, m
	}
	missing := func() (string, *Match) {
		if abs != "" && abs != fixed {
			m.Params["path"] = name + " (" + abs + ")"
		}
		return templatesMissing, m
	}
	if path.IsAbs(name) {
		return missing()
	}
	if other := c.elsewhere(fixed); other != "" && fixed != "" {
		m.Params["elsewhere"] = other
		m.Params["workdir"] = path.Dir(abs + "/x")
		m.Params["root"] = strings.TrimSuffix(other, "/"+strings.TrimPrefix(path.Clean(fixed), "./"))
		m.Confidence = Certain
	} else if root := c.usualWorkDir(); root != "" {
		m.Params["elsewhere"] = path.Join(root, fixed)
		m.Params["root"] = root
	} else {
		return missing()
	}
	m.Params["workdir"] = c.WorkDir()
	m.Remedy = []string{"workdir=" + m.Params["root"]}
	return templatesElsewhere, m
}

// usualWorkDir is the image's working directory, if the app was started in
// another and nothing says that its files are not there.
func (c *Case) usualWorkDir() string {
	if c.Image == nil || c.Image.WorkDir == "" || c.Image.WorkDir == c.WorkDir() || c.WorkDir() == "" {
		return ""
	}
	if len(c.imagePaths()) > 0 {
		return "" // it is known what the image holds, and this is not among it
	}
	for _, condition := range c.Conditions {
		if condition.Name == "only-binary" || condition.Name == "missing" {
			return ""
		}
	}
	return c.Image.WorkDir
}

var undefinedTemplate = regexp.MustCompile(`template: "(?P<name>[^"]+)" is undefined|no template "(?P<name2>[^"]+)" associated`)

// templatesDoubleStar is a pattern with ** whose author expected it to match
// directories of any depth, and a template that it therefore left out.
func templatesDoubleStar(c *Case) *Match {
	if c.App == nil {
		return nil
	}
	i := slices.IndexFunc(c.App.Templates, func(pattern string) bool { return strings.Contains(pattern, "**") })
	if i < 0 {
		return nil
	}
	for _, line := range c.Lines(SourceApp) {
		if groups := undefinedTemplate.FindStringSubmatch(line.Plain); groups != nil {
			return &Match{
				Lines:  []evidence.Line{c.Evidence(evidence.AppFile, c.App.Templates[i]), line.Line},
				Params: map[string]string{"pattern": c.App.Templates[i], "name": groups[1] + groups[2]},
			}
		}
	}
	return nil
}

var (
	ginHTML     = regexp.MustCompile(`gin\.\(\*Context\)\.HTML|^\s*HTML: instance := c\.engine\.HTMLRender\.Instance|gin@v[\d.]+/context\.go:(?P<line>\d+)`)
	nilPointer  = regexp.MustCompile(`invalid memory address or nil pointer dereference`)
	noRenderer  = regexp.MustCompile(`\brenderer not registered\b`)
	runtimeCode = regexp.MustCompile(`/(?:src/)?runtime/|^\s*\S+: (?:panicmem\(\)|panicmem|if sigpanic|sigpanic)|^runtime\.|^panic\(`)
)

// templatesNotLoaded is Gin rendering without a renderer: a nil pointer in HTML of
// its context, the first frame above the runtime's. Where the binary has no
// source beside it, the frame is but a line of context.go: that of another
// function there needs a request without its parts, which servers do not make.
func templatesNotLoaded(c *Case) *Match {
	lines := c.Lines(SourceApp)
	for i, line := range lines {
		if noRenderer.MatchString(line.Plain) {
			return &Match{Lines: []evidence.Line{line.Line}}
		}
		if !nilPointer.MatchString(line.Plain) {
			continue
		}
		for _, frame := range lines[i+1 : min(i+14, len(lines))] {
			text := strings.TrimSpace(frame.Plain)
			if text == "" || runtimeCode.MatchString(text) || strings.HasPrefix(text, "goroutine ") || strings.HasPrefix(text, "[signal") || strings.HasPrefix(text, "/usr/local/go/") {
				continue
			}
			if ginHTML.MatchString(text) {
				return &Match{Lines: []evidence.Line{line.Line, frame.Line}}
			}
			if strings.Contains(text, ".go:") {
				break // the app's own code
			}
		}
	}
	return nil
}
