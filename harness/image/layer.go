package image

import (
	"archive/tar"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"os"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// layer is one layer of an image, as it goes into an archive: a tar, or a
// compressed one if the engine saved it so.
type layer struct {
	diffID v1.Hash // of the uncompressed tar
	size   int64   // of what open gives
	open   func() (io.ReadCloser, error)
}

// fileLayer is a layer that lies in a file, maybe inside another archive.
func fileLayer(path string, offset, size int64, diffID v1.Hash) *layer {
	return &layer{diffID: diffID, size: size, open: func() (io.ReadCloser, error) {
		f, err := os.Open(path)
		if err != nil {
			return nil, fmt.Errorf("open layer: %w", err)
		}
		return &section{io.NewSectionReader(f, offset, size), f}, nil
	}}
}

// section can be sought, so that reading only the headers of a tar skips the
// files' contents.
type section struct {
	*io.SectionReader
	f *os.File
}

func (s *section) Close() error { return s.f.Close() }

// summer passes bytes on and sums them.
type summer struct {
	w io.Writer
	h hash.Hash
	n int64
}

func newSummer(w io.Writer) *summer { return &summer{w: w, h: sha256.New()} }

func (s *summer) Write(p []byte) (int, error) {
	n, err := s.w.Write(p)
	s.h.Write(p[:n])
	s.n += int64(n)
	return n, err
}

func (s *summer) hash() v1.Hash {
	return v1.Hash{Algorithm: "sha256", Hex: hex.EncodeToString(s.h.Sum(nil))}
}

// item is one entry of a layer that is made here.
type item struct {
	path     string // relative, clean
	typ      byte
	mode     int64
	uid, gid int
	mtime    time.Time
	link     string
	source   string // host file with the content; "" : data
	data     []byte
	size     int64
}

// epoch is the time of what has no time of its own, so that the same files give
// the same layer.
var epoch = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

// newLayer makes a layer of items, which are sorted. The contents are read once
// now for the sum and again whenever the layer is opened: a binary need not be
// held in memory.
func newLayer(items []*item) (*layer, error) {
	sum := newSummer(io.Discard)
	if err := writeItems(sum, items); err != nil {
		return nil, fmt.Errorf("make layer: %w", err)
	}
	return &layer{diffID: sum.hash(), size: sum.n, open: func() (io.ReadCloser, error) {
		r, w := io.Pipe()
		go func() { w.CloseWithError(writeItems(w, items)) }()
		return r, nil
	}}, nil
}

func writeItems(w io.Writer, items []*item) error {
	tw := tar.NewWriter(w)
	for _, i := range items {
		h := &tar.Header{Typeflag: i.typ, Name: i.path, Mode: i.mode, Uid: i.uid, Gid: i.gid, ModTime: i.mtime, Linkname: i.link, Size: i.size}
		if i.mtime.IsZero() {
			h.ModTime = epoch
		}
		if i.typ == tar.TypeDir {
			h.Name += "/"
		}
		if err := tw.WriteHeader(h); err != nil {
			return fmt.Errorf("%s: %w", i.path, err)
		}
		if err := i.copyTo(tw); err != nil {
			return fmt.Errorf("%s: %w", i.path, err)
		}
	}
	return tw.Close()
}

func (i *item) copyTo(w io.Writer) error {
	if i.source == "" {
		_, err := w.Write(i.data)
		return err
	}
	f, err := os.Open(i.source)
	if err != nil {
		return err
	}
	defer f.Close()
	n, err := io.Copy(w, f)
	if err == nil && n != i.size {
		err = fmt.Errorf("%s changed while it was read", i.source)
	}
	return err
}
