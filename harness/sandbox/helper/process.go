//go:build linux

package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

// process is a line of processes.jsonl.
type process struct {
	StandIn      bool             `json:"standIn,omitempty"`
	PID          int              `json:"pid"`
	PPID         int              `json:"ppid"`
	Name         string           `json:"name"`
	Args         []string         `json:"args,omitempty"`
	State        string           `json:"state,omitempty"`
	Threads      int              `json:"threads,omitempty"`
	WorkDir      string           `json:"workdir,omitempty"`
	UIDs         []int            `json:"uids,omitempty"`
	GIDs         []int            `json:"gids,omitempty"`
	Groups       []int            `json:"groups,omitempty"`
	CapEffective string           `json:"capEffective,omitempty"`
	CapBounding  string           `json:"capBounding,omitempty"`
	NoNewPrivs   bool             `json:"noNewPrivs,omitempty"`
	Seccomp      int              `json:"seccomp,omitempty"`
	Limits       map[string]int64 `json:"limits,omitempty"`
	OpenFiles    int              `json:"openFiles,omitempty"`
	RSS          int64            `json:"rss,omitempty"`
}

// readProcess reads what /proc says of a process. What this one may not see of
// it stays empty.
func readProcess(proc string) (process, error) {
	status, err := os.ReadFile(proc + "/status")
	if err != nil {
		return process{}, err
	}
	p := parseStatus(string(status))
	if line, err := os.ReadFile(proc + "/cmdline"); err == nil && len(line) > 0 {
		p.Args = strings.Split(strings.TrimSuffix(string(line), "\x00"), "\x00")
	}
	if table, err := os.ReadFile(proc + "/limits"); err == nil {
		p.Limits = parseResourceLimits(string(table))
	}
	if dir, err := os.Readlink(proc + "/cwd"); err == nil {
		p.WorkDir = dir
	}
	if files, err := filepath.Glob(proc + "/fd/*"); err == nil {
		p.OpenFiles = len(files)
	}
	return p, nil
}

// parseStatus reads /proc/PID/status, see proc_pid_status(5).
func parseStatus(text string) process {
	var p process
	for _, line := range strings.Split(text, "\n") {
		key, value, ok := strings.Cut(line, ":")
		if !ok {
			continue
		}
		value = strings.TrimSpace(value)
		number := func() int { n, _ := strconv.Atoi(value); return n }
		switch key {
		case "Name":
			p.Name = value
		case "State":
			p.State, _, _ = strings.Cut(value, " ")
		case "Pid":
			p.PID = number()
		case "PPid":
			p.PPID = number()
		case "Uid":
			p.UIDs = numbers(value)
		case "Gid":
			p.GIDs = numbers(value)
		case "Groups":
			p.Groups = numbers(value)
		case "Threads":
			p.Threads = number()
		case "VmRSS":
			kib, _ := strconv.ParseInt(strings.TrimSuffix(value, " kB"), 10, 54)
			p.RSS = kib << 10
		case "CapEff":
			p.CapEffective = value
		case "CapBnd":
			p.CapBounding = value
		case "NoNewPrivs":
			p.NoNewPrivs = value == "1"
		case "Seccomp":
			p.Seccomp = number()
		}
	}
	return p
}

func numbers(text string) []int {
	var list []int
	for _, field := range strings.Fields(text) {
		n, err := strconv.Atoi(field)
		if err != nil {
			return nil
		}
		list = append(list, n)
	}
	return list
}

// resourceLimit is a line of /proc/PID/limits: name, soft limit, hard limit, unit.
var resourceLimit = regexp.MustCompile(`^(Max \S+(?: \S+)*?)\s{2,}(unlimited|\d+)\s{2,}(?:unlimited|\d+)\b`)

// parseResourceLimits gives the soft limits by their names; -1 is unlimited.
func parseResourceLimits(text string) map[string]int64 {
	found := map[string]int64{}
	for _, line := range strings.Split(text, "\n") {
		m := resourceLimit.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		if m[2] == "unlimited" {
			found[m[1]] = -1
		} else if n, err := strconv.ParseInt(m[2], 10, 64); err == nil {
			found[m[1]] = n
		}
	}
	return found
}
