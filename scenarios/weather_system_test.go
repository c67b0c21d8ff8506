package scenarios_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seatrial/seatrial/harness"
	"github.com/seatrial/seatrial/harness/report"
	"github.com/seatrial/seatrial/scenarios"
)

// squall is one condition with the sentences that say it, what an app must rely
// on to break under it, and the words with which it must then fail.
type squall struct {
	condition string // its text form, as failures name it
	en, zh    string
	needs     string // NEEDS of fixtures/apps/probe
	words     string // in the failure or its evidence
	with      [2]string
	// then are the last steps, where "the app is ready" is not enough.
	then [2]string
}

var (
	asUser   = [2]string{"the app runs as user 65532", "应用以用户 65532 运行"}
	onDebian = [2]string{"the app is put on the base debian", "应用放在基础镜像 debian 上"}
)

const (
	configFile = "/app/config/config.yaml"
	tokenFile  = "/app/config/token"
)

func squallsOfTheSystem() []squall {
	ready := func(d string) [2]string {
		return [2]string{"the app is ready within " + d + " s", "应用在 " + d + " 秒内就绪"}
	}
	return []squall{
		{condition: "no-home", en: "HOME is not set", zh: "没有设置 HOME", needs: "home", words: "$HOME is not defined"},
		{condition: "user=65532:65532", en: asUser[0], zh: asUser[1], needs: "root", words: "runs as user 65532 and not as root"},
		{condition: "user=1000770000:0", en: "the app runs as user 1000770000 with group 0", zh: "应用以用户 1000770000、组 0 运行", needs: "passwd-name", words: "unknown userid 1000770000"},
		{condition: "privileged-ports-closed", en: "ports below 1024 are privileged", zh: "1024 以下端口需要特权", needs: "port:80", words: "bind: permission denied", with: asUser},
		{condition: "seccomp=no-inotify", en: "the seccomp profile is no-inotify", zh: "seccomp 配置为 no-inotify", needs: "inotify", words: "inotify_init1: operation not permitted"},
		{condition: "seccomp=no-chmod", en: "the seccomp profile is no-chmod", zh: "seccomp 配置为 no-chmod", needs: "chmod:/app/data", words: "chmod /app/data: operation not permitted"},
		{condition: "seccomp=no-chown", en: "the seccomp profile is no-chown", zh: "seccomp 配置为 no-chown", needs: "chown-away:/app/data", words: "chown /app/data: operation not permitted"},
		{condition: "seccomp=old-engine", en: "the seccomp profile is old-engine", zh: "seccomp 配置为 old-engine", needs: "openat2:/app/static", words: "openat2: operation not permitted"},
		{condition: "drop-capabilities", en: "all capabilities are dropped", zh: "去掉全部 capabilities", needs: "chown-away:/app/data", words: "operation not permitted"},
		{condition: "read-only-root", en: "the root file system is read-only", zh: "根文件系统只读", needs: "writable:/app", words: "read-only file system"},
		{condition: "noexec=/tmp", en: "programs cannot be run from /tmp", zh: "/tmp 以 noexec 挂载", needs: "executable:/tmp", words: "permission denied"},
		{condition: "full=/app/data", en: "the disk at /app/data is full", zh: "/app/data 所在磁盘已满", needs: "writable:/app/data", words: "no space left on device"},
		{condition: "tmpfs=/app/data:65536", en: "a tmpfs of 64 KiB is mounted at /app/data", zh: "在 /app/data 挂载 64 KiB 的 tmpfs", needs: "space:/app/data:100000", words: "no space left on device"},
		{condition: "read-only=/app/data", en: "/app/data is mounted read-only", zh: "/app/data 以只读方式挂载", needs: "writable-later:/app/data", words: "read-only file system"},
		{condition: "read-only=/app/static", en: "/app/static is mounted read-only", zh: "/app/static 以只读方式挂载", needs: "writable:/app/static", words: "read-only file system"},
		{condition: "missing=/app/static", en: "/app/static is missing", zh: "缺少 /app/static", needs: "directory:/app/static", words: "no such file or directory"},
		{condition: "missing=" + tokenFile, en: tokenFile + " is missing", zh: "缺少 " + tokenFile, needs: "readable:" + tokenFile, words: "no such file or directory"},
		{condition: "missing-mount=/app/config", en: "nothing is mounted at /app/config", zh: "/app/config 没有挂载", needs: "config:" + configFile, words: "no such file or directory"},
		{condition: "directory-instead=" + configFile, en: configFile + " is a directory instead of a file", zh: configFile + " 是目录而不是文件", needs: "config:" + configFile, words: "is a directory"},
		{condition: "empty=" + configFile, en: configFile + " is empty", zh: configFile + " 是空的", needs: "config:" + configFile, words: "name is missing"},
		{condition: "empty=/app/static", en: "/app/static is empty", zh: "/app/static 是空的", needs: "readable:/app/static/site.css", words: "no such file or directory"},
		{condition: "mode=" + configFile + ":0600", en: configFile + " has mode 0600", zh: configFile + " 的权限为 0600", needs: "readable:" + configFile, words: "permission denied", with: asUser},
		{condition: "mode=/app/static:0700", en: "/app/static has mode 0700", zh: "/app/static 的权限为 0700", needs: "readable:/app/static/site.css", words: "permission denied", with: asUser},
		{condition: "owner=/app/data:0:0", en: "/app/data belongs to user 0 and group 0", zh: "/app/data 属于用户 0、组 0", needs: "writable:/app/data", words: "permission denied", with: asUser},
		{condition: "owner=/app/static:7:7", en: "/app/static belongs to user 7 and group 7", zh: "/app/static 属于用户 7、组 7", needs: "mine:/app/static/site.css", words: "belongs to user 7 and not to 0"},
		{condition: "unreadable=" + configFile, en: configFile + " is unreadable", zh: configFile + " 不可读", needs: "readable:" + configFile, words: "permission denied", with: asUser},
		{condition: "unreadable=/app/config", en: "/app/config is unreadable", zh: "/app/config 不可读", needs: "directory:/app/config", words: "permission denied", with: asUser},
		{condition: "crlf=" + configFile, en: configFile + " has Windows line endings", zh: configFile + " 使用 Windows 换行符", needs: "config:" + configFile, words: `ends with "\r"`},
		{condition: "bom=" + tokenFile, en: tokenFile + " begins with a byte order mark", zh: tokenFile + " 带有 BOM", needs: "clean-token:" + tokenFile, words: "U+FEFF"},
		{condition: "malformed=" + configFile, en: configFile + " is cut off in the middle", zh: configFile + " 内容不完整", needs: "config:" + configFile, words: "is not key: value"},
		{condition: "partly-filled=" + configFile, en: configFile + " is only partly filled in", zh: configFile + " 只填写了一部分", needs: "config:" + configFile, words: "log_level has no value"},
		{condition: "configmap=/app/config", en: "/app/config is mounted as a ConfigMap", zh: "/app/config 以 ConfigMap 方式挂载", needs: "plain-files:/app/config", words: "is no plain file"},
		{condition: "subpath=" + configFile, en: configFile + " is mounted with subPath", zh: configFile + " 以 subPath 方式挂载", needs: "readable:" + tokenFile, words: "no such file or directory"},
		{condition: "private-file=" + tokenFile, en: tokenFile + " is a Secret of the app's user", zh: tokenFile + " 是应用用户的 Secret 文件", needs: "world-readable:" + tokenFile, words: "has mode 0400", with: asUser},
		{condition: "private-file=" + tokenFile + ":root", en: tokenFile + " is a Secret of root", zh: tokenFile + " 是 root 的 Secret 文件", needs: "readable:" + tokenFile, words: "permission denied", with: asUser},
		{condition: "configmap=/app/config", en: "/app/config is mounted as a ConfigMap", zh: "/app/config 以 ConfigMap 方式挂载", needs: "config-once:" + configFile, words: "has changed, and was read at the start only",
			then: [2]string{`the ConfigMap file /app/config/config.yaml changes "level: info" to "level: debug"`, "ConfigMap 文件 /app/config/config.yaml 中的 “level: info” 改为 “level: debug”"}},
		{condition: "env=RETRIES=", en: "the environment variable RETRIES is empty", zh: "环境变量 RETRIES 为空", needs: "env:RETRIES", words: "RETRIES is empty or not set"},
		{condition: "env=RETRIES=three", en: "the environment variable RETRIES is not a number", zh: "环境变量 RETRIES 不是数字", needs: "env-int:RETRIES", words: `parsing "three"`},
		{condition: "env-spaces=RETRIES", en: "the environment variable RETRIES has spaces around its value", zh: "环境变量 RETRIES 的值前后有空格", needs: "env-int:RETRIES", words: `parsing " 3 "`},
		{condition: "env-unset=RETRIES", en: "the environment variable RETRIES is not set", zh: "未设置环境变量 RETRIES", needs: "env:RETRIES", words: "RETRIES is empty or not set"},
		{condition: "time-zone=Asia/Shanghai", en: "the time zone is Asia/Shanghai", zh: "时区为 Asia/Shanghai", needs: "utc", words: "28800 s off UTC"},
		{condition: "memory=67108864", en: "the memory limit is 64 MiB", zh: "内存上限为 64 MiB", needs: "memory:128", words: "using more memory than its limit"},
		// 300 ms of work take 15 s, and starting takes one; the limits leave room for a busy machine.
		{condition: "cpus=0.02", en: "the CPU limit is 0.02", zh: "CPU 上限为 0.02", needs: "cpu:300ms", words: "within 8s", then: ready("8")},
		{condition: "pids=20", en: "at most 20 threads and processes are allowed", zh: "线程与进程总数上限为 20", needs: "threads:40", words: "exited with code 2"},
		{condition: "open-files=64", en: "at most 64 files may be open", zh: "最多打开 64 个文件", needs: "open-files:100", words: "too many open files"},
		{condition: "only-binary", en: "only the binary is deployed", zh: "只部署了二进制文件", needs: "readable:/app/static/site.css", words: "no such file or directory"},
		{condition: "no-tmp", en: "there is no /tmp", zh: "没有 /tmp 目录", needs: "tmp", words: "no such file or directory"},
		{condition: "without-ca-certificates", en: "the image has no CA certificates", zh: "镜像中没有 CA 证书", needs: "ca-certificates", words: "certificate signed by unknown authority"},
		{condition: "without-time-zones", en: "the image has no time zones", zh: "镜像中没有时区数据", needs: "zone:Europe/Berlin", words: "unknown time zone Europe/Berlin"},
		{condition: "without-shell", en: "the image has no shell", zh: "镜像中没有 shell", needs: "shell", words: "no sh in /bin", with: onDebian},
	}
}

// needsWeather leaves out what launches the probe under every condition, unless it
// is asked for, as make weather and CI do: it takes minutes. Tables run side by
// side: most of their time is waiting.
func needsWeather(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("launches the probe under every condition: needs a container engine")
	}
	if os.Getenv("SEATRIAL_WEATHER") == "" {
		t.Skip("launches the probe under every condition: make weather")
	}
	t.Parallel()
}

// onlyWeather is what a row must name to be tried, for work on single ones: of the
// conditions of the system their text, of the other tables the row's name.
func onlyWeather() string { return os.Getenv("SEATRIAL_WEATHER_ONLY") }

// wholeWeather says whether every condition is carried out in both languages, with
// the controls in good weather, which takes minutes. By default each is carried out
// once, in English: the careless app fails, the sound one passes; that the Chinese
// sentences come to the same, the catalogue says ([TestTheWeatherIsTheSameInBothLanguages]).
func wholeWeather() bool { return os.Getenv("SEATRIAL_WEATHER") == "all" }

// TestEachConditionOfTheSystemBreaksWhatReliesOnItsAbsence says every sentence to
// an app that relies on what it takes away, which must fail and say so, and to one
// that does not, which must live. In the whole weather it is said in both
// languages, and without the condition the first lives, too.
func TestEachConditionOfTheSystemBreaksWhatReliesOnItsAbsence(t *testing.T) {
	needsWeather(t)
	sailThrough(t, squallsOfTheSystem())
}

func TestAnOldGLIBCBreaksWhatWasLinkedAgainstANewerOne(t *testing.T) {
	needsWeather(t)
	dir := t.TempDir()
	const feature = "Feature: glibc\n  Scenario: old glibc\n    * the app is put on the base debian-bullseye\n    * the app is ready\n"
	require.NoError(t, os.WriteFile(filepath.Join(dir, "a.feature"), []byte(feature), 0o600))
	options := scenarios.Options{Matrix: "../fixtures/apps/probe/matrix.yaml", Features: []string{dir}, OutDir: dir, Proof: harness.Proving{Off: true}, All: true}
	program, err := scenarios.NewProgram(options)
	require.NoError(t, err)
	run, err := scenarios.Sail(t.Context(), program, options)
	require.NoError(t, err)
	require.Len(t, run.Results, 3, "%+v", run.Cells)
	for _, r := range run.Results {
		if strings.Contains(r.Cell, "cgo=off") {
			assert.Equal(t, report.Passed, r.Outcome, r.Reason)
			continue
		}
		require.Equal(t, report.Failed, r.Outcome, r.Reason)
		require.NotEmpty(t, r.Failure.Evidence)
		assert.Contains(t, r.Failure.Evidence[0].Text, "GLIBC_2.3")
	}
}

// sailThrough runs the probe through the weather and judges the results.
func sailThrough(t *testing.T, all []squall) {
	t.Helper()
	all = slices.DeleteFunc(all, func(s squall) bool { return !strings.Contains(s.condition, onlyWeather()) })
	dir := t.TempDir()
	var en, zh strings.Builder
	en.WriteString("Feature: weather\n")
	zh.WriteString("# language: zh-CN\n功能: 天气\n")
	for i, s := range all {
		needs := fmt.Sprintf("the environment variable NEEDS is %q", s.needs)
		zhNeeds := fmt.Sprintf("环境变量 NEEDS 为 “%s”", s.needs)
		writeScenario(&en, fmt.Sprintf("%d en fragile", i), "Given", s.with[0], needs, s.en, lastSteps(s, 0, true))
		writeScenario(&en, fmt.Sprintf("%d en robust", i), "Given", s.with[0], s.en, lastSteps(s, 0, true))
		if !wholeWeather() {
			continue
		}
		writeScenario(&en, fmt.Sprintf("%d control", i), "Given", s.with[0], needs, lastSteps(s, 0, false))
		writeScenario(&zh, fmt.Sprintf("%d zh fragile", i), "假如", s.with[1], zhNeeds, s.zh, lastSteps(s, 1, true))
		writeScenario(&zh, fmt.Sprintf("%d zh robust", i), "假如", s.with[1], s.zh, lastSteps(s, 1, true))
	}
	require.NoError(t, os.WriteFile(filepath.Join(dir, "en.feature"), []byte(en.String()), 0o600))
	each := 2
	if wholeWeather() {
		each = 5
		require.NoError(t, os.WriteFile(filepath.Join(dir, "zh.feature"), []byte(zh.String()), 0o600))
	}
	options := scenarios.Options{Matrix: "../fixtures/apps/probe/matrix.yaml", Features: []string{dir}, OutDir: dir, Proof: harness.Proving{Off: true}}
	program, err := scenarios.NewProgram(options)
	require.NoError(t, err)
	run, err := scenarios.Sail(t.Context(), program, options)
	require.NoError(t, err)
	require.Len(t, run.Results, each*len(all), "%+v", run.Cells)
	for _, r := range run.Results {
		judgeSquall(t, r, all)
	}
}

// lastSteps gives the closing steps, one a line.
func lastSteps(s squall, language int, stormy bool) string {
	ready := [2]string{"the app is ready", "应用就绪"}[language]
	switch {
	case s.then[language] == "":
		return ready
	case strings.Contains(s.then[0], "ready"):
		return s.then[language]
	case stormy:
		return s.then[language] + "\n" + ready
	}
	return ready
}

func writeScenario(b *strings.Builder, name, keyword string, steps ...string) {
	title := map[string]string{"Given": "Scenario: ", "假如": "场景: "}[keyword]
	b.WriteString("\n  " + title + name + "\n")
	for _, lines := range steps {
		for line := range strings.SplitSeq(lines, "\n") {
			if line != "" {
				b.WriteString("    * " + line + "\n")
			}
		}
	}
}

func judgeSquall(t *testing.T, r report.Result, all []squall) {
	t.Helper()
	var i int
	var kind string
	_, err := fmt.Sscan(r.Scenario, &i)
	require.NoError(t, err)
	_, kind, _ = strings.Cut(r.Scenario, " ")
	s := all[i]
	if !strings.HasSuffix(kind, "fragile") {
		assert.Equal(t, report.Passed, r.Outcome, "%s, %s (needs %s): %s %+v", s.condition, kind, s.needs, r.Reason, r.Failure)
		return
	}
	if !assert.Equal(t, report.Failed, r.Outcome, "%s, %s (needs %s): %s", s.condition, kind, s.needs, r.Reason) {
		return
	}
	require.NotNil(t, r.Failure)
	assert.Contains(t, r.Failure.What.EN, s.condition, "the failure names the condition")
	said := r.Reason + "\n" + r.Failure.What.EN + "\n" + r.Failure.Cause.EN
	for _, line := range r.Failure.Evidence {
		said += "\n" + line.Text
	}
	assert.Contains(t, said, s.words, "%s, %s", s.condition, kind)
}
