package scenarios

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/seatrial/seatrial/harness/deployment"
	"github.com/seatrial/seatrial/harness/evidence"
	"github.com/seatrial/seatrial/harness/lang"
	"github.com/seatrial/seatrial/harness/sandbox"
	"github.com/seatrial/seatrial/scenarios/gherkin"
)

func (w *World) underInit() error { return w.under(deployment.WithInit()) }

func (w *World) restartedOnFailure() error {
	return w.under(deployment.RestartedBy(deployment.OnFailure))
}

func (w *World) restartedAlways() error { return w.under(deployment.RestartedBy(deployment.Always)) }

func (w *World) startupProbe(period time.Duration, failures int) error {
	return w.under(deployment.StartupProbe(deployment.Probe{Period: period, Failures: failures}))
}

func (w *World) livenessProbe(delay, period time.Duration, failures int) error {
	return w.under(deployment.LivenessProbe(deployment.Probe{Delay: delay, Period: period, Failures: failures}))
}

func (w *World) twoReplicas() error { return w.under(deployment.TwoReplicas()) }

func (w *World) killedAndStarted(ctx context.Context) error {
	s, err := w.ready(ctx)
	if err != nil {
		return err
	}
	w.wasReady = false
	return s.Restart(ctx)
}

func (w *World) killedAndReplaced(ctx context.Context) error {
	s, err := w.ready(ctx)
	if err != nil {
		return err
	}
	w.wasReady = false
	return s.Replace(ctx)
}

func (w *World) notRestarted(ctx context.Context) error { return w.restartedAtMost(ctx, 0) }

func (w *World) restartedAtMost(ctx context.Context, most int) error {
	s, err := w.launched(ctx)
	if err != nil {
		return err
	}
	state, err := s.State(ctx)
	if err != nil {
		return err
	}
	if state.Restarts <= most {
		return nil
	}
	why := lang.Text{EN: state.RestartedFor, ZH: state.RestartedFor}
	if state.RestartedFor == "" {
		why = lang.Text{EN: "it ended by itself; its log says why", ZH: "它自行退出，原因见日志"}
	}
	return w.wrong(both("the app was restarted %d times", "应用被重启了 %d 次", state.Restarts), why, lang.Text{
		EN: "what a supervisor heals by restarting is an outage each time: wait for what is missing instead of ending, and answer the probe while busy",
		ZH: "守护进程靠重启“治愈”的每一次都是一次中断：请等待所缺的依赖而不是退出，繁忙时也要应答探针",
	})
}

// sessionCounts begins a session at one replica and asks every replica with its
// cookies: one that does not know the session answers otherwise, or begins another.
func (w *World) sessionCounts(ctx context.Context, begin, at string) error {
	s, err := w.ready(ctx)
	if err != nil {
		return err
	}
	if s.Spec.Replicas < 2 {
		return gherkin.Broken(errors.New(`say "two replicas of the app run" before the app starts`))
	}
	first, err := s.Do(ctx, sandbox.Direct, http.MethodGet, begin, nil, "")
	if err != nil {
		return w.noAnswer(http.MethodGet, begin, sandbox.Direct, err)
	}
	given := (&http.Response{Header: first.Header}).Cookies()
	if len(given) == 0 {
		return skip(both("GET %s sets no cookie", "GET %s 没有设置 cookie", begin))
	}
	var pairs, seen []string
	for _, c := range given {
		pairs = append(pairs, c.Name+"="+c.Value)
	}
	header := http.Header{"Cookie": {strings.Join(pairs, "; ")}}
	for number := range s.Spec.Replicas {
		replica, err := s.Replica(number + 1)
		if err != nil {
			return err
		}
		answer, err := replica.Do(ctx, sandbox.Direct, http.MethodGet, at, header, "")
		if err != nil {
			return w.noAnswer(http.MethodGet, at, sandbox.Direct, err)
		}
		seen = append(seen, sessionSeen(answer))
	}
	if len(slices.Compact(slices.Clone(seen))) == 1 {
		return nil
	}
	var lines []evidence.Line
	for i, what := range seen {
		lines = append(lines, evidence.Line{File: evidence.HTTPFile, Text: fmt.Sprintf("replica %d: GET %s answered %s", i+1, at, what)})
	}
	return w.wrong(both("a session that began on one replica does not count on the other", "在一个副本上建立的会话在另一个副本上无效"),
		both("with the same cookies, GET %s is answered in one way and in another", "带同样的 cookie 访问 %s，各副本的响应不同", at),
		lang.Text{
			EN: "keep sessions in Redis or in the signed cookie itself, and the key that signs it in the configuration; memory and a key made at the start are each replica's own",
			ZH: "会话请存放在 Redis 或签名 cookie 中，签名密钥来自配置；内存与启动时生成的密钥只属于单个副本",
		}, lines...)
}

// sessionSeen is what an answer shows of whether the session is known.
func sessionSeen(r *sandbox.Response) string {
	text := fmt.Sprint(r.Status)
	if to := r.Header.Get("Location"); to != "" {
		text += " to " + to
	}
	var fresh []string
	for _, c := range (&http.Response{Header: r.Header}).Cookies() {
		fresh = append(fresh, c.Name)
	}
	if len(fresh) > 0 {
		slices.Sort(fresh)
		text += ", with the cookies " + strings.Join(fresh, ", ")
	}
	return text
}

func (w *World) logsIntoPipe() error {
	return w.logReader(deployment.LogReader{State: deployment.ReaderThere})
}

// logReader says who reads the log of an app that has not been started.
func (w *World) logReader(r deployment.LogReader) error { return w.under(deployment.LogReadBy(r)) }

func (w *World) logReaderGone(ctx context.Context) error {
	return w.logReaderIs(ctx, deployment.ReaderGone)
}

func (w *World) logReaderStuck(ctx context.Context) error {
	return w.logReaderIs(ctx, deployment.ReaderStuck)
}

// logReaderIs is a condition as long as the app was not started, and a change
// afterwards.
func (w *World) logReaderIs(ctx context.Context, state deployment.ReaderState) error {
	if w.sandbox == nil {
		return w.logReader(deployment.LogReader{State: state})
	}
	return w.sandbox.ReadLog(ctx, state)
}

func (w *World) logReaderSlow(rate gherkin.Size) error {
	return w.logReader(deployment.LogReader{State: deployment.ReaderSlow, Rate: int64(rate)})
}
