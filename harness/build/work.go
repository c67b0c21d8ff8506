package build

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// The work area of a Builder is a directory beside the artifacts, named after
// its process: "work-PID-HOST.random". A process that was killed leaves it
// behind; the next Builder on that host removes it.

// abandonedAfter is how long nothing must have been written to the work area of a
// process that is no more, or that only seems so: two containers with one host
// name do not see each other's processes.
const abandonedAfter = time.Hour

// Close removes the work area. The artifacts stay. No Build may be under way.
func (b *Builder) Close() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.work == "" {
		return nil
	}
	err := removeAll(b.work)
	b.work = ""
	if err != nil {
		return fmt.Errorf("remove work area: %w", err)
	}
	return nil
}

// Again gives a Builder of the same kind that has built nothing yet: whoever asks
// it builds again. It is to be closed as well.
func (b *Builder) Again() (*Builder, error) { return New(b.opts) }

// workDir makes a fresh directory in the work area.
func (b *Builder) workDir(pattern string) (string, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.work == "" {
		if err := os.MkdirAll(b.opts.Dir, 0o755); err != nil {
			return "", fmt.Errorf("make work area: %w", err)
		}
		removeAbandoned(b.opts.Dir, time.Now())
		dir, err := os.MkdirTemp(b.opts.Dir, fmt.Sprintf("work-%d-%s.", os.Getpid(), hostName()))
		if err != nil {
			return "", fmt.Errorf("make work area: %w", err)
		}
		b.work = dir
	}
	dir, err := os.MkdirTemp(b.work, pattern)
	if err != nil {
		return "", fmt.Errorf("make work area: %w", err)
	}
	return dir, nil
}

// removeAbandoned removes the work areas of this host's dead processes. What
// cannot be removed is in nobody's way.
func removeAbandoned(dir string, now time.Time) {
	areas, _ := filepath.Glob(filepath.Join(dir, "work-*"))
	for _, area := range areas {
		info, err := os.Stat(area)
		if err == nil && now.Sub(info.ModTime()) > abandonedAfter && dead(filepath.Base(area)) {
			_ = removeAll(area)
		}
	}
}

// dead says whether the name of a work area is that of a process of this host
// that does not exist.
func dead(name string) bool {
	name, _, _ = strings.Cut(strings.TrimPrefix(name, "work-"), ".")
	number, host, _ := strings.Cut(name, "-")
	pid, err := strconv.Atoi(number)
	if err != nil || host != hostName() {
		return false
	}
	p, err := os.FindProcess(pid)
	if err != nil {
		return true // Windows finds only those that there are
	}
	defer func() { _ = p.Release() }()
	return errors.Is(p.Signal(syscall.Signal(0)), os.ErrProcessDone)
}

// hostName is the host's name without what a file name or ours cannot hold.
func hostName() string {
	name, err := os.Hostname()
	if err != nil {
		return "unknown"
	}
	return strings.Map(func(c rune) rune {
		if c == '-' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' {
			return c
		}
		return '_'
	}, name)
}
