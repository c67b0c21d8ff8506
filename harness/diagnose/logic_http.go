package diagnose

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/seatrial/seatrial/harness/evidence"
)

var _ = declare(map[string]Logic{
	"handler-panics":         handlerPanics,
	"cors-preflight-refused": preflightRefused,
})

var (
	// panicked are the words of Gin, net/http, Echo, ginzap and others for a panic
	// that did not end the process.
	panicked = regexp.MustCompile(`(?i)\[Recovery\].*panic recovered|http: panic serving \S+: (?P<what>.+)|\[PANIC RECOVER\] (?P<what2>.+)|\[Recovery from panic\]|\bpanic recovered\b|\brecovered from (?:a )?panic\b|msg=(?:panic in handler|http panic)`)
	// survived is a panic that others of them print as the runtime does, and that
	// the process outlives: Chi's Recoverer, Fiber's recover with its stack.
	survived = regexp.MustCompile(`^ ?panic: (?P<what>.+)`)
	// gone are panics with which servers end a request on purpose.
	gone        = regexp.MustCompile(`net/http: abort Handler|broken pipe|connection reset by peer`)
	requestDump = regexp.MustCompile(`^[A-Z]+ \S+ HTTP/|^[A-Z][\w-]*: `)
	codeLine    = regexp.MustCompile(`^\s*(?P<where>\S+\.go:\d+)`)
	// libraryCode is not the app's own.
	libraryCode = regexp.MustCompile(`/runtime/|\$GOROOT|\$GOMODCACHE|/pkg/mod/|/usr/local/go/|/net/http/|/gin-gonic/|/labstack/|/go-chi/|/gofiber/|/vendor/|^asm_`)
)

func handlerPanics(c *Case) *Match {
	const panicExit = 2
	if c.Ended() && c.State.ExitCode == panicExit {
		return nil
	}
	for _, file := range sourceFiles[SourceApp] {
		lines := c.file(file)
		for i, line := range lines {
			groups := panicked.FindStringSubmatch(line.Plain)
			if m := survived.FindStringSubmatch(line.Plain); groups == nil && m != nil && c.wasReady() && c.State.Restarts == 0 && c.FailsToServe() {
				groups = []string{m[0], m[1], ""}
			}
			if groups == nil || gone.MatchString(line.Plain) || c.note(line) {
				continue
			}
			if _, isAccess := access(line); isAccess {
				continue
			}
			m := &Match{Lines: []evidence.Line{line.Line}, Params: map[string]string{"what": groups[1] + groups[2], "where": ""}}
			m.panicDetails(lines[i+1:])
			if gone.MatchString(m.Params["what"]) {
				continue
			}
			if m.Params["what"] == "" {
				m.Params["what"] = strings.TrimSpace(line.Plain)
			}
			if m.Params["where"] == "" {
				m.say("where", "(no line of the app in the stack)", "（堆栈中没有应用自身的代码行）")
			}
			return m
		}
	}
	return nil
}

// panicDetails reads what was said and where, out of the lines after the first.
func (m *Match) panicDetails(lines []Line) {
	const reach = 60
	for _, line := range lines[:min(reach, len(lines))] {
		text := strings.TrimSpace(line.Plain)
		if m.Params["what"] == "" && text != "" && !requestDump.MatchString(text) && !codeLine.MatchString(text) {
			m.Params["what"] = text
			m.Lines = append(m.Lines, line.Line)
			continue
		}
		if groups := codeLine.FindStringSubmatch(line.Plain); groups != nil && !libraryCode.MatchString(groups[1]) {
			m.Params["where"] = groups[1]
			m.Lines = append(m.Lines, line.Line)
			return
		}
	}
}

// preflightStatus are answers to a preflight that mean that nobody handles it.
var preflightStatus = []int{401, 403, 404, 405, 501}

func preflightRefused(c *Case) *Match {
	for i, x := range c.Exchanges {
		if x.Method == "OPTIONS" && slices.Contains(preflightStatus, x.Status) && x.Header.Get("Access-Control-Allow-Origin") == "" {
			return &Match{Lines: []evidence.Line{c.exchangeLine(i)}, Params: map[string]string{"path": x.Path, "status": strconv.Itoa(x.Status)}}
		}
	}
	if len(c.Exchanges) > 0 {
		return nil
	}
	for _, hit := range c.Hits(SourceApp) {
		if hit.Method == "OPTIONS" && slices.Contains(preflightStatus, hit.Status) {
			return &Match{Lines: []evidence.Line{hit.Line.Line}, Confidence: Likely, Params: map[string]string{"path": hit.Path, "status": strconv.Itoa(hit.Status)}}
		}
	}
	return nil
}
