package main

import (
	"fmt"
	"io"
	"slices"
	"text/tabwriter"
	"time"
)

// total is the stage that is the whole launch.
const total = "total"

// times are what was measured: for each way its stages, in order of appearance.
type times struct {
	rows []*row
}

type row struct {
	way, stage string
	took       []time.Duration
}

func (t *times) add(way, stage string, took time.Duration) {
	r := t.find(way, stage)
	if r == nil {
		r = &row{way: way, stage: stage}
		t.rows = append(t.rows, r)
	}
	r.took = append(r.took, took)
}

func (t *times) find(way, stage string) *row {
	for _, r := range t.rows {
		if r.way == way && r.stage == stage {
			return r
		}
	}
	return nil
}

// median gives seconds; there is at least one measurement of everything asked for.
func (t *times) median(way, stage string) float64 { return t.find(way, stage).median().Seconds() }

func (r *row) median() time.Duration {
	sorted := slices.Sorted(slices.Values(r.took))
	middle := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[middle]
	}
	return (sorted[middle-1] + sorted[middle]) / 2
}

func (t *times) print(w io.Writer) {
	out := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(out, "way\tstage\tmedian\tmin\tmax\tn")
	last := ""
	for _, r := range t.rows {
		way := r.way
		if way == last {
			way = ""
		}
		last = r.way
		fmt.Fprintf(out, "%s\t%s\t%.3f\t%.3f\t%.3f\t%d\n", way, r.stage, r.median().Seconds(), slices.Min(r.took).Seconds(), slices.Max(r.took).Seconds(), len(r.took))
	}
	out.Flush()
}
