package sandbox

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"text/template"
	"time"

	"github.com/moby/moby/client"
	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"github.com/seatrial/seatrial/fixtures"
	"github.com/seatrial/seatrial/harness/deployment"
	"github.com/seatrial/seatrial/harness/engine"
	"github.com/seatrial/seatrial/harness/image"
)

// The tests with Docker share one pool, made when the first of them needs it.
// Those that are about pools and slots themselves make their own.
func TestMain(m *testing.M) {
	flag.Parse()
	code := m.Run()
	if err := shared.close(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// slots is how many of the tests run their app at the same time. A test may hold
// one of them only: those that wait for a second one might wait for each other.
const slots = 3

const appPort = 8080

// kit is an engine, the images of the tests, and a pool.
type kit struct {
	engine *engine.Engine
	reaper *engine.Reaper
	store  *image.Store
	images Images
	binary string // of testdata/app
	app    image.Ref
	pool   *Pool
	dir    string
}

type sharedKit struct {
	once sync.Once
	kit  *kit
	err  error
}

var shared sharedKit

// docker gives the shared kit. Without an engine the test fails: it only is to be
// left out on purpose, by -short.
func docker(t *testing.T) *kit {
	t.Helper()
	if testing.Short() {
		t.Skip("needs Docker")
	}
	t.Parallel()
	shared.once.Do(func() { shared.kit, shared.err = newKit(context.Background()) })
	require.NoError(t, shared.err)
	return shared.kit
}

func (s *sharedKit) close() error {
	if s.kit == nil {
		return nil
	}
	return s.kit.close()
}

func newKit(ctx context.Context) (k *kit, err error) {
	k = &kit{}
	defer func() {
		if err != nil {
			err = errors.Join(err, k.close())
			k = nil
		}
	}()
	if k.engine, err = engine.Connect(ctx); err != nil {
		return k, err
	}
	if k.reaper, err = k.engine.StartReaper(); err != nil {
		return k, err
	}
	if k.dir, err = os.MkdirTemp("", "seatrial-sandbox-test-"); err != nil {
		return k, err
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return k, err
	}
	k.store = image.New(k.engine.Client, image.Config{CacheDir: filepath.Join(cache, "seatrial", "images"), Labels: k.engine.Labels})
	if err := k.makeImages(ctx); err != nil {
		return k, err
	}
	k.pool, err = k.newPool(ctx, k.engine, slots)
	return k, err
}

func (k *kit) makeImages(ctx context.Context) error {
	source, err := os.ReadFile("testdata/app/main.go")
	if err != nil {
		return err
	}
	var group errgroup.Group
	group.Go(func() (err error) {
		k.images.Redis, err = k.store.Service(ctx, "redis")
		return err
	})
	group.Go(func() (err error) {
		k.images.Nginx, err = k.store.Service(ctx, "nginx")
		return err
	})
	group.Go(func() error {
		helper, err := k.compile("helper", HelperSource())
		if err != nil {
			return err
		}
		k.images.Helper, err = k.store.Binary(ctx, "helper", helper)
		return err
	})
	group.Go(func() (err error) {
		if k.binary, err = k.compile("app", map[string][]byte{"main.go": source, "go.mod": []byte("module app\n\ngo 1.22\n")}); err != nil {
			return err
		}
		k.app, err = k.store.App(ctx, image.AppImage{
			Binary: k.binary, Base: "scratch", WorkDir: "/srv",
			Files: []image.File{{Target: "/srv/data/of-the-image", Content: []byte("x")}},
		})
		return err
	})
	return group.Wait()
}

// compile makes a static binary for the engine of a program's files: always
// the same bytes, as the helper's image stays on the engine.
func (k *kit) compile(name string, files map[string][]byte) (string, error) {
	dir := filepath.Join(k.dir, name)
	err := os.Mkdir(dir, 0o755)
	for file, content := range files {
		err = errors.Join(err, os.WriteFile(filepath.Join(dir, file), content, 0o644))
	}
	if err != nil {
		return "", err
	}
	binary := filepath.Join(dir, name)
	build := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", binary, ".")
	build.Dir = dir
	build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH="+k.engine.Arch(), "GOFLAGS=", "GOWORK=off")
	if output, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("compile %s: %w\n%s", name, err, output)
	}
	return binary, nil
}

func (k *kit) newPool(ctx context.Context, e *engine.Engine, size int) (*Pool, error) {
	nginx, err := template.ParseFS(fixtures.FS, "nginx/nginx.conf.tmpl")
	if err != nil {
		return nil, err
	}
	redis, err := fixtures.FS.ReadFile("redis/redis.conf")
	if err != nil {
		return nil, err
	}
	return NewPool(ctx, Options{Engine: e, Images: k.images, AppPort: appPort, Size: size, NginxConf: nginx, RedisConf: redis})
}

func (k *kit) close() error {
	ctx := context.Background()
	var errs []error
	if k.pool != nil {
		errs = append(errs, k.pool.Close(ctx))
	}
	if k.engine != nil {
		_, err := k.engine.RemoveRun(ctx)
		errs = append(errs, err)
	}
	if k.reaper != nil {
		errs = append(errs, k.reaper.Dismiss())
	}
	if k.engine != nil {
		errs = append(errs, k.engine.Close())
	}
	return errors.Join(append(errs, os.RemoveAll(k.dir))...)
}

// own gives an engine and a pool of one slot that belong to the test alone, and
// with them labels by which the test's own things can be counted.
func (k *kit) own(t *testing.T) (*engine.Engine, *Pool) {
	t.Helper()
	ctx := context.Background()
	e, err := engine.Connect(ctx)
	require.NoError(t, err)
	pool, err := k.newPool(ctx, e, 1)
	require.NoError(t, err)
	t.Cleanup(func() {
		require.NoError(t, pool.Close(ctx))
		removed, err := e.RemoveRun(ctx)
		require.NoError(t, err)
		require.Zero(t, removed.Total(), "the pool removes its things itself; left were %s", removed)
		require.NoError(t, e.Close())
	})
	return e, pool
}

// deployed is how the tests' app is run when nothing is changed.
func deployed(args ...string) deployment.Spec {
	return deployment.Spec{Port: appPort, Args: args}
}

// launch starts an app that is closed with the test.
func (k *kit) launch(t *testing.T, spec deployment.Spec) *Sandbox {
	t.Helper()
	return k.launchIn(t, k.pool, spec)
}

func (k *kit) launchIn(t *testing.T, p *Pool, spec deployment.Spec) *Sandbox {
	t.Helper()
	s, err := p.Launch(t.Context(), spec, k.app)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close(context.Background())) })
	return s
}

// serve launches an app and waits until it is ready.
func (k *kit) serve(t *testing.T, spec deployment.Spec) *Sandbox {
	t.Helper()
	s := k.launch(t, spec)
	ready(t, s)
	return s
}

// patience is far more than anything here takes.
const patience = 30 * time.Second

func ready(t *testing.T, s *Sandbox) {
	t.Helper()
	require.NoError(t, s.WaitReady(t.Context(), "/", patience))
}

// tell asks the app about its container: the answer, or the error in its words.
func tell(t *testing.T, s *Sandbox, path, q string) string {
	t.Helper()
	r, err := s.Get(t.Context(), Direct, path+"?q="+url.QueryEscape(q))
	require.NoError(t, err)
	return string(r.Body)
}

// things counts what carries the label of the engine's run.
func things(t *testing.T, e *engine.Engine) (containers, networks, volumes int) {
	t.Helper()
	ctx := context.Background()
	mine := make(client.Filters).Add("label", engine.LabelRun+"="+e.RunID())
	c, err := e.Client.ContainerList(ctx, client.ContainerListOptions{All: true, Filters: mine})
	require.NoError(t, err)
	n, err := e.Client.NetworkList(ctx, client.NetworkListOptions{Filters: mine})
	require.NoError(t, err)
	v, err := e.Client.VolumeList(ctx, client.VolumeListOptions{Filters: mine})
	require.NoError(t, err)
	return len(c.Items), len(n.Items), len(v.Items)
}
