//go:build unix

package build

import (
	"errors"
	"os"
	"os/exec"
	"syscall"
)

// group puts cmd and what it starts into a process group of their own, so that
// ending the context ends the compilers as well as the go command.
func group(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error {
		err := syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		if errors.Is(err, syscall.ESRCH) {
			return os.ErrProcessDone
		}
		return err
	}
}
