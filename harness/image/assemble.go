package image

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/seatrial/seatrial/harness/image/debian"
)

// The files of an image in the cache, each in bases/NAME-ARCH-HASH.
const (
	cachedLayer    = "layer.tar"
	cachedConfig   = "config.json"
	cachedPackages = "packages.txt" // name, version, architecture, SHA256 a line
)

func (s *Store) basesDir() string { return filepath.Join(s.config.CacheDir, "bases") }

func (s *Store) dirOf(r recipe) string {
	return filepath.Join(s.basesDir(), r.Name+"-"+r.Arch+"-"+r.key())
}

// ownOnDisk loads what an earlier run put together.
func (s *Store) ownOnDisk(ctx context.Context, r recipe) (Ref, error) {
	c, err := readCached(s.dirOf(r))
	if errors.Is(err, os.ErrNotExist) {
		return Ref{}, errNotTried
	}
	if err != nil {
		return Ref{}, err
	}
	start := time.Now()
	ref, err := s.loadBase(ctx, c, r)
	ref.Detail = fmt.Sprintf("put together earlier from Debian %s packages, loaded from the cache in %s", r.Suite, took(start))
	return ref, err
}

// assemble makes the image from packages and puts it into the cache and the
// engine.
func (s *Store) assemble(ctx context.Context, r recipe) (Ref, error) {
	start := time.Now()
	removeParts(s.config.CacheDir, start)
	archive, err := s.archive(ctx, r.Suite, r.Arch)
	if err != nil {
		return Ref{}, err
	}
	packages, err := archive.Resolve(r.Packages, r.Omit)
	if err != nil {
		return Ref{}, err
	}
	tree, err := archive.Unpack(ctx, packages, r.Drop)
	if err != nil {
		return Ref{}, err
	}
	if err := r.finish(tree); err != nil {
		return Ref{}, err
	}
	c, err := s.keep(r, tree, debian.Manifest(packages))
	if err != nil {
		return Ref{}, err
	}
	ref, err := s.loadBase(ctx, c, r)
	ref.Detail = fmt.Sprintf("put together from %d packages of %s in %s", len(packages), archive.Name(), took(start))
	if len(archive.Notes) > 0 {
		ref.Detail += "; " + strings.Join(archive.Notes, "; ")
	}
	return ref, err
}

// archive opens a suite once for each architecture.
func (s *Store) archive(ctx context.Context, suite, goarch string) (*debian.Archive, error) {
	key := suite + "/" + goarch
	s.mu.Lock()
	a := s.suites[key]
	s.mu.Unlock()
	if a != nil {
		return a, nil
	}
	v, err, _ := s.flight.Do("suite "+key, func() (any, error) {
		a, err := debian.Open(ctx, debian.Options{
			Mirrors: strings.Fields(s.config.Debian.Mirror), Suite: suite, Arch: debian.Arch(goarch),
			Keyring: s.config.Debian.Keyring, AllowUnsigned: s.config.Debian.AllowUnsigned,
			CacheDir: s.config.CacheDir, Progress: s.config.Progress,
		})
		if err == nil {
			s.mu.Lock()
			s.suites[key] = a
			s.mu.Unlock()
		}
		return a, err
	})
	if err != nil {
		return nil, err
	}
	return v.(*debian.Archive), nil
}

// partsKept is longer than anything takes to be written.
const partsKept = 24 * time.Hour

// removeParts removes what killed processes left half-written in the cache. What
// cannot be removed is in nobody's way.
func removeParts(cache string, now time.Time) {
	parts, _ := filepath.Glob(filepath.Join(cache, "*", ".part-*"))
	for _, part := range parts {
		if info, err := os.Stat(part); err == nil && now.Sub(info.ModTime()) > partsKept {
			_ = os.RemoveAll(part)
		}
	}
}

// keep writes the image into the cache. The directory appears under its name
// only when it is whole.
func (s *Store) keep(r recipe, tree *debian.Tree, packages string) (*content, error) {
	if err := os.MkdirAll(s.basesDir(), 0o755); err != nil {
		return nil, fmt.Errorf("keep image: %w", err)
	}
	tmp, err := os.MkdirTemp(s.basesDir(), ".part-")
	if err != nil {
		return nil, fmt.Errorf("keep image: %w", err)
	}
	defer os.RemoveAll(tmp)
	f, err := os.Create(filepath.Join(tmp, cachedLayer))
	if err != nil {
		return nil, fmt.Errorf("keep image: %w", err)
	}
	defer f.Close()
	sum := newSummer(f)
	if err := tree.WriteTar(sum); err != nil {
		return nil, fmt.Errorf("keep image: %w", err)
	}
	if err := f.Close(); err != nil {
		return nil, fmt.Errorf("keep image: %w", err)
	}
	config, err := json.Marshal(r.config(sum.hash(), tree.Epoch()))
	if err != nil {
		return nil, fmt.Errorf("keep image: %w", err)
	}
	for name, data := range map[string][]byte{cachedConfig: config, cachedPackages: []byte(packages)} {
		if err := os.WriteFile(filepath.Join(tmp, name), data, 0o644); err != nil {
			return nil, fmt.Errorf("keep image: %w", err)
		}
	}
	if err := os.Chmod(tmp, 0o755); err != nil {
		return nil, fmt.Errorf("keep image: %w", err)
	}
	dir := s.dirOf(r)
	if err := os.RemoveAll(dir); err != nil {
		return nil, fmt.Errorf("keep image: %w", err)
	}
	if err := os.Rename(tmp, dir); err != nil && !errors.Is(err, os.ErrExist) {
		return nil, fmt.Errorf("keep image: %w", err)
	}
	return readCached(dir)
}

// config is the image's configuration. It holds nothing of the run or the host,
// so that the same packages give the same image ID.
func (r recipe) config(diffID v1.Hash, created time.Time) *v1.ConfigFile {
	ports := map[string]struct{}{}
	for _, p := range r.Config.Ports {
		ports[p] = struct{}{}
	}
	cf := &v1.ConfigFile{
		Architecture: r.Arch, OS: "linux", Created: v1.Time{Time: created},
		RootFS:  v1.RootFS{Type: "layers", DiffIDs: []v1.Hash{diffID}},
		History: []v1.History{{Created: v1.Time{Time: created}, CreatedBy: "seatrial: " + r.Name + " from Debian " + r.Suite}},
		Config: v1.Config{
			User: r.Config.User, WorkingDir: r.Config.WorkDir, Cmd: r.Config.Cmd, Env: r.Config.Env,
			ExposedPorts: ports, StopSignal: r.Config.StopSignal, Labels: map[string]string{LabelKind: "base"},
		},
	}
	if r.Arch == "arm" {
		cf.Variant = "v7" // what Debian's armhf needs
	}
	return cf
}

// readCached opens an image in the cache.
func readCached(dir string) (*content, error) {
	raw, err := os.ReadFile(filepath.Join(dir, cachedConfig))
	if err != nil {
		return nil, fmt.Errorf("read cached image: %w", err)
	}
	var cf v1.ConfigFile
	if err := json.Unmarshal(raw, &cf); err != nil || len(cf.RootFS.DiffIDs) != 1 {
		return nil, fmt.Errorf("read cached image: %s is damaged; remove the directory: %w", dir, err)
	}
	file := filepath.Join(dir, cachedLayer)
	fi, err := os.Stat(file)
	if err != nil {
		return nil, fmt.Errorf("read cached image: %w", err)
	}
	return &content{config: cf, raw: raw, layers: []*layer{fileLayer(file, 0, fi.Size(), cf.RootFS.DiffIDs[0])}}, nil
}

// loadBase puts a base into the engine under its recipe's name.
func (s *Store) loadBase(ctx context.Context, c *content, r recipe) (Ref, error) {
	ref, err := s.load(ctx, archiveSpec{name: r.name(), config: c.raw, layers: c.layers}, r.Arch)
	if err != nil {
		return Ref{}, err
	}
	ref.Source = FromAssembled
	s.mu.Lock()
	s.bases[ref.ID] = c
	s.mu.Unlock()
	return ref, nil
}
