package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seatrial/seatrial/harness/evidence"
)

const missingConfig = "2026/01/01 00:00:00 load config: open /app/config/app.yaml: no such file or directory\n"

// explained runs the command with this on its standard input.
func explained(t *testing.T, stdin string, args ...string) (string, error) {
	t.Helper()
	var out bytes.Buffer
	cmd := rootCommand()
	cmd.SetArgs(append([]string{"explain", "--lang", "en"}, args...))
	cmd.SetIn(strings.NewReader(stdin))
	cmd.SetOut(&out)
	err := cmd.Execute()
	return out.String(), err
}

// writeBundle makes a bundle of an app that ended with code 1.
func writeBundle(t *testing.T, dir string, exit int, log string) {
	t.Helper()
	w, err := evidence.Create(dir, nil)
	require.NoError(t, err)
	require.NoError(t, w.JSON(evidence.StateFile, evidence.State{Status: "exited", ExitCode: exit}))
	require.NoError(t, w.Text(evidence.StderrLog, log))
	require.NoError(t, w.Close())
}

func TestExplainNamesTheCauseOfATextAndOfABundle(t *testing.T) {
	dir := t.TempDir()
	writeBundle(t, filepath.Join(dir, "run", "cell", "start"), 1, missingConfig)
	writeBundle(t, filepath.Join(dir, "run", "cell", "fine"), 0, "served\n")
	file := filepath.Join(dir, "app.log")
	require.NoError(t, os.WriteFile(file, []byte(missingConfig), 0o644))
	for name, args := range map[string][]string{
		"standard input":  {"--as", "app", "--exit-code", "1", "-"},
		"a file":          {"--exit-code", "1", file},
		"a bundle":        {filepath.Join(dir, "run", "cell", "start")},
		"a run's folder":  {filepath.Join(dir, "run")},
		"its parent, too": {dir},
	} {
		t.Run(name, func(t *testing.T) {
			out, err := explained(t, missingConfig, args...)
			require.NoError(t, err)
			assert.Contains(t, out, "[config-file-missing]")
			assert.Contains(t, out, "/app/config/app.yaml")
			assert.Contains(t, out, "log:1: 2026/01/01")
			assert.Equal(t, 1, strings.Count(out, "[config-file-missing]"), "the bundle that tells of no failure is left out")
		})
	}
}

func TestExplainSaysWhatItCannotExplain(t *testing.T) {
	empty := t.TempDir()
	fine := filepath.Join(t.TempDir(), "fine")
	writeBundle(t, fine, 0, "served\n")
	for want, args := range map[string][]string{
		"nothing to explain":          nil,
		"no such file":                {filepath.Join(empty, "none")},
		"there is no bundle in":       {empty},
		"standard input: it is empty": {"-"},
		`unknown kind of text "apps"`: {"--as", "apps", "-"},
		`unknown rule "config-file"`:  {"--rule", "config-file"},
		"did you mean config-file-":   {"--rule", "config-file"},
		`unknown language "fr"`:       {"--lang", "fr", "-"},
		"tells of a failure":          {filepath.Dir(fine)},
	} {
		_, err := explained(t, "", args...)
		assert.ErrorContains(t, err, want)
	}
	out, err := explained(t, "", fine)
	require.NoError(t, err)
	assert.Contains(t, out, "no failure")
	out, err = explained(t, "frobnicate the quux\n", "-")
	require.NoError(t, err)
	assert.Contains(t, out, "[unknown]")
}

func TestExplainPrintsRules(t *testing.T) {
	out, err := explained(t, "", "--rule", "config-file-missing")
	require.NoError(t, err)
	assert.Contains(t, out, "[config-file-missing]")
	out, err = explained(t, "", "--rules")
	require.NoError(t, err)
	assert.Regexp(t, `(?m)^config$`, out)
	assert.Contains(t, out, "config-file-missing")
	out, err = explained(t, missingConfig, "--json", "-")
	require.NoError(t, err)
	assert.Contains(t, out, `"rule": "config-file-missing"`)
}
