package sandbox

import (
	"context"
	"fmt"
	"net"
	"strconv"
	"strings"

	"github.com/redis/go-redis/v9"
)

// RedisConnections is how many connections the app holds to the Redis beside it.
// One that was closed again does not count; clients keep theirs as a rule.
func (s *Sandbox) RedisConnections(ctx context.Context) (int, error) {
	var id *redis.IntCmd
	var list *redis.StringCmd
	_, err := s.slot.client.TxPipelined(ctx, func(p redis.Pipeliner) error {
		id, list = p.ClientID(ctx), p.ClientList(ctx)
		return nil
	})
	if err != nil {
		return 0, asBroken("list redis clients", err)
	}
	n, err := foreignClients(list.Val(), id.Val())
	if err != nil {
		return 0, asBroken("list redis clients", err)
	}
	return n, nil
}

// foreignClients counts the connections in the answer to CLIENT LIST that come
// from another address than the connection with the given id does.
// The format is that of https://redis.io/docs/latest/commands/client-list/.
func foreignClients(list string, own int64) (int, error) {
	hosts := map[string]string{} // by connection id
	for line := range strings.Lines(list) {
		var id, host string
		for field := range strings.FieldsSeq(line) {
			key, value, _ := strings.Cut(field, "=")
			switch key {
			case "id":
				id = value
			case "addr":
				host, _, _ = net.SplitHostPort(value)
			}
		}
		if id != "" {
			hosts[id] = host
		}
	}
	self, ok := hosts[strconv.FormatInt(own, 10)]
	if !ok {
		return 0, fmt.Errorf("connection %d is not among the %d that are listed", own, len(hosts))
	}
	n := 0
	for _, host := range hosts {
		if host != self {
			n++
		}
	}
	return n, nil
}
