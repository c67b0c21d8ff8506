package build

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// aarch64 is what the kernel lists for Debian's qemu-user-static.
const aarch64 = `enabled
interpreter /usr/bin/qemu-aarch64-static
flags: POF
offset 0
magic 7f454c460201010000000000000000000200b700
mask ffffffffffffff00fffffffffffffffffeffffff
`

func TestRunnableGoesByTheKernelsOwnList(t *testing.T) {
	with := func(status string, entries ...string) string {
		dir := t.TempDir()
		require.NoError(t, os.WriteFile(filepath.Join(dir, "status"), []byte(status+"\n"), 0o644))
		for i, e := range entries {
			require.NoError(t, os.WriteFile(filepath.Join(dir, string(rune('a'+i))), []byte(e), 0o644))
		}
		return dir
	}
	all := with("enabled", "garbage", "enabled\nmagic zz\n", aarch64)
	const qemu = "/usr/bin/qemu-aarch64-static"
	tests := []struct {
		name, goos, goarch, engine, binfmt string
		ok                                 bool
		by                                 string
	}{
		{"same", "linux", "amd64", "amd64", "", true, ""},
		{"32 bit on 64", "linux", "386", "amd64", "", true, ""},
		{"64 bit on 32", "linux", "amd64", "386", "", false, ""},
		{"other system", "windows", "amd64", "amd64", all, false, ""},
		{"registered", "linux", "arm64", "amd64", all, true, qemu},
		{"not registered", "linux", "riscv64", "amd64", all, false, ""},
		{"engine elsewhere", "linux", "arm64", "amd64", "", false, ""},
		{"no such directory", "linux", "arm64", "amd64", filepath.Join(all, "none"), false, ""},
		{"all switched off", "linux", "arm64", "amd64", with("disabled", aarch64), false, ""},
		{"switched off", "linux", "arm64", "amd64", with("enabled", "disabled\n"+aarch64[8:]), false, ""},
		{"not kept open", "linux", "arm64", "amd64", with("enabled", "enabled\ninterpreter /q\nflags: OC\n"+aarch64[61:]), false, ""},
		{"unknown architecture", "linux", "vax", "amd64", all, false, ""},
	}
	for _, tt := range tests {
		assert.Equal(t, tt.ok, Runnable(tt.goos, tt.goarch, tt.engine, tt.binfmt), tt.name)
		if tt.by != "" {
			assert.Equal(t, tt.by, Interpreter(tt.goarch, tt.binfmt), tt.name)
		}
	}
}

func FuzzParseBinfmt(f *testing.F) {
	f.Add(aarch64)
	f.Add("enabled\noffset -1\nmagic 00\n")
	header, _ := elfHeader("arm64")
	f.Fuzz(func(t *testing.T, text string) {
		r := parseBinfmt(text)
		if r.matches(header) && len(r.magic) == 0 {
			t.Fatalf("matches by nothing: %q", text)
		}
	})
}
