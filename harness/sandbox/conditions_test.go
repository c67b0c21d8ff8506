package sandbox

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seatrial/seatrial/harness/deployment"
)

// under launches the tests' app under conditions and waits until it is ready.
func (k *kit) under(t *testing.T, base deployment.Spec, conditions ...deployment.Condition) *Sandbox {
	t.Helper()
	spec, err := base.With(conditions...)
	require.NoError(t, err)
	return k.serve(t, spec)
}

const noCapabilities = "0000000000000000"

func TestAnAppUnderNoConditionRunsAsItsImageSays(t *testing.T) {
	s := docker(t).serve(t, deployed())
	assert.Equal(t, "0:0", tell(t, s, "/ids", ""))
	assert.Equal(t, "/srv", tell(t, s, "/cwd", ""))
	assert.NotEqual(t, noCapabilities, tell(t, s, "/status", "CapEff"))
	assert.Equal(t, "0", tell(t, s, "/status", "NoNewPrivs"))
	assert.Equal(t, "written", tell(t, s, "/write", "/srv/new"))

	changes, err := s.Changes(t.Context())
	require.NoError(t, err)
	assert.Contains(t, changes, Change{Kind: "added", Path: "/srv/new"})
	for _, c := range changes {
		assert.Contains(t, []string{"/srv", "/srv/new"}, c.Path, "only what the app itself did is a change")
	}
}

func TestConditionsAreInForce(t *testing.T) {
	s := docker(t).under(t, deployed(),
		deployment.User(65532, 1000), deployment.WorkDir("/"), deployment.ReadOnlyRoot(), deployment.DropCapabilities(),
		deployment.NoNewPrivileges(), deployment.TmpfsAt("/tmp", 1<<20), deployment.Memory(64<<20))
	assert.Equal(t, "65532:1000", tell(t, s, "/ids", ""))
	assert.Equal(t, "/", tell(t, s, "/cwd", ""))
	assert.Equal(t, noCapabilities, tell(t, s, "/status", "CapEff"))
	assert.Equal(t, noCapabilities, tell(t, s, "/status", "CapBnd"))
	assert.Equal(t, "1", tell(t, s, "/status", "NoNewPrivs"))
	assert.Contains(t, tell(t, s, "/write", "/srv/new"), "read-only file system")
	assert.Equal(t, "written", tell(t, s, "/write", "/tmp/new"), "a tmpfs is everyone's")
	assert.Contains(t, tell(t, s, "/fill", "/tmp/full"), "no space left on device")
}

func TestSingleCapabilitiesAreDropped(t *testing.T) {
	k := docker(t)
	s := k.under(t, deployed(), deployment.DropCapabilities("CHOWN", "NET_RAW"))
	left := tell(t, s, "/status", "CapEff")
	assert.NotEqual(t, noCapabilities, left)
	require.NoError(t, s.Close(t.Context())) // who holds a slot and waits for another keeps others waiting
	assert.NotEqual(t, tell(t, k.serve(t, deployed()), "/status", "CapEff"), left)
}

func TestTheEnvironmentIsTheDeploymentsWithItsPlaceholdersFilledIn(t *testing.T) {
	spec := deployed()
	spec.Env = map[string]string{"REDIS": "${REDIS_URL}", "LISTEN": ":${PORT}", "PASSWORD": "pa$$1${HOME}", "EMPTY": ""}
	s := docker(t).under(t, spec, deployment.Env("LISTEN", "0.0.0.0:${PORT}"))
	assert.Equal(t, "redis://redis:6379/0", tell(t, s, "/env", "REDIS"))
	assert.Equal(t, "0.0.0.0:8080", tell(t, s, "/env", "LISTEN"))
	assert.Equal(t, "pa$$1${HOME}", tell(t, s, "/env", "PASSWORD"))
	assert.Empty(t, tell(t, s, "/env", "EMPTY"))
}

// mounted gives a deployment with a read-only and a writable mount.
func mounted(t *testing.T) deployment.Spec {
	t.Helper()
	config := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(config, "config.yaml"), []byte("a: 1"), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(config, "other.yaml"), []byte("b: 2"), 0o600))
	data := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(data, "seed"), []byte("s"), 0o600))
	spec := deployed()
	spec.Mounts = []deployment.Mount{{Path: "/srv/config", From: config}, {Path: "/srv/uploads", From: data, Writable: true}}
	return spec
}

func TestMountsHoldTheHostsFilesAndOnlyWritableOnesCanBeWritten(t *testing.T) {
	k := docker(t)
	spec := mounted(t)
	spec.ReadOnlyRoot = true
	spec.User = "65532:65532"
	s := k.serve(t, spec)
	assert.Equal(t, "a: 1", tell(t, s, "/read", "/srv/config/config.yaml"), "whatever the mode on the host")
	assert.Contains(t, tell(t, s, "/write", "/srv/config/new"), "read-only file system")
	assert.Equal(t, "s", tell(t, s, "/read", "/srv/uploads/seed"))
	assert.Equal(t, "written", tell(t, s, "/write", "/srv/uploads/new"), "it belongs to the app's user")
	assert.Equal(t, "written", tell(t, s, "/write", "/srv/uploads/seed"))

	require.NoError(t, s.Close(t.Context()))
	other := k.serve(t, spec)
	assert.Equal(t, "seed", tell(t, other, "/list", "/srv/uploads"), "what one sandbox wrote, no other sees")
	assert.Equal(t, "s", tell(t, other, "/read", "/srv/uploads/seed"))
}

func TestAMissingMountLeavesWhatTheImageHas(t *testing.T) {
	s := docker(t).under(t, mounted(t), deployment.MissingMount("/srv/config"))
	assert.Contains(t, tell(t, s, "/read", "/srv/config/config.yaml"), "no such file")
	assert.Equal(t, "seed", tell(t, s, "/list", "/srv/uploads"))
}

func TestAnUnreadableFileOfAMountIsRootsAlone(t *testing.T) {
	k := docker(t)
	spec := mounted(t)
	hidden := deployment.Unreadable("/srv/config/config.yaml")
	s := k.under(t, spec, hidden, deployment.User(65532, 65532))
	assert.Contains(t, tell(t, s, "/read", "/srv/config/config.yaml"), "permission denied")
	assert.Equal(t, "b: 2", tell(t, s, "/read", "/srv/config/other.yaml"))
	require.NoError(t, s.Close(t.Context()))

	s = k.under(t, spec, hidden)
	assert.Equal(t, "a: 1", tell(t, s, "/read", "/srv/config/config.yaml"), "root may")
	require.NoError(t, s.Close(t.Context()))

	s = k.under(t, spec, deployment.Unreadable("/srv/config"), deployment.User(65532, 65532))
	assert.Contains(t, tell(t, s, "/list", "/srv/config"), "permission denied")
}

func TestAnEmptyWritableMountHidesTheImagesFilesAndBelongsToTheUser(t *testing.T) {
	k := docker(t)
	if k.engine.Podman {
		t.Skip("Podman copies what the image has into empty volumes, whatever it is asked")
	}
	spec := deployed()
	spec.User = "65532:65532"
	spec.Mounts = []deployment.Mount{{Path: "/srv/data", Writable: true}}
	s := k.serve(t, spec)
	assert.Empty(t, tell(t, s, "/list", "/srv/data"))
	assert.Equal(t, "written", tell(t, s, "/write", "/srv/data/new"))
}
