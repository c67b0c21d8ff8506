package image

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/seatrial/seatrial/harness/image/debian"
)

// finish makes what maintainer scripts would have made, and the recipe's own
// files.
func (r recipe) finish(t *debian.Tree) error {
	steps := []func() error{
		t.Skeleton,
		func() error { return t.AddUsers(r.Users...) },
		func() error { return r.certificates(t) },
		func() error { return r.files(t) },
		func() error { return r.shell(t) },
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return fmt.Errorf("finish %s: %w", r.Name, err)
		}
	}
	return nil
}

func (r recipe) certificates(t *debian.Tree) error {
	if slices.Contains(r.Packages, "ca-certificates") && !t.Has(debian.CABundle) {
		if err := t.JoinCertificates(); err != nil {
			return err
		}
		t.Remove("usr/share/ca-certificates")
	}
	if t.Has("usr/share/zoneinfo/Etc/UTC") {
		if err := t.Symlink("/usr/share/zoneinfo/Etc/UTC", "etc/localtime"); err != nil {
			return err
		}
	}
	return t.WriteFile("etc/nsswitch.conf", []byte("passwd: files\ngroup: files\nhosts: files dns\n"), 0o644)
}

func (r recipe) files(t *debian.Tree) error {
	for _, d := range r.Dirs {
		if err := t.Mkdir(d.Path, 0o755, d.UID, d.GID); err != nil {
			return err
		}
	}
	for path, content := range r.Files {
		if err := t.WriteFile(path, []byte(content), 0o644); err != nil {
			return err
		}
	}
	for path, target := range r.Links {
		if err := t.Symlink(target, path); err != nil {
			return err
		}
	}
	return nil
}

// shell makes sure that there is /bin/sh where there is a shell at all, and gives
// busybox its names.
func (r recipe) shell(t *debian.Tree) error {
	if r.Applets {
		b, err := t.ReadFile("bin/busybox")
		if err != nil {
			return err
		}
		for _, name := range applets(b) {
			if t.Has("bin/"+name) || t.Has("sbin/"+name) {
				continue
			}
			if err := t.Symlink("busybox", "bin/"+name); err != nil {
				return err
			}
		}
	}
	if t.Has("bin/dash") && !t.Has("bin/sh") {
		return t.Symlink("dash", "bin/sh")
	}
	return nil
}

// applets reads the names of its commands out of a busybox binary: a sorted list
// of words, each ended by a zero byte, that begins with "[" and "[[" and ends with
// an empty word (applet_names in its source). So it need not be run, and may be
// for another architecture.
func applets(binary []byte) []string {
	start := bytes.Index(binary, []byte("\x00[\x00[[\x00"))
	if start < 0 {
		return []string{"sh", "ls", "cat", "echo", "env", "id", "ps", "test", "true", "false", "sleep", "wget"}
	}
	var out []string
	for word := range bytes.SplitSeq(binary[start+1:], []byte{0}) {
		name := string(word)
		if name == "" || len(name) > 32 || len(out) > 0 && name < out[len(out)-1] {
			break
		}
		if name != "busybox" && !strings.ContainsAny(name, "/ ") {
			out = append(out, name)
		}
	}
	return out
}
