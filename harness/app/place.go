package app

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// place decides which of the referenced paths exist, relative to which
// directory, and what must go beside the binary. It gives that directory
// relative to the module.
func (a *App) place(s *source, refs *references) (root string) {
	root = "."
	if s.main != "." && countExisting(s, refs, ".") == 0 && countExisting(s, refs, s.main) > 0 {
		root = s.main
		a.Notes = append(a.Notes, Note{"relative paths exist only beside the main package, in " + root, root})
	}
	a.Root = filepath.Join(s.mod.dir, filepath.FromSlash(root))
	var files []string
	for _, ref := range refs.found {
		a.record(ref)
		found := existing(a.Root, ref.path)
		if len(found) == 0 {
			if ref.use != useOther {
				a.Missing = appendNew(a.Missing, ref.path)
				a.Notes = append(a.Notes, Note{ref.note.What + ": not in the tree", ref.note.Where})
			}
			continue
		}
		if ref.use == useConfig {
			for _, f := range found {
				if info, err := os.Stat(filepath.Join(a.Root, f)); err == nil && info.Mode().IsRegular() {
					a.Configs = appendNew(a.Configs, f)
				}
			}
		}
		put := beside(a.Root, ref, found)
		if len(put) == 0 {
			a.Notes = append(a.Notes, Note{ref.note.What + ": the whole directory, not put beside the binary", ref.note.Where})
			continue
		}
		a.Notes = append(a.Notes, ref.note)
		files = append(files, put...)
	}
	if a.Files == nil {
		a.Files = collapse(files)
	}
	return root
}

// record fills the fields that keep paths as they are written.
func (a *App) record(ref reference) {
	switch ref.use {
	case useTemplate:
		a.Templates = appendNew(a.Templates, ref.path)
	case useStatic:
		a.Static = append(a.Static, Static{ref.url, ref.path}) // the same directory may have several URLs
	}
}

func appendNew(list []string, s string) []string {
	if slices.Contains(list, s) {
		return list
	}
	return append(list, s)
}

func countExisting(s *source, refs *references, dir string) int {
	n := 0
	for _, ref := range refs.found {
		if ref.path != "." && len(existing(filepath.Join(s.mod.dir, filepath.FromSlash(dir)), ref.path)) > 0 {
			n++
		}
	}
	return n
}

// existing lists what a path or pattern matches below root, relative to it. A
// pattern with ** stands for the directory before it.
func existing(root, pattern string) []string {
	if i := strings.Index(pattern, "**"); i >= 0 {
		pattern = strings.TrimSuffix(pattern[:i], "/")
	}
	if !strings.ContainsAny(pattern, `*?[`) {
		if exists(filepath.Join(root, filepath.FromSlash(pattern))) {
			return []string{pattern}
		}
		return nil
	}
	matches, _ := filepath.Glob(filepath.Join(globEscape(root), filepath.FromSlash(pattern)))
	var out []string
	for _, match := range matches {
		if rel, err := filepath.Rel(root, match); err == nil {
			out = append(out, filepath.ToSlash(rel))
		}
	}
	return out
}

func globEscape(dir string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(dir)
}

// beside says what to put beside the binary for a path: its directory for
// templates and for configuration in a directory of its own, because the app may
// read what lies next to it; the thing itself otherwise. The root as a whole is
// never put there: it holds the source.
func beside(root string, ref reference, found []string) []string {
	var out []string
	for _, f := range found {
		info, err := os.Stat(filepath.Join(root, filepath.FromSlash(f)))
		if err != nil || f == "." || f == "" {
			continue
		}
		dir := path.Dir(f)
		switch {
		case info.IsDir():
			out = append(out, f)
		case dir == ".":
			out = append(out, f)
		case ref.use == useTemplate, ref.use == useConfig && !holdsSource(root, dir):
			out = append(out, patternBase(ref.path, dir))
		default:
			out = append(out, f)
		}
	}
	return out
}

// patternBase is the fixed directory before a pattern: of templates/*/x.html,
// templates.
func patternBase(pattern, dir string) string {
	i := strings.IndexAny(pattern, `*?[`)
	if i < 0 {
		return dir
	}
	if base := path.Dir(pattern[:i] + "x"); base != "." {
		return base
	}
	return dir
}

func holdsSource(root, dir string) bool {
	found, _ := filepath.Glob(filepath.Join(globEscape(filepath.Join(root, filepath.FromSlash(dir))), "*.go"))
	return len(found) > 0
}

// collapse sorts the paths and drops those inside another.
func collapse(files []string) []string {
	slices.Sort(files)
	files = slices.Compact(files)
	var out []string
	for _, f := range files {
		if !slices.ContainsFunc(files, func(o string) bool { return o != f && strings.HasPrefix(f, o+"/") }) {
			out = append(out, f)
		}
	}
	return out
}

// checkDeclared validates what the matrix file names: every file and mount
// source must exist inside or beside the app.
func (a *App) checkDeclared(problems *Problems) {
	for _, f := range a.Files {
		if filepath.IsAbs(f) || !filepath.IsLocal(filepath.FromSlash(f)) {
			problems.addf("name it relative to the app's dir", "find file %s: it is not inside the app's dir", f)
			continue
		}
		if !exists(filepath.Join(a.Root, filepath.FromSlash(f))) {
			problems.addf("correct or remove it under files:; it is relative to the app's dir", "find file %s: not in %s", f, a.Root)
		}
	}
	for i, m := range a.Mounts {
		if !path.IsAbs(m.Path) {
			problems.addf(fmt.Sprintf("write it from the container's root, such as %s", path.Join(a.WorkDir, m.Path)), "mount %s: the path is not absolute", m.Path)
		}
		if m.From == "" {
			continue
		}
		if !filepath.IsAbs(m.From) {
			a.Mounts[i].From = filepath.Join(a.Dir, filepath.FromSlash(m.From))
		}
		if !exists(a.Mounts[i].From) {
			problems.addf("correct its from:; it is relative to the app's dir", "mount %s: its source %s does not exist", m.Path, a.Mounts[i].From)
		}
	}
	if !path.IsAbs(a.WorkDir) {
		problems.addf("write it from the container's root, such as /app", "workdir %s: not absolute", a.WorkDir)
	}
	if a.Port < 0 || a.Port > 65535 {
		problems.addf("write the port that the app listens on", "port %d: not between 1 and 65535", a.Port)
	}
}
