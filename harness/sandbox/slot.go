package sandbox

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/testcontainers/testcontainers-go"
	"github.com/testcontainers/testcontainers-go/network"
	"golang.org/x/sync/errgroup"
)

// The names and ports within a slot.
const (
	appName   = "app"
	redisName = "redis"
	nginxName = "nginx"

	redisPort = 6379
	// redisBehind is where Redis listens while something that spoils
	// connections stands on its own port.
	redisBehind = 6380
	nginxPort   = 8080

	// serviceUser runs Redis and nginx: they need no rights.
	serviceUser = "65532:65532"

	// alivePath is answered by nginx itself, without the app.
	alivePath = "/__seatrial/alive"
)

// serviceStart is how long Redis and nginx may take to answer: they take tens of
// milliseconds; a minute covers a machine that is overloaded.
const serviceStart = time.Minute

// Slot is a network, the namespace that the app will join, a Redis and an nginx.
// pods.go makes the namespaces, services.go what lives in them, reach.go finds the
// way to them, and redisstate.go, link.go, nginx.go and network.go alter them.
type Slot struct {
	pool    *Pool
	needs   slotNeeds
	instead *Slot // the plain slot whose place this one takes for one sandbox

	network *testcontainers.DockerNetwork
	appPod  *testcontainers.DockerContainer // owns the app's network namespace
	twin    place                           // of a second replica, while there is one
	svcPod  *testcontainers.DockerContainer // owns Redis's and nginx's
	redis   *testcontainers.DockerContainer
	nginx   *testcontainers.DockerContainer

	appHosts []string   // names that the app's pods are told
	bound    netip.Addr // where its ports are published
	host     string     // where they are reached
	appURL   string
	nginxURL string

	client *redis.Client
	rds    redisState
	ngx    nginxState

	undo undoing // what puts right what the sandbox altered, but Redis's state
}

// undoing is what puts right a slot that was altered.
type undoing []func(context.Context) error

// run undoes the newest alteration first.
func (u *undoing) run(ctx context.Context) error {
	var errs []error
	for len(*u) > 0 {
		last := len(*u) - 1
		errs = append(errs, (*u)[last](ctx))
		*u = (*u)[:last]
	}
	return errors.Join(errs...)
}

func (p *Pool) makeSlot(ctx context.Context, needs slotNeeds) (*Slot, error) {
	if p.options.Progress != nil {
		p.options.Progress("starting redis and nginx")
	}
	s := &Slot{pool: p, needs: needs, bound: p.bindAddress()}
	err := s.make(ctx)
	if err == nil {
		return s, nil
	}
	err = errors.Join(err, s.remove(context.WithoutCancel(ctx)))
	if errors.Is(err, errUnreached) && s.bound.IsLoopback() {
		p.publishOpenly()
		return p.makeSlot(ctx, needs)
	}
	return nil, &Broken{Doing: "make slot", Err: err}
}

// errUnreached says that nginx lives, and that no address was found at which its
// published port answers.
var errUnreached = errors.New("no address of the engine's host answers on a published port")

// publishOpenly makes further slots publish on every address of the engine's
// host: a harness that is itself in a container does not share the host's
// loopback address.
func (p *Pool) publishOpenly() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.open = true
}

func (p *Pool) bindAddress() netip.Addr {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.open {
		return netip.IPv4Unspecified()
	}
	return netip.AddrFrom4([4]byte{127, 0, 0, 1})
}

func (s *Slot) make(ctx context.Context) error {
	e := s.pool.options.Engine
	var err error
	if s.network, err = network.New(ctx, network.WithLabels(e.Labels("network"))); err != nil {
		return fmt.Errorf("create network: %w", err)
	}
	images := s.pool.options.Images

	if err := s.makePods(ctx); err != nil {
		return err
	}
	if err := s.findApp(ctx); err != nil {
		return err
	}
	conf, err := s.nginxConf(s.nginxData())
	if err != nil {
		return err
	}
	s.ngx.conf = string(conf)
	services, serviceCtx := errgroup.WithContext(ctx)
	services.Go(func() (err error) {
		s.redis, err = s.run(serviceCtx, images.Redis.Name, "service", s.asService(redisConfPath, s.pool.options.RedisConf, "redis-server", redisConfPath))
		return err
	})
	services.Go(func() (err error) {
		s.nginx, err = s.run(serviceCtx, images.Nginx.Name, "service", s.asService(nginxConfPath, conf, "nginx", "-c", nginxConfPath, "-g", "daemon off;"))
		return err
	})
	if err := services.Wait(); err != nil {
		return err
	}
	return s.connect(ctx)
}
