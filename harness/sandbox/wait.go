package sandbox

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/client"

	"github.com/seatrial/seatrial/harness/deployment"
)

// firstSocketLook is when an app that has not answered is looked at from within
// its namespace: one that listens on the loopback address only will never answer.
const (
	firstSocketLook = time.Second
	socketLookEvery = 2 * time.Second
)

// An app may be slow to answer and ready all the same. So a probe that gets no
// answer is not given up; another one is sent beside it now and then, for an app
// that has lost the first.
const (
	probeHangs = 2 * time.Second
	mostProbes = 4 // at the same time
)

// WaitReady waits until a GET of path is answered as the deployment wants it of
// an app that is ready ([deployment.Spec.ReadyOn]); with replicas, by each of
// them. It ends at once when the process has died and nothing starts it again. A
// [*StartFailure] says why the app is not ready.
func (s *Sandbox) WaitReady(ctx context.Context, path string, within time.Duration) error {
	end := time.Now().Add(within)
	for _, one := range s.instances() {
		if err := one.waitReady(ctx, path, time.Until(end)); err != nil {
			var failure *StartFailure
			if errors.As(err, &failure) {
				failure.Within = within
			}
			return err
		}
	}
	return nil
}

func (s *Sandbox) waitReady(ctx context.Context, path string, within time.Duration) error {
	if s.refused != nil {
		return s.startFailure(ctx, Refused, within, "")
	}
	waitCtx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	died, id := s.ended(waitCtx)

	pace := time.NewTimer(0)
	defer pace.Stop()
	look := time.NewTimer(firstSocketLook)
	defer look.Stop()
	probes, answers := 0, make(chan probed, mostProbes)
	seen, began := "nothing answered on the port", time.Now()
	s.lastBody = ""
	for wait := pollFirst; ; {
		select {
		case err := <-died:
			again, err := s.comesBack(waitCtx, id, err)
			switch {
			case waitCtx.Err() != nil:
				return s.timedOut(ctx, within, seen)
			case err != nil || !again:
				return s.gone(ctx, err, within, seen)
			}
			died, id = s.ended(waitCtx)
		case <-waitCtx.Done():
			return s.timedOut(ctx, within, seen)
		case <-look.C:
			look.Reset(socketLookEvery)
			if kind, hopeless := s.listens(waitCtx); hopeless {
				return s.startFailure(ctx, kind, within, seen)
			}
		case <-pace.C:
			if probes > 0 {
				seen = fmt.Sprintf("GET %s gets no answer", path)
			}
			if probes < mostProbes {
				probes++
				go func() { answers <- s.probe(waitCtx, path) }()
			}
			pace.Reset(probeHangs)
		case got := <-answers:
			probes--
			switch {
			case got.err == nil && s.Spec.ReadyOn(got.answer.Status):
				return nil
			case got.err == nil:
				seen = fmt.Sprintf("GET %s answered %d %s", path, got.answer.Status, http.StatusText(got.answer.Status))
				s.lastBody = textStart(got.answer)
			case waitCtx.Err() == nil:
				seen = got.err.Error()
			}
			wait = probePace(wait, time.Since(began))
			pace.Reset(wait)
		}
	}
}

// gone is what to say of an app that has ended and does not come back, or of which
// that could not be found out.
func (s *Sandbox) gone(ctx context.Context, err error, within time.Duration, seen string) error {
	if err != nil {
		return asBroken("wait for app", err)
	}
	return s.startFailure(ctx, Exited, within, seen)
}

// ended gives what says that the process has ended, or why that cannot be told,
// and its container.
func (s *Sandbox) ended(ctx context.Context) (<-chan error, string) {
	s.moving.Lock() // while it is being replaced there is none
	defer s.moving.Unlock()
	id := s.id()
	wait := s.pool.options.Engine.Client.ContainerWait(ctx, id, client.ContainerWaitOptions{Condition: container.WaitConditionNotRunning})
	died := make(chan error, 1)
	go func() {
		select {
		case <-wait.Result:
			died <- nil
		case err := <-wait.Error:
			died <- err
		}
	}()
	return died, id
}

// comesBack says whether an app that has ended is started again. An error of the
// wait for its end is none where another container has taken its place.
func (s *Sandbox) comesBack(ctx context.Context, id string, err error) (bool, error) {
	if err == nil {
		return s.returns(ctx, id)
	}
	s.moving.Lock()
	defer s.moving.Unlock()
	if s.id() != id {
		return true, nil
	}
	return false, err
}

// probed is what became of a probe.
type probed struct {
	answer *Response
	err    error
}

// probe asks once, without leaving a trace in the evidence.
func (s *Sandbox) probe(ctx context.Context, path string) probed {
	answer, err := s.exchange(ctx, Direct, http.MethodGet, path, nil, "")
	return probed{answer, err}
}

// probePace is how long to wait until the next probe. Most apps are ready in no
// time; one that is not after a while is asked more rarely, so that its log and
// its rate limit are not full of probes.
func probePace(last, since time.Duration) time.Duration {
	slowest := pollSlowed
	switch {
	case since > 10*time.Second:
		slowest = time.Second
	case since > 2*time.Second:
		slowest = 5 * pollSlowed
	}
	return min(last*3/2, slowest)
}

// textStart is how the body of an answer begins, if it is text: an app that is
// not ready often says there what it lacks.
func textStart(r *Response) string {
	const most = 400
	if !isText(r.Header.Get("Content-Type")) {
		return ""
	}
	return strings.ToValidUTF8(string(r.Body[:min(len(r.Body), most)]), "�")
}

// listens says where the app listens, if that is hopeless.
func (s *Sandbox) listens(ctx context.Context) (Kind, bool) {
	sockets, err := s.Sockets(ctx)
	if err != nil {
		return 0, false
	}
	loopback := false
	for _, k := range sockets {
		if k.Port != s.Spec.Port {
			continue
		}
		if !k.Loopback() {
			return 0, false
		}
		loopback = true
	}
	return LoopbackOnly, loopback
}

func (s *Sandbox) timedOut(ctx context.Context, within time.Duration, seen string) error {
	if ctx.Err() != nil {
		return asBroken("wait for app", context.Cause(ctx))
	}
	state, err := s.ownState(ctx)
	if err != nil {
		return err
	}
	if state.Restarts > 0 {
		return s.startFailure(ctx, Restarted, within, seen)
	}
	if !state.Running {
		return s.startFailure(ctx, Exited, within, seen)
	}
	sockets, err := s.Sockets(ctx)
	if err != nil {
		return err
	}
	kind := NotListening
	for _, k := range sockets {
		switch {
		case k.Port != s.Spec.Port:
			kind = max(kind, OtherPort)
		case k.Loopback():
			kind = max(kind, LoopbackOnly)
		default:
			kind = max(kind, NotReady)
		}
	}
	return s.startFailure(ctx, kind, within, seen)
}

// WaitExit waits until the app has ended and gives its state. The error wraps
// [context.DeadlineExceeded] when it is still running at the end of the time.
func (s *Sandbox) WaitExit(ctx context.Context, within time.Duration) (State, error) {
	waitCtx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	if s.refused == nil {
		done := s.pool.options.Engine.Client.ContainerWait(waitCtx, s.id(), client.ContainerWaitOptions{Condition: container.WaitConditionNotRunning})
		select {
		case <-done.Result:
		case err := <-done.Error:
			if ctx.Err() != nil {
				return State{}, asBroken("wait for exit", context.Cause(ctx))
			}
			if waitCtx.Err() == nil {
				return State{}, asBroken("wait for exit", err)
			}
			return State{Running: true}, fmt.Errorf("the app is still running after %s: %w", within, context.DeadlineExceeded)
		}
	}
	state, err := s.State(ctx)
	return state, errors.Join(err, s.helperFailure(ctx, state))
}

// Signal sends a signal to the app's first process, by name, such as "SIGTERM";
// with replicas, to each of them.
func (s *Sandbox) Signal(ctx context.Context, name string) error {
	for _, one := range s.instances() {
		if err := one.SignalOne(ctx, name); err != nil {
			return err
		}
	}
	return nil
}

// SignalOne sends a signal to this instance of the app alone.
func (s *Sandbox) SignalOne(ctx context.Context, name string) error {
	if name == "SIGKILL" {
		s.killed.Store(true)
	}
	_, err := s.pool.options.Engine.Client.ContainerKill(ctx, s.id(), client.ContainerKillOptions{Signal: name})
	if err != nil {
		return fmt.Errorf("send %s to the app: %w", name, err)
	}
	return nil
}

// SetRedis puts Redis into a state while the app runs; d is how long for the
// states that take a time.
func (s *Sandbox) SetRedis(ctx context.Context, state deployment.Service, d time.Duration) error {
	return orBroken("set redis", s.slot.setRedis(ctx, state, d))
}

// StopRedis makes Redis refuse connections.
func (s *Sandbox) StopRedis(ctx context.Context) error { return s.SetRedis(ctx, deployment.Down, 0) }

// StartRedis makes Redis answer again, whatever its state is; one that was stopped
// comes back empty.
func (s *Sandbox) StartRedis(ctx context.Context) error { return s.SetRedis(ctx, deployment.Up, 0) }

// RestartRedis kills Redis and starts it at once, without its data.
func (s *Sandbox) RestartRedis(ctx context.Context) error {
	return orBroken("restart redis", s.slot.restartRedis(ctx))
}

// CutRedis cuts every connection to Redis that there is; new ones can be made.
func (s *Sandbox) CutRedis(ctx context.Context) error {
	return orBroken("cut connections to redis", s.slot.cutRedis(ctx))
}

// SpoilRedis changes what is wrong with the connections to Redis, those that the
// app has included. The app must have been launched with a [deployment.Link] that
// is not zero: Relayed is enough.
func (s *Sandbox) SpoilRedis(ctx context.Context, link deployment.Link) error {
	if s.slot.rds.toxiproxy == nil {
		return &Broken{Doing: "spoil connections to redis", Err: errors.New("the app was not launched with its connections relayed")}
	}
	return orBroken("spoil connections to redis", s.slot.spoilLink(ctx, link))
}

func orBroken(doing string, err error) error {
	if err == nil {
		return nil
	}
	return asBroken(doing, err)
}

// failureGrace bounds what is asked of the engine about a failed start, when the
// caller's own time is over.
const failureGrace = 10 * time.Second

// startFailure gathers what is known about an app that is not ready. An app in a
// slot that is damaged is not blamed.
func (s *Sandbox) startFailure(ctx context.Context, kind Kind, within time.Duration, seen string) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), failureGrace)
	defer cancel()
	if err := s.slot.damage(ctx); err != nil {
		return asBroken("wait for app", err)
	}
	f := &StartFailure{Replica: s.number, Kind: kind, Within: within, Seen: seen, Body: s.lastBody, Port: s.Spec.Port, Spec: s.Spec}
	if s.refused != nil {
		f.Engine = s.refused.Error()
	}
	var errs []error
	var err error
	f.State, err = s.ownState(ctx)
	errs = append(errs, err, s.helperFailure(ctx, f.State))
	if kind != Refused {
		f.Log, err = s.ownLogs(ctx)
		errs = append(errs, err)
	}
	if f.State.Running {
		f.Sockets, err = s.Sockets(ctx)
		errs = append(errs, err)
	}
	if err := errors.Join(errs...); err != nil {
		return asBroken("look at failed app", err)
	}
	return f
}
