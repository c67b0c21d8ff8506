package harness

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/seatrial/seatrial/harness/build"
	"github.com/seatrial/seatrial/harness/deployment"
	"github.com/seatrial/seatrial/harness/evidence"
	"github.com/seatrial/seatrial/harness/matrix"
	"github.com/seatrial/seatrial/harness/report"
	"github.com/seatrial/seatrial/harness/sandbox"
)

// Scene is what a bundle of evidence is made of.
type Scene struct {
	Launcher   *Launcher
	Name       string // of the scenario, unlike every other of the cell
	Conditions []deployment.Condition
	Steps      []report.Step
	Sandbox    *sandbox.Sandbox // nil if nothing was launched
	Failed     bool             // whether everything is to be collected
}

// Collect writes the evidence of a scene, before its sandbox is closed, and
// gives the directory of the bundle. What cannot be collected is noted in the
// bundle as missing; the error then says so too.
func (t *Trial) Collect(ctx context.Context, s Scene) (string, error) {
	w, err := evidence.Create(t.bundle(s.Launcher.Cell, s.Name), t.Secrets())
	if err != nil {
		return "", err
	}
	var conditions strings.Builder
	for _, c := range s.Conditions {
		fmt.Fprintln(&conditions, c)
	}
	errs := []error{
		w.Text(evidence.ConditionsFile, conditions.String()),
		w.JSON(evidence.StepsFile, s.Steps),
		w.JSON(evidence.BuildFile, s.Launcher.Artifact),
		w.Text(evidence.BuildLog, s.Launcher.Artifact.Output),
		w.JSON(evidence.HostFile, t.run.Host),
	}
	if s.Sandbox != nil {
		depth := sandbox.Brief
		if s.Failed {
			depth = sandbox.Whole
		}
		errs = append(errs, s.Sandbox.Collect(ctx, w, depth))
	}
	return w.Dir(), errors.Join(append(errs, w.Close())...)
}

// collectBuild writes the evidence of a build that failed. Without it the page
// still has the output, so an error here is no other outcome, only a note.
func (t *Trial) collectBuild(cell matrix.Cell, failure *build.Failure) string {
	w, err := evidence.Create(t.bundle(cell, "build"), t.Secrets())
	if err == nil {
		err = errors.Join(
			w.JSON(evidence.BuildFile, failure.Key),
			w.Text(evidence.BuildLog, buildLog(failure)),
			w.JSON(evidence.HostFile, t.run.Host),
			w.Close(),
		)
	}
	if err != nil {
		t.note(fmt.Sprintf("evidence of the failed build of %s: %v", cell.Name, err))
		return ""
	}
	return w.Dir()
}

// buildLog is the command, to be pasted, and then what it printed.
func buildLog(failure *build.Failure) string { return failure.Command + "\n" + failure.Output }

func (t *Trial) bundle(cell matrix.Cell, name string) string {
	return filepath.Join(t.bundles, slug(cell.Name), slug(name))
}

// Secrets are the values that no log and no bundle may show: those of the
// variables that the app declares as secret, of those whose name says so, and
// what conditions give the app as a password.
func (t *Trial) Secrets() []string {
	return append(evidence.SecretsIn(t.deployment().Env, t.App.Secrets), sandbox.RedisPassword, sandbox.WrongRedisPassword)
}

func (t *Trial) note(text string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !slices.Contains(t.run.Notes, text) { // every cell may say it
		t.run.Notes = append(t.run.Notes, text)
	}
}
