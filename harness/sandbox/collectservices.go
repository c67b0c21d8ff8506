package sandbox

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/seatrial/seatrial/harness/evidence"
)

// serviceAnswer bounds what a service is asked for evidence: one that was paused
// or made to hang on purpose would not answer at all.
const serviceAnswer = time.Second

// services writes what Redis wrote since the app's container was made (the slot
// has served others before) and what nginx was told.
func (c *collector) services(ctx context.Context) {
	c.put(evidence.NginxConfFile, func() error { return c.w.Text(evidence.NginxConfFile, c.s.slot.ngx.conf) })
	c.put(evidence.RedisLog, func() error {
		lines, err := c.serviceLog(ctx, c.s.slot.redis.GetContainerID())
		if err != nil {
			return err
		}
		return c.w.Lines(evidence.RedisLog, lines)
	})
}

// nginxLog waits for the lines of requests whose answers have come: nginx writes
// them afterwards.
func (c *collector) nginxLog(ctx context.Context) error {
	want := 0
	for _, x := range c.s.Exchanges() {
		if x.Road == ThroughNginx && x.Status > 0 {
			want++
		}
	}
	var lines []string
	err := poll(ctx, nginxWrites, "nginx's log", nil, func(ctx context.Context) (err error) {
		if lines, err = c.serviceLog(ctx, c.s.slot.nginx.GetContainerID()); err != nil {
			return err
		}
		if got := countAccess(lines); got < want {
			return fmt.Errorf("it has %d of %d requests", got, want)
		}
		return nil
	})
	if err != nil {
		c.missing(evidence.NginxLog, err)
	}
	return c.w.Lines(evidence.NginxLog, lines)
}

// nginxWrites is how long nginx's lines may take to be in its log.
const nginxWrites = time.Second

// accessLine is how a line of the access log begins, see nginx.conf.tmpl: the
// client's address and the quoted request.
var accessLine = regexp.MustCompile(`^\S+ "[^"]*" \d{3} `)

func countAccess(lines []string) int {
	n := 0
	for _, line := range lines {
		if accessLine.MatchString(line) {
			n++
		}
	}
	return n
}

func (c *collector) serviceLog(ctx context.Context, id string) ([]string, error) {
	lines, err := readLogs(ctx, c.s.pool.options.Engine.Client, id)
	if err != nil {
		return nil, err
	}
	var texts []string
	for _, line := range linesSince(lines, c.state.Created) {
		texts = append(texts, line.Text)
	}
	return texts, nil
}

// linesSince leaves out what was written before; both times are of the engine's
// clock.
func linesSince(lines []LogLine, since time.Time) []LogLine {
	var list []LogLine
	for _, line := range lines {
		from := since
		if line.Time.Nanosecond() == 0 { // Podman's times are whole seconds
			from = since.Truncate(time.Second)
		}
		if !line.Time.Before(from) {
			list = append(list, line)
		}
	}
	return list
}

// redis writes what Redis says of itself and of who was refused.
func (c *collector) redis(ctx context.Context) {
	ctx, cancel := context.WithTimeoutCause(ctx, serviceAnswer, fmt.Errorf("redis does not answer within %s", serviceAnswer))
	defer cancel()
	rdb := c.s.slot.client
	info, err := rdb.Info(ctx, "everything").Result()
	if err != nil {
		err = fmt.Errorf("ask redis: %w", errors.Join(err, context.Cause(ctx)))
		c.missing(evidence.RedisInfoFile, err)
		c.missing(evidence.RedisACLFile, err)
		return
	}
	c.put(evidence.RedisInfoFile, func() error { return c.w.Text(evidence.RedisInfoFile, strings.ReplaceAll(info, "\r\n", "\n")) })
	c.put(evidence.RedisACLFile, func() error {
		text, err := accessOf(ctx, rdb)
		return errors.Join(err, c.w.Text(evidence.RedisACLFile, text))
	})
}

// accessOf tells who may do what in Redis, who was refused, and the settings by
// which it refuses, in the manner of INFO.
func accessOf(ctx context.Context, rdb *redis.Client) (string, error) {
	var b strings.Builder
	var errs []error
	users, err := rdb.Do(ctx, "ACL", "LIST").StringSlice()
	errs = append(errs, err)
	b.WriteString("# ACL LIST\n")
	for _, user := range users {
		// The hash of a weak password is as good as the password.
		b.WriteString(passwordHash.ReplaceAllString(user, "#[redacted:password]") + "\n")
	}
	refused, err := rdb.ACLLog(ctx, 64).Result()
	errs = append(errs, err)
	b.WriteString("\n# ACL LOG\n")
	for _, e := range refused {
		fmt.Fprintf(&b, "count:%d reason:%s context:%s object:%s username:%s age-seconds:%.3f\n", e.Count, e.Reason, e.Context, e.Object, e.Username, e.AgeSeconds)
	}
	config, err := rdb.ConfigGet(ctx, "*").Result()
	errs = append(errs, err)
	b.WriteString("\n# CONFIG\n")
	for _, key := range slices.Sorted(maps.Keys(config)) {
		switch {
		case key == "requirepass" || key == "masterauth":
			fmt.Fprintf(&b, "%s-is-set:%t\n", key, config[key] != "")
		case slices.Contains(tellingSettings, key):
			fmt.Fprintf(&b, "%s:%s\n", key, config[key])
		}
	}
	return b.String(), errors.Join(errs...)
}

var passwordHash = regexp.MustCompile(`#[0-9a-f]{64}`)

// tellingSettings are those by which Redis refuses what clients ask.
var tellingSettings = []string{
	"appendonly", "bind", "maxclients", "maxmemory", "maxmemory-policy", "min-replicas-to-write", "port", "protected-mode",
	"replica-read-only", "replica-serve-stale-data", "replicaof", "save", "stop-writes-on-bgsave-error", "timeout", "tls-port", "databases",
}
