package sandbox

import (
	"context"
	"path"
	"slices"
	"strings"
)

// Hint is a path that matters to the app, and why, as paths.jsonl has it. With
// Any, the first of these places that exists is meant.
type Hint struct {
	Path string   `json:"path"`
	Why  string   `json:"why"`
	Any  []string `json:"any,omitempty"`
}

// Bounds of what one helper is asked: its request is one argument, which the
// kernel limits to 128 KiB.
const (
	mostHints   = 240
	mostNamed   = 100 // of them, by the log
	longestPath = 300
)

// usualPlaces are needed by many programs that do not name them.
var usualPlaces = []string{
	"/", "/tmp", "/etc/passwd", "/etc/resolv.conf", "/etc/ssl/certs/ca-certificates.crt", "/usr/share/zoneinfo", "/etc/localtime",
	"/dev/shm", "/bin/sh", "/etc/mime.types",
}

// hints lists the paths that matter, those of the log first.
func (c *collector) hints(ctx context.Context) []Hint {
	var list []Hint
	add := func(why string, paths ...string) {
		for _, p := range paths {
			if p != "" && len(p) <= longestPath && len(list) < mostHints && !slices.ContainsFunc(list, func(h Hint) bool { return h.Path == p && h.Why == why }) {
				list = append(list, Hint{Path: p, Why: why})
			}
		}
	}
	spec := c.s.Spec
	add("workdir", ".")
	add("binary", c.binary(ctx))
	add("engine", pathsIn([]string{c.state.Error, errorText(c.s.refused)}, mostNamed)...)
	var lines []string
	for _, line := range c.log {
		lines = append(lines, line.Text)
	}
	slices.Reverse(lines) // what ended it stands at the end
	add("log", pathsIn(lines, mostNamed)...)
	for _, m := range spec.Mounts {
		add("mount", m.Path)
	}
	for _, t := range spec.Tmpfs {
		add("tmpfs", t.Path)
	}
	add("unreadable", spec.Unreadable...)
	for _, f := range spec.Files {
		add("changed", f.Path)
	}
	for _, pair := range c.s.environment() {
		_, value, _ := strings.Cut(pair, "=")
		if looksLikePath(value) {
			add("env", value)
		}
	}
	for _, arg := range spec.Args {
		if _, value, joined := strings.Cut(arg, "="); joined {
			arg = value
		}
		if looksLikePath(arg) {
			add("args", arg)
		}
	}
	for _, h := range c.look.Hints {
		if len(list) < mostHints && len(h.Path) <= longestPath {
			list = append(list, h)
		}
	}
	add("usual", usualPlaces...)
	return list
}

// binary is what the image starts: the program that the harness's own helper
// becomes, where it is started by it.
func (c *collector) binary(ctx context.Context) string {
	record, err := c.s.pool.imageRecord(ctx, c.s)
	if err != nil || len(record.Entrypoint) == 0 {
		return ""
	}
	if record.Entrypoint[0] == StarterPath {
		return record.Entrypoint[len(record.Entrypoint)-1]
	}
	return record.Entrypoint[0]
}

// looksLikePath says that a setting names a place in the file system.
func looksLikePath(value string) bool {
	switch {
	case strings.ContainsAny(value, " \n\t") || strings.Contains(value, "://") || len(value) < 2:
		return false
	case strings.HasPrefix(value, "/"), strings.HasPrefix(value, "./"), strings.HasPrefix(value, "../"):
		return true
	}
	return fileEndings[strings.ToLower(path.Ext(value))]
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
