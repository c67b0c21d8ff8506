package main

import (
	"context"
	"errors"
	"time"

	"golang.org/x/sync/errgroup"
)

// readyWithin is far more than any launch takes.
const readyWithin = 30 * time.Second

// measureSeatrial launches the app beside Redis and nginx, alone on the machine.
func (b *bench) measureSeatrial(ctx context.Context) error {
	clock := b.stages(oneByOne)
	if err := b.launch(ctx, clock.end); err != nil {
		return err
	}
	clock.finish()
	return nil
}

// turns is how many launches each slot makes in one measurement.
const turns = 3

// measureTogether launches as scenarios do: every slot one launch after another,
// all slots at the same time. The time of one launch is the whole time divided.
func (b *bench) measureTogether(ctx context.Context) error {
	began := time.Now()
	group, ctx := errgroup.WithContext(ctx)
	for range b.slots {
		group.Go(func() error {
			for range turns {
				if err := b.launch(ctx, func(string) {}); err != nil {
					return err
				}
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	b.times.add(together, total, time.Since(began)/time.Duration(b.slots*turns))
	return nil
}

// launch is one scenario without its assertions.
func (b *bench) launch(ctx context.Context, end func(stage string)) (err error) {
	s, err := b.launcher.Launch(ctx)
	if err != nil {
		return err
	}
	end("launch")
	if err := s.WaitReady(ctx, b.ready, readyWithin); err != nil {
		return errors.Join(err, s.Close(context.WithoutCancel(ctx)))
	}
	end("ready")
	if err := s.Close(ctx); err != nil {
		return err
	}
	end("close")
	return nil
}
