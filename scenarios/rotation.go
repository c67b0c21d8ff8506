package scenarios

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/seatrial/seatrial/harness/evidence"
	"github.com/seatrial/seatrial/harness/lang"
	"github.com/seatrial/seatrial/harness/sandbox"
)

// logFileCopied rotates a log file by copytruncate.
func (w *World) logFileCopied(ctx context.Context, path string) error {
	s, err := w.ready(ctx)
	if err != nil {
		return err
	}
	return s.RotateLog(ctx, path, sandbox.CopyTruncate)
}

// logFileRenamed rotates a log file by renaming it, and tells the app.
func (w *World) logFileRenamed(ctx context.Context, path, signal string) error {
	s, err := w.ready(ctx)
	if err != nil {
		return err
	}
	if err := s.RotateLog(ctx, path, sandbox.Rename); err != nil {
		return err
	}
	return s.Signal(ctx, signal)
}

// logFilePatience is how long an app may keep a line before it is in the file.
const logFilePatience = 3 * time.Second

// readLogFile reads the file until it is as it should be, or for as long as an
// app may take. Before each further look, it does what makes the app log.
func (w *World) readLogFile(ctx context.Context, path string, good func([]byte) bool, stir func() error) ([]byte, error) {
	s, err := w.ready(ctx)
	if err != nil {
		return nil, err
	}
	end := time.NewTimer(logFilePatience)
	defer end.Stop()
	for wait := 20 * time.Millisecond; ; wait *= 2 {
		content, err := s.ReadFile(ctx, path)
		if err != nil && !errors.Is(err, sandbox.ErrNoFile) || err == nil && good(content) {
			return content, err
		}
		select {
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		case <-end.C:
			return content, err
		case <-time.After(wait):
		}
		if err := stir(); err != nil {
			return nil, err
		}
	}
}

// logFileGoesOn looks at the file that has taken the place of the old one: the
// app writes to it, and from its beginning.
func (w *World) logFileGoesOn(ctx context.Context, path string) error {
	// An app may have logged what it was asked before it was told of the rotation.
	again := func() error { return w.pagesVisited(ctx) }
	content, err := w.readLogFile(ctx, path, func(b []byte) bool { return len(b) > 0 }, again)
	line := func(what string) evidence.Line { return evidence.Line{File: evidence.StepsFile, Text: what} }
	gone := errors.Is(err, sandbox.ErrNoFile)
	switch {
	case err != nil && !gone:
		return err
	case len(content) == 0:
		what := path + " is empty"
		if gone {
			what = path + " is not there"
		}
		return w.wrong(both("nothing is written to %s after the rotation", "轮转后没有日志写入 %s", path),
			lang.Text{EN: what + ": the app goes on writing to the file that it has open, which has another name now (" + path + sandbox.Rotated + ")", ZH: "应用仍在写它打开的旧文件，而该文件已改名为 " + path + sandbox.Rotated},
			lang.Text{EN: "open the file anew when told to (SIGHUP, SIGUSR1), log to stdout, or let logrotate use copytruncate", ZH: "收到信号（SIGHUP、SIGUSR1）时重新打开文件；或把日志写到 stdout，或让 logrotate 使用 copytruncate"}, line(what))
	}
	holes := bytes.Count(content, []byte{0})
	if holes == 0 {
		return nil
	}
	what := fmt.Sprintf("%s holds %d zero bytes", path, holes)
	return w.wrong(both("%s has a hole after the rotation", "轮转后 %s 中出现空洞", path),
		lang.Text{EN: what + ": the app writes where the end of the old file was", ZH: fmt.Sprintf("%s 含 %d 个零字节：应用仍从旧文件的末尾位置继续写入", path, holes)},
		lang.Text{EN: "open log files with os.O_APPEND", ZH: "请以 os.O_APPEND 打开日志文件"}, line(what))
}

func (w *World) logFileContains(ctx context.Context, path, text string) error {
	content, err := w.readLogFile(ctx, path, func(b []byte) bool { return bytes.Contains(b, []byte(text)) }, func() error { return nil })
	switch {
	case err != nil && !errors.Is(err, sandbox.ErrNoFile):
		return err
	case bytes.Contains(content, []byte(text)):
		return nil
	}
	cause := both("it has %d lines", "共 %d 行", bytes.Count(content, []byte("\n")))
	if err != nil {
		cause = lang.Text{EN: "there is no such file", ZH: "没有这个文件"}
	}
	return w.wrong(both("no line of %s contains %q", "%s 中没有任何一行包含 %q", path, text), cause,
		lang.Text{EN: "see what the app logs, and where", ZH: "请查看应用的日志内容与位置"})
}
