package harness

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seatrial/seatrial/harness/build"
	"github.com/seatrial/seatrial/harness/deployment"
	"github.com/seatrial/seatrial/harness/diagnose"
	"github.com/seatrial/seatrial/harness/experiment"
	"github.com/seatrial/seatrial/harness/image"
	"github.com/seatrial/seatrial/harness/sandbox"
)

func conditions(t *testing.T, texts ...string) []deployment.Condition {
	t.Helper()
	list, err := deployment.ParseAll(texts...)
	require.NoError(t, err)
	return list
}

func TestAStartFailureIsTheSameAgain(t *testing.T) {
	exited := func(code int, said ...string) *sandbox.StartFailure {
		f := &sandbox.StartFailure{Kind: sandbox.Exited, State: sandbox.State{Status: "exited", ExitCode: code}}
		for _, text := range said {
			f.Log = append(f.Log, sandbox.LogLine{Stream: sandbox.Stderr, Text: text})
		}
		return f
	}
	before := exited(1, "2026/01/02 03:04:05 open log: open /app/run-4711.log: read-only file system")
	for name, test := range map[string]struct {
		now  *sandbox.StartFailure
		same bool
	}{
		"at another time":    {exited(1, "2026/01/02 03:05:59 open log: open /app/run-4712.log: read-only file system"), true},
		"for another reason": {exited(1, "2026/01/02 03:05:59 dial tcp: lookup redis: no such host"), false},
		"with another code":  {exited(2, before.Log[0].Text), false},
		"in another way":     {&sandbox.StartFailure{Kind: sandbox.NotListening}, false},
	} {
		assert.Equal(t, test.same, SameStart(test.now, before, diagnose.Diagnosis{}), name)
	}
	known := diagnosisOf(before)
	require.True(t, known.Known(), "a rule knows it")
	assert.True(t, SameStart(exited(3, before.Log[0].Text), before, known), "the rule says that it is the same")
	assert.False(t, SameStart(exited(1, "panic: open config.yaml: no such file or directory"), before, known), "another rule does")
}

func TestAProofServesOthersOnlyIfItsSetIsThere(t *testing.T) {
	p := &experiment.Proof{Minimal: conditions(t, "read-only-root"), FailsOf: experiment.Count{Same: 2, Of: 2}}
	assert.True(t, Failing{Facts: conditions(t, "no-home", "read-only-root")}.explainedBy(p))
	assert.False(t, Failing{Facts: conditions(t, "user=1")}.explainedBy(p))
	assert.False(t, Failing{}.explainedBy(nil))
	p.Flaky = true
	assert.False(t, Failing{Facts: p.Minimal}.explainedBy(p), "what is flaky proves nothing for others either")
}

func TestRemediesOfAllFindingsAreTriedInOrder(t *testing.T) {
	d := diagnose.Diagnosis{Findings: []diagnose.Finding{
		{Rule: "first", Remedy: conditions(t, "user=0", "tmpfs=/a"), Chain: []diagnose.Finding{{Rule: "hence", Remedy: conditions(t, "no-home")}}},
		{Rule: "none"},
		{Rule: "second", Remedy: conditions(t, "workdir=/")},
	}}
	var got []string
	for _, r := range remediesOf(d) {
		got = append(got, r.Rule+" "+strings.Join(texts(r.Facts), " "))
	}
	assert.Equal(t, []string{"first user=0:0 tmpfs=/a", "hence no-home", "first user=0:0", "first tmpfs=/a", "second workdir=/"}, got)
}

func texts(facts []deployment.Condition) []string {
	var list []string
	for _, f := range facts {
		list = append(list, f.String())
	}
	return list
}

func TestLimitsAreGuessedLarger(t *testing.T) {
	assert.Equal(t, []string{"memory=67108864", "memory=134217728", "memory=536870912"}, texts(larger(conditions(t, "memory=32MiB")[0])))
	assert.Equal(t, []string{"pids=20", "pids=40", "pids=160"}, texts(larger(conditions(t, "pids=10")[0])))
}

func TestBuildsAreTriedOtherwise(t *testing.T) {
	key := build.Key{Dir: "/x", Go: "1.20.14", Mod: "vendor", CGO: true, Tags: "a"}
	facts := []deployment.Condition{experiment.Go("1.20.14"), experiment.Mod("vendor"), experiment.CGO("on")}
	assert.Equal(t, key, otherKey(key, "1.26.0", facts))
	assert.Equal(t, build.Key{Dir: "/x", Go: "1.26.0", Mod: "mod", Tags: "a"}, otherKey(key, "1.26.0", nil), "what is taken away has its neutral alternative")
	var got []string
	for _, r := range buildGuesses(build.Key{Go: "1.20.14", Mod: "mod"}, "1.26.0", nil) {
		got = append(got, texts(r.Facts)...)
	}
	assert.Equal(t, []string{"go=1.26.0", "mod=vendor", "cgo=on"}, got)

	before := &build.Failure{Stage: "compile", Output: "# x\n./main.go:9:2: undefined: slices\n"}
	for _, test := range []struct {
		err     error
		verdict experiment.Verdict
	}{
		{nil, experiment.Passes},
		{&build.Failure{Stage: "compile", Output: "# x\n./main.go:12:2: undefined: slices\n"}, experiment.Fails},
		{&build.Failure{Stage: "compile", Output: "# x\n./main.go:9:2: undefined: maps\n"}, experiment.Differs},
		{&build.Failure{Stage: "vendor", Output: before.Output}, experiment.Differs},
		{&build.Unable{Need: "gcc"}, experiment.Unresolved},
	} {
		verdict, _ := judgeBuild(test.err, before, nil)
		assert.Equal(t, test.verdict, verdict, "%v", test.err)
	}
}

func TestScriptSaysAllOfTheDeployment(t *testing.T) {
	config, files := t.TempDir(), t.TempDir()
	binary := filepath.Join(files, "my shop")
	require.NoError(t, os.WriteFile(binary, nil, 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(config, "app.yaml"), []byte("a: 1\nb: 2\n"), 0o644))
	plain := deployment.Spec{
		Port: 8080, WorkDir: "/app", Args: []string{"--say", "it's"},
		Env:    map[string]string{"REDIS": "${REDIS_ADDR}", "DB_PASSWORD": "hunter22", "P": "${PORT}"},
		Mounts: []deployment.Mount{{Path: "/app/config", From: config}, {Path: "/data", From: files, Writable: true}},
	}
	spec, err := plain.With(conditions(t, "user=65532", "read-only-root", "drop-capabilities", "no-new-privileges", "memory=64MiB", "cpus=0.5",
		"pids=50", "open-files=64", "tmpfs=/app/logs:1MiB", "crlf=/app/config/app.yaml", "missing=/app/static", "mode=/app/x:0400", "owner=/app/y:1:2",
		"no-home")...)
	require.NoError(t, err)
	s := &script{spec: spec, secrets: []string{"hunter22"}, contents: image.AppImage{
		Binary: binary, Target: "/app/shop", WorkDir: "/app", Entrypoint: []string{"/.seatrial/helper", "start", "--", "/app/shop"},
		Files: []image.File{{Target: "/app/static", Source: files}}, Dirs: []image.Dir{{Path: "/app/logs"}},
	}}
	s.stage()
	s.dockerfile("localhost/base:1")
	s.network("localhost/redis:1", true)
	s.run()
	s.ask("/cart?x=1", "/healthz")
	text := s.text.String()
	for _, part := range []string{
		`cp '` + binary + `' "$work/root/app/shop"`, `rm -rf "$work/root/app/static"`, `chmod 0400 "$work/root/app/x"`,
		"FROM localhost/base:1\nCOPY root/ /\nCOPY --chown=1:2 root/app/y /app/y\nWORKDIR /app\nENTRYPOINT [\"/app/shop\"]\n",
		"--network-alias redis localhost/redis:1", "-p 127.0.0.1::8080", "--user 65532:65532", "-w /app", "--read-only", "--cap-drop ALL",
		"--security-opt no-new-privileges", "--memory 67108864 --memory-swap 67108864", "--cpus 0.5", "--pids-limit 50", "--ulimit nofile=64:64",
		"--tmpfs /app/logs:rw,mode=1777,exec,size=1048576", `-v "$work/mount-0:/app/config:ro"`, `-v "$work/mount-1:/data"`,
		`-e DB_PASSWORD="$DB_PASSWORD"`, "-e REDIS=redis:6379", "-e P=8080", `"$name" --say 'it'\''s'`, "# not shown here: no HOME", "'/cart?x=1'",
		`| base64 -d >"$work/mount-0/app.yaml"`,
	} {
		assert.Contains(t, text, part)
	}
	assert.NotContains(t, text, "hunter22")
	if sh, err := exec.LookPath("sh"); err == nil {
		check := exec.CommandContext(t.Context(), sh, "-n")
		check.Stdin = strings.NewReader(text)
		out, err := check.CombinedOutput()
		assert.NoError(t, err, "%s", out)
	}
}
