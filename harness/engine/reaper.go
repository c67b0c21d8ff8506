package engine

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/moby/moby/client"
)

// reaperVariable, when it is in the environment, makes the program a reaper for
// the run that it names. The other two hand over the endpoint.
const (
	reaperVariable         = "SEATRIAL_REAPER_RUN"
	reaperHostVariable     = "SEATRIAL_REAPER_HOST"
	reaperCertVariable     = "SEATRIAL_REAPER_CERTS"
	reaperInsecureVariable = "SEATRIAL_REAPER_INSECURE"
)

// reaperPatience is how long a reaper goes on looking for things of a dead run:
// the engine may still be finishing what the run had asked for.
const reaperPatience = 45 * time.Second

// farewell is what a run writes when it has removed its things itself.
const farewell = "removed\n"

// The reaper has to be this very program, started again: a test binary has no
// main that could be asked, so the choice is made before main.
func init() { //nolint:gochecknoinits // see above
	if run := os.Getenv(reaperVariable); run != "" {
		os.Exit(reap(run, os.Stdin))
	}
}

// Reaper is the child process that removes a run's things if the run cannot.
type Reaper struct {
	line io.WriteCloser
	cmd  *exec.Cmd
}

// StartReaper starts the reaper of this run. It holds one end of a pipe; the
// other end closes when this process ends, however it ends.
func (e *Engine) StartReaper() (*Reaper, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("start reaper: %w", err)
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(),
		reaperVariable+"="+e.run.id,
		reaperHostVariable+"="+e.Endpoint.Host,
		reaperCertVariable+"="+e.Endpoint.CertDir,
	)
	if e.Endpoint.SkipVerify {
		cmd.Env = append(cmd.Env, reaperInsecureVariable+"=1")
	}
	detach(cmd)
	line, err := cmd.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("start reaper: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start reaper: %w", err)
	}
	return &Reaper{line: line, cmd: cmd}, nil
}

// Dismiss tells the reaper that nothing is left to remove, and waits for its end.
func (r *Reaper) Dismiss() error {
	_, errWrite := io.WriteString(r.line, farewell)
	errClose := r.line.Close()
	if err := r.cmd.Wait(); err != nil {
		return fmt.Errorf("wait for reaper: %w", err)
	}
	if errWrite != nil {
		return fmt.Errorf("dismiss reaper: %w", errWrite)
	}
	return errClose
}

// reap waits for the run to end and removes its things unless the run said
// that it has done so. It gives the exit code of the process.
func reap(run string, line io.Reader) int {
	said, _ := bufio.NewReader(line).ReadString('\n')
	if said == farewell {
		return 0
	}
	endpoint := Endpoint{
		Host: os.Getenv(reaperHostVariable), CertDir: os.Getenv(reaperCertVariable),
		SkipVerify: os.Getenv(reaperInsecureVariable) != "", From: "reaper",
	}
	api, err := endpoint.client()
	if err != nil {
		return 1
	}
	ctx, cancel := context.WithTimeout(context.Background(), reaperPatience)
	defer cancel()
	return removeUntilQuiet(ctx, api, run)
}

// removeUntilQuiet removes the run's things until two looks in a row, a few
// seconds apart, found none: what the dead run had asked for last may appear late.
func removeUntilQuiet(ctx context.Context, api *client.Client, run string) int {
	tick := time.NewTicker(3 * time.Second)
	defer tick.Stop()
	for quiet := 0; ; {
		removed, err := removeWhere(ctx, api, LabelRun+"="+strings.TrimSpace(run), func(map[string]string) bool { return true })
		if err == nil && removed.Total() == 0 {
			quiet++
		} else {
			quiet = 0
		}
		if quiet == 2 {
			return 0
		}
		select {
		case <-ctx.Done():
			return 1
		case <-tick.C:
		}
	}
}
