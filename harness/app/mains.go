package app

import (
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	modpath "golang.org/x/mod/module"
)

// Find lists the main packages of the module in dir, each as "." or "./path",
// sorted. Files that Go would not compile (build constraints such as ignore,
// tests), and vendor, testdata, node_modules, hidden and nested module
// directories do not count. A directory without go.mod is an error that says
// where one is.
func Find(dir string) ([]string, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("find main packages: %w", err)
	}
	m, err := openModule(abs)
	if err != nil {
		return nil, err
	}
	found := m.mains()
	for i := range found {
		found[i] = dotted(found[i])
	}
	return found, nil
}

// dotted writes a directory relative to the module the way `go build` takes it.
func dotted(dir string) string {
	if dir == "." {
		return "."
	}
	return "./" + dir
}

// serverCommands are the usual names of the one command of several that serves.
var serverCommands = []string{"server", "app", "web", "api", "http", "serve", "apiserver", "backend", "main"}

// sideDirs hold programs that support the app and are not it.
var sideDirs = []string{"example", "examples", "tool", "tools", "script", "scripts", "hack", "test", "tests", "bench", "benchmark", "benchmarks", "docs", "e2e", "gen", "generate", "migrate", "migrations"}

// chooseMain gives the directory of the main package to test and why it.
func (m *module) chooseMain(declared string) (dir, why string, err error) {
	found := m.mains()
	if declared != "" {
		dir = m.normalMain(declared)
		if slices.Contains(found, dir) {
			return dir, "", nil
		}
		return "", "", Problems{{
			Message: fmt.Sprintf("find main %s: no main package of module %s is there", declared, m.path),
			Hint:    m.mainHint(found),
		}}
	}
	if len(found) == 0 {
		return "", "", Problems{{
			Message: fmt.Sprintf("find main: module %s in %s has no main package", m.path, m.dir),
			Hint:    "write `dir:` under app: for the module that holds the program",
		}}
	}
	if len(found) == 1 {
		return found[0], "the only main package", nil
	}
	if slices.Contains(found, ".") {
		return ".", fmt.Sprintf("of %d main packages, the one in the root", len(found)), nil
	}
	if named := "cmd/" + m.base(); slices.Contains(found, named) {
		return named, fmt.Sprintf("of %d main packages, the one named like the module", len(found)), nil
	}
	for _, name := range serverCommands {
		if slices.Contains(found, "cmd/"+name) {
			return "cmd/" + name, fmt.Sprintf("of %d main packages, the one named like a server", len(found)), nil
		}
	}
	if rest := slices.DeleteFunc(slices.Clone(found), inSideDir); len(rest) == 1 {
		return rest[0], fmt.Sprintf("of %d main packages, the only one outside examples and tools", len(found)), nil
	}
	return "", "", Problems{{
		Message: fmt.Sprintf("choose main: module %s has %d main packages", m.path, len(found)),
		Hint:    m.mainHint(found),
	}}
}

func inSideDir(dir string) bool {
	for _, part := range strings.Split(dir, "/") {
		if slices.Contains(sideDirs, strings.ToLower(part)) {
			return true
		}
	}
	return false
}

// normalMain accepts ./cmd/x, cmd/x and the whole import path.
func (m *module) normalMain(declared string) string {
	name := filepath.ToSlash(declared)
	if name == m.path {
		return "."
	}
	return path.Clean(strings.TrimPrefix(name, m.path+"/"))
}

// mainHint names the main packages, each as the line that chooses it.
func (m *module) mainHint(found []string) string {
	if len(found) == 0 {
		return "the module has none at all; write `dir:` under app: for the module that holds the program"
	}
	const most = 20
	lines := []string{"write one of these lines under app: in matrix.yaml"}
	for i, dir := range found {
		if i == most {
			lines = append(lines, fmt.Sprintf("  (and %d more)", len(found)-most))
			break
		}
		lines = append(lines, "  main: "+dotted(dir))
	}
	return strings.Join(lines, "\n")
}

// base is the last element of the module path, its major version left out.
func (m *module) base() string {
	prefix, _, ok := modpath.SplitPathVersion(m.path)
	if !ok {
		prefix = m.path
	}
	return path.Base(prefix)
}

// noModule is the error for a directory without go.mod. It looks above, for the
// module that dir belongs to, and a few levels below.
func noModule(dir string) error {
	info, err := os.Stat(dir)
	if err != nil {
		return Problems{{Message: "open app dir: " + err.Error(), Hint: "correct `dir:` under app:; it is relative to the matrix file"}}
	}
	if !info.IsDir() {
		return Problems{{Message: "open app dir: " + dir + " is not a directory", Hint: "correct `dir:` under app:; it names the directory that holds go.mod"}}
	}
	problem := Problem{Message: "find module: " + dir + " holds no go.mod"}
	for up := filepath.Dir(dir); ; up = filepath.Dir(up) {
		if exists(filepath.Join(up, "go.mod")) {
			rel, _ := filepath.Rel(up, dir)
			problem.Hint = fmt.Sprintf("it lies inside the module in %s: name that as the dir, with `main: ./%s` if the program is here", up, filepath.ToSlash(rel))
			return Problems{problem}
		}
		if up == filepath.Dir(up) {
			break
		}
	}
	below := modulesBelow(dir)
	if len(below) == 0 {
		problem.Hint = "no directory above or below it has one either; run `go mod init` where the program is"
		return Problems{problem}
	}
	problem.Hint = "these directories below it do:\n  dir: " + strings.Join(below, "\n  dir: ")
	return Problems{problem}
}

// Enclosing gives, for a directory that holds a main package and no go.mod, the
// module that it lies in, relative to it, and the main package as [matrix.App] has
// it. It is not ok for any other directory.
func Enclosing(dir string) (module, main string, ok bool) {
	abs, err := filepath.Abs(dir)
	if err != nil || exists(filepath.Join(abs, "go.mod")) {
		return "", "", false
	}
	for up := filepath.Dir(abs); ; up = filepath.Dir(up) {
		if !exists(filepath.Join(up, "go.mod")) {
			if up == filepath.Dir(up) {
				return "", "", false
			}
			continue
		}
		below, err := filepath.Rel(up, abs)
		if err != nil {
			return "", "", false
		}
		m, err := openModule(up)
		below = filepath.ToSlash(below)
		if err != nil || m.packageName(below) != "main" {
			return "", "", false
		}
		above := strings.Repeat("../", strings.Count(below, "/")+1)
		return strings.TrimSuffix(above, "/"), dotted(below), true
	}
}

// modulesBelow lists the nearest modules below dir, at most four levels down.
func modulesBelow(dir string) []string {
	const depth, most = 4, 20
	var found []string
	_ = filepath.WalkDir(dir, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.IsDir() {
			return nil
		}
		rel, _ := filepath.Rel(dir, name)
		rel = filepath.ToSlash(rel)
		if rel == "." {
			return nil
		}
		if skippedDir(entry.Name()) || strings.Count(rel, "/") >= depth || len(found) == most {
			return fs.SkipDir
		}
		if exists(filepath.Join(name, "go.mod")) {
			found = append(found, rel)
			return fs.SkipDir
		}
		return nil
	})
	return found
}
