package gherkin

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seatrial/seatrial/harness/report"
)

// fixture is the variable that makes TestFixture do something: it is the test
// that the others run in a process of their own, to see what go test makes of it.
const fixture = "GHERKIN_TEST_FIXTURE"

func TestFixture(t *testing.T) {
	mode := os.Getenv(fixture)
	if mode == "" {
		t.Skip("run by the other tests only")
	}
	steps := map[string][]string{
		"outcomes": {"all is well", "it fails", "it breaks", "it is skipped", "all is well"},
		"hang":     {"all is well", "it waits", "it is stuck"},
	}[mode]
	if steps == nil {
		steps = []string{"all is well", "all is well", "all is well"}
	}
	p := plan(t, "f.feature", scenarios(steps...))
	c := theatre(t)
	t.Cleanup(func() { fmt.Println("CLEANUP of the suite") })
	Subtests(t, p, func(ctx context.Context, job Job) error {
		switch mode {
		case "error":
			return errors.New("no Docker here")
		case "panic":
			panic("in the run")
		case "forget":
			return nil
		case "deaf":
			select {}
		}
		_, err := Run(ctx, p, c, Options[*diary]{Concurrency: 2, World: newDiary, Grace: job.Grace,
			Select:   func(s Scenario) (bool, string) { return job.Selected(s), "" },
			OnStart:  func(s Scenario) { fmt.Println("START", s.Name) },
			OnResult: job.Result,
			After: func(ctx context.Context, _ *diary, r *report.Result) error {
				fmt.Println("EVIDENCE", r.Scenario, r.Outcome, ctx.Err())
				return nil
			}})
		fmt.Println("RUN over", ctx.Err())
		return err
	}, func(r report.Result) string {
		if r.Outcome == report.Passed {
			return ""
		}
		return "PAGE of " + r.Scenario
	})
}

// goTest runs TestFixture and gives its output and the verdicts in it, sorted.
func goTest(t *testing.T, mode string, args ...string) (output string, verdicts []string, code int) {
	t.Helper()
	if !slices.ContainsFunc(args, func(a string) bool { return strings.HasPrefix(a, "-test.run") }) {
		args = append(args, "-test.run=^TestFixture$")
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0], append(args, "-test.v")...)
	cmd.Env = append(os.Environ(), fixture+"="+mode)
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if err != nil {
		require.ErrorAs(t, err, &exit, "%s", out)
		code = exit.ExitCode()
	}
	for _, m := range regexp.MustCompile(`(?m)^ *--- (\w+): TestFixture/(\S+)`).FindAllStringSubmatch(string(out), -1) {
		verdicts = append(verdicts, m[2]+" "+m[1])
	}
	slices.Sort(verdicts)
	return string(out), verdicts, code
}

func TestSubtestsHaveRealVerdicts(t *testing.T) {
	t.Parallel()
	for _, parallel := range []string{"-test.parallel=1", "-test.parallel=8"} {
		out, verdicts, code := goTest(t, "outcomes", parallel, "-test.timeout=60s")
		assert.Equal(t, []string{"s0 PASS", "s1 FAIL", "s2 FAIL", "s3 SKIP", "s4 PASS"}, verdicts, out)
		assert.Equal(t, 1, code)
		assert.Contains(t, out, "failed: no such page\n        PAGE of s1")
		assert.Contains(t, out, "broken: start redis: no docker\n        PAGE of s2")
		assert.Contains(t, out, "skipped: needs arm64\n        PAGE of s3")
		assert.Less(t, strings.Index(out, "RUN over"), strings.Index(out, "CLEANUP"))
		assert.Contains(t, out, "RUN over <nil>", "the context lives until the run has ended")
	}
}

func TestSubtestsStartOnlyWhatGoTestSelects(t *testing.T) {
	t.Parallel()
	out, verdicts, code := goTest(t, "outcomes", "-test.run=^TestFixture$/^s[03]$")
	assert.Equal(t, []string{"s0 PASS", "s3 SKIP"}, verdicts, out)
	assert.Zero(t, code)
	assert.Equal(t, 2, strings.Count(out, "START"), out)

	out, verdicts, code = goTest(t, "outcomes", "-test.skip=/s[123]$")
	assert.Equal(t, []string{"s0 PASS", "s4 PASS"}, verdicts, out)
	assert.Zero(t, code)

	out, verdicts, _ = goTest(t, "outcomes", "-test.run=^TestFixture$/nothing")
	assert.Empty(t, verdicts)
	assert.NotContains(t, out, "START")
	assert.NotContains(t, out, "RUN over")
}

func TestSubtestsOfARunThatGivesNoResultsAreBroken(t *testing.T) {
	t.Parallel()
	for mode, want := range map[string]string{
		"error":  "broken: the run ended: no Docker here",
		"panic":  "broken: the run ended: panic: in the run",
		"forget": "broken: the run gave no result",
	} {
		out, verdicts, code := goTest(t, mode)
		assert.Equal(t, []string{"s0 FAIL", "s1 FAIL", "s2 FAIL"}, verdicts, out)
		assert.Equal(t, 1, code)
		assert.Contains(t, out, want)
	}
}

func TestSubtestsEndBeforeTheDeadline(t *testing.T) {
	t.Parallel()
	started := time.Now()
	out, verdicts, code := goTest(t, "hang", "-test.timeout=4s")
	assert.Equal(t, []string{"s0 PASS", "s1 FAIL", "s2 FAIL"}, verdicts, out)
	assert.Equal(t, 1, code)
	assert.NotContains(t, out, "panic: test timed out")
	assert.Contains(t, out, "EVIDENCE s1 broken <nil>")
	assert.Contains(t, out, "EVIDENCE s2 broken <nil>")
	assert.Contains(t, out, "broken: interrupted: the deadline of go test -timeout is near")
	assert.Contains(t, out, "CLEANUP")
	assert.Less(t, time.Since(started), 30*time.Second)

	out, verdicts, _ = goTest(t, "deaf", "-test.timeout=3s")
	assert.Equal(t, []string{"s0 FAIL", "s1 FAIL", "s2 FAIL"}, verdicts, out)
	assert.NotContains(t, out, "panic: test timed out")
}
