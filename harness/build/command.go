package build

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"time"
)

// goCommand is one run of the go command for a key.
type goCommand struct {
	dir      string   // where it runs
	args     []string // what it is given
	env      []string // what it gets besides the host's environment
	prepare  []string // shell commands a person would run first, in shownDir
	shown    []string // args as a person would type them; nil is args
	shownDir string   // dir as a person would name it; empty is dir
}

// result is how a go command ended.
type result struct {
	command string // to paste into a shell
	output  string // standard output and standard error as they came
	exit    int    // -1 if a signal ended it
}

// run runs c with temporary files of its own, which are gone afterwards even if
// it is killed. Only a command that could not be run to its end is an error.
func (b *Builder) run(ctx context.Context, h host, release string, c goCommand) (result, error) {
	tmp, err := b.workDir("tmp-")
	if err != nil {
		return result{}, err
	}
	defer removeAll(tmp)
	env := append(slices.Clone(h.base), c.env...)
	env = append(env, "GOTMPDIR="+tmp, "TMPDIR="+tmp, "TMP="+tmp, "TEMP="+tmp)
	res, err := start(ctx, b.opts.GoCommand, c.dir, env, c.args...)
	res.command = h.paste(c)
	if err != nil {
		return res, fmt.Errorf("run go %s with Go %s: %w", c.args[0], release, err)
	}
	if res.exit < 0 {
		return res, fmt.Errorf("run go %s with Go %s: a signal ended it, as when the machine is out of memory: %s", c.args[0], release, lastLine(res.output))
	}
	return res, nil
}

// start runs name in dir and waits. When ctx ends, it kills the process and all
// it has started.
func start(ctx context.Context, name, dir string, env []string, args ...string) (result, error) {
	path, err := lookPath(name, env)
	if err != nil {
		return result{}, err
	}
	var out bytes.Buffer
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = dir, env, &out, &out
	group(cmd)
	cmd.WaitDelay = 10 * time.Second // for a child that keeps the output open
	err = cmd.Run()
	res := result{output: out.String()}
	if ctx.Err() != nil {
		return res, context.Cause(ctx)
	}
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		res.exit = exit.ExitCode()
		return res, nil
	}
	return res, err
}

// notMain says whether a go build that ended well wrote an archive or nothing,
// as it does for a package that is not main.
func notMain(out string) (bool, error) {
	f, err := os.Open(out)
	if errors.Is(err, fs.ErrNotExist) {
		return true, nil
	}
	if err != nil {
		return false, err
	}
	defer f.Close()
	magic := make([]byte, 8)
	n, err := f.Read(magic)
	if err != nil && !errors.Is(err, io.EOF) {
		return false, err
	}
	return n == 0 || string(magic[:n]) == "!<arch>\n", nil
}

// paste writes c as a line for a POSIX shell.
func (h host) paste(c goCommand) string {
	dir, args := c.shownDir, c.shown
	if dir == "" {
		dir = c.dir
	}
	if args == nil {
		args = c.args
	}
	steps := append([]string{"cd " + quote(dir)}, c.prepare...)
	return strings.Join(append(steps, h.line(c.env, args)), " && ")
}

// line writes one go command with the variables it needs before it.
func (h host) line(env, args []string) string {
	words := append(h.pasted(), "GOENV=off", "GOFLAGS=", "GOWORK=off", "GO111MODULE=on")
	words = append(append(append(words, env...), "go"), args...)
	for i, w := range words {
		words[i] = quote(w)
	}
	return strings.Join(words, " ")
}

var bare = regexp.MustCompile(`^[A-Za-z0-9_@%+=:,./-]+$`)
var assignment = regexp.MustCompile(`^([A-Za-z_][A-Za-z0-9_]*=)(.*)$`)

// quote writes one word of a shell command; an assignment keeps its name bare,
// or the shell would take it for a command.
func quote(word string) string {
	name := ""
	if m := assignment.FindStringSubmatch(word); m != nil {
		name, word = m[1], m[2]
		if word == "" {
			return name
		}
	}
	if !bare.MatchString(word) {
		word = "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
	}
	return name + word
}

// lookPath finds a program on the PATH of env, not on that of this process.
func lookPath(name string, env []string) (string, error) {
	if strings.ContainsAny(name, `/\`) {
		return exec.LookPath(name)
	}
	for _, dir := range filepath.SplitList(lookup(env, "PATH")) {
		// A relative entry would mean another directory for every command.
		if !filepath.IsAbs(dir) {
			continue
		}
		if path, err := exec.LookPath(filepath.Join(dir, name)); err == nil {
			return path, nil
		}
	}
	return "", &exec.Error{Name: name, Err: exec.ErrNotFound}
}

func (h host) lookPath(name string) (string, error) { return lookPath(name, h.base) }

// removeAll removes dir, directories in it that nobody may write to included.
func removeAll(dir string) error {
	err := os.RemoveAll(dir)
	if err == nil || runtime.GOOS == "windows" {
		return err
	}
	walk := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() {
			return os.Chmod(path, 0o700)
		}
		return nil
	})
	return errors.Join(walk, os.RemoveAll(dir))
}

func lines(all []string) string { return strings.Join(all, "\n") + "\n" }

// lastLine gives the last line of s that says something.
func lastLine(s string) string {
	all := strings.Split(strings.TrimSpace(s), "\n")
	return strings.TrimSpace(all[len(all)-1])
}
