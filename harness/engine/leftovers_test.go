package engine

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/moby/moby/client"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestAbandonedIsOnlyTheRunOfADeadProcess(t *testing.T) {
	now := time.Now()
	me := newIdentity()
	recent, old := now.Add(-time.Hour).Format(time.RFC3339), now.Add(-48*time.Hour).Format(time.RFC3339)
	for name, tt := range map[string]struct {
		process, started string
		want             bool
	}{
		"this process":                    {me.process, old, false},
		"this pid, started at other time": {fmt.Sprintf("%s/%d/%d", hostName(), os.Getpid(), 1), recent, true},
		"a pid that does not exist":       {hostName() + "/4194304/1", recent, true},
		"another host, recent":            {"elsewhere/1/1", recent, false},
		"another host, long ago":          {"elsewhere/1/1", old, true},
		"garbage, recent":                 {"?", recent, false},
		"garbage without a date":          {"?", "", true},
	} {
		t.Run(name, func(t *testing.T) {
			assert.Equal(t, tt.want, abandoned(map[string]string{LabelProcess: tt.process, LabelStarted: tt.started}, now))
		})
	}
}

func connect(t *testing.T) *Engine {
	t.Helper()
	if testing.Short() {
		t.Skip("needs a container engine")
	}
	e, err := Connect(t.Context())
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, e.Close()) })
	return e
}

// own makes a volume and a network that the labels say belong to a process.
func own(t *testing.T, e *Engine, labels map[string]string) (volume, network string) {
	t.Helper()
	v, err := e.Client.VolumeCreate(t.Context(), client.VolumeCreateOptions{Labels: labels})
	require.NoError(t, err)
	n, err := e.Client.NetworkCreate(t.Context(), "seatrial-test-"+v.Volume.Name[:12], client.NetworkCreateOptions{Labels: labels})
	require.NoError(t, err)
	t.Cleanup(func() {
		ctx := context.WithoutCancel(t.Context())
		_, _ = e.Client.VolumeRemove(ctx, v.Volume.Name, client.VolumeRemoveOptions{Force: true})
		_, _ = e.Client.NetworkRemove(ctx, n.ID, client.NetworkRemoveOptions{})
	})
	return v.Volume.Name, n.ID
}

func exists(t *testing.T, e *Engine, volume, network string) (bool, bool) {
	t.Helper()
	_, errVolume := e.Client.VolumeInspect(t.Context(), volume, client.VolumeInspectOptions{})
	_, errNetwork := e.Client.NetworkInspect(t.Context(), network, client.NetworkInspectOptions{})
	return errVolume == nil, errNetwork == nil
}

func TestSweepTakesTheDeadAndSparesTheLiving(t *testing.T) {
	e := connect(t)
	dead := map[string]string{LabelRun: "dead" + e.RunID(), LabelProcess: hostName() + "/4194304/1", LabelStarted: time.Now().Format(time.RFC3339)}
	living := map[string]string{LabelRun: "other" + e.RunID(), LabelProcess: e.run.process, LabelStarted: time.Now().Format(time.RFC3339)}
	deadVolume, deadNetwork := own(t, e, dead)
	volume, network := own(t, e, living)

	// Another package's run may sweep at the same time; who removes does not matter.
	_, err := e.Sweep(t.Context())
	require.NoError(t, err)
	v, n := exists(t, e, deadVolume, deadNetwork)
	assert.False(t, v || n, "the dead run's things are gone")
	v, n = exists(t, e, volume, network)
	assert.True(t, v && n, "the living run's things stay")
}

func TestRemoveRunTakesOnlyItsOwn(t *testing.T) {
	e := connect(t)
	mineVolume, mineNetwork := own(t, e, e.Labels("volume"))
	other := connect(t)
	volume, network := own(t, other, other.Labels("volume"))

	_, err := e.RemoveRun(t.Context())
	require.NoError(t, err)
	v, n := exists(t, e, mineVolume, mineNetwork)
	assert.False(t, v || n)
	v, n = exists(t, e, volume, network)
	assert.True(t, v && n)
}

// diesVariable makes this test binary a run that makes things and is killed.
const diesVariable = "SEATRIAL_TEST_DIES"

func TestMain(m *testing.M) {
	if os.Getenv(diesVariable) != "" {
		dieLeavingThings()
	}
	os.Exit(m.Run())
}

func dieLeavingThings() {
	e, err := Connect(context.Background())
	if err != nil {
		panic(err)
	}
	if _, err := e.StartReaper(); err != nil {
		panic(err)
	}
	v, err := e.Client.VolumeCreate(context.Background(), client.VolumeCreateOptions{Labels: e.Labels("volume")})
	if err != nil {
		panic(err)
	}
	fmt.Println(v.Volume.Name)
	self, err := os.FindProcess(os.Getpid())
	if err == nil {
		err = self.Kill()
	}
	panic(err)
}

func TestTheReaperRemovesWhatAKilledRunLeft(t *testing.T) {
	e := connect(t)
	run := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^$")
	run.Env = append(os.Environ(), diesVariable+"="+strconv.Itoa(os.Getpid()))
	out, err := run.Output()
	require.ErrorContains(t, err, "killed")
	volume := strings.TrimSpace(string(out))
	require.NotEmpty(t, volume)

	require.Eventually(t, func() bool {
		_, err := e.Client.VolumeInspect(t.Context(), volume, client.VolumeInspectOptions{})
		return err != nil
	}, 20*time.Second, 50*time.Millisecond, "the reaper removes the volume")
}

func TestADismissedReaperEndsWithoutRemoving(t *testing.T) {
	e := connect(t)
	volume, network := own(t, e, e.Labels("volume"))
	r, err := e.StartReaper()
	require.NoError(t, err)
	require.NoError(t, r.Dismiss())
	v, n := exists(t, e, volume, network)
	assert.True(t, v && n)
}
