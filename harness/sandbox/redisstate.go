package sandbox

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"slices"
	"strings"
	"time"

	"github.com/moby/moby/client"
	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
	"github.com/testcontainers/testcontainers-go"

	"github.com/seatrial/seatrial/harness/deployment"
)

// The states of Redis are brought about in the Redis itself: it refuses, loads,
// runs out of memory because it does. Each notes how to be undone, and
// [Slot.proveRedis] compares the result with how Redis came.

const redisConfPath = "/tmp/redis.conf"

// redisState is what a sandbox did to its slot's Redis.
type redisState struct {
	normal  map[string]string // its configuration as it came
	altered bool              // since the last proof that it is as it came

	now  deployment.Service // the present state
	undo undoing            // what puts it right

	// settings outlive a restart, unlike what CONFIG SET alone does.
	settings map[string]string
	written  string // the settings that the container's redis.conf ends with

	password  string
	toxiproxy *testcontainers.DockerContainer

	cancelLate context.CancelFunc
	late       chan error // the end of a start that was put off
}

// connectRedis makes the harness's own connection. There is one, so that a
// Redis that accepts no more is still in hand. It asks once: whoever waits for
// Redis polls, and wants to know at once that it does not answer.
func (s *Slot) connectRedis(ctx context.Context) error {
	ports := map[int]string{}
	for _, number := range []int{redisPort, redisBehind} {
		port, err := s.published(ctx, s.svcPod, number)
		if err != nil {
			return err
		}
		ports[number] = port
	}
	s.rds.settings = map[string]string{}
	s.client = redis.NewClient(&redis.Options{
		MaxRetries: -1, DialTimeout: candidateAnswer, DialerRetries: 1, DisableIdentity: true,
		MaintNotificationsConfig: &maintnotifications.Config{Mode: maintnotifications.ModeDisabled},
		PoolSize:                 1, MaxIdleConns: 1, ConnMaxIdleTime: -1,
		Dialer: func(ctx context.Context, network, _ string) (net.Conn, error) {
			port := ports[redisPort]
			if s.rds.settings["port"] != "" {
				port = ports[redisBehind]
			}
			var d net.Dialer
			return d.DialContext(ctx, network, net.JoinHostPort(s.host, port))
		},
		CredentialsProvider: func() (string, string) { return "", s.rds.password },
	})
	if err := s.waitRedis(ctx); err != nil {
		return err
	}
	var err error
	s.rds.normal, err = s.redisConfig(ctx)
	return err
}

func (s *Slot) redisConfig(ctx context.Context) (map[string]string, error) {
	config, err := s.client.ConfigGet(ctx, "*").Result()
	if err != nil {
		return nil, fmt.Errorf("read configuration of redis: %w", err)
	}
	role, err := s.client.Do(ctx, "ROLE").Slice()
	if err != nil {
		return nil, fmt.Errorf("ask redis for its role: %w", err)
	}
	config["role"] = fmt.Sprint(role[0])
	return config, nil
}

// proveRedis makes sure that Redis is configured as it came. A slot of which
// that cannot be said is thrown away.
func (s *Slot) proveRedis(ctx context.Context) error {
	now, err := s.redisConfig(ctx)
	if err != nil {
		return err
	}
	var differs []string
	for _, key := range slices.Sorted(maps.Keys(now)) {
		if now[key] != s.rds.normal[key] {
			differs = append(differs, fmt.Sprintf("%s is %q and was %q", key, now[key], s.rds.normal[key]))
		}
	}
	if len(differs) > 0 {
		return fmt.Errorf("put redis right: %s", strings.Join(differs, ", "))
	}
	s.rds.altered = false
	return nil
}

// prepareRedis makes Redis what the deployment wants it to be at the app's start.
func (s *Slot) prepareRedis(ctx context.Context, spec deployment.Spec) error {
	if spec.RedisPassword != deployment.NoPassword {
		if err := s.wantPassword(ctx); err != nil {
			return err
		}
	}
	if spec.RedisLink != (deployment.Link{}) {
		if err := s.relayRedis(ctx); err != nil {
			return err
		}
		if err := s.spoilLink(ctx, spec.RedisLink); err != nil {
			return err
		}
	}
	if spec.Redis == deployment.Up {
		return nil
	}
	return s.setRedis(ctx, spec.Redis, spec.RedisFor)
}

// setRedis puts Redis into a state, for a time where the state takes one. A state
// without a time that Redis is in already stays as it is.
func (s *Slot) setRedis(ctx context.Context, state deployment.Service, d time.Duration) error {
	if state == s.rds.now && d == 0 {
		return nil
	}
	if err := s.calmRedis(ctx); err != nil {
		return err
	}
	s.rds.altered = true
	if err := s.alterRedis(ctx, state, d); err != nil {
		return err
	}
	s.rds.now = state
	return nil
}

func (s *Slot) alterRedis(ctx context.Context, state deployment.Service, d time.Duration) error {
	switch state {
	case deployment.Up:
		return nil
	case deployment.Down:
		return s.stopRedis(ctx)
	case deployment.Late:
		return s.delayRedis(ctx, d)
	case deployment.Paused:
		return s.pauseRedis(ctx)
	case deployment.Loading:
		return s.makeRedisLoad(ctx, d)
	case deployment.ReplicaOnly:
		return s.loseMaster(ctx, "yes")
	case deployment.MasterDown:
		return s.loseMaster(ctx, "no")
	case deployment.OutOfMemory:
		return s.fillRedis(ctx)
	case deployment.NoConnections:
		// The harness's own connection is the one that there may be.
		return s.configure(ctx, &s.rds.undo, "maxclients", "1")
	}
	return fmt.Errorf("set redis %s: there is no such state", state)
}

// calmRedis ends the state that Redis is in.
func (s *Slot) calmRedis(ctx context.Context) error {
	s.rds.now = deployment.Up
	return errors.Join(s.rds.stopLate(), s.rds.undo.run(ctx))
}

// configure changes a setting of the running Redis until it is undone.
func (s *Slot) configure(ctx context.Context, undo *undoing, key, value string) error {
	s.rds.altered = true
	before := s.rds.normal[key]
	*undo = append(*undo, func(ctx context.Context) error {
		if err := s.client.ConfigSet(ctx, key, before).Err(); err != nil {
			return fmt.Errorf("set redis %s %s: %w", key, before, err)
		}
		return nil
	})
	if err := s.client.ConfigSet(ctx, key, value).Err(); err != nil {
		return fmt.Errorf("set redis %s %s: %w", key, value, err)
	}
	return nil
}

// configureLastingly is configure for what must outlive a restart.
func (s *Slot) configureLastingly(ctx context.Context, key, value string) error {
	s.undo = append(s.undo, func(context.Context) error { delete(s.rds.settings, key); return nil })
	if err := s.configure(ctx, &s.undo, key, value); err != nil {
		return err
	}
	s.rds.settings[key] = value
	return nil
}

// RedisPassword is what Redis wants under the condition redis-auth; what the
// app is told under redis-auth=wrong is [WrongRedisPassword].
const (
	RedisPassword      = "sea-trial-redis-password"
	WrongRedisPassword = "not-the-redis-password"
)

// toldPassword is what the app is told of it.
func toldPassword(p deployment.Password) string {
	switch p {
	case deployment.GivenPassword:
		return RedisPassword
	case deployment.WrongPassword:
		return WrongRedisPassword
	}
	return ""
}

func (s *Slot) wantPassword(ctx context.Context) error {
	s.undo = append(s.undo, func(context.Context) error { s.rds.password = ""; return nil })
	if err := s.configureLastingly(ctx, "requirepass", RedisPassword); err != nil {
		return err
	}
	s.rds.password = RedisPassword
	return nil
}

// stopRedis kills Redis; its name still resolves, its port refuses.
func (s *Slot) stopRedis(ctx context.Context) error {
	s.rds.undo = append(s.rds.undo, s.startRedis)
	return s.killRedis(ctx)
}

func (s *Slot) killRedis(ctx context.Context) error {
	_, err := s.pool.options.Engine.Client.ContainerKill(ctx, s.redis.GetContainerID(), client.ContainerKillOptions{Signal: "SIGKILL"})
	if err != nil {
		return fmt.Errorf("stop redis: %w", err)
	}
	return nil
}

// startRedis starts the Redis that was stopped and waits until it answers.
func (s *Slot) startRedis(ctx context.Context) error {
	if err := s.startRedisWith(ctx, s.rds.settings); err != nil {
		return err
	}
	return s.waitRedis(ctx)
}

func (s *Slot) startRedisWith(ctx context.Context, settings map[string]string) error {
	if err := s.writeRedisConf(ctx, settings); err != nil {
		return err
	}
	_, err := s.pool.options.Engine.Client.ContainerStart(ctx, s.redis.GetContainerID(), client.ContainerStartOptions{})
	if err != nil {
		return fmt.Errorf("start redis: %w", err)
	}
	return nil
}

// writeRedisConf gives the stopped Redis its configuration with these settings.
func (s *Slot) writeRedisConf(ctx context.Context, settings map[string]string) error {
	var extra bytes.Buffer
	for _, key := range slices.Sorted(maps.Keys(settings)) {
		fmt.Fprintf(&extra, "%s %s\n", key, settings[key])
	}
	if extra.String() == s.rds.written {
		return nil
	}
	conf := slices.Concat(s.pool.options.RedisConf, []byte("\n"), extra.Bytes())
	if err := s.redis.CopyToContainer(ctx, conf, redisConfPath, 0o444); err != nil {
		return fmt.Errorf("write %s: %w", redisConfPath, err)
	}
	s.rds.written = extra.String()
	return nil
}

// restartRedis kills Redis and starts it anew, in the state that it was in but
// without its data and whatever CONFIG SET had changed.
func (s *Slot) restartRedis(ctx context.Context) error {
	if err := s.calmRedis(ctx); err != nil {
		return err
	}
	s.rds.altered = true
	if err := s.killRedis(ctx); err != nil {
		return err
	}
	return s.startRedis(ctx)
}
