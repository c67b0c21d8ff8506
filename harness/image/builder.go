package image

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// builder gathers the entries of a layer that goes on top of a base. Engines
// unpack a layer by itself, so it has to name every directory that is new (a
// missing one would be made with mode 0600) and none that a base has as a link
// (it would become a directory and hide what the link leads to).
type builder struct {
	base  *content
	paths listing
	items map[string]*item
	made  map[string]bool // directories of this image's own lower layers
}

func newBuilder(base *content, paths listing) *builder {
	return &builder{base: base, paths: paths, items: map[string]*item{}, made: map[string]bool{}}
}

func (b *builder) sorted() []*item {
	var out []*item
	for _, p := range slices.Sorted(maps.Keys(b.items)) {
		out = append(out, b.items[p])
	}
	return out
}

func (b *builder) put(i *item) {
	b.items[i.path] = i
	if i.typ == tar.TypeDir {
		b.made[i.path] = true
	}
}

// parents adds the directories above p that are not there yet.
func (b *builder) parents(p string) {
	for dir := path.Dir(p); dir != "." && dir != "/"; dir = path.Dir(dir) {
		if _, ok := b.paths[dir]; !ok && !b.made[dir] {
			b.put(&item{path: dir, typ: tar.TypeDir, mode: 0o755})
		}
	}
}

// directory adds a directory; one that is there is only touched if change is
// set.
func (b *builder) directory(name string, mode fs.FileMode, uid, gid int, change bool) {
	p := b.paths.resolve(name, true)
	if p == "" {
		return
	}
	if _, ok := b.paths[p]; (ok || b.made[p]) && !change {
		return
	}
	b.parents(p)
	b.put(&item{path: p, typ: tar.TypeDir, mode: tarMode(mode), uid: uid, gid: gid})
}

// tarMode gives permission bits with setuid, setgid and sticky.
func tarMode(m fs.FileMode) int64 {
	mode := int64(m.Perm())
	for bit, v := range map[fs.FileMode]int64{fs.ModeSetuid: 0o4000, fs.ModeSetgid: 0o2000, fs.ModeSticky: 0o1000} {
		if m&bit != 0 {
			mode |= v
		}
	}
	return mode
}

// file adds a file or a directory with all below it.
func (b *builder) file(f File) error {
	if !path.IsAbs(f.Target) {
		return errors.New("its place is not an absolute path")
	}
	if f.Source == "" {
		p := b.paths.resolve(f.Target, false)
		b.parents(p)
		b.put(&item{path: p, typ: tar.TypeReg, mode: tarMode(modeOr(f.Mode, 0o644)), uid: f.UID, gid: f.GID,
			data: f.Content, size: int64(len(f.Content))})
		return nil
	}
	fi, err := os.Stat(f.Source)
	if err != nil {
		return err
	}
	if !fi.IsDir() {
		return b.hostFile(f, f.Source, f.Target, fi)
	}
	b.directory(f.Target, 0o755, f.UID, f.GID, false)
	// The source itself may be a link; WalkDir does not follow it.
	root, err := filepath.EvalSymlinks(f.Source)
	if err != nil {
		return err
	}
	return filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil || name == root {
			return err
		}
		rel, err := filepath.Rel(root, name)
		if err != nil {
			return err
		}
		fi, err := d.Info()
		if err != nil {
			return err
		}
		return b.hostFile(f, name, path.Join(f.Target, filepath.ToSlash(rel)), fi)
	})
}

func (b *builder) hostFile(f File, source, target string, fi fs.FileInfo) error {
	p := b.paths.resolve(target, fi.IsDir())
	switch mode := fi.Mode(); {
	case mode.IsDir():
		b.directory(target, 0o755, f.UID, f.GID, false)
	case mode&fs.ModeSymlink != 0:
		link, err := os.Readlink(source)
		if err != nil {
			return err
		}
		b.parents(p)
		b.put(&item{path: p, typ: tar.TypeSymlink, mode: 0o777, uid: f.UID, gid: f.GID, link: filepath.ToSlash(link)})
	case mode.IsRegular():
		perm := f.Mode
		if perm == 0 {
			perm = 0o644 | mode.Perm()&0o111
			if perm&0o111 != 0 {
				perm = 0o755
			}
		}
		b.parents(p)
		// Times are kept: web servers send them as Last-Modified.
		b.put(&item{path: p, typ: tar.TypeReg, mode: tarMode(perm), uid: f.UID, gid: f.GID,
			mtime: fi.ModTime().UTC().Truncate(1e9), source: source, size: fi.Size()})
	}
	return nil
}

// pathSet is a set of paths that each stand for all below them.
type pathSet []string

func newPaths(l listing, names []string) pathSet {
	var out pathSet
	for _, n := range names {
		if p := l.resolve(n, false); p != "" {
			out = append(out, p)
		}
	}
	return out
}

func (s pathSet) covers(p string) bool {
	for _, r := range s {
		if p == r || strings.HasPrefix(p, r+"/") {
			return true
		}
	}
	return false
}

// remove takes the paths out of the layer and marks those of the base as gone.
func (b *builder) remove(removed pathSet) {
	for p := range b.items {
		if removed.covers(p) {
			delete(b.items, p)
		}
	}
	for _, p := range removed {
		if _, ok := b.paths[p]; ok {
			b.put(&item{path: whiteoutOf(p), typ: tar.TypeReg, mode: 0o644})
		}
	}
}

// modes sets permission bits. What the base has is put into the layer again with
// its new mode; binary was set when its own layer was made.
func (b *builder) modes(modes map[string]fs.FileMode, binary string, removed pathSet) error {
	for _, name := range slices.Sorted(maps.Keys(modes)) {
		mode := tarMode(modes[name])
		p := b.paths.resolve(name, false)
		if p == binary || removed.covers(p) {
			continue
		}
		if i := b.items[p]; i != nil {
			i.mode = mode
			continue
		}
		k, ok := b.paths[p]
		if !ok && !b.made[p] {
			return fmt.Errorf("set mode of %s: there is no such file in the image", name)
		}
		i := &item{path: p, typ: tar.TypeDir, mode: mode}
		if ok {
			i.typ, i.uid, i.gid, i.mtime = k.header.Typeflag, k.header.Uid, k.header.Gid, k.header.ModTime
		}
		switch i.typ {
		case tar.TypeDir:
		case tar.TypeReg:
			if err := b.copyFromBase(i, k); err != nil {
				return fmt.Errorf("set mode of %s: %w", name, err)
			}
		default:
			return fmt.Errorf("set mode of %s: it is a link", name)
		}
		b.put(i)
	}
	return nil
}

var errFound = errors.New("found")

func (b *builder) copyFromBase(i *item, k known) error {
	err := b.base.walk(k.layer, func(h *tar.Header, r io.Reader) error {
		if h.Name != k.header.Name {
			return nil
		}
		var err error
		if i.data, err = io.ReadAll(r); err != nil {
			return err
		}
		i.size = int64(len(i.data))
		return errFound
	})
	if errors.Is(err, errFound) {
		return nil
	}
	return errors.Join(err, errors.New("not in its layer"))
}

// mergeEnv adds env to a list of KEY=VALUE, replacing keys that are there.
func mergeEnv(list []string, env map[string]string) []string {
	var out []string
	for _, kv := range list {
		key, _, _ := strings.Cut(kv, "=")
		if _, ok := env[key]; !ok {
			out = append(out, kv)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(env)) {
		out = append(out, key+"="+env[key])
	}
	return out
}
