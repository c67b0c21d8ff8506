package scenarios_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seatrial/seatrial/harness/engine"
	"github.com/seatrial/seatrial/harness/lang"
	"github.com/seatrial/seatrial/scenarios"
	"github.com/seatrial/seatrial/scenarios/gherkin"
)

// endVariable makes TestAsAChild a suite that ends badly, in the way it names.
const endVariable = "SEATRIAL_TEST_END"

// The ways to end badly.
const (
	panics          = "a step panics"
	crashes         = "a goroutine of a step panics"
	hangs           = "a step hangs"
	hangsCleaningUp = "a cleanup hangs until go test -timeout"
)

// TestAsAChild is no test of its own: TestBadEndsLeaveNothingBehind runs it.
func TestAsAChild(t *testing.T) {
	end := os.Getenv(endVariable)
	if end == "" {
		t.Skip("runs as a child of another test")
	}
	feature := filepath.Join(t.TempDir(), "end.feature")
	require.NoError(t, os.WriteFile(feature, []byte("Feature: x\n  Scenario: it ends\n    When the app is ready\n    Then it ends badly\n"), 0o644))
	badly := gherkin.Sentence{
		Own: true, Keyword: "Then", EN: "it ends badly", ExampleEN: "it ends badly", Doc: lang.Text{EN: "Ends."},
		Func: func(_ *scenarios.World, _ context.Context) error {
			fmt.Println("the end has come")
			switch end {
			case panics:
				panic("oops")
			case crashes:
				go func() { panic("oops") }()
				select {}
			case hangs:
				select {}
			}
			return nil
		},
	}
	scenarios.Run(t, scenarios.Options{
		Matrix: "../fixtures/broken/static-falls-back-to-index/matrix.yaml", Features: []string{feature},
		Own: []gherkin.Sentence{badly}, OutDir: t.TempDir(), Slots: 1,
	})
	if end == hangsCleaningUp {
		t.Cleanup(func() { select {} }) // before the run can put its things away
	}
}

func TestBadEndsLeaveNothingBehind(t *testing.T) {
	if testing.Short() {
		t.Skip("needs a container engine")
	}
	t.Parallel()
	e, err := engine.Connect(t.Context())
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, e.Close()) })
	for end, want := range map[string]struct {
		timeout, says string
		// Whether the process itself removes its things, or its reaper has to.
		itself bool
	}{
		panics:          {"1m", "panic: oops", true},
		crashes:         {"1m", "panic: oops", false},
		hangs:           {"20s", "the deadline of go test -timeout is near", true},
		hangsCleaningUp: {"12s", "panic: test timed out after", false},
	} {
		t.Run(end, func(t *testing.T) {
			t.Parallel()
			child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestAsAChild$", "-test.timeout="+want.timeout, "-test.v")
			child.Env = append(os.Environ(), endVariable+"="+end)
			out, err := child.CombinedOutput()
			var exit *exec.ExitError
			require.ErrorAs(t, err, &exit, "%s", out)
			assert.Contains(t, string(out), "the end has come", "it got as far as a sandbox")
			assert.Contains(t, string(out), want.says)
			owner := fmt.Sprintf("/%d/", child.ProcessState.Pid())
			things := func() int {
				n, err := e.Things(t.Context(), func(labels map[string]string) bool {
					return strings.Contains(labels[engine.LabelProcess], owner)
				})
				assert.NoError(t, err)
				return n
			}
			if want.itself {
				assert.Zero(t, things(), "%s", out)
				return
			}
			assert.Eventually(t, func() bool { return things() == 0 }, time.Minute, 100*time.Millisecond, "the reaper removes everything")
		})
	}
}
