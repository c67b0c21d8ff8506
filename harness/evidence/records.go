package evidence

import (
	"net/http"
	"strings"
	"time"
)

// The documents of a bundle. Who collects fills them in, rules read them; a field
// that is zero was not seen.

// Outcome is the content of outcome.json: what was being tried, and what was
// seen to be wrong with it, before anybody asked why.
type Outcome struct {
	Outcome string `json:"outcome"` // as in the report: "passed", "failed", "broken"
	// Phase is "build", "image", "launch" (it did not become ready) or "scenario".
	Phase    string `json:"phase"`
	Scenario string `json:"scenario,omitempty"` // its name
	Step     string `json:"step,omitempty"`     // the one that failed
	// Kind is how the app did not become ready: "refused", "exited",
	// "not-listening", "other-port", "loopback-only" or "not-ready"; empty if it did.
	Kind   string `json:"kind,omitempty"`
	What   string `json:"what,omitempty"`   // the symptom in one line, in English
	Ready  string `json:"ready,omitempty"`  // the path that was asked
	Within string `json:"within,omitempty"` // how long the app had
}

// Build is the content of build.json: what was asked of the go command, and what
// came of it.
type Build struct {
	Go      string `json:"go"` // exact release, "1.22.12"
	GOOS    string `json:"goos"`
	GOARCH  string `json:"goarch"`
	Mod     string `json:"mod"` // "mod" or "vendor"
	CGO     bool   `json:"cgo"`
	Tags    string `json:"tags,omitempty"`
	LDFlags string `json:"ldflags,omitempty"`
	Main    string `json:"main,omitempty"` // the main package, "./cmd/shop"
	Command string `json:"command,omitempty"`
	// Stage is where a build failed: "go.mod", "vendor", "compile", "verify";
	// empty if it did not.
	Stage  string  `json:"stage,omitempty"`
	SHA256 string  `json:"sha256,omitempty"`
	Size   int64   `json:"size,omitempty"` // bytes
	Binary *Binary `json:"binary,omitempty"`
}

// Binary is what a binary says of itself.
type Binary struct {
	Format      string            `json:"format"` // "elf", "pe", "macho", "wasm"
	GoVersion   string            `json:"goVersion,omitempty"`
	GOOS        string            `json:"goos,omitempty"`
	GOARCH      string            `json:"goarch,omitempty"`
	CGO         bool              `json:"cgo"`
	Static      bool              `json:"static"`
	Interpreter string            `json:"interpreter,omitempty"` // the loader that an ELF file asks for
	Needed      []string          `json:"needed,omitempty"`      // shared libraries
	GLIBC       string            `json:"glibc,omitempty"`       // the newest version of glibc's symbols it wants
	Modules     map[string]string `json:"modules,omitempty"`     // versions of the modules in it
	Settings    map[string]string `json:"settings,omitempty"`
}

// App is the content of app.json: what the app is, as its source says.
type App struct {
	Name      string      `json:"name"`
	Framework string      `json:"framework,omitempty"` // "gin", "net/http", ...
	Port      int         `json:"port,omitempty"`
	Ready     string      `json:"ready,omitempty"`
	Redis     bool        `json:"redis,omitempty"`
	Templates []string    `json:"templates,omitempty"` // files and patterns read at run time, as written
	Static    []StaticDir `json:"static,omitempty"`
	Embeds    []string    `json:"embeds,omitempty"`
	Configs   []string    `json:"configs,omitempty"` // configuration files that the tree has
	Missing   []string    `json:"missing,omitempty"` // relative paths that it reads and the tree has not
	EnvKeys   []string    `json:"envKeys,omitempty"` // variables that it reads
}

// StaticDir is what an app serves from its disk.
type StaticDir struct {
	URL string `json:"url,omitempty"`
	Dir string `json:"dir"`
}

// Image is the content of image.json.
type Image struct {
	Name       string   `json:"name"`
	ID         string   `json:"id,omitempty"`
	Digest     string   `json:"digest,omitempty"`
	Source     string   `json:"source,omitempty"`
	Detail     string   `json:"detail,omitempty"`
	Base       string   `json:"base,omitempty"` // "scratch", "debian", "musl", ...
	OS         string   `json:"os,omitempty"`
	Arch       string   `json:"arch,omitempty"`
	User       string   `json:"user,omitempty"`
	WorkDir    string   `json:"workdir,omitempty"`
	Entrypoint []string `json:"entrypoint,omitempty"`
	Cmd        []string `json:"cmd,omitempty"`
	Env        []string `json:"env,omitempty"`
	Exposed    []string `json:"exposed,omitempty"`
	Volumes    []string `json:"volumes,omitempty"`
}

// File is a line of image-files.jsonl: one entry of the image's file system.
type File struct {
	Path   string `json:"path"` // absolute
	Type   string `json:"type"` // "file", "dir", "link", "device", ...
	Mode   string `json:"mode"` // octal, "0755"
	UID    int    `json:"uid"`
	GID    int    `json:"gid"`
	Size   int64  `json:"size,omitempty"`
	Target string `json:"target,omitempty"` // of a link
}

// Path is a line of paths.jsonl: a path that matters to the app, as a process
// of the app's user sees it in the app's container. Of an app that has ended it
// is what a stand-in sees in a fresh container of the same image and deployment:
// what the app itself had made on its root or in a tmpfs is gone; see diff.json.
//
// Of a link, everything is of what it leads to, but for Target. A link that
// leads nowhere has Type "link" and the Error. A pattern has Type "glob" and
// Entries says how many paths it matches; the first of them follow.
type Path struct {
	Path string `json:"path"` // as the app or its log has it
	Abs  string `json:"abs"`  // against the app's working directory
	// Why it matters: "log" or "engine" named it; "binary", "interpreter",
	// "library" (the first place that has it); "workdir"; of the deployment
	// "mount", "tmpfs", "unreadable", "changed", "env", "args"; of the source
	// "config", "template", "static", "missing" (no such file in the tree), and
	// "shipped", where the image has those if the app is started elsewhere;
	// "usual" are the places that many programs need.
	Why   string `json:"why,omitempty"`
	Error string `json:"error,omitempty"` // the system's: "no such file or directory"
	// Parent is the deepest directory on the way that exists, if the path does not.
	Parent string `json:"parent,omitempty"`
	File
	Readable   bool   `json:"readable"`
	Writable   bool   `json:"writable"`
	Executable bool   `json:"executable"`
	Mount      string `json:"mount,omitempty"` // the mount point it is on
	// Entries are how many things a directory holds; -1 if it could not be read.
	Entries int `json:"entries,omitempty"`
	// Head is how a program or a script begins, at most 64 bytes, as Go quotes
	// them in ASCII, without the quotes: "#!/bin/sh\\r\\n", "\\x7fELF\\x02\\x01".
	Head string `json:"head,omitempty"`
}

// State is the content of state.json: what the engine says of the app's container.
type State struct {
	Status   string `json:"status"` // created, running, exited, ...
	Running  bool   `json:"running"`
	ExitCode int    `json:"exitCode"`
	OOM      bool   `json:"oomKilled"`
	// OOMEvidence says how that is known where the engine does not say so, or
	// what speaks for it where it is not known.
	OOMEvidence string    `json:"oomEvidence,omitempty"`
	Error       string    `json:"error,omitempty"` // the engine's own error
	Created     time.Time `json:"createdAt"`
	Started     time.Time `json:"startedAt"`
	Finished    time.Time `json:"finishedAt"`
	// Restarts are how often the engine or a probe has started it again, and
	// RestartedFor is what the probe found at last.
	Restarts     int    `json:"restarts,omitempty"`
	RestartedFor string `json:"restartedFor,omitempty"`
}

// Refused says whether the process was never started.
func (s State) Refused() bool { return s.Status == "created" && !s.Running }

// LogLine is a line of log.jsonl: both streams, in order of time.
type LogLine struct {
	Time   time.Time `json:"time"`
	Stream string    `json:"stream"` // "stdout" or "stderr"
	Line   int       `json:"line"`   // in stdout.log or stderr.log, from 1
	Text   string    `json:"text"`
}

// Socket is an element of sockets.json: what listens in the app's network namespace.
type Socket struct {
	Address string `json:"address"`
	Port    int    `json:"port"`
	UID     int    `json:"uid"`
}

// Loopback says whether the socket can be reached from within its namespace only.
func (k Socket) Loopback() bool {
	return strings.HasPrefix(k.Address, "127.") || k.Address == "::1"
}

// Process is a line of processes.jsonl, as the kernel has it.
type Process struct {
	// StandIn marks the process that was started in a fresh container, as the
	// app had been, because the app has ended: its user, rights and limits are
	// the app's; it is not the app.
	StandIn bool     `json:"standIn,omitempty"`
	PID     int      `json:"pid"` // in the app's namespace
	PPID    int      `json:"ppid"`
	Name    string   `json:"name"`
	Args    []string `json:"args,omitempty"`
	State   string   `json:"state,omitempty"` // "R", "S", "D", "Z", ...
	Threads int      `json:"threads,omitempty"`
	WorkDir string   `json:"workdir,omitempty"`
	// UIDs and GIDs are real, effective, saved, file system.
	UIDs         []int  `json:"uids,omitempty"`
	GIDs         []int  `json:"gids,omitempty"`
	Groups       []int  `json:"groups,omitempty"`
	CapEffective string `json:"capEffective,omitempty"` // as /proc has it, in hex
	CapBounding  string `json:"capBounding,omitempty"`
	NoNewPrivs   bool   `json:"noNewPrivs,omitempty"`
	Seccomp      int    `json:"seccomp,omitempty"` // 0 off, 1 strict, 2 filter
	// Limits are the soft limits by their names in /proc/PID/limits; "unlimited" is -1.
	Limits    map[string]int64 `json:"limits,omitempty"`
	OpenFiles int              `json:"openFiles,omitempty"`
	RSS       int64            `json:"rss,omitempty"` // bytes
}

// Mounted is a line of mounts.jsonl: a mount point in the app's namespace.
type Mounted struct {
	Path     string `json:"path"`
	Type     string `json:"type"` // of the file system
	Source   string `json:"source,omitempty"`
	Options  string `json:"options,omitempty"`
	ReadOnly bool   `json:"readOnly,omitempty"`
	NoExec   bool   `json:"noExec,omitempty"`
	Size     int64  `json:"size,omitempty"` // bytes
	Free     int64  `json:"free"`           // bytes that the app's user could write; -1 if unknown
}

// Limits is the content of limits.json: the app's cgroup. 0 means none or unknown.
type Limits struct {
	Memory      int64   `json:"memory,omitempty"`      // bytes
	MemoryPeak  int64   `json:"memoryPeak,omitempty"`  // bytes
	MemoryFails int64   `json:"memoryFails,omitempty"` // how often the limit was hit
	OOMKills    int64   `json:"oomKills,omitempty"`
	PIDs        int64   `json:"pids,omitempty"`
	PIDsNow     int64   `json:"pidsNow,omitempty"`
	PIDsFails   int64   `json:"pidsFails,omitempty"`
	CPUs        float64 `json:"cpus,omitempty"`
	Throttled   int64   `json:"throttled,omitempty"` // periods in which the CPU quota was used up
}

// Change is an element of diff.json: what the app changed in its container.
type Change struct {
	Kind string `json:"kind"` // "added", "modified" or "deleted"
	Path string `json:"path"`
}

// Road is the way that a request takes to the app.
type Road string

const (
	Direct       Road = "direct"
	ThroughNginx Road = "nginx"
)

// Exchange is a line of http.jsonl: a request and what came back.
type Exchange struct {
	At     time.Time   `json:"at"`
	Road   Road        `json:"road"`
	Method string      `json:"method"`
	Path   string      `json:"path"`
	Status int         `json:"status,omitempty"`
	Header http.Header `json:"header,omitempty"`
	Body   string      `json:"body,omitempty"` // how it began, if it was text
	Size   int         `json:"size"`
	Millis int64       `json:"millis"`
	Error  string      `json:"error,omitempty"`
	// Probe says what a request that no scenario made was made for, after the failure.
	Probe string `json:"probe,omitempty"`
}
