package sandbox

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"time"

	"github.com/moby/moby/api/types/container"
	mobynetwork "github.com/moby/moby/api/types/network"
	"github.com/moby/moby/client"
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
	nginxPort = 8080

	// serviceUser runs Redis and nginx: they need no rights.
	serviceUser = "65532:65532"

	// alivePath is answered by nginx itself, without the app.
	alivePath = "/__seatrial/alive"
)

// serviceStart is how long Redis and nginx may take to answer: they take tens of
// milliseconds; a minute covers a machine that is overloaded.
const serviceStart = time.Minute

// Slot is a network, the namespace that the app will join, a Redis and an nginx.
type Slot struct {
	pool    *Pool
	network *testcontainers.DockerNetwork
	appPod  *testcontainers.DockerContainer // owns the app's network namespace
	svcPod  *testcontainers.DockerContainer // owns Redis's and nginx's
	redis   *testcontainers.DockerContainer
	nginx   *testcontainers.DockerContainer

	appURL   string
	nginxURL string
	client   *redis.Client

	bound        netip.Addr // where its ports are published
	redisStopped bool
}

func (p *Pool) makeSlot(ctx context.Context) (*Slot, error) {
	if p.options.Progress != nil {
		p.options.Progress("starting redis and nginx")
	}
	s := &Slot{pool: p, bound: p.bindAddress()}
	err := s.make(ctx)
	if err == nil {
		return s, nil
	}
	err = errors.Join(err, s.remove(context.WithoutCancel(ctx)))
	if errors.Is(err, errUnreached) && s.bound.IsLoopback() {
		p.publishOpenly()
		return p.makeSlot(ctx)
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
	conf, err := s.nginxConf(ctx)
	if err != nil {
		return err
	}
	services, serviceCtx := errgroup.WithContext(ctx)
	services.Go(func() (err error) {
		s.redis, err = s.run(serviceCtx, images.Redis.Name, "service", s.asService("/tmp/redis.conf", s.pool.options.RedisConf, "redis-server", "/tmp/redis.conf"))
		return err
	})
	services.Go(func() (err error) {
		s.nginx, err = s.run(serviceCtx, images.Nginx.Name, "service", s.asService("/tmp/nginx.conf", conf, "nginx", "-c", "/tmp/nginx.conf", "-g", "daemon off;"))
		return err
	})
	if err := services.Wait(); err != nil {
		return err
	}
	return s.connect(ctx)
}

// makePods starts the two pause containers, side by side where the engine's
// networks have a name server. Podman's need not have one: there the app's pod
// is told the services' address.
func (s *Slot) makePods(ctx context.Context) error {
	helper := s.pool.options.Images.Helper.Name
	pods, podCtx := errgroup.WithContext(ctx)
	if s.pool.options.Engine.Podman {
		pods.SetLimit(1)
	}
	pods.Go(func() (err error) {
		s.svcPod, err = s.run(podCtx, helper, "pause", s.asPod([]string{redisName, nginxName}, nil, redisPort, nginxPort))
		return err
	})
	pods.Go(func() (err error) {
		var hosts []string
		if s.pool.options.Engine.Podman {
			address, err := s.address(podCtx, s.svcPod)
			if err != nil {
				return err
			}
			hosts = []string{redisName + ":" + address, nginxName + ":" + address}
		}
		s.appPod, err = s.run(podCtx, helper, "pause", s.asPod([]string{appName}, hosts, s.pool.options.AppPort))
		return err
	})
	return pods.Wait()
}

// address gives a container's address on the slot's network.
func (s *Slot) address(ctx context.Context, c *testcontainers.DockerContainer) (string, error) {
	if c == nil {
		return "", errors.New("find address: the container was not made")
	}
	inspected, err := s.pool.options.Engine.Client.ContainerInspect(ctx, c.GetContainerID(), client.ContainerInspectOptions{})
	if err != nil {
		return "", fmt.Errorf("inspect container: %w", err)
	}
	for _, endpoint := range inspected.Container.NetworkSettings.Networks {
		if endpoint.IPAddress.IsValid() {
			return endpoint.IPAddress.String(), nil
		}
	}
	return "", errors.New("find address: the engine gave the container none")
}

func (s *Slot) nginxConf(ctx context.Context) ([]byte, error) {
	var conf bytes.Buffer
	data := NginxData{Listen: nginxPort, AppHost: appName, AppPort: s.pool.options.AppPort}
	if s.pool.options.Engine.Podman {
		var err error
		if data.AppHost, err = s.address(ctx, s.appPod); err != nil {
			return nil, err
		}
	}
	if err := s.pool.options.NginxConf.Execute(&conf, data); err != nil {
		return nil, fmt.Errorf("write nginx.conf: %w", err)
	}
	return conf.Bytes(), nil
}

// run starts a container of the slot. A container that testcontainers made and
// could not start is removed with the run's other things.
func (s *Slot) run(ctx context.Context, image, kind string, with testcontainers.CustomizeRequestOption) (*testcontainers.DockerContainer, error) {
	c, err := testcontainers.Run(ctx, image, with, testcontainers.WithLabels(s.pool.options.Engine.Labels(kind)))
	if err != nil {
		return c, fmt.Errorf("start %s: %w", image, err)
	}
	return c, nil
}

// asPod makes a pause container that owns names and published ports.
func (s *Slot) asPod(names, hosts []string, ports ...int) testcontainers.CustomizeRequestOption {
	return func(r *testcontainers.GenericContainerRequest) error {
		r.Cmd = []string{"pause"}
		r.Networks = []string{s.network.Name}
		r.NetworkAliases = map[string][]string{s.network.Name: names}
		bindings := mobynetwork.PortMap{}
		for _, p := range ports {
			port, err := tcpPort(p)
			if err != nil {
				return err
			}
			r.ExposedPorts = append(r.ExposedPorts, port.String())
			bindings[port] = []mobynetwork.PortBinding{{HostIP: s.bound, HostPort: ""}}
		}
		r.HostConfigModifier = func(h *container.HostConfig) {
			h.PortBindings = bindings
			h.ExtraHosts = hosts
			h.CapDrop = []string{"ALL"}
			h.ReadonlyRootfs = true
		}
		return nil
	}
}

// asService makes a container in the services' namespace, without rights, with
// its configuration file.
func (s *Slot) asService(path string, conf []byte, command ...string) testcontainers.CustomizeRequestOption {
	return func(r *testcontainers.GenericContainerRequest) error {
		r.Entrypoint = command[:1]
		r.Cmd = command[1:]
		r.Files = []testcontainers.ContainerFile{{Reader: bytes.NewReader(conf), ContainerFilePath: path, FileMode: 0o444}}
		r.ConfigModifier = func(c *container.Config) { c.User = serviceUser }
		r.HostConfigModifier = func(h *container.HostConfig) {
			h.NetworkMode = container.NetworkMode("container:" + s.svcPod.GetContainerID())
			h.CapDrop = []string{"ALL"}
			h.SecurityOpt = []string{"no-new-privileges"}
			h.LogConfig = s.pool.logConfig()
		}
		return nil
	}
}

func tcpPort(number int) (mobynetwork.Port, error) {
	return mobynetwork.ParsePort(strconv.Itoa(number) + "/tcp")
}

func (p *Pool) bindAddress() netip.Addr {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.open {
		return netip.IPv4Unspecified()
	}
	return netip.AddrFrom4([4]byte{127, 0, 0, 1})
}
