package experiment

import (
	"context"
	"slices"

	"github.com/seatrial/seatrial/harness/deployment"
)

// minimise gives a smallest part of the facts that still fails: take any one of
// them away, and it does not. It is ddmin; where the bounds end it, the set may
// be smaller than what it gives, and minimal is false.
func (l *lab) minimise(ctx context.Context, facts []deployment.Condition) (smallest []deployment.Condition, minimal bool) {
	smallest = slices.Clone(facts)
	for n := 2; len(smallest) > 1; {
		parts := split(smallest, n)
		var rests [][]deployment.Condition
		if n > 2 { // the rests of two parts are the parts
			for i := range parts {
				rests = append(rests, slices.Concat(slices.Concat(parts[:i]...), slices.Concat(parts[i+1:]...)))
			}
		}
		part, rest := l.firstOf(ctx, Fails, parts), -1
		if part < 0 {
			rest = l.firstOf(ctx, Fails, rests)
		}
		switch {
		case part >= 0:
			smallest, n = parts[part], 2
		case rest >= 0:
			smallest, n = rests[rest], max(n-1, 2)
		case n >= len(smallest):
			return smallest, l.knows(slices.Concat(parts, rests))
		default:
			n = min(2*n, len(smallest))
		}
	}
	return smallest, true
}

// knows says whether each of the sets was tried.
func (l *lab) knows(sets [][]deployment.Condition) bool {
	return !slices.ContainsFunc(sets, func(s []deployment.Condition) bool { return len(l.seen[key(s)]) == 0 })
}

// split cuts the facts into n parts that are as equal as can be.
func split(facts []deployment.Condition, n int) [][]deployment.Condition {
	var parts [][]deployment.Condition
	for i := range n {
		parts = append(parts, facts[i*len(facts)/n:(i+1)*len(facts)/n])
	}
	return parts
}
