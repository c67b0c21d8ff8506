package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/seatrial/seatrial/harness"
	"github.com/seatrial/seatrial/harness/lang"
	"github.com/seatrial/seatrial/harness/report"
	"github.com/seatrial/seatrial/scenarios"
)

// runFlags are the flags that check and run share.
type runFlags struct {
	cells    []string
	all      bool
	features []string
	tags     string
	only     []string
	seed     int64
	failFast bool
	weather  bool
	slots    int
	out      string
	junit    string
	json     string
	language string
	pages    int
	noProof  bool
	launches int
	time     time.Duration
}

// defaultOut is where runs keep their evidence.
const defaultOut = ".seatrial"

func (f *runFlags) add(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringArrayVar(&f.cells, "matrix", nil, "run these cells, such as go:1.22 or a cell's name (repeatable)")
	flags.BoolVar(&f.all, "all", false, "run every cell instead of the smoke slice")
	flags.BoolVar(&f.weather, "all-weather", false, "run the scenarios of the standard suite that wait or change the image too (@costly)")
	flags.StringArrayVar(&f.features, "features", nil, "folder or file with features (repeatable; default: the standard suite and the app's seatrial/features)")
	flags.StringVar(&f.tags, "tags", "", `run scenarios with these tags, such as "@startup and not @slow"`)
	flags.StringArrayVar(&f.only, "only", nil, "run this scenario, as file:line (repeatable)")
	flags.Int64Var(&f.seed, "seed", 0, "shuffle the scenarios; the same seed gives the same order")
	flags.BoolVar(&f.failFast, "fail-fast", false, "skip what has not begun when a scenario fails")
	flags.IntVar(&f.slots, "slots", 0, "sandboxes side by side (default: half of the processors and one)")
	flags.StringVar(&f.out, "out", defaultOut, "folder for evidence and reports")
	flags.StringVar(&f.junit, "junit", "", "write JUnit XML to this file")
	flags.StringVar(&f.json, "json", "", "write the report as JSON to this file (- for standard output)")
	flags.StringVar(&f.language, "lang", "", "language of the report, en or zh (default: from the environment)")
	flags.BoolVar(&f.noProof, "no-proof", false, "do not try failures again to prove their cause")
	flags.IntVar(&f.launches, "proof-launches", harness.DefaultProofLaunches, "launches, or builds, that the proof of one failure may make")
	flags.DurationVar(&f.time, "proof-time", harness.DefaultProofTime, "time that the proof of one failure may take")
	flags.IntVar(&f.pages, "pages", 3, "show this many failure pages")
}

func (f *runFlags) lang() (lang.Lang, error) {
	switch l := lang.Lang(f.language); l {
	case "":
		return lang.Detect(os.Getenv), nil
	case lang.English, lang.Chinese:
		return l, nil
	}
	return "", fmt.Errorf("unknown language %q: use --lang en or --lang zh", f.language)
}

// sail runs the matrix that the options name and reports. door is the command up
// to the flags, for the commands that a failure page gives.
func (f *runFlags) sail(ctx context.Context, stdout io.Writer, o scenarios.Options, door ...string) error {
	l, errLang := f.lang()
	o.Cells, o.All, o.Features, o.Tags, o.Only = f.cells, f.all, f.features, f.tags, f.only
	o.AllWeather = f.weather
	o.Seed, o.FailFast, o.Slots, o.OutDir = f.seed, f.failFast, f.slots, f.out
	o.Proof = harness.Proving{Off: f.noProof, Launches: f.launches, Time: f.time}
	o.Shell = func(bundle string) string { return commandLine("shell", nearby(bundle)) }
	o.Command = commandLine(os.Args[1:]...)
	o.Rerun = func(cell, scenario string) string { return f.rerun(door, cell, scenario) }
	program, err := scenarios.NewProgram(o)
	if err := errors.Join(errLang, f.bounds(), f.writable(), err); err != nil {
		return err
	}
	progress := report.ForFile(os.Stderr, report.ProgressOptions{Lang: l, Total: len(program.Cells)})
	o.Progress = progress
	run, err := scenarios.Sail(ctx, program, o)
	progress.Close()
	if run == nil {
		return err
	}
	if err := errors.Join(f.write(stdout, run, l), err); err != nil {
		return err
	}
	if code := run.ExitCode(); code != report.ExitPassed {
		return exitCode(code)
	}
	return nil
}

// rerun is the command that runs a scenario of a cell again, or the whole cell,
// and puts what it finds where this run does.
func (f *runFlags) rerun(door []string, cell, scenario string) string {
	words := append(slices.Clone(door), "--matrix", cell)
	for _, path := range f.features {
		words = append(words, "--features", path)
	}
	switch {
	case scenario != "":
		words = append(words, "--only", scenario)
	case f.tags != "":
		words = append(words, "--tags", f.tags)
	case f.weather:
		words = append(words, "--all-weather")
	}
	if f.out != defaultOut {
		words = append(words, "--out", f.out)
	}
	if f.language != "" {
		words = append(words, "--lang", f.language)
	}
	return commandLine(words...)
}

// bounds refuses a proof that may cost nothing: there is a flag for that.
func (f *runFlags) bounds() error {
	if f.launches < 1 || f.time <= 0 {
		return fmt.Errorf("a proof takes at least one launch and some time (--proof-launches %d, --proof-time %s)\n    --no-proof makes none", f.launches, f.time)
	}
	return nil
}

// writable says now what would be a pity to hear when everything has been run.
func (f *runFlags) writable() error {
	var errs []error
	for _, path := range []string{f.junit, f.json} {
		if path != "" && path != "-" {
			errs = append(errs, harness.Writable(filepath.Dir(path)))
		}
	}
	return errors.Join(errs...)
}

// write gives the table, the pages of the first failures, and the files asked for.
func (f *runFlags) write(stdout io.Writer, run *report.Run, l lang.Lang) error {
	o := reportOptions(stdout, l)
	if f.json != "-" {
		if err := report.WriteTable(stdout, run, o); err != nil {
			return err
		}
		if err := writePages(stdout, run, o, f.pages); err != nil {
			return err
		}
	} else if err := report.WriteJSON(stdout, run); err != nil {
		return err
	}
	if f.json != "" && f.json != "-" {
		if err := toFile(f.json, func(w io.Writer) error { return report.WriteJSON(w, run) }); err != nil {
			return err
		}
	}
	if f.junit != "" {
		return toFile(f.junit, func(w io.Writer) error { return report.WriteJUnit(w, run) })
	}
	return nil
}

func toFile(path string, write func(io.Writer) error) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	if err := write(file); err != nil {
		_ = file.Close()
		return fmt.Errorf("write %s: %w", path, err)
	}
	return file.Close()
}

// reportOptions suit what is written to: a terminal's width and colours.
func reportOptions(stdout io.Writer, l lang.Lang) report.Options {
	o := report.Options{Lang: l, Width: 100, Color: false}
	if dir, err := os.Getwd(); err == nil {
		o.Dir = dir
	}
	if file, ok := stdout.(*os.File); ok && term.IsTerminal(int(file.Fd())) {
		if width, _, err := term.GetSize(int(file.Fd())); err == nil && width > 0 {
			o.Width = width
		}
		o.Color = os.Getenv("NO_COLOR") == ""
	}
	return o
}

// nearby is a path as one would type it from here, where that is shorter.
func nearby(path string) string {
	dir, err := os.Getwd()
	if err != nil {
		return path
	}
	return report.Options{Dir: dir}.Path(path)
}
