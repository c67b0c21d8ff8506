package build

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestBuildForEveryKindOfTargetReadsBackItsFacts(t *testing.T) {
	needsGo(t)
	dir := unpack(t, hello)
	b := builder(t, Options{Parallel: 2})
	local := localKey(t, b, dir).Go
	tests := []struct {
		release, goos, goarch, format string
		static                        bool
	}{
		{local, "linux", "amd64", "elf", true},
		{local, "linux", "arm64", "elf", true},
		{local, "windows", "amd64", "pe", false},
		{local, "darwin", "arm64", "macho", false},
		{local, "wasip1", "wasm", "wasm", true},
		{"1.20.14", "linux", "amd64", "elf", true},
	}
	for _, tt := range tests {
		t.Run(tt.release+"/"+tt.goos+"-"+tt.goarch, func(t *testing.T) {
			t.Parallel()
			a, err := b.Build(t.Context(), Key{Dir: dir, Go: tt.release, GOOS: tt.goos, GOARCH: tt.goarch, LDFlags: "-s -w"})
			require.NoError(t, err)
			assert.FileExists(t, a.Path)
			assert.NotZero(t, a.Size)
			assert.Len(t, a.SHA256, 64)
			assert.NotZero(t, a.Took)
			assert.False(t, a.Reused)
			f := a.Facts
			assert.Equal(t, tt.format, f.Format)
			assert.Equal(t, "go"+tt.release, strings.Fields(f.GoVersion)[0])
			assert.Equal(t, tt.goos+"/"+tt.goarch, f.GOOS+"/"+f.GOARCH)
			assert.Equal(t, "example.com/hello", f.Main)
			assert.Equal(t, tt.static, f.Static, "libraries: %v", f.Needed)
			assert.Equal(t, "0", f.Settings["CGO_ENABLED"])
			assert.False(t, f.CGO)
		})
	}
}

func TestBuildWithCgoSaysWhichLoaderAndGLIBCItNeeds(t *testing.T) {
	needsGo(t)
	if _, err := exec.LookPath("gcc"); err != nil {
		t.Skip("no C compiler")
	}
	dir := unpack(t, "-- go.mod --\nmodule example.com/c\n\ngo 1.20\n-- main.go --\npackage main\n\n// #include <stdlib.h>\nimport \"C\"\n\nfunc main() { C.abs(-1) }\n")
	b := builder(t, Options{})
	k := localKey(t, b, dir)
	if k.GOOS != "linux" {
		t.Skip("the host does not link against glibc")
	}
	k.CGO = true
	a, err := b.Build(t.Context(), k)
	require.NoError(t, err)
	assert.True(t, a.Facts.CGO)
	assert.False(t, a.Facts.Static)
	assert.Contains(t, a.Facts.Interpreter, "/ld")
	assert.Contains(t, strings.Join(a.Facts.Needed, " "), "libc.so")
	assert.Regexp(t, `^2\.\d+`, a.Facts.GLIBC)

	k.CGO = false
	assert.Equal(t, []string{
		"cgo: asked for off, the binary says on",
		"linking: cgo is off, yet the binary is dynamic (loader \"" + a.Facts.Interpreter + "\", libraries " + strings.Join(a.Facts.Needed, ", ") + ")",
	}, a.Facts.Mismatches(k))
}

func TestSameKeyAskedForByManyIsBuiltOnce(t *testing.T) {
	needsGo(t)
	log := filepath.Join(t.TempDir(), "log")
	b := builder(t, Options{GoCommand: script(t, `echo "$1" >>`+log+"\nexec \"$REAL\" \"$@\"\n"), Parallel: 4})
	k := localKey(t, b, unpack(t, hello))
	var group sync.WaitGroup
	artifacts, errs := make([]*Artifact, 8), make([]error, 8)
	for i := range artifacts {
		group.Go(func() { artifacts[i], errs[i] = b.Build(t.Context(), k) })
	}
	group.Wait()
	first := 0
	for i, a := range artifacts {
		require.NoError(t, errs[i])
		assert.Equal(t, artifacts[0].SHA256, a.SHA256)
		if !a.Reused {
			first++
		}
	}
	assert.Equal(t, 1, first)
	data, err := os.ReadFile(log)
	require.NoError(t, err)
	assert.Equal(t, 1, strings.Count("\n"+string(data), "\nbuild\n"), "%s", data)
}

func TestSecondRunGivesTheSameBinary(t *testing.T) {
	needsGo(t)
	dir, src := t.TempDir(), unpack(t, hello)
	var sums []string
	for range 2 {
		b := builder(t, Options{Dir: dir})
		a, err := b.Build(t.Context(), localKey(t, b, src))
		require.NoError(t, err)
		assert.False(t, a.Reused, "a new Builder builds")
		sums = append(sums, a.Path+a.SHA256)
		require.NoError(t, b.Close())
	}
	assert.Equal(t, sums[0], sums[1])
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, entries, 1, "Close leaves nothing but the artifacts")
	assert.Equal(t, "artifacts", entries[0].Name())
}

func TestCancelledBuildKillsAllThatTheGoCommandStarted(t *testing.T) {
	needsGo(t)
	fifo := filepath.Join(t.TempDir(), "alive")
	makeFIFO(t, fifo)
	b := builder(t, Options{GoCommand: script(t, `[ "$1" = build ] || exec "$REAL" "$@"
sleep 600 >'`+fifo+`' &
wait
`)})
	k := localKey(t, b, unpack(t, hello))
	ctx, cancel := context.WithCancelCause(t.Context())
	why := errors.New("the night is over")
	go func() {
		f, err := os.Open(fifo) // returns when the grandchild is there
		if err == nil {
			defer f.Close()
		}
		cancel(why)
	}()
	_, err := b.Build(ctx, k)
	require.ErrorIs(t, err, why)
	assert.False(t, isVerdict(err), "a cancelled build is no verdict on the app")
	requireNoWriter(t, fifo)

	// The answer of a cancelled build is not kept: the next asks anew.
	ctx, cancel = context.WithCancelCause(t.Context())
	cancel(why)
	_, err = b.Build(ctx, k)
	require.ErrorIs(t, err, why)
}

func TestBuildPutsVersionControlIntoTheBinaryAndLeavesTheTreeAlone(t *testing.T) {
	needsGo(t)
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("no git")
	}
	dir := unpack(t, hello)
	for _, args := range [][]string{{"init", "-q"}, {"add", "."}, {"-c", "user.name=a", "-c", "user.email=a@example.com", "commit", "-qm", "x"}} {
		out, err := exec.Command("git", append([]string{"-C", dir}, args...)...).CombinedOutput()
		require.NoError(t, err, "%s", out)
	}
	// A file newer than git's index would make git refresh the index.
	main := filepath.Join(dir, "main.go")
	data, err := os.ReadFile(main)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(main, data, 0o644))
	before := treeState(t, dir)
	b := builder(t, Options{})
	a, err := b.Build(t.Context(), localKey(t, b, dir))
	require.NoError(t, err)
	assert.Equal(t, before, treeState(t, dir))
	assert.Equal(t, "git", a.Facts.VCS["vcs"])
	assert.Len(t, a.Facts.VCS["vcs.revision"], 40)
}

func TestBuildGoesOnWithoutStampWhereGitRefusesToSpeak(t *testing.T) {
	needsGo(t)
	bin := t.TempDir()
	require.NoError(t, os.Rename(script(t, "echo 'fatal: detected dubious ownership in repository' >&2\nexit 128\n"), filepath.Join(bin, "git")))
	dir := unpack(t, hello+"-- .git/HEAD --\nref: refs/heads/main\n")
	b := builder(t, Options{}, "PATH="+bin+string(filepath.ListSeparator)+os.Getenv("PATH"))
	a, err := b.Build(t.Context(), localKey(t, b, dir))
	require.NoError(t, err)
	assert.Empty(t, a.Facts.VCS)
	assert.Contains(t, a.Command, "-buildvcs=false")
	assert.Contains(t, strings.Join(b.Notes(), "\n"), "no stamp")
}

func isVerdict(err error) bool {
	var f *Failure
	return errors.As(err, &f)
}
