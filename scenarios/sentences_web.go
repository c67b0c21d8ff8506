package scenarios

import (
	"github.com/seatrial/seatrial/harness/lang"
	"github.com/seatrial/seatrial/scenarios/gherkin"
)

func httpSentences() []gherkin.Sentence {
	return []gherkin.Sentence{
		say("When", "I ask for {path}", "I ask for /healthz", "访问 {path}", "访问 /healthz",
			lang.Text{EN: "GETs the path from the app directly.", ZH: "直接向应用发送 GET。"}, (*World).get),
		say("When", "I ask for {path} {int} times", "I ask for / 100 times", "访问 {path} {int} 次", "访问 / 100 次",
			lang.Text{EN: "One after the other; each must get an answer, whatever it is.", ZH: "逐次访问；每次都必须得到响应，不论内容。"}, (*World).getTimes),
		say("When", "I ask for {path} through nginx", "I ask for / through nginx", "经 nginx 访问 {path}", "经 nginx 访问 /",
			lang.Text{EN: "GETs the path through the nginx in front of the app.", ZH: "经应用前的 nginx 发送 GET。"}, (*World).getThroughNginx),
		say("When", "I send {method} {path}", "I send POST /cart", "发送 {method} {path}", "发送 POST /cart",
			lang.Text{EN: "Sends a request without a body.", ZH: "发送不带正文的请求。"}, (*World).send),
		say("When", "I ask for {path} with the header {word} {string}", `I ask for /cart with the header Accept "application/json"`, "访问 {path}，请求头 {word} 为 {string}", "访问 /cart，请求头 Accept 为 “application/json”",
			lang.Text{EN: "GETs the path with one more header.", ZH: "发送 GET，并带上该请求头。"}, (*World).getWithHeader),
		say("When", "I send {method} {path} with the form", "I send POST /cart with the form", "提交表单 {method} {path}", "提交表单 POST /cart",
			lang.Text{EN: "Sends the table below the step, such as `| product | mug |`, a name and its value a row, as a browser sends a form.", ZH: "按浏览器提交表单的方式发送步骤下方的表格，如 `| product | mug |`：每行一个名称与值。"}, (*World).sendForm),
		say("When", "I send {method} {path} through nginx with the form", "I send POST /cart through nginx with the form", "经 nginx 提交表单 {method} {path}", "经 nginx 提交表单 POST /cart",
			lang.Text{EN: "The same, through the nginx in front.", ZH: "同上，经 nginx。"}, (*World).sendFormThroughNginx),
		say("When", "another visitor comes", "another visitor comes", "换一位新访客", "换一位新访客",
			lang.Text{EN: "Forgets the cookies that the app has given in this scenario; until then they are brought back as a browser does.", ZH: "清除本场景中应用设置的 cookie；此前的请求会像浏览器一样带上 cookie。"}, (*World).newVisitor),
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
		say("Then", "every asset of the app's pages is the same through nginx", "every asset of the app's pages is the same through nginx", "页面引用的静态资源经 nginx 内容一致", "页面引用的静态资源经 nginx 内容一致",
			lang.Text{EN: "Byte for byte, once a browser has unpacked it.", ZH: "浏览器解压后逐字节相同。"}, (*World).assetsSameThroughNginx),
		say("Then", "nginx and the app serve {path} from this release's {path}", "nginx and the app serve /static from this release's /app/static", "nginx 与应用的 {path} 都来自本次发布的 {path}", "nginx 与应用的 /static 都来自本次发布的 /app/static",
			lang.Text{EN: "Every file that the image has in the directory comes on both roads as it is there.", ZH: "镜像该目录中的每个文件，经两条路径访问都与镜像中一致。"}, (*World).staticOfRelease),
		say("Then", "the app's static files are those of this release", "the app's static files are those of this release", "应用的静态文件都来自本次发布", "应用的静态文件都来自本次发布",
			lang.Text{EN: "The same, for the first directory that the app is known to serve; skipped if there is none.", ZH: "同上，取应用提供的第一个静态目录；没有则跳过。"}, (*World).ownStaticOfRelease),
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
		say("Then", "no log line contains {string}", `no log line contains "password"`, "日志不包含 {string}", "日志不包含 “password”",
			lang.Text{EN: "No line written so far contains the text.", ZH: "至今输出的任何一行都不包含此文本。"}, (*World).logLacks),
		say("Then", "the log has at most {int} line(s)", "the log has at most 500 lines", "日志不超过 {int} 行", "日志不超过 500 行",
			lang.Text{EN: "Counts all lines so far: trouble that lasts must not flood the disk.", ZH: "统计至今的全部行数：持续的故障不应写满磁盘。"}, (*World).logIsShort),
		say("Then", "every JSON log line has the fields {string}", `every JSON log line has the fields "time, level, msg"`, "每行 JSON 日志都有字段 {string}", "每行 JSON 日志都有字段 “time, level, msg”",
			lang.Text{EN: "Skipped for text logs; a field may be nested, as in req.id.", ZH: "文本日志跳过；嵌套字段写作 req.id。"}, (*World).jsonHasFields),
		say("Then", "no JSON log line has the fields {string}", `no JSON log line has the fields "password, authorization"`, "JSON 日志不得有字段 {string}", "JSON 日志不得有字段 “password, authorization”",
			lang.Text{EN: "At any depth, whatever the case of the letters.", ZH: "任意嵌套层级，不区分大小写。"}, (*World).jsonLacksFields),
		say("Then", "each event is one log line", "each event is one log line", "每个事件只占一行日志", "每个事件只占一行日志",
			lang.Text{EN: "No stack trace is spread over lines, which collectors take for as many events.", ZH: "没有跨行的堆栈；采集端会把每行当作一个事件。"}, (*World).oneLineEach),
		say("Then", "the log has no colour codes", "the log has no colour codes", "日志不含颜色控制符", "日志不含颜色控制符",
			lang.Text{EN: "No ANSI escape sequence is written where there is no terminal.", ZH: "没有终端时不应输出 ANSI 控制序列。"}, (*World).noColours),
		say("Then", "gin runs in release mode", "gin runs in release mode", "gin 以 release 模式运行", "gin 以 release 模式运行",
			lang.Text{EN: "No [GIN-debug] line is in the log.", ZH: "日志中没有 [GIN-debug]。"}, (*World).ginReleased),
		say("Then", "gin does not trust every proxy", "gin does not trust every proxy", "gin 没有信任所有代理", "gin 没有信任所有代理",
			lang.Text{EN: "The warning that all proxies are trusted is not in the log.", ZH: "日志中没有“信任所有代理”的警告。"}, (*World).ginTrustsSome),
		say("Then", "a request for {path} is logged with status and latency", "a request for / is logged with status and latency", "访问 {path} 的日志含状态码与耗时", "访问 / 的日志含状态码与耗时",
			lang.Text{EN: "One line of the log names the path, the status and how long it took.", ZH: "日志中有一行同时包含路径、状态码与耗时。"}, (*World).accessLogged),
		say("Then", "no log file was written inside the container", "no log file was written inside the container", "容器内没有写日志文件", "容器内没有写日志文件",
			lang.Text{EN: "Nothing that looks like a log was written to the root file system.", ZH: "根文件系统上没有写入类似日志的文件。"}, (*World).noLogFile),
	}
}
