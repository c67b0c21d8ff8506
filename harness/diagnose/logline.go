package diagnose

import (
	"encoding/json"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

var ansi = regexp.MustCompile(`\x1b\[[0-9;?]*[ -/]*[@-~]`)

// framed matches what docker build and docker compose put before a line of a
// container's output: "#12 3.456 ", "3.456 ", "app-1  | ".
var framed = regexp.MustCompile(`^(#\d+ +\d+\.\d+ |\d+\.\d+ |[\w.-]+ +\| )`)

// unframed gives the line of a platform's or a person's log without its frame.
func unframed(text string) string {
	text = ansi.ReplaceAllString(text, "")
	return text[len(framed.FindString(text)):]
}

// plain gives a line's text as patterns meet it, see [Line].
func plain(text string) string {
	text = strings.TrimRight(ansi.ReplaceAllString(text, ""), "\r")
	if object := strings.IndexByte(text, '{'); object >= 0 {
		if flattened, ok := flatten(text[object:]); ok {
			return english(text[:object] + flattened)
		}
	}
	if leveled.MatchString(text) {
		text = quotedValue.ReplaceAllStringFunc(text, unquoted)
	}
	if strings.Contains(text, `\"`) {
		text = strings.ReplaceAll(text, `\"`, `"`)
	}
	return english(text)
}

// english replaces the C library's messages of other languages and of other systems.
func english(text string) string { return replaceMessages(text) }

// leveled lines are those of log libraries that write key=value: logfmt, the text
// handler of slog, logrus, and the consoles of zerolog, logrus and charm. In others
// a quote is the app's own, and may be what matters.
var (
	leveled     = regexp.MustCompile(`\b(level|lvl|severity)=\S|^\S* ?\S* ?(TRC|DBG|INF|WRN|ERR|FTL|PNC|DEBU?|INFO|WARN|ERRO|FATA|PANI)\b`)
	quotedValue = regexp.MustCompile(`\b[\w.@-]+="(?:[^"\\]|\\.)*"`)
)

func unquoted(pair string) string {
	key, quoted, _ := strings.Cut(pair, "=")
	value, err := strconv.Unquote(quoted)
	if err != nil {
		return pair
	}
	return key + "=" + value
}

// flatten writes an object of JSON as key=value.
func flatten(text string) (string, bool) {
	text = strings.TrimSpace(text)
	if !strings.HasPrefix(text, "{") || !strings.HasSuffix(text, "}") {
		return "", false
	}
	var fields map[string]any
	if json.Unmarshal([]byte(text), &fields) != nil {
		return "", false
	}
	return flat("", fields), true
}

// first are the fields that a log line's other fields explain, in the names that
// zap, zerolog, logrus, slog, hclog, klog and collectors of logs give them.
var first = []string{
	"time", "ts", "t", "timestamp", "@timestamp", "level", "severity", "lvl", "l", "@level",
	"log", "msg", "message", "m", "@message", "error", "err", "exception", "errorverbose",
}

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
			if inner, ok := flatten(value); ok { // a log in a collector's record
				value = inner
			}
			parts = append(parts, prefix+key+"="+strings.TrimRight(value, "\r\n"))
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

// lastWords is how many of the last lines that are no routine can be the reason.
const lastWords = 4

var (
	// routine is what a dying program writes after its last words: goroutines and
	// registers, zap's and klog's stacks, and what its supervisor says of it.
	routine = regexp.MustCompile(`^(\s|goroutine \d+|\S+\(.*\)$|[\w./*()-]+\.[\w*().]+$|created by |exit status |r\w+ +0x|\[signal |rc=\d+$)`)
	// fatal marks what says of itself that the app ends with it: the runtime's
	// words, a level above error, klog's letter and the consoles' short forms.
	fatal = regexp.MustCompile(`^(panic|fatal error): |^F\d{4} \d\d:\d\d:|` +
		`(?i:\b(?:level|severity|lvl|l|@level)"?[=:]"?(?:fatal|panic|dpanic|crit(?:ical)?|alert|emerg(?:ency)?)\b)|` +
		`\b(?:FATAL|PANIC|DPANIC|CRITICAL|FTL|PNC|FATA|PANI)\b|^\W*(?i:fatal|critical)\b`)
	harmless = regexp.MustCompile(`(?i)\b(non|not)[- ](fatal|critical)\b|panic recovered|recovered from panic|http: panic serving`)
)

// markDeadly marks the lines of one stream that can have ended the app.
func markDeadly(lines []Line) {
	left := lastWords
	for i := len(lines) - 1; i >= 0; i-- {
		text := lines[i].Plain
		switch {
		case fatal.MatchString(text) && !harmless.MatchString(text):
			lines[i].Deadly = true
			left--
		case strings.TrimSpace(text) == "" || routine.MatchString(text):
		case left > 0:
			lines[i].Deadly = true
			left--
		}
	}
	for i := 1; i < len(lines); i++ { // what goes on in the next line, indented
		text := lines[i].Plain
		if lines[i-1].Deadly && strings.TrimSpace(text) != "" && strings.TrimLeft(text, " \t") != text {
			lines[i].Deadly = true
		}
	}
}
