package sandbox

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/moby/moby/api/pkg/stdcopy"
	"github.com/moby/moby/client"

	"github.com/seatrial/seatrial/harness/deployment"
)

// The app's network namespace is altered from within, by the helper in the pod
// that owns it. The app shares the pod's routes and its resolv.conf.

// setNetwork takes away what the deployment's network lacks, until it is undone.
func (s *Slot) setNetwork(ctx context.Context, network deployment.Network) error {
	if network.NoDNS {
		if err := s.alterPod(ctx, "no-dns", "dns"); err != nil {
			return err
		}
	}
	if network.NoEgress {
		if s.bound.IsUnspecified() {
			// Without its route, the app could not answer us either.
			return errors.New("take the way out: this engine's ports are not reached over its own loopback address, so that the app could not be reached either")
		}
		if err := s.alterPod(ctx, "no-egress", "egress"); err != nil {
			return err
		}
	}
	if network.PortTaken {
		return s.takePort(ctx, s.pool.options.AppPort)
	}
	return nil
}

// alterPod runs a command of the helper in the app's pods, and the other one when
// it is undone. The command prints what the other one needs to know.
func (s *Slot) alterPod(ctx context.Context, alter, restore string) error {
	for _, pod := range s.appPods() {
		if err := s.alterOne(ctx, pod.GetContainerID(), alter, restore); err != nil {
			return err
		}
	}
	return nil
}

func (s *Slot) alterOne(ctx context.Context, id, alter, restore string) error {
	before, err := s.ask(ctx, id, "/helper", alter)
	if err != nil {
		return fmt.Errorf("alter network (%s): %w", alter, err)
	}
	s.undo = append(s.undo, func(ctx context.Context) error {
		if _, err := s.ask(ctx, id, "/helper", restore, string(before)); err != nil {
			return fmt.Errorf("restore network (%s): %w", restore, err)
		}
		return nil
	})
	return nil
}

// takePort lets the helper listen on the port as long as this process keeps its
// standard input open.
func (s *Slot) takePort(ctx context.Context, port int) error {
	api := s.pool.options.Engine.Client
	created, err := api.ExecCreate(ctx, s.appPod.GetContainerID(), client.ExecCreateOptions{
		Cmd: []string{"/helper", "listen", strconv.Itoa(port)}, AttachStdin: true, AttachStdout: true, AttachStderr: true,
	})
	if err != nil {
		return fmt.Errorf("take port: %w", err)
	}
	attached, err := api.ExecAttach(context.WithoutCancel(ctx), created.ID, client.ExecAttachOptions{})
	if err != nil {
		return fmt.Errorf("take port: %w", err)
	}
	out, in := io.Pipe()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_, err := stdcopy.StdCopy(in, in, attached.Reader)
		in.CloseWithError(err)
	}()
	s.undo = append(s.undo, func(ctx context.Context) error {
		defer attached.Close()
		if err := attached.CloseWrite(); err != nil {
			return fmt.Errorf("give port back: %w", err)
		}
		go func() { _, _ = io.Copy(io.Discard, out) }() // nothing that it says may keep it
		select {
		case <-ended:
			return nil
		case <-ctx.Done():
			return fmt.Errorf("give port back: %w", context.Cause(ctx))
		}
	})
	said, err := bufio.NewReader(out).ReadString('\n')
	if err != nil || !strings.HasPrefix(said, "listening") {
		return fmt.Errorf("take port %d: the helper says %q: %w", port, strings.TrimSpace(said), err)
	}
	return nil
}

// prepare makes the slot what the deployment wants beside and around the app; nginx
// comes later, see [Slot.setProxy].
func (s *Slot) prepare(ctx context.Context, spec deployment.Spec) error {
	if err := s.prepareRedis(ctx, spec); err != nil {
		return err
	}
	if spec.Replicas > 1 {
		if err := s.makeTwin(ctx); err != nil {
			return fmt.Errorf("make second replica: %w", err)
		}
	}
	return s.setNetwork(ctx, spec.Network)
}
