package evidence

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

// Writer writes one bundle. It is safe for concurrent use: collectors of
// different files may run side by side.
//
// Every failed write is returned and also remembered, so that a collector may
// go on after it; meta.json tells of it.
type Writer struct {
	dir, temp string
	redactor  *Redactor
	created   time.Time

	mu     sync.Mutex
	names  map[string]bool // every name that was begun
	gaps   []Gap
	parts  []Gap
	open   map[string]*Stream
	closed bool
}

// Create begins a bundle that will stand at dir, which must not exist; its
// parent is made if need be. The secrets are the known values of the Redactor.
func Create(dir string, secrets []string) (*Writer, error) {
	dir = filepath.Clean(dir)
	if _, err := os.Lstat(dir); err == nil {
		return nil, fmt.Errorf("create bundle: %s exists", dir)
	}
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return nil, fmt.Errorf("create bundle: %w", err)
	}
	// Beside the goal, so that the rename stays on one file system.
	temp, err := os.MkdirTemp(filepath.Dir(dir), "."+filepath.Base(dir)+".partial-")
	if err != nil {
		return nil, fmt.Errorf("create bundle: %w", err)
	}
	w := &Writer{
		dir: dir, temp: temp, redactor: NewRedactor(secrets), created: time.Now().UTC(),
		names: map[string]bool{}, open: map[string]*Stream{},
	}
	if err := errors.Join(os.Chmod(temp, 0o755), w.writeMeta(Meta{})); err != nil {
		return nil, errors.Join(fmt.Errorf("create bundle: %w", err), os.RemoveAll(temp))
	}
	return w, nil
}

// Amend adds files to a bundle that was closed: what was found out later. It may
// not be called for one bundle twice at the same time.
func Amend(dir string, secrets []string, write func(*Writer) error) error {
	b, err := Open(dir)
	if err != nil {
		return fmt.Errorf("amend bundle: %w", err)
	}
	meta, err := b.Meta()
	if err := errors.Join(err, b.Close()); err != nil {
		return fmt.Errorf("amend bundle: %w", err)
	}
	dir = filepath.Clean(dir)
	w := &Writer{
		dir: dir, temp: dir, redactor: NewRedactor(secrets), created: meta.Created,
		names: map[string]bool{}, open: map[string]*Stream{}, gaps: meta.Missing, parts: meta.Partial,
	}
	for _, f := range meta.Files {
		w.names[f.Name] = true
	}
	if err := errors.Join(write(w), w.Close()); err != nil {
		return fmt.Errorf("amend bundle: %w", err)
	}
	return nil
}

// Dir is where the bundle stands after Close.
func (w *Writer) Dir() string { return w.dir }

// Redactor is what everything written passes through.
func (w *Writer) Redactor() *Redactor { return w.redactor }

// Text writes a file.
func (w *Writer) Text(name, text string) error {
	return w.put(name, func(f io.Writer) error {
		_, err := io.WriteString(f, w.redactor.Text(text))
		return err
	})
}

// Lines writes a file of these lines.
func (w *Writer) Lines(name string, lines []string) error {
	if len(lines) == 0 {
		return w.Text(name, "")
	}
	return w.Text(name, strings.Join(lines, "\n")+"\n")
}

// JSON writes v as an indented document, its fields in the order of v's type.
func (w *Writer) JSON(name string, v any) error {
	return w.put(name, func(f io.Writer) error {
		data, err := w.encode(v)
		if err != nil {
			return err
		}
		var b bytes.Buffer
		if err := json.Indent(&b, data, "", "  "); err != nil {
			return err
		}
		b.WriteByte('\n')
		_, err = f.Write(b.Bytes())
		return err
	})
}

// JSONLines writes each of the records as one line.
func JSONLines[T any](w *Writer, name string, records []T) error {
	return w.put(name, func(f io.Writer) error {
		for _, record := range records {
			data, err := w.encode(record)
			if err != nil {
				return err
			}
			if _, err := f.Write(append(data, '\n')); err != nil {
				return err
			}
		}
		return nil
	})
}

// Copy writes all that r gives, without holding it in memory.
func (w *Writer) Copy(name string, r io.Reader) error {
	s, err := w.Stream(name)
	if err != nil {
		return err
	}
	_, err = io.Copy(s, r)
	if err != nil {
		err = fmt.Errorf("write evidence file %s: %w", name, err)
		w.Missing(name, err)
	}
	return errors.Join(err, s.Close())
}

// Missing notes that a file could not be collected, or not as a whole, and why.
func (w *Writer) Missing(name string, reason error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	text := "no reason given"
	if reason != nil {
		text = strings.TrimPrefix(reason.Error(), "write evidence file "+name+": ")
	}
	gap := Gap{File: w.redactor.Text(name), Reason: w.redactor.Text(strings.ReplaceAll(text, w.temp, w.dir))}
	if !slices.Contains(w.gaps, gap) {
		w.gaps = append(w.gaps, gap)
	}
}

// Partial notes that a file holds a part on purpose, and which part. The bundle
// counts as complete all the same.
func (w *Writer) Partial(name, what string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.parts = append(w.parts, Gap{File: name, Reason: w.redactor.Text(what)})
}

// Close ends the streams that are still open, writes meta.json and puts the
// bundle in its place. Failed writes are no error of Close: the bundle is
// there and says what it lacks. After an error the files are still readable in
// the folder that the error names.
func (w *Writer) Close() error {
	w.mu.Lock()
	if w.closed {
		w.mu.Unlock()
		return nil
	}
	w.closed = true
	open := make([]*Stream, 0, len(w.open))
	for _, s := range w.open {
		open = append(open, s)
	}
	w.mu.Unlock()
	for _, s := range open {
		// The error of a stream is in the gaps already.
		_ = s.Close()
	}

	meta, err := w.describe()
	if err == nil {
		err = w.writeMeta(meta)
	}
	if err == nil && w.temp != w.dir {
		err = os.Rename(w.temp, w.dir)
	}
	if err != nil {
		return fmt.Errorf("close bundle: left in %s: %w", w.temp, err)
	}
	return nil
}

// Discard throws the bundle away; for the scenario that passed.
func (w *Writer) Discard() error {
	w.mu.Lock()
	w.closed = true
	open := make([]*Stream, 0, len(w.open))
	for _, s := range w.open {
		open = append(open, s)
	}
	w.mu.Unlock()
	for _, s := range open {
		_ = s.Close()
	}
	if err := os.RemoveAll(w.temp); err != nil {
		return fmt.Errorf("discard bundle: %w", err)
	}
	return nil
}

func (w *Writer) describe() (Meta, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	meta := Meta{Closed: time.Now().UTC(), Complete: len(w.gaps) == 0, Missing: w.gaps, Partial: w.parts}
	named := map[string]bool{}
	for _, gap := range w.gaps {
		named[gap.File] = true
	}
	for name := range w.names {
		info, err := os.Stat(filepath.Join(w.temp, filepath.FromSlash(name)))
		if err != nil {
			if !named[name] {
				return meta, err
			}
			continue
		}
		meta.Files = append(meta.Files, FileInfo{Name: name, Bytes: info.Size()})
	}
	slices.SortFunc(meta.Files, func(a, b FileInfo) int { return strings.Compare(a.Name, b.Name) })
	for _, name := range Files() {
		if !w.names[name] && !named[name] {
			meta.NotWritten = append(meta.NotWritten, name)
		}
	}
	return meta, nil
}

func (w *Writer) writeMeta(meta Meta) error {
	meta.Schema, meta.Created, meta.ShortSecrets = Schema, w.created, w.redactor.Short()
	if meta.Files == nil {
		meta.Files = []FileInfo{}
	}
	data, err := json.MarshalIndent(meta, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(w.temp, MetaFile), append(data, '\n'), 0o644)
}

// put writes one whole file with fill.
func (w *Writer) put(name string, fill func(io.Writer) error) error {
	f, err := w.begin(name)
	if err == nil {
		err = errors.Join(fill(f), f.Close())
	}
	if err != nil {
		err = fmt.Errorf("write evidence file %s: %w", name, err)
		w.Missing(name, err)
	}
	return err
}

// begin makes the file, each name once.
func (w *Writer) begin(name string) (*os.File, error) {
	if err := CheckName(name); err != nil {
		return nil, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case w.closed:
		return nil, errors.New("bundle is closed")
	case w.names[name]:
		return nil, errors.New("written already")
	}
	path := filepath.Join(w.temp, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if err == nil {
		w.names[name] = true
	}
	return f, err
}

func (w *Writer) encode(v any) ([]byte, error) {
	data, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	return w.redactor.JSON(data)
}
