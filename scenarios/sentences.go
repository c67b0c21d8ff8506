package scenarios

import (
	"github.com/seatrial/seatrial/harness/lang"
	"github.com/seatrial/seatrial/scenarios/gherkin"
)

// Sentences lists every sentence that a feature file may use, by noun.
func Sentences() []gherkin.Sentence {
	var all []gherkin.Sentence
	for _, list := range []struct {
		noun      string
		sentences []gherkin.Sentence
	}{
		{"deployment", deploymentSentences()},
		{"app", appSentences()},
		{"redis", redisSentences()},
		{"http", httpSentences()},
		{"static", staticSentences()},
		{"logs", logSentences()},
		{"build", buildSentences()},
		{"shutdown", stopSentences()},
	} {
		for _, s := range list.sentences {
			s.Group = list.noun
			all = append(all, s)
		}
	}
	return all
}

// NewCatalogue compiles the sentences, and those that a team brings.
func NewCatalogue(own ...gherkin.Sentence) (*gherkin.Catalogue, error) {
	return gherkin.New(gherkin.Config{World: (*World)(nil)}, append(Sentences(), own...)...)
}

// say makes a sentence: pattern and example in both languages, what it does, and
// the function that does it.
func say(keyword, en, exampleEN, zh, exampleZH string, doc lang.Text, fn any) gherkin.Sentence {
	return gherkin.Sentence{Keyword: keyword, EN: en, ExampleEN: exampleEN, ZH: zh, ExampleZH: exampleZH, Doc: doc, Func: fn}
}

func deploymentSentences() []gherkin.Sentence {
	return []gherkin.Sentence{
		say("Given", "the app runs as user {int}", "the app runs as user 65532", "应用以用户 {int} 运行", "应用以用户 65532 运行",
			lang.Text{EN: "Runs it as this numeric user, with a group of the same number.", ZH: "以该数字 UID 运行，组号相同。"}, (*World).runsAsUser),
		say("Given", "the app runs as user {int} with group {int}", "the app runs as user 1000770000 with group 0", "应用以用户 {int}、组 {int} 运行", "应用以用户 1000770000、组 0 运行",
			lang.Text{EN: "Runs it as this numeric user and group; OpenShift gives any user and group 0.", ZH: "以该数字 UID 与 GID 运行；OpenShift 会分配任意 UID 与组 0。"}, (*World).runsAsUserAndGroup),
		say("Given", "the root file system is read-only", "the root file system is read-only", "根文件系统只读", "根文件系统只读",
			lang.Text{EN: "Nothing can be written outside of mounts and tmpfs.", ZH: "挂载点与 tmpfs 之外都不可写。"}, (*World).rootIsReadOnly),
		say("Given", "all capabilities are dropped", "all capabilities are dropped", "去掉全部 capabilities", "去掉全部 capabilities",
			lang.Text{EN: "The process has no Linux capability, even as root.", ZH: "即使是 root 也没有任何 Linux capability。"}, (*World).capabilitiesDropped),
		say("Given", "no new privileges are allowed", "no new privileges are allowed", "禁止提升特权", "禁止提升特权",
			lang.Text{EN: "Set-user-id bits and file capabilities have no effect (no-new-privileges).", ZH: "setuid 与文件 capabilities 不起作用（no-new-privileges）。"}, (*World).noNewPrivileges),
		say("Given", "the working directory is {path}", "the working directory is /", "工作目录为 {path}", "工作目录为 /",
			lang.Text{EN: "Starts the app from this directory.", ZH: "从该目录启动应用。"}, (*World).workingDirectory),
		say("Given", "the memory limit is {size}", "the memory limit is 64 MiB", "内存上限为 {size}", "内存上限为 64 MiB",
			lang.Text{EN: "The app is killed when it uses more.", ZH: "超出即被杀死。"}, (*World).memoryLimit),
		say("Given", "a tmpfs is mounted at {path}", "a tmpfs is mounted at /tmp", "在 {path} 挂载 tmpfs", "在 /tmp 挂载 tmpfs",
			lang.Text{EN: "Mounts an empty, writable in-memory file system.", ZH: "挂载空的、可写的内存文件系统。"}, (*World).tmpfsAt),
		say("Given", "a tmpfs of {size} is mounted at {path}", "a tmpfs of 1 MiB is mounted at /tmp", "在 {path} 挂载 {size} 的 tmpfs", "在 /tmp 挂载 1 MiB 的 tmpfs",
			lang.Text{EN: "Mounts a small one, which can be filled.", ZH: "挂载限定大小、可能写满的 tmpfs。"}, (*World).tmpfsOfSizeAt),
		say("Given", "nothing is mounted at {path}", "nothing is mounted at /app/config", "{path} 没有挂载", "/app/config 没有挂载",
			lang.Text{EN: "Leaves out what the deployment mounts there.", ZH: "不挂载部署中应挂载到此处的内容。"}, (*World).notMounted),
		say("Given", "the app's first mount is missing", "the app's first mount is missing", "应用的第一个挂载缺失", "应用的第一个挂载缺失",
			lang.Text{EN: "Leaves out the first read-only mount that matrix.yaml declares; skipped if there is none.", ZH: "不挂载 matrix.yaml 声明的第一个只读挂载；没有则跳过。"}, (*World).firstMountMissing),
		say("Given", "{path} is unreadable", "/app/config/config.yaml is unreadable", "{path} 不可读", "/app/config/config.yaml 不可读",
			lang.Text{EN: "The file belongs to root with mode 0000.", ZH: "该文件属主为 root、权限 0000。"}, (*World).unreadable),
		say("Given", "the environment variable {word} is {string}", `the environment variable LOG_LEVEL is "warn"`, "环境变量 {word} 为 {string}", "环境变量 LOG_LEVEL 为 “warn”",
			lang.Text{EN: "Sets it; the value may be empty.", ZH: "设置该变量；值可以为空。"}, (*World).environmentIs),
		say("Given", "the environment variable {word} is not set", "the environment variable REDIS_ADDR is not set", "未设置环境变量 {word}", "未设置环境变量 REDIS_ADDR",
			lang.Text{EN: "Removes it from the deployment.", ZH: "从部署中去掉该变量。"}, (*World).environmentUnset),
		say("Given", "the condition {string}", `the condition "user=65532"`, "条件 {string}", "条件 “user=65532”",
			lang.Text{EN: "Applies any condition of the catalogue by its text form.", ZH: "按文本形式应用任意条件。"}, (*World).condition),
		say("Given", "the app is put on the base {word}", "the app is put on the base scratch", "应用放在基础镜像 {word} 上", "应用放在基础镜像 scratch 上",
			lang.Text{EN: "Uses this base instead of the cell's.", ZH: "使用该基础镜像代替该单元的。"}, (*World).onBase),
	}
}

func appSentences() []gherkin.Sentence {
	return []gherkin.Sentence{
		say("When", "the app starts", "the app starts", "启动应用", "启动应用",
			lang.Text{EN: "Launches the app under the conditions given, and waits for nothing.", ZH: "在给定条件下启动应用，不等待。"}, (*World).start),
		say("Then", "the app is ready", "the app is ready", "应用就绪", "应用就绪",
			lang.Text{EN: "Its ready path answers 2xx within start-within; launches it if need be. On a path that app.ready does not declare, any answer below 500 counts, if the first launch was answered so.", ZH: "就绪路径在 start-within 内返回 2xx；尚未启动则先启动。若 app.ready 未声明该路径，且首次启动即如此应答，则 500 以下的任何响应都算就绪。"}, (*World).isReady),
		say("Then", "the app is ready within {duration}", "the app is ready within 10 s", "应用在 {duration} 内就绪", "应用在 10 秒内就绪",
			lang.Text{EN: "The same, within this time.", ZH: "同上，但在该时间内。"}, (*World).readyWithin),
		say("Then", "the app keeps running", "the app keeps running", "应用仍在运行", "应用仍在运行",
			lang.Text{EN: "Its process lives.", ZH: "进程仍存活。"}, (*World).keepsRunning),
		say("Given", "the app stays up without it", "the app stays up without it", "缺少它时应用仍能存活", "缺少它时应用仍能存活",
			lang.Text{EN: "Skips the scenario for an app that ends instead, which a supervisor would restart.", ZH: "若应用选择退出（由守护进程重启），则跳过该场景。"}, (*World).staysUp),
		say("Given", "the app becomes ready all the same", "the app becomes ready all the same", "应用照样就绪", "应用照样就绪",
			lang.Text{EN: "Skips the scenario for an app that does not become ready under the conditions, which another scenario judges.", ZH: "若应用在给定条件下不能就绪（由别的场景评判），则跳过该场景。"}, (*World).readyAllTheSame),
		say("Then", "the app exits with code {int} within {duration}", "the app exits with code 1 within 10 s", "应用在 {duration} 内以退出码 {int} 退出", "应用在 10 秒内以退出码 1 退出",
			lang.Text{EN: "Its process ends by itself with this code.", ZH: "进程自行以该退出码结束。"}, (*World).exitsWithCode),
		say("Then", "the app is ready or its log names {string}", `the app is ready or its log names "redis or 6379"`, "应用就绪，或在日志中指出 {string}", "应用就绪，或在日志中指出 “redis or 6379”",
			lang.Text{EN: `It serves, or it fails with a code other than 0 and a log that names one of the words, separated by "or".`, ZH: "要么能提供服务；要么以非 0 退出码结束，且日志中出现其中一个词（用 or 分隔）。"}, (*World).readyOrSaysWhy),
		say("Then", "the app is ready or its log names the missing mount", "the app is ready or its log names the missing mount", "应用就绪，或在日志中指出缺失的挂载", "应用就绪，或在日志中指出缺失的挂载",
			lang.Text{EN: "The same, for the path that was left out.", ZH: "同上，针对未挂载的路径。"}, (*World).missingOrSaysWhy),
		say("Then", "nothing was written to the root file system", "nothing was written to the root file system", "根文件系统没有被写入", "根文件系统没有被写入",
			lang.Text{EN: "The container's layer holds no change once the app is ready.", ZH: "应用就绪后容器层没有任何改动。"}, (*World).rootUntouched),
	}
}

func redisSentences() []gherkin.Sentence {
	return []gherkin.Sentence{
		say("Given", "the app uses redis", "the app uses redis", "应用使用 Redis", "应用使用 Redis",
			lang.Text{EN: "Skips the scenario for an app without Redis.", ZH: "不使用 Redis 的应用跳过该场景。"}, (*World).needsRedis),
		say("Given", "redis is down", "redis is down", "Redis 未启动", "Redis 未启动",
			lang.Text{EN: "Its name resolves, its port refuses connections.", ZH: "主机名可解析，端口拒绝连接。"}, (*World).redisIsDown),
		say("When", "redis comes back", "redis comes back", "Redis 恢复", "Redis 恢复",
			lang.Text{EN: "Starts the stopped Redis, empty.", ZH: "重新启动已停止的 Redis（数据为空）。"}, (*World).redisComesBack),
		say("When", "redis goes down", "redis goes down", "Redis 宕机", "Redis 宕机",
			lang.Text{EN: "Kills the Redis that the app is connected to.", ZH: "杀死应用正在连接的 Redis。"}, (*World).redisGoesDown),
	}
}

func httpSentences() []gherkin.Sentence {
	return []gherkin.Sentence{
		say("When", "I ask for {path}", "I ask for /healthz", "访问 {path}", "访问 /healthz",
			lang.Text{EN: "GETs the path from the app directly.", ZH: "直接向应用发送 GET。"}, (*World).get),
		say("When", "I ask for {path} through nginx", "I ask for / through nginx", "经 nginx 访问 {path}", "经 nginx 访问 /",
			lang.Text{EN: "GETs the path through the nginx in front of the app.", ZH: "经应用前的 nginx 发送 GET。"}, (*World).getThroughNginx),
		say("When", "I send {method} {path}", "I send POST /cart", "发送 {method} {path}", "发送 POST /cart",
			lang.Text{EN: "Sends a request without a body.", ZH: "发送不带正文的请求。"}, (*World).send),
		say("Then", "the answer is {status}", "the answer is 200", "返回 {status}", "返回 200",
			lang.Text{EN: "The last answer has this status.", ZH: "上一个响应为该状态码。"}, (*World).answerIs),
		say("Then", "the answer's header {word} contains {string}", `the answer's header Content-Type contains "text/html"`, "响应头 {word} 包含 {string}", "响应头 Content-Type 包含 “text/html”",
			lang.Text{EN: "The last answer's header contains the text.", ZH: "上一个响应的该响应头包含此文本。"}, (*World).answerHeaderContains),
		say("Then", "the answer's body contains {string}", `the answer's body contains "ready"`, "响应体包含 {string}", "响应体包含 “ready”",
			lang.Text{EN: "The last answer's body contains the text.", ZH: "上一个响应体包含此文本。"}, (*World).answerBodyContains),
		say("Then", "the same comes through nginx", "the same comes through nginx", "经 nginx 得到相同结果", "经 nginx 得到相同结果",
			lang.Text{EN: "The last path has the same status, type and redirect on both roads.", ZH: "上一个路径两条链路的状态码、类型与跳转一致。"}, (*World).sameThroughNginx),
		say("Then", "the app's pages are the same through nginx", "the app's pages are the same through nginx", "应用的各个页面经 nginx 得到相同结果", "应用的各个页面经 nginx 得到相同结果",
			lang.Text{EN: "Each page and the ready path have the same status, type and redirect on both roads.", ZH: "每个页面与就绪路径在两条链路上的状态码、类型与跳转均一致。"}, (*World).pagesSameThroughNginx),
	}
}

func staticSentences() []gherkin.Sentence {
	return []gherkin.Sentence{
		say("Then", "every asset of the app's pages loads", "every asset of the app's pages loads", "页面引用的静态资源全部可加载", "页面引用的静态资源全部可加载",
			lang.Text{EN: "Scripts, style sheets, icons and images that the pages refer to answer 200 with a type that browsers accept and a body. Redirects within the app are followed; other servers are not asked.", ZH: "页面引用的脚本、样式、图标、图片均返回 200、浏览器接受其类型且非空。跟随应用内跳转；不访问其他服务器。"}, (*World).assetsLoad),
		say("Then", "every asset of the app's pages loads through nginx", "every asset of the app's pages loads through nginx", "页面引用的静态资源经 nginx 全部可加载", "页面引用的静态资源经 nginx 全部可加载",
			lang.Text{EN: "The same, through the nginx in front.", ZH: "同上，经 nginx。"}, (*World).assetsLoadThroughNginx),
		say("Then", "a missing asset is answered with 404", "a missing asset is answered with 404", "缺失的静态资源返回 404", "缺失的静态资源返回 404",
			lang.Text{EN: "A file that cannot exist beside each asset is a 404 and no page; at the root, beside scripts and style sheets only.", ZH: "同目录下不存在的文件应返回 404，而不是页面；根目录下只看脚本与样式。"}, (*World).missingAssetIs404),
		say("Then", "a missing asset is answered with 404 through nginx", "a missing asset is answered with 404 through nginx", "缺失的静态资源经 nginx 返回 404", "缺失的静态资源经 nginx 返回 404",
			lang.Text{EN: "The same, through the nginx in front.", ZH: "同上，经 nginx。"}, (*World).missingAssetIs404ThroughNginx),
	}
}

func logSentences() []gherkin.Sentence {
	return []gherkin.Sentence{
		say("When", "the app's pages are visited", "the app's pages are visited", "访问应用的各个页面", "访问应用的各个页面",
			lang.Text{EN: "GETs each page and the ready path through nginx.", ZH: "经 nginx 访问每个页面与就绪路径。"}, (*World).pagesVisited),
		say("Then", "the app logs to stdout or stderr", "the app logs to stdout or stderr", "应用向 stdout 或 stderr 输出日志", "应用向 stdout 或 stderr 输出日志",
			lang.Text{EN: "It wrote at least one line where an engine collects it.", ZH: "至少有一行写到引擎可收集的地方。"}, (*World).saysSomething),
		say("Then", "{word} has at least {int} line(s)", "stdout has at least 1 line", "{word} 至少有 {int} 行", "stdout 至少有 1 行",
			lang.Text{EN: "Counts the lines on stdout or stderr.", ZH: "统计 stdout 或 stderr 的行数。"}, (*World).hasLines),
		say("Then", "JSON logs are whole", "JSON logs are whole", "JSON 日志每行完整", "JSON 日志每行完整",
			lang.Text{EN: "On a stream to which the app logs JSON, every line is a JSON object; skipped for text logs.", ZH: "应用输出 JSON 日志的流，每行都是完整 JSON；文本日志跳过。"}, (*World).jsonIsWhole),
		say("Then", "no log line is above the level {word}", "no log line is above the level warn", "没有高于 {word} 级别的日志", "没有高于 warn 级别的日志",
			lang.Text{EN: "Levels are read from JSON, key=value, gin's lines and plain text, colours or not: debug, info, warn, error, fatal.", ZH: "从 JSON、key=value、gin 日志与纯文本读取级别（忽略颜色）：debug、info、warn、error、fatal。"}, (*World).noneAboveLevel),
		say("Then", "no secret is in the log", "no secret is in the log", "日志中没有机密", "日志中没有机密",
			lang.Text{EN: "Neither values of secret variables nor what looks like a token, password or key.", ZH: "既没有机密变量的值，也没有形似令牌、密码、密钥的内容。"}, (*World).noSecrets),
		say("Then", "the log contains {string}", `the log contains "listening"`, "日志包含 {string}", "日志包含 “listening”",
			lang.Text{EN: "Some line written so far contains the text.", ZH: "至今输出的某一行包含此文本。"}, (*World).logContains),
	}
}

func buildSentences() []gherkin.Sentence {
	return []gherkin.Sentence{
		say("Then", "the binary is what the cell asks for", "the binary is what the cell asks for", "二进制符合该单元的要求", "二进制符合该单元的要求",
			lang.Text{EN: "Go version, target and cgo as the binary itself records them.", ZH: "以二进制自身记录的 Go 版本、目标平台与 cgo 为准。"}, (*World).binaryMatchesCell),
		say("Then", "the binary is static", "the binary is static", "二进制是静态链接的", "二进制是静态链接的",
			lang.Text{EN: "It needs no loader and no C library; skipped for cgo cells.", ZH: "不需要加载器与 C 库；cgo 的格跳过。"}, (*World).binaryIsStatic),
		say("Then", "the binary names its modules", "the binary names its modules", "二进制记录了依赖模块", "二进制记录了依赖模块",
			lang.Text{EN: "Build information is in it, for scanners and incident reports.", ZH: "含有构建信息，供漏洞扫描与排障使用。"}, (*World).binaryNamesModules),
	}
}

func stopSentences() []gherkin.Sentence {
	return []gherkin.Sentence{
		say("When", "the app receives {word}", "the app receives SIGTERM", "应用收到 {word}", "应用收到 SIGTERM",
			lang.Text{EN: "Sends the signal to the app's first process.", ZH: "向应用的 1 号进程发送信号。"}, (*World).receives),
		say("When", "the app receives {word} while requests for {path} are under way", "the app receives SIGTERM while requests for / are under way", "在持续访问 {path} 时应用收到 {word}", "在持续访问 / 时应用收到 SIGTERM",
			lang.Text{EN: "Four clients ask without a pause; the signal comes into the midst of them.", ZH: "四个客户端不停访问，其间发送信号。"}, (*World).receivesUnderLoad),
		say("Then", "no request under way was cut off", "no request under way was cut off", "进行中的请求没有被中断", "进行中的请求没有被中断",
			lang.Text{EN: "Every request that had begun before the signal got its answer.", ZH: "信号之前开始的请求都得到应答。"}, (*World).nothingCutOff),
		say("Then", "the app ends in time with code 0", "the app ends in time with code 0", "应用按时以退出码 0 结束", "应用按时以退出码 0 结束",
			lang.Text{EN: "Within stop-within, as the engine would kill it then.", ZH: "在 stop-within 之内；超时引擎会强制杀死。"}, (*World).endsInTime),
	}
}
