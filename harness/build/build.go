// Package build turns a [Key], which names one way to build an app, into an
// [Artifact]: the binary together with the facts read back from it.
//
// Read it in this order: this file is the plot of one build; env.go is the
// environment each go command gets; toolchain.go finds and downloads Go releases;
// vendor.go prepares the source; command.go runs the go command; errors.go tells
// whose fault a failed command is; facts.go, wasm.go and verify.go read the
// binary and hold it against the key; runnable.go says which binaries an engine
// can start; flight.go makes sure nothing is done twice.
//
// The contract:
//
//   - The host's own go command (1.21 or newer) is used for everything, with
//     GOTOOLCHAIN set to exactly the release asked for. Nothing of the user's
//     Go settings reaches a build except where modules come from and where the
//     caches are; GOFLAGS, go.work and GOTOOLCHAIN never do.
//   - A key is built at most once by a [Builder], however many callers ask.
//   - The app's directory is never written to.
//   - An error is a [*Failure] where the app is at fault, a [*Unable] where this
//     machine lacks something the cell needs, and any other error where the
//     network, the disk or the go command itself is. Only the first is a verdict.
package build

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"time"
)

// Options says how a [Builder] works. Only Dir is required.
type Options struct {
	// Dir holds the artifacts and, while a Builder is open, its work area.
	// Several Builders, of several processes too, may share it.
	Dir string

	// Parallel is how many go builds run side by side; 0 means half of the
	// processors, for one go build keeps more than one of them busy.
	Parallel int

	// Progress, if not nil, hears what is being done, a line at a time. It is
	// called from several goroutines.
	Progress func(line string)

	// GoCommand is the host's go command; empty means "go" from the PATH.
	GoCommand string

	// Environ is the environment to work from, as os.Environ gives it, which
	// is also what nil means.
	Environ []string
}

// Artifact is a built binary and what is known of it.
type Artifact struct {
	Key     Key
	Path    string // absolute
	SHA256  string // lower-case hex
	Size    int64  // bytes
	Facts   Facts
	Command string        // the command that built it, to paste into a shell
	Output  string        // what the go command printed; empty as a rule
	Took    time.Duration // waiting for a free place and for the toolchain not included
	Reused  bool          // an earlier or concurrent call of this Builder built it
}

// Builder builds artifacts. Its methods may be called concurrently. Close it to
// remove its work area.
type Builder struct {
	opts  Options
	slots chan struct{}

	hosts      flights[struct{}, host]
	versions   flights[struct{}, []string]
	toolchains flights[string, struct{}]
	present    flights[string, bool]
	sources    flights[sourceKey, source]
	builds     flights[Key, Artifact]
	warm       warmth

	mu    sync.Mutex
	work  string // made when first needed
	notes []string
}

// New makes a Builder that keeps its artifacts in opts.Dir. It runs nothing yet:
// a missing or too old go command is reported by the first use.
func New(opts Options) (*Builder, error) {
	if opts.Dir == "" {
		return nil, errors.New("make builder: no directory for artifacts given")
	}
	dir, err := filepath.Abs(opts.Dir)
	if err != nil {
		return nil, fmt.Errorf("make builder: %w", err)
	}
	opts.Dir = dir
	if opts.Parallel <= 0 {
		opts.Parallel = max(1, runtime.NumCPU()/2)
	}
	if opts.Progress == nil {
		opts.Progress = func(string) {}
	}
	if opts.GoCommand == "" {
		opts.GoCommand = "go"
	}
	if opts.Environ == nil {
		opts.Environ = os.Environ()
	}
	return &Builder{opts: opts, slots: make(chan struct{}, opts.Parallel)}, nil
}

// Notes lists what a reader of the results should know about how they came
// about, such as that Go releases were chosen without asking the module proxy.
func (b *Builder) Notes() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]string(nil), b.notes...)
}

func (b *Builder) note(format string, args ...any) {
	line := fmt.Sprintf(format, args...)
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, have := range b.notes {
		if have == line {
			return
		}
	}
	b.notes = append(b.notes, line)
}

// Build gives the artifact of k. Whoever asks for the same key again, or while
// it is being built, gets the same answer, an error included, with Reused set.
// If ctx ends, its go commands and all their children are killed, unless another
// caller is waiting for the same key.
func (b *Builder) Build(ctx context.Context, k Key) (*Artifact, error) {
	k, err := k.normal()
	if err != nil {
		return nil, err
	}
	a, shared, err := b.builds.do(ctx, k, func(ctx context.Context) (Artifact, error) {
		return b.build(ctx, k)
	})
	if err != nil {
		return nil, err
	}
	a.Reused = shared
	return &a, nil
}

// build is the plot: toolchain, source, go build, facts, verdict.
func (b *Builder) build(ctx context.Context, k Key) (Artifact, error) {
	h, err := b.host(ctx)
	if err != nil {
		return Artifact{}, fmt.Errorf("build %s: %w", k, err)
	}
	// What this machine lacks is known before anything is run.
	cc, err := h.compiler(k)
	if err != nil {
		return Artifact{}, fmt.Errorf("build %s: %w", k, err)
	}
	if err := b.toolchain(ctx, h, k.Go); err != nil {
		return Artifact{}, fmt.Errorf("build %s: %w", k, err)
	}

	// The first build of a target compiles the standard library; builds that
	// need the same one wait for it rather than compile it beside it.
	done, err := b.warm.enter(ctx, k)
	if err != nil {
		return Artifact{}, fmt.Errorf("build %s: %w", k, err)
	}
	defer done()
	select {
	case b.slots <- struct{}{}:
		defer func() { <-b.slots }()
	case <-ctx.Done():
		return Artifact{}, fmt.Errorf("build %s: %w", k, context.Cause(ctx))
	}

	start := time.Now()
	b.opts.Progress("building " + k.String())
	src, err := b.source(ctx, h, k)
	if err != nil {
		return Artifact{}, blame(err, k)
	}
	a, err := b.compile(ctx, h, k, src, cc)
	if err != nil {
		return Artifact{}, blame(err, k)
	}
	if a.Facts, err = ReadFacts(a.Path); err != nil {
		return Artifact{}, fmt.Errorf("build %s: %w", k, err)
	}
	if bad := a.Facts.Mismatches(k); len(bad) > 0 {
		return Artifact{}, &Failure{Key: k, Stage: "verify", Command: a.Command, Output: lines(bad), Facts: &a.Facts}
	}
	if a.Size, a.SHA256, err = sum(a.Path); err != nil {
		return Artifact{}, fmt.Errorf("build %s: %w", k, err)
	}
	a.Took = time.Since(start)
	return a, nil
}

// compile runs go build. The output file begins as a copy of the last run's
// artifact, for the go command does not link again what is up to date, and is
// moved into place when it is whole, so that other processes never see half of it.
func (b *Builder) compile(ctx context.Context, h host, k Key, src source, cc string) (Artifact, error) {
	final := filepath.Join(b.opts.Dir, "artifacts", k.fileName())
	tmp, err := b.workDir("out-")
	if err != nil {
		return Artifact{}, err
	}
	defer removeAll(tmp)
	out := filepath.Join(tmp, filepath.Base(final))
	if err := copyFile(final, out, 0o755); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return Artifact{}, fmt.Errorf("copy last artifact: %w", err)
	}

	cmd := goCommand{dir: src.dir, args: k.arguments(out, src.mod), env: h.cell(k, cc), prepare: src.prepare,
		shown: k.arguments(final, src.mod), shownDir: src.shownDir}
	res, err := b.run(ctx, h, k.Go, cmd)
	if err == nil && res.exit != 0 && vcsTrouble(res.output) {
		// Git refuses to say anything about a directory of another user. That is
		// no fault of the app's, and nothing but the stamp is lost without it.
		b.note("%s: version control says nothing about the source, so the binary carries no stamp of it: %s", k, lastLine(res.output))
		cmd.args = append([]string{"build", "-buildvcs=false"}, cmd.args[1:]...)
		cmd.shown = append([]string{"build", "-buildvcs=false"}, cmd.shown[1:]...)
		res, err = b.run(ctx, h, k.Go, cmd)
	}
	if err != nil {
		return Artifact{}, err
	}
	if res.exit != 0 {
		return Artifact{}, verdict(res, "compile")
	}
	library, err := notMain(out)
	if err != nil {
		return Artifact{}, fmt.Errorf("read built file: %w", err)
	}
	if library {
		res.output += "go build wrote no program: the package is not a main package\n"
		return Artifact{}, &Failure{Stage: "compile", Command: res.command, Output: res.output}
	}
	if err := os.MkdirAll(filepath.Dir(final), 0o755); err != nil {
		return Artifact{}, fmt.Errorf("store artifact: %w", err)
	}
	if err := os.Rename(out, final); err != nil {
		return Artifact{}, fmt.Errorf("store artifact: %w", err)
	}
	return Artifact{Key: k, Path: final, Command: res.command, Output: res.output}, nil
}
