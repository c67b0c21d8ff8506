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

// Writable says whether files can be made in dir, and leaves nothing behind: a
// run that could not keep what it finds need not begin. The error is
// [*Unwritable].
func Writable(dir string) error {
	var made []string
	for d := dir; ; d = filepath.Dir(d) {
		if _, err := os.Lstat(d); !errors.Is(err, fs.ErrNotExist) || d == filepath.Dir(d) {
			break
		}
		made = append(made, d)
	}
	defer func() {
		for _, d := range made {
			_ = os.Remove(d) // no longer empty: somebody else uses it
		}
	}()
	err := os.MkdirAll(dir, 0o755)
	if err == nil {
		var probe *os.File
		if probe, err = os.CreateTemp(dir, ".probe-"); err == nil {
			_, err = probe.WriteString("x")
			err = errors.Join(err, probe.Close(), os.Remove(probe.Name()))
		}
	}
	if err != nil {
		return &Unwritable{Dir: dir, Err: err}
	}
	return nil
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
