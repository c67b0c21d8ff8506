package gherkin

import (
	"bytes"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"
)

// Plan is a set of scenarios to run. It is not changed once loaded: narrowing
// it gives another plan.
type Plan struct {
	Scenarios []Scenario
	files     []*featureFile
}

// Scenario is one scenario, or one row of a scenario outline.
type Scenario struct {
	Feature string
	Rule    string // "" outside of a Rule
	// Name is unlike that of every other scenario of its feature. A row of an
	// outline has its number and values added unless a <parameter> in the name
	// already tells it from the other rows.
	Name string
	// Title is Name, with the feature before it if another feature has a scenario
	// of the same name: unlike every other of the plan.
	Title    string
	File     string
	Line     int      // of the scenario's keyword, or of the row
	Tags     []string // with @, inherited ones included, each once
	Steps    []Step   // those of the backgrounds first
	Language string   // as in `# language: zh-CN`; "en" without one

	data     []any // below each step: a *Table, a *DocString or nil
	from, to int   // the lines of the whole scenario, outline included
	row      int   // the line of the row, 0 outside of outlines
}

// Step is one step of a scenario, with the values of its row filled in.
type Step struct {
	Keyword string // as written: Given, And, *, 假如
	Text    string
	Line    int
	Data    Data // what stands below it
}

// Ref is the scenario's address, which [Plan.Only] takes: features/static.feature:12.
func (s Scenario) Ref() string { return s.File + ":" + strconv.Itoa(s.Line) }

// with gives the plan of only some scenarios.
func (p *Plan) with(keep func(Scenario) bool) *Plan {
	out := &Plan{files: p.files}
	for _, s := range p.Scenarios {
		if keep(s) {
			out.Scenarios = append(out.Scenarios, s)
		}
	}
	return out
}

// Tags gives every tag of the plan once, sorted.
func (p *Plan) Tags() []string {
	var tags []string
	for _, s := range p.Scenarios {
		tags = append(tags, s.Tags...)
	}
	slices.Sort(tags)
	return slices.Compact(tags)
}

// Filter keeps the scenarios whose tags satisfy an expression, see [ParseTags].
// A tag that no scenario has, and an expression that no scenario satisfies, are errors.
func (p *Plan) Filter(expression string) (*Plan, error) {
	expr, err := ParseTags(expression)
	if err != nil {
		return nil, err
	}
	known := p.Tags()
	for _, tag := range expr.literals() {
		if !slices.Contains(known, tag.text) {
			hint := "the scenarios have " + listOr(known, "no tags")
			if near := nearest(tag.text, known, 1); len(near) > 0 {
				hint = "did you mean " + near[0] + "? " + hint
			}
			return nil, &TagError{expression, tag.at, "no scenario has the tag " + tag.text, hint}
		}
	}
	out := p.with(func(s Scenario) bool { return expr.Eval(s.Tags) })
	if len(out.Scenarios) == 0 {
		return nil, fmt.Errorf("select scenarios by tags %q: none of %d matches; their tags: %s",
			expression, len(p.Scenarios), listOr(known, "none"))
	}
	return out, nil
}

// Only keeps the scenarios that the references name, in the order of the plan.
func (p *Plan) Only(refs ...string) (*Plan, error) {
	chosen := map[string]bool{}
	var problems mistakes
	for _, ref := range refs {
		found, err := p.Locate(ref)
		problems.add(err)
		for _, s := range found {
			chosen[s.Ref()] = true
		}
	}
	if err := problems.err(); err != nil {
		return nil, err
	}
	if len(chosen) == 0 {
		return nil, fmt.Errorf("select scenarios: no reference given")
	}
	return p.with(func(s Scenario) bool { return chosen[s.Ref()] }), nil
}

// Locate finds the scenarios that a reference names: `file:line` is the scenario,
// or the row of an outline, that the line stands in (on the outline's steps, all
// of its rows; above the first scenario, that one; beyond the end, none); `file`
// alone is all of the file. The file may be shortened to its last elements, as in static.feature:12.
func (p *Plan) Locate(ref string) ([]Scenario, error) {
	file, line, err := splitRef(ref)
	if err != nil {
		return nil, err
	}
	names := p.fileNames(file)
	if len(names) != 1 {
		all := p.fileNames("")
		switch near := nearest(file, all, 1); {
		case len(names) > 1:
			return nil, fmt.Errorf("find scenario %s: more than one such file: %s", ref, strings.Join(names, ", "))
		case len(near) > 0:
			return nil, fmt.Errorf("find scenario %s: no file %s; did you mean %s?", ref, file, near[0])
		}
		return nil, fmt.Errorf("find scenario %s: no file %s; there are %s", ref, file, listOr(all, "none"))
	}
	in := p.with(func(s Scenario) bool { return s.File == names[0] }).Scenarios
	if line == 0 {
		return in, nil
	}
	found := nearestTo(in, line)
	// A line that the file does not have is a slip, or an address of another
	// version of the file: to run some other scenario would mislead.
	if last := p.lastLine(names[0]); line > last {
		s := found[len(found)-1]
		return nil, fmt.Errorf("find scenario %s: the file ends at line %d; the nearest scenario is %s (%s)", ref, last, s.Ref(), s.Name)
	}
	return found, nil
}

// lastLine is the number of lines of a file.
func (p *Plan) lastLine(name string) int {
	for _, f := range p.files {
		if f.name == name {
			return bytes.Count(bytes.TrimSuffix(f.content, []byte("\n")), []byte("\n")) + 1
		}
	}
	return 0
}

// nearestTo gives the scenario that holds the line, or the one before it, or
// the first; with the other rows of its outline unless the line is that of a row.
func nearestTo(in []Scenario, line int) []Scenario {
	best := in[0]
	for _, s := range in {
		if s.row == line {
			return []Scenario{s}
		}
		if s.from <= line {
			best = s
		}
	}
	return slices.DeleteFunc(slices.Clone(in), func(s Scenario) bool { return s.from != best.from })
}

func splitRef(ref string) (file string, line int, err error) {
	at := strings.LastIndexByte(ref, ':')
	if at < 0 || strings.HasSuffix(ref, ".feature") {
		return ref, 0, nil
	}
	line, err = strconv.Atoi(ref[at+1:])
	if err != nil || line < 1 {
		return "", 0, fmt.Errorf("find scenario %s: want file:line, as in features/static.feature:12", ref)
	}
	return ref[:at], line, nil
}

// fileNames gives the files of the plan that the name can mean; "" is any.
func (p *Plan) fileNames(name string) []string {
	var names []string
	for _, s := range p.Scenarios {
		if !slices.Contains(names, s.File) {
			names = append(names, s.File)
		}
	}
	if name == "" {
		return names
	}
	name = path.Clean(strings.ReplaceAll(name, `\`, "/"))
	if slices.Contains(names, name) {
		return []string{name}
	}
	return slices.DeleteFunc(names, func(n string) bool { return !strings.HasSuffix(n, "/"+name) })
}

func listOr(texts []string, none string) string {
	if len(texts) == 0 {
		return none
	}
	return strings.Join(texts, ", ")
}
