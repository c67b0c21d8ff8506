package scenarios_test

import (
	"testing"
)

func lifeWeather() []weather {
	up, mid := []step{ready}, []step{startedUp}
	steps := func(parts ...[]step) (all []step) {
		for _, p := range parts {
			all = append(all, p...)
		}
		return all
	}
	piped := given("the app logs into a pipe", "应用的日志写入管道")
	busy := when("I ask for /page 150 times", "访问 /page 150 次")
	notRestarted := then("the app has not been restarted", "应用没有被重启过")
	return []weather{
		{name: "init", needs: "pid-1", bad: given("the app runs under an init", "应用由 init 进程启动"), after: up, words: "and not 1"},
		{name: "killed and started", needs: "pid-file:/app/probe.pid", before: mid, bad: when("the app is killed and started again", "应用被杀死后重新启动"), after: up, words: "already runs as process 1"},
		{name: "killed and replaced, leftovers", needs: "lock:/app/data/lock", before: mid, bad: when("the app is killed and a new container takes its place", "应用被杀死后由新容器代替"), after: up, words: "file exists"},
		{
			name: "killed and replaced, losses", needs: "notes:/app", before: steps(mid, when("I send POST /note", "发送 POST /note")),
			bad: when("the app is killed and a new container takes its place", "应用被杀死后由新容器代替"), words: "404",
			after: steps(up, when("I ask for /note", "访问 /note"), then("the answer is 200", "返回 200")),
		},
		{
			name: "restart loop", needs: "lock:/app/lock,redis-at-start", sound: "redis-patient", words: "started again",
			bad:   steps(given("the engine restarts the app when it fails", "应用异常退出后由引擎重启"), given("redis comes up 1 s late", "Redis 晚 1 秒才启动")),
			after: up,
		},
		{
			name: "restarts counted", needs: "redis-at-start", sound: "redis-patient", words: "was restarted",
			bad:   steps(given("the engine restarts the app whenever it ends", "应用退出后总是由引擎重启"), given("redis comes up 1 s late", "Redis 晚 1 秒才启动")),
			after: steps(up, notRestarted),
		},
		{
			name: "startup probe", needs: "slow-start:2s", words: "startup probe failed 2 times",
			bad: given("the startup probe has a period of 500 ms and a threshold of 2", "启动探针周期 500 毫秒、失败阈值 2"), after: up,
		},
		{
			name: "liveness probe", needs: "slow-start:2s", words: "liveness probe failed 2 times",
			bad: given("the liveness probe has an initial delay of 500 ms, a period of 500 ms and a threshold of 2", "存活探针初始延迟 500 毫秒、周期 500 毫秒、失败阈值 2"), after: up,
		},
		{name: "two replicas, a lock", needs: "lock:/app/data/lock", bad: given("two replicas of the app run", "应用运行两个副本"), after: up, words: "file exists"},
		{
			name: "two replicas, a session", needs: "memory-session", control: true, words: "does not count on the other",
			bad:   given("two replicas of the app run", "应用运行两个副本"),
			after: then("a session that begins at /sign-in counts at /account on every replica", "从 /sign-in 开始的会话在每个副本的 /account 都有效"),
		},
		{name: "log reader gone", sound: "calm-log", bad: given("the reader of the log is gone", "日志的读取端已关闭"), after: up, words: "SIGPIPE"},
		{
			name: "log reader goes", sound: "calm-log", before: steps(piped, mid), bad: when("the reader of the log is gone", "日志的读取端已关闭"),
			after: steps(busy, up), words: "got no answer",
		},
		{name: "log reader stuck", sound: "calm-log", before: steps(piped, mid), bad: when("the reader of the log is stuck", "日志的读取端卡住"), after: steps(busy, up), words: "got no answer"},
		{name: "log reader slow", sound: "calm-log", bad: given("the reader of the log takes 10 bytes a second", "日志的读取端每秒只读 10 字节"), after: steps(busy, up), words: "got no answer"},
		{
			name: "log copied and truncated", needs: "file-log:/app/data/app.log", sound: "file-log-sound:/app/data/app.log", before: steps(mid, []step{visited}),
			bad:   when("the log file /app/data/app.log is copied and truncated", "日志文件 /app/data/app.log 以 copytruncate 轮转"),
			after: steps([]step{visited}, then("the log file /app/data/app.log goes on", "日志文件 /app/data/app.log 继续写入")), words: "zero bytes",
		},
		{
			name: "log renamed", needs: "file-log:/app/data/app.log", sound: "file-log-sound:/app/data/app.log", before: steps(mid, []step{visited}),
			bad:   when("the log file /app/data/app.log is renamed and the app receives SIGUSR1", "日志文件 /app/data/app.log 改名后应用收到 SIGUSR1"),
			after: steps([]step{visited}, then("the log file /app/data/app.log goes on", "日志文件 /app/data/app.log 继续写入"), then(`the log file /app/data/app.log contains "path=/page"`, "日志文件 /app/data/app.log 包含 “path=/page”")), words: "is not there",
		},
		{
			name: "static from a volume", needs: "embedded", bad: given("nginx serves /static from the volume at /app/static", "/static 由 nginx 从共享卷 /app/static 提供"),
			after: then("every asset of the app's pages loads through nginx", "页面引用的静态资源经 nginx 全部可加载"), words: "/static/embedded.css",
		},
		{
			name: "static from an earlier release", sound: "static-sync:/app/static", words: "the release has",
			bad:   steps(given("nginx serves /static from the volume at /app/static", "/static 由 nginx 从共享卷 /app/static 提供"), given("the volume at /app/static was filled by an earlier release", "/app/static 的卷由旧版本填充")),
			after: then("nginx and the app serve /static from this release's /app/static", "nginx 与应用的 /static 都来自本次发布的 /app/static"),
		},
		{name: "slow files", needs: "quick-write:/app/data:200ms", bad: given("every access to /app/data takes 100 ms longer", "对 /app/data 的每次访问多花 100 毫秒"), after: up, words: "more than 200ms"},
	}
}

func TestLifesWeatherBreaksTheCarelessAndSparesTheSound(t *testing.T) {
	needsWeather(t)
	features, wanted := storm(lifeWeather())
	judgeWeather(t, wanted, sailProbe(t, features, 0))
}
