package build

import (
	"bytes"
	"debug/elf"
	"encoding/hex"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// BinfmtDir is where Linux lists the interpreters it starts foreign binaries
// with: https://docs.kernel.org/admin-guide/binfmt-misc.html.
const BinfmtDir = "/proc/sys/fs/binfmt_misc"

// Runnable says whether a container engine of architecture engineArch can start
// a binary for goos/goarch. binfmt is [BinfmtDir] if the engine shares this
// host's kernel and empty if it does not, for then its interpreters are not
// known.
func Runnable(goos, goarch, engineArch, binfmt string) bool {
	if goos != "linux" {
		return false
	}
	if goarch == engineArch || goarch == "386" && engineArch == "amd64" {
		return true
	}
	return binfmt != "" && Interpreter(goarch, binfmt) != ""
}

// Interpreter names the program by which the kernel starts linux/goarch binaries
// in any container, going by what it lists in binfmt; empty if there is none. An
// interpreter counts only if the kernel keeps it open (flag F): any other would
// have to be inside the image.
func Interpreter(goarch, binfmt string) string {
	header, known := elfHeader(goarch)
	if !known {
		return ""
	}
	if status, err := os.ReadFile(filepath.Join(binfmt, "status")); err != nil || strings.TrimSpace(string(status)) != "enabled" {
		return ""
	}
	entries, err := os.ReadDir(binfmt)
	if err != nil {
		return ""
	}
	for _, e := range entries {
		data, err := os.ReadFile(filepath.Join(binfmt, e.Name()))
		if err != nil || e.Name() == "status" {
			continue
		}
		if r := parseBinfmt(string(data)); r.enabled && strings.Contains(r.flags, "F") && r.matches(header) {
			return r.interpreter
		}
	}
	return ""
}

// elfHeader makes the beginning of an executable as Go links it for linux/goarch.
func elfHeader(goarch string) ([]byte, bool) {
	m, ok := elfMachines[goarch]
	if !ok {
		return nil, false
	}
	h := make([]byte, 20)
	copy(h, elf.ELFMAG)
	h[elf.EI_CLASS], h[elf.EI_DATA], h[elf.EI_VERSION] = byte(m.class), byte(m.data), byte(elf.EV_CURRENT)
	low, high := 0, 1
	if m.data == elf.ELFDATA2MSB {
		low, high = 1, 0
	}
	h[16+low] = byte(elf.ET_EXEC)
	h[18+low], h[18+high] = byte(m.machine), byte(m.machine>>8)
	return h, true
}

// registration is one interpreter as the kernel lists it.
type registration struct {
	enabled     bool
	interpreter string
	flags       string
	offset      int
	magic, mask []byte
}

func parseBinfmt(text string) registration {
	var r registration
	for line := range strings.Lines(text) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), " ")
		var err error
		switch key {
		case "enabled":
			r.enabled = true
		case "interpreter":
			r.interpreter = value
		case "flags:":
			r.flags = value
		case "offset":
			r.offset, err = strconv.Atoi(value)
		case "magic":
			r.magic, err = hex.DecodeString(value)
		case "mask":
			r.mask, err = hex.DecodeString(value)
		}
		if err != nil {
			return registration{} // not a format we know: says nothing
		}
	}
	return r
}

// matches says whether the kernel would start a file with this header by r. A
// registration without magic goes by the file's name.
func (r registration) matches(header []byte) bool {
	if len(r.magic) == 0 || r.offset < 0 || r.offset > len(header) || len(r.magic) > len(header)-r.offset {
		return false
	}
	got := bytes.Clone(header[r.offset : r.offset+len(r.magic)])
	want := bytes.Clone(r.magic)
	if len(r.mask) == len(got) {
		for i, m := range r.mask {
			got[i] &= m
			want[i] &= m
		}
	}
	return bytes.Equal(got, want)
}
