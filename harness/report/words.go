package report

import (
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/seatrial/seatrial/harness/lang"
)

// Options say how a report is to look.
type Options struct {
	Lang  lang.Lang // English if empty
	Width int       // columns of the terminal; 80 if not positive
	Color bool      // ANSI colours
	// Dir is the directory that paths of bundles are shown relative to, where
	// that is shorter; empty shows them as they are.
	Dir string
}

const (
	defaultWidth = 80
	minWidth     = 40
)

// width is the columns to use.
func (o Options) width() int {
	if o.Width <= 0 {
		return defaultWidth
	}
	return max(o.Width, minWidth)
}

// Path shows where a bundle is.
func (o Options) Path(p string) string {
	if o.Dir != "" {
		if relative, err := filepath.Rel(o.Dir, p); err == nil && len(relative) < len(p) {
			return relative
		}
	}
	return p
}

// reason gives a reason in the reader's language if it is one of ours; those of
// a matrix or of a step are theirs.
func (o Options) reason(text string) string {
	for _, known := range []lang.Text{wordNotLaunched, wordInterrupted} {
		if rest, ok := strings.CutPrefix(text, known.EN); ok {
			return known.In(o.Lang) + rest
		}
	}
	return text
}

func (o Options) paint(sgr, s string) string {
	if !o.Color {
		return s
	}
	return "\x1b[" + sgr + "m" + s + "\x1b[0m"
}

// Reasons that the harness gives, which reports show in the reader's language.
const (
	// NotLaunched is why the scenarios of a cell were skipped that did not build or
	// did not start.
	NotLaunched = "the cell did not get as far as a launch"
	// Interrupted begins the reason of what was not finished when a run was stopped.
	Interrupted = "interrupted"
)

// The words of the reports, by what they name.
var (
	wordRun         = lang.Text{EN: "run", ZH: "运行"}
	wordApp         = lang.Text{EN: "app", ZH: "应用"}
	wordCommand     = lang.Text{EN: "command", ZH: "命令"}
	wordHost        = lang.Text{EN: "host", ZH: "主机"}
	wordCell        = lang.Text{EN: "cell", ZH: "单元"}
	wordScenario    = lang.Text{EN: "scenario", ZH: "场景"}
	wordStep        = lang.Text{EN: "step", ZH: "步骤"}
	wordWhat        = lang.Text{EN: "what", ZH: "现象"}
	wordCause       = lang.Text{EN: "cause", ZH: "原因"}
	wordNoCause     = lang.Text{EN: "unknown: no rule matches the evidence", ZH: "未知：没有规则与证据相符"}
	wordNotTheApp   = lang.Text{EN: "not the app: this machine, the engine or Seatrial could not do it, so the app has not been judged", ZH: "不是应用的问题：本机、容器引擎或 Seatrial 未能完成，应用尚未得到评判"}
	wordEvidence    = lang.Text{EN: "evidence", ZH: "证据"}
	wordHence       = lang.Text{EN: "hence", ZH: "导致"}
	wordAlso        = lang.Text{EN: "also", ZH: "另有"}
	wordNot         = lang.Text{EN: "not", ZH: "易混淆"}
	wordProof       = lang.Text{EN: "proof", ZH: "验证"}
	wordFix         = lang.Text{EN: "fix", ZH: "修复"}
	wordBundle      = lang.Text{EN: "bundle", ZH: "证据包"}
	wordRerun       = lang.Text{EN: "re-run", ZH: "重跑"}
	wordShell       = lang.Text{EN: "shell", ZH: "进入环境"}
	wordReason      = lang.Text{EN: "reason", ZH: "理由"}
	wordNoReason    = lang.Text{EN: "no reason given", ZH: "未给出理由"}
	wordBuild       = lang.Text{EN: "build and first launch", ZH: "构建与首次启动"}
	wordExcluded    = lang.Text{EN: "excluded by the matrix", ZH: "被矩阵排除"}
	wordImages      = lang.Text{EN: "images", ZH: "镜像"}
	wordNotes       = lang.Text{EN: "notes", ZH: "备注"}
	wordTotal       = lang.Text{EN: "total", ZH: "总计"}
	wordNothing     = lang.Text{EN: "nothing was run", ZH: "没有运行任何场景"}
	wordExecuted    = lang.Text{EN: "executed %d of %d planned, in %s", ZH: "计划 %[2]d 个，执行 %[1]d 个，用时 %[3]s"}
	wordPassedN     = lang.Text{EN: "passed before: %d of the steps", ZH: "此前 %d 个步骤通过"}
	wordLeftOut     = lang.Text{EN: "... %d lines left out ...", ZH: "……省略 %d 行……"}
	wordFromRun     = lang.Text{EN: "built, not run", ZH: "已构建，未运行"}
	wordReused      = lang.Text{EN: "reused", ZH: "复用"}
	wordIncompl     = lang.Text{EN: "the run is not complete", ZH: "运行不完整"}
	wordColon       = lang.Text{EN: ":", ZH: "："}
	wordColonAfter  = lang.Text{EN: ": ", ZH: "："}
	wordStill       = lang.Text{EN: "still at it, ", ZH: "仍在进行，已用 "}
	wordMore        = lang.Text{EN: "  ... %d more", ZH: "  ……还有 %d 个"}
	wordFolded      = lang.Text{EN: "%d scenarios %s: %s", ZH: "%d 个场景%s：%s"}
	wordNotLaunched = lang.Text{EN: NotLaunched, ZH: "该单元没有走到启动这一步"}
	wordInterrupted = lang.Text{EN: Interrupted, ZH: "被中断"}
	wordNoPlanned   = lang.Text{EN: "nothing was planned", ZH: "没有计划任何场景"}
	wordCostly      = lang.Text{EN: "%d more scenarios that cost seconds each: --all-weather runs them too", ZH: "另有 %d 个耗时数秒的场景未运行：加上 --all-weather 即可一并运行"}
)

// duration gives a time as people read it: 0.05s, 3.2s, 2m05s.
func duration(d time.Duration) string {
	switch {
	case d <= 0:
		return "0s"
	case d < 100*time.Millisecond:
		return strconv.FormatFloat(d.Seconds(), 'f', 3, 64) + "s"
	case d < time.Minute:
		return strconv.FormatFloat(d.Seconds(), 'f', 1, 64) + "s"
	case d < time.Hour:
		d = d.Round(time.Second)
		return fmt.Sprintf("%dm%02ds", int(d.Minutes()), int(d.Seconds())%60)
	}
	d = d.Round(time.Minute)
	return fmt.Sprintf("%dh%02dm", int(d.Hours()), int(d.Minutes())%60)
}

// size gives bytes in units of 1000, as engines print image sizes.
func size(n int64) string {
	switch {
	case n < 1000:
		return fmt.Sprintf("%dB", n)
	case n < 1000*1000:
		return fmt.Sprintf("%.1fkB", float64(n)/1e3)
	case n < 1000*1000*1000:
		return fmt.Sprintf("%.1fMB", float64(n)/1e6)
	}
	return fmt.Sprintf("%.2fGB", float64(n)/1e9)
}

// shortDigest gives "sha256:0123456789ab", enough to compare by eye.
func shortDigest(digest string) string {
	const hexDigits = 12
	for i := range len(digest) {
		if digest[i] == ':' && len(digest) > i+1+hexDigits {
			return digest[:i+1+hexDigits]
		}
	}
	return digest
}
