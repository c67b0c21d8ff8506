package build

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestAppAtFaultIsAFailureAtItsStage(t *testing.T) {
	needsGo(t)
	const module = "-- go.mod --\nmodule example.com/a\n\ngo 1.20\n"
	const main = "-- main.go --\npackage main\n\nfunc main() {}\n"
	tests := []struct {
		name, app, mod, stage, output string
	}{
		{"compile error", module + "-- main.go --\npackage main\n\nfunc main() { undefined() }\n", "mod", "compile", "undefined: undefined"},
		{"not a main package", module + "-- lib.go --\npackage lib\n", "mod", "compile", "not a main package"},
		{"embedded files are missing", module + "-- main.go --\npackage main\n\nimport _ \"embed\"\n\n//go:embed static\nvar s string\n\nfunc main() {}\n", "mod", "compile", "no matching files found"},
		{"go.mod wants a newer Go", "-- go.mod --\nmodule example.com/a\n\ngo 1.999.0\n" + main, "mod", "go.mod", "requires go >= 1.999.0"},
		{"go.mod is not valid", "-- go.mod --\nmodule example.com/a\n\nnonsense here\n" + main, "mod", "go.mod", "unknown directive"},
		{"no go.mod", "-- main.go --\npackage main\n\nfunc main() {}\n", "mod", "go.mod", "go.mod file not found"},
		{"module is not required", module + "-- main.go --\npackage main\n\nimport _ \"example.com/b\"\n\nfunc main() {}\n", "mod", "go.mod", "example.com/b"},
		{"vendor directory is of another go.mod", module + "\nrequire example.com/b v1.0.0\n-- vendor/modules.txt --\n# example.com/c v1.0.0\n## explicit\n" + main, "vendor", "vendor", "inconsistent vendoring"},
		{"module to vendor is not required", module + "-- main.go --\npackage main\n\nimport _ \"example.com/b/x\"\n\nfunc main() {}\n", "vendor", "go.mod", "example.com/b/x"},
	}
	b := builder(t, Options{}, "GOPROXY=off")
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			k := localKey(t, b, unpack(t, tt.app))
			k.Mod = tt.mod
			_, err := b.Build(t.Context(), k)
			require.Error(t, err)
			var f *Failure
			require.ErrorAs(t, err, &f)
			assert.Equal(t, tt.stage, f.Stage, "%s", f.Output)
			assert.Contains(t, f.Output, tt.output)
			assert.Contains(t, f.Command, "GOTOOLCHAIN=go"+k.Go)
			assert.Contains(t, f.Error(), "go="+k.Go)
			assert.Equal(t, f.Key.Mod, tt.mod)
		})
	}
}

func TestFailedCommandCanBePastedIntoAShell(t *testing.T) {
	needsGo(t)
	b := builder(t, Options{})
	k := localKey(t, b, unpack(t, "-- go.mod --\nmodule example.com/a\n\ngo 1.20\n-- it's/main.go --\npackage main\n\nfunc main() { undefined() }\n"))
	k.Main, k.LDFlags = "./it's", "-X 'main.v=1 2'"
	_, err := b.Build(t.Context(), k)
	var f *Failure
	require.ErrorAs(t, err, &f)
	assert.NotZero(t, f.ExitCode)
	out, err := exec.Command("sh", "-c", f.Command).CombinedOutput()
	var exit *exec.ExitError
	require.ErrorAs(t, err, &exit)
	assert.Equal(t, f.ExitCode, exit.ExitCode())
	assert.Equal(t, f.Output, string(out))
}

func TestMachineAtFaultIsNoFailureAndSaysWhatToDo(t *testing.T) {
	needsGo(t)
	required := unpack(t, "-- go.mod --\nmodule example.com/a\n\ngo 1.20\n\nrequire example.com/b v1.0.0\n-- go.sum --\nexample.com/b v1.0.0 h1:"+
		"uYQfD0Ry2IkxtWXJ3wGQx8Jsp6qcMJiUPSqQEZcHPgY=\nexample.com/b v1.0.0/go.mod h1:uYQfD0Ry2IkxtWXJ3wGQx8Jsp6qcMJiUPSqQEZcHPgY=\n-- main.go --\npackage main\n\nimport _ \"example.com/b\"\n\nfunc main() {}\n")
	good := unpack(t, hello)
	old := script(t, `echo '{"GOVERSION": "go1.20.14", "GOHOSTOS": "linux", "GOHOSTARCH": "amd64"}'`)
	tests := []struct {
		name    string
		options Options
		env     []string
		dir     string
		release string
		message string
	}{
		{"module lookup is off", Options{}, []string{"GOPROXY=off"}, required, "", "GOPROXY=off"},
		{"toolchain cannot be downloaded", Options{}, []string{"GOPROXY=off"}, good, "1.21.99", "get toolchain go1.21.99"},
		{"no go command", Options{GoCommand: "no-such-go"}, nil, good, "1.22.0", "install Go 1.21 or newer"},
		{"go command is too old", Options{GoCommand: old}, nil, good, "1.22.0", "it is go1.20.14 and cannot run other Go releases"},
		{"no such directory", Options{}, nil, filepath.Join(good, "nowhere"), "1.22.0", "find module directory"},
		{"Go is not exact", Options{}, nil, good, "1.22", "is a minor"},
		{"Go is too old", Options{}, nil, good, "1.12.17", "older than 1.13"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := builder(t, tt.options, tt.env...)
			k := Key{Dir: tt.dir, Go: tt.release, GOOS: "linux", GOARCH: "amd64"}
			if k.Go == "" {
				k = localKey(t, b, tt.dir)
			}
			_, err := b.Build(t.Context(), k)
			require.Error(t, err)
			assert.False(t, isVerdict(err), "%v", err)
			assert.Contains(t, err.Error(), tt.message)
		})
	}
}

func TestCgoWithoutCompilerIsUnable(t *testing.T) {
	needsGo(t)
	real, err := exec.LookPath("go")
	require.NoError(t, err)
	bin := t.TempDir()
	require.NoError(t, os.Symlink(real, filepath.Join(bin, "go")))
	b := builder(t, Options{GoCommand: real}, "PATH="+bin)
	k := localKey(t, b, unpack(t, hello))
	k.CGO = true
	for target, need := range map[string]string{
		k.GOOS + "/" + k.GOARCH: "for " + k.GOOS + "/" + k.GOARCH,
		"linux/arm64":           "aarch64-linux-gnu-gcc",
		"darwin/amd64":          "darwin/amd64",
		"js/wasm":               "which Go does not have",
	} {
		k.GOOS, k.GOARCH = filepath.Dir(target), filepath.Base(target)
		_, err := b.Build(t.Context(), k)
		var u *Unable
		require.ErrorAs(t, err, &u, target)
		assert.Contains(t, u.Need, need)
		assert.NotEmpty(t, u.Do)
	}
}

func TestTargetThatGoDoesNotKnowIsUnable(t *testing.T) {
	needsGo(t)
	b := builder(t, Options{})
	k := localKey(t, b, unpack(t, hello))
	k.GOARCH = "vax"
	_, err := b.Build(t.Context(), k)
	var u *Unable
	require.ErrorAs(t, err, &u)
	assert.Contains(t, u.Need, k.GOOS+"/vax")
}

func TestVerdictTellsTheAppFromTheMachine(t *testing.T) {
	tests := []struct {
		output, stage string // stage empty: not the app
	}{
		{"# example.com/a\n./main.go:3:2: undefined: x509\n", "compile"},
		{"# example.com/a\n./main.go:3:2: cannot use \"dial tcp: i/o timeout\"\n", "compile"},
		{"main.go:4:2: package slices is not in GOROOT (/go/src/slices)\n", "compile"},
		{"main.go:9:1: syntax error: unexpected EOF, expecting }\n", "compile"},
		{"# example.com/a\n/tmp/x: no space left on device\n", ""},
		{"# example.com/a\ncompile: signal: killed\n", ""},
		{"main.go:4:2: example.com/b@v1.0.0: Get \"https://proxy.example/b\": dial tcp: lookup proxy.example: no such host\n", ""},
		{"go: example.com/b@v1.0.0: reading https://proxy.example/b.mod: 403 Forbidden\n", ""},
		{"go: example.com/b@v1.0.0: reading https://proxy.example/b.mod: 502 Bad Gateway\n", ""},
		{"go: example.com/b@v9.0.0: reading https://proxy.example/b.mod: 404 Not Found\n", "go.mod"},
		{"go: errors parsing go.mod:\n/app/go.mod:5: unknown directive: toolchain\n", "go.mod"},
		{"verifying example.com/b@v1.0.0: checksum mismatch\n", "go.mod"},
		{"main.go:4:2: missing go.sum entry for module providing package example.com/b\n", "go.mod"},
		{"go: inconsistent vendoring in /app:\n", "vendor"},
		{"main.go:4:2: cannot find package \".\" in:\n\t/app/vendor/example.com/b\n", "vendor"},
	}
	for _, tt := range tests {
		err := verdict(result{output: tt.output, exit: 1}, "compile")
		var f *Failure
		if tt.stage == "" {
			assert.False(t, isVerdict(err), "%s", tt.output)
		} else if assert.ErrorAs(t, err, &f) {
			assert.Equal(t, tt.stage, f.Stage, "%s", tt.output)
		}
	}
}
