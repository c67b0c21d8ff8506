package matrix

import (
	"fmt"
	"os"
	"runtime"
	"slices"

	"go.yaml.in/yaml/v3"
)

// Loader reads files for a machine other than this one. Its zero value is what
// [Load] and [Parse] use.
type Loader struct {
	// Arch is the GOARCH of the engine that will run the cells; empty: that of
	// this program.
	Arch string
}

// Load reads and checks a file. Mistakes in it are returned as [Problems];
// another error means that it could not be read.
func Load(path string) (*File, error) { return Loader{}.Load(path) }

// Parse checks the text of a file; name is what problems call it.
func Parse(name string, data []byte) (*File, error) { return Loader{}.Parse(name, data) }

// Load is the function [Load] for the loader's architecture.
func (l Loader) Load(path string) (*File, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read matrix: %w", err)
	}
	return l.Parse(path, data)
}

// Parse is the function [Parse] for the loader's architecture.
func (l Loader) Parse(name string, data []byte) (*File, error) {
	r := &reader{file: name}
	f := &File{Path: name, Arch: l.arch()}
	if root := r.document(data); root != nil {
		r.root(root, f)
	}
	if r.count > 0 {
		return nil, r.finish()
	}
	return f, nil
}

func (l Loader) arch() string {
	if l.Arch != "" {
		return l.Arch
	}
	return runtime.GOARCH
}

// Default is the file of an app that has none: the stable Go release for each
// target, or, if no target is given, for Linux on this machine's architecture.
func Default(app App, targets ...string) *File {
	f := &File{App: app, Arch: Loader{}.arch()}
	if len(targets) == 0 {
		targets = []string{"linux/" + f.Arch}
	}
	for _, target := range targets {
		f.Cells = append(f.Cells, newCell(Combination{axisTarget: target}, defaultAxes(), f.Arch, 0))
	}
	return f
}

// defaultAxes are those that name the cells where a file declares none.
func defaultAxes() []string { return []string{axisGo, axisTarget} }

// root reads the root of the file; smoke is matched last, against the cells.
func (r *reader) root(n *yaml.Node, f *File) {
	var smoke []smokeEntry
	m := matrixReader{reader: r, arch: f.Arch}
	declared := false
	r.object(n, "the file", []field{
		{"app", func(v *yaml.Node) { r.app(v, &f.App) }},
		{"matrix", func(v *yaml.Node) { declared = true; m.read(v) }},
		{"smoke", func(v *yaml.Node) { smoke = r.smoke(v) }},
		{"images", func(v *yaml.Node) { r.images(v, &f.Images) }},
		{"run", func(v *yaml.Node) { r.run(v, &f.Run) }},
	})
	if declared {
		f.Cells, f.Excluded = m.cells()
	} else {
		f.Cells = []Cell{newCell(nil, defaultAxes(), f.Arch, 1)}
	}
	if len(f.Cells) == 0 {
		return
	}
	f.Smoke = r.matchSmoke(f, smoke)
}

// finish sorts the problems, and cuts what nobody would read.
func (r *reader) finish() Problems {
	r.problems.sort()
	if more := len(r.problems) - maxProblems; more > 0 {
		next := r.problems[maxProblems]
		next.Message, next.Hint = fmt.Sprintf("and %d more mistakes from here on", more), ""
		return append(slices.Clip(r.problems[:maxProblems]), next)
	}
	return r.problems
}
