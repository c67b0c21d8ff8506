package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// perform runs a command of this program within the test.
func perform(t *testing.T, args ...string) (out, told string, err error) {
	t.Helper()
	root := rootCommand()
	var stdout, stderr bytes.Buffer
	root.SetOut(&stdout)
	root.SetErr(&stderr)
	root.SetArgs(args)
	err = root.ExecuteContext(t.Context())
	return stdout.String(), stderr.String(), err
}

func TestShellStandsBesideAnAppOnScratchThatEndedAtOnce(t *testing.T) {
	if testing.Short() {
		t.Skip("needs a container engine")
	}
	dir, feature := t.TempDir(), filepath.Join(t.TempDir(), "own.feature")
	require.NoError(t, os.WriteFile(feature, []byte("Feature: x\n"+
		"  Scenario: read-only\n    Given the condition \"read-only-root\"\n    Then the app is ready\n"+
		"  Scenario: plain\n    Then the app is ready\n"), 0o644))
	_, _, err := perform(t, "run", "--matrix-file", "../../fixtures/broken/writes-to-root/matrix.yaml", "--out", dir, "--no-proof", "--slots", "1",
		"--features", feature)
	require.ErrorAs(t, err, new(exitCode))
	found, err := filepath.Glob(filepath.Join(dir, "runs", "*", "*", "*read-only*", "meta.json"))
	require.NoError(t, err)
	require.Len(t, found, 1)
	bundle := filepath.Dir(found[0])

	out, told, err := perform(t, "shell", bundle, "--lang", "en", "--", "sh", "-c", "pwd; ls; cat /proc/1/root/proc/1/mounts | grep ' / '; exit 7")
	var code exitCode
	require.ErrorAs(t, err, &code, "%s", told)
	assert.Equal(t, 7, int(code), "the command's exit code")
	assert.Contains(t, out, "/proc/1/root/app\n", "the shell begins in the app's working directory")
	assert.Contains(t, out, "writes-to-root\n", "and sees its files")
	assert.Regexp(t, ` / \S+ ro`, out, "on a root that is read-only, as it was")
	assert.Contains(t, told, "exit code 1; its last words:")
	assert.Contains(t, told, "read-only file system")
	assert.Contains(t, told, "stands in its place")

	out, _, err = perform(t, "shell", filepath.Dir(filepath.Dir(bundle)), "--", "echo", "the only failure of a run")
	require.NoError(t, err)
	assert.Equal(t, "the only failure of a run\n", out)
}

func TestShellSaysWhatItCannotOpen(t *testing.T) {
	bundle := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(bundle, "meta.json"), []byte(`{"schema":1,"files":[]}`), 0o644))
	for _, test := range []struct {
		args []string
		says string
	}{
		{[]string{bundle}, "of nothing that was launched"},
		{[]string{t.TempDir()}, "there is no bundle"},
		{[]string{bundle, "ls"}, "a command to run stands behind --"},
		{[]string{bundle, bundle, "--", "ls"}, "one bundle at a time"},
	} {
		_, _, err := perform(t, append([]string{"shell"}, test.args...)...)
		assert.ErrorContains(t, err, test.says)
	}
}

func TestAProofThatMayCostNothingIsRefused(t *testing.T) {
	for _, flags := range [][]string{{"--proof-launches", "0"}, {"--proof-time", "0s"}, {"--proof-time", "-1s"}} {
		_, _, err := perform(t, append([]string{"check", "../../fixtures/broken/writes-to-root"}, flags...)...)
		assert.ErrorContains(t, err, "--no-proof")
	}
}
