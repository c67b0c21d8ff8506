package image

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/moby/moby/client"
	"golang.org/x/sync/singleflight"

	"github.com/seatrial/seatrial/harness/image/debian"
)

// Config says where images may come from.
type Config struct {
	// Registries are prefixes to pull from, tried in order before the engine's
	// default registry: "mirror.example/prefix".
	Registries []string
	// Pull names the reference to look for on the engine and in the registries
	// instead of the usual one, by name: {"redis": "redis:7.2"}.
	Pull    map[string]string
	Offline bool // never pull; packages may still be downloaded
	Debian  DebianConfig
	// CacheDir is kept between runs; empty: "seatrial" in the user's cache.
	CacheDir string
	// Labels gives the labels of what belongs to this run; nil: only the kind.
	Labels   func(kind string) map[string]string
	Progress func(string) // told in one line what is going on; may be nil
}

// DebianConfig says where Debian packages come from.
type DebianConfig struct {
	Mirror        string // base URL, or several by spaces; empty: the host's apt sources
	Suite         string // empty: [DefaultSuite]
	Keyring       string // empty: the host's
	AllowUnsigned bool
}

// DefaultSuite is the Debian release that bases and services are made of.
const DefaultSuite = "bookworm"

// LabelKind is the label that says what an image of ours is: "base", "app" or
// "helper".
const LabelKind = "io.seatrial.kind"

// Prefix begins the name of every image made here.
const Prefix = "localhost/seatrial/"

// The sources of a [Ref].
const (
	FromEngine    = "engine"
	FromRegistry  = "registry"
	FromAssembled = "assembled"
)

// Ref is an image that is on the engine.
type Ref struct {
	Name   string // what containers are created from
	ID     string
	Digest string // of the manifest where a registry gave one, else the ID
	Source string // FromEngine, FromRegistry or FromAssembled
	Detail string // one line for the report: the reference, or the packages
	Base   string // what an app image was put on: "scratch"
	Size   int64  // bytes, as the engine counts
	Took   time.Duration
}

// Store gets images for one engine. Safe for concurrent use: what is asked for
// twice is made once.
type Store struct {
	client *client.Client
	config Config
	stall  time.Duration // how long a pull may make no progress

	flight singleflight.Group
	mu     sync.Mutex
	refs   map[string]Ref             // bases and services by name/arch, apps by name
	bases  map[string]*content        // by image ID
	layers map[string]*layer          // binaries by path, time and target
	dead   map[string]error           // registries that cannot be reached
	suites map[string]*debian.Archive // by suite/arch
	engine engineFacts
	made   map[string]madeImage // app images by name
	files  map[string]listed    // what they hold
}

// New makes a store. Nothing is touched before the first request.
func New(c *client.Client, cfg Config) *Store {
	if cfg.Progress == nil {
		cfg.Progress = func(string) {}
	}
	if cfg.Labels == nil {
		cfg.Labels = func(kind string) map[string]string { return map[string]string{LabelKind: kind} }
	}
	if cfg.Debian.Suite == "" {
		cfg.Debian.Suite = DefaultSuite
	}
	if cfg.CacheDir == "" {
		dir, err := os.UserCacheDir()
		if err != nil {
			dir = os.TempDir()
		}
		cfg.CacheDir = filepath.Join(dir, "seatrial")
	}
	return &Store{
		client: c, config: cfg, stall: pullStall, refs: map[string]Ref{}, bases: map[string]*content{}, layers: map[string]*layer{},
		dead: map[string]error{}, suites: map[string]*debian.Archive{},
		made: map[string]madeImage{}, files: map[string]listed{},
	}
}

// Service gets the image of a service for the engine's own architecture: "redis"
// or "nginx". The images of registries and those made here differ in entrypoint
// and user; start them with an explicit command, like
//
//	redis-server --protected-mode no --save ""
//	nginx -c /etc/nginx/nginx.conf -g "daemon off;"
func (s *Store) Service(ctx context.Context, name string) (Ref, error) {
	facts, err := s.facts(ctx)
	if err != nil {
		return Ref{}, err
	}
	return s.get(ctx, name, kindService, facts.arch)
}

// Base gets what a binary for goarch is put on: "scratch", "debian",
// "debian-bullseye" or "musl".
func (s *Store) Base(ctx context.Context, name, goarch string) (Ref, error) {
	return s.get(ctx, name, kindBase, goarch)
}

func (s *Store) get(ctx context.Context, name, kind, goarch string) (Ref, error) {
	r, err := s.recipe(name, goarch)
	if err == nil && r.kind != kind {
		err = fmt.Errorf("%s is a %s, not a %s", name, r.kind, kind)
	}
	if err != nil {
		return Ref{}, fmt.Errorf("get image: %w", err)
	}
	return s.once(ctx, name+"/"+goarch, func(ctx context.Context) (Ref, error) { return s.obtain(ctx, r) })
}

// once remembers what make gave for key; callers at the same time share one
// call. An error is not remembered.
func (s *Store) once(ctx context.Context, key string, make func(context.Context) (Ref, error)) (Ref, error) {
	s.mu.Lock()
	ref, ok := s.refs[key]
	s.mu.Unlock()
	if ok {
		return ref, nil
	}
	result := s.flight.DoChan(key, func() (any, error) {
		start := time.Now()
		ref, err := make(ctx)
		if err != nil {
			return Ref{}, err
		}
		ref.Took = time.Since(start)
		s.mu.Lock()
		defer s.mu.Unlock()
		s.refs[key] = ref
		return ref, nil
	})
	select {
	case <-ctx.Done():
		return Ref{}, fmt.Errorf("get image %s: %w", key, context.Cause(ctx))
	case r := <-result:
		if r.Err != nil && r.Shared && errors.Is(r.Err, context.Canceled) && ctx.Err() == nil {
			// The caller who did the work gave up; this one has not.
			return s.once(ctx, key, make)
		}
		return r.Val.(Ref), r.Err
	}
}

// obtain looks for the image in the order of the package comment. What we made
// before comes first, except when the configuration names a reference: then that
// is wanted, and ours only takes its place.
func (s *Store) obtain(ctx context.Context, r recipe) (Ref, error) {
	refs := s.references(r)
	own := []way{{"made here earlier", s.ownOnEngine}, {"in the cache on disk", s.ownOnDisk}}
	ways := []way{{"on the engine", s.onEngine(refs)}, {"from a registry", s.pullAny(refs)}}
	if _, named := s.config.Pull[r.Name]; named {
		ways = append(ways, own...)
	} else {
		ways = []way{own[0], ways[0], own[1], ways[1]}
	}
	ways = append(ways, way{"from Debian packages", s.assemble})
	if r.Name == "scratch" {
		ways = append(ways, way{"from this host's certificates and time zones", s.assembleFromHost})
	}
	var tried []string
	for _, w := range ways {
		ref, err := w.try(ctx, r)
		if err == nil {
			return ref, nil
		}
		if ctx.Err() != nil {
			return Ref{}, fmt.Errorf("get image %s %s: %w", r.Name, w.name, errors.Join(context.Cause(ctx), err))
		}
		if isEngineDown(err) {
			return Ref{}, fmt.Errorf("get image %s: ask the engine: %w", r.Name, err)
		}
		if !errors.Is(err, errNotTried) {
			tried = append(tried, "  "+w.name+": "+strings.ReplaceAll(err.Error(), "\n", "\n    "))
		}
	}
	return Ref{}, fmt.Errorf("get image %s for %s: it is nowhere to be had\n%s\n  what to do: %s",
		r.Name, r.Arch, strings.Join(tried, "\n"), s.advice(refs))
}

// way is one place to look.
type way struct {
	name string
	try  func(context.Context, recipe) (Ref, error)
}

// errNotTried is given by a way that does not apply, or found nothing where
// nothing needed to be: not worth a line.
var errNotTried = errors.New("not tried")

func (s *Store) advice(refs []reference) string {
	var ways []string
	if len(refs) > 0 {
		ways = append(ways, "load "+refs[len(refs)-1].name+" into the engine")
	}
	if s.config.Offline {
		ways = append(ways, "turn images.offline off")
	}
	if len(refs) > 0 {
		ways = append(ways, "name a registry that can be reached in images.registries")
	}
	return strings.Join(append(ways, "name a Debian mirror that can be reached in images.debian.mirror"), ", or ")
}
