package sandbox

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var errNo = errors.New("connection refused")

func TestPollEndsWithTheFirstAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		asked := 0
		err := poll(t.Context(), time.Minute, "redis", nil, func(context.Context) error {
			if asked++; time.Since(began) < 40*time.Millisecond {
				return errNo
			}
			return nil
		})
		require.NoError(t, err)
		assert.Less(t, time.Since(began), 65*time.Millisecond, "a short wait is not made long")
		assert.Greater(t, asked, 3)
	})
}

func TestPollAsksAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		require.NoError(t, poll(t.Context(), time.Minute, "redis", nil, func(context.Context) error { return nil }))
		assert.Zero(t, time.Since(began))
	})
}

func TestPollIsCalmInALongWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		asked := 0
		_ = poll(t.Context(), time.Minute, "redis", nil, func(context.Context) error { asked++; return errNo })
		assert.Less(t, asked, int(time.Minute/pollSlowed)+20)
	})
}

func TestPollTellsTheLastLookWhenTheTimeIsOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		err := poll(t.Context(), 2*time.Second, "redis", nil, func(ctx context.Context) error {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			return errNo
		})
		require.EqualError(t, err, "redis did not answer within 2s; the last look saw: connection refused")
		require.ErrorIs(t, err, errNo)
		require.ErrorIs(t, err, errTimedOut)
		assert.Equal(t, 2*time.Second, time.Since(began))
	})
}

// An answer that never comes must not hide what the looks before it saw.
func TestPollForgetsALookThatItInterrupted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		asked := 0
		err := poll(t.Context(), time.Second, "nginx", nil, func(ctx context.Context) error {
			if asked++; asked == 1 {
				return errNo
			}
			<-ctx.Done()
			return ctx.Err()
		})
		require.ErrorIs(t, err, errNo)
		require.NotErrorIs(t, err, context.DeadlineExceeded)
	})
}

func TestPollEndsWhenTheProcessHasDied(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		died := errors.New("exited with code 1: bind: address already in use")
		alive := func(context.Context) error {
			if time.Since(began) > time.Second {
				return died
			}
			return nil
		}
		err := poll(t.Context(), time.Minute, "nginx", alive, func(context.Context) error { return errNo })
		require.EqualError(t, err, "nginx: exited with code 1: bind: address already in use")
		require.NotErrorIs(t, err, errTimedOut)
		assert.Less(t, time.Since(began), 1500*time.Millisecond)
	})
}

func TestPollEndsWithTheCallersContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		interrupted := errors.New("interrupted")
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(300*time.Millisecond, func() { cancel(interrupted) })
		err := poll(ctx, time.Minute, "redis", nil, func(context.Context) error { return errNo })
		require.ErrorIs(t, err, interrupted)
		require.NotErrorIs(t, err, errTimedOut, "its own time was not over")
	})
}
