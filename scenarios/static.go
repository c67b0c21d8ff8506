package scenarios

import (
	"bytes"
	"context"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"

	"golang.org/x/net/html"

	"github.com/seatrial/seatrial/harness/evidence"
	"github.com/seatrial/seatrial/harness/lang"
	"github.com/seatrial/seatrial/harness/sandbox"
	"github.com/seatrial/seatrial/scenarios/gherkin"
)

// asset is a file that a page refers to.
type asset struct {
	path string // on this app, with query
	page string // where it is referred to
}

func (w *World) assetsLoad(ctx context.Context) error {
	return w.everyAsset(ctx, sandbox.Direct)
}

func (w *World) assetsLoadThroughNginx(ctx context.Context) error {
	return w.everyAsset(ctx, sandbox.ThroughNginx)
}

// everyAsset asks for each asset of the app's pages and judges status, type and
// content: a browser refuses a script or style sheet of the wrong type.
func (w *World) everyAsset(ctx context.Context, road sandbox.Road) error {
	assets, err := w.assets(ctx, road)
	if err != nil {
		return err
	}
	s, err := w.ready(ctx)
	if err != nil {
		return err
	}
	var bad []evidence.Line
	for _, a := range assets {
		r, err := s.Get(ctx, road, a.path)
		if err != nil {
			return w.noAnswer(http.MethodGet, a.path, road, err)
		}
		if problem := judgeAsset(r); problem != "" {
			bad = append(bad, evidence.Line{File: evidence.HTTPFile, Text: fmt.Sprintf("%s (on page %s): %s", a.path, a.page, problem)})
		}
	}
	if len(bad) == 0 {
		return nil
	}
	return w.wrong(fmt.Sprintf("%d of %d assets do not load (%s)", len(bad), len(assets), road),
		lang.Text{EN: bad[0].Text, ZH: bad[0].Text}, lang.Text{
			EN: "check that the files are in the image, that their path does not depend on the working directory, and that the route's prefix is the one the pages use",
			ZH: "请检查：文件是否进了镜像、路径是否依赖工作目录、路由前缀与页面引用是否一致",
		}, bad...)
}

// assets lists what the pages refer to on this app, each once.
func (w *World) assets(ctx context.Context, road sandbox.Road) ([]asset, error) {
	s, err := w.ready(ctx)
	if err != nil {
		return nil, err
	}
	pages := w.Launcher.Trial().App.Pages
	if len(pages) == 0 {
		return nil, gherkin.Skip("the app has no pages (app.pages in matrix.yaml)")
	}
	var list []asset
	for _, page := range pages {
		r, err := s.Get(ctx, road, page)
		if err != nil {
			return nil, w.noAnswer(http.MethodGet, page, road, err)
		}
		if r.Status != http.StatusOK {
			return nil, w.wrong(fmt.Sprintf("the page %s answers %d (%s)", page, r.Status, road),
				lang.Text{EN: "the body begins: " + bodyStart(r), ZH: "响应体开头：" + bodyStart(r)},
				lang.Text{EN: "are the templates in the image, and is the page declared rightly in app.pages?", ZH: "模板是否进了镜像？app.pages 是否写对？"})
		}
		for _, ref := range references(r.Body) {
			if p, ok := resolve(page, ref); ok && !slices.ContainsFunc(list, func(a asset) bool { return a.path == p }) {
				list = append(list, asset{path: p, page: page})
			}
		}
	}
	if len(list) == 0 {
		return nil, gherkin.Skip(fmt.Sprintf("no page of %s refers to an asset of the app", strings.Join(pages, ", ")))
	}
	return list, nil
}

// references lists what an HTML page loads: scripts, style sheets, icons,
// images, media.
func references(body []byte) []string {
	var list []string
	for tokens := html.NewTokenizer(bytes.NewReader(body)); ; {
		switch tokens.Next() {
		case html.ErrorToken:
			return list
		case html.StartTagToken, html.SelfClosingTagToken:
			token := tokens.Token()
			if ref := loads(token); ref != "" {
				list = append(list, ref)
			}
		}
	}
}

func loads(token html.Token) string {
	attribute := func(name string) string {
		for _, a := range token.Attr {
			if a.Key == name {
				return strings.TrimSpace(a.Val)
			}
		}
		return ""
	}
	switch token.Data {
	case "script", "img", "source", "video", "audio", "embed", "iframe":
		return attribute("src")
	case "link":
		for rel := range strings.FieldsSeq(strings.ToLower(attribute("rel"))) {
			switch rel {
			case "stylesheet", "icon", "manifest", "preload", "modulepreload", "apple-touch-icon":
				return attribute("href")
			}
		}
	}
	return ""
}

// resolve makes a reference on a page a path of this app; one to elsewhere is none.
func resolve(page, ref string) (string, bool) {
	base, err := url.Parse(page)
	if err != nil {
		return "", false
	}
	u, err := base.Parse(ref)
	if err != nil || u.Host != "" || u.Scheme != "" || u.Path == "" {
		return "", false
	}
	u.Fragment = ""
	return u.String(), true
}

// assetTypes are the media types that a browser accepts for a file's ending.
var assetTypes = map[string][]string{
	".js":    {"text/javascript", "application/javascript", "application/x-javascript"},
	".mjs":   {"text/javascript", "application/javascript"},
	".css":   {"text/css"},
	".html":  {"text/html"},
	".svg":   {"image/svg+xml"},
	".png":   {"image/png"},
	".jpg":   {"image/jpeg"},
	".jpeg":  {"image/jpeg"},
	".gif":   {"image/gif"},
	".webp":  {"image/webp"},
	".ico":   {"image/x-icon", "image/vnd.microsoft.icon"},
	".json":  {"application/json"},
	".woff":  {"font/woff", "application/font-woff"},
	".woff2": {"font/woff2", "application/font-woff2"},
	".wasm":  {"application/wasm"},
}

// judgeAsset says what is wrong with an answer to a request for an asset.
func judgeAsset(r *sandbox.Response) string {
	got := r.Header.Get("Content-Type")
	if r.Status != http.StatusOK {
		return fmt.Sprintf("answered %d", r.Status)
	}
	if len(r.Body) == 0 {
		return "answered 200 with an empty body"
	}
	ending := path.Ext(pathOf(r.Path))
	wanted, known := assetTypes[strings.ToLower(ending)]
	if !known {
		return ""
	}
	media, _, err := mime.ParseMediaType(got)
	if err != nil || !slices.Contains(wanted, media) {
		if media == "text/html" {
			return fmt.Sprintf("answered 200 with a page (text/html) instead of a %s file", ending)
		}
		return fmt.Sprintf("has the type %q and not %s", got, wanted[0])
	}
	return ""
}

func pathOf(ref string) string {
	u, err := url.Parse(ref)
	if err != nil {
		return ref
	}
	return u.Path
}

// missingAssetIs404 asks for a neighbour of a real asset that cannot exist.
func (w *World) missingAssetIs404(ctx context.Context) error {
	return w.missingAsset(ctx, sandbox.Direct)
}

func (w *World) missingAssetIs404ThroughNginx(ctx context.Context) error {
	return w.missingAsset(ctx, sandbox.ThroughNginx)
}

func (w *World) missingAsset(ctx context.Context, road sandbox.Road) error {
	assets, err := w.assets(ctx, road)
	if err != nil {
		return err
	}
	s, err := w.ready(ctx)
	if err != nil {
		return err
	}
	for _, a := range assets {
		real := pathOf(a.path)
		missing := path.Join(path.Dir(real), "seatrial-no-such-file"+path.Ext(real))
		r, err := s.Get(ctx, road, missing)
		if err != nil {
			return w.noAnswer(http.MethodGet, missing, road, err)
		}
		if r.Status == http.StatusNotFound {
			continue
		}
		what := fmt.Sprintf("a missing asset is answered with %d (%s)", r.Status, road)
		line := evidence.Line{File: evidence.HTTPFile, Text: fmt.Sprintf("GET %s: %d %s: %s", missing, r.Status, r.Header.Get("Content-Type"), bodyStart(r))}
		return w.wrong(what, lang.Text{
			EN: "a fallback (NoRoute, try_files) answers for files too, so that a broken deployment looks healthy and browsers get a page where they want a script",
			ZH: "兜底路由（NoRoute、try_files）把缺失的文件也当页面返回，部署出错也看似正常，浏览器拿到的是页面而不是脚本",
		}, lang.Text{
			EN: "answer 404 for paths under the asset prefix, and fall back to the page for others only",
			ZH: "静态资源前缀下的路径应返回 404，只对其他路径做页面兜底",
		}, line)
	}
	return nil
}
