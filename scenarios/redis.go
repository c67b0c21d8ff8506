package scenarios

import (
	"context"
	"slices"
	"time"

	"github.com/seatrial/seatrial/harness/deployment"
	"github.com/seatrial/seatrial/harness/sandbox"
	"github.com/seatrial/seatrial/scenarios/gherkin"
)

// redisIn puts Redis into a state: a condition as long as the app was not
// started, and a change of the weather afterwards.
func (w *World) redisIn(ctx context.Context, state deployment.Service, d time.Duration) error {
	if err := w.needsRedis(); err != nil {
		return err
	}
	if w.sandbox == nil {
		return w.under(deployment.RedisIn(state, d))
	}
	return w.sandbox.SetRedis(ctx, state, d)
}

func (w *World) redisIsDown(ctx context.Context) error { return w.redisIn(ctx, deployment.Down, 0) }

func (w *World) redisIsLate(ctx context.Context, d time.Duration) error {
	return w.redisIn(ctx, deployment.Late, d)
}

func (w *World) redisHangs(ctx context.Context) error { return w.redisIn(ctx, deployment.Paused, 0) }

func (w *World) redisLoads(ctx context.Context, d time.Duration) error {
	return w.redisIn(ctx, deployment.Loading, d)
}

func (w *World) redisIsReadOnly(ctx context.Context) error {
	return w.redisIn(ctx, deployment.ReplicaOnly, 0)
}

func (w *World) redisLostMaster(ctx context.Context) error {
	return w.redisIn(ctx, deployment.MasterDown, 0)
}

func (w *World) redisIsFull(ctx context.Context) error {
	return w.redisIn(ctx, deployment.OutOfMemory, 0)
}

func (w *World) redisTakesNoMore(ctx context.Context) error {
	return w.redisIn(ctx, deployment.NoConnections, 0)
}

func (w *World) redisComesBack(ctx context.Context) error {
	s, err := w.launched(ctx)
	if err != nil {
		return err
	}
	if w.link = (deployment.Link{}); s.Spec.RedisLink != w.link {
		if err := s.SpoilRedis(ctx, w.link); err != nil {
			return err
		}
	}
	return s.StartRedis(ctx)
}

func (w *World) redisGoesDown(ctx context.Context) error {
	return w.toRunning(ctx, func(s *sandbox.Sandbox) error { return s.StopRedis(ctx) })
}

func (w *World) redisRestartsEmpty(ctx context.Context) error {
	return w.toRunning(ctx, func(s *sandbox.Sandbox) error { return s.RestartRedis(ctx) })
}

func (w *World) redisIsCut(ctx context.Context) error {
	return w.toRunning(ctx, func(s *sandbox.Sandbox) error { return s.CutRedis(ctx) })
}

// toRunning does something to the Redis of an app that is ready.
func (w *World) toRunning(ctx context.Context, do func(*sandbox.Sandbox) error) error {
	if err := w.needsRedis(); err != nil {
		return err
	}
	s, err := w.ready(ctx)
	if err != nil {
		return err
	}
	return do(s)
}

// underRedis adds a condition of Redis to the deployment.
func (w *World) underRedis(c deployment.Condition) error {
	if err := w.needsRedis(); err != nil {
		return err
	}
	return w.under(c)
}

func (w *World) redisWantsPassword() error {
	return w.underRedis(deployment.RedisPassword(deployment.GivenPassword))
}

func (w *World) redisWantsOtherPassword() error {
	return w.underRedis(deployment.RedisPassword(deployment.WrongPassword))
}

func (w *World) redisWantsUnknownPassword() error {
	return w.underRedis(deployment.RedisPassword(deployment.MissingPassword))
}

// The sentences that spoil connections. A scenario that says one is launched with
// its connections relayed, for it may be said while the app runs.
const (
	redisSlowSentence = "redis answers {duration} late"
	redisCutsSentence = "each connection to redis is cut after {size}"
)

var linkSentences = []string{redisSlowSentence, redisCutsSentence}

// says tells whether a step of the scenario is one of the sentences, in whichever
// language.
func (w *World) says(sentences ...string) bool {
	return slices.ContainsFunc(w.Scenario.Steps, func(step gherkin.Step) bool {
		s, ok := w.catalogue.Sentence(step.Text)
		return ok && slices.Contains(sentences, s.EN)
	})
}

// redisLink is a condition as long as the app was not started, and a change of
// the weather afterwards: of the connections that there are, too.
func (w *World) redisLink(ctx context.Context, c deployment.Condition, change func(*deployment.Link)) error {
	if w.sandbox == nil {
		return w.underRedis(c)
	}
	return w.toRunning(ctx, func(s *sandbox.Sandbox) error {
		change(&w.link)
		return s.SpoilRedis(ctx, w.link)
	})
}

func (w *World) redisIsSlow(ctx context.Context, d time.Duration) error {
	return w.redisLink(ctx, deployment.RedisSlow(d), func(l *deployment.Link) { l.Latency = d })
}

func (w *World) redisCutsAfter(ctx context.Context, size int64) error {
	return w.redisLink(ctx, deployment.RedisCuts(size), func(l *deployment.Link) { l.CutAfter = size })
}
