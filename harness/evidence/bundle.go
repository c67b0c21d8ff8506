package evidence

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Bundle reads what a Writer wrote. It is an fs.FS, so whatever reads files can
// read it; the methods are shorthands for what rules and reports need.
type Bundle struct {
	fs.FS
	Path   string // where it was opened; empty for FromFS
	closer io.Closer
}

// Open opens a bundle: a folder, or a .zip, .tar.gz or .tgz made by Pack. A
// folder that a dead process left under its temporary name can be opened as well.
// A bundle of a newer schema is refused.
func Open(path string) (*Bundle, error) {
	b, err := open(path)
	if err != nil {
		return nil, fmt.Errorf("open bundle: %w", err)
	}
	meta, err := b.Meta()
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open bundle %s: %w", path, err), b.Close())
	}
	if meta.Schema < 1 || meta.Schema > Schema {
		return nil, errors.Join(fmt.Errorf("open bundle %s: schema %d, want 1 to %d", path, meta.Schema, Schema), b.Close())
	}
	return b, nil
}

func open(path string) (*Bundle, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.IsDir() {
		return &Bundle{FS: os.DirFS(path), Path: path}, nil
	}
	switch {
	case strings.HasSuffix(path, ".zip"):
		z, err := zip.OpenReader(path)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		return &Bundle{FS: inner(z), Path: path, closer: z}, nil
	case strings.HasSuffix(path, ".tar.gz"), strings.HasSuffix(path, ".tgz"):
		z, err := readTar(path)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		return &Bundle{FS: inner(z), Path: path}, nil
	}
	return nil, fmt.Errorf("%s: want a folder, .zip, .tar.gz or .tgz", filepath.Base(path))
}

// FromFS makes a bundle of a file system, for which meta.json is not demanded.
func FromFS(fsys fs.FS) *Bundle { return &Bundle{FS: fsys} }

// inner enters the one folder that Pack puts around the files.
func inner(fsys fs.FS) fs.FS {
	if _, err := fs.Stat(fsys, MetaFile); err == nil {
		return fsys
	}
	entries, err := fs.ReadDir(fsys, ".")
	if err == nil && len(entries) == 1 && entries[0].IsDir() {
		if sub, err := fs.Sub(fsys, entries[0].Name()); err == nil {
			return sub
		}
	}
	return fsys
}

// Close frees a packed bundle's file.
func (b *Bundle) Close() error {
	if b.closer == nil {
		return nil
	}
	return b.closer.Close()
}

// Meta reads meta.json.
func (b *Bundle) Meta() (Meta, error) {
	var meta Meta
	err := b.JSON(MetaFile, &meta)
	return meta, err
}

// Has says whether the file is there and not empty.
func (b *Bundle) Has(name string) bool {
	info, err := fs.Stat(b.FS, name)
	return err == nil && info.Mode().IsRegular() && info.Size() > 0
}

// Text reads a file. The error of a file that is not there is fs.ErrNotExist.
func (b *Bundle) Text(name string) (string, error) {
	data, err := fs.ReadFile(b.FS, name)
	if err != nil {
		return "", fmt.Errorf("read evidence: %w", err)
	}
	return string(data), nil
}

// JSON reads a document into v.
func (b *Bundle) JSON(name string, v any) error {
	data, err := fs.ReadFile(b.FS, name)
	if err != nil {
		return fmt.Errorf("read evidence: %w", err)
	}
	if err := json.Unmarshal(data, v); err != nil {
		return fmt.Errorf("read evidence: %s: %w", name, err)
	}
	return nil
}

// Lines reads a file as lines, without their ends. A file that is not there
// has none, as one that the app never wrote to: ask Has or Text to tell them apart.
func (b *Bundle) Lines(name string) ([]Line, error) {
	text, err := b.Text(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return SplitLines(name, text), nil
}

// SplitLines numbers the lines of a text as those of this file.
func SplitLines(file, text string) []Line {
	var lines []Line
	for text != "" {
		line, rest, _ := strings.Cut(text, "\n")
		lines = append(lines, Line{File: file, Number: len(lines) + 1, Text: strings.TrimSuffix(line, "\r")})
		text = rest
	}
	return lines
}

// FromTexts makes a bundle of files that exist in memory only: what a person has
// pasted, say.
func FromTexts(files map[string]string) (*Bundle, error) {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, text := range files {
		if err := CheckName(name); err != nil {
			return nil, err
		}
		w, err := z.Create(name)
		if err == nil {
			_, err = io.WriteString(w, text)
		}
		if err != nil {
			return nil, fmt.Errorf("make bundle: %w", err)
		}
	}
	if err := z.Close(); err != nil {
		return nil, fmt.Errorf("make bundle: %w", err)
	}
	r, err := zip.NewReader(bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil {
		return nil, fmt.Errorf("make bundle: %w", err)
	}
	return FromFS(r), nil
}
