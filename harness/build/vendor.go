package build

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"
)

// source is a directory ready for go build.
type source struct {
	dir      string
	mod      string   // value of -mod
	shownDir string   // where a person begins who does it by hand
	prepare  []string // and what they do there first
}

// sourceKey names what sources are shared by: all targets use the same copy.
type sourceKey struct {
	dir, goRelease, mod string
}

// source gives the app's own directory if building there writes nothing to it,
// and a copy otherwise: to vendor into, and for releases before 1.16, which
// write go.sum while they build.
func (b *Builder) source(ctx context.Context, h host, k Key) (source, error) {
	own := source{dir: k.Dir, mod: map[string]string{"mod": "readonly", "vendor": "vendor"}[k.Mod]}
	if _, err := os.Stat(filepath.Join(k.Dir, "go.mod")); err != nil {
		return own, nil // not a module's root: the go command says best what it misses
	}
	_, err := os.Stat(filepath.Join(k.Dir, "vendor", "modules.txt"))
	vendored := err == nil
	if !k.before("1.16") && (k.Mod == "mod" || vendored) {
		return own, nil
	}
	s, _, err := b.sources.do(ctx, sourceKey{k.Dir, k.Go, k.Mod}, func(ctx context.Context) (source, error) {
		return b.copySource(ctx, h, k, own, vendored)
	})
	return s, err
}

func (b *Builder) copySource(ctx context.Context, h host, k Key, own source, vendored bool) (source, error) {
	dir, err := b.workDir("source-")
	if err != nil {
		return source{}, err
	}
	c := copier{from: k.Dir, to: dir, vendor: k.Mod == "vendor" && vendored, skipped: b.note}
	if err := c.tree(ctx); err != nil {
		return source{}, fmt.Errorf("copy source: %w", err)
	}
	edits, err := pinReplacements(k.Dir, filepath.Join(dir, "go.mod"))
	if err != nil {
		return source{}, err
	}
	s := source{dir: dir, mod: own.mod, shownDir: k.Dir, prepare: []string{"work=$(mktemp -d)", `cp -R . "$work"`, `cd "$work"`}}
	s.prepare = append(s.prepare, edits...)
	if k.Mod == "mod" || vendored {
		return s, nil
	}
	b.opts.Progress(fmt.Sprintf("vendoring %s with Go %s", k.Dir, k.Go))
	vendor := goCommand{dir: dir, args: []string{"mod", "vendor"}, env: []string{"GOTOOLCHAIN=go" + k.Go}, prepare: s.prepare, shownDir: k.Dir}
	res, err := b.run(ctx, h, k.Go, vendor)
	if err != nil {
		return source{}, err
	}
	if res.exit != 0 {
		return source{}, verdict(res, "vendor")
	}
	s.prepare = append(s.prepare, h.line(vendor.env, vendor.args))
	return s, nil
}

// pinReplacements makes the relative replacements of a copied go.mod that point
// out of the module absolute, and gives the commands that do the same by hand.
// A go.mod that cannot be read is left to the go command, which says why.
func pinReplacements(from, goMod string) (commands []string, err error) {
	data, err := os.ReadFile(goMod)
	if err != nil {
		return nil, fmt.Errorf("read copied go.mod: %w", err)
	}
	f, err := modfile.Parse(goMod, data, nil)
	if err != nil {
		return nil, nil
	}
	for _, r := range slices.Clone(f.Replace) {
		target := filepath.FromSlash(r.New.Path)
		if r.New.Version != "" || filepath.IsAbs(target) || filepath.IsLocal(filepath.Clean(target)) {
			continue
		}
		target = filepath.Join(from, target)
		if err := f.AddReplace(r.Old.Path, r.Old.Version, target, ""); err != nil {
			return nil, fmt.Errorf("pin replacement of %s: %w", r.Old.Path, err)
		}
		old := r.Old.Path
		if r.Old.Version != "" {
			old += "@" + r.Old.Version
		}
		commands = append(commands, "go mod edit "+quote("-replace="+old+"="+target))
	}
	if len(commands) == 0 {
		return nil, nil
	}
	data, err = f.Format()
	if err != nil {
		return nil, fmt.Errorf("write copied go.mod: %w", err)
	}
	return commands, os.WriteFile(goMod, data, 0o644)
}

// copier copies an app's module to a place of our own.
type copier struct {
	from, to string
	vendor   bool // take the root's vendor directory along
	skipped  func(format string, args ...any)
}

// tree copies everything but version control, the vendor directory that will be
// made anew, and node_modules where nothing embeds them: they are often larger
// than all the rest.
func (c copier) tree(ctx context.Context) error {
	embeds := embedPatterns(c.from)
	return filepath.WalkDir(c.from, func(name string, d fs.DirEntry, err error) error {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		rel, relErr := filepath.Rel(c.from, name)
		if relErr != nil {
			return relErr
		}
		if errors.Is(err, fs.ErrPermission) && rel != "." {
			// A database's data, as a rule; if Go needs it, Go will say so.
			c.skipped("%s was not copied: permission denied", name)
			return fs.SkipDir
		}
		if err != nil {
			return err
		}
		to := filepath.Join(c.to, rel)
		switch {
		case d.IsDir() && c.leaveOut(rel, embeds):
			return fs.SkipDir
		case d.IsDir():
			return os.MkdirAll(to, 0o755)
		case d.Type() == fs.ModeSymlink:
			return c.link(name, to)
		case !d.Type().IsRegular():
			return nil // a socket or a device is no source
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		err = copyFile(name, to, info.Mode().Perm()|0o600)
		if errors.Is(err, fs.ErrPermission) {
			c.skipped("%s was not copied: permission denied", name)
			return nil
		}
		return err
	})
}

func (c copier) leaveOut(rel string, embeds []string) bool {
	switch filepath.Base(rel) {
	case ".git", ".hg", ".svn", ".bzr":
		return true
	case "vendor":
		return rel == "vendor" && !c.vendor
	case "node_modules":
		return !slices.ContainsFunc(embeds, func(p string) bool { return reaches(p, filepath.ToSlash(rel)) })
	}
	return false
}

// link copies a symbolic link; one that leads out of the tree by a relative way
// would lead elsewhere from the copy and becomes absolute.
func (c copier) link(from, to string) error {
	target, err := os.Readlink(from)
	if err != nil {
		return err
	}
	if !filepath.IsAbs(target) {
		abs := filepath.Join(filepath.Dir(from), target)
		if rel, err := filepath.Rel(c.from, abs); err != nil || !filepath.IsLocal(rel) {
			target = abs
		}
	}
	return os.Symlink(target, to)
}

// embedPatterns collects the patterns of //go:embed below root, each with the
// directory it stands in, relative to root. What cannot be read embeds nothing.
func embedPatterns(root string) []string {
	var all []string
	_ = filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return nil
		}
		if d.IsDir() && (d.Name() == ".git" || d.Name() == "node_modules") {
			return fs.SkipDir
		}
		if !d.Type().IsRegular() || filepath.Ext(name) != ".go" {
			return nil
		}
		data, err := os.ReadFile(name)
		if err != nil {
			return nil
		}
		rel, err := filepath.Rel(root, filepath.Dir(name))
		if err != nil {
			return nil
		}
		for line := range strings.Lines(string(data)) {
			patterns, ok := strings.CutPrefix(strings.TrimSpace(line), "//go:embed ")
			if !ok {
				continue
			}
			for _, p := range strings.Fields(patterns) {
				p = strings.TrimPrefix(strings.Trim(p, "\"`"), "all:")
				all = append(all, path.Join(filepath.ToSlash(rel), p))
			}
		}
		return nil
	})
	return all
}

// reaches says whether an embed pattern matches dir, something in it, or a
// directory that holds it.
func reaches(pattern, dir string) bool {
	p, d := strings.Split(path.Clean(pattern), "/"), strings.Split(dir, "/")
	if p[0] == "." {
		p = p[1:]
	}
	for i := range min(len(p), len(d)) {
		if ok, err := path.Match(p[i], d[i]); err != nil || !ok {
			return false
		}
	}
	return true
}

func copyFile(from, to string, mode fs.FileMode) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, mode)
	if err != nil {
		return err
	}
	if _, err := io.Copy(out, in); err != nil {
		out.Close()
		return err
	}
	return out.Close()
}
