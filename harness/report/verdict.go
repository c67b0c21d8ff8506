package report

import (
	"cmp"
	"slices"
	"strings"
)

// Exit codes of the program.
const (
	ExitPassed = 0 // all is as it should be
	ExitFailed = 1 // the app is at fault, or an expectation is out of date
	ExitBroken = 2 // the harness or the engine is, or the run is not complete
)

// ExitCode is the verdict: ExitBroken if anything is broken or unknown, if
// nothing was planned or something else than planned was executed; otherwise
// ExitFailed if anything failed or passed unexpectedly; otherwise ExitPassed.
func (r *Run) ExitCode() int {
	counts := r.Counts()
	switch {
	case counts[Broken]+counts[Unknown] > 0, r.Planned <= 0, r.Executed() != r.Planned:
		return ExitBroken
	case counts[Failed]+counts[UnexpectedPass] > 0:
		return ExitFailed
	}
	return ExitPassed
}

// Executed counts the scenarios that have a result, skipped ones included.
func (r *Run) Executed() int { return len(r.Results) }

// Counts counts the outcomes of scenarios, and of cells that have one of their own.
func (r *Run) Counts() map[Outcome]int {
	counts := map[Outcome]int{}
	for _, g := range r.groups() {
		for _, result := range g.results {
			counts[result.Outcome]++
		}
	}
	return counts
}

// group is a cell with its entries: its results and, if it has an outcome that
// none of them tells, one for the cell itself.
type group struct {
	cell    Cell
	results []Result
}

// buildEntry names the entry that stands for a cell itself.
const buildEntry = "build"

// isBuild says that the entry stands for its cell. No scenario is without a feature.
func (r Result) isBuild() bool { return r.Feature == "" && r.Scenario == buildEntry }

// groups gives the cells in their order, and those that only results name after
// them.
func (r *Run) groups() []group {
	var groups []group
	index := map[string]int{}
	for _, cell := range r.Cells {
		if _, twice := index[cell.Name]; !twice {
			index[cell.Name] = len(groups)
			groups = append(groups, group{cell: cell})
		}
	}
	for _, result := range r.Results {
		i, ok := index[result.Cell]
		if !ok {
			i = len(groups)
			index[result.Cell] = i
			groups = append(groups, group{cell: Cell{Name: result.Cell}})
		}
		groups[i].results = append(groups[i].results, result)
	}
	for i := range groups {
		groups[i].settle()
	}
	return groups
}

// settle orders the results by file, feature and line, so that scenarios that
// ran side by side are always told in one order, and adds the entry of the cell
// itself.
func (g *group) settle() {
	slices.SortStableFunc(g.results, func(a, b Result) int {
		return cmp.Or(strings.Compare(a.File, b.File), strings.Compare(a.Feature, b.Feature),
			cmp.Compare(a.Line, b.Line), strings.Compare(a.Scenario, b.Scenario))
	})
	told := slices.ContainsFunc(g.results, func(result Result) bool { return result.Outcome == g.cell.Outcome })
	summed := g.cell.Outcome == Passed || g.cell.Outcome == Unknown || told
	if len(g.results) > 0 && summed && g.cell.Failure == nil {
		if g.cell.Outcome == Unknown {
			g.cell.Outcome = g.worst()
		} else {
			g.cell.Outcome = Worst(g.cell.Outcome, g.worst())
		}
		return
	}
	g.results = append([]Result{g.cell.Result()}, g.results...)
}

func (g *group) worst() Outcome {
	outcomes := make([]Outcome, len(g.results))
	for i, result := range g.results {
		outcomes[i] = result.Outcome
	}
	return Worst(outcomes...)
}
