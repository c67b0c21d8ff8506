package gherkin

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/seatrial/seatrial/harness/report"
)

// Job is a run of scenarios on behalf of go test.
type Job struct {
	// Selected says whether -run lets the scenario take part; for [Options].Select.
	Selected func(Scenario) bool
	// Result takes every result, in any order, from any goroutine.
	Result func(report.Result)
	// Grace is the time between the end of the context and the moment when results
	// must be there; for [Options].Grace. It is 0 if the test has no deadline.
	Grace time.Duration
}

// Subtests presents a plan as subtests of t, one for each scenario, named by its
// title: -run, -skip, -v, -json and the lists of an IDE work as with any test.
//
// It returns once run has been started, in one goroutine, with exactly the
// scenarios that go test selected (not at all if there are none). The subtests
// are parallel, which means that go test lets them wait for their results when
// the function that called Subtests has returned; so what must happen after the
// scenarios belongs in t.Cleanup. The subtests only wait, and so any -parallel,
// 1 included, will do.
//
// The context of run ends before the deadline of go test -timeout, by two
// reserves of 5 % of the time left, or some seconds if that is more: one for
// Grace, one to write the results down and to put things away. Scenarios without a result by then, and those that run left without
// one, are broken.
//
// A result that is passed passes; failed, broken, unexpected-pass and unknown
// fail; all others are skipped, with their reason. page gives the text to show
// with it, "" for none.
func Subtests(t *testing.T, p *Plan, run func(context.Context, Job) error, page func(report.Result) string) {
	t.Helper()
	ctx, last, grace := deadlines(t)
	w := &waiting{p: p, arrived: map[string]chan report.Result{}, over: make(chan struct{})}
	for _, s := range p.Scenarios {
		t.Run(s.Title, func(t *testing.T) {
			result := w.expect(s)
			t.Parallel()
			show(t, w.await(last, s, result), page)
		})
	}
	selected := w.selected()
	if len(selected) == 0 {
		return
	}
	ctx, cancel := context.WithCancel(ctx)
	go func() {
		defer close(w.over)
		_, w.err = guard(last, 0, func() (struct{}, error) {
			return struct{}{}, run(ctx, Job{
				Selected: func(s Scenario) bool { return selected[s.Ref()] },
				Result:   w.take,
				Grace:    grace,
			})
		})
	}()
	t.Cleanup(func() {
		<-w.over // the run outlives no test, except by ignoring its context
		cancel()
		if w.err != nil {
			t.Errorf("BROKEN: %v", w.err)
		}
	})
}

// deadlines gives the context of the run, the context whose end is the last
// moment for a result, and the time between the two.
func deadlines(t *testing.T) (ctx, last context.Context, grace time.Duration) {
	t.Helper()
	// t.Context() ends before the functions of t.Cleanup run, and that is when a
	// run may still be putting its things away.
	base := context.WithoutCancel(t.Context())
	deadline, ok := t.Deadline()
	if !ok {
		return base, base, 0
	}
	return reserve(t, base, time.Until(deadline))
}

func reserve(t *testing.T, base context.Context, left time.Duration) (ctx, last context.Context, grace time.Duration) {
	t.Helper()
	// To put things away on an engine takes seconds, however short the time-out is.
	const seconds = 5 * time.Second
	now := time.Now()
	grace = max(left/20, min(left/6, seconds))
	timeout := errors.New("the deadline of go test -timeout is near")
	ctx, cancel := context.WithDeadlineCause(base, now.Add(left-2*grace), timeout)
	last, cancelLast := context.WithDeadlineCause(base, now.Add(left-grace), timeout)
	t.Cleanup(func() { cancel(); cancelLast() })
	return ctx, last, grace
}

// waiting is where results and subtests meet.
type waiting struct {
	p       *Plan
	mu      sync.Mutex
	arrived map[string]chan report.Result
	over    chan struct{} // closed when run has returned, with err
	err     error
}

// expect notes that go test selected a scenario.
func (w *waiting) expect(s Scenario) <-chan report.Result {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.arrived[s.Ref()] = make(chan report.Result, 1)
	return w.arrived[s.Ref()]
}

func (w *waiting) selected() map[string]bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	selected := map[string]bool{}
	for ref := range w.arrived {
		selected[ref] = true
	}
	return selected
}

func (w *waiting) take(r report.Result) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if ch := w.arrived[Scenario{File: r.File, Line: r.Line}.Ref()]; ch != nil && len(ch) == 0 {
		ch <- r
	}
}

// await gives the result of a scenario, a broken one if it does not come.
func (w *waiting) await(last context.Context, s Scenario, result <-chan report.Result) report.Result {
	var why string
	select {
	case r := <-result:
		return r
	case <-w.over:
		why = "the run gave no result"
		if w.err != nil {
			why = fmt.Sprintf("the run ended: %v", w.err)
		}
	case <-last.Done():
		why = fmt.Sprintf("no result in time: %v", context.Cause(last))
	}
	select {
	case r := <-result: // both had come
		return r
	default:
		return s.unfinished(report.Broken, why)
	}
}

func show(t *testing.T, r report.Result, page func(report.Result) string) {
	t.Helper()
	var text string
	if page != nil {
		text = page(r)
	}
	verdict := r.Outcome.String()
	if r.Reason != "" {
		verdict += ": " + r.Reason
	}
	switch r.Outcome {
	case report.Passed:
		if text != "" {
			t.Log("\n" + text)
		}
	case report.Skipped, report.Built, report.ExpectedFailure:
		if text != "" {
			verdict += "\n" + text
		}
		t.Skip(verdict)
	default:
		if text == "" {
			text = stepsText(r)
		}
		t.Error(verdict + "\n" + text)
	}
}

// stepsText is a failure's page when there is no other.
func stepsText(r report.Result) string {
	text := fmt.Sprintf("%s:%d", r.File, r.Line)
	for _, step := range r.Steps {
		text += fmt.Sprintf("\n  %-7s %s %s", step.Outcome, step.Keyword, step.Text)
		if step.Error != "" {
			text += "\n          " + step.Error
		}
	}
	return text
}
