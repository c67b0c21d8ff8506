package experiment

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/seatrial/seatrial/harness/deployment"
)

// Verdict is what became of one try.
type Verdict int

const (
	// Unresolved: it could not be tried, or nobody knows what came of it.
	Unresolved Verdict = iota
	// Passes: what failed before passes.
	Passes
	// Fails: it fails as before, at the same step and in the same way.
	Fails
	// Differs: it fails, but otherwise.
	Differs
)

// String gives the word that reports use.
func (v Verdict) String() string {
	return [...]string{"unresolved", "passes", "fails", "differs"}[v]
}

// MarshalText writes the word.
func (v Verdict) MarshalText() ([]byte, error) { return []byte(v.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (v *Verdict) UnmarshalText(text []byte) error {
	for known := Unresolved; known <= Differs; known++ {
		if known.String() == string(text) {
			*v = known
			return nil
		}
	}
	return fmt.Errorf("read verdict: there is no %q", text)
}

// Try launches, or builds, under exactly these facts and says what came of it. It
// may be called several times at once. An error says why a try is unresolved.
type Try func(ctx context.Context, facts []deployment.Condition) (Verdict, error)

// Bounds are what a proof may cost; what is zero is not bounded.
type Bounds struct {
	Launches int           `json:"launches,omitempty"`
	Time     time.Duration `json:"time_ns,omitempty"`
}

// Attempt is one try of a proof.
type Attempt struct {
	Facts   []deployment.Condition `json:"facts"`
	Verdict Verdict                `json:"verdict"`
	Why     string                 `json:"why,omitempty"` // why it is unresolved
	Took    time.Duration          `json:"took_ns"`
}

// Why a proof stopped before it had all it looked for.
const (
	BoundLaunches    = "launches"    // as many as were allowed were made
	BoundTime        = "time"        // the time was over
	BoundInterrupted = "interrupted" // whoever asked has gone
)

// lab makes tries: bounded, side by side, and none twice unless it is to be
// repeated.
type lab struct {
	try      Try
	bounds   Bounds
	parallel func() int
	reserve  int // launches that are kept for later

	mu       sync.Mutex
	launches int
	bounded  string
	short    bool // the search was cut short, to have launches for the rest
	tried    []Attempt
	seen     map[string][]Verdict
}

func newLab(q Question) *lab {
	l := &lab{try: q.Try, bounds: q.Bounds, parallel: q.Parallel, seen: map[string][]Verdict{}}
	if l.parallel == nil {
		l.parallel = func() int { return 1 }
	}
	return l
}

// once gives the verdicts under each of the sets, trying those that were not
// tried yet. What the bounds forbid is unresolved.
func (l *lab) once(ctx context.Context, sets ...[]deployment.Condition) []Verdict {
	l.run(ctx, 1, sets)
	verdicts := make([]Verdict, len(sets))
	for i, s := range sets {
		if seen := l.seen[key(s)]; len(seen) > 0 {
			verdicts[i] = seen[0]
		}
	}
	return verdicts
}

// repeated tries a set until it has been tried so often, and counts how often the
// verdict was this one, of those that are one.
func (l *lab) repeated(ctx context.Context, facts []deployment.Condition, want Verdict, times int) Count {
	sets := slices.Repeat([][]deployment.Condition{facts}, times)
	l.run(ctx, times, sets[min(times, len(l.seen[key(facts)])):])
	var count Count
	for _, v := range l.seen[key(facts)] {
		if v != Unresolved {
			count.Of++
		}
		if v == want {
			count.Same++
		}
	}
	return count
}

// firstOf gives the index of the first set with this verdict, -1 if there is none.
// The sets are tried in their order, as many side by side as there is room for.
func (l *lab) firstOf(ctx context.Context, want Verdict, sets [][]deployment.Condition) int {
	for from := 0; from < len(sets); {
		batch := sets[from:min(len(sets), from+max(1, l.parallel()))]
		if i := slices.Index(l.once(ctx, batch...), want); i >= 0 {
			return from + i
		}
		from += len(batch)
	}
	return -1
}

// run tries the sets that were not tried so often yet, side by side.
func (l *lab) run(ctx context.Context, times int, sets [][]deployment.Condition) {
	var todo [][]deployment.Condition
	planned := map[string]int{}
	for _, s := range sets {
		if name := key(s); len(l.seen[name])+planned[name] < times {
			planned[name]++
			todo = append(todo, s)
		}
	}
	var wait sync.WaitGroup
	defer wait.Wait()
	places := make(chan struct{}, max(1, l.parallel()))
	for _, s := range todo {
		places <- struct{}{}
		if !l.mayLaunch(ctx) {
			return
		}
		wait.Go(func() {
			l.launch(ctx, s)
			<-places
		})
	}
}

// mayLaunch takes one launch off what is allowed.
func (l *lab) mayLaunch(ctx context.Context) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		l.bounded = BoundTime
	case ctx.Err() != nil:
		l.bounded = BoundInterrupted
	case l.bounds.Launches > 0 && l.launches >= l.bounds.Launches:
		l.bounded = BoundLaunches
	case l.bounds.Launches > 0 && l.launches >= l.bounds.Launches-l.reserve:
		l.short = true // what is kept for later may still be made
	default:
		l.launches++
		return true
	}
	return false
}

func (l *lab) launch(ctx context.Context, facts []deployment.Condition) {
	began := time.Now()
	verdict, err := l.try(ctx, slices.Clone(facts))
	a := Attempt{Facts: slices.Clone(facts), Verdict: verdict, Took: time.Since(began)}
	if err != nil {
		a.Verdict, a.Why = Unresolved, err.Error()
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.tried = append(l.tried, a)
	if ctx.Err() != nil && a.Verdict != Passes {
		return // the end of time is no verdict
	}
	l.seen[key(facts)] = append(l.seen[key(facts)], a.Verdict)
}
