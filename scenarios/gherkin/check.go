package gherkin

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Check matches every step of the plan and converts its parameters, and gives
// everything that is wrong at once, as [Problems]: steps that no sentence
// matches, that more than one matches, whose values are out of range, or that
// have or lack a table or a text below them. A step shared by several scenarios
// (a background's) is reported once.
func (c *Catalogue) Check(p *Plan) error {
	type place struct {
		file, text string
		line       int
	}
	var problems Problems
	seen := map[place]bool{}
	for _, s := range p.Scenarios {
		for _, step := range s.Steps {
			at := place{s.File, step.Text, step.Line}
			if seen[at] {
				continue
			}
			seen[at] = true
			if message, hint := c.checkStep(s, step); message != "" {
				problems = append(problems, Problem{File: s.File, Line: step.Line, Message: message, Hint: hint})
			}
		}
	}
	return problems.err()
}

func (c *Catalogue) checkStep(s Scenario, step Step) (message, hint string) {
	found := c.matching(step.Text)
	switch len(found) {
	case 0:
		hint := "or write it:\n" + c.Snippet(step)
		if near := c.Suggest(step.Text); len(near) > 0 {
			hint = "did you mean: " + strings.Join(near, "\n              ") + "\n" + hint
		}
		return fmt.Sprintf("no sentence for %q", step.Text), hint
	case 1:
	default:
		return fmt.Sprintf("%q is ambiguous", step.Text), "it matches " + quoteAll(sources(found))
	}
	f := found[0]
	if _, err := f.arguments(f.captures); err != nil {
		return fmt.Sprintf("%q: %v", step.Text, err), ""
	}
	if want := f.sentence.signature.data; want != step.Data {
		return fmt.Sprintf("%q has %v below it, the sentence wants %v", step.Text, step.Data, want), ""
	}
	return "", ""
}

// suggestions is how many sentences a hint names.
const suggestions = 3

// Suggest gives the examples of up to three sentences that resemble a step, the
// nearest first. Values do not count: only the words around them are compared.
func (c *Catalogue) Suggest(text string) []string {
	type scored struct {
		example string
		score   float64
	}
	var all []scored
	plain := abstract(text)
	for _, s := range c.sentences {
		best := scored{score: 1}
		for _, example := range []string{s.ExampleEN, s.ExampleZH} {
			if example == "" {
				continue
			}
			form := abstract(example)
			longest := max(len([]rune(plain)), len([]rune(form)), 1)
			if score := float64(distance(plain, form)) / float64(longest); score < best.score {
				best = scored{example, score}
			}
		}
		const tooFar = 0.55
		if best.score <= tooFar {
			all = append(all, best)
		}
	}
	slices.SortStableFunc(all, func(a, b scored) int { return cmp.Compare(a.score, b.score) })
	var out []string
	for _, s := range all[:min(len(all), suggestions)] {
		out = append(out, s.example)
	}
	return out
}

// valueLike finds what is probably a parameter in the text of a step.
var valueLike = regexp.MustCompile(quoted + `|https?://[^\s，。；、]+|` + durationRegexp + `|` + sizeRegexp +
	`|\b\d+(?:\.\d+)?\b|\d+|[.~$]?/[A-Za-z0-9_.~$/{}-]*`)

// abstract gives the words of a step without values, spaces and capitals.
func abstract(text string) string {
	text = valueLike.ReplaceAllString(text, "□")
	return strings.ToLower(strings.Join(strings.Fields(text), ""))
}

// Snippet is a Go composite literal of a [Sentence] that matches the step and
// that compiles in a file which imports this package, context and errors (and
// time, if the step has a duration).
func (c *Catalogue) Snippet(step Step) string {
	pattern, args := c.generalise(step.Text)
	field, example := "EN", "ExampleEN"
	if hasWide(step.Text) {
		field, example = "ZH", "ExampleZH"
	}
	var params []string
	if c.world != nil {
		params = append(params, "w "+c.world.String())
	}
	params = append(params, "ctx context.Context")
	params = append(params, args...)
	if step.Data != NoData {
		params = append(params, map[Data]string{TableData: "table *gherkin.Table", DocStringData: "doc *gherkin.DocString"}[step.Data])
	}
	const literal = `gherkin.Sentence{
	Own: true, Keyword: %q,
	%s: %s,
	%s: %s,
	Func: func(%s) error {
		return errors.New("step is not written yet")
	},
}`
	return fmt.Sprintf(literal, plainKeyword(step.Keyword), field, goString(pattern), example, goString(step.Text), strings.Join(params, ", "))
}

// snippetValue finds the values that a snippet makes parameters of.
var snippetValue = regexp.MustCompile(`(` + quoted + `)|(` + durationRegexp + `)\b|(` + sizeRegexp + `)\b|(-?\d+)`)

// generalise replaces values by parameters and escapes the rest.
func (c *Catalogue) generalise(text string) (pattern string, args []string) {
	kinds := []struct{ param, goType string }{{"string", "string"}, {"duration", "time.Duration"}, {"size", "gherkin.Size"}, {"int", "int"}}
	var sb strings.Builder
	last := 0
	for _, m := range snippetValue.FindAllStringSubmatchIndex(text, -1) {
		sb.WriteString(escapePattern(text[last:m[0]]))
		for i, kind := range kinds {
			if m[2+2*i] >= 0 {
				sb.WriteString("{" + kind.param + "}")
				args = append(args, fmt.Sprintf("arg%d %s", len(args)+1, kind.goType))
			}
		}
		last = m[1]
	}
	sb.WriteString(escapePattern(text[last:]))
	if p, err := compilePattern(sb.String(), "", c.types); err != nil || !p.re.MatchString(text) {
		return escapePattern(text), nil // the values were not what they looked like
	}
	return sb.String(), args
}

func escapePattern(text string) string {
	return strings.NewReplacer(`\`, `\\`, "(", `\(`, ")", `\)`, "{", `\{`, "}", `\}`, "/", `\/`, "|", `\|`).Replace(text)
}

func goString(s string) string {
	if strings.ContainsAny(s, "`\r\n") {
		return fmt.Sprintf("%q", s)
	}
	return "`" + s + "`"
}

func hasWide(text string) bool {
	return strings.ContainsFunc(text, func(r rune) bool { return classOf(r) == wide })
}

// plainKeyword is Given, When or Then for a keyword in either language.
func plainKeyword(keyword string) string {
	switch keyword {
	case "When", "当":
		return "When"
	case "Then", "那么":
		return "Then"
	}
	return "Given"
}
