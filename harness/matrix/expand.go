package matrix

import (
	"maps"
	"math"
)

// MaxCells is how many cells a matrix may have: GitHub's limit on the jobs of
// one matrix.
const MaxCells = 256

// maxProduct bounds the combinations before exclusion, so that a file of a few
// lines cannot ask for more memory than there is.
const maxProduct = 1 << 16

// AxisValues is an axis as declared: its key and its values in order.
type AxisValues struct {
	Key    string
	Values []string
}

// Combination is a full or partial choice of values by key.
type Combination map[string]string

// Kept is a combination that [Expand] yields.
type Kept struct {
	Values Combination
	// Added is set if an include entry made it, rather than the axes.
	Added bool
	// Includes are the indexes of the include entries that extended or made it,
	// in order.
	Includes []int
}

// Dropped is a combination of the axes that an exclude entry took out.
type Dropped struct {
	Values  Combination
	Exclude int // index of the first entry that matched it
}

// Expand applies the semantics of GitHub Actions' strategy.matrix ("Expanding
// or adding matrix configurations" and "Excluding matrix configurations" in
// GitHub's workflow documentation):
//
//  1. The axes make their product, the first axis varying slowest. No axes make
//     no combination (an include-only matrix), not one empty combination.
//  2. A combination is dropped if it has all the pairs of an exclude entry.
//  3. Include entries come after exclusion, in order. One is merged into every
//     combination of the product of which it would overwrite no axis value;
//     keys that earlier entries brought may be overwritten. If there is no such
//     combination the entry is added as a combination of its own, which later
//     entries do not extend.
//
// Keys may be anything; that they are known is for the caller to check, and so
// is that the product is of a bearable size.
func Expand(axes []AxisValues, exclude, include []Combination) ([]Kept, []Dropped) {
	var kept []Kept
	var dropped []Dropped
	for _, values := range product(axes) {
		if i := firstMatch(values, exclude); i >= 0 {
			dropped = append(dropped, Dropped{Values: values, Exclude: i})
			continue
		}
		kept = append(kept, Kept{Values: values})
	}

	isAxis := make(map[string]bool, len(axes))
	for _, a := range axes {
		isAxis[a.Key] = true
	}
	base := len(kept)
	for i, entry := range include {
		merged := false
		for k := range kept[:base] {
			if !overwrites(kept[k].Values, entry, isAxis) {
				maps.Copy(kept[k].Values, entry)
				kept[k].Includes = append(kept[k].Includes, i)
				merged = true
			}
		}
		if !merged {
			kept = append(kept, Kept{Values: maps.Clone(entry), Added: true, Includes: []int{i}})
		}
	}
	return kept, dropped
}

func product(axes []AxisValues) []Combination {
	if len(axes) == 0 {
		return nil
	}
	combinations := []Combination{{}}
	for _, axis := range axes {
		next := make([]Combination, 0, len(combinations)*len(axis.Values))
		for _, c := range combinations {
			for _, value := range axis.Values {
				grown := maps.Clone(c)
				grown[axis.Key] = value
				next = append(next, grown)
			}
		}
		combinations = next
	}
	return combinations
}

// productSize counts without making; it stops at the largest int.
func productSize(axes []AxisValues) int {
	if len(axes) == 0 {
		return 0
	}
	size := 1
	for _, a := range axes {
		if n := len(a.Values); n > 0 && size > math.MaxInt/n {
			return math.MaxInt
		}
		size *= len(a.Values)
	}
	return size
}

func firstMatch(values Combination, exclude []Combination) int {
	for i, entry := range exclude {
		if contains(values, entry) {
			return i
		}
	}
	return -1
}

func contains(values, part Combination) bool {
	for key, want := range part {
		if got, ok := values[key]; !ok || got != want {
			return false
		}
	}
	return true
}

func overwrites(values, entry Combination, isAxis map[string]bool) bool {
	for key, value := range entry {
		if isAxis[key] && values[key] != value {
			return true
		}
	}
	return false
}
