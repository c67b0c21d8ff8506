package harness

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/seatrial/seatrial/harness/app"
	"github.com/seatrial/seatrial/harness/build"
	"github.com/seatrial/seatrial/harness/engine"
	"github.com/seatrial/seatrial/harness/image"
	"github.com/seatrial/seatrial/harness/matrix"
	"github.com/seatrial/seatrial/harness/report"
	"github.com/seatrial/seatrial/harness/sandbox"
)

// Options say what a trial is about.
type Options struct {
	// File is the matrix; Cells are those of its cells that are to be run.
	File  *matrix.File
	Cells []matrix.Cell
	// CacheDir keeps artifacts and bases between runs; empty: "seatrial" in the
	// user's cache directory.
	CacheDir string
	// OutDir takes the evidence of runs; empty: ".seatrial" in the working directory.
	OutDir string
	// Slots is how many sandboxes run side by side; 0: as the matrix says, or
	// one more than half of the processors.
	Slots int
	// Proof says whether causes are proven by experiment, and at what cost.
	Proof Proving
	// Shell gives the command that opens a shell beside what a bundle is of.
	Shell func(bundle string) string
	// Command is the command line, for the report.
	Command string
	// Rerun gives the command that runs a cell's scenario again, by its file:line;
	// of the whole cell, if that is empty.
	Rerun func(cell, scenario string) string
	// Progress is told what is going on; nil tells nobody.
	Progress Progress
}

// Progress is told what a trial is doing. Keys tell the things apart that go on
// at the same time.
type Progress interface {
	// Stage says that key goes on with this.
	Stage(key, stage string)
	// Done says what became of a cell, End of anything else.
	Done(key, outcome string)
	End(key, outcome string)
	// Note is for everything that has no key.
	Note(text string)
}

// Trial is one run over some cells of a matrix. Its methods may be called
// concurrently.
type Trial struct {
	App    *app.App
	Engine *engine.Engine

	options  Options
	builder  *build.Builder
	store    *image.Store
	reaper   *engine.Reaper
	bundles  string
	services func() (sandbox.Images, error)
	pool     func() (*sandbox.Pool, error)
	openPool *sandbox.Pool

	mu     sync.Mutex
	run    report.Run
	helper string // the helper's path on this host, once it is there
	proofs map[string]*sharedProof
}

// Begin reads what the app is, finds the engine, clears away what dead runs left,
// and starts to get the services' images. The trial must be closed.
//
// An error of the app's declaration is [app.Problems]; an engine that does not
// answer is [*engine.Unavailable].
func Begin(ctx context.Context, o Options) (*Trial, error) {
	if err := o.complete(); err != nil {
		return nil, err
	}
	// What is the app? Its source says; matrix.yaml has the last word.
	subject, err := app.Load(o.File.App, filepath.Dir(o.File.Path))
	if err != nil {
		return nil, err
	}
	// Is there a place for what will be found?
	for _, dir := range []string{o.OutDir, o.CacheDir} {
		if err := Writable(dir); err != nil {
			return nil, err
		}
	}
	// Where does it run? And nothing of earlier runs may be in the way.
	e, err := engine.Connect(ctx)
	if err != nil {
		return nil, err
	}
	t := &Trial{App: subject, Engine: e, options: o, proofs: map[string]*sharedProof{}}
	if err := t.equip(ctx); err != nil {
		return nil, errors.Join(err, t.Close(context.WithoutCancel(ctx)))
	}
	return t, nil
}

// Prepare makes a cell ready to be launched. It gives nil where the cell's story
// ends before that, and why stands in the report: skipped, built, failed, broken.
func (t *Trial) Prepare(ctx context.Context, cell matrix.Cell) *Launcher {
	began := time.Now()
	row := report.Cell{Name: cell.Name, Target: cell.Target, Base: cell.Base}
	l, err := t.prepare(ctx, cell, &row)
	row.Took = time.Since(began)
	if err != nil {
		t.judge(ctx, cell, l, &row, err)
		l = nil
	}
	t.recordCell(row)
	if row.Outcome == report.Unknown {
		t.options.Progress.Stage(cell.Name, "scenarios")
	}
	return l
}

func (t *Trial) prepare(ctx context.Context, cell matrix.Cell, row *report.Cell) (*Launcher, error) {
	stage := func(what string) { t.options.Progress.Stage(cell.Name, what) }
	// A cell that the matrix skips says why, and costs nothing.
	if cell.Skip != "" {
		return nil, &ended{outcome: report.Skipped, reason: cell.Skip}
	}
	// Which Go is "stable" today? The report pins the answer.
	stage("go")
	key, err := t.buildKey(ctx, cell)
	if err != nil {
		return nil, err
	}
	row.Go = key.Go
	// Cell becomes artifact, and the binary confirms what it was built as.
	stage("build")
	artifact, err := t.builder.Build(ctx, key)
	if err != nil {
		return nil, err
	}
	row.Artifact = artifactInfo(artifact)
	// A binary that cannot be run here has been built, and no more is claimed.
	if !build.Runnable(key.GOOS, key.GOARCH, t.Engine.Arch(), t.emulation()) {
		return nil, &ended{outcome: report.Built, reason: fmt.Sprintf("%s cannot be run on this engine (linux/%s)", cell.Target, t.Engine.Arch())}
	}
	// Artifact becomes image, and image becomes a process that answers.
	l := &Launcher{Cell: cell, Artifact: artifact, trial: t}
	if err := l.deploy(); err != nil {
		return nil, err
	}
	stage("image")
	if err := t.useBase(ctx, cell.Base, key.GOARCH); err != nil {
		return nil, &ImageFailure{Base: cell.Base, Artifact: artifact, Err: err}
	}
	ref, err := l.image(ctx, cell.Base, l.base)
	if err != nil {
		return nil, &ImageFailure{Base: cell.Base, Artifact: artifact, Err: err}
	}
	row.Image = imageInfo(ref)
	stage("services")
	if l.pool, err = t.pool(); err != nil {
		return nil, err
	}
	// If it does not start as deployed, no condition needs to be tried on it.
	stage("first launch")
	return l, l.firstLaunch(ctx, row)
}

// equip gets everything that all cells share.
func (t *Trial) equip(ctx context.Context) error {
	o := t.options
	t.run = report.Run{
		ID: t.Engine.RunID(), Started: time.Now(), Command: o.Command, App: t.App.Name, Pins: map[string]string{},
		Host: map[string]string{"engine": t.Engine.Name, "storage": t.Engine.StorageDriver, "cgroup": t.Engine.CgroupVersion, "arch": t.Engine.Arch()},
	}
	for _, x := range o.File.Excluded {
		t.run.Excluded = append(t.run.Excluded, report.Excluded{Name: x.Name, Reason: x.Reason})
	}
	t.bundles = filepath.Join(o.OutDir, "runs", t.run.Started.Format("20060102-150405")+"-"+t.run.ID)
	swept, err := t.Engine.Sweep(ctx)
	if err != nil {
		return fmt.Errorf("remove leftovers: %w", err)
	}
	if swept.Total() > 0 {
		o.Progress.Note("removed what an earlier run left behind: " + swept.String())
	}
	if t.reaper, err = t.Engine.StartReaper(); err != nil {
		return err
	}
	t.builder, err = build.New(build.Options{Dir: filepath.Join(o.CacheDir, "artifacts"), Progress: func(string) {}})
	if err != nil {
		return err
	}
	t.store = image.New(t.Engine.Client, image.Config{
		Registries: o.File.Images.Registries, Pull: o.File.Images.Pull, Offline: o.File.Images.Offline,
		Debian:   image.DebianConfig(o.File.Images.Debian),
		CacheDir: filepath.Join(o.CacheDir, "images"), Labels: t.Engine.Labels,
		Progress: func(what string) { o.Progress.Stage("images", what) },
	})
	// The services' images are got while the first cells are built.
	t.services = background(func() (sandbox.Images, error) { return t.serviceImages(ctx) })
	t.pool = sync.OnceValues(func() (*sandbox.Pool, error) { return t.makePool(ctx) })
	return nil
}

// complete fills in what the caller left out.
func (o *Options) complete() error {
	if len(o.Cells) == 0 {
		return errors.New("begin trial: no cell is selected")
	}
	if o.CacheDir == "" {
		dir, err := os.UserCacheDir()
		if err != nil {
			return fmt.Errorf("find cache directory: %w", err)
		}
		o.CacheDir = filepath.Join(dir, "seatrial")
	}
	if o.OutDir == "" {
		o.OutDir = ".seatrial"
	}
	out, err := filepath.Abs(o.OutDir)
	if err != nil {
		return fmt.Errorf("find output directory: %w", err)
	}
	o.OutDir = out
	if o.Progress == nil {
		o.Progress = silent{}
	}
	if o.Slots == 0 {
		o.Slots = o.File.Run.Slots
	}
	if o.Slots == 0 {
		o.Slots = defaultSlots()
	}
	return nil
}

type silent struct{}

func (silent) Stage(string, string) {}
func (silent) Done(string, string)  {}
func (silent) End(string, string)   {}
func (silent) Note(string)          {}

// background calls f in a goroutine at once; the function that it gives waits
// for the answer.
func background[T any](f func() (T, error)) func() (T, error) {
	var value T
	var err error
	done := make(chan struct{})
	go func() {
		defer close(done)
		value, err = f()
	}()
	return func() (T, error) {
		<-done
		return value, err
	}
}

// Slug makes a name fit for a file: lower case, words joined by hyphens.
func slug(name string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(name) {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9', r == '.', r == '_', r == '=', r > 127:
			b.WriteRune(r)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
	}
	s := strings.Trim(b.String(), "-.")
	const most, kept = 60, 51
	if runes := []rune(s); len(runes) > most { // the rest tells apart what begins alike
		s = fmt.Sprintf("%s-%x", string(runes[:kept]), sha256.Sum256([]byte(name)))[:len(string(runes[:kept]))+9]
	}
	return s
}
