package sandbox

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/moby/moby/api/types/container"
	mobynetwork "github.com/moby/moby/api/types/network"
	"github.com/moby/moby/client"
	"github.com/testcontainers/testcontainers-go"
	"golang.org/x/sync/errgroup"
)

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
		s.svcPod, err = s.run(podCtx, helper, "pause", s.asPod([]string{redisName, nginxName}, nil, redisPort, redisBehind, nginxPort))
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
		s.appHosts = hosts
		s.appPod, err = s.run(podCtx, helper, "pause", s.asAppPod(appName, hosts))
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

// asAppPod makes one whose namespace the app joins. The helper in it may
// change the namespace's routes and resolv.conf, which the app shares; the app
// itself gets no right by it.
func (s *Slot) asAppPod(name string, hosts []string) testcontainers.CustomizeRequestOption {
	pod := s.asPod([]string{name}, hosts, s.pool.options.AppPort)
	return func(r *testcontainers.GenericContainerRequest) error {
		if err := pod(r); err != nil {
			return err
		}
		plain := r.HostConfigModifier
		r.HostConfigModifier = func(h *container.HostConfig) {
			plain(h)
			h.CapAdd = []string{"NET_ADMIN"}
			h.ReadonlyRootfs = false // resolv.conf is as read-only as the root
			h.Sysctls = map[string]string{}
			for setting := range strings.FieldsSeq(s.needs.Sysctls) {
				name, value, _ := strings.Cut(setting, "=")
				h.Sysctls[name] = value
			}
		}
		return nil
	}
}

func tcpPort(number int) (mobynetwork.Port, error) {
	return mobynetwork.ParsePort(strconv.Itoa(number) + "/tcp")
}
