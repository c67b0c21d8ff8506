package diagnose

import (
	"regexp"
	"strings"

	"github.com/seatrial/seatrial/harness/evidence"
)

var _ = declare(map[string]Logic{
	"systemd-workdir-missing":   step(`(?:changing to the requested working directory failed|failed at step CHDIR spawning [^:]+): (?:no such file|not a directory)`, "WorkingDirectory"),
	"systemd-workdir-denied":    step(`(?:changing to the requested working directory failed|failed at step CHDIR spawning [^:]+): permission denied`, "WorkingDirectory", "User"),
	"systemd-user-missing":      step(`failed to determine (?:user )?credentials|failed at step USER spawning|status=217/USER`, "User"),
	"systemd-group-missing":     step(`failed to determine group credentials|failed at step GROUP spawning|status=216/GROUP`, "Group"),
	"systemd-env-file-missing":  step(`failed to load environment files`, "EnvironmentFile"),
	"systemd-output-file":       step(`failed to set up standard (?:output|error)|failed at step (?:STDOUT|STDERR) spawning|status=(?:209/STDOUT|222/STDERR)`, "StandardOutput", "StandardError"),
	"systemd-namespace":         step(`failed to set up mount namespacing|failed at step NAMESPACE spawning|status=226/NAMESPACE`, "ReadWritePaths", "BindPaths", "ReadOnlyPaths"),
	"systemd-syscall-filter":    step(`code=(?:killed|dumped), ?status=31/SYS`, "SystemCallFilter"),
	"systemd-pid-file-missing":  step(`can't open PID ?file|PID file \S+ not readable`, "PIDFile"),
	"systemd-stop-timeout":      step(`state 'stop-\w+' timed out|stopping timed out|stop-\w+ timed out`, "TimeoutStopSec"),
	"systemd-watchdog":          step(`watchdog timeout`, "WatchdogSec"),
	"systemd-exec-start-absent": step(`(?:lacks both|service has no) ExecStart=`, "ExecStart"),
	"systemd-unit-not-found":    unitNotFound,
	"systemd-dependency-failed": dependencyFailed,
	"systemd-reload-needed":     warning(`changed on disk\. Run 'systemctl daemon-reload'|changed on disk.*daemon-reload`),
	"systemd-not-enabled":       warning(`have no installation config|have no \[Install\] section|is not (?:a )?native service.*no \[Install\]`),
	"systemd-value-ignored":     warning(`failed to parse [^,]*, ignoring: (?P<value>.*)|invalid [^,]*, ignoring: (?P<value2>.*)`),
	"systemd-setting-unknown":   warning(`unknown (?:lvalue|key(?: name)?|section) '(?P<name>[^']+)'|assignment outside of section|unknown section '(?P<name2>[^']+)'`),
	"systemd-pre-start-failed":  preStartFailed,
	"systemd-start-timeout":     startTimeout,
	"systemd-ended-with-zero":   endedWithZero,
	"systemd-memory-max":        memoryMax,
})

// manager gives the first line of systemd's own that matches.
func (c *Case) manager(text *regexp.Regexp) (Line, bool) {
	for _, line := range c.Lines(SourceSystemd) {
		if text.MatchString(line.Plain) {
			return line, true
		}
	}
	return Line{}, false
}

// saw makes a match of lines.
func saw(lines ...Line) *Match {
	m := &Match{Params: map[string]string{}}
	for _, line := range lines {
		m.Lines = append(m.Lines, line.Line)
	}
	return m
}

// mention names the unit's settings of these keys: the ones that are there are
// evidence, and {setting} and {value} are the first key's.
func (m *Match) mention(u unit, keys ...string) *Match {
	for i, key := range keys {
		s := u.last(key)
		if s.key != "" {
			m.Lines = append(m.Lines, s.line)
		}
		if m.Params["value"] == "" && s.key != "" {
			m.Params["setting"], m.Params["value"] = s.key+"="+s.value, s.value
		} else if i == 0 {
			m.Params["setting"] = key + "="
		}
	}
	return m
}

// capture takes the named groups of a line as parameters; of groups with one name,
// the one that matched.
func (m *Match) capture(text *regexp.Regexp, line Line) *Match {
	groups := text.FindStringSubmatch(line.Plain)
	for i, name := range text.SubexpNames() {
		if name != "" && i < len(groups) && groups[i] != "" {
			m.Params[name] = groups[i]
		}
	}
	return m
}

// step recognises a line of the manager, and names the settings that it is about.
func step(text string, keys ...string) Logic {
	pattern := regexp.MustCompile(`(?i)` + text)
	return func(c *Case) *Match {
		line, ok := c.manager(pattern)
		if !ok {
			return nil
		}
		return saw(line).capture(pattern, line).mention(c.unit(), keys...)
	}
}

var serviceFailed = regexp.MustCompile(`(?i)failed with result|main process exited|control process exited|failed at step|unit entered failed state`)

// warning recognises what systemd only warns of: it is the cause if nothing else
// went wrong.
func warning(text string) Logic {
	pattern := regexp.MustCompile(`(?i)` + text)
	return func(c *Case) *Match {
		line, ok := c.manager(pattern)
		if !ok {
			return nil
		}
		m := saw(line).capture(pattern, line)
		if _, failed := c.manager(serviceFailed); failed || c.Ended() {
			m.Confidence = Possible
		}
		m.Params["said"] = strings.TrimSpace(line.Plain)
		return m
	}
}

var (
	notFound  = regexp.MustCompile(`(?i)unit (?:file )?'?([\w@.\\:-]+\.\w+)'? (?:could not be found|not found|does not exist|(?:is )?not loaded)`)
	jobOf     = regexp.MustCompile(`(?i)failed to (?:\w+) ([\w@.\\:-]+\.\w+)(?:/\w+)?:`)
	dependsOn = regexp.MustCompile(`(?i)dependency failed for|failed with result 'dependency'|a dependency job for`)
)

func unitNotFound(c *Case) *Match {
	line, ok := c.manager(notFound)
	if !ok {
		return nil
	}
	missing := notFound.FindStringSubmatch(line.Plain)[1]
	if job := jobOf.FindStringSubmatch(line.Plain); job != nil && job[1] != missing {
		return nil // another unit's
	}
	m := saw(line)
	m.Params["unit"] = missing
	return m
}

func dependencyFailed(c *Case) *Match {
	for _, line := range c.Lines(SourceSystemd) {
		m := saw(line)
		missing, job := notFound.FindStringSubmatch(line.Plain), jobOf.FindStringSubmatch(line.Plain)
		switch {
		case missing != nil && job != nil && missing[1] != job[1]:
			m.Params["needed"] = missing[1]
		case dependsOn.MatchString(line.Plain):
		default:
			continue
		}
		needs := c.unit().last("Requires", "BindsTo", "Requisite", "RequiresMountsFor")
		if needs.key != "" {
			m.Lines = append(m.Lines, needs.line)
		}
		if m.Params["needed"] == "" {
			m.Params["needed"] = strings.TrimSpace(needs.key + "=" + needs.value)
		}
		if m.Params["needed"] == "=" {
			m.Params["needed"] = "Requires="
		}
		return m
	}
	return nil
}

var controlExited = regexp.MustCompile(`(?i)control process exited, code=(?:\w+),? status=(?P<status>\S+)`)

// preStartFailed sees a step beside the main process fail. Under Type=forking,
// ExecStart= itself is such a step.
func preStartFailed(c *Case) *Match {
	line, ok := c.manager(controlExited)
	if !ok {
		return nil
	}
	u := c.unit()
	before := u.last("ExecStartPre", "ExecStartPost", "ExecCondition")
	if u != nil && before.key == "" {
		return nil
	}
	m := saw(line).capture(controlExited, line)
	m.mention(u, "ExecStartPre", "ExecStartPost", "ExecCondition")
	m.Params["status"] = strings.TrimRight(m.Params["status"], ".,")
	_, programs := c.splitJournal()
	for _, said := range programs {
		if said.Number < line.Number {
			m.Lines = append(m.Lines, said.Line)
		}
	}
	return m
}

var startTimedOut = regexp.MustCompile(`(?i)start(?:-p\w+)?(?: \w+)? timed out\. Terminating|because a timeout was exceeded|state 'start' timed out`)

// startTimeout sees that the manager waited in vain for the service to say that
// it has started, which it does in the way that Type= tells.
func startTimeout(c *Case) *Match {
	line, ok := c.manager(startTimedOut)
	if !ok {
		return nil
	}
	m := saw(line)
	u := c.unit()
	m.mention(u, "Type")
	kind := strings.ToLower(u.last("Type").value)
	switch {
	case kind == "forking":
		m.Params["waits"], m.Params["waits_zh"] = "the process to put itself into the background, which a Go program does not do", "进程自行转入后台，而 Go 程序不会这样做"
	case strings.HasPrefix(kind, "notify"):
		m.Params["waits"], m.Params["waits_zh"] = "READY=1 on $NOTIFY_SOCKET, which the program never sends", "程序通过 $NOTIFY_SOCKET 发送 READY=1，而程序从未发送"
	case kind == "oneshot":
		m.Params["waits"], m.Params["waits_zh"] = "the process to end, which a server does not do", "进程结束，而服务器进程不会结束"
	case u != nil:
		return nil // an ExecStartPre= that hangs, most likely: nothing here tells
	default:
		m.Confidence = Likely
		m.Params["waits"], m.Params["waits_zh"] = "a sign that this kind of program does not give", "这类程序不会给出的就绪信号"
	}
	return m
}

var (
	deactivated = regexp.MustCompile(`(?i)(?:deactivated successfully|\.service: succeeded)\.?$|code=exited,? status=0/SUCCESS`)
	stopping    = regexp.MustCompile(`(?i)systemd\[\d+\]: stopping |stopped target`)
)

// endedWithZero sees a service end by itself and well, which a server does not.
func endedWithZero(c *Case) *Match {
	if _, up := c.manager(upAndRunning); up {
		return nil
	}
	for _, line := range c.Lines(SourceSystemd) {
		if stopping.MatchString(line.Plain) {
			return nil
		}
		if deactivated.MatchString(line.Plain) {
			u := c.unit()
			if strings.EqualFold(u.last("Type").value, "oneshot") {
				return nil
			}
			return saw(line).mention(u, "Restart")
		}
	}
	return nil
}

var (
	saidOOM     = regexp.MustCompile(`(?i)result 'oom-kill'|killed by the OOM killer|result=oom-kill|memory cgroup out of memory`)
	killedBy9   = regexp.MustCompile(`(?i)code=killed, ?status=9/KILL`)
	killedByMan = regexp.MustCompile(`(?i)timed out\. Killing|with signal SIGKILL|systemd\[\d+\]: stopping `)
)

// memoryMax sees the kernel kill the service: it is said so under cgroup v2; under
// v1 the limit and a SIGKILL that the manager did not send have to do.
func memoryMax(c *Case) *Match {
	u := c.unit()
	limit := u.last("MemoryMax", "MemoryLimit", "MemoryHigh")
	if line, ok := c.manager(saidOOM); ok {
		return saw(line).mention(u, "MemoryMax", "MemoryLimit")
	}
	line, ok := c.manager(killedBy9)
	if _, sent := c.manager(killedByMan); !ok || sent || limit.key == "" {
		return nil
	}
	m := saw(line).mention(u, limit.key)
	m.Confidence = Likely
	return m
}

// appLine gives the first line of the app that matches; the last one if it ended.
func (c *Case) appLine(text *regexp.Regexp) (Line, bool) {
	var found Line
	ok := false
	for _, line := range c.Lines(SourceApp) {
		if (line.Deadly || c.Running()) && text.MatchString(line.Plain) {
			found, ok = line, true
			if c.Running() {
				break
			}
		}
	}
	return found, ok
}

// unitLine makes a line of the unit one that rules can show.
func unitLine(s setting) Line {
	return Line{Line: evidence.Line{File: s.line.File, Number: s.line.Number, Text: s.line.Text}, Plain: s.line.Text}
}
