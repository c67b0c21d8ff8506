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
		{"identity", identitySentences()},
		{"file system", fileSystemSentences()},
		{"configuration", configurationSentences()},
		{"resources", resourceSentences()},
		{"image", imageSentences()},
		{"app", appSentences()},
		{"life", lifeSentences()},
		{"redis", redisSentences()},
		{"network", networkSentences()},
		{"nginx", proxySentences()},
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
	return gherkin.New(gherkin.Config{World: (*World)(nil), Types: []gherkin.ParameterType{placeType()}}, append(Sentences(), own...)...)
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
		say("Given", "{place} is unreadable", "/app/config/config.yaml is unreadable", "{place} 不可读", "/app/config/config.yaml 不可读",
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
		say("Then", "the app is ready or says why it is not", "the app is ready or says why it is not", "应用就绪，或说明原因", "应用就绪，或说明原因",
			lang.Text{EN: "It serves; or it ends with a code other than 0, or stays up without being ready, and its log says what it does not say when all is well. That a pointer was nil explains nothing.", ZH: "要么能提供服务；要么以非 0 退出码结束，或存活但未就绪，并在日志中给出正常启动时没有的说明。空指针崩溃不算说明。"}, (*World).readyOrExplains),
		say("Then", "the app ends and says why", "the app ends and says why", "应用退出并说明原因", "应用退出并说明原因",
			lang.Text{EN: "It ends by itself within start-within, with a code other than 0 and such a line.", ZH: "在 start-within 内自行以非 0 退出码结束，且日志有相应说明。"}, (*World).endsAndExplains),
		say("Then", "no page of the app is a server error", "no page of the app is a server error", "应用的页面都没有服务器错误", "应用的页面都没有服务器错误",
			lang.Text{EN: "Each page answers with a status below 500; skipped if the app has no pages.", ZH: "每个页面的状态码都低于 500；没有页面则跳过。"}, (*World).noServerErrors),
		say("When", "{duration} pass(es)", "3 s pass", "过去 {duration}", "过去 3 秒",
			lang.Text{EN: "Lets the app alone for this time; better wait for what is to happen, wherever that can be seen.", ZH: "在这段时间内什么都不做；能等到具体现象时请改为等待该现象。"}, (*World).timePasses),
		say("Then", "the app is ready or its log names the missing mount", "the app is ready or its log names the missing mount", "应用就绪，或在日志中指出缺失的挂载", "应用就绪，或在日志中指出缺失的挂载",
			lang.Text{EN: "The same, for the path that was left out.", ZH: "同上，针对未挂载的路径。"}, (*World).missingOrSaysWhy),
		say("Then", "nothing was written to the root file system", "nothing was written to the root file system", "根文件系统没有被写入", "根文件系统没有被写入",
			lang.Text{EN: "The container's layer holds no change once the app is ready.", ZH: "应用就绪后容器层没有任何改动。"}, (*World).rootUntouched),
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
