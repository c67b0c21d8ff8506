package sandbox

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seatrial/seatrial/harness/deployment"
)

func TestARestartKeepsWhatTheAppWroteAndAReplacementLosesIt(t *testing.T) {
	s := docker(t).serve(t, deployed())
	kept := func() bool {
		changes, err := s.Changes(t.Context())
		require.NoError(t, err)
		for _, c := range changes {
			if c.Path == "/srv/new" {
				return true
			}
		}
		return false
	}
	require.Equal(t, "written", tell(t, s, "/write", "/srv/new"))
	before := s.id()
	require.NoError(t, s.Restart(t.Context()))
	ready(t, s)
	assert.True(t, kept())
	assert.Equal(t, before, s.id())

	require.NoError(t, s.Replace(t.Context()))
	ready(t, s)
	assert.False(t, kept())
	assert.NotEqual(t, before, s.id())
	lines, err := s.Logs(t.Context())
	require.NoError(t, err)
	assert.Equal(t, "listening on :8080 | listening on :8080 | listening on :8080", lastText(lines, 9), "the log goes on")
	state, err := s.State(t.Context())
	require.NoError(t, err)
	assert.Zero(t, state.Restarts, "it was asked for")
}

func TestAnAppThatFailsItsProbeIsReplacedUntilNobodyWatches(t *testing.T) {
	probe := deployment.Probe{Period: 50 * time.Millisecond, Failures: 2, Timeout: time.Second, Path: "/nothing-is-here"}
	spec := deployed("status=404")
	spec.StopWithin = 0
	spec, err := spec.With(deployment.LivenessProbe(probe))
	require.NoError(t, err)
	s := docker(t).launch(t, spec)
	var failure *StartFailure
	require.ErrorAs(t, s.WaitReady(t.Context(), "/", 5*time.Second), &failure)
	assert.Equal(t, Restarted, failure.Kind)
	assert.Contains(t, failure.State.RestartedFor, "the liveness probe failed 2 times, at last: ")

	require.NoError(t, s.HoldStill(t.Context()))
	state, err := s.State(t.Context())
	require.NoError(t, err)
	assert.True(t, state.Running, "what was put in its place is left alone")
}

func TestAnAppThatTheEngineStartsAgainIsWaitedFor(t *testing.T) {
	spec, err := deployed("exit=3").With(deployment.RestartedBy(deployment.OnFailure))
	require.NoError(t, err)
	s := docker(t).launch(t, spec)
	var failure *StartFailure
	require.ErrorAs(t, s.WaitReady(t.Context(), "/", 2*time.Second), &failure)
	assert.Equal(t, Restarted, failure.Kind)
	assert.Positive(t, failure.State.Restarts)
}

func TestTwoReplicasAreEachReachedAndBothMustBeReady(t *testing.T) {
	spec, err := deployed().With(deployment.TwoReplicas())
	require.NoError(t, err)
	s := docker(t).serve(t, spec)
	second, err := s.Replica(2)
	require.NoError(t, err)
	_, err = s.Replica(3)
	require.Error(t, err)
	require.Equal(t, "written", tell(t, second, "/write", "/srv/new"))
	changes, err := s.Changes(t.Context())
	require.NoError(t, err)
	assert.NotContains(t, changes, Change{Kind: "added", Path: "/srv/new"}, "each has a root of its own")
	assert.NotEqual(t, s.URL(Direct), second.URL(Direct))

	require.NoError(t, second.SignalOne(t.Context(), "SIGKILL"))
	_, err = second.WaitExit(t.Context(), patience)
	require.NoError(t, err)
	state, err := s.State(t.Context())
	require.NoError(t, err)
	assert.False(t, state.Running, "one of them does not run")
	var failure *StartFailure
	require.ErrorAs(t, s.WaitReady(t.Context(), "/", patience), &failure)
	assert.Equal(t, 2, failure.Replica)
	for range 4 {
		answer, err := s.Get(t.Context(), ThroughNginx, "/")
		require.NoError(t, err)
		assert.Equal(t, 200, answer.Status, "nginx asks the one that is left")
	}
}
