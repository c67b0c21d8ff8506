//go:build linux

package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// path is a line of paths.jsonl.
type path struct {
	Path       string `json:"path"`
	Abs        string `json:"abs"`
	Why        string `json:"why,omitempty"`
	Error      string `json:"error,omitempty"`
	Parent     string `json:"parent,omitempty"`
	Type       string `json:"type"`
	Mode       string `json:"mode"`
	UID        int    `json:"uid"`
	GID        int    `json:"gid"`
	Size       int64  `json:"size,omitempty"`
	Target     string `json:"target,omitempty"`
	Readable   bool   `json:"readable"`
	Writable   bool   `json:"writable"`
	Executable bool   `json:"executable"`
	Mount      string `json:"mount,omitempty"`
	Entries    int    `json:"entries,omitempty"`
	Head       string `json:"head,omitempty"`
}

// mostMatches is how many matches of a pattern are told one by one, mostEntries
// how far the entries of a directory are counted.
const (
	mostMatches = 8
	mostEntries = 10000
)

// look tells of paths as this process sees them; of one that is not there, the
// deepest directory on the way to it that is, too.
func look(hints []hint, dir string, mounts []mounted) []path {
	l := looker{dir: dir, mounts: mounts, seen: map[[2]string]bool{}}
	for _, h := range hints {
		l.hint(h)
	}
	return l.found
}

type looker struct {
	dir    string
	mounts []mounted
	seen   map[[2]string]bool // by path and why
	found  []path
}

func (l *looker) hint(h hint) {
	if len(h.Any) > 0 {
		first := h.Any[0]
		for _, candidate := range h.Any {
			if _, err := os.Stat(l.abs(candidate)); err == nil {
				first = candidate
				break
			}
		}
		p := l.at(h.Path, l.abs(first), h.Why)
		l.add(p)
		return
	}
	p := l.at(h.Path, l.abs(h.Path), h.Why)
	if p.Error != "" && strings.ContainsAny(h.Path, "*?[") {
		l.glob(p)
		return
	}
	l.add(p)
}

func (l *looker) add(p path) {
	key := [2]string{p.Path, p.Why}
	if l.seen[key] {
		return
	}
	l.seen[key] = true
	l.found = append(l.found, p)
	if p.Parent != "" {
		l.add(l.at(p.Parent, p.Parent, p.Why))
	}
}

func (l *looker) glob(p path) {
	matches, err := filepath.Glob(p.Abs)
	p.Type, p.Entries, p.Error = "glob", len(matches), ""
	switch {
	case err != nil:
		p.Error = err.Error()
	case len(matches) == 0:
		p.Error = "no match"
		plain, _, _ := strings.Cut(p.Abs, "*")
		p.Parent = deepest(filepath.Dir(plain + "x"))
	default:
		p.Parent = ""
	}
	l.add(p)
	for i := 0; i < len(matches) && i < mostMatches; i++ {
		l.add(l.at(matches[i], matches[i], p.Why))
	}
}

func (l *looker) abs(name string) string {
	if filepath.IsAbs(name) {
		return filepath.Clean(name)
	}
	return filepath.Join(l.dir, name)
}

// at tells of one place.
func (l *looker) at(name, abs, why string) path {
	p := path{Path: name, Abs: abs, Why: why}
	info, err := os.Stat(abs)
	if err != nil {
		p.Error = reason(err)
		if link, errLink := os.Readlink(abs); errLink == nil {
			p.Type, p.Target = "link", link
		}
		p.Parent = deepest(filepath.Dir(abs))
		p.Mount = mountOf(l.mounts, p.Parent)
		return p
	}
	if link, err := os.Readlink(abs); err == nil {
		p.Target = link
	}
	p.describe(info)
	p.Readable = syscall.Access(abs, 4) == nil
	p.Writable = syscall.Access(abs, 2) == nil
	p.Executable = syscall.Access(abs, 1) == nil
	if info.IsDir() {
		p.Entries = count(abs)
	}
	if info.Mode().IsRegular() && info.Mode()&0o111 != 0 {
		p.Head = head(abs)
	}
	real := abs
	if resolved, err := filepath.EvalSymlinks(abs); err == nil {
		real = resolved
	}
	p.Mount = mountOf(l.mounts, real)
	return p
}

// head gives the first bytes of a program or script, as Go quotes them in ASCII
// without the quotes; "" if they cannot be read. Other files may hold secrets.
func head(name string) string {
	const enough = 64 // for a shebang, or the header of an ELF file
	f, err := os.Open(name)
	if err != nil {
		return ""
	}
	defer f.Close()
	begins := make([]byte, enough)
	n, _ := io.ReadFull(f, begins) // a shorter file is as good
	quoted := strconv.QuoteToASCII(string(begins[:n]))
	return quoted[1 : len(quoted)-1]
}

func (p *path) describe(info fs.FileInfo) {
	p.Type = typeOf(info.Mode())
	if p.Type == "file" {
		p.Size = info.Size()
	}
	if stat, ok := info.Sys().(*syscall.Stat_t); ok {
		p.Mode = fmt.Sprintf("%04o", stat.Mode&0o7777)
		p.UID, p.GID = int(stat.Uid), int(stat.Gid)
	}
}

func typeOf(mode fs.FileMode) string {
	switch {
	case mode.IsRegular():
		return "file"
	case mode.IsDir():
		return "dir"
	case mode&fs.ModeSocket != 0:
		return "socket"
	case mode&fs.ModeNamedPipe != 0:
		return "pipe"
	}
	return "device"
}

// reason gives the system's own words, without the path.
func reason(err error) string {
	var errno syscall.Errno
	if errors.As(err, &errno) {
		return errno.Error()
	}
	return err.Error()
}

// deepest gives the nearest directory at or above a place that exists.
func deepest(dir string) string {
	for {
		if _, err := os.Stat(dir); err == nil || dir == "/" || dir == "." {
			return dir
		}
		dir = filepath.Dir(dir)
	}
}

// count counts the entries of a directory; -1 if it cannot be read.
func count(dir string) int {
	f, err := os.Open(dir)
	if err != nil {
		return -1
	}
	defer f.Close()
	names, err := f.Readdirnames(mostEntries)
	if err != nil && len(names) == 0 && !errors.Is(err, io.EOF) {
		return -1
	}
	return len(names)
}
