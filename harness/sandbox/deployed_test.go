package sandbox

import (
	"archive/tar"
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seatrial/seatrial/harness/deployment"
)

func TestOnlyThePlaceholdersOfTheDeploymentAreFilledIn(t *testing.T) {
	for value, want := range map[string]string{
		"${REDIS_HOST}":             "redis",
		"${REDIS_PORT}":             "6379",
		"${REDIS_ADDR}":             "redis:6379",
		"${REDIS_URL}":              "redis://redis:6379/0",
		":${PORT}":                  ":8099",
		"${REDIS_HOST}-${PORT}":     "redis-8099",
		"${HOME}":                   "${HOME}",
		"$REDIS_HOST":               "$REDIS_HOST",
		"pa$$word$1":                "pa$$word$1",
		"${":                        "${",
		"${}":                       "${}",
		"$":                         "$",
		"":                          "",
		"a=b ${REDIS_PORT}\n第二行":    "a=b 6379\n第二行",
		"${REDIS_HOST${REDIS_PORT}": "${REDIS_HOST6379",
	} {
		s := &Sandbox{Spec: deployment.Spec{Port: 8099, Env: map[string]string{"KEY": value}}}
		assert.Equal(t, []string{"KEY=" + want}, s.environment(), value)
	}
	s := &Sandbox{Spec: deployment.Spec{Env: map[string]string{"B": "2", "A": "1", "C": ""}}}
	assert.Equal(t, []string{"A=1", "B=2", "C="}, s.environment())
	assert.Empty(t, (&Sandbox{}).environment())
}

func TestTmpfsIsWritableByEveryoneAndLimitedIfAsked(t *testing.T) {
	assert.Equal(t, map[string]string{"/a": "rw,mode=1777", "/b": "rw,mode=1777,size=1048576"},
		tmpfs([]deployment.Tmpfs{{Path: "/a"}, {Path: "/b", Size: 1 << 20}}))
	assert.Empty(t, tmpfs(nil))
}

func TestUnreadablePathsBelongToTheMountThatHoldsThem(t *testing.T) {
	paths := []string{"/app/config/b/c", "/app/config", "/app/config.yaml", "/app/configuration/x", "/app/config/a", "/other"}
	assert.Equal(t, []string{".", "a", "b/c"}, unreadableWithin("/app/config", paths))
	assert.Equal(t, []string{"a", "b/c"}, unreadableWithin("/app/config/", paths))
	assert.Empty(t, unreadableWithin("/app/none", paths))
	assert.Equal(t, []string{"etc/passwd"}, unreadableWithin("/", []string{"/etc/passwd"}))
}

func TestUsersAreNumbers(t *testing.T) {
	for text, want := range map[string][2]int{"": {0, 0}, "65532": {65532, 0}, "65532:1000": {65532, 1000}, "0:0": {0, 0}} {
		uid, gid := numericUser(text)
		assert.Equal(t, want, [2]int{uid, gid}, text)
	}
}

// entry is what a test looks at of an archive's entry.
type entry struct {
	kind     byte
	mode     int64
	uid, gid int
	text     string // content, or what a link points to
}

func entries(t *testing.T, c content) map[string]entry {
	t.Helper()
	var archive bytes.Buffer
	require.NoError(t, writeTar(&archive, carried, c))
	found := map[string]entry{}
	for r := tar.NewReader(&archive); ; {
		header, err := r.Next()
		if errors.Is(err, io.EOF) {
			return found
		}
		require.NoError(t, err)
		body, err := io.ReadAll(r)
		require.NoError(t, err)
		name, within := strings.CutPrefix(header.Name, carried+"/")
		require.True(t, within, header.Name)
		found[name] = entry{header.Typeflag, header.Mode, header.Uid, header.Gid, header.Linkname + string(body)}
	}
}

func directory(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "sub", "deep"), 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "config.yaml"), []byte("a: 1"), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "sub", "run.sh"), []byte("#!"), 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "sub", "deep", "empty"), nil, 0o444))
	return dir
}

func TestVolumesHaveTheOwnerOfTheDeploymentAndModesThatAnyoneCanRead(t *testing.T) {
	assert.Equal(t, map[string]entry{
		"":               {tar.TypeDir, 0o755, 7, 8, ""},
		"config.yaml":    {tar.TypeReg, 0o644, 7, 8, "a: 1"},
		"sub/":           {tar.TypeDir, 0o755, 7, 8, ""},
		"sub/run.sh":     {tar.TypeReg, 0o755, 7, 8, "#!"},
		"sub/deep/":      {tar.TypeDir, 0o755, 7, 8, ""},
		"sub/deep/empty": {tar.TypeReg, 0o644, 7, 8, ""},
	}, entries(t, content{From: directory(t), UID: 7, GID: 8}))
}

func TestUnreadableEntriesBelongToRootWithoutAnyPermission(t *testing.T) {
	got := entries(t, content{From: directory(t), UID: 7, GID: 8, Unreadable: []string{"config.yaml", "sub"}})
	assert.Equal(t, entry{tar.TypeReg, 0, 0, 0, "a: 1"}, got["config.yaml"])
	assert.Equal(t, entry{tar.TypeDir, 0, 0, 0, ""}, got["sub/"])
	assert.Equal(t, int64(0o755), got["sub/run.sh"].mode)

	got = entries(t, content{From: directory(t), Unreadable: []string{"."}})
	assert.Equal(t, entry{tar.TypeDir, 0, 0, 0, ""}, got[""])
}

func TestAVolumeWithoutSourceIsEmptyAndOwned(t *testing.T) {
	assert.Equal(t, map[string]entry{"": {tar.TypeDir, 0o755, 5, 6, ""}}, entries(t, content{UID: 5, GID: 6}))
}

func TestLinksStayLinksAndOtherThingsAreLeftOut(t *testing.T) {
	dir := directory(t)
	require.NoError(t, os.Symlink("sub/deep", filepath.Join(dir, "..data")))
	require.NoError(t, os.Symlink("nowhere", filepath.Join(dir, "dangling")))
	require.NoError(t, os.Symlink("config.yaml", filepath.Join(dir, "secret")))
	listener, err := net.Listen("unix", filepath.Join(dir, "socket"))
	require.NoError(t, err)
	defer listener.Close()
	got := entries(t, content{From: dir, Unreadable: []string{"secret"}})
	assert.Equal(t, entry{tar.TypeSymlink, 0o777, 0, 0, "sub/deep"}, got["..data"])
	assert.Equal(t, entry{tar.TypeSymlink, 0o777, 0, 0, "nowhere"}, got["dangling"])
	assert.Equal(t, entry{tar.TypeReg, 0, 0, 0, "a: 1"}, got["secret"], "a link has no mode of its own")
	assert.NotContains(t, got, "socket")

	link := filepath.Join(t.TempDir(), "link")
	require.NoError(t, os.Symlink(dir, link))
	assert.Contains(t, entries(t, content{From: link}), "sub/run.sh", "the source itself may be a link")
}

func TestWhatCannotBeMountedIsNamed(t *testing.T) {
	dir := directory(t)
	for name, tt := range map[string]struct {
		content content
		want    string
	}{
		"no such directory":             {content{From: filepath.Join(dir, "none")}, "none: no such file"},
		"a file":                        {content{From: filepath.Join(dir, "config.yaml")}, "config.yaml is not a directory"},
		"nothing to be made unreadable": {content{From: dir, Unreadable: []string{"x", "config.yaml", "sub/y"}}, "has no x, sub/y"},
	} {
		t.Run(name, func(t *testing.T) {
			require.ErrorContains(t, writeTar(io.Discard, carried, tt.content), tt.want)
		})
	}
	require.ErrorIs(t, writeTar(brokenPipe{}, carried, content{From: dir}), io.ErrClosedPipe)
}

type brokenPipe struct{}

func (brokenPipe) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

func TestWhatTheEngineWroteItselfIsNoChange(t *testing.T) {
	list := func(paths ...string) []Change {
		var changes []Change
		for _, p := range paths {
			changes = append(changes, Change{Kind: "modified", Path: p})
		}
		return changes
	}
	assert.Empty(t, withoutEngines(list("/.dockerenv", "/etc", "/etc/hosts", "/run", "/proc", "/sys", "/dev")))
	assert.Equal(t, list("/etc", "/etc/passwd", "/tmp", "/tmp/x"),
		withoutEngines(list("/etc", "/etc/hosts", "/etc/passwd", "/tmp", "/tmp/x")))
}
