package harness

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"time"

	"github.com/seatrial/seatrial/harness/deployment"
	"github.com/seatrial/seatrial/harness/diagnose"
	"github.com/seatrial/seatrial/harness/evidence"
	"github.com/seatrial/seatrial/harness/experiment"
	"github.com/seatrial/seatrial/harness/lang"
	"github.com/seatrial/seatrial/harness/matrix"
	"github.com/seatrial/seatrial/harness/report"
)

// Proving says whether failures are tried again to prove their cause, and what
// that may cost.
type Proving struct {
	Off bool
	// Launches and Time bound the proof of one failure; 0 is the default.
	Launches int
	Time     time.Duration
}

// The bounds of a proof, where nothing else is said.
const (
	DefaultProofLaunches = 12
	DefaultProofTime     = 20 * time.Second
)

// Failing is a failure that can be tried again.
type Failing struct {
	Cell   matrix.Cell
	Build  bool                   // it is a build that failed
	Facts  []deployment.Condition // under which it failed, those of the cell included
	Bundle string                 // its evidence, which the proof is added to
	// Diagnosis gives the remedies; Symptom tells apart what no rule knows.
	Diagnosis diagnose.Diagnosis
	Symptom   string
	// Guesses are remedies where those of the rules do not help.
	Guesses func(minimal []deployment.Condition) []experiment.Remedy
	// Script gives the commands that show the facts' side without Seatrial.
	Script func(ctx context.Context, facts []deployment.Condition) (string, error)
	Try    experiment.Try
	// Spec is what the failing side was launched as: it names the secrets.
	Spec deployment.Spec
}

// sharedProof is one that several scenarios wait for.
type sharedProof struct {
	done  chan struct{}
	proof *experiment.Proof
	steps report.Reproduction
}

// Prove tries the failure again until its cause is proven, and writes what that
// showed into the page and the bundle. What fails for the same finding in the
// same cell is tried once. It ends with ctx, and takes none of the time of what
// is expected to fail.
func (t *Trial) Prove(ctx context.Context, f Failing, page *report.Failure) {
	if t.options.Proof.Off || ctx.Err() != nil || page == nil || f.Cell.Expect != nil {
		return
	}
	t.mu.Lock()
	one, known := t.proofs[f.name()]
	if !known {
		one = &sharedProof{done: make(chan struct{})}
		t.proofs[f.name()] = one
	}
	t.mu.Unlock()
	if known {
		select {
		case <-one.done:
		case <-ctx.Done():
			return
		}
		if !f.explainedBy(one.proof) {
			one = &sharedProof{done: make(chan struct{})}
			known = false
		}
	}
	if !known {
		t.options.Progress.Stage(f.Cell.Name, "proof")
		t.experiment(ctx, f, one)
		close(one.done)
	}
	if one.proof == nil {
		return
	}
	page.Proof = sentence(one)
	if one.steps != (report.Reproduction{}) {
		page.Reproduce = &one.steps
	}
	if err := t.writeProof(f, one); err != nil {
		t.note(fmt.Sprintf("proof of %s: %v", f.Bundle, err))
	}
}

// sentence is what the page says of a proof.
func sentence(one *sharedProof) lang.Text {
	text := one.proof.Sentence()
	if one.steps.Fails != "" && !text.IsZero() {
		text.EN += ". sh " + evidence.ReproduceFile + " in the bundle shows it"
		text.ZH += "。可用证据包中的 sh " + evidence.ReproduceFile + " 复现"
	}
	return text
}

func (t *Trial) experiment(ctx context.Context, f Failing, one *sharedProof) {
	bounds := experiment.Bounds{Launches: t.options.Proof.Launches, Time: t.options.Proof.Time}
	if bounds.Launches == 0 {
		bounds.Launches = DefaultProofLaunches
	}
	if bounds.Time == 0 {
		bounds.Time = DefaultProofTime
	}
	one.proof = experiment.Prove(ctx, experiment.Question{
		Facts: f.Facts, Build: f.Build, Remedies: remediesOf(f.Diagnosis), Guesses: f.Guesses, Try: f.Try, Bounds: bounds, Parallel: t.room,
	})
	if f.Script == nil || ctx.Err() != nil {
		return
	}
	var errFails, errPasses error
	if one.proof.Fails() {
		one.steps.Fails, errFails = f.Script(ctx, one.proof.Minimal)
	}
	if one.proof.Passes() {
		one.steps.Passes, errPasses = f.Script(ctx, one.proof.Passing)
	}
	if err := errors.Join(errFails, errPasses); err != nil {
		t.note(fmt.Sprintf("commands that reproduce %s: %v", f.Bundle, err))
	}
}

// room is how many launches may be made side by side now: as many as there are
// slots that nobody uses, for those of others are not to wait.
func (t *Trial) room() int {
	t.mu.Lock()
	pool := t.openPool
	t.mu.Unlock()
	if pool == nil {
		return 1
	}
	return max(1, pool.Idle())
}

// remediesOf gives what the findings propose, in their order.
func remediesOf(d diagnose.Diagnosis) []experiment.Remedy {
	var list []experiment.Remedy
	for _, f := range d.Findings {
		for _, one := range append([]diagnose.Finding{f}, f.Chain...) {
			if len(one.Remedy) > 0 {
				list = append(list, experiment.Remedy{Rule: one.Rule, Facts: one.Remedy})
			}
		}
		for _, c := range f.Remedy { // any of them may be enough
			if len(f.Remedy) > 1 {
				list = append(list, experiment.Remedy{Rule: f.Rule, Facts: []deployment.Condition{c}})
			}
		}
	}
	return list
}

var changing = regexp.MustCompile(`[0-9]+`)

// name is the same for failures that one proof will do for.
func (f Failing) name() string {
	if f.Diagnosis.Known() {
		first := f.Diagnosis.Findings[0]
		return f.Cell.Name + "\x00" + first.Rule + "\x00" + changing.ReplaceAllString(first.Cause.EN, "#")
	}
	return fmt.Sprint(f.Cell.Name, "\x00", f.Facts, "\x00", changing.ReplaceAllString(f.Symptom, "#"))
}

// explainedBy says whether a proof that was made for another failure is one for
// this: what it needs to fail is there.
func (f Failing) explainedBy(p *experiment.Proof) bool {
	return p != nil && p.Fails() && !slices.ContainsFunc(p.Minimal, func(c deployment.Condition) bool { return !slices.Contains(f.Facts, c) })
}

// writeProof adds a proof to the bundle.
func (t *Trial) writeProof(f Failing, one *sharedProof) error {
	if f.Bundle == "" {
		return nil
	}
	return evidence.Amend(f.Bundle, t.secretsOf(f.Spec), func(w *evidence.Writer) error {
		errs := []error{w.JSON(evidence.ExperimentFile, one.proof)}
		if one.steps.Fails != "" {
			errs = append(errs, w.Text(evidence.ReproduceFile, reproduction(one)))
		}
		return errors.Join(errs...)
	})
}
