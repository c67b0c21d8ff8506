package gherkin

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"time"

	"github.com/cucumber/godog"

	"github.com/seatrial/seatrial/harness/report"
)

// attempt is the run of one scenario: its world, and what happened so far.
// Godog calls its methods one after the other.
type attempt[W any] struct {
	*runner[W]
	scenario Scenario
	result   report.Result
	world    W
	begun    bool  // World was called
	setup    error // why no step is to run
	step     int   // index of the step that runs
	took     time.Duration
	finished bool
}

func (a *attempt[W]) before(_ context.Context, pickle *godog.Scenario) (context.Context, error) {
	a.scenario = a.pickles[pickle.Id]
	a.result = a.scenario.unfinished(report.Unknown, "")
	a.mu.Lock()
	failed := a.failed
	a.mu.Unlock()
	switch {
	case a.ctx.Err() != nil:
		a.setup = interrupted(a.ctx)
	case failed != "":
		a.setup = Skip("fail-fast: " + failed + " did not pass")
	default:
		a.start()
	}
	return nil, a.setup
}

func (a *attempt[W]) start() {
	if a.options.OnStart != nil {
		a.mu.Lock()
		a.options.OnStart(a.scenario)
		a.mu.Unlock()
	}
	if a.options.World == nil {
		return
	}
	a.begun = true
	a.world, a.setup = guard(a.ctx, a.options.Grace/4, func() (W, error) { return a.options.World(a.ctx, a.scenario) })
	if outcome, _ := classify(a.ctx, a.setup); outcome == report.Failed {
		a.setup = Broken(a.setup)
	}
}

func (a *attempt[W]) beforeStep(context.Context, *godog.Step) (context.Context, error) {
	a.step++
	a.took = 0
	return nil, nil
}

func (a *attempt[W]) afterStep(_ context.Context, _ *godog.Step, status godog.StepResultStatus, err error) (context.Context, error) {
	reached := status != godog.StepSkipped || err != nil
	if a.finished || a.setup != nil || !reached || a.step >= len(a.result.Steps) {
		return nil, nil
	}
	step := &a.result.Steps[a.step]
	outcome, why := classify(a.ctx, err)
	step.Outcome, step.Took = outcome, a.took
	if err != nil {
		step.Error = err.Error()
	}
	if outcome != report.Passed && a.result.Outcome == report.Unknown {
		a.result.Outcome, a.result.Reason, a.result.ReasonZH = outcome, why.EN, why.ZH
	}
	return nil, nil
}

// after ends the scenario. Godog calls it at the first step that fails, at the
// last step otherwise.
func (a *attempt[W]) after(_ context.Context, _ *godog.Scenario, _ error) (context.Context, error) {
	if a.finished {
		return nil, nil
	}
	a.finished = true
	a.conclude()
	a.result.Took = time.Since(a.result.Started)
	if a.begun && a.options.After != nil {
		a.collect()
	}
	a.deliver(a.result)
	return nil, nil
}

func (a *attempt[W]) conclude() {
	if a.setup != nil {
		outcome, why := classify(a.ctx, a.setup)
		a.result.Outcome, a.result.Reason, a.result.ReasonZH = outcome, why.EN, why.ZH
	}
	if a.result.Outcome != report.Unknown {
		return
	}
	for _, step := range a.result.Steps {
		if step.Outcome != report.Passed {
			a.result.Outcome, a.result.Reason = report.Broken, fmt.Sprintf("line %d did not run", step.Line)
			return
		}
	}
	a.result.Outcome = report.Passed
}

// collect calls After, on a copy: one that was left behind may still write.
func (a *attempt[W]) collect() {
	ctx, cancel := lagging(a.ctx, a.options.Grace/2)
	defer cancel()
	var result report.Result
	result, err := guard(ctx, a.options.Grace/4, func() (report.Result, error) {
		r := a.result
		err := a.options.After(ctx, a.world, &r)
		return r, err
	})
	if result.Outcome != report.Unknown {
		a.result = result
	}
	if err == nil {
		return
	}
	why := "after the scenario: " + reason(err)
	switch a.result.Outcome {
	case report.Failed, report.Broken:
		a.result.Reason += "; " + why
	default:
		a.result.Outcome, a.result.Reason = report.Broken, why
	}
}

// handler is what godog calls for a sentence in one language: a function of as
// many strings as the pattern has parameters.
func (a *attempt[W]) handler(f found) any {
	in := []reflect.Type{contextType}
	for range f.form.params {
		in = append(in, stringType)
	}
	switch f.sentence.signature.data {
	case TableData:
		in = append(in, reflect.TypeFor[*godog.Table]())
	case DocStringData:
		in = append(in, reflect.TypeFor[*godog.DocString]())
	}
	t := reflect.FuncOf(in, []reflect.Type{contextType, errorType}, false)
	return reflect.MakeFunc(t, func(args []reflect.Value) []reflect.Value {
		ctx := args[0].Interface().(context.Context)
		var captures []string
		for _, arg := range args[1 : 1+len(f.form.params)] {
			captures = append(captures, arg.String())
		}
		var data any
		if f.sentence.signature.data != NoData {
			data = fromGodog(args[len(args)-1].Interface())
		}
		next, err := a.perform(ctx, f, captures, data)
		return []reflect.Value{reflect.ValueOf(&next).Elem(), reflect.ValueOf(&err).Elem()}
	}).Interface()
}

func (a *attempt[W]) perform(ctx context.Context, f found, captures []string, data any) (context.Context, error) {
	args, err := f.arguments(captures)
	if err != nil {
		return ctx, Broken(err)
	}
	started := time.Now()
	defer func() { a.took = time.Since(started) }()
	world := reflect.ValueOf(&a.world).Elem()
	next, err := guard(a.ctx, a.options.Grace/4, func() (context.Context, error) {
		return f.sentence.signature.call(ctx, world, args, data)
	})
	var p *PanicError
	if errors.As(err, &p) && stopsGodog(p.Value) {
		panic(p.Value)
	}
	if next == nil {
		next = ctx
	}
	return next, err
}

// stopsGodog recognises the panic of godog.T(ctx).FailNow and SkipNow, which
// godog itself turns into a failure or a skip.
func stopsGodog(v any) bool {
	err, ok := v.(error)
	return ok && err.Error() == "FailNow or SkipNow called"
}

func fromGodog(data any) any {
	switch d := data.(type) {
	case *godog.Table:
		t := &Table{}
		for _, row := range d.Rows {
			var cells []string
			for _, cell := range row.Cells {
				cells = append(cells, cell.Value)
			}
			t.Rows = append(t.Rows, cells)
		}
		return t
	case *godog.DocString:
		return &DocString{MediaType: d.MediaType, Content: d.Content}
	}
	return nil
}
