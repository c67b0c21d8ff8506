package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/seatrial/seatrial/harness/lang"
	"github.com/seatrial/seatrial/harness/matrix"
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
	slots    int
	out      string
	junit    string
	json     string
	language string
	pages    int
}

func (f *runFlags) add(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringArrayVar(&f.cells, "matrix", nil, "run these cells, such as go:1.22 or a cell's name (repeatable)")
	flags.BoolVar(&f.all, "all", false, "run every cell instead of the smoke slice")
	flags.StringArrayVar(&f.features, "features", nil, "folder or file with features (repeatable; default: the standard suite)")
	flags.StringVar(&f.tags, "tags", "", `run scenarios with these tags, such as "@startup and not @slow"`)
	flags.StringArrayVar(&f.only, "only", nil, "run this scenario, as file:line (repeatable)")
	flags.Int64Var(&f.seed, "seed", 0, "shuffle the scenarios; the same seed gives the same order")
	flags.BoolVar(&f.failFast, "fail-fast", false, "skip what has not begun when a scenario fails")
	flags.IntVar(&f.slots, "slots", 0, "sandboxes side by side (default: half of the processors and one)")
	flags.StringVar(&f.out, "out", ".seatrial", "folder for evidence and reports")
	flags.StringVar(&f.junit, "junit", "", "write JUnit XML to this file")
	flags.StringVar(&f.json, "json", "", "write the report as JSON to this file (- for standard output)")
	flags.StringVar(&f.language, "lang", "", "language of the report, en or zh (default: from the environment)")
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

// sail runs the matrix and reports. door is the command line up to the flags,
// for the commands that a failure page gives.
func (f *runFlags) sail(ctx context.Context, stdout io.Writer, file *matrix.File, door string) error {
	l, err := f.lang()
	if err != nil {
		return err
	}
	o := scenarios.Options{
		File: file, Cells: f.cells, All: f.all, Features: f.features, Tags: f.tags, Only: f.only,
		Seed: f.seed, FailFast: f.failFast, Slots: f.slots, OutDir: f.out,
		Command: strings.Join(slices.Concat([]string{"seatrial"}, os.Args[1:]), " "),
		Rerun: func(cell, scenario string) string {
			command := door + " --matrix " + cell
			for _, path := range f.features {
				command += " --features " + path
			}
			if scenario != "" {
				command += " --only " + scenario
			}
			return command
		},
	}
	program, err := scenarios.NewProgram(o)
	if err != nil {
		return err
	}
	progress := report.ForFile(os.Stderr, report.ProgressOptions{Lang: l, Total: len(program.Cells) + 1})
	o.Progress = progress
	run, err := scenarios.Sail(ctx, program, o)
	progress.Close()
	if run == nil {
		return err
	}
	if writeErr := f.write(stdout, run, l); writeErr != nil {
		return writeErr
	}
	if err != nil {
		return err
	}
	if code := run.ExitCode(); code != report.ExitPassed {
		return exitCode(code)
	}
	return nil
}

// write gives the table, the pages of the first failures, and the files asked for.
func (f *runFlags) write(stdout io.Writer, run *report.Run, l lang.Lang) error {
	o := report.Options{Lang: l, Width: 100, Color: false}
	if file, ok := stdout.(*os.File); ok && term.IsTerminal(int(file.Fd())) {
		if width, _, err := term.GetSize(int(file.Fd())); err == nil && width > 0 {
			o.Width = width
		}
		o.Color = os.Getenv("NO_COLOR") == ""
	}
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
