package sandbox

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/client"

	"github.com/seatrial/seatrial/harness/evidence"
)

// limits completes what the helper saw of the app's control group: where it could
// not see any, by what the engine measures; and with what the engine was asked for,
// as the group ends with the app.
func (c *collector) limits(ctx context.Context, seen evidence.Limits) (evidence.Limits, error) {
	var err error
	if c.state.Running && seen.PIDsNow == 0 && seen.MemoryPeak == 0 {
		seen, err = c.s.measured(ctx)
	}
	spec := c.s.Spec
	if seen.Memory == 0 {
		seen.Memory = spec.Memory
	}
	if seen.PIDs == 0 {
		seen.PIDs = spec.PIDs
	}
	if seen.CPUs == 0 {
		seen.CPUs = spec.CPUs
	}
	if c.state.OOM && seen.OOMKills == 0 {
		seen.OOMKills = 1
	}
	return seen, err
}

// measured is what the engine says of a running app's control group. What limits
// there are it does not say: without one it names all of the machine's memory.
func (s *Sandbox) measured(ctx context.Context) (evidence.Limits, error) {
	answer, err := s.pool.options.Engine.Client.ContainerStats(ctx, s.container, client.ContainerStatsOptions{})
	if err != nil {
		return evidence.Limits{}, fmt.Errorf("measure container: %w", err)
	}
	defer answer.Body.Close()
	var stats container.StatsResponse
	if err := json.NewDecoder(answer.Body).Decode(&stats); err != nil {
		return evidence.Limits{}, fmt.Errorf("measure container: %w", err)
	}
	return evidence.Limits{
		MemoryPeak:  int64(max(stats.MemoryStats.MaxUsage, stats.MemoryStats.Usage)),
		MemoryFails: int64(stats.MemoryStats.Failcnt), PIDsNow: int64(stats.PidsStats.Current),
		Throttled: int64(stats.CPUStats.ThrottlingData.ThrottledPeriods),
	}, nil
}
