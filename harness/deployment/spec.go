package deployment

import (
	"maps"
	"slices"
	"time"
)

// Spec is how an app is run. The zero value is a valid deployment: the image's
// own user and working directory, a writable root, no limits, Redis up.
type Spec struct {
	// User is "uid" or "uid:gid", numeric; empty means the image's user.
	User string `json:"user,omitempty"`
	// WorkDir is the working directory of the process; empty means the image's.
	WorkDir string `json:"workdir,omitempty"`
	// Args are given to the app's entrypoint.
	Args []string `json:"args,omitempty"`
	// Env is the whole environment that the deployment gives. Values may
	// contain ${REDIS_HOST}, ${REDIS_PORT}, ${REDIS_ADDR}, ${REDIS_URL} and
	// ${PORT}, which are filled in at launch.
	Env map[string]string `json:"env,omitempty"`
	// Port is the TCP port on which the app is expected to listen.
	Port int `json:"port,omitempty"`
	// AnyAnswer says what shows that the app is ready: false, a 2xx answer on its
	// ready path; true, any answer there with a status below 500, because the path
	// is a guess and nobody promised what it answers.
	AnyAnswer bool `json:"anyAnswer,omitempty"`

	ReadOnlyRoot     bool     `json:"readOnlyRoot,omitempty"`
	DropCapabilities []string `json:"dropCapabilities,omitempty"`
	NoNewPrivileges  bool     `json:"noNewPrivileges,omitempty"`
	// Memory is the limit in bytes; 0 means none.
	Memory int64 `json:"memory,omitempty"`

	// Mounts are the directories and files that production mounts over the image.
	Mounts []Mount `json:"mounts,omitempty"`
	// Tmpfs are empty in-memory file systems, by mount point.
	Tmpfs []Tmpfs `json:"tmpfs,omitempty"`
	// Unreadable are files and directories that the app's user may not read:
	// owner root, mode 0000.
	Unreadable []string `json:"unreadable,omitempty"`

	// Redis is the state of the Redis beside the app when the app starts.
	Redis Service `json:"redis,omitempty"`

	// StopWithin is how long the app may take to stop before it is killed.
	StopWithin time.Duration `json:"stopWithin,omitempty"`
}

// Mount is a directory or file that the deployment puts over the image.
type Mount struct {
	// Path is absolute, in the container.
	Path string `json:"path"`
	// From is the host's directory or file whose content is mounted.
	From string `json:"from"`
	// Writable mounts belong to the app's user; others are read-only.
	Writable bool `json:"writable,omitempty"`
}

// Tmpfs is an in-memory file system, empty at start and writable by everyone.
type Tmpfs struct {
	Path string `json:"path"`
	// Size is in bytes; 0 means the engine's default.
	Size int64 `json:"size,omitempty"`
}

// Service is the state of a service beside the app at the app's start.
type Service string

const (
	// Up is the zero value: the service answers before the app is started.
	Up Service = ""
	// Down: the service's name resolves, its port refuses connections.
	Down Service = "down"
)

// ReadyOn says whether an answer with this status on the ready path shows that
// the app can serve.
func (s Spec) ReadyOn(status int) bool {
	if s.AnyAnswer {
		return status >= 200 && status < 500
	}
	return status >= 200 && status < 300
}

// Clone gives a deep copy, so that conditions never change the Spec they are
// applied to.
func (s Spec) Clone() Spec {
	s.Args = slices.Clone(s.Args)
	s.Env = maps.Clone(s.Env)
	s.DropCapabilities = slices.Clone(s.DropCapabilities)
	s.Mounts = slices.Clone(s.Mounts)
	s.Tmpfs = slices.Clone(s.Tmpfs)
	s.Unreadable = slices.Clone(s.Unreadable)
	return s
}
