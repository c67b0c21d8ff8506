package sandbox

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/api/types/mount"
	"github.com/moby/moby/client"

	"github.com/seatrial/seatrial/harness/deployment"
	"github.com/seatrial/seatrial/harness/image"
)

// Sandbox is an app that was launched, in its slot.
type Sandbox struct {
	// Spec is the deployment as launched.
	Spec deployment.Spec
	// Image is what was launched.
	Image image.Ref
	// Launched is when the engine was asked to start the app.
	Launched time.Time

	pool      *Pool
	slot      *Slot
	container string
	http      *http.Client
	refused   error // why the engine could not start the app, if so
	private   []string

	mu        sync.Mutex
	exchanges []Exchange
	closed    bool
}

// Launch starts the app as the deployment says. An app that the engine cannot
// start, or that exits at once, is no error here: the sandbox stands, and
// [Sandbox.WaitReady] says what happened. Errors are [*Broken]: the engine's or
// the harness's. The sandbox must be closed.
func (p *Pool) Launch(ctx context.Context, spec deployment.Spec, app image.Ref) (*Sandbox, error) {
	slot, err := p.acquire(ctx)
	if err != nil {
		return nil, asBroken("launch app", err)
	}
	s := &Sandbox{Spec: spec, Image: app, pool: p, slot: slot, http: newHTTPClient()}
	if err := s.start(ctx); err != nil {
		return nil, asBroken("launch app", errors.Join(err, s.Close(context.WithoutCancel(ctx))))
	}
	return s, nil
}

func (s *Sandbox) start(ctx context.Context) error {
	if s.Spec.Redis == deployment.Down {
		if err := s.slot.stopRedis(ctx); err != nil {
			return err
		}
	}
	mounts, err := s.mounts(ctx)
	if err != nil {
		return err
	}
	api := s.pool.options.Engine.Client
	created, err := api.ContainerCreate(ctx, s.createOptions(mounts))
	if err != nil {
		return fmt.Errorf("create container: %w", err)
	}
	s.container = created.ID
	s.Launched = time.Now()
	if _, err := api.ContainerStart(ctx, s.container, client.ContainerStartOptions{}); err != nil {
		if ctx.Err() != nil {
			return fmt.Errorf("start container: %w", context.Cause(ctx))
		}
		// The engine says why it could not start this app in this deployment:
		// a missing entrypoint, no permission. That is the app's matter.
		s.refused = err
	}
	return nil
}

func (s *Sandbox) createOptions(mounts []mount.Mount) client.ContainerCreateOptions {
	e := s.pool.options.Engine
	spec := s.Spec
	host := &container.HostConfig{
		NetworkMode:    container.NetworkMode("container:" + s.slot.appPod.GetContainerID()),
		ReadonlyRootfs: spec.ReadOnlyRoot,
		CapDrop:        spec.DropCapabilities,
		Mounts:         mounts,
		Tmpfs:          tmpfs(spec.Tmpfs),
		Resources:      container.Resources{Memory: spec.Memory, MemorySwap: spec.Memory},
	}
	if spec.NoNewPrivileges {
		host.SecurityOpt = []string{"no-new-privileges"}
	}
	if !e.Podman {
		// Whatever driver the engine has by default, logs must be readable.
		host.LogConfig = container.LogConfig{Type: "json-file"}
	}
	return client.ContainerCreateOptions{
		Config: &container.Config{
			Image: s.Image.Name, User: spec.User, WorkingDir: spec.WorkDir, Cmd: spec.Args,
			Env: s.environment(), Labels: e.Labels("app"),
		},
		HostConfig: host,
	}
}

// environment fills in the addresses of this slot.
func (s *Sandbox) environment() []string {
	known := map[string]string{
		"REDIS_HOST": redisName,
		"REDIS_PORT": strconv.Itoa(redisPort),
		"REDIS_ADDR": fmt.Sprintf("%s:%d", redisName, redisPort),
		"REDIS_URL":  fmt.Sprintf("redis://%s:%d/0", redisName, redisPort),
		"PORT":       strconv.Itoa(s.Spec.Port),
	}
	var env []string
	for _, key := range slices.Sorted(maps.Keys(s.Spec.Env)) {
		value := os.Expand(s.Spec.Env[key], func(name string) string {
			if filled, ok := known[name]; ok {
				return filled
			}
			return "${" + name + "}"
		})
		env = append(env, key+"="+value)
	}
	return env
}

func tmpfs(list []deployment.Tmpfs) map[string]string {
	mounts := map[string]string{}
	for _, t := range list {
		options := []string{"rw", "mode=1777"}
		if t.Size > 0 {
			options = append(options, "size="+strconv.FormatInt(t.Size, 10))
		}
		mounts[t.Path] = strings.Join(options, ",")
	}
	return mounts
}

// Close removes the app and gives the slot back, put right. It removes evidence:
// collect before. A second call does nothing.
func (s *Sandbox) Close(ctx context.Context) error {
	s.mu.Lock()
	closed := s.closed
	s.closed = true
	s.mu.Unlock()
	if closed {
		return nil
	}
	s.http.CloseIdleConnections()
	var errs []error
	if s.container != "" {
		_, err := s.pool.options.Engine.Client.ContainerRemove(ctx, s.container, client.ContainerRemoveOptions{Force: true, RemoveVolumes: true})
		if err != nil {
			errs = append(errs, fmt.Errorf("remove container: %w", err))
		}
	}
	for _, name := range s.private {
		errs = append(errs, s.pool.volumes.removeOne(ctx, name))
	}
	errs = append(errs, s.pool.release(ctx, s.slot))
	return errors.Join(errs...)
}
