//go:build linux

package main

import (
	"os"
	"strconv"
	"strings"
)

// limits is limits.json.
type limits struct {
	Memory      int64   `json:"memory,omitempty"`
	MemoryPeak  int64   `json:"memoryPeak,omitempty"`
	MemoryFails int64   `json:"memoryFails,omitempty"`
	OOMKills    int64   `json:"oomKills,omitempty"`
	PIDs        int64   `json:"pids,omitempty"`
	PIDsNow     int64   `json:"pidsNow,omitempty"`
	PIDsFails   int64   `json:"pidsFails,omitempty"`
	CPUs        float64 `json:"cpus,omitempty"`
	Throttled   int64   `json:"throttled,omitempty"`
}

// readLimits reads the control group that is mounted at a place, of either
// version. See cgroup-v2.rst and cgroup-v1/ in the kernel's documentation.
func readLimits(at string) limits {
	read := func(name string) string {
		text, err := os.ReadFile(at + "/" + name)
		if err != nil {
			return ""
		}
		return strings.TrimSpace(string(text))
	}
	if read("cgroup.controllers") != "" {
		return limitsV2(read)
	}
	return limitsV1(read)
}

func limitsV2(read func(string) string) limits {
	return limits{
		Memory: bound(read("memory.max")), MemoryPeak: bound(read("memory.peak")),
		MemoryFails: field(read("memory.events"), "max"), OOMKills: field(read("memory.events"), "oom_kill"),
		PIDs: bound(read("pids.max")), PIDsNow: bound(read("pids.current")), PIDsFails: field(read("pids.events"), "max"),
		CPUs: quota(strings.Fields(read("cpu.max"))), Throttled: field(read("cpu.stat"), "nr_throttled"),
	}
}

func limitsV1(read func(string) string) limits {
	return limits{
		Memory: bound(read("memory/memory.limit_in_bytes")), MemoryPeak: bound(read("memory/memory.max_usage_in_bytes")),
		MemoryFails: bound(read("memory/memory.failcnt")), OOMKills: field(read("memory/memory.oom_control"), "oom_kill"),
		PIDs: bound(read("pids/pids.max")), PIDsNow: bound(read("pids/pids.current")), PIDsFails: field(read("pids/pids.events"), "max"),
		CPUs:      quota([]string{read("cpu/cpu.cfs_quota_us"), read("cpu/cpu.cfs_period_us")}),
		Throttled: field(read("cpu/cpu.stat"), "nr_throttled"),
	}
}

// bound reads a number; none, "max", and the page-rounded maximum by which
// version 1 says that there is no limit, are 0.
func bound(text string) int64 {
	const none = 1 << 60
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 || n > none {
		return 0
	}
	return n
}

// field reads a line "name number".
func field(text, name string) int64 {
	for _, line := range strings.Split(text, "\n") {
		if fields := strings.Fields(line); len(fields) == 2 && fields[0] == name {
			return bound(fields[1])
		}
	}
	return 0
}

// quota gives how many processors' time a period has.
func quota(fields []string) float64 {
	if len(fields) != 2 {
		return 0
	}
	of, period := bound(fields[0]), bound(fields[1])
	if of == 0 || period == 0 {
		return 0
	}
	return float64(of) / float64(period)
}
