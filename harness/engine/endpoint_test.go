package engine

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func at(t *testing.T, variables map[string]string, sockets ...string) environment {
	t.Helper()
	return environment{
		getenv: func(k string) string { return variables[k] },
		home:   t.TempDir(), os: "linux",
		exists: func(path string) bool {
			for _, s := range sockets {
				if s == path {
					return true
				}
			}
			_, err := os.Stat(path)
			return err == nil && filepath.Ext(path) != ".sock"
		},
	}
}

func TestDockerHostIsTheOnlyCandidateWhenSet(t *testing.T) {
	got, err := findEndpoints(at(t, map[string]string{"DOCKER_HOST": "tcp://10.1.1.1:2376", "DOCKER_TLS_VERIFY": "1", "DOCKER_CERT_PATH": "/certs"}, "/var/run/docker.sock"))
	require.NoError(t, err)
	assert.Equal(t, []Endpoint{{Host: "tcp://10.1.1.1:2376", From: "DOCKER_HOST", CertDir: "/certs"}}, got)
}

func TestUsualSocketsAreTriedDockerBeforePodman(t *testing.T) {
	got, err := findEndpoints(at(t, map[string]string{"XDG_RUNTIME_DIR": "/run/user/7"}, "/run/user/7/podman/podman.sock", "/var/run/docker.sock"))
	require.NoError(t, err)
	require.Len(t, got, 2)
	assert.Equal(t, "unix:///var/run/docker.sock", got[0].Host)
	assert.Equal(t, "unix:///run/user/7/podman/podman.sock", got[1].Host)
}

func TestTheCurrentDockerContextIsFollowed(t *testing.T) {
	env := at(t, nil)
	dir := filepath.Join(env.home, ".docker")
	sum := sha256.Sum256([]byte("far"))
	meta := filepath.Join(dir, "contexts", "meta", hex.EncodeToString(sum[:]))
	require.NoError(t, os.MkdirAll(meta, 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "config.json"), []byte(`{"currentContext":"far"}`), 0o644))
	require.NoError(t, os.WriteFile(filepath.Join(meta, "meta.json"), []byte(`{"Endpoints":{"docker":{"Host":"tcp://far:1"}}}`), 0o644))

	got, err := findEndpoints(env)
	require.NoError(t, err)
	assert.Equal(t, []Endpoint{{Host: "tcp://far:1", From: `docker context "far"`}}, got)
}

func TestABrokenDockerConfigurationIsNamed(t *testing.T) {
	env := at(t, nil)
	require.NoError(t, os.MkdirAll(filepath.Join(env.home, ".docker"), 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(env.home, ".docker", "config.json"), []byte(`{`), 0o644))
	_, err := findEndpoints(env)
	require.ErrorContains(t, err, "config.json")
}

func TestUnavailableSaysWhatIsMissingThenWhatToDo(t *testing.T) {
	for name, tt := range map[string]struct {
		tried    []Endpoint
		cause    error
		what, do string
	}{
		"nothing found": {nil, nil, "no container engine found", "install Docker"},
		"no permission": {[]Endpoint{{Host: "unix:///s"}}, syscall.EACCES, "no permission", "usermod -aG docker"},
		"not running":   {[]Endpoint{{Host: "unix:///s"}}, errors.New("connection refused"), "does not answer", "systemctl start docker"},
	} {
		t.Run(name, func(t *testing.T) {
			u := unavailable(tt.tried, tt.cause)
			assert.Contains(t, u.What.EN, tt.what)
			assert.Contains(t, u.Do.EN, tt.do)
			assert.NotEmpty(t, u.What.ZH)
			assert.NotEmpty(t, u.Do.ZH)
			assert.Equal(t, u.What.EN+"\n"+u.Do.EN, u.Error())
		})
	}
}

func TestAnEngineOverSSHIsRefusedWithAWayOut(t *testing.T) {
	_, err := Endpoint{Host: "ssh://me@far"}.client()
	require.ErrorContains(t, err, "forward its socket")
}

func TestTheDefaultGatewayIsReadFromTheRoutingTable(t *testing.T) {
	table := filepath.Join(t.TempDir(), "route")
	require.NoError(t, os.WriteFile(table, []byte("Iface\tDestination\tGateway\nbr0\t000011AC\t00000000\neth0\t00000000\t010011AC\t0003\n"), 0o644))
	got, ok := defaultGateway(table)
	assert.True(t, ok)
	assert.Equal(t, "172.17.0.1", got)
	_, ok = defaultGateway(filepath.Join(t.TempDir(), "none"))
	assert.False(t, ok)
}
