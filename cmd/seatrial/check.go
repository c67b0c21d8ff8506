package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/seatrial/seatrial/harness/app"
	"github.com/seatrial/seatrial/harness/matrix"
	"github.com/seatrial/seatrial/scenarios"
)

// matrixNames are where a directory may keep its matrix.
var matrixNames = []string{"matrix.yaml", filepath.Join("seatrial", "matrix.yaml")}

func checkCommand() *cobra.Command {
	var f runFlags
	cmd := &cobra.Command{
		Use:   "check DIR",
		Short: "Check the app in a directory, without any configuration",
		Long: `Finds out what the app in DIR is (main package, port, templates, static files,
configuration, Redis), builds it with the stable Go, launches it beside Redis and
nginx, and runs the standard suite and the features that the app keeps in
seatrial/features. If DIR has a matrix.yaml (or seatrial/matrix.yaml), that one is
used. Without it, cgo is off unless the app imports what does not work so, such as
go-sqlite3.

An answer takes about a minute once the bases are there. Scenarios that wait for
seconds or need another base have the tag @costly and are left out: --all-weather
runs them too. --tags @smoke asks the most important questions only.`,
		Example: `  seatrial check .
  seatrial check ./shop --all-weather
  seatrial check ./shop --tags @smoke
  seatrial check ./shop --lang zh --junit report.xml`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return fmt.Errorf("check one app at a time, not %d\n    give the directory that holds its go.mod: seatrial check .", len(args)) //nolint:staticcheck // that is a directory, no full stop
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			o, err := matrixOf(args[0])
			if err != nil {
				return err
			}
			return f.sail(cmd.Context(), cmd.OutOrStdout(), o, "check", args[0])
		},
	}
	f.add(cmd)
	return cmd
}

// matrixOf names the directory's matrix, or makes the one of a directory that
// has none.
func matrixOf(dir string) (scenarios.Options, error) {
	info, err := os.Stat(dir)
	const hint = "\n    give the one that holds the app's go.mod"
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return scenarios.Options{}, fmt.Errorf("there is no directory %s%s", dir, hint)
	case err != nil:
		return scenarios.Options{}, fmt.Errorf("look at directory %s: %w", dir, err)
	case !info.IsDir():
		return scenarios.Options{}, fmt.Errorf("%s is not a directory%s", dir, hint)
	}
	for _, name := range matrixNames {
		path := filepath.Join(dir, name)
		if _, err := os.Stat(path); err == nil {
			return scenarios.Options{Matrix: path}, nil
		} else if !errors.Is(err, fs.ErrNotExist) {
			return scenarios.Options{}, err
		}
	}
	file, err := matrixFor(dir)
	return scenarios.Options{File: file}, err
}

// matrixFor makes the matrix of a directory that has none: one cell, built as
// `go build` would. The directory may be that of a main package deep in a module.
func matrixFor(dir string) (*matrix.File, error) {
	declared := matrix.App{Dir: "."}
	if module, main, ok := app.Enclosing(dir); ok {
		declared.Dir, declared.Main = module, main
	}
	file := matrix.Default(declared)
	// What is wrong with the app is told by whoever runs it.
	if subject, err := app.Load(declared, dir); err == nil && subject.NeedsCGO {
		var err error
		if file, err = matrix.Parse(matrixNames[0], []byte("matrix: {cgo: [\"on\"], base: [debian]}\n")); err != nil {
			return nil, err
		}
		file.App = declared
	}
	file.Path = filepath.Join(dir, matrixNames[0])
	return file, nil
}

// haveMatrix says what to do where there is no matrix.
func haveMatrix(path string) error {
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("there is no %s\n    name the matrix with --matrix-file; `seatrial check DIR` needs none", path)
	}
	return nil
}
