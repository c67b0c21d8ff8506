package debian

import (
	"archive/tar"
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz"
)

// Bounds on what is unpacked, far above what a base or a service needs.
const (
	maxIndex    = 512 << 20 // one list of packages
	maxPackage  = 512 << 20 // one .deb
	maxUnpacked = 1 << 30   // the files of one .deb
	maxEntries  = 200_000   // their number
)

// entry is one file of a package.
type entry struct {
	path string // clean and relative
	node *node
	hard string // the entry that this is a hard link to
}

// readDeb reads the files of a .deb. Entries for which drop is true are skipped,
// as are device nodes, sockets and pipes.
func readDeb(file string, drop func(string) bool) ([]entry, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, fmt.Errorf("unpack: %w", err)
	}
	defer f.Close()
	return unpackDeb(bufio.NewReaderSize(f, 256<<10), drop)
}

func unpackDeb(r io.Reader, drop func(string) bool) ([]entry, error) {
	a := &arReader{r: r}
	for {
		name, body, err := a.next()
		if errors.Is(err, io.EOF) {
			return nil, errors.New("unpack: no data.tar in it")
		}
		if err != nil {
			return nil, fmt.Errorf("unpack: %w", err)
		}
		if !strings.HasPrefix(name, "data.tar") {
			continue
		}
		data, err := decompress(body, strings.TrimPrefix(name, "data.tar"))
		if err != nil {
			return nil, fmt.Errorf("unpack %s: %w", name, err)
		}
		entries, err := readTar(data, drop)
		if err != nil {
			return nil, fmt.Errorf("unpack %s: %w", name, err)
		}
		return entries, nil
	}
}

func decompress(r io.Reader, ext string) (io.Reader, error) {
	switch ext {
	case "":
		return r, nil
	case ".gz":
		return gzip.NewReader(r)
	case ".xz":
		return xz.NewReader(r)
	case ".zst":
		d, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(256<<20))
		if err != nil {
			return nil, err
		}
		return d, nil
	}
	return nil, fmt.Errorf("compression %q is not known", ext)
}

func readTar(r io.Reader, drop func(string) bool) ([]entry, error) {
	tr := tar.NewReader(r)
	var out []entry
	var total int64
	for {
		h, err := tr.Next()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, err
		}
		name, err := cleanPath(h.Name)
		if err != nil {
			return nil, err
		}
		if name == "" || drop != nil && drop(name) {
			continue
		}
		if total += h.Size; h.Size < 0 || total > maxUnpacked || len(out) >= maxEntries {
			return nil, fmt.Errorf("%s: more than %d bytes or %d files", name, int64(maxUnpacked), maxEntries)
		}
		e := entry{path: name, node: &node{
			typ: h.Typeflag, mode: h.Mode & 0o7777, uid: h.Uid, gid: h.Gid,
			mtime: h.ModTime.UTC().Truncate(time.Second), link: h.Linkname,
		}}
		switch h.Typeflag {
		case tar.TypeReg:
			// No buffer of the stated size up front: the header may lie.
			if e.node.data, err = io.ReadAll(tr); err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
		case tar.TypeDir, tar.TypeSymlink:
		case tar.TypeLink:
			if e.hard, err = cleanPath(h.Linkname); err != nil {
				return nil, err
			}
		default:
			continue
		}
		out = append(out, e)
	}
}

// cleanPath makes a member's name relative to the root, "" being the root, and
// refuses one that leads out of it.
func cleanPath(name string) (string, error) {
	if strings.ContainsRune(name, 0) {
		return "", fmt.Errorf("%q: refused, a zero byte in its name", name)
	}
	for part := range strings.SplitSeq(name, "/") {
		if part == ".." {
			return "", fmt.Errorf("%q: refused, it leads out of the package", name)
		}
	}
	return strings.TrimPrefix(path.Clean("/"+name), "/"), nil
}

// arReader reads the ar container of a .deb. It is written here since a damaged
// package must be an error: the known libraries panic on some bad headers.
type arReader struct {
	r    io.Reader
	body *io.LimitedReader // the rest of the current member, without padding
	pad  int64
}

const (
	arMagic  = "!<arch>\n"
	arHeader = 60
)

func (a *arReader) next() (string, io.Reader, error) {
	if a.body == nil {
		magic := make([]byte, len(arMagic))
		if _, err := io.ReadFull(a.r, magic); err != nil || string(magic) != arMagic {
			return "", nil, errors.New("not an ar archive")
		}
	} else {
		skip := a.body.N + a.pad
		if n, err := io.CopyN(io.Discard, a.r, skip); err != nil {
			// The padding of the last member is sometimes left out.
			if errors.Is(err, io.EOF) && n >= a.body.N {
				return "", nil, io.EOF
			}
			return "", nil, fmt.Errorf("skip a member: %w", err)
		}
	}
	h := make([]byte, arHeader)
	if _, err := io.ReadFull(a.r, h); err != nil {
		if errors.Is(err, io.EOF) {
			return "", nil, io.EOF
		}
		return "", nil, fmt.Errorf("read a member's header: %w", err)
	}
	name := strings.TrimSuffix(strings.TrimRight(string(h[:16]), " "), "/")
	size, err := strconv.ParseInt(strings.TrimSpace(string(h[48:58])), 10, 64)
	if err != nil || size < 0 || size > maxPackage || string(h[58:]) != "`\n" {
		return "", nil, fmt.Errorf("bad header of member %q", name)
	}
	a.body, a.pad = &io.LimitedReader{R: a.r, N: size}, size%2
	return name, a.body, nil
}
