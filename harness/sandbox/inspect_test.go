package sandbox

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seatrial/seatrial/harness/deployment"
	"github.com/seatrial/seatrial/harness/evidence"
)

// records reads a file of JSON lines as strictly as it was written.
func records[T any](t *testing.T, b *evidence.Bundle, name string) []T {
	t.Helper()
	lines, err := b.Lines(name)
	require.NoError(t, err)
	var list []T
	for _, line := range lines {
		decoder := json.NewDecoder(strings.NewReader(line.Text))
		decoder.DisallowUnknownFields()
		var one T
		require.NoError(t, decoder.Decode(&one), line)
		list = append(list, one)
	}
	return list
}

func document[T any](t *testing.T, b *evidence.Bundle, name string) T {
	t.Helper()
	var one T
	require.NoError(t, b.JSON(name, &one))
	return one
}

func pathOf(t *testing.T, list []evidence.Path, name, why string) evidence.Path {
	t.Helper()
	i := slices.IndexFunc(list, func(p evidence.Path) bool { return p.Path == name && p.Why == why })
	require.GreaterOrEqual(t, i, 0, "paths.jsonl has no %s for %s: %v", name, why, list)
	return list[i]
}

func mountAt(t *testing.T, list []evidence.Mounted, at string) evidence.Mounted {
	t.Helper()
	i := slices.IndexFunc(list, func(m evidence.Mounted) bool { return m.Path == at })
	require.GreaterOrEqual(t, i, 0, "mounts.jsonl has no %s", at)
	return list[i]
}

// configured mounts a directory with a readable file, one that may not be read,
// and a link that leads nowhere.
func configured(t *testing.T, args ...string) deployment.Spec {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "app.yaml"), []byte("a: 1"), 0o644))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "secret.yaml"), []byte("b: 2"), 0o644))
	require.NoError(t, os.Symlink("..gone/x", filepath.Join(dir, "dangling.yaml")))
	spec := deployed(args...)
	spec.User, spec.ReadOnlyRoot, spec.NoNewPrivileges, spec.DropCapabilities = "65532:65532", true, true, []string{"ALL"}
	spec.OpenFiles = 512
	spec.Mounts = []deployment.Mount{{Path: "/srv/config", From: dir}}
	spec.Tmpfs = []deployment.Tmpfs{{Path: "/srv/cache", Size: 1 << 20}}
	spec.Unreadable = []string{"/srv/config/secret.yaml"}
	spec.Env = map[string]string{"APP_LINK": "config/dangling.yaml"}
	return spec
}

// checkConfigured: what the helper tells is the same of an app that runs, seen
// from beside it, and of one that has ended, stood in for.
func checkConfigured(t *testing.T, b *evidence.Bundle, standIn bool) {
	t.Helper()
	processes := records[evidence.Process](t, b, evidence.ProcessesFile)
	require.Len(t, processes, 1)
	p := processes[0]
	assert.Equal(t, standIn, p.StandIn)
	assert.Equal(t, []int{65532, 65532, 65532, 65532}, p.UIDs)
	assert.Equal(t, []int{65532, 65532, 65532, 65532}, p.GIDs)
	assert.Equal(t, "0000000000000000", p.CapEffective)
	assert.True(t, p.NoNewPrivs)
	assert.EqualValues(t, 512, p.Limits["Max open files"])
	assert.Equal(t, "/srv", p.WorkDir)

	mounts := records[evidence.Mounted](t, b, evidence.MountsFile)
	assert.True(t, mountAt(t, mounts, "/").ReadOnly)
	assert.True(t, mountAt(t, mounts, "/srv/config").ReadOnly)
	cache := mountAt(t, mounts, "/srv/cache")
	assert.Equal(t, "tmpfs", cache.Type)
	assert.EqualValues(t, 1<<20, cache.Size)
	for _, m := range mounts {
		assert.False(t, strings.HasPrefix(m.Path, standInDir), "what is there to look is nothing of the app's")
	}

	paths := records[evidence.Path](t, b, evidence.PathsFile)
	dir := pathOf(t, paths, ".", "workdir")
	assert.Equal(t, "/srv", dir.Abs)
	assert.False(t, dir.Writable)
	assert.True(t, pathOf(t, paths, "/srv/cache", "tmpfs").Writable)
	secret := pathOf(t, paths, "/srv/config/secret.yaml", "unreadable")
	assert.Equal(t, "0000", secret.Mode)
	assert.Equal(t, "/srv/config", secret.Mount)
	assert.False(t, secret.Readable)
	link := pathOf(t, paths, "config/dangling.yaml", "env")
	assert.Equal(t, []string{"/srv/config/dangling.yaml", "link", "..gone/x", "no such file or directory", "/srv/config"},
		[]string{link.Abs, link.Type, link.Target, link.Error, link.Parent})
	assert.True(t, pathOf(t, paths, "config/app.yaml", "config").Readable)
	assert.Equal(t, "no such file or directory", pathOf(t, paths, "none/at/all", "missing").Error)
	assert.Equal(t, "/srv", pathOf(t, paths, "none/at/all", "missing").Parent)
	glob := pathOf(t, paths, "config/*.yaml", "template")
	assert.Equal(t, []any{"glob", 3}, []any{glob.Type, glob.Entries})
	assert.True(t, pathOf(t, paths, "/usr/local/bin/app", "binary").Executable)
}

var hintsOfTests = []Hint{
	{Path: "config/app.yaml", Why: "config"}, {Path: "none/at/all", Why: "missing"}, {Path: "config/*.yaml", Why: "template"},
}

func TestARunningAppIsSeenFromBesideAsItsUser(t *testing.T) {
	s := docker(t).serve(t, configured(t))
	b := collectWith(t, s, Look{Depth: Whole, Hints: hintsOfTests})
	checkConfigured(t, b, false)
	processes := records[evidence.Process](t, b, evidence.ProcessesFile)
	assert.Equal(t, []any{1, "app", []string{"/usr/local/bin/app"}}, []any{processes[0].PID, processes[0].Name, processes[0].Args})
}

func TestADeadAppIsStoodInForAsItsUser(t *testing.T) {
	s := docker(t).launch(t, configured(t, "exit=3"))
	_, err := s.WaitExit(t.Context(), patience)
	require.NoError(t, err)
	b := collectWith(t, s, Look{Depth: Whole, Hints: hintsOfTests})
	checkConfigured(t, b, true)
	assert.False(t, b.Has(evidence.SocketsFile), "nothing listens any more")
	assert.Equal(t, 3, document[evidence.State](t, b, evidence.StateFile).ExitCode)
}

func TestASystemCallFilterThatNoProgramSurvivesDoesNotKeepTheHelperOut(t *testing.T) {
	profile := filepath.Join(t.TempDir(), "profile.json")
	require.NoError(t, os.WriteFile(profile, []byte(`{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["clone","clone3"],"action":"SCMP_ACT_ERRNO","errnoRet":1}]}`), 0o600))
	spec := configured(t)
	spec.Seccomp = profile
	s := docker(t).launch(t, spec)
	_, err := s.WaitExit(t.Context(), patience)
	require.NoError(t, err)
	b := collectWith(t, s, Look{Depth: Whole, Hints: hintsOfTests})
	checkConfigured(t, b, true)
	meta, err := b.Meta()
	require.NoError(t, err)
	require.Len(t, meta.Partial, 1)
	assert.Contains(t, meta.Partial[0].Reason, "without its seccomp profile")
}

func TestAnAppThatWasKilledForItsMemoryIsToldByItsLimits(t *testing.T) {
	spec := deployed("eat")
	spec.Memory = 24 << 20
	s := docker(t).launch(t, spec)
	_, err := s.WaitExit(t.Context(), patience)
	require.NoError(t, err)
	b := collectWith(t, s, Look{Depth: Whole})
	limits := document[evidence.Limits](t, b, evidence.LimitsFile)
	assert.EqualValues(t, 24<<20, limits.Memory)
	assert.EqualValues(t, 1, limits.OOMKills)
	assert.NotEmpty(t, records[evidence.Path](t, b, evidence.PathsFile), "the stand-in needs more memory than the app may have")
}

func TestTheControlGroupOfARunningAppIsRead(t *testing.T) {
	spec := deployed()
	spec.Memory, spec.PIDs, spec.CPUs = 64<<20, 40, 0.5
	s := docker(t).serve(t, spec)
	limits := document[evidence.Limits](t, collectWith(t, s, Look{Depth: Whole}), evidence.LimitsFile)
	assert.EqualValues(t, 64<<20, limits.Memory)
	assert.EqualValues(t, 40, limits.PIDs)
	assert.InDelta(t, 0.5, limits.CPUs, 0.001)
	assert.Positive(t, limits.MemoryPeak)
	assert.Positive(t, limits.PIDsNow)

	// An engine may keep the control group from the app, and so from the helper.
	c := &collector{s: s, state: State{Running: true}}
	limits, err := c.limits(t.Context(), evidence.Limits{})
	require.NoError(t, err)
	assert.Equal(t, []any{int64(64 << 20), int64(40), 0.5}, []any{limits.Memory, limits.PIDs, limits.CPUs})
	assert.Positive(t, limits.MemoryPeak)
	assert.Positive(t, limits.PIDsNow)
}

func TestWhatAnAppWasRefusedForIsLookedAt(t *testing.T) {
	spec := deployed()
	spec.User = "65532"
	s := docker(t).launch(t, spec)
	ready(t, s)
	tell(t, s, "/read", "config/none.yaml") // answers 500 with Go's own words
	b := collectWith(t, s, Look{Depth: Whole, Ready: "/"})
	var failed []evidence.Exchange
	for _, x := range records[evidence.Exchange](t, b, evidence.HTTPFile) {
		if x.Probe == probeFailed {
			failed = append(failed, x)
		}
	}
	require.Len(t, failed, 2, "it is asked again on both roads")
	for _, x := range failed {
		assert.Equal(t, 500, x.Status)
	}
}

// A part that does not come must not keep the rest.
func TestWhatDoesNotComeIsNotedAndHidesNothing(t *testing.T) {
	w, err := evidence.Create(filepath.Join(t.TempDir(), "bundle"), nil)
	require.NoError(t, err)
	c := &collector{w: w}
	ctx, cancel := context.WithCancel(t.Context())
	c.sideBySide(ctx,
		part{func(_ context.Context) { <-t.Context().Done() }, []string{evidence.DiffFile}},
		part{func(_ context.Context) {
			c.put(evidence.RedisLog, func() error { return w.Text(evidence.RedisLog, "x\n") })
			cancel()
		}, []string{evidence.RedisLog}},
	)
	require.NoError(t, w.Close())
	b, err := evidence.Open(w.Dir())
	require.NoError(t, err)
	meta, err := b.Meta()
	require.NoError(t, err)
	require.Len(t, meta.Missing, 1)
	assert.Equal(t, evidence.DiffFile, meta.Missing[0].File)
	assert.True(t, b.Has(evidence.RedisLog))
}

func collectWith(t *testing.T, s *Sandbox, look Look) *evidence.Bundle {
	t.Helper()
	w, err := evidence.Create(filepath.Join(t.TempDir(), "bundle"), nil)
	require.NoError(t, err)
	began := time.Now()
	require.NoError(t, s.Collect(t.Context(), w, look))
	t.Logf("collected in %s", time.Since(began).Round(time.Millisecond))
	require.NoError(t, w.Close())
	b, err := evidence.Open(w.Dir())
	require.NoError(t, err)
	return b
}
