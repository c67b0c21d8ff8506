package app

import (
	"bytes"
	"errors"
	"fmt"
	"go/build"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"

	"golang.org/x/mod/modfile"
	"golang.org/x/sync/errgroup"
)

// maxFile is the size above which a file is not read: generated tables and data
// say nothing about how an app is deployed.
const maxFile = 2 << 20

// module is a Go module's tree as the go command sees it.
type module struct {
	dir       string // absolute
	path      string
	goVersion string
	toolchain string
	lines     struct{ module, goVersion, toolchain int } // of go.mod

	goFiles map[string][]string // slash directory relative to dir -> names of its Go files, tests left out
	others  []string            // slash paths of the files that may say how the app is deployed
	trouble []Note              // what could not be read
}

// openModule reads go.mod and walks the tree of dir.
func openModule(dir string) (*module, error) {
	m := &module{dir: dir, goFiles: map[string][]string{}}
	name := filepath.Join(dir, "go.mod")
	data, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) {
		return nil, noModule(dir)
	}
	if err != nil {
		return nil, fmt.Errorf("read go.mod: %w", err)
	}
	parsed, err := modfile.ParseLax("go.mod", data, nil)
	if err != nil {
		return nil, Problems{{Message: "parse " + name + ": " + err.Error(), Hint: "correct go.mod; `go mod edit -json` shows how Go reads it"}}
	}
	if parsed.Module == nil || parsed.Module.Mod.Path == "" {
		return nil, Problems{{Message: "read " + name + ": it has no module line", Hint: "run `go mod init example.com/name` there"}}
	}
	m.path, m.lines.module = parsed.Module.Mod.Path, parsed.Module.Syntax.Start.Line
	if parsed.Go != nil {
		m.goVersion, m.lines.goVersion = parsed.Go.Version, parsed.Go.Syntax.Start.Line
	}
	if parsed.Toolchain != nil {
		m.toolchain, m.lines.toolchain = parsed.Toolchain.Name, parsed.Toolchain.Syntax.Start.Line
	}
	m.walk()
	return m, nil
}

// walk lists the tree without following symbolic links, as the go command does;
// so a link that leads back into the tree cannot make it endless.
func (m *module) walk() {
	_ = filepath.WalkDir(m.dir, func(name string, entry fs.DirEntry, err error) error {
		rel := m.rel(name)
		if err != nil {
			m.trouble = append(m.trouble, Note{What: "left out, unreadable: " + plainCause(err), Where: rel})
			if entry != nil && entry.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		if entry.IsDir() {
			if rel != "." && (skippedDir(entry.Name()) || exists(filepath.Join(name, "go.mod"))) {
				return fs.SkipDir
			}
			return nil
		}
		base := entry.Name()
		switch {
		case strings.HasSuffix(base, "_test.go"):
		case strings.HasSuffix(base, ".go"):
			dir := path.Dir(rel)
			m.goFiles[dir] = append(m.goFiles[dir], base)
		case deploymentFile(rel):
			m.others = append(m.others, rel)
		}
		return nil
	})
}

// skippedDir says which directories are no part of the module's own program.
func skippedDir(base string) bool {
	switch base {
	case "vendor", "testdata", "node_modules":
		return true
	}
	return strings.HasPrefix(base, ".") || strings.HasPrefix(base, "_")
}

// rel is name relative to the module, with slashes.
func (m *module) rel(name string) string {
	rel, err := filepath.Rel(m.dir, name)
	if err != nil {
		return filepath.ToSlash(name)
	}
	return filepath.ToSlash(rel)
}

// read gives a file's content; a file that is no regular one or is too large is
// an error, as is one that cannot be read.
func (m *module) read(rel string) ([]byte, error) {
	name := filepath.Join(m.dir, filepath.FromSlash(rel))
	info, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("not a regular file")
	}
	if info.Size() > maxFile {
		return nil, fmt.Errorf("larger than %d MiB", maxFile>>20)
	}
	return os.ReadFile(name)
}

// built says whether the go command would compile the file for Linux without
// build tags. A file whose header cannot be understood counts as compiled.
func built(name string, src []byte) bool {
	c := build.Default
	c.GOOS, c.GOARCH, c.CgoEnabled, c.BuildTags = "linux", "amd64", true, nil
	c.OpenFile = func(string) (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(src)), nil }
	ok, err := c.MatchFile("", name)
	return ok || err != nil
}

// mains lists the directories that hold a main package, sorted.
func (m *module) mains() []string {
	dirs := make([]string, 0, len(m.goFiles))
	for dir := range m.goFiles {
		dirs = append(dirs, dir)
	}
	slices.Sort(dirs)
	isMain := make([]bool, len(dirs))
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i, dir := range dirs {
		group.Go(func() error {
			isMain[i] = m.packageName(dir) == "main"
			return nil
		})
	}
	_ = group.Wait()
	var found []string
	for i, dir := range dirs {
		if isMain[i] {
			found = append(found, dir)
		}
	}
	return found
}

// packageName is the name of the package in dir, or "" when no file of it would
// be compiled.
func (m *module) packageName(dir string) string {
	for _, base := range m.goFiles[dir] {
		src, err := m.read(path.Join(dir, base))
		if err != nil || !built(base, src) {
			continue
		}
		file, _ := parser.ParseFile(token.NewFileSet(), base, src, parser.PackageClauseOnly)
		if file != nil && file.Name != nil && file.Name.Name != "_" && file.Name.Name != "documentation" {
			return file.Name.Name
		}
	}
	return ""
}

func exists(name string) bool {
	_, err := os.Stat(name)
	return err == nil
}

// plainCause is the cause of a file error without the path, which the place of
// the note already says.
func plainCause(err error) string {
	var pathError *fs.PathError
	if errors.As(err, &pathError) {
		return pathError.Err.Error()
	}
	return err.Error()
}
