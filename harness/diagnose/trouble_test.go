package diagnose

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestTroubleThatTheAppSaysIsOverDoesNotCount(t *testing.T) {
	const trouble = "dial tcp 10.0.0.1:6379: connect: connection refused"
	running := map[string]any{"status": "running", "running": true}
	for log, want := range map[string]bool{
		trouble:                                            true,
		trouble + "\nconnected to redis":                   false,
		"connected to redis\n" + trouble:                   true,
		trouble + "\nnot connected, retrying":              true,
		trouble + "\nlistening on :8080":                   false,
		"listening on :8080\n" + trouble:                   true,
		strings.Repeat(trouble+"\n", 3) + "redis is ready": false,
		trouble + "\n[GIN] 2026/01/01 - 05:12:00 | 200 | 1ms | 172.17.0.1 | GET \"/is/connected\"": true,
	} {
		c := Read(bundleOf(t, map[string]any{"state.json": running, "stderr.log": log}))
		found := false
		for _, line := range c.Lines(SourceApp) {
			found = found || strings.Contains(line.Plain, trouble) && c.Matters(line)
		}
		assert.Equal(t, want, found, log)
	}
}
