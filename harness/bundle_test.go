package harness

import (
	"errors"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seatrial/seatrial/harness/app"
	"github.com/seatrial/seatrial/harness/build"
	"github.com/seatrial/seatrial/harness/deployment"
	"github.com/seatrial/seatrial/harness/engine"
	"github.com/seatrial/seatrial/harness/evidence"
	"github.com/seatrial/seatrial/harness/matrix"
	"github.com/seatrial/seatrial/harness/report"
	"github.com/seatrial/seatrial/harness/sandbox"
)

func bundling(t *testing.T) *Trial {
	t.Helper()
	redis := true
	return &Trial{
		bundles: t.TempDir(), Engine: &engine.Engine{Name: "Docker 1.2", Podman: true, Machine: engine.Machine{CPUs: 2, ClockAhead: time.Second}},
		App: &app.App{
			App:       matrix.App{Dir: "testdata", Name: "shop", Port: 8080, Ready: "/up", WorkDir: "/app", Redis: &redis, Args: []string{"--token=tok-123456"}},
			Framework: "gin", Configs: []string{"config/app.yaml"}, Static: []app.Static{{URL: "/s", Dir: "/srv/static"}}, Missing: []string{"x.yaml"},
		},
	}
}

func opened(t *testing.T, dir string) *evidence.Bundle {
	t.Helper()
	require.NotEmpty(t, dir)
	b, err := evidence.Open(dir)
	require.NoError(t, err)
	return b
}

func readAs[T any](t *testing.T, b *evidence.Bundle, name string) T {
	t.Helper()
	var v T
	require.NoError(t, b.JSON(name, &v))
	return v
}

func TestEveryEndOfACellBeforeItsLaunchLeavesABundle(t *testing.T) {
	key := build.Key{Dir: "/src", Main: "./cmd/shop", Go: "1.22.12", GOOS: "linux", GOARCH: "arm64", Mod: "vendor", CGO: true, Tags: "x"}
	facts := build.Facts{Format: "elf", GOARCH: "amd64", Interpreter: "/lib/ld.so", Needed: []string{"libc.so.6"}, GLIBC: "2.34", Modules: []build.Module{
		{Path: "example.com/shop", Version: "(devel)"},
		{Path: "a.example/b", Version: "v1.0.0", Replace: &build.Module{Path: "c.example/d", Version: "v2.0.0"}},
		{Path: "e.example/f", Version: "v1.1.0", Replace: &build.Module{Path: "../f"}},
	}}
	artifact := &build.Artifact{Key: key, SHA256: "abc", Size: 7, Facts: facts, Command: "go build", Output: "warning: odd\n"}
	for name, tt := range map[string]struct {
		err              error
		phase, stage, in string
		log              string
	}{
		"compiler":  {&build.Failure{Key: key, Stage: "compile", Command: "go build", Output: "main.go:1: no\n"}, "build", "compile", evidence.BuildLog, "go build\nmain.go:1: no\n"},
		"verify":    {&build.Failure{Key: key, Stage: "verify", Command: "go build", Output: "wrong\n", Facts: &facts}, "build", "verify", evidence.BuildLog, "go build\nwrong\n"},
		"network":   {fmt.Errorf("build: %w", &build.Trouble{Stage: "go.mod", Output: "dial tcp: refused\n"}), "build", "go.mod", evidence.BuildLog, "dial tcp: refused\n"},
		"no cc":     {&build.Unable{Need: "a C compiler", Do: "get one"}, "build", "", evidence.PlatformLog, "find a C compiler: not on this machine; get one\n"},
		"image":     {&ImageFailure{Base: "debian", Artifact: artifact, Err: errors.New("get image: nowhere\n  tried: all")}, "image", "", evidence.PlatformLog, "get image: nowhere\n  tried: all\n"},
		"no engine": {&sandbox.Broken{Doing: "make slot", Err: errors.New("no")}, "launch", "", evidence.PlatformLog, "make slot: no\n"},
	} {
		t.Run(name, func(t *testing.T) {
			trial := bundling(t)
			row := report.Cell{Outcome: report.Broken, Failure: &report.Failure{}}
			row.Failure.What.EN = "what is seen"
			b := opened(t, trial.collectCell(matrix.Cell{Name: "go=1.22"}, row, tt.err))
			assert.Equal(t, evidence.Outcome{Outcome: "broken", Phase: tt.phase, What: "what is seen"}, readAs[evidence.Outcome](t, b, evidence.OutcomeFile))
			text, err := b.Text(tt.in)
			require.NoError(t, err)
			assert.Equal(t, tt.log, text)
			if tt.in == evidence.BuildLog {
				assert.Equal(t, tt.stage, readAs[evidence.Build](t, b, evidence.BuildFile).Stage)
			}
			assert.Equal(t, evidence.App{
				Name: "shop", Framework: "gin", Port: 8080, Ready: "/up", Redis: true,
				Configs: []string{"config/app.yaml"}, Static: []evidence.StaticDir{{URL: "/s", Dir: "/srv/static"}}, Missing: []string{"x.yaml"},
			}, readAs[evidence.App](t, b, evidence.AppFile))
			host := readAs[evidence.Host](t, b, evidence.HostFile)
			assert.Equal(t, []any{"Docker 1.2", "Podman", 2, int64(1000)}, []any{host.Engine, host.Product, host.CPUs, host.ClockMillis})
			meta, err := b.Meta()
			require.NoError(t, err)
			require.Len(t, meta.Missing, 1)
			assert.Equal(t, evidence.GoModFile, meta.Missing[0].File, "it has none, and that hides nothing")
		})
	}
	want := evidence.Build{
		Go: "1.22.12", GOOS: "linux", GOARCH: "arm64", Mod: "vendor", CGO: true, Tags: "x", Main: "./cmd/shop", Command: "go build", SHA256: "abc", Size: 7,
		Binary: &evidence.Binary{
			Format: "elf", GOARCH: "amd64", Interpreter: "/lib/ld.so", Needed: []string{"libc.so.6"}, GLIBC: "2.34",
			Modules: map[string]string{"example.com/shop": "(devel)", "a.example/b": "v1.0.0 => c.example/d v2.0.0", "e.example/f": "v1.1.0 => ../f"},
		},
	}
	w, err := evidence.Create(filepath.Join(t.TempDir(), "b"), nil)
	require.NoError(t, err)
	require.NoError(t, writeArtifact(w, artifact))
	require.NoError(t, w.Close())
	b := opened(t, w.Dir())
	assert.Equal(t, want, readAs[evidence.Build](t, b, evidence.BuildFile))
	lines, err := b.Lines(evidence.BuildLog)
	require.NoError(t, err)
	assert.Equal(t, "warning: odd", lines[1].Text, "the command is the first line")
}

func TestTheOutcomeSaysWhatWasTriedAndWhatWasSeen(t *testing.T) {
	steps := []report.Step{{Keyword: "Given ", Text: "a", Outcome: report.Passed}, {Keyword: "When ", Text: "b", Outcome: report.Failed}, {Keyword: "Then ", Text: "c", Outcome: report.Skipped}}
	start := &sandbox.StartFailure{Kind: sandbox.OtherPort, Port: 8080, Within: 3 * time.Second, Sockets: []sandbox.Socket{{Address: "0.0.0.0", Port: 9}}}
	for name, tt := range map[string]struct {
		scene Scene
		want  evidence.Outcome
	}{
		"passed": {Scene{Name: "s", Steps: steps[:1], Outcome: report.Passed}, evidence.Outcome{Outcome: "passed", Phase: "scenario", Scenario: "s"}},
		"failed": {
			Scene{Name: "s", Steps: steps, Outcome: report.Failed, Reason: "1 of 1 fails\nmore", Fault: errors.New("1 of 1 fails")},
			evidence.Outcome{Outcome: "failed", Phase: "scenario", Scenario: "s", Step: "When b", What: "1 of 1 fails"},
		},
		"not ready": {
			Scene{Name: "s", Steps: steps, Outcome: report.Failed, Reason: "r", Fault: fmt.Errorf("wait: %w", start)},
			evidence.Outcome{Outcome: "failed", Phase: "launch", Scenario: "s", Step: "When b", Kind: "other-port", What: "it listens on 0.0.0.0:9 and not on port 8080", Ready: "/up", Within: "3s"},
		},
		"first launch": {
			Scene{Name: "first launch", Outcome: report.Failed, Fault: start},
			evidence.Outcome{Outcome: "failed", Phase: "launch", Kind: "other-port", What: "it listens on 0.0.0.0:9 and not on port 8080", Ready: "/up", Within: "3s"},
		},
		"no image": {
			Scene{Name: "s", Steps: steps, Outcome: report.Broken, Reason: "no file x", Fault: &ImageFailure{Err: errors.New("no file x")}},
			evidence.Outcome{Outcome: "broken", Phase: "image", Scenario: "s", Step: "When b", What: "no file x"},
		},
	} {
		t.Run(name, func(t *testing.T) { assert.Equal(t, tt.want, tt.scene.outcome("/up")) })
	}
}

func TestHintsAreOfTheSourceAndTheBinary(t *testing.T) {
	trial := bundling(t)
	l := &Launcher{trial: trial, Artifact: &build.Artifact{Facts: build.Facts{GOARCH: "arm64", Interpreter: "/lib/ld.so", Needed: []string{"libc.so.6"}}}}
	at := func(path, why string) sandbox.Hint { return sandbox.Hint{Path: path, Why: why} }
	library := at("libc.so.6", "library")
	library.Any = []string{
		"/lib/aarch64-linux-gnu/libc.so.6", "/usr/lib/aarch64-linux-gnu/libc.so.6", "/lib/libc.so.6", "/lib64/libc.so.6",
		"/usr/lib/libc.so.6", "/usr/lib64/libc.so.6", "/usr/local/lib/libc.so.6",
	}
	plain := []sandbox.Hint{at("/lib/ld.so", "interpreter"), library, at("config/app.yaml", "config"), at("/srv/static", "static"), at("x.yaml", "missing")}
	assert.Equal(t, plain, l.hints(deployment.Spec{WorkDir: "/app"}))
	assert.Equal(t, append(plain, at("/app/config/app.yaml", "shipped"), at("/app/x.yaml", "shipped")), l.hints(deployment.Spec{WorkDir: "/"}))
}

func TestSecretsAreThoseOfTheDeploymentAsLaunched(t *testing.T) {
	trial := bundling(t)
	assert.Equal(t, []string{"tok-123456"}, trial.Secrets())
	spec := deployment.Spec{Env: map[string]string{"API_KEY": "key-123456"}, RedisPassword: deployment.GivenPassword}
	assert.ElementsMatch(t, []string{"key-123456", sandbox.RedisPassword, sandbox.WrongRedisPassword}, trial.secretsOf(spec))
}
