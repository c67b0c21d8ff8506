package scenarios

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http/cookiejar"
	"slices"
	"strings"
	"time"

	"github.com/seatrial/seatrial/harness"
	"github.com/seatrial/seatrial/harness/deployment"
	"github.com/seatrial/seatrial/harness/diagnose"
	"github.com/seatrial/seatrial/harness/evidence"
	"github.com/seatrial/seatrial/harness/lang"
	"github.com/seatrial/seatrial/harness/report"
	"github.com/seatrial/seatrial/harness/sandbox"
	"github.com/seatrial/seatrial/scenarios/gherkin"
)

// World is what one scenario has: a cell to launch from, the conditions that its
// Given steps gather, and the app once it was launched.
type World struct {
	Launcher *harness.Launcher
	Scenario gherkin.Scenario

	catalogue  *gherkin.Catalogue
	conditions []deployment.Condition
	base       string // where not the cell's

	sandbox  *sandbox.Sandbox
	link     deployment.Link // of connections to Redis, as steps have changed it
	wasReady bool
	answer   *sandbox.Response
	stopped  *shutdown
	cookies  *cookiejar.Jar // of the visitor that asks
	// explained says that the app is not ready and was excused: what follows
	// need not wait for it.
	explained bool

	fault error // what the failing step found, with its type

	// again is set in experiments: the facts under which the app is launched,
	// whatever the steps say.
	again *[]deployment.Condition
	// diagnosis and facts are those of the failure, for its proof.
	diagnosis diagnose.Diagnosis
	facts     []deployment.Condition
	asked     string // the path of the last request
	reason    string // the failure in one line
}

// Fault is what a step found wrong with the app, told so that a person can act.
type Fault struct {
	What     lang.Text
	Cause    lang.Text
	Evidence []evidence.Line
	Fix      lang.Text
}

// Error gives what is wrong and why, in English.
func (f *Fault) Error() string {
	if f.Cause.EN == "" {
		return f.What.EN
	}
	return f.What.EN + ": " + f.Cause.EN
}

// faulty remembers what a step found, for the failure page.
func (w *World) faulty(err error) error {
	w.fault = err
	return err
}

// wrong makes a fault of a symptom and its cause in both languages.
func (w *World) wrong(what, cause, fix lang.Text, lines ...evidence.Line) error {
	return w.faulty(&Fault{What: what, Cause: cause, Fix: fix, Evidence: lines})
}

// skip ends the scenario without a verdict: it cannot be run on this app, or
// would show nothing.
func skip(why lang.Text) error { return gherkin.SkipText(why) }

// noStepBefore is a scenario in which a step lacks another before it.
func noStepBefore(did string) error {
	return gherkin.Broken(errors.New("no step before this one " + did))
}

// errTwoColumns is a table that is no list of names and values.
var errTwoColumns = errors.New("want a table of two columns: a name and its value")

// both formats a text in both languages.
func both(en, zh string, args ...any) lang.Text {
	return lang.Text{EN: fmt.Sprintf(en, args...), ZH: fmt.Sprintf(zh, args...)}
}

// under adds a condition to the deployment that will be launched.
func (w *World) under(c deployment.Condition) error {
	if w.sandbox != nil {
		return fmt.Errorf("the app was started already; say %q before it starts", c)
	}
	parsed, err := deployment.Parse(c.String())
	if err != nil {
		return err
	}
	w.conditions = append(w.conditions, parsed)
	return nil
}

// launched gives the running app, launching it if no step has done so yet.
func (w *World) launched(ctx context.Context) (*sandbox.Sandbox, error) {
	if w.sandbox != nil {
		return w.sandbox, nil
	}
	relay := w.says(linkSentences...)
	if w.again != nil {
		s, err := w.Launcher.LaunchUnder(ctx, *w.again, relay)
		w.sandbox = s
		return s, err
	}
	s, err := w.Launcher.LaunchAs(ctx, harness.Launch{Base: w.baseName(), Conditions: w.conditions, RelayRedis: relay})
	if err != nil {
		return nil, w.elsewhere(err)
	}
	w.sandbox = s
	return s, nil
}

// baseName is the base to launch on.
func (w *World) baseName() string { return cmp.Or(w.base, w.Launcher.Cell.Base) }

// elsewhere skips a scenario whose conditions contradict those that the matrix
// gives the cell: it can only be run in other cells.
func (w *World) elsewhere(err error) error {
	var c *deployment.Contradiction
	own := w.Launcher.Conditions()
	if errors.As(err, &c) && slices.Contains(own, c.First) != slices.Contains(own, c.Second) {
		return skip(both("not in this cell: %s", "不适用于该单元：%s", c.Error()))
	}
	return err
}

// ready gives the app once it has been ready: what a scenario did to it since
// then may well have made it unready again.
func (w *World) ready(ctx context.Context) (*sandbox.Sandbox, error) {
	if w.wasReady {
		return w.sandbox, nil
	}
	if err := w.waitReady(ctx, w.Launcher.Trial().App.StartWithin); err != nil {
		return nil, err
	}
	return w.sandbox, nil
}

// waitReady waits until the app answers on its ready path now.
func (w *World) waitReady(ctx context.Context, within time.Duration) error {
	s, err := w.launched(ctx)
	if err != nil {
		return err
	}
	if w.again != nil {
		within = min(within, harness.ProofPatience)
	}
	if err := s.WaitReady(ctx, w.Launcher.Trial().App.Ready, within); err != nil {
		return w.faulty(err)
	}
	w.wasReady = true
	return nil
}

// end collects the evidence, describes the failure, and gives the slot back.
func (w *World) end(ctx context.Context, r *report.Result) error {
	if w == nil { // it could not be made
		return nil
	}
	var errs []error
	failed := r.Outcome == report.Failed || r.Outcome == report.Broken
	if w.sandbox != nil {
		errs = append(errs, w.sandbox.HoldStill(ctx))
	}
	if r.Outcome != report.Skipped {
		bundle, err := w.Launcher.Trial().Collect(ctx, harness.Scene{
			Launcher: w.Launcher, Name: w.Scenario.Title, Conditions: w.conditions, Base: w.base,
			Steps: r.Steps, Sandbox: w.sandbox, Failed: failed, Outcome: r.Outcome, Reason: r.Reason, Fault: w.fault,
		})
		r.Bundle = bundle
		if err != nil {
			errs = append(errs, fmt.Errorf("collect evidence: %w", err))
		}
	}
	if failed && !strings.HasPrefix(r.Reason, report.Interrupted) {
		r.Failure = w.describe(ctx, r)
	}
	if r.Outcome == report.Failed {
		w.diagnosis = w.Launcher.Trial().Diagnose(r.Bundle, r.Failure)
	}
	if w.sandbox != nil {
		w.observe(r.Reason)
		errs = append(errs, w.sandbox.Close(ctx))
	}
	return errors.Join(errs...)
}

// describe says why the scenario failed, as well as is known.
func (w *World) describe(ctx context.Context, r *report.Result) *report.Failure {
	var start *sandbox.StartFailure
	var fault *Fault
	var f *report.Failure
	switch {
	case errors.As(w.fault, &start):
		f = harness.StartFailure(start)
	case errors.As(w.fault, &fault):
		f = &report.Failure{What: fault.What, Cause: fault.Cause, Evidence: fault.Evidence, Fix: fault.Fix}
		if len(f.Evidence) == 0 {
			f.Evidence = w.lastLog(ctx)
		}
	case r.Outcome == report.Broken:
		f = harness.BrokenFailure(errors.New(r.Reason))
		f.Evidence = append(f.Evidence, w.lastLog(ctx)...)
	default:
		f = &report.Failure{What: lang.Text{EN: r.Reason}, Evidence: w.lastLog(ctx)}
	}
	if len(w.conditions) > 0 {
		under := w.conditionList()
		f.What = lang.Text{
			EN: fmt.Sprintf("%s (under %s)", f.What.EN, under),
			ZH: fmt.Sprintf("%s（条件：%s）", f.What.In(lang.Chinese), under),
		}
	}
	return f
}

func (w *World) conditionList() string {
	var list []string
	for _, c := range w.conditions {
		list = append(list, c.String())
	}
	return strings.Join(list, ", ")
}

// lastLog gives the end of the app's log as evidence lines: of what is no mere
// routine, if there is anything else.
func (w *World) lastLog(ctx context.Context) []evidence.Line {
	if w.sandbox == nil {
		return nil
	}
	lines, err := w.sandbox.Logs(ctx)
	if err != nil {
		return nil
	}
	all := logEvidence(lines)
	telling := slices.DeleteFunc(slices.Clone(all), func(line evidence.Line) bool {
		level := levelOf(line.Text)
		return strings.TrimSpace(line.Text) == "" || level == "debug" || level == "info"
	})
	if len(telling) == 0 {
		telling = all
	}
	return lastLines(telling)
}

func lastLines(lines []evidence.Line) []evidence.Line {
	const most = 5
	return lines[max(0, len(lines)-most):]
}

// logEvidence numbers log lines as the bundle's files have them.
func logEvidence(lines []sandbox.LogLine) []evidence.Line {
	files := map[sandbox.Stream]string{sandbox.Stdout: evidence.StdoutLog, sandbox.Stderr: evidence.StderrLog}
	numbers := map[sandbox.Stream]int{}
	var list []evidence.Line
	for _, line := range lines {
		numbers[line.Stream]++
		list = append(list, evidence.Line{File: files[line.Stream], Number: numbers[line.Stream], Text: strings.TrimRight(line.Text, "\r")})
	}
	return list
}
