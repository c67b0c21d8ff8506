package scenarios

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/seatrial/seatrial/harness/evidence"
	"github.com/seatrial/seatrial/harness/lang"
	"github.com/seatrial/seatrial/harness/sandbox"
	"github.com/seatrial/seatrial/scenarios/gherkin"
)

func (w *World) assetsLoad(ctx context.Context) error {
	return w.everyAsset(ctx, sandbox.Direct)
}

func (w *World) assetsLoadThroughNginx(ctx context.Context) error {
	return w.everyAsset(ctx, sandbox.ThroughNginx)
}

// everyAsset asks for each asset of the app's pages and judges status, type and
// content: a browser refuses a script or style sheet of the wrong type.
func (w *World) everyAsset(ctx context.Context, road sandbox.Road) error {
	assets, homeless, err := w.assets(ctx, road)
	if err != nil {
		return err
	}
	s, err := w.ready(ctx)
	if err != nil {
		return err
	}
	var bad []evidence.Line
	for _, a := range homeless {
		bad = append(bad, evidence.Line{File: evidence.HTTPFile, Text: fmt.Sprintf("%s (on page %s): points to the machine on which the page is looked at", a.path, a.page)})
	}
	for _, a := range assets {
		r, err := s.Open(ctx, road, a.path)
		if err != nil {
			return w.noAnswer(http.MethodGet, a.path, road, err)
		}
		if problem := judgeAsset(r, a.kind); problem != "" {
			bad = append(bad, evidence.Line{File: evidence.HTTPFile, Text: fmt.Sprintf("%s (on page %s): %s", a.path, a.page, problem)})
		}
	}
	if len(bad) == 0 {
		return nil
	}
	return w.wrong(onRoad(road, both("%d of %d assets do not load", "%d 个静态资源（共 %d 个）无法加载", len(bad), len(assets)+len(homeless))),
		lang.Text{EN: bad[0].Text, ZH: bad[0].Text}, w.findAssets(), bad...)
}

// findAssets says where to look for assets that do not load.
func (w *World) findAssets() lang.Text {
	for _, c := range w.conditions {
		if c.Name == "workdir" {
			return lang.Text{
				EN: "if they load without " + c.String() + ", their path depends on the working directory: embed the files (go:embed), or take their directory from the configuration",
				ZH: "若去掉 " + c.String() + " 就能加载，说明路径依赖工作目录：请用 go:embed 嵌入文件，或从配置读取所在目录",
			}
		}
	}
	return lang.Text{
		EN: "check that the files are in the image, that their path does not depend on the working directory, and that the route's prefix is the one the pages use",
		ZH: "请检查：文件是否进了镜像、路径是否依赖工作目录、路由前缀与页面引用是否一致",
	}
}

// assets lists what the pages refer to on this app, each once, and what they
// refer to where it cannot be. An app whose pages refer to neither is skipped.
func (w *World) assets(ctx context.Context, road sandbox.Road) (own, homeless []asset, err error) {
	s, err := w.ready(ctx)
	if err != nil {
		return nil, nil, err
	}
	pages, why := w.Launcher.Pages()
	if len(pages) == 0 {
		return nil, nil, skip(why)
	}
	var elsewhere []string
	var noHTML []lang.Text
	for _, page := range pages {
		page = published(s, road, page)
		r, err := s.Open(ctx, road, page)
		if err != nil {
			return nil, nil, w.noAnswer(http.MethodGet, page, road, err)
		}
		if r.Status != http.StatusOK {
			return nil, nil, w.noPage(r, page, road)
		}
		if media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || media != "text/html" {
			noHTML = append(noHTML, both("GET %s answers with %q and not with HTML", "GET %s 返回 %q 而不是 HTML", page, r.Header.Get("Content-Type")))
			continue
		}
		here, err := url.Parse(s.URL(road) + r.Path)
		if err != nil {
			return nil, nil, gherkin.Broken(err)
		}
		found := assetsOf(here, r.Body)
		for _, a := range found.own {
			own = appendAsset(own, a)
		}
		for _, a := range found.homeless {
			homeless = appendAsset(homeless, a)
		}
		elsewhere = append(elsewhere, found.elsewhere...)
	}
	if len(own)+len(homeless) == 0 {
		return nil, nil, skip(noAssets(pages, noHTML, elsewhere))
	}
	return own, homeless, nil
}

// noAssets says why there is nothing to load.
func noAssets(pages []string, noHTML []lang.Text, elsewhere []string) lang.Text {
	named := strings.Join(pages, ", ")
	switch {
	case len(noHTML) > 0:
		var en, zh []string
		for _, text := range noHTML {
			en, zh = append(en, text.EN), append(zh, text.ZH)
		}
		return lang.Text{
			EN: "no page of " + named + " refers to an asset: " + strings.Join(en, ", "),
			ZH: "页面 " + named + " 没有引用静态资源：" + strings.Join(zh, "，"),
		}
	case len(elsewhere) > 0:
		slices.Sort(elsewhere)
		others := strings.Join(slices.Compact(elsewhere), ", ")
		return both("no page of %s refers to an asset of the app, only to assets of %s", "页面 %s 没有引用应用自己的静态资源，只引用了 %s 的资源", named, others)
	}
	return both("no page of %s refers to an asset", "页面 %s 没有引用静态资源", named)
}

// noPage is a page that could not be had.
func (w *World) noPage(r *sandbox.Response, page string, road sandbox.Road) error {
	at := ""
	if r.Path != page {
		at = " (" + r.Path + ")"
	}
	cause := lang.Text{EN: "the body begins: " + bodyStart(r), ZH: "响应体开头：" + bodyStart(r)}
	if to := r.Header.Get("Location"); to != "" {
		cause = lang.Text{EN: "it leads elsewhere, to " + to, ZH: "它跳转到别处：" + to}
	}
	return w.wrong(onRoad(road, both("the page %s%s answers %d", "页面 %s%s 返回 %d", page, at, r.Status)), cause,
		lang.Text{EN: "are the templates in the image, and is the page declared rightly in app.pages?", ZH: "模板是否进了镜像？app.pages 是否写对？"})
}

// missingAssetIs404 asks for a neighbour of a real asset that cannot exist.
func (w *World) missingAssetIs404(ctx context.Context) error {
	return w.missingAsset(ctx, sandbox.Direct)
}

func (w *World) missingAssetIs404ThroughNginx(ctx context.Context) error {
	return w.missingAsset(ctx, sandbox.ThroughNginx)
}

func (w *World) missingAsset(ctx context.Context, road sandbox.Road) error {
	assets, _, err := w.assets(ctx, road)
	if err != nil {
		return err
	}
	missing := neighbours(assets)
	if len(missing) == 0 {
		return skip(lang.Text{EN: "the pages refer to assets at the root only, where the paths of pages are", ZH: "页面只引用了根路径下的静态资源，与页面路径无法区分"})
	}
	s, err := w.ready(ctx)
	if err != nil {
		return err
	}
	for _, missing := range missing {
		r, err := s.Get(ctx, road, missing)
		if err != nil {
			return w.noAnswer(http.MethodGet, missing, road, err)
		}
		if r.Status == http.StatusNotFound || r.Status == http.StatusGone {
			continue
		}
		what := onRoad(road, both("a missing asset is answered with %d", "缺失的静态资源返回 %d", r.Status))
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

// assetsSameThroughNginx compares what a browser has in the end: what is packed
// twice, or said to be packed and is not, loads and is rubbish.
func (w *World) assetsSameThroughNginx(ctx context.Context) error {
	assets, _, err := w.assets(ctx, sandbox.Direct)
	if err != nil {
		return err
	}
	s, err := w.ready(ctx)
	if err != nil {
		return err
	}
	var bad []evidence.Line
	for _, a := range assets {
		direct, err := s.Open(ctx, sandbox.Direct, a.path)
		if err != nil {
			return w.noAnswer(http.MethodGet, a.path, sandbox.Direct, err)
		}
		behind, err := s.Open(ctx, sandbox.ThroughNginx, published(s, sandbox.ThroughNginx, a.path))
		if err != nil {
			return w.noAnswer(http.MethodGet, a.path, sandbox.ThroughNginx, err)
		}
		if !bytes.Equal(direct.Body, behind.Body) {
			bad = append(bad, evidence.Line{File: evidence.HTTPFile, Text: fmt.Sprintf("%s: %d bytes directly, %d bytes through nginx", a.path, len(direct.Body), len(behind.Body))})
		}
	}
	if len(bad) == 0 {
		return nil
	}
	return w.wrong(both("%d of %d assets are not the same through nginx", "%d 个静态资源（共 %d 个）经 nginx 内容不同", len(bad), len(assets)),
		lang.Text{EN: bad[0].Text, ZH: bad[0].Text},
		lang.Text{
			EN: "set Content-Encoding on what the app has compressed itself, and leave Host out of the content of files",
			ZH: "应用自行压缩的内容请设置 Content-Encoding；文件内容不要依赖 Host",
		}, bad...)
}

// staticOfRelease compares what is served with what was deployed: a volume may hold
// what an earlier release has left.
func (w *World) staticOfRelease(ctx context.Context, prefix, dir string) error {
	s, err := w.ready(ctx)
	if err != nil {
		return err
	}
	files, err := s.ImageFiles(ctx, dir)
	if err != nil {
		return err
	}
	if len(files) == 0 {
		return skip(both("the image has no file in %s", "镜像的 %s 中没有文件", dir))
	}
	var bad []evidence.Line
	for _, name := range slices.Sorted(maps.Keys(files)) {
		at := strings.TrimSuffix(prefix, "/") + "/" + (&url.URL{Path: name}).EscapedPath()
		for _, road := range []sandbox.Road{sandbox.Direct, sandbox.ThroughNginx} {
			r, err := s.Get(ctx, road, published(s, road, at))
			if err != nil {
				return w.noAnswer(http.MethodGet, at, road, err)
			}
			if r.Status != http.StatusOK || !bytes.Equal(r.Body, files[name]) {
				bad = append(bad, evidence.Line{File: evidence.HTTPFile, Text: fmt.Sprintf("%s (%s): %d, %d bytes; the release has %d", at, road, r.Status, len(r.Body), len(files[name]))})
			}
		}
	}
	if len(bad) == 0 {
		return nil
	}
	return w.wrong(both("%d static files are not those of this release", "%d 个静态文件不是本次发布的内容", len(bad)),
		lang.Text{EN: bad[0].Text, ZH: bad[0].Text}, lang.Text{
			EN: "an engine fills a named volume once: let the app (or a step of the deployment) copy its files to the volume at each start, serve them embedded, or give nginx an image of its own with them",
			ZH: "引擎只填充一次命名卷：请在每次启动时由应用（或部署步骤）把文件同步到卷，或改为嵌入二进制，或为 nginx 构建包含静态文件的镜像",
		}, bad...)
}
