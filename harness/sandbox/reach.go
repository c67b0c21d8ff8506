package sandbox

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/moby/moby/client"
	"github.com/testcontainers/testcontainers-go"
)

// loopbackAnswer is how long nginx may take to answer on this host's loopback
// address before ports are published on every address instead.
const loopbackAnswer = 8 * time.Second

// candidateAnswer bounds one try at an address: a wrong one may swallow packets.
const candidateAnswer = time.Second

// aliveAnswer is how long nginx may take to say that it lives, which takes it
// less than a millisecond.
const aliveAnswer = 5 * time.Second

// connect finds the published ports and waits until the services answer.
func (s *Slot) connect(ctx context.Context) error {
	appPort, err := s.published(ctx, s.appPod, s.pool.options.AppPort)
	if err != nil {
		return err
	}
	if s.ngx.port, err = s.published(ctx, s.svcPod, nginxPort); err != nil {
		return err
	}
	if s.host, err = s.pool.findHost(ctx, s, s.ngx.port); err != nil {
		return err
	}
	s.appURL = "http://" + net.JoinHostPort(s.host, appPort)
	s.nginxURL = "http://" + net.JoinHostPort(s.host, s.ngx.port)
	return s.connectRedis(ctx)
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
	if known == "" && s.bound.IsLoopback() {
		within = loopbackAnswer
	}
	err := poll(ctx, within, "nginx", s.alive(s.nginx), func(ctx context.Context) (err error) {
		found, err = p.firstAnswer(ctx, candidates, port)
		return err
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

// firstAnswer asks nginx at all addresses at the same time and gives the one that
// answers first.
func (p *Pool) firstAnswer(ctx context.Context, hosts []string, port string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, candidateAnswer)
	defer cancel()
	type answer struct {
		host string
		err  error
	}
	answers := make(chan answer, len(hosts))
	for _, host := range hosts {
		go func() {
			_, err := p.nginxAnswers(ctx, "http://"+net.JoinHostPort(host, port))
			answers <- answer{host, err}
		}()
	}
	var errs []error
	for range hosts {
		one := <-answers
		if one.err == nil {
			return one.host, nil
		}
		errs = append(errs, one.err)
	}
	return "", errors.Join(errs...)
}

// nginxAnswers asks nginx itself, without the app, and gives what it says.
func (p *Pool) nginxAnswers(ctx context.Context, address string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, aliveAnswer)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address+alivePath, nil)
	if err != nil {
		return "", err
	}
	response, err := p.http.Do(request)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return "", fmt.Errorf("%s%s: %s", address, alivePath, response.Status)
	}
	const enough = 1 << 10
	said, err := io.ReadAll(io.LimitReader(response.Body, enough))
	return string(said), err
}
