package experiment

import (
	"fmt"

	"github.com/seatrial/seatrial/harness/lang"
)

// Sentence says in one sentence what was shown. It is zero where nothing was
// tried.
func (p *Proof) Sentence() lang.Text {
	switch {
	case p.Launches == 0:
		return lang.Text{}
	case p.FailsOf.Of == 0:
		return bounded(lang.Text{EN: "nothing was shown", ZH: "实验没有得出结论"}, p)
	case p.Flaky:
		return p.flaky()
	}
	fails := p.failing()
	if p.FailsOf.Of < enough {
		fails = lang.Text{EN: fails.EN + " (tried once)", ZH: fails.ZH + "（仅试一次）"}
	}
	passes := p.passing()
	if passes.IsZero() {
		return bounded(lang.Text{
			EN: fmt.Sprintf("%s (tried, %d of %d)", fails.EN, p.FailsOf.Same, p.FailsOf.Of),
			ZH: fmt.Sprintf("%s（实测 %d/%d）", fails.ZH, p.FailsOf.Same, p.FailsOf.Of),
		}, p)
	}
	return bounded(lang.Text{EN: fails.EN + "; " + passes.EN, ZH: fails.ZH + "；" + passes.ZH}, p)
}

// flaky says what was not the same when it was repeated.
func (p *Proof) flaky() lang.Text {
	if p.FailsOf.Same < p.FailsOf.Of {
		return bounded(lang.Text{
			EN: fmt.Sprintf("flaky: under %s it failed %d of %d times when it was repeated; this proves nothing", set(p.Minimal), p.FailsOf.Same, p.FailsOf.Of),
			ZH: fmt.Sprintf("结果不稳定（flaky）：在 %s 下重复 %[3]d 次，失败 %[2]d 次；不能作为证明", set(p.Minimal), p.FailsOf.Same, p.FailsOf.Of),
		}, p)
	}
	return bounded(lang.Text{
		EN: fmt.Sprintf("fails with %s, but what makes it pass is flaky: it did not pass every time; this proves nothing", set(p.Minimal)),
		ZH: fmt.Sprintf("在 %s 下失败，但使其通过的办法不稳定（flaky），并非每次都通过；不能作为证明", set(p.Minimal)),
	}, p)
}

func (p *Proof) failing() lang.Text {
	if len(p.Minimal) == 0 {
		if p.Build {
			return lang.Text{EN: "fails to build with the newest Go too, with modules from the cache and without cgo", ZH: "换用最新的 Go、模块缓存、关闭 cgo 也构建失败"}
		}
		road, conditions := Take(p.Facts, "road")
		_, conditions = Take(conditions, "base")
		switch {
		case len(conditions) > 0:
		case road != "":
			return lang.Text{EN: "fails as deployed, directly as well as through " + road, ZH: "按原样部署即失败，直连与经 " + road + " 都一样"}
		default:
			return lang.Text{EN: "fails as deployed, under no condition", ZH: "按原样部署（没有任何条件）即失败"}
		}
		return lang.Text{EN: "fails without any of the conditions too", ZH: "去掉所有条件后仍然失败"}
	}
	return lang.Text{EN: "fails with " + set(p.Minimal), ZH: "在 " + set(p.Minimal) + " 下失败"}
}

func (p *Proof) passing() lang.Text {
	tried := lang.Text{
		EN: fmt.Sprintf(" (tried, %d of %d)", p.PassesOf.Same, p.PassesOf.Of),
		ZH: fmt.Sprintf("（实测 %d/%d）", p.PassesOf.Same, p.PassesOf.Of),
	}
	switch {
	case len(p.Remedy) > 0:
		with := phrases(p.Remedy)
		text := lang.Text{EN: "passes with " + with.EN + tried.EN, ZH: "加上" + with.ZH + "后通过" + tried.ZH}
		if p.Whole == Fails || p.Whole == Differs {
			text.EN += "; under all of " + set(p.Facts) + " it then still fails: there is another cause"
			text.ZH += "；但在全部条件 " + set(p.Facts) + " 下仍失败：还有其他原因"
		}
		return text
	case len(p.Without) > 0:
		without := phrases(p.Without)
		return lang.Text{EN: "passes without " + without.EN + tried.EN, ZH: "去掉" + without.ZH + "后通过" + tried.ZH}
	}
	if p.Proposed == 0 && len(p.Minimal) == 0 {
		return lang.Text{}
	}
	return lang.Text{EN: "nothing that was tried makes it pass", ZH: "试过的办法都不能使其通过"}
}

// bounded adds why the search ended early.
func bounded(text lang.Text, p *Proof) lang.Text {
	var why lang.Text
	switch p.Bounded {
	case "":
		return text
	case BoundLaunches:
		why = lang.Text{EN: fmt.Sprintf("stopped after %d launches (--proof-launches)", p.Launches), ZH: fmt.Sprintf("达到 %d 次启动后停止（--proof-launches）", p.Launches)}
	case BoundTime:
		why = lang.Text{EN: "stopped when the time was over (--proof-time)", ZH: "时间用尽后停止（--proof-time）"}
	default:
		why = lang.Text{EN: "interrupted", ZH: "被中断"}
	}
	if !p.Exact && len(p.Minimal) > 1 {
		why.EN += ": the set may be smaller"
		why.ZH += "：最小集合可能更小"
	}
	return lang.Text{EN: text.EN + " [" + why.EN + "]", ZH: text.ZH + "【" + why.ZH + "】"}
}
