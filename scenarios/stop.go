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
// to stop.
type shutdown struct {
	sent   int
	broken []evidence.Line
}

func (w *World) receives(ctx context.Context, signal string) error {
	s, err := w.ready(ctx)
	if err != nil {
		return err
	}
	return s.Signal(ctx, signal)
}

// receivesUnderLoad sends requests without a pause and a signal into the midst
// of them. Only requests that were begun before the signal count: what comes
// after may be refused.
func (w *World) receivesUnderLoad(ctx context.Context, signal, path string) error {
	s, err := w.ready(ctx)
	if err != nil {
		return err
	}
	const clients, before = 4, 5
	var mu sync.Mutex
	var signalled time.Time
	report := &shutdown{}
	stop, cancel := context.WithCancel(ctx)
	defer cancel()
	var warm, all sync.WaitGroup
	warm.Add(clients)
	for range clients {
		all.Go(func() {
			for i := 0; stop.Err() == nil; i++ {
				began := time.Now()
				_, err := s.Do(stop, sandbox.Direct, http.MethodGet, path, nil, "")
				mu.Lock()
				if stop.Err() == nil && (signalled.IsZero() || began.Before(signalled)) {
					report.sent++
					if err != nil {
						report.broken = append(report.broken, evidence.Line{File: evidence.HTTPFile, Text: err.Error()})
					}
				}
				over := err != nil
				mu.Unlock()
				if i == before-1 || over && i < before-1 {
					warm.Done()
				}
				if over {
					return
				}
			}
		})
	}
	warm.Wait()
	mu.Lock()
	err = s.Signal(ctx, signal)
	signalled = time.Now()
	mu.Unlock()
	if err != nil {
		cancel()
		all.Wait()
		return err
	}
	_, errExit := s.WaitExit(ctx, w.Launcher.Deployment().StopWithin+stopGrace)
	cancel()
	all.Wait()
	w.stopped = report
	if errExit != nil && !errors.Is(errExit, context.DeadlineExceeded) {
		return errExit
	}
	return nil
}

func (w *World) nothingCutOff() error {
	if w.stopped == nil {
		return gherkin.Broken(errors.New("no step before this one stopped the app under load"))
	}
	if len(w.stopped.broken) == 0 {
		return nil
	}
	return w.wrong(fmt.Sprintf("%d of %d requests under way were cut off", len(w.stopped.broken), w.stopped.sent),
		lang.Text{EN: "the app ended before it had answered: " + w.stopped.broken[0].Text, ZH: "应用在应答之前就结束了：" + w.stopped.broken[0].Text},
		lang.Text{
			EN: "on SIGTERM call http.Server.Shutdown with a time-out and wait for it; gin's r.Run cannot do that",
			ZH: "收到 SIGTERM 后调用 http.Server.Shutdown 并等待其返回；gin 的 r.Run 做不到",
		}, w.stopped.broken...)
}

func (w *World) endsInTime(ctx context.Context) error {
	within := w.Launcher.Deployment().StopWithin
	s, err := w.launched(ctx)
	if err != nil {
		return err
	}
	state, err := s.WaitExit(ctx, within)
	if errors.Is(err, context.DeadlineExceeded) {
		return w.wrong(fmt.Sprintf("the app has not ended %s after the signal", within),
			lang.Text{EN: "an engine kills it now, and with it the requests under way", ZH: "引擎此时会强制杀死它，进行中的请求随之中断"},
			lang.Text{EN: "handle SIGTERM (signal.NotifyContext) and bound the time of Shutdown; raise stop-within if it needs longer", ZH: "处理 SIGTERM（signal.NotifyContext）并限制 Shutdown 时间；确需更久请调大 stop-within"})
	}
	if err != nil {
		return err
	}
	if state.ExitCode == 0 {
		return nil
	}
	return w.wrong(fmt.Sprintf("the app ended with code %d when told to stop", state.ExitCode), lang.Text{
		EN: "an orderly stop ends with 0; code 2 right away means that nothing handles the signal",
		ZH: "正常停止应以 0 结束；立即以 2 退出说明没有处理信号",
	}, lang.Text{
		EN: "handle SIGTERM, shut the server down, return from main; http.ErrServerClosed is no error",
		ZH: "处理 SIGTERM、关闭服务器、从 main 返回；http.ErrServerClosed 不是错误",
	})
}
