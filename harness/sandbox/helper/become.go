//go:build linux

package main

import (
	"fmt"
	"os"
	"strconv"
	"syscall"
	"unsafe"
)

// The places of a kind of id in /proc/PID/status.
const effective = 1

// become makes this process see what the process at proc sees, and be allowed
// what it is: its root and working directory, then its user, groups and
// capabilities. There is no way back.
func become(proc string, app process) error {
	if len(app.UIDs) <= effective || len(app.GIDs) <= effective {
		return fmt.Errorf("%s: it has no user", proc)
	}
	dir, err := os.Open(proc + "/cwd")
	if err != nil {
		return fmt.Errorf("open working directory of the app: %w", err)
	}
	defer dir.Close()
	if err := syscall.Chroot(proc + "/root"); err != nil {
		return fmt.Errorf("enter root of the app: %w", err)
	}
	if err := dir.Chdir(); err != nil {
		return fmt.Errorf("enter working directory of the app: %w", err)
	}
	uid, gid := app.UIDs[effective], app.GIDs[effective]
	if err := syscall.Setgroups(app.Groups); err != nil {
		return fmt.Errorf("set groups: %w", err)
	}
	if err := syscall.Setresgid(gid, gid, gid); err != nil {
		return fmt.Errorf("set group: %w", err)
	}
	if err := syscall.Setresuid(uid, uid, uid); err != nil {
		return fmt.Errorf("set user: %w", err)
	}
	if uid != 0 {
		return nil // the kernel has taken every capability away
	}
	return setCapabilities(app.CapEffective)
}

// setCapabilities leaves the calling thread these capabilities, in hex; see
// capset(2).
func setCapabilities(hex string) error {
	set, err := strconv.ParseUint(hex, 16, 64)
	if err != nil {
		return fmt.Errorf("read capabilities: %w", err)
	}
	const version3 = 0x20080522
	header := struct {
		version uint32
		pid     int32
	}{version: version3}
	type half struct{ effective, permitted, inheritable uint32 }
	data := [2]half{{uint32(set), uint32(set), 0}, {uint32(set >> 32), uint32(set >> 32), 0}}
	_, _, errno := syscall.RawSyscall(syscall.SYS_CAPSET, uintptr(unsafe.Pointer(&header)), uintptr(unsafe.Pointer(&data)), 0)
	if errno != 0 {
		return fmt.Errorf("set capabilities: %w", errno)
	}
	return nil
}
