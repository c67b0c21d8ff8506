package deployment_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seatrial/seatrial/harness/deployment"
)

func TestEachConditionOfLifeChangesExactlyItsPart(t *testing.T) {
	startup := deployment.Probe{Period: time.Second, Timeout: time.Second, Failures: 3}
	liveness := deployment.Probe{Delay: 2 * time.Second, Period: time.Second, Timeout: 100 * time.Millisecond, Failures: 3, Path: "/alive"}
	for _, tt := range []struct {
		condition deployment.Condition
		text      string
		change    func(*deployment.Spec)
	}{
		{deployment.WithInit(), "init", func(s *deployment.Spec) { s.Init = true }},
		{deployment.RestartedBy(deployment.OnFailure), "restart=on-failure", func(s *deployment.Spec) { s.Restart = deployment.OnFailure }},
		{deployment.RestartedBy(deployment.Always), "restart=always", func(s *deployment.Spec) { s.Restart = deployment.Always }},
		{deployment.StartupProbe(startup), "startup-probe=failures:3, period:1s", func(s *deployment.Spec) { s.Probes.Startup = &startup }},
		{deployment.LivenessProbe(liveness), "liveness-probe=delay:2s,period:1s,failures:3,timeout:100ms,path:/alive", func(s *deployment.Spec) { s.Probes.Liveness = &liveness }},
		{deployment.TwoReplicas(), "replicas=2", func(s *deployment.Spec) { s.Replicas = 2 }},
		{deployment.LogReadBy(deployment.LogReader{State: deployment.ReaderGone}), "log-reader=gone", func(s *deployment.Spec) { s.LogReader.State = deployment.ReaderGone }},
		{deployment.LogReadBy(deployment.LogReader{State: deployment.ReaderSlow, Rate: 1024}), "log-reader=slow:1KiB", func(s *deployment.Spec) {
			s.LogReader = deployment.LogReader{State: deployment.ReaderSlow, Rate: 1024}
		}},
		{deployment.SlowAt("/data", 1500*time.Millisecond), "slow=/data:1500ms", func(s *deployment.Spec) {
			s.Slow = []deployment.SlowPath{{Path: "/data", Delay: 1500 * time.Millisecond}}
		}},
		{deployment.StaleVolume("/app/static"), "stale-volume=/app/static", func(s *deployment.Spec) {
			s.Mounts = append(s.Mounts, deployment.Mount{Path: "/app/static", Keep: true, Writable: true, Stale: true})
		}},
		{deployment.ProxyStaticVolume("/static", "/app/static"), "proxy-static-volume=/static:/app/static", func(s *deployment.Spec) {
			s.Proxy.StaticURL, s.Proxy.StaticDir, s.Proxy.StaticVolume = "/static", "/app/static", true
			s.Mounts = append(s.Mounts, deployment.Mount{Path: "/app/static", Keep: true, Writable: true})
		}},
	} {
		t.Run(tt.text, func(t *testing.T) { checkChange(t, tt.condition, tt.text, tt.change) })
	}
}

func TestConditionsOfLifeSayWhatIsPossible(t *testing.T) {
	for text, want := range map[string]string{
		"restart=never":                          "it can be on-failure, always",
		"replicas=3":                             "there can be 2",
		"log-reader=slow":                        "needs a size a second",
		"log-reader=gone:1KiB":                   "only a slow reader has a size",
		"log-reader=asleep":                      "it can be pipe, gone, stuck",
		"liveness-probe=period:1s":               "needs a period, and a number of failures",
		"startup-probe=failures:3":               "needs a period, and a number of failures",
		"startup-probe=every:1s":                 "a probe has delay, period, timeout, failures and path",
		"startup-probe=period:1s,path:x":         "does not begin with /",
		"liveness-probe=period:often,failures:3": "is no part of a probe",
		"liveness-probe=period:-1s,failures:3":   "needs a period",
		"slow=/data":                             "is not a length of time",
		"slow=data:1s":                           "is not an absolute path",
	} {
		_, err := deployment.Parse(text)
		assert.ErrorContains(t, err, want, text)
	}
}

func TestConditionsOfLifeThatDecideTheSameContradictEachOther(t *testing.T) {
	for _, pair := range [][2]string{
		{"restart=always", "restart=on-failure"},
		{"log-reader=gone", "log-reader=stuck"},
		{"slow=/data:1s", "slow=/data:2s"},
		{"proxy-static=/static:/a", "proxy-static-volume=/static:/a"},
		{"stale-volume=/a", "missing=/a"},
		{"startup-probe=period:1s,failures:3", "startup-probe=period:2s,failures:3"},
	} {
		both, err := deployment.ParseAll(pair[0], pair[1])
		require.NoError(t, err)
		_, err = base().With(both...)
		var contradiction *deployment.Contradiction
		require.ErrorAs(t, err, &contradiction, "%s and %s", pair[0], pair[1])
		var misfit *deployment.Misfit
		require.ErrorAs(t, err, &misfit)
		assert.True(t, misfit.Broken())
	}
}

func TestAStaleVolumeIsSharedWithNginxAsItIs(t *testing.T) {
	got, err := base().With(deployment.ProxyStaticVolume("/static", "/app/static"), deployment.StaleVolume("/app/static"))
	require.NoError(t, err)
	assert.Equal(t, deployment.Mount{Path: "/app/static", Keep: true, Writable: true, Stale: true}, got.Mounts[2])
	assert.Len(t, got.Mounts, 3)
	_, err = base().With(deployment.StaleVolume("/data"))
	require.ErrorContains(t, err, "the deployment mounts a content of its own at /data")
}
