//go:build unix

package engine

import (
	"os/exec"
	"syscall"
)

// detach gives the reaper a session of its own, so that a Ctrl-C for the run
// is not one for the reaper.
func detach(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} }
