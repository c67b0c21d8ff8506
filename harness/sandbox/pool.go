package sandbox

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"sync"
	"text/template"

	"github.com/moby/moby/api/types/container"
	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/logging"
	"github.com/testcontainers/testcontainers-go"
	"github.com/testcontainers/testcontainers-go/log"

	"github.com/seatrial/seatrial/harness/engine"
	"github.com/seatrial/seatrial/harness/image"
)

// Images are what the slots are made of.
type Images struct {
	// Helper is the image of [HelperSource].
	Helper image.Ref
	Redis  image.Ref
	Nginx  image.Ref
}

// Options say how a pool is made.
type Options struct {
	Engine *engine.Engine
	Images Images
	// AppPort is the port on which the app listens; it is published once, by
	// the slot.
	AppPort int
	// Size is the number of slots: how many sandboxes run side by side.
	Size int
	// NginxConf is the template of nginx.conf, given [NginxData].
	NginxConf *template.Template
	// Toxiproxy gives the image of [ToxiproxySource], when a deployment first
	// asks for spoiled connections; nil where there is none.
	Toxiproxy func(context.Context) (image.Ref, error)
	// RedisConf is the content of redis.conf.
	RedisConf []byte
	// Progress, when set, is told what takes time.
	Progress func(what string)
}

// Pool keeps slots for sandboxes. It is safe for concurrent use.
type Pool struct {
	options Options
	free    chan *Slot // one entry a slot; nil where the slot is not made yet
	volumes *volumes
	// authority is what certificates of the services come from.
	authority *authority
	http      *http.Client  // asks nginx whether it lives
	gone      chan struct{} // closed when the pool is
	looked    lookedUp      // what evidence needs again and again

	mu     sync.Mutex
	host   string // the address at which published ports are reached, once found
	open   bool   // whether ports are published on every address of the engine's host
	closed bool
}

// NewPool prepares a pool; the slots are made when they are first needed.
func NewPool(ctx context.Context, o Options) (*Pool, error) {
	if o.Size < 1 || o.AppPort < 1 || o.AppPort > 65535 {
		return nil, fmt.Errorf("make pool: %d slots for port %d: need at least one slot and a port from 1 to 65535", o.Size, o.AppPort)
	}
	if err := configureTestcontainers(ctx, o.Engine); err != nil {
		return nil, err
	}
	authority, err := newAuthority(o.Engine.HostCandidates())
	if err != nil {
		return nil, fmt.Errorf("make certificate: %w", err)
	}
	p := &Pool{
		options: o, free: make(chan *Slot, o.Size), volumes: newVolumes(o.Engine, o.Images.Helper),
		authority: authority, http: newHTTPClient(authority.roots), gone: make(chan struct{}),
	}
	for range o.Size {
		p.free <- nil
	}
	p.open = !o.Engine.Local()
	return p, nil
}

// configureTestcontainers points testcontainers-go at the engine that was found.
// It reads these variables once, at its first use. Its own guess of the host's
// address is wrong on machines that have a /.dockerenv without being a container,
// and costs its full time-out at every wait.
func configureTestcontainers(ctx context.Context, e *engine.Engine) error {
	log.SetDefault(log.NewNoopLogger())
	redis.SetLogger(&logging.VoidLogger{})
	variables := map[string]string{
		"DOCKER_HOST":                  e.Endpoint.Host,
		"TESTCONTAINERS_HOST_OVERRIDE": e.HostCandidates()[0],
	}
	if e.Endpoint.CertDir != "" {
		variables["DOCKER_CERT_PATH"] = e.Endpoint.CertDir
	}
	// Ryuk, the reaper of testcontainers, joins in where its image is on the
	// engine already; without it, the run's own reaper does the work.
	ryuk := testcontainers.ReaperDefaultImage //nolint:staticcheck // deprecated without a successor that is exported
	if _, err := e.Client.ImageInspect(ctx, ryuk); err != nil {
		variables["TESTCONTAINERS_RYUK_DISABLED"] = "true"
	}
	for key, value := range variables {
		if os.Getenv(key) != "" {
			continue
		}
		if err := os.Setenv(key, value); err != nil {
			return fmt.Errorf("configure testcontainers: %w", err)
		}
	}
	return nil
}

// Warm makes every slot now, side by side, so that the first scenarios do not
// wait for it.
func (p *Pool) Warm(ctx context.Context) error {
	slots := make([]*Slot, 0, p.options.Size)
	var errs []error
	var mu sync.Mutex
	var wait sync.WaitGroup
	first, err := p.acquire(ctx, slotNeeds{}) // the first one finds the host's address
	if err != nil {
		return err
	}
	slots = append(slots, first)
	for range p.options.Size - 1 {
		wait.Go(func() {
			slot, err := p.acquire(ctx, slotNeeds{})
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				errs = append(errs, err)
				return
			}
			slots = append(slots, slot)
		})
	}
	wait.Wait()
	for _, slot := range slots {
		p.free <- slot
	}
	return errors.Join(errs...)
}

// acquire takes a free slot, making it if need be, or waits for one. A need that
// plain slots do not meet gets a slot of its own, which takes the place of a
// plain one as long as it lives.
func (p *Pool) acquire(ctx context.Context, needs slotNeeds) (*Slot, error) {
	select {
	case <-ctx.Done():
		return nil, fmt.Errorf("wait for a slot: %w", context.Cause(ctx))
	case <-p.gone:
		return nil, errors.New("wait for a slot: the pool is closed")
	case slot := <-p.free:
		if slot != nil && needs.plain() {
			return slot, nil
		}
		made, err := p.makeSlot(ctx, needs)
		if err != nil {
			p.free <- slot
			return nil, err
		}
		made.instead = slot
		return made, nil
	}
}

// Idle is how many slots are free now.
func (p *Pool) Idle() int { return len(p.free) }

// release gives a slot back; one that was made for a need of its own, and one
// that cannot be put right, is thrown away.
func (p *Pool) release(ctx context.Context, slot *Slot) error {
	if !slot.needs.plain() {
		return p.discard(ctx, slot)
	}
	if err := slot.reset(ctx); err != nil {
		return errors.Join(fmt.Errorf("put slot right: %w", err), p.discard(ctx, slot))
	}
	p.free <- slot
	return nil
}

// discard throws a slot away; the one whose place it took comes back, or another
// is made when it is needed.
func (p *Pool) discard(ctx context.Context, slot *Slot) error {
	err := slot.remove(ctx)
	p.free <- slot.instead
	return err
}

// logConfig makes logs readable whatever driver the engine has by default.
func (p *Pool) logConfig() container.LogConfig {
	if p.options.Engine.Podman { // knows drivers of its own
		return container.LogConfig{}
	}
	return container.LogConfig{Type: "json-file"}
}

// Close removes the slots and volumes. Sandboxes must be closed before.
func (p *Pool) Close(ctx context.Context) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return nil
	}
	p.closed = true
	close(p.gone)
	defer p.http.CloseIdleConnections()
	var mu sync.Mutex
	var errs []error
	var wait sync.WaitGroup
	for range p.options.Size {
		select {
		case slot := <-p.free:
			if slot == nil {
				continue
			}
			wait.Go(func() {
				err := slot.remove(ctx)
				mu.Lock()
				errs = append(errs, err)
				mu.Unlock()
			})
		case <-ctx.Done():
			errs = append(errs, fmt.Errorf("close pool: a sandbox is still open: %w", context.Cause(ctx)))
		}
	}
	wait.Wait()
	return errors.Join(append(errs, p.volumes.remove(ctx))...)
}
