package scenarios

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"runtime/debug"
	"strings"
	"testing"

	"github.com/seatrial/seatrial/harness/matrix"
	"github.com/seatrial/seatrial/harness/report"
	"github.com/seatrial/seatrial/scenarios/gherkin"
)

// Run runs scenarios as subtests of t, named by cell and scenario, so that
// go test -run finds any of them:
//
//	go test -run 'TestFeatures/go=1.22/.*/A_missing_asset_is_404'
//
// A scenario that fails shows its page. A cell that this machine cannot run is
// skipped as built; one without an engine fails as broken. Under go test -short
// everything that needs no engine is checked, and the rest skipped.
func Run(t *testing.T, o Options) {
	t.Helper()
	p, err := NewProgram(o)
	if err != nil {
		t.Fatalf("BROKEN: %v", err)
	}
	if testing.Short() {
		t.Skipf("the matrix and %d scenarios are in order; running them needs a container engine (go test without -short)", len(p.Plan.Scenarios))
	}
	if o.OutDir == "" {
		o.OutDir = filepath.Join(filepath.Dir(p.File.Path), ".seatrial")
	}
	name := t.Name()
	if o.Rerun == nil {
		o.Rerun = func(cell, ref string) string { return rerunCommand(name, p.Plan, cell, ref) }
	}
	trial, err := begin(t.Context(), p, o)
	if err != nil {
		t.Fatalf("BROKEN: %v", err)
	}
	v := &voyage{trial: trial, program: p, options: o}
	t.Cleanup(func() { v.closeTest(t) })
	for _, cell := range p.Cells {
		t.Run(cell.Name, func(t *testing.T) {
			t.Parallel()
			v.testCell(t, cell)
		})
	}
}

// testCell is cell for go test: what a scenario is run for is that go test
// selected it.
func (v *voyage) testCell(t *testing.T, cell matrix.Cell) {
	launcher := v.trial.Prepare(t.Context(), cell)
	if launcher == nil {
		v.leaveOut(cell)
		v.showCell(t, v.trial.Finish(cell))
		return
	}
	t.Cleanup(func() {
		if row := v.trial.Finish(cell); row.Outcome == report.UnexpectedPass {
			t.Errorf("UNEXPECTED PASS: %s", row.Reason)
		}
	})
	gherkin.Subtests(t, v.program.Plan, func(ctx context.Context, job gherkin.Job) error {
		planned := 0
		for _, s := range v.program.Plan.Scenarios {
			if job.Selected(s) {
				planned++
			}
		}
		v.trial.Plan(planned)
		return v.run(ctx, launcher, gherkin.Options[*World]{
			Grace:    job.Grace,
			Select:   func(s gherkin.Scenario) (bool, string) { return job.Selected(s), "" },
			OnResult: func(r report.Result) { job.Result(v.take(cell, r)) },
		})
	}, page)
}

func (v *voyage) showCell(t *testing.T, row report.Cell) {
	t.Helper()
	text := page(row.Result())
	switch row.Outcome {
	case report.Skipped, report.Built, report.ExpectedFailure:
		t.Skipf("%s: %s", row.Outcome, row.Reason)
	case report.Passed:
	default:
		t.Errorf("%s\n%s", strings.ToUpper(row.Outcome.String()), text)
	}
}

func (v *voyage) closeTest(t *testing.T) {
	t.Helper()
	run := v.trial.Report()
	run.LeftOut = v.program.LeftOut
	var table bytes.Buffer
	err := errors.Join(
		report.WriteTable(&table, run, report.Options{Width: 120}),
		v.trial.WriteReports(run),
		v.trial.Close(context.WithoutCancel(t.Context())),
	)
	t.Log("\n" + table.String())
	if err != nil {
		t.Errorf("BROKEN: %v", err)
	}
}

func page(r report.Result) string {
	if r.Failure == nil {
		return r.Reason
	}
	var b bytes.Buffer
	if err := report.WritePage(&b, r, report.Options{Width: 100}); err != nil {
		return err.Error()
	}
	return "\n" + b.String()
}

// rerunCommand is the go test command that runs a cell's scenario again.
func rerunCommand(test string, plan *gherkin.Plan, cell, ref string) string {
	pattern := "^" + regexp.QuoteMeta(test) + "$"
	for part := range strings.SplitSeq(cell, "/") {
		pattern += "/^" + regexp.QuoteMeta(part) + "$"
	}
	if ref != "" {
		if found, err := plan.Locate(ref); err == nil && len(found) == 1 {
			pattern += "/^" + regexp.QuoteMeta(strings.ReplaceAll(found[0].Title, " ", "_")) + "$"
		}
	}
	return fmt.Sprintf("go test -count=1 -run '%s' %s", strings.ReplaceAll(pattern, "'", `'\''`), testedPackage())
}

// testedPackage is the import path of the package that go test is testing, which
// means the same wherever in its module one is.
func testedPackage() string {
	if info, ok := debug.ReadBuildInfo(); ok {
		if path, isTest := strings.CutSuffix(info.Path, ".test"); isTest {
			return path
		}
	}
	return "."
}
