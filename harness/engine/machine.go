package engine

import (
	"slices"
	"strings"
	"time"

	"github.com/moby/moby/api/types/system"
)

// Machine is what an engine says of the machine that it runs on, for evidence.
type Machine struct {
	Kernel       string
	OS           string
	CgroupDriver string
	Security     []string // "name=seccomp,profile=default"
	Rootless     bool
	CPUs         int
	Memory       int64 // bytes
	// ClockAhead is how far its clock is ahead of this process's; what the
	// question took makes it inexact.
	ClockAhead time.Duration
}

// machineOf reads an answer that was asked for and given at these times.
func machineOf(info system.Info, asked, answered time.Time) Machine {
	m := Machine{
		Kernel: info.KernelVersion, OS: info.OperatingSystem, CgroupDriver: info.CgroupDriver,
		Security: info.SecurityOptions, CPUs: info.NCPU, Memory: info.MemTotal,
		Rootless: slices.ContainsFunc(info.SecurityOptions, func(option string) bool {
			return slices.Contains(strings.Split(option, ","), "name=rootless")
		}),
	}
	// The engine looks at its clock at some moment in between: an offset within
	// that span is none.
	now, err := time.Parse(time.RFC3339Nano, info.SystemTime)
	switch {
	case err != nil:
	case now.Before(asked):
		m.ClockAhead = now.Sub(asked)
	case now.After(answered):
		m.ClockAhead = now.Sub(answered)
	}
	return m
}
