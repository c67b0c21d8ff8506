package engine

import (
	"testing"
	"time"

	"github.com/moby/moby/api/types/system"
	"github.com/stretchr/testify/assert"
)

func TestAClockIsAheadOnlyByWhatTheQuestionDoesNotExplain(t *testing.T) {
	asked := time.Date(2025, 3, 4, 5, 6, 7, 0, time.UTC)
	answered := asked.Add(100 * time.Millisecond)
	for name, tt := range map[string]struct {
		now  string
		want time.Duration
	}{
		"in between":   {"2025-03-04T05:06:07.05Z", 0},
		"behind":       {"2025-03-04T05:06:05Z", -2 * time.Second},
		"ahead":        {"2025-03-04T05:06:08.1Z", time.Second},
		"another zone": {"2025-03-04T13:06:07.01+08:00", 0},
		"unreadable":   {"yesterday", 0},
	} {
		t.Run(name, func(t *testing.T) {
			assert.Equal(t, tt.want, machineOf(system.Info{SystemTime: tt.now}, asked, answered).ClockAhead)
		})
	}
}

func TestAnEngineSaysItselfThatItIsRootless(t *testing.T) {
	at := time.Now()
	assert.True(t, machineOf(system.Info{SecurityOptions: []string{"name=seccomp,profile=builtin", "name=rootless"}}, at, at).Rootless)
	assert.False(t, machineOf(system.Info{SecurityOptions: []string{"name=seccomp,profile=rootless"}}, at, at).Rootless)
}
