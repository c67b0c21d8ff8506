package gherkin

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"reflect"
	"slices"
	"sync"
	"testing/fstest"
	"time"

	"github.com/cucumber/godog"

	"github.com/seatrial/seatrial/harness/report"
)

// Options say how [Run] runs a plan. W is the type of a scenario's world, the
// value that its steps share; it is that of the catalogue's [Config].
type Options[W any] struct {
	// Concurrency is how many scenarios run side by side; below 1 is 1.
	Concurrency int
	// Seed shuffles: the files, and the scenarios within a file. 0 keeps the order
	// of the plan. The same seed gives the same order.
	Seed int64
	// Select decides about each scenario before anything starts; nil runs all.
	// A scenario that is not run has a skipped result if there is a reason, and no
	// part in the run at all if there is none.
	Select func(Scenario) (run bool, skip string)
	// World makes a scenario's world. An error other than [Skip] makes it broken.
	World func(context.Context, Scenario) (W, error)
	// After ends every scenario whose World was called, even in vain (with what it
	// returned), with the result so far, which it may change: it collects evidence,
	// names the cause, and cleans up. An error makes what had passed broken. Its
	// context outlives the interruption of the run by part of Grace.
	After func(context.Context, W, *report.Result) error
	// OnStart and OnResult tell what happens, one call at a time.
	OnStart  func(Scenario)
	OnResult func(report.Result)
	// FailFast skips, with that reason, what has not begun when a scenario fails
	// or breaks.
	FailFast bool
	// Grace is how long after the end of the context steps may take to stop, and
	// After to finish, before both are left behind; 0 is [DefaultGrace].
	Grace time.Duration
}

// DefaultGrace is the Grace of zero [Options].
const DefaultGrace = 20 * time.Second

// Run runs the scenarios of a plan in one godog run and gives exactly one result
// for each, in the order of the plan. It first checks all their steps; if there
// are [Problems] nothing runs and they are the error. A plan without scenarios,
// and a selection of none, are errors. When ctx ends, running steps are told so
// and what is not finished is broken.
func Run[W any](ctx context.Context, p *Plan, c *Catalogue, o Options[W]) ([]report.Result, error) {
	if c.world != nil && c.world != reflect.TypeFor[W]() {
		return nil, fmt.Errorf("run scenarios: the sentences take a %v, the worlds are %v", c.world, reflect.TypeFor[W]())
	}
	r := &runner[W]{ctx: ctx, catalogue: c, options: o, results: map[string]report.Result{}}
	if r.options.Grace == 0 {
		r.options.Grace = DefaultGrace
	}
	skips := map[string]string{}
	plan := p.with(func(s Scenario) bool {
		if o.Select == nil {
			return true
		}
		run, skip := o.Select(s)
		if !run && skip != "" {
			skips[s.Ref()] = skip
		}
		return run || skip != ""
	})
	if len(plan.Scenarios) == 0 {
		return nil, fmt.Errorf("run scenarios: none of %d is selected", len(p.Scenarios))
	}
	if err := c.Check(plan); err != nil {
		return nil, err
	}
	running := plan.with(func(s Scenario) bool { return skips[s.Ref()] == "" })
	for _, s := range plan.Scenarios {
		if reason := skips[s.Ref()]; reason != "" {
			r.deliver(s.unfinished(report.Skipped, reason))
		}
	}
	err := r.run(running)
	var results []report.Result
	for _, s := range plan.Scenarios {
		if _, ok := r.results[s.Ref()]; !ok {
			r.deliver(s.unfinished(report.Broken, "the scenario was planned and never ran"))
		}
		results = append(results, r.results[s.Ref()])
	}
	return results, err
}

// unfinished is the result of a scenario none of whose steps ran.
func (s Scenario) unfinished(outcome report.Outcome, reason string) report.Result {
	r := report.Result{Feature: s.Feature, Scenario: s.Name, File: s.File, Line: s.Line, Tags: s.Tags,
		Outcome: outcome, Reason: reason, Started: time.Now()}
	for _, step := range s.Steps {
		r.Steps = append(r.Steps, report.Step{Keyword: step.Keyword, Text: step.Text, Line: step.Line, Outcome: report.Skipped})
	}
	return r
}

// runner is one run.
type runner[W any] struct {
	ctx       context.Context
	catalogue *Catalogue
	options   Options[W]
	pickles   map[string]Scenario // by the id that godog gives

	mu      sync.Mutex
	results map[string]report.Result // by reference
	failed  string                   // the first scenario that did not pass, if FailFast
}

// deliver keeps a result and tells it.
func (r *runner[W]) deliver(result report.Result) {
	r.mu.Lock()
	defer r.mu.Unlock()
	ref := Scenario{File: result.File, Line: result.Line}.Ref()
	if _, twice := r.results[ref]; twice {
		return
	}
	r.results[ref] = result
	bad := []report.Outcome{report.Failed, report.Broken, report.UnexpectedPass, report.Unknown}
	if r.options.FailFast && r.failed == "" && slices.Contains(bad, result.Outcome) {
		r.failed = result.Scenario
	}
	if r.options.OnResult != nil {
		r.options.OnResult(result)
	}
}

// run gives godog the files, emptied of everything that is not selected.
func (r *runner[W]) run(p *Plan) (err error) {
	if len(p.Scenarios) == 0 {
		return nil
	}
	files, named := fstest.MapFS{}, map[string]*featureFile{}
	var paths []string
	for i, f := range p.files {
		keep := p.with(func(s Scenario) bool { return s.File == f.name }).Scenarios
		if len(keep) == 0 {
			continue
		}
		// A name of our own: godog takes a name like "a:12" apart, and fs.FS refuses "..".
		uri := fmt.Sprintf("%d.feature", i)
		files[uri] = &fstest.MapFile{Data: f.only(keep)}
		named[uri] = f
		paths = append(paths, uri)
	}
	seed := r.options.Seed
	if seed != 0 {
		rng := rand.New(rand.NewPCG(uint64(seed), 0))
		rng.Shuffle(len(paths), func(i, j int) { paths[i], paths[j] = paths[j], paths[i] })
		seed |= 1 << 32 // not 0 or -1, which godog reads as "in order" and "any seed"
		seed &^= 1 << 62
	}
	suite := godog.TestSuite{
		Name:                "seatrial",
		ScenarioInitializer: r.initialise,
		Options: &godog.Options{
			FS: files, Paths: paths, Strict: true, NoColors: true, Randomize: seed,
			Concurrency: max(r.options.Concurrency, 1), DefaultContext: r.ctx,
			// godog's reports are not used; this is the quietest of them.
			Format: "progress", Output: io.Discard,
		},
	}
	if err := r.identify(suite, p, named); err != nil {
		return err
	}
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("run scenarios: godog: %w", &PanicError{Value: v})
		}
	}()
	const badOptions = 2
	if code := suite.Run(); code == badOptions {
		return errors.New("run scenarios: godog refused its options")
	}
	return nil
}

// identify finds out which scenario each of godog's ids will be. The ids are
// numbers in the order of parsing, so parsing the same files twice in the same
// order gives the same ids; lines, which we left alone, tell the scenario.
func (r *runner[W]) identify(suite godog.TestSuite, p *Plan, files map[string]*featureFile) error {
	features, err := suite.RetrieveFeatures()
	if err != nil {
		return fmt.Errorf("run scenarios: read features again: %w", err)
	}
	planned := map[string]Scenario{}
	for _, s := range p.Scenarios {
		planned[s.Ref()] = s
	}
	r.pickles = map[string]Scenario{}
	for _, f := range features {
		for _, pickle := range f.Pickles {
			line := f.FindScenario(pickle.AstNodeIds[0]).Location.Line
			if len(pickle.AstNodeIds) > 1 {
				_, row := f.FindExample(pickle.AstNodeIds[1])
				line = row.Location.Line
			}
			s, ok := planned[Scenario{File: files[f.Uri].name, Line: int(line)}.Ref()]
			if !ok || len(s.Steps) != len(pickle.Steps) {
				return fmt.Errorf("run scenarios: godog reads %s:%d differently", files[f.Uri].name, line)
			}
			r.pickles[pickle.Id] = s
		}
	}
	if len(r.pickles) != len(planned) {
		return fmt.Errorf("run scenarios: godog finds %d scenarios of %d", len(r.pickles), len(planned))
	}
	return nil
}

// initialise is called by godog once for every scenario, without telling which.
func (r *runner[W]) initialise(sc *godog.ScenarioContext) {
	a := &attempt[W]{runner: r, step: -1}
	sc.Before(a.before)
	sc.StepContext().Before(a.beforeStep)
	sc.StepContext().After(a.afterStep)
	sc.After(a.after)
	for _, s := range r.catalogue.sentences {
		for i := range s.forms {
			sc.Step(s.forms[i].re, a.handler(found{sentence: s, form: &s.forms[i]}))
		}
	}
}
