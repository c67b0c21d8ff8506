package harness

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/seatrial/seatrial/harness/build"
	"github.com/seatrial/seatrial/harness/deployment"
	"github.com/seatrial/seatrial/harness/evidence"
	"github.com/seatrial/seatrial/harness/image"
	"github.com/seatrial/seatrial/harness/matrix"
	"github.com/seatrial/seatrial/harness/sandbox"
)

// Deployed is the content of launch.json: what it takes to launch again, on the
// machine where it was launched, what a bundle is of.
type Deployed struct {
	// Matrix is where the matrix was read; App is what it declares, for an app
	// that has none.
	Matrix   string      `json:"matrix"`
	App      matrix.App  `json:"app"`
	Cell     matrix.Cell `json:"cell"`
	Base     string      `json:"base"`
	Artifact string      `json:"artifact"` // the binary that was launched
	SHA256   string      `json:"sha256"`
	Go       string      `json:"go"` // exact
	// Conditions are all that it was launched under, those of the cell included.
	Conditions []deployment.Condition `json:"conditions"`
}

func (t *Trial) launchOf(s Scene) Deployed {
	l := s.Launcher
	file := t.options.File.Path
	if absolute, err := filepath.Abs(file); err == nil {
		file = absolute
	}
	return Deployed{
		Matrix: file, App: t.options.File.App, Cell: l.Cell, Base: cmp.Or(s.Base, l.Cell.Base),
		Artifact: l.Artifact.Path, SHA256: l.Artifact.SHA256, Go: l.Artifact.Key.Go,
		Conditions: append(l.Conditions(), s.Conditions...),
	}
}

// ReadDeployed reads what it takes to launch again what a bundle is of.
func ReadDeployed(b *evidence.Bundle) (Deployed, error) {
	var l Deployed
	if err := b.JSON(evidence.LaunchFile, &l); err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return l, errors.New("the bundle is of nothing that was launched: a build that failed, or a bundle from elsewhere")
		}
		return l, err
	}
	return l, nil
}

// Resume begins a trial of one cell, and makes it ready to launch again what a
// bundle is of: with the binary that it had if that is still there, else with one
// that is built again. The trial must be closed.
func Resume(ctx context.Context, l Deployed, o Options) (*Trial, *Launcher, error) {
	file, err := matrix.Load(l.Matrix)
	if errors.Is(err, fs.ErrNotExist) {
		file, err = matrix.Default(l.App), nil
		file.Path = l.Matrix
	}
	if err != nil {
		return nil, nil, err
	}
	o.File, o.Cells, o.Slots = file, []matrix.Cell{l.Cell}, 1
	trial, err := Begin(ctx, o)
	if err != nil {
		return nil, nil, err
	}
	launcher, err := trial.resume(ctx, l)
	if err != nil {
		return nil, nil, errors.Join(err, trial.Close(context.WithoutCancel(ctx)))
	}
	return trial, launcher, nil
}

func (t *Trial) resume(ctx context.Context, l Deployed) (*Launcher, error) {
	cell := l.Cell
	cell.Go = cmp.Or(l.Go, cell.Go)
	key, err := t.buildKey(ctx, cell)
	if err != nil {
		return nil, err
	}
	artifact := &build.Artifact{Key: key, Path: l.Artifact, SHA256: l.SHA256}
	if sum, err := sha256Of(l.Artifact); err != nil || sum != l.SHA256 {
		t.options.Progress.Note("the binary of then is not there any more: it is built again, from what the source is now")
		if artifact, err = t.builder.Build(ctx, key); err != nil {
			return nil, err
		}
	}
	launcher := &Launcher{Cell: l.Cell, Artifact: artifact, trial: t}
	if err := launcher.deploy(); err != nil {
		return nil, err
	}
	if err := t.useBase(ctx, l.Base, key.GOARCH); err != nil {
		return nil, err
	}
	if launcher.pool, err = t.pool(); err != nil {
		return nil, err
	}
	return launcher, nil
}

// standIn launches, in the place of an app that ends at once, a process that does
// nothing: with the app's image, user, mounts and limits.
func (l *Launcher) standIn(ctx context.Context, of Deployed) (*sandbox.Sandbox, error) {
	spec, err := l.plain.With(of.Conditions...)
	if err != nil {
		return nil, err
	}
	contents, err := l.contents(ctx, of.Base, spec)
	if err != nil {
		return nil, err
	}
	helper, err := l.trial.starter(ctx)
	if err != nil {
		return nil, err
	}
	contents.Files = append(contents.Files, image.File{Target: sandbox.StarterPath, Source: helper, Mode: 0o755})
	contents.Entrypoint, spec.Args = []string{sandbox.StarterPath, "pause"}, nil
	ref, err := l.trial.store.App(ctx, contents)
	if err != nil {
		return nil, &sandbox.Broken{Doing: "make the app's image", Err: err}
	}
	return l.pool.Launch(ctx, withoutFileMounts(spec), ref)
}

func sha256Of(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, f); err != nil {
		return "", fmt.Errorf("read %s: %w", path, err)
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}
