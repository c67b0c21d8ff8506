package scenarios

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/seatrial/seatrial/harness/evidence"
	"github.com/seatrial/seatrial/harness/lang"
	"github.com/seatrial/seatrial/harness/sandbox"
	"github.com/seatrial/seatrial/scenarios/gherkin"
)

// log gives the log of an app that has become ready and served its pages, once
// it has stopped growing: the engine copies what an app writes with some delay,
// and a log that is read too early is free of faults.
func (w *World) log(ctx context.Context) ([]sandbox.LogLine, error) {
	await := w.ready
	if w.explained {
		await = w.launched
	}
	s, err := await(ctx)
	if err != nil {
		return nil, err
	}
	const look, patience = 60 * time.Millisecond, 2 * time.Second
	tick := time.NewTicker(look)
	defer tick.Stop()
	last := -1
	for began := time.Now(); ; {
		lines, err := s.Logs(ctx)
		if err != nil {
			return nil, err
		}
		grown := len(lines) == 0 || len(lines) != last
		if !grown || time.Since(began) > patience {
			return lines, nil
		}
		last = len(lines)
		select {
		case <-ctx.Done():
			return nil, gherkin.Broken(context.Cause(ctx))
		case <-tick.C:
		}
	}
}

func (w *World) hasLines(ctx context.Context, stream string, least int) error {
	lines, err := w.log(ctx)
	if err != nil {
		return err
	}
	n := 0
	for _, line := range lines {
		if string(line.Stream) == stream {
			n++
		}
	}
	if n >= least {
		return nil
	}
	return w.wrong(both("%s has %d lines, at least %d were expected", "%s 有 %d 行，应至少有 %d 行", stream, n, least),
		lang.Text{EN: "a container's log is what it writes to stdout and stderr; a file inside is lost with it", ZH: "容器日志只收集 stdout 与 stderr；写到容器内文件的日志会随容器丢失"},
		lang.Text{EN: "log to stdout", ZH: "请把日志写到 stdout"})
}

func (w *World) saysSomething(ctx context.Context) error {
	lines, err := w.log(ctx)
	if err != nil {
		return err
	}
	if len(lines) > 0 {
		return nil
	}
	return w.wrong(lang.Text{EN: "the app wrote nothing to stdout or stderr", ZH: "应用没有向 stdout 或 stderr 输出任何内容"},
		lang.Text{EN: "a container's log is what it writes there; a file inside is lost with it", ZH: "容器日志只收集 stdout 与 stderr；写到容器内文件的日志会随容器丢失"},
		lang.Text{EN: "log to stdout; a line that says where it listens is the least", ZH: "请把日志写到 stdout，至少有一行说明监听地址"})
}

// jsonIsWhole holds an app that logs JSON to it: one line that is not breaks the
// collector's parser for the line, and often for its neighbours.
func (w *World) jsonIsWhole(ctx context.Context) error {
	lines, err := w.log(ctx)
	if err != nil {
		return err
	}
	at, streams := brokenJSON(lines)
	switch {
	case streams == 0:
		return skip(noJSON())
	case len(at) == 0:
		return nil
	}
	var bad []evidence.Line
	for _, i := range at {
		bad = append(bad, logEvidence(lines)[i])
	}
	return w.wrong(both("%d of %d log lines are not JSON", "%d 行日志（共 %d 行）不是 JSON", len(bad), len(lines)),
		lang.Text{EN: "the app logs JSON, but something writes there without its logger", ZH: "应用输出 JSON 日志，但有代码绕过日志库直接输出"},
		lang.Text{EN: "look for fmt.Print, log.Print, and gin's own writers (gin.DefaultWriter, gin.SetMode(gin.ReleaseMode))", ZH: "请检查 fmt.Print、log.Print 以及 gin 自带输出（gin.DefaultWriter、gin.SetMode(gin.ReleaseMode)）"}, bad...)
}

func (w *World) noneAboveLevel(ctx context.Context, level string) error {
	limit := slices.Index(levels, levelSpellings[strings.ToLower(level)])
	if limit < 0 {
		return gherkin.Broken(fmt.Errorf("%q is no level; there are %s", level, strings.Join(levels, ", ")))
	}
	lines, err := w.log(ctx)
	if err != nil {
		return err
	}
	var bad []evidence.Line
	for i, line := range lines {
		if slices.Index(levels, levelOf(line.Text)) > limit {
			bad = append(bad, logEvidence(lines)[i])
		}
	}
	if len(bad) == 0 {
		return nil
	}
	return w.wrong(both("%d log lines are above the level %s", "有 %d 行日志高于 %s 级别", len(bad), level),
		lang.Text{EN: "the app complains though nothing was done to it", ZH: "在没有任何异常的情况下应用报告了问题"},
		lang.Text{EN: "correct what the lines name, or log what is no error at a lower level", ZH: "请修正日志指出的问题；不是错误的内容请降低级别"}, bad...)
}

func (w *World) noSecrets(ctx context.Context) error {
	lines, err := w.log(ctx)
	if err != nil {
		return err
	}
	redactor := evidence.NewRedactor(w.Launcher.Trial().Secrets())
	var bad []evidence.Line
	for i, line := range lines {
		for _, leak := range redactor.Leaks(line.Text) {
			where := logEvidence(lines)[i]
			where.Text = "shows a secret: " + leak.Kind
			bad = append(bad, where)
		}
	}
	if len(bad) == 0 {
		return nil
	}
	return w.wrong(both("the log shows %d secrets", "日志泄露了 %d 处机密", len(bad)),
		lang.Text{EN: "whoever reads the logs, and every system they are copied to, has them now", ZH: "能看到日志的人和所有收集日志的系统都拿到了它们"},
		lang.Text{EN: "do not log configuration or environment whole; give secret types a String method that hides them", ZH: "不要整体打印配置或环境变量；为机密类型实现隐藏内容的 String 方法"}, bad...)
}

func (w *World) logContains(ctx context.Context, text string) error {
	s, err := w.launched(ctx)
	if err != nil {
		return err
	}
	lines, err := s.Logs(ctx)
	if err != nil {
		return err
	}
	for _, line := range lines {
		if strings.Contains(line.Text, text) {
			return nil
		}
	}
	return w.wrong(both("no log line contains %q", "没有日志行包含 %q", text), both("there are %d lines", "共 %d 行日志", len(lines)),
		lang.Text{EN: "see what it logs instead, in " + evidence.StdoutLog + " and " + evidence.StderrLog, ZH: "实际日志见 " + evidence.StdoutLog + " 与 " + evidence.StderrLog})
}

func (w *World) logLacks(ctx context.Context, text string) error {
	lines, err := w.log(ctx)
	if err != nil {
		return err
	}
	bad := offending(lines, func(line string) bool { return strings.Contains(line, text) })
	if len(bad) == 0 {
		return nil
	}
	return w.wrong(both("%d log lines contain %q", "%d 行日志包含 %q", len(bad), text),
		lang.Text{EN: "what is logged is read, copied and kept by many", ZH: "写进日志的内容会被多人查看、复制并长期保存"},
		lang.Text{EN: "log what identifies the event, and leave this out", ZH: "日志只写能定位问题的信息，去掉这部分内容"}, bad...)
}

// logIsShort wants an app in trouble not to bury the reason, and the disk, under
// its complaints.
func (w *World) logIsShort(ctx context.Context, most int) error {
	lines, err := w.log(ctx)
	if err != nil {
		return err
	}
	if len(lines) <= most {
		return nil
	}
	return w.wrong(both("the log has %d lines, more than %d", "日志有 %d 行，超过 %d 行", len(lines), most),
		both("the last one is: %s", "最后一行为：%s", lines[len(lines)-1].Text),
		lang.Text{EN: "log a lasting fault when it begins and when it ends, and retry with a growing pause", ZH: "持续的故障只在开始与恢复时记录，重试间隔应逐步加长"})
}

func (w *World) pagesVisited(ctx context.Context) error {
	s, err := w.ready(ctx)
	if err != nil {
		return err
	}
	for _, page := range w.visited() {
		if _, err := s.Open(ctx, sandbox.ThroughNginx, published(s, sandbox.ThroughNginx, page)); err != nil {
			return w.noAnswer("GET", page, sandbox.ThroughNginx, err)
		}
	}
	return settle(ctx, s)
}

// settle waits until the log has stopped growing: an app logs a request after it
// has answered it, and the engine reads what it logs later still.
func settle(ctx context.Context, s *sandbox.Sandbox) error {
	const pause, patience = 50 * time.Millisecond, 20
	seen := -1
	for range patience {
		lines, err := s.Logs(ctx)
		if err != nil {
			return err
		}
		if len(lines) == seen {
			return nil
		}
		seen = len(lines)
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(pause):
		}
	}
	return nil
}

// visited are the paths that every app has: its pages and its ready path.
func (w *World) visited() []string {
	paths, _ := w.Launcher.Pages()
	if ready := w.Launcher.Trial().App.Ready; !slices.Contains(paths, ready) {
		paths = append(paths, ready)
	}
	return paths
}
