package image

import (
	"archive/tar"
	"bufio"
	"bytes"
	"fmt"
	"io"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// listing is what the layers of a base add up to, by path.
type listing map[string]known

type known struct {
	header tar.Header
	layer  int
}

// list adds the layers up, once.
func (c *content) list() (listing, error) {
	c.once.Do(func() {
		c.paths = listing{}
		for i := range c.layers {
			if c.err = c.walk(i, func(h *tar.Header, _ io.Reader) error {
				c.paths.apply(h, i)
				return nil
			}); c.err != nil {
				return
			}
		}
	})
	return c.paths, c.err
}

// walk calls fn for the entries of one layer.
func (c *content) walk(i int, fn func(*tar.Header, io.Reader) error) error {
	rc, err := c.layers[i].open()
	if err != nil {
		return err
	}
	defer rc.Close()
	r, err := uncompressed(rc)
	if err != nil {
		return fmt.Errorf("read layer: %w", err)
	}
	tr := tar.NewReader(r)
	for {
		h, err := tr.Next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read layer: %w", err)
		}
		if err := fn(h, tr); err != nil {
			return err
		}
	}
}

// uncompressed looks at the first bytes to see how r is compressed.
func uncompressed(r io.Reader) (io.Reader, error) {
	seeker, ok := r.(io.ReadSeeker)
	if !ok {
		return bufio.NewReader(r), nil // made here: plain
	}
	head := make([]byte, 4)
	n, err := io.ReadFull(seeker, head)
	if err != nil && n == 0 {
		return nil, err
	}
	if _, err := seeker.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	switch {
	case bytes.HasPrefix(head, []byte{0x1f, 0x8b}):
		return gzip.NewReader(seeker)
	case bytes.Equal(head, []byte{0x28, 0xb5, 0x2f, 0xfd}):
		return zstd.NewReader(seeker)
	}
	return seeker, nil
}

// apply lays one entry over what was there. The marks ".wh." are those of the
// OCI image specification, layer.md.
func (l listing) apply(h *tar.Header, i int) {
	name := strings.TrimPrefix(path.Clean("/"+h.Name), "/")
	dir, base := path.Split(name)
	switch {
	case base == ".wh..wh..opq":
		l.remove(strings.TrimSuffix(dir, "/"), i, false)
	case strings.HasPrefix(base, ".wh."):
		l.remove(dir+strings.TrimPrefix(base, ".wh."), i, true)
	case name != "":
		l[name] = known{*h, i}
	}
}

// remove forgets what lower layers than i have below name, and name itself if
// self is set.
func (l listing) remove(name string, i int, self bool) {
	for p, k := range l {
		if k.layer < i && (self && p == name || strings.HasPrefix(p, name+"/")) {
			delete(l, p)
		}
	}
}

// resolve follows links inside the listing; last says whether the last part of
// name is followed, too.
func (l listing) resolve(name string, last bool) string {
	rest := strings.Split(strings.Trim(path.Clean("/"+name), "/"), "/")
	done := ""
	for hops := 0; len(rest) > 0; {
		part := rest[0]
		rest = rest[1:]
		switch part {
		case "", ".":
			continue
		case "..":
			done = strings.TrimPrefix(path.Dir("/"+done), "/")
			continue
		}
		next := path.Join(done, part)
		k, ok := l[next]
		if !ok || k.header.Typeflag != tar.TypeSymlink || len(rest) == 0 && !last || hops > 40 {
			done = next
			continue
		}
		hops++
		if strings.HasPrefix(k.header.Linkname, "/") {
			done = ""
		}
		rest = append(strings.Split(k.header.Linkname, "/"), rest...)
	}
	return done
}

// below gives the paths at and below name, sorted.
func (l listing) below(name string) []string {
	var out []string
	for _, p := range slices.Sorted(maps.Keys(l)) {
		if p == name || strings.HasPrefix(p, name+"/") {
			out = append(out, p)
		}
	}
	return out
}
