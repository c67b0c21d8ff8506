package sandbox

import (
	"embed"
	"io/fs"
	"strings"
)

// HelperSource are the files of the helper program, package main, which needs
// Go 1.21 and the standard library only. It is compiled for the engine's
// architecture and put into an image, [Images].Helper, whose entrypoint is the
// binary.
func HelperSource() map[string][]byte {
	files := map[string][]byte{"go.mod": []byte("module helper\n\ngo 1.21\n")}
	names, err := fs.Glob(helperFiles, "helper/*.go")
	if err != nil {
		panic(err) // the pattern is constant
	}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		content, err := helperFiles.ReadFile(name)
		if err != nil {
			panic(err) // the file is in this binary
		}
		files[name[len("helper/"):]] = content
	}
	return files
}

//go:embed helper/*.go
var helperFiles embed.FS
