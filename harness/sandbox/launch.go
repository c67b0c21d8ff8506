package sandbox

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
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
	place     place
	container string // see id
	http      *http.Client
	redisHost string // by which the app is told to find Redis, if not by its name
	refused   error  // why the engine could not start the app, if so
	private   []string
	lastBody  string // of the last probe that was answered and not ready
	direct    bool   // whether nginx is avoided

	configMaps []*configMap
	killed     atomic.Bool                   // by us, with SIGKILL
	created    client.ContainerCreateOptions // as the engine was told

	twin   *Sandbox // of the second replica, if there is one
	first  *Sandbox // of the first replica, if this is another
	number int      // of this replica, from 1 on; 0 where there is one instance

	moving       sync.Mutex // held while another container takes the place of this one
	stopWatching func()

	mu         sync.Mutex
	exchanges  []Exchange
	closed     bool
	earlier    []LogLine // of containers that were replaced
	evicted    int       // how often a probe had it replaced
	evictedFor string
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
	slot, err := p.acquire(ctx, needsOf(spec))
	if err != nil {
		return nil, nil, err
	}
	s = &Sandbox{Spec: spec, Image: app, pool: p, slot: slot, place: place{slot.appPod, slot.appURL}, http: newHTTPClient(p.authority.roots)}
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
	var err error
	if err := s.slot.prepare(ctx, s.Spec); err != nil {
		return err
	}
	if s.Spec.Network.NoDNS {
		if s.redisHost, err = s.slot.address(ctx, s.slot.svcPod); err != nil {
			return err
		}
	}
	mounts, err := s.mounts(ctx)
	if err != nil {
		return err
	}
	if s.Spec.Replicas > 1 {
		s.number = 1
		s.double()
	}
	for _, one := range s.instances() {
		if one.created, err = one.createOptions(mounts); err != nil {
			return err
		}
		if one.container, err = create(ctx, s.pool.options.Engine.Client, one.created); err != nil {
			return err
		}
	}
	shared := ""
	if s.Spec.Proxy.StaticVolume {
		if shared, err = s.volumeAt(s.Spec.Proxy.StaticDir); err != nil {
			return err
		}
	}
	if err := s.slot.setProxy(ctx, s.Spec.Proxy, s.container, shared); err != nil {
		return err
	}
	for _, one := range s.instances() {
		_, err = s.pool.options.Engine.Client.ContainerStart(ctx, one.container, client.ContainerStartOptions{})
		if err != nil && ctx.Err() != nil {
			return fmt.Errorf("start container: %w", context.Cause(ctx))
		}
		// The engine says why it could not start this app in this deployment: a
		// missing entrypoint, no permission. That is the app's matter.
		if one.refused = err; err == nil {
			one.watch(ctx)
		}
	}
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

func (s *Sandbox) createOptions(mounts []mount.Mount) (client.ContainerCreateOptions, error) {
	e := s.pool.options.Engine
	spec := s.Spec
	host := &container.HostConfig{
		NetworkMode: container.NetworkMode("container:" + s.place.pod.GetContainerID()),
		Mounts:      mounts,
		Tmpfs:       tmpfs(spec.Tmpfs),
		LogConfig:   s.pool.logConfig(),
	}
	if err := confine(host, spec); err != nil {
		return client.ContainerCreateOptions{}, err
	}
	return client.ContainerCreateOptions{
		Config: &container.Config{
			Image: s.Image.Name, User: spec.User, WorkingDir: spec.WorkDir, Cmd: spec.Args,
			Env: s.environment(), Labels: e.Labels("app"),
		},
		HostConfig: host,
	}, nil
}

// environment fills in the addresses of this slot. Every other "$" is the app's.
func (s *Sandbox) environment() []string {
	host, password, user := cmp.Or(s.redisHost, redisName), toldPassword(s.Spec.RedisPassword), ""
	if password != "" {
		user = ":" + password + "@"
	}
	known := strings.NewReplacer(
		"${REDIS_HOST}", host,
		"${REDIS_PORT}", strconv.Itoa(redisPort),
		"${REDIS_ADDR}", fmt.Sprintf("%s:%d", host, redisPort),
		"${REDIS_URL}", fmt.Sprintf("redis://%s%s:%d/0", user, host, redisPort),
		"${REDIS_PASSWORD}", password,
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
	for _, one := range s.instances() {
		if one.stopWatching != nil {
			one.stopWatching()
		}
		if id := one.id(); id != "" {
			_, err := s.pool.options.Engine.Client.ContainerRemove(ctx, id, client.ContainerRemoveOptions{Force: true, RemoveVolumes: true})
			if err != nil && !errdefs.IsNotFound(err) {
				errs = append(errs, fmt.Errorf("remove container: %w", err))
			}
		}
	}
	errs = append(errs, giveBack(ctx, s.slot))
	for _, name := range s.private { // nginx may have had one of them until now
		errs = append(errs, s.pool.volumes.removeOne(ctx, name))
	}
	return errors.Join(errs...)
}
