package harness

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/seatrial/seatrial/harness/app"
	"github.com/seatrial/seatrial/harness/build"
	"github.com/seatrial/seatrial/harness/deployment"
	"github.com/seatrial/seatrial/harness/image"
	"github.com/seatrial/seatrial/harness/matrix"
	"github.com/seatrial/seatrial/harness/report"
	"github.com/seatrial/seatrial/harness/sandbox"
)

// Launcher is a cell that was built and starts as deployed: ready to be launched
// under conditions, any number of times and side by side.
type Launcher struct {
	Cell     matrix.Cell
	Artifact *build.Artifact

	trial *Trial
	base  deployment.Spec
	pool  *sandbox.Pool
	seen  survey
}

// Trial is the run that the cell belongs to.
func (l *Launcher) Trial() *Trial { return l.trial }

// Deployment is how the app is run when no condition is applied.
func (l *Launcher) Deployment() deployment.Spec { return l.base.Clone() }

// Image is what Launch starts when no condition is applied.
func (l *Launcher) Image(ctx context.Context) (image.Ref, error) {
	return l.image(ctx, l.Cell.Base, l.base)
}

// Launch starts the app under the conditions, on the cell's base. The error is
// the app's only if a condition does not fit it; what the engine cannot do is
// broken. What becomes of the process, the sandbox says.
func (l *Launcher) Launch(ctx context.Context, conditions ...deployment.Condition) (*sandbox.Sandbox, error) {
	return l.LaunchOn(ctx, l.Cell.Base, conditions...)
}

// LaunchOn is Launch on another base.
func (l *Launcher) LaunchOn(ctx context.Context, base string, conditions ...deployment.Condition) (*sandbox.Sandbox, error) {
	spec, err := l.base.With(conditions...)
	if err != nil {
		return nil, err
	}
	ref, err := l.image(ctx, base, spec)
	if err != nil {
		return nil, err
	}
	return l.pool.Launch(ctx, withoutFileMounts(spec), ref)
}

// image puts together what the deployment starts: the artifact on its base, the
// app's files at their places, and what conditions changed of them.
func (l *Launcher) image(ctx context.Context, base string, spec deployment.Spec) (image.Ref, error) {
	a := l.trial.App
	_, goarch, _ := strings.Cut(l.Cell.Target, "/")
	binary := binaryPath(a, spec)
	subject := image.AppImage{
		Binary: l.Artifact.Path, Base: base, GOARCH: goarch,
		WorkDir: a.WorkDir, Entrypoint: []string{binary},
		Modes: map[string]fs.FileMode{},
	}
	for _, p := range unreadableInImage(spec) {
		subject.Modes[p] = 0
	}
	for _, file := range a.Files {
		subject.Files = append(subject.Files, image.File{Target: path.Join(a.WorkDir, filepath.ToSlash(file)), Source: filepath.Join(a.Root, file)})
	}
	for _, m := range spec.Mounts {
		if isFile(m.From) {
			subject.Files = append(subject.Files, image.File{Target: m.Path, Source: m.From})
		}
	}
	return l.trial.store.App(ctx, subject)
}

// binaryPath is where the binary goes: into the working directory, where most
// deployments have it and where apps look that search beside their executable.
// Where a file of the app has its name, or a mount would hide it, it goes to
// where programs are.
func binaryPath(a *app.App, spec deployment.Spec) string {
	inWay := slices.ContainsFunc(a.Files, func(file string) bool {
		first, _, _ := strings.Cut(filepath.ToSlash(file), "/")
		return first == a.Name
	})
	beside := path.Join(a.WorkDir, a.Name)
	var over []string
	for _, m := range spec.Mounts {
		over = append(over, m.Path)
	}
	for _, t := range spec.Tmpfs {
		over = append(over, t.Path)
	}
	if inWay || isWithin(beside, over) {
		return "/usr/local/bin/" + a.Name
	}
	return beside
}

// A volume cannot be mounted over a single file on every engine; a mounted file
// is put into the image instead, and left out of it when its mount is missing.
func withoutFileMounts(spec deployment.Spec) deployment.Spec {
	spec = spec.Clone()
	var kept []deployment.Mount
	var within []string
	for _, m := range spec.Mounts {
		if !isFile(m.From) {
			kept = append(kept, m)
			within = append(within, m.Path)
		}
	}
	spec.Mounts = kept
	var unreadable []string
	for _, p := range spec.Unreadable {
		if isWithin(p, within) {
			unreadable = append(unreadable, p)
		}
	}
	spec.Unreadable = unreadable
	return spec
}

func unreadableInImage(spec deployment.Spec) []string {
	var mounted []string
	for _, m := range spec.Mounts {
		if !isFile(m.From) {
			mounted = append(mounted, m.Path)
		}
	}
	var list []string
	for _, p := range spec.Unreadable {
		if !isWithin(p, mounted) {
			list = append(list, p)
		}
	}
	return list
}

func isFile(from string) bool {
	info, err := os.Stat(from)
	return err == nil && !info.IsDir()
}

func isWithin(p string, directories []string) bool {
	for _, d := range directories {
		if p == d || strings.HasPrefix(p, strings.TrimSuffix(d, "/")+"/") {
			return true
		}
	}
	return false
}

// firstLaunch starts the app once as it is deployed. What it has to say when
// that fails is worth more than thirty scenarios that fail for the same reason.
func (l *Launcher) firstLaunch(ctx context.Context, row *report.Cell) (err error) {
	s, err := l.Launch(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close(context.WithoutCancel(ctx))) }()
	err = s.WaitReady(ctx, l.trial.App.Ready, l.trial.App.StartWithin)
	if err == nil {
		return l.look(ctx, s)
	}
	bundle, errBundle := l.trial.Collect(context.WithoutCancel(ctx), Scene{Launcher: l, Name: "first launch", Sandbox: s, Failed: true})
	row.Bundle = bundle
	if errBundle != nil {
		err = errors.Join(err, fmt.Errorf("collect evidence: %w", errBundle))
	}
	return err
}

// deployment is how the app is run where nothing is changed.
func (t *Trial) deployment() deployment.Spec {
	a := t.App
	spec := deployment.Spec{
		WorkDir: a.WorkDir, Args: a.Args, Port: a.Port, AnyAnswer: a.DetectedReady, StopWithin: a.StopWithin,
		Env: map[string]string{},
	}
	for _, found := range []map[string]string{a.PortEnv, a.RedisEnv, a.Env} { // declared wins
		for key, value := range found {
			spec.Env[key] = value
		}
	}
	for _, m := range a.Mounts {
		spec.Mounts = append(spec.Mounts, deployment.Mount{Path: m.Path, From: m.From, Writable: m.Writable})
	}
	return spec
}
