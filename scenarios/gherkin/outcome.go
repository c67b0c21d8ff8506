package gherkin

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/cucumber/godog"

	"github.com/seatrial/seatrial/harness/lang"
	"github.com/seatrial/seatrial/harness/report"
)

// Skip is the error with which a step or a world says that the scenario cannot
// be run here, and why. It is not a success.
func Skip(reason string) error { return SkipText(lang.Text{EN: reason}) }

// SkipText is [Skip] with the reason in both languages.
func SkipText(reason lang.Text) error { return &skipError{reason} }

type skipError struct{ reason lang.Text }

func (e *skipError) Error() string { return "skipped: " + e.reason.EN }

// Is makes godog skip the steps that follow.
func (e *skipError) Is(target error) bool { return target == godog.ErrSkip }

// Broken marks an error as the harness's, not the app's. Errors of other
// packages do the same with a method Broken() bool.
func Broken(err error) error {
	if err == nil {
		return nil
	}
	return &brokenError{err}
}

type brokenError struct{ err error }

func (e *brokenError) Error() string { return e.err.Error() }
func (e *brokenError) Unwrap() error { return e.err }
func (e *brokenError) Broken() bool  { return true }

// PanicError is a panic in a step, a world or a hook: a bug of the harness.
type PanicError struct {
	Value any
	Stack string
}

func (e *PanicError) Error() string { return fmt.Sprintf("panic: %v\n%s", e.Value, e.Stack) }

// Broken says that it is not the app's fault.
func (e *PanicError) Broken() bool { return true }

// IsBroken says whether an error is not the app's fault. The outermost error of
// its chain that has a method Broken() bool decides, so that a wrapper can
// overrule what it wraps.
func IsBroken(err error) bool {
	var b interface{ Broken() bool }
	return errors.As(err, &b) && b.Broken()
}

// classify gives the outcome of an error and the reason to report.
func classify(ctx context.Context, err error) (report.Outcome, lang.Text) {
	var skip *skipError
	outcome, why := judge(ctx, err)
	if outcome == report.Skipped && errors.As(err, &skip) {
		return outcome, skip.reason
	}
	return outcome, lang.Text{EN: why}
}

func judge(ctx context.Context, err error) (report.Outcome, string) {
	var skip *skipError
	var panicked *PanicError
	switch {
	case err == nil:
		return report.Passed, ""
	case ctx.Err() != nil && !errors.As(err, &panicked) && !errors.As(err, &skip):
		// What fails now fails because of that, or cannot be told from it.
		return report.Broken, interrupted(ctx).Error()
	case IsBroken(err):
		return report.Broken, reason(err)
	case errors.As(err, &skip):
		return report.Skipped, skip.reason.EN
	case errors.Is(err, godog.ErrSkip):
		return report.Skipped, "a step skipped the scenario without a reason"
	case errors.Is(err, godog.ErrPending), errors.Is(err, godog.ErrUndefined), errors.Is(err, godog.ErrAmbiguous):
		return report.Broken, reason(err)
	}
	return report.Failed, reason(err)
}

// reason is the first line of a panic, and all of any other error.
func reason(err error) string {
	var p *PanicError
	if errors.As(err, &p) {
		return fmt.Sprintf("panic: %v", p.Value)
	}
	return err.Error()
}

func interrupted(ctx context.Context) error {
	return Broken(fmt.Errorf("%s: %w", report.Interrupted, context.Cause(ctx)))
}

// guard calls f on a goroutine of its own and gives its results, or an error
// that is broken if f panics, ends its goroutine (as t.FailNow does) or has not
// returned some time after ctx ended. In that last case f is left behind.
func guard[T any](ctx context.Context, patience time.Duration, f func() (T, error)) (T, error) {
	type returned struct {
		value T
		err   error
	}
	done := make(chan returned, 1)
	go func() {
		r := returned{err: Broken(errors.New("the function ended its goroutine: runtime.Goexit, or FailNow of another test's t"))}
		defer func() {
			if p := recover(); p != nil {
				r.err = &PanicError{Value: p, Stack: string(debug.Stack())}
			}
			done <- r
		}()
		value, err := f()
		r = returned{value, err}
	}()
	select {
	case r := <-done:
		return r.value, r.err
	case <-ctx.Done():
	}
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case r := <-done:
		return r.value, r.err
	case <-timer.C:
		var none T
		return none, Broken(fmt.Errorf("%s: %w, and did not stop within %v", report.Interrupted, context.Cause(ctx), patience))
	}
}

// lagging is a context that ends only some time after ctx does: what collects
// evidence and cleans up needs one.
func lagging(ctx context.Context, by time.Duration) (context.Context, context.CancelFunc) {
	late, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() {
		timer := time.AfterFunc(by, cancel)
		context.AfterFunc(late, func() { timer.Stop() })
	})
	return late, func() { stop(); cancel() }
}
