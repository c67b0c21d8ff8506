package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/seatrial/seatrial/harness/diagnose"
)

// Verdict is how a case was judged.
type Verdict int

const (
	// First: the right cause is the first finding; or none was to be found, and none was.
	First Verdict = iota
	// InThree: the right cause is the second or third finding.
	InThree
	// Unknown: no rule knew it.
	Unknown
	// Wrong: other causes are named, or one where there is none.
	Wrong
)

// Judge diagnoses the case. The text says what is not as it should be; it may
// be there although the right cause came first.
func Judge(c Case) (Verdict, string) {
	d := diagnose.Bundle(c.Bundle)
	verdict := place(c, d)
	var trouble []string
	if verdict != First {
		trouble = append(trouble, fmt.Sprintf("want %s, found %s", c.Expect, names(d)))
	}
	all := everything(d.Findings)
	for _, id := range c.Also {
		if !slices.Contains(all, id) {
			trouble = append(trouble, fmt.Sprintf("want also %s, found %s", id, names(d)))
		}
	}
	for _, id := range c.Never {
		if slices.Contains(all, id) {
			trouble = append(trouble, fmt.Sprintf("must not find %s", id))
			verdict = Wrong
		}
	}
	return verdict, strings.Join(trouble, "; ")
}

func place(c Case, d diagnose.Diagnosis) Verdict {
	if c.Expect == ExpectNone {
		if d.Healthy || len(d.Findings) == 0 {
			return First
		}
		if !d.Known() {
			return Unknown
		}
		return Wrong
	}
	if !d.Known() {
		if c.Expect == ExpectUnknown && !d.Healthy {
			return First
		}
		if d.Healthy {
			return Wrong
		}
		return Unknown
	}
	const three = 3
	for i, f := range d.Findings {
		if f.Rule == c.Expect && i == 0 {
			return First
		}
		if f.Rule == c.Expect && i < three {
			return InThree
		}
	}
	return Wrong
}

func everything(findings []diagnose.Finding) []string {
	var list []string
	for _, f := range findings {
		list = append(append(list, f.Rule), everything(f.Chain)...)
	}
	return list
}

func names(d diagnose.Diagnosis) string {
	if d.Healthy {
		return "no failure"
	}
	var list []string
	for _, f := range d.Findings {
		name := f.Rule
		if len(f.Chain) > 0 {
			name += " (with " + strings.Join(everything(f.Chain), ", ") + ")"
		}
		list = append(list, name)
	}
	return strings.Join(list, ", ")
}

// Tally counts verdicts.
type Tally struct{ Cases, First, InThree, Unknown, Wrong int }

func (t *Tally) count(v Verdict) {
	t.Cases++
	switch v {
	case First:
		t.First++
		t.InThree++
	case InThree:
		t.InThree++
	case Unknown:
		t.Unknown++
	case Wrong:
		t.Wrong++
	}
}

// Table is every case judged.
type Table struct {
	Total      Tally
	Categories map[string]*Tally
	Sources    map[string]*Tally
	Troubles   []string
}

// NewTable judges the cases.
func NewTable(list []Case) *Table {
	t := &Table{Categories: map[string]*Tally{}, Sources: map[string]*Tally{}}
	for _, c := range list {
		verdict, trouble := Judge(c)
		if trouble != "" {
			t.Troubles = append(t.Troubles, c.Name+": "+trouble)
		}
		t.Total.count(verdict)
		tallyOf(t.Categories, c.Category()).count(verdict)
		tallyOf(t.Sources, c.Source).count(verdict)
	}
	return t
}

func tallyOf(tallies map[string]*Tally, name string) *Tally {
	if tallies[name] == nil {
		tallies[name] = &Tally{}
	}
	return tallies[name]
}

// Write prints the table, and before it what is not in order, if all is asked for
// or it is wrong.
func (t *Table) Write(out io.Writer, all bool) {
	for _, trouble := range t.Troubles {
		if all || t.Total.Wrong > 0 {
			fmt.Fprintln(out, trouble)
		}
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	row := func(name string, c Tally) {
		fmt.Fprintf(w, "%s\t%d\t%d\t%d\t%d\t%d\t\n", name, c.Cases, c.First, c.InThree, c.Unknown, c.Wrong)
	}
	fmt.Fprintln(w, "category\tcases\tfirst\tin three\tunknown\twrong\t")
	for _, tallies := range []map[string]*Tally{t.Categories, t.Sources} {
		for _, name := range sorted(tallies) {
			row(name, *tallies[name])
		}
		fmt.Fprintln(w, "\t\t\t\t\t\t")
	}
	w.Flush()
	fmt.Fprintf(out, "corpus: %d cases, %d first, %d in three, %d unknown, %d wrong\n",
		t.Total.Cases, t.Total.First, t.Total.InThree, t.Total.Unknown, t.Total.Wrong)
}

func sorted(tallies map[string]*Tally) []string {
	var names []string
	for name := range tallies {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
