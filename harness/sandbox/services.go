package sandbox

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/containerd/errdefs"
	"github.com/moby/moby/api/types/container"
	"github.com/testcontainers/testcontainers-go"
	"golang.org/x/sync/errgroup"
)

// run starts a container of the slot. A container that testcontainers made and
// could not start is removed with the run's other things.
func (s *Slot) run(ctx context.Context, image, kind string, with testcontainers.CustomizeRequestOption) (*testcontainers.DockerContainer, error) {
	c, err := testcontainers.Run(ctx, image, with, testcontainers.WithLabels(s.pool.options.Engine.Labels(kind)))
	if err != nil {
		return c, fmt.Errorf("start %s: %w", image, err)
	}
	return c, nil
}

// asService makes a container in the services' namespace, without rights, with
// its configuration file.
func (s *Slot) asService(path string, conf []byte, command ...string) testcontainers.CustomizeRequestOption {
	return func(r *testcontainers.GenericContainerRequest) error {
		r.Entrypoint = command[:1]
		r.Cmd = command[1:]
		r.Files = []testcontainers.ContainerFile{{Reader: bytes.NewReader(conf), ContainerFilePath: path, FileMode: 0o444}}
		r.ConfigModifier = func(c *container.Config) { c.User = serviceUser }
		r.HostConfigModifier = s.inServices
		return nil
	}
}

// inServices puts a container into the services' namespace, without rights.
func (s *Slot) inServices(h *container.HostConfig) {
	h.NetworkMode = container.NetworkMode("container:" + s.svcPod.GetContainerID())
	h.CapDrop = []string{"ALL"}
	h.SecurityOpt = []string{"no-new-privileges"}
	h.LogConfig = s.pool.logConfig()
}

// reset puts the slot right for the next sandbox: everything that was altered as
// it came, Redis up and empty, nginx up. Of a Redis that was altered it makes sure.
// The app's pod shows at the next start whether it is there.
func (s *Slot) reset(ctx context.Context) error {
	altered := s.rds.altered
	if err := errors.Join(s.calmRedis(ctx), s.undo.run(ctx)); err != nil {
		return err
	}
	if err := s.client.FlushAll(ctx).Err(); err != nil {
		return fmt.Errorf("empty redis: %w", err)
	}
	if altered {
		if err := s.proveRedis(ctx); err != nil {
			return err
		}
	}
	if _, err := s.pool.nginxAnswers(ctx, s.nginxURL); err != nil {
		return fmt.Errorf("ask nginx: %w", err)
	}
	return nil
}

// damage says what of the slot is not as it has to be. It is asked before an app
// is blamed: what cannot work without its neighbours is not at fault when
// somebody has taken them off the engine. A Redis that was altered on purpose is
// not asked.
func (s *Slot) damage(ctx context.Context) error {
	pod, err := inspectState(ctx, s.pool.options.Engine.Client, s.appPod.GetContainerID())
	if err != nil {
		return fmt.Errorf("look at the app's network namespace: %w", err)
	}
	if !pod.Running {
		return fmt.Errorf("the container that owns the app's network namespace has ended (%s)", pod.Status)
	}
	if !s.rds.altered {
		if err := s.client.Ping(ctx).Err(); err != nil {
			return fmt.Errorf("ask redis: %w", err)
		}
	}
	if _, err := s.pool.nginxAnswers(ctx, s.nginxURL); err != nil {
		return fmt.Errorf("ask nginx: %w", err)
	}
	return nil
}

// remove takes the slot off the engine, whatever part of it was made and is
// still there.
func (s *Slot) remove(ctx context.Context) error {
	errs := []error{s.rds.stopLate()}
	if s.client != nil {
		errs = append(errs, s.client.Close())
	}
	// What shares a namespace goes before the container that owns it: Podman
	// insists.
	for _, together := range [][]*testcontainers.DockerContainer{{s.rds.toxiproxy, s.redis, s.nginx, s.ngx.idle}, {s.appPod, s.twin.pod, s.svcPod}} {
		var group errgroup.Group
		for _, c := range together {
			if c != nil {
				group.Go(func() error {
					return testcontainers.TerminateContainer(c, testcontainers.StopTimeout(0), testcontainers.StopContext(ctx))
				})
			}
		}
		errs = append(errs, group.Wait())
	}
	if s.network != nil {
		if err := s.network.Remove(ctx); err != nil && !errdefs.IsNotFound(err) {
			errs = append(errs, fmt.Errorf("remove network: %w", err))
		}
	}
	return errors.Join(errs...)
}
