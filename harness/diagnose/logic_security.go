package diagnose

import (
	"regexp"
	"strings"

	"github.com/seatrial/seatrial/harness/evidence"
)

var _ = declare(map[string]Logic{
	"seccomp-denied":           seccompDenied,
	"chown-denied":             chownDenied,
	"lsm-denied":               lsmDenied,
	"file-capabilities-denied": fileCapabilitiesDenied,
	"no-new-privileges-port":   noNewPrivilegesPort,
	"seccomp-killed":           seccompKilled,
})

var (
	notPermitted = regexp.MustCompile(`(?i)\boperation not permitted\b|\bEPERM\b`)
	// Calls that need no right of their own: if they are refused so, a filter did it.
	filtered = regexp.MustCompile(`(?i)\b(?P<call>bind|socket|listen|connect|accept4?|clone3?|epoll_create1?|epoll_pwait2|inotify_init1?|inotify_add_watch|io_uring_setup|memfd_create|getrandom|futex|mprotect|statx|faccessat2|openat2|close_range|pidfd_open)\b[^:]*: operation not permitted`)
	changes  = regexp.MustCompile(`(?i)\b(?:[lf]?chown|chgrp|f?chmod|fchownat|fchmodat)[: ]+(?:changing \w+ of )?['"‘]?(?P<path>/?[^\s:'"’]+)?.*operation not permitted`)
	rawOnes  = regexp.MustCompile(`(?i)icmp|ping|raw`)
)

// eperm gives the line with which the app told of EPERM, as far as it mattered.
func (c *Case) eperm(text *regexp.Regexp) (Line, bool) {
	line, ok := c.appLine(text)
	if ok && notPermitted.MatchString(line.Plain) {
		return line, true
	}
	return Line{}, false
}

// unfiltered says whether the kernel shows that no filter is set.
func (c *Case) unfiltered() bool {
	for _, p := range c.Processes {
		if p.PID == 1 {
			return p.Seccomp == 0 && p.CapEffective != ""
		}
	}
	return false
}

// seccompDenied sees a filter of system calls at work: one was asked for and
// something was not permitted, or what needs no right was not.
func seccompDenied(c *Case) *Match {
	if c.Spec.Seccomp != "" {
		if line, ok := c.eperm(notPermitted); ok && !execRefused.MatchString(line.Plain) {
			m := saw(line)
			m.Lines = append(m.Lines, c.Evidence(evidence.SpecFile, `"seccomp"`))
			m.say("filter", "the profile "+c.Spec.Seccomp, "配置 "+c.Spec.Seccomp)
			m.Confidence = Certain
			return m
		}
	}
	line, ok := c.eperm(filtered)
	if !ok || c.unfiltered() || rawOnes.MatchString(line.Plain) {
		return nil
	}
	m := saw(line).capture(filtered, line)
	m.say("filter", "the filter in force", "当前生效的过滤规则")
	return m
}

// chownDenied sees the app change what belongs to another user.
func chownDenied(c *Case) *Match {
	if c.Spec.Seccomp != "" {
		return nil
	}
	line, ok := c.eperm(changes)
	if !ok {
		return nil
	}
	m := saw(line).capture(changes, line)
	if m.Params["path"] == "" {
		m.say("path", "a file", "某个文件")
	}
	m.Params["path_zh"] = m.Params["path"]
	return m
}

var (
	audit  = regexp.MustCompile(`(?i)avc:\s+denied\s+\{ (?P<what>[^}]+) \}|apparmor="?DENIED"?`)
	denied = regexp.MustCompile(`(?i)(?:open|stat|lstat|mkdir|create|readdir|unlink|rename|read|fork/exec|exec)\S* (?P<path>/[^\s:]+): permission denied`)
)

// readableByAll are the bits of a file that anybody may read.
const readableByAll = "4"

// lsmDenied sees a security module refuse what the permission bits allow.
func lsmDenied(c *Case) *Match {
	line, refused := c.appLine(denied)
	for _, said := range c.Lines(SourceEngine) {
		if audit.MatchString(said.Plain) {
			m := saw(said)
			m.say("path", "a file", "某个文件")
			m.Confidence = Possible
			if refused {
				m.Confidence = Certain
				m.Lines = append([]evidence.Line{line.Line}, m.Lines...)
				m.capture(denied, line)
				m.Params["path_zh"] = m.Params["path"]
			}
			return m
		}
	}
	if !refused {
		return nil
	}
	m := saw(line).capture(denied, line)
	p, known := c.Path(m.Params["path"])
	if !known || p.Error != "" || p.Type != "file" || p.Readable || !strings.HasSuffix(p.Mode, readableByAll) || !strings.Contains(line.Plain, "open") {
		return nil
	}
	m.Lines = append(m.Lines, c.Evidence(evidence.PathsFile, m.Params["path"]))
	m.Params["path_zh"] = m.Params["path"]
	return m
}

var execRefused = regexp.MustCompile("(?i)(?:^|[^/\\w])exec(?: container process)? [`\"']?(?P<path>/[^\\s:`\"']+)[`\"']?:(?: \\S+:)? operation not permitted|failed to execute (?P<path>/[^:]+): operation not permitted")

// fileCapabilitiesDenied sees execve refuse a binary that asks for capabilities
// that the process may not have at all.
func fileCapabilitiesDenied(c *Case) *Match {
	for _, source := range []Source{SourceApp, SourceEngine, SourceSystemd} {
		for _, line := range c.Lines(source) {
			if !execRefused.MatchString(line.Plain) {
				continue
			}
			m := saw(line).capture(execRefused, line)
			if len(c.Spec.DropCapabilities) > 0 {
				m.Lines = append(m.Lines, c.Evidence(evidence.SpecFile, `"dropCapabilities"`))
			}
			return m
		}
	}
	return nil
}

var setcap = regexp.MustCompile(`(?i)\bsetcap\b.*cap_net_bind_service`)

// noNewPrivilegesPort sees a binary with a capability of its own that it does not
// get, as the process may gain no privileges.
func noNewPrivilegesPort(c *Case) *Match {
	barred := c.Spec.NoNewPrivileges
	for _, p := range c.Processes {
		barred = barred || p.PID == 1 && p.NoNewPrivs
	}
	line, ok := c.appLine(portDenied)
	if !barred || !ok {
		return nil
	}
	for _, source := range []Source{SourceEngine, SourceBuild} {
		for _, given := range c.Lines(source) {
			if setcap.MatchString(given.Plain) {
				m := saw(line, given).capture(portDenied, line)
				if m.Params["port"] == "" {
					m.Params["port"] = m.Params["port2"]
				}
				return m
			}
		}
	}
	return nil
}

var badCall = regexp.MustCompile(`(?i)SIGSYS: bad system call|bad system call(?: \(core dumped\))?$`)

// seccompKilled sees a filter end the process: SIGSYS.
func seccompKilled(c *Case) *Match {
	const signalSYS = 128 + 31
	if c.Ended() && c.State.ExitCode == signalSYS {
		return saw(c.fact(evidence.StateFile, `"exitCode"`))
	}
	if line, ok := c.appLine(badCall); ok {
		return saw(line)
	}
	return nil
}
