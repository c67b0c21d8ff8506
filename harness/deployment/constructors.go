package deployment

import (
	"fmt"
	"strconv"
	"strings"
)

// User runs the app as this numeric user and group.
func User(uid, gid int) Condition {
	return Condition{Name: "user", Value: fmt.Sprintf("%d:%d", uid, gid)}
}

// WorkDir starts the app from this absolute directory.
func WorkDir(path string) Condition { return Condition{Name: "workdir", Value: path} }

// ReadOnlyRoot makes the root file system read-only.
func ReadOnlyRoot() Condition { return Condition{Name: "read-only-root"} }

// DropCapabilities takes Linux capabilities away; all of them when none is named.
func DropCapabilities(names ...string) Condition {
	return Condition{Name: "drop-capabilities", Value: strings.Join(names, ",")}
}

// NoNewPrivileges keeps set-user-id bits and file capabilities from raising rights.
func NoNewPrivileges() Condition { return Condition{Name: "no-new-privileges"} }

// Memory limits the app to this many bytes, swap included.
func Memory(bytes int64) Condition {
	return Condition{Name: "memory", Value: strconv.FormatInt(bytes, 10)}
}

// MissingMount leaves out what the deployment mounts at this path.
func MissingMount(path string) Condition { return Condition{Name: "missing-mount", Value: path} }

// Unreadable makes a file or directory readable by root alone.
func Unreadable(path string) Condition { return Condition{Name: "unreadable", Value: path} }

// TmpfsAt mounts an empty in-memory file system; a size of 0 means no limit of its own.
func TmpfsAt(path string, bytes int64) Condition {
	if bytes == 0 {
		return Condition{Name: "tmpfs", Value: path}
	}
	return Condition{Name: "tmpfs", Value: path + ":" + strconv.FormatInt(bytes, 10)}
}

// Env sets an environment variable; an empty value is a value.
func Env(key, value string) Condition { return Condition{Name: "env", Value: key + "=" + value} }

// EnvUnset removes an environment variable.
func EnvUnset(key string) Condition { return Condition{Name: "env-unset", Value: key} }
