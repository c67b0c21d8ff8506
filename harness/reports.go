package harness

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/seatrial/seatrial/harness/report"
)

// runsKept is how many runs' evidence is kept; older ones make room.
const runsKept = 10

// Slots is how many sandboxes run side by side.
func (t *Trial) Slots() int { return t.options.Slots }

// Bundles is the directory of this run's evidence and reports.
func (t *Trial) Bundles() string { return t.bundles }

// WorstOf sums up the results of a cell so far.
func (t *Trial) WorstOf(cell string) report.Outcome {
	t.mu.Lock()
	defer t.mu.Unlock()
	var outcomes []report.Outcome
	for _, r := range t.run.Results {
		if r.Cell == cell {
			outcomes = append(outcomes, r.Outcome)
		}
	}
	return report.Worst(outcomes...)
}

// CellResult shows a cell's own outcome as a result, for its failure page.
func CellResult(row report.Cell) report.Result {
	return report.Result{Cell: row.Name, Scenario: "build and first launch", Outcome: row.Outcome, Reason: row.Reason, Failure: row.Failure, Bundle: row.Bundle, Took: row.Took}
}

// WriteReports writes report.json and junit.xml beside the run's evidence, and
// removes the evidence of runs of long ago.
func (t *Trial) WriteReports(run *report.Run) error {
	if err := os.MkdirAll(t.bundles, 0o755); err != nil {
		return fmt.Errorf("write reports: %w", err)
	}
	err := errors.Join(
		writeFile(filepath.Join(t.bundles, "report.json"), func(w io.Writer) error { return report.WriteJSON(w, run) }),
		writeFile(filepath.Join(t.bundles, "junit.xml"), func(w io.Writer) error { return report.WriteJUnit(w, run) }),
		ignoreFolder(t.options.OutDir),
		prune(filepath.Dir(t.bundles)),
	)
	if err != nil {
		return fmt.Errorf("write reports: %w", err)
	}
	return nil
}

func writeFile(path string, write func(io.Writer) error) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	return errors.Join(write(file), file.Close())
}

// ignoreFolder keeps the folder out of the repository that it lies in.
func ignoreFolder(dir string) error {
	path := filepath.Join(dir, ".gitignore")
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return os.WriteFile(path, []byte("*\n"), 0o644)
}

// prune removes the oldest runs; their names begin with their time.
func prune(runs string) error {
	entries, err := os.ReadDir(runs)
	if err != nil {
		return err
	}
	var names []string
	for _, e := range entries {
		if e.IsDir() {
			names = append(names, e.Name())
		}
	}
	slices.Sort(names)
	var errs []error
	for _, name := range names[:max(0, len(names)-runsKept)] {
		errs = append(errs, os.RemoveAll(filepath.Join(runs, name)))
	}
	return errors.Join(errs...)
}
