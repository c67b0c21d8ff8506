package main

import (
	"github.com/spf13/cobra"

	"github.com/seatrial/seatrial/scenarios"
)

func runCommand() *cobra.Command {
	var f runFlags
	var path string
	cmd := &cobra.Command{
		Use:   "run",
		Short: "Run scenarios in cells of a matrix",
		Long: `Runs the features in the smoke slice of the matrix, in the cells named by
--matrix, or with --all in every cell.`,
		Example: `  seatrial run                                    the smoke slice, the standard suite
  seatrial run --all                              everything
  seatrial run --matrix go:1.22 --matrix base:scratch
  seatrial run --features features --tags "@logs and not @slow"
  seatrial run --only features/static.feature:24`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := haveMatrix(path); err != nil {
				return err
			}
			door := []string{"run"}
			if path != matrixNames[0] {
				door = append(door, "--matrix-file", path)
			}
			return f.sail(cmd.Context(), cmd.OutOrStdout(), scenarios.Options{Matrix: path}, door...)
		},
	}
	f.add(cmd)
	cmd.Flags().StringVar(&path, "matrix-file", matrixNames[0], "the matrix")
	return cmd
}
