package scenarios

import (
	"github.com/seatrial/seatrial/harness/lang"
	"github.com/seatrial/seatrial/scenarios/gherkin"
)

func lifeSentences() []gherkin.Sentence {
	return []gherkin.Sentence{
		say("Given", "the app runs under an init", "the app runs under an init", "应用由 init 进程启动", "应用由 init 进程启动",
			lang.Text{EN: "As with docker run --init: the app is not process 1.", ZH: "同 docker run --init：应用不是 1 号进程。"}, (*World).underInit),
		say("Given", "the engine restarts the app when it fails", "the engine restarts the app when it fails", "应用异常退出后由引擎重启", "应用异常退出后由引擎重启",
			lang.Text{EN: "Whenever it ends with a code other than 0, in the same container.", ZH: "退出码非 0 时在同一容器中重新启动。"}, (*World).restartedOnFailure),
		say("Given", "the engine restarts the app whenever it ends", "the engine restarts the app whenever it ends", "应用退出后总是由引擎重启", "应用退出后总是由引擎重启",
			lang.Text{EN: "Whatever its code is, in the same container.", ZH: "不论退出码，在同一容器中重新启动。"}, (*World).restartedAlways),
		say("Given", "the startup probe has a period of {duration} and a threshold of {int}", "the startup probe has a period of 1 s and a threshold of 3", "启动探针周期 {duration}、失败阈值 {int}", "启动探针周期 1 秒、失败阈值 3",
			lang.Text{EN: "As in Kubernetes: an app that has not answered by then is killed and replaced.", ZH: "同 Kubernetes：到时仍未成功应答的应用会被杀死并以新容器代替。"}, (*World).startupProbe),
		say("Given", "the liveness probe has an initial delay of {duration}, a period of {duration} and a threshold of {int}", "the liveness probe has an initial delay of 2 s, a period of 1 s and a threshold of 3",
			"存活探针初始延迟 {duration}、周期 {duration}、失败阈值 {int}", "存活探针初始延迟 2 秒、周期 1 秒、失败阈值 3",
			lang.Text{EN: "As in Kubernetes: the app is killed and replaced after so many failures in a row; an answer has 1 s.", ZH: "同 Kubernetes：连续失败达到阈值即杀死并以新容器代替；应答时限 1 秒。"}, (*World).livenessProbe),
		say("Given", "two replicas of the app run", "two replicas of the app run", "应用运行两个副本", "应用运行两个副本",
			lang.Text{EN: "They start at the same time, on the same Redis and volumes; nginx asks both in turn.", ZH: "同时启动，共用 Redis 与卷；nginx 轮流转发。"}, (*World).twoReplicas),
		say("When", "the app is killed and started again", "the app is killed and started again", "应用被杀死后重新启动", "应用被杀死后重新启动",
			lang.Text{EN: "SIGKILL, and a start in the same container: what it wrote is there.", ZH: "SIGKILL 后在同一容器中启动：之前写入的文件仍在。"}, (*World).killedAndStarted),
		say("When", "the app is killed and a new container takes its place", "the app is killed and a new container takes its place", "应用被杀死后由新容器代替", "应用被杀死后由新容器代替",
			lang.Text{EN: "SIGKILL, and a start as Kubernetes does: mounts are there, all else that it wrote is lost.", ZH: "SIGKILL 后按 Kubernetes 的方式启动：挂载仍在，其余写入丢失。"}, (*World).killedAndReplaced),
		say("Then", "the app has not been restarted", "the app has not been restarted", "应用没有被重启过", "应用没有被重启过",
			lang.Text{EN: "Neither the engine nor a probe had to start it again.", ZH: "引擎与探针都没有重新启动过它。"}, (*World).notRestarted),
		say("Then", "the app has been restarted at most {int} time(s)", "the app has been restarted at most 2 times", "应用被重启不超过 {int} 次", "应用被重启不超过 2 次",
			lang.Text{EN: "By the engine or a probe, since the scenario launched it.", ZH: "自场景启动应用以来，由引擎或探针重启的次数。"}, (*World).restartedAtMost),
		say("Then", "a session that begins at {path} counts at {path} on every replica", "a session that begins at /login counts at /cart on every replica", "从 {path} 开始的会话在每个副本的 {path} 都有效", "从 /login 开始的会话在每个副本的 /cart 都有效",
			lang.Text{EN: "With the cookies that one replica gave, each answers alike: status, redirect, and no new cookie. Skipped if there is no cookie.", ZH: "带上一个副本给出的 cookie，各副本的状态码与重定向相同，且不再下发新 cookie；没有 cookie 则跳过。"}, (*World).sessionCounts),

		say("Given", "the app logs into a pipe", "the app logs into a pipe", "应用的日志写入管道", "应用的日志写入管道",
			lang.Text{EN: "Its stdout and stderr are read by a reader of their own, which later steps can change.", ZH: "stdout 与 stderr 由专门的读取端读取，后续步骤可以改变它。"}, (*World).logsIntoPipe),
		say("Given", "the reader of the log is gone", "the reader of the log is gone", "日志的读取端已关闭", "日志的读取端已关闭",
			lang.Text{EN: "Writes to stdout and stderr fail with EPIPE; in mid-run, for an app that logs into a pipe.", ZH: "写 stdout 与 stderr 得到 EPIPE；运行中使用时，应用的日志须已写入管道。"}, (*World).logReaderGone),
		say("Given", "the reader of the log is stuck", "the reader of the log is stuck", "日志的读取端卡住", "日志的读取端卡住",
			lang.Text{EN: "It reads nothing: once the pipe (4 KiB) is full, writes wait; in mid-run, for an app that logs into a pipe.", ZH: "不再读取：管道（4 KiB）写满后写入阻塞；运行中使用时，应用的日志须已写入管道。"}, (*World).logReaderStuck),
		say("Given", "the reader of the log takes {size} a second", "the reader of the log takes 100 bytes a second", "日志的读取端每秒只读 {size}", "日志的读取端每秒只读 100 字节",
			lang.Text{EN: "Once the pipe (4 KiB) is full, writes wait.", ZH: "管道（4 KiB）写满后写入阻塞。"}, (*World).logReaderSlow),
		say("When", "the log file {path} is copied and truncated", "the log file /app/logs/app.log is copied and truncated", "日志文件 {path} 以 copytruncate 轮转", "日志文件 /app/logs/app.log 以 copytruncate 轮转",
			lang.Text{EN: "As logrotate does with copytruncate; the file must be on a writable mount.", ZH: "同 logrotate 的 copytruncate；文件须在可写挂载上。"}, (*World).logFileCopied),
		say("When", "the log file {path} is renamed and the app receives {word}", "the log file /app/logs/app.log is renamed and the app receives SIGHUP", "日志文件 {path} 改名后应用收到 {word}", "日志文件 /app/logs/app.log 改名后应用收到 SIGHUP",
			lang.Text{EN: "As logrotate does with nocreate and a signal after it; the file must be on a writable mount.", ZH: "同 logrotate 的 nocreate 加 postrotate 信号；文件须在可写挂载上。"}, (*World).logFileRenamed),
		say("Then", "the log file {path} goes on", "the log file /app/logs/app.log goes on", "日志文件 {path} 继续写入", "日志文件 /app/logs/app.log 继续写入",
			lang.Text{EN: "After a rotation and some requests: it holds new lines, and nothing but lines.", ZH: "轮转并访问之后：文件中有新日志，且没有空洞。"}, (*World).logFileGoesOn),
		say("Then", "the log file {path} contains {string}", `the log file /app/logs/app.log contains "listening"`, "日志文件 {path} 包含 {string}", "日志文件 /app/logs/app.log 包含 “listening”",
			lang.Text{EN: "One of its lines does, at the latest after 3 s.", ZH: "最迟 3 秒内有一行包含该内容。"}, (*World).logFileContains),
	}
}
