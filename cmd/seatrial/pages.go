package main

import (
	"fmt"
	"io"
	"regexp"
	"slices"

	"github.com/seatrial/seatrial/harness/lang"
	"github.com/seatrial/seatrial/harness/report"
)

// writePages shows the pages of the most telling failures and says how many more
// there are.
func writePages(w io.Writer, run *report.Run, o report.Options, most int) error {
	var pages []report.Result
	for _, cell := range run.Cells {
		pages = append(pages, cell.Result())
	}
	pages = append(pages, run.Results...)
	pages = slices.DeleteFunc(pages, func(r report.Result) bool {
		return r.Failure == nil || r.Outcome != report.Failed && r.Outcome != report.Broken && r.Outcome != report.UnexpectedPass
	})
	pages = mostTelling(pages)
	for _, r := range pages[:min(most, len(pages))] {
		if _, err := fmt.Fprintln(w); err != nil {
			return err
		}
		if err := report.WritePage(w, r, o); err != nil {
			return err
		}
	}
	left := len(pages) - most
	if left <= 0 {
		return nil
	}
	more := lang.Text{EN: "\n%d more failure pages: --pages %d shows them all\n", ZH: "\n还有 %d 页失败详情：用 --pages %d 显示全部\n"}
	_, err := fmt.Fprintf(w, more.In(o.Lang), left, len(pages))
	return err
}

// numbers are what tells apart failures that have one cause: times, ports, lines.
var numbers = regexp.MustCompile(`[0-9]+`)

// mostTelling puts one page of each cause first, in the order in which the causes
// first occur: of those with one cause the one that needed the least to fail,
// which is the one with the shortest symptom. The rest follows in its order.
func mostTelling(pages []report.Result) []report.Result {
	var order []string
	best := map[string]int{}
	for i, r := range pages {
		cause := r.Cell + "\x00" + numbers.ReplaceAllString(r.Failure.Cause.EN, "#")
		if r.Failure.Cause.IsZero() {
			cause = r.Cell + "\x00" + r.Failure.What.EN
		}
		known, seen := best[cause]
		if !seen {
			order = append(order, cause)
		}
		if !seen || len(r.Failure.What.EN) < len(pages[known].Failure.What.EN) {
			best[cause] = i
		}
	}
	first := map[int]bool{}
	var sorted []report.Result
	for _, cause := range order {
		first[best[cause]] = true
		sorted = append(sorted, pages[best[cause]])
	}
	for i, r := range pages {
		if !first[i] {
			sorted = append(sorted, r)
		}
	}
	return sorted
}
