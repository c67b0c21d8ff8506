package sandbox

import (
	"archive/tar"
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/moby/moby/api/types/container"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seatrial/seatrial/harness/deployment"
)

func TestTheHelperStartsAnAppOnlyWhereAnEngineCannot(t *testing.T) {
	assert.Empty(t, StartedBy(deployment.Spec{ReadOnlyRoot: true, Tmpfs: []deployment.Tmpfs{{Path: "/a"}}}, "/app"))
	kept := deployment.Spec{
		Init: true, LogReader: deployment.LogReader{State: deployment.ReaderSlow, Rate: 100},
		Slow: []deployment.SlowPath{{Path: "/data", Delay: time.Second}},
	}
	assert.Equal(t, []string{StarterPath, "start", "-init", "yes", "-log", "slow:100", "-slow", "/data=1s", "--", "/app"}, StartedBy(kept, "/app"))
	spec := deployment.Spec{NoHome: true, Tmpfs: []deployment.Tmpfs{{Path: "/a", Full: true}}}
	assert.Equal(t, []string{StarterPath, "start", "-unset", "HOME", "-fill", "/a", "--", "/app"}, StartedBy(spec, "/app"))
}

func TestASeccompProfileIsAFileOrOneOfOurs(t *testing.T) {
	file := filepath.Join(t.TempDir(), "p.json")
	require.NoError(t, os.WriteFile(file, []byte(`{"defaultAction":"SCMP_ACT_ALLOW"}`), 0o600))
	for name, want := range map[string]string{
		file:       `seccomp={"defaultAction":"SCMP_ACT_ALLOW"}`,
		"no-chmod": `seccomp={"defaultAction":"SCMP_ACT_ALLOW","archMap":[{"architecture":"SCMP_ARCH_X86_64","subArchitectures":["SCMP_ARCH_X86","SCMP_ARCH_X32"]},{"architecture":"SCMP_ARCH_AARCH64","subArchitectures":["SCMP_ARCH_ARM"]}],"syscalls":[{"names":["chmod","fchmod","fchmodat","fchmodat2"],"action":"SCMP_ACT_ERRNO","errnoRet":1}]}`,
	} {
		var h container.HostConfig
		require.NoError(t, confine(&h, deployment.Spec{Seccomp: name, NoNewPrivileges: true}))
		assert.Equal(t, []string{"no-new-privileges", want}, h.SecurityOpt)
	}
	require.NoError(t, os.WriteFile(file, []byte(`{`), 0o600))
	for _, bad := range []string{file, filepath.Join(t.TempDir(), "none.json")} {
		var h container.HostConfig
		assert.Error(t, confine(&h, deployment.Spec{Seccomp: bad}), bad)
	}
}

// unpacked gives the headers of a volume by name.
func unpacked(t *testing.T, c content) map[string]tar.Header {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, writeTar(&b, carried, c))
	got := map[string]tar.Header{}
	for archive := tar.NewReader(&b); ; {
		h, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return got
		}
		require.NoError(t, err)
		got[h.Name] = *h
	}
}

func directoryOf(t *testing.T, names ...string) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range names {
		file := filepath.Join(dir, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o700))
		require.NoError(t, os.WriteFile(file, []byte(name), 0o600))
	}
	return dir
}

func TestAVolumeIsOfTheDeploymentsOwnerAsAWhole(t *testing.T) {
	got := unpacked(t, content{From: directoryOf(t, "a", "d/b"), UID: 5, GID: 6, Unreadable: []string{"d"}, Changes: []deployment.FileChange{
		{Path: "a", Change: deployment.BOM}, {Path: "new", Change: deployment.Directory}, {Path: ".", Change: deployment.HasMode, Mode: 0o700},
	}})
	assert.Equal(t, []int{5, 6}, []int{got["volume/"].Uid, got["volume/"].Gid})
	assert.EqualValues(t, 0o700, got["volume/"].Mode)
	assert.EqualValues(t, 4, got["volume/a"].Size)
	assert.EqualValues(t, 0, got["volume/d/"].Mode)
	assert.Equal(t, 5, got["volume/d/b"].Uid)
	assert.Contains(t, got, "volume/new/")
}

func TestAConfigMapIsLaidOutAsTheKubeletDoes(t *testing.T) {
	got := unpacked(t, content{From: directoryOf(t, "a.yaml", "d/b"), ConfigMap: true})
	assert.Equal(t, firstDay, got["volume/..data"].Linkname)
	assert.Equal(t, "..data/a.yaml", got["volume/a.yaml"].Linkname)
	assert.Equal(t, "..data/d", got["volume/d"].Linkname)
	assert.EqualValues(t, tar.TypeReg, got["volume/"+firstDay+"/a.yaml"].Typeflag)
	assert.EqualValues(t, tar.TypeReg, got["volume/"+firstDay+"/d/b"].Typeflag)
	assert.EqualValues(t, tar.TypeDir, got["volume/"].Typeflag)
	assert.NotContains(t, got, "volume/d/b")
}

func TestAChangeOfAFileThatAVolumeLacksIsAnError(t *testing.T) {
	for _, what := range []deployment.Alteration{deployment.Missing, deployment.Empty, deployment.CRLF, deployment.HasMode} {
		err := writeTar(io.Discard, ".", content{From: directoryOf(t, "a"), Changes: []deployment.FileChange{{Path: "b", Change: what}}})
		assert.ErrorContains(t, err, "change b:", what)
	}
}
