package harness

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"syscall"

	"github.com/seatrial/seatrial/harness/build"
	"github.com/seatrial/seatrial/harness/engine"
	"github.com/seatrial/seatrial/harness/evidence"
	"github.com/seatrial/seatrial/harness/lang"
	"github.com/seatrial/seatrial/harness/report"
	"github.com/seatrial/seatrial/harness/sandbox"
)

// What the failure pages say of each kind of error: what, why, and what to do.

// Unwritable is a directory in which a run cannot keep what it makes.
type Unwritable struct {
	Dir string
	Err error
}

func (u *Unwritable) Error() string { return "write to " + u.Dir + ": " + cause(u.Err) }

// Unwrap gives why.
func (u *Unwritable) Unwrap() error { return u.Err }

// cause is the bare reason of an error of package os, without operation and path.
func cause(err error) string {
	var number syscall.Errno
	if errors.As(err, &number) {
		return number.Error()
	}
	return err.Error()
}

// unresolved is a release of Go that could not be found.
type unresolved struct{ error }

func (u *unresolved) Unwrap() error { return u.error }

// Advice says what to do about an error that is not the app's; it is zero where
// nothing better is known than what the error says.
func Advice(err error) lang.Text {
	var unavailable *engine.Unavailable
	var unable *build.Unable
	var trouble *build.Trouble
	var unwritable *Unwritable
	var release *unresolved
	switch {
	case errors.As(err, &unavailable):
		return unavailable.Do
	case errors.Is(err, syscall.ENOSPC), strings.Contains(err.Error(), "no space left on device"):
		return lang.Text{
			EN: "free some disk: `seatrial clean --images` removes what Seatrial keeps, `docker system df` shows what the engine holds, `go clean -cache` empties Go's",
			ZH: "请释放磁盘空间：seatrial clean --images 清除 Seatrial 的缓存，docker system df 查看引擎占用，go clean -cache 清空 Go 的构建缓存",
		}
	case errors.As(err, &unwritable):
		return lang.Text{
			EN: "make it writable, or choose another: --out for evidence and reports, XDG_CACHE_HOME for the cache",
			ZH: "请使其可写，或换一个目录：证据与报告用 --out，缓存用 XDG_CACHE_HOME",
		}
	case errors.As(err, &release):
		return lang.Text{
			EN: "name a release that there is on the axis go of matrix.yaml; if there is this one, see whether the module proxy can be reached (go env GOPROXY)",
			ZH: "请在 matrix.yaml 的 go 轴写上存在的版本；若该版本确实存在，请检查模块代理是否可达（go env GOPROXY）",
		}
	case errors.As(err, &unable):
		return lang.Text{EN: unable.Do, ZH: "可选做法：" + unable.Do}
	case errors.As(err, &trouble):
		return lang.Text{EN: trouble.Do, ZH: "可选做法：" + trouble.Do}
	}
	return lang.Text{}
}

// BrokenFailure describes an error that is not the app's.
func BrokenFailure(err error) *report.Failure {
	what, rest, _ := strings.Cut(err.Error(), "\n")
	f := &report.Failure{What: lang.Text{EN: what}, Fix: Advice(err)}
	var unavailable *engine.Unavailable
	var unable *build.Unable
	var trouble *build.Trouble
	switch {
	case errors.As(err, &unavailable):
		f.What = unavailable.What
	case errors.As(err, &unable):
		f.What = lang.Text{EN: "this machine lacks " + unable.Need, ZH: "本机缺少：" + unable.Need}
	case errors.As(err, &trouble):
		f.What = lang.Text{EN: "the build could not be done here: " + trouble.Cause(), ZH: "无法在本机完成构建：" + trouble.Cause()}
		f.Evidence = evidence.SplitLines("go", trouble.Output)
	case rest != "":
		tried, do, _ := strings.Cut(rest, "what to do: ")
		f.Cause.EN = strings.ReplaceAll(strings.TrimSpace(tried), "\n  ", "\n")
		if do != "" && f.Fix.IsZero() {
			f.Fix = lang.Text{EN: do, ZH: "可选做法：" + do}
		}
	}
	if f.Fix.IsZero() {
		f.Fix = lang.Text{
			EN: "run it again; if it stays, see what `seatrial doctor` finds, and report it with the bundle",
			ZH: "请重跑一次；若仍然如此，请查看 seatrial doctor 的结果，并附上证据包反馈",
		}
	}
	return f
}

// place is where a compiler or linker points to.
var place = regexp.MustCompile(`^(?:\./)?([^\s:]+\.go:\d+(?::\d+)?)`)

// buildFailure describes an app that does not build.
func buildFailure(b *build.Failure) *report.Failure {
	said := b.Cause()
	f := &report.Failure{What: lang.Text{EN: "the app does not build", ZH: "应用无法构建"}}
	correct := lang.Text{EN: "correct what the output names", ZH: "请修正输出中指出的问题"}
	if m := place.FindStringSubmatch(said); m != nil {
		correct = lang.Text{EN: "correct " + m[1], ZH: "请修正 " + m[1]}
	}
	switch b.Stage {
	case "go.mod":
		f.Cause = lang.Text{EN: "go.mod, go.sum and the source do not fit together: " + said, ZH: "go.mod、go.sum 与源码不一致：" + said}
		correct = lang.Text{EN: "run go mod tidy with this Go release and commit what it changes", ZH: "请用该版本的 Go 运行 go mod tidy 并提交改动"}
	case "vendor":
		f.Cause = lang.Text{EN: "the directory vendor does not fit: " + said, ZH: "vendor 目录不一致：" + said}
		correct = lang.Text{EN: "run go mod vendor and commit what it changes", ZH: "请运行 go mod vendor 并提交改动"}
	case "verify":
		f.What = lang.Text{EN: "the binary is not what the cell asks for", ZH: "二进制与该单元的要求不符"}
		f.Cause = lang.Text{EN: said, ZH: said}
	default:
		f.Cause = lang.Text{EN: "the go command says: " + said, ZH: "go 命令报告：" + said}
	}
	f.Fix = lang.Text{
		EN: correct.EN + ", or exclude the cell in matrix.yaml with a reason; line 1 of " + evidence.BuildLog + " is the command",
		ZH: correct.ZH + "，或在 matrix.yaml 中写明原因并排除该单元；" + evidence.BuildLog + " 第 1 行是构建命令",
	}
	command := strings.Count(b.Command, "\n") + 1 // lines of build.log before the output
	f.Evidence = evidence.SplitLines(evidence.BuildLog, buildLog(b))[command:]
	return f
}

// StartFailure describes an app that did not become ready.
func StartFailure(s *sandbox.StartFailure) *report.Failure {
	f := &report.Failure{What: lang.Text{EN: "the app does not start", ZH: "应用无法启动"}, Cause: s.Cause(), Fix: s.Fix()}
	numbers := map[sandbox.Stream]int{}
	files := map[sandbox.Stream]string{sandbox.Stdout: evidence.StdoutLog, sandbox.Stderr: evidence.StderrLog}
	var log []evidence.Line
	for _, line := range s.Log {
		numbers[line.Stream]++
		log = append(log, evidence.Line{File: files[line.Stream], Number: numbers[line.Stream], Text: line.Text})
	}
	const most = 8 // what ended it stands at the end, or with the panic
	from := max(0, len(log)-most)
	if crash := s.Crash(); crash >= 0 {
		from = crash
	}
	f.Evidence = log[from:min(len(log), from+most)]
	if s.Kind == sandbox.Refused {
		f.Evidence = []evidence.Line{{File: evidence.StateFile, Text: s.EngineWords()}}
	}
	for _, k := range s.Sockets {
		f.Evidence = append(f.Evidence, evidence.Line{File: evidence.SocketsFile, Text: fmt.Sprintf("listens on %s:%d", k.Address, k.Port)})
	}
	return f
}

// redact removes secrets from everything of a failure that goes to a terminal
// or a report.
func redact(r *evidence.Redactor, f *report.Failure) {
	for _, text := range []*lang.Text{&f.What, &f.Seen, &f.Cause, &f.Not, &f.Proof, &f.Fix} {
		text.EN, text.ZH = r.Text(text.EN), r.Text(text.ZH)
	}
	lines := make([]evidence.Line, len(f.Evidence))
	for i, line := range f.Evidence {
		line.Text = r.Text(line.Text)
		lines[i] = line
	}
	f.Evidence = lines
}
