package build

import (
	"crypto/sha256"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/tools/txtar"
)

// unpack writes a txtar archive into a fresh directory.
func unpack(t *testing.T, archive string) string {
	t.Helper()
	dir := t.TempDir()
	for _, f := range txtar.Parse([]byte(archive)).Files {
		name := filepath.Join(dir, filepath.FromSlash(f.Name))
		require.NoError(t, os.MkdirAll(filepath.Dir(name), 0o755))
		require.NoError(t, os.WriteFile(name, f.Data, 0o644))
	}
	return dir
}

const hello = `
-- go.mod --
module example.com/hello

go 1.20
-- main.go --
package main

func main() { println("hello") }
`

// needsGo skips what runs the go command from short runs.
func needsGo(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("runs the go command")
	}
}

// builder makes a Builder; extra variables go after the environment's own.
func builder(t *testing.T, o Options, extra ...string) *Builder {
	t.Helper()
	if o.Dir == "" {
		o.Dir = t.TempDir()
	}
	o.Environ = append(os.Environ(), extra...)
	b, err := New(o)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, b.Close()) })
	return b
}

// localKey is a key of the host's own Go and target.
func localKey(t *testing.T, b *Builder, dir string) Key {
	t.Helper()
	h, err := b.host(t.Context())
	require.NoError(t, err)
	if h.version == "" {
		t.Skip("the host's go command is a development build, which has no release to name")
	}
	return Key{Dir: dir, Go: h.version, GOOS: h.os, GOARCH: h.arch, Mod: "mod"}
}

// script writes a shell script that stands in for the go command; in it $REAL
// is the real one.
func script(t *testing.T, body string) string {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("needs a POSIX shell")
	}
	real, err := exec.LookPath("go")
	require.NoError(t, err)
	name := filepath.Join(t.TempDir(), "go")
	require.NoError(t, os.WriteFile(name, []byte("#!/bin/sh\nREAL='"+real+"'\n"+body), 0o755))
	return name
}

// treeState sums up names, modes, times of change and contents below dir.
func treeState(t *testing.T, dir string) string {
	t.Helper()
	var all []string
	require.NoError(t, filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		line := fmt.Sprintf("%s %v %d", name, info.Mode(), info.ModTime().UnixNano())
		if info.Mode().IsRegular() {
			data, err := os.ReadFile(name)
			if err != nil {
				return err
			}
			line += fmt.Sprintf(" %x", sha256.Sum256(data))
		}
		all = append(all, line)
		return nil
	}))
	slices.Sort(all)
	return strings.Join(all, "\n")
}

// countLines counts the lines of s that begin with prefix.
func countLines(s, prefix string) int {
	n := 0
	for line := range strings.Lines(s) {
		if strings.HasPrefix(line, prefix) {
			n++
		}
	}
	return n
}
