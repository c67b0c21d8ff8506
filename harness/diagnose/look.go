package diagnose

import (
	"fmt"
	"regexp"

	"github.com/seatrial/seatrial/harness/evidence"
)

// troubled matches lines that tell of trouble.
var troubled = regexp.MustCompile(`(?i)\b(error|err|fail(ed|ure)?|fatal|panic|cannot|can't|could not|unable|denied|refused|invalid|missing|not found|no such|timeout|timed out)\b|错误|失败|无法|拒绝`)

// lookFirst lists the lines that a person would look at first: what the engine
// said, how the process ended, its last words, its first trouble, answers that
// are no success, and what the services beside it complained of.
func (c *Case) lookFirst() []evidence.Line {
	const each, most = 3, 8
	var list []evidence.Line
	add := func(lines []Line, want func(Line) bool, n int) {
		for _, line := range lines {
			if n > 0 && want(line) {
				list = append(list, line.Line)
				n--
			}
		}
	}
	complains := func(line Line) bool { return troubled.MatchString(line.Plain) }
	add(c.Lines(SourceEngine), func(Line) bool { return true }, each)
	if c.Ended() {
		list = append(list, evidence.Line{File: evidence.StateFile, Text: fmt.Sprintf("exit code %d, OOM killed: %t", c.State.ExitCode, c.State.OOM)})
	}
	if c.Build == nil || c.Build.Stage != "" || c.State == nil {
		add(c.file(evidence.BuildLog), complains, each)
	}
	app := append(c.file(evidence.StderrLog), c.file(evidence.StdoutLog)...)
	add(app, func(line Line) bool { return line.Deadly && c.Ended() }, each)
	add(app, complains, each)
	for _, x := range c.Exchanges {
		if x.Status >= 400 || x.Error != "" {
			list = append(list, c.Evidence(evidence.HTTPFile, fmt.Sprintf("%q", x.Path)))
		}
	}
	for _, source := range []Source{SourceSystemd, SourceSupervisor, SourceNginx} {
		add(c.Lines(source), complains, 1)
	}
	add(c.file(evidence.RedisLog), complains, 1) // not what its settings are called
	return distinct(list, most)
}

func distinct(list []evidence.Line, most int) []evidence.Line {
	var kept []evidence.Line
	seen := map[evidence.Line]bool{}
	for _, line := range list {
		if !seen[line] && len(kept) < most {
			kept = append(kept, line)
		}
		seen[line] = true
	}
	return kept
}
