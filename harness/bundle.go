package harness

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

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
	Outcome    report.Outcome
	Reason     string // the symptom, if it is known
	Fault      error  // what went wrong, with its type
	Base       string // where not the cell's
}

// Collect writes the evidence of a scene, before its sandbox is closed, and
// gives the directory of the bundle. What cannot be collected is noted in the
// bundle as missing; the error then says so too.
func (t *Trial) Collect(ctx context.Context, s Scene) (string, error) {
	spec := s.Launcher.base
	if s.Sandbox != nil {
		spec = s.Sandbox.Spec
	}
	cell := s.Launcher.Cell
	w, err := evidence.Create(t.bundle(cell, s.Name), t.secretsOf(spec))
	if err != nil {
		return "", err
	}
	conditions := cell.ConditionTexts()
	for _, c := range s.Conditions {
		conditions = append(conditions, c.String())
	}
	errs := []error{
		w.JSON(evidence.OutcomeFile, s.outcome(t.App.Ready)),
		w.Lines(evidence.ConditionsFile, conditions),
		w.JSON(evidence.StepsFile, s.Steps),
		w.JSON(evidence.AppFile, appRecord(t.App)),
		w.JSON(evidence.HostFile, t.host()),
		writeArtifact(w, s.Launcher.Artifact),
	}
	if s.Failed {
		errs = append(errs, t.writeGoMod(w))
	}
	if s.Sandbox != nil {
		errs = append(errs, w.JSON(evidence.LaunchFile, t.launchOf(s)))
		look := sandbox.Look{Depth: sandbox.Brief}
		var listing sync.WaitGroup
		if s.Failed {
			look = sandbox.Look{Depth: sandbox.Whole, Ready: t.App.Ready, Hints: s.Launcher.hints(spec)}
			listing.Go(func() { t.writeFiles(w, s.Sandbox.Image.Name) })
		}
		errs = append(errs, s.Sandbox.Collect(ctx, w, look))
		listing.Wait()
	} else if s.Fault != nil {
		errs = append(errs, w.Text(evidence.PlatformLog, s.Fault.Error()+"\n"))
	}
	return w.Dir(), errors.Join(append(errs, w.Close())...)
}

// collectCell writes the evidence of a cell that ended before anything was
// launched. Without it the page still has what is known, so an error here is no
// other outcome, only a note.
func (t *Trial) collectCell(cell matrix.Cell, row report.Cell, cause error) string {
	phase := phaseOf(cause)
	w, err := evidence.Create(t.bundle(cell, phase), t.Secrets())
	if err == nil {
		outcome := Scene{Outcome: row.Outcome, Reason: row.Failure.What.EN, Fault: cause}.outcome("")
		err = errors.Join(
			w.JSON(evidence.OutcomeFile, outcome),
			w.Lines(evidence.ConditionsFile, cell.ConditionTexts()),
			w.JSON(evidence.AppFile, appRecord(t.App)),
			w.JSON(evidence.HostFile, t.host()),
			writeBuilt(w, cause),
			t.writeGoMod(w),
			w.Close(),
		)
	}
	if err != nil {
		t.note(fmt.Sprintf("evidence of the failed %s of %s: %v", phase, cell.Name, err))
		return ""
	}
	return w.Dir()
}

// writeBuilt writes what there is of a build, as the error tells.
func writeBuilt(w *evidence.Writer, cause error) error {
	var failure *build.Failure
	var trouble *build.Trouble
	var image *ImageFailure
	switch {
	case errors.As(cause, &failure):
		return errors.Join(w.JSON(evidence.BuildFile, failedBuild(failure)), w.Text(evidence.BuildLog, buildLog(failure)))
	case errors.As(cause, &trouble):
		return errors.Join(w.JSON(evidence.BuildFile, evidence.Build{Stage: trouble.Stage}), w.Text(evidence.BuildLog, trouble.Output))
	case errors.As(cause, &image):
		return errors.Join(writeArtifact(w, image.Artifact), w.Text(evidence.PlatformLog, image.Error()+"\n"))
	}
	return w.Text(evidence.PlatformLog, cause.Error()+"\n")
}

func writeArtifact(w *evidence.Writer, a *build.Artifact) error {
	return errors.Join(w.JSON(evidence.BuildFile, artifactRecord(a)), w.Text(evidence.BuildLog, a.Command+"\n"+a.Output))
}

// buildLog is the command, to be pasted, and then what it printed.
func buildLog(failure *build.Failure) string { return failure.Command + "\n" + failure.Output }

func (t *Trial) writeGoMod(w *evidence.Writer) error {
	text, err := os.ReadFile(filepath.Join(t.App.Dir, "go.mod"))
	if err != nil {
		w.Missing(evidence.GoModFile, err)
		return nil // it is noted; an app without it has failed for that
	}
	return w.Text(evidence.GoModFile, string(text))
}

// writeFiles lists what the image holds.
func (t *Trial) writeFiles(w *evidence.Writer, image string) {
	list, all, err := t.store.Files(image)
	if err != nil {
		w.Missing(evidence.ImageFilesFile, err)
		return
	}
	if !all {
		w.Partial(evidence.ImageFilesFile, "of the base, programs, loaders, libraries, certificates and what is at most two levels deep")
	}
	_ = evidence.JSONLines(w, evidence.ImageFilesFile, fileRecords(list)) // the writer notes what fails
}

func (t *Trial) bundle(cell matrix.Cell, name string) string {
	return filepath.Join(t.bundles, slug(cell.Name), slug(name))
}

// Secrets are the values that no log and no bundle may show: those of the
// variables that the app declares as secret, and of those whose name says so.
func (t *Trial) Secrets() []string { return t.secretsOf(t.deployment()) }

// secretsOf are those that one deployment knows.
func (t *Trial) secretsOf(spec deployment.Spec) []string {
	secrets := append(evidence.SecretsIn(spec.Env, t.App.Secrets), evidence.SecretsInArgs(spec.Args)...)
	if spec.RedisPassword != deployment.NoPassword {
		secrets = append(secrets, sandbox.RedisPassword, sandbox.WrongRedisPassword)
	}
	return secrets
}

func (t *Trial) note(text string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !slices.Contains(t.run.Notes, text) { // every cell may say it
		t.run.Notes = append(t.run.Notes, text)
	}
}

// outcome says what was tried and what was seen.
func (s Scene) outcome(ready string) evidence.Outcome {
	o := evidence.Outcome{Outcome: s.Outcome.String(), Phase: "scenario", What: firstLine(s.Reason)}
	if len(s.Steps) > 0 { // the first launch is no scenario
		o.Scenario = s.Name
	}
	if s.Fault != nil {
		o.Phase = phaseOf(s.Fault)
		if o.What == "" {
			o.What = firstLine(s.Fault.Error())
		}
	}
	var start *sandbox.StartFailure
	if errors.As(s.Fault, &start) {
		o.Kind, o.What, o.Ready, o.Within = start.Kind.String(), firstLine(start.Cause().EN), ready, start.Within.String()
	}
	for _, step := range s.Steps {
		if step.Outcome == report.Failed || step.Outcome == report.Broken {
			o.Step = strings.TrimSpace(step.Keyword) + " " + step.Text
			break
		}
	}
	return o
}

// phaseOf says what an error kept from being done.
func phaseOf(err error) string {
	var failure *build.Failure
	var trouble *build.Trouble
	var unable *build.Unable
	var unknown *unresolved
	var image *ImageFailure
	var start *sandbox.StartFailure
	switch {
	case errors.As(err, &failure), errors.As(err, &trouble), errors.As(err, &unable), errors.As(err, &unknown):
		return "build"
	case errors.As(err, &image):
		return "image"
	case errors.As(err, &start), isBroken(err):
		return "launch"
	}
	return "scenario"
}

func firstLine(text string) string {
	first, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	return first
}

// ImageFailure is an image that could not be made of the artifact; whose fault
// that is, the error in it says.
type ImageFailure struct {
	Base     string
	Artifact *build.Artifact
	Err      error
}

// Error gives the error's own words.
func (f *ImageFailure) Error() string { return f.Err.Error() }

// Unwrap gives the error itself.
func (f *ImageFailure) Unwrap() error { return f.Err }
