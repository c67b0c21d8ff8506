package scenarios

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/seatrial/seatrial/features"
	"github.com/seatrial/seatrial/harness"
	"github.com/seatrial/seatrial/harness/app"
	"github.com/seatrial/seatrial/harness/deployment"
	"github.com/seatrial/seatrial/harness/matrix"
	"github.com/seatrial/seatrial/harness/report"
	"github.com/seatrial/seatrial/scenarios/gherkin"
)

// Options say which scenarios are run, in which cells. The zero value, with a
// Matrix or a File, runs the standard suite in the smoke cells.
type Options struct {
	// Matrix is the path of matrix.yaml; or File is one that was read already.
	Matrix string
	File   *matrix.File
	// Cells chooses cells, each as --matrix takes it: "go:1.22". Empty: the smoke
	// cells, or with All, every cell.
	Cells []string
	All   bool
	// Features are folders and files with features. Empty: the standard suite, and
	// those that the app keeps in its folder [OwnFeatures].
	Features []string
	// Tags is a tag expression; Only names scenarios as file:line.
	Tags string
	Only []string
	// AllWeather runs the scenarios of the standard suite that cost seconds, too:
	// those with the tag [Costly]. Tags, Only and Features choose by themselves.
	AllWeather bool
	// Own are sentences that a team brings, besides [Sentences].
	Own []gherkin.Sentence
	// Seed shuffles the scenarios; 0 keeps the order of the files.
	Seed int64
	// FailFast skips what has not begun when a scenario fails.
	FailFast bool

	// Proof says whether causes are proven by experiment, and at what cost.
	Proof harness.Proving
	// Shell gives the command that opens a shell beside what a bundle is of.
	Shell func(bundle string) string

	Slots    int    // see [harness.Options]
	OutDir   string // where evidence and reports go; empty: ".seatrial"
	CacheDir string
	Command  string
	Rerun    func(cell, scenario string) string
	Progress harness.Progress
	// OnResult is told each result as soon as it is there.
	OnResult func(report.Result)
}

// Program is what a run is going to do: nothing has been touched yet.
type Program struct {
	File      *matrix.File
	Cells     []matrix.Cell
	Plan      *gherkin.Plan
	Catalogue *gherkin.Catalogue
	// LeftOut is how many scenarios are not run for what they cost.
	LeftOut int
}

const (
	// Costly is the tag of what is not run unless it is asked for.
	Costly = "@costly"
	// OwnFeatures is where an app keeps features of its own, below its directory.
	OwnFeatures = "seatrial/features"
)

// NewProgram reads the matrix, the app and the features and checks all of it: every error
// that can be known before anything is built is reported now, all at once.
func NewProgram(o Options) (*Program, error) {
	p := &Program{File: o.File}
	var errMatrix, errApp, errCells, errPlan, errCheck error
	if p.File == nil {
		p.File, errMatrix = matrix.Load(o.Matrix)
	}
	if errMatrix == nil {
		_, errApp = app.Load(p.File.App, filepath.Dir(p.File.Path))
		p.Cells, errCells = chooseCells(p.File, o)
		errCells = errors.Join(errCells, checkConditions(p.File))
	}
	catalogue, err := NewCatalogue(o.Own...)
	if err != nil {
		return nil, fmt.Errorf("declare sentences: %w", err)
	}
	p.Catalogue = catalogue
	if p.Plan, errPlan = p.choosePlan(o); errPlan == nil {
		errCheck = catalogue.Check(p.Plan)
	}
	return p, errors.Join(errMatrix, errApp, errCells, errPlan, errCheck)
}

func chooseCells(file *matrix.File, o Options) ([]matrix.Cell, error) {
	if len(o.Cells) == 0 && !o.All {
		if cells := file.SmokeCells(); len(cells) > 0 {
			return cells, nil
		}
		return nil, errors.New("choose cells: the matrix has no smoke cell that is not skipped; name one with --matrix, or run --all")
	}
	selectors, err := matrix.ParseSelectors(o.Cells)
	if err != nil {
		return nil, err
	}
	return file.Select(selectors)
}

// checkConditions reads the conditions of every cell, which package matrix does
// not understand.
func checkConditions(file *matrix.File) error {
	var errs []error
	said := map[string]bool{}
	for _, cell := range file.Cells {
		for _, text := range cell.ConditionTexts() {
			if _, err := deployment.Parse(text); err != nil && !said[text] {
				said[text] = true
				errs = append(errs, fmt.Errorf("%s:%d: matrix.conditions: %w", file.Path, cell.Line, err))
			}
		}
	}
	return errors.Join(errs...)
}

func (p *Program) choosePlan(o Options) (*gherkin.Plan, error) {
	var sources []gherkin.Source
	paths := o.Features
	if len(paths) == 0 {
		sources = append(sources, gherkin.Source{FS: features.FS, Root: "features"})
		if own := ownFeatures(p.File); own != "" {
			paths = []string{own}
		}
	}
	for _, path := range paths {
		info, err := os.Stat(path)
		if err != nil {
			return nil, fmt.Errorf("read features: %w", err)
		}
		if info.IsDir() {
			sources = append(sources, gherkin.Source{FS: os.DirFS(path), Root: path})
		} else {
			dir := filepath.Dir(path)
			sources = append(sources, gherkin.Source{FS: os.DirFS(dir), Root: dir, Paths: []string{filepath.Base(path)}})
		}
	}
	plan, err := gherkin.Load(sources...)
	if err != nil {
		return nil, err
	}
	if len(o.Only) > 0 {
		if plan, err = plan.Only(o.Only...); err != nil {
			return nil, err
		}
	}
	if o.Tags == "" && len(o.Only) == 0 && len(o.Features) == 0 && !o.AllWeather {
		cheap, err := plan.Filter("not " + Costly)
		if err != nil {
			return nil, err
		}
		p.LeftOut = len(plan.Scenarios) - len(cheap.Scenarios)
		return cheap, nil
	}
	return plan.Filter(o.Tags)
}

// ownFeatures is the folder with the app's own features, "" if it has none. It is
// not just called features: others keep features of another vocabulary there.
func ownFeatures(file *matrix.File) string {
	if file == nil {
		return ""
	}
	dir := filepath.Join(filepath.Dir(file.Path), file.App.Dir, filepath.FromSlash(OwnFeatures))
	if filepath.IsAbs(file.App.Dir) {
		dir = filepath.Join(file.App.Dir, filepath.FromSlash(OwnFeatures))
	}
	if !isDir(dir) {
		return ""
	}
	return dir
}

// Sail runs the program and gives what was found. The error is broken: what
// kept the run from being made at all. A run that ends with an error may still
// have a report.
func Sail(ctx context.Context, p *Program, o Options) (run *report.Run, err error) {
	trial, err := begin(ctx, p, o)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, trial.Close(context.WithoutCancel(ctx))) }()
	voyage := &voyage{trial: trial, program: p, options: o}
	group := errgroup.Group{}
	group.SetLimit(parallelCells(p.File))
	for _, cell := range p.Cells {
		group.Go(func() error { return voyage.cell(ctx, cell) })
	}
	err = group.Wait()
	run = trial.Report()
	run.LeftOut = p.LeftOut
	return run, errors.Join(err, trial.WriteReports(run))
}

// parallelCells is how many cells are built and launched side by side. The
// scenarios of one cell fill the slots; the next cell is built meanwhile.
func parallelCells(file *matrix.File) int {
	if file.Run.MaxParallel > 0 {
		return file.Run.MaxParallel
	}
	const buildAhead = 2
	return buildAhead
}

func begin(ctx context.Context, p *Program, o Options) (*harness.Trial, error) {
	return harness.Begin(ctx, harness.Options{
		File: p.File, Cells: p.Cells, CacheDir: o.CacheDir, OutDir: o.OutDir, Slots: o.Slots,
		Command: o.Command, Rerun: o.Rerun, Shell: o.Shell, Proof: o.Proof, Progress: o.Progress,
	})
}

// voyage runs the scenarios of cells, one cell's at a time.
type voyage struct {
	trial   *harness.Trial
	program *Program
	options Options
	decks   sync.Mutex // held by the cell whose scenarios are running
}

// cell makes a cell ready and runs its scenarios.
func (v *voyage) cell(ctx context.Context, cell matrix.Cell) error {
	launcher := v.trial.Prepare(ctx, cell)
	if launcher == nil {
		v.leaveOut(cell)
		return nil
	}
	v.trial.Plan(len(v.program.Plan.Scenarios))
	return v.run(ctx, launcher, gherkin.Options[*World]{OnResult: func(r report.Result) { v.take(cell, r) }})
}

// leaveOut records every scenario of a cell that cannot be launched as skipped,
// unless it never was to be: nothing is dropped silently.
func (v *voyage) leaveOut(cell matrix.Cell) {
	row := v.trial.Finish(cell)
	v.say(row.Name, row.Outcome)
	if row.Outcome == report.Skipped || row.Outcome == report.Built || row.Outcome == report.UnexpectedPass {
		return
	}
	v.trial.Plan(len(v.program.Plan.Scenarios))
	for _, s := range v.program.Plan.Scenarios {
		v.trial.Record(cell, skippedResult(s))
	}
}

func skippedResult(s gherkin.Scenario) report.Result {
	return report.Result{
		Feature: s.Feature, Scenario: s.Name, File: s.File, Line: s.Line, Tags: s.Tags,
		Outcome: report.Skipped, Reason: report.NotLaunched,
	}
}

// take records a result and passes it on.
func (v *voyage) take(cell matrix.Cell, r report.Result) report.Result {
	r = v.trial.Record(cell, r)
	if v.options.OnResult != nil {
		v.options.OnResult(r)
	}
	return r
}

func (v *voyage) run(ctx context.Context, launcher *harness.Launcher, o gherkin.Options[*World]) error {
	v.decks.Lock()
	defer v.decks.Unlock()
	o.Concurrency = v.trial.Slots()
	o.Seed, o.FailFast = v.options.Seed, v.options.FailFast || v.program.File.Run.FailFast
	o.World = func(_ context.Context, s gherkin.Scenario) (*World, error) {
		return &World{Launcher: launcher, Scenario: s, catalogue: v.program.Catalogue}, nil
	}
	o.After = func(late context.Context, w *World, r *report.Result) error {
		err := w.end(late, r)
		w.prove(ctx, v.program.Catalogue, r) // it stops when the run is
		return err
	}
	_, err := gherkin.Run(ctx, v.program.Plan, v.program.Catalogue, o)
	row := v.trial.Finish(launcher.Cell)
	v.say(row.Name, row.Outcome)
	return err
}

func (v *voyage) say(cell string, outcome report.Outcome) {
	if v.options.Progress == nil {
		return
	}
	if outcome == report.Unknown {
		outcome = v.trial.WorstOf(cell)
	}
	v.options.Progress.Done(cell, outcome.String())
}
