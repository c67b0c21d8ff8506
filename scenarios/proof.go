package scenarios

import (
	"context"
	"errors"
	"regexp"
	"slices"

	"github.com/seatrial/seatrial/harness"
	"github.com/seatrial/seatrial/harness/deployment"
	"github.com/seatrial/seatrial/harness/experiment"
	"github.com/seatrial/seatrial/harness/report"
	"github.com/seatrial/seatrial/harness/sandbox"
	"github.com/seatrial/seatrial/scenarios/gherkin"
)

// observe notes what experiments need to know of the failed sandbox.
func (w *World) observe(reason string) {
	w.reason = reason
	nginx := false
	for _, x := range w.sandbox.Exchanges() {
		if x.Probe != "" {
			continue
		}
		w.asked = x.Path
		nginx = nginx || x.Road == sandbox.ThroughNginx
	}
	w.facts = w.Launcher.Facts(w.baseName(), w.conditions, nginx)
}

// prove does the scenario's steps again, up to the one that failed, with
// conditions taken away and with remedies.
func (w *World) prove(ctx context.Context, catalogue *gherkin.Catalogue, r *report.Result) {
	if w == nil || w.sandbox == nil || r.Outcome != report.Failed || r.Failure == nil {
		return
	}
	failed := slices.IndexFunc(r.Steps, func(s report.Step) bool { return s.Outcome == report.Failed })
	if failed < 0 {
		return
	}
	trial := w.Launcher.Trial()
	ask := w.asked
	if ask == "" {
		ask = trial.App.Ready
	}
	trial.Prove(ctx, harness.Failing{
		Cell: w.Launcher.Cell, Facts: w.facts, Bundle: r.Bundle, Diagnosis: w.diagnosis, Symptom: r.Failure.What.EN,
		Guesses: w.Launcher.Guesses, Spec: w.sandbox.Spec,
		Script: func(ctx context.Context, facts []deployment.Condition) (string, error) {
			return w.Launcher.Script(ctx, facts, ask)
		},
		Try: func(ctx context.Context, facts []deployment.Condition) (experiment.Verdict, error) {
			return w.try(ctx, catalogue, failed, facts)
		},
	}, r.Failure)
}

// try does the steps once, in a sandbox of their own.
func (w *World) try(ctx context.Context, catalogue *gherkin.Catalogue, failed int, facts []deployment.Condition) (verdict experiment.Verdict, err error) {
	again := &World{Launcher: w.Launcher, Scenario: w.Scenario, catalogue: w.catalogue, again: &facts}
	defer func() {
		if again.sandbox != nil {
			err = errors.Join(err, again.sandbox.Close(context.WithoutCancel(ctx)))
		}
	}()
	step, outcome, err := gherkin.Replay(ctx, catalogue, w.Scenario, failed, again)
	var now, before *sandbox.StartFailure
	switch {
	case ctx.Err() != nil:
		return experiment.Unresolved, context.Cause(ctx)
	case outcome == report.Passed:
		return w.Launcher.Verdict(ctx, again.sandbox, nil, nil, w.diagnosis)
	case outcome != report.Failed:
		return experiment.Unresolved, err
	case step != failed:
		return experiment.Differs, nil
	case errors.As(again.fault, &now) && errors.As(w.fault, &before):
		return w.Launcher.Verdict(ctx, again.sandbox, now, before, w.diagnosis)
	case symptom(again.fault, err) == symptom(w.fault, errors.New(w.reason)):
		return experiment.Fails, nil
	}
	return experiment.Differs, nil
}

// number matches what differs from one time to the next, but for the status of an
// answer and an exit code.
var number = regexp.MustCompile(`\b\d{4,}\b|\d+\.\d+|\d+(ms|s|µs)\b`)

// symptom is what a step found, without what differs every time.
func symptom(fault, err error) string {
	var f *Fault
	if errors.As(fault, &f) {
		return number.ReplaceAllString(f.What.EN, "#")
	}
	return number.ReplaceAllString(err.Error(), "#")
}
