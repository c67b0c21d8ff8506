package build

import (
	"context"
	"errors"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestKeyHasOneForm(t *testing.T) {
	dir := t.TempDir()
	a, err := Key{Dir: dir, Main: "cmd/shop", Go: "go1.22.12", GOOS: "linux", GOARCH: "amd64", Tags: "b, a,b"}.normal()
	require.NoError(t, err)
	b, err := Key{Dir: dir + "/.", Main: "./cmd/shop/", Go: "1.22.12", GOOS: "linux", GOARCH: "amd64", Mod: "mod", Tags: "a,b"}.normal()
	require.NoError(t, err)
	assert.Equal(t, a, b)
	assert.Equal(t, "./cmd/shop", a.Main)
	assert.Equal(t, "shop", filepath.Base(a.fileName()))
	b.LDFlags = "-s"
	assert.NotEqual(t, a.fileName(), b.fileName())
	b.GOOS = "windows"
	assert.Equal(t, "shop.exe", filepath.Base(b.fileName()))
}

func TestKeyThatNamesNoBuildIsRefused(t *testing.T) {
	good := Key{Dir: t.TempDir(), Go: "1.20", GOOS: "linux", GOARCH: "amd64"}
	_, err := good.normal()
	require.NoError(t, err, "1.20 is the first release of its minor")
	for name, change := range map[string]func(*Key){
		"no directory":    func(k *Key) { k.Dir = "" },
		"missing":         func(k *Key) { k.Dir += "/none" },
		"no Go":           func(k *Key) { k.Go = "" },
		"word for Go":     func(k *Key) { k.Go = "stable" },
		"toolchain trick": func(k *Key) { k.Go = "1.22.12+auto" },
		"minor":           func(k *Key) { k.Go = "1.21" },
		"no target":       func(k *Key) { k.GOOS = "" },
		"mod":             func(k *Key) { k.Mod = "readonly" },
	} {
		k := good
		change(&k)
		_, err := k.normal()
		assert.Error(t, err, name)
	}
}

func TestArgumentsFitTheRelease(t *testing.T) {
	k := Key{Main: ".", Go: "1.18.10", Tags: "a,b", LDFlags: "-s -w"}
	assert.Equal(t, []string{"build", "-trimpath", "-mod=vendor", "-buildvcs=false", "-tags=a,b", "-ldflags=-s -w", "-o", "x", "."}, k.arguments("x", "vendor"))
	for _, release := range []string{"1.17.13", "1.19.13", "1.26.0"} {
		k.Go = release
		assert.NotContains(t, k.arguments("x", "mod"), "-buildvcs=false", release)
	}
}

func TestQuoteGivesBackTheWordInAShell(t *testing.T) {
	for _, word := range []string{"plain", "two words", "it's", `a"b$c\d`, "", "new\nline", "-ldflags=-X 'a.b=c d'"} {
		out, err := exec.Command("sh", "-c", "printf %s "+quote(word)).Output()
		require.NoError(t, err)
		assert.Equal(t, word, string(out))
	}
	assert.Equal(t, "GOFLAGS=", quote("GOFLAGS="))
	assert.Equal(t, "A='b c'", quote("A=b c"))
}

func TestHidePasswordsLeavesTheRest(t *testing.T) {
	for in, want := range map[string]string{
		"https://proxy.example,direct":         "https://proxy.example,direct",
		"https://u:p@a.example,https://b.test": "https://u:xxxxx@a.example,https://b.test",
		"https://token@a.example|direct":       "https://xxxxx@a.example|direct",
		"https://u:%zz@a.example":              "https://xxxxx@a.example",
		"off":                                  "off",
	} {
		assert.Equal(t, want, hidePasswords(in))
	}
}

func TestFlightOutlivesTheCallerThatBeganIt(t *testing.T) {
	var f flights[string, int]
	var runs atomic.Int32
	started, finish := make(chan struct{}), make(chan struct{})
	job := func(ctx context.Context) (int, error) {
		runs.Add(1)
		close(started)
		select {
		case <-finish:
			return 7, nil
		case <-ctx.Done():
			return 0, context.Cause(ctx)
		}
	}
	first, cancel := context.WithCancel(t.Context())
	gone := make(chan error)
	go func() {
		_, _, err := f.do(first, "k", job)
		gone <- err
	}()
	<-started
	second := make(chan int)
	joined := make(chan struct{})
	go func() {
		close(joined)
		v, _, _ := f.do(t.Context(), "k", job)
		second <- v
	}()
	<-joined
	waitForCallers(&f, "k", 2)
	cancel()
	require.ErrorIs(t, <-gone, context.Canceled)
	close(finish)
	assert.Equal(t, 7, <-second)
	v, shared, err := f.do(t.Context(), "k", job)
	require.NoError(t, err)
	assert.True(t, shared)
	assert.Equal(t, 7, v)
	assert.EqualValues(t, 1, runs.Load())
}

// waitForCallers returns when n callers wait for the job of key.
func waitForCallers(f *flights[string, int], key string, n int) {
	for {
		f.mu.Lock()
		waiting := f.jobs[key].waiting
		f.mu.Unlock()
		if waiting >= n {
			return
		}
		runtime.Gosched()
	}
}

func TestFlightKeepsErrorsButNotCancellations(t *testing.T) {
	var f flights[string, int]
	runs := 0
	bad := errors.New("bad")
	for range 2 {
		_, _, err := f.do(t.Context(), "bad", func(context.Context) (int, error) { runs++; return 0, bad })
		require.ErrorIs(t, err, bad)
	}
	assert.Equal(t, 1, runs)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, _, err := f.do(ctx, "gone", func(ctx context.Context) (int, error) { <-ctx.Done(); return 0, ctx.Err() })
	require.ErrorIs(t, err, context.Canceled)
	v, shared, err := f.do(t.Context(), "gone", func(context.Context) (int, error) { return 1, nil })
	require.NoError(t, err)
	assert.False(t, shared)
	assert.Equal(t, 1, v)
}

func TestFirstBuildOfATargetGoesAlone(t *testing.T) {
	var w warmth
	k := Key{Go: "1.22.12", GOOS: "linux", GOARCH: "amd64", Tags: "a"}
	done, err := w.enter(t.Context(), k)
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	k.Tags = "b"
	_, err = w.enter(ctx, k)
	require.ErrorIs(t, err, context.Canceled, "the same target waits")
	other := k
	other.GOARCH = "arm64"
	_, err = w.enter(ctx, other)
	require.NoError(t, err, "another target does not")
	done()
	_, err = w.enter(t.Context(), k)
	require.NoError(t, err)
}
