package sandbox

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// The pace of a poll: quick at first, since most waits are short, then calmer.
const (
	pollFirst  = 4 * time.Millisecond
	pollSlowed = 50 * time.Millisecond
)

// errTimedOut is in the error of a poll whose own time was over.
var errTimedOut = errors.New("did not answer")

// poll asks until the answer is nil. It ends at once when the liveness check
// fails, and a time-out says what the last look saw. alive may be nil; it is
// asked rarely, as it costs a call to the engine.
func poll(ctx context.Context, within time.Duration, what string, alive func(context.Context) error, ask func(context.Context) error) error {
	ctx, cancel := context.WithTimeoutCause(ctx, within, fmt.Errorf("%s %w within %s", what, errTimedOut, within))
	defer cancel()
	pace := time.NewTimer(0)
	defer pace.Stop()
	nextLook := time.Now().Add(100 * time.Millisecond)
	last := errors.New("not asked yet")
	for wait := pollFirst; ; wait = min(wait*3/2, pollSlowed) {
		select {
		case <-ctx.Done():
			return fmt.Errorf("%w; the last look saw: %w", context.Cause(ctx), last)
		case <-pace.C:
		}
		err := ask(ctx)
		if err == nil {
			return nil
		}
		if ctx.Err() == nil {
			last = err
		}
		if alive != nil && time.Now().After(nextLook) {
			nextLook = time.Now().Add(300 * time.Millisecond)
			if err := alive(ctx); err != nil && ctx.Err() == nil {
				return fmt.Errorf("%s: %w", what, err)
			}
		}
		pace.Reset(wait)
	}
}
