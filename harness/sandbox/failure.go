package sandbox

import (
	"fmt"
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
	// NotReady: the port is open, the ready path does not answer 2xx.
	NotReady
)

func (k Kind) String() string {
	names := []string{"unknown", "refused", "exited", "not-listening", "other-port", "loopback-only", "not-ready"}
	if k < 0 || int(k) >= len(names) {
		return names[0]
	}
	return names[k]
}

// StartFailure says why an app did not become ready: what was seen, not why the
// app did it. It is the app's failure, not the harness's.
type StartFailure struct {
	Kind    Kind
	Within  time.Duration // how long it had
	Seen    string        // what the last look at the ready path saw
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
	switch f.Kind {
	case Refused:
		return lang.Text{
			EN: "the engine could not start it: " + f.engineWords(),
			ZH: "容器引擎无法启动它：" + f.engineWords(),
		}
	case Exited:
		life := f.State.Finished.Sub(f.State.Started).Round(time.Millisecond)
		if f.State.OOM {
			return lang.Text{
				EN: fmt.Sprintf("it was killed for using more memory than its limit after %s", life),
				ZH: fmt.Sprintf("运行 %s 后因超出内存限制被杀死（OOM）", life),
			}
		}
		said := ""
		if len(f.Log) == 0 {
			said = ", without writing a line"
		}
		zhSaid := strings.Replace(said, ", without writing a line", "，没有输出任何日志", 1)
		return lang.Text{
			EN: fmt.Sprintf("it exited with code %d after %s%s", f.State.ExitCode, life, said),
			ZH: fmt.Sprintf("运行 %s 后以退出码 %d 退出%s", life, f.State.ExitCode, zhSaid),
		}
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
	case NotReady:
		return lang.Text{
			EN: fmt.Sprintf("port %d is open, but it was not ready within %s: %s", f.Port, f.Within, f.Seen),
			ZH: fmt.Sprintf("端口 %d 已打开，但 %s 内未就绪：%s", f.Port, f.Within, f.Seen),
		}
	}
	return lang.Text{EN: "it did not become ready: " + f.Seen, ZH: "未能就绪：" + f.Seen}
}

// Fix says what to look at or change.
func (f *StartFailure) Fix() lang.Text {
	switch f.Kind {
	case Refused:
		return lang.Text{
			EN: "check that the binary is in the image, executable by the app's user, and built for this target",
			ZH: "请检查镜像里是否有该二进制、运行用户是否可执行它、目标平台是否一致",
		}
	case Exited:
		if f.State.OOM {
			return lang.Text{EN: "raise the memory limit, or set GOMEMLIMIT below it and look for what grows", ZH: "提高内存限制，或把 GOMEMLIMIT 设到限制以下并查找内存增长点"}
		}
		if len(f.Log) == 0 {
			return lang.Text{EN: "make the app say why it ends: write the error to stderr before os.Exit", ZH: "让应用在退出前把原因写到 stderr"}
		}
		return lang.Text{EN: "the last lines of its log say why it ended; correct that, or give the deployment what it asks for", ZH: "日志末尾说明了退出原因；请修正，或在部署中提供它所需的内容"}
	case NotListening:
		return lang.Text{EN: "see in the log what it is waiting for before it listens; raise start-within if it is only slow", ZH: "从日志看它在监听之前等待什么；若只是启动慢，可调大 start-within"}
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
		return lang.Text{EN: "ask the ready path yourself and read the log for what it waits for; set app.ready if it is another path", ZH: "请自行访问就绪路径，并从日志查看它在等待什么；若路径不对，请设置 app.ready"}
	}
	return lang.Text{EN: "read the evidence", ZH: "请查看证据"}
}

func (f *StartFailure) engineWords() string {
	if f.State.Error != "" {
		return f.State.Error
	}
	return f.Engine
}

func (f *StartFailure) addresses() string {
	var list []string
	for _, k := range f.Sockets {
		list = append(list, fmt.Sprintf("%s:%d", k.Address, k.Port))
	}
	return strings.Join(list, ", ")
}
