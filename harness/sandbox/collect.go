package sandbox

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/seatrial/seatrial/harness/evidence"
)

// Depth is how much evidence is collected.
type Depth int

const (
	// Brief is what is at hand at little cost: for scenarios that passed.
	Brief Depth = iota
	// Whole adds what has to be asked of the engine: for those that did not.
	Whole
)

// Collect writes what is known of the app and the services beside it into a
// bundle. Something that cannot be had is noted there as missing and does not
// keep the rest from being collected; the errors are returned together.
func (s *Sandbox) Collect(ctx context.Context, w *evidence.Writer, depth Depth) error {
	var errs []error
	put := func(name string, collect func() error) {
		if err := collect(); err != nil {
			w.Missing(name, err)
			errs = append(errs, err)
		}
	}
	put(evidence.SpecFile, func() error { return w.JSON(evidence.SpecFile, s.Spec) })
	put(evidence.ImageFile, func() error { return w.JSON(evidence.ImageFile, s.Image) })
	state, err := s.State(ctx)
	put(evidence.StateFile, func() error {
		if err != nil {
			return err
		}
		return w.JSON(evidence.StateFile, state)
	})
	put(evidence.StdoutLog, func() error { return s.collectLogs(ctx, w) })
	put(evidence.HTTPFile, func() error { return evidence.JSONLines(w, evidence.HTTPFile, s.Exchanges()) })
	if depth == Brief {
		return errors.Join(errs...)
	}
	put(evidence.DiffFile, func() error {
		changes, err := s.Changes(ctx)
		if err != nil {
			return err
		}
		return w.JSON(evidence.DiffFile, changes)
	})
	if state.Running {
		put(evidence.SocketsFile, func() error {
			sockets, err := s.Sockets(ctx)
			if err != nil {
				return err
			}
			return w.JSON(evidence.SocketsFile, sockets)
		})
	}
	put(evidence.RedisLog, func() error {
		return s.collectService(ctx, w, evidence.RedisLog, s.slot.redis.GetContainerID(), state.Created)
	})
	put(evidence.NginxLog, func() error {
		return s.collectService(ctx, w, evidence.NginxLog, s.slot.nginx.GetContainerID(), state.Created)
	})
	return errors.Join(errs...)
}

// Exchanges lists the requests that were made, in order.
func (s *Sandbox) Exchanges() []Exchange {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.exchanges)
}

func (s *Sandbox) collectLogs(ctx context.Context, w *evidence.Writer) error {
	lines, err := s.Logs(ctx)
	if err != nil {
		return err
	}
	texts := map[Stream][]string{}
	for _, line := range lines {
		texts[line.Stream] = append(texts[line.Stream], line.Text)
	}
	return errors.Join(
		w.Lines(evidence.StdoutLog, texts[Stdout]),
		w.Lines(evidence.StderrLog, texts[Stderr]),
	)
}

// collectService writes a service's log since this sandbox's container was made:
// the slot has served others before.
func (s *Sandbox) collectService(ctx context.Context, w *evidence.Writer, name, id string, since time.Time) error {
	lines, err := readLogs(ctx, s.pool.options.Engine.Client, id)
	if err != nil {
		return err
	}
	var texts []string
	for _, line := range linesSince(lines, since) {
		texts = append(texts, line.Text)
	}
	return w.Lines(name, texts)
}

// linesSince leaves out what was written before; both times are of the engine's
// clock.
func linesSince(lines []LogLine, since time.Time) []LogLine {
	var list []LogLine
	for _, line := range lines {
		from := since
		if line.Time.Nanosecond() == 0 { // Podman's times are whole seconds
			from = since.Truncate(time.Second)
		}
		if !line.Time.Before(from) {
			list = append(list, line)
		}
	}
	return list
}
