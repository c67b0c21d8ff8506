package sandbox

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/seatrial/seatrial/harness/deployment"
	"github.com/seatrial/seatrial/harness/lang"
)

// Kind is how an app did not become ready.
type Kind int

const (
	unknownKind Kind = iota
	// Refused: the engine could not start the process at all.
	Refused
	// Exited: the process ended before it was ready.
	Exited
	// NotListening: the process runs and no socket listens.
	NotListening
	// OtherPort: sockets listen, none on the expected port.
	OtherPort
	// LoopbackOnly: the expected port is open on the loopback address only.
	LoopbackOnly
	// NotReady: the port is open, the ready path does not answer as it should.
	NotReady
	// Restarted: it was started again, by the engine or after a probe, and was not
	// ready then either.
	Restarted
)

func (k Kind) String() string {
	names := []string{"unknown", "refused", "exited", "not-listening", "other-port", "loopback-only", "not-ready", "restarted"}
	if k < 0 || int(k) >= len(names) {
		return names[0]
	}
	return names[k]
}

// StartFailure says why an app did not become ready: what was seen, not why the
// app did it. It is the app's failure, not the harness's.
type StartFailure struct {
	Replica int // whose failure it is, from 1 on; 0 where there is one instance
	Kind    Kind
	Within  time.Duration // how long it had
	Seen    string        // what the last look at the ready path saw
	Body    string        // how the last answer there began, if it was text
	Engine  string        // the engine's words, if it refused
	Port    int
	State   State
	Log     []LogLine
	Sockets []Socket
	Spec    deployment.Spec
}

// Error gives the cause in English, in one line.
func (f *StartFailure) Error() string { return "start app: " + f.Cause().EN }

// Cause says in one sentence what was seen.
func (f *StartFailure) Cause() lang.Text {
	text := f.seen()
	if f.Replica > 0 {
		text.EN = fmt.Sprintf("replica %d: %s", f.Replica, text.EN)
		text.ZH = fmt.Sprintf("副本 %d：%s", f.Replica, text.ZH)
	}
	return text
}

func (f *StartFailure) seen() lang.Text {
	switch f.Kind {
	case Refused:
		return lang.Text{
			EN: "the engine could not start it: " + f.EngineWords(),
			ZH: "容器引擎无法启动它：" + f.EngineWords(),
		}
	case Exited:
		return f.exited()
	case NotListening:
		return lang.Text{
			EN: fmt.Sprintf("it runs, but listens on no TCP port within %s; port %d was expected", f.Within, f.Port),
			ZH: fmt.Sprintf("进程在运行，但 %s 内没有监听任何 TCP 端口（应监听 %d）", f.Within, f.Port),
		}
	case OtherPort:
		return lang.Text{
			EN: fmt.Sprintf("it listens on %s and not on port %d", f.addresses(), f.Port),
			ZH: fmt.Sprintf("它监听的是 %s，而不是端口 %d", f.addresses(), f.Port),
		}
	case LoopbackOnly:
		return lang.Text{
			EN: fmt.Sprintf("it listens on %s only, which nothing outside its container can reach", f.addresses()),
			ZH: fmt.Sprintf("它只监听 %s，容器之外无法访问", f.addresses()),
		}
	case Restarted:
		return f.restarted()
	case NotReady:
		return lang.Text{
			EN: fmt.Sprintf("port %d is open, but it was not ready within %s: %s", f.Port, f.Within, f.Seen),
			ZH: fmt.Sprintf("端口 %d 已打开，但 %s 内未就绪：%s", f.Port, f.Within, f.Seen),
		}
	}
	return lang.Text{EN: "it did not become ready: " + f.Seen, ZH: "未能就绪：" + f.Seen}
}

// restarted tells why an app was started again and again.
func (f *StartFailure) restarted() lang.Text {
	times := lang.Text{
		EN: fmt.Sprintf("it was started again %d times within %s and never became ready", f.State.Restarts, f.Within),
		ZH: fmt.Sprintf("它在 %s 内被重新启动 %d 次，始终未能就绪", f.Within, f.State.Restarts),
	}
	why := f.State.RestartedFor
	if why == "" {
		why = f.lastWords()
	}
	if why == "" {
		return times
	}
	return lang.Text{EN: times.EN + ": " + why, ZH: times.ZH + "：" + why}
}

// exited tells how the process ended and what it said last.
func (f *StartFailure) exited() lang.Text {
	after := lang.Text{EN: "at once", ZH: "刚启动就"}
	// The engine's two clocks may differ by more than a short life.
	if life := f.State.Finished.Sub(f.State.Started).Round(time.Millisecond); life > 0 {
		after = lang.Text{EN: fmt.Sprintf("after %s", life), ZH: fmt.Sprintf("运行 %s 后", life)}
	}
	if f.State.OOM {
		return lang.Text{
			EN: "it was killed for using more memory than its limit " + after.EN,
			ZH: "它" + after.ZH + "因超出内存限制被杀死（OOM）",
		}
	}
	if f.State.OOMEvidence != "" {
		return lang.Text{
			EN: fmt.Sprintf("it was killed %s, perhaps for using more memory than its limit: %s", after.EN, f.State.OOMEvidence),
			ZH: fmt.Sprintf("它%s被杀死，可能超出了内存限制：%s", after.ZH, f.State.OOMEvidence),
		}
	}
	if f.State.ExitCode == exitBrokenPipe && f.Spec.LogReader.State != "" {
		return lang.Text{
			EN: fmt.Sprintf("it was ended by SIGPIPE %s: nobody reads its log", after.EN),
			ZH: fmt.Sprintf("它%s被 SIGPIPE 终止：没有人读取它的日志", after.ZH),
		}
	}
	said := lang.Text{EN: ", without writing a line", ZH: "，没有输出任何日志"}
	if words := f.lastWords(); words != "" {
		said = lang.Text{EN: "; its last words: " + words, ZH: "；最后的日志：" + words}
	}
	return lang.Text{
		EN: fmt.Sprintf("it exited with code %d %s%s", f.State.ExitCode, after.EN, said.EN),
		ZH: fmt.Sprintf("它%s以退出码 %d 退出%s", after.ZH, f.State.ExitCode, said.ZH),
	}
}

// Crash gives the index of the log line with which the Go runtime began to tell
// of a crash, -1 if there is none: what follows is goroutines.
func (f *StartFailure) Crash() int {
	return slices.IndexFunc(f.Log, func(line LogLine) bool {
		return strings.HasPrefix(line.Text, "panic: ") || strings.HasPrefix(line.Text, "fatal error: ")
	})
}

// logTime is what package log and many others begin a line with.
var logTime = regexp.MustCompile(`^\d{4}[/-]\d\d[/-]\d\d[ T]\d\d:\d\d:\d\d\S* `)

// ginBanner is what gin prints at every start in its debug mode.
var ginBanner = regexp.MustCompile(`^(?:\[GIN-debug\] (?:\[WARNING\]|[A-Z]+ +/|Loaded HTML|Listening)| - using (?:env|code):|Please check https://pkg\.go\.dev/)`)

// lastWords is the line that most likely says why the app ended.
func (f *StartFailure) lastWords() string {
	if i := f.Crash(); i >= 0 {
		return shortened(f.Log[i].Text)
	}
	banner := ""
	for _, line := range slices.Backward(f.Log) {
		text := strings.TrimSpace(logTime.ReplaceAllString(line.Text, ""))
		switch {
		case text == "":
		case ginBanner.MatchString(line.Text):
			banner = cmp.Or(banner, text)
		default:
			return shortened(message(text))
		}
	}
	return shortened(banner)
}

// message takes what a person wants to read out of a line of JSON.
func message(line string) string {
	var object map[string]any
	if !strings.HasPrefix(line, "{") || json.Unmarshal([]byte(line), &object) != nil {
		return line
	}
	var parts []string
	for _, names := range [][]string{{"msg", "message", "event"}, {"error", "err"}} {
		for _, name := range names {
			if text, ok := object[name].(string); ok && text != "" {
				parts = append(parts, text)
				break
			}
		}
	}
	if len(parts) == 0 {
		return line
	}
	return strings.Join(parts, ": ")
}

func shortened(line string) string {
	const most = 160
	if runes := []rune(line); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return line
}

// Fix says what to look at or change.
func (f *StartFailure) Fix() lang.Text {
	switch f.Kind {
	case Refused:
		return lang.Text{
			EN: "check that the binary is executable by the app's user and built for this target; one that is built with cgo also needs the loader that it names on its base",
			ZH: "请检查运行用户是否可执行该二进制、目标平台是否一致；用 cgo 构建的二进制还要求基础镜像里有它指定的动态加载器",
		}
	case Exited:
		if f.State.OOM {
			return lang.Text{EN: "raise the memory limit, or set GOMEMLIMIT below it and look for what grows", ZH: "提高内存限制，或把 GOMEMLIMIT 设到限制以下并查找内存增长点"}
		}
		if f.State.ExitCode == exitBrokenPipe && f.Spec.LogReader.State != "" {
			return lang.Text{
				EN: "Go ends a program at a write to a closed stdout or stderr unless it handles SIGPIPE: signal.Ignore(syscall.SIGPIPE), and drop what cannot be logged",
				ZH: "向已关闭的 stdout 或 stderr 写入时，Go 会终止未处理 SIGPIPE 的程序：请调用 signal.Ignore(syscall.SIGPIPE)，并丢弃无法写出的日志",
			}
		}
		if len(f.Log) == 0 {
			return lang.Text{EN: "make the app say why it ends: write the error to stderr before os.Exit", ZH: "让应用在退出前把原因写到 stderr"}
		}
		return lang.Text{EN: "the last lines of its log say why it ended; correct that, or give the deployment what it asks for", ZH: "日志末尾说明了退出原因；请修正，或在部署中提供它所需的内容"}
	case Restarted:
		return lang.Text{
			EN: "an app that is killed while it starts never gets further: let it listen before it does what takes long, or give the probe a longer start (startup-probe, initialDelaySeconds); one that ends by itself must be able to start over what its last life left behind",
			ZH: "在启动途中被杀死的应用永远无法完成启动：请先监听端口再做耗时的准备，或放宽探针（startup-probe、initialDelaySeconds）；自行退出的应用必须能在上次遗留的状态上重新启动",
		}
	case NotListening:
		return lang.Text{
			EN: "see in the log what it waits for before it listens; if the log says that it listens, it does not: is the server started, and its error not thrown away? if it is only slow, raise start-within",
			ZH: "从日志看它在监听之前等待什么；若日志说已在监听，其实并没有：是否真的启动了服务、其错误是否被丢弃？若只是启动慢，可调大 start-within",
		}
	case OtherPort:
		return lang.Text{
			EN: fmt.Sprintf("set app.port in matrix.yaml to the port it uses, or make it listen on %d", f.Port),
			ZH: fmt.Sprintf("在 matrix.yaml 的 app.port 写上它实际使用的端口，或让它监听 %d", f.Port),
		}
	case LoopbackOnly:
		return lang.Text{
			EN: fmt.Sprintf("listen on all addresses: \":%d\" or \"0.0.0.0:%d\" instead of \"127.0.0.1:%d\" or \"localhost:%d\"", f.Port, f.Port, f.Port, f.Port),
			ZH: fmt.Sprintf("请监听所有地址：用 \":%d\" 或 \"0.0.0.0:%d\"，不要用 \"127.0.0.1:%d\" 或 \"localhost:%d\"", f.Port, f.Port, f.Port, f.Port),
		}
	case NotReady:
		if strings.Contains(f.Seen, "answered 404") {
			return lang.Text{EN: "the app has no such page: set app.ready in matrix.yaml to a path that answers 2xx when it can serve", ZH: "应用没有这个路径：请在 matrix.yaml 的 app.ready 写上可服务时返回 2xx 的路径"}
		}
		return lang.Text{EN: "ask the ready path yourself and read the log for what it waits for; set app.ready if it is another path", ZH: "请自行访问就绪路径，并从日志查看它在等待什么；若路径不对，请设置 app.ready"}
	}
	return lang.Text{EN: "read the evidence", ZH: "请查看证据"}
}

// EngineWords is why the engine refused to start the process.
func (f *StartFailure) EngineWords() string {
	if f.State.Error != "" {
		return f.State.Error
	}
	return f.Engine
}

// addresses lists where it listens; when that is on the right port, the others
// are beside the point.
func (f *StartFailure) addresses() string {
	var list []string
	for _, k := range f.Sockets {
		if f.Kind == LoopbackOnly && k.Port != f.Port {
			continue
		}
		list = append(list, net.JoinHostPort(k.Address, strconv.Itoa(k.Port)))
	}
	return strings.Join(list, ", ")
}
