package harness

import (
	"context"
	"fmt"
	"mime"
	"net/http"
	"slices"
	"strings"

	"github.com/seatrial/seatrial/harness/lang"
	"github.com/seatrial/seatrial/harness/report"
	"github.com/seatrial/seatrial/harness/sandbox"
)

// survey is what the running app showed of itself at its first launch: what its
// source could only suggest.
type survey struct {
	pages   []string
	noPages lang.Text // why there is none
	redis   bool      // it was seen to connect to the Redis beside it
	log     []sandbox.LogLine
}

// homePage is where an app has a page, if it has any.
const homePage = "/"

// Pages are the URL paths of the app's pages: the declared ones, or else those
// that were found in its source and turned out to be pages. Where there is none,
// why says so.
func (l *Launcher) Pages() (pages []string, why lang.Text) {
	return slices.Clone(l.seen.pages), l.seen.noPages
}

// ConnectsToRedis says whether the app, once ready and its pages visited, held a
// connection to the Redis beside it.
func (l *Launcher) ConnectsToRedis() bool { return l.seen.redis }

// UsualLog is what the app wrote at its first launch, when nothing was wrong.
func (l *Launcher) UsualLog() []sandbox.LogLine { return l.seen.log }

// look asks the app that has become ready.
func (l *Launcher) look(ctx context.Context, s *sandbox.Sandbox) error {
	a := l.trial.App
	l.seen = survey{pages: a.Pages}
	answer, err := s.Get(ctx, sandbox.Direct, a.Ready)
	switch {
	case err != nil:
	case answer.Status/100 == 2:
		l.base.AnyAnswer = false // the guess was right: from now on it must answer so
	default:
		l.trial.note(fmt.Sprintf("GET %s answers %d, which counts as ready because app.ready is not declared in matrix.yaml: it shows that the app is up, and no more", a.Ready, answer.Status))
	}
	if a.DetectedPages {
		l.lookForPages(ctx, s)
	} else if len(a.Pages) == 0 {
		l.seen.noPages = lang.Text{EN: "app.pages in matrix.yaml names no page", ZH: "matrix.yaml 的 app.pages 没有写任何页面"}
	}
	if l.seen.log, err = s.Logs(ctx); err != nil {
		return err
	}
	if !*a.Redis {
		return nil
	}
	n, err := s.RedisConnections(ctx)
	l.seen.redis = n > 0
	return err
}

// lookForPages keeps what is a page of those that were found in the source, and
// takes the home page for one if it is: an app may serve it from anywhere.
func (l *Launcher) lookForPages(ctx context.Context, s *sandbox.Sandbox) {
	maybe := slices.Clone(l.trial.App.Pages)
	if !slices.Contains(maybe, homePage) {
		maybe = append(maybe, homePage)
	}
	l.seen.pages = nil
	var not []string
	for _, page := range maybe {
		why := fmt.Sprintf("GET %s gets no answer", page)
		if answer, err := s.Open(ctx, sandbox.Direct, page); err == nil {
			why = notAPage(page, answer)
		}
		if why == "" {
			l.seen.pages = append(l.seen.pages, page)
		} else {
			not = append(not, why)
		}
	}
	if len(l.seen.pages) == 0 {
		named := strings.Join(not, ", ")
		l.seen.noPages = lang.Text{
			EN: fmt.Sprintf("the app has no page that is known: %s; name its pages in app.pages of matrix.yaml", named),
			ZH: fmt.Sprintf("没有发现应用的页面：%s；请在 matrix.yaml 的 app.pages 中写明", named),
		}
	}
}

// notAPage says why what came is no page; it is empty for a page, and for an app
// that fails to make one.
func notAPage(path string, r *sandbox.Response) string {
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	switch {
	case r.Status >= 500, r.Status == http.StatusOK && media == "text/html":
		return ""
	case r.Status/100 == 3:
		return fmt.Sprintf("GET %s leads elsewhere, to %s", path, r.Header.Get("Location"))
	case r.Status != http.StatusOK:
		return fmt.Sprintf("GET %s answers %d", path, r.Status)
	case err != nil:
		return fmt.Sprintf("GET %s answers with no media type", path)
	}
	return fmt.Sprintf("GET %s answers with %s", path, media)
}

// nameMissing adds to the advice for an app that has ended what its source reads
// and its tree does not have: its log need not name it.
func (t *Trial) nameMissing(f *report.Failure) {
	const most = 3
	missing := t.App.Missing
	if len(missing) == 0 {
		return
	}
	names := strings.Join(missing[:min(most, len(missing))], ", ")
	f.Fix = lang.Text{
		EN: fmt.Sprintf("%s; its source reads %s, which is not in %s", f.Fix.EN, names, t.App.Root),
		ZH: fmt.Sprintf("%s；源码读取了 %s，但 %s 中没有", f.Fix.In(lang.Chinese), names, t.App.Root),
	}
}
