package diagnose

import (
	"regexp"
	"strings"

	"github.com/seatrial/seatrial/harness/evidence"
)

// journal splits a line as journalctl prints it: an optional time and host, the
// process, and what it said.
var journal = regexp.MustCompile(`^(?:\[journal\] )?(?:(?:[A-Z][a-z]{2} +\d+ \d\d:\d\d:\d\d(?:\.\d+)?|\d{4}-\d\d-\d\d[T ]\S+) (?:\S+ )?)?(\(?[\w.@/+-]+\)?)\[\d+\]: ?(.*)$`)

// saidByProgram gives what a program wrote into the journal; false for lines of
// the manager, and for what is no line of a journal.
func saidByProgram(text string) (string, bool) {
	parts := journal.FindStringSubmatch(text)
	if parts == nil || strings.HasPrefix(parts[1], "systemd") || strings.HasPrefix(parts[1], "(") || parts[1] == "kernel" {
		return "", false
	}
	return parts[2], true
}

// splitJournal gives the manager's lines of systemd.log, and those of the
// programs that it ran, which are the app's log.
func (c *Case) splitJournal() (manager, programs []Line) {
	const of = evidence.SystemdLog
	if split, ok := c.lines[of+" manager"]; ok {
		return split, c.lines[of+" programs"]
	}
	for _, line := range c.file(evidence.SystemdLog) {
		text, ok := saidByProgram(line.Plain)
		if !ok {
			manager = append(manager, line)
			continue
		}
		programs = append(programs, newLine(line.Line, plain(text)))
	}
	markDeadly(programs)
	c.lines[of+" manager"], c.lines[of+" programs"] = manager, programs
	return manager, programs
}

// written gives the lines of a file that the app wrote.
func (c *Case) written(file string) []Line {
	if file == evidence.SystemdLog {
		_, programs := c.splitJournal()
		return programs
	}
	return c.file(file)
}

var (
	upAndRunning = regexp.MustCompile(`(?i)ActiveState=active\b.*SubState=running|active \(running\)`)
	wellStopped  = regexp.MustCompile(`(?i)ActiveState=inactive\b.*SubState=dead|inactive \(dead\)`)
)

// settled says whether all that is known is a manager that says that the service
// runs, or that it was stopped and ended well.
func (c *Case) settled() bool {
	if c.Outcome.Outcome != "" || c.State != nil {
		return false
	}
	if _, up := c.manager(upAndRunning); up {
		return true
	}
	_, ended := c.manager(wellStopped)
	_, asked := c.manager(stopping)
	_, failed := c.manager(serviceFailed)
	return ended && asked && !failed
}
