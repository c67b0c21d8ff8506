package scenarios

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/seatrial/seatrial/harness/deployment"
	"github.com/seatrial/seatrial/harness/evidence"
	"github.com/seatrial/seatrial/harness/lang"
	"github.com/seatrial/seatrial/harness/sandbox"
	"github.com/seatrial/seatrial/scenarios/gherkin"
)

// start launches the app and waits for nothing.
func (w *World) start(ctx context.Context) error {
	_, err := w.launched(ctx)
	return err
}

func (w *World) isReady(ctx context.Context) error {
	return w.waitReady(ctx, w.Launcher.Trial().App.StartWithin)
}

func (w *World) readyWithin(ctx context.Context, within time.Duration) error {
	return w.waitReady(ctx, within)
}

// keepsRunning is true of an app whose process lives and has not been restarted.
func (w *World) keepsRunning(ctx context.Context) error {
	s, err := w.launched(ctx)
	if err != nil {
		return err
	}
	state, err := s.State(ctx)
	if err != nil {
		return err
	}
	if state.Running {
		return nil
	}
	return w.wrong(lang.Text{EN: "the app does not keep running", ZH: "应用没有继续运行"},
		lang.Text{EN: fmt.Sprintf("it ended with code %d", state.ExitCode), ZH: fmt.Sprintf("它以退出码 %d 结束了", state.ExitCode)},
		lang.Text{EN: "the end of its log says why; a server must survive this", ZH: "日志末尾有原因；服务应能承受这种情况"})
}

func (w *World) exitsWithCode(ctx context.Context, code int, within time.Duration) error {
	s, err := w.launched(ctx)
	if err != nil {
		return err
	}
	state, err := s.WaitExit(ctx, within)
	if errors.Is(err, context.DeadlineExceeded) {
		return w.stillRunning(within)
	}
	if err != nil {
		return err
	}
	if state.ExitCode == code {
		return nil
	}
	return w.wrong(both("the app ended with code %d", "应用以退出码 %d 结束", state.ExitCode),
		lang.Text{EN: fmt.Sprintf("code %d was expected", code), ZH: fmt.Sprintf("应为 %d", code)}, lang.Text{
			EN: "look at the end of its log; a supervisor restarts or reports it by this code",
			ZH: "请看日志末尾；守护进程靠退出码判断是否重启或告警",
		})
}

func (w *World) stillRunning(within time.Duration) error {
	return w.wrong(both("the app is still running after %s", "%s 后应用仍在运行", within),
		lang.Text{EN: "it was expected to end by itself", ZH: "它本应自行结束"},
		lang.Text{EN: "see in its log what it waits for", ZH: "请从日志查看它在等待什么"})
}

// timePasses lets the app alone: there is nothing to wait for but time.
func (w *World) timePasses(ctx context.Context, d time.Duration) error {
	if _, err := w.launched(ctx); err != nil {
		return err
	}
	select {
	case <-ctx.Done():
		return gherkin.Broken(context.Cause(ctx))
	case <-time.After(d):
		return nil
	}
}

// staysUp skips the rest for an app that chose to end instead.
func (w *World) staysUp(ctx context.Context) error {
	s, err := w.launched(ctx)
	if err != nil {
		return err
	}
	// An app that cannot live without the service ends while it connects.
	const settle = 3 * time.Second
	state, err := s.WaitExit(ctx, settle)
	if errors.Is(err, context.DeadlineExceeded) {
		return nil
	}
	if err != nil {
		return err
	}
	return skip(both("the app ends without it, with code %d, and is for the supervisor to restart", "缺少它时应用以退出码 %d 结束，由守护进程负责重启", state.ExitCode))
}

// readyAllTheSame skips the rest for an app that does not become ready under the
// conditions: whether it may is another scenario's to judge.
func (w *World) readyAllTheSame(ctx context.Context) error {
	s, err := w.launched(ctx)
	if err != nil {
		return err
	}
	app := w.Launcher.Trial().App
	var failure *sandbox.StartFailure
	err = s.WaitReady(ctx, app.Ready, app.StartWithin)
	if errors.As(err, &failure) {
		return skip(both("the app does not become ready (under %s)", "应用未能就绪（条件：%s）", w.conditionList()))
	}
	return err
}

func (w *World) rootUntouched(ctx context.Context) error {
	s, err := w.ready(ctx)
	if err != nil {
		return err
	}
	changes, err := s.Changes(ctx)
	if err != nil {
		return err
	}
	var lines []evidence.Line
	for _, c := range changes {
		if !mountPoint(c.Path, s.Spec) {
			lines = append(lines, evidence.Line{File: evidence.DiffFile, Text: c.Kind + " " + c.Path})
		}
	}
	if len(lines) == 0 {
		return nil
	}
	return w.wrong(both("the app changed %d paths of the root file system", "应用改动了根文件系统中的 %d 个路径", len(lines)),
		lang.Text{EN: "what it writes there is lost with the container, and fails where the root is read-only", ZH: "写到根文件系统的内容会随容器丢失，只读根文件系统下会直接失败"},
		lang.Text{EN: "log to stdout, and keep data on a mount that the deployment declares", ZH: "日志写到 stdout，数据写到部署中声明的挂载点"}, lines...)
}

// mountPoint says whether the engine made the path, or one below it, to mount
// something there.
func mountPoint(path string, spec deployment.Spec) bool {
	var at []string
	for _, m := range spec.Mounts {
		at = append(at, m.Path)
	}
	for _, t := range spec.Tmpfs {
		at = append(at, t.Path)
	}
	return slices.ContainsFunc(at, func(mount string) bool {
		return mount == path || strings.HasPrefix(mount, strings.TrimSuffix(path, "/")+"/")
	})
}
