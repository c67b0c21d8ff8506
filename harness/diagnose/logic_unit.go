package diagnose

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Reasoning over a unit together with what the service wrote.
var _ = declare(map[string]Logic{
	"systemd-inline-comment":    inlineComment,
	"systemd-shell-syntax":      shellSyntax,
	"systemd-background":        unitBackground,
	"systemd-workdir-unset":     workdirUnset,
	"systemd-limit-nproc":       limitNPROC,
	"systemd-private-tmp":       privateTmp,
	"systemd-protect-home":      protectHome,
	"systemd-protect-system":    protectSystem,
	"systemd-address-families":  addressFamilies,
	"systemd-privileged-port":   unitPrivilegedPort,
	"systemd-exec-path-unclear": execPathUnclear,
})

var (
	comment   = regexp.MustCompile(`\s#(?:\s|\w).*$`)
	freeTexts = []string{"Description", "Documentation", "Environment", "PassEnvironment"}
)

// inlineComment sees a comment behind a value: it is part of the value.
func inlineComment(c *Case) *Match {
	for _, s := range c.unit() {
		at := comment.FindStringIndex(s.value)
		if at == nil || slices.Contains(freeTexts, s.key) || strings.ContainsAny(s.value[:at[0]], `"'`) {
			continue
		}
		m := saw(unitLine(s))
		m.Params["setting"] = s.key + "=" + s.value
		m.Params["clean"] = s.key + "=" + strings.TrimSpace(s.value[:at[0]])
		return m
	}
	return nil
}

var shellWord = regexp.MustCompile(`^(?:\d*>>?|\d*>&\d|\d*>>?\S+|<|\||\|\||&&?|\$\(.*|` + "`.*" + `)$`)

// shellSyntax sees what only a shell understands outside of a shell's script.
func shellSyntax(c *Case) *Match {
	for _, s := range c.unit() {
		if s.section != "Service" || !strings.HasPrefix(s.key, "Exec") {
			continue
		}
		for _, w := range s.command() {
			if w.quoted || !shellWord.MatchString(w.text) {
				continue
			}
			m := saw(unitLine(s))
			m.Params["key"], m.Params["word"] = s.key, w.text
			return m
		}
	}
	return nil
}

// unitBackground sees a main process that starts the app behind itself and ends.
func unitBackground(c *Case) *Match {
	u := c.unit()
	if strings.EqualFold(u.last("Type").value, "forking") || strings.EqualFold(u.last("Type").value, "oneshot") {
		return nil
	}
	for _, s := range u.all("ExecStart") {
		if !backgrounds(shellScript(s.command())) {
			continue
		}
		m := saw(unitLine(s))
		if line, ok := c.manager(deactivated); ok {
			m.Lines = append(m.Lines, line.Line)
		}
		return m
	}
	return nil
}

var (
	relativeMissing = regexp.MustCompile(`(?i)\b(?:open|stat|lstat|readdir|chdir|opendir|fork/exec) (?P<path>\.{0,2}[\w-][\w.-]*(?:/[^:\s]*)?|\.{1,2}/[^:\s]+): no such file`)
	patternMissing  = regexp.MustCompile("pattern matches no files: [`\"]?(?P<path>[^/`\"><|&\\s][^`\"]*)")
)

// workdirUnset sees a service look for a relative path in /, where systemd starts
// it if nothing else is said.
func workdirUnset(c *Case) *Match {
	u := c.unit()
	start := u.last("ExecStart")
	if start.key == "" || u.last("WorkingDirectory").key != "" || u.last("RootDirectory", "RootImage").key != "" {
		return nil
	}
	if script := shellScript(start.command()); strings.Contains(script, "cd ") {
		return nil
	}
	for _, pattern := range []*regexp.Regexp{relativeMissing, patternMissing} {
		if line, ok := c.appLine(pattern); ok {
			m := saw(line, unitLine(start)).capture(pattern, line)
			program := strings.TrimLeft(start.command()[0].text, "-@:+!")
			m.Params["dir"] = "/opt/app"
			if i := strings.LastIndexByte(program, '/'); i > 0 && !isShell(program) {
				m.Params["dir"] = program[:i]
			}
			return m
		}
	}
	return nil
}

var noThreads = regexp.MustCompile(`(?i)failed to create new OS thread|pthread_create failed|may need to increase max user processes|newosproc|resource temporarily unavailable|runtime\.(?:goexit|main|startm|newm|forcegchelper|mstart)\b`)

// fewTasks is what Go's runtime and a small server have always room in.
const fewTasks = 64

// limitNPROC sees a limit on threads that is too low for Go's runtime.
func limitNPROC(c *Case) *Match {
	u := c.unit()
	limit := u.last("LimitNPROC", "TasksMax")
	n, err := strconv.Atoi(strings.Split(limit.value, ":")[0])
	if err != nil || n > fewTasks {
		return nil
	}
	for _, line := range c.Lines(SourceApp) {
		if noThreads.MatchString(line.Plain) {
			m := saw(line).mention(u, limit.key)
			return m
		}
	}
	return nil
}

var underTmp = regexp.MustCompile(`(?i)(?P<path>/(?:var/)?tmp/[^\s:'"]+)['"]?: .*no such file|(?P<path>/(?:var/)?tmp/[^\s:'"]+)['"]?: no such file`)

func privateTmp(c *Case) *Match {
	u := c.unit()
	private := u.last("PrivateTmp")
	if !private.on() {
		return nil
	}
	line, ok := c.appLine(underTmp)
	if !ok {
		return nil
	}
	return saw(line).capture(underTmp, line).mention(u, private.key)
}

var underHome = regexp.MustCompile(`(?i)(?P<path>(?:/home|/root|/run/user)(?:/[^\s:'"]*)?)['"]?: (?:no such file|permission denied)`)

func protectHome(c *Case) *Match {
	u := c.unit()
	home := u.last("ProtectHome")
	if !home.on() || strings.EqualFold(home.value, "read-only") {
		return nil
	}
	line, ok := c.manager(underHome)
	if !ok {
		line, ok = c.appLine(underHome)
	}
	if !ok {
		return nil
	}
	return saw(line).capture(underHome, line).mention(u, home.key)
}

var readOnly = regexp.MustCompile(`(?i)(?P<path>/[^\s:'"]+)['"]?: (?:\S+ )?read-only file system|\b(?P<path>[\w.-]+/[^\s:'"]+): read-only file system`)

func protectSystem(c *Case) *Match {
	u := c.unit()
	var guard setting
	for _, key := range []string{"ProtectSystem", "ReadOnlyPaths", "ReadOnlyDirectories", "ProtectHome"} {
		if s := u.last(key); s.on() && (key != "ProtectHome" || strings.EqualFold(s.value, "read-only")) {
			guard = s
			break
		}
	}
	if guard.key == "" {
		return nil
	}
	line, ok := c.appLine(readOnly)
	if !ok {
		return nil
	}
	return saw(line).capture(readOnly, line).mention(u, guard.key)
}

var noFamily = regexp.MustCompile(`(?i)address family not supported by protocol`)

func addressFamilies(c *Case) *Match {
	u := c.unit()
	families := u.last("RestrictAddressFamilies")
	if families.key == "" {
		return nil
	}
	line, ok := c.appLine(noFamily)
	if !ok {
		return nil
	}
	return saw(line).mention(u, families.key)
}

var portDenied = regexp.MustCompile(`(?i)listen \S+ \S*?:(?P<port>\d{1,3}): .*permission denied|bind\S* (?:to )?\S*?:(?P<port2>\d{1,3})\b.*permission denied`)

func unitPrivilegedPort(c *Case) *Match {
	u := c.unit()
	user := u.last("User", "DynamicUser")
	if user.key == "" || strings.Contains(u.last("AmbientCapabilities").value, "CAP_NET_BIND_SERVICE") {
		return nil
	}
	line, ok := c.appLine(portDenied)
	if !ok {
		return nil
	}
	m := saw(line).capture(portDenied, line).mention(u, user.key)
	if m.Params["port"] == "" {
		m.Params["port"] = m.Params["port2"]
	}
	return m
}

var execPath = regexp.MustCompile(`(?i)(?:neither a valid executable name nor an absolute path|executable path is not absolute(?:, ignoring)?|executable name contains special characters): (?P<path>.+)$`)

// execPathUnclear sees a program that systemd cannot look for: variables are not
// replaced in the program's own name, and there is no directory to begin at.
func execPathUnclear(c *Case) *Match {
	line, ok := c.manager(execPath)
	if !ok {
		return nil
	}
	m := saw(line).capture(execPath, line)
	m.mention(c.unit(), "ExecStart")
	m.Params["why"], m.Params["why_zh"] = "it begins at no fixed directory, as WorkingDirectory= does not count here", "它不是绝对路径，而此处 WorkingDirectory= 不起作用"
	if strings.Contains(m.Params["path"], "$") {
		m.Params["why"], m.Params["why_zh"] = "variables are not replaced in the name of the program, only in its arguments", "程序名中的变量不会被替换，只有参数中的才会"
	}
	return m
}
