package deployment

import (
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"

	"github.com/seatrial/seatrial/harness/lang"
)

// Proxy is how the nginx in front of the app differs from one that passes
// everything on with all headers. The zero value is no difference.
type Proxy struct {
	// Path is the prefix under which the app is published, such as "/shop";
	// empty means the root.
	Path string `json:"path,omitempty"`
	// Forward says what becomes of the prefix.
	Forward Forward `json:"forward,omitempty"`
	// StaticURL is a path of the app, such as "/static", that nginx answers itself
	// with the files of the image's directory StaticDir.
	StaticURL string `json:"staticURL,omitempty"`
	StaticDir string `json:"staticDir,omitempty"`
	// StaticVolume means that StaticDir is a volume that nginx shares with the app,
	// and not a copy.
	StaticVolume bool `json:"staticVolume,omitempty"`
	// BodyLimit is the largest request body in bytes; 0 means the usual 10 MiB.
	BodyLimit int64 `json:"bodyLimit,omitempty"`
	// Timeout is how long nginx waits for an answer; 0 means the usual 30 s.
	Timeout time.Duration `json:"timeout,omitempty"`
	// Bare passes on no header about the client and the host that it asked for.
	Bare bool `json:"bare,omitempty"`
	// NoUpgrade does not pass on the request to become a WebSocket.
	NoUpgrade bool `json:"noUpgrade,omitempty"`
	// Gzip compresses answers of text.
	Gzip bool `json:"gzip,omitempty"`
	// TLS ends TLS in nginx: clients speak https, the app is spoken to in http.
	TLS bool `json:"tls,omitempty"`
}

// Forward is what becomes of a prefix on the way to the app.
type Forward string

const (
	// Strip: /shop/cart becomes /cart ("location /shop/" and "proxy_pass http://app/").
	Strip Forward = "strip"
	// Keep: /shop/cart stays ("location /shop/" and "proxy_pass http://app").
	Keep Forward = "keep"
	// DoubleSlash: /shop/cart becomes //cart ("location /shop" and "proxy_pass
	// http://app/"), the slip of the missing slash.
	DoubleSlash Forward = "double-slash"
)

// Timing is Timeout as nginx writes it.
func (p Proxy) Timing() string { return fmt.Sprintf("%dms", p.Timeout.Milliseconds()) }

// proxy is the nginx in front of the app.
func proxy() []Kind {
	return []Kind{
		{
			Name: "proxy-path", Value: "PATH[:strip|keep|double-slash]", Example: "proxy-path=/shop:strip",
			Doc: lang.Text{
				EN: "nginx publishes the app under this path. strip (if nothing is said) takes it off (proxy_pass http://app/), keep leaves it on (proxy_pass http://app), " +
					"double-slash is the slip of a location without its slash: //cart arrives. X-Forwarded-Prefix names the path.",
				ZH: "nginx 在该子路径下发布应用。strip（默认）去掉前缀（proxy_pass http://app/），keep 保留前缀（proxy_pass http://app），" +
					"double-slash 模拟 location 少写斜杠：应用收到 //cart。前缀通过 X-Forwarded-Prefix 告知。",
			},
			normalise: prefixAndForward,
			apply: func(s *Spec, v string) error {
				at, forward, _ := strings.Cut(v, ":")
				s.Proxy.Path, s.Proxy.Forward = at, Forward(forward)
				return nil
			},
			decides: func(string) string { return "path of the proxy" },
		},
		{
			Name: "proxy-static", Value: "URL:DIRECTORY", Example: "proxy-static=/static:/app/static",
			Doc: lang.Text{
				EN: "nginx answers what is below this path itself, with a copy of the files that the image has in the directory; the app is not asked. An image that has no such directory gives nginx an empty one.",
				ZH: "该路径下的请求由 nginx 直接返回，文件取自镜像中该目录的副本，不再经过应用；镜像中没有该目录时 nginx 得到空目录。",
			},
			normalise: urlAndDirectory,
			apply: func(s *Spec, v string) error {
				s.Proxy.StaticURL, s.Proxy.StaticDir, _ = strings.Cut(v, ":")
				return nil
			},
			decides: func(string) string { return "static files of the proxy" },
		},
		{
			Name: "proxy-static-volume", Value: "URL:DIRECTORY", Example: "proxy-static-volume=/static:/app/static",
			Doc: lang.Text{
				EN: "nginx answers what is below this path itself, from a volume that is mounted at the directory of the app as well: the engine fills it from the image when it is new. What the app changes there, nginx serves.",
				ZH: "该路径下的请求由 nginx 直接返回，文件取自与应用共享的卷（同时挂载在应用的该目录）：新卷由引擎以镜像内容填充；应用在其中的改动 nginx 立即可见。",
			},
			normalise: urlAndDirectory,
			apply: func(s *Spec, v string) error {
				s.Proxy.StaticURL, s.Proxy.StaticDir, _ = strings.Cut(v, ":")
				s.Proxy.StaticVolume = true
				if !isMountPoint(s, s.Proxy.StaticDir) {
					s.Mounts = append(s.Mounts, Mount{Path: s.Proxy.StaticDir, Keep: true, Writable: true})
				}
				return nil
			},
			decides: func(string) string { return "static files of the proxy" },
		},
		{
			Name: "proxy-body-limit", Value: "SIZE", Example: "proxy-body-limit=1MiB",
			Doc: lang.Text{
				EN: "nginx refuses larger request bodies with 413; 1 MiB is nginx's own default.",
				ZH: "请求体超过该大小时 nginx 返回 413；nginx 自身默认 1 MiB。",
			},
			normalise: size,
			apply:     func(s *Spec, v string) (err error) { s.Proxy.BodyLimit, err = byteCount(v); return err },
		},
		{
			Name: "proxy-timeout", Value: "TIME", Example: "proxy-timeout=2s",
			Doc: lang.Text{
				EN: "nginx waits this long for the app's answer, then it answers 504 itself.",
				ZH: "nginx 等待应用应答的时间，超时由 nginx 返回 504。",
			},
			normalise: duration,
			apply:     func(s *Spec, v string) (err error) { s.Proxy.Timeout, err = time.ParseDuration(v); return err },
		},
		{
			Name: "proxy-bare", Example: "proxy-bare",
			Doc: lang.Text{
				EN: "nginx has a bare proxy_pass: the app sees nginx's name for it as Host, no X-Forwarded-For, -Proto or -Host, and HTTP/1.0.",
				ZH: "nginx 只写了 proxy_pass：应用看到的 Host 是上游名，没有 X-Forwarded-For/-Proto/-Host，且为 HTTP/1.0。",
			},
			apply: func(s *Spec, _ string) error { s.Proxy.Bare = true; return nil },
		},
		{
			Name: "proxy-no-websocket", Example: "proxy-no-websocket",
			Doc: lang.Text{
				EN: "nginx does not pass on Upgrade and Connection, so that no WebSocket can be opened.",
				ZH: "nginx 不转发 Upgrade 与 Connection 请求头，无法建立 WebSocket。",
			},
			apply: func(s *Spec, _ string) error { s.Proxy.NoUpgrade = true; return nil },
		},
		{
			Name: "proxy-gzip", Example: "proxy-gzip",
			Doc: lang.Text{
				EN: "nginx compresses answers of text, which also makes their ETag a weak one and drops their length.",
				ZH: "nginx 压缩文本响应；同时 ETag 变为弱标签，Content-Length 消失。",
			},
			apply: func(s *Spec, _ string) error { s.Proxy.Gzip = true; return nil },
		},
		{
			Name: "proxy-tls", Example: "proxy-tls",
			Doc: lang.Text{
				EN: "Clients speak https to nginx, nginx http to the app; X-Forwarded-Proto says https. The certificate is from an authority made for the run.",
				ZH: "客户端以 https 访问 nginx，nginx 以 http 访问应用，X-Forwarded-Proto 为 https。证书由本次运行生成的 CA 签发。",
			},
			apply: func(s *Spec, _ string) error { s.Proxy.TLS = true; return nil },
		},
	}
}

func prefixAndForward(v string) (string, error) {
	at, forward, given := strings.Cut(v, ":")
	if !given {
		forward = string(Strip)
	}
	at, err := location(at)
	if err != nil {
		return "", err
	}
	if _, err := oneOf(string(Strip), string(Keep), string(DoubleSlash))(forward); err != nil {
		return "", err
	}
	return at + ":" + forward, nil
}

// location checks a path that nginx.conf is to name: what it would read as its
// own syntax is no path of an app.
func location(v string) (string, error) {
	at, err := absolute(v)
	if err != nil {
		return "", err
	}
	if at == "/" || strings.ContainsAny(at, " \t\r\n;{}\"'$\\#*") || strings.ContainsFunc(at, unicode.IsControl) {
		return "", fmt.Errorf("%q is not a path under which an app can be published", at)
	}
	return at, nil
}

func urlAndDirectory(v string) (string, error) {
	at, dir, ok := strings.Cut(v, ":")
	if !ok {
		return "", fmt.Errorf("%q is not URL:DIRECTORY", v)
	}
	at, errURL := location(at)
	dir, errDir := absolute(dir)
	return at + ":" + dir, errors.Join(errURL, errDir)
}
