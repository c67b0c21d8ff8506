package harness

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seatrial/seatrial/harness/app"
	"github.com/seatrial/seatrial/harness/build"
	"github.com/seatrial/seatrial/harness/engine"
	"github.com/seatrial/seatrial/harness/evidence"
	"github.com/seatrial/seatrial/harness/lang"
	"github.com/seatrial/seatrial/harness/matrix"
	"github.com/seatrial/seatrial/harness/report"
	"github.com/seatrial/seatrial/harness/sandbox"
)

func TestWhatIsBrokenSaysWhatAndWhatToDo(t *testing.T) {
	nowhere := errors.New("get image redis for amd64: it is nowhere to be had\n  on the engine: not found\n  from a registry: refused\n  what to do: name a registry")
	for name, tt := range map[string]struct {
		err             error
		what, cause, do string
	}{
		"no engine": {
			&engine.Unavailable{What: lang.Text{EN: "no engine", ZH: "没有引擎"}, Do: lang.Text{EN: "start it", ZH: "请启动"}},
			"no engine", "", "start it",
		},
		"a machine that lacks something": {
			fmt.Errorf("build: %w", &build.Unable{Need: "a C compiler for linux/arm64", Do: "name one in CC"}),
			"this machine lacks a C compiler for linux/arm64", "", "name one in CC",
		},
		"a network that fails": {
			fmt.Errorf("build: %w", &build.Trouble{Stage: "compile", Output: "go: downloading x\ndial tcp: refused\n", Do: "look at the network"}),
			"the build could not be done here: dial tcp: refused", "", "look at the network",
		},
		"a full disk":                 {fmt.Errorf("keep image: %w", syscall.ENOSPC), "keep image: no space left on device", "", "free some disk"},
		"a full disk of engine":       {errors.New("launch app: write /var/lib: no space left on device"), "launch app: write /var/lib: no space left on device", "", "free some disk"},
		"an image not to be had":      {nowhere, "get image redis for amd64: it is nowhere to be had", "on the engine: not found\nfrom a registry: refused", "name a registry"},
		"a release that there is not": {fmt.Errorf("go: %w", &unresolved{errors.New(`resolve go "1.99": no such release`)}), `go: resolve go "1.99": no such release`, "", "axis go of matrix.yaml"},
		"anything else":               {errors.New("make slot: no"), "make slot: no", "", "run it again; if it stays"},
	} {
		t.Run(name, func(t *testing.T) {
			f := BrokenFailure(tt.err)
			assert.Equal(t, tt.what, f.What.EN)
			assert.Equal(t, tt.cause, f.Cause.EN)
			assert.Contains(t, f.Fix.EN, tt.do)
			assert.NotEmpty(t, f.Fix.ZH)
		})
	}
}

func TestBuildFailurePointsToThePlace(t *testing.T) {
	compile := &build.Failure{Stage: "compile", Command: "cd /x && go build " + strings.Repeat("-x ", 50), Output: "# example.com/x\n./cmd/shop/main.go:9:16: undefined: y\n", ExitCode: 1}
	f := buildFailure(compile)
	assert.Equal(t, "the go command says: ./cmd/shop/main.go:9:16: undefined: y", f.Cause.EN)
	assert.True(t, strings.HasPrefix(f.Fix.EN, "correct cmd/shop/main.go:9:16, "), f.Fix.EN)
	assert.NotContains(t, f.Fix.EN, "go build", "the command stands in the bundle")
	// The numbers are those of the file in the bundle, whose first line is the command.
	log := evidence.SplitLines(evidence.BuildLog, buildLog(compile))
	for _, line := range f.Evidence {
		assert.Equal(t, log[line.Number-1], line)
	}
	assert.Len(t, f.Evidence, 2)

	for stage, want := range map[string]string{"go.mod": "go mod tidy", "vendor": "go mod vendor", "verify": "correct what the output names"} {
		f := buildFailure(&build.Failure{Stage: stage, Command: "go build", Output: "something is wrong\n"})
		assert.Contains(t, f.Fix.EN, want, stage)
		assert.Contains(t, f.Cause.EN, "something is wrong", stage)
		assert.NotEqual(t, f.What.EN, f.What.ZH, stage)
	}
}

func TestEvidenceOfACrashBeginsWithThePanic(t *testing.T) {
	f := &sandbox.StartFailure{Kind: sandbox.Exited}
	for i := range 20 {
		f.Log = append(f.Log, sandbox.LogLine{Stream: sandbox.Stdout, Text: fmt.Sprintf("line %d", i+1)})
	}
	last := StartFailure(f).Evidence
	require.Len(t, last, 8)
	assert.Equal(t, evidence.Line{File: evidence.StdoutLog, Number: 20, Text: "line 20"}, last[7])

	for _, text := range append([]string{"panic: no templates", "", "goroutine 1 [running]:"}, strings.Split(strings.Repeat("main.main()\n", 30), "\n")...) {
		f.Log = append(f.Log, sandbox.LogLine{Stream: sandbox.Stderr, Text: text})
	}
	crash := StartFailure(f).Evidence
	require.Len(t, crash, 8)
	assert.Equal(t, evidence.Line{File: evidence.StderrLog, Number: 1, Text: "panic: no templates"}, crash[0])
}

// unjudged is a trial of which nothing but its records is used.
func unjudged() *Trial {
	return &Trial{
		App:     &app.App{App: matrix.App{Env: map[string]string{"SESSION_KEY": "correct-horse-battery"}, Secrets: []string{"SESSION_KEY"}}},
		options: Options{Rerun: func(cell, ref string) string { return "seatrial run --matrix " + cell + " --only " + ref }},
	}
}

func TestRecordsShowNoSecrets(t *testing.T) {
	const secret = "correct-horse-battery"
	given := report.Result{
		File: "a.feature", Line: 3, Outcome: report.Failed, Reason: "exited: " + secret,
		Steps: []report.Step{{Error: "start app: " + secret}},
		Failure: &report.Failure{
			What: lang.Text{EN: secret, ZH: secret}, Cause: lang.Text{EN: secret, ZH: secret}, Fix: lang.Text{EN: secret, ZH: secret},
			Evidence: []evidence.Line{{File: "stderr.log", Number: 1, Text: "key " + secret}},
		},
	}
	got := unjudged().Record(matrix.Cell{Name: "go=stable"}, given)
	assert.NotContains(t, fmt.Sprintf("%+v %+v", got, *got.Failure), secret)
	assert.Equal(t, "seatrial run --matrix go=stable --only a.feature:3", got.Failure.Rerun)
}

func TestWhateverIsBrokenHasAPageButAnInterruption(t *testing.T) {
	trial := unjudged()
	broken := trial.Record(matrix.Cell{Name: "c"}, report.Result{Outcome: report.Broken, Reason: "after the scenario: collect evidence: no space left on device"})
	require.NotNil(t, broken.Failure)
	assert.Contains(t, broken.Failure.Fix.EN, "free some disk")
	interrupted := trial.Record(matrix.Cell{Name: "c"}, report.Result{Outcome: report.Broken, Reason: report.Interrupted + ": signal"})
	assert.Nil(t, interrupted.Failure)
}

func TestWritableLeavesNothingBehind(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, Writable(filepath.Join(dir, "a", "b", "c")))
	require.NoError(t, Writable(dir))
	left, err := os.ReadDir(dir)
	require.NoError(t, err)
	assert.Empty(t, left)

	file := filepath.Join(dir, "file")
	require.NoError(t, os.WriteFile(file, nil, 0o644))
	var unwritable *Unwritable
	require.ErrorAs(t, Writable(filepath.Join(file, "below")), &unwritable)
	assert.NotEmpty(t, Advice(unwritable).ZH)
}
