package deployment

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// What the conditions about files and mounts share.

// fullSize is that of a file system which is filled before the app starts.
const fullSize = 64 << 10

func contentOf(v string) string {
	at, _, _ := strings.Cut(v, ":")
	return "content of " + at
}

func modeOf(v string) string {
	at, _, _ := strings.Cut(v, ":")
	return "mode of " + at
}

func ownerOf(v string) string {
	at, _, _ := strings.Cut(v, ":")
	return "owner of " + at
}

// change gives the apply function of a condition that alters one path.
func change(what Alteration) func(*Spec, string) error {
	return func(s *Spec, v string) error {
		s.Files = append(s.Files, FileChange{Path: v, Change: what})
		return nil
	}
}

func isMountPoint(s *Spec, at string) bool {
	return slices.ContainsFunc(s.Mounts, func(m Mount) bool { return m.Path == at })
}

// mountTmpfs puts a file system where the deployment may have mounted something.
func mountTmpfs(s *Spec, t Tmpfs) error {
	s.Mounts = slices.DeleteFunc(s.Mounts, func(m Mount) bool { return m.Path == t.Path })
	s.Tmpfs = append(s.Tmpfs, t)
	return nil
}

func applyReadOnly(s *Spec, v string) error {
	if slices.ContainsFunc(s.Tmpfs, func(t Tmpfs) bool { return t.Path == v }) {
		return fmt.Errorf("an empty file system is mounted at %s, which would be of no use read-only", v)
	}
	for i := range s.Mounts {
		if s.Mounts[i].Path == v {
			s.Mounts[i].Frozen = true
			return nil
		}
	}
	s.Mounts = append(s.Mounts, Mount{Path: v, Keep: true, Frozen: true})
	return nil
}

func pathAndMode(v string) (string, error) {
	at, bits, _ := strings.Cut(v, ":")
	at, err := absolute(at)
	if err != nil {
		return "", err
	}
	mode, err := strconv.ParseUint(bits, 8, 12)
	if err != nil {
		return "", fmt.Errorf("%q is not a mode in octal", bits)
	}
	return fmt.Sprintf("%s:%04o", at, mode), nil
}

// numbers reads the "UID:GID" that userAndGroup gave.
func numbers(ids string) (uid, gid int) {
	u, g, _ := strings.Cut(ids, ":")
	uid, _ = strconv.Atoi(u)
	gid, _ = strconv.Atoi(g)
	return uid, gid
}
