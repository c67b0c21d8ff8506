//go:build linux

package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
)

// request is what inspect is asked, and answer what it says, as package sandbox
// writes and reads them. Their parts are the records of a bundle.
type request struct {
	// Target is the first process of the app, in whose namespace of processes
	// this one was started; 0: this process stands in for the app, which has ended.
	Target int `json:"target"`
	// Hide names mount points that are there for this program alone.
	Hide  []string `json:"hide,omitempty"`
	Paths []hint   `json:"paths,omitempty"`
}

type hint struct {
	Path string `json:"path"`
	Why  string `json:"why"`
	// Any are places of which the first that exists is the answer.
	Any []string `json:"any,omitempty"`
}

type answer struct {
	Processes []process `json:"processes"`
	Mounts    []mounted `json:"mounts"`
	Limits    limits    `json:"limits"`
	Paths     []path    `json:"paths"`
	Errors    []string  `json:"errors,omitempty"` // what could not be seen
}

// inspect tells of the app's processes, mounts, control group and paths. It
// needs root and SYS_PTRACE to look into the app's container from beside it; as
// a stand-in it has what the app would have, and reports just that.
func inspect(text string) error {
	var r request
	if err := json.Unmarshal([]byte(text), &r); err != nil {
		return fmt.Errorf("read request: %w", err)
	}
	// Capabilities are a thread's own.
	runtime.LockOSThread()
	a := answer{}
	if err := a.fill(r); err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(a)
}

func (a *answer) fill(r request) error {
	self := "/proc/self"
	if r.Target > 0 {
		self = "/proc/" + strconv.Itoa(r.Target)
		a.Processes = a.listProcesses()
		a.Limits = readLimits(self + "/root/sys/fs/cgroup")
	} else if one, err := readProcess(self); err == nil {
		one.StandIn, one.PID, one.PPID, one.Name, one.Args = true, 0, 0, "stand-in", nil
		one.Threads, one.OpenFiles, one.RSS = 0, 0, 0 // of this program
		a.Processes = []process{one}
	} else {
		a.note(err)
	}
	table, err := os.ReadFile(self + "/mountinfo")
	a.note(err)
	a.Mounts = parseMounts(string(table), r.Hide)

	uid := os.Getuid()
	if r.Target > 0 {
		app, err := readProcess(self)
		if err != nil {
			return err // it has ended meanwhile
		}
		if err := become(self, app); err != nil {
			return err
		}
		uid = app.UIDs[effective]
	}
	for i := range a.Mounts {
		a.Mounts[i].measure(uid == 0)
	}
	dir, err := os.Getwd()
	a.note(err)
	a.Paths = look(r.Paths, dir, a.Mounts)
	for i, p := range a.Paths {
		for _, hidden := range r.Hide {
			if p.Entries > 0 && p.Abs == filepath.Dir(hidden) {
				a.Paths[i].Entries--
			}
		}
	}
	return nil
}

func (a *answer) note(err error) {
	if err != nil {
		a.Errors = append(a.Errors, err.Error())
	}
}

func (a *answer) listProcesses() []process {
	entries, err := os.ReadDir("/proc")
	a.note(err)
	var list []process
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil || pid == os.Getpid() {
			continue
		}
		// One that cannot be read has ended since it was listed.
		if one, err := readProcess("/proc/" + e.Name()); err == nil {
			list = append(list, one)
		}
	}
	return list
}
