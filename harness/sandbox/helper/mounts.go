//go:build linux

package main

import (
	"strconv"
	"strings"
	"syscall"
)

// mounted is a line of mounts.jsonl.
type mounted struct {
	Path     string `json:"path"`
	Type     string `json:"type"`
	Source   string `json:"source,omitempty"`
	Options  string `json:"options,omitempty"`
	ReadOnly bool   `json:"readOnly,omitempty"`
	NoExec   bool   `json:"noExec,omitempty"`
	Size     int64  `json:"size,omitempty"`
	Free     int64  `json:"free"`
}

// parseMounts reads /proc/PID/mountinfo, see proc_pid_mountinfo(5):
//
//	36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue
//
// Of several mounts at one place the last is what is seen there.
func parseMounts(text string, hide []string) []mounted {
	var list []mounted
	hidden := map[string]bool{}
	for _, h := range hide {
		hidden[h] = true
	}
	at := map[string]int{}
	for _, line := range strings.Split(text, "\n") {
		before, after, ok := strings.Cut(line, " - ")
		fields, system := strings.Fields(before), strings.Fields(after)
		if !ok || len(fields) < 6 || len(system) < 3 {
			continue
		}
		m := mounted{Path: unescape(fields[4]), Type: system[0], Source: unescape(system[1]), Free: -1}
		m.setOptions(fields[5], system[2])
		if hidden[m.Path] {
			continue
		}
		if i, ok := at[m.Path]; ok {
			list[i] = m
			continue
		}
		at[m.Path] = len(list)
		list = append(list, m)
	}
	return list
}

// setOptions takes the mount's options and those of its file system; places on
// the engine's host are nobody's business.
func (m *mounted) setOptions(own, system string) {
	seen := map[string]bool{}
	var kept []string
	for _, option := range strings.Split(own+","+system, ",") {
		name, _, _ := strings.Cut(option, "=")
		switch name {
		case "ro":
			m.ReadOnly = true
		case "noexec":
			m.NoExec = true
		case "lowerdir", "upperdir", "workdir", "redirect_dir", "index":
			continue
		}
		if option != "" && !seen[option] {
			seen[option] = true
			kept = append(kept, option)
		}
	}
	m.Options = strings.Join(kept, ",")
}

// unescape resolves the octal escapes of blanks and backslashes.
func unescape(text string) string {
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] == '\\' && i+3 < len(text) {
			if n, err := strconv.ParseUint(text[i+1:i+4], 8, 8); err == nil {
				b.WriteByte(byte(n))
				i += 3
				continue
			}
		}
		b.WriteByte(text[i])
	}
	return b.String()
}

// pseudo file systems hold nobody's data.
var pseudo = map[string]bool{
	"proc": true, "sysfs": true, "cgroup": true, "cgroup2": true, "devpts": true, "mqueue": true, "debugfs": true, "securityfs": true,
}

// measure asks how much there is and how much is free; the kernel keeps some for
// root.
func (m *mounted) measure(root bool) {
	var fs syscall.Statfs_t
	if pseudo[m.Type] || syscall.Statfs(m.Path, &fs) != nil {
		return
	}
	free := fs.Bavail
	if root {
		free = fs.Bfree
	}
	block := int64(fs.Bsize) //nolint:unconvert // it has 32 bits on some systems
	m.Size, m.Free = int64(fs.Blocks)*block, int64(free)*block
}

// mountOf gives the mount point that an absolute, clean path is on.
func mountOf(list []mounted, abs string) string {
	found := ""
	for _, m := range list {
		within := abs == m.Path || m.Path == "/" || strings.HasPrefix(abs, m.Path+"/")
		if within && len(m.Path) > len(found) {
			found = m.Path
		}
	}
	return found
}
