package sandbox

import (
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seatrial/seatrial/harness/deployment"
	"github.com/seatrial/seatrial/harness/evidence"
)

func TestRedisThatIsStoppedRefusesConnectionsAndComesBackEmpty(t *testing.T) {
	s := docker(t).serve(t, deployed())
	assert.Equal(t, "+PONG", tell(t, s, "/redis", "PING"))
	assert.Equal(t, "+OK", tell(t, s, "/redis", "SET a 1"))

	for range 2 { // to stop what is stopped is nothing
		require.NoError(t, s.StopRedis(t.Context()))
		refused := tell(t, s, "/redis", "PING")
		assert.Contains(t, refused, "connection refused", "and not: no such host")
	}
	for range 2 {
		require.NoError(t, s.StartRedis(t.Context()))
		assert.Equal(t, "+PONG", tell(t, s, "/redis", "PING"))
	}
	assert.Equal(t, ":0", tell(t, s, "/redis", "DBSIZE"))
}

func TestRedisCanBeDownFromTheStart(t *testing.T) {
	s := docker(t).under(t, deployed(), deployment.RedisDown())
	assert.Contains(t, tell(t, s, "/redis", "PING"), "connection refused")
	require.NoError(t, s.StartRedis(t.Context()))
	assert.Equal(t, "+PONG", tell(t, s, "/redis", "PING"))
}

func TestBothRoadsLeadToTheApp(t *testing.T) {
	s := docker(t).serve(t, deployed())
	direct, err := s.Get(t.Context(), Direct, "/redirect")
	require.NoError(t, err)
	assert.Equal(t, http.StatusFound, direct.Status, "a redirect is shown, not followed")
	assert.Equal(t, "/elsewhere", direct.Header.Get("Location"))
	assert.Empty(t, direct.Header.Get("Server"))

	behind, err := s.Get(t.Context(), ThroughNginx, "/redirect")
	require.NoError(t, err)
	assert.Equal(t, http.StatusFound, behind.Status)
	assert.Equal(t, "nginx", behind.Header.Get("Server"))

	header := http.Header{"Host": {"shop.example"}, "X-Test": {"+x"}}
	for _, road := range []Road{Direct, ThroughNginx} {
		r, err := s.Do(t.Context(), road, http.MethodGet, "/host", header, "")
		require.NoError(t, err)
		assert.Equal(t, "shop.example+x", string(r.Body), road)
	}
	_, err = s.Get(t.Context(), Direct, "no-slash")
	require.ErrorContains(t, err, "must begin with /")
}

func TestEvidenceHoldsWhatHappened(t *testing.T) {
	k := docker(t)
	s := k.serve(t, deployed("lines=2"))
	tell(t, s, "/ids", "")
	_, err := s.Get(t.Context(), ThroughNginx, "/image")
	require.NoError(t, err)
	_, err = s.Get(t.Context(), Direct, "/cut")
	require.ErrorContains(t, err, "read body")
	tell(t, s, "/write", "/srv/new")

	brief := collect(t, s, Brief)
	for _, name := range []string{evidence.SpecFile, evidence.ImageFile, evidence.StateFile, evidence.StdoutLog, evidence.StderrLog, evidence.HTTPFile} {
		assert.True(t, brief.Has(name), name)
	}
	assert.False(t, brief.Has(evidence.DiffFile), "it is not asked for what costs")

	whole := collect(t, s, Whole)
	meta, err := whole.Meta()
	require.NoError(t, err)
	assert.Empty(t, meta.Missing)
	out, err := whole.Text(evidence.StdoutLog)
	require.NoError(t, err)
	assert.Equal(t, "out 0\nout 1\nlistening on :8080\n", out)
	exchanges, err := whole.Lines(evidence.HTTPFile)
	require.NoError(t, err)
	require.Len(t, exchanges, 4+4, "readiness was asked for without a trace; two probes on two roads")
	for i, exchange := range exchanges {
		assert.Equal(t, i >= 4, strings.Contains(exchange.Text, `"probe"`), exchange.Text)
	}
	assert.Contains(t, exchanges[0].Text, `"body":"0:0"`)
	assert.NotContains(t, exchanges[1].Text, `"body"`, "an image is no text")
	assert.Contains(t, exchanges[2].Text, `"error"`)
	changes, err := whole.Text(evidence.DiffFile)
	require.NoError(t, err)
	assert.Contains(t, changes, "/srv/new")
	sockets, err := whole.Text(evidence.SocketsFile)
	require.NoError(t, err)
	assert.Contains(t, sockets, "8080")
	nginx, err := whole.Text(evidence.NginxLog)
	require.NoError(t, err)
	assert.Contains(t, nginx, "GET /image")
	assert.NotContains(t, nginx, "GET / ", "it was read before the probes")
}

func TestTheServicesLogsAreThoseOfThisSandbox(t *testing.T) {
	k := docker(t)
	_, pool := k.own(t)
	first := k.launchIn(t, pool, deployed())
	ready(t, first)
	_, err := first.Get(t.Context(), ThroughNginx, "/cwd?q=first")
	require.NoError(t, err)
	require.NoError(t, first.StopRedis(t.Context()))
	require.NoError(t, first.Close(t.Context()))

	second := k.launchIn(t, pool, deployed())
	ready(t, second)
	_, err = second.Get(t.Context(), ThroughNginx, "/cwd?q=second")
	require.NoError(t, err)
	bundle := collect(t, second, Whole)
	nginx, err := bundle.Text(evidence.NginxLog)
	require.NoError(t, err)
	assert.Contains(t, nginx, "q=second")
	if k.engine.Podman {
		t.Skip("Podman's times are whole seconds: two sandboxes may share one")
	}
	assert.NotContains(t, nginx, "q=first")
	redis, err := bundle.Lines(evidence.RedisLog)
	require.NoError(t, err)
	assert.Empty(t, redis, "it was started for nobody")
}

func collect(t *testing.T, s *Sandbox, depth Depth) *evidence.Bundle {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "bundle")
	w, err := evidence.Create(dir, nil)
	require.NoError(t, err)
	require.NoError(t, s.Collect(t.Context(), w, Look{Depth: depth, Ready: "/"}))
	require.NoError(t, w.Close())
	bundle, err := evidence.Open(dir)
	require.NoError(t, err)
	t.Cleanup(func() { bundle.Close() })
	return bundle
}
