package main

import (
	"encoding/json"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/seatrial/seatrial/harness/matrix"
)

func listCommand() *cobra.Command {
	var path string
	var asJSON bool
	var cells []string
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the cells of a matrix, without Docker",
		Long: `Prints every cell of the matrix, then what is excluded, each with its reason.
Cells of the smoke slice are marked with a star.`,
		Example: `  seatrial list
  seatrial list --matrix go:1.22
  seatrial list --json | jq '.cells[].name'`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := haveMatrix(path); err != nil {
				return err
			}
			file, err := matrix.Load(path)
			if err != nil {
				return err
			}
			selectors, err := matrix.ParseSelectors(cells)
			if err != nil {
				return err
			}
			chosen, err := file.Select(selectors)
			if err != nil {
				return err
			}
			if asJSON {
				return listJSON(cmd.OutOrStdout(), file, chosen, len(cells) == 0)
			}
			return listText(cmd.OutOrStdout(), file, chosen, len(cells) == 0)
		},
	}
	cmd.Flags().StringVar(&path, "matrix-file", matrixNames[0], "the matrix")
	cmd.Flags().StringArrayVar(&cells, "matrix", nil, "list these cells only (repeatable)")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON: an object a cell under \"cells\"")
	return cmd
}

func listText(w io.Writer, file *matrix.File, cells []matrix.Cell, exclusions bool) error {
	smoke := map[string]bool{}
	for _, c := range file.SmokeCells() {
		smoke[c.Name] = true
	}
	inSmoke := 0
	for _, c := range cells {
		mark := " "
		if smoke[c.Name] {
			mark = "*"
			inSmoke++
		}
		line := mark + " " + c.Name
		if c.Skip != "" {
			line += "  skip: " + c.Skip
		}
		if c.Expect != nil {
			line += fmt.Sprintf("  expect %s: %s", c.Expect.Outcome, c.Expect.Reason)
			if !c.Expect.Expires.IsZero() {
				line += " (until " + c.Expect.Expires.Format("2006-01-02") + ")"
			}
		}
		if _, err := fmt.Fprintln(w, line); err != nil {
			return err
		}
	}
	if exclusions {
		for _, x := range file.Excluded {
			if _, err := fmt.Fprintf(w, "- %s  excluded: %s\n", x.Name, x.Reason); err != nil {
				return err
			}
		}
	}
	_, err := fmt.Fprintf(w, "%d cells, %d in the smoke slice (*), %d excluded (-)\n", len(cells), inSmoke, len(file.Excluded))
	return err
}

// listJSON prints cells and exclusions alike as objects under "cells": who reads
// it counts what is run and what is not.
func listJSON(w io.Writer, file *matrix.File, cells []matrix.Cell, exclusions bool) error {
	var list struct {
		Cells []any `json:"cells"`
	}
	for _, c := range cells {
		list.Cells = append(list.Cells, c)
	}
	if exclusions {
		for _, x := range file.Excluded {
			list.Cells = append(list.Cells, x)
		}
	}
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	return encoder.Encode(list)
}
