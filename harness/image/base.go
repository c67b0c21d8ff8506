package image

import (
	"archive/tar"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// content is what an image is made of.
type content struct {
	config v1.ConfigFile
	raw    []byte // the configuration as written; its hash is the image's ID
	layers []*layer

	once  sync.Once
	paths listing
	err   error
}

// content gives the layers of a base: from the cache if they were put together
// here, else saved from the engine, once for each image ID.
func (s *Store) content(ctx context.Context, ref Ref, r recipe) (*content, error) {
	s.mu.Lock()
	c := s.bases[ref.ID]
	s.mu.Unlock()
	if c != nil {
		return c, nil
	}
	if ref.Name == r.name() {
		if c, err := readCached(s.dirOf(r)); err == nil {
			return s.remember(ref.ID, c), nil
		}
	}
	_, hex, _ := strings.Cut(ref.ID, ":")
	file := filepath.Join(s.config.CacheDir, "saved", hex+".tar")
	if c, err := readArchive(file, r.Arch); err == nil {
		return s.remember(ref.ID, c), nil
	}
	_, err, _ := s.flight.Do("save "+ref.ID, func() (any, error) { return nil, s.save(ctx, ref, file) })
	if err != nil {
		return nil, fmt.Errorf("save base %s from the engine: %w", ref.Name, err)
	}
	if c, err = readArchive(file, r.Arch); err != nil {
		return nil, fmt.Errorf("read base %s as saved by the engine: %w", ref.Name, err)
	}
	return s.remember(ref.ID, c), nil
}

func (s *Store) remember(id string, c *content) *content {
	s.mu.Lock()
	defer s.mu.Unlock()
	if old := s.bases[id]; old != nil {
		return old
	}
	s.bases[id] = c
	return c
}

// save writes an image of the engine to file.
func (s *Store) save(ctx context.Context, ref Ref, file string) error {
	s.config.Progress("saving the layers of " + ref.Name)
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	// By name: containerd's store gives archives of bare IDs no manifest.json.
	saved, err := s.client.ImageSave(ctx, []string{ref.Name})
	if err != nil {
		return err
	}
	defer saved.Close()
	tmp, err := os.CreateTemp(filepath.Dir(file), ".part-*")
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	defer tmp.Close()
	if _, err := io.Copy(tmp, saved); err != nil {
		return err
	}
	if err := tmp.Close(); err != nil {
		return err
	}
	return os.Rename(tmp.Name(), file)
}

// place is where a file lies in an archive.
type place struct{ offset, size int64 }

// readArchive opens an image archive as "docker save" writes it: manifest.json
// names the configuration and the layers of the image for goarch. Layers stay
// where they are.
func readArchive(file, goarch string) (*content, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	places, links, err := indexTar(f)
	if err != nil {
		return nil, err
	}
	read := func(name string) ([]byte, error) {
		p, ok := places[name]
		if !ok || p.size > 16<<20 {
			return nil, fmt.Errorf("no usable %s in the archive", name)
		}
		return io.ReadAll(io.NewSectionReader(f, p.offset, p.size))
	}
	b, err := read("manifest.json")
	if err != nil {
		return nil, err
	}
	var manifest []struct {
		Config string
		Layers []string
	}
	if err := json.Unmarshal(b, &manifest); err != nil {
		return nil, fmt.Errorf("parse manifest.json: %w", err)
	}
	c := &content{}
	var names []string
	for _, m := range manifest { // several if the engine has more than one platform of it
		if c.raw, err = read(path.Clean(m.Config)); err != nil {
			return nil, err
		}
		c.config = v1.ConfigFile{}
		if err := json.Unmarshal(c.raw, &c.config); err != nil {
			return nil, fmt.Errorf("parse image configuration: %w", err)
		}
		if names = m.Layers; goArch(c.config.Architecture) == goarch {
			break
		}
	}
	if len(manifest) == 0 || goArch(c.config.Architecture) != goarch {
		return nil, fmt.Errorf("no image for %s in the archive", goarch)
	}
	if len(c.config.RootFS.DiffIDs) != len(names) {
		return nil, fmt.Errorf("%d layers, but %d in the configuration", len(names), len(c.config.RootFS.DiffIDs))
	}
	for i, name := range names {
		name = path.Clean(name)
		if target, ok := links[name]; ok { // old engines store equal layers once
			name = path.Join(path.Dir(name), target)
		}
		p, ok := places[name]
		if !ok {
			return nil, fmt.Errorf("layer %s is missing", name)
		}
		c.layers = append(c.layers, fileLayer(file, p.offset, p.size, c.config.RootFS.DiffIDs[i]))
	}
	return c, nil
}

// indexTar finds where the files of an uncompressed tar lie.
func indexTar(f *os.File) (places map[string]place, links map[string]string, err error) {
	places, links = map[string]place{}, map[string]string{}
	tr := tar.NewReader(f)
	for {
		h, err := tr.Next()
		if err == io.EOF {
			return places, links, nil
		}
		if err != nil {
			return nil, nil, fmt.Errorf("read image archive: %w", err)
		}
		switch h.Typeflag {
		case tar.TypeReg:
			offset, err := f.Seek(0, io.SeekCurrent)
			if err != nil {
				return nil, nil, err
			}
			places[path.Clean(h.Name)] = place{offset, h.Size}
		case tar.TypeSymlink, tar.TypeLink:
			links[path.Clean(h.Name)] = h.Linkname
		}
	}
}
