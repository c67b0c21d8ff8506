package report

import (
	"bufio"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"
)

// WriteTable writes a run for a terminal: every cell with its scenarios and
// their outcomes, the reasons of what was not run, where the images came from,
// and the counts. It gives the writer's first error.
func WriteTable(w io.Writer, r *Run, o Options) error {
	r = r.in(o.Lang)
	t := &table{w: bufio.NewWriter(w), run: r, o: o, width: o.width()}
	t.head()
	groups := r.groups()
	for _, g := range groups {
		t.group(g)
	}
	t.reasons(groups)
	t.provenance()
	t.counts()
	if err := t.w.Flush(); err != nil {
		return fmt.Errorf("write table: %w", err)
	}
	return nil
}

type table struct {
	w     *bufio.Writer // keeps the first error until Flush
	run   *Run
	o     Options
	width int
}

// The column in which the text of a labelled line begins.
const labelWidth = 10

func (t *table) line(s string) {
	_, _ = t.w.WriteString(strings.TrimRight(s, " ") + "\n")
}

// field writes "label     text", wrapped.
func (t *table) field(label, text string) {
	for i, line := range wrap(text, t.width-labelWidth) {
		if i > 0 {
			label = ""
		}
		t.line(pad(label, labelWidth) + line)
	}
}

func (t *table) head() {
	l := t.o.Lang
	t.field(wordRun.In(l), oneLine(t.run.ID)+"  "+t.run.Started.UTC().Format(time.RFC3339))
	t.field(wordApp.In(l), oneLine(t.run.App))
	if t.run.Command != "" {
		t.field(wordCommand.In(l), oneLine(t.run.Command))
	}
	if len(t.run.Host) > 0 {
		t.field(wordHost.In(l), pairs(t.run.Host, "="))
	}
	if len(t.run.Pins) > 0 {
		pins := make(map[string]string, len(t.run.Pins))
		for spec, exact := range t.run.Pins {
			pins[spec] = "go" + strings.TrimPrefix(exact, "go")
		}
		t.field("Go", pairs(pins, " = "))
	}
}

func pairs(m map[string]string, sep string) string {
	var all []string
	for _, key := range slices.Sorted(maps.Keys(m)) {
		all = append(all, oneLine(key)+sep+oneLine(m[key]))
	}
	return strings.Join(all, ", ")
}

// group writes a cell: its name with its outcome, then its entries by feature.
func (t *table) group(g group) {
	l := t.o.Lang
	t.line("")
	t.cellRow(g)
	if detail := g.detail(t.o); detail != "" {
		t.line("  " + cutMiddle(detail, t.width-2))
	}
	if len(g.results) == 1 && g.results[0].isBuild() {
		t.why(g.results[0]) // the cell's own line has told the rest
		return
	}
	rows, folds := g.fold()
	defer t.folded(folds)
	feature := ""
	for _, result := range rows {
		if result.Feature != feature {
			feature = result.Feature
			name := oneLine(feature)
			if result.File != "" {
				name += "  " + oneLine(result.File)
			}
			t.line("  " + cutMiddle(name, t.width-2))
		}
		name := oneLine(result.Scenario)
		if result.isBuild() {
			name = wordBuild.In(l)
		}
		t.row("    ", result.Outcome, name, result.Took)
		t.why(result)
	}
}

// fold is scenarios of a cell that there is but one thing to say of.
type fold struct {
	outcome Outcome
	reason  string
	count   int
}

// fold takes out of the cell's entries what is better told once: all of its
// scenarios, if they were skipped for one reason, and those that were interrupted.
func (g *group) fold() (rows []Result, folds []fold) {
	reasons := map[string]bool{}
	for _, result := range g.results {
		if !result.isBuild() {
			reasons[result.Outcome.String()+result.Reason] = true
		}
	}
	for _, result := range g.results {
		skipped := result.Outcome == Skipped && len(reasons) == 1
		interrupted := result.Outcome == Broken && result.Failure == nil && strings.HasPrefix(result.Reason, Interrupted)
		if result.isBuild() || !skipped && !interrupted {
			rows = append(rows, result)
			continue
		}
		i := slices.IndexFunc(folds, func(f fold) bool { return f.outcome == result.Outcome && f.reason == result.Reason })
		if i < 0 {
			i = len(folds)
			folds = append(folds, fold{outcome: result.Outcome, reason: result.Reason})
		}
		folds[i].count++
	}
	if len(folds) == 1 && folds[0].count == 1 {
		return g.results, nil
	}
	return rows, folds
}

// folded writes one line for many scenarios. The names of those that were
// skipped stand with the reasons.
func (t *table) folded(folds []fold) {
	for _, f := range folds {
		text := fmt.Sprintf(wordFolded.In(t.o.Lang), f.count, f.outcome.Label(t.o.Lang), oneLine(t.o.reason(f.reason)))
		for i, line := range wrap(text, t.width-6) {
			if i == 0 {
				t.line("    " + t.o.paint(f.outcome.words().colour, f.outcome.Symbol()) + " " + line)
			} else {
				t.line("      " + line)
			}
		}
	}
}

// why writes under an entry what one must know without opening anything else.
func (t *table) why(result Result) {
	indent := "      "
	var text string
	switch {
	case result.Failure != nil && !result.Failure.What.IsZero():
		text = result.Failure.What.In(t.o.Lang)
		if !result.Failure.Cause.IsZero() {
			text += wordColonAfter.In(t.o.Lang) + result.Failure.Cause.In(t.o.Lang)
		}
	case result.Outcome == Skipped || result.Outcome == Built:
		return // told below, once for all of them
	default:
		text = t.o.reason(result.Reason)
	}
	if text == "" {
		return
	}
	lines := wrap(oneLine(text), t.width-len(indent))
	if len(lines) > 2 {
		lines = append(lines[:1], takeWidth(lines[1], t.width-len(indent)-4)+" ...")
	}
	for _, line := range lines {
		t.line(indent + line)
	}
	if result.Bundle != "" {
		t.line(indent + oneLine(t.o.Path(result.Bundle)))
	}
}

// cellRow writes a cell's outcome and its name, which is to be read in full
// wherever it fits: it is what one types to run the cell again.
func (t *table) cellRow(g group) {
	word := g.cell.Outcome.Symbol() + " " + g.cell.Outcome.Label(t.o.Lang)
	took := ""
	if total := g.total(); total > 0 {
		took = "  " + duration(total)
	}
	name := cutMiddle(oneLine(g.cell.Name), t.width-textWidth(word)-2-len(took))
	t.line(t.o.paint("1;"+g.cell.Outcome.words().colour, word) + "  " + name + took)
}

// row writes "✓ passed  name ... 1.2s" with the time at the right edge.
func (t *table) row(indent string, outcome Outcome, name string, took time.Duration) {
	word := outcome.Symbol() + " " + outcome.Label(t.o.Lang)
	left := indent + pad(word, t.outcomeWidth())
	const timeWidth = 8
	room := t.width - textWidth(left) - 2 - timeWidth
	name = pad(cutMiddle(name, room), room)
	painted := indent + t.o.paint(outcome.words().colour, word) + strings.Repeat(" ", max(0, t.outcomeWidth()-textWidth(word)))
	text := ""
	if took > 0 {
		text = duration(took)
	}
	t.line(painted + "  " + name + strings.Repeat(" ", max(0, timeWidth-len(text))) + text)
}

// outcomeWidth is what the longest outcome that occurs in the run needs.
func (t *table) outcomeWidth() int {
	width := 0
	for outcome := range t.run.Counts() {
		width = max(width, textWidth(outcome.Symbol()+" "+outcome.Label(t.o.Lang)))
	}
	return width
}

func (g *group) total() time.Duration {
	total := g.cell.Took
	for _, result := range g.results {
		if !result.isBuild() {
			total += result.Took
		}
	}
	return total
}

// detail tells of a cell's artifact and image in one line.
func (g *group) detail(o Options) string {
	var parts []string
	if g.cell.Go != "" {
		parts = append(parts, "go"+strings.TrimPrefix(oneLine(g.cell.Go), "go"))
	}
	if a := g.cell.Artifact; a != nil {
		text := size(a.Size)
		if a.SHA256 != "" {
			text += " sha256:" + a.SHA256[:min(12, len(a.SHA256))]
		}
		if a.Reused {
			text += " (" + wordReused.In(o.Lang) + ")"
		}
		parts = append(parts, text)
	}
	if i := g.cell.Image; i != nil {
		parts = append(parts, strings.TrimSpace(oneLine(i.Name)+" "+shortDigest(oneLine(i.Digest))))
	}
	return strings.Join(parts, " · ")
}
