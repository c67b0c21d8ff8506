package image

import (
	"archive/tar"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	cerrdefs "github.com/containerd/errdefs"
	"github.com/moby/moby/client"
)

// archiveSpec is an image on its way into the engine.
type archiveSpec struct {
	name   string
	config []byte
	layers []*layer
	known  int // how many of the lowest layers the engine should have already
}

// load puts an image into the engine, unless it is there under its name: names
// are made of the content, so that the name says it all.
func (s *Store) load(ctx context.Context, spec archiveSpec, goarch string) (Ref, error) {
	ref, err := s.inspect(ctx, spec.name, goarch)
	if err == nil {
		return ref, nil
	}
	if !cerrdefs.IsNotFound(err) {
		return Ref{}, fmt.Errorf("look for %s: %w", spec.name, err)
	}
	facts, err := s.facts(ctx)
	if err != nil {
		return Ref{}, err
	}
	if facts.thin && spec.known > 0 {
		// Should the base have gone meanwhile, all of it is sent.
		if err := s.send(ctx, spec, spec.known); err == nil {
			return s.inspect(ctx, spec.name, goarch)
		}
	}
	if err := s.send(ctx, spec, 0); err != nil {
		return Ref{}, fmt.Errorf("load %s into the engine: %w", spec.name, err)
	}
	return s.inspect(ctx, spec.name, goarch)
}

// send streams the archive, without the contents of the omit lowest layers.
func (s *Store) send(ctx context.Context, spec archiveSpec, omit int) error {
	r, w := io.Pipe()
	go func() { w.CloseWithError(spec.write(w, omit)) }()
	// Ends the writer when the engine stops reading early.
	defer r.Close()
	resp, err := s.client.ImageLoad(ctx, r, client.ImageLoadWithQuiet(true))
	if err != nil {
		return err
	}
	defer resp.Close()
	d := json.NewDecoder(resp)
	for {
		var m struct {
			Error  string `json:"error"`
			Detail struct {
				Message string `json:"message"`
			} `json:"errorDetail"`
		}
		switch err := d.Decode(&m); {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return fmt.Errorf("read the engine's answer: %w", err)
		case m.Error != "":
			return errors.New(m.Error)
		case m.Detail.Message != "":
			return errors.New(m.Detail.Message)
		}
	}
}

// write writes the archive in the form of "docker save", which Docker, Podman
// and containerd all read. Layers go as they are, not compressed: the engine is
// near, and compressing would take longer than the rest. (go-containerregistry's
// tarball writer always sends every layer.)
func (a archiveSpec) write(w io.Writer, omit int) error {
	tw := tar.NewWriter(w)
	sum := sha256.Sum256(a.config)
	configName := hex.EncodeToString(sum[:]) + ".json"
	names := make([]string, len(a.layers))
	written := map[string]bool{}
	if err := writeMember(tw, configName, a.config); err != nil {
		return err
	}
	for i, l := range a.layers {
		names[i] = l.diffID.Hex + ".tar"
		if written[names[i]] {
			continue
		}
		written[names[i]] = true
		if i < omit {
			if err := writeMember(tw, names[i], nil); err != nil {
				return err
			}
			continue
		}
		if err := writeLayer(tw, names[i], l); err != nil {
			return fmt.Errorf("write layer %d: %w", i, err)
		}
	}
	manifest, err := json.Marshal([]map[string]any{{"Config": configName, "RepoTags": []string{a.name}, "Layers": names}})
	if err != nil {
		return err
	}
	if err := writeMember(tw, "manifest.json", manifest); err != nil {
		return err
	}
	return tw.Close()
}

func writeMember(tw *tar.Writer, name string, data []byte) error {
	h := &tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: 0o644, Size: int64(len(data)), ModTime: time.Unix(0, 0)}
	if err := tw.WriteHeader(h); err != nil {
		return err
	}
	_, err := tw.Write(data)
	return err
}

func writeLayer(tw *tar.Writer, name string, l *layer) error {
	r, err := l.open()
	if err != nil {
		return err
	}
	defer r.Close()
	h := &tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: 0o644, Size: l.size, ModTime: time.Unix(0, 0)}
	if err := tw.WriteHeader(h); err != nil {
		return err
	}
	_, err = io.Copy(tw, r)
	return err
}
