package sandbox

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/seatrial/seatrial/harness/evidence"
)

// Depth is how much evidence is collected.
type Depth int

const (
	// Brief is what is at hand at little cost: for scenarios that passed.
	Brief Depth = iota
	// Whole adds what has to be asked of the engine, of Redis and of the app's
	// container: for those that did not.
	Whole
)

// Look says what evidence is collected.
type Look struct {
	Depth Depth
	// Ready is the path on which the app says that it is ready; it is asked
	// again on both roads.
	Ready string
	// Hints are paths that matter to the app besides those that the deployment,
	// the image and the log name.
	Hints []Hint
}

// collectWithin bounds the collecting of one bundle. It takes less than a second
// as a rule; an engine that hangs must not keep anybody.
const collectWithin = 12 * time.Second

// Collect writes what is known of the app and the services beside it into a
// bundle. Something that cannot be had is noted there as missing and does not
// keep the rest from being collected; the errors are returned together.
func (s *Sandbox) Collect(ctx context.Context, w *evidence.Writer, look Look) error {
	ctx, cancel := context.WithTimeoutCause(ctx, collectWithin, fmt.Errorf("not to be had within %s", collectWithin))
	defer cancel()
	c := &collector{s: s, w: w, look: look}
	c.put(evidence.SpecFile, func() error { return w.JSON(evidence.SpecFile, s.Spec) })
	c.put(evidence.ImageFile, func() error { return c.image(ctx) })
	c.put(evidence.StateFile, func() (err error) {
		if c.state, err = s.State(ctx); err != nil {
			return err
		}
		return w.JSON(evidence.StateFile, c.state)
	})
	c.put(evidence.StdoutLog, func() error { return c.logs(ctx) })
	if look.Depth == Whole {
		c.sideBySide(ctx,
			part{c.diff, []string{evidence.DiffFile}},
			part{c.sockets, []string{evidence.SocketsFile}},
			part{c.inside, []string{evidence.ProcessesFile, evidence.MountsFile, evidence.LimitsFile, evidence.PathsFile}},
			part{c.redis, []string{evidence.RedisInfoFile, evidence.RedisACLFile}},
			part{c.services, []string{evidence.RedisLog, evidence.NginxConfFile}},
			part{c.probe, []string{evidence.NginxLog}},
		)
	}
	c.put(evidence.HTTPFile, func() error { return evidence.JSONLines(w, evidence.HTTPFile, s.Exchanges()) })
	return errors.Join(c.errs...)
}

// collector is one call of Collect.
type collector struct {
	s     *Sandbox
	w     *evidence.Writer
	look  Look
	state State
	log   []LogLine

	mu   sync.Mutex
	errs []error
}

// put collects one file; why it is missing is noted.
func (c *collector) put(name string, collect func() error) {
	if err := collect(); err != nil {
		c.missing(name, err)
	}
}

func (c *collector) missing(name string, err error) {
	c.w.Missing(name, err)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.errs = append(c.errs, err)
}

// part collects some files. It notes itself what it cannot have.
type part struct {
	collect func(context.Context)
	files   []string
}

// sideBySide collects parts at the same time. It does not wait for one that does
// not heed the end of ctx.
func (c *collector) sideBySide(ctx context.Context, parts ...part) {
	done := make([]chan struct{}, len(parts))
	for i, p := range parts {
		done[i] = make(chan struct{})
		go func() {
			defer close(done[i])
			p.collect(ctx)
		}()
	}
	for i, p := range parts {
		select {
		case <-done[i]:
			continue
		case <-ctx.Done():
		}
		select { // what heeds it gets the time to say what it lacks
		case <-done[i]:
		case <-time.After(time.Second):
			for _, name := range p.files {
				c.missing(name, context.Cause(ctx))
			}
		}
	}
}

// Exchanges lists the requests that were made, in order.
func (s *Sandbox) Exchanges() []Exchange {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.exchanges)
}

// logs writes what the app wrote, by stream and, for the whole evidence, by time.
func (c *collector) logs(ctx context.Context) (err error) {
	if c.log, err = c.s.Logs(ctx); err != nil {
		return err
	}
	texts := map[Stream][]string{}
	var byTime []evidence.LogLine
	for _, line := range c.log {
		texts[line.Stream] = append(texts[line.Stream], line.Text)
		byTime = append(byTime, evidence.LogLine{Time: line.Time, Stream: string(line.Stream), Line: len(texts[line.Stream]), Text: line.Text})
	}
	errs := []error{
		c.w.Lines(evidence.StdoutLog, texts[Stdout]),
		c.w.Lines(evidence.StderrLog, texts[Stderr]),
	}
	if c.look.Depth == Whole {
		errs = append(errs, evidence.JSONLines(c.w, evidence.LogFile, byTime))
	}
	return errors.Join(errs...)
}

func (c *collector) diff(ctx context.Context) {
	c.put(evidence.DiffFile, func() error {
		changes, err := c.s.Changes(ctx)
		if err != nil {
			return err
		}
		return c.w.JSON(evidence.DiffFile, changes)
	})
}

// sockets of an app that has ended there are none.
func (c *collector) sockets(ctx context.Context) {
	if !c.state.Running {
		return
	}
	c.put(evidence.SocketsFile, func() error {
		sockets, err := c.s.Sockets(ctx)
		if err != nil {
			return err
		}
		return c.w.JSON(evidence.SocketsFile, sockets)
	})
}
