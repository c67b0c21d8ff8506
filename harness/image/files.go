package image

import (
	"archive/tar"
	"fmt"
	"io"
	"maps"
	"path"
	"slices"
	"strings"
)

// Entry is one entry of an image's file system.
type Entry struct {
	Path     string // absolute
	Type     string // "file", "dir", "link", "device", ...
	Mode     int64  // permission bits with setuid, setgid and sticky
	UID, GID int
	Size     int64  // of a file
	Target   string // of a link
}

// wholeListing is how many entries are told without choosing.
const wholeListing = 3000

// Files lists what an app image that this store made holds, sorted by path. Of a
// large base only what tells why an app does not run on it is listed: programs,
// loaders and shared libraries, certificates, the first level of time zones, and
// everything two levels deep; all says that nothing was left out. What the app
// brought is always listed.
func (s *Store) Files(name string) (list []Entry, all bool, err error) {
	s.mu.Lock()
	made, known := s.made[name]
	cached, done := s.files[name]
	s.mu.Unlock()
	switch {
	case done:
		return cached.list, cached.all, nil
	case !known:
		return nil, false, fmt.Errorf("list files of %s: it was not made here", name)
	}
	paths, own, err := made.list()
	if err != nil {
		return nil, false, fmt.Errorf("list files of %s: %w", name, err)
	}
	all = len(paths) <= wholeListing
	for _, p := range slices.Sorted(maps.Keys(paths)) {
		if all || paths[p].layer >= own || telling(p) {
			list = append(list, entryOf(p, paths[p].header))
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.files[name] = listed{list, all}
	return list, all, nil
}

type listed struct {
	list []Entry
	all  bool
}

// madeImage is an app image: its base, and the layers on top of it.
type madeImage struct {
	base   *content
	layers []*layer
}

// list adds everything up; layers from own on are the app's.
func (m madeImage) list() (paths listing, own int, err error) {
	base, err := m.base.list()
	if err != nil {
		return nil, 0, err
	}
	paths, own = maps.Clone(base), len(m.base.layers)
	top := &content{layers: m.layers}
	for i := range m.layers {
		err := top.walk(i, func(h *tar.Header, _ io.Reader) error { paths.apply(h, own+i); return nil })
		if err != nil {
			return nil, 0, err
		}
	}
	return paths, own, nil
}

// telling says that a path of a base may tell why an app does not run on it.
func telling(p string) bool {
	dir, name := path.Split(p)
	dir = strings.TrimSuffix(dir, "/")
	switch {
	case strings.Count(p, "/") < 2, strings.HasPrefix(name, "ld-"), strings.HasPrefix(name, "lib") && strings.Contains(name, ".so"):
		return true
	case slices.Contains([]string{"bin", "sbin", "usr/bin", "usr/sbin", "usr/local/bin"}, dir):
		return true
	case p == "etc/ssl/certs/ca-certificates.crt", dir == "usr/share/zoneinfo", strings.HasPrefix(name, "nsswitch"):
		return true
	}
	return false
}

func entryOf(p string, h tar.Header) Entry {
	e := Entry{Path: "/" + p, Mode: h.Mode & 0o7777, UID: h.Uid, GID: h.Gid}
	switch h.Typeflag {
	case tar.TypeReg, tar.TypeLink:
		e.Type, e.Size = "file", h.Size
	case tar.TypeDir:
		e.Type = "dir"
	case tar.TypeSymlink:
		e.Type, e.Target = "link", h.Linkname
	case tar.TypeFifo:
		e.Type = "pipe"
	default:
		e.Type = "device"
	}
	return e
}
