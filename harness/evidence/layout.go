package evidence

import (
	"fmt"
	"regexp"
	"strings"
	"time"
)

// Schema is the version of the bundle's layout that this package writes. It
// grows when a reader of the old layout would misread a new bundle.
const Schema = 1

// The files of a bundle; the package comment says what each one holds.
const (
	MetaFile       = "meta.json"
	OutcomeFile    = "outcome.json"
	SpecFile       = "spec.json"
	ConditionsFile = "conditions.txt"
	AppFile        = "app.json"
	BuildFile      = "build.json"
	BuildLog       = "build.log"
	GoModFile      = "source/go.mod"
	ImageFile      = "image.json"
	ImageFilesFile = "image-files.jsonl"
	StateFile      = "state.json"
	StdoutLog      = "stdout.log"
	StderrLog      = "stderr.log"
	LogFile        = "log.jsonl"
	DiffFile       = "diff.json"
	SocketsFile    = "sockets.json"
	ProcessesFile  = "processes.jsonl"
	MountsFile     = "mounts.jsonl"
	LimitsFile     = "limits.json"
	PathsFile      = "paths.jsonl"
	HTTPFile       = "http.jsonl"
	RedisLog       = "services/redis.log"
	RedisInfoFile  = "services/redis-info.txt"
	RedisACLFile   = "services/redis-acl.txt"
	NginxLog       = "services/nginx.log"
	NginxConfFile  = "services/nginx.conf"
	HostFile       = "host.json"
	StepsFile      = "steps.json"
	LaunchFile     = "launch.json"
	ExperimentFile = "experiment.json"
	ReproduceFile  = "reproduce.sh"
)

// Files of bundles of what was deployed by other means: what a person pasted or
// another tool said. The harness writes the platform's words alone, where it
// could not make an image or a container.
const (
	TranscriptLog = "transcript.log" // any text of unknown origin
	PlatformLog   = "platform.log"   // the engine, docker build, docker run, compose, kubectl
	SystemdLog    = "systemd.log"    // systemctl and journalctl
	UnitFile      = "unit.service"
	SupervisorLog = "supervisor.log"
	// SupervisorConfFile is supervisord's configuration.
	SupervisorConfFile = "supervisord.conf"
)

// Files lists the files of the layout in the order of the package comment,
// without meta.json, which the Writer makes itself.
func Files() []string {
	return []string{
		OutcomeFile, SpecFile, ConditionsFile, AppFile, BuildFile, BuildLog, GoModFile, ImageFile, ImageFilesFile, StateFile,
		StdoutLog, StderrLog, LogFile, DiffFile, SocketsFile, ProcessesFile, MountsFile, LimitsFile, PathsFile, HTTPFile,
		RedisLog, RedisInfoFile, RedisACLFile, NginxLog, NginxConfFile, HostFile, StepsFile,
	}
}

// Meta is the content of meta.json.
type Meta struct {
	Schema  int       `json:"schema"`
	Created time.Time `json:"created"`
	Closed  time.Time `json:"closed,omitzero"`
	// Complete says that the bundle was closed and that no write failed. Files
	// of the layout that nobody wrote are no failure; see NotWritten.
	Complete bool       `json:"complete"`
	Files    []FileInfo `json:"files"`
	Missing  []Gap      `json:"missing,omitempty"`
	// Partial are files that hold a part on purpose, and which part.
	Partial    []Gap    `json:"partial,omitempty"`
	NotWritten []string `json:"not_written,omitempty"`
	// ShortSecrets counts the known secrets that were too short to be searched
	// for (see MinSecret); nothing else can be said of them here.
	ShortSecrets int `json:"short_secrets,omitempty"`
}

// FileInfo is one file of a bundle.
type FileInfo struct {
	Name  string `json:"name"`
	Bytes int64  `json:"bytes"`
}

// Gap is a file that is missing, or cut short, and why.
type Gap struct {
	File   string `json:"file"`
	Reason string `json:"reason"`
}

// Line is one line of a file of a bundle, as reports quote it.
type Line struct {
	File   string `json:"file"`
	Number int    `json:"line"` // from 1; 0 means the file as a whole
	Text   string `json:"text"`
}

// String gives "file:number: text", the form that editors can jump to.
func (l Line) String() string {
	if l.Number == 0 {
		return l.File + ": " + l.Text
	}
	return fmt.Sprintf("%s:%d: %s", l.File, l.Number, l.Text)
}

// Names are lower case so that no two of them meet on a file system that
// ignores case, and free of the characters that Windows reserves.
var namePattern = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,79}(/[a-z0-9][a-z0-9._-]{0,79}){0,3}$`)

// CheckName says whether name may be a file of a bundle: a relative slash path
// of at most four lower case elements, and not meta.json.
func CheckName(name string) error {
	switch {
	case name == MetaFile:
		return fmt.Errorf("name evidence file %q: written by Close alone", name)
	case !namePattern.MatchString(name) || strings.HasSuffix(name, "."):
		return fmt.Errorf("name evidence file %q: want lower case letters, digits, '.', '_', '-' and at most three '/'", name)
	}
	return nil
}
