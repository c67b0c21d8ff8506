package sandbox

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/containerd/errdefs"
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
	Image     image.Ref
	pool      *Pool
	slot      *Slot
	container string
	http      *http.Client
	refused   error // why the engine could not start the app, if so
	private   []string
	lastBody  string // of the last probe that was answered and not ready

	mu        sync.Mutex
	exchanges []Exchange
	closed    bool
}

// Launch starts the app as the deployment says. An app that the engine cannot
// start, or that exits at once, is no error here: the sandbox stands, and
// [Sandbox.WaitReady] says what happened. Errors are [*Broken]: the engine's or
// the harness's. The sandbox must be closed.
func (p *Pool) Launch(ctx context.Context, spec deployment.Spec, app image.Ref) (*Sandbox, error) {
	s, damage, err := p.launch(ctx, spec, app)
	if damage != nil && err == nil {
		// Somebody has taken a part of the slot off the engine while it was idle.
		s, damage, err = p.launch(ctx, spec, app)
	}
	if err := errors.Join(damage, err); err != nil {
		return nil, asBroken("launch app", err)
	}
	return s, nil
}

// launch takes a slot and starts the app in it. If that does not work because
// the slot is damaged, it is thrown away, and the damage given.
func (p *Pool) launch(ctx context.Context, spec deployment.Spec, app image.Ref) (s *Sandbox, damage, err error) {
	slot, err := p.acquire(ctx)
	if err != nil {
		return nil, nil, err
	}
	s = &Sandbox{Spec: spec, Image: app, pool: p, slot: slot, http: newHTTPClient()}
	err = s.start(ctx)
	if err == nil && s.refused == nil {
		return s, nil, nil
	}
	if ctx.Err() == nil {
		damage = slot.damage(ctx)
	}
	switch {
	case damage != nil:
		return nil, damage, s.closeDamaged(context.WithoutCancel(ctx))
	case err != nil:
		return nil, nil, errors.Join(err, s.Close(context.WithoutCancel(ctx)))
	}
	return s, nil, nil // the engine refuses this app
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
	if s.container, err = create(ctx, s.pool.options.Engine.Client, s.createOptions(mounts)); err != nil {
		return err
	}
	_, err = s.pool.options.Engine.Client.ContainerStart(ctx, s.container, client.ContainerStartOptions{})
	if err != nil && ctx.Err() != nil {
		return fmt.Errorf("start container: %w", context.Cause(ctx))
	}
	// The engine says why it could not start this app in this deployment: a
	// missing entrypoint, no permission. That is the app's matter.
	s.refused = err
	return nil
}

// createPatience bounds what cannot be interrupted.
const createPatience = 20 * time.Second

// create makes a container and gives its ID. It is not interrupted by the end of
// ctx: the engine would go on and make a container that nobody knows.
func create(ctx context.Context, api *client.Client, o client.ContainerCreateOptions) (string, error) {
	if ctx.Err() != nil {
		return "", fmt.Errorf("create container: %w", context.Cause(ctx))
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), createPatience)
	defer cancel()
	created, err := api.ContainerCreate(ctx, o)
	if err != nil {
		return "", fmt.Errorf("create container: %w", err)
	}
	return created.ID, nil
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
		LogConfig:      s.pool.logConfig(),
	}
	if spec.NoNewPrivileges {
		host.SecurityOpt = []string{"no-new-privileges"}
	}
	return client.ContainerCreateOptions{
		Config: &container.Config{
			Image: s.Image.Name, User: spec.User, WorkingDir: spec.WorkDir, Cmd: spec.Args,
			Env: s.environment(), Labels: e.Labels("app"),
		},
		HostConfig: host,
	}
}

// environment fills in the addresses of this slot. Every other "$" is the app's.
func (s *Sandbox) environment() []string {
	known := strings.NewReplacer(
		"${REDIS_HOST}", redisName,
		"${REDIS_PORT}", strconv.Itoa(redisPort),
		"${REDIS_ADDR}", fmt.Sprintf("%s:%d", redisName, redisPort),
		"${REDIS_URL}", fmt.Sprintf("redis://%s:%d/0", redisName, redisPort),
		"${PORT}", strconv.Itoa(s.Spec.Port),
	)
	var env []string
	for _, key := range slices.Sorted(maps.Keys(s.Spec.Env)) {
		env = append(env, key+"="+known.Replace(s.Spec.Env[key]))
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
	return s.close(ctx, s.pool.release)
}

// closeDamaged removes the app together with its slot.
func (s *Sandbox) closeDamaged(ctx context.Context) error {
	return s.close(ctx, s.pool.discard)
}

func (s *Sandbox) close(ctx context.Context, giveBack func(context.Context, *Slot) error) error {
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
		if err != nil && !errdefs.IsNotFound(err) {
			errs = append(errs, fmt.Errorf("remove container: %w", err))
		}
	}
	for _, name := range s.private {
		errs = append(errs, s.pool.volumes.removeOne(ctx, name))
	}
	errs = append(errs, giveBack(ctx, s.slot))
	return errors.Join(errs...)
}
