package experiment

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/seatrial/seatrial/harness/deployment"
)

// enough is how often a result must have been the same to be proof.
const enough = 2

// Question is a failure whose cause is to be proven.
type Question struct {
	// Facts are those under which it failed and that can be taken away.
	Facts []deployment.Condition
	// Remedies are what may make it pass, the likeliest first.
	Remedies []Remedy
	// Guesses gives further remedies, when none of Remedies helped: for causes
	// that no rule knows. It is told the smallest set; nil guesses nothing.
	Guesses func(minimal []deployment.Condition) []Remedy

	// Build says that it is a build that is tried.
	Build bool

	Try    Try
	Bounds Bounds
	// Parallel says how many tries may be made side by side now; nil is one.
	Parallel func() int
}

// Remedy is facts that may make a failure pass.
type Remedy struct {
	Rule  string                 `json:"rule,omitempty"` // that proposes it
	Facts []deployment.Condition `json:"facts"`
}

// Count is how often a result was the same.
type Count struct {
	Same int `json:"same"`
	Of   int `json:"of"`
}

// proves says whether that was often enough and always.
func (c Count) proves() bool { return c.Of >= enough && c.Same == c.Of }

// Proof is what experiments showed of a failure.
type Proof struct {
	Facts []deployment.Condition `json:"facts"` // under which it failed
	Build bool                   `json:"build,omitempty"`
	// Minimal fails as well, FailsOf as often. Exact says that nothing can be
	// taken away from it.
	Minimal []deployment.Condition `json:"minimal"`
	Exact   bool                   `json:"exact"`
	FailsOf Count                  `json:"fails_of"`
	// Passing are the facts under which it passes, PassesOf as often; Remedy is
	// what was added to Minimal for that, and Without what was taken away.
	Passing  []deployment.Condition `json:"passing"`
	Remedy   []deployment.Condition `json:"remedy,omitempty"`
	Rule     string                 `json:"rule,omitempty"` // that proposed the remedy
	Without  []deployment.Condition `json:"without,omitempty"`
	PassesOf Count                  `json:"passes_of"`
	// Proposed is how many remedies there were to try.
	Proposed int `json:"proposed"`
	// Whole is what comes of all the facts together with the remedy: another
	// cause may be behind the first.
	Whole Verdict `json:"whole"`
	// Flaky says that something was not the same when it was repeated.
	Flaky    bool          `json:"flaky,omitempty"`
	Tried    []Attempt     `json:"tried"`
	Launches int           `json:"launches"`
	Took     time.Duration `json:"took_ns"`
	Bounded  string        `json:"bounded,omitempty"` // why it stopped early
}

// Fails says whether the failing side is proven.
func (p *Proof) Fails() bool { return !p.Flaky && p.FailsOf.proves() }

// Passes says whether the passing side is proven.
func (p *Proof) Passes() bool { return !p.Flaky && p.PassesOf.proves() }

// Prove makes the experiments. It always gives a proof, which says itself what it
// shows; it stops when ctx ends.
func Prove(ctx context.Context, q Question) *Proof {
	began := time.Now()
	if q.Bounds.Time > 0 {
		bounded, cancel := context.WithTimeout(ctx, q.Bounds.Time)
		defer cancel()
		ctx = bounded
	}
	l := newLab(q)
	p := &Proof{Facts: slices.Clone(q.Facts), Build: q.Build, Minimal: slices.Clone(q.Facts)}
	l.prove(ctx, q, p)
	if l.bounded == "" && l.short {
		l.bounded = BoundLaunches
	}
	p.Tried, p.Launches, p.Bounded, p.Took = l.tried, l.launches, l.bounded, time.Since(began)
	return p
}

func (l *lab) prove(ctx context.Context, q Question, p *Proof) {
	// Does it fail again? And without any of the facts?
	verdicts := l.once(ctx, q.Facts, nil)
	if verdicts[0] != Fails {
		p.FailsOf = l.repeated(ctx, q.Facts, Fails, enough)
		p.Flaky = verdicts[0] != Unresolved && p.FailsOf.Of > 0
		return
	}
	// What is the smallest set that fails? Launches are left for the rest.
	if verdicts[1] == Fails {
		p.Minimal, p.Exact = nil, true
	} else {
		l.reserve = 2 * enough
		p.Minimal, p.Exact = l.minimise(ctx, q.Facts)
		p.Exact = p.Exact && l.knows([][]deployment.Condition{nil})
		l.reserve = 0
	}
	// Does that fail always?
	p.FailsOf = l.repeated(ctx, p.Minimal, Fails, enough)
	if p.FailsOf.Same < p.FailsOf.Of {
		p.Flaky = true
		return
	}
	// Which remedy makes it pass? Where none is known, what may be taken away?
	unsteady := l.remedy(ctx, p, q.Remedies)
	remedies := q.Remedies
	if p.Passing == nil && q.Guesses != nil {
		guesses := q.Guesses(p.Minimal)
		unsteady = l.remedy(ctx, p, guesses) || unsteady
		remedies = slices.Concat(remedies, guesses)
	}
	// Does it take several at once?
	if p.Passing == nil {
		unsteady = l.together(ctx, p, remedies) || unsteady
	}
	if p.Remedy == nil {
		unsteady = l.without(ctx, p) || unsteady
	}
	p.Flaky = unsteady && !p.PassesOf.proves()
	// Is that all there is to it?
	if p.Remedy != nil {
		p.Whole = l.once(ctx, deployment.Override(q.Facts, p.Remedy...))[0]
	}
}

// remedy looks for the first remedy under which the smallest set always passes. A
// remedy that helps at times only is unsteady, and no proof.
func (l *lab) remedy(ctx context.Context, p *Proof, remedies []Remedy) (unsteady bool) {
	var sets [][]deployment.Condition
	var tried []Remedy
	for _, r := range remedies {
		set := deployment.Override(p.Minimal, r.Facts...)
		known := slices.ContainsFunc(sets, func(s []deployment.Condition) bool { return key(s) == key(set) })
		if len(r.Facts) > 0 && key(set) != key(p.Minimal) && !known {
			sets, tried = append(sets, set), append(tried, r)
		}
	}
	p.Proposed += len(sets)
	for len(sets) > 0 {
		i := l.firstOf(ctx, Passes, sets)
		if i < 0 {
			return unsteady
		}
		count := l.repeated(ctx, sets[i], Passes, enough)
		if count.Same == count.Of {
			p.Passing, p.PassesOf, p.Remedy, p.Rule = sets[i], count, tried[i].Facts, tried[i].Rule
			return unsteady
		}
		unsteady = true
		sets, tried = sets[i+1:], tried[i+1:]
	}
	return unsteady
}

// together tries all the remedies at once, of those that decide the same thing the
// first, and if that passes, the fewest of them that do: a failure may have several
// causes, each of which hides the next.
func (l *lab) together(ctx context.Context, p *Proof, remedies []Remedy) (unsteady bool) {
	var facts []deployment.Condition
	rule := ""
	for _, r := range remedies {
		if with := deployment.Override(facts, r.Facts...); len(with) == len(facts)+len(r.Facts) {
			facts, rule = with, cmp.Or(rule, r.Rule)
		}
	}
	under := func(facts []deployment.Condition) []deployment.Condition {
		return deployment.Override(p.Minimal, facts...)
	}
	if len(facts) < 2 || l.once(ctx, under(facts))[0] != Passes {
		return false
	}
	for i := len(facts) - 1; i >= 0 && len(facts) > 2; i-- {
		if fewer := slices.Concat(facts[:i], facts[i+1:]); l.once(ctx, under(fewer))[0] == Passes {
			facts = fewer
		}
	}
	count := l.repeated(ctx, under(facts), Passes, enough)
	if count.Same < count.Of {
		return true
	}
	p.Passing, p.PassesOf, p.Remedy, p.Rule = under(facts), count, facts, rule
	return false
}

// without shows that the smallest set passes without one of its facts, or without
// all of them.
func (l *lab) without(ctx context.Context, p *Proof) (unsteady bool) {
	var sets [][]deployment.Condition
	for i := range p.Minimal {
		sets = append(sets, slices.Concat(p.Minimal[:i], p.Minimal[i+1:]))
	}
	i := l.firstOf(ctx, Passes, sets)
	if i < 0 {
		return false
	}
	count := l.repeated(ctx, sets[i], Passes, enough)
	p.Passing, p.PassesOf, p.Without = sets[i], count, p.Minimal[i:i+1]
	if p.Passing == nil {
		p.Passing = []deployment.Condition{}
	}
	return count.Same < count.Of
}
