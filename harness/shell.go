package harness

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/seatrial/seatrial/harness/lang"
	"github.com/seatrial/seatrial/harness/sandbox"
)

// Shell says how a shell is opened beside an app that is launched again.
type Shell struct {
	Command []string // what is run; nothing is an interactive shell
	In      io.Reader
	Out     io.Writer
	Err     io.Writer
	// Size gives the terminal's columns and rows; nil where there is no terminal.
	Size func() (width, height int, err error)
	// Raw makes the terminal pass on every key, when the shell opens; whoever gave
	// it puts that right.
	Raw func() error
	// Tell is told what was found before the shell opens.
	Tell func(lang.Text)
}

// settle is how long an app gets to become ready, or to end, before a shell is
// opened beside it.
const settle = 3 * time.Second

// OpenShell launches again what a bundle is of and runs a shell beside it, whose
// exit code it gives. It leaves nothing on the engine.
func OpenShell(ctx context.Context, of Deployed, o Options, sh Shell) (code int, err error) {
	o.Proof.Off = true
	trial, launcher, err := Resume(ctx, of, o)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, trial.Close(context.WithoutCancel(ctx))) }()
	s, err := launcher.presence(ctx, of, sh.Tell)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, s.Close(context.WithoutCancel(ctx))) }()
	base, err := trial.store.Base(ctx, neutralBase, trial.Engine.Arch())
	if err != nil {
		return 0, err
	}
	sh.Tell(lang.Text{
		EN: "its files are at " + sandbox.ShellRoot + " ($APP); its variables are set; exit ends everything",
		ZH: "应用的文件在 " + sandbox.ShellRoot + "（$APP），环境变量已设置；exit 结束并清理",
	})
	if sh.Raw != nil {
		if err := sh.Raw(); err != nil {
			return 0, fmt.Errorf("prepare terminal: %w", err)
		}
	}
	return s.Shell(ctx, sandbox.Shell{Image: base, Command: sh.Command, In: sh.In, Out: sh.Out, Err: sh.Err, Size: sh.Size})
}

// presence gives the app, or what stands in for it if it has ended.
func (l *Launcher) presence(ctx context.Context, of Deployed, tell func(lang.Text)) (*sandbox.Sandbox, error) {
	s, err := l.launch(ctx, Launch{Base: of.Base, Conditions: of.Conditions})
	if err != nil {
		return nil, err
	}
	notReady := s.WaitReady(ctx, l.trial.App.Ready, settle)
	state, err := s.State(ctx)
	if err != nil {
		return nil, errors.Join(err, s.Close(context.WithoutCancel(ctx)))
	}
	if state.Running {
		if notReady != nil {
			tell(lang.Text{EN: "the app runs and is not ready", ZH: "应用在运行，但未就绪"})
		}
		return s, nil
	}
	last := s.LastWords(ctx)
	if state.Refused() {
		last = state.Error
	}
	tell(lang.Text{
		EN: fmt.Sprintf("the app does not run: exit code %d; its last words: %s\na process that does nothing stands in its place: as its user, with its mounts and limits", state.ExitCode, last),
		ZH: fmt.Sprintf("应用没有在运行：退出码 %d；最后的日志：%s\n已用一个空闲进程代替它：用户、挂载与限制都相同", state.ExitCode, last),
	})
	if err := s.Close(ctx); err != nil {
		return nil, err
	}
	if s, err = l.standIn(ctx, of); err != nil {
		return nil, err
	}
	if state, err = s.State(ctx); err == nil && !state.Running {
		err = fmt.Errorf("the engine starts nothing in its place either: %s", state.Error)
	}
	if err != nil {
		return nil, errors.Join(err, s.Close(context.WithoutCancel(ctx)))
	}
	return s, nil
}
