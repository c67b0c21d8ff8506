package sandbox

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"syscall"
	"time"

	"github.com/containerd/errdefs"
	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/client"

	"github.com/seatrial/seatrial/harness/deployment"
)

// id is the container in which the app is now: it is another one after the app
// was replaced.
func (s *Sandbox) id() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.container
}

// Restart kills the app and starts it again in the same container: what it wrote
// to its root file system is there, as after the crash of a host or of a process
// under systemd. What was in a tmpfs is lost.
func (s *Sandbox) Restart(ctx context.Context) error {
	return s.each(ctx, "restart app", func(ctx context.Context, one *Sandbox) error {
		if err := one.kill(ctx); err != nil {
			return err
		}
		defer one.killed.Store(false)
		return one.run(ctx, one.id())
	})
}

// Replace kills the app and starts it in a new container, as Kubernetes does:
// mounts are there, everything else that it wrote is lost.
func (s *Sandbox) Replace(ctx context.Context) error {
	return s.each(ctx, "replace app", func(ctx context.Context, one *Sandbox) error {
		one.moving.Lock()
		defer one.moving.Unlock()
		if err := one.kill(ctx); err != nil {
			return err
		}
		defer one.killed.Store(false)
		return one.renew(ctx)
	})
}

// each does something to every instance of the app.
func (s *Sandbox) each(ctx context.Context, doing string, do func(context.Context, *Sandbox) error) error {
	for _, one := range s.instances() {
		if err := do(ctx, one); err != nil {
			return asBroken(doing, err)
		}
	}
	return nil
}

// instances are the app, and its second replica if there is one.
func (s *Sandbox) instances() []*Sandbox {
	if s.twin == nil {
		return []*Sandbox{s}
	}
	return []*Sandbox{s, s.twin}
}

// kill ends the app with SIGKILL and waits until it has ended.
func (s *Sandbox) kill(ctx context.Context) error {
	s.killed.Store(true)
	api, id := s.pool.options.Engine.Client, s.id()
	ended := api.ContainerWait(ctx, id, client.ContainerWaitOptions{Condition: container.WaitConditionNotRunning})
	_, err := api.ContainerKill(ctx, id, client.ContainerKillOptions{Signal: "SIGKILL"})
	if err != nil && !errdefs.IsConflict(err) { // conflict: it has ended by itself
		return fmt.Errorf("kill container: %w", err)
	}
	select {
	case <-ended.Result:
		return nil
	case err := <-ended.Error:
		return fmt.Errorf("wait for container: %w", err)
	}
}

// renew puts a new container in the place of one that has ended.
func (s *Sandbox) renew(ctx context.Context) error {
	api, old := s.pool.options.Engine.Client, s.id()
	lines, err := readLogs(ctx, api, old)
	if err != nil {
		return err
	}
	if _, err := api.ContainerRemove(ctx, old, client.ContainerRemoveOptions{Force: true}); err != nil && !errdefs.IsNotFound(err) {
		return fmt.Errorf("remove container: %w", err)
	}
	id, err := create(ctx, api, s.created)
	s.mu.Lock()
	s.earlier = append(s.earlier, lines...)
	s.container = id // "" after an error: there is none
	s.mu.Unlock()
	if err != nil {
		return err
	}
	return s.run(ctx, id)
}

func (s *Sandbox) run(ctx context.Context, id string) error {
	if _, err := s.pool.options.Engine.Client.ContainerStart(ctx, id, client.ContainerStartOptions{}); err != nil {
		return fmt.Errorf("start container: %w", err)
	}
	return nil
}

// ReadLog changes who reads the app's log, which has to be a pipe (the condition
// log-reader).
func (s *Sandbox) ReadLog(ctx context.Context, state deployment.ReaderState) error {
	if s.Spec.LogReader.State == "" {
		return &Broken{Doing: "change the reader of the log", Err: errors.New("the app was not started with a reader of its own (log-reader=pipe)")}
	}
	// As the helper takes them, see helper/keep.go.
	signals := map[deployment.ReaderState]string{deployment.ReaderGone: "50", deployment.ReaderStuck: "51", deployment.ReaderThere: "52"}
	signal, ok := signals[state]
	if !ok {
		return &Broken{Doing: "change the reader of the log", Err: fmt.Errorf("it cannot become %s while the app runs", state)}
	}
	return s.each(ctx, "change the reader of the log", func(ctx context.Context, one *Sandbox) error {
		_, err := s.pool.options.Engine.Client.ContainerKill(ctx, one.id(), client.ContainerKillOptions{Signal: signal})
		return err
	})
}

// watch asks the app as the deployment's probes want it, and replaces it when one
// of them has failed for good, until stopWatching.
func (s *Sandbox) watch(ctx context.Context) {
	if s.Spec.Probes == (deployment.Probes{}) {
		return
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	done := make(chan struct{})
	s.stopWatching = func() { cancel(); <-done }
	go func() {
		defer close(done)
		for ctx.Err() == nil {
			why := s.outlive(ctx, "startup probe", s.Spec.Probes.Startup, true)
			if why == nil {
				why = s.outlive(ctx, "liveness probe", s.Spec.Probes.Liveness, false)
			}
			if why == nil || ctx.Err() != nil {
				return
			}
			// Half of it would leave no app at all.
			if err := s.evict(context.WithoutCancel(ctx), why); err != nil {
				return // Close, or whoever asks next, finds out why
			}
		}
	}()
}

// outlive asks until the probe has failed as often as it may, which it gives, or
// has succeeded where one success is enough.
func (s *Sandbox) outlive(ctx context.Context, name string, p *deployment.Probe, once bool) error {
	if p == nil {
		return nil
	}
	path := p.Path
	if path == "" {
		path = s.Spec.Ready
	}
	wait := time.NewTimer(p.Delay)
	defer wait.Stop()
	for failures := 0; ; wait.Reset(p.Period) {
		select {
		case <-ctx.Done():
			return nil
		case <-wait.C:
		}
		err := s.well(ctx, path, p.Timeout)
		switch {
		case err == nil && once:
			return nil
		case err == nil:
			failures = 0
		default:
			if failures++; failures >= p.Failures {
				return fmt.Errorf("the %s failed %d times, at last: %w", name, failures, err)
			}
		}
	}
}

// well asks the app once, without leaving a trace in the evidence.
func (s *Sandbox) well(ctx context.Context, path string, within time.Duration) error {
	ctx, cancel := context.WithTimeoutCause(ctx, within, fmt.Errorf("no answer within %s", within))
	defer cancel()
	answer, err := s.exchange(ctx, Direct, http.MethodGet, path, nil, "")
	switch {
	case err != nil && context.Cause(ctx) != nil:
		return context.Cause(ctx)
	case err != nil:
		return err
	case !s.Spec.ReadyOn(answer.Status):
		return fmt.Errorf("GET %s answered %d", path, answer.Status)
	}
	return nil
}

// evict ends the app as the kubelet does, and puts a new container in its place.
func (s *Sandbox) evict(ctx context.Context, why error) error {
	s.moving.Lock()
	defer s.moving.Unlock()
	patience := int(s.Spec.StopWithin.Seconds())
	_, err := s.pool.options.Engine.Client.ContainerStop(ctx, s.id(), client.ContainerStopOptions{Timeout: &patience})
	if err != nil {
		return err
	}
	s.mu.Lock()
	s.evicted++
	s.evictedFor = why.Error()
	s.mu.Unlock()
	return s.renew(ctx)
}

// The helper's own failures, see helper/main.go.
const (
	helperFailed     = 125
	helperFailedMark = "seatrial helper:"
)

// helperFailure is what the helper says if it could not do what it is for beside
// the app, such as on a kernel that is too old; nil if it did.
func (s *Sandbox) helperFailure(ctx context.Context, state State) error {
	if state.Running || state.ExitCode != helperFailed || len(StartedBy(s.Spec, "")) == 0 {
		return nil
	}
	lines, err := s.ownLogs(ctx)
	for _, line := range lines {
		if said, ok := strings.CutPrefix(line.Text, helperFailedMark); ok {
			return &Broken{Doing: "start app", Err: errors.New(strings.TrimSpace(said))}
		}
	}
	return err
}

// HoldStill ends probing and restarting, so that the app is what it is while one
// looks at it.
func (s *Sandbox) HoldStill(ctx context.Context) error {
	return s.each(ctx, "end restarts", func(ctx context.Context, one *Sandbox) error {
		if one.stopWatching != nil {
			one.stopWatching()
		}
		if s.Spec.Restart == deployment.NoRestart {
			return nil
		}
		never := &container.RestartPolicy{Name: container.RestartPolicyDisabled}
		_, err := s.pool.options.Engine.Client.ContainerUpdate(ctx, one.id(), client.ContainerUpdateOptions{RestartPolicy: never})
		return err
	})
}

// returns says whether an app that has ended is coming back by itself, and waits
// until its successor has begun.
func (s *Sandbox) returns(ctx context.Context, was string) (bool, error) {
	if s.Spec.Probes != (deployment.Probes{}) {
		// The probe finds it ended and replaces it.
		err := poll(ctx, time.Hour, "the app", nil, func(context.Context) error {
			if s.id() == was {
				return errors.New("it is the one that has ended")
			}
			return nil
		})
		return true, err
	}
	if s.Spec.Restart == deployment.NoRestart {
		return false, nil
	}
	state, err := inspectState(ctx, s.pool.options.Engine.Client, was)
	return state.Running, err // the engine calls it running while it waits to start it
}

// exitBrokenPipe is the exit code of an app that was ended by SIGPIPE below the helper.
const exitBrokenPipe = 128 + int(syscall.SIGPIPE)
