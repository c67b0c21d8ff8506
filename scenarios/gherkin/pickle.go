package gherkin

import (
	"fmt"
	"slices"
	"strings"

	cucumber "github.com/cucumber/gherkin/go/v26"
	messages "github.com/cucumber/messages/go/v21"
)

// ast finds the nodes of a feature file by id, which is how the scenarios that
// the parser expands from it (it calls them pickles) refer to them.
type ast struct {
	scenarios map[string]*messages.Scenario
	rules     map[string]*messages.Rule // by the id of a scenario inside
	steps     map[string]*messages.Step
	rows      map[string]*messages.TableRow
	number    map[string]int // of the rows of an outline, from 1
}

// add plans the scenarios of a file.
func (p *Plan) add(f *featureFile) Problems {
	a := f.nodes()
	problems := f.checkTags(a)
	pickles := cucumber.Pickles(*f.doc, f.name, (&messages.Incrementing{}).NewId)
	if len(pickles) == 0 {
		return append(problems, Problem{File: f.name, Line: int(f.doc.Feature.Location.Line),
			Message: fmt.Sprintf("feature %q has no scenarios", f.doc.Feature.Name)})
	}
	rows := map[string]int{} // the rows of an outline that share a name
	for _, pickle := range pickles {
		rows[pickle.AstNodeIds[0]+"\n"+pickle.Name]++
	}
	taken := map[string]Scenario{}
	for _, pickle := range pickles {
		s := f.scenario(a, pickle)
		if len(s.Steps) == 0 {
			problems = append(problems, Problem{File: f.name, Line: s.Line, Message: fmt.Sprintf("scenario %q has no steps", s.Name)})
		}
		if s.Name == "" {
			problems = append(problems, Problem{File: f.name, Line: s.from, Message: "scenario has no name"})
		}
		if s.row > 0 && rows[pickle.AstNodeIds[0]+"\n"+pickle.Name] > 1 || s.row > 0 && !strings.Contains(a.scenarios[pickle.AstNodeIds[0]].Name, "<") {
			row := pickle.AstNodeIds[1]
			s.Name += fmt.Sprintf(" (#%d: %s)", a.number[row], rowValues(a.rows[row]))
		}
		if first, twice := taken[s.Name]; twice {
			problems = append(problems, Problem{File: f.name, Line: s.Line,
				Message: fmt.Sprintf("scenario %q has the name of the one at line %d", s.Name, first.Line),
				Hint:    "give it a distinct name"})
		}
		taken[s.Name] = s
		f.all = append(f.all, s)
	}
	p.Scenarios = append(p.Scenarios, f.all...)
	for id, sc := range a.scenarios {
		if len(sc.Examples) > 0 && !slices.ContainsFunc(pickles, func(p *messages.Pickle) bool { return p.AstNodeIds[0] == id }) {
			problems = append(problems, Problem{File: f.name, Line: int(sc.Location.Line), Message: fmt.Sprintf("outline %q has no example rows", sc.Name)})
		}
	}
	return problems
}

func (f *featureFile) scenario(a *ast, pickle *messages.Pickle) Scenario {
	node := a.scenarios[pickle.AstNodeIds[0]]
	s := Scenario{Feature: f.doc.Feature.Name, Name: strings.TrimSpace(pickle.Name), File: f.name,
		Line: int(node.Location.Line), Language: pickle.Language}
	s.from = firstLine(node.Location, node.Tags)
	s.to = f.endOf(s.from)
	if rule := a.rules[node.Id]; rule != nil {
		s.Rule = rule.Name
	}
	if len(pickle.AstNodeIds) > 1 {
		s.row = int(a.rows[pickle.AstNodeIds[1]].Location.Line)
		s.Line = s.row
	}
	for _, tag := range pickle.Tags {
		if !slices.Contains(s.Tags, tag.Name) {
			s.Tags = append(s.Tags, tag.Name)
		}
	}
	for _, step := range pickle.Steps {
		from := a.steps[step.AstNodeIds[0]]
		var below any
		planned := Step{Keyword: strings.TrimSpace(from.Keyword), Text: step.Text, Line: int(from.Location.Line)}
		switch {
		case from.DataTable != nil:
			planned.Data, below = TableData, fromGodog(step.Argument.DataTable)
		case from.DocString != nil:
			planned.Data, below = DocStringData, fromGodog(step.Argument.DocString)
		}
		s.Steps, s.data = append(s.Steps, planned), append(s.data, below)
	}
	return s
}

// entitle makes the titles unlike each other.
func (p *Plan) entitle() {
	count := map[string]int{}
	for _, s := range p.Scenarios {
		count[s.Name]++
	}
	taken := map[string]bool{}
	for i := range p.Scenarios {
		s := &p.Scenarios[i]
		s.Title = s.Name
		if count[s.Name] > 1 {
			s.Title = s.Feature + ": " + s.Name
		}
		if taken[s.Title] { // two features of one name
			s.Title += " (" + s.Ref() + ")"
		}
		taken[s.Title] = true
	}
}

func rowValues(row *messages.TableRow) string {
	const longest = 60
	var values []string
	for _, cell := range row.Cells {
		values = append(values, cell.Value)
	}
	text := []rune(strings.Join(strings.Fields(strings.Join(values, ", ")), " "))
	if len(text) > longest {
		text = append(text[:longest-1], '…')
	}
	return string(text)
}

// checkTags finds tags that no tag expression could name.
func (f *featureFile) checkTags(a *ast) Problems {
	var problems Problems
	check := func(tags []*messages.Tag) {
		for _, tag := range tags {
			if strings.ContainsAny(tag.Name[1:], ",~&|!") {
				problems = append(problems, Problem{File: f.name, Line: int(tag.Location.Line), Column: int(tag.Location.Column),
					Message: fmt.Sprintf("%s is not a tag", tag.Name), Hint: "put a space between two tags; none of , ~ & | ! in a tag"})
			}
		}
	}
	check(f.doc.Feature.Tags)
	for _, child := range f.doc.Feature.Children {
		if child.Rule != nil {
			check(child.Rule.Tags)
		}
	}
	for _, sc := range a.scenarios {
		check(sc.Tags)
		for _, examples := range sc.Examples {
			check(examples.Tags)
		}
	}
	return append(problems, f.emptyTags(a)...)
}

// emptyTags finds lines with an @ and no tag, which the parser lets pass.
func (f *featureFile) emptyTags(a *ast) Problems {
	text := map[int]bool{} // the lines of doc strings, which may hold anything
	for _, step := range a.steps {
		if doc := step.DocString; doc != nil {
			for i := range strings.Count(doc.Content, "\n") + 1 {
				text[int(doc.Location.Line)+1+i] = true
			}
		}
	}
	var problems Problems
	for i, line := range strings.Split(string(f.content), "\n") {
		tags, _, _ := strings.Cut(line, "#")
		if strings.Contains(tags, "@") && strings.Trim(tags, "@ \t\r") == "" && !text[i+1] {
			problems = append(problems, Problem{File: f.name, Line: i + 1, Message: "@ without a tag"})
		}
	}
	return problems
}
