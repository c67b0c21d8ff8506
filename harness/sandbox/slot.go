package sandbox

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"time"

	"github.com/docker/go-connections/nat"
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

// loopbackAnswer is how long nginx may take to answer on this host's loopback
// address before ports are published on every address instead.
const loopbackAnswer = 8 * time.Second

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

	redisStopped bool
}

func (p *Pool) makeSlot(ctx context.Context) (*Slot, error) {
	if p.options.Progress != nil {
		p.options.Progress("starting redis and nginx")
	}
	s := &Slot{pool: p}
	err := s.make(ctx)
	if err == nil {
		return s, nil
	}
	err = errors.Join(err, s.remove(context.WithoutCancel(ctx)))
	if errors.Is(err, errUnreached) && p.publishOpenly() {
		return p.makeSlot(ctx)
	}
	return nil, &Broken{Doing: "make slot", Err: err}
}

// errUnreached says that nginx lives, and that no address was found at which its
// published port answers.
var errUnreached = errors.New("no address of the engine's host answers on a published port")

// publishOpenly makes further slots publish on every address of the engine's
// host, and says whether that is news: a harness that is itself in a container
// does not share the host's loopback address.
func (p *Pool) publishOpenly() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	news := !p.open
	p.open = true
	return news
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
			bindings[port] = []mobynetwork.PortBinding{{HostIP: s.pool.bindAddress(), HostPort: ""}}
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
		}
		return nil
	}
}

func tcpPort(number int) (mobynetwork.Port, error) {
	port, err := nat.NewPort("tcp", strconv.Itoa(number))
	if err != nil {
		return mobynetwork.Port{}, err
	}
	return mobynetwork.ParsePort(string(port))
}

func (p *Pool) bindAddress() netip.Addr {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.open {
		return netip.IPv4Unspecified()
	}
	return netip.AddrFrom4([4]byte{127, 0, 0, 1})
}

// connect finds the published ports and waits until the services answer.
func (s *Slot) connect(ctx context.Context) error {
	appPort, err := s.published(ctx, s.appPod, s.pool.options.AppPort)
	if err != nil {
		return err
	}
	ngxPort, err := s.published(ctx, s.svcPod, nginxPort)
	if err != nil {
		return err
	}
	rdsPort, err := s.published(ctx, s.svcPod, redisPort)
	if err != nil {
		return err
	}
	host, err := s.pool.findHost(ctx, s, ngxPort)
	if err != nil {
		return err
	}
	s.appURL = "http://" + net.JoinHostPort(host, appPort)
	s.nginxURL = "http://" + net.JoinHostPort(host, ngxPort)
	s.client = redis.NewClient(&redis.Options{Addr: net.JoinHostPort(host, rdsPort), MaxRetries: -1, DialTimeout: time.Second, DisableIdentity: true})
	return s.waitRedis(ctx)
}

func (s *Slot) published(ctx context.Context, c *testcontainers.DockerContainer, number int) (string, error) {
	port, err := tcpPort(number)
	if err != nil {
		return "", err
	}
	inspected, err := s.pool.options.Engine.Client.ContainerInspect(ctx, c.GetContainerID(), client.ContainerInspectOptions{})
	if err != nil {
		return "", fmt.Errorf("inspect container: %w", err)
	}
	for _, b := range inspected.Container.NetworkSettings.Ports[port] {
		if b.HostPort != "" {
			return b.HostPort, nil
		}
	}
	return "", fmt.Errorf("find published port %s: the engine published none", port)
}

func (s *Slot) waitRedis(ctx context.Context) error {
	return poll(ctx, serviceStart, "redis", s.alive(s.redis), func(ctx context.Context) error {
		return s.client.Ping(ctx).Err()
	})
}

// alive gives a liveness check of a service: an error when it has exited, with
// the end of its log.
func (s *Slot) alive(c *testcontainers.DockerContainer) func(context.Context) error {
	return func(ctx context.Context) error {
		state, err := inspectState(ctx, s.pool.options.Engine.Client, c.GetContainerID())
		if err != nil || state.Running {
			return err
		}
		logs, err := readLogs(ctx, s.pool.options.Engine.Client, c.GetContainerID())
		if err != nil {
			return fmt.Errorf("exited with code %d: %s", state.ExitCode, state.Error)
		}
		return fmt.Errorf("exited with code %d: %s", state.ExitCode, lastText(logs, 3))
	}
}

// findHost tries the addresses at which published ports may be reached, by
// asking nginx, and remembers the one that works.
func (p *Pool) findHost(ctx context.Context, s *Slot, port string) (string, error) {
	p.mu.Lock()
	known := p.host
	p.mu.Unlock()
	candidates := p.options.Engine.HostCandidates()
	if known != "" {
		candidates = []string{known}
	}
	var found string
	within := serviceStart
	if known == "" && p.bindAddress().IsLoopback() {
		within = loopbackAnswer
	}
	err := poll(ctx, within, "nginx", s.alive(s.nginx), func(ctx context.Context) error {
		var errs []error
		for _, host := range candidates {
			err := answers(ctx, "http://"+net.JoinHostPort(host, port)+alivePath)
			if err == nil {
				found = host
				return nil
			}
			errs = append(errs, err)
		}
		return errors.Join(errs...)
	})
	if errors.Is(err, errTimedOut) {
		return "", fmt.Errorf("%w: %w", errUnreached, err)
	}
	if err != nil {
		return "", err
	}
	p.mu.Lock()
	p.host = found
	p.mu.Unlock()
	return found, nil
}

func answers(ctx context.Context, url string) error {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s", url, response.Status)
	}
	return nil
}

// stopRedis kills Redis; its name still resolves, its port refuses.
func (s *Slot) stopRedis(ctx context.Context) error {
	s.redisStopped = true
	_, err := s.pool.options.Engine.Client.ContainerKill(ctx, s.redis.GetContainerID(), client.ContainerKillOptions{Signal: "SIGKILL"})
	if err != nil {
		return fmt.Errorf("stop redis: %w", err)
	}
	return nil
}

// startRedis starts the Redis that was stopped and waits until it answers.
func (s *Slot) startRedis(ctx context.Context) error {
	_, err := s.pool.options.Engine.Client.ContainerStart(ctx, s.redis.GetContainerID(), client.ContainerStartOptions{})
	if err != nil {
		return fmt.Errorf("start redis: %w", err)
	}
	if err := s.waitRedis(ctx); err != nil {
		return err
	}
	s.redisStopped = false
	return nil
}

// reset puts the slot right for the next sandbox: Redis up and empty.
func (s *Slot) reset(ctx context.Context) error {
	if s.redisStopped {
		if err := s.startRedis(ctx); err != nil {
			return err
		}
	}
	if err := s.client.FlushAll(ctx).Err(); err != nil {
		return fmt.Errorf("empty redis: %w", err)
	}
	return nil
}

// remove takes the slot off the engine, whatever part of it was made.
func (s *Slot) remove(ctx context.Context) error {
	var errs []error
	if s.client != nil {
		errs = append(errs, s.client.Close())
	}
	var group errgroup.Group
	for _, c := range []*testcontainers.DockerContainer{s.redis, s.nginx, s.appPod, s.svcPod} {
		if c != nil {
			group.Go(func() error { return testcontainers.TerminateContainer(c, testcontainers.StopTimeout(0)) })
		}
	}
	errs = append(errs, group.Wait())
	if s.network != nil {
		errs = append(errs, s.network.Remove(ctx))
	}
	return errors.Join(errs...)
}
