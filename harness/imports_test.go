package harness_test

import (
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/mod/modfile"
)

const module = "github.com/seatrial/seatrial"

// rooms lists every package of this module from the bottom of the house to its
// top, with the packages of ours that it may import. A room may only name rooms
// above its own line, so that there can be no cycle.
func rooms() []room {
	return []room{
		{dir: "features"},
		{dir: "fixtures"},
		{dir: "harness/lang"},
		{dir: "harness/matrix"},
		{dir: "harness/evidence"},
		{dir: "harness/build"},
		{dir: "harness/image/debian"},
		{dir: "harness/sandbox/helper"},
		{dir: "harness/deployment", uses: []string{"harness/lang"}},
		{dir: "harness/engine", uses: []string{"harness/lang"}},
		{dir: "harness/app", uses: []string{"harness/matrix"}},
		{dir: "harness/report", uses: []string{"harness/evidence", "harness/lang"}},
		{dir: "harness/diagnose", uses: []string{"harness/deployment", "harness/evidence", "harness/lang"}},
		{dir: "harness/diagnose/corpus", uses: []string{"harness/diagnose", "harness/evidence"}},
		{dir: "harness/experiment", uses: []string{"harness/deployment", "harness/lang"}},
		{dir: "harness/image", uses: []string{"harness/engine", "harness/lang", "harness/image/debian"}},
		{
			dir:   "harness/sandbox",
			uses:  []string{"harness/deployment", "harness/engine", "harness/evidence", "harness/image", "harness/lang"},
			tests: []string{"fixtures"},
		},
		{dir: "harness", uses: []string{
			"fixtures", "harness/app", "harness/build", "harness/deployment", "harness/diagnose", "harness/engine", "harness/evidence",
			"harness/experiment", "harness/image", "harness/lang", "harness/matrix", "harness/report", "harness/sandbox",
		}},
		{dir: "scenarios/gherkin", uses: []string{"harness/lang", "harness/report"}},
		{
			dir: "scenarios",
			uses: []string{
				"features", "harness", "harness/app", "harness/build", "harness/deployment", "harness/diagnose", "harness/evidence",
				"harness/experiment", "harness/image",
				"harness/lang", "harness/matrix", "harness/report", "harness/sandbox", "scenarios/gherkin",
			},
			tests: []string{"harness/engine"},
		},
		{dir: "cmd/seatrial", uses: []string{
			"harness", "harness/app", "harness/build", "harness/deployment", "harness/diagnose", "harness/engine", "harness/evidence",
			"harness/experiment", "harness/image", "harness/lang", "harness/matrix", "harness/report", "scenarios", "scenarios/gherkin",
		}},
		{dir: "bench", uses: []string{"fixtures", "harness", "harness/image", "harness/matrix", "harness/sandbox"}},
	}
}

type room struct {
	dir   string
	uses  []string
	tests []string // what its tests may import besides
}

// homes lists the packages of others that may be imported in few places only.
func homes() []home {
	const api = "what talks to the engine lives in few rooms, so that the others need none to be tested"
	const pack = "Debian's formats are the business of what puts images together"
	return []home{
		{"github.com/testcontainers/testcontainers-go", []string{"harness/sandbox", "bench"}, "its API changes often; only the sandbox is to be touched then"},
		{"github.com/cucumber", []string{"scenarios/gherkin"}, "godog parses and runs, and its verdicts are not ours; nothing else may see it"},
		{"github.com/moby/moby", []string{"harness/engine", "harness/image", "harness/sandbox", "bench"}, api},
		{"github.com/docker/docker", []string{"harness/engine", "harness/image", "harness/sandbox", "bench"}, api},
		{"github.com/docker/go-connections", []string{"harness/engine", "harness/sandbox"}, api},
		{"github.com/containerd/errdefs", []string{"harness/engine", "harness/image", "harness/sandbox"}, api},
		{"github.com/google/go-containerregistry", []string{"harness/image"}, "images are put together in one room"},
		{"github.com/opencontainers", []string{"harness/image"}, "images are put together in one room"},
		{"github.com/ProtonMail/go-crypto", []string{"harness/image/debian"}, pack},
		{"github.com/blakesmith/ar", []string{"harness/image/debian"}, pack},
		{"github.com/knqyf263/go-deb-version", []string{"harness/image/debian"}, pack},
		{"github.com/ulikunitz/xz", []string{"harness/image/debian"}, pack},
		{"github.com/klauspost/compress", []string{"harness/image", "harness/image/debian"}, pack},
		{"github.com/redis", []string{"harness/sandbox"}, "steps ask the sandbox for what is in Redis"},
		{"github.com/shirou/gopsutil", []string{"harness/engine", "cmd/seatrial"}, "processes are the reaper's business, disks the doctor's"},
		{"go.yaml.in/yaml", []string{"harness/matrix", "harness/app", "harness/diagnose", "scenarios"}, "YAML becomes a type where it is read"},
		{"github.com/spf13/cobra", []string{"cmd/seatrial"}, "the command line is a thin door, and a library has no flags"},
		{"golang.org/x/net", []string{"scenarios"}, "pages are read by steps alone"},
	}
}

type home struct {
	prefix string
	dirs   []string
	why    string
}

func (h home) covers(imported string) bool {
	return imported == h.prefix || strings.HasPrefix(imported, h.prefix+"/")
}

// testsOnly are packages that code which users import or run must not pull in;
// but scenarios is a package for tests.
var testsOnly = []string{"testing", "github.com/stretchr/testify", "golang.org/x/tools/txtar"}

func TestImportsPointOneWay(t *testing.T) {
	list, err := offences(os.DirFS(".."), rooms())
	require.NoError(t, err)
	assert.Empty(t, list, "a wrong import is moved, not allowed; rooms() and homes() say what may import what")
}

func TestRoomsAreListedFromBottomToTop(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range rooms() {
		for _, used := range slices.Concat(r.uses, r.tests) {
			assert.True(t, seen[used], "%s uses %s, which is not above it in the list", r.dir, used)
		}
		seen[r.dir] = true
	}
}

func TestOffencesAreFound(t *testing.T) {
	code := func(imports ...string) *fstest.MapFile {
		text := "package p\n"
		for _, i := range imports {
			text += "import _ " + strconv.Quote(i) + "\n"
		}
		return &fstest.MapFile{Data: []byte(text)}
	}
	list, err := offences(fstest.MapFS{
		"harness/app/a.go":          code("fmt", module+"/harness/matrix", module+"/harness/sandbox"),
		"harness/app/a_test.go":     code("testing", "github.com/stretchr/testify/assert", module+"/harness/app"),
		"harness/app/b_windows.go":  code("github.com/testcontainers/testcontainers-go/wait"),
		"harness/lang/l.go":         code("testing"),
		"harness/new/n.go":          code("fmt"),
		"scenarios/s.go":            code("testing", "github.com/cucumber/godog"),
		"fixtures/apps/x/go.mod":    {Data: []byte("module x\n")},
		"fixtures/apps/x/x.go":      code("github.com/spf13/cobra"),
		"harness/app/testdata/t.go": code("github.com/spf13/cobra"),
		".seatrial/s.go":            code("github.com/spf13/cobra"),
	}, rooms())
	require.NoError(t, err)
	var places []string
	for _, o := range list {
		place, _, _ := strings.Cut(o, ": ")
		places = append(places, place)
	}
	assert.Equal(t, []string{"harness/app/a.go:4", "harness/app/b_windows.go:2", "harness/lang/l.go:2", "harness/new/n.go:1", "scenarios/s.go:3"}, places, strings.Join(list, "\n"))
}

// offences lists every import that the tables do not allow, each with its place
// and the reason. Files for other systems are read like all others; modules of
// their own, testdata, and folders that are hidden or begin with "_" are not part of the house.
func offences(fsys fs.FS, all []room) ([]string, error) {
	var list []string
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (name != "." && isModule(fsys, name) || d.Name() == "testdata" || strings.HasPrefix(d.Name(), "_") || strings.HasPrefix(d.Name(), ".") && name != "."):
			return fs.SkipDir
		case d.IsDir() || path.Ext(name) != ".go":
			return nil
		}
		found, err := offencesOf(fsys, name, all)
		list = append(list, found...)
		return err
	})
	return list, err
}

func isModule(fsys fs.FS, dir string) bool {
	_, err := fs.Stat(fsys, path.Join(dir, "go.mod"))
	return err == nil
}

func offencesOf(fsys fs.FS, name string, all []room) ([]string, error) {
	source, err := fs.ReadFile(fsys, name)
	if err != nil {
		return nil, err
	}
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, name, source, parser.ImportsOnly)
	if err != nil {
		return nil, err
	}
	dir := path.Dir(name)
	here := slices.IndexFunc(all, func(r room) bool { return r.dir == dir })
	if here < 0 {
		return []string{fmt.Sprintf("%s:1: package %s is not in the list of rooms: say there what it may import", name, dir)}, nil
	}
	var list []string
	for _, spec := range file.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return nil, err
		}
		if why := forbidden(all[here], strings.HasSuffix(name, "_test.go"), imported); why != "" {
			list = append(list, fmt.Sprintf("%s:%d: imports %s: %s", name, files.Position(spec.Pos()).Line, imported, why))
		}
	}
	return list, nil
}

// forbidden says why a room may not import something; empty if it may.
func forbidden(r room, isTest bool, imported string) string {
	if ours, ok := strings.CutPrefix(imported, module+"/"); ok {
		if slices.Contains(r.uses, ours) || isTest && (ours == r.dir || slices.Contains(r.tests, ours)) {
			return ""
		}
		return fmt.Sprintf("%s may import %s", r.dir, orNothing(r.uses))
	}
	for _, h := range homes() {
		if h.covers(imported) && !slices.Contains(h.dirs, r.dir) {
			return fmt.Sprintf("only %s may: %s", strings.Join(h.dirs, ", "), h.why)
		}
	}
	inTests := isTest || r.dir == "scenarios" || r.dir == "scenarios/gherkin" || r.dir == "harness/diagnose/corpus"
	for _, pkg := range testsOnly {
		if !inTests && (imported == pkg || strings.HasPrefix(imported, pkg+"/")) {
			return "only tests and scenarios may: it would be part of every program that imports this package"
		}
	}
	return ""
}

func orNothing(list []string) string {
	if len(list) == 0 {
		return "nothing of ours"
	}
	return "of ours only " + strings.Join(list, ", ")
}

// TestEveryDependencyHasItsReason holds go.mod against docs/decisions: whoever
// adds a module writes down why.
func TestEveryDependencyHasItsReason(t *testing.T) {
	data, err := os.ReadFile("../go.mod")
	require.NoError(t, err)
	file, err := modfile.Parse("go.mod", data, nil)
	require.NoError(t, err)
	pages, err := fs.Glob(os.DirFS(".."), "docs/decisions/*.md")
	require.NoError(t, err)
	var text strings.Builder
	for _, page := range pages {
		content, err := os.ReadFile("../" + page)
		require.NoError(t, err)
		text.Write(content)
	}
	for _, r := range file.Require {
		if !r.Indirect {
			assert.Contains(t, text.String(), "`"+r.Mod.Path+"`", "go.mod requires it, and no page of docs/decisions says why")
		}
	}
}
