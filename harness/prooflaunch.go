package harness

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/seatrial/seatrial/harness/deployment"
	"github.com/seatrial/seatrial/harness/diagnose"
	"github.com/seatrial/seatrial/harness/evidence"
	"github.com/seatrial/seatrial/harness/experiment"
	"github.com/seatrial/seatrial/harness/report"
	"github.com/seatrial/seatrial/harness/sandbox"
)

const (
	// neutralBase is the one that has what others lack.
	neutralBase = "debian"
	// throughNginx is the value of [experiment.Road] that requests had.
	throughNginx = string(sandbox.ThroughNginx)
)

// ProofPatience is how long an app may take to become ready in an experiment. An
// app that is ready later than that has had all of its own time before.
const ProofPatience = 5 * time.Second

// Facts gives what can be taken away of a launch in this cell: the conditions,
// those of the cell included, the base where there is a better one, and the road
// through nginx if it was taken.
func (l *Launcher) Facts(base string, conditions []deployment.Condition, nginx bool) []deployment.Condition {
	var facts []deployment.Condition
	for _, c := range slices.Concat(l.under, conditions) {
		if !slices.Contains(facts, c) {
			facts = append(facts, c)
		}
	}
	if base != neutralBase {
		facts = append(facts, experiment.Base(base))
	}
	if nginx {
		facts = append(facts, experiment.Road(throughNginx))
	}
	return facts
}

// proveFirstLaunch tries a cell's first launch again, as it failed.
func (l *Launcher) proveFirstLaunch(ctx context.Context, row *report.Cell, d diagnose.Diagnosis, start *sandbox.StartFailure) {
	l.trial.Prove(ctx, Failing{
		Cell: l.Cell, Facts: l.Facts(l.Cell.Base, nil, false), Bundle: row.Bundle, Diagnosis: d, Symptom: start.Error(),
		Guesses: l.Guesses, Spec: l.base,
		Script: func(ctx context.Context, facts []deployment.Condition) (string, error) {
			return l.Script(ctx, facts, l.trial.App.Ready)
		},
		Try: func(ctx context.Context, facts []deployment.Condition) (experiment.Verdict, error) {
			s, err := l.LaunchUnder(ctx, facts, false)
			if err != nil {
				return experiment.Unresolved, err
			}
			err = s.WaitReady(ctx, l.trial.App.Ready, min(l.trial.App.StartWithin, ProofPatience))
			verdict, why := l.Verdict(ctx, s, err, start, d)
			return verdict, errors.Join(why, s.Close(context.WithoutCancel(ctx)))
		},
	}, row.Failure)
}

// Verdict judges a launch that was made again after it had failed so, by what
// waiting for it gave.
func (l *Launcher) Verdict(ctx context.Context, s *sandbox.Sandbox, err error, before *sandbox.StartFailure, d diagnose.Diagnosis) (experiment.Verdict, error) {
	var now *sandbox.StartFailure
	switch {
	case ctx.Err() != nil:
		return experiment.Unresolved, context.Cause(ctx)
	case err == nil:
		l.learn(ctx, s)
		return experiment.Passes, nil
	case !errors.As(err, &now):
		return experiment.Unresolved, err
	case SameStart(now, before, d):
		return experiment.Fails, nil
	}
	return experiment.Differs, nil
}

// SameStart says whether an app failed to start as it did before: in the same way
// and, where a rule knows why, for the same reason.
func SameStart(now, before *sandbox.StartFailure, d diagnose.Diagnosis) bool {
	if now.Kind != before.Kind {
		return false
	}
	if d.Known() {
		if again := diagnosisOf(now); again.Known() {
			// Less is known of a try, so that what was a consequence may be its cause.
			before := rulesOf(d.Findings)
			return slices.ContainsFunc(rulesOf(again.Findings), func(rule string) bool { return slices.Contains(before, rule) })
		}
	}
	return now.State.ExitCode == before.State.ExitCode && now.State.OOM == before.State.OOM && alike(now.Error(), before.Error())
}

// rulesOf lists the rules of findings and of their chains.
func rulesOf(findings []diagnose.Finding) []string {
	var list []string
	for _, f := range findings {
		list = append(append(list, f.Rule), rulesOf(f.Chain)...)
	}
	return list
}

// alike says whether two texts have most of their words in common: an id or a path
// may differ every time, what went wrong does not.
func alike(one, other string) bool {
	const most = 0.7
	a, b := strings.Fields(changing.ReplaceAllString(one, "#")), strings.Fields(changing.ReplaceAllString(other, "#"))
	common := 0
	for _, word := range a {
		if slices.Contains(b, word) {
			common++
		}
	}
	return float64(common) >= most*float64(max(len(a), len(b)))
}

// diagnosisOf reads what a failure knows without asking the engine for more.
func diagnosisOf(f *sandbox.StartFailure) diagnose.Diagnosis {
	texts := map[string]string{}
	put := func(name string, v any) {
		if data, err := json.Marshal(v); err == nil {
			texts[name] = string(data)
		}
	}
	put(evidence.OutcomeFile, evidence.Outcome{Outcome: report.Failed.String(), Phase: "launch", Kind: f.Kind.String(), Within: f.Within.String()})
	put(evidence.StateFile, f.State)
	put(evidence.SpecFile, f.Spec)
	put(evidence.SocketsFile, f.Sockets)
	for _, line := range f.Log {
		name := evidence.StdoutLog
		if line.Stream == sandbox.Stderr {
			name = evidence.StderrLog
		}
		texts[name] += line.Text + "\n"
	}
	b, err := evidence.FromTexts(texts)
	if err != nil {
		return diagnose.Diagnosis{}
	}
	defer b.Close()
	return diagnose.Bundle(b)
}

// learn remembers where an app writes: there it may need to be let.
func (l *Launcher) learn(ctx context.Context, s *sandbox.Sandbox) {
	if s.Spec.ReadOnlyRoot {
		return
	}
	changes, err := s.Changes(ctx)
	if err != nil {
		return // there is less to guess from
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, c := range changes {
		if dir := path.Dir(c.Path); c.Kind == "added" && !slices.Contains(l.written, dir) {
			l.written = append(l.written, dir)
		}
	}
}

// Guesses are remedies for what no rule knows.
func (l *Launcher) Guesses(minimal []deployment.Condition) []experiment.Remedy {
	var list []experiment.Remedy
	guess := func(facts ...deployment.Condition) { list = append(list, experiment.Remedy{Facts: facts}) }
	for _, c := range minimal {
		switch c.Name {
		case "read-only-root", "user", "drop-capabilities":
			l.mu.Lock()
			for _, dir := range l.written[:min(len(l.written), 3)] {
				guess(deployment.TmpfsAt(dir, 0))
			}
			l.mu.Unlock()
		case "memory", "pids", "open-files":
			for _, more := range larger(c) {
				guess(more)
			}
		}
	}
	if len(minimal) > 0 {
		return list
	}
	if l.Cell.Base != neutralBase {
		guess(experiment.Base(neutralBase))
	}
	if l.base.User != "" && l.base.User != "0:0" {
		guess(deployment.User(0, 0))
	}
	for _, dir := range []string{l.trial.App.WorkDir, path.Dir(binaryPath(l.trial.App, l.base))} {
		if dir != "" && dir != cmp.Or(l.base.WorkDir, l.trial.App.WorkDir) {
			guess(deployment.WorkDir(dir))
		}
	}
	return list
}

// larger gives twice, four and sixteen times the limit.
func larger(c deployment.Condition) []deployment.Condition {
	spec, err := deployment.Spec{}.With(c)
	if err != nil {
		return nil
	}
	var list []deployment.Condition
	for _, factor := range []int64{2, 4, 16} {
		limit := spec.Memory + spec.PIDs + spec.OpenFiles // the other two are 0
		text := strconv.FormatInt(limit*factor, 10)
		if more, err := deployment.Parse(c.Name + "=" + text); err == nil {
			list = append(list, more)
		}
	}
	return list
}
