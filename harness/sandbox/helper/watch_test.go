//go:build linux

package main

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
	"unsafe"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// verdict runs a filter as the kernel does, on what it uses of the language.
func verdict(t *testing.T, filter []instruction, arch uint32, number int) uint32 {
	t.Helper()
	accumulator := uint32(0)
	for at := 0; at < len(filter); at++ {
		i := filter[at]
		switch i.code {
		case 0x20:
			accumulator = map[uint32]uint32{0: uint32(number), 4: arch}[i.number]
		case 0x15:
			if accumulator == i.number {
				at += int(i.yes)
			} else {
				at += int(i.no)
			}
		case 0x06:
			return i.number
		default:
			t.Fatalf("instruction %d has the code %#x", at, i.code)
		}
	}
	t.Fatal("the filter has no end")
	return 0
}

func TestTheFilterHandsOverEveryCallOnFilesAndNoOther(t *testing.T) {
	const notify, allow = 0x7fc00000, 0x7fff0000
	m, err := thisMachine()
	if err != nil {
		t.Skip(err)
	}
	filter := filterOf(m)
	for _, c := range calls {
		if n := m.number(c); n >= 0 {
			assert.EqualValues(t, notify, verdict(t, filter, m.audit, n), "call %d", n)
			assert.EqualValues(t, allow, verdict(t, filter, m.audit+1, n), "call %d of another architecture", n)
		}
	}
	const neverMeant = 999
	assert.EqualValues(t, allow, verdict(t, filter, m.audit, neverMeant))
	assert.EqualValues(t, allow, verdict(t, filter, m.audit, int(m.seccomp)))
}

func TestOnlyTheFilesOfTheDirectoryAreSlow(t *testing.T) {
	dir := t.TempDir()
	file, err := os.Create(filepath.Join(dir, "a"))
	require.NoError(t, err)
	defer file.Close()
	w := &watcher{delays: map[string]time.Duration{dir: time.Second, dir + "/a": 2 * time.Second}}
	// The calls are those of this process on itself.
	self := notification{pid: uint32(os.Getpid())}
	self.args[0] = uint64(file.Fd())
	assert.Equal(t, 2*time.Second, w.delay(self, call{file: 0, path: -1}), "by its descriptor")
	for path, want := range map[string]time.Duration{
		dir: time.Second, dir + "/b/../b": time.Second, dir + "x": 0, "/etc/hosts": 0, dir + "/a": 2 * time.Second,
	} {
		text := append([]byte(path), 0)
		self.args[1] = uint64(uintptr(unsafe.Pointer(&text[0])))
		assert.Equal(t, want, w.delay(self, call{file: -1, path: 1}), path)
	}
	self.args[0] = 1 << 20
	assert.Zero(t, w.delay(self, call{file: 0, path: -1}), "a descriptor that there is not")
}

func TestAPathInMemoryHasAnEnd(t *testing.T) {
	endless := []byte(strings.Repeat("x", 5000))
	_, err := text("/proc/self/mem", int64(uintptr(unsafe.Pointer(&endless[0]))))
	assert.Error(t, err)
}

func TestALogPipeReadsAsItIsTold(t *testing.T) {
	out, err := os.Create(filepath.Join(t.TempDir(), "log"))
	require.NoError(t, err)
	defer out.Close()
	said := func() string {
		content, err := os.ReadFile(out.Name())
		require.NoError(t, err)
		return string(content)
	}

	p, err := newLogPipe(out, "stuck")
	require.NoError(t, err)
	app, err := os.OpenFile("/proc/self/fd/"+strconv.Itoa(int(p.write.Fd())), os.O_WRONLY, 0)
	require.NoError(t, err)
	p.begin()
	_, err = app.WriteString("one\n")
	require.NoError(t, err)
	assert.Empty(t, said(), "nobody reads")
	require.NoError(t, app.Close())
	p.finish()
	assert.Equal(t, "one\n", said(), "at the end all of it is read")

	gone, err := newLogPipe(out, "gone")
	require.NoError(t, err)
	_, err = gone.write.WriteString("two\n")
	require.ErrorContains(t, err, "broken pipe")

	_, err = newLogPipe(out, "asleep")
	require.ErrorContains(t, err, "no such reader")
}
