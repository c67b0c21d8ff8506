package scenarios

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

func TestAnExitCodeAfterASignalIsExplained(t *testing.T) {
	for code, want := range map[int]string{
		1:   "the end of its log",
		2:   "the Go runtime",
		130: "128 and 2",
		137: "128 and 9",
		143: "128 and 15",
		255: "the end of its log",
	} {
		text := howEnded(code)
		assert.Contains(t, text.EN, want, code)
		assert.NotEmpty(t, text.ZH, code)
		assert.Equal(t, code == 2 || code == 130 || code == 137 || code == 143, killed(code), code)
	}
	assert.False(t, killed(0))
	assert.False(t, killed(128))
}

func TestOnlyRequestsThatWereCertainlyUnderWayCount(t *testing.T) {
	at := time.Now()
	ctx, cancel := context.WithCancel(t.Context())
	l := &load{cancel: cancel}
	l.record(ctx, at.Add(-time.Second), nil)
	l.signalled(at)
	l.record(ctx, at.Add(-margin), nil)
	l.record(ctx, at.Add(-margin), errors.New("cut off"))
	l.record(ctx, at.Add(-margin/2), errors.New("perhaps too late"))
	l.record(ctx, at.Add(time.Second), errors.New("refused"))
	cancel()
	l.record(ctx, at.Add(-time.Second), context.Canceled)
	sent, broken := l.stop()
	assert.Equal(t, 3, sent)
	assert.Len(t, broken, 1)
	assert.Equal(t, "cut off", broken[0].Text)
}
