package diagnose

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"

	"github.com/seatrial/seatrial/harness/evidence"
)

// Source is where a pattern looks for lines.
type Source string

// The sources. transcript.log, whose origin nobody knows, belongs to each of
// them but Redis, Nginx and State.
const (
	SourceApp        Source = "app"        // what the app wrote, to both streams
	SourceBuild      Source = "build"      // the go command's output
	SourceEngine     Source = "engine"     // the engine's own error, and platform.log
	SourceRedis      Source = "redis"      // its log, INFO and ACL log
	SourceNginx      Source = "nginx"      // its log
	SourceSystemd    Source = "systemd"    // systemd.log
	SourceUnit       Source = "unit"       // unit.service
	SourceSupervisor Source = "supervisor" // supervisor.log
	SourceAny        Source = "any"        // all of these
)

var sources = []Source{
	SourceApp, SourceBuild, SourceEngine, SourceRedis, SourceNginx, SourceSystemd, SourceUnit, SourceSupervisor, SourceAny,
}

// files of each source.
var sourceFiles = map[Source][]string{
	SourceApp:        {evidence.StderrLog, evidence.StdoutLog, evidence.TranscriptLog},
	SourceBuild:      {evidence.BuildLog, evidence.TranscriptLog},
	SourceEngine:     {evidence.StateFile, evidence.PlatformLog, evidence.TranscriptLog},
	SourceRedis:      {evidence.RedisLog, evidence.RedisInfoFile, evidence.RedisACLFile},
	SourceNginx:      {evidence.NginxLog},
	SourceSystemd:    {evidence.SystemdLog, evidence.TranscriptLog},
	SourceUnit:       {evidence.UnitFile},
	SourceSupervisor: {evidence.SupervisorLog, evidence.TranscriptLog},
	SourceAny: {
		evidence.StderrLog, evidence.StdoutLog, evidence.BuildLog, evidence.StateFile, evidence.PlatformLog, evidence.SystemdLog,
		evidence.UnitFile, evidence.SupervisorLog, evidence.TranscriptLog, evidence.RedisLog, evidence.RedisInfoFile,
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
}

var ansi = regexp.MustCompile(`\x1b\[[0-9;?]*[ -/]*[@-~]`)

// plain gives a line's text as patterns meet it.
func plain(text string) string {
	text = ansi.ReplaceAllString(text, "")
	if object := strings.IndexByte(text, '{'); object >= 0 && strings.HasSuffix(strings.TrimSpace(text), "}") {
		var fields map[string]any
		if json.Unmarshal([]byte(text[object:]), &fields) == nil {
			text = text[:object] + flat("", fields)
		}
	}
	if strings.Contains(text, `\"`) {
		text = strings.ReplaceAll(text, `\"`, `"`)
	}
	return english(text)
}

// first are the fields that a log line's other fields explain.
var first = []string{"time", "ts", "level", "severity", "msg", "message", "error", "err"}

// flat writes an object as key=value, the telling fields first.
func flat(prefix string, fields map[string]any) string {
	keys := make([]string, 0, len(fields))
	for key := range fields {
		keys = append(keys, key)
	}
	slices.SortFunc(keys, func(a, b string) int {
		if i, j := rankOf(a), rankOf(b); i != j {
			return i - j
		}
		return strings.Compare(a, b)
	})
	var parts []string
	for _, key := range keys {
		switch value := fields[key].(type) {
		case map[string]any:
			parts = append(parts, flat(prefix+key+".", value))
		case string:
			parts = append(parts, prefix+key+"="+value)
		default:
			text, err := json.Marshal(value)
			if err == nil {
				parts = append(parts, prefix+key+"="+string(text))
			}
		}
	}
	return strings.Join(parts, " ")
}

func rankOf(key string) int {
	if i := slices.Index(first, strings.ToLower(key)); i >= 0 {
		return i
	}
	return len(first)
}

// english replaces the C library's messages of other languages.
func english(text string) string {
	for i := range len(text) { // nothing to do for a text of ASCII, but for a few languages
		if text[i] >= 0x80 {
			return replaceMessages(text)
		}
	}
	return text
}
