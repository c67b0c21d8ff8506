package gherkin

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seatrial/seatrial/harness/report"
)

func TestWorldThatCannotBeMade(t *testing.T) {
	for want, world := range map[string]func(context.Context, Scenario) (*diary, error){
		"broken no network":        func(context.Context, Scenario) (*diary, error) { return nil, errors.New("no network") },
		"skipped no redis here":    func(context.Context, Scenario) (*diary, error) { return nil, Skip("no redis here") },
		"broken panic: half-baked": func(context.Context, Scenario) (*diary, error) { panic("half-baked") },
	} {
		var after atomic.Int32
		results, err := Run(t.Context(), plan(t, "f.feature", scenarios("all is well;all is well", "it fails")), theatre(t), Options[*diary]{Concurrency: 2, World: world,
			After: func(context.Context, *diary, *report.Result) error { after.Add(1); return nil }})
		require.NoError(t, err)
		for _, r := range results {
			assert.Equal(t, want, r.Outcome.String()+" "+r.Reason)
			for _, step := range r.Steps {
				assert.Equal(t, report.Skipped, step.Outcome)
			}
		}
		assert.EqualValues(t, 2, after.Load())
	}
}

func TestAfterSeesTheOutcomeAndMayChangeIt(t *testing.T) {
	p := plan(t, "f.feature", scenarios("it fails", "all is well", "it panics", "it is skipped", "all is well;all is well"))
	results, err := Run(t.Context(), p, theatre(t), Options[*diary]{Concurrency: 2, World: newDiary,
		After: func(ctx context.Context, d *diary, r *report.Result) error {
			assert.NoError(t, ctx.Err())
			assert.Equal(t, d.scenario.Name, r.Scenario)
			d.note("seen")
			r.Bundle = r.Outcome.String()
			switch r.Scenario {
			case "s0":
				r.Outcome, r.Reason = report.ExpectedFailure, "known"
			case "s1":
				return errors.New("remove network")
			case "s2":
				return errors.New("remove network")
			case "s4":
				panic("in after")
			}
			return nil
		}})
	require.NoError(t, err)
	var got []string
	for _, r := range results {
		got = append(got, fmt.Sprintf("%s %v [%s]", r.Bundle, r.Outcome, r.Reason))
	}
	assert.Equal(t, []string{
		"failed expected-failure [known]",
		"passed broken [after the scenario: remove network]",
		"broken broken [panic: oops; after the scenario: remove network]",
		"skipped skipped [needs arm64]",
		" broken [after the scenario: panic: in after]",
	}, got)
}

func TestInterruptionBreaksWhatIsNotFinished(t *testing.T) {
	p := plan(t, "f.feature", scenarios("all is well", "it waits;all is well", "it is stuck", "all is well", "all is well"))
	ctx, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	var collected atomic.Int32
	begun := 0
	results, err := Run(ctx, p, theatre(t), Options[*diary]{Concurrency: 2, World: newDiary, Grace: 400 * time.Millisecond,
		OnStart: func(Scenario) {
			if begun++; begun == 3 { // one has passed; the other two do not end by themselves
				cancel(errors.New("ctrl-c"))
			}
		},
		After: func(ctx context.Context, _ *diary, _ *report.Result) error {
			assert.NoError(t, ctx.Err(), "evidence is collected after the interruption too")
			collected.Add(1)
			return nil
		}})
	require.NoError(t, err)
	require.Len(t, results, 5)
	assert.Equal(t, report.Passed, results[0].Outcome)
	for _, r := range results[1:] {
		assert.Equal(t, report.Broken, r.Outcome, r.Scenario)
		assert.Contains(t, r.Reason, "interrupted: ", r.Scenario)
	}
	assert.EqualValues(t, 3, collected.Load(), "those that had begun")
}

func TestAfterIsLeftBehindOnlyAfterGrace(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	started := time.Now()
	results, err := Run(ctx, plan(t, "f.feature", scenarios("all is well")), theatre(t), Options[*diary]{World: newDiary, Grace: 200 * time.Millisecond,
		After: func(ctx context.Context, _ *diary, _ *report.Result) error {
			cancel()
			<-ctx.Done() // ends although t.Context does not
			return context.Cause(ctx)
		}})
	require.NoError(t, err)
	assert.Equal(t, report.Broken, results[0].Outcome)
	assert.Less(t, time.Since(started), 5*time.Second)
}

func TestFailFastSkipsTheRest(t *testing.T) {
	p := plan(t, "f.feature", scenarios("all is well", "it fails", "all is well", "it fails"))
	results, err := Run(t.Context(), p, theatre(t), Options[*diary]{World: newDiary, FailFast: true})
	require.NoError(t, err)
	var got []report.Outcome
	for _, r := range results {
		got = append(got, r.Outcome)
	}
	assert.Equal(t, []report.Outcome{report.Passed, report.Failed, report.Skipped, report.Skipped}, got)
	assert.Equal(t, "fail-fast: s1 did not pass", results[3].Reason)
}

type verdict struct {
	error
	broken bool
}

func (v verdict) Broken() bool  { return v.broken }
func (v verdict) Unwrap() error { return v.error }

func TestOutermostErrorDecidesWhetherItIsBroken(t *testing.T) {
	inner := Broken(errors.New("no docker"))
	assert.True(t, IsBroken(fmt.Errorf("start: %w", errors.Join(errors.New("x"), inner))))
	assert.False(t, IsBroken(fmt.Errorf("start: %w", verdict{inner, false})))
	assert.True(t, IsBroken(verdict{errors.New("x"), true}))
	assert.False(t, IsBroken(errors.New("x")))
	assert.False(t, IsBroken(nil))
	assert.NoError(t, Broken(nil))
}
