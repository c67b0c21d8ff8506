// Command bench measures what a launch costs, and what it is to be compared with:
//
//	engine   the floor: the engine's API alone, the app on the bridge network
//	seatrial the app beside a Redis and an nginx, as scenarios have it
//	usual    a network, a Redis, an nginx and the app for each launch, with
//	         testcontainers-go and what its users write by default
//
// The three take turns, round by round, so that a machine that becomes slower
// does so for all of them. The last line gives the two ratios that the project
// promises to keep:
//
//	bench: seatrial/engine 0.50 usual/seatrial 10.00
//
// Run it at the root of the repository on a machine that does nothing else:
//
//	go run ./bench [-n rounds] [-quick] [-slots n]
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/moby/moby/client"

	"github.com/seatrial/seatrial/harness"
	"github.com/seatrial/seatrial/harness/image"
	"github.com/seatrial/seatrial/harness/matrix"
	"github.com/seatrial/seatrial/harness/sandbox"
)

func main() {
	rounds := flag.Int("n", 9, "how many rounds")
	quick := flag.Bool("quick", false, "three rounds: a first impression")
	slots := flag.Int("slots", 0, "how many launches side by side; 0: as scenarios have it by default")
	flag.Parse()
	if *quick {
		*rounds = 3
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, *rounds, *slots); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(2)
	}
}

// bench is what all three ways share.
type bench struct {
	api      *client.Client
	labels   func(kind string) map[string]string
	launcher *harness.Launcher
	app      image.Ref
	services sandbox.Images
	env      map[string]string // of the app, where no Redis is beside it
	port     int
	ready    string
	slots    int

	times times
}

// Names of rows and of their stages.
const (
	engineWay = "engine"
	oneByOne  = "seatrial, one after another"
	together  = "seatrial, side by side"
	usualWay  = "usual"
)

func run(ctx context.Context, rounds, slots int) (err error) {
	if rounds < 1 {
		return fmt.Errorf("%d rounds: need at least one", rounds)
	}
	file := matrix.Default(matrix.App{Dir: "fixtures/apps/shop", Env: map[string]string{"REDIS_ADDR": "${REDIS_ADDR}"}, Ready: "/readyz"})
	out, err := os.MkdirTemp("", "seatrial-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(out)
	trial, err := harness.Begin(ctx, harness.Options{File: file, Cells: file.Cells, OutDir: out, Slots: slots, Command: "bench"})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, trial.Close(context.WithoutCancel(ctx))) }()
	b, err := prepare(ctx, trial, file.Cells[0])
	if err != nil {
		return err
	}
	for round := range rounds {
		fmt.Fprintf(os.Stderr, "round %d of %d\n", round+1, rounds)
		if err := b.round(ctx); err != nil {
			return err
		}
	}
	fmt.Printf("%s, %s, %d slots; seconds\n\n", trial.Engine.Name, trial.Engine.StorageDriver, b.slots)
	b.times.print(os.Stdout)
	fmt.Printf("\nbench: seatrial/engine %.2f usual/seatrial %.2f\n",
		b.times.median(together, total)/b.times.median(engineWay, total), b.times.median(usualWay, total)/b.times.median(together, total))
	return nil
}

func prepare(ctx context.Context, trial *harness.Trial, cell matrix.Cell) (*bench, error) {
	launcher := trial.Prepare(ctx, cell)
	if launcher == nil {
		row := trial.Report().Cells[0]
		return nil, fmt.Errorf("prepare the shop: %s: %s", row.Outcome, row.Reason)
	}
	b := &bench{
		api: trial.Engine.Client, labels: trial.Engine.Labels, launcher: launcher,
		port: trial.App.Port, ready: trial.App.Ready, slots: trial.Slots(),
		env: map[string]string{"REDIS_ADDR": "127.0.0.1:6379"},
	}
	var err error
	if b.app, err = launcher.Image(ctx); err != nil {
		return nil, err
	}
	if b.services, err = trial.Services(); err != nil {
		return nil, err
	}
	// Once without the clock: the slots are made, the engine has seen each image.
	if err := b.round(ctx); err != nil {
		return nil, err
	}
	b.times = times{}
	return b, nil
}

// round measures each way; those that are quick, several times.
func (b *bench) round(ctx context.Context) error {
	for range 2 {
		if err := b.measureEngine(ctx); err != nil {
			return fmt.Errorf("%s: %w", engineWay, err)
		}
		if err := b.measureSeatrial(ctx); err != nil {
			return fmt.Errorf("%s: %w", oneByOne, err)
		}
	}
	if err := b.measureTogether(ctx); err != nil {
		return fmt.Errorf("%s: %w", together, err)
	}
	if err := b.measureUsual(ctx); err != nil {
		return fmt.Errorf("%s: %w", usualWay, err)
	}
	return nil
}

// stages measures consecutive stages: each call gives the time since the last.
type stages struct {
	began, last time.Time
	take        func(stage string, took time.Duration)
}

func (b *bench) stages(way string) *stages {
	now := time.Now()
	return &stages{began: now, last: now, take: func(stage string, took time.Duration) { b.times.add(way, stage, took) }}
}

func (s *stages) end(stage string) {
	now := time.Now()
	s.take(stage, now.Sub(s.last))
	s.last = now
}

func (s *stages) finish() { s.take(total, time.Since(s.began)) }
