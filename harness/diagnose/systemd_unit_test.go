package diagnose

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/seatrial/seatrial/harness/evidence"
)

func readUnit(text string) unit { return parseUnit(evidence.SplitLines(evidence.UnitFile, text)) }

func TestUnitsAreReadAsSystemdDoes(t *testing.T) {
	u := readUnit("# a comment\n[Unit]\nDescription = Shop \n; another\n[Service]\nExecStart=/bin/app \\\n# within\n  --port 80\n" +
		"ExecStartPre=/bin/a\nExecStartPre=\nExecStartPre=/bin/b\nnonsense\nUser=www\r\n")
	assert.Equal(t, "Shop", u.last("Description").value)
	assert.Equal(t, "Unit", u.last("Description").section)
	assert.Equal(t, "/bin/app --port 80", u.last("ExecStart").value)
	assert.Equal(t, 6, u.last("ExecStart").line.Number)
	assert.Equal(t, "/bin/b", u.last("ExecStartPre").value)
	assert.Len(t, u.all("ExecStartPre"), 1, "an empty value forgets those before it")
	assert.Equal(t, "www", u.last("User").value)
	assert.Equal(t, "User", u.last("Group", "User").key)
	assert.Empty(t, u.last("Group").key)
}

func TestWordsKnowQuotesAndNothingElseOfShells(t *testing.T) {
	for command, want := range map[string][]string{
		"":                               nil,
		`/bin/app  -a "b c" 'd e'`:       {"/bin/app", "-a", "b c", "d e"},
		`/bin/app > log 2>&1 &`:          {"/bin/app", ">", "log", "2>&1", "&"},
		`/bin/app --x="y z" a\ b`:        {"/bin/app", `--x="y`, `z"`, "a b"},
		`/bin/app "not closed`:           {"/bin/app", "not closed"},
		`sh -c 'exec /bin/app "$1"' x y`: {"sh", "-c", `exec /bin/app "$1"`, "x", "y"},
	} {
		var have []string
		for _, w := range words(command) {
			have = append(have, w.text)
		}
		assert.Equal(t, want, have, command)
	}
}

func TestShellScriptsAreFoundAndTold(t *testing.T) {
	for command, want := range map[string]string{
		"/bin/sh -c '/bin/app &'":      "/bin/app &",
		"bash -lc 'exec app'":          "exec app",
		"/bin/bash -e -c app":          "app",
		"/bin/sh start.sh":             "",
		"/opt/app -c config.yaml":      "",
		"sh -c":                        "",
		"busybox sh -c 'nohup ./app&'": "nohup ./app&",
	} {
		assert.Equal(t, want, shellScript(words(command)), command)
	}
	for script, want := range map[string]bool{"app &": true, "app& ": true, "app &;": true, "a && b": false, "a &&": false, "a & wait": false, "": false} {
		assert.Equal(t, want, backgrounds(script), script)
	}
}

func TestJournalTellsTheManagerFromItsPrograms(t *testing.T) {
	for line, want := range map[string]string{
		"systemd[1]: Started shop.service - Shop.":                      "",
		"(shop)[12]: shop.service: Failed at step USER spawning /x: No": "",
		"Jan 01 00:00:00 web1 systemd[1]: Stopped Shop.":                "",
		"Jan 01 00:00:00 web1 kernel: Out of memory: Killed process 1":  "",
		"Jan  1 00:00:00.123456 web1 shop[12]: ready":                   "ready",
		"2026-01-01T00:00:00+0000 web1 shop[12]: ready":                 "ready",
		"shop[12]: ready":                  "ready",
		"[journal] my-shop.bin[12]:   two": "  two",
		"   Active: active (running)":      "",
	} {
		c := &Case{Bundle: evidence.FromFS(mapFS{evidence.SystemdLog: line}), lines: map[string][]Line{}}
		manager, programs := c.splitJournal()
		if want == "" {
			assert.Len(t, manager, 1, line)
			assert.Empty(t, programs, line)
			continue
		}
		if assert.Len(t, programs, 1, line) {
			assert.Equal(t, want, programs[0].Plain, line)
			assert.Equal(t, line, programs[0].Text)
		}
	}
}

func FuzzUnit(f *testing.F) {
	f.Add("[Service]\nExecStart=/bin/sh -c \"nohup /opt/app &\"\nUser=www # who\n\\\n=\n")
	f.Add("[Service\nExecStart=\\\n\\\n'\\")
	f.Fuzz(func(t *testing.T, text string) {
		lines := strings.Count(text, "\n") + 1
		for _, s := range readUnit(text) {
			assert.True(t, s.line.Number >= 1 && s.line.Number <= lines)
			_ = s.on()
			for _, w := range s.command() {
				_ = w
			}
			_ = backgrounds(shellScript(s.command()))
		}
	})
}
