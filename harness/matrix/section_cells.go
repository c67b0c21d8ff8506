package matrix

import "slices"

// cells expands what was read, and makes cells of it.
func (m *matrixReader) cells() ([]Cell, []Excluded) {
	if !m.ok {
		return nil, nil
	}
	if size := productSize(m.axes); size > maxProduct {
		m.problemf(m.node, "take values away, or split the file",
			"the axes make more than %d combinations; a matrix may have %d cells", maxProduct, MaxCells)
		return nil, nil
	}
	if len(m.declared) == 0 {
		m.declared = defaultAxes()
	}
	kept, dropped := Expand(m.axes, valuesOf(m.exclude), valuesOf(m.include))
	switch {
	case len(kept) > MaxCells:
		m.problemf(m.node, "take values away, exclude combinations, or split the file",
			"the matrix has %d cells; it may have %d, as on GitHub", len(kept), MaxCells)
		return nil, nil
	case len(kept) == 0:
		m.problemf(m.exclude[0].node, "keep at least one combination, or add one under include", "matrix.exclude drops every cell")
		return nil, nil
	}
	cells := m.keep(kept)
	return cells, m.drop(dropped, cells)
}

func valuesOf(rules []rule) []Combination {
	values := make([]Combination, len(rules))
	for i, r := range rules {
		values[i] = r.values
	}
	return values
}

func (m *matrixReader) keep(kept []Kept) []Cell {
	cells := make([]Cell, 0, len(kept))
	lines := map[string]int{}
	for _, k := range kept {
		c := newCell(k.Values, m.declared, m.arch, m.node.Line)
		for _, i := range k.Includes {
			entry := m.include[i]
			c.Line = entry.node.Line
			if entry.skip != "" {
				c.Skip = entry.skip
			}
			if entry.expect != nil {
				own := *entry.expect
				c.Expect = &own
			}
		}
		if line, twice := lines[c.Name]; twice {
			m.problemf(m.include[k.Includes[len(k.Includes)-1]].node, "take one of the two away",
				"the cell %s is there already, from line %d", c.Name, line)
			continue
		}
		lines[c.Name] = c.Line
		cells = append(cells, c)
	}
	return cells
}

// drop lists the excluded combinations, but for those that an include entry
// added again: they are run after all.
func (m *matrixReader) drop(dropped []Dropped, cells []Cell) []Excluded {
	var excluded []Excluded
	for _, d := range dropped {
		rule := m.exclude[d.Exclude]
		c := newCell(d.Values, m.declared, m.arch, rule.node.Line)
		if !slices.ContainsFunc(cells, func(other Cell) bool { return other.Name == c.Name }) {
			excluded = append(excluded, Excluded{Cell: c, Reason: rule.reason})
		}
	}
	return excluded
}
