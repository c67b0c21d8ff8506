package deployment

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/docker/go-units"

	"github.com/seatrial/seatrial/harness/lang"
)

// Restart is what the engine does about an app that ends.
type Restart string

const (
	// NoRestart is the zero value: the app stays ended.
	NoRestart Restart = ""
	// OnFailure starts it again if its exit code was not 0.
	OnFailure Restart = "on-failure"
	// Always starts it again whatever the code was.
	Always Restart = "always"
)

// Probe is how often an app is asked whether it is well, as the kubelet asks.
// See https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/.
type Probe struct {
	// Delay is from the start of the container to the first question
	// (initialDelaySeconds), Period from one to the next, Timeout how long an
	// answer may take.
	Delay   time.Duration `json:"delay,omitempty"`
	Period  time.Duration `json:"period"`
	Timeout time.Duration `json:"timeout"`
	// Failures is how many answers in a row may be missing or bad; at the last of
	// them the app is killed (failureThreshold).
	Failures int `json:"failures"`
	// Path is what is asked for; empty means the app's ready path.
	Path string `json:"path,omitempty"`
}

// Probes are those of a deployment; nil where there is none.
type Probes struct {
	// Startup holds the other back until it has succeeded once.
	Startup  *Probe `json:"startup,omitempty"`
	Liveness *Probe `json:"liveness,omitempty"`
}

// LogReader is who reads what the app writes to stdout and stderr. The zero value
// is the engine, which reads everything at once.
type LogReader struct {
	// State is pipe, gone, stuck or slow.
	State ReaderState `json:"state,omitempty"`
	// Rate is how many bytes a second a slow reader takes.
	Rate int64 `json:"rate,omitempty"`
}

// ReaderState is what the reader at the other end of the app's log does.
type ReaderState string

const (
	// ReaderThere reads through a pipe, and can be changed while the app runs.
	ReaderThere ReaderState = "pipe"
	// ReaderGone has closed its end: a write fails with EPIPE.
	ReaderGone ReaderState = "gone"
	// ReaderStuck does not read: when the pipe is full, a write waits for ever.
	ReaderStuck ReaderState = "stuck"
	// ReaderSlow reads little by little: when the pipe is full, a write waits.
	ReaderSlow ReaderState = "slow"
)

// String gives the form of the condition's value.
func (r LogReader) String() string {
	if r.State == ReaderSlow {
		return fmt.Sprintf("%s:%d", r.State, r.Rate)
	}
	return string(r.State)
}

// mostReplicas: one is not enough to find out what instances share; more than two
// find out nothing else.
const mostReplicas = 2

// life is how the process lives and ends, and who listens to it.
func life() []Kind {
	return []Kind{
		{
			Name: "init", Example: "init",
			Doc: lang.Text{
				EN: "The app runs below an init that reaps orphans and passes signals on (docker run --init, tini), so that its process number is not 1.",
				ZH: "应用运行在 init 进程之下（docker run --init、tini）：由 init 回收孤儿进程并转发信号，应用的进程号不再是 1。",
			},
			apply: func(s *Spec, _ string) error { s.Init = true; return nil },
		},
		{
			Name: "restart", Value: "on-failure|always", Example: "restart=on-failure",
			Doc: lang.Text{
				EN: "The engine starts an app that has ended again, in the same container: on-failure, if its code was not 0; or always. It waits longer each time, from 100 ms on.",
				ZH: "应用结束后由引擎在同一容器中重新启动：on-failure 仅在退出码非 0 时，always 则总是；间隔从 100 毫秒起逐次加倍。",
			},
			normalise: oneOf(string(OnFailure), string(Always)),
			apply:     func(s *Spec, v string) error { s.Restart = Restart(v); return nil },
			decides:   func(string) string { return "restart policy" },
		},
		{
			Name: "startup-probe", Value: "period:TIME,failures:N[,delay:TIME][,timeout:TIME][,path:PATH]", Example: "startup-probe=period:1s,failures:3",
			Doc: lang.Text{
				EN: "As Kubernetes' startupProbe: the app is asked (its ready path, or this one) until it has answered well once. After so many failures in a row it is killed (SIGTERM, and SIGKILL after stop-within), and a new container takes its place: mounts stay, the rest is lost.",
				ZH: "同 Kubernetes 的 startupProbe：反复访问就绪路径（或所给路径），直到成功一次；连续失败达到次数后杀死应用（先 SIGTERM，超过 stop-within 再 SIGKILL），并以新容器代替：挂载保留，其余丢失。",
			},
			normalise: probeValue,
			apply:     func(s *Spec, v string) (err error) { s.Probes.Startup, err = readProbe(v); return err },
			decides:   func(string) string { return "startup probe" },
		},
		{
			Name: "liveness-probe", Value: "period:TIME,failures:N[,delay:TIME][,timeout:TIME][,path:PATH]", Example: "liveness-probe=delay:2s,period:1s,failures:3",
			Doc: lang.Text{
				EN: "As Kubernetes' livenessProbe: the app is asked (its ready path, or this one) as long as it lives, and replaced after so many failures in a row, as with startup-probe, which comes first where there is one. An answer has 1 s unless a timeout is given.",
				ZH: "同 Kubernetes 的 livenessProbe：应用存活期间持续访问就绪路径（或所给路径），连续失败达到次数后按 startup-probe 所述方式替换；若有 startup-probe 则在其成功后开始。未给出 timeout 时应答时限为 1 秒。",
			},
			normalise: probeValue,
			apply:     func(s *Spec, v string) (err error) { s.Probes.Liveness, err = readProbe(v); return err },
			decides:   func(string) string { return "liveness probe" },
		},
		{
			Name: "replicas", Value: "2", Example: "replicas=2",
			Doc: lang.Text{
				EN: "Two instances of the app start at the same time, each in a network namespace of its own, on the same Redis and the same volumes; nginx sends requests to both in turn.",
				ZH: "同时启动应用的两个实例，各有独立的网络命名空间，共用同一 Redis 与同一组卷；nginx 轮流转发给两者。",
			},
			normalise: func(v string) (string, error) {
				if v != strconv.Itoa(mostReplicas) {
					return "", fmt.Errorf("%q replicas are not possible; there can be %d", v, mostReplicas)
				}
				return v, nil
			},
			apply:   func(s *Spec, v string) (err error) { s.Replicas, err = strconv.Atoi(v); return err },
			decides: func(string) string { return "number of replicas" },
		},
		{
			Name: "log-reader", Value: "pipe|gone|stuck|slow:SIZE", Example: "log-reader=slow:1KiB",
			Doc: lang.Text{
				EN: "stdout and stderr are a pipe of 4 KiB to a reader of their own. gone: it has closed its end, a write fails with EPIPE (Go ends a program then, unless it handles SIGPIPE). " +
					"stuck: it reads nothing; slow: so many bytes a second: when the pipe is full, a write waits. pipe: it reads everything, until a step changes that. The app is not process 1 then.",
				ZH: "stdout 与 stderr 接到 4 KiB 的管道，由专门的读者读取。gone：读端已关闭，写入得到 EPIPE（Go 程序若未处理 SIGPIPE 会因此结束）；" +
					"stuck：不读取；slow：每秒只读这么多字节，管道写满后写入会阻塞；pipe：全部读取，可由后续步骤改变。此时应用的进程号不是 1。",
			},
			normalise: readerValue,
			apply: func(s *Spec, v string) (err error) {
				state, rate, slow := strings.Cut(v, ":")
				s.LogReader.State = ReaderState(state)
				if slow {
					s.LogReader.Rate, err = byteCount(rate)
				}
				return err
			},
			decides: func(string) string { return "reader of the log" },
		},
	}
}

func readerValue(v string) (string, error) {
	state, rate, timed := strings.Cut(v, ":")
	if ReaderState(state) == ReaderSlow {
		n, err := units.RAMInBytes(rate)
		if err != nil || n < 1 {
			return "", fmt.Errorf("%q needs a size a second, as in slow:1KiB", v)
		}
		return fmt.Sprintf("%s:%d", state, n), nil
	}
	if timed {
		return "", fmt.Errorf("%q: only a slow reader has a size", v)
	}
	return oneOf(string(ReaderThere), string(ReaderGone), string(ReaderStuck))(v)
}

// Kubernetes' own default: https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/#Probe
const probeTimeout = time.Second

// String gives the form of the condition's value.
func (p Probe) String() string {
	text := fmt.Sprintf("delay:%s,period:%s,failures:%d", p.Delay, p.Period, p.Failures)
	if p.Timeout != probeTimeout && p.Timeout != 0 {
		text += ",timeout:" + p.Timeout.String()
	}
	if p.Path != "" {
		text += ",path:" + p.Path
	}
	return text
}

func probeValue(v string) (string, error) {
	p, err := readProbe(v)
	if err != nil {
		return "", err
	}
	return p.String(), nil
}

func readProbe(v string) (*Probe, error) {
	p := &Probe{Timeout: probeTimeout}
	for field := range strings.SplitSeq(v, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(field), ":")
		var err error
		switch name {
		case "delay":
			p.Delay, err = time.ParseDuration(value)
		case "period":
			p.Period, err = time.ParseDuration(value)
		case "timeout":
			p.Timeout, err = time.ParseDuration(value)
		case "failures":
			p.Failures, err = strconv.Atoi(value)
		case "path":
			if p.Path = value; !strings.HasPrefix(value, "/") {
				err = errors.New("it does not begin with /")
			}
		default:
			err = errors.New("a probe has delay, period, timeout, failures and path")
		}
		if err != nil {
			return nil, fmt.Errorf("%q is no part of a probe: %w", field, err)
		}
	}
	if p.Delay < 0 || p.Period <= 0 || p.Timeout <= 0 || p.Failures < 1 {
		return nil, fmt.Errorf("%q needs a period, and a number of failures of 1 or more", v)
	}
	return p, nil
}
