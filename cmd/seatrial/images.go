package main

import (
	"fmt"
	"io"
	"os"
	"text/tabwriter"

	"github.com/docker/go-units"
	"github.com/spf13/cobra"

	"github.com/seatrial/seatrial/harness/engine"
	"github.com/seatrial/seatrial/harness/image"
)

func imagesCommand() *cobra.Command {
	var file string
	cmd := &cobra.Command{
		Use:   "images",
		Short: "List, fetch and remove the images that Seatrial uses",
		Long: `Lists the bases (scratch, debian, musl) and services (redis, nginx) that are on
the engine or in the cache. An image is looked for on the engine, then in the
registries, then put together from Debian packages.`,
		Example: `  seatrial images
  seatrial images fetch              all of them, for work without a network
  seatrial images fetch redis nginx
  seatrial images remove             all of ours, the cache too`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withStore(cmd.Context(), file, nil, func(_ *engine.Engine, s *image.Store) error {
				items, err := s.List(cmd.Context())
				if err != nil {
					return err
				}
				return writeItems(cmd.OutOrStdout(), items)
			})
		},
	}
	fetch := &cobra.Command{
		Use:     "fetch [NAME...]",
		Short:   "Get images now: " + fmt.Sprint(image.Names()),
		Example: "  seatrial images fetch\n  seatrial images fetch redis",
		RunE: func(cmd *cobra.Command, names []string) error {
			tell := func(what string) { fmt.Fprintln(os.Stderr, what) }
			return withStore(cmd.Context(), file, tell, func(_ *engine.Engine, s *image.Store) error {
				refs, err := s.Fetch(cmd.Context(), names...)
				if err != nil {
					return err
				}
				for _, r := range refs {
					if _, err := fmt.Fprintf(cmd.OutOrStdout(), "%s  %s  %s  %s (%s)\n", r.Name, r.ID, units.HumanSize(float64(r.Size)), r.Source, r.Detail); err != nil {
						return err
					}
				}
				return nil
			})
		},
	}
	remove := &cobra.Command{
		Use:     "remove [NAME...]",
		Short:   "Remove images of ours from the engine and the cache; all without names",
		Example: "  seatrial images remove\n  seatrial images remove redis",
		RunE: func(cmd *cobra.Command, names []string) error {
			return withStore(cmd.Context(), file, nil, func(_ *engine.Engine, s *image.Store) error {
				items, err := s.Remove(cmd.Context(), names...)
				if err != nil {
					return err
				}
				_, err = fmt.Fprintf(cmd.OutOrStdout(), "removed %d images and cache entries\n", len(items))
				return err
			})
		},
	}
	cmd.PersistentFlags().StringVar(&file, "matrix-file", matrixNames[0], "the matrix whose section images is used, if it is there")
	cmd.AddCommand(fetch, remove)
	return cmd
}

func writeItems(w io.Writer, items []image.Item) error {
	if len(items) == 0 {
		_, err := fmt.Fprintln(w, "no image of Seatrial is on the engine or in the cache; `seatrial images fetch` gets them")
		return err
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "NAME\tKIND\tSIZE\tWHERE")
	for _, i := range items {
		where := "engine"
		if i.Path != "" {
			where = i.Path
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", i.Name, i.Kind, units.HumanSize(float64(i.Size)), where)
	}
	return table.Flush()
}
