package matrix

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Selector is a partial choice of axis values; it selects the cells that have
// all of them. A value may be written as in cell names (linux-amd64, none).
type Selector map[string]string

// Matches says whether the cell has every value of the selector, of declared
// axes or not. An empty selector matches every cell.
func (s Selector) Matches(c Cell) bool {
	for key, want := range s {
		if c.field(key) == nil || !sameValue(c.Value(key), want) {
			return false
		}
	}
	return true
}

// String writes the selector as ParseSelectors reads it: "go=1.22/mod=vendor".
func (s Selector) String() string {
	var parts []string
	for _, key := range axisKeys() {
		if value, ok := s[key]; ok {
			parts = append(parts, key+"="+nameForm(value))
		}
	}
	return strings.Join(parts, "/")
}

func sameValue(value, want string) bool {
	return value == want || nameForm(value) == want
}

// ParseSelectors reads the arguments of --matrix. Each is one pair as the tool
// act takes it ("go:1.22"), or the name of a cell or some of its pairs
// ("go=1.22/target=linux-amd64"). Several values of one axis are alternatives,
// different axes must hold together, and so must names and pairs. The result
// matches a cell if any of its selectors does; no arguments give no selectors.
//
// It refuses unknown axes; whether the values exist is for [File.Select] to say.
func ParseSelectors(args []string) ([]Selector, error) {
	groups := map[string][]Selector{} // alternatives by axis; whole names under ""
	var errs []error
	for _, arg := range args {
		selector, err := parseSelector(strings.TrimSpace(arg))
		if err != nil {
			errs = append(errs, fmt.Errorf("read selector %s: %w", quote(arg), err))
			continue
		}
		group := ""
		if len(selector) == 1 {
			for axis := range selector { // the only one
				group = axis
			}
		}
		if !slices.ContainsFunc(groups[group], func(s Selector) bool { return maps.Equal(s, selector) }) {
			groups[group] = append(groups[group], selector)
		}
	}
	if len(errs) > 0 || len(groups) == 0 {
		return nil, errors.Join(errs...)
	}

	selectors := []Selector{{}}
	for _, group := range append([]string{""}, axisKeys()...) {
		alternatives, ok := groups[group]
		if !ok {
			continue
		}
		if len(selectors)*len(alternatives) > maxProduct {
			return nil, fmt.Errorf("read selectors: more than %d combinations", maxProduct)
		}
		if selectors = combine(selectors, alternatives); len(selectors) == 0 {
			return nil, fmt.Errorf("read selectors %s: they contradict each other", quote(strings.Join(args, " ")))
		}
	}
	return selectors, nil
}

func parseSelector(arg string) (Selector, error) {
	selector := Selector{}
	for _, part := range selectorParts(arg) {
		at := strings.IndexAny(part, ":=")
		if at < 0 {
			return nil, errors.New(`no value (write AXIS:VALUE, such as "go:1.22")`)
		}
		key := strings.TrimSpace(part[:at])
		if (&Cell{}).field(key) == nil {
			return nil, fmt.Errorf("unknown axis %s (%s)", quote(key), suggest(key, axisKeys()))
		}
		value := strings.TrimSpace(part[at+1:])
		if (key == axisTags || key == axisConditions) && value == noTags {
			value = ""
		}
		if canonical, bad := axisValue(key, value); bad == nil {
			value = canonical // otherwise it may be a name form, or it matches nothing
		}
		if _, twice := selector[key]; twice {
			return nil, fmt.Errorf("axis %q appears twice", key)
		}
		selector[key] = value
	}
	return selector, nil
}

// selectorParts splits a cell name at its slashes, and leaves whole a value
// that has one, as in "target=linux/amd64".
func selectorParts(arg string) []string {
	var parts []string
	for piece := range strings.SplitSeq(arg, "/") {
		if len(parts) > 0 && !strings.Contains(piece, "=") {
			parts[len(parts)-1] += "/" + piece
			continue
		}
		parts = append(parts, piece)
	}
	return parts
}

func combine(selectors, alternatives []Selector) []Selector {
	var out []Selector
	for _, s := range selectors {
		for _, a := range alternatives {
			if merged, ok := merge(s, a); ok {
				out = append(out, merged)
			}
		}
	}
	return out
}

func merge(a, b Selector) (Selector, bool) {
	out := maps.Clone(a)
	for key, value := range b {
		if old, ok := out[key]; ok && old != value && !sameValue(old, value) && !sameValue(value, old) {
			return nil, false
		}
		out[key] = value
	}
	return out, true
}

// Select gives the cells that any of the selectors matches, in the order of
// the file; without selectors all of them. It is an error to name a value that
// no cell has, and to select no cell at all.
func (f *File) Select(selectors []Selector) ([]Cell, error) {
	if len(selectors) == 0 {
		return slices.Clone(f.Cells), nil
	}
	var errs []error
	seen := map[string]bool{}
	for _, s := range selectors {
		for _, key := range slices.Sorted(maps.Keys(s)) {
			why := f.missing(key, s[key])
			if why != nil && !seen[key+"="+s[key]] {
				seen[key+"="+s[key]] = true
				errs = append(errs, fmt.Errorf("select cells: %s (%s)", why.message, why.hint))
			}
		}
	}
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	cells := f.matching(selectors)
	if len(cells) == 0 {
		return nil, fmt.Errorf("select cells: %s", f.noCell(selectors[0]))
	}
	return cells, nil
}

// SmokeCells is the small slice to run often: the cells that an entry of
// "smoke" matches. Without entries it is the first cell that a container can
// run here, which has no skip and the target linux on File.Arch; or else the
// first without a skip; or else none.
func (f *File) SmokeCells() []Cell {
	if len(f.Smoke) > 0 {
		return f.matching(f.Smoke)
	}
	for _, target := range []string{"linux/" + f.Arch, ""} {
		for _, c := range f.Cells {
			if c.Skip == "" && (target == "" || c.Target == target) {
				return []Cell{c}
			}
		}
	}
	return nil
}

func (f *File) matching(selectors []Selector) []Cell {
	var cells []Cell
	for _, c := range f.Cells {
		if slices.ContainsFunc(selectors, func(s Selector) bool { return s.Matches(c) }) {
			cells = append(cells, c)
		}
	}
	return cells
}

// missing explains that no cell has a value of an axis; nil: one has.
func (f *File) missing(key, value string) *fault {
	if (&Cell{}).field(key) == nil {
		return &fault{fmt.Sprintf("unknown axis %s", quote(key)), suggest(key, axisKeys())}
	}
	var values []string
	for _, c := range f.Cells {
		if sameValue(c.Value(key), value) {
			return nil
		}
		if !slices.Contains(values, c.Value(key)) {
			values = append(values, c.Value(key))
		}
	}
	return &fault{fmt.Sprintf("no cell has %s %s", key, quote(value)), suggest(value, values)}
}

// noCell says that a selector whose values all exist selects nothing, and names
// the exclusion if that is why.
func (f *File) noCell(s Selector) string {
	for _, e := range f.Excluded {
		if s.Matches(e.Cell) {
			return fmt.Sprintf("%s is excluded: %s", s, e.Reason)
		}
	}
	return fmt.Sprintf("no cell is %s", s)
}
