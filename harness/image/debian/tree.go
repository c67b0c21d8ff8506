package debian

import (
	"archive/tar"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"time"
)

// Tree is a root file system in memory. Paths have no leading slash. /bin, /sbin
// and /lib* are links into /usr, as on every Debian since bookworm, and whatever
// a package puts below them lands in /usr.
type Tree struct {
	nodes map[string]*node
}

// node is a file; two paths with the same node are hard links.
type node struct {
	typ      byte // tar.TypeReg, TypeDir, TypeSymlink
	mode     int64
	uid, gid int
	mtime    time.Time // zero: made here, takes the tree's epoch
	link     string
	data     []byte
}

// mergedRoots are the directories that became links into /usr.
var mergedRoots = map[string]bool{"bin": true, "sbin": true, "lib": true, "lib32": true, "lib64": true, "libx32": true}

// NewTree gives an empty tree.
func NewTree() *Tree { return &Tree{nodes: map[string]*node{}} }

// add merges the files of a package.
func (t *Tree) add(entries []entry) error {
	for _, e := range entries {
		n := e.node
		if e.hard != "" {
			target, err := t.resolve(e.hard)
			if err != nil {
				return err
			}
			if n = t.nodes[target]; n == nil || n.typ != tar.TypeReg {
				// Its target may have been dropped by the recipe's wish.
				continue
			}
		}
		if err := t.put(e.path, n); err != nil {
			return err
		}
	}
	return nil
}

// put places n at name. A directory does not replace what is there already, be
// it a directory or a link to one: dpkg keeps them, too.
func (t *Tree) put(name string, n *node) error {
	if mergedRoots[name] {
		t.merge(name)
		return nil
	}
	dir, base := path.Split(name)
	dir, err := t.resolve(strings.TrimSuffix(dir, "/"))
	if err != nil {
		return fmt.Errorf("place %s: %w", name, err)
	}
	t.parents(dir)
	if d := t.nodes[dir]; d != nil && d.typ != tar.TypeDir {
		return fmt.Errorf("place %s: %s is a file", name, dir)
	}
	full := path.Join(dir, base)
	// Since trixie packages put things into /usr themselves, and count on the links
	// of base-files: programs still name /lib64/ld-linux-x86-64.so.2.
	if below, ok := strings.CutPrefix(full, "usr/"); ok {
		if root, _, ok := strings.Cut(below, "/"); ok && mergedRoots[root] {
			t.merge(root)
		}
	}
	if old := t.nodes[full]; old != nil && n.typ == tar.TypeDir && old.typ != tar.TypeReg {
		// The first one that a package ships gives the times and the mode, not
		// one that was only made as a parent.
		if old.typ == tar.TypeDir && old.mtime.IsZero() {
			t.nodes[full] = n
		}
		return nil
	}
	if old := t.nodes[full]; old != nil && old.typ == tar.TypeDir && n.typ != tar.TypeDir {
		return fmt.Errorf("place %s: a directory is there already", name)
	}
	t.nodes[full] = n
	return nil
}

func (t *Tree) merge(root string) {
	if t.nodes[root] == nil {
		t.nodes[root] = &node{typ: tar.TypeSymlink, mode: 0o777, link: "usr/" + root}
		t.parents("usr/" + root)
	}
}

// parents makes dir and the directories above it.
func (t *Tree) parents(dir string) {
	for ; dir != "" && dir != "."; dir = path.Dir(dir) {
		if t.nodes[dir] == nil {
			t.nodes[dir] = &node{typ: tar.TypeDir, mode: 0o755}
		}
	}
}

// resolve follows the links in name, its last part included, inside the tree.
func (t *Tree) resolve(name string) (string, error) {
	rest := strings.Split(name, "/")
	done := ""
	for hops := 0; len(rest) > 0; {
		part := rest[0]
		rest = rest[1:]
		switch part {
		case "", ".":
			continue
		case "..":
			if done = path.Dir(done); done == "." {
				done = ""
			}
			continue
		}
		next := path.Join(done, part)
		if done == "" && mergedRoots[part] {
			t.merge(part)
		}
		n := t.nodes[next]
		if n == nil || n.typ != tar.TypeSymlink {
			done = next
			continue
		}
		if hops++; hops > 40 {
			return "", fmt.Errorf("resolve %s: too many links", name)
		}
		if strings.HasPrefix(n.link, "/") {
			done = ""
		}
		rest = append(strings.Split(n.link, "/"), rest...)
	}
	return done, nil
}

// WriteFile puts a file owned by root into the tree.
func (t *Tree) WriteFile(name string, data []byte, mode fs.FileMode) error {
	return t.put(name, &node{typ: tar.TypeReg, mode: int64(mode.Perm()), data: data})
}

// Symlink puts a link to target at name.
func (t *Tree) Symlink(target, name string) error {
	return t.put(name, &node{typ: tar.TypeSymlink, mode: 0o777, link: target})
}

// Mkdir makes a directory, or changes the mode and owner of the one that is
// there. The sticky bit is taken from fs.ModeSticky.
func (t *Tree) Mkdir(name string, mode fs.FileMode, uid, gid int) error {
	full, err := t.resolve(name)
	if err != nil {
		return err
	}
	t.parents(full)
	n := t.nodes[full]
	if n.typ != tar.TypeDir {
		return fmt.Errorf("make directory %s: a file is there", name)
	}
	c := *n
	c.mode, c.uid, c.gid = int64(mode.Perm()), uid, gid
	if mode&fs.ModeSticky != 0 {
		c.mode |= 0o1000
	}
	t.nodes[full] = &c
	return nil
}

// ReadFile gives the content of a regular file.
func (t *Tree) ReadFile(name string) ([]byte, error) {
	full, err := t.resolve(name)
	if err != nil {
		return nil, err
	}
	n := t.nodes[full]
	if n == nil || n.typ != tar.TypeReg {
		return nil, &fs.PathError{Op: "read", Path: name, Err: fs.ErrNotExist}
	}
	return n.data, nil
}

// Has says whether there is anything at name, links followed.
func (t *Tree) Has(name string) bool {
	full, err := t.resolve(name)
	return err == nil && t.nodes[full] != nil
}

// Paths gives all paths below dir ("" for all), sorted.
func (t *Tree) Paths(dir string) []string {
	var out []string
	for p := range t.nodes {
		if dir == "" || strings.HasPrefix(p, dir+"/") {
			out = append(out, p)
		}
	}
	slices.Sort(out)
	return out
}

// Remove takes name and all below it out of the tree.
func (t *Tree) Remove(name string) {
	for _, p := range t.Paths(name) {
		delete(t.nodes, p)
	}
	delete(t.nodes, name)
}

// Epoch is the newest time of any file that came from a package: the time of
// everything that was made here, so that it does not depend on the clock.
func (t *Tree) Epoch() time.Time {
	newest := time.Unix(0, 0).UTC()
	for n := range maps.Values(t.nodes) {
		if n.mtime.After(newest) {
			newest = n.mtime
		}
	}
	return newest
}

// WriteTar writes the tree as one layer. The same tree gives the same bytes.
func (t *Tree) WriteTar(w io.Writer) error {
	tw := tar.NewWriter(w)
	epoch := t.Epoch()
	first := map[*node]string{}
	for _, p := range t.Paths("") {
		n := t.nodes[p]
		h := &tar.Header{Typeflag: n.typ, Name: p, Mode: n.mode, Uid: n.uid, Gid: n.gid, ModTime: n.mtime}
		if n.mtime.IsZero() {
			h.ModTime = epoch
		}
		switch n.typ {
		case tar.TypeDir:
			h.Name += "/"
		case tar.TypeSymlink:
			h.Linkname = n.link
		default:
			if other, ok := first[n]; ok {
				h.Typeflag, h.Linkname = tar.TypeLink, other
			} else {
				first[n] = p
				h.Size = int64(len(n.data))
			}
		}
		if err := tw.WriteHeader(h); err != nil {
			return fmt.Errorf("write layer: %s: %w", p, err)
		}
		if h.Size > 0 {
			if _, err := tw.Write(n.data); err != nil {
				return fmt.Errorf("write layer: %s: %w", p, err)
			}
		}
	}
	if err := tw.Close(); err != nil {
		return fmt.Errorf("write layer: %w", err)
	}
	return nil
}
