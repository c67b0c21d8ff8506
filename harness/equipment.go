package harness

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"text/template"

	"golang.org/x/sync/errgroup"

	"github.com/seatrial/seatrial/fixtures"
	"github.com/seatrial/seatrial/harness/build"
	"github.com/seatrial/seatrial/harness/image"
	"github.com/seatrial/seatrial/harness/matrix"
	"github.com/seatrial/seatrial/harness/report"
	"github.com/seatrial/seatrial/harness/sandbox"
)

// defaultSlots: launching is work for the engine's processors, with waits in
// between; a little more than one slot for two processors keeps them busy.
func defaultSlots() int { return runtime.NumCPU()/2 + 1 }

// buildKey names the build of a cell and pins its Go version.
func (t *Trial) buildKey(ctx context.Context, cell matrix.Cell) (build.Key, error) {
	exact, err := t.builder.ResolveGo(ctx, cell.Go)
	if err != nil {
		return build.Key{}, &unresolved{err}
	}
	if exact != cell.Go {
		t.mu.Lock()
		t.run.Pins[cell.Go] = exact
		t.mu.Unlock()
	}
	goos, goarch, _ := strings.Cut(cell.Target, "/")
	return build.Key{
		Dir: t.App.Dir, Main: t.App.Main, Go: exact, GOOS: goos, GOARCH: goarch,
		Mod: cell.Mod, CGO: cell.CGO == "on", Tags: cell.Tags, LDFlags: t.App.LDFlags,
	}, nil
}

// emulation is where the kernel says which foreign binaries it can run; only the
// engine's own kernel can be asked.
func (t *Trial) emulation() string {
	if t.Engine.SameKernel() {
		return "/proc/sys/fs/binfmt_misc"
	}
	return ""
}

// Services are the images of what stands beside the app; it waits until they
// are there.
func (t *Trial) Services() (sandbox.Images, error) { return t.services() }

// serviceImages gets the images that slots are made of, side by side.
func (t *Trial) serviceImages(ctx context.Context) (sandbox.Images, error) {
	var images sandbox.Images
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() (err error) {
		images.Redis, err = t.store.Service(ctx, "redis")
		return err
	})
	group.Go(func() (err error) {
		images.Nginx, err = t.store.Service(ctx, "nginx")
		return err
	})
	group.Go(func() (err error) {
		images.Helper, err = t.programImage(ctx, "helper", sandbox.HelperSource())
		return err
	})
	if err := group.Wait(); err != nil {
		t.options.Progress.End("images", "not to be had")
		return images, err
	}
	t.options.Progress.End("images", "ready")
	t.useImage("redis", images.Redis)
	t.useImage("nginx", images.Nginx)
	return images, nil
}

// programImage puts a program of the harness's own into an image.
func (t *Trial) programImage(ctx context.Context, name string, source map[string][]byte) (image.Ref, error) {
	file, err := t.program(ctx, name, source)
	if err != nil {
		return image.Ref{}, err
	}
	return t.store.Binary(ctx, name, file)
}

// program compiles a program of the harness's own for the engine and gives its
// path; the builder keeps it.
func (t *Trial) program(ctx context.Context, name string, source map[string][]byte) (string, error) {
	dir, err := programSource(t.options.CacheDir, name, source)
	if err != nil {
		return "", fmt.Errorf("write %s: %w", name, err)
	}
	local, err := t.builder.LocalGo(ctx)
	if err != nil {
		return "", err
	}
	artifact, err := t.builder.Build(ctx, build.Key{Dir: dir, Main: ".", Go: local, GOOS: "linux", GOARCH: t.Engine.Arch(), LDFlags: "-s -w"})
	if err != nil {
		return "", fmt.Errorf("build %s: %w", name, err)
	}
	return artifact.Path, nil
}

// toxiproxy gives the image of the program that spoils connections, compiled
// when it is first asked for: its module has to be got.
func (t *Trial) toxiproxy() func(context.Context) (image.Ref, error) {
	var mu sync.Mutex
	var made image.Ref
	return func(ctx context.Context) (image.Ref, error) {
		mu.Lock()
		defer mu.Unlock()
		if made.Name != "" {
			return made, nil
		}
		var err error
		made, err = t.programImage(ctx, "toxiproxy", sandbox.ToxiproxySource())
		return made, err
	}
}

// programSource keeps a program's source in the cache, in a place of its own for
// each version of it: what is built from one place is built once.
func programSource(cache, name string, files map[string][]byte) (dir string, err error) {
	sum := sha256.New()
	for _, file := range slices.Sorted(maps.Keys(files)) {
		fmt.Fprintf(sum, "%s %d\n%s", file, len(files[file]), files[file])
	}
	dir = filepath.Join(cache, name, hex.EncodeToString(sum.Sum(nil)[:6]))
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return "", err
	}
	if exists(dir) {
		return dir, nil
	}
	part, err := os.MkdirTemp(filepath.Dir(dir), ".part-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(part)
	for file, content := range files {
		if err := os.WriteFile(filepath.Join(part, file), content, 0o644); err != nil {
			return "", err
		}
	}
	if err := os.Chmod(part, 0o755); err != nil {
		return "", err
	}
	// Whoever comes second has the same to put there.
	if err := os.Rename(part, dir); err != nil && !exists(dir) {
		return "", err
	}
	return dir, nil
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// makePool makes the slots, once the services' images are there.
func (t *Trial) makePool(ctx context.Context) (*sandbox.Pool, error) {
	images, err := t.services()
	if err != nil {
		return nil, err
	}
	nginx, err := template.ParseFS(fixtures.FS, "nginx/nginx.conf.tmpl")
	if err != nil {
		return nil, fmt.Errorf("read nginx configuration: %w", err)
	}
	redis, err := fixtures.FS.ReadFile("redis/redis.conf")
	if err != nil {
		return nil, fmt.Errorf("read redis configuration: %w", err)
	}
	pool, err := sandbox.NewPool(ctx, sandbox.Options{
		Engine: t.Engine, Images: images, AppPort: t.App.Port, Size: t.options.Slots,
		NginxConf: nginx, RedisConf: redis, Toxiproxy: t.toxiproxy(),
	})
	if err != nil {
		return nil, err
	}
	t.mu.Lock()
	t.openPool = pool
	t.mu.Unlock()
	return pool, nil
}

// Close removes everything that the trial made on the engine but cached bases.
func (t *Trial) Close(ctx context.Context) error {
	var errs []error
	if t.services != nil {
		_, _ = t.services() // whoever is still getting images must not go on after us
	}
	t.mu.Lock()
	pool := t.openPool
	t.openPool = nil
	t.mu.Unlock()
	if pool != nil {
		errs = append(errs, pool.Close(ctx))
	}
	if t.builder != nil {
		errs = append(errs, t.builder.Close())
	}
	_, err := t.Engine.RemoveRun(ctx)
	errs = append(errs, err)
	if t.reaper != nil && err == nil {
		errs = append(errs, t.reaper.Dismiss())
		t.reaper = nil
	}
	if err := errors.Join(append(errs, t.Engine.Close())...); err != nil {
		return fmt.Errorf("close trial: %w", err)
	}
	return nil
}

// useBase gets a base and tells the report where it came from.
func (t *Trial) useBase(ctx context.Context, name, goarch string) error {
	ref, err := t.store.Base(ctx, name, goarch)
	if err != nil {
		return err
	}
	if ref.Source != image.FromEngine { // getting it was told as progress
		t.options.Progress.End("images", name+" ready")
	}
	if goarch != t.Engine.Arch() {
		name += "/" + goarch
	}
	t.useImage(name, ref)
	return nil
}

// useImage takes an image into the report, once.
func (t *Trial) useImage(name string, ref image.Ref) {
	t.mu.Lock()
	defer t.mu.Unlock()
	use := report.ImageUse{Name: name, Source: ref.Source, Detail: ref.Detail, Digest: ref.Digest, Size: ref.Size}
	if !slices.Contains(t.run.Images, use) {
		t.run.Images = append(t.run.Images, use)
	}
}
