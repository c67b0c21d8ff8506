package diagnose

import (
	"regexp"
	"slices"
	"strings"

	"github.com/seatrial/seatrial/harness/evidence"
)

var (
	// better is what an app says when trouble is over, serving when it goes on in
	// spite of it.
	better  = regexp.MustCompile(`(?i)\b(re-?)?connected\b|\brecovered\b|\bconnection (re-?)?established\b|\bsucceeded\b|\b(redis|database|db|cache|upstream|dependency|dependencies|mysql|postgres)\b.{0,30}\b(ready|up|ok|available|healthy|back)\b|已连接|连接成功|恢复`)
	serving = regexp.MustCompile(`(?i)\b(listening|ready|started|serving|running) (on|at|and|to)\b|\b(http )?server (is )?(started|listening|running|ready)\b|\bready\b|\bListening\b`)
	worse   = regexp.MustCompile(`(?i)\b(not|never|no longer|until|when|isn't|un\w*|error|fail(ed|ure)?|refused|timeout|try|retry(ing)?)\b`)
	// tolerated is what an app says of trouble that it goes on without: a file that
	// may be missing, a service that is tried again later.
	tolerated = regexp.MustCompile(`(?i)\b(optional|using (the )?(built-?in )?(defaults?|environment)|defaults? (values? )?(is|are|will be) used|(fall(ing|s)?|fell) ?back|` +
		`skip(s|ped|ping)?|ignor(e|ed|ing)( it| this)?|(going|goes|carrying) on|continuing|proceeding|(not|non)[- ]fatal|best[- ]effort|can be ignored)\b|` +
		`\bno \.env\b|\.env(\.\w+)? (file )?(was |is )?not found|使用默认|采用默认|忽略|跳过|可选|降级`)
	// telemetry is what sends traces, metrics and reports of errors: nobody's
	// request waits for it.
	telemetry = regexp.MustCompile(`(?i)\b(otel|otlp\w*|opentelemetry|telemetry|jaeger|zipkin|sentry|push-?gateway|statsd|datadog|pyroscope|skywalking)\b|` +
		`\b(traces?|spans?|metrics?) (export\w*|upload\w*|push\w*)\b|\b(export\w*|upload\w*|push\w*|flush\w*|report\w*|send\w*) (the )?(traces?|spans?|metrics?)\b|/(v1/traces|v1/metrics|api/v2/spans)\b|:(4317|4318|9411|14268|8125|8126)\b`)
	// handshake is what net/http says of a client that did not get through its
	// own handshake: a scanner, a probe of the port, a browser without the authority.
	handshake = regexp.MustCompile(`http: TLS handshake error from `)
	calm      = regexp.MustCompile(`(?i)\b(level|lvl|severity|l|@level)"?[=:]"?(info|debug|trace|notice)\b|^\S* ?\S* ?(INF|DBG|TRC|INFO|DEBUG|DEBU)\b|\[(INFO|DEBUG|TRACE)\]`)
)

// Matters says whether a line of the app that tells of trouble can be why things
// are as they are: where the app ended, that it is among its last words and is no
// mere note; where it runs, that the app did not say afterwards that it is over,
// and, if it serves, that some request was answered with an error.
// Lines that are not the app's own always count.
func (c *Case) Matters(line Line) bool {
	if !slices.Contains(sourceFiles[SourceApp], line.File) {
		return true
	}
	if hit, ok := access(line); ok && hit.Status < 500 {
		return false
	}
	if c.wasReady() && (telemetry.MatchString(line.Plain) || handshake.MatchString(line.Plain) && !c.unanswered()) {
		return false
	}
	lines := c.written(line.File)
	if line.File == evidence.SystemdLog && !slices.ContainsFunc(lines, func(l Line) bool { return l.Number == line.Number }) {
		return true
	}
	if !c.Running() && !c.answered() {
		noted := line.calm() || tolerated.MatchString(line.Plain) || telemetry.MatchString(line.Plain) || c.gotOver(lines, line)
		return c.deadly(lines, line) && (!noted || c.last(lines, line))
	}
	if line.calm() || tolerated.MatchString(line.Plain) && c.wasReady() {
		return false
	}
	for file, turn := range c.turns() {
		// In another stream nobody knows what came first.
		if turn.better > 0 && (file != line.File || turn.better > line.Number) ||
			file == line.File && turn.serving > 0 && (turn.serving > line.Number || c.answeredAll()) && !c.FailsToServe() {
			return false
		}
	}
	return true
}

// turn is where a file says last that trouble is over, and that the app serves;
// 0 if it does not.
type turn struct{ better, serving int }

// turns are those of the app's files, looked for once: an app that retries writes
// the same trouble a thousand times.
func (c *Case) turns() map[string]turn {
	if c.turned != nil {
		return c.turned
	}
	c.turned = map[string]turn{}
	for _, file := range sourceFiles[SourceApp] {
		var t turn
		for _, line := range c.written(file) {
			isBetter, isServing := better.MatchString(line.Plain), serving.MatchString(line.Plain)
			if !isBetter && !isServing || worse.MatchString(line.Plain) {
				continue
			}
			if _, isAccess := access(line); isAccess {
				continue
			}
			if isBetter {
				t.better = max(t.better, line.Number)
			}
			if isServing {
				t.serving = max(t.serving, line.Number)
			}
		}
		c.turned[file] = t
	}
	return c.turned
}

// answered says whether the app answered some request, which it must have run for.
func (c *Case) answered() bool {
	for _, x := range c.Exchanges {
		if x.Status > 0 && !onlyNginx(x) {
			return c.State == nil
		}
	}
	return false
}

// unanswered says whether some request got no answer at all.
func (c *Case) unanswered() bool {
	return slices.ContainsFunc(c.Exchanges, func(x evidence.Exchange) bool { return x.Error != "" })
}

// answeredAll says whether the app was ready and answered whatever it was asked.
func (c *Case) answeredAll() bool {
	return c.wasReady() && len(c.Exchanges) > 0 && !c.unanswered()
}

// gotOver says whether the app said after the line that trouble is over, or that
// it serves, and then ended of something else.
func (c *Case) gotOver(lines []Line, line Line) bool {
	turn := c.turns()[line.File]
	return max(turn.better, turn.serving) > line.Number && !fatal.MatchString(line.Plain)
}

// deadly says whether the line, or the message that it goes on with, can have
// ended the app.
func (c *Case) deadly(lines []Line, line Line) bool {
	if line.Deadly {
		return true
	}
	if !strings.HasPrefix(line.Text, " ") && !strings.HasPrefix(line.Text, "\t") {
		return false
	}
	at, _ := slices.BinarySearchFunc(lines, line.Number, func(l Line, number int) int { return l.Number - number })
	for i := min(at, len(lines)) - 1; i >= 0; i-- {
		if !strings.HasPrefix(lines[i].Text, " ") && !strings.HasPrefix(lines[i].Text, "\t") {
			return lines[i].Deadly
		}
	}
	return false
}

// last says whether no other words of the app come after the line.
func (c *Case) last(lines []Line, line Line) bool {
	for _, later := range slices.Backward(lines) {
		if later.Deadly {
			return later.Number <= line.Number
		}
	}
	return true
}

// note says whether the app wrote the line and calls it no more than a note: what
// it quotes there is not its own trouble.
func (c *Case) note(line Line) bool {
	return slices.Contains(sourceFiles[SourceApp], line.File) && line.calm()
}
