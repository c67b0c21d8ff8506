package sandbox

import (
	"context"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/moby/moby/client"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seatrial/seatrial/harness/deployment"
	"github.com/seatrial/seatrial/harness/engine"
)

func TestAPoolNeedsASlotAndAPort(t *testing.T) {
	for _, o := range []Options{{Size: 0, AppPort: 80}, {Size: 1}, {Size: 1, AppPort: 65536}} {
		_, err := NewPool(t.Context(), o)
		require.ErrorContains(t, err, "need at least one slot and a port")
	}
}

func TestASlotIsPassedOnClean(t *testing.T) {
	k := docker(t)
	e, pool := k.own(t)
	spec := mounted(t)
	spec.Mounts[1].From = ""

	s := k.launchIn(t, pool, spec)
	ready(t, s)
	slot := s.slot
	assert.Equal(t, "+OK", tell(t, s, "/redis", "SET a 1"))
	tell(t, s, "/write", "/srv/uploads/new")
	require.NoError(t, s.Close(t.Context()))
	require.NoError(t, s.Close(t.Context()), "a second time is nothing")
	containers, networks, volumes := things(t, e)
	assert.Equal(t, []int{4, 1, 1}, []int{containers, networks, volumes}, "what is left is the slot, and the volume that others may mount")

	s = k.launchIn(t, pool, spec)
	ready(t, s)
	assert.Same(t, slot, s.slot)
	assert.Equal(t, ":0", tell(t, s, "/redis", "DBSIZE"))
	assert.Empty(t, tell(t, s, "/list", "/srv/uploads"))
	require.NoError(t, s.StopRedis(t.Context()))
	require.NoError(t, s.Close(t.Context()))

	s = k.launchIn(t, pool, spec)
	ready(t, s)
	assert.Same(t, slot, s.slot)
	assert.Equal(t, "+PONG", tell(t, s, "/redis", "PING"))
	require.NoError(t, s.Close(t.Context()))

	require.NoError(t, pool.Close(t.Context()))
	require.NoError(t, pool.Close(t.Context()), "a second time is nothing")
	containers, networks, volumes = things(t, e)
	assert.Equal(t, []int{0, 0, 0}, []int{containers, networks, volumes})
	_, err := pool.Launch(t.Context(), spec, k.app)
	require.ErrorContains(t, err, "the pool is closed")
}

func TestTwoPoolsDoNotTouchEachOther(t *testing.T) {
	k := docker(t)
	e, pool := k.own(t)
	mine, other := k.launchIn(t, pool, deployed()), k.serve(t, deployed())
	ready(t, mine)
	assert.NotEqual(t, mine.URL(Direct), other.URL(Direct))
	assert.NotEqual(t, mine.URL(ThroughNginx), other.URL(ThroughNginx))
	assert.Equal(t, "+OK", tell(t, other, "/redis", "SET a 1"))
	assert.Equal(t, ":0", tell(t, mine, "/redis", "DBSIZE"))

	require.NoError(t, mine.Close(t.Context()))
	require.NoError(t, pool.Close(t.Context()))
	_, err := e.RemoveRun(t.Context())
	require.NoError(t, err)
	assert.Equal(t, ":1", tell(t, other, "/redis", "DBSIZE"))
	_, err = other.Get(t.Context(), ThroughNginx, "/")
	require.NoError(t, err)
}

func TestSlotsAreMadeSideBySideBeforeTheyAreNeeded(t *testing.T) {
	k := docker(t)
	e, err := engine.Connect(t.Context())
	require.NoError(t, err)
	defer e.Close()
	pool, err := k.newPool(t.Context(), e, 2)
	require.NoError(t, err)
	require.NoError(t, pool.Warm(t.Context()))
	containers, networks, _ := things(t, e)
	assert.Equal(t, []int{8, 2}, []int{containers, networks})
	require.NoError(t, pool.Close(t.Context()))
	containers, networks, _ = things(t, e)
	assert.Equal(t, []int{0, 0}, []int{containers, networks})
}

func TestALaunchThatFailsLeavesNothing(t *testing.T) {
	k := docker(t)
	e, pool := k.own(t)
	require.NoError(t, pool.Warm(t.Context()))

	over, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := pool.Launch(over, deployed(), k.app)
	var broken *Broken
	require.ErrorAs(t, err, &broken)
	require.ErrorIs(t, err, context.Canceled)

	impossible := deployed()
	impossible.Mounts = []deployment.Mount{{Path: "/srv/data", From: filepath.Join(t.TempDir(), "none")}}
	_, err = pool.Launch(t.Context(), impossible, k.app)
	require.ErrorAs(t, err, &broken)
	require.ErrorContains(t, err, "none")

	spec := mounted(t)
	for _, after := range []int{2, 10, 25, 50, 80, 120, 200} { // milliseconds
		ctx, cancel := context.WithTimeout(t.Context(), time.Duration(after)*time.Millisecond)
		s, err := pool.Launch(ctx, spec, k.app)
		cancel()
		if err == nil { // it was quicker
			require.NoError(t, s.Close(t.Context()))
			continue
		}
		require.ErrorAs(t, err, &broken)
		require.ErrorIs(t, err, context.DeadlineExceeded)
	}
	containers, networks, volumes := things(t, e)
	assert.Equal(t, []int{4, 1}, []int{containers, networks})
	assert.LessOrEqual(t, volumes, 1, "the one that is shared")

	// One caller's end is not the others': the volume it was waiting for is made.
	s := k.launchIn(t, pool, spec)
	ready(t, s)
	assert.Equal(t, "a: 1", tell(t, s, "/read", "/srv/config/config.yaml"))

	waiting, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	_, err = pool.Launch(waiting, spec, k.app)
	require.ErrorContains(t, err, "wait for a slot")
}

// takeAway removes a container behind the pool's back.
func takeAway(t *testing.T, e *engine.Engine, id string) {
	t.Helper()
	_, err := e.Client.ContainerRemove(t.Context(), id, client.ContainerRemoveOptions{Force: true})
	require.NoError(t, err)
}

func TestASlotThatSomebodyDamagedIsReplacedAndNoAppIsBlamed(t *testing.T) {
	k := docker(t)
	e, pool := k.own(t)
	s := k.launchIn(t, pool, deployed())
	require.NoError(t, s.Close(t.Context()))
	slot := s.slot
	takeAway(t, e, slot.appPod.GetContainerID()) // while it is idle

	s = k.launchIn(t, pool, deployed("sleep"))
	require.NotSame(t, slot, s.slot)
	containers, networks, _ := things(t, e)
	assert.Equal(t, []int{5, 1}, []int{containers, networks}, "nothing of the damaged slot is left")

	for _, part := range []string{redisName, nginxName} { // while an app is waiting for it
		slot = s.slot
		takeAway(t, e, map[string]string{redisName: slot.redis.GetContainerID(), nginxName: slot.nginx.GetContainerID()}[part])
		err := s.WaitReady(t.Context(), "/", 50*time.Millisecond)
		var broken *Broken
		require.ErrorAs(t, err, &broken)
		require.ErrorContains(t, err, "ask "+part)
		require.ErrorContains(t, s.Close(t.Context()), "put slot right")

		s = k.launchIn(t, pool, deployed("sleep"))
		require.NotSame(t, slot, s.slot)
	}
	require.NoError(t, s.slot.damage(t.Context()))
}

func TestManyLaunchesShareFewSlots(t *testing.T) {
	k := docker(t)
	spec := mounted(t)
	spec.Mounts = spec.Mounts[:1]
	var wait sync.WaitGroup
	for range 2 * slots {
		wait.Go(func() {
			s, err := k.pool.Launch(t.Context(), spec, k.app)
			if !assert.NoError(t, err) {
				return
			}
			assert.NoError(t, s.WaitReady(t.Context(), "/", patience))
			r, err := s.Get(t.Context(), ThroughNginx, "/read?q=/srv/config/config.yaml")
			if assert.NoError(t, err) {
				assert.Equal(t, "a: 1", string(r.Body))
			}
			assert.NoError(t, s.Close(context.WithoutCancel(t.Context())))
		})
	}
	wait.Wait()
}

func TestADeploymentIsNotChangedByItsLaunch(t *testing.T) {
	spec := mounted(t)
	spec.Env = map[string]string{"A": "${PORT}"}
	before := spec.Clone()
	docker(t).serve(t, spec)
	assert.Equal(t, before, spec)
	assert.Equal(t, deployment.Up, spec.Redis)
}
