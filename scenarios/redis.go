package scenarios

import (
	"context"

	"github.com/seatrial/seatrial/harness/deployment"
)

func (w *World) redisIsDown() error {
	if err := w.needsRedis(); err != nil {
		return err
	}
	return w.under(deployment.RedisDown())
}

func (w *World) redisComesBack(ctx context.Context) error {
	s, err := w.launched(ctx)
	if err != nil {
		return err
	}
	return s.StartRedis(ctx)
}

func (w *World) redisGoesDown(ctx context.Context) error {
	if err := w.needsRedis(); err != nil {
		return err
	}
	s, err := w.ready(ctx)
	if err != nil {
		return err
	}
	return s.StopRedis(ctx)
}
