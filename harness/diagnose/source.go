package diagnose

import "github.com/seatrial/seatrial/harness/evidence"

// Source is where a pattern looks for lines.
type Source string

// The sources. transcript.log, whose origin nobody knows, belongs to each of
// them but Redis, Nginx and State.
const (
	SourceApp        Source = "app"        // what the app wrote, to both streams or the journal
	SourceBuild      Source = "build"      // the go command's output, on its own or within that of docker build
	SourceEngine     Source = "engine"     // the engine's own error, and platform.log
	SourceRedis      Source = "redis"      // its log, INFO and ACL log
	SourceNginx      Source = "nginx"      // its log
	SourceSystemd    Source = "systemd"    // systemd.log, without what the services themselves wrote
	SourceUnit       Source = "unit"       // unit.service
	SourceSupervisor Source = "supervisor" // supervisor.log and its configuration
	SourceAny        Source = "any"        // all of these
)

var sources = []Source{
	SourceApp, SourceBuild, SourceEngine, SourceRedis, SourceNginx, SourceSystemd, SourceUnit, SourceSupervisor, SourceAny,
}

// files of each source.
var sourceFiles = map[Source][]string{
	SourceApp:        {evidence.StderrLog, evidence.StdoutLog, evidence.SystemdLog, evidence.TranscriptLog},
	SourceBuild:      {evidence.BuildLog, evidence.PlatformLog, evidence.TranscriptLog},
	SourceEngine:     {evidence.StateFile, evidence.PlatformLog, evidence.TranscriptLog},
	SourceRedis:      {evidence.RedisLog, evidence.RedisInfoFile, evidence.RedisACLFile},
	SourceNginx:      {evidence.NginxLog},
	SourceSystemd:    {evidence.SystemdLog, evidence.TranscriptLog},
	SourceUnit:       {evidence.UnitFile},
	SourceSupervisor: {evidence.SupervisorLog, evidence.SupervisorConfFile, evidence.TranscriptLog},
	SourceAny: {
		evidence.StderrLog, evidence.StdoutLog, evidence.BuildLog, evidence.StateFile, evidence.PlatformLog, evidence.SystemdLog,
		evidence.UnitFile, evidence.SupervisorLog, evidence.SupervisorConfFile, evidence.TranscriptLog, evidence.RedisLog, evidence.RedisInfoFile,
		evidence.RedisACLFile, evidence.NginxLog,
	},
}

// Line is a line of the evidence with the text that patterns meet.
type Line struct {
	evidence.Line
	// Plain is the line as a person reads it: without colours; the values of a
	// line of JSON as key=value, unescaped; the quotes of logfmt unescaped; and
	// the C library's messages of other languages in English.
	Plain string
	// Deadly says that the line can have ended the app.
	Deadly bool

	read *reading
}

// reading is what was found out about a line already; all its copies share it.
type reading struct {
	calm     bool
	accessed bool // it was asked whether it is of an access log
	hit      *Hit // if it is
}

func newLine(line evidence.Line, plain string) Line {
	return Line{Line: line, Plain: plain, read: &reading{calm: calm.MatchString(plain)}}
}

// calm says whether the app calls the line no more than a note.
func (l Line) calm() bool {
	if l.read == nil {
		return calm.MatchString(l.Plain)
	}
	return l.read.calm
}
