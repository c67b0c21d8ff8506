package diagnose

import (
	"net"
	"regexp"
	"slices"
	"strings"

	"github.com/seatrial/seatrial/harness/deployment"
	"github.com/seatrial/seatrial/harness/evidence"
)

// The ways in which a connection to another service is not made, or is lost.
const (
	dialRefused     = "refused"      // the host answers, nothing listens
	dialNoName      = "no-name"      // the name server knows no such name
	dialNameRefused = "name-refused" // the name server refuses or fails
	dialNameSilent  = "name-silent"  // it does not answer
	dialNoNetwork   = "no-network"   // there is no route at all
	dialNoRoute     = "no-route"     // the host does not answer to ARP, or a firewall says so
	dialSilent      = "silent"       // no answer to the first packet
	readSilent      = "read-silent"  // connected, and no answer came
	dialReset       = "reset"        // the other side closed the connection
	dialURL         = "url"          // the address is a URL
	dialNoPort      = "no-port"      // the address has no port
)

// failedDial is a connection that failed, as a line of the log tells it.
type failedDial struct {
	Line   Line
	Kind   string
	Addr   string // as the log has it, "10.0.0.7:6379"
	Host   string
	Port   string
	Server string // the name server that was asked
}

// dialForms are Go's words for it, those of its C resolver included, and of
// Windows. The order matters: the first that matches counts.
var dialForms = []struct {
	kind string
	text *regexp.Regexp
}{
	{dialURL, regexp.MustCompile(`\bdial \w+: address (?P<addr>[a-z+]+://\S+): too many colons in address`)},
	{dialURL, regexp.MustCompile(`\blookup (?P<addr>[a-z+]+://\S*?)(?: on \S+)?: `)},
	{dialNoPort, regexp.MustCompile(`\bdial \w+: address (?P<addr>\S+): missing port in address`)},
	{dialNoNetwork, regexp.MustCompile(`\blookup (?P<host>[^\s:]+).*: dial udp \S+: connect: network is unreachable`)},
	{dialNoNetwork, regexp.MustCompile(`\bdial (?:tcp|udp)\d? (?P<addr>\S+?): connect: network is unreachable`)},
	{dialNameRefused, regexp.MustCompile(`\blookup (?P<host>[^\s:]+)(?: on (?P<server>\S+))?: (?:(?:read|write|dial) udp \S+: )?(?:(?:read|write|connect|recvfrom): )?(?:connection refused|server misbehaving)`)},
	{dialNameSilent, regexp.MustCompile(`(?i)\blookup (?P<host>[^\s:]+)(?: on (?P<server>\S+))?: (?:(?:read|write|dial) udp \S+: )?(?:i/o timeout|temporary failure in name resolution|try again|.*no reply)`)},
	{dialNoName, regexp.MustCompile(`(?i)\blookup (?P<host>[^\s:]+)(?: on (?P<server>\S+?))?: (?:no such host|name (?:or service )?(?:not known|does not resolve)|nodename nor servname|no address associated|no data|getaddrinfow: )`)},
	{dialRefused, regexp.MustCompile(`(?i)\bdial (?:tcp|udp)\d? (?P<addr>\S+?): (?:connect|getsockopt|connectex): (?:connection refused|no connection could be made because the target machine actively refused)`)},
	{dialNoRoute, regexp.MustCompile(`\bdial (?:tcp|udp)\d? (?P<addr>\S+?): connect: (?:no route to host|host is unreachable|host is down)`)},
	{dialSilent, regexp.MustCompile(`\bdial (?:tcp|udp)\d? (?P<addr>\S+?): (?:i/o timeout|connect: (?:connection|operation) timed out|context deadline exceeded)`)},
	{readSilent, regexp.MustCompile(`\bread tcp \S+->(?P<addr>\S+?): i/o timeout`)},
	{dialReset, regexp.MustCompile(`\b(?:read|write) tcp \S+->(?P<addr>\S+?): (?:(?:read|write): )?(?:connection reset by peer|broken pipe|EOF)`)},
}

// failedDials are the connections that failed, in the order of the log, if they
// matter.
func (c *Case) failedDials() []failedDial {
	if c.dialled != nil {
		return c.dialled
	}
	list := []failedDial{}
	for _, line := range slices.Concat(c.Lines(SourceApp), c.file(evidence.SystemdLog), c.file(evidence.SupervisorLog)) {
		for _, form := range dialForms {
			groups := form.text.FindStringSubmatch(line.Plain)
			if groups == nil {
				continue
			}
			d := failedDial{Line: line, Kind: form.kind}
			for i, name := range form.text.SubexpNames() {
				switch name {
				case "addr":
					d.Addr = strings.Trim(groups[i], `"'`)
				case "host":
					d.Host = strings.Trim(groups[i], `"'`)
				case "server":
					d.Server = groups[i]
				}
			}
			if host, port, err := net.SplitHostPort(d.Addr); err == nil {
				d.Host, d.Port = host, port
			}
			if c.Matters(line) {
				list = append(list, d)
			}
			break
		}
	}
	c.dialled = list
	return list
}

// itself says whether the address is the dialling machine's or container's own.
func (d failedDial) itself() bool {
	ip := net.ParseIP(d.Host)
	return d.Host == "localhost" || d.Host == "" && d.Port != "" || ip != nil && (ip.IsLoopback() || ip.IsUnspecified())
}

// sixth says whether the address is one of IPv6.
func (d failedDial) sixth() bool { return strings.Contains(d.Host, ":") }

// redisPorts are those of Redis, of Redis with TLS by habit, and of Sentinel.
var redisPorts = []string{"6379", "6380", "26379"}

// redis says whether the other side is, or should be, Redis.
func (d failedDial) redis(c *Case) bool {
	if slices.Contains(redisPorts, d.Port) || strings.Contains(strings.ToLower(d.Line.Plain), "redis") {
		return true
	}
	for key, value := range c.Spec.Env {
		if d.Addr != "" && strings.Contains(strings.ToUpper(key), "REDIS") && strings.Contains(value, d.Addr) {
			return true
		}
	}
	return false
}

// onHost says whether the line is from a service of the machine itself, for which
// the loopback address may well be right.
func (d failedDial) onHost() bool { return d.Line.File == evidence.SystemdLog }

func (d failedDial) match() *Match {
	m := &Match{Lines: []evidence.Line{d.Line.Line}, Params: map[string]string{}}
	for key, value := range map[string]string{"addr": d.Addr, "host": d.Host, "port": d.Port, "server": d.Server} {
		if value != "" {
			m.Params[key] = value
		}
	}
	return m
}

// onDial makes a logic of the first failed connection of these kinds that fits.
func onDial(fits func(*Case, failedDial) bool, kinds ...string) Logic {
	return func(c *Case) *Match {
		for _, d := range c.failedDials() {
			if slices.Contains(kinds, d.Kind) && (fits == nil || fits(c, d)) {
				return d.match()
			}
		}
		return nil
	}
}

var _ = declare(map[string]Logic{
	"dials-itself": onDial(func(_ *Case, d failedDial) bool { return d.itself() && !d.onHost() }, dialRefused),
	"service-refused": onDial(func(c *Case, d failedDial) bool {
		return (!d.itself() || d.onHost()) && !d.redis(c)
	}, dialRefused),
	"redis-refused": onDial(func(c *Case, d failedDial) bool {
		return (!d.itself() || d.onHost()) && d.redis(c) && !redisOnLoopback(c)
	}, dialRefused),
	"redis-loopback-only": func(c *Case) *Match {
		if !redisOnLoopback(c) {
			return nil
		}
		return onDial(func(c *Case, d failedDial) bool { return !d.itself() && d.redis(c) }, dialRefused)(c)
	},
	"name-not-found":       onDial(nil, dialNoName),
	"name-server-refuses":  onDial(nil, dialNameRefused),
	"name-server-silent":   onDial(nil, dialNameSilent),
	"network-unreachable":  onDial(func(_ *Case, d failedDial) bool { return !d.sixth() }, dialNoNetwork),
	"ipv6-unreachable":     onDial(func(_ *Case, d failedDial) bool { return d.sixth() }, dialNoNetwork),
	"no-route-to-host":     onDial(nil, dialNoRoute),
	"service-silent":       onDial(nil, dialSilent),
	"redis-silent":         redisSilent,
	"redis-hangs-up":       redisHangsUp,
	"address-is-url":       onDial(nil, dialURL),
	"address-without-port": onDial(nil, dialNoPort),
})

// redisOnLoopback says whether it is known that Redis runs, and listens on the
// loopback address alone.
func redisOnLoopback(c *Case) bool {
	for _, line := range slices.Concat(c.Lines(SourceRedis), c.Lines(SourceEngine)) {
		if redisBind.MatchString(line.Plain) {
			return true
		}
	}
	return false
}

var (
	redisBind   = regexp.MustCompile(`(?:^|\s|--)bind[ =:]+(?:127\.0\.0\.1|-?::1|localhost)(?:\s+-?::1)?(?:\s|$)`)
	redisWords  = regexp.MustCompile(`(?i)redis|\bcache\b`)
	redisWaited = regexp.MustCompile(`context deadline exceeded|i/o timeout`)
	hungUp      = regexp.MustCompile(`connection reset by peer|broken pipe|\bEOF\b|use of closed network connection`)
)

// redisSilent is Redis that takes connections and gives no answer in time.
func redisSilent(c *Case) *Match {
	if m := onDial(func(c *Case, d failedDial) bool { return d.redis(c) }, readSilent)(c); m != nil {
		return m
	}
	for _, line := range c.Lines(SourceApp) {
		if !redisWaited.MatchString(line.Plain) || strings.Contains(line.Plain, "dial tcp") || strings.Contains(line.Plain, "lookup ") {
			continue
		}
		paused := c.Spec.Redis == deployment.Paused || c.Spec.RedisLink.Latency > 0
		if (paused || redisWords.MatchString(line.Plain)) && c.Matters(line) {
			return &Match{Lines: []evidence.Line{line.Line}, Params: map[string]string{}}
		}
	}
	return nil
}

// redisHangsUp is Redis, or what listens in its place, that closes connections.
// Why it does so is what other rules may know.
func redisHangsUp(c *Case) *Match {
	for _, line := range c.Lines(SourceApp) {
		if !hungUp.MatchString(line.Plain) || !c.Matters(line) {
			continue
		}
		toRedis := redisWords.MatchString(line.Plain)
		for _, port := range redisPorts {
			toRedis = toRedis || strings.Contains(line.Plain, ":"+port)
		}
		if toRedis {
			return &Match{Lines: []evidence.Line{line.Line}, Params: map[string]string{}}
		}
	}
	return nil
}
