package sandbox

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
	"time"
)

// exitKilled is 128 + SIGKILL, the exit code of a process that was killed.
const exitKilled = 137

// lookForOOM completes what the engine says of an app that ended under a memory
// limit. Engines learn of an OOM kill from the container's control group, and
// miss it, for one, while systemd runs in a container with CAP_SYS_ADMIN beside
// it and mounts control groups anew; the group itself is gone with the
// container. The kernel's log names the group that was over its limit.
func (s *Sandbox) lookForOOM(state *State) {
	if state.OOM || state.Running || state.ExitCode == 0 || s.Spec.Memory == 0 {
		return
	}
	read, id := false, s.id()
	if s.pool.options.Engine.SameKernel() {
		var line string
		if line, read = searchKernelLog("/dev/kmsg", func(line string) bool { return isOOMOf(line, id) }); line != "" {
			state.OOM, state.OOMEvidence = true, "kernel log: "+line
			return
		}
	}
	if !read && state.ExitCode == exitKilled && !s.killed.Load() {
		state.OOMEvidence = fmt.Sprintf("exit code %d under a memory limit of %d bytes, and nobody sent SIGKILL; neither the engine nor a kernel log says more", exitKilled, s.Spec.Memory)
	}
}

// isOOMOf says whether a line of the kernel's log reports that a container's
// control group was over its memory limit. See mm/oom_kill.c, dump_oom_summary;
// a container within this one is no part of it.
func isOOMOf(line, container string) bool {
	if container == "" || !strings.Contains(line, "oom-kill:constraint=CONSTRAINT_MEMCG") {
		return false
	}
	for field := range strings.SplitSeq(line, ",") {
		if group, ok := strings.CutPrefix(field, "oom_memcg="); ok {
			// "/docker/ID" by cgroupfs, "/system.slice/docker-ID.scope" by systemd
			return strings.Contains(group, container)
		}
	}
	return false
}

// searchKernelLog gives the last message that matches. It says whether the log
// could be read to its end, which needs rights.
func searchKernelLog(file string, matches func(string) bool) (found string, read bool) {
	log, err := os.OpenFile(file, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return "", false
	}
	defer log.Close()
	// At its end the log waits for the next message.
	if err := log.SetReadDeadline(time.Now().Add(kernelLogWait)); err != nil {
		return "", false
	}
	record := make([]byte, kernelRecord)
	for {
		n, err := log.Read(record)
		if n > 0 {
			// One message a read: "priority,sequence,time,flags;text\n".
			if _, text, ok := strings.Cut(string(record[:n]), ";"); ok && matches(text) {
				text, _, _ = strings.Cut(text, "\n")
				found, read = text, true
			}
			continue
		}
		if os.IsTimeout(err) {
			return found, true
		}
		if !errors.Is(err, syscall.EPIPE) { // the oldest messages were overwritten meanwhile
			return found, found != ""
		}
	}
}

const (
	kernelLogWait = 200 * time.Millisecond
	kernelRecord  = 8 << 10 // the kernel's own bound, PRINTK_MESSAGE_MAX, is lower
)
