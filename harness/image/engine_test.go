package image

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/moby/moby/api/pkg/stdcopy"
	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/api/types/network"
	"github.com/moby/moby/client"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seatrial/seatrial/harness/engine"
)

// world is an engine for one test; what the test makes there is removed.
type world struct {
	*testing.T
	ctx    context.Context
	client *client.Client
	engine *engine.Engine // its labels keep the sweep of other runs away
	run    string         // the engine's name for this test's things
}

// newWorld connects to the engine. Without one the test fails: it only is to be
// left out on purpose, by -short.
func newWorld(t *testing.T) *world {
	t.Helper()
	if testing.Short() {
		t.Skip("needs Docker")
	}
	e, err := engine.Connect(t.Context())
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	w := &world{T: t, ctx: ctx, client: e.Client, engine: e, run: e.RunID()}
	t.Cleanup(func() { w.clean(); cancel(); assert.NoError(t, e.Close()) })
	return w
}

func (w *world) clean() {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	_, err := w.engine.RemoveRun(ctx)
	assert.NoError(w, err)
}

// removeLater takes an image that carries no label of the run away in the end.
func (w *world) removeLater(names ...string) {
	w.Cleanup(func() {
		for _, name := range names {
			if _, err := w.client.ImageRemove(context.Background(), name, client.ImageRemoveOptions{Force: true}); err != nil {
				assert.ErrorContains(w, err, "No such image")
			}
		}
	})
}

// store makes a store with a cache of its own.
func (w *world) store(cfg Config) *Store {
	w.Helper()
	if cfg.CacheDir == "" {
		cfg.CacheDir = w.TempDir()
	}
	cfg.Labels = w.engine.Labels
	cfg.Progress = func(s string) { w.Log(s) }
	return New(w.client, cfg)
}

// start runs an image as production would: no capabilities, read-only root,
// /tmp only, a user of its own; it gives the container and where port is.
func (w *world) start(image, user, port string, cmd ...string) (id, address string) {
	w.Helper()
	config := &container.Config{Image: image, User: user, Cmd: cmd, Labels: w.engine.Labels("test")}
	host := &container.HostConfig{ReadonlyRootfs: true, CapDrop: []string{"ALL"}, SecurityOpt: []string{"no-new-privileges"},
		Tmpfs: map[string]string{"/tmp": "rw,noexec,nosuid,size=16m,mode=1777"}}
	if port != "" {
		p := network.MustParsePort(port)
		config.ExposedPorts = network.PortSet{p: {}}
		host.PortBindings = network.PortMap{p: {{HostIP: netip.MustParseAddr("127.0.0.1")}}}
	}
	made, err := w.client.ContainerCreate(w.ctx, client.ContainerCreateOptions{Config: config, HostConfig: host})
	require.NoError(w, err)
	_, err = w.client.ContainerStart(w.ctx, made.ID, client.ContainerStartOptions{})
	require.NoError(w, err)
	if port != "" {
		state, err := w.client.ContainerInspect(w.ctx, made.ID, client.ContainerInspectOptions{})
		require.NoError(w, err)
		bound := state.Container.NetworkSettings.Ports[network.MustParsePort(port)]
		require.NotEmpty(w, bound, w.logs(made.ID))
		address = "127.0.0.1:" + bound[0].HostPort
	}
	return made.ID, address
}

func (w *world) logs(id string) string {
	w.Helper()
	r, err := w.client.ContainerLogs(w.ctx, id, client.ContainerLogsOptions{ShowStdout: true, ShowStderr: true})
	require.NoError(w, err)
	defer r.Close()
	var b bytes.Buffer
	_, err = stdcopy.StdCopy(&b, &b, r)
	require.NoError(w, err)
	return b.String()
}

// output runs an image to its end and gives what it printed and its exit code.
func (w *world) output(image, user string, cmd ...string) (string, int) {
	w.Helper()
	id, _ := w.start(image, user, "", cmd...)
	wait := w.client.ContainerWait(w.ctx, id, client.ContainerWaitOptions{Condition: container.WaitConditionNotRunning})
	select {
	case r := <-wait.Result:
		return w.logs(id), int(r.StatusCode)
	case err := <-wait.Error:
		require.NoError(w, err)
	}
	return "", -1
}

// answers asks until it gets an answer or the container has ended.
func (w *world) answers(id string, ask func() (string, error)) string {
	w.Helper()
	var last error
	for tick := time.NewTicker(20 * time.Millisecond); ; <-tick.C {
		got, err := ask()
		if err == nil {
			tick.Stop()
			return got
		}
		last = err
		state, err := w.client.ContainerInspect(w.ctx, id, client.ContainerInspectOptions{})
		require.NoError(w, err, "last answer: %v", last)
		require.True(w, state.Container.State.Running, "it ended:\n%s", w.logs(id))
	}
}

func ping(address string) func() (string, error) {
	return func() (string, error) {
		c, err := net.DialTimeout("tcp", address, time.Second)
		if err != nil {
			return "", err
		}
		defer c.Close()
		if err := c.SetDeadline(time.Now().Add(time.Second)); err != nil {
			return "", err
		}
		if _, err := c.Write([]byte("PING\r\n")); err != nil {
			return "", err
		}
		return bufio.NewReader(c).ReadString('\n')
	}
}

func get(address string) func() (string, error) {
	return func() (string, error) {
		resp, err := http.Get("http://" + address + "/")
		if err != nil {
			return "", err
		}
		defer resp.Body.Close()
		_, err = io.Copy(io.Discard, resp.Body)
		return resp.Status, err
	}
}

func TestImagesMadeOfPackagesWorkAndAreMadeOnce(t *testing.T) {
	w := newWorld(t)
	// Another recipe hash than that of the images in daily use, which may be on
	// this engine: these have to be made from the packages.
	cfg := Config{Offline: true, CacheDir: t.TempDir(), Debian: DebianConfig{AllowUnsigned: true}}
	s := w.store(cfg)
	refs, err := s.Fetch(w.ctx)
	require.NoError(t, err)
	require.Len(t, refs, len(Names()))
	byName := map[string]Ref{}
	for i, r := range refs {
		byName[Names()[i]] = r
		w.removeLater(r.Name)
		t.Logf("%-45s %9d bytes %v: %s", r.Name, r.Size, r.Took.Round(time.Millisecond), r.Detail)
		assert.Contains(t, r.Detail, "put together from")
	}
	t.Run("redis answers PING as any user", func(t *testing.T) {
		for _, user := range []string{"", "65532:65532"} {
			id, address := w.start(byName["redis"].Name, user, "6379/tcp", "redis-server", "--protected-mode", "no", "--save", "", "--dir", "/tmp")
			assert.Equal(t, "+PONG\r\n", w.answers(id, ping(address)))
		}
	})
	t.Run("nginx serves as any user and logs to its output", func(t *testing.T) {
		for _, user := range []string{"", "65532:65532"} {
			id, address := w.start(byName["nginx"].Name, user, "8080/tcp", "nginx", "-c", "/etc/nginx/nginx.conf", "-g", "daemon off;")
			assert.Equal(t, "200 OK", w.answers(id, get(address)))
			// The engine reads a log later than the answer is there.
			assert.Eventually(t, func() bool { return strings.Contains(w.logs(id), `"GET / HTTP/1.1" 200`) }, 10*time.Second, 20*time.Millisecond)
		}
	})
	t.Run("debian and musl have a shell", func(t *testing.T) {
		for _, r := range []Ref{byName["debian"], byName["musl"]} {
			out, code := w.output(r.Name, "65532", "sh", "-c", "id -un; ls -ld /tmp; grep -c BEGIN /etc/ssl/certs/ca-certificates.crt; TZ=Asia/Shanghai date +%z")
			assert.Zero(t, code, out)
			assert.Contains(t, out, "nonroot")
			assert.Contains(t, out, "+0800")
		}
	})
	t.Run("another run finds them on the engine, or in the cache", func(t *testing.T) {
		cfg.Debian.Mirror = "http://127.0.0.1:1/debian"
		again, err := w.store(cfg).Service(w.ctx, "redis")
		require.NoError(t, err)
		assert.Equal(t, FromEngine, again.Source)
		assert.NotEqual(t, refs[2].ID, again.ID)
		assert.Equal(t, refs[3].ID, again.ID)

		removeAll(w, refs[0].Name)
		again, err = w.store(cfg).Base(w.ctx, "scratch", s.engine.arch)
		require.NoError(t, err)
		assert.Contains(t, again.Detail, "loaded from the cache")
		assert.Equal(t, refs[0].ID, again.ID)
	})
	t.Run("they are listed and removed by name", func(t *testing.T) {
		cfg.Debian.Mirror = ""
		s := w.store(cfg)
		items, err := s.List(w.ctx)
		require.NoError(t, err)
		found := false
		for _, i := range items {
			if i.Name == refs[2].Name {
				found = true
				assert.Equal(t, "base", i.Kind)
				assert.Equal(t, refs[2].ID, i.ID)
				assert.Contains(t, i.Packages, "musl ")
				assert.DirExists(t, i.Path)
			}
		}
		assert.True(t, found)
		removed, err := s.Remove(w.ctx, refs[2].Name)
		require.NoError(t, err)
		require.Len(t, removed, 1)
		assert.NoDirExists(t, removed[0].Path)
		_, err = w.client.ImageInspect(w.ctx, refs[2].Name)
		require.Error(t, err)
	})
}

func removeAll(w *world, names ...string) {
	w.Helper()
	for _, name := range names {
		_, err := w.client.ImageRemove(w.ctx, name, client.ImageRemoveOptions{Force: true})
		require.NoError(w, err)
	}
}

func TestAppImageRunsWithItsFilesModesAndGaps(t *testing.T) {
	w := newWorld(t)
	s := w.store(Config{})
	script := filepath.Join(t.TempDir(), "app")
	require.NoError(t, os.WriteFile(script, []byte("#!/bin/sh\npwd; ls -ln /app /app/conf; cat /app/conf/a.txt; ls /etc/passwd\n"), 0o600))
	a := AppImage{Binary: script, Base: "musl", WorkDir: "/app", Entrypoint: []string{"/app/server"},
		Files:  []File{{Target: "/app/conf/a.txt", Content: []byte("hello")}, {Target: "/app/secret", Content: []byte("s"), Mode: 0o400, UID: 3}},
		Remove: []string{"/etc/passwd"}, Modes: map[string]fs.FileMode{"/app/server": 0o755}}
	ref, err := s.App(w.ctx, a)
	require.NoError(t, err)
	t.Logf("%s: %v", ref.Name, ref.Took)
	out, code := w.output(ref.Name, "65532:65532")
	assert.Equal(t, 1, code, "ls of a removed file fails:\n%s", out)
	for _, want := range []string{"/app\n", "-r--------    1 3 ", "hello", "/etc/passwd: No such file", "-rwxr-xr-x    1 0        0 "} {
		assert.Contains(t, out, want)
	}
	img, err := w.client.ImageInspect(w.ctx, ref.Name)
	require.NoError(t, err)
	assert.Equal(t, "app", img.Config.Labels[LabelKind])
	assert.Equal(t, w.run, img.Config.Labels[engine.LabelRun])
	assert.Empty(t, img.Config.User)

	again, err := s.App(w.ctx, a)
	require.NoError(t, err)
	assert.Equal(t, ref.ID, again.ID)
	assert.Less(t, again.Took, 100*time.Millisecond, "nothing is loaded twice")
}

func TestSameAppImageIsMadeOnceForManyCallers(t *testing.T) {
	w := newWorld(t)
	s := w.store(Config{})
	file := filepath.Join(t.TempDir(), "app")
	require.NoError(t, os.WriteFile(file, []byte("x"), 0o755))
	var wg sync.WaitGroup
	ids := make([]string, 8)
	for i := range ids {
		wg.Go(func() {
			ref, err := s.App(w.ctx, AppImage{Binary: file, Base: "scratch"})
			assert.NoError(t, err)
			ids[i] = ref.ID
		})
	}
	wg.Wait()
	for _, id := range ids {
		assert.Equal(t, ids[0], id)
	}
}

func TestAppImageIsWholeAlthoughTheBaseLeftTheEngine(t *testing.T) {
	w := newWorld(t)
	s := w.store(Config{Offline: true, Debian: DebianConfig{AllowUnsigned: true}})
	facts, err := s.facts(w.ctx)
	require.NoError(t, err)
	base, err := s.Base(w.ctx, "musl", facts.arch)
	require.NoError(t, err)
	w.removeLater(base.Name)
	removeAll(w, base.Name)
	file := filepath.Join(t.TempDir(), "app")
	require.NoError(t, os.WriteFile(file, []byte("#!/bin/sh\necho whole\n"), 0o755))
	ref, err := s.App(w.ctx, AppImage{Binary: file, Base: "musl"})
	require.NoError(t, err)
	out, code := w.output(ref.Name, "1")
	assert.Zero(t, code)
	assert.Equal(t, "whole\n", out)
}

func TestBinaryImageHoldsOneFile(t *testing.T) {
	w := newWorld(t)
	s := w.store(Config{})
	file := filepath.Join(t.TempDir(), "helper")
	require.NoError(t, os.WriteFile(file, []byte(w.run), 0o755))
	ref, err := s.Binary(w.ctx, "helper-test", file)
	require.NoError(t, err)
	w.removeLater(ref.Name)
	img, err := w.client.ImageInspect(w.ctx, ref.Name)
	require.NoError(t, err)
	assert.Equal(t, []string{"/helper-test"}, img.Config.Entrypoint)
	assert.Equal(t, "helper", img.Config.Labels[LabelKind])
	assert.Len(t, img.RootFS.Layers, 1)
	assert.True(t, strings.HasPrefix(ref.Name, Prefix))
}

func TestEngineThatIsDownIsSaidAtOnce(t *testing.T) {
	if testing.Short() {
		t.Skip("belongs to the tests with an engine")
	}
	c, err := client.New(client.WithHost("tcp://127.0.0.1:1"))
	require.NoError(t, err)
	s := New(c, Config{CacheDir: t.TempDir()})
	_, err = s.Base(context.Background(), "debian", "amd64")
	require.ErrorContains(t, err, "ask the engine")
	assert.NotContains(t, err.Error(), "what to do", "the image is not at fault")
}

func TestScratchComesFromTheHostWhenDebianCannotBeHad(t *testing.T) {
	w := newWorld(t)
	if _, err := os.Stat(hostBundles[0]); err != nil {
		t.Skip("this host keeps its certificates elsewhere")
	}
	s := w.store(Config{Offline: true, Debian: DebianConfig{Mirror: "http://127.0.0.1:1/debian", Suite: "none-" + w.run}})
	facts, err := s.facts(w.ctx)
	require.NoError(t, err)
	ref, err := s.Base(w.ctx, "scratch", facts.arch)
	require.NoError(t, err)
	w.removeLater(ref.Name)
	assert.Equal(t, FromAssembled, ref.Source)
	assert.Contains(t, ref.Detail, "this host's "+hostBundles[0])
}
