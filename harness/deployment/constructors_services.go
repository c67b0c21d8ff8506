package deployment

import (
	"strconv"
	"time"
)

// RedisIn starts the app while Redis is in this state; d is how long for the
// states Late and Loading, and 0 for the others.
func RedisIn(state Service, d time.Duration) Condition {
	if d == 0 {
		return Condition{Name: "redis", Value: string(state)}
	}
	return Condition{Name: "redis", Value: string(state) + ":" + d.String()}
}

// RedisDown starts the app while Redis refuses connections.
func RedisDown() Condition { return RedisIn(Down, 0) }

// RedisPassword makes Redis want a password, and says what the app is told of it.
func RedisPassword(p Password) Condition { return Condition{Name: "redis-auth", Value: string(p)} }

// RedisSlow delays every answer of Redis.
func RedisSlow(by time.Duration) Condition {
	return Condition{Name: "redis-slow", Value: by.String()}
}

// RedisCuts cuts each connection to Redis after so many bytes of answers.
func RedisCuts(after int64) Condition {
	return Condition{Name: "redis-cuts", Value: strconv.FormatInt(after, 10)}
}

// NoDNS takes the name service away.
func NoDNS() Condition { return Condition{Name: "no-dns"} }

// NoEgress takes everything away that lies beyond the services beside the app.
func NoEgress() Condition { return Condition{Name: "no-egress"} }

// PortTaken lets another process listen on the app's port.
func PortTaken() Condition { return Condition{Name: "port-taken"} }

// ProxyPath publishes the app under a path of nginx.
func ProxyPath(at string, forward Forward) Condition {
	return Condition{Name: "proxy-path", Value: at + ":" + string(forward)}
}

// ProxyStatic lets nginx answer what is below a path with the image's files.
func ProxyStatic(url, dir string) Condition {
	return Condition{Name: "proxy-static", Value: url + ":" + dir}
}

// ProxyBodyLimit makes nginx refuse larger request bodies.
func ProxyBodyLimit(bytes int64) Condition {
	return Condition{Name: "proxy-body-limit", Value: strconv.FormatInt(bytes, 10)}
}

// ProxyTimeout is how long nginx waits for the app's answer.
func ProxyTimeout(d time.Duration) Condition {
	return Condition{Name: "proxy-timeout", Value: d.String()}
}

// ProxyBare makes nginx pass on no header about the client.
func ProxyBare() Condition { return Condition{Name: "proxy-bare"} }

// ProxyNoWebSocket makes nginx drop requests to become a WebSocket.
func ProxyNoWebSocket() Condition { return Condition{Name: "proxy-no-websocket"} }

// ProxyGzip makes nginx compress answers.
func ProxyGzip() Condition { return Condition{Name: "proxy-gzip"} }

// ProxyTLS makes nginx speak https with clients.
func ProxyTLS() Condition { return Condition{Name: "proxy-tls"} }
