package matrix

import (
	"encoding/json"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/tools/txtar"
)

var update = flag.Bool("update", false, "rewrite the expected texts in testdata")

// amd64 makes the tests the same on every machine.
var amd64 = Loader{Arch: "amd64"}

func parse(t *testing.T, text string) *File {
	t.Helper()
	f, err := amd64.Parse("matrix.yaml", []byte(text))
	require.NoError(t, err)
	return f
}

func names(cells []Cell) []string {
	var out []string
	for _, c := range cells {
		out = append(out, c.Name)
	}
	return out
}

// Each archive of testdata/bad is a matrix.yaml with mistakes and what is said
// of them; those of testdata/good are printed as JSON instead.
func TestFilesOfTheCorpus(t *testing.T) {
	for _, kind := range []string{"bad", "good"} {
		paths, err := filepath.Glob(filepath.Join("testdata", kind, "*.txtar"))
		require.NoError(t, err)
		require.NotEmpty(t, paths)
		for _, path := range paths {
			t.Run(kind+"/"+strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
				archive, err := txtar.ParseFile(path)
				require.NoError(t, err)
				require.NotEmpty(t, archive.Files)
				f, err := amd64.Parse("matrix.yaml", archive.Files[0].Data)
				name, got := "problems.txt", ""
				if kind == "bad" {
					var problems Problems
					require.ErrorAs(t, err, &problems)
					assert.Nil(t, f)
					got = problems.Error() + "\n"
				} else {
					require.NoError(t, err)
					data, err := json.MarshalIndent(f, "", "  ")
					require.NoError(t, err)
					name, got = "file.json", string(data)+"\n"
				}
				if *update {
					archive.Files = append(archive.Files[:1], txtar.File{Name: name, Data: []byte(got)})
					require.NoError(t, os.WriteFile(path, txtar.Format(archive), 0o644))
				}
				require.Len(t, archive.Files, 2)
				assert.Equal(t, string(archive.Files[1].Data), got)
			})
		}
	}
}

func TestParseExpands(t *testing.T) {
	tests := map[string]struct {
		text     string
		cells    []string
		excluded []string
	}{
		"nothing but an app is the newest Go on this machine": {
			text:  "app: {dir: .}",
			cells: []string{"go=stable/target=linux-amd64"},
		},
		"names follow the order of the file": {
			text:  "matrix: {base: [scratch, musl], go: [stable]}",
			cells: []string{"base=scratch/go=stable", "base=musl/go=stable"},
		},
		"numbers that YAML keeps need no quotes": {
			text:  "matrix: {go: [1.22, 1.22.12, 1.23rc1]}",
			cells: []string{"go=1.22", "go=1.22.12", "go=1.23rc1"},
		},
		"booleans are words for cgo": {
			text:  "matrix: {cgo: [true, off]}",
			cells: []string{"cgo=on", "cgo=off"},
		},
		"tags are sorted, and no tags are called none": {
			text:  `matrix: {tags: ["", "netgo, embed"]}`,
			cells: []string{"tags=none", "tags=embed,netgo"},
		},
		"an axis that only include has names every cell": {
			text:  "matrix: {go: [stable, oldstable], include: [{go: stable, base: musl}, {go: '1.22', base: debian}]}",
			cells: []string{"go=stable/base=musl", "go=oldstable/base=scratch", "go=1.22/base=debian"},
		},
		"include alone": {
			text:  "matrix: {include: [{go: stable}, {go: '1.22', mod: vendor}]}",
			cells: []string{"go=stable/mod=mod", "go=1.22/mod=vendor"},
		},
		"an exclusion that is added again is a cell": {
			text: "matrix:\n  go: [stable, oldstable]\n  mod: [mod, vendor]\n" +
				"  exclude: [{go: oldstable}]\n  include: [{go: oldstable, mod: vendor}]",
			cells:    []string{"go=stable/mod=mod", "go=stable/mod=vendor", "go=oldstable/mod=vendor"},
			excluded: []string{"go=oldstable/mod=mod: excluded at matrix.yaml:4"},
		},
		"exclusions keep their reason": {
			text:     "matrix: {go: [stable, '1.20'], exclude: [{go: '1.20', reason: too old}]}",
			cells:    []string{"go=stable"},
			excluded: []string{"go=1.20: too old"},
		},
		"anchors, aliases and merge keys": {
			text: "matrix:\n  go: &go [stable, oldstable]\n  include:\n" +
				"    - &old {go: '1.20', target: linux/arm64}\n    - {<<: *old, target: linux/386}\nsmoke: [*old]",
			cells: []string{
				"go=stable/target=linux-amd64", "go=oldstable/target=linux-amd64",
				"go=1.20/target=linux-arm64", "go=1.20/target=linux-386",
			},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			f := parse(t, tt.text)
			assert.Equal(t, tt.cells, names(f.Cells))
			var excluded []string
			for _, e := range f.Excluded {
				excluded = append(excluded, e.Name+": "+e.Reason)
			}
			assert.Equal(t, tt.excluded, excluded)
		})
	}
}

func TestIncludeAttachesSkipAndExpectToTheCellsItMatches(t *testing.T) {
	f := parse(t, `matrix:
  go: [stable, "1.22"]
  base: [scratch, musl]
  include:
    - {base: musl, expect: {outcome: failed, reason: known, expires: 2027-03-01}}
    - {go: "1.22", base: musl, expect: {outcome: built, reason: later wins}}
    - {go: "1.22", base: scratch, skip: no need}
`)
	require.Len(t, f.Cells, 4)
	assert.Empty(t, f.Cells[0].Skip)
	assert.Nil(t, f.Cells[0].Expect)
	assert.Equal(t, 2, f.Cells[0].Line)
	assert.Equal(t, &Expectation{Outcome: "failed", Reason: "known", Expires: time.Date(2027, 3, 1, 0, 0, 0, 0, time.UTC)}, f.Cells[1].Expect)
	assert.Equal(t, 5, f.Cells[1].Line)
	assert.Equal(t, "no need", f.Cells[2].Skip)
	assert.Equal(t, &Expectation{Outcome: "built", Reason: "later wins"}, f.Cells[3].Expect)
}

func TestExpectationHoldsThroughItsLastDay(t *testing.T) {
	e := Expectation{Expires: time.Date(2027, 3, 1, 0, 0, 0, 0, time.UTC)}
	assert.False(t, e.Expired(time.Date(2027, 3, 1, 23, 59, 59, 0, time.UTC)))
	assert.True(t, e.Expired(time.Date(2027, 3, 2, 0, 0, 0, 0, time.UTC)))
	assert.False(t, Expectation{}.Expired(time.Date(2999, 1, 1, 0, 0, 0, 0, time.UTC)), "no date, no end")
}

func TestExpiredExpectationLoads(t *testing.T) {
	f := parse(t, "matrix: {include: [{go: stable, expect: {outcome: failed, reason: x, expires: 2001-01-01}}]}")
	assert.True(t, f.Cells[0].Expect.Expired(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)))
}

func TestMatrixOf256CellsLoadsAndOneMoreDoesNot(t *testing.T) {
	targets := strings.Join(Targets()[:32], ", ")
	full := "matrix: {target: [" + targets + "], mod: [mod, vendor], cgo: [on, off], tags: ['', embed]"
	assert.Len(t, parse(t, full+"}").Cells, MaxCells)
	_, err := amd64.Parse("m.yaml", []byte(full+", include: [{target: wasip1/wasm}, {target: windows/386}]}"))
	assert.ErrorContains(t, err, "the matrix has 258 cells; it may have 256, as on GitHub")
}

// Aliases let a small file say much; none of these may take long.
func TestParseBoundsItsWork(t *testing.T) {
	wide := "wide: &a {"
	for i := range 1000 {
		wide += "x" + strconv.Itoa(i) + ": 1, "
	}
	wide += "}\nmatrix: {include: [" + strings.Repeat("*a, ", 1000) + "]}"
	deep := "x0: &x0 {a: b}\n"
	for i := 1; i < 40; i++ {
		n, before := strconv.Itoa(i), strconv.Itoa(i-1)
		deep += "x" + n + ": &x" + n + " {<<: [*x" + before + ", *x" + before + "]}\n"
	}
	tests := map[string]struct{ text, want string }{
		"aliases of a wide mapping": {wide, "the file says more than 20000 things"},
		"merges of merges":          {deep + "app: *x39", "app merges mappings (<<) more than 8 deep"},
		"more mistakes than fit":    {"matrix: {go: [" + strings.Repeat("a, ", 150) + "]}", "and 50 more mistakes from here on"},
		"a huge file":               {"# " + strings.Repeat("x", maxBytes), "the file is larger than 1024 KiB"},
		"deep nesting":              {strings.Repeat("[", 20000), "not valid YAML: exceeded max depth of 10000"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			start := time.Now()
			_, err := amd64.Parse("matrix.yaml", []byte(tt.text))
			require.ErrorContains(t, err, tt.want)
			var problems Problems
			require.ErrorAs(t, err, &problems)
			assert.LessOrEqual(t, len(problems), maxProblems+1)
			assert.Less(t, time.Since(start), 10*time.Second)
		})
	}
}

func TestParseReadsWhatEditorsWrite(t *testing.T) {
	for name, text := range map[string]string{
		"line ends of Windows": "matrix:\r\n  go: [stable]\r\n",
		"byte order mark":      "\ufeffmatrix:\n  go: [stable]\n",
		"document markers":     "---\nmatrix:\n  go: [stable]\n...\n",
	} {
		t.Run(name, func(t *testing.T) {
			assert.Equal(t, []string{"go=stable"}, names(parse(t, text).Cells))
		})
	}
}

func TestParsePointsAtTheByteThatIsNotUTF8(t *testing.T) {
	_, err := amd64.Parse("m.yaml", []byte("# \ufffd\napp:\n  name: é\xff\n"))
	require.Error(t, err)
	assert.Regexp(t, `^m.yaml:3:10: not valid YAML: .*\n    save the file as UTF-8$`, err.Error())
}

func TestLoadSaysWhichFileCannotBeRead(t *testing.T) {
	_, err := Load(filepath.Join(t.TempDir(), "absent.yaml"))
	require.ErrorIs(t, err, os.ErrNotExist)
	assert.ErrorContains(t, err, "absent.yaml")
}

func TestLoadReadsFromDisk(t *testing.T) {
	path := filepath.Join(t.TempDir(), "matrix.yaml")
	require.NoError(t, os.WriteFile(path, []byte("matrix: {go: [stable]}"), 0o644))
	f, err := Load(path)
	require.NoError(t, err)
	assert.Equal(t, path, f.Path)
	assert.Equal(t, "linux/"+runtime.GOARCH, f.Cells[0].Target)
}

func TestDefaultIsStableOnLinux(t *testing.T) {
	f := Default(App{Name: "shop"})
	assert.Equal(t, []string{"go=stable/target=linux-" + runtime.GOARCH}, names(f.Cells))
	assert.Equal(t, f.Cells, f.SmokeCells())
	assert.Equal(t, "shop", f.App.Name)
	f = Default(App{}, "linux/arm64", "windows/amd64")
	assert.Equal(t, []string{"go=stable/target=linux-arm64", "go=stable/target=windows-amd64"}, names(f.Cells))
}

func TestCellMadeElsewhereHasAllAxes(t *testing.T) {
	c := Cell{Go: "1.22", Target: "linux/amd64"}
	assert.Len(t, c.Axes(), 7)
	assert.Equal(t, Axis{"go", "1.22"}, c.Axes()[0])
	assert.Empty(t, c.Value("no axis"))
}

func TestTargetsHaveAllThatGoPrints(t *testing.T) {
	if testing.Short() {
		t.Skip("runs the go command")
	}
	out, err := exec.Command("go", "tool", "dist", "list").Output()
	require.NoError(t, err)
	assert.Subset(t, Targets(), strings.Fields(string(out)))
}

func TestNearestFindsSlipsAndNothingElse(t *testing.T) {
	for word, want := range map[string]string{
		"scrach": "scratch", "Debian": "debian", "musle": "musl", "alpine": "", "": "", "x": "",
		strings.Repeat("a", 100): "",
	} {
		assert.Equal(t, want, nearest(word, []string{"", "scratch", "debian", "musl"}), "for %q", word)
	}
}
