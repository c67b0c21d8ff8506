package diagnose

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"

	"github.com/seatrial/seatrial/harness/evidence"
)

var _ = declare(map[string]Logic{
	"memory-limit-reached":   memoryLimitReached,
	"child-killed-by-memory": childKilledByMemory,
	"process-limit":          processLimit,
	"open-files-limit":       openFilesLimit,
	"cpu-limit-ignored":      cpuLimitIgnored,
})

// signalKill is the exit code of what SIGKILL ended.
const signalKill = 128 + 9

// say sets a parameter that differs by language: {name} and {name_zh}.
func (m *Match) say(name, en, zh string) { m.Params[name], m.Params[name+"_zh"] = en, zh }

// fact makes a line of a document that is read as a whole.
func (c *Case) fact(file, key string) Line { return Line{Line: c.Evidence(file, key)} }

// memoryLimit is the app's limit in bytes, 0 if there is none or it is unknown.
func (c *Case) memoryLimit() int64 {
	if c.Limits != nil && c.Limits.Memory > 0 {
		return c.Limits.Memory
	}
	return c.Spec.Memory
}

// enough is the memory that an experiment gives in place of a limit that was hit.
func enough(limit int64) string {
	const least, factor = 256 << 20, 4
	return fmt.Sprintf("memory=%dMiB", max(least, limit*factor)>>20)
}

var kernelKilled = regexp.MustCompile(`(?i)memory cgroup out of memory: kill(?:ed)? process|reason:\s+OOMKilled|"reason":\s*"OOMKilled"|\bOOMKilled\b(?:\s*\(|\s+\d+| exit|$)`)

// memoryLimitReached sees the first process killed at the limit: the engine says
// so, or the cgroup counted it, or the limit was hit and the memory was full.
func memoryLimitReached(c *Case) *Match {
	limit := c.memoryLimit()
	var m *Match
	if c.Ended() && c.State.ExitCode == signalKill {
		switch {
		case c.State.OOM:
			m = saw(c.fact(evidence.StateFile, `"oomKilled"`))
		case c.Limits != nil && c.Limits.OOMKills > 0:
			m = saw(c.fact(evidence.LimitsFile, `"oomKills"`))
		case c.Limits != nil && c.Limits.MemoryFails > 0 && limit > 0 && c.Limits.MemoryPeak >= limit/20*19:
			m = saw(c.fact(evidence.LimitsFile, `"memoryPeak"`))
			m.Confidence = Likely
		case c.State.OOMEvidence != "":
			m = saw(c.fact(evidence.StateFile, `"oomEvidence"`))
			m.Confidence = Likely
		}
	}
	if m == nil && (c.State == nil || c.Ended()) {
		for _, line := range c.Lines(SourceEngine) {
			if kernelKilled.MatchString(line.Plain) {
				m = saw(line)
				break
			}
		}
	}
	if m == nil {
		return nil
	}
	m.say("limit", "its memory limit", "内存上限")
	if limit > 0 {
		m.say("limit", "its memory limit of "+mebibytes(limit), "内存上限 "+mebibytes(limit))
		m.Remedy = []string{enough(limit)}
	}
	return m
}

func mebibytes(n int64) string {
	const mebibyte = 1 << 20
	if n%mebibyte == 0 || n > 100*mebibyte {
		return fmt.Sprintf("%d MiB", n/mebibyte)
	}
	return fmt.Sprintf("%.1f MiB", float64(n)/mebibyte)
}

// childKilledByMemory sees that the limit was hit although the first process did
// not die of it.
func childKilledByMemory(c *Case) *Match {
	if c.State == nil || c.State.ExitCode == signalKill || c.Refused() {
		return nil
	}
	var m *Match
	switch {
	case c.State.OOM:
		m = saw(c.fact(evidence.StateFile, `"oomKilled"`))
	case c.Limits != nil && c.Limits.OOMKills > 0:
		m = saw(c.fact(evidence.LimitsFile, `"oomKills"`))
	default:
		return nil
	}
	if limit := c.memoryLimit(); limit > 0 {
		m.Remedy = []string{enough(limit)}
	}
	m.say("end", fmt.Sprintf("which ended with %d", c.State.ExitCode), fmt.Sprintf("主进程以 %d 退出", c.State.ExitCode))
	if c.Running() {
		m.say("end", "which runs on", "主进程仍在运行")
	}
	return m
}

var noProcess = regexp.MustCompile(`(?i)fork/exec (?P<program>[^:]+): resource temporarily unavailable|failed to create new OS thread \(have \d+ already; errno=(?:11|35)\)|pthread_create failed: resource temporarily unavailable|can(?:'|no)t fork|fork: (?:retry: )?resource temporarily unavailable|may need to increase max user processes`)

// processLimit sees that no thread or process could be made for want of numbers.
func processLimit(c *Case) *Match {
	var m *Match
	for _, line := range c.Lines(SourceApp) {
		if noProcess.MatchString(line.Plain) && c.Matters(line) {
			m = saw(line)
			break
		}
	}
	limit := c.Spec.PIDs
	if c.Limits != nil && c.Limits.PIDs > 0 {
		limit = c.Limits.PIDs
	}
	if c.Limits != nil && c.Limits.PIDsFails > 0 {
		if m == nil {
			m = saw()
		}
		m.Lines = append(m.Lines, c.Evidence(evidence.LimitsFile, `"pidsFails"`))
		m.Confidence = Certain
	}
	if m == nil {
		return nil
	}
	m.say("limit", "the limit of the container, of the user (ulimit -u) or of the machine", "容器、用户（ulimit -u）或主机的上限")
	if limit > 0 {
		const plenty = "pids=4096"
		m.say("limit", fmt.Sprintf("the container's limit of %d", limit), fmt.Sprintf("容器上限 %d", limit))
		m.Remedy = []string{plenty}
	}
	return m
}

var (
	noFile  = regexp.MustCompile(`(?i)(?:: |\()too many open files|\bEMFILE\b`)
	notMine = regexp.MustCompile(`(?i)inotify|fsnotify|watch|in system|ENFILE`)
)

// openFilesLimit sees the limit on open files hit, in the log or in an answer.
func openFilesLimit(c *Case) *Match {
	var m *Match
	for _, line := range c.Lines(SourceApp) {
		if noFile.MatchString(line.Plain) && !notMine.MatchString(line.Plain) && c.Matters(line) {
			m = saw(line)
			break
		}
	}
	for _, x := range c.Exchanges {
		if m == nil && x.Status >= 500 && noFile.MatchString(x.Body) && !notMine.MatchString(x.Body) {
			m = saw(c.fact(evidence.HTTPFile, "too many open files"))
		}
	}
	if m == nil {
		return nil
	}
	limit := c.Spec.OpenFiles
	for _, p := range c.Processes {
		if p.PID == 1 && p.Limits["Max open files"] > 0 {
			limit = p.Limits["Max open files"]
		}
	}
	m.say("limit", "its limit of open files", "打开文件数上限")
	if limit > 0 {
		m.say("limit", fmt.Sprintf("its limit of %d open files", limit), fmt.Sprintf("打开文件数上限 %d", limit))
		m.Remedy = []string{"open-files=65536"}
	}
	return m
}

var (
	saidProcs = regexp.MustCompile(`(?i)GOMAXPROCS[ =:"]+(?P<procs>\d+)`)
	release   = regexp.MustCompile(`^(?:go)?1\.(\d+)`)
)

// heedsQuota is the release of Go whose runtime takes the CPU quota into account.
const heedsQuota = 25

// cpuLimitIgnored sees a runtime that plans with more processors than it may use.
func cpuLimitIgnored(c *Case) *Match {
	cpus := c.Spec.CPUs
	if c.Limits != nil && c.Limits.CPUs > 0 {
		cpus = c.Limits.CPUs
	}
	version := c.goMinor()
	if cpus <= 0 || version < 0 || version >= heedsQuota ||
		c.usesModule("go.uber.org/automaxprocs") || c.Spec.Env["GOMAXPROCS"] != "" {
		return nil
	}
	for _, line := range c.Lines(SourceApp) {
		if said := saidProcs.FindStringSubmatch(line.Plain); said != nil {
			if n, err := strconv.Atoi(said[1]); err == nil && float64(n) > math.Ceil(cpus) {
				m := saw(line)
				m.say("procs", said[1]+" threads", said[1]+" 个线程")
				return m.quota(cpus, version)
			}
			return nil
		}
	}
	if c.Limits == nil || c.Limits.Throttled == 0 {
		return nil
	}
	m := saw(c.fact(evidence.LimitsFile, `"throttled"`))
	m.Confidence = Possible
	m.say("procs", "one thread for each processor of the machine", "与主机 CPU 数相同的线程")
	return m.quota(cpus, version)
}

func (m *Match) quota(cpus float64, version int) *Match {
	m.Params["cpus"] = strconv.FormatFloat(cpus, 'g', -1, 64)
	m.Params["go"] = "1." + strconv.Itoa(version)
	m.Remedy = []string{fmt.Sprintf("env=GOMAXPROCS=%d", int(max(1, math.Floor(cpus))))}
	return m
}

// goMinor is the N of the Go 1.N that the app was built with, -1 if unknown.
func (c *Case) goMinor() int {
	var names []string
	if c.Build != nil {
		if c.Build.Binary != nil {
			names = append(names, c.Build.Binary.GoVersion)
		}
		names = append(names, c.Build.Go)
	}
	for _, name := range names {
		if parts := release.FindStringSubmatch(strings.TrimSpace(name)); parts != nil {
			if n, err := strconv.Atoi(parts[1]); err == nil {
				return n
			}
		}
	}
	return -1
}

// usesModule says whether the binary holds a module.
func (c *Case) usesModule(path string) bool {
	return c.Build != nil && c.Build.Binary != nil && c.Build.Binary.Modules[path] != ""
}
