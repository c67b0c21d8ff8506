package app

import (
	"net/url"
	"slices"
	"strings"
)

// redisClients are the modules that make an app a client of Redis. The queues
// and locks among them reach it through one of the others.
var redisClients = []string{
	"github.com/redis/go-redis", "github.com/go-redis/redis", "gopkg.in/redis.v3", "gopkg.in/redis.v4", "gopkg.in/redis.v5",
	"github.com/gomodule/redigo", "github.com/garyburd/redigo", "github.com/redis/rueidis", "github.com/rueian/rueidis",
	"github.com/mediocregopher/radix", "github.com/hibiken/asynq", "github.com/gocraft/work", "github.com/RichardKnop/machinery",
	"github.com/go-redsync/redsync", "github.com/go-redis/cache", "github.com/boj/redistore", "github.com/gin-contrib/sessions/redis",
	"github.com/gofiber/storage/redis", "github.com/ulule/limiter/v3/drivers/store/redis", "github.com/eko/gocache/store/redis",
	"github.com/zeromicro/go-zero/core/stores/redis", "github.com/valkey-io/valkey-go", "github.com/xuyu/goredis", "github.com/adjust/rmq",
}

// redisImport is the first import of a Redis client that main reaches.
func (s *source) redisImport() (Note, bool) {
	var found []string
	for target := range s.imports {
		if slices.ContainsFunc(redisClients, func(client string) bool { return samePackage(target, client) }) {
			found = append(found, target)
		}
	}
	if len(found) == 0 {
		return Note{}, false
	}
	slices.Sort(found)
	note := s.imports[found[0]]
	return Note{"redis client " + found[0], note.Where}, true
}

// redisEnv says which environment variable is to hold what of Redis: its name
// decides, and where the name is vague the shape of its default.
func redisEnv(reads []envRead) map[string]string {
	out := map[string]string{}
	for _, e := range reads {
		if value := redisValue(e.key, e.def); value != "" {
			out[e.key] = value
		}
	}
	return out
}

// redisSettings are parts of a Redis configuration that are no place.
var redisSettings = []string{
	"password", "pass", "passwd", "pwd", "auth", "user", "username", "db", "database", "prefix", "ttl", "timeout", "pool", "size", "tls", "ssl",
	"enable", "enabled", "enabledredis", "disable", "max", "min", "idle", "expire", "expiration", "retries", "retry", "network", "type", "mode",
	"channel", "key", "name", "namespace", "cluster", "sentinel", "master", "cert", "ca", "insecure", "secret", "index", "num", "conns", "active", "driver", "proto", "protocol", "use", "on",
}

func redisValue(key, def string) string {
	w := words(key)
	names := slices.ContainsFunc(w, func(s string) bool { return strings.HasPrefix(s, "redis") || strings.HasPrefix(s, "valkey") })
	u, err := url.Parse(def)
	isURL := err == nil && (u.Scheme == "redis" || u.Scheme == "rediss")
	isAddr := strings.HasSuffix(def, ":6379")
	if !names && !isURL && !isAddr {
		return ""
	}
	if len(w) == 0 || def == "true" || def == "false" {
		return ""
	}
	last := w[len(w)-1]
	if names && slices.ContainsFunc(w, func(s string) bool { return slices.Contains(redisSettings, s) }) && !isURL && !isAddr {
		return ""
	}
	switch {
	case isURL, slices.Contains([]string{"url", "uri", "dsn"}, last) && !isAddr:
		return "${REDIS_URL}"
	case isAddr:
		return "${REDIS_ADDR}"
	case slices.Contains(w, "conn") && (last == "string" || last == "str"), slices.Contains(w, "connection") && last == "string":
		return "${REDIS_URL}"
	case strings.HasSuffix(last, "port"):
		return "${REDIS_PORT}"
	case strings.HasSuffix(last, "host"), last == "hostname":
		return "${REDIS_HOST}"
	case slices.ContainsFunc([]string{"addr", "address", "addrs", "server", "endpoint", "hosts", "nodes", "redis", "valkey", "servers", "hostport"}, func(s string) bool { return strings.HasSuffix(last, s) }):
		return "${REDIS_ADDR}"
	}
	return ""
}

// withoutUser takes the user and password out of a URL: a note is for a report.
func withoutUser(text string) string {
	scheme, rest, ok := strings.Cut(text, "://")
	if at := strings.LastIndex(rest, "@"); ok && at >= 0 {
		return scheme + "://" + rest[at+1:]
	}
	return text
}
