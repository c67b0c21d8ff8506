package scenarios

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/seatrial/seatrial/harness/evidence"
	"github.com/seatrial/seatrial/harness/lang"
	"github.com/seatrial/seatrial/harness/sandbox"
	"github.com/seatrial/seatrial/scenarios/gherkin"
)

// The form of log lines: fields, one event a line, nothing for a terminal.

// offending gives the lines that a check objects to, as evidence.
func offending(lines []sandbox.LogLine, objects func(text string) bool) []evidence.Line {
	var bad []evidence.Line
	all := logEvidence(lines)
	for i, line := range lines {
		if objects(line.Text) {
			bad = append(bad, all[i])
		}
	}
	return bad
}

// fieldNames reads "time, level, msg".
func fieldNames(list string) ([]string, error) {
	var names []string
	for name := range strings.SplitSeq(list, ",") {
		if name = strings.TrimSpace(name); name != "" {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return nil, gherkin.Broken(errors.New("name at least one field"))
	}
	return names, nil
}

// jsonLines gives the objects that the app logged, and skips for text logs.
func (w *World) jsonLines(ctx context.Context) ([]sandbox.LogLine, []map[string]any, error) {
	lines, err := w.log(ctx)
	if err != nil {
		return nil, nil, err
	}
	var kept []sandbox.LogLine
	var objects []map[string]any
	for _, line := range lines {
		var object map[string]any
		if strings.HasPrefix(line.Text, "{") && json.Unmarshal([]byte(line.Text), &object) == nil {
			kept = append(kept, line)
			objects = append(objects, object)
		}
	}
	if len(objects) == 0 {
		return nil, nil, skip(noJSON())
	}
	return kept, objects, nil
}

// hasField looks a field up; a dot leads into an object, where no key has it.
func hasField(object map[string]any, name string) bool {
	if _, ok := object[name]; ok {
		return true
	}
	outer, inner, nested := strings.Cut(name, ".")
	below, ok := object[outer].(map[string]any)
	return nested && ok && hasField(below, inner)
}

// holdsField says whether a field of this name is anywhere in the value.
func holdsField(value any, name string) bool {
	switch v := value.(type) {
	case map[string]any:
		for key, below := range v {
			if strings.EqualFold(key, name) || holdsField(below, name) {
				return true
			}
		}
	case []any:
		return slices.ContainsFunc(v, func(below any) bool { return holdsField(below, name) })
	}
	return false
}

func (w *World) jsonHasFields(ctx context.Context, list string) error {
	return w.judgeFields(ctx, list, func(object map[string]any, name string) bool { return !hasField(object, name) }, "lack", "缺少",
		lang.Text{EN: "set the names of the fields in one place, where the logger is made, and log through that logger alone", ZH: "在创建日志器的地方统一字段名，并只通过该日志器输出"})
}

func (w *World) jsonLacksFields(ctx context.Context, list string) error {
	return w.judgeFields(ctx, list, func(object map[string]any, name string) bool { return holdsField(object, name) }, "have", "含有",
		lang.Text{EN: "do not log whole requests, headers or configurations; name the fields that may be logged", ZH: "不要整体输出请求、请求头或配置；只输出允许的字段"})
}

func (w *World) judgeFields(ctx context.Context, list string, objects func(map[string]any, string) bool, verb, verbZH string, fix lang.Text) error {
	names, err := fieldNames(list)
	if err != nil {
		return err
	}
	lines, parsed, err := w.jsonLines(ctx)
	if err != nil {
		return err
	}
	var bad []evidence.Line
	guilty := map[string]bool{}
	all := logEvidence(lines)
	for i, object := range parsed {
		for _, name := range names {
			if objects(object, name) {
				guilty[name] = true
				if len(bad) == 0 || bad[len(bad)-1] != all[i] {
					bad = append(bad, all[i])
				}
			}
		}
	}
	if len(bad) == 0 {
		return nil
	}
	var which []string
	for _, name := range names {
		if guilty[name] {
			which = append(which, name)
		}
	}
	said := strings.Join(which, ", ")
	return w.wrong(lang.Text{
		EN: fmt.Sprintf("%d of %d JSON log lines %s the fields %s", len(bad), len(parsed), verb, said),
		ZH: fmt.Sprintf("%d 行 JSON 日志（共 %d 行）%s字段 %s", len(bad), len(parsed), verbZH, said),
	}, lang.Text{EN: "what searches and alarms on logs goes by fields", ZH: "检索与告警都依赖字段"}, fix, bad...)
}

// traceLine is a line that belongs to the event before it: a frame of a Go stack,
// or the head of one.
var traceLine = regexp.MustCompile(`^(?:goroutine \d+ \[|\t|created by |panic: |\[signal |fatal error: |[\w./*()\[\]…·-]+\(.*\)$|\s+/\S+\.go:\d+|/\S+\.go:\d+ \(0x)`)

func (w *World) oneLineEach(ctx context.Context) error {
	lines, err := w.log(ctx)
	if err != nil {
		return err
	}
	bad := offending(lines, traceLine.MatchString)
	if len(bad) == 0 {
		return nil
	}
	return w.wrong(both("%d log lines are pieces of an event", "%d 行日志只是某个事件的片段", len(bad)),
		lang.Text{EN: "a collector takes each line for an event of its own, without time and level", ZH: "采集端把每一行当作独立事件，既没有时间也没有级别"},
		lang.Text{EN: "recover from panics in handlers and log the stack as one field (gin.CustomRecoveryWithWriter, slog with debug.Stack())", ZH: "在处理函数中 recover，并把堆栈作为一个字段输出（gin.CustomRecoveryWithWriter、slog 加 debug.Stack()）"}, bad...)
}

func (w *World) noColours(ctx context.Context) error {
	lines, err := w.log(ctx)
	if err != nil {
		return err
	}
	bad := offending(lines, func(text string) bool { return strings.Contains(text, "\x1b[") || strings.Contains(text, `\u001b[`) })
	if len(bad) == 0 {
		return nil
	}
	return w.wrong(both("%d log lines have colour codes", "%d 行日志含颜色控制符", len(bad)),
		lang.Text{EN: "there is no terminal; searches for words do not find them between escape sequences", ZH: "这里没有终端；夹杂控制符的日志无法按关键字检索"},
		lang.Text{EN: "let the logger see that it does not write to a terminal (gin.DisableConsoleColor(), no gin.ForceConsoleColor(), NO_COLOR)", ZH: "让日志器知道输出不是终端（gin.DisableConsoleColor()，不要 gin.ForceConsoleColor()，或设置 NO_COLOR）"}, bad...)
}

func (w *World) ginReleased(ctx context.Context) error {
	lines, err := w.log(ctx)
	if err != nil {
		return err
	}
	bad := offending(lines, func(text string) bool { return strings.Contains(text, "[GIN-debug]") })
	if len(bad) == 0 {
		return nil
	}
	return w.wrong(both("gin runs in debug mode", "gin 以 debug 模式运行"),
		lang.Text{EN: fmt.Sprintf("%d lines are its debug output: every route is printed, and templates are read anew for each request", len(bad)), ZH: fmt.Sprintf("有 %d 行调试输出：会打印所有路由，且每次请求都重新读取模板", len(bad))},
		lang.Text{EN: "set GIN_MODE=release or call gin.SetMode(gin.ReleaseMode) before the engine is made", ZH: "设置 GIN_MODE=release，或在创建引擎前调用 gin.SetMode(gin.ReleaseMode)"}, bad...)
}

func (w *World) ginTrustsSome(ctx context.Context) error {
	lines, err := w.log(ctx)
	if err != nil {
		return err
	}
	bad := offending(lines, func(text string) bool { return strings.Contains(text, "You trusted all proxies") })
	if len(bad) == 0 {
		return nil
	}
	return w.wrong(both("gin trusts every proxy", "gin 信任所有代理"),
		lang.Text{EN: "any client can write the address that it wants to be known by into X-Forwarded-For", ZH: "任何客户端都可以通过 X-Forwarded-For 伪造自己的地址"},
		lang.Text{EN: "call SetTrustedProxies with the networks of your proxies, or with nil if there are none", ZH: "调用 SetTrustedProxies 并填写代理网段；没有代理则传 nil"}, bad...)
}

// latencyText is how loggers write how long a request took: a value with a unit,
// or a field that is named for it.
var latencyText = regexp.MustCompile(`(?i)\d(?:\.\d+)?\s?(?:ns|µs|μs|us|ms|s)\b|["']?\b(?:latency|duration|took|elapsed|cost|dur|time_taken|response_time|request_time|(?:latency|duration|elapsed|took)_?(?:ms|us|ns|s|seconds|human))["']?\s*[:=]`)

func (w *World) accessLogged(ctx context.Context, path string) error {
	s, err := w.ready(ctx)
	if err != nil {
		return err
	}
	before, err := s.Logs(ctx)
	if err != nil {
		return err
	}
	r, err := s.Get(ctx, sandbox.Direct, path)
	if err != nil {
		return w.noAnswer(http.MethodGet, path, sandbox.Direct, err)
	}
	lines, err := w.newLines(ctx, s, len(before), path)
	if err != nil {
		return err
	}
	status := regexp.MustCompile(`(?:^|\D)` + strconv.Itoa(r.Status) + `(?:\D|$)`)
	missing := lang.Text{EN: "no line names the path", ZH: "没有一行包含该路径"}
	for _, line := range lines {
		hasStatus, hasLatency := status.MatchString(line.Text), latencyText.MatchString(line.Text)
		if hasStatus && hasLatency {
			return nil
		}
		if !hasStatus {
			missing = lang.Text{EN: fmt.Sprintf("the line has no status %d: %s", r.Status, line.Text), ZH: fmt.Sprintf("该行没有状态码 %d：%s", r.Status, line.Text)}
		} else {
			missing = lang.Text{EN: "the line does not say how long it took: " + line.Text, ZH: "该行没有耗时：" + line.Text}
		}
	}
	return w.wrong(both("the request for %s is not in the log with status and latency", "访问 %s 的请求没有连同状态码与耗时记入日志", path), missing,
		lang.Text{EN: "log every request with method, path, status and duration, once it was answered", ZH: "在应答之后为每个请求记录方法、路径、状态码与耗时"})
}

// logFile is what files of logs are called.
var logFile = regexp.MustCompile(`(?i)(?:\.log(?:\.\d+|\.gz)?|/logs?/[^/]+|\.out|\.err)$`)

func (w *World) noLogFile(ctx context.Context) error {
	s, err := w.ready(ctx)
	if err != nil {
		return err
	}
	changes, err := s.Changes(ctx)
	if err != nil {
		return err
	}
	var bad []evidence.Line
	for _, c := range changes {
		if c.Kind != "deleted" && logFile.MatchString(c.Path) {
			bad = append(bad, evidence.Line{File: evidence.DiffFile, Text: c.Kind + " " + c.Path})
		}
	}
	if len(bad) == 0 {
		return nil
	}
	return w.wrong(both("the app writes %d log files inside the container", "应用在容器内写了 %d 个日志文件", len(bad)),
		lang.Text{EN: "nobody collects them, they are lost with the container, and they fill its disk: " + bad[0].Text, ZH: "没有人采集它们，随容器丢失，还会占满磁盘：" + bad[0].Text},
		lang.Text{EN: "log to stdout, and let the engine rotate", ZH: "日志写到 stdout，轮转交给容器引擎"}, bad...)
}

func noJSON() lang.Text {
	return lang.Text{EN: "the app does not log JSON", ZH: "应用不输出 JSON 日志"}
}
