package report

import (
	"fmt"
	"strings"
)

// reasons writes why things were skipped, only built or left out, one entry a
// reason: forty scenarios that lack the same thing are one line of text.
func (t *table) reasons(groups []group) {
	for _, outcome := range []Outcome{Skipped, Built} {
		var order []string
		names := map[string][]string{}
		for _, g := range groups {
			for _, result := range g.results {
				if result.Outcome != outcome {
					continue
				}
				if _, ok := names[result.Reason]; !ok {
					order = append(order, result.Reason)
				}
				names[result.Reason] = append(names[result.Reason], t.entryName(result))
			}
		}
		t.reasonBlock(outcome.Label(t.o.Lang), order, names)
	}
	var order []string
	names := map[string][]string{}
	for _, excluded := range t.run.Excluded {
		if _, ok := names[excluded.Reason]; !ok {
			order = append(order, excluded.Reason)
		}
		names[excluded.Reason] = append(names[excluded.Reason], oneLine(excluded.Name))
	}
	t.reasonBlock(wordExcluded.In(t.o.Lang), order, names)
}

// entryName names an entry outside its cell.
func (t *table) entryName(result Result) string {
	if result.isBuild() {
		return oneLine(result.Cell)
	}
	return oneLine(result.Scenario) + "  [" + oneLine(result.Cell) + "]"
}

func (t *table) reasonBlock(title string, order []string, names map[string][]string) {
	if len(order) == 0 {
		return
	}
	t.line("")
	t.line(title + wordColon.In(t.o.Lang))
	for _, reason := range order {
		text := oneLine(t.o.reason(reason))
		if text == "" {
			text = wordNoReason.In(t.o.Lang)
		}
		for i, line := range wrap(fmt.Sprintf("%d × %s", len(names[reason]), text), t.width-4) {
			t.line(strings.Repeat(" ", 2+2*min(i, 1)) + line)
		}
		if t.o.reason(reason) == wordNotLaunched.In(t.o.Lang) {
			continue // all of them: the cell's own row says why
		}
		for _, name := range names[reason] {
			t.line("    " + cutMiddle(name, t.width-4))
		}
	}
}

func (t *table) provenance() {
	if len(t.run.Images) > 0 {
		t.line("")
		t.line(wordImages.In(t.o.Lang) + wordColon.In(t.o.Lang))
		name, source := 0, 0
		for _, image := range t.run.Images {
			name = max(name, min(24, textWidth(oneLine(image.Name))))
			source = max(source, textWidth(oneLine(image.Source)))
		}
		for _, image := range t.run.Images {
			row := "  " + pad(cutMiddle(oneLine(image.Name), name), name) + "  " + pad(oneLine(image.Source), source)
			if image.Digest != "" {
				row += "  " + shortDigest(oneLine(image.Digest))
			}
			if image.Size > 0 {
				row += "  " + size(image.Size)
			}
			if image.Detail != "" {
				row += "  " + oneLine(image.Detail)
			}
			t.line(cutEnd(row, t.width))
		}
	}
	if len(t.run.Notes) > 0 {
		t.line("")
		t.line(wordNotes.In(t.o.Lang) + wordColon.In(t.o.Lang))
		for _, note := range t.run.Notes {
			for i, line := range wrap(oneLine(note), t.width-4) {
				t.line([]string{"  - ", "    "}[min(i, 1)] + line)
			}
		}
	}
}

// counts writes how often each outcome occurred and whether the run is whole.
func (t *table) counts() {
	l := t.o.Lang
	counts := t.run.Counts()
	var parts []string
	for _, outcome := range Outcomes() {
		if n := counts[outcome]; n > 0 {
			parts = append(parts, t.o.paint(outcome.words().colour, fmt.Sprintf("%s %d %s", outcome.Symbol(), n, outcome.Label(l))))
		}
	}
	if len(parts) == 0 {
		parts = []string{wordNothing.In(l)}
	}
	t.line("")
	// Colours have no width: wrap by parts, not by characters.
	row, used := pad(wordTotal.In(l), labelWidth), labelWidth
	for i, part := range parts {
		width := textWidth(ansiSequence.ReplaceAllString(part, ""))
		if i > 0 {
			if used+2+width > t.width {
				t.line(row + ",")
				row, used = strings.Repeat(" ", labelWidth), labelWidth
			} else {
				row, used = row+", ", used+2
			}
		}
		row, used = row+part, used+width
	}
	t.line(row)
	text := fmt.Sprintf(wordExecuted.In(l), t.run.Executed(), t.run.Planned, duration(t.run.Took))
	colon := wordColonAfter.In(l)
	switch {
	case t.run.Planned <= 0:
		text += colon + wordNoPlanned.In(l)
	case t.run.Executed() != t.run.Planned:
		text += colon + wordIncompl.In(l)
	}
	t.field("", text)
	if t.run.LeftOut > 0 {
		t.field("", fmt.Sprintf(wordCostly.In(l), t.run.LeftOut))
	}
}
