package build

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"strings"
)

// Marks around the text of the modules in every Go binary, as the go command
// writes them (cmd/go/internal/modload, infoStart and infoEnd).
const (
	infoStart = "0w\xaf\x0c\x92t\x08\x02A\xe1\xc1\x07\xe6\xd6\x18\xe6"
	infoEnd   = "\xf92C1\x86\x18 r\x00\x82B\x10A\x16\xd8\xf2"
)

// readWasm reads a WebAssembly module. debug/buildinfo does not know the format,
// so the Go release comes from the "producers" section that Go's linker writes
// and the rest from the marked text in the data.
// https://webassembly.github.io/spec/core/binary/modules.html
func (f *Facts) readWasm(r io.ReaderAt, size int64) error {
	f.Format, f.GOARCH, f.Static = "wasm", "wasm", true
	if size < 8 {
		return fmt.Errorf("read header: %w", io.ErrUnexpectedEOF)
	}
	for at := int64(8); at < size; {
		head := make([]byte, min(6, size-at))
		if _, err := r.ReadAt(head, at); err != nil {
			return fmt.Errorf("read section: %w", err)
		}
		length, n := binary.Uvarint(head[1:])
		at += 1 + int64(n)
		if n <= 0 || length > uint64(size-at) {
			return errors.New("truncated: a section is longer than the file")
		}
		const custom, imports = 0, 2
		if id := head[0]; id == custom && length < 1<<16 || id == imports && length < 1<<20 {
			content := make([]byte, length)
			if _, err := r.ReadAt(content, at); err != nil {
				return fmt.Errorf("read section: %w", err)
			}
			f.readWasmSection(id == imports, content)
		}
		at += int64(length)
	}
	return f.readWasmModules(r, size)
}

func (f *Facts) readWasmSection(imports bool, content []byte) {
	if imports {
		switch {
		case bytes.Contains(content, []byte("wasi_snapshot_preview1")):
			f.GOOS = "wasip1"
		case bytes.Contains(content, []byte("gojs")), bytes.Contains(content, []byte("\x02go")):
			f.GOOS = "js"
		}
		return
	}
	c := cursor{content}
	if c.text() != "producers" {
		return
	}
	for fields := c.number(); fields > 0 && len(c.rest) > 0; fields-- {
		c.text() // "language", "processed-by" or "sdk"
		for values := c.number(); values > 0 && len(c.rest) > 0; values-- {
			name, version := c.text(), c.text()
			if name == "Go cmd/compile" && version != "" {
				f.GoVersion = version
			}
		}
	}
}

// cursor reads the numbers and texts of a WebAssembly section; past the end, and
// from broken input, it reads zero and nothing.
type cursor struct{ rest []byte }

func (c *cursor) number() uint64 {
	v, n := binary.Uvarint(c.rest)
	if n <= 0 {
		c.rest = nil
		return 0
	}
	c.rest = c.rest[n:]
	return v
}

func (c *cursor) text() string {
	length := c.number()
	if length > uint64(len(c.rest)) {
		c.rest = nil
		return ""
	}
	s := string(c.rest[:length])
	c.rest = c.rest[length:]
	return s
}

func (f *Facts) readWasmModules(r io.ReaderAt, size int64) error {
	start, ok := find(r, size, infoStart)
	if !ok {
		return nil
	}
	start += int64(len(infoStart))
	text := make([]byte, min(1<<20, size-start))
	if _, err := r.ReadAt(text, start); err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("read modules: %w", err)
	}
	modules, _, ok := strings.Cut(string(text), infoEnd)
	if !ok {
		return nil
	}
	info, err := debug.ParseBuildInfo(modules)
	if err != nil {
		return nil // not Go's text after all
	}
	f.record(info)
	return nil
}

// find gives the offset of the first text in r, reading it in pieces.
func find(r io.ReaderAt, size int64, text string) (int64, bool) {
	buf := make([]byte, 1<<20)
	for at := int64(0); at < size; at += int64(len(buf) - len(text) + 1) {
		n, err := r.ReadAt(buf, at)
		if i := bytes.Index(buf[:n], []byte(text)); i >= 0 {
			return at + int64(i), true
		}
		if err != nil {
			break
		}
	}
	return 0, false
}
