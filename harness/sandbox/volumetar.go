package sandbox

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/seatrial/seatrial/harness/deployment"
)

// member is one file, directory or link of a volume. Its name is relative, "." for
// the volume itself.
type member struct {
	name   string
	header tar.Header
	source string // the host's file; "": the content is data
	data   []byte
}

func (e *member) isDir() bool { return e.header.Typeflag == tar.TypeDir }

func (e *member) within(dir string) bool {
	return dir == "." || e.name == dir || strings.HasPrefix(e.name, dir+"/")
}

// writeTar writes what a volume holds, with the owner, modes and changes that
// the content wants, by the name prefix.
func writeTar(w io.Writer, prefix string, c content) error {
	entries, err := readEntries(c)
	if err != nil {
		return err
	}
	if c.ConfigMap {
		entries = layOut(entries, firstDay)
	}
	archive := tar.NewWriter(w)
	for _, e := range entries {
		if err := e.write(archive, prefix); err != nil {
			return err
		}
	}
	return archive.Close()
}

func readEntries(c content) ([]*member, error) {
	entries, err := walk(c)
	if err != nil {
		return nil, err
	}
	var missing []string
	for _, name := range c.Unreadable {
		e := find(entries, name)
		if e == nil {
			missing = append(missing, name)
			continue
		}
		if err := e.follow(); err != nil {
			return nil, fmt.Errorf("make unreadable: %w", err)
		}
		e.header.Mode, e.header.Uid, e.header.Gid = 0, 0, 0
	}
	if len(missing) > 0 {
		return nil, fmt.Errorf("make unreadable: %s has no %s", c.From, strings.Join(missing, ", "))
	}
	for _, change := range c.Changes {
		if entries, err = alter(entries, c, change); err != nil {
			return nil, err
		}
	}
	return entries, nil
}

// walk lists the host's directory; its owners and modes are the deployment's.
// Symbolic links stay links, as in a directory that is mounted; what is neither
// file, directory nor link is left out.
func walk(c content) ([]*member, error) {
	if c.From == "" { // an empty directory
		return []*member{{name: ".", header: tar.Header{Typeflag: tar.TypeDir, Mode: 0o755, Uid: c.UID, Gid: c.GID}}}, nil
	}
	root, err := filepath.EvalSymlinks(c.From) // WalkDir does not follow a link
	if err != nil {
		return nil, err
	}
	if info, err := os.Stat(root); err != nil || !info.IsDir() {
		return nil, errors.Join(fmt.Errorf("%s is not a directory", c.From), err)
	}
	var entries []*member
	err = filepath.WalkDir(root, func(file string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(root, file)
		if err != nil {
			return err
		}
		info, err := os.Lstat(file)
		if err != nil {
			return err
		}
		e := &member{name: filepath.ToSlash(relative), source: file, header: tar.Header{Uid: c.UID, Gid: c.GID, ModTime: info.ModTime()}}
		if mode := info.Mode(); !mode.IsDir() && !mode.IsRegular() && mode&fs.ModeSymlink == 0 {
			return nil
		}
		entries = append(entries, e)
		return e.take(info)
	})
	return entries, err
}

// take makes the entry what the host's file is.
func (e *member) take(info fs.FileInfo) error {
	h := &e.header
	h.Size, h.Linkname = 0, ""
	switch mode := info.Mode(); {
	case mode.IsDir():
		h.Typeflag, h.Mode = tar.TypeDir, 0o755
	case mode.IsRegular():
		h.Typeflag, h.Mode, h.Size = tar.TypeReg, 0o644, info.Size()
		if mode&0o111 != 0 {
			h.Mode = 0o755
		}
	default:
		link, err := os.Readlink(e.source)
		if err != nil {
			return err
		}
		h.Typeflag, h.Mode, h.Linkname = tar.TypeSymlink, 0o777, filepath.ToSlash(link)
	}
	return nil
}

// follow puts in a link's place what it leads to: a link has no mode or content of
// its own.
func (e *member) follow() error {
	if e.header.Typeflag != tar.TypeSymlink {
		return nil
	}
	info, err := os.Stat(e.source)
	if err != nil {
		return err
	}
	return e.take(info)
}

func find(entries []*member, name string) *member {
	i := slices.IndexFunc(entries, func(e *member) bool { return e.name == name })
	if i < 0 {
		return nil
	}
	return entries[i]
}

// alter makes one change of a deployment.
func alter(entries []*member, c content, change deployment.FileChange) ([]*member, error) {
	e := find(entries, change.Path)
	switch {
	case e == nil && change.Change == deployment.Directory:
		e = &member{name: change.Path, header: tar.Header{Uid: c.UID, Gid: c.GID}}
		entries = append(entries, e)
	case e == nil:
		return nil, fmt.Errorf("change %s: %s has no such file", change.Path, c.From)
	}
	below := func(o *member) bool { return o != e && o.within(e.name) }
	switch change.Change {
	case deployment.Missing:
		return slices.DeleteFunc(entries, func(o *member) bool { return o.within(e.name) }), nil
	case deployment.Directory:
		e.header.Typeflag, e.header.Mode, e.header.Size, e.header.Linkname, e.source, e.data = tar.TypeDir, 0o755, 0, "", "", nil
		return slices.DeleteFunc(entries, below), nil
	case deployment.HasMode:
		if err := e.follow(); err != nil {
			return nil, fmt.Errorf("change %s: %w", change.Path, err)
		}
		e.header.Mode = int64(change.Mode.Perm())
	case deployment.HasOwner:
		for _, o := range entries {
			if o.within(e.name) {
				o.header.Uid, o.header.Gid = change.UID, change.GID
			}
		}
	default:
		if err := e.follow(); err != nil {
			return nil, fmt.Errorf("change %s: %w", change.Path, err)
		}
		if e.isDir() && change.Change == deployment.Empty {
			return slices.DeleteFunc(entries, below), nil
		}
		if e.isDir() {
			return nil, fmt.Errorf("change %s: it is a directory", change.Path)
		}
		return entries, e.rewrite(change.Content)
	}
	return entries, nil
}

func (e *member) rewrite(content func([]byte) []byte) error {
	if e.source != "" {
		var err error
		if e.data, err = os.ReadFile(e.source); err != nil {
			return err
		}
	}
	e.source, e.data = "", content(e.data)
	e.header.Size = int64(len(e.data))
	return nil
}

func (e *member) write(archive *tar.Writer, prefix string) error {
	e.header.Name = path.Join(prefix, e.name)
	if e.isDir() {
		e.header.Name += "/"
	}
	if err := archive.WriteHeader(&e.header); err != nil || e.header.Typeflag != tar.TypeReg {
		return err
	}
	if e.source == "" {
		_, err := archive.Write(e.data)
		return err
	}
	source, err := os.Open(e.source)
	if err != nil {
		return err
	}
	_, err = io.Copy(archive, source)
	return errors.Join(err, source.Close())
}

// The directories of a ConfigMap's content, named as the kubelet does by the
// time at which they were written.
const (
	firstDay = "..2027_01_01_00_00_00.000000001"
	nextDay  = "..2027_01_02_00_00_00.%09d"
)

// layOut moves the entries as the kubelet's AtomicWriter does: the files are in
// a dated directory, ..data is a link to it, and what is seen at the top are
// links through ..data. A change is one rename of ..data.
// https://github.com/kubernetes/kubernetes/blob/master/pkg/volume/util/atomic_writer.go
func layOut(entries []*member, day string) []*member {
	var laid, links []*member
	link := func(name, to string, like *member) {
		header := tar.Header{Typeflag: tar.TypeSymlink, Mode: 0o777, Linkname: to, Uid: like.header.Uid, Gid: like.header.Gid}
		links = append(links, &member{name: name, header: header})
	}
	for _, e := range entries {
		if e.name == "." {
			top := *e
			e.name = day
			laid = append(laid, &top, e)
			link("..data", day, e)
			continue
		}
		if !strings.Contains(e.name, "/") {
			link(e.name, path.Join("..data", e.name), e)
		}
		e.name = path.Join(day, e.name)
		laid = append(laid, e)
	}
	return append(laid, links...)
}
