package scenarios

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
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

// getTimes asks as often as that, and stops at what gets no answer.
func (w *World) getTimes(ctx context.Context, path string, times int) error {
	for range times {
		if err := w.get(ctx, path); err != nil {
			return err
		}
	}
	return nil
}

func (w *World) send(ctx context.Context, method, path string) error {
	return w.request(ctx, sandbox.Direct, method, path)
}

func (w *World) request(ctx context.Context, road sandbox.Road, method, path string) error {
	return w.ask(ctx, road, method, path, nil, "")
}

func (w *World) noAnswer(method, path string, road sandbox.Road, err error) error {
	return w.wrong(onRoad(road, both("%s %s got no answer", "%s %s 没有得到响应", method, path)),
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
	return w.wrong(onRoad(r.Road, both("%s %s answered %d and not %d", "%s %s 返回 %d 而不是 %d", r.Method, r.Path, r.Status, status)),
		lang.Text{EN: "the body begins: " + bodyStart(r), ZH: "响应体开头：" + bodyStart(r)}, seeExchange())
}

// onRoad adds the way that the request took.
func onRoad(road sandbox.Road, what lang.Text) lang.Text {
	zh := map[sandbox.Road]string{sandbox.Direct: "直连", sandbox.ThroughNginx: "经 nginx"}
	return lang.Text{EN: fmt.Sprintf("%s (%s)", what.EN, road), ZH: fmt.Sprintf("%s（%s）", what.ZH, zh[road])}
}

func seeExchange() lang.Text {
	return lang.Text{
		EN: "see the exchange in " + evidence.HTTPFile + " and the app's log",
		ZH: "请查看 " + evidence.HTTPFile + " 中的这次请求与应用日志",
	}
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
	return w.wrong(both("the header %s of %s does not contain %q", "响应头 %s（%s）不包含 %q", name, r.Path, text),
		both("it is %q", "实际为 %q", got), seeExchange())
}

func (w *World) answerBodyContains(text string) error {
	r, err := w.answered()
	if err != nil {
		return err
	}
	if bytes.Contains(r.Body, []byte(text)) {
		return nil
	}
	return w.wrong(both("the body of %s does not contain %q", "%s 的响应体不包含 %q", r.Path, text),
		both("it begins: %s", "开头为：%s", bodyStart(r)), seeExchange())
}

// sameThroughNginx asks again on the other road: what differs, nginx or the
// app's idea of its own address did.
func (w *World) sameThroughNginx(ctx context.Context) error {
	direct, err := w.answered()
	if err != nil {
		return err
	}
	return w.compareRoads(ctx, direct)
}

// pagesSameThroughNginx is sameThroughNginx for the pages and the ready path.
func (w *World) pagesSameThroughNginx(ctx context.Context) error {
	s, err := w.ready(ctx)
	if err != nil {
		return err
	}
	for _, page := range w.visited() {
		direct, err := s.Get(ctx, sandbox.Direct, page)
		if err != nil {
			return w.noAnswer(http.MethodGet, page, sandbox.Direct, err)
		}
		if err := w.compareRoads(ctx, direct); err != nil {
			return err
		}
	}
	return nil
}

func (w *World) compareRoads(ctx context.Context, direct *sandbox.Response) error {
	s, err := w.ready(ctx)
	if err != nil {
		return err
	}
	behind, err := s.Get(ctx, sandbox.ThroughNginx, published(s, sandbox.ThroughNginx, direct.Path))
	if err != nil {
		return w.noAnswer(http.MethodGet, direct.Path, sandbox.ThroughNginx, err)
	}
	one, two := gist(direct, s.URL(sandbox.Direct)), gist(behind, s.URL(sandbox.ThroughNginx))
	if prefix := s.Spec.Proxy.Path; prefix != "" { // under which a redirect leads back through nginx
		two = strings.Replace(two, " to "+prefix+"/", " to /", 1)
	}
	if one == two {
		return nil
	}
	return w.wrong(both("%s is answered differently through nginx", "%s 经 nginx 的响应不同", direct.Path),
		both("directly %s, through nginx %s", "直连为 %s，经 nginx 为 %s", one, two),
		lang.Text{EN: "compare the two exchanges in " + evidence.HTTPFile, ZH: "请对比 " + evidence.HTTPFile + " 中的两次请求"})
}

// gist is what must be the same of an answer on every road: the status, the media
// type, and where it leads, told without the server's address at server.
func gist(r *sandbox.Response, server string) string {
	text := strings.TrimSpace(fmt.Sprintf("%d %s", r.Status, r.Header.Get("Content-Type")))
	to := r.Header.Get("Location")
	if here, err := url.Parse(server + r.Path); err == nil {
		if path, ok := sandbox.Within(here, to); ok {
			to = path
		}
	}
	if to != "" {
		text += " to " + to
	}
	return text
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
