package scenarios

import (
	"context"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"

	"github.com/seatrial/seatrial/harness/lang"
	"github.com/seatrial/seatrial/harness/sandbox"
	"github.com/seatrial/seatrial/scenarios/gherkin"
)

// A scenario's requests are those of one visitor, who brings back the cookies
// that the app has given, as a browser does, on whichever road.

func (w *World) newVisitor() error {
	w.cookies = nil
	return nil
}

// ask sends a request as the visitor. The answer is what the next Then is about.
func (w *World) ask(ctx context.Context, road sandbox.Road, method, path string, header http.Header, body string) error {
	s, err := w.ready(ctx)
	if err != nil {
		return err
	}
	here, err := url.Parse(s.URL(road) + path)
	if err != nil {
		return gherkin.Broken(err)
	}
	if w.cookies == nil {
		if w.cookies, err = cookiejar.New(nil); err != nil {
			return gherkin.Broken(err)
		}
	}
	if header == nil {
		header = http.Header{}
	}
	for _, cookie := range w.cookies.Cookies(here) {
		header.Add("Cookie", cookie.Name+"="+cookie.Value)
	}
	if pairs := header["Cookie"]; len(pairs) > 1 {
		header.Set("Cookie", strings.Join(pairs, "; "))
	}
	w.answer, err = s.Do(ctx, road, method, path, header, body)
	if err != nil {
		return w.noAnswer(method, path, road, err)
	}
	w.cookies.SetCookies(here, (&http.Response{Header: w.answer.Header}).Cookies())
	return nil
}

func (w *World) getWithHeader(ctx context.Context, path, name, value string) error {
	return w.ask(ctx, sandbox.Direct, http.MethodGet, path, http.Header{http.CanonicalHeaderKey(name): {value}}, "")
}

func (w *World) sendForm(ctx context.Context, method, path string, fields *gherkin.Table) error {
	return w.form(ctx, sandbox.Direct, method, path, fields)
}

func (w *World) sendFormThroughNginx(ctx context.Context, method, path string, fields *gherkin.Table) error {
	return w.form(ctx, sandbox.ThroughNginx, method, path, fields)
}

// form sends the rows of a table of two columns, names and values.
func (w *World) form(ctx context.Context, road sandbox.Road, method, path string, fields *gherkin.Table) error {
	values := url.Values{}
	for _, row := range fields.Rows {
		const nameAndValue = 2
		if len(row) != nameAndValue {
			return gherkin.Broken(errTwoColumns)
		}
		values.Add(row[0], row[1])
	}
	header := http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}
	return w.ask(ctx, road, method, path, header, values.Encode())
}

// noServerErrors asks for every page as a browser does.
func (w *World) noServerErrors(ctx context.Context) error {
	s, err := w.ready(ctx)
	if err != nil {
		return err
	}
	pages, why := w.Launcher.Pages()
	if len(pages) == 0 {
		return skip(why)
	}
	for _, page := range pages {
		r, err := s.Open(ctx, sandbox.Direct, page)
		if err != nil {
			return w.noAnswer(http.MethodGet, page, sandbox.Direct, err)
		}
		if r.Status >= http.StatusInternalServerError {
			return w.wrong(both("the page %s answers %d", "页面 %s 返回 %d", r.Path, r.Status),
				lang.Text{EN: "the body begins: " + bodyStart(r), ZH: "响应体开头：" + bodyStart(r)}, seeExchange())
		}
	}
	return nil
}
