package diagnose

import (
	"net"
	"net/http"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/seatrial/seatrial/harness/deployment"
	"github.com/seatrial/seatrial/harness/evidence"
)

var _ = declare(map[string]Logic{
	"client-ip-is-proxy":        clientIPIsProxy,
	"compressed-twice":          compressedTwice,
	"redirect-loses-https":      redirects(losesHTTPS),
	"redirect-loses-prefix":     redirects(losesPrefix),
	"redirect-to-internal":      redirects(toInternal),
	"nginx-prefix-mangled":      prefixMangled,
	"nginx-prefix-kept":         prefixKept,
	"nginx-upstream-refused":    upstreamRefused,
	"nginx-upstream-loopback":   upstreamLoopback,
	"nginx-upstream-slow":       upstreamSlow,
	"nginx-body-too-large":      bodyTooLarge,
	"nginx-client-gave-up":      clientGaveUp,
	"nginx-route-no-fallback":   routeWithoutFallback,
	"nginx-file-missing":        nginxFileMissing,
	"nginx-buffers-events":      nginxBuffersEvents,
	"websocket-upgrade-dropped": upgradeDropped,
})

// proxied are the exchanges through nginx.
func (c *Case) proxied() []int {
	var list []int
	for i, x := range c.Exchanges {
		if x.Road == evidence.ThroughNginx {
			list = append(list, i)
		}
	}
	return list
}

var aboutClient = regexp.MustCompile(`(?i)\bclient('s)?\b.*\b(ip|address)|\bip\b|forwarded|real.?ip|客户端`)

// clientIPIsProxy is an app that tells the proxy's address as its client's: the
// answer is an address of a private network, the one that all of its requests
// seem to come from.
func clientIPIsProxy(c *Case) *Match {
	for i, x := range c.Exchanges {
		said := strings.Trim(strings.TrimSpace(x.Body), `"`)
		ip := net.ParseIP(said)
		if x.Status != http.StatusOK || ip == nil || !ip.IsPrivate() && !ip.IsLoopback() {
			continue
		}
		about := aboutClient.MatchString(c.Outcome.Step + " " + c.Outcome.What + " " + c.Outcome.Scenario)
		if x.Road != evidence.ThroughNginx && !about && !strings.Contains(strings.ToLower(x.Path), "ip") {
			continue
		}
		for _, hit := range c.Hits(SourceApp) {
			if hit.Path == x.Path && hit.Client == said {
				return &Match{Lines: []evidence.Line{c.exchangeLine(i), hit.Line.Line}, Params: map[string]string{"client": said}}
			}
		}
		if about || x.Road == evidence.ThroughNginx {
			return &Match{Lines: []evidence.Line{c.exchangeLine(i)}, Params: map[string]string{"client": said}, Confidence: Likely}
		}
	}
	return nil
}

// gzipBegins is how a text begins that is still compressed, as JSON can hold it.
var gzipBegins = regexp.MustCompile(`^\x1f[\x{FFFD}\x{8b}]`)

// compressedTwice is an answer that is still compressed after it was unpacked, or
// that is said to be a compressed file in transit.
func compressedTwice(c *Case) *Match {
	for i, x := range c.Exchanges {
		packed := strings.Contains(strings.Join(x.Header.Values("Content-Encoding"), ","), "gzip")
		twice := strings.Count(strings.Join(x.Header.Values("Content-Encoding"), ","), "gzip") > 1
		if packed && (gzipBegins.MatchString(x.Body) || mediaType(x.Header) == "application/gzip" || mediaType(x.Header) == "application/x-gzip" || twice) {
			return &Match{Lines: []evidence.Line{c.exchangeLine(i)}, Params: map[string]string{"url": x.Path}}
		}
	}
	return nil
}

// What is wrong with where a redirect leads.
const (
	losesHTTPS  = "https"
	losesPrefix = "prefix"
	toInternal  = "internal"
)

func redirects(rule string) Logic {
	return func(c *Case) *Match {
		for _, i := range c.proxied() {
			x := c.Exchanges[i]
			location := x.Header.Get("Location")
			to, err := url.Parse(location)
			if x.Status < 300 || x.Status > 399 || location == "" || err != nil {
				continue
			}
			if c.redirectFault(x, to) == rule {
				return &Match{Lines: []evidence.Line{c.exchangeLine(i)}, Params: map[string]string{
					"url": x.Path, "location": location, "prefix": c.publishedPath(x.Path), "host": to.Host,
				}}
			}
		}
		return nil
	}
}

func (c *Case) redirectFault(x evidence.Exchange, to *url.URL) string {
	host, port := to.Hostname(), to.Port()
	ip := net.ParseIP(host)
	switch {
	case host != "" && (host == "app" || host == "localhost" && c.Spec.Proxy.Bare || ip != nil && ip.IsLoopback() && port == strconv.Itoa(c.Spec.Port) && port != "0" ||
		port != "" && port == strconv.Itoa(c.Spec.Port) && c.Spec.Proxy.Bare || c.upstreamHost() == host && net.ParseIP(host) == nil):
		return toInternal
	case to.Scheme == "http" && c.proxyTLS():
		return losesHTTPS
	}
	prefix := c.publishedPath(x.Path)
	if prefix != "" && strings.HasPrefix(to.Path, "/") && !below(to.Path, prefix) && below(x.Path, prefix) {
		return losesPrefix
	}
	return ""
}

var (
	tlsListen     = regexp.MustCompile(`(?m)^\s*listen\s+(?:\S*:)?(?:443\b|\d+\s+ssl|\S+\s+ssl)`)
	stripLocation = regexp.MustCompile(`location\s+(?:\^~\s+)?(/[\w./-]*)\s*\{[^}]*?proxy_pass\s+(https?://[^/;\s]+)(/[^;\s]*)?\s*;`)
)

// proxyTLS says whether clients speak https to the proxy.
func (c *Case) proxyTLS() bool {
	if c.Spec.Proxy.TLS {
		return true
	}
	text, err := c.Bundle.Text(evidence.NginxConfFile)
	return err == nil && tlsListen.MatchString(text)
}

// forward is a location of nginx.conf that is passed on.
type forward struct{ location, upstream, uri string }

func (c *Case) forwards() []forward {
	text, err := c.Bundle.Text(evidence.NginxConfFile)
	if err != nil {
		return nil
	}
	var list []forward
	for _, groups := range stripLocation.FindAllStringSubmatch(text, -1) {
		list = append(list, forward{groups[1], groups[2], groups[3]})
	}
	return list
}

// upstreamHost is the name under which nginx knows the app.
func (c *Case) upstreamHost() string {
	for _, f := range c.forwards() {
		if u, err := url.Parse(f.upstream); err == nil {
			return u.Hostname()
		}
	}
	return ""
}

// publishedPath is the path below which nginx publishes the app and which the app
// does not see, for a request.
func (c *Case) publishedPath(target string) string {
	if c.Spec.Proxy.Path != "" {
		return c.Spec.Proxy.Path
	}
	best := ""
	for _, f := range c.forwards() {
		prefix := strings.TrimSuffix(f.location, "/")
		if f.uri != "" && prefix != "" && below(target, prefix) && len(prefix) > len(best) {
			best = prefix
		}
	}
	return best
}

// sent is the path that nginx asks the app for, as its configuration says, "" if
// it is not known.
func (c *Case) sent(target string) string {
	switch c.Spec.Proxy.Forward {
	case deployment.DoubleSlash:
		return "/" + strings.TrimPrefix(target, c.Spec.Proxy.Path)
	case deployment.Keep:
		return target
	}
	for _, f := range c.forwards() {
		if rest, ok := strings.CutPrefix(target, f.location); ok && f.uri != "" {
			return f.uri + rest
		}
	}
	return ""
}

// prefixMangled is a path that nginx changes on its way so that the app has no
// route for it.
func prefixMangled(c *Case) *Match {
	for _, i := range c.proxied() {
		x := c.Exchanges[i]
		target := pathOnly(x.Path)
		if x.Status != 404 || onlyNginx(x) {
			continue
		}
		m := &Match{Lines: []evidence.Line{c.exchangeLine(i)}, Params: map[string]string{"url": target, "prefix": c.Spec.Proxy.Path}}
		if arrived := c.sent(target); arrived != "" && arrived != target && (c.Spec.Proxy.Path == "" || strings.HasPrefix(arrived, "//")) {
			m.Params["arrived"] = arrived
			return m
		}
		for _, hit := range c.Hits(SourceApp) {
			arrived := pathOnly(hit.Path)
			if hit.Status == 404 && arrived != target && (c.Spec.Proxy.Path == "" || strings.HasPrefix(arrived, "//")) && mangled(target, arrived) && !c.logged(target) {
				m.Params["arrived"] = arrived
				m.Lines = append(m.Lines, hit.Line.Line)
				return m
			}
		}
	}
	return nil
}

// logged says whether the app saw a request for the path.
func (c *Case) logged(target string) bool {
	return slices.ContainsFunc(c.Hits(SourceApp), func(h Hit) bool { return pathOnly(h.Path) == target })
}

// mangled says whether one path is what a location and a proxy_pass that do not
// fit together make of the other: its end is there, its first element is not.
func mangled(target, arrived string) bool {
	rest := path.Base(target)
	first, _, _ := strings.Cut(strings.TrimPrefix(target, "/"), "/")
	return rest != "." && rest != "/" && strings.HasSuffix(arrived, rest) && !strings.HasPrefix(arrived, "/"+first+"/")
}

// prefixKept is a prefix that nginx leaves on and that the app does not know.
func prefixKept(c *Case) *Match {
	for _, i := range c.proxied() {
		x := c.Exchanges[i]
		prefix := c.Spec.Proxy.Path
		if x.Status != 404 || onlyNginx(x) || prefix == "" || c.Spec.Proxy.Forward != deployment.Keep || !below(x.Path, prefix) {
			continue
		}
		return &Match{Lines: []evidence.Line{c.exchangeLine(i)}, Params: map[string]string{"url": x.Path, "prefix": prefix}}
	}
	return nil
}

// nginxLines are the lines of nginx, also where its output was pasted among others.
func (c *Case) nginxLines() []Line {
	if c.nginx == nil {
		c.nginx = c.linesOfNginx()
	}
	return c.nginx
}

func (c *Case) linesOfNginx() []Line {
	lines := slices.Concat(c.Lines(SourceNginx), c.file(evidence.TranscriptLog), c.file(evidence.PlatformLog), c.file(evidence.SystemdLog), c.file(evidence.StderrLog), c.file(evidence.StdoutLog))
	return slices.DeleteFunc(lines, c.note)
}

// said gives the first line of nginx that a pattern matches, with its groups.
func (c *Case) said(pattern *regexp.Regexp) (*Match, bool) {
	for _, line := range c.nginxLines() {
		groups := pattern.FindStringSubmatch(line.Plain)
		if groups == nil {
			continue
		}
		m := &Match{Lines: []evidence.Line{line.Line}, Params: map[string]string{}}
		for i, name := range pattern.SubexpNames() {
			if name != "" && groups[i] != "" {
				m.Params[name] = groups[i]
			}
		}
		return m, true
	}
	return nil, false
}

// answered by nginx with a status of its own, on its road.
func (c *Case) nginxSays(status int) (*Match, bool) {
	for _, i := range c.proxied() {
		if x := c.Exchanges[i]; x.Status == status && (x.Body == "" || onlyNginx(x)) {
			return &Match{Lines: []evidence.Line{c.exchangeLine(i)}, Params: map[string]string{"url": x.Path}}, true
		}
	}
	return nil, false
}
