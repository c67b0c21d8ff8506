package scenarios

import (
	"fmt"
	"strings"

	"github.com/seatrial/seatrial/harness/evidence"
	"github.com/seatrial/seatrial/harness/lang"
)

// The binary is asked, not the command that built it.

func (w *World) binaryMatchesCell() error {
	a := w.Launcher.Artifact
	if bad := a.Facts.Mismatches(a.Key); len(bad) > 0 {
		return w.wrong(lang.Text{EN: "the binary is not what the cell asks for", ZH: "二进制与该单元的要求不符"},
			lang.Text{EN: strings.Join(bad, "; "), ZH: strings.Join(bad, "；")},
			lang.Text{EN: "see " + evidence.BuildFile, ZH: "见 " + evidence.BuildFile})
	}
	return nil
}

func (w *World) binaryIsStatic() error {
	a := w.Launcher.Artifact
	if a.Key.CGO {
		return skip(lang.Text{EN: "the cell is built with cgo", ZH: "该单元以 cgo 构建"})
	}
	if a.Facts.Static {
		return nil
	}
	return w.wrong(lang.Text{EN: "the binary is not static", ZH: "二进制不是静态链接的"},
		lang.Text{EN: fmt.Sprintf("it needs %s and %s", a.Facts.Interpreter, strings.Join(a.Facts.Needed, ", ")), ZH: fmt.Sprintf("它依赖 %s 与 %s", a.Facts.Interpreter, strings.Join(a.Facts.Needed, ", "))},
		lang.Text{EN: "build with CGO_ENABLED=0", ZH: "用 CGO_ENABLED=0 构建"})
}

func (w *World) binaryNamesModules() error {
	facts := w.Launcher.Artifact.Facts
	if len(facts.Modules) > 0 && facts.Main != "" {
		return nil
	}
	return w.wrong(lang.Text{EN: "the binary does not say what it was built from", ZH: "二进制没有记录由什么构建而成"},
		lang.Text{EN: "without build information no scanner can tell its dependencies", ZH: "缺少构建信息，漏洞扫描无法识别其依赖"},
		lang.Text{EN: "do not strip it with external tools, and build in module mode", ZH: "不要用外部工具裁剪，并以模块模式构建"})
}
