package image

import (
	"archive/tar"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
)

// Change alters one file or directory of an image, the base's included. The
// path has to exist, except where a directory takes its place; a field that is
// nil leaves things as they are.
type Change struct {
	Path string
	// Gone takes it away, with all below it.
	Gone bool
	// Directory puts an empty directory in its place.
	Directory bool
	// Emptied leaves a file without content, or a directory without files.
	Emptied bool
	// Content gives the new content of a file.
	Content func([]byte) []byte
	Mode    *fs.FileMode
	// Owner of it and of all below it.
	Owner *Owner
}

// Owner is a numeric user and group.
type Owner struct{ UID, GID int }

// change alters the path; binary is the app's, which lies in a layer of its own
// and whose mode was set there.
func (b *builder) change(c Change, binary string) error {
	p := b.paths.resolve(c.Path, false)
	if p == "" {
		return errors.New("it is the root directory")
	}
	below := b.below(p)
	if len(below) == 0 && !c.Directory && p != binary {
		return errors.New("there is no such file in the image")
	}
	switch {
	case p == binary && c.Mode == nil:
		return errors.New("it is the app's binary")
	case c.Gone:
		b.whiteout(p)
	case c.Directory:
		if b.kind(p) == tar.TypeDir {
			return b.empty(p)
		}
		b.parents(p)
		b.put(&item{path: p, typ: tar.TypeDir, mode: 0o755})
	case c.Emptied && b.kind(p) == tar.TypeDir:
		return b.empty(p)
	case c.Emptied:
		return b.rewrite(p, func([]byte) []byte { return nil })
	case c.Content != nil:
		return b.rewrite(p, c.Content)
	case c.Mode != nil:
		return b.modes(map[string]fs.FileMode{c.Path: *c.Mode}, binary, nil)
	case c.Owner != nil:
		for _, one := range below {
			i, err := b.take(one)
			if err != nil {
				return err
			}
			i.uid, i.gid = c.Owner.UID, c.Owner.GID
		}
	}
	return nil
}

// below gives the path, if it exists, and all below it.
func (b *builder) below(p string) []string {
	var list []string
	within := func(one string) bool { return one == p || strings.HasPrefix(one, p+"/") }
	for one := range b.items {
		if within(one) {
			list = append(list, one)
		}
	}
	for one := range b.paths {
		if within(one) && b.items[one] == nil && b.items[whiteoutOf(one)] == nil {
			list = append(list, one)
		}
	}
	slices.Sort(list)
	return list
}

func (b *builder) kind(p string) byte {
	if i := b.items[p]; i != nil {
		return i.typ
	}
	if k, ok := b.paths[p]; ok {
		return k.header.Typeflag
	}
	if b.made[p] {
		return tar.TypeDir
	}
	return 0
}

// take gives the entry of the layer for a path, copied from the base if need be.
func (b *builder) take(p string) (*item, error) {
	if i := b.items[p]; i != nil {
		return i, nil
	}
	k, ok := b.paths[p]
	if !ok {
		return nil, errors.New("there is no such file in the image")
	}
	i := &item{path: p, typ: k.header.Typeflag, mode: k.header.Mode, uid: k.header.Uid, gid: k.header.Gid, mtime: k.header.ModTime, link: k.header.Linkname}
	if i.typ == tar.TypeReg {
		if err := b.copyFromBase(i, k); err != nil {
			return nil, err
		}
	}
	b.put(i)
	return i, nil
}

func (b *builder) rewrite(p string, content func([]byte) []byte) error {
	if kind := b.kind(p); kind != tar.TypeReg {
		return errors.New("it is not a plain file")
	}
	i, err := b.take(p)
	if err != nil {
		return err
	}
	was := i.data
	if i.source != "" {
		if was, err = os.ReadFile(i.source); err != nil {
			return err
		}
	}
	i.source, i.data = "", content(was)
	i.size = int64(len(i.data))
	return nil
}

// empty takes away what is below a directory.
func (b *builder) empty(p string) error {
	for _, one := range b.below(p) {
		if path.Dir(one) == p {
			b.whiteout(one)
		}
	}
	return nil
}

// whiteout takes a path out of the layer and hides the base's.
func (b *builder) whiteout(p string) {
	b.remove(pathSet{p})
}

func whiteoutOf(p string) string { return path.Join(path.Dir(p), ".wh."+path.Base(p)) }

func (b *builder) changes(list []Change, binary string) error {
	for _, c := range list {
		if err := b.change(c, binary); err != nil {
			return fmt.Errorf("change %s: %w", c.Path, err)
		}
	}
	return nil
}
