package diagnose

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/seatrial/seatrial/harness/evidence"
)

// obstacle is why a program could not be started.
type obstacle string

const (
	notThere   obstacle = "not there"   // no file of this name
	notOnPath  obstacle = "not on PATH" // a bare name that no directory of PATH has
	isDir      obstacle = "directory"
	noRight    obstacle = "no right"
	noHelper   obstacle = "no helper" // the file is there, its interpreter or loader is not
	badFormat  obstacle = "format"    // the kernel does not know what it is
	shellFails obstacle = "shell"     // a shell finds no file, or no interpreter of it: it does not tell which
)

// failedStart is what was said of a program that could not be started.
type failedStart struct {
	Line    evidence.Line
	Program string // as it was said; empty if it was not
	Why     obstacle
}

type startWords struct {
	why   obstacle
	words *regexp.Regexp
}

// engineStarts are how runtimes refuse to start a process: runc before it makes
// way for the program, and crun.
var engineStarts = []startWords{
	{badFormat, regexp.MustCompile("(?i)exec container process (?:\\([^)]*\\) )?`(?P<program>[^`]+)`: exec format error")},
	{noHelper, regexp.MustCompile("(?i)exec container process (?:\\([^)]*\\) )?`(?P<program>[^`]+)`: no such file")},
	{notOnPath, regexp.MustCompile("(?:exec: \"|executable file [`'\"])(?P<program>[^\"`']+)[`'\"]:? (?:executable file )?not found in (?:\\$PATH|%PATH%)")},
	{notThere, regexp.MustCompile(`exec: "(?P<program>[^"]+)": stat [^:]*: no such file or directory`)},
	{notThere, regexp.MustCompile(`exec: "(?P<program>[^"]+)": no such file or directory`)},
	{notThere, regexp.MustCompile(`(?i)\bcrun: open executable: (?P<program>)no such file or directory`)},
	{isDir, regexp.MustCompile(`exec: "(?P<program>[^"]+)": is a directory`)},
	{noRight, regexp.MustCompile(`exec: "(?P<program>[^"]+)": permission denied`)},
	{badFormat, regexp.MustCompile(`exec(?: user process caused)?:? "?(?P<program>/[^\s":]*|)"?:? ?"?exec format error`)},
	{noHelper, regexp.MustCompile(`exec (?P<program>/[^\s":]+): no such file or directory`)},
}

// ownStarts are how it is told on the container's own streams: by runc after it
// has made way, by init programs and by shells.
var ownStarts = []startWords{
	engineStarts[0], engineStarts[1], // crun says it on either side
	{noHelper, regexp.MustCompile(`^exec (?P<program>[./]\S+): no such file or directory$`)},
	{badFormat, regexp.MustCompile(`(?i)^exec (?P<program>[./]\S+): exec format error$`)},
	{noHelper, regexp.MustCompile(`exec user process caused:? "?(?P<program>)no such file or directory`)},
	{badFormat, regexp.MustCompile(`exec user process caused:? "?(?P<program>)exec format error`)},
	{noHelper, regexp.MustCompile(`(?P<program>[^\s:]+): cannot execute: required file not found`)},
	{noHelper, regexp.MustCompile(`(?P<program>[^\s:]+): \S*: ?bad interpreter`)},
	{badFormat, regexp.MustCompile(`(?i)^(?:\[FATAL tini \(\d+\)\] |\[dumb-init\] )?(?:exec )?(?P<program>[./][^\s:]+)(?: failed)?: exec format error`)},
	{badFormat, regexp.MustCompile(`(?i)\b(?:ba|da|a|z|k)?sh: (?:line )?(?:\d+: )?(?:exec: )?(?P<program>[./][^\s:]+): (?:cannot execute binary file|exec format error)`)},
	{badFormat, regexp.MustCompile(`(?i)^(?P<program>[./][^\s:]+): cannot execute binary file`)},
	{badFormat, regexp.MustCompile(`(?i)\bzsh: (?:exec format error|bad CPU type in executable): (?P<program>\S+)`)},
	// A shell that takes a program for a script; a script of its own has an ending.
	{badFormat, regexp.MustCompile(`^(?P<program>[./][^\s:]+): (?:line )?\d+: .?(?:ELF|MZ).*not found$`)},
	{badFormat, regexp.MustCompile(`^(?P<program>/[^\s:.]+): line 1: syntax error: unexpected "\("`)},
	{isDir, regexp.MustCompile(`(?i)\b(?:ba|da|a|z|k)?sh: (?:line )?(?:\d+: )?(?P<program>[./][^\s:]+): is a directory`)},
	{shellFails, regexp.MustCompile(`(?i)^\[(?:FATAL tini \(\d+\)|dumb-init)\] (?:exec )?(?P<program>[^\s:]+)(?: failed)?: no such file or directory`)},
	{shellFails, regexp.MustCompile(`\b(?:sh|bash|ash|dash): (?:(?:line|Zeile|ligne|línea|linha|riga|строка|行) ?)?(?:\d+: )?(?:exec: )?(?P<program>[^\s:]+): (?:command )?not found$`)},
	{shellFails, regexp.MustCompile(`(?i)\b(?:sh|bash|ash|dash): (?:line )?(?:\d+: )?(?:exec: )?(?P<program>[^\s:]*/[^\s:]+): no such file or directory$`)},
}

// starts lists what was said of programs that could not be started, the engine's
// words first. What a running app says of others is not among it.
func (c *Case) starts() []failedStart {
	var list []failedStart
	for _, line := range c.Lines(SourceEngine) {
		if strings.Contains(line.Plain, "exec failed") && line.File != evidence.StateFile {
			continue // somebody wanted to start something in a container that runs
		}
		list = appendStart(list, line, engineStarts)
	}
	if c.Running() || c.Refused() {
		return list
	}
	for _, line := range c.Lines(SourceApp) {
		if !line.Deadly {
			continue
		}
		n := len(list)
		if list = appendStart(list, line, ownStarts); len(list) > n && list[n].Why == shellFails && !c.endedByShell() && !there(c.at(list[n].Program)) {
			list = list[:n]
		}
	}
	return list
}

func appendStart(list []failedStart, line Line, forms []startWords) []failedStart {
	for _, form := range forms {
		if m := form.words.FindStringSubmatch(line.Plain); m != nil {
			return append(list, failedStart{Line: line.Line, Program: strings.TrimRight(m[1], "\r"), Why: form.why})
		}
	}
	return list
}

// endedByShell says whether the exit code can be that of a shell which could not
// start a program, or is not known.
func (c *Case) endedByShell() bool {
	const notExecutable, notFound = 126, 127
	return c.State == nil || c.State.ExitCode == notExecutable || c.State.ExitCode == notFound
}

// start gives the first failed start for one of these reasons.
func (c *Case) start(why ...obstacle) (failedStart, bool) {
	for _, s := range c.starts() {
		if slices.Contains(why, s.Why) {
			if s.Program == "" {
				s.Program = c.program()
			}
			return s, true
		}
	}
	return failedStart{}, false
}

// program is what the container starts, "" if nobody said.
func (c *Case) program() string {
	if c.Image != nil {
		for _, word := range slices.Concat(c.Image.Entrypoint, c.Image.Cmd) {
			return word
		}
	}
	for _, p := range c.Paths {
		if p.Why == "binary" {
			return p.Abs
		}
	}
	return ""
}

// at gives what is known of a program as a path.
func (c *Case) at(program string) (evidence.Path, bool) {
	if p, ok := c.Path(program); ok {
		return p, true
	}
	abs := c.abs(program)
	if p, ok := c.Path(abs); ok && abs != "" {
		return p, true
	}
	if _, mounted := c.mountOf(abs); mounted || abs == "" {
		return evidence.Path{}, false
	}
	for _, f := range c.imagePaths() {
		if f.Path == abs {
			return evidence.Path{Path: program, Abs: abs, File: f}, true
		}
	}
	return evidence.Path{}, false
}

// there says whether a path is known to exist.
func there(p evidence.Path, known bool) bool { return known && p.Error == "" && p.Type != "" }

// head is how the file begins, "" if that is not known.
func head(p evidence.Path) string {
	text, err := strconv.Unquote(`"` + p.Head + `"`)
	if err != nil {
		return ""
	}
	return text
}

var scriptName = regexp.MustCompile(`(?i)\.(sh|bash|ash|zsh|py|rb|pl)$|(^|/)(docker-)?entrypoint$`)

// isScript says whether a program is a script, by how it begins or its name.
func (c *Case) isScript(program string) bool {
	if p, ok := c.at(program); ok {
		if begins := strings.TrimPrefix(head(p), byteOrderMark); begins != "" {
			return strings.HasPrefix(begins, "#!") || scriptName.MatchString(program) && !strings.HasPrefix(begins, "\x7fELF")
		}
	}
	return scriptName.MatchString(program)
}

const byteOrderMark = "\xef\xbb\xbf"

// changedTo says whether the deployment altered this file on purpose so.
func (c *Case) changedTo(program, condition string) bool {
	p, _ := c.at(program)
	for _, cond := range c.Conditions {
		if cond.Name == condition && (cond.Value == program || p.Abs != "" && cond.Value == p.Abs) {
			return true
		}
	}
	return false
}

// silent says whether the app wrote nothing at all.
func (c *Case) silent() bool {
	return !slices.ContainsFunc(c.Lines(SourceApp), func(line Line) bool { return strings.TrimSpace(line.Text) != "" })
}
