package diagnose

import (
	"regexp"
	"slices"
	"strconv"

	"github.com/seatrial/seatrial/harness/evidence"
)

var _ = declare(map[string]Logic{
	"error-hidden-in-log-file": errorHiddenInLogFile,
	"logs-only-in-file":        logsOnlyInFile,
	"log-file-error-ignored":   logFileErrorIgnored,
	"logs-buffered":            logsBuffered,
	"logs-coloured":            logsColoured,
	"logs-multi-line":          logsMultiLine,
	"gin-debug-mode":           ginDebugMode,
	"exit-without-a-word":      exitWithoutAWord,
	"killed-from-outside":      killedFromOutside,
})

// What steps are about. An app whose log is coloured or silent has no failure of
// that kind unless somebody asks for the log.
var (
	aboutLogs   = regexp.MustCompile(`(?i)\b(logs?|logged|logging|stdout|stderr|standard (output|error)|log lines?)\b|日志|标准(输出|错误)`)
	aboutLogin  = regexp.MustCompile(`(?i)\blog(s|ged|ging)? (in|on|out|off)\b`)
	aboutColour = regexp.MustCompile(`(?i)colou?r|ansi|escape|control (code|character)|颜色|控制符`)
	aboutLines  = regexp.MustCompile(`(?i)one log line|single line|multi-?line|JSON logs|every JSON log line|每行|多行|一行`)
	aboutDebug  = regexp.MustCompile(`(?i)debug|GIN_MODE|release mode|log level|above the level|调试|级别`)
)

func (c *Case) aboutLogs() bool { return c.about(aboutLogs) && !c.about(aboutLogin) }

// logFile gives a log file that the app made in its container.
func (c *Case) logFile() string {
	for _, name := range c.changed(".log", ".log.1", "nohup.out") {
		return name
	}
	for _, p := range c.Paths {
		if p.Type == "file" && p.Size > 0 && purposeOf(p.Path) == forLog {
			return p.Abs
		}
	}
	return ""
}

func (c *Case) logFileMatch(name string) *Match {
	file := evidence.DiffFile
	if !slices.Contains(c.changed(".log", ".log.1", "nohup.out"), name) {
		file = evidence.PathsFile
	}
	return &Match{Lines: []evidence.Line{c.Evidence(file, name)}, Params: map[string]string{"path": name, "code": c.code()}}
}

func (c *Case) code() string {
	if c.State == nil {
		return ""
	}
	return strconv.Itoa(c.State.ExitCode)
}

func errorHiddenInLogFile(c *Case) *Match {
	if name := c.logFile(); name != "" && c.Ended() && c.silent() {
		return c.logFileMatch(name)
	}
	return nil
}

func logsOnlyInFile(c *Case) *Match {
	if name := c.logFile(); name != "" && c.Running() && c.silent() && c.aboutLogs() {
		return c.logFileMatch(name)
	}
	return nil
}

// logFileErrorIgnored and logsBuffered tell two silences apart by whether the app
// could have made a file.
func logFileErrorIgnored(c *Case) *Match {
	if !c.servesSilently() || !c.cannotMakeFiles() {
		return nil
	}
	return &Match{Lines: []evidence.Line{c.Evidence(evidence.SpecFile, `"readOnlyRoot"`)}}
}

func logsBuffered(c *Case) *Match {
	if !c.servesSilently() || c.cannotMakeFiles() || c.logFile() != "" {
		return nil
	}
	return &Match{Lines: []evidence.Line{{File: evidence.StdoutLog, Text: ""}}}
}

// servesSilently says whether it is asked why an app that answers logs nothing.
func (c *Case) servesSilently() bool {
	return c.wasReady() && c.silent() && c.aboutLogs() &&
		slices.ContainsFunc(c.Exchanges, func(x evidence.Exchange) bool { return x.Status > 0 })
}

// cannotMakeFiles says whether the app could make no file in its working directory.
func (c *Case) cannotMakeFiles() bool {
	if c.Spec.ReadOnlyRoot {
		return true
	}
	p, ok := c.Path(c.WorkDir())
	return ok && !p.Writable
}

// raw gives the app's first line that matches as it was written.
func (c *Case) raw(words *regexp.Regexp) *Match {
	for _, line := range c.Lines(SourceApp) {
		if words.MatchString(line.Text) {
			return &Match{Lines: []evidence.Line{line.Line}}
		}
	}
	return nil
}

func logsColoured(c *Case) *Match {
	if !c.about(aboutColour) {
		return nil
	}
	return c.raw(ansi)
}

var stackBegins = regexp.MustCompile(`panic recovered|http: panic serving|^goroutine \d+ \[|^panic: |^\s+at .*\(.*:\d+\)`)

func logsMultiLine(c *Case) *Match {
	if !c.about(aboutLines) {
		return nil
	}
	return c.raw(stackBegins)
}

var ginDebug = regexp.MustCompile(`\[GIN-debug\]`)

func ginDebugMode(c *Case) *Match {
	if !c.about(aboutDebug) {
		return nil
	}
	return c.raw(ginDebug)
}

// notOurs are exit codes that others give: of a shell, of signals, of the loader.
var notOurs = []int{0, 125, 126, 127, 128, 134, 137, 139, 143}

func exitWithoutAWord(c *Case) *Match {
	if !c.Ended() || !c.silent() || c.State.OOM || slices.Contains(notOurs, c.State.ExitCode) {
		return nil
	}
	return &Match{Lines: []evidence.Line{c.Evidence(evidence.StateFile, `"exitCode"`)}, Params: map[string]string{"code": c.code()}}
}

func killedFromOutside(c *Case) *Match {
	const killed = 137
	if !c.Ended() || c.State.ExitCode != killed || c.State.OOM || c.State.OOMEvidence != "" || c.Limits != nil && c.Limits.OOMKills > 0 {
		return nil
	}
	return &Match{Lines: []evidence.Line{c.Evidence(evidence.StateFile, `"exitCode"`)}}
}
