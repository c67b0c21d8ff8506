package diagnose

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/seatrial/seatrial/harness/deployment"
	"github.com/seatrial/seatrial/harness/evidence"
)

var _ = declare(map[string]Logic{
	"blocked-before-listening": blockedBeforeListening,
	"slow-start":               slowStart,
	"file-mount-stale":         fileMountStale,
	"database-fresh":           databaseFresh,
})

// listensNow says whether the app's port was open when the evidence was collected.
func (c *Case) listensNow() bool {
	port := c.Spec.Port
	if port == 0 && c.App != nil {
		port = c.App.Port
	}
	return slices.ContainsFunc(c.Sockets, func(s evidence.Socket) bool { return port == 0 || s.Port == port })
}

func blockedBeforeListening(c *Case) *Match {
	if !c.Running() || c.Outcome.Kind != "not-listening" || len(c.Sockets) > 0 {
		return nil
	}
	m := &Match{Lines: []evidence.Line{c.Evidence(evidence.OutcomeFile, `"not-listening"`)}}
	if lines := append(c.file(evidence.StdoutLog), c.file(evidence.StderrLog)...); len(lines) > 0 {
		m.Lines = append(m.Lines, lines[len(lines)-1].Line)
	}
	return m
}

var (
	probeFailed = regexp.MustCompile(`(?i)unhealthy|(startup|readiness|liveness) probe failed`)
	refusedPort = regexp.MustCompile(`(?i)connection refused|couldn't connect|failed to connect`)
	turnedGood  = regexp.MustCompile(`(?i)(^|\W)(t=\S+ )?healthy\b`)
)

// slowStart is an app that was not ready within its time and then was: its port is
// open now, or a health check that failed passes later.
func slowStart(c *Case) *Match {
	if c.Running() && c.Outcome.Kind == "not-listening" && len(c.Sockets) > 0 && c.listensNow() {
		return &Match{Lines: []evidence.Line{c.Evidence(evidence.OutcomeFile, `"not-listening"`), {File: evidence.SocketsFile, Text: "it listens now"}}}
	}
	var failed evidence.Line
	for _, line := range c.file(evidence.PlatformLog) {
		switch {
		case probeFailed.MatchString(line.Plain) && refusedPort.MatchString(line.Plain):
			failed = line.Line
		case failed.File != "" && turnedGood.MatchString(line.Plain):
			return &Match{Lines: []evidence.Line{failed, line.Line}}
		}
	}
	return nil
}

var aboutChange = regexp.MustCompile(`(?i)\b(reload|re-?read|hot|change[sd]?|update[sd]?|new (value|content|config\w*)|rotat\w+|without (a )?restart)\b|重新?加载|热更新|修改|变更`)

// fileMountStale is asked for where a scenario waits for new content.
func fileMountStale(c *Case) *Match {
	if !c.Running() || !c.about(aboutChange) {
		return nil
	}
	name := ""
	for _, m := range c.Spec.Mounts {
		if m.SubPath != "" || path.Ext(m.Path) != "" && path.Ext(m.From) != "" {
			name = m.Path
		}
	}
	for _, p := range c.Paths {
		if p.Type == "file" && p.Mount != "" && p.Mount == p.Abs && !strings.HasPrefix(p.Abs, "/etc/") { // engines mount resolv.conf and hosts there
			name = p.Abs
		}
	}
	if name == "" {
		return nil
	}
	return &Match{Lines: []evidence.Line{c.Evidence(evidence.SpecFile, name)}, Params: map[string]string{"path": name}}
}

var (
	emptyStore = regexp.MustCompile(`(?i)no such table|relation "?\w+"? does not exist|bucket not found|no rows in result set|record not found`)
	aboutData  = regexp.MustCompile(`(?i)\b(data|database|restart\w*|persist\w*|kept|survive\w*|stored|records?|orders?|users?)\b|数据|重启|持久`)
)

// databaseFresh is a database that the app made anew in its container, while the
// real one lies elsewhere or the failure is that it is empty.
func databaseFresh(c *Case) *Match {
	dir := c.WorkDir()
	for _, change := range c.Changes {
		if change.Kind != "added" || purposeOf(change.Path) != forDatabase || strings.ContainsAny(path.Ext(change.Path), "-") {
			continue
		}
		if _, mounted := c.mountOf(change.Path); mounted || dir != "" && !below(change.Path, dir) && path.Dir(change.Path) != "/" {
			continue
		}
		m := &Match{
			Lines:  []evidence.Line{c.Evidence(evidence.DiffFile, change.Path)},
			Params: map[string]string{"path": change.Path, "name": path.Base(change.Path)},
		}
		other := c.elsewhere(path.Base(change.Path))
		if other != "" && other != change.Path {
			m.Params["elsewhere"] = other
			m.Confidence = Certain
			m.Remedy = []string{"workdir=" + path.Dir(other)}
			m.Lines = append(m.Lines, c.Evidence(evidence.PathsFile, other))
			return m
		}
		for _, line := range append(c.Lines(SourceApp), c.badAnswers()...) {
			if emptyStore.MatchString(line.Plain) && c.acts(line) {
				m.Lines = append(m.Lines, line.Line)
				return m
			}
		}
		if c.Outcome.Phase == "scenario" && c.about(aboutData) && c.hasDataMount() {
			return m
		}
	}
	return nil
}

// hasDataMount says whether the deployment mounts something to keep data in.
func (c *Case) hasDataMount() bool {
	return slices.ContainsFunc(c.Spec.Mounts, func(m deployment.Mount) bool { return m.Writable })
}
