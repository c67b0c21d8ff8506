//go:build !unix

package build

import (
	"os/exec"
	"strconv"
)

// group makes ending the context end the compilers as well as the go command:
// Windows has no process groups in the sense of Unix, but taskkill follows the
// tree of processes.
func group(cmd *exec.Cmd) {
	cmd.Cancel = func() error {
		if err := exec.Command("taskkill", "/T", "/F", "/PID", strconv.Itoa(cmd.Process.Pid)).Run(); err != nil {
			return cmd.Process.Kill()
		}
		return nil
	}
}
