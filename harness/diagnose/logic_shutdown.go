package diagnose

import (
	"regexp"
	"slices"
	"strings"

	"github.com/seatrial/seatrial/harness/evidence"
)

var _ = declare(map[string]Logic{
	"shell-as-first-process": shellFirst,
	"stop-grace-too-short":   graceTooShort,
	"sigterm-ignored":        sigtermIgnored,
	"sigterm-unhandled":      sigtermUnhandled,
	"background-main":        backgroundMain,
	"restart-loop":           restartLoop,
})

var (
	stopStep    = regexp.MustCompile(`(?i)SIGTERM|SIGINT|ends in time|after the signal|told to stop|cut off|停止|信号`)
	stopCommand = regexp.MustCompile(`(?i)\bdocker(?: container)? (?:stop|restart)\b|\b(?:docker[ -]compose|compose|podman(?:-compose)?) (?:stop|down|restart)\b|\bContainer \S+ +(?:Stopping|Stopped)\b|\bstopping container\b|\bkubectl (?:delete|rollout restart)\b`)
)

// stopAsked gives what shows that somebody told the app to end.
func (c *Case) stopAsked() (Line, bool) {
	for _, text := range []string{c.Outcome.Step, c.Outcome.What, c.Outcome.Scenario} {
		if stopStep.MatchString(text) {
			return c.fact(evidence.OutcomeFile, text), true
		}
	}
	for _, line := range c.Lines(SourceEngine) {
		if stopCommand.MatchString(line.Plain) {
			return line, true
		}
	}
	return Line{}, false
}

// outlived gives what shows that the app was told to end, did not, and was, or
// would have been, killed.
func (c *Case) outlived() (*Match, bool) {
	asked, ok := c.stopAsked()
	if !ok || c.State == nil || c.State.OOM {
		return nil, false
	}
	late := strings.Contains(c.Outcome.What, "not ended")
	if c.Ended() && c.State.ExitCode != signalKill || c.Running() && !late {
		return nil, false
	}
	return saw(asked, c.fact(evidence.StateFile, `"exitCode"`)), true
}

// mainCommand is what the container runs, as far as image and deployment tell.
func (c *Case) mainCommand() []word {
	var list []word
	add := func(args []string) {
		for _, arg := range args {
			list = append(list, word{text: arg, quoted: true})
		}
	}
	for _, p := range c.Processes {
		if p.PID == 1 && len(p.Args) > 0 {
			add(p.Args)
			return list
		}
	}
	if c.Image != nil {
		add(c.Image.Entrypoint)
		if len(c.Spec.Args) == 0 {
			add(c.Image.Cmd)
		}
	}
	add(c.Spec.Args)
	return list
}

func commandText(command []word) string {
	var parts []string
	for _, w := range command {
		parts = append(parts, w.text)
	}
	return strings.Join(parts, " ")
}

// shellIsFirst says whether the first process is a shell, which passes no signal on.
func (c *Case) shellIsFirst() bool {
	command := c.mainCommand()
	script := shellScript(command)
	if script == "" || strings.HasPrefix(strings.TrimSpace(script), "exec ") {
		return false
	}
	for _, p := range c.Processes {
		if p.PID == 1 {
			return isShell(p.Name) || len(p.Args) > 0 && isShell(p.Args[0])
		}
	}
	return true
}

func shellFirst(c *Case) *Match {
	m, ok := c.outlived()
	if !ok || !c.shellIsFirst() {
		return nil
	}
	file, key := evidence.ImageFile, `"cmd"`
	if len(c.Processes) > 0 {
		file, key = evidence.ProcessesFile, `"pid":1`
	} else {
		m.Confidence = Likely
	}
	m.Lines = append(m.Lines, c.Evidence(file, key))
	m.Params["command"] = commandText(c.mainCommand())
	return m
}

var (
	ending   = regexp.MustCompile(`(?i)shut(?:ting)?[ -]?down|graceful|draining|stopping (?:the )?(?:http )?server|waiting for .*(?:requests|connections)|正在(?:关闭|停止|退出)|优雅`)
	inFlight = regexp.MustCompile(`(?i)EOF|reset|closed|refused|deadline|timeout`)
)

// graceTooShort sees an app that had begun to shut down when it was killed.
func graceTooShort(c *Case) *Match {
	m, ok := c.outlived()
	if !ok || c.shellIsFirst() {
		return nil
	}
	if line, ok := c.lastLine(ending); ok {
		m.Lines = append(m.Lines, line.Line)
		return m
	}
	for _, x := range c.Exchanges {
		if x.Error != "" && inFlight.MatchString(x.Error) && x.Probe == "" {
			m.Lines = append(m.Lines, c.Evidence(evidence.HTTPFile, x.Error))
			m.Confidence = Likely
			return m
		}
	}
	return nil
}

// lastLine gives the last line of the app that matches.
func (c *Case) lastLine(text *regexp.Regexp) (Line, bool) {
	for _, line := range slices.Backward(c.Lines(SourceApp)) {
		if text.MatchString(line.Plain) {
			return line, true
		}
	}
	return Line{}, false
}

func sigtermIgnored(c *Case) *Match {
	m, ok := c.outlived()
	if !ok || c.shellIsFirst() || graceTooShort(c) != nil {
		return nil
	}
	return m
}

var otherEnd = regexp.MustCompile(`^panic: |^fatal error: |^goroutine \d+ \[|(?i)^usage|flag provided but not defined|SIG(?:QUIT|ABRT|SEGV)`)

// sigtermUnhandled sees that the signal itself ended the process: Go's runtime
// ends a first process with 2, and the kernel any other with 143.
func sigtermUnhandled(c *Case) *Match {
	const byRuntime, byInterrupt, bySignal = 2, 128 + 2, 128 + 15
	asked, ok := c.stopAsked()
	if !c.Ended() || !slices.Contains([]int{byRuntime, byInterrupt, bySignal}, c.State.ExitCode) || !ok && c.State.ExitCode == byRuntime {
		return nil
	}
	for _, line := range c.Lines(SourceApp) {
		if otherEnd.MatchString(line.Plain) && c.State.ExitCode == byRuntime {
			return nil
		}
	}
	m := saw(c.fact(evidence.StateFile, `"exitCode"`))
	if ok {
		m.Lines = append(m.Lines, asked.Line)
	} else {
		m.Confidence = Likely
	}
	m.say("code", "2, with which Go's runtime ends the container's first process", "2（Go 运行时对容器 1 号进程的处理）")
	m.Params["signal"] = "SIGTERM"
	if strings.Contains(c.Outcome.Scenario, "SIGINT") || c.State.ExitCode == byInterrupt {
		m.Params["signal"] = "SIGINT"
	}
	switch c.State.ExitCode {
	case bySignal:
		m.say("code", "143, 128 and the number of SIGTERM", "143（128 加 SIGTERM 的编号）")
	case byInterrupt:
		m.say("code", "130, 128 and the number of SIGINT", "130（128 加 SIGINT 的编号）")
	}
	return m
}

var backgroundLine = regexp.MustCompile(`(?i)^\s*(?:CMD|ENTRYPOINT|command:)\s.*(?:\bnohup\b.*&|[^&]&\s*["'\]]*\s*$)`)

// backgroundMain sees a container whose first process puts the app behind itself
// and ends.
func backgroundMain(c *Case) *Match {
	if c.State != nil && (!c.Ended() || c.State.ExitCode != 0) {
		return nil
	}
	command := c.mainCommand()
	if script := shellScript(command); script != "" && backgrounds(script) {
		m := saw(c.fact(evidence.ImageFile, `"cmd"`))
		if c.State != nil {
			m.Lines = append(m.Lines, c.Evidence(evidence.StateFile, `"exitCode"`))
		}
		m.Params["command"] = commandText(command)
		return m
	}
	for _, line := range c.Lines(SourceEngine) {
		if backgroundLine.MatchString(line.Plain) && !strings.Contains(line.Plain, "wait") {
			m := saw(line)
			m.Params["command"] = strings.TrimSpace(line.Plain)
			return m
		}
	}
	return nil
}

var restarting = regexp.MustCompile(`(?i)is restarting, wait until the container is running|\bRestarting \(\d+\)|restart counter is at (?:[3-9]|\d\d+)|\bRestarts?(?:Count)?[=: ]+[3-9]\d*\b|NRestarts=(?:[2-9]|\d\d+)`)

// restartLoop sees that something starts the app again and again.
func restartLoop(c *Case) *Match {
	const often = 2
	if c.State != nil && (c.State.Restarts >= often || c.State.Status == "restarting") {
		key := `"status"`
		if c.State.Restarts >= often {
			key = `"restarts"`
		}
		return saw(c.fact(evidence.StateFile, key))
	}
	for _, source := range []Source{SourceEngine, SourceSystemd} {
		for _, line := range c.Lines(source) {
			if restarting.MatchString(line.Plain) {
				return saw(line)
			}
		}
	}
	return nil
}
