package diagnose

import (
	"fmt"
	"net/http"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/seatrial/seatrial/harness/evidence"
)

var _ = declare(map[string]Logic{
	"embed-prefix-in-url":    embedPrefixInURL,
	"embed-skips-hidden":     embedSkipsHidden,
	"embed-template-pattern": embedTemplatePattern,
	"embed-template-name":    embedTemplateName,
})

// embeddedDir says whether go:embed names a directory so, as far as is known:
// where the source was not read, by what front ends call their output.
func (c *Case) embeddedDir(name string) bool {
	if c.App == nil {
		return slices.Contains([]string{"dist", "build", "static", "public", "web", "ui", "frontend", "www", "out"}, name)
	}
	return slices.ContainsFunc(c.App.Embeds, func(pattern string) bool {
		pattern = strings.TrimPrefix(pattern, "all:")
		return slices.Contains(strings.Split(path.Clean(pattern), "/"), name)
	})
}

// embedPrefixInURL is a file that is not found, and is one directory deeper.
func embedPrefixInURL(c *Case) *Match {
	for i, x := range c.Exchanges {
		wanted := strings.Split(pathOnly(x.Path), "/")
		if x.Status != http.StatusNotFound || path.Ext(pathOnly(x.Path)) == "" {
			continue
		}
		for j, y := range c.Exchanges {
			served := strings.Split(pathOnly(y.Path), "/")
			if y.Status != http.StatusOK || len(served) != len(wanted)+1 {
				continue
			}
			for k, name := range served {
				if !slices.Equal(slices.Delete(slices.Clone(served), k, k+1), wanted) || !c.embeddedDir(name) {
					continue
				}
				return &Match{
					Lines:  []evidence.Line{c.exchangeLine(i), c.exchangeLine(j)},
					Params: map[string]string{"path": x.Path, "served": y.Path, "dir": name},
				}
			}
		}
	}
	return nil
}

// embedSkipsHidden is a file that is not found and has a name which embedding a
// directory leaves out.
func embedSkipsHidden(c *Case) *Match {
	if c.App == nil || len(c.App.Embeds) == 0 || slices.ContainsFunc(c.App.Embeds, func(p string) bool { return strings.HasPrefix(p, "all:") }) {
		return nil
	}
	for i, x := range c.Exchanges {
		name := pathOnly(x.Path)
		hidden := slices.ContainsFunc(strings.Split(name, "/"), func(element string) bool {
			return strings.HasPrefix(element, "_") || strings.HasPrefix(element, ".")
		})
		if x.Status != http.StatusNotFound || !hidden || path.Ext(name) == "" || path.Base(name) == path.Ext(name) {
			continue // what scanners ask for, /.env, was never there
		}
		return &Match{Lines: []evidence.Line{c.exchangeLine(i)}, Params: map[string]string{"name": name}}
	}
	return nil
}

var parseFS = regexp.MustCompile("(^|[^/\\w])template: pattern matches no files: [\"`#]*(?P<pattern>[^\"`\\s]+)")

// embedTemplatePattern is ParseFS without a match. ParseGlob of text/template
// says the same of the disk, so an app that embeds nothing is none.
func embedTemplatePattern(c *Case) *Match {
	if c.App != nil && len(c.App.Embeds) == 0 {
		return nil
	}
	for _, line := range c.Lines(SourceApp) {
		if m := parseFS.FindStringSubmatch(line.Plain); m != nil && c.Matters(line) {
			return &Match{Lines: []evidence.Line{line.Line}, Params: map[string]string{"pattern": m[2]}}
		}
	}
	return nil
}

var undefinedPath = regexp.MustCompile(`template: (?:"(?P<name>[^"\s]+/[^"\s/]+)" is undefined|no template "(?P<name>[^"\s]+/[^"\s/]+)" associated with)`)

// embedTemplateName is an embedded template that is asked for with a directory
// in its name, as it is called among the embedded files.
func embedTemplateName(c *Case) *Match {
	if c.App == nil || len(c.App.Embeds) == 0 {
		return nil
	}
	for _, line := range append(c.Lines(SourceApp), c.badAnswers()...) {
		m := undefinedPath.FindStringSubmatch(line.Plain)
		if m == nil {
			continue
		}
		name := m[1] + m[2]
		return &Match{Lines: []evidence.Line{line.Line}, Params: map[string]string{"name": name, "base": fmt.Sprintf("%q", path.Base(name))}}
	}
	return nil
}
