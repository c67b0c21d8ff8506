package gherkin

import (
	"bytes"
	"slices"

	messages "github.com/cucumber/messages/go/v21"
)

// nodes indexes the syntax tree of a file.
func (f *featureFile) nodes() *ast {
	a := &ast{scenarios: map[string]*messages.Scenario{}, rules: map[string]*messages.Rule{}, steps: map[string]*messages.Step{},
		rows: map[string]*messages.TableRow{}, number: map[string]int{}}
	for _, child := range f.doc.Feature.Children {
		a.background(child.Background)
		a.scenario(child.Scenario, nil)
		if child.Rule == nil {
			continue
		}
		for _, inner := range child.Rule.Children {
			a.background(inner.Background)
			a.scenario(inner.Scenario, child.Rule)
		}
	}
	return a
}

func (a *ast) background(b *messages.Background) {
	if b != nil {
		a.index(b.Steps)
	}
}

func (a *ast) scenario(sc *messages.Scenario, rule *messages.Rule) {
	if sc == nil {
		return
	}
	a.scenarios[sc.Id], a.rules[sc.Id] = sc, rule
	a.index(sc.Steps)
	n := 0
	for _, examples := range sc.Examples {
		for _, row := range examples.TableBody {
			n++
			a.rows[row.Id], a.number[row.Id] = row, n
		}
	}
}

func (a *ast) index(steps []*messages.Step) {
	for _, step := range steps {
		a.steps[step.Id] = step
	}
}

// index notes where the parts of the file begin.
func (f *featureFile) index() {
	part := func(b *messages.Background, s *messages.Scenario) {
		if b != nil {
			f.starts = append(f.starts, int(b.Location.Line))
		}
		if s != nil {
			f.starts = append(f.starts, firstLine(s.Location, s.Tags))
		}
	}
	for _, child := range f.doc.Feature.Children {
		part(child.Background, child.Scenario)
		if child.Rule != nil {
			f.starts = append(f.starts, firstLine(child.Rule.Location, child.Rule.Tags))
			for _, inner := range child.Rule.Children {
				part(inner.Background, inner.Scenario)
			}
		}
	}
	slices.Sort(f.starts)
}

// firstLine is the line of the tags above a keyword, or of the keyword.
func firstLine(at *messages.Location, tags []*messages.Tag) int {
	line := int(at.Line)
	for _, tag := range tags {
		line = min(line, int(tag.Location.Line))
	}
	return line
}

// endOf is the last line of the part that begins at a line.
func (f *featureFile) endOf(start int) int {
	if i, _ := slices.BinarySearch(f.starts, start+1); i < len(f.starts) {
		return f.starts[i] - 1
	}
	return bytes.Count(f.content, []byte("\n")) + 1
}

// only gives the content of the file with everything but these of its scenarios
// emptied. Lines keep their numbers: godog has no way to run some scenarios of a
// file, so it is given a file that has no others.
func (f *featureFile) only(keep []Scenario) []byte {
	lines := bytes.Split(f.content, []byte("\n"))
	clear := func(from, to int) {
		for i := from; i <= min(to, len(lines)); i++ {
			lines[i-1] = nil
		}
	}
	for _, s := range f.all {
		kept := slices.ContainsFunc(keep, func(k Scenario) bool { return k.Line == s.Line })
		sibling := slices.ContainsFunc(keep, func(k Scenario) bool { return k.from == s.from })
		switch {
		case kept:
		case sibling:
			clear(s.row, s.row)
		default:
			clear(s.from, s.to)
		}
	}
	return bytes.Join(lines, []byte("\n"))
}
