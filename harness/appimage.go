package harness

import (
	"context"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/seatrial/seatrial/harness/app"
	"github.com/seatrial/seatrial/harness/deployment"
	"github.com/seatrial/seatrial/harness/image"
	"github.com/seatrial/seatrial/harness/sandbox"
)

// image puts together what the deployment starts: the artifact on its base, the
// app's files at their places, and what conditions changed of them.
func (l *Launcher) image(ctx context.Context, base string, spec deployment.Spec) (image.Ref, error) {
	subject, err := l.contents(ctx, base, spec)
	if err != nil {
		return image.Ref{}, err
	}
	return l.trial.store.App(ctx, subject)
}

// contents says what the image of a deployment holds.
func (l *Launcher) contents(ctx context.Context, base string, spec deployment.Spec) (image.AppImage, error) {
	a := l.trial.App
	_, goarch, _ := strings.Cut(l.Cell.Target, "/")
	binary := binaryPath(a, spec)
	subject := image.AppImage{
		Binary: l.Artifact.Path, Target: binary, Base: base, GOARCH: goarch,
		WorkDir: a.WorkDir, Entrypoint: []string{binary},
		Modes: map[string]fs.FileMode{},
	}
	if !slices.Contains(spec.Without, deployment.AppFiles) {
		for _, file := range a.Files {
			subject.Files = append(subject.Files, image.File{Target: path.Join(a.WorkDir, filepath.ToSlash(file)), Source: filepath.Join(a.Root, file)})
		}
	}
	for _, m := range spec.Mounts {
		if isFile(m.From) {
			subject.Files = append(subject.Files, image.File{Target: m.Path, Source: m.From})
		}
	}
	// Engines give an in-memory file system the mode that the directory has on
	// which it is mounted, whatever mode they were asked for (runc before 1.2).
	for _, t := range spec.Tmpfs {
		subject.Dirs = append(subject.Dirs, image.Dir{Path: t.Path, Mode: fs.ModeSticky | 0o777})
	}
	for _, part := range spec.Without {
		subject.Remove = append(subject.Remove, part.Paths()...)
	}
	mounted := volumePaths(spec)
	for _, p := range spec.Unreadable {
		if !isWithin(p, mounted) {
			subject.Modes[p] = 0
		}
	}
	for _, c := range spec.Files {
		if !isWithin(c.Path, mounted) {
			subject.Changes = append(subject.Changes, imageChange(c))
		}
	}
	if start := sandbox.StartedBy(spec, binary); len(start) > 0 {
		helper, err := l.trial.starter(ctx)
		if err != nil {
			return image.AppImage{}, err
		}
		subject.Entrypoint = start
		subject.Files = append(subject.Files, image.File{Target: sandbox.StarterPath, Source: helper, Mode: 0o755})
	}
	return subject, nil
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

// starter gives the helper for putting into app images.
func (t *Trial) starter(ctx context.Context) (string, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.helper != "" {
		return t.helper, nil
	}
	file, err := t.program(ctx, "helper", sandbox.HelperSource())
	t.helper = file
	return file, err
}

// imageChange gives a change of the deployment in the image's terms.
func imageChange(c deployment.FileChange) image.Change {
	change := image.Change{Path: c.Path}
	switch c.Change {
	case deployment.Missing:
		change.Gone = true
	case deployment.Directory:
		change.Directory = true
	case deployment.Empty:
		change.Emptied = true
	case deployment.HasMode:
		change.Mode = &c.Mode
	case deployment.HasOwner:
		change.Owner = &image.Owner{UID: c.UID, GID: c.GID}
	default:
		change.Content = c.Content
	}
	return change
}

// A volume cannot be mounted over a single file on every engine; a mounted file
// is put into the image instead, and left out of it when its mount is missing.
func withoutFileMounts(spec deployment.Spec) deployment.Spec {
	spec = spec.Clone()
	spec.Mounts = slices.DeleteFunc(spec.Mounts, func(m deployment.Mount) bool { return isFile(m.From) })
	mounted := volumePaths(spec)
	spec.Unreadable = slices.DeleteFunc(spec.Unreadable, func(p string) bool { return !isWithin(p, mounted) })
	spec.Files = slices.DeleteFunc(spec.Files, func(c deployment.FileChange) bool { return !isWithin(c.Path, mounted) })
	return spec
}

// volumePaths are the places where a volume with a content of its own hides the
// image's.
func volumePaths(spec deployment.Spec) []string {
	var paths []string
	for _, m := range spec.Mounts {
		if !isFile(m.From) && !m.Keep {
			paths = append(paths, m.Path)
		}
	}
	return paths
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
