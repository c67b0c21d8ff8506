package harness

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/seatrial/seatrial/harness/build"
	"github.com/seatrial/seatrial/harness/evidence"
	"github.com/seatrial/seatrial/harness/image"
	"github.com/seatrial/seatrial/harness/matrix"
	"github.com/seatrial/seatrial/harness/report"
	"github.com/seatrial/seatrial/harness/sandbox"
)

// ended is a cell whose story ends early without anyone's fault.
type ended struct {
	outcome report.Outcome
	reason  string
}

func (e *ended) Error() string { return e.outcome.String() + ": " + e.reason }

// judge turns what ended a cell early into its outcome. Whose fault it is, the
// type of the error says; an error of no such type is the harness's.
func (t *Trial) judge(ctx context.Context, cell matrix.Cell, l *Launcher, row *report.Cell, err error) {
	var early *ended
	var build *build.Failure
	var start *sandbox.StartFailure
	switch {
	case errors.As(err, &early):
		row.Outcome, row.Reason = early.outcome, early.reason
	case ctx.Err() != nil:
		row.Outcome, row.Reason = report.Broken, report.Interrupted
	case isBroken(err):
		row.Outcome, row.Failure = report.Broken, BrokenFailure(err)
	case errors.As(err, &build):
		row.Outcome, row.Failure = report.Failed, buildFailure(build)
	case errors.As(err, &start):
		row.Outcome, row.Failure = report.Failed, StartFailure(start)
		if start.Kind == sandbox.Exited && start.Crash() < 0 {
			t.nameMissing(row.Failure)
		}
	default:
		row.Outcome, row.Failure = report.Broken, BrokenFailure(err)
	}
	if row.Failure != nil && row.Bundle == "" { // nothing was launched
		row.Bundle = t.collectCell(cell, *row, err)
	}
	if row.Outcome == report.Failed {
		d := t.Diagnose(row.Bundle, row.Failure)
		switch {
		case build != nil:
			t.proveBuild(ctx, cell, row, d, build)
		case start != nil && l != nil:
			l.proveFirstLaunch(ctx, row, d, start)
		}
	}
	if row.Failure != nil {
		row.Failure.Rerun = t.rerun(cell.Name, "")
		row.Failure.Shell = t.shell(row.Bundle, launched(row.Bundle))
		redact(evidence.NewRedactor(t.Secrets()), row.Failure)
		row.Reason = row.Failure.What.EN
	}
	t.expect(cell, &row.Outcome, &row.Reason)
}

func isBroken(err error) bool {
	var broken interface{ Broken() bool }
	return errors.As(err, &broken) && broken.Broken()
}

// expect applies what the matrix says of a cell to a failure in it: one that is
// expected and has not expired is no news.
func (t *Trial) expect(cell matrix.Cell, outcome *report.Outcome, reason *string) {
	if cell.Expect == nil || *outcome != report.Failed || cell.Expect.Outcome != "failed" {
		return
	}
	if cell.Expect.Expired(time.Now()) {
		*reason = fmt.Sprintf("the expectation of this failure expired on %s (%s)", cell.Expect.Expires.Format(time.DateOnly), cell.Expect.Reason)
		return
	}
	*outcome, *reason = report.ExpectedFailure, cell.Expect.Reason
}

// Record takes the result of a scenario into the report, and gives it back as it
// stands there: without secrets, and a failure that the matrix expects has become
// one.
func (t *Trial) Record(cell matrix.Cell, r report.Result) report.Result {
	r.Cell = cell.Name
	if r.Failure == nil && r.Outcome == report.Broken && !strings.HasPrefix(r.Reason, report.Interrupted) {
		r.Failure = BrokenFailure(errors.New(r.Reason))
	}
	redactor := evidence.NewRedactor(t.Secrets())
	r.Reason, r.ReasonZH = redactor.Text(r.Reason), redactor.Text(r.ReasonZH)
	r.Steps = slices.Clone(r.Steps)
	for i := range r.Steps {
		r.Steps[i].Error = redactor.Text(r.Steps[i].Error)
	}
	if r.Failure != nil {
		if r.Failure.Rerun == "" {
			r.Failure.Rerun = t.rerun(cell.Name, fmt.Sprintf("%s:%d", r.File, r.Line))
		}
		r.Failure.Shell = t.shell(r.Bundle, launched(r.Bundle))
		redact(redactor, r.Failure)
	}
	t.expect(cell, &r.Outcome, &r.Reason)
	t.mu.Lock()
	defer t.mu.Unlock()
	t.run.Results = append(t.run.Results, r)
	return r
}

// Plan counts scenarios that are going to be run; each must be recorded.
func (t *Trial) Plan(scenarios int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.run.Planned += scenarios
}

// Finish ends a cell whose scenarios have all been recorded. It gives the cell's
// row of the report: an expectation that did not come true is an outcome.
func (t *Trial) Finish(cell matrix.Cell) report.Cell {
	t.mu.Lock()
	defer t.mu.Unlock()
	i := slices.IndexFunc(t.run.Cells, func(c report.Cell) bool { return c.Name == cell.Name })
	if i < 0 {
		return report.Cell{Name: cell.Name, Outcome: report.Broken, Reason: "the cell was not prepared"}
	}
	row := &t.run.Cells[i]
	if cell.Expect == nil || row.Outcome != report.Unknown && row.Outcome != report.Built {
		return *row
	}
	came := cell.Expect.Outcome == "built" && row.Outcome == report.Built
	for _, r := range t.run.Results {
		came = came || r.Cell == cell.Name && (r.Outcome == report.ExpectedFailure || r.Outcome == report.Failed)
	}
	if !came {
		row.Outcome = report.UnexpectedPass
		row.Reason = fmt.Sprintf("expected %s (%s), but it did not happen: remove the expectation", cell.Expect.Outcome, cell.Expect.Reason)
	}
	return *row
}

// Report gives what the trial found so far.
func (t *Trial) Report() *report.Run {
	t.mu.Lock()
	defer t.mu.Unlock()
	run := t.run
	run.Took = time.Since(run.Started)
	run.Cells = slices.Clone(run.Cells)
	run.Results = slices.Clone(run.Results)
	run.Notes = append(slices.Clone(run.Notes), t.builder.Notes()...)
	order := map[string]int{}
	for i, c := range t.options.Cells {
		order[c.Name] = i
	}
	slices.SortStableFunc(run.Cells, func(a, b report.Cell) int { return order[a.Name] - order[b.Name] })
	slices.SortStableFunc(run.Results, func(a, b report.Result) int { return order[a.Cell] - order[b.Cell] })
	return &run
}

func (t *Trial) recordCell(row report.Cell) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.run.Cells = append(t.run.Cells, row)
}

func (t *Trial) rerun(cell, ref string) string {
	if t.options.Rerun == nil {
		return ""
	}
	return t.options.Rerun(cell, ref)
}

// launched says whether a bundle is of something that was.
func launched(bundle string) bool {
	return bundle != "" && exists(filepath.Join(bundle, evidence.SpecFile))
}

// shell is the command that opens a shell beside what a bundle is of, if that was
// launched.
func (t *Trial) shell(bundle string, launched bool) string {
	if t.options.Shell == nil || bundle == "" || !launched {
		return ""
	}
	return t.options.Shell(bundle)
}

func artifactInfo(a *build.Artifact) *report.ArtifactInfo {
	return &report.ArtifactInfo{
		Path: a.Path, SHA256: a.SHA256, Size: a.Size, GoVersion: a.Facts.GoVersion, Static: a.Facts.Static,
		Interpreter: a.Facts.Interpreter, Command: a.Command, Took: a.Took, Reused: a.Reused,
	}
}

func imageInfo(ref image.Ref) *report.ImageInfo {
	return &report.ImageInfo{Name: ref.Name, ID: ref.ID, Digest: ref.Digest, Source: ref.Source, Detail: ref.Detail, Size: ref.Size, Took: ref.Took}
}
