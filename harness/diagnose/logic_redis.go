package diagnose

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/seatrial/seatrial/harness/deployment"
	"github.com/seatrial/seatrial/harness/evidence"
)

var _ = declare(map[string]Logic{
	"redis-too-many-clients":  redisTooManyClients,
	"redis-tls-mismatch":      redisTLSMismatch,
	"health-lies-about-redis": healthLiesAboutRedis,
})

var (
	tooManyClients = regexp.MustCompile(`ERR max number of clients (?:\+ cluster connections )?reached`)
	rejected       = regexp.MustCompile(`^rejected_connections:[1-9]\d*`)
	// tlsAccept is Redis' own word for a client that does not speak TLS.
	tlsAccept    = regexp.MustCompile(`Error accepting a client connection: .*(?:SSL|ssl|wrong version number|unknown protocol|http request|tls)`)
	noHandshake  = regexp.MustCompile(`tls: first record does not look like a TLS handshake|tls: oversized record received`)
	nakedReset   = regexp.MustCompile(`(?:^|[^>\d] |: )read: connection reset by peer`)
	redisTrouble = regexp.MustCompile(`NOAUTH|WRONGPASS|NOPERM|LOADING Redis|MASTERDOWN|READONLY You|MISCONF|OOM command|CLUSTERDOWN|(?i)redis.*(?:refused|timeout|no such host|\bEOF\b|reset by peer|broken pipe|unavailable|down\b|fail)|:6379.*(?:refused|timeout|reset)`)
)

func redisTooManyClients(c *Case) *Match {
	for _, line := range slices.Concat(c.Lines(SourceApp), c.Lines(SourceRedis)) {
		if tooManyClients.MatchString(line.Plain) && (line.File == evidence.RedisLog || c.Running() || !calm.MatchString(line.Plain)) {
			return &Match{Lines: []evidence.Line{line.Line}}
		}
	}
	m := redisHangsUp(c)
	if m == nil {
		return nil
	}
	for _, line := range c.Lines(SourceRedis) {
		if rejected.MatchString(line.Plain) {
			m.Lines = append(m.Lines, line.Line)
			return m
		}
	}
	if c.Spec.Redis == deployment.NoConnections {
		return m
	}
	return nil
}

// redisTLSMismatch is told by either side. A client without TLS at a port with it
// sees no more than a reset while it reads, before an address is known to be its
// peer's: Redis itself closes in order, and then the client says EOF.
func redisTLSMismatch(c *Case) *Match {
	for _, line := range c.Lines(SourceRedis) {
		if tlsAccept.MatchString(line.Plain) {
			return &Match{Lines: []evidence.Line{line.Line}}
		}
	}
	for _, line := range c.Lines(SourceApp) {
		about := redisWords.MatchString(line.Plain) || strings.Contains(line.Plain, ":6379") || strings.Contains(line.Plain, ":6380")
		if !about || !c.Matters(line) {
			continue
		}
		if noHandshake.MatchString(line.Plain) {
			return &Match{Lines: []evidence.Line{line.Line}}
		}
		if nakedReset.MatchString(line.Plain) && c.Spec.RedisLink.CutAfter == 0 && c.Spec.Redis == deployment.Up {
			return &Match{Lines: []evidence.Line{line.Line}, Confidence: Likely}
		}
	}
	return nil
}

// readyPaths are what health checks are usually called, if nobody says.
var readyPaths = regexp.MustCompile(`(?i)^/(?:api/)?(?:v\d+/)?(?:healthz?|ready|readyz|readiness|_?health(?:check)?|status|up|ping)/?$`)

// healthLiesAboutRedis is a ready path that says yes while Redis cannot be used.
func healthLiesAboutRedis(c *Case) *Match {
	var trouble []evidence.Line
	for _, line := range c.Lines(SourceApp) {
		if hit, ok := access(line); ok && hit.Status < 500 {
			continue
		}
		if redisTrouble.MatchString(line.Plain) && c.Matters(line) {
			trouble = append(trouble, line.Line)
			break
		}
	}
	gone := slices.Contains([]deployment.Service{deployment.Down, deployment.Paused, deployment.NoConnections}, c.Spec.Redis)
	if len(trouble) == 0 && !(gone && c.App != nil && c.App.Redis) {
		return nil
	}
	// A mere liveness check may say yes: the deployment must have taken Redis away,
	// or the health check be what was asked about.
	if !gone && !aboutHealth.MatchString(c.Outcome.Step+" "+c.Outcome.What+" "+c.Outcome.Scenario) {
		return nil
	}
	var said *Match
	for i, x := range c.Exchanges {
		ready := x.Path == c.Outcome.Ready || c.Outcome.Ready == "" && readyPaths.MatchString(pathOnly(x.Path))
		switch {
		case ready && x.Status >= 200 && x.Status < 300:
			said = &Match{
				Lines:  append([]evidence.Line{c.exchangeLine(i)}, trouble...),
				Params: map[string]string{"path": x.Path, "status": strconv.Itoa(x.Status)},
			}
		case ready && x.Status >= 500:
			return nil
		}
	}
	return said
}

var aboutHealth = regexp.MustCompile(`(?i)\b(ready|readiness|health)`)
