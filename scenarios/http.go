package scenarios

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/seatrial/seatrial/harness/evidence"
	"github.com/seatrial/seatrial/harness/lang"
	"github.com/seatrial/seatrial/harness/sandbox"
	"github.com/seatrial/seatrial/scenarios/gherkin"
)

func (w *World) get(ctx context.Context, path string) error {
	return w.request(ctx, sandbox.Direct, http.MethodGet, path)
}

func (w *World) getThroughNginx(ctx context.Context, path string) error {
	return w.request(ctx, sandbox.ThroughNginx, http.MethodGet, path)
}

func (w *World) send(ctx context.Context, method, path string) error {
	return w.request(ctx, sandbox.Direct, method, path)
}

func (w *World) request(ctx context.Context, road sandbox.Road, method, path string) error {
	s, err := w.ready(ctx)
	if err != nil {
		return err
	}
	w.answer, err = s.Do(ctx, road, method, path, nil, "")
	if err != nil {
		return w.noAnswer(method, path, road, err)
	}
	return nil
}

func (w *World) noAnswer(method, path string, road sandbox.Road, err error) error {
	return w.wrong(fmt.Sprintf("%s %s got no answer (%s)", method, path, road),
		lang.Text{EN: err.Error(), ZH: err.Error()},
		lang.Text{EN: "see in the log what the app did with the request", ZH: "请从日志查看应用如何处理该请求"})
}

func (w *World) answered() (*sandbox.Response, error) {
	if w.answer == nil {
		return nil, gherkin.Broken(errors.New("no step before this one asked for anything"))
	}
	return w.answer, nil
}

func (w *World) answerIs(status int) error {
	r, err := w.answered()
	if err != nil {
		return err
	}
	if r.Status == status {
		return nil
	}
	return w.wrong(fmt.Sprintf("%s %s answered %d and not %d (%s)", r.Method, r.Path, r.Status, status, r.Road),
		lang.Text{EN: "the body begins: " + bodyStart(r), ZH: "响应体开头：" + bodyStart(r)}, lang.Text{
			EN: "see the exchange in " + evidence.HTTPFile + " and the app's log",
			ZH: "请查看 " + evidence.HTTPFile + " 中的这次请求与应用日志",
		})
}

func (w *World) answerHeaderContains(name, text string) error {
	r, err := w.answered()
	if err != nil {
		return err
	}
	got := r.Header.Get(name)
	if strings.Contains(got, text) {
		return nil
	}
	return w.wrong(fmt.Sprintf("the header %s of %s does not contain %q", name, r.Path, text),
		lang.Text{EN: fmt.Sprintf("it is %q", got), ZH: fmt.Sprintf("实际为 %q", got)}, lang.Text{})
}

func (w *World) answerBodyContains(text string) error {
	r, err := w.answered()
	if err != nil {
		return err
	}
	if bytes.Contains(r.Body, []byte(text)) {
		return nil
	}
	return w.wrong(fmt.Sprintf("the body of %s does not contain %q", r.Path, text),
		lang.Text{EN: "it begins: " + bodyStart(r), ZH: "开头为：" + bodyStart(r)}, lang.Text{})
}

// sameThroughNginx asks again on the other road: what differs, nginx or the
// app's idea of its own address did.
func (w *World) sameThroughNginx(ctx context.Context) error {
	direct, err := w.answered()
	if err != nil {
		return err
	}
	s, err := w.ready(ctx)
	if err != nil {
		return err
	}
	behind, err := s.Get(ctx, sandbox.ThroughNginx, direct.Path)
	if err != nil {
		return w.noAnswer(http.MethodGet, direct.Path, sandbox.ThroughNginx, err)
	}
	if behind.Status == direct.Status && behind.Header.Get("Content-Type") == direct.Header.Get("Content-Type") {
		return nil
	}
	return w.wrong(fmt.Sprintf("%s is answered differently through nginx", direct.Path), lang.Text{
		EN: fmt.Sprintf("directly %d %s, through nginx %d %s", direct.Status, direct.Header.Get("Content-Type"), behind.Status, behind.Header.Get("Content-Type")),
		ZH: fmt.Sprintf("直连为 %d %s，经 nginx 为 %d %s", direct.Status, direct.Header.Get("Content-Type"), behind.Status, behind.Header.Get("Content-Type")),
	}, lang.Text{EN: "compare the two exchanges in " + evidence.HTTPFile, ZH: "请对比 " + evidence.HTTPFile + " 中的两次请求"})
}

func bodyStart(r *sandbox.Response) string {
	const show = 120
	text := strings.Join(strings.Fields(string(r.Body[:min(len(r.Body), 4*show)])), " ")
	if runes := []rune(text); len(runes) > show {
		text = string(runes[:show]) + "…"
	}
	if text == "" {
		return "(empty)"
	}
	return text
}
