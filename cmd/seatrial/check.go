package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

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
nginx, and runs the standard suite. If DIR has a matrix.yaml (or
seatrial/matrix.yaml), that one is used.`,
		Example: `  seatrial check .
  seatrial check ./shop --tags @startup
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
	file := matrix.Default(matrix.App{Dir: "."})
	file.Path = filepath.Join(dir, matrixNames[0])
	return scenarios.Options{File: file}, nil
}

// haveMatrix says what to do where there is no matrix.
func haveMatrix(path string) error {
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("there is no %s\n    name the matrix with --matrix-file; `seatrial check DIR` needs none", path)
	}
	return nil
}
