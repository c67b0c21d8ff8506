package scenarios

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/seatrial/seatrial/harness/evidence"
	"github.com/seatrial/seatrial/harness/lang"
	"github.com/seatrial/seatrial/harness/sandbox"
	"github.com/seatrial/seatrial/scenarios/gherkin"
)

// shutdown is what became of requests that were under way when the app was told
// to stop, and of the app.
type shutdown struct {
	sent   int
	broken []evidence.Line
	state  sandbox.State
}

func (w *World) receives(ctx context.Context, signal string) error {
	s, err := w.ready(ctx)
	if err != nil {
		return err
	}
	return s.Signal(ctx, signal)
}

const (
	// margin is how long before the signal a request must have begun to be under
	// way for certain when the signal came.
	margin = 10 * time.Millisecond
	// warmUp bounds the requests before the signal, for an app that answers slowly.
	warmUp = 2 * time.Second
)

// receivesUnderLoad sends requests without a pause and a signal into the midst
// of them. Only requests that were begun before the signal count: what comes
// after may be refused.
func (w *World) receivesUnderLoad(ctx context.Context, signal, path string) error {
	s, err := w.ready(ctx)
	if err != nil {
		return err
	}
	load := startLoad(ctx, s, path)
	defer load.stop()
	load.warm(ctx)
	load.signalled(time.Now())
	if err := s.Signal(ctx, signal); err != nil {
		return err
	}
	report := &shutdown{}
	report.state, err = s.WaitExit(ctx, w.Launcher.Deployment().StopWithin+stopGrace)
	if err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	report.sent, report.broken = load.stop()
	w.stopped = report
	return nil
}

// load is clients that ask without a pause until it is stopped, or until they
// get no answer.
type load struct {
	cancel context.CancelFunc
	warmed chan struct{}
	all    sync.WaitGroup

	mu     sync.Mutex
	last   time.Time // of what counts: none begun later
	sent   int
	broken []evidence.Line
}

func startLoad(ctx context.Context, s *sandbox.Sandbox, path string) *load {
	const clients, before = 4, 5
	ctx, cancel := context.WithCancel(ctx)
	l := &load{cancel: cancel, warmed: make(chan struct{})}
	var warm sync.WaitGroup
	warm.Add(clients)
	for range clients {
		l.all.Go(func() {
			done := 0
			for ctx.Err() == nil {
				began := time.Now()
				_, err := s.Do(ctx, sandbox.Direct, http.MethodGet, path, nil, "")
				l.record(ctx, began, err)
				if done++; done == before || err != nil && done < before {
					warm.Done()
				}
				if err != nil {
					return
				}
			}
			if done < before {
				warm.Done()
			}
		})
	}
	go func() {
		warm.Wait()
		close(l.warmed)
	}()
	return l
}

// record counts a request that was begun early enough, unless it was given up.
func (l *load) record(ctx context.Context, began time.Time, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err != nil && ctx.Err() != nil || !l.last.IsZero() && began.After(l.last) {
		return
	}
	l.sent++
	if err != nil {
		l.broken = append(l.broken, evidence.Line{File: evidence.HTTPFile, Text: err.Error()})
	}
}

// warm waits until every client has had some answers.
func (l *load) warm(ctx context.Context) {
	select {
	case <-l.warmed:
	case <-ctx.Done():
	case <-time.After(warmUp):
	}
}

func (l *load) signalled(at time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.last = at.Add(-margin)
}

// stop ends the clients and gives what was counted.
func (l *load) stop() (sent int, broken []evidence.Line) {
	l.cancel()
	l.all.Wait()
	return l.sent, l.broken
}

func (w *World) nothingCutOff() error {
	if w.stopped == nil {
		return gherkin.Broken(errors.New("no step before this one stopped the app under load"))
	}
	waits := lang.Text{
		EN: "on SIGTERM call http.Server.Shutdown with a time-out and wait for it; gin's r.Run cannot do that",
		ZH: "收到 SIGTERM 后调用 http.Server.Shutdown 并等待其返回；gin 的 r.Run 做不到",
	}
	if len(w.stopped.broken) == 0 {
		if code := w.stopped.state.ExitCode; !w.stopped.state.Running && killed(code) {
			return w.wrong(lang.Text{EN: "the app does not wait for requests under way", ZH: "应用不等待进行中的请求"},
				both("the signal killed it at once (code %d); that no request was hit is luck", "信号直接杀死了它（退出码 %d）；没有请求被中断只是碰巧", code), waits, endEvidence(w.stopped.state)...)
		}
		return nil
	}
	return w.wrong(both("%d of %d requests under way were cut off", "%d 个进行中的请求（共 %d 个）被中断", len(w.stopped.broken), w.stopped.sent),
		lang.Text{EN: "the app ended before it had answered: " + w.stopped.broken[0].Text, ZH: "应用在应答之前就结束了：" + w.stopped.broken[0].Text},
		waits, w.stopped.broken...)
}

func (w *World) endsInTime(ctx context.Context) error {
	within := w.Launcher.Deployment().StopWithin
	s, err := w.launched(ctx)
	if err != nil {
		return err
	}
	state, err := s.WaitExit(ctx, within)
	if errors.Is(err, context.DeadlineExceeded) {
		return w.wrong(both("the app has not ended %s after the signal", "信号发出 %s 后应用仍未结束", within),
			lang.Text{EN: "an engine kills it now, and with it the requests under way", ZH: "引擎此时会强制杀死它，进行中的请求随之中断"},
			lang.Text{EN: "handle SIGTERM (signal.NotifyContext) and bound the time of Shutdown; raise stop-within if it needs longer", ZH: "处理 SIGTERM（signal.NotifyContext）并限制 Shutdown 时间；确需更久请调大 stop-within"})
	}
	if err != nil {
		return err
	}
	if state.ExitCode == 0 {
		return nil
	}
	return w.wrong(both("the app ended with code %d when told to stop", "应用收到停止信号后以退出码 %d 结束", state.ExitCode), howEnded(state.ExitCode), lang.Text{
		EN: "handle SIGTERM, shut the server down, return from main; http.ErrServerClosed is no error",
		ZH: "处理 SIGTERM、关闭服务器、从 main 返回；http.ErrServerClosed 不是错误",
	}, endEvidence(state)...)
}

// endEvidence shows the exit code where nothing else can: a process that a signal
// killed has had no time to log why. Otherwise its log tells more.
func endEvidence(state sandbox.State) []evidence.Line {
	if !killed(state.ExitCode) {
		return nil
	}
	return []evidence.Line{{File: evidence.StateFile, Text: fmt.Sprintf("exit code %d", state.ExitCode)}}
}

// Exit codes of a process that a signal ended: the Go runtime's for a container's
// first process, to which signals that it does not handle do nothing; and the
// engine's, the signal's number on top.
const (
	runtimeKilled = 2
	signalKilled  = 128
)

// killed says whether the exit code is that of a process that a signal ended
// because nothing in it handles the signal.
func killed(code int) bool {
	return code == runtimeKilled || code > signalKilled && code < signalKilled+32
}

// howEnded says what an exit code after a signal means.
func howEnded(code int) lang.Text {
	switch {
	case code == runtimeKilled:
		return lang.Text{
			EN: "an orderly stop ends with 0; with 2 the Go runtime ends a container's first process if nothing handles the signal",
			ZH: "正常停止应以 0 结束；容器的 1 号进程若没有处理信号，Go 运行时会以 2 退出",
		}
	case killed(code):
		return both("an orderly stop ends with 0; %d is %d and %d, the number of the signal that killed it: nothing handles it", "正常停止应以 0 结束；%d 即 %d 加信号编号 %d：进程被信号直接杀死，没有处理信号", code, signalKilled, code-signalKilled)
	}
	return lang.Text{
		EN: "an orderly stop ends with 0; the end of its log may say why it did not",
		ZH: "正常停止应以 0 结束；日志末尾可能有原因",
	}
}
