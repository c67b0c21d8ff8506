//go:build linux

package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"
	"unsafe"
)

// Every call of the app on files below a directory can be delayed without any
// rights and whatever the directory is mounted from: the kernel hands the call to
// this program (seccomp user notification, seccomp_unotify(2), Linux 5.5 and
// later), which waits and then lets it go on. The thread of the app that makes
// the call is held meanwhile, as by a slow disk. Not delayed is what makes no
// call: memory that is mapped from a file.

// watcher delays the calls of a child on the files of some directories.
type watcher struct {
	delays map[string]time.Duration
	own    int      // this end of the socket by which the child hands over the listener
	child  *os.File // its end
}

func newWatcher(slow map[string]string) (*watcher, error) {
	w := &watcher{delays: map[string]time.Duration{}}
	for dir, text := range slow {
		d, err := time.ParseDuration(text)
		if err != nil {
			return nil, err
		}
		w.delays[dir] = d
	}
	pair, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	w.own, w.child = pair[0], os.NewFile(uintptr(pair[1]), "watched")
	return w, nil
}

// call is a system call that names a file by a descriptor, or by a path that is
// relative to one.
type call struct {
	amd64, arm64 int // its number there; -1: there is none
	file         int // the argument that is a descriptor; -1: the working directory
	path         int // the argument that is a path; -1: the descriptor is meant itself
}

// The calls of https://man7.org/linux/man-pages/man2/syscalls.2.html that move
// data or names of files.
var calls = []call{
	{0, 63, 0, -1}, {1, 64, 0, -1}, {17, 67, 0, -1}, {18, 68, 0, -1}, // read, write, pread64, pwrite64
	{19, 65, 0, -1}, {20, 66, 0, -1}, {295, 69, 0, -1}, {296, 70, 0, -1}, // readv, writev, preadv, pwritev
	{74, 82, 0, -1}, {75, 83, 0, -1}, {77, 46, 0, -1}, {217, 61, 0, -1}, // fsync, fdatasync, ftruncate, getdents64
	{257, 56, 0, 1}, {258, 34, 0, 1}, {263, 35, 0, 1}, {264, 38, 0, 1}, // openat, mkdirat, unlinkat, renameat
	{316, 276, 0, 1}, {262, 79, 0, 1}, {332, 291, 0, 1}, {437, 437, 0, 1}, // renameat2, newfstatat, statx, openat2
	{2, -1, -1, 0}, {4, -1, -1, 0}, {6, -1, -1, 0}, {82, -1, -1, 0}, // open, stat, lstat, rename
	{83, -1, -1, 0}, {84, -1, -1, 0}, {87, -1, -1, 0}, // mkdir, rmdir, unlink
}

// machine is what the kernel's interface differs in.
type machine struct {
	audit   uint32 // AUDIT_ARCH_* of <linux/audit.h>
	seccomp uintptr
	number  func(call) int
}

func thisMachine() (machine, error) {
	switch runtime.GOARCH {
	case "amd64":
		return machine{0xC000003E, 317, func(c call) int { return c.amd64 }}, nil
	case "arm64":
		return machine{0xC00000B7, 277, func(c call) int { return c.arm64 }}, nil
	}
	return machine{}, fmt.Errorf("files can be slowed on amd64 and arm64, and not on %s", runtime.GOARCH)
}

// watched becomes the program, after it has handed its system calls over. It runs
// in the child; the descriptor is its end of the socket.
func watched(descriptor string, program []string) error {
	socket, err := strconv.Atoi(descriptor)
	if err != nil || len(program) == 0 {
		return errors.New("usage: helper watched DESCRIPTOR -- PROGRAM [ARGUMENT...]")
	}
	// The filter belongs to this thread, which becomes the program.
	runtime.LockOSThread()
	listener, err := handOver()
	if err != nil {
		fail(fmt.Errorf("slow files: %w (this needs Linux 5.5 or later, and a seccomp profile that allows seccomp itself)", err))
	}
	if err := syscall.Sendmsg(socket, []byte{0}, syscall.UnixRights(listener), nil, 0); err != nil {
		return fmt.Errorf("slow files: %w", err)
	}
	syscall.Close(listener)
	syscall.Close(socket)
	return fmt.Errorf("exec %s: %w", program[0], syscall.Exec(program[0], program, os.Environ()))
}

// instruction is struct sock_filter of <linux/filter.h>.
type instruction struct {
	code   uint16
	yes    uint8
	no     uint8
	number uint32
}

// filterOf hands the calls over and allows all others.
func filterOf(m machine) []instruction {
	const (
		load, equal, give = 0x20, 0x15, 0x06 // BPF_LD|W|ABS, BPF_JMP|JEQ|K, BPF_RET|K
		atNumber, atArch  = 0, 4             // of struct seccomp_data
		notify, allow     = 0x7fc00000, 0x7fff0000
	)
	var numbers []uint32
	for _, c := range calls {
		if n := m.number(c); n >= 0 {
			numbers = append(numbers, uint32(n))
		}
	}
	filter := []instruction{{load, 0, 0, atArch}, {equal, 0, uint8(len(numbers) + 1), m.audit}, {load, 0, 0, atNumber}}
	for i, n := range numbers {
		filter = append(filter, instruction{equal, uint8(len(numbers) - i), 0, n})
	}
	return append(filter, instruction{give, 0, 0, allow}, instruction{give, 0, 0, notify})
}

func handOver() (listener int, err error) {
	m, err := thisMachine()
	if err != nil {
		return 0, err
	}
	const (
		setNoNewPrivileges = 38 // PR_SET_NO_NEW_PRIVS: without it a filter needs rights
		setModeFilter      = 1  // SECCOMP_SET_MODE_FILTER
		newListener        = 8  // SECCOMP_FILTER_FLAG_NEW_LISTENER
	)
	if _, _, errno := syscall.RawSyscall(syscall.SYS_PRCTL, setNoNewPrivileges, 1, 0); errno != 0 {
		return 0, errno
	}
	filter := filterOf(m)
	program := struct {
		length uint16
		filter *instruction
	}{uint16(len(filter)), &filter[0]}
	fd, _, errno := syscall.RawSyscall(m.seccomp, setModeFilter, newListener, uintptr(unsafe.Pointer(&program)))
	if errno != 0 {
		return 0, errno
	}
	return int(fd), nil
}

// notification and response are struct seccomp_notif and seccomp_notif_resp of
// <linux/seccomp.h>.
type notification struct {
	id    uint64
	pid   uint32
	flags uint32
	nr    int32
	arch  uint32
	ip    uint64
	args  [6]uint64
}

type response struct {
	id    uint64
	value int64
	errno int32
	flags uint32
}

// The requests of ioctl(2): SECCOMP_IOCTL_NOTIF_RECV and _SEND.
const (
	receive    = 0xc0502100
	send       = 0xc0182101
	letGoOn    = 1 // SECCOMP_USER_NOTIF_FLAG_CONTINUE
	rightsRoom = 64
)

// begin takes the listener from the child and serves it.
func (w *watcher) begin() error {
	w.child.Close()
	rights := make([]byte, rightsRoom)
	_, n, _, _, err := syscall.Recvmsg(w.own, make([]byte, 1), rights, 0)
	if err != nil {
		return err
	}
	messages, err := syscall.ParseSocketControlMessage(rights[:n])
	if err != nil || len(messages) == 0 {
		return errors.New("slow files: the program could not be watched") // it has said why
	}
	descriptors, err := syscall.ParseUnixRights(&messages[0])
	if err != nil {
		return err
	}
	m, err := thisMachine()
	if err != nil {
		return err
	}
	known := map[int32]call{}
	for _, c := range calls {
		known[int32(m.number(c))] = c
	}
	go w.serve(descriptors[0], known)
	return nil
}

func (w *watcher) serve(listener int, known map[int32]call) {
	for {
		var n notification
		_, _, errno := syscall.Syscall(syscall.SYS_IOCTL, uintptr(listener), receive, uintptr(unsafe.Pointer(&n)))
		if errno == syscall.EINTR || errno == syscall.ENOENT { // ENOENT: the thread was killed meanwhile
			continue
		}
		if errno != 0 {
			return
		}
		go func() {
			time.Sleep(w.delay(n, known[n.nr]))
			answer := response{id: n.id, flags: letGoOn}
			_, _, _ = syscall.Syscall(syscall.SYS_IOCTL, uintptr(listener), send, uintptr(unsafe.Pointer(&answer)))
		}()
	}
}

// delay says how long the call has to wait.
func (w *watcher) delay(n notification, c call) time.Duration {
	name, err := named(n, c)
	if err != nil {
		return 0
	}
	var longest time.Duration
	for dir, d := range w.delays {
		if d > longest && (name == dir || strings.HasPrefix(name, strings.TrimSuffix(dir, "/")+"/")) {
			longest = d
		}
	}
	return longest
}

// named gives the path of the file that a call is about.
func named(n notification, c call) (string, error) {
	proc := fmt.Sprintf("/proc/%d/", n.pid)
	const workingDirectory = -100 // AT_FDCWD
	base := "cwd"
	if c.file >= 0 && int32(n.args[c.file]) != workingDirectory {
		base = fmt.Sprintf("fd/%d", int32(n.args[c.file]))
	}
	if c.path < 0 {
		return os.Readlink(proc + base)
	}
	name, err := text(proc+"mem", int64(n.args[c.path]))
	if err != nil || filepath.IsAbs(name) {
		return filepath.Clean(name), err
	}
	dir, err := os.Readlink(proc + base)
	return filepath.Join(dir, name), err
}

// text reads a string that ends with a zero byte from a process's memory.
func text(memory string, at int64) (string, error) {
	file, err := os.Open(memory)
	if err != nil {
		return "", err
	}
	defer file.Close()
	const longest = 4096 // PATH_MAX
	piece := make([]byte, longest)
	n, err := file.ReadAt(piece, at)
	if end := bytes.IndexByte(piece[:n], 0); end >= 0 {
		return string(piece[:end]), nil
	}
	return "", errors.Join(err, errors.New("the path has no end"))
}
