package diagnose

import (
	"net/http"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/seatrial/seatrial/harness/evidence"
)

// nginx' words, which have been the same since its version 0.8; the C library's
// text in brackets differs between systems.
var (
	upstreamDown   = regexp.MustCompile(`connect\(\) failed \(\d+: [^)]*\) while connecting to upstream.*upstream: "(?P<upstream>[^"]+)"`)
	upstreamErrno  = regexp.MustCompile(`\((?:111|61|146|10061): `)
	upstreamSelf   = regexp.MustCompile(`^\w+://(?:127\.\d+\.\d+\.\d+|\[::1\]|localhost)(?::(?P<port>\d+))?`)
	noLive         = regexp.MustCompile(`no live upstreams while connecting to upstream.*upstream: "(?P<upstream>[^"]+)"`)
	upstreamLate   = regexp.MustCompile(`upstream timed out \(\d+: [^)]*\) while (?P<doing>[\w ]+?)(?: from| to)? upstream.*request: "(?:\S+ )?(?P<url>\S*)[^"]*"(?:, upstream: "(?P<upstream>[^"]+)")?`)
	tooLarge       = regexp.MustCompile(`client intended to send too large (?:chunked )?body: (?P<size>\d+) bytes.*request: "\S+ (?P<url>\S+)`)
	nginxOpen      = regexp.MustCompile(`open\(\) "(?P<path>[^"]+)" failed \(2: .*request: "\S+ (?P<url>\S+)`)
	nginxOpenIndex = regexp.MustCompile(`"(?P<path>[^"]+)" is not found \(2: .*request: "\S+ (?P<url>\S+)`)
	noUpgrade      = regexp.MustCompile(`(?i)'upgrade' token not found in 'Connection' header|'websocket' token not found in 'Upgrade' header|WebSocket protocol violation: (?:Connection|Upgrade) header|bad "?(?:Connection|Upgrade)"? header|missing or bad (?:upgrade|"?Connection"?)|client is not using the websocket protocol|websocket: bad handshake`)
)

func upstreamRefused(c *Case) *Match {
	for _, line := range c.nginxLines() {
		for _, pattern := range []*regexp.Regexp{upstreamDown, noLive} {
			if groups := pattern.FindStringSubmatch(line.Plain); groups != nil && (upstreamSelf.FindString(groups[1]) == "" || c.Bundle.Has(evidence.SystemdLog)) {
				return &Match{Lines: []evidence.Line{line.Line}, Params: map[string]string{"upstream": groups[1], "upstream_zh": groups[1]}}
			}
		}
	}
	if m, ok := c.nginxSays(http.StatusBadGateway); ok && !c.Bundle.Has(evidence.NginxLog) {
		m.say("upstream", "the address of proxy_pass", "proxy_pass 指定的地址")
		m.Confidence = Likely
		return m
	}
	return nil
}

// upstreamLoopback is nginx in a container that is told to find the app in its own.
func upstreamLoopback(c *Case) *Match {
	for _, line := range c.nginxLines() {
		groups := upstreamDown.FindStringSubmatch(line.Plain)
		if groups == nil || !upstreamErrno.MatchString(line.Plain) || c.Bundle.Has(evidence.SystemdLog) {
			continue
		}
		if self := upstreamSelf.FindStringSubmatch(groups[1]); self != nil {
			return &Match{Lines: []evidence.Line{line.Line}, Params: map[string]string{"upstream": groups[1]}}
		}
	}
	return nil
}

func upstreamSlow(c *Case) *Match {
	if m, ok := c.said(upstreamLate); ok {
		if strings.HasPrefix(m.Params["doing"], "connecting") {
			return nil
		}
		return m
	}
	m, ok := c.nginxSays(http.StatusGatewayTimeout)
	if !ok {
		return nil
	}
	return m
}

func bodyTooLarge(c *Case) *Match {
	if m, ok := c.said(tooLarge); ok {
		return m
	}
	m, ok := c.nginxSays(http.StatusRequestEntityTooLarge)
	if !ok {
		return nil
	}
	m.Params["size"] = "?"
	return m
}

// closedByClient is nginx' own status for a client that went away.
const closedByClient = 499

func clientGaveUp(c *Case) *Match {
	for _, line := range c.nginxLines() {
		if hit, ok := access(line); ok && hit.Status == closedByClient {
			return &Match{Lines: []evidence.Line{line.Line}, Params: map[string]string{"url": hit.Path}}
		}
	}
	return nil
}

// routeWithoutFallback is a path of a single-page app that nginx takes for a file.
func routeWithoutFallback(c *Case) *Match {
	m, ok := c.said(nginxOpen)
	if !ok {
		m, ok = c.said(nginxOpenIndex)
	}
	if !ok || asset.MatchString(pathOnly(m.Params["url"])) || path.Ext(pathOnly(m.Params["url"])) != "" || m.Params["url"] == "/" {
		return nil
	}
	return m
}

func nginxFileMissing(c *Case) *Match {
	for _, line := range c.nginxLines() {
		groups := nginxOpen.FindStringSubmatch(line.Plain)
		if groups == nil || unasked.MatchString(pathOnly(groups[2])) || !asset.MatchString(pathOnly(groups[2])) {
			continue
		}
		return &Match{Lines: []evidence.Line{line.Line}, Params: map[string]string{"path": groups[1], "url": groups[2], "dir": path.Dir(groups[1])}}
	}
	return nil
}

var noBuffering = regexp.MustCompile(`(?m)^\s*proxy_buffering\s+off|^\s*X-Accel-Buffering`)

// nginxBuffersEvents is a stream of events that comes late or not at all through
// nginx.
func nginxBuffersEvents(c *Case) *Match {
	const slow = 1000 // milliseconds; a first event that the app sends at once is there in a few
	if text, err := c.Bundle.Text(evidence.NginxConfFile); err == nil && noBuffering.MatchString(text) {
		return nil
	}
	for _, i := range c.proxied() {
		x := c.Exchanges[i]
		if mediaType(x.Header) == "text/event-stream" && (x.Millis >= slow || x.Error != "") {
			return &Match{Lines: []evidence.Line{c.exchangeLine(i)}, Params: map[string]string{"url": x.Path}}
		}
		streams := func(other evidence.Exchange) bool {
			return other.Road == evidence.Direct && other.Path == x.Path && other.Error == "" && mediaType(other.Header) == "text/event-stream"
		}
		if (x.Error != "" || x.Status == http.StatusGatewayTimeout) && slices.ContainsFunc(c.Exchanges, streams) {
			return &Match{Lines: []evidence.Line{c.exchangeLine(i)}, Params: map[string]string{"url": x.Path}}
		}
	}
	return nil
}

// upgradeDropped is a WebSocket that the app does not see as one.
func upgradeDropped(c *Case) *Match {
	for _, i := range c.proxied() {
		x := c.Exchanges[i]
		opens := func(other evidence.Exchange) bool {
			return other.Road == evidence.Direct && other.Path == x.Path && other.Status == http.StatusSwitchingProtocols
		}
		wants := strings.Contains(x.Method, "WebSocket")
		if wants && x.Status != http.StatusSwitchingProtocols && x.Status != http.StatusForbidden && x.Status < 500 && (slices.ContainsFunc(c.Exchanges, opens) || c.Spec.Proxy.NoUpgrade) {
			return &Match{Lines: []evidence.Line{c.exchangeLine(i)}, Params: map[string]string{"url": x.Path}, Confidence: Certain}
		}
	}
	for _, line := range c.Lines(SourceApp) {
		if noUpgrade.MatchString(line.Plain) && !c.note(line) {
			return &Match{Lines: []evidence.Line{line.Line}, Params: map[string]string{"url": "WebSocket"}}
		}
	}
	return nil
}
