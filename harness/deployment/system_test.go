package deployment_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seatrial/seatrial/harness/deployment"
)

func TestEachConditionOfTheSystemChangesExactlyItsPart(t *testing.T) {
	const yaml = "/app/config/config.yaml"
	file := func(what deployment.Alteration) func(*deployment.Spec) {
		return func(s *deployment.Spec) { s.Files = []deployment.FileChange{{Path: yaml, Change: what}} }
	}
	part := func(p deployment.Part) func(*deployment.Spec) {
		return func(s *deployment.Spec) { s.Without = []deployment.Part{p} }
	}
	for _, tt := range []struct {
		condition deployment.Condition
		text      string
		change    func(*deployment.Spec)
	}{
		{deployment.NoHome(), "no-home", func(s *deployment.Spec) { s.NoHome = true }},
		{deployment.PrivilegedPortsClosed(), "privileged-ports-closed", func(s *deployment.Spec) { s.PrivilegedPorts = true }},
		{deployment.Seccomp("no-inotify"), "seccomp=no-inotify", func(s *deployment.Spec) { s.Seccomp = "no-inotify" }},
		{deployment.Seccomp("/etc/p.json"), "seccomp=/etc/p.json", func(s *deployment.Spec) { s.Seccomp = "/etc/p.json" }},
		{deployment.NoExecAt("/tmp"), "noexec=/tmp", func(s *deployment.Spec) { s.Tmpfs = []deployment.Tmpfs{{Path: "/tmp", NoExec: true}} }},
		{deployment.FullAt("/data"), "full=/data", func(s *deployment.Spec) {
			s.Mounts = s.Mounts[:1]
			s.Tmpfs = []deployment.Tmpfs{{Path: "/data", Size: 64 << 10, Full: true}}
		}},
		{deployment.ReadOnlyAt("/data"), "read-only=/data", func(s *deployment.Spec) { s.Mounts[1].Frozen = true }},
		{deployment.ReadOnlyAt("/var/lib"), "read-only=/var/lib", func(s *deployment.Spec) {
			s.Mounts = append(s.Mounts, deployment.Mount{Path: "/var/lib", Keep: true, Frozen: true})
		}},
		{deployment.MissingPath(yaml), "missing=" + yaml, file(deployment.Missing)},
		{deployment.MissingPath("/data"), "missing=/data", func(s *deployment.Spec) { s.Mounts = s.Mounts[:1] }},
		{deployment.DirectoryInstead(yaml), "directory-instead=" + yaml, file(deployment.Directory)},
		{deployment.EmptyPath(yaml), "empty=" + yaml, file(deployment.Empty)},
		{deployment.Mode(yaml, 0o600), "mode=" + yaml + ":0600", func(s *deployment.Spec) {
			s.Files = []deployment.FileChange{{Path: yaml, Change: deployment.HasMode, Mode: 0o600}}
		}},
		{deployment.OwnedBy("/data", 0, 7), "owner=/data:0:7", func(s *deployment.Spec) {
			s.Files = []deployment.FileChange{{Path: "/data", Change: deployment.HasOwner, GID: 7}}
		}},
		{deployment.WithCRLF(yaml), "crlf=" + yaml, file(deployment.CRLF)},
		{deployment.WithBOM(yaml), "bom=" + yaml, file(deployment.BOM)},
		{deployment.MalformedFile(yaml), "malformed=" + yaml, file(deployment.Malformed)},
		{deployment.PartlyFilledFile(yaml), "partly-filled=" + yaml, file(deployment.PartlyFilled)},
		{deployment.AsConfigMap("/app/config"), "configmap=/app/config", func(s *deployment.Spec) { s.Mounts[0].ConfigMap = true }},
		{deployment.SubPath(yaml), "subpath=" + yaml, func(s *deployment.Spec) {
			s.Mounts[0].Path, s.Mounts[0].SubPath = yaml, "config.yaml"
		}},
		{deployment.SecretOfRoot(yaml), "private-file=" + yaml + ":root", func(s *deployment.Spec) {
			s.Files = []deployment.FileChange{{Path: yaml, Change: deployment.HasMode, Mode: 0o400}, {Path: yaml, Change: deployment.HasOwner}}
		}},
		{deployment.EnvSpaces("LOG"), "env-spaces=LOG", func(s *deployment.Spec) { s.Env["LOG"] = " info " }},
		{deployment.TimeZone("Asia/Shanghai"), "time-zone=Asia/Shanghai", func(s *deployment.Spec) { s.Env["TZ"] = "Asia/Shanghai" }},
		{deployment.CPUs(0.25), "cpus=0.25", func(s *deployment.Spec) { s.CPUs = 0.25 }},
		{deployment.PIDs(20), "pids=20", func(s *deployment.Spec) { s.PIDs = 20 }},
		{deployment.OpenFiles(64), "open-files=64", func(s *deployment.Spec) { s.OpenFiles = 64 }},
		{deployment.OnlyBinary(), "only-binary", part(deployment.AppFiles)},
		{deployment.NoTmp(), "no-tmp", part(deployment.Tmp)},
		{deployment.WithoutCACertificates(), "without-ca-certificates", part(deployment.CACertificates)},
		{deployment.WithoutTimeZones(), "without-time-zones", part(deployment.TimeZones)},
		{deployment.WithoutShell(), "without-shell", part(deployment.Shell)},
	} {
		t.Run(tt.text, func(t *testing.T) { checkChange(t, tt.condition, tt.text, tt.change) })
	}
}

func TestASecretBelongsToTheUserThatTheOtherConditionsChoose(t *testing.T) {
	got, err := base().With(deployment.SecretOfApp("/app/config/key"), deployment.User(7, 8))
	require.NoError(t, err)
	assert.Equal(t, deployment.FileChange{Path: "/app/config/key", Change: deployment.HasOwner, UID: 7, GID: 8}, got.Files[1])
}

func TestConditionsOnOnePathContradictEachOther(t *testing.T) {
	for _, pair := range [][2]string{
		{"crlf=/a", "bom=/a"},
		{"missing=/a", "empty=/a"},
		{"private-file=/a", "owner=/a:0:0"},
		{"private-file=/a", "mode=/a:0644"},
		{"unreadable=/a", "mode=/a:0644"},
		{"noexec=/tmp", "full=/tmp"},
		{"no-tmp", "tmpfs=/tmp"},
		{"time-zone=UTC", "env=TZ=UTC"},
		{"no-home", "env=HOME=/root"},
	} {
		both, err := deployment.ParseAll(pair[0], pair[1])
		require.NoError(t, err)
		_, err = base().With(both...)
		assert.ErrorContains(t, err, "contradict each other", "%s and %s", pair[0], pair[1])
	}
	apart, err := deployment.ParseAll("mode=/a:0600", "owner=/a:5:5", "crlf=/a", "crlf=/b")
	require.NoError(t, err)
	_, err = base().With(apart...)
	assert.NoError(t, err)
}

func TestConditionsOnMountsSayWhatIsMounted(t *testing.T) {
	for text, want := range map[string]string{
		"configmap=/nope":        "nothing is mounted at /nope; the deployment mounts /app/config, /data",
		"subpath=/nope/x":        "no mounted directory holds /nope/x; the deployment mounts /app/config, /data",
		"env-spaces=NOPE":        "the deployment does not set NOPE",
		"seccomp=strict":         "there is no seccomp profile \"strict\"; there are no-chmod, no-chown, no-inotify, old-engine",
		"cpus=0":                 "not a number of processors",
		"pids=0":                 "not a number of 1 or more",
		"mode=/a:0999":           "not a mode in octal",
		"owner=/a:app":           "not a numeric user",
		"private-file=/a:nobody": `"nobody" is not root`,
		"time-zone=Not a zone!":  "not the name of a time zone",
	} {
		c, err := deployment.Parse(text)
		if err == nil {
			_, err = base().With(c)
		}
		assert.ErrorContains(t, err, want, text)
	}
}

func TestFilesChangeAsProductionLeavesThem(t *testing.T) {
	for _, tt := range []struct {
		name, was string
		change    deployment.Alteration
		want      string
	}{
		{"a.yaml", "a: 1\nb: 2\n", deployment.CRLF, "a: 1\r\nb: 2\r\n"},
		{"a.yaml", "a: 1\r\n", deployment.CRLF, "a: 1\r\n"},
		{"a.yaml", "a: 1\n", deployment.BOM, "\ufeffa: 1\n"},
		{"a.yaml", "a: 1\n", deployment.Empty, ""},
		{"a.json", `{"a": 1}`, deployment.Malformed, "{\"a\"\n\"broken off: ["},
		{"a.yaml", "# first: x\na: 1\nb:\n  c: two # why\n  d: 3\n", deployment.PartlyFilled, "# first: x\na: 1\nb:\n  c:\n  d: 3\n"},
		{"a.json", "{\n  \"a\": \"x\",\n  \"b\": 2\n}\n", deployment.PartlyFilled, "{\n  \"a\": \"x\",\n  \"b\": \"\"\n}\n"},
		{"a.toml", "a = 1\nb = \"x\"\n", deployment.PartlyFilled, "a = 1\nb = \"\"\n"},
		{"a.env", "export A=1\nB=2\n", deployment.PartlyFilled, "export A=1\nB=\n"},
	} {
		got := deployment.FileChange{Path: "/etc/" + tt.name, Change: tt.change}.Content([]byte(tt.was))
		assert.Equal(t, tt.want, string(got), "%s of %q", tt.change, tt.was)
	}
}
