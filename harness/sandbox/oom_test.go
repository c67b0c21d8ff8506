package sandbox

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestOnlyTheContainersOwnOOMIsRecognized(t *testing.T) {
	const id = "f9377bcdcfd1e9ab2b45e5c7fc0b5171aa127176d6f5c684549dc724a8be9a1e"
	for text, want := range map[string]bool{
		"oom-kill:constraint=CONSTRAINT_MEMCG,oom_memcg=/docker/" + id + ",task=app":                      true,
		"oom-kill:constraint=CONSTRAINT_MEMCG,oom_memcg=/system.slice/docker-" + id + ".scope,task=app":   true,
		"oom-kill:constraint=CONSTRAINT_MEMCG,oom_memcg=/kubepods,task_memcg=/docker/" + id + ",task=app": false,
		"oom-kill:constraint=CONSTRAINT_NONE,oom_memcg=/docker/" + id + ",task=app":                       false,
		"app invoked oom-killer: gfp_mask=0x100cca":                                                       false,
	} {
		assert.Equal(t, want, isOOMOf(text, id), text)
	}
	assert.False(t, isOOMOf("oom-kill:constraint=CONSTRAINT_MEMCG,oom_memcg=/docker/x", ""), "a container that was never made")
}

func TestALogThatCannotBeReadSaysNothing(t *testing.T) {
	_, read := searchKernelLog(filepath.Join(t.TempDir(), "none"), func(string) bool { return true })
	assert.False(t, read)
}

func TestTheKernelLogIsReadToItsEnd(t *testing.T) {
	const log = "/dev/kmsg"
	if file, err := os.Open(log); err != nil {
		t.Skipf("the kernel's log cannot be read here: %v", err)
	} else {
		require.NoError(t, file.Close())
	}
	messages := 0
	_, read := searchKernelLog(log, func(string) bool { messages++; return false })
	assert.True(t, read)
	assert.Positive(t, messages)
}
