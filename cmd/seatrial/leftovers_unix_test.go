//go:build unix

package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/shirou/gopsutil/v4/process"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seatrial/seatrial/harness/engine"
	"github.com/seatrial/seatrial/harness/image"
	"github.com/seatrial/seatrial/harness/report"
)

// allMomentsVariable makes the tests below end runs at all of the moments that
// they know instead of the few that are worth their time every day.
const allMomentsVariable = "SEATRIAL_TEST_ALL_MOMENTS"

// check is a run of `seatrial check` that goes on while a test looks on.
type check struct {
	cmd    *exec.Cmd
	out    string // --out
	temp   string // TMPDIR
	engine *engine.Engine

	mu   sync.Mutex
	told bytes.Buffer // on both streams
	done chan struct{}
}

func startCheck(t *testing.T, flags ...string) *check {
	t.Helper()
	return startCheckOf(t, "fixtures/apps/shop", flags...)
}

func startCheckOf(t *testing.T, dir string, flags ...string) *check {
	t.Helper()
	if testing.Short() {
		t.Skip("needs a container engine")
	}
	e, err := engine.Connect(t.Context())
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, e.Close()) })
	repository, err := filepath.Abs(filepath.Join("..", ".."))
	require.NoError(t, err)
	c := &check{out: t.TempDir(), temp: t.TempDir(), engine: e, done: make(chan struct{})}
	args := append([]string{"check", dir, "--out", c.out}, flags...)
	// A context that does not end with the test: the test ends the run itself.
	c.cmd = start(context.WithoutCancel(t.Context()), repository, map[string]string{"TMPDIR": c.temp}, args...)
	c.cmd.Stdout, c.cmd.Stderr = c, c
	require.NoError(t, c.cmd.Start())
	go func() {
		defer close(c.done)
		_ = c.cmd.Wait() // the exit code is looked at
	}()
	t.Cleanup(func() {
		_ = c.cmd.Process.Kill()
		<-c.done
	})
	return c
}

func (c *check) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.told.Write(p)
}

func (c *check) said() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.told.String()
}

// things counts what the run has on the engine, of a kind or, with "", of any.
func (c *check) things(t *testing.T, kind string) int {
	t.Helper()
	owner := fmt.Sprintf("/%d/", c.cmd.Process.Pid)
	n, err := c.engine.Things(t.Context(), func(labels map[string]string) bool {
		return strings.Contains(labels[engine.LabelProcess], owner) && (kind == "" || labels[engine.LabelKind] == kind)
	})
	require.NoError(t, err)
	return n
}

// bundles counts the scenarios of which there is evidence.
func (c *check) bundles() int {
	list, _ := filepath.Glob(filepath.Join(c.out, "runs", "*", "*", "[^.]*"))
	return len(list)
}

// moment is a point in a run, seen from outside.
type moment struct {
	name    string
	always  bool // and not only with allMomentsVariable
	reached func(*testing.T, *check) bool
}

func moments() []moment {
	says := func(text string) func(*testing.T, *check) bool {
		return func(_ *testing.T, c *check) bool { return strings.Contains(c.said(), text) }
	}
	has := func(kind string) func(*testing.T, *check) bool {
		return func(t *testing.T, c *check) bool { return c.things(t, kind) > 0 }
	}
	judged := func(n int) func(*testing.T, *check) bool {
		return func(_ *testing.T, c *check) bool { return c.bundles() >= n }
	}
	return []moment{
		{"before it builds", false, says(": go ...")},
		{"while it builds", true, says(": build ...")},
		{"when the services are there", false, says("images: ready")},
		{"while the image is made", false, says(": image ...")},
		{"when a slot has its network", true, has("network")},
		{"when a slot has its pods", false, has("pause")},
		{"when a slot has its services", false, has("service")},
		{"after the first scenario", false, judged(1)},
		{"in the midst of the scenarios", true, judged(5)},
		{"near the end", false, judged(28)},
	}
}

// await waits for the moment; a run that ends before it is an error.
func (c *check) await(t *testing.T, m moment) {
	t.Helper()
	for !m.reached(t, c) {
		select {
		case <-c.done:
			require.Fail(t, "the run ended before the moment", c.said())
		case <-time.After(5 * time.Millisecond):
		}
	}
}

func eachMoment(t *testing.T, test func(*testing.T, moment)) {
	t.Helper()
	for _, m := range moments() {
		if m.always || os.Getenv(allMomentsVariable) != "" {
			t.Run(m.name, func(t *testing.T) {
				t.Parallel()
				test(t, m)
			})
		}
	}
}

// TestAKilledRunLeavesNothingBehind sends SIGKILL, which nobody can prepare for:
// the run's reaper removes its things, or the next run does.
func TestAKilledRunLeavesNothingBehind(t *testing.T) {
	eachMoment(t, func(t *testing.T, m moment) {
		c := startCheck(t)
		before := c.bases(t)
		c.await(t, m)
		reapers := c.reapers(t)
		require.NoError(t, c.cmd.Process.Kill())
		<-c.done
		for _, reaper := range reapers {
			require.Eventually(t, func() bool { return gone(reaper) }, time.Minute, 50*time.Millisecond, "the reaper ends")
		}
		if len(reapers) > 0 {
			assert.Zero(t, c.things(t, ""), "the reaper has removed everything")
		}
		_, err := c.engine.Sweep(t.Context())
		require.NoError(t, err)
		assert.Zero(t, c.things(t, ""), "the next run removes what is left")
		assert.Subset(t, c.bases(t), before, "what is cached stays")
		assert.Equal(t, []string{c.temp}, tree(t, c.temp), "nothing is left in the temporary directory")
	})
}

// TestARunKilledDuringAProofLeavesNothingBehind kills and interrupts runs that are
// launching again what has failed.
func TestARunKilledDuringAProofLeavesNothingBehind(t *testing.T) {
	for name, signal := range map[string]os.Signal{"killed": syscall.SIGKILL, "interrupted": os.Interrupt} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := startCheckOf(t, "fixtures/broken/never-listens")
			c.await(t, moment{reached: func(t *testing.T, c *check) bool {
				return strings.Contains(c.said(), ": proof ...") && c.things(t, "app") > 0
			}})
			reapers := c.reapers(t)
			require.NotEmpty(t, reapers)
			require.NoError(t, c.cmd.Process.Signal(signal))
			<-c.done
			for _, reaper := range reapers {
				require.Eventually(t, func() bool { return gone(reaper) }, time.Minute, 50*time.Millisecond, "the reaper ends")
			}
			assert.Zero(t, c.things(t, ""), "everything was removed")
			assert.Equal(t, []string{c.temp}, tree(t, c.temp), "nothing is left in the temporary directory")
		})
	}
}

// bases names the images that stay.
func (c *check) bases(t *testing.T) []string {
	t.Helper()
	items, err := image.New(c.engine.Client, image.Config{}).List(t.Context())
	require.NoError(t, err)
	var names []string
	for _, i := range items {
		if i.Path == "" && i.Kind != "app" {
			names = append(names, i.Name)
		}
	}
	return names
}

// reapers gives the children of the run that are this program, too.
func (c *check) reapers(t *testing.T) []*process.Process {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	p, err := process.NewProcess(int32(c.cmd.Process.Pid))
	require.NoError(t, err)
	children, err := p.Children()
	if err != nil {
		return nil // it has none yet
	}
	return slices.DeleteFunc(children, func(child *process.Process) bool {
		exe, err := child.Exe()
		return err != nil || exe != self
	})
}

// gone says whether a process has ended; where nobody waits for orphans it stays
// a zombie.
func gone(p *process.Process) bool {
	running, err := p.IsRunning()
	if err != nil || !running {
		return true
	}
	status, err := p.Status()
	return err != nil || slices.Contains(status, process.Zombie)
}

// TestAnInterruptedRunRemovesItsThingsBeforeItEnds sends what Ctrl-C sends.
func TestAnInterruptedRunRemovesItsThingsBeforeItEnds(t *testing.T) {
	eachMoment(t, func(t *testing.T, m moment) {
		c := startCheck(t)
		c.await(t, m)
		began := time.Now()
		require.NoError(t, c.cmd.Process.Signal(syscall.SIGINT))
		<-c.done
		assert.Less(t, time.Since(began), 15*time.Second)
		assert.Equal(t, report.ExitBroken, c.cmd.ProcessState.ExitCode(), c.said())
		assert.Zero(t, c.things(t, ""))
		assert.Contains(t, c.said(), "seatrial: interrupted; everything of this run was removed\n")
		assert.Equal(t, []string{c.temp}, tree(t, c.temp))
		cache, err := cacheDir()
		require.NoError(t, err)
		work, err := filepath.Glob(filepath.Join(cache, "artifacts", fmt.Sprintf("work-%d-*", c.cmd.Process.Pid)))
		require.NoError(t, err)
		assert.Empty(t, work)
		t.Logf("ended after %s", time.Since(began).Round(time.Millisecond))
	})
}

func TestRunsSideBySideLeaveEachOtherAlone(t *testing.T) {
	t.Parallel()
	// The second one begins, and sweeps, when the first one has its slots.
	first := startCheck(t, "--tags", "@static")
	first.await(t, moment{reached: func(t *testing.T, c *check) bool { return c.things(t, "service") > 0 }})
	second := startCheck(t, "--tags", "@logs")
	for _, c := range []*check{first, second} {
		<-c.done
		assert.Equal(t, report.ExitPassed, c.cmd.ProcessState.ExitCode(), c.said())
		assert.Zero(t, c.things(t, ""))
	}
}
