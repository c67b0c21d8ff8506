package main

import (
	"fmt"
	"io"

	"github.com/seatrial/seatrial/harness/lang"
	"github.com/seatrial/seatrial/harness/report"
)

// writePages shows the pages of the first failures and says how many more there are.
func writePages(w io.Writer, run *report.Run, o report.Options, most int) error {
	shown, left := 0, 0
	show := func(r report.Result) error {
		if r.Outcome != report.Failed && r.Outcome != report.Broken && r.Outcome != report.UnexpectedPass || r.Failure == nil {
			return nil
		}
		if shown == most {
			left++
			return nil
		}
		shown++
		if _, err := fmt.Fprintln(w); err != nil {
			return err
		}
		return report.WritePage(w, r, o)
	}
	for _, cell := range run.Cells {
		if err := show(cell.Result()); err != nil {
			return err
		}
	}
	for _, r := range run.Results {
		if err := show(r); err != nil {
			return err
		}
	}
	if left == 0 {
		return nil
	}
	more := lang.Text{EN: "\n%d more failure pages: --pages %d shows them all\n", ZH: "\n还有 %d 页失败详情：用 --pages %d 显示全部\n"}
	_, err := fmt.Fprintf(w, more.In(o.Lang), left, left+shown)
	return err
}
