//go:build unix

package build

import (
	"os"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

func makeFIFO(t *testing.T, name string) {
	t.Helper()
	require.NoError(t, syscall.Mkfifo(name, 0o600))
}

// requireNoWriter fails if a process has the FIFO open for writing: with none, a
// read that may not block ends at once, and with one it would have to wait.
func requireNoWriter(t *testing.T, name string) {
	t.Helper()
	fd, err := syscall.Open(name, syscall.O_RDONLY|syscall.O_NONBLOCK, 0)
	require.NoError(t, err)
	f := os.NewFile(uintptr(fd), name)
	defer f.Close()
	n, err := syscall.Read(fd, make([]byte, 1))
	require.NotErrorIs(t, err, syscall.EAGAIN, "a child of the go command is alive")
	require.NoError(t, err)
	require.Zero(t, n)
}
