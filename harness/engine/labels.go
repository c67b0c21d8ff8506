package engine

import (
	"crypto/rand"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/shirou/gopsutil/v4/process"
)

// The labels that everything of ours on an engine carries. Cached bases carry
// LabelKind alone: they belong to no run and stay.
const (
	LabelRun     = "io.seatrial.run"     // the run that made it
	LabelProcess = "io.seatrial.process" // host/pid/start of the process that owns the run
	LabelStarted = "io.seatrial.started" // when the run began, RFC 3339
	LabelKind    = "io.seatrial.kind"    // what it is: app, service, pause, network, volume, base
)

// identity tells one run from every other, also of other hosts that share the
// engine, and lets a later run see whether its process is alive.
type identity struct {
	id      string
	process string
	started string
}

func newIdentity() identity {
	pid := os.Getpid()
	return identity{
		id:      strings.ToLower(rand.Text()[:10]),
		process: fmt.Sprintf("%s/%d/%d", hostName(), pid, startOf(pid)),
		started: time.Now().UTC().Format(time.RFC3339),
	}
}

func hostName() string {
	name, err := os.Hostname()
	if err != nil {
		return "unknown"
	}
	return name
}

// startOf gives when a process began, in milliseconds since the epoch, or 0
// when there is no such process.
func startOf(pid int) int64 {
	p, err := process.NewProcess(int32(pid))
	if err != nil {
		return 0
	}
	created, err := p.CreateTime()
	if err != nil {
		return 0
	}
	return created
}

// RunID names the run that this connection began.
func (e *Engine) RunID() string { return e.run.id }

// Labels gives the labels for a thing of this run.
func (e *Engine) Labels(kind string) map[string]string {
	return map[string]string{
		LabelRun: e.run.id, LabelProcess: e.run.process, LabelStarted: e.run.started, LabelKind: kind,
	}
}

// foreignAge is how old the things of another host's run must be before they
// count as left behind: its process cannot be looked at from here.
const foreignAge = 24 * time.Hour

// startSlack allows for the rounding of process start times.
const startSlack = 2000

// abandoned says whether the labels are those of a run whose process is no more.
func abandoned(labels map[string]string, now time.Time) bool {
	host, pid, start, ok := splitProcess(labels[LabelProcess])
	if !ok || host != hostName() {
		began, err := time.Parse(time.RFC3339, labels[LabelStarted])
		return err != nil || now.Sub(began) > foreignAge
	}
	alive := startOf(pid)
	return alive == 0 || max(alive-start, start-alive) > startSlack
}

func splitProcess(label string) (host string, pid int, start int64, ok bool) {
	parts := strings.Split(label, "/")
	if len(parts) != 3 {
		return "", 0, 0, false
	}
	pid, errPID := strconv.Atoi(parts[1])
	start, errStart := strconv.ParseInt(parts[2], 10, 64)
	return parts[0], pid, start, errPID == nil && errStart == nil
}
