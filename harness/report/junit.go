package report

import (
	"encoding/xml"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/seatrial/seatrial/harness/lang"
)

// The subset of JUnit's XML that Jenkins, GitLab and the readers for GitHub
// have in common. Counts in testsuites and testsuite are of this file.
type junitSuites struct {
	XMLName  xml.Name     `xml:"testsuites"`
	Name     string       `xml:"name,attr"`
	Tests    int          `xml:"tests,attr"`
	Failures int          `xml:"failures,attr"`
	Errors   int          `xml:"errors,attr"`
	Skipped  int          `xml:"skipped,attr"`
	Time     string       `xml:"time,attr"`
	Suites   []junitSuite `xml:"testsuite"`
}

type junitSuite struct {
	Name       string          `xml:"name,attr"`
	Tests      int             `xml:"tests,attr"`
	Failures   int             `xml:"failures,attr"`
	Errors     int             `xml:"errors,attr"`
	Skipped    int             `xml:"skipped,attr"`
	Time       string          `xml:"time,attr"`
	Timestamp  string          `xml:"timestamp,attr,omitempty"`
	Properties []junitProperty `xml:"properties>property"`
	Cases      []junitCase     `xml:"testcase"`
}

type junitProperty struct {
	Name  string `xml:"name,attr"`
	Value string `xml:"value,attr"`
}

type junitCase struct {
	ClassName  string          `xml:"classname,attr"`
	Name       string          `xml:"name,attr"`
	Time       string          `xml:"time,attr"`
	File       string          `xml:"file,attr,omitempty"`
	Line       int             `xml:"line,attr,omitempty"`
	Properties []junitProperty `xml:"properties>property"`
	Failure    *junitProblem   `xml:"failure"`
	Error      *junitProblem   `xml:"error"`
	Skipped    *junitSkipped   `xml:"skipped"`
	Output     *junitOutput    `xml:"system-out"`
}

type junitOutput struct {
	Text string `xml:",cdata"` // keeps line breaks readable in the file
}

type junitProblem struct {
	Message string `xml:"message,attr"`
	Type    string `xml:"type,attr"`
	Text    string `xml:",cdata"`
}

type junitSkipped struct {
	Message string `xml:"message,attr"`
}

// WriteJUnit writes the run as JUnit XML: a suite a cell, a case a scenario.
//
// The app at fault is a failure and so is an unexpected pass; the harness at
// fault, or an outcome that nobody gave, is an error. Skipped, built and
// expected failures are skipped, with the reason as message. An incomplete run
// is a suite of its own with an error, for readers that see only this file.
//
// Where a run has several cells, the cell is part of a case's name: GitLab
// takes cases of equal class and name for one, whatever suite they are in.
// https://docs.gitlab.com/ci/testing/unit_test_reports
func WriteJUnit(w io.Writer, r *Run) error {
	groups := r.groups()
	doc := junitSuites{Name: xmlText("seatrial " + r.App), Time: seconds(r.Took)}
	for _, g := range groups {
		doc.add(suiteOf(g, len(groups) > 1, r.Started))
	}
	for _, excluded := range r.Excluded {
		doc.add(excludedSuite(excluded))
	}
	if r.Planned <= 0 || r.Executed() != r.Planned {
		doc.add(incompleteSuite(r))
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return fmt.Errorf("write JUnit report: %w", err)
	}
	enc := xml.NewEncoder(w)
	enc.Indent("", "  ")
	if err := enc.Encode(doc); err != nil {
		return fmt.Errorf("write JUnit report: %w", err)
	}
	if _, err := io.WriteString(w, "\n"); err != nil {
		return fmt.Errorf("write JUnit report: %w", err)
	}
	return nil
}

func (d *junitSuites) add(s junitSuite) {
	for _, c := range s.Cases {
		s.Tests++
		switch {
		case c.Failure != nil:
			s.Failures++
		case c.Error != nil:
			s.Errors++
		case c.Skipped != nil:
			s.Skipped++
		}
	}
	d.Tests += s.Tests
	d.Failures += s.Failures
	d.Errors += s.Errors
	d.Skipped += s.Skipped
	d.Suites = append(d.Suites, s)
}

func suiteOf(g group, several bool, started time.Time) junitSuite {
	suite := junitSuite{Name: xmlText(g.cell.Name), Time: seconds(g.total()), Timestamp: timestamp(started)}
	for _, p := range []junitProperty{
		{"go", g.cell.Go}, {"target", g.cell.Target}, {"base", g.cell.Base}, {"outcome", g.cell.Outcome.String()},
	} {
		if p.Value != "" {
			suite.Properties = append(suite.Properties, junitProperty{p.Name, xmlText(p.Value)})
		}
	}
	seen := map[[2]string]int{}
	for _, result := range g.results {
		c := caseOf(result)
		// Rows of an outline may share a name.
		key := [2]string{c.ClassName, c.Name}
		if seen[key]++; seen[key] > 1 {
			c.Name += " #" + strconv.Itoa(seen[key])
		}
		if several {
			c.Name += " [" + suite.Name + "]"
		}
		suite.Cases = append(suite.Cases, c)
	}
	return suite
}

func caseOf(result Result) junitCase {
	c := junitCase{
		ClassName: xmlText(result.Feature), Name: xmlText(result.Scenario), Time: seconds(result.Took),
		File: xmlText(result.File), Line: result.Line,
		Properties: []junitProperty{{"outcome", result.Outcome.String()}},
	}
	if text := xmlText(systemOut(result)); text != "" {
		c.Output = &junitOutput{text}
	}
	if c.ClassName == "" {
		c.ClassName = "cell"
	}
	reason := result.Reason
	if reason == "" {
		reason = wordNoReason.EN
	}
	problem := &junitProblem{Message: xmlText(headline(result)), Type: result.Outcome.String(), Text: xmlText(explain(result))}
	switch result.Outcome {
	case Passed:
	case Failed, UnexpectedPass:
		c.Failure = problem
	case Skipped:
		c.Skipped = &junitSkipped{xmlText(reason)}
	case Built:
		text := wordFromRun.EN
		if result.Reason != "" {
			text += ": " + reason
		}
		c.Skipped = &junitSkipped{xmlText(text)}
	case ExpectedFailure:
		c.Skipped = &junitSkipped{xmlText("expected failure: " + reason)}
	default:
		c.Error = problem
	}
	return c
}

func excludedSuite(excluded Excluded) junitSuite {
	reason := wordExcluded.EN
	if excluded.Reason != "" {
		reason += ": " + excluded.Reason
	}
	name := xmlText(excluded.Name)
	return junitSuite{Name: name, Time: seconds(0), Cases: []junitCase{{
		ClassName: "cell", Name: "excluded [" + name + "]", Time: seconds(0), Skipped: &junitSkipped{xmlText(reason)},
	}}}
}

func incompleteSuite(r *Run) junitSuite {
	text := fmt.Sprintf(wordExecuted.EN, r.Executed(), r.Planned, duration(r.Took))
	return junitSuite{Name: "run", Time: seconds(0), Timestamp: timestamp(r.Started), Cases: []junitCase{{
		ClassName: "run", Name: "complete", Time: seconds(0), Error: &junitProblem{Message: text, Type: Broken.String()},
	}}}
}

// headline is the message of a failure, one line.
func headline(result Result) string {
	switch {
	case result.Failure != nil && result.Failure.What.EN != "":
		return oneLine(result.Failure.What.EN)
	case result.Outcome == UnexpectedPass:
		return strings.TrimSuffix("passed, but a failure is expected: "+oneLine(result.Reason), ": ")
	}
	for _, step := range result.Steps {
		if step.Error != "" {
			return oneLine(step.Error)
		}
	}
	if result.Reason != "" {
		return oneLine(result.Reason)
	}
	return result.Outcome.String()
}

// explain is the body of a failure; in both languages, for a file has no reader
// of its own.
func explain(result Result) string {
	var b strings.Builder
	if f := result.Failure; f != nil {
		both := func(label string, text lang.Text) {
			for _, s := range []string{text.EN, text.ZH} {
				if s != "" {
					fmt.Fprintf(&b, "%s: %s\n", label, clean(s))
				}
			}
		}
		both(wordWhat.EN, f.What)
		both(wordCause.EN, f.Cause)
		for _, line := range f.Evidence {
			fmt.Fprintf(&b, "%s: %s\n", wordEvidence.EN, oneLine(line.String()))
		}
		both(wordProof.EN, f.Proof)
		both(wordFix.EN, f.Fix)
		for _, command := range [][2]string{{wordRerun.EN, f.Rerun}, {wordShell.EN, f.Shell}} {
			if command[1] != "" {
				fmt.Fprintf(&b, "%s: %s\n", command[0], oneLine(command[1]))
			}
		}
	}
	for _, step := range result.Steps {
		if step.Error != "" {
			fmt.Fprintf(&b, "%s: %s %s\n%s\n", wordStep.EN, step.Keyword, step.Text, clean(step.Error))
		}
	}
	return b.String()
}

func systemOut(result Result) string {
	var b strings.Builder
	for _, step := range result.Steps {
		fmt.Fprintf(&b, "%s %s %s (%s, %s)\n", step.Outcome.Symbol(), step.Keyword, oneLine(step.Text), step.Outcome, duration(step.Took))
	}
	if result.Bundle != "" {
		fmt.Fprintf(&b, "%s: %s\n", wordBundle.EN, oneLine(result.Bundle))
	}
	return b.String()
}

func seconds(d time.Duration) string {
	return strconv.FormatFloat(max(0, d.Seconds()), 'f', 3, 64)
}

// timestamp is ISO 8601 in UTC without zone, as JUnit's schema wants it.
func timestamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02T15:04:05")
}

// xmlText removes escape sequences, and what XML 1.0 cannot hold, even escaped
// (production 2, Char).
func xmlText(s string) string {
	s = ansiSequence.ReplaceAllString(s, "")
	var b strings.Builder
	for len(s) > 0 {
		c, n := utf8.DecodeRuneInString(s)
		if !(c == utf8.RuneError && n == 1) && (c == '\t' || c == '\n' || c == '\r' ||
			c >= 0x20 && c <= 0xd7ff || c >= 0xe000 && c <= 0xfffd || c >= 0x10000 && c <= 0x10ffff) {
			b.WriteString(s[:n])
		}
		s = s[n:]
	}
	return b.String()
}
