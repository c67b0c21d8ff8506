package harness

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/seatrial/seatrial/harness/build"
	"github.com/seatrial/seatrial/harness/deployment"
	"github.com/seatrial/seatrial/harness/experiment"
	"github.com/seatrial/seatrial/harness/image"
	"github.com/seatrial/seatrial/harness/matrix"
	"github.com/seatrial/seatrial/harness/report"
	"github.com/seatrial/seatrial/harness/sandbox"
)

// Launcher is a cell that was built and starts as deployed: ready to be launched
// under conditions, any number of times and side by side.
type Launcher struct {
	Cell     matrix.Cell
	Artifact *build.Artifact

	trial *Trial
	// plain is how the app is run, under are the cell's own conditions, and base
	// is the one under the others.
	plain deployment.Spec
	under []deployment.Condition
	base  deployment.Spec
	pool  *sandbox.Pool
	seen  survey

	mu      sync.Mutex
	written []string // directories that the app has written to, in tries that passed
}

// Trial is the run that the cell belongs to.
func (l *Launcher) Trial() *Trial { return l.trial }

// Deployment is how the app is run when no condition is applied.
func (l *Launcher) Deployment() deployment.Spec { return l.base.Clone() }

// Image is what Launch starts when no condition is applied.
func (l *Launcher) Image(ctx context.Context) (image.Ref, error) {
	return l.image(ctx, l.Cell.Base, l.base)
}

// Conditions are those that the matrix gives the cell. A scenario's own come on
// top of them and may not contradict them.
func (l *Launcher) Conditions() []deployment.Condition { return slices.Clone(l.under) }

// Launch starts the app under the conditions, on the cell's base. No error is the
// app's: a condition that does not fit it ([*deployment.Misfit]), or that names a
// file which is not there, is bad usage, and both that and what the engine cannot
// do are broken. What becomes of the process, the sandbox says.
func (l *Launcher) Launch(ctx context.Context, conditions ...deployment.Condition) (*sandbox.Sandbox, error) {
	return l.LaunchOn(ctx, l.Cell.Base, conditions...)
}

// LaunchOn is Launch on another base.
func (l *Launcher) LaunchOn(ctx context.Context, base string, conditions ...deployment.Condition) (*sandbox.Sandbox, error) {
	return l.LaunchAs(ctx, Launch{Base: base, Conditions: conditions})
}

// Launch is what is to be launched of a cell.
type Launch struct {
	Base       string // where it is not the cell's
	Conditions []deployment.Condition
	// RelayRedis prepares for connections to Redis that are spoiled while the app
	// runs, [sandbox.Sandbox.SpoilRedis].
	RelayRedis bool
}

// LaunchAs is Launch with everything that can be asked of it.
func (l *Launcher) LaunchAs(ctx context.Context, what Launch) (*sandbox.Sandbox, error) {
	what.Base = cmp.Or(what.Base, l.Cell.Base)
	what.Conditions = slices.Concat(l.under, what.Conditions)
	return l.launch(ctx, what)
}

// LaunchUnder starts the app under these facts alone, see package experiment: the
// cell's own conditions are among them, or are left out. The base is debian where
// none is named.
func (l *Launcher) LaunchUnder(ctx context.Context, facts []deployment.Condition, relayRedis bool) (*sandbox.Sandbox, error) {
	base, rest := experiment.Take(facts, "base")
	road, conditions := experiment.Take(rest, "road")
	s, err := l.launch(ctx, Launch{Base: cmp.Or(base, neutralBase), Conditions: conditions, RelayRedis: relayRedis})
	if err == nil && road != throughNginx {
		s.AvoidNginx()
	}
	return s, err
}

func (l *Launcher) launch(ctx context.Context, what Launch) (*sandbox.Sandbox, error) {
	spec, err := l.plain.With(what.Conditions...)
	if err != nil {
		return nil, err
	}
	spec.AnyAnswer = l.base.AnyAnswer
	spec.RedisLink.Relayed = what.RelayRedis
	ref, err := l.image(ctx, what.Base, spec)
	if err != nil {
		return nil, &sandbox.Broken{Doing: "make the app's image", Err: err}
	}
	return l.pool.Launch(ctx, withoutFileMounts(spec), ref)
}

// firstLaunch starts the app once as it is deployed. What it has to say when
// that fails is worth more than thirty scenarios that fail for the same reason.
func (l *Launcher) firstLaunch(ctx context.Context, row *report.Cell) (err error) {
	s, err := l.Launch(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close(context.WithoutCancel(ctx))) }()
	err = s.WaitReady(ctx, l.trial.App.Ready, l.trial.App.StartWithin)
	if err == nil {
		return l.look(ctx, s)
	}
	outcome := report.Failed
	if isBroken(err) || ctx.Err() != nil {
		outcome = report.Broken
	}
	bundle, errBundle := l.trial.Collect(context.WithoutCancel(ctx), Scene{
		Launcher: l, Name: "first launch", Sandbox: s, Failed: true, Outcome: outcome, Reason: err.Error(), Fault: err,
	})
	row.Bundle = bundle
	if errBundle != nil {
		err = errors.Join(err, fmt.Errorf("collect evidence: %w", errBundle))
	}
	return err
}

// deployment is how the app is run where nothing is changed.
func (t *Trial) deployment() deployment.Spec {
	a := t.App
	spec := deployment.Spec{
		WorkDir: a.WorkDir, Args: a.Args, Port: a.Port, Ready: a.Ready, AnyAnswer: a.DetectedReady, StopWithin: a.StopWithin,
		Env: map[string]string{},
	}
	for _, found := range []map[string]string{a.PortEnv, a.RedisEnv, a.Env} { // declared wins
		for key, value := range found {
			spec.Env[key] = value
		}
	}
	for _, m := range a.Mounts {
		spec.Mounts = append(spec.Mounts, deployment.Mount{Path: m.Path, From: m.From, Writable: m.Writable})
	}
	return spec
}

// deploy settles how the app is run in the launcher's cell: under the conditions
// that the matrix gives it.
func (l *Launcher) deploy() (err error) {
	l.plain = l.trial.deployment()
	if l.under, err = deployment.ParseAll(l.Cell.ConditionTexts()...); err != nil {
		return fmt.Errorf("read conditions of cell %s: %w", l.Cell.Name, err)
	}
	if l.base, err = l.plain.With(l.under...); err != nil {
		return fmt.Errorf("apply conditions of cell %s: %w", l.Cell.Name, err)
	}
	return nil
}
