package diagnose

import (
	"fmt"
	"slices"
	"strings"

	"github.com/seatrial/seatrial/harness/evidence"
)

// RulePage writes what is to be known about a rule as a page in Markdown, in both
// languages. The lines, if any, are those with which a real failure was
// recognised.
func RulePage(r Rule, example []evidence.Line) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# %s\n\n%s · %s\n\n", r.ID, pageText(r.Title.EN), pageText(r.Title.ZH))
	fmt.Fprintf(&b, "Acts at `%s`, confidence `%s`, area [%s](README.md#%s).\n", r.Acts, r.Confidence, r.Area, r.Area)
	section := func(title string, text Text) {
		if text.EN != "" {
			fmt.Fprintf(&b, "\n## %s\n\n%s\n\n%s\n", title, pageText(text.EN), pageText(text.ZH))
		}
	}
	if len(example) > 0 {
		b.WriteString("\n## Symptom · 症状\n\n```text\n")
		for _, line := range example {
			b.WriteString(exampleLine(line) + "\n")
		}
		b.WriteString("```\n")
	}
	section("Why · 原因", r.Cause)
	section("What to do · 解决方法", r.Fix)
	section("Easily mistaken for · 容易混淆", r.Not)
	if len(r.Remedy) > 0 {
		b.WriteString("\n## Conditions that heal it · 可使其通过的条件\n\n")
		for _, remedy := range r.Remedy {
			fmt.Fprintf(&b, "- `%s`\n", withNames(remedy))
		}
	}
	if len(r.LeadsTo) > 0 {
		b.WriteString("\n## What it leads to · 可能的后果\n\n")
		for _, id := range r.LeadsTo {
			fmt.Fprintf(&b, "- [%s](%s.md)\n", id, id)
		}
	}
	section("How it was reproduced · 如何重现", r.Reproduced)
	return b.String()
}

// RulesPage writes the index of the rules' pages, by area.
func RulesPage(rules []Rule) string {
	var b strings.Builder
	b.WriteString("# Rules · 诊断规则\n\n")
	fmt.Fprintf(&b, "The %d causes that `seatrial explain` can name; `seatrial explain --rule ID` prints one.\n\n", len(rules))
	fmt.Fprintf(&b, "`seatrial explain` 能识别的 %d 种原因；`seatrial explain --rule ID` 可打印其中一条。\n", len(rules))
	byArea := map[string][]Rule{}
	var areas []string
	for _, r := range rules {
		if byArea[r.Area] == nil {
			areas = append(areas, r.Area)
		}
		byArea[r.Area] = append(byArea[r.Area], r)
	}
	slices.Sort(areas)
	cell := func(text string) string { return strings.ReplaceAll(pageText(text), "|", `\|`) }
	for _, area := range areas {
		fmt.Fprintf(&b, "\n## %s\n\n| rule | cause | 原因 |\n|---|---|---|\n", area)
		for _, r := range byArea[area] {
			fmt.Fprintf(&b, "| [%s](%s.md) | %s | %s |\n", r.ID, r.ID, cell(r.Title.EN), cell(r.Title.ZH))
		}
	}
	return b.String()
}

// exampleLine is a line of evidence as pages show it, in bounds.
func exampleLine(line evidence.Line) string {
	const most = 160
	text := []rune(strings.TrimRight(strings.ReplaceAll(line.String(), "```", "'''"), " \t"))
	if len(text) > most {
		text = append(text[:most], '…')
	}
	return string(text)
}

// withNames writes a placeholder so that nobody takes it for a value.
func withNames(text string) string {
	return placeholder.ReplaceAllStringFunc(text, func(name string) string {
		return "‹" + strings.TrimSuffix(name[1:len(name)-1], "_zh") + "›"
	})
}

// pageText keeps Markdown from reading our texts as its own, but for code in
// backquotes.
func pageText(text string) string {
	parts := strings.Split(withNames(text), "`")
	if len(parts)%2 == 0 { // one without its second
		return marks.Replace(strings.Join(parts, "\\`"))
	}
	for i := 0; i < len(parts); i += 2 {
		parts[i] = marks.Replace(parts[i])
	}
	return strings.Join(parts, "`")
}

var marks = strings.NewReplacer("*", `\*`, "_", `\_`, "<", `\<`, "[", `\[`, "]", `\]`)
