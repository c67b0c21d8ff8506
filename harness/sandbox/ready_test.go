package sandbox

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seatrial/seatrial/harness/image"
)

// fails waits for an app that does not become ready.
func fails(t *testing.T, s *Sandbox, within time.Duration) *StartFailure {
	t.Helper()
	err := s.WaitReady(t.Context(), "/", within)
	var f *StartFailure
	require.ErrorAs(t, err, &f)
	assert.Equal(t, appPort, f.Port)
	return f
}

func TestAnAppThatExitsAtOnceIsReportedAtOnceWithItsWholeLog(t *testing.T) {
	k := docker(t)
	began := time.Now()
	f := fails(t, k.launch(t, deployed("long=40000", "lines=500", "exit=3")), patience)
	assert.Less(t, time.Since(began), patience/2, "it does not wait for what has died")
	assert.Equal(t, Exited, f.Kind)
	assert.Equal(t, 3, f.State.ExitCode)
	assert.False(t, f.State.Running)
	assert.Contains(t, f.Cause().EN, "exited with code 3")

	written := map[Stream][]string{}
	for _, line := range f.Log {
		written[line.Stream] = append(written[line.Stream], line.Text)
	}
	var out, errs []string
	for i := range 500 {
		out = append(out, fmt.Sprintf("out %d", i))
		errs = append(errs, fmt.Sprintf("err %d", i))
	}
	require.NotEmpty(t, written[Stdout])
	assert.Equal(t, strings.Repeat("x", 40000)+"end", written[Stdout][0], "a long line is one line")
	assert.Equal(t, out, written[Stdout][1:])
	assert.Equal(t, errs, written[Stderr])
}

func TestAnAppThatSaysNothingIsReportedSo(t *testing.T) {
	f := fails(t, docker(t).launch(t, deployed("exit=0")), patience)
	assert.Equal(t, Exited, f.Kind)
	assert.Contains(t, f.Cause().EN, "code 0")
	assert.Contains(t, f.Cause().EN, "without writing a line")
}

func TestAnAppThatListensNowhereIsToldFromOneThatIsSlow(t *testing.T) {
	f := fails(t, docker(t).launch(t, deployed("sleep")), 300*time.Millisecond)
	assert.Equal(t, NotListening, f.Kind)
	assert.True(t, f.State.Running)
	assert.Empty(t, f.Sockets)
}

func TestAnAppOnTheLoopbackAddressIsFoundLongBeforeTheTimeIsOver(t *testing.T) {
	s := docker(t).launch(t, deployed("listen=127.0.0.1:8080"))
	began := time.Now()
	f := fails(t, s, patience)
	assert.Equal(t, LoopbackOnly, f.Kind)
	assert.GreaterOrEqual(t, time.Since(began), firstSocketLook)
	assert.Less(t, time.Since(began), firstSocketLook+2*socketLookEvery)
	assert.Equal(t, []Socket{{Address: "127.0.0.1", Port: 8080}}, f.Sockets)
}

func TestAnAppOnAnotherPortIsReportedWithThatPort(t *testing.T) {
	f := fails(t, docker(t).launch(t, deployed("listen=:8081")), 300*time.Millisecond)
	assert.Equal(t, OtherPort, f.Kind)
	assert.Contains(t, f.Cause().EN, "[::]:8081 and not on port 8080")
}

func TestAnAppThatIsUpAndNotReadyIsReportedWithItsLastAnswer(t *testing.T) {
	f := fails(t, docker(t).launch(t, deployed("status=503")), 300*time.Millisecond)
	assert.Equal(t, NotReady, f.Kind)
	assert.Equal(t, "GET / answered 503 Service Unavailable", f.Seen)
}

func TestAnAppThatTheEngineRefusesIsTheAppsFailureWithTheEnginesWords(t *testing.T) {
	k := docker(t)
	ref, err := k.store.App(t.Context(), image.AppImage{Binary: k.binary, Target: "/app", Base: "scratch", Entrypoint: []string{"/nope"}})
	require.NoError(t, err)
	s, err := k.pool.Launch(t.Context(), deployed(), ref)
	require.NoError(t, err)
	defer func() { require.NoError(t, s.Close(context.Background())) }()

	began := time.Now()
	f := fails(t, s, patience)
	assert.Less(t, time.Since(began), patience/2)
	assert.Equal(t, Refused, f.Kind)
	assert.Contains(t, f.Cause().EN, "/nope")
	assert.Empty(t, f.Log)
	state, err := s.WaitExit(t.Context(), patience)
	require.NoError(t, err)
	assert.False(t, state.Running)
}

func TestAnAppOverItsMemoryLimitIsKilledAndSaidToBe(t *testing.T) {
	spec := deployed("eat")
	spec.Memory = 24 << 20
	k := docker(t)
	f := fails(t, k.launch(t, spec), patience)
	assert.Equal(t, Exited, f.Kind)
	assert.Equal(t, 137, f.State.ExitCode)
	if k.engine.Podman && k.engine.CgroupVersion == "1" {
		t.Skip("Podman does not tell an OOM kill under cgroup v1")
	}
	if hierarchiesHidden() {
		t.Skip("a container with systemd hides cgroup hierarchies from the engine, which then cannot tell an OOM kill")
	}
	assert.True(t, f.State.OOM)
	assert.Contains(t, f.Cause().EN, "more memory than its limit")
}

// hierarchiesHidden says whether the kernel has cgroup v1 hierarchies that are
// not mounted where the engine looks.
func hierarchiesHidden() bool {
	own, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		return false
	}
	for _, name := range []string{"hugetlb", "perf_event"} {
		_, err := os.Stat("/sys/fs/cgroup/" + name)
		if err != nil && strings.Contains(string(own), ":"+name) {
			return true
		}
	}
	return false
}

func TestTheCallersEndIsNoFailureOfTheApp(t *testing.T) {
	s := docker(t).launch(t, deployed("sleep"))
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	var broken *Broken
	err := s.WaitReady(ctx, "/", patience)
	require.ErrorAs(t, err, &broken)
	require.ErrorIs(t, err, context.DeadlineExceeded)
	_, err = s.WaitExit(ctx, patience)
	require.ErrorAs(t, err, &broken)
}

func TestSignalsReachTheAppAndItsEndIsAwaited(t *testing.T) {
	k := docker(t)
	s := k.serve(t, deployed("graceful"))
	state, err := s.WaitExit(t.Context(), 50*time.Millisecond)
	require.ErrorIs(t, err, context.DeadlineExceeded)
	assert.True(t, state.Running)

	require.NoError(t, s.Signal(t.Context(), "SIGTERM"))
	state, err = s.WaitExit(t.Context(), patience)
	require.NoError(t, err)
	assert.Zero(t, state.ExitCode)
	require.Error(t, s.Signal(t.Context(), "SIGTERM"), "nobody is there any more")

	require.NoError(t, s.Restart(t.Context()))
	ready(t, s)
	lines, err := s.Logs(t.Context())
	require.NoError(t, err)
	assert.Equal(t, "listening on :8080 | stopped | listening on :8080", lastText(lines, 9), "the log goes on")
}

func TestAnImageThatIsGoneIsNoFailureOfTheApp(t *testing.T) {
	k := docker(t)
	missing := k.app
	missing.Name = "localhost/seatrial/none:none"
	_, err := k.pool.Launch(t.Context(), deployed(), missing)
	var broken *Broken
	require.ErrorAs(t, err, &broken)
	require.ErrorContains(t, err, "create container")
}
