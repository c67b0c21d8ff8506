package deployment

import (
	"maps"
	"slices"
	"strings"
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
	// Ready is the path on which the app says that it is ready.
	Ready string `json:"ready,omitempty"`
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

	// Who the app is and what it may do, see identity.go.

	// NoHome starts the app without the variable HOME, which engines set.
	NoHome bool `json:"noHome,omitempty"`
	// PrivilegedPorts keeps ports below 1024 for those with NET_BIND_SERVICE.
	PrivilegedPorts bool `json:"privilegedPorts,omitempty"`
	// Seccomp is the name of a profile of [SeccompProfiles], or the host's file
	// that holds one; empty means the engine's own.
	Seccomp string `json:"seccomp,omitempty"`

	// What is different about files and directories, see filesystem.go.

	// Files are altered in this order, in the image and in mounts.
	Files []FileChange `json:"files,omitempty"`
	// Slow are paths where each call on files takes longer.
	Slow []SlowPath `json:"slow,omitempty"`
	// Without are the parts of the image that are left out.
	Without []Part `json:"without,omitempty"`

	// How much the app may use, see resources.go; 0 means no limit.

	CPUs      float64 `json:"cpus,omitempty"`
	PIDs      int64   `json:"pids,omitempty"`
	OpenFiles int64   `json:"openFiles,omitempty"`

	// How the process lives, see life.go.

	// Init runs the app below an init.
	Init bool `json:"init,omitempty"`
	// Restart is what the engine does when the app ends.
	Restart Restart `json:"restart,omitempty"`
	// Probes kill an app that does not answer, and put another in its place.
	Probes Probes `json:"probes,omitzero"`
	// Replicas is how many instances of the app run; 0 means one.
	Replicas int `json:"replicas,omitempty"`
	// LogReader is who reads what the app logs.
	LogReader LogReader `json:"logReader,omitzero"`

	// Redis is the state of the Redis beside the app when the app starts, and
	// RedisFor how long that lasts, for the states Late and Loading.
	Redis    Service       `json:"redis,omitempty"`
	RedisFor time.Duration `json:"redisFor,omitempty"`
	// RedisPassword says whether Redis wants a password and what the app is told.
	RedisPassword Password `json:"redisPassword,omitempty"`
	// RedisLink is what is wrong with connections to Redis.
	RedisLink Link `json:"redisLink,omitzero"`
	// Network is what the app's network lacks, see network.go.
	Network Network `json:"network,omitzero"`
	// Proxy is how the nginx in front differs, see proxy.go.
	Proxy Proxy `json:"proxy,omitzero"`

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
	// Frozen mounts cannot be written to, though they are as a writable one is.
	Frozen bool `json:"frozen,omitempty"`
	// Keep means that the image's own content is what the mount holds.
	Keep bool `json:"keep,omitempty"`
	// Stale means that an earlier release has filled the volume: it holds what the
	// image had there then.
	Stale bool `json:"stale,omitempty"`
	// ConfigMap lays the files out as Kubernetes does: ..data is a link to the
	// directory of the day, and each file is a link through it.
	ConfigMap bool `json:"configMap,omitempty"`
	// SubPath is the one file of From that is mounted, relative to it.
	SubPath string `json:"subPath,omitempty"`
}

// Root is the path in the container at which From would be mounted as a whole.
func (m Mount) Root() string {
	if m.SubPath == "" {
		return m.Path
	}
	return strings.TrimSuffix(strings.TrimSuffix(m.Path, m.SubPath), "/")
}

// Tmpfs is an in-memory file system, empty at start and writable by everyone.
type Tmpfs struct {
	Path string `json:"path"`
	// Size is in bytes; 0 means the engine's default.
	Size int64 `json:"size,omitempty"`
	// NoExec forbids to run programs from it.
	NoExec bool `json:"noExec,omitempty"`
	// Full means that no byte is left when the app starts.
	Full bool `json:"full,omitempty"`
}

// SlowPath is a directory or file, with all below it, on which each call waits.
type SlowPath struct {
	Path  string        `json:"path"`
	Delay time.Duration `json:"delay"`
}

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
	s.Files = slices.Clone(s.Files)
	s.Without = slices.Clone(s.Without)
	s.Slow = slices.Clone(s.Slow)
	return s
}
