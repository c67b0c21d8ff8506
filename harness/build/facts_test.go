package build

import (
	"bytes"
	"debug/elf"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// wasmModule is a WebAssembly module as Go's linker lays it out, cut down to the
// sections that are read.
func wasmModule(imports, version string) []byte {
	text := func(s string) string { return string(rune(len(s))) + s }
	section := func(id byte, content string) string { return string([]byte{id, byte(len(content))}) + content }
	producers := text("producers") + "\x02" +
		text("language") + "\x01" + text("Go") + text(version) +
		text("processed-by") + "\x01" + text("Go cmd/compile") + text(version)
	info := infoStart + "path\texample.com/a\nmod\texample.com/a\t(devel)\t\nbuild\tCGO_ENABLED=0\n" + infoEnd
	return []byte("\x00asm\x01\x00\x00\x00" + section(2, "\x01"+text(imports)) + section(11, info) + section(0, producers))
}

func self(t testing.TB) []byte {
	t.Helper()
	path, err := os.Executable()
	require.NoError(t, err)
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	return data
}

func read(data []byte) (Facts, error) { return readFacts(bytes.NewReader(data), int64(len(data))) }

func TestReadFactsOfThisTestBinary(t *testing.T) {
	path, err := os.Executable()
	require.NoError(t, err)
	f, err := ReadFacts(path)
	require.NoError(t, err)
	assert.Equal(t, runtime.Version(), f.GoVersion)
	assert.Equal(t, runtime.GOOS+"/"+runtime.GOARCH, f.GOOS+"/"+f.GOARCH)
	require.NotEmpty(t, f.Modules)
	assert.Equal(t, "github.com/seatrial/seatrial", f.Modules[0].Path)
}

func TestReadFactsOfWebAssembly(t *testing.T) {
	for imports, system := range map[string]string{"wasi_snapshot_preview1": "wasip1", "gojs": "js", "env": Unknown} {
		f, err := read(wasmModule(imports, "go1.22.12"))
		require.NoError(t, err)
		assert.Equal(t, "wasm", f.Format)
		assert.Equal(t, "go1.22.12", f.GoVersion)
		assert.Equal(t, system+"/wasm", f.GOOS+"/"+f.GOARCH)
		assert.Equal(t, "example.com/a", f.Main)
		assert.Equal(t, "0", f.Settings["CGO_ENABLED"])
	}
}

func TestReadFactsOfBrokenFilesIsAnError(t *testing.T) {
	whole := self(t)
	wasm := wasmModule("gojs", "go1.22.12")
	for name, data := range map[string][]byte{
		"empty":                 {},
		"three bytes":           []byte("\x7fEL"),
		"text":                  []byte("#!/bin/sh\necho\n"),
		"archive":               []byte("!<arch>\n"),
		"ELF magic alone":       []byte("\x7fELF"),
		"MZ alone":              []byte("MZ\x00\x00"),
		"Mach-O magic alone":    []byte("\xcf\xfa\xed\xfe"),
		"wasm magic alone":      []byte("\x00asm"),
		"half of a binary":      whole[:len(whole)/2],
		"beginning of a binary": whole[:4096],
		"half of a wasm module": wasm[:len(wasm)/2],
	} {
		f, err := read(data)
		assert.Error(t, err, "%s: %+v", name, f)
	}
	_, err := ReadFacts(filepath.Join(t.TempDir(), "nothing"))
	assert.ErrorIs(t, err, os.ErrNotExist)
}

func TestNewestGLIBCOrdersByNumber(t *testing.T) {
	assert.Equal(t, "2.34", newestGLIBC([]elf.ImportedSymbol{
		{Version: "GLIBC_2.2.5"}, {Version: "GLIBC_2.9"}, {Version: "GLIBC_2.34"}, {Version: "GLIBC_PRIVATE"}, {Version: "GCC_3.0"}, {Version: "GLIBC_2.4"},
	}))
	assert.Empty(t, newestGLIBC(nil))
}

func TestMismatchesNameWhatWasAskedForAndWhatIs(t *testing.T) {
	good := Facts{Format: "elf", GoVersion: "go1.22.12 X:loopvar", GOOS: "linux", GOARCH: "amd64", Static: true, Settings: map[string]string{"CGO_ENABLED": "0"}}
	k := Key{Go: "1.22.12", GOOS: "linux", GOARCH: "amd64"}
	assert.Empty(t, good.Mismatches(k))
	tests := []struct {
		name   string
		change func(*Facts)
		want   string
	}{
		{"other release", func(f *Facts) { f.GoVersion = "go1.24.0" }, "Go version: asked for go1.22.12, the binary says go1.24.0"},
		{"no release", func(f *Facts) { f.GoVersion = Unknown }, "carries none"},
		{"other system", func(f *Facts) { f.GOOS = "freebsd" }, "GOOS: asked for linux"},
		{"other architecture", func(f *Facts) { f.GOARCH = "arm64" }, "GOARCH: asked for amd64"},
		{"cgo", func(f *Facts) { f.Settings = map[string]string{"CGO_ENABLED": "1"} }, "cgo: asked for off"},
		{"dynamic", func(f *Facts) { f.Static, f.Needed = false, []string{"libc.so.6"} }, "libraries libc.so.6"},
	}
	for _, tt := range tests {
		f := good
		tt.change(&f)
		bad := f.Mismatches(k)
		if assert.Len(t, bad, 1, tt.name) {
			assert.Contains(t, bad[0], tt.want)
		}
	}
	// Releases before 1.18 record no settings: what is not said is no mismatch.
	old := good
	old.Settings, old.GOOS = nil, Unknown
	assert.Empty(t, old.Mismatches(k))
	assert.NotEmpty(t, Facts{}.Mismatches(k), "no facts are never right")
}

func TestFindSeesTextAcrossPieces(t *testing.T) {
	for _, at := range []int{0, 1<<20 - 3, 1 << 20, 3<<20 - 1} {
		data := make([]byte, 3<<20+10)
		copy(data[at:], "needle")
		got, ok := find(bytes.NewReader(data), int64(len(data)), "needle")
		assert.True(t, ok)
		assert.EqualValues(t, at, got)
	}
	_, ok := find(strings.NewReader("nothing"), 7, "needle")
	assert.False(t, ok)
}

func FuzzReadFacts(f *testing.F) {
	f.Add([]byte("MZ\x00\x00"))
	f.Add([]byte("\xcf\xfa\xed\xfe\x07\x00\x00\x01"))
	f.Add(wasmModule("gojs", "go1.22.12"))
	if header, ok := elfHeader("amd64"); ok {
		f.Add(append(header, make([]byte, 44)...))
	}
	f.Add(self(f)[:2048])
	f.Fuzz(func(t *testing.T, data []byte) {
		facts, err := read(data)
		if err != nil && facts.GoVersion != "" {
			t.Fatalf("facts beside an error: %+v, %v", facts, err)
		}
		if err == nil && (facts.Format == "" || facts.GOOS == "" || facts.GOARCH == "" || facts.GoVersion == "") {
			t.Fatalf("facts with holes: %+v", facts)
		}
	})
}
