package harness

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/seatrial/seatrial/harness/report"
)

// reportFile is written when a run is over.
const reportFile = "report.json"

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
		writeFile(filepath.Join(t.bundles, reportFile), func(w io.Writer) error { return report.WriteJSON(w, run) }),
		writeFile(filepath.Join(t.bundles, "junit.xml"), func(w io.Writer) error { return report.WriteJUnit(w, run) }),
		ignoreFolder(t.options.OutDir),
		prune(filepath.Dir(t.bundles), time.Now()),
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

// prune removes the evidence of the oldest runs; their names begin with their
// time. Runs that are under way stay, and of two that prune at once, one does: it
// has taken the directory away under another name.
func prune(runs string, now time.Time) error {
	entries, err := os.ReadDir(runs)
	if err != nil {
		return err
	}
	var names []string
	var errs []error
	for _, e := range entries {
		path := filepath.Join(runs, e.Name())
		switch {
		case strings.HasPrefix(e.Name(), removing): // by a process that is at it, or was killed
			errs = append(errs, os.RemoveAll(path))
		case e.IsDir() && over(path, now):
			names = append(names, e.Name())
		}
	}
	slices.Sort(names)
	for _, name := range names[:max(0, len(names)-runsKept)] {
		taken := filepath.Join(runs, removing+name)
		switch err := os.Rename(filepath.Join(runs, name), taken); {
		case err == nil:
			errs = append(errs, os.RemoveAll(taken))
		case !errors.Is(err, fs.ErrNotExist):
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// removing begins the name of a directory that is being removed.
const removing = ".removing-"

// over says whether a run has ended: it has written its report, or was killed
// before it could, long ago.
func over(run string, now time.Time) bool {
	const longestRun = 24 * time.Hour
	if exists(filepath.Join(run, reportFile)) {
		return true
	}
	info, err := os.Stat(run)
	return err == nil && now.Sub(info.ModTime()) > longestRun
}
