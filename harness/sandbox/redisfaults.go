package sandbox

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"strconv"
	"strings"
	"time"

	"github.com/moby/moby/client"
)

// How each state of Redis is brought about, and what undoes it.

// delayRedis stops Redis and starts it after d.
func (s *Slot) delayRedis(ctx context.Context, d time.Duration) error {
	if err := s.killRedis(ctx); err != nil {
		return err
	}
	s.rds.late = make(chan error, 1)
	done := s.rds.late
	waitCtx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	s.rds.cancelLate = cancel
	go func() {
		wait := time.NewTimer(d)
		defer wait.Stop()
		select {
		case <-waitCtx.Done(): // whoever ends the state wants Redis now
		case <-wait.C:
		}
		startCtx, cancelStart := context.WithTimeout(context.WithoutCancel(ctx), serviceStart)
		defer cancelStart()
		done <- s.startRedis(startCtx)
	}()
	return nil
}

// stopLate ends the wait of a start that was put off: Redis is up after it.
func (r *redisState) stopLate() error {
	if r.late == nil {
		return nil
	}
	r.cancelLate()
	err := <-r.late
	r.late, r.cancelLate = nil, nil
	return err
}

func (s *Slot) pauseRedis(ctx context.Context) error {
	api := s.pool.options.Engine.Client
	id := s.redis.GetContainerID()
	if _, err := api.ContainerPause(ctx, id, client.ContainerPauseOptions{}); err != nil {
		return fmt.Errorf("pause redis: %w", err)
	}
	s.rds.undo = append(s.rds.undo, func(ctx context.Context) error {
		if _, err := api.ContainerUnpause(ctx, id, client.ContainerUnpauseOptions{}); err != nil {
			return fmt.Errorf("let redis go on: %w", err)
		}
		return s.waitRedis(ctx)
	})
	return nil
}

// loseMaster makes Redis a replica of a master that is not there.
func (s *Slot) loseMaster(ctx context.Context, serveStale string) error {
	if err := s.configure(ctx, &s.rds.undo, "replica-serve-stale-data", serveStale); err != nil {
		return err
	}
	s.rds.undo = append(s.rds.undo, func(ctx context.Context) error {
		if err := s.client.Do(ctx, "REPLICAOF", "NO", "ONE").Err(); err != nil {
			return fmt.Errorf("make redis a master again: %w", err)
		}
		return nil
	})
	// Port 1 of the same host: refused at once, and as often as Redis tries.
	if err := s.client.Do(ctx, "REPLICAOF", "127.0.0.1", "1").Err(); err != nil {
		return fmt.Errorf("make redis a replica: %w", err)
	}
	return nil
}

// fillRedis stores more than Redis may then use, and makes sure that it says so.
func (s *Slot) fillRedis(ctx context.Context) error {
	// The data alone is over the limit: what Redis uses besides comes and goes.
	const fill, limit = 4 << 20, 2 << 20
	if err := s.configure(ctx, &s.rds.undo, "maxmemory-policy", "noeviction"); err != nil {
		return err
	}
	if err := s.client.Set(ctx, "seatrial:fill", bytes.Repeat([]byte("x"), fill), 0).Err(); err != nil {
		return fmt.Errorf("fill redis: %w", err)
	}
	s.rds.undo = append(s.rds.undo, func(ctx context.Context) error {
		if err := s.client.Del(ctx, "seatrial:fill").Err(); err != nil {
			return fmt.Errorf("make room in redis: %w", err)
		}
		return nil
	})
	if err := s.configure(ctx, &s.rds.undo, "maxmemory", strconv.Itoa(limit)); err != nil {
		return err
	}
	err := s.client.Set(ctx, "seatrial:probe", "x", 0).Err()
	if err == nil || !strings.HasPrefix(err.Error(), "OOM") {
		return fmt.Errorf("fill redis: a write was answered with %w and not with OOM", err)
	}
	return nil
}

// Loading takes one key each loadStep: Redis's own setting, which its own tests
// use. The data set is real, is saved by Redis and read at its start.
const loadStep = 100 * time.Millisecond

// makeRedisLoad restarts Redis with a data set that takes about d to be read.
func (s *Slot) makeRedisLoad(ctx context.Context, d time.Duration) error {
	pipe := s.client.Pipeline()
	for i := range max(1, int(d/loadStep)) {
		pipe.Set(ctx, fmt.Sprintf("seatrial:load:%d", i), bytes.Repeat([]byte{byte('a' + i%26)}, 2<<10), 0)
	}
	pipe.ConfigSet(ctx, "rdbcompression", "no")
	pipe.Save(ctx)
	if _, err := pipe.Exec(ctx); err != nil {
		return fmt.Errorf("save data set: %w", err)
	}
	settings := maps.Clone(s.rds.settings)
	maps.Copy(settings, map[string]string{
		"key-load-delay":                        strconv.FormatInt(loadStep.Microseconds(), 10),
		"loading-process-events-interval-bytes": "1024",
	})
	s.rds.undo = append(s.rds.undo, s.forgetDataSet)
	if err := s.killRedis(ctx); err != nil {
		return err
	}
	if err := s.startRedisWith(ctx, settings); err != nil {
		return err
	}
	return poll(ctx, serviceStart, "loading redis", s.alive(s.redis), func(ctx context.Context) error {
		err := s.client.Ping(ctx).Err()
		if err == nil {
			return errors.New("it answers already")
		}
		if strings.HasPrefix(err.Error(), "LOADING") {
			return nil
		}
		return err
	})
}

// forgetDataSet restarts Redis as it usually is, and saves an empty data set over
// the one that it would read at its next start.
func (s *Slot) forgetDataSet(ctx context.Context) error {
	if err := s.killRedis(ctx); err != nil {
		return err
	}
	if err := s.startRedis(ctx); err != nil {
		return err
	}
	pipe := s.client.Pipeline()
	pipe.FlushAll(ctx)
	pipe.Save(ctx)
	if _, err := pipe.Exec(ctx); err != nil {
		return fmt.Errorf("forget data set: %w", err)
	}
	return nil
}

// cutRedis lets Redis cut the connections of all its clients but this one.
func (s *Slot) cutRedis(ctx context.Context) error {
	return s.client.ClientKillByFilter(ctx, "TYPE", "normal", "SKIPME", "yes").Err()
}
