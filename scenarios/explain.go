package scenarios

import (
	"context"
	"errors"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/seatrial/seatrial/harness/lang"
	"github.com/seatrial/seatrial/harness/sandbox"
)

// The least that production may ask of an app that lacks something: serve; or end
// with a code other than 0, or stay up without being ready, and say why.

// glance is how long an app has until the first look at its log.
const glance = time.Second

// readyOrSaysWhy wants the log to name one of the words, separated by "or".
func (w *World) readyOrSaysWhy(ctx context.Context, words string) error {
	return w.readyOr(ctx, func(f *sandbox.StartFailure) bool { return names(f, words) }, nil)
}

// missingOrSaysWhy is readyOrSaysWhy for the mount that firstMountMissing left out.
func (w *World) missingOrSaysWhy(ctx context.Context) error {
	for _, c := range w.conditions {
		if c.Name == "missing-mount" {
			parts := strings.Split(strings.Trim(c.Value, "/"), "/")
			return w.readyOrSaysWhy(ctx, c.Value+" or "+parts[len(parts)-1])
		}
	}
	return noStepBefore("left a mount out")
}

// readyOrExplains takes any explanation: whatever the log does not say of a start
// that succeeds.
func (w *World) readyOrExplains(ctx context.Context) error {
	return w.readyOr(ctx, w.explains, w.silent)
}

// readyOr waits until the app is ready, or satisfied with what a failed start has
// to say. Silent, where given, describes one that ended without that.
func (w *World) readyOr(ctx context.Context, satisfied func(*sandbox.StartFailure) bool, silent func(*sandbox.StartFailure) error) error {
	s, err := w.launched(ctx)
	if err != nil {
		return err
	}
	app := w.Launcher.Trial().App
	spent := time.Duration(0)
	for look := glance; ; look *= 2 { // longer each time, for an app that answers slowly
		look = min(look, app.StartWithin-spent)
		spent += look
		var failure *sandbox.StartFailure
		err = s.WaitReady(ctx, app.Ready, look)
		if !errors.As(err, &failure) { // ready, or broken
			return err
		}
		ended := failure.Kind == sandbox.Exited
		switch {
		case ended && failure.State.ExitCode == 0:
			return w.endedWithZero()
		case satisfied(failure) && (ended || stays(failure, spent)):
			w.explained = true
			return nil
		case ended && silent != nil:
			return silent(failure)
		case ended, failure.Kind == sandbox.Refused, spent >= app.StartWithin:
			failure.Within = app.StartWithin
			return w.faulty(failure)
		}
	}
}

// stays says whether the app runs and has not given up: it serves already and is
// not ready, or waits for what it lacks before it serves. That it still waits is
// believed after a while only.
func stays(f *sandbox.StartFailure, after time.Duration) bool {
	waits := f.Kind == sandbox.NotListening || f.Kind == sandbox.OtherPort
	return f.Kind == sandbox.NotReady || waits && after > 4*glance
}

func (w *World) endedWithZero() error {
	return w.wrong(lang.Text{EN: "the app ended with code 0 though it could not start", ZH: "应用未能启动，却以退出码 0 结束"},
		lang.Text{EN: "a supervisor takes code 0 for success and does not restart it", ZH: "守护进程会把退出码 0 当作成功，不会重启"},
		lang.Text{EN: "end with os.Exit(1) or log.Fatal when the start fails", ZH: "启动失败时请用 os.Exit(1) 或 log.Fatal 退出"})
}

// silent describes an app that ended without an explanation.
func (w *World) silent(f *sandbox.StartFailure) error {
	cause := both("it ended with code %d, and its log does not say why", "以退出码 %d 结束，日志没有说明原因", f.State.ExitCode)
	for _, line := range f.Log {
		if nilCrash.MatchString(line.Text) {
			cause = lang.Text{
				EN: "it crashed on what it had not got: " + line.Text,
				ZH: "因为缺少所需内容而崩溃：" + line.Text,
			}
		}
	}
	return w.wrong(lang.Text{EN: "the app ends and does not say why", ZH: "应用退出，但没有说明原因"}, cause, lang.Text{
		EN: `check the error where it occurs, and end with what was wanted and what was found: log.Fatalf("read %s: %v", path, err)`,
		ZH: `请在出错处检查 error，并写明期望与实际再退出：log.Fatalf("read %s: %v", path, err)`,
	}, lastLines(logEvidence(f.Log))...)
}

// nilCrash is what the Go runtime says of a value that was used without a look at
// the error: it names neither the file nor the setting that is missing.
var nilCrash = regexp.MustCompile(`invalid memory address or nil pointer dereference|assignment to entry in nil map|index out of range|slice bounds out of range|^\[signal `)

// varying is what differs between two starts: numbers, times, ids.
var varying = regexp.MustCompile(`[0-9a-fA-F]*[0-9][0-9a-fA-F.:]*`)

// explains says whether the log has a line that could tell a person why: none of
// a start that succeeds, and none that only tells that a pointer was nil. What
// an app that is up answers counts as well.
func (w *World) explains(f *sandbox.StartFailure) bool {
	if f.Body != "" {
		return true
	}
	usual := map[string]bool{}
	for _, line := range w.Launcher.UsualLog() {
		usual[varying.ReplaceAllString(plain(line.Text), "#")] = true
	}
	return slices.ContainsFunc(complaints(f.Log), func(text string) bool {
		return text != "" && !nilCrash.MatchString(text) && !usual[varying.ReplaceAllString(text, "#")]
	})
}

// endsAndExplains is for what no app can do without: to stay up then only looks
// healthy.
func (w *World) endsAndExplains(ctx context.Context) error {
	s, err := w.launched(ctx)
	if err != nil {
		return err
	}
	within := w.Launcher.Trial().App.StartWithin
	state, err := s.WaitExit(ctx, within)
	if errors.Is(err, context.DeadlineExceeded) {
		return w.wrong(both("the app is still running after %s", "%s 后应用仍在运行", within),
			lang.Text{EN: "it cannot serve, and looks alive to whoever supervises it", ZH: "它无法提供服务，但在守护进程看来仍然存活"},
			lang.Text{EN: "end with a code other than 0 when ListenAndServe fails, also where it runs in a goroutine of its own", ZH: "ListenAndServe 失败时（包括在单独的 goroutine 中）应以非 0 退出码结束"})
	}
	if err != nil {
		return err
	}
	if state.ExitCode == 0 {
		return w.endedWithZero()
	}
	lines, err := s.Logs(ctx)
	if err != nil {
		return err
	}
	failure := &sandbox.StartFailure{Kind: sandbox.Exited, State: state, Log: lines, Spec: s.Spec}
	if w.explains(failure) {
		w.explained = true
		return nil
	}
	return w.silent(failure)
}

// names says whether the app complains of one of the words: in its log, or in the
// last answer on its ready path.
func names(failure *sandbox.StartFailure, words string) bool {
	said := strings.ToLower(strings.Join(append(complaints(failure.Log), failure.Seen, failure.Body), "\n"))
	for word := range strings.SplitSeq(words, " or ") {
		if strings.Contains(said, strings.ToLower(strings.TrimSpace(word))) {
			return true
		}
	}
	return false
}
