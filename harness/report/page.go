package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/seatrial/seatrial/harness/evidence"
	"github.com/seatrial/seatrial/harness/lang"
)

// PageLines is how many lines a failure page has at most at 100 columns.
const PageLines = 40

// WritePage writes the failure page of one result: what failed, the cause, the
// evidence, the proof, the fix, where the bundle is, and the commands to go on
// with. It fits on one screen: long texts lose their middle, and the page says
// how many lines that were. Commands and the bundle's path are never cut.
func WritePage(w io.Writer, result Result, o Options) error {
	result = result.in(o.Lang)
	p := &page{o: o, width: o.width()}
	p.head(result)
	p.failingStep(result)
	failure := result.Failure
	if failure == nil {
		failure = &Failure{}
	}
	p.symptom(failure, result.Outcome)

	// What follows the evidence is written first, to know the room that it
	// leaves; the fix gives way to commands that a terminal breaks into lines.
	commands := &page{o: o, width: p.width}
	commands.whole(wordBundle, o.Path(result.Bundle))
	commands.whole(wordRerun, failure.Rerun)
	commands.whole(wordShell, failure.Shell)
	tail := &page{o: o, width: p.width}
	tail.causes(failure)
	causes := len(tail.lines)
	tail.wrapped(wordProof, failure.Proof.In(o.Lang), 4)
	tail.wrapped(wordFix, failure.Fix.In(o.Lang), max(3, 12-commands.screenLines()-causes))
	tail.lines = append(tail.lines, commands.lines...)

	const least = 3
	p.evidence(failure.Evidence, max(least, PageLines-len(p.lines)-tail.screenLines()))
	p.lines = append(p.lines, tail.lines...)
	if _, err := io.WriteString(w, strings.Join(p.lines, "\n")+"\n"); err != nil {
		return fmt.Errorf("write failure page: %w", err)
	}
	return nil
}

// WriteFailure writes what a page says of a failure, without its head: for a
// failure that belongs to no result. Nothing of it is cut.
func WriteFailure(w io.Writer, failure *Failure, o Options) error {
	p := &page{o: o, width: o.width()}
	p.symptom(failure, Failed)
	p.evidence(failure.Evidence, len(failure.Evidence)*PageLines)
	p.causes(failure)
	p.wrapped(wordProof, failure.Proof.In(o.Lang), PageLines)
	p.wrapped(wordFix, failure.Fix.In(o.Lang), PageLines)
	p.wrapped(wordNot, failure.Not.In(o.Lang), PageLines)
	p.whole(wordRerun, failure.Rerun)
	p.whole(wordShell, failure.Shell)
	if _, err := io.WriteString(w, strings.Join(p.lines, "\n")+"\n"); err != nil {
		return fmt.Errorf("write failure: %w", err)
	}
	return nil
}

// symptom writes what was seen and why.
func (p *page) symptom(failure *Failure, outcome Outcome) {
	p.wrapped(wordWhat, failure.What.In(p.o.Lang), 3)
	switch cause := failure.Cause.In(p.o.Lang); {
	case cause != "" && failure.Rule != "":
		p.wrapped(wordCause, "["+failure.Rule+"] "+cause, 5)
	case cause != "":
		p.wrapped(wordCause, cause, 5)
	case outcome == Broken:
		p.wrapped(wordCause, wordNotTheApp.In(p.o.Lang), 2)
	default:
		p.wrapped(wordCause, wordNoCause.In(p.o.Lang), 2)
	}
}

// causes writes a line for everything that was found beside the cause.
func (p *page) causes(failure *Failure) {
	for i, list := range [][]Cause{failure.Hence, failure.Also} {
		label := []lang.Text{wordHence, wordAlso}[i]
		const most = 3
		for _, c := range list[:min(most, len(list))] {
			p.short(label, "["+c.Rule+"] "+c.Title.In(p.o.Lang))
		}
	}
}

type page struct {
	o     Options
	width int
	lines []string
}

func (p *page) head(result Result) {
	word := result.Outcome.Symbol() + " " + strings.ToUpper(result.Outcome.Label(p.o.Lang))
	name := oneLine(result.Scenario)
	if result.isBuild() {
		name = wordBuild.In(p.o.Lang)
	}
	room := p.width - textWidth(word) - 2
	p.lines = append(p.lines, p.o.paint("1;"+result.Outcome.words().colour, word)+"  "+cutMiddle(name, room))
	p.short(wordCell, oneLine(result.Cell))
	where := oneLine(result.File)
	if where != "" && result.Line > 0 {
		where = fmt.Sprintf("%s:%d", where, result.Line)
	}
	if result.Feature != "" {
		where = strings.TrimSpace(where + "  " + oneLine(result.Feature))
	}
	p.short(wordScenario, where)
	if !result.Failure.repeats(result.Reason) {
		p.wrapped(wordReason, p.o.reason(result.Reason), 2)
	}
}

// failingStep shows the passed steps as a number and the one that failed whole,
// but for an error that the failure tells better.
func (p *page) failingStep(result Result) {
	passed := 0
	for _, step := range result.Steps {
		if step.Outcome == Passed {
			passed++
		}
		if step.Outcome == Passed || step.Outcome == Skipped {
			continue
		}
		where := ""
		if step.Line > 0 {
			where = fmt.Sprintf(":%d ", step.Line)
		}
		p.wrapped(wordStep, where+step.Keyword+" "+step.Text, 2)
		for _, line := range trim(p.o, wrap(clean(step.Error), p.width-labelWidth-2), 5) {
			if step.Error != "" && !result.Failure.repeats(step.Error) {
				p.lines = append(p.lines, strings.Repeat(" ", labelWidth+2)+line)
			}
		}
		if passed > 0 {
			p.lines = append(p.lines, strings.Repeat(" ", labelWidth)+fmt.Sprintf(wordPassedN.In(p.o.Lang), passed))
		}
		return
	}
}

// short writes a labelled line, cut in the middle.
func (p *page) short(label lang.Text, text string) {
	if text != "" {
		p.lines = append(p.lines, p.label(label)+cutMiddle(text, p.width-labelWidth))
	}
}

// wrapped writes a labelled text of at most limit lines.
func (p *page) wrapped(label lang.Text, text string, limit int) {
	if strings.TrimSpace(text) == "" {
		return
	}
	for i, line := range trim(p.o, wrap(clean(text), p.width-labelWidth), limit) {
		head := strings.Repeat(" ", labelWidth)
		if i == 0 {
			head = p.label(label)
		}
		p.lines = append(p.lines, strings.TrimRight(head+line, " "))
	}
}

// whole writes a labelled text as it is, to be copied.
func (p *page) whole(label lang.Text, text string) {
	if text != "" {
		p.lines = append(p.lines, p.label(label)+oneLine(text))
	}
}

func (p *page) label(label lang.Text) string {
	text := label.In(p.o.Lang)
	return p.o.paint("1", text) + strings.Repeat(" ", max(1, labelWidth-textWidth(text)))
}

// evidence writes the lines of the bundle: wrapped if there is room for all of
// them, each cut at its end to one line otherwise.
func (p *page) evidence(lines []evidence.Line, limit int) {
	if len(lines) == 0 {
		return
	}
	var texts []string
	for _, line := range lines {
		texts = append(texts, p.folded(oneLine(line.Readable()))...)
	}
	if len(texts) > limit {
		texts = texts[:0]
		for _, line := range lines {
			texts = append(texts, cutEnd(oneLine(line.Readable()), p.width-labelWidth))
		}
	}
	for i, text := range trim(p.o, texts, limit) {
		head := strings.Repeat(" ", labelWidth)
		if i == 0 {
			head = p.label(wordEvidence)
		}
		p.lines = append(p.lines, strings.TrimRight(head+text, " "))
	}
}

// folded breaks a line of evidence, with the rest indented.
func (p *page) folded(text string) []string {
	const most, indent = 3, "  "
	width := p.width - labelWidth - len(indent)
	if !wider(text, p.width-labelWidth) {
		return []string{text}
	}
	lines := wrap(text, width)
	if len(lines) > most {
		lines = lines[:most]
		lines[most-1] = takeWidth(lines[most-1], width-4) + " ..."
	}
	for i := range lines[1:] {
		lines[i+1] = indent + lines[i+1]
	}
	return lines
}

// screenLines counts the lines as a terminal breaks them.
func (p *page) screenLines() int {
	n := 0
	for _, line := range p.lines {
		width := textWidth(ansiSequence.ReplaceAllString(line, ""))
		n += max(1, (width+p.width-1)/p.width)
	}
	return n
}

// trim keeps the head and the tail of lines, and says how many are left out.
func trim(o Options, lines []string, limit int) []string {
	if len(lines) <= limit {
		return lines
	}
	limit = max(limit, 2)
	head := (limit - 1 + 1) / 2
	tail := limit - 1 - head
	kept := append([]string{}, lines[:head]...)
	kept = append(kept, fmt.Sprintf(wordLeftOut.In(o.Lang), len(lines)-head-tail))
	return append(kept, lines[len(lines)-tail:]...)
}
