package matrix

import (
	"fmt"

	"go.yaml.in/yaml/v3"
)

// smokeEntry is a selector with where its values stand.
type smokeEntry struct {
	node     *yaml.Node
	selector Selector
	at       map[string]*yaml.Node
}

func (r *reader) smoke(n *yaml.Node) []smokeEntry {
	items, _ := r.list(n, "smoke", "[{go: stable}]")
	var entries []smokeEntry
	for _, item := range items {
		before := r.count
		e := smokeEntry{node: item, selector: Selector{}, at: map[string]*yaml.Node{}}
		var fields []field
		for _, key := range axisKeys() {
			fields = append(fields, field{key, func(v *yaml.Node) {
				if value, ok := r.value(key, v); ok {
					e.selector[key], e.at[key] = value, v
				}
			}})
		}
		r.object(item, "an entry of smoke", fields)
		if r.count == before && len(e.selector) == 0 {
			r.problemf(item, "write axes and values, such as {go: stable}", "an entry of smoke is empty")
		}
		if r.count == before {
			entries = append(entries, e)
		}
	}
	return entries
}

// matchSmoke refuses entries that match no cell.
func (r *reader) matchSmoke(f *File, entries []smokeEntry) []Selector {
	var selectors []Selector
	for _, e := range entries {
		before := r.count
		for _, key := range axisKeys() {
			if value, ok := e.selector[key]; ok {
				if why := f.missing(key, value); why != nil {
					r.problemf(e.at[key], why.hint, "an entry of smoke matches nothing: %s", why.message)
				}
			}
		}
		if r.count == before && len(f.matching([]Selector{e.selector})) == 0 {
			r.problemf(e.node, fmt.Sprintf("smoke chooses among the %d cells of the matrix", len(f.Cells)),
				"an entry of smoke matches nothing: %s", f.noCell(e.selector))
		}
		selectors = append(selectors, e.selector)
	}
	return selectors
}
