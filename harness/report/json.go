package report

import (
	"encoding/json"
	"fmt"
	"io"
)

// Schema is the version of the JSON that WriteJSON writes. It grows when a
// reader of the old one would misread the new one.
const Schema = 1

// document is a run as JSON: the verdict in front, then the run's own fields.
type document struct {
	Schema   int            `json:"schema"`
	ExitCode int            `json:"exit_code"`
	Counts   map[string]int `json:"counts"`
	*Run
}

// WriteJSON writes the run as one indented document. Cells keep their order;
// results are ordered by cell, feature file and line, so that two documents of
// the same results are equal. Times named took_ns are in nanoseconds.
func WriteJSON(w io.Writer, r *Run) error {
	doc := document{Schema: Schema, ExitCode: r.ExitCode(), Counts: map[string]int{}}
	for outcome, n := range r.Counts() {
		doc.Counts[outcome.String()] = n
	}
	sorted := *r
	sorted.Cells = append([]Cell{}, r.Cells...)
	sorted.Results = []Result{}
	for _, g := range r.groups() {
		for _, result := range g.results {
			if !result.isBuild() {
				sorted.Results = append(sorted.Results, result)
			}
		}
	}
	doc.Run = &sorted
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(doc); err != nil {
		return fmt.Errorf("write JSON report: %w", err)
	}
	return nil
}

// ReadJSON reads what WriteJSON wrote; of another schema it is an error.
func ReadJSON(r io.Reader) (*Run, error) {
	doc := document{Run: &Run{}}
	if err := json.NewDecoder(r).Decode(&doc); err != nil {
		return nil, fmt.Errorf("read JSON report: %w", err)
	}
	if doc.Schema < 1 || doc.Schema > Schema {
		return nil, fmt.Errorf("read JSON report: schema %d, want 1 to %d", doc.Schema, Schema)
	}
	return doc.Run, nil
}
