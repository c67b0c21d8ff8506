package harness

import (
	"path"
	"path/filepath"

	"github.com/seatrial/seatrial/harness/deployment"
	"github.com/seatrial/seatrial/harness/sandbox"
)

// hints lists the paths that matter by what is known of the app's source and its
// binary.
func (l *Launcher) hints(spec deployment.Spec) []sandbox.Hint {
	a := l.trial.App
	var list, shipped []sandbox.Hint
	if facts := l.Artifact.Facts; facts.Interpreter != "" {
		list = append(list, sandbox.Hint{Path: facts.Interpreter, Why: "interpreter"})
	}
	for _, library := range l.Artifact.Facts.Needed {
		list = append(list, sandbox.Hint{Path: library, Why: "library", Any: libraryPlaces(library, l.Artifact.Facts.GOARCH)})
	}
	add := func(why string, paths ...string) {
		for _, p := range paths {
			p = filepath.ToSlash(p)
			list = append(list, sandbox.Hint{Path: p, Why: why})
			if spec.WorkDir != "" && spec.WorkDir != a.WorkDir && !path.IsAbs(p) {
				shipped = append(shipped, sandbox.Hint{Path: path.Join(a.WorkDir, p), Why: "shipped"})
			}
		}
	}
	add("config", a.Configs...)
	add("template", a.Templates...)
	for _, s := range a.Static {
		add("static", s.Dir)
	}
	add("missing", a.Missing...)
	return append(list, shipped...)
}

// libraryPlaces are where loaders look for a shared library, those of Debian
// before those of all.
func libraryPlaces(name, goarch string) []string {
	// The triples of Debian's multiarch directories, https://wiki.debian.org/Multiarch/Tuples.
	triple := map[string]string{
		"386": "i386-linux-gnu", "amd64": "x86_64-linux-gnu", "arm": "arm-linux-gnueabihf", "arm64": "aarch64-linux-gnu",
		"ppc64le": "powerpc64le-linux-gnu", "riscv64": "riscv64-linux-gnu", "s390x": "s390x-linux-gnu",
	}[goarch]
	var places []string
	if triple != "" {
		places = append(places, "/lib/"+triple+"/"+name, "/usr/lib/"+triple+"/"+name)
	}
	for _, dir := range []string{"/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib"} {
		places = append(places, dir+"/"+name)
	}
	return places
}
