package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/seatrial/seatrial/harness/matrix"
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
		Args: cobra.MatchAll(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			file, err := matrixOf(args[0])
			if err != nil {
				return err
			}
			return f.sail(cmd.Context(), cmd.OutOrStdout(), file, "seatrial check "+args[0])
		},
	}
	f.add(cmd)
	return cmd
}

// matrixOf reads the directory's matrix, or makes the one of a directory that
// has none.
func matrixOf(dir string) (*matrix.File, error) {
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return nil, fmt.Errorf("%s is not a directory: give the one that holds the app's go.mod", dir)
	}
	for _, name := range matrixNames {
		path := filepath.Join(dir, name)
		if _, err := os.Stat(path); err == nil {
			return matrix.Load(path)
		} else if !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
	}
	file := matrix.Default(matrix.App{Dir: "."})
	file.Path = filepath.Join(dir, matrixNames[0])
	return file, nil
}
