package sandbox

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/moby/moby/api/types/container"
	"github.com/testcontainers/testcontainers-go"

	"github.com/seatrial/seatrial/harness/deployment"
)

// ToxiproxySource are the files of a program that stands between the app and
// Redis: package main of a module of its own, as it needs toxiproxy. It is
// compiled for the engine's architecture and put into an image whose entrypoint
// is the binary.
func ToxiproxySource() map[string][]byte {
	return map[string][]byte{"main.go": toxiproxyMain, "go.mod": toxiproxyMod, "go.sum": toxiproxySum}
}

var (
	//go:embed _toxiproxy/main.go
	toxiproxyMain []byte
	//go:embed _toxiproxy/go.mod.txt
	toxiproxyMod []byte
	//go:embed _toxiproxy/go.sum.txt
	toxiproxySum []byte
)

// toxic is a fault as toxiproxy reads it.
type toxic struct {
	Type       string           `json:"type"`
	Attributes map[string]int64 `json:"attributes"`
}

func toxics(link deployment.Link) []toxic {
	var list []toxic
	if link.Latency > 0 {
		list = append(list, toxic{"latency", map[string]int64{"latency": link.Latency.Milliseconds()}})
	}
	if link.CutAfter > 0 {
		list = append(list, toxic{"limit_data", map[string]int64{"bytes": link.CutAfter}})
	}
	return list
}

// toxiproxyPath is the program in its image.
const toxiproxyPath = "/toxiproxy"

// spoilLink makes connections to Redis as they are to be, those that there are
// included.
func (s *Slot) spoilLink(ctx context.Context, link deployment.Link) error {
	command := []string{toxiproxyPath, "spoil"}
	for _, t := range toxics(link) {
		text, err := json.Marshal(t)
		if err != nil {
			return fmt.Errorf("write toxic: %w", err)
		}
		command = append(command, string(text))
	}
	if _, err := s.ask(ctx, s.rds.toxiproxy.GetContainerID(), command...); err != nil {
		return fmt.Errorf("spoil connections to redis: %w", err)
	}
	return nil
}

// relayRedis moves Redis to another port and puts toxiproxy in its place: to the
// app, the name and the port stay what they are.
func (s *Slot) relayRedis(ctx context.Context) error {
	if s.pool.options.Toxiproxy == nil {
		return errors.New("spoil connections to redis: this pool was made without toxiproxy")
	}
	ref, err := s.pool.options.Toxiproxy(ctx)
	if err != nil {
		return fmt.Errorf("get toxiproxy: %w", err)
	}
	if err := s.configureLastingly(ctx, "port", strconv.Itoa(redisBehind)); err != nil {
		return err
	}
	s.undo = append(s.undo, s.removeToxiproxy)
	s.rds.toxiproxy, err = s.run(ctx, ref.Name, "service", func(r *testcontainers.GenericContainerRequest) error {
		r.Cmd = []string{fmt.Sprintf(":%d", redisPort), fmt.Sprintf("127.0.0.1:%d", redisBehind)}
		r.ConfigModifier = func(c *container.Config) { c.User = serviceUser }
		r.HostConfigModifier = s.inServices
		return nil
	})
	if err != nil {
		return err
	}
	return poll(ctx, serviceStart, "toxiproxy", s.alive(s.rds.toxiproxy), func(ctx context.Context) error {
		lines, err := readLogs(ctx, s.pool.options.Engine.Client, s.rds.toxiproxy.GetContainerID())
		if err != nil {
			return err
		}
		if text := lastText(lines, 1); !strings.Contains(text, "listens on") {
			return fmt.Errorf("it says %q", text)
		}
		return nil
	})
}

func (s *Slot) removeToxiproxy(context.Context) error {
	c := s.rds.toxiproxy
	s.rds.toxiproxy = nil
	if c == nil {
		return nil
	}
	if err := testcontainers.TerminateContainer(c, testcontainers.StopTimeout(time.Duration(0))); err != nil {
		return fmt.Errorf("remove toxiproxy: %w", err)
	}
	return nil
}
