package scenarios

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"

	"github.com/seatrial/seatrial/harness/sandbox"
)

// What a log line is, as far as its text tells: how grave, whether it is one of a
// logger of JSON, whether it is mere routine.

// levels in rising order; a logger's own spelling is folded to these.
var levels = []string{"debug", "info", "warn", "error", "fatal"}

var levelSpellings = map[string]string{
	"trace": "debug", "trc": "debug", "trac": "debug", "debug": "debug", "dbg": "debug", "debu": "debug",
	"info": "info", "inf": "info", "information": "info", "notice": "info",
	"warn": "warn", "warning": "warn", "wrn": "warn",
	"error": "error", "err": "error", "erro": "error",
	"fatal": "fatal", "ftl": "fatal", "fata": "fatal", "panic": "fatal", "pnc": "fatal", "pani": "fatal", "dpanic": "fatal",
	"critical": "fatal", "crit": "fatal",
}

const (
	upperLevels = `TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|FATAL|PANIC|CRITICAL`
	// stamp is a date, a time or both, as loggers write them before a level.
	stamp = `[\d/.:\-T+Z ]*(?:[AP]M)? ?`
)

var (
	// escapes are the sequences of ECMA-48 that colour a terminal.
	escapes = regexp.MustCompile("\x1b\\[[0-?]*[ -/]*[@-~]")

	ginAccess = regexp.MustCompile(`^\[GIN\] [\d/]+ - [\d:]+ \|\s*(\d{3})\s*\|`)
	ginDebug  = regexp.MustCompile(`^\[GIN-debug\] (?:\[(WARNING|ERROR)\])?`)
	// crash is how the Go runtime and those who recover from a panic begin.
	crash = regexp.MustCompile(`^(?:panic: |fatal error: )`)
	saved = regexp.MustCompile(`http: panic serving |\[Recovery\] .*panic recovered`)
	// stub is what github.com/mattn/go-sqlite3 says of itself, whatever the app
	// makes of it: the database does not work.
	stub = regexp.MustCompile(`requires cgo to work\. This is a stub`)

	// Forms of a level, likeliest first; each has it as its one group. Only the
	// first one is looked for beyond the beginning of a line.
	logfmtLevel   = regexp.MustCompile(`(?i)(?:^|[\s,{])(?:level|lvl|severity)=["']?([a-z]+)`)
	shortLevel    = regexp.MustCompile(`^` + stamp + `(TRC|DBG|INF|WRN|ERR|FTL|PNC)\s`)            // zerolog's console
	counterLevel  = regexp.MustCompile(`^(TRAC|DEBU|INFO|WARN|ERRO|FATA|PANI)\[\d+\]`)             // logrus on a terminal
	letterLevel   = regexp.MustCompile(`^([DIWEF])\d{4} \d\d:\d\d:\d\d`)                           // klog, glog
	bracketLevel  = regexp.MustCompile(`(?i)[\[(<](` + upperLevels + `)[\])>]`)                    // [error]
	columnLevel   = regexp.MustCompile(`(?i)\t(debug|info|warn|error|dpanic|panic|fatal)(?:\t|$)`) // zap's console
	upperLevel    = regexp.MustCompile(`(?:^|[\s|:])(` + upperLevels + `)(?:[\s|:]|$)`)
	prefixedLevel = regexp.MustCompile(`^` + stamp + `(?i:(warning|error|fatal|panic)): `) // error: ...
)

var letters = map[string]string{"D": "debug", "I": "info", "W": "warn", "E": "error", "F": "fatal"}

// levelOf reads a log line's level, "" if it has none that can be told.
func levelOf(text string) string {
	text = plain(text)
	if object := objectOf(text); object != nil {
		return levelOfObject(object)
	}
	switch {
	case crash.MatchString(text):
		return "fatal"
	case saved.MatchString(text), stub.MatchString(text):
		return "error"
	}
	if m := ginDebug.FindStringSubmatch(text); m != nil {
		return map[string]string{"": "debug", "WARNING": "warn", "ERROR": "error"}[m[1]]
	}
	if m := ginAccess.FindStringSubmatch(text); m != nil {
		if m[1] >= "500" {
			return "error"
		}
		return "info"
	}
	if m := logfmtLevel.FindStringSubmatch(text); m != nil {
		return levelSpellings[strings.ToLower(m[1])]
	}
	return levelOfHead(text)
}

// levelOfHead looks for a level where loggers write it: at the beginning.
func levelOfHead(text string) string {
	const head = 100
	if len(text) > head {
		text = text[:head]
	}
	if m := letterLevel.FindStringSubmatch(text); m != nil {
		return letters[m[1]]
	}
	for _, form := range []*regexp.Regexp{shortLevel, counterLevel, bracketLevel, columnLevel, upperLevel, prefixedLevel} {
		at := form.FindStringSubmatchIndex(text)
		if at != nil && !speaksOfLevels(text[:at[2]]) {
			return levelSpellings[strings.ToLower(text[at[2]:at[3]])]
		}
	}
	return ""
}

// speaksOfLevels says whether a level that follows is what the line is about, as
// in "log level: ERROR", and not how grave it is.
func speaksOfLevels(before string) bool {
	words := strings.FieldsFunc(strings.ToLower(before), func(c rune) bool { return (c < 'a' || c > 'z') && c < 0x80 })
	for _, word := range words[max(0, len(words)-3):] {
		if strings.HasSuffix(word, "level") || word == "mode" {
			return true
		}
	}
	return false
}

// plain is a line without colours and blanks around it.
func plain(text string) string { return strings.TrimSpace(escapes.ReplaceAllString(text, "")) }

func objectOf(text string) map[string]any {
	var object map[string]any
	if !strings.HasPrefix(text, "{") || json.Unmarshal([]byte(text), &object) != nil {
		return nil
	}
	return object
}

var (
	levelKeys   = []string{"level", "lvl", "severity", "log.level", "@level", "levelname", "L"}
	messageKeys = []string{"msg", "message", "@message", "event", "M"}
	timeKeys    = []string{"time", "ts", "timestamp", "@timestamp", "datetime", "T"}
)

// levelOfObject reads the level of a JSON record; numbers are bunyan's and pino's.
func levelOfObject(object map[string]any) string {
	for _, key := range levelKeys {
		switch level := object[key].(type) {
		case string:
			return levelSpellings[strings.ToLower(level)]
		case float64:
			if i := int(level)/10 - 2; level >= 10 { // 20 debug, 30 info ... 60 fatal
				return levels[min(max(0, i), len(levels)-1)]
			}
		}
	}
	return ""
}

// isRecord says whether a line is a record of a logger that writes JSON, and not
// just some JSON that was printed.
func isRecord(text string) bool {
	object := objectOf(strings.TrimSpace(text))
	known := 0
	for _, keys := range [][]string{levelKeys, messageKeys, timeKeys} {
		if slices.ContainsFunc(keys, func(key string) bool { return object[key] != nil }) {
			known++
		}
	}
	return known >= 2
}

// brokenJSON gives the indexes of the lines that are no JSON on a stream to which
// a logger writes JSON, and how many such streams there are. Empty lines break
// nothing.
func brokenJSON(lines []sandbox.LogLine) (bad []int, streams int) {
	for _, stream := range []sandbox.Stream{sandbox.Stdout, sandbox.Stderr} {
		var others []int
		records := 0
		for i, line := range lines {
			switch {
			case line.Stream != stream || strings.TrimSpace(line.Text) == "":
			case isRecord(line.Text):
				records++
			case objectOf(strings.TrimSpace(line.Text)) == nil:
				others = append(others, i)
			}
		}
		if records > 0 {
			streams++
			bad = append(bad, others...)
		}
	}
	slices.Sort(bad)
	return bad, streams
}

// complaints are the lines in which an app that does not become ready may say
// why: not those that only tell what goes on, such as gin's list of routes, nor
// the stacks of goroutines, where any word may stand in the name of a file.
func complaints(lines []sandbox.LogLine) []string {
	var list []string
	stacks := map[sandbox.Stream]bool{}
	for _, line := range lines {
		stacks[line.Stream] = stacks[line.Stream] || strings.HasPrefix(line.Text, "goroutine ")
		level := levelOf(line.Text)
		if !stacks[line.Stream] && level != "debug" && level != "info" {
			list = append(list, plain(line.Text))
		}
	}
	return list
}
