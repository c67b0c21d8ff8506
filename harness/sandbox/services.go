package sandbox

import (
	"context"
	"errors"
	"fmt"

	"github.com/containerd/errdefs"
	"github.com/moby/moby/client"
	"github.com/testcontainers/testcontainers-go"
	"golang.org/x/sync/errgroup"
)

// stopRedis kills Redis; its name still resolves, its port refuses. Redis that is
// stopped already stays so.
func (s *Slot) stopRedis(ctx context.Context) error {
	if s.redisStopped {
		return nil
	}
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

// reset puts the slot right for the next sandbox: Redis up and empty, nginx up.
// The app's pod shows at the next start whether it is there.
func (s *Slot) reset(ctx context.Context) error {
	if s.redisStopped {
		if err := s.startRedis(ctx); err != nil {
			return err
		}
	}
	if err := s.client.FlushAll(ctx).Err(); err != nil {
		return fmt.Errorf("empty redis: %w", err)
	}
	if err := s.pool.nginxAnswers(ctx, s.nginxURL); err != nil {
		return fmt.Errorf("ask nginx: %w", err)
	}
	return nil
}

// damage says what of the slot is not as it has to be. It is asked before an app
// is blamed: what cannot work without its neighbours is not at fault when
// somebody has taken them off the engine.
func (s *Slot) damage(ctx context.Context) error {
	pod, err := inspectState(ctx, s.pool.options.Engine.Client, s.appPod.GetContainerID())
	if err != nil {
		return fmt.Errorf("look at the app's network namespace: %w", err)
	}
	if !pod.Running {
		return fmt.Errorf("the container that owns the app's network namespace has ended (%s)", pod.Status)
	}
	if !s.redisStopped {
		if err := s.client.Ping(ctx).Err(); err != nil {
			return fmt.Errorf("ask redis: %w", err)
		}
	}
	if err := s.pool.nginxAnswers(ctx, s.nginxURL); err != nil {
		return fmt.Errorf("ask nginx: %w", err)
	}
	return nil
}

// remove takes the slot off the engine, whatever part of it was made and is
// still there.
func (s *Slot) remove(ctx context.Context) error {
	var errs []error
	if s.client != nil {
		errs = append(errs, s.client.Close())
	}
	// What shares a namespace goes before the container that owns it: Podman
	// insists.
	for _, together := range [][]*testcontainers.DockerContainer{{s.redis, s.nginx}, {s.appPod, s.svcPod}} {
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
