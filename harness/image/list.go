package image

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/moby/moby/client"
	"golang.org/x/sync/errgroup"

	"github.com/seatrial/seatrial/harness/image/debian"
)

// Item is an image of ours: on the engine, in the cache, or both.
type Item struct {
	Name     string
	Kind     string // "base", "app", "helper", "pulled"; "saved" for layers kept of a base of the engine
	ID       string // on the engine; "" if it is only in the cache
	Size     int64  // bytes
	Created  time.Time
	Path     string // in the cache; "" if it is only on the engine
	Packages string // what it was put together from, a package a line
}

// List gives every image of ours, sorted by name.
func (s *Store) List(ctx context.Context) ([]Item, error) {
	all, err := s.client.ImageList(ctx, client.ImageListOptions{})
	if err != nil {
		return nil, fmt.Errorf("list images: %w", err)
	}
	byName := map[string]*Item{}
	for _, img := range all.Items {
		for _, name := range img.RepoTags {
			kind := img.Labels[LabelKind]
			if strings.HasPrefix(name, Prefix+"pulled/") {
				kind = "pulled"
			}
			if strings.HasPrefix(name, Prefix) && kind != "" {
				byName[name] = &Item{Name: name, Kind: kind, ID: img.ID, Size: img.Size, Created: time.Unix(img.Created, 0).UTC()}
			}
		}
	}
	dirs, err := filepath.Glob(filepath.Join(s.basesDir(), "*"))
	if err != nil {
		return nil, fmt.Errorf("list images: %w", err)
	}
	for _, dir := range dirs {
		c, err := readCached(dir)
		if err != nil {
			continue // being written, or damaged: Remove without names clears it
		}
		recipe, hash, _ := cutLast(filepath.Base(dir), "-")
		short, _, _ := cutLast(recipe, "-")
		name := Prefix + short + ":" + hash
		item := byName[name]
		if item == nil {
			item = &Item{Name: name, Kind: "base", Size: c.layers[0].size, Created: c.config.Created.Time}
			byName[name] = item
		}
		item.Path = dir
		packages, err := os.ReadFile(filepath.Join(dir, cachedPackages))
		if err == nil {
			item.Packages = string(packages)
		}
	}
	saved, err := filepath.Glob(filepath.Join(s.config.CacheDir, "saved", "*.tar"))
	if err != nil {
		return nil, fmt.Errorf("list images: %w", err)
	}
	for _, file := range saved {
		if fi, err := os.Stat(file); err == nil {
			name := strings.TrimSuffix(filepath.Base(file), ".tar")
			byName[name] = &Item{Name: name, Kind: "saved", Size: fi.Size(), Created: fi.ModTime(), Path: file}
		}
	}
	var out []Item
	for _, i := range byName {
		out = append(out, *i)
	}
	slices.SortFunc(out, func(a, b Item) int { return strings.Compare(a.Name, b.Name) })
	return out, nil
}

func cutLast(s, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}

// Remove deletes images of ours from the engine and the cache: those with the
// names given ("redis", or a full name), or without any name all of them and the
// downloaded packages, too. Images that containers use stay, and are reported.
func (s *Store) Remove(ctx context.Context, names ...string) ([]Item, error) {
	items, err := s.List(ctx)
	if err != nil {
		return nil, err
	}
	var removed []Item
	var errs []error
	for _, i := range items {
		if len(names) > 0 && !slices.ContainsFunc(names, func(n string) bool { return i.is(n) }) {
			continue
		}
		if err := s.removeItem(ctx, i); err != nil {
			errs = append(errs, fmt.Errorf("remove %s: %w", i.Name, err))
			continue
		}
		removed = append(removed, i)
	}
	if len(names) == 0 {
		for _, dir := range []string{"saved", "bases"} {
			errs = append(errs, os.RemoveAll(filepath.Join(s.config.CacheDir, dir)))
		}
		errs = append(errs, debian.Clean(s.config.CacheDir))
	}
	s.forget()
	return removed, errors.Join(errs...)
}

// is says whether the item goes by the name given.
func (i Item) is(name string) bool {
	return i.Name == name || strings.HasPrefix(i.Name, Prefix+name+":") || strings.HasPrefix(i.Name, Prefix+"pulled/"+name+":")
}

func (s *Store) removeItem(ctx context.Context, i Item) error {
	if i.ID != "" {
		// By name: an image with another tag, too, only loses ours.
		if _, err := s.client.ImageRemove(ctx, i.Name, client.ImageRemoveOptions{PruneChildren: true}); err != nil {
			return err
		}
	}
	if i.Path != "" {
		return os.RemoveAll(i.Path)
	}
	return nil
}

// forget drops what was remembered of images, so that they are looked for again.
func (s *Store) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.refs)
	clear(s.bases)
	clear(s.dead)
}

// Fetch gets the bases and services with the names given, for the engine's own
// architecture; without any name all of them. The result has them in order; the
// error joins what could not be had.
func (s *Store) Fetch(ctx context.Context, names ...string) ([]Ref, error) {
	if len(names) == 0 {
		names = Names()
	}
	facts, err := s.facts(ctx)
	if err != nil {
		return nil, err
	}
	refs, errs := make([]Ref, len(names)), make([]error, len(names))
	var group errgroup.Group
	group.SetLimit(2)
	for i, name := range names {
		group.Go(func() error {
			refs[i], errs[i] = s.get(ctx, name, recipes()[name].kind, facts.arch)
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	got := slices.DeleteFunc(refs, func(r Ref) bool { return r.Name == "" })
	return got, errors.Join(errs...)
}
