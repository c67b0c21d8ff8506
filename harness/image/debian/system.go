package debian

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
)

// User is an account with a group of its own.
type User struct {
	Name     string
	UID, GID int
	Home     string
}

// The accounts of a tree without base-passwd, with the numbers that Debian gives
// them everywhere.
const (
	plainPasswd = "root:*:0:0:root:/root:/bin/sh\nwww-data:*:33:33:www-data:/var/www:/usr/sbin/nologin\n" +
		"nobody:*:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n"
	plainGroup = "root:*:0:\ntty:*:5:\nwww-data:*:33:\nnogroup:*:65534:\n"
)

// AddUsers writes /etc/passwd and /etc/group: the masters of base-passwd where
// that package is in the tree, and the users given. A name that is there already
// is left as it is.
func (t *Tree) AddUsers(users ...User) error {
	passwd := t.readOr("usr/share/base-passwd/passwd.master", plainPasswd)
	group := t.readOr("usr/share/base-passwd/group.master", plainGroup)
	for _, u := range users {
		if !named(passwd, u.Name) {
			passwd += fmt.Sprintf("%s:*:%d:%d:%s:%s:/usr/sbin/nologin\n", u.Name, u.UID, u.GID, u.Name, u.Home)
		}
		if !named(group, u.Name) {
			group += fmt.Sprintf("%s:*:%d:\n", u.Name, u.GID)
		}
	}
	return errors.Join(t.WriteFile("etc/passwd", []byte(passwd), 0o644), t.WriteFile("etc/group", []byte(group), 0o644))
}

func (t *Tree) readOr(name, otherwise string) string {
	b, err := t.ReadFile(name)
	if err != nil {
		return otherwise
	}
	return string(b)
}

func named(table, name string) bool {
	return strings.HasPrefix(table, name+":") || strings.Contains(table, "\n"+name+":")
}

// Skeleton makes the directories that every process may expect.
func (t *Tree) Skeleton() error {
	var errs []error
	for _, d := range []struct {
		name string
		mode fs.FileMode
	}{
		{"etc", 0o755}, {"dev", 0o755}, {"proc", 0o755}, {"sys", 0o755}, {"run", 0o755}, {"root", 0o700}, {"home", 0o755},
		{"tmp", 0o777 | fs.ModeSticky}, {"var/tmp", 0o777 | fs.ModeSticky}, {"var/lib", 0o755}, {"var/log", 0o755}, {"var/cache", 0o755},
	} {
		errs = append(errs, t.Mkdir(d.name, d.mode, 0, 0))
	}
	return errors.Join(errs...)
}

// CABundle is where programs look for the certificates of authorities.
const CABundle = "etc/ssl/certs/ca-certificates.crt"

// JoinCertificates writes [CABundle] from the certificates of the package
// ca-certificates, as update-ca-certificates does.
func (t *Tree) JoinCertificates() error {
	const dir = "usr/share/ca-certificates"
	var bundle bytes.Buffer
	paths := t.Paths(dir)
	slices.Sort(paths)
	for _, p := range paths {
		if !strings.HasSuffix(p, ".crt") {
			continue
		}
		b, err := t.ReadFile(p)
		if err != nil {
			continue // a directory of that name
		}
		bundle.Write(bytes.TrimRight(b, "\n"))
		bundle.WriteByte('\n')
	}
	if bundle.Len() == 0 {
		return fmt.Errorf("join certificates: none in /%s", dir)
	}
	return t.WriteFile(CABundle, bundle.Bytes(), 0o644)
}
