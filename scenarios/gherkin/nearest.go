package gherkin

import (
	"cmp"
	"maps"
	"slices"
	"strings"
)

// distance is the Levenshtein distance of two texts in runes.
func distance(a, b string) int {
	ra, rb := []rune(a), []rune(b)
	row := make([]int, len(rb)+1)
	for j := range row {
		row[j] = j
	}
	for i, x := range ra {
		diagonal := row[0]
		row[0] = i + 1
		for j, y := range rb {
			cost := diagonal
			if x != y {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(rb)]
}

// nearest gives up to n of the candidates that resemble text, the nearest first.
func nearest(text string, candidates []string, n int) []string {
	type scored struct {
		text string
		d    int
	}
	var near []scored
	for _, c := range candidates {
		d := distance(strings.ToLower(text), strings.ToLower(c))
		if longest := max(len([]rune(text)), len([]rune(c))); d*2 <= longest {
			near = append(near, scored{c, d})
		}
	}
	slices.SortStableFunc(near, func(a, b scored) int { return cmp.Compare(a.d, b.d) })
	var out []string
	for _, s := range near {
		if len(out) == n {
			break
		}
		out = append(out, s.text)
	}
	return out
}

// nearestHint is ": did you mean {path}?" or nothing.
func nearestHint(text string, candidates []string, open, end string) string {
	near := nearest(text, candidates, 1)
	if len(near) == 0 {
		return ""
	}
	return ": did you mean " + open + near[0] + end + "?"
}

func sortedKeys[V any](m map[string]V) []string {
	return slices.Sorted(maps.Keys(m))
}
