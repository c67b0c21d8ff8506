package scenarios

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path"
	"path/filepath"
	"strings"
	"time"

	"github.com/seatrial/seatrial/harness/deployment"
	"github.com/seatrial/seatrial/harness/evidence"
	"github.com/seatrial/seatrial/harness/lang"
	"github.com/seatrial/seatrial/harness/sandbox"
	"github.com/seatrial/seatrial/scenarios/gherkin"
)

func (w *World) noDNS() error { return w.under(deployment.NoDNS()) }

func (w *World) noEgress() error { return w.under(deployment.NoEgress()) }

func (w *World) portTaken() error { return w.under(deployment.PortTaken()) }

func (w *World) underPath(at string) error {
	return w.under(deployment.ProxyPath(at, deployment.Strip))
}

func (w *World) underKeptPath(at string) error {
	return w.under(deployment.ProxyPath(at, deployment.Keep))
}

func (w *World) staticByNginx(url, dir string) error {
	return w.under(deployment.ProxyStatic(url, dir))
}

func (w *World) staticFromVolume(url, dir string) error {
	return w.under(deployment.ProxyStaticVolume(url, dir))
}

// ownStatic gives the first directory that the app is known to serve, and the path
// at which it does.
func (w *World) ownStatic() (at, dir string, err error) {
	app := w.Launcher.Trial().App
	for _, s := range app.Static {
		if s.Dir != "" && strings.Trim(s.URL, "/") != "" {
			return "/" + strings.Trim(s.URL, "/"), path.Join("/", app.WorkDir, filepath.ToSlash(s.Dir)), nil
		}
	}
	return "", "", skip(lang.Text{EN: "no directory with static files was found that the app serves from disk", ZH: "未发现应用从磁盘提供静态文件的目录"})
}

func (w *World) ownStaticByNginx() error {
	at, dir, err := w.ownStatic()
	if err != nil {
		return err
	}
	return w.under(deployment.ProxyStatic(at, dir))
}

func (w *World) ownStaticFromVolume() error {
	at, dir, err := w.ownStatic()
	if err != nil {
		return err
	}
	return w.under(deployment.ProxyStaticVolume(at, dir))
}

func (w *World) ownStaticOfRelease(ctx context.Context) error {
	at, dir, err := w.ownStatic()
	if err != nil {
		return err
	}
	return w.staticOfRelease(ctx, at, dir)
}

func (w *World) bodyLimit(size int64) error { return w.under(deployment.ProxyBodyLimit(size)) }

func (w *World) proxyTimeout(d time.Duration) error { return w.under(deployment.ProxyTimeout(d)) }

func (w *World) bareProxy() error { return w.under(deployment.ProxyBare()) }

func (w *World) noWebSockets() error { return w.under(deployment.ProxyNoWebSocket()) }

func (w *World) gzipProxy() error { return w.under(deployment.ProxyGzip()) }

func (w *World) tlsProxy() error { return w.under(deployment.ProxyTLS()) }

// published is a path of the app as a client asks for it on the road: nginx may
// publish the app under a path of its own.
func published(s *sandbox.Sandbox, road sandbox.Road, path string) string {
	if road == sandbox.ThroughNginx {
		return s.Spec.Proxy.Path + path
	}
	return path
}

func (w *World) sendBodyThroughNginx(ctx context.Context, method, path string, size int64) error {
	s, err := w.ready(ctx)
	if err != nil {
		return err
	}
	header := http.Header{"Content-Type": {"application/octet-stream"}}
	w.answer, err = s.Do(ctx, sandbox.ThroughNginx, method, path, header, strings.Repeat("x", int(size)))
	if err != nil {
		return w.noAnswer(method, path, sandbox.ThroughNginx, err)
	}
	return nil
}

// redirectStays follows nothing: where a redirect leads says whether the app
// knows under which address it is published.
func (w *World) redirectStays(ctx context.Context, path string) error {
	s, err := w.ready(ctx)
	if err != nil {
		return err
	}
	asked := published(s, sandbox.ThroughNginx, path)
	r, err := s.Get(ctx, sandbox.ThroughNginx, asked)
	if err != nil {
		return w.noAnswer(http.MethodGet, asked, sandbox.ThroughNginx, err)
	}
	w.answer = r
	location := r.Header.Get("Location")
	if r.Status/100 != 3 || location == "" {
		return w.wrong(both("%s answers %d and no redirect", "%s 返回 %d，不是重定向", asked, r.Status),
			lang.Text{EN: "the body begins: " + bodyStart(r), ZH: "响应体开头：" + bodyStart(r)}, lang.Text{})
	}
	return w.judgeRedirect(s, asked, r)
}

// redirectsStay is redirectStays for the pages: one that leads to another site,
// such as a login elsewhere, is none of ours.
func (w *World) redirectsStay(ctx context.Context) error {
	s, err := w.ready(ctx)
	if err != nil {
		return err
	}
	redirects := 0
	for _, page := range w.visited() {
		direct, err := s.Get(ctx, sandbox.Direct, page)
		if err != nil {
			return w.noAnswer(http.MethodGet, page, sandbox.Direct, err)
		}
		here, err := url.Parse(s.URL(sandbox.Direct) + page)
		if err != nil {
			return gherkin.Broken(err)
		}
		if _, within := sandbox.Within(here, direct.Header.Get("Location")); direct.Status/100 != 3 || !within {
			continue
		}
		redirects++
		if err := w.redirectStays(ctx, page); err != nil {
			return err
		}
	}
	if redirects == 0 {
		return skip(lang.Text{EN: "no page of the app redirects within the app", ZH: "应用没有发生应用内重定向的页面"})
	}
	return nil
}

// judgeRedirect says whether the answer's redirect leads back through nginx.
func (w *World) judgeRedirect(s *sandbox.Sandbox, asked string, r *sandbox.Response) error {
	location := r.Header.Get("Location")
	problem, err := strays(s.URL(sandbox.ThroughNginx)+asked, location, s.Spec.Proxy.Path)
	if err != nil {
		return gherkin.Broken(err)
	}
	if problem.EN == "" {
		return nil
	}
	line := evidence.Line{File: evidence.HTTPFile, Text: fmt.Sprintf("GET %s: %d Location: %s", asked, r.Status, location)}
	return w.wrong(both("the redirect of %s leads away from nginx", "%s 的重定向离开了 nginx", asked), problem, lang.Text{
		EN: "redirect to a path relative to the request, or build the address from X-Forwarded-Proto, X-Forwarded-Host and X-Forwarded-Prefix",
		ZH: "重定向请使用相对路径，或用 X-Forwarded-Proto、X-Forwarded-Host、X-Forwarded-Prefix 拼出对外地址",
	}, line)
}

// strays says which part of the address a redirect has lost.
func strays(asked, location, prefix string) (lang.Text, error) {
	from, err := url.Parse(asked)
	if err != nil {
		return lang.Text{}, fmt.Errorf("read address %q: %w", asked, err)
	}
	to, err := from.Parse(location)
	if err != nil {
		return lang.Text{EN: fmt.Sprintf("%q is no address", location), ZH: fmt.Sprintf("%q 不是合法地址", location)}, nil
	}
	lost := func(en, zh, want, got string) lang.Text {
		return lang.Text{EN: fmt.Sprintf("it loses the %s: %s instead of %s", en, got, want), ZH: fmt.Sprintf("丢失了%s：应为 %s，实际为 %s", zh, want, got)}
	}
	switch {
	case to.Hostname() != from.Hostname():
		return lost("host", "主机名", from.Hostname(), to.Hostname()), nil
	case to.Scheme != from.Scheme:
		return lost("scheme", "协议", from.Scheme, to.Scheme), nil
	case to.Port() != from.Port():
		return lost("port", "端口", from.Port(), "port "+to.Port()), nil
	case prefix != "" && to.Path != prefix && !strings.HasPrefix(to.Path, prefix+"/"):
		return lost("path prefix", "路径前缀", prefix+"/…", to.Path), nil
	}
	return lang.Text{}, nil
}

func (w *World) webSocketOpens(ctx context.Context, path string) error {
	s, err := w.ready(ctx)
	if err != nil {
		return err
	}
	asked := published(s, sandbox.ThroughNginx, path)
	status, err := s.UpgradeToWebSocket(ctx, sandbox.ThroughNginx, asked)
	if err != nil {
		return w.noAnswer(http.MethodGet, asked, sandbox.ThroughNginx, err)
	}
	if status == http.StatusSwitchingProtocols {
		return nil
	}
	return w.wrong(both("the WebSocket at %s does not open through nginx", "经 nginx 打不开 %s 的 WebSocket", asked),
		lang.Text{EN: fmt.Sprintf("the handshake was answered with %d and not 101", status), ZH: fmt.Sprintf("握手返回 %d 而不是 101", status)},
		lang.Text{
			EN: "nginx needs proxy_http_version 1.1 and the headers Upgrade and Connection for it; let the client fall back where it cannot be had",
			ZH: "nginx 需要 proxy_http_version 1.1 并转发 Upgrade、Connection 请求头；做不到时客户端应有降级方案",
		})
}

func (w *World) compressedAndWhole(ctx context.Context, path string) error {
	s, err := w.ready(ctx)
	if err != nil {
		return err
	}
	direct, err := s.Get(ctx, sandbox.Direct, path)
	if err != nil {
		return w.noAnswer(http.MethodGet, path, sandbox.Direct, err)
	}
	asked := published(s, sandbox.ThroughNginx, path)
	r, err := s.Do(ctx, sandbox.ThroughNginx, http.MethodGet, asked, http.Header{"Accept-Encoding": {"gzip"}}, "")
	if err != nil {
		return w.noAnswer(http.MethodGet, asked, sandbox.ThroughNginx, err)
	}
	w.answer = r
	body, err := unpack(r)
	if err == nil && bytes.Equal(body, direct.Body) {
		return nil
	}
	if err == nil {
		err = fmt.Errorf("unpacked it has %d bytes, directly %d", len(body), len(direct.Body))
	}
	return w.wrong(both("%s does not come compressed and whole through nginx", "经 nginx 访问 %s 得不到完整的压缩内容", asked),
		lang.Text{EN: err.Error(), ZH: err.Error()}, lang.Text{
			EN: "name the Content-Type, and set Content-Encoding where the app has compressed it already",
			ZH: "请设置 Content-Type；若应用已自行压缩，请设置 Content-Encoding",
		})
}

// unpack undoes the one encoding that was asked for, as a browser does.
func unpack(r *sandbox.Response) ([]byte, error) {
	if got := r.Header.Get("Content-Encoding"); got != "gzip" {
		return nil, fmt.Errorf("it is not compressed: Content-Encoding is %q, Content-Type %q", got, r.Header.Get("Content-Type"))
	}
	z, err := gzip.NewReader(bytes.NewReader(r.Body))
	if err != nil {
		return nil, fmt.Errorf("unpack: %w", err)
	}
	body, err := io.ReadAll(z)
	return body, errors.Join(err, z.Close())
}
