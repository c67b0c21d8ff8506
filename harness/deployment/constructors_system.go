package deployment

import (
	"fmt"
	"io/fs"
	"strconv"
)

// NoHome starts the app without the variable HOME.
func NoHome() Condition { return Condition{Name: "no-home"} }

// PrivilegedPortsClosed keeps ports below 1024 for those with NET_BIND_SERVICE.
func PrivilegedPortsClosed() Condition { return Condition{Name: "privileged-ports-closed"} }

// Seccomp filters system calls by a profile of [SeccompProfiles] or by a file
// with a profile.
func Seccomp(profile string) Condition { return Condition{Name: "seccomp", Value: profile} }

// NoExecAt mounts an empty file system from which no program can be run.
func NoExecAt(path string) Condition { return Condition{Name: "noexec", Value: path} }

// FullAt mounts a file system with no byte left.
func FullAt(path string) Condition { return Condition{Name: "full", Value: path} }

// ReadOnlyAt makes a mount read-only, or mounts the image's own content so.
func ReadOnlyAt(path string) Condition { return Condition{Name: "read-only", Value: path} }

// MissingPath takes a file or directory away.
func MissingPath(path string) Condition { return Condition{Name: "missing", Value: path} }

// DirectoryInstead puts an empty directory where a file was expected.
func DirectoryInstead(path string) Condition {
	return Condition{Name: "directory-instead", Value: path}
}

// EmptyPath leaves a file without content, or a directory without files.
func EmptyPath(path string) Condition { return Condition{Name: "empty", Value: path} }

// Mode sets the permission bits of a file or directory.
func Mode(path string, mode fs.FileMode) Condition {
	return Condition{Name: "mode", Value: fmt.Sprintf("%s:%04o", path, mode.Perm())}
}

// OwnedBy gives a file, or a directory with all below it, to a user and group.
func OwnedBy(path string, uid, gid int) Condition {
	return Condition{Name: "owner", Value: fmt.Sprintf("%s:%d:%d", path, uid, gid)}
}

// WithCRLF ends every line of a file with CR and LF.
func WithCRLF(path string) Condition { return Condition{Name: "crlf", Value: path} }

// WithBOM begins a file with a byte order mark.
func WithBOM(path string) Condition { return Condition{Name: "bom", Value: path} }

// MalformedFile breaks a file off in its middle.
func MalformedFile(path string) Condition { return Condition{Name: "malformed", Value: path} }

// PartlyFilledFile blanks every second value of a file.
func PartlyFilledFile(path string) Condition { return Condition{Name: "partly-filled", Value: path} }

// AsConfigMap lays a mounted directory out as Kubernetes does.
func AsConfigMap(path string) Condition { return Condition{Name: "configmap", Value: path} }

// SubPath mounts one file of a mounted directory instead of the directory.
func SubPath(path string) Condition { return Condition{Name: "subpath", Value: path} }

// SecretOfApp makes a file readable by the app's user alone, with mode 0400.
func SecretOfApp(path string) Condition { return Condition{Name: "private-file", Value: path} }

// SecretOfRoot makes a file readable by root alone, with mode 0400.
func SecretOfRoot(path string) Condition {
	return Condition{Name: "private-file", Value: path + ":root"}
}

// EnvSpaces puts a space before and behind the value of an environment variable.
func EnvSpaces(key string) Condition { return Condition{Name: "env-spaces", Value: key} }

// TimeZone sets the local time zone.
func TimeZone(name string) Condition { return Condition{Name: "time-zone", Value: name} }

// CPUs limits the app to a share of processors.
func CPUs(n float64) Condition {
	return Condition{Name: "cpus", Value: strconv.FormatFloat(n, 'f', -1, 64)}
}

// PIDs limits threads and processes.
func PIDs(n int) Condition { return Condition{Name: "pids", Value: strconv.Itoa(n)} }

// OpenFiles limits the files and sockets that a process may have open.
func OpenFiles(n int) Condition { return Condition{Name: "open-files", Value: strconv.Itoa(n)} }

// OnlyBinary leaves the app's files behind.
func OnlyBinary() Condition { return Condition{Name: "only-binary"} }

// NoTmp takes /tmp out of the image.
func NoTmp() Condition { return Condition{Name: "no-tmp"} }

// WithoutCACertificates takes the CA certificates out of the image.
func WithoutCACertificates() Condition { return Condition{Name: "without-ca-certificates"} }

// WithoutTimeZones takes the time zone data out of the image.
func WithoutTimeZones() Condition { return Condition{Name: "without-time-zones"} }

// WithoutShell takes the shells out of the image.
func WithoutShell() Condition { return Condition{Name: "without-shell"} }
