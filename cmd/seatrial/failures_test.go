package main

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seatrial/seatrial/harness/report"
)

// mainVariable makes this test binary the program.
const mainVariable = "SEATRIAL_TEST_MAIN"

func TestMain(m *testing.M) {
	if os.Getenv(mainVariable) != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// start prepares a run of the program. What is asked of the environment is
// fixed, so that the machine's own settings do not show.
func start(ctx context.Context, dir string, env map[string]string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, os.Args[0], args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), mainVariable+"=1", "SEATRIAL_LANG=en", "NO_COLOR=1")
	for _, key := range slices.Sorted(maps.Keys(env)) {
		cmd.Env = append(cmd.Env, key+"="+env[key])
	}
	return cmd
}

// ended is how the program ended.
type ended struct {
	code           int
	stdout, stderr string
	took           time.Duration
}

func seatrial(t *testing.T, dir string, env map[string]string, args ...string) ended {
	t.Helper()
	cmd := start(t.Context(), dir, env, args...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	began := time.Now()
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		require.NoError(t, err)
	}
	return ended{code: cmd.ProcessState.ExitCode(), stdout: stdout.String(), stderr: stderr.String(), took: time.Since(began)}
}

// lay writes files into a directory of their own.
func lay(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, []byte(content), 0o644))
	}
	return dir
}

// tree lists every file and directory below dir.
func tree(t *testing.T, dir string) []string {
	t.Helper()
	var list []string
	require.NoError(t, filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		list = append(list, path)
		return err
	}))
	return list
}

const (
	goMod  = "module example.com/app\n\ngo 1.22\n"
	server = "package main\n\nimport \"net/http\"\n\nfunc main() { _ = http.ListenAndServe(\":8080\", nil) }\n"
)

// with is a small app that is in order, with more files or others.
func with(more map[string]string) map[string]string {
	files := map[string]string{"app/go.mod": goMod, "app/main.go": server}
	maps.Copy(files, more)
	return files
}

func matrixYAML(text string) map[string]string {
	return with(map[string]string{"app/matrix.yaml": text})
}

const unknownSteps = `Feature: x
  Scenario: one
    When the app startz
`

const unknownStepsZH = `# language: zh-CN
功能: 甲
  场景: 乙
    当 启动应用程序
`

// TestMistakesAreToldBeforeAnythingIsTouched: each of these ends with code 2, tells
// what is wrong first and what to do next, needs no engine, and leaves nothing
// behind, neither where it was called nor in the cache.
func TestMistakesAreToldBeforeAnythingIsTouched(t *testing.T) {
	check := []string{"check", "app"}
	flag := func(words ...string) []string { return append([]string{"check", "app"}, words...) }
	for name, tt := range map[string]struct {
		files  map[string]string
		args   []string
		first  string   // the first line, after the program's name
		second string   // the line after it
		also   []string // lines further down
	}{
		"a misspelt key": {matrixYAML("app:\n  dir: .\nmatrix:\n  taget: [linux/amd64]\n"), check,
			`app/matrix.yaml:4:3: unknown key "taget" in matrix`, `did you mean "target"?`, nil},
		"several mistakes at once": {matrixYAML("app:\n  dri: .\n  port: eighty\nmatrix:\n  go: [stabel]\n  target: [linux/amd46]\n"), check,
			`app/matrix.yaml:2:3: unknown key "dri" in app`, `did you mean "dir"?`, []string{
				`app/matrix.yaml:3:9: app.port must be a whole number, is the text "eighty"`,
				`app/matrix.yaml:5:8: "stabel" is not a Go version`, `did you mean "stable"?`,
				`app/matrix.yaml:6:12: Go knows no target "linux/amd46"`, `did you mean "linux/amd64"?`,
			}},
		"a version without quotes": {matrixYAML("matrix:\n  go: [1.20]\n"), check,
			"app/matrix.yaml:2:8: go: YAML reads the number 1.20 as 1.2", `write it in quotes: "1.20"`, nil},
		"an unknown step": {with(map[string]string{"f/x.feature": unknownSteps}), flag("--features", "f"),
			`f/x.feature:3: no sentence for "the app startz"`, "did you mean: the app starts", []string{"or write it:", "EN: `the app startz`,"}},
		"an unknown step in Chinese": {with(map[string]string{"f/x.feature": unknownStepsZH}), flag("--features", "f"),
			`f/x.feature:4: no sentence for "启动应用程序"`, "did you mean: 启动应用", []string{"ZH: `启动应用程序`,"}},
		"mistakes in matrix and feature at once": {
			with(map[string]string{"app/matrix.yaml": "matrix:\n  go: [1.20]\n", "f/x.feature": unknownSteps}), flag("--features", "f", "--lang", "xx"),
			`unknown language "xx": use --lang en or --lang zh`, "app/matrix.yaml:2:8: go: YAML reads the number 1.20 as 1.2", []string{
				`f/x.feature:3: no sentence for "the app startz"`,
			}},
		"a feature that is not there":       {with(nil), flag("--features", "f"), "read features: stat f: no such file or directory", "", nil},
		"a folder without features":         {with(nil), flag("--features", "app"), "read features: no .feature file in app", "", nil},
		"an unknown tag":                    {with(nil), flag("--tags", "@startpu"), "read tag expression: no scenario has the tag @startpu", "@startpu", []string{"did you mean @startup?"}},
		"tags in the style of old tools":    {with(nil), flag("--tags", "@logs,@startup"), "read tag expression: @logs,@startup is the syntax of old tools", "@logs,@startup", []string{"write and, or, not: `@a and not @b`, `@a or @b`"}},
		"tags that no scenario has at once": {with(nil), flag("--tags", "@logs and @startup"), `select scenarios by tags "@logs and @startup": none of`, "", nil},
		"an unknown scenario":               {with(nil), flag("--only", "features/statik.feature:3"), "find scenario features/statik.feature:3: no file features/statik.feature; did you mean features/static.feature?", "", nil},
		"an unknown value of an axis":       {with(nil), flag("--matrix", "go:1.99"), `select cells: no cell has go "1.99" (known: stable)`, "", nil},
		"an unknown axis":                   {with(nil), flag("--matrix", "g:1.22"), `read selector "g:1.22": unknown axis "g" (did you mean "go"?)`, "", nil},
		"a directory that is not there":     {with(nil), []string{"check", "ap"}, "there is no directory ap", "give the one that holds the app's go.mod", nil},
		"a file instead of a directory":     {with(nil), []string{"check", "app/go.mod"}, "app/go.mod is not a directory", "give the one that holds the app's go.mod", nil},
		"no directory":                      {with(nil), []string{"check"}, "check one app at a time, not 0", "give the directory that holds its go.mod: seatrial check .", nil},
		"a directory without go.mod":        {map[string]string{"app/main.go": server}, check, "find module: ", "run `go mod init`", nil},
		"several programs": {
			map[string]string{"app/go.mod": goMod, "app/cmd/a/main.go": server, "app/cmd/b/main.go": server}, check,
			"choose main: module example.com/app has 2 main packages", "write one of these lines under app: in matrix.yaml", []string{"main: ./cmd/a", "main: ./cmd/b"},
		},
		"a matrix that is not there":         {with(nil), []string{"run"}, "there is no matrix.yaml", "name the matrix with --matrix-file; `seatrial check DIR` needs none", nil},
		"a matrix to list that is not there": {with(nil), []string{"list"}, "there is no matrix.yaml", "name the matrix with --matrix-file; `seatrial check DIR` needs none", nil},
		"an unknown command":                 {with(nil), []string{"chekc", "app"}, `unknown command "chekc"`, "did you mean check?", nil},
		"an unknown flag":                    {with(nil), flag("--tgas", "@logs"), "unknown flag: --tgas", "see seatrial check --help", nil},
		"evidence into a file":               {with(nil), flag("--out", "app/go.mod"), "write to ", "make it writable, or choose another: --out", nil},
		"a report into a file's place":       {with(nil), flag("--junit", "app/go.mod/report.xml"), "write to app/go.mod: not a directory", "make it writable", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir, cache := lay(t, tt.files), t.TempDir()
			before := tree(t, dir)
			got := seatrial(t, dir, map[string]string{"DOCKER_HOST": nowhere, "XDG_CACHE_HOME": cache}, tt.args...)
			assert.Equal(t, report.ExitBroken, got.code)
			assert.Empty(t, got.stdout)
			lines := strings.Split(got.stderr, "\n")
			assert.Contains(t, lines[0], "seatrial: "+tt.first, got.stderr)
			assert.Contains(t, lines[1], tt.second, got.stderr)
			for _, line := range tt.also {
				assert.Contains(t, got.stderr, line)
			}
			assert.Equal(t, before, tree(t, dir), "nothing is left where it was called")
			assert.Equal(t, []string{cache}, tree(t, cache), "nothing is left in the cache")
			assert.Less(t, got.took, 5*time.Second)
		})
	}
}

// nowhere is an address at which no engine listens.
const nowhere = "unix:///nonexistent/engine.sock"

func TestAnEngineThatIsNotThereIsToldInTime(t *testing.T) {
	for host, want := range map[string]struct{ en, enDo, zh, zhDo string }{
		nowhere:             {"the container engine does not answer: ", "start it (", "容器引擎没有应答：", "请启动它"},
		"tcp://127.0.0.1:1": {"the container engine does not answer: ", "start it (", "容器引擎没有应答：", "请启动它"},
		"garbage":           {"this is no address of a container engine: garbage (DOCKER_HOST)", "write unix://", "这不是容器引擎的地址：garbage", "请写成 unix://"},
		"tcp://":            {"this is no address of a container engine: tcp:// (DOCKER_HOST)", "write unix://", "这不是容器引擎的地址：tcp://", "请写成 unix://"},
	} {
		t.Run(host, func(t *testing.T) {
			t.Parallel()
			dir := lay(t, with(nil))
			before := tree(t, dir)
			cache := t.TempDir()
			env := map[string]string{"DOCKER_HOST": host, "XDG_CACHE_HOME": cache}
			for l, texts := range map[string][2]string{"en": {want.en, want.enDo}, "zh": {want.zh, want.zhDo}} {
				got := seatrial(t, dir, env, "check", "app", "--lang", l)
				assert.Equal(t, report.ExitBroken, got.code)
				assert.Empty(t, got.stdout)
				lines := strings.Split(got.stderr, "\n")
				assert.True(t, strings.HasPrefix(lines[0], "seatrial: "+texts[0]), got.stderr)
				assert.True(t, strings.HasPrefix(lines[1], "    "+texts[1]), got.stderr)
				assert.Less(t, got.took, 5*time.Second)
			}
			assert.Equal(t, before, tree(t, dir))
			assert.Equal(t, []string{cache}, tree(t, cache))
		})
	}
}

func TestWhatNeedsNoEngineDoesWithoutOne(t *testing.T) {
	repository, err := filepath.Abs(filepath.Join("..", ".."))
	require.NoError(t, err)
	for name, args := range map[string][]string{
		"list": {"list"}, "list as JSON": {"list", "--json"}, "steps": {"steps"}, "version": {"version"},
		"completion": {"completion", "bash"}, "help": {"--help"}, "nothing": nil,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := seatrial(t, repository, map[string]string{"DOCKER_HOST": nowhere}, args...)
			assert.Equal(t, report.ExitPassed, got.code, got.stderr)
			assert.NotEmpty(t, got.stdout)
			assert.Empty(t, got.stderr)
		})
	}
}

func TestAnAppThatDoesNotBuildIsTheAppsFault(t *testing.T) {
	if testing.Short() {
		t.Skip("needs a container engine")
	}
	dir := lay(t, with(map[string]string{"app/main.go": "package main\n\nfunc main() { missing() }\n", "app/matrix.yaml": "app: {port: 8080}\n"}))
	got := seatrial(t, dir, nil, "check", "app")
	assert.Equal(t, report.ExitFailed, got.code, got.stderr)
	assert.Contains(t, got.stdout, "main.go:3:15: undefined: missing")
	assert.Contains(t, got.stdout, "[compile-error]")
	assert.Contains(t, got.stdout, filepath.Join("bundle    .seatrial", "runs"), "paths are relative to where one is")
	assert.NotContains(t, got.stderr, "seatrial:")
}

func TestCommandsArePastable(t *testing.T) {
	on := func(paths ...string) func(string) (string, error) {
		return func(name string) (string, error) {
			for _, p := range paths {
				if filepath.Base(p) == name {
					return p, nil
				}
			}
			return "", exec.ErrNotFound
		}
	}
	self := filepath.Join(lay(t, map[string]string{"seatrial": ""}), "seatrial")
	yes, no := func(string) bool { return true }, func(string) bool { return false }
	for _, tt := range []struct {
		arg0   string
		look   func(string) (string, error)
		source func(string) bool
		want   string
	}{
		{"seatrial", on(), no, "seatrial"},
		{self, on(self), no, "seatrial"},
		{self, on(), no, self},
		{"./bin/seatrial", on("/usr/bin/seatrial"), no, "./bin/seatrial"},
		{"/opt/my tools/seatrial", on(), no, "'/opt/my tools/seatrial'"},
		{"/tmp/go-build123/b001/exe/seatrial", on(), yes, "go run ./cmd/seatrial"},
		{"/root/.cache/go-build/ab/cd-d/seatrial", on(), yes, "go run ./cmd/seatrial"},
	} {
		assert.Equal(t, tt.want, program(tt.arg0, tt.look, tt.source), tt.arg0)
	}
	for word, want := range map[string]string{
		"go=1.22/target=linux-amd64": "go=1.22/target=linux-amd64", "@a and not @b": "'@a and not @b'", "it's": `'it'\''s'`, "": "''", "特性/登录.feature:3": "特性/登录.feature:3", "$HOME": "'$HOME'",
	} {
		assert.Equal(t, want, quote(word))
	}
}

func TestRerunRepeatsWhatMatters(t *testing.T) {
	f := runFlags{features: []string{"my features"}, tags: "@a and @b", out: "elsewhere", language: "zh"}
	whole := f.rerun([]string{"check", "./shop"}, "go=stable", "")
	assert.Contains(t, whole, ` check ./shop --matrix go=stable --features 'my features' --tags '@a and @b' --out elsewhere --lang zh`)
	one := f.rerun([]string{"run"}, "go=stable", "features/a.feature:3")
	assert.Contains(t, one, " --only features/a.feature:3 ")
	assert.NotContains(t, one, "--tags", "one scenario needs no tags")
	plain := runFlags{out: defaultOut}
	assert.True(t, strings.HasSuffix(plain.rerun([]string{"check", "."}, "go=stable", ""), " check . --matrix go=stable"))
}
