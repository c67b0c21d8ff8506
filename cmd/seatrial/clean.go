package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/seatrial/seatrial/harness/engine"
	"github.com/seatrial/seatrial/harness/image"
)

func cleanCommand() *cobra.Command {
	var images, force bool
	cmd := &cobra.Command{
		Use:   "clean",
		Short: "Remove what dead runs left on the engine",
		Long: `Removes the containers, networks, volumes and images of runs whose process is no
more. Every run does that at its start; this is for when there is no next run.`,
		Example: `  seatrial clean
  seatrial clean --all        of runs that are alive, too
  seatrial clean --images     also cached bases, services and artifacts`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withStore(cmd.Context(), matrixNames[0], nil, func(e *engine.Engine, s *image.Store) error {
				sweep := e.Sweep
				if force {
					sweep = e.RemoveAll
				}
				removed, err := sweep(cmd.Context())
				if err == nil && images {
					_, err = s.Remove(cmd.Context())
					if cache, errCache := cacheDir(); errCache == nil {
						err = errors.Join(err, os.RemoveAll(cache))
					}
				}
				_, errPrint := fmt.Fprintln(cmd.OutOrStdout(), "removed", removed)
				return errors.Join(err, errPrint)
			})
		},
	}
	cmd.Flags().BoolVar(&images, "images", false, "remove cached images and artifacts, too")
	cmd.Flags().BoolVar(&force, "all", false, "remove the things of runs that are alive, too")
	return cmd
}
