package build

import (
	"fmt"
	"strings"
)

// Mismatches lists where a binary says something else of itself than k asked
// for. What it does not say is no mismatch, but that a Go toolchain built it
// every one says.
func (f Facts) Mismatches(k Key) []string {
	var bad []string
	add := func(what, want, got string) {
		if got != want && got != Unknown {
			bad = append(bad, fmt.Sprintf("%s: asked for %s, the binary says %s", what, want, got))
		}
	}
	// A release built with experiments says so behind a space.
	release, _, _ := strings.Cut(f.GoVersion, " ")
	if f.GoVersion == Unknown {
		bad = append(bad, "Go version: the binary carries none, so no Go toolchain built it")
	}
	add("Go version", "go"+strings.TrimPrefix(k.Go, "go"), release)
	add("GOOS", k.GOOS, f.GOOS)
	add("GOARCH", k.GOARCH, f.GOARCH)
	if recorded := f.Settings["CGO_ENABLED"]; recorded != "" {
		add("cgo", onOff(k.CGO), onOff(recorded == "1"))
	}
	// On some other systems Go always links the C library; images are Linux.
	if !k.CGO && f.Format == "elf" && k.GOOS == "linux" && !f.Static {
		bad = append(bad, fmt.Sprintf("linking: cgo is off, yet the binary is dynamic (loader %q, libraries %s)",
			f.Interpreter, orNone(f.Needed)))
	}
	return bad
}
