package image

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/moby/moby/api/types/jsonstream"
	"github.com/moby/moby/client"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
)

// Waits of a pull. The engine itself retries for minutes; here another place may
// have the image.
const (
	pullStall   = 8 * time.Second // without progress of a download
	unpackStall = 8               // times as long while the engine unpacks, which it reports rarely
)

// pullAny pulls the first reference that can be had.
func (s *Store) pullAny(refs []reference) func(context.Context, recipe) (Ref, error) {
	return func(ctx context.Context, r recipe) (Ref, error) {
		if len(refs) == 0 {
			return Ref{}, errNotTried
		}
		if s.config.Offline {
			return Ref{}, errors.New("not asked: images.offline is set")
		}
		var causes []string
		for _, candidate := range refs {
			if err := s.isDead(candidate.registry); err != nil {
				causes = append(causes, fmt.Sprintf("%s: its registry failed before: %v", candidate.name, err))
				continue
			}
			start := time.Now()
			s.config.Progress("pulling " + candidate.name)
			ref, err := s.pull(ctx, candidate.name, r)
			if err == nil {
				ref.Source = FromRegistry
				ref.Detail = fmt.Sprintf("%s, pulled in %s", candidate.name, took(start))
				return ref, nil
			}
			if ctx.Err() != nil || isEngineDown(err) {
				return Ref{}, err
			}
			causes = append(causes, fmt.Sprintf("%s: %v (after %s)", candidate.name, err, took(start)))
			if isUnreachable(err) {
				s.mu.Lock()
				s.dead[candidate.registry] = err
				s.mu.Unlock()
			}
		}
		return Ref{}, errors.New(strings.Join(causes, "\n"))
	}
}

func (s *Store) isDead(registry string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.dead[registry]
}

var errStalled = errors.New("no progress")

// isUnreachable tells a registry that does not work from one that works but does
// not have the image. Engines hand the cause on as text only.
func isUnreachable(err error) bool {
	if errors.Is(err, errStalled) {
		return true
	}
	text := err.Error()
	for _, s := range []string{"no such host", "connection refused", "timeout", "Timeout", "unreachable", "no route to host",
		"x509:", "tls:", "server gave HTTP response", "deadline exceeded", "server misbehaving", "Temporary failure in name resolution"} {
		if strings.Contains(text, s) {
			return true
		}
	}
	return false
}

// pull has the engine pull name and describes what it got. An image for another
// architecture than the engine's gets a name of our own, and a tag that it moved
// is put back: the user's "debian:bookworm-slim" stays what it was.
func (s *Store) pull(ctx context.Context, name string, r recipe) (Ref, error) {
	facts, err := s.facts(ctx)
	if err != nil {
		return Ref{}, err
	}
	var options client.ImagePullOptions
	if r.Arch == facts.arch {
		if err := s.pullWatched(ctx, name, options); err != nil {
			return Ref{}, err
		}
		return s.inspect(ctx, name, r.Arch)
	}
	options.Platforms = []ocispec.Platform{{OS: "linux", Architecture: r.Arch}}
	before, err := s.client.ImageInspect(ctx, name)
	had := err == nil
	if err := s.pullWatched(ctx, name, options); err != nil {
		return Ref{}, err
	}
	own := pulledName(name, r)
	if _, err := s.client.ImageTag(ctx, client.ImageTagOptions{Source: name, Target: own}); err != nil {
		return Ref{}, fmt.Errorf("name what was pulled: %w", err)
	}
	if had {
		if _, err := s.client.ImageTag(ctx, client.ImageTagOptions{Source: before.ID, Target: name}); err != nil {
			return Ref{}, fmt.Errorf("put the tag back: %w", err)
		}
	}
	return s.inspect(ctx, own, r.Arch)
}

// pulledName is our name for a registry's image of a foreign architecture.
func pulledName(name string, r recipe) string {
	return Prefix + "pulled/" + r.Name + ":" + shortHash(name, r.Arch)
}

// pullWatched pulls and gives up when nothing moves.
func (s *Store) pullWatched(ctx context.Context, name string, options client.ImagePullOptions) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	w := &pullWatch{best: map[string]int64{}, wait: s.stall, stalled: func(d time.Duration) {
		cancel(fmt.Errorf("%w for %v", errStalled, d))
	}}
	w.start(s.stall)
	defer w.stop()
	err := s.pullMessages(ctx, name, options, w)
	if err != nil {
		if cause := context.Cause(ctx); errors.Is(cause, errStalled) {
			if note := w.note(); note != "" {
				return fmt.Errorf("%w; the engine last said: %s", cause, note)
			}
			return cause
		}
	}
	return err
}

func (s *Store) pullMessages(ctx context.Context, name string, options client.ImagePullOptions, w *pullWatch) error {
	resp, err := s.client.ImagePull(ctx, name, options)
	if err != nil {
		return err
	}
	defer resp.Close()
	for m, err := range resp.JSONMessages(ctx) {
		if err != nil {
			return err
		}
		if m.Error != nil {
			return m.Error
		}
		w.see(m)
	}
	return ctx.Err()
}

// pullWatch cancels a pull that makes no progress. The engine's messages do not
// all mean progress: it repeats "Retrying in 3 seconds" for minutes.
type pullWatch struct {
	wait    time.Duration
	stalled func(time.Duration)

	mu    sync.Mutex
	timer *time.Timer
	best  map[string]int64 // the most that was seen, by layer and status
	text  string
}

func (w *pullWatch) start(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.timer != nil {
		w.timer.Stop()
	}
	w.timer = time.AfterFunc(d, func() { w.stalled(d) })
}

func (w *pullWatch) stop() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.timer.Stop()
}

func (w *pullWatch) note() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.text
}

// see takes in one message and starts the wait anew if it shows progress.
func (w *pullWatch) see(m jsonstream.Message) {
	var current int64
	if m.Progress != nil {
		current = m.Progress.Current
	}
	w.mu.Lock()
	w.text = strings.TrimSpace(m.ID + " " + m.Status)
	// A retry begins at zero again: only more than ever before is progress.
	key := m.ID + " " + m.Status
	best, known := w.best[key]
	w.best[key] = max(best, current)
	w.mu.Unlock()
	if known && current <= best || strings.HasPrefix(m.Status, "Retrying") || strings.HasPrefix(m.Status, "Waiting") {
		return
	}
	wait := w.wait
	switch m.Status {
	case "Extracting", "Verifying Checksum", "Download complete":
		wait *= unpackStall
	}
	w.start(wait)
}
