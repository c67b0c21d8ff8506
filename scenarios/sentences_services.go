package scenarios

import (
	"github.com/seatrial/seatrial/harness/lang"
	"github.com/seatrial/seatrial/scenarios/gherkin"
)

func redisSentences() []gherkin.Sentence {
	return []gherkin.Sentence{
		say("Given", "the app uses redis", "the app uses redis", "应用使用 Redis", "应用使用 Redis",
			lang.Text{EN: "Skips the scenario for an app without Redis.", ZH: "不使用 Redis 的应用跳过该场景。"}, (*World).needsRedis),
		say("Given", "redis is down", "redis is down", "Redis 未启动", "Redis 未启动",
			lang.Text{EN: "Its name resolves, its port refuses connections.", ZH: "主机名可解析，端口拒绝连接。"}, (*World).redisIsDown),
		say("Given", "redis comes up {duration} late", "redis comes up 3 s late", "Redis 晚 {duration} 才启动", "Redis 晚 3 秒才启动",
			lang.Text{EN: "It is down when the app starts, and up after this time.", ZH: "应用启动时 Redis 不可用，过这段时间后才启动。"}, (*World).redisIsLate),
		say("Given", "redis hangs", "redis hangs", "Redis 失去响应", "Redis 失去响应",
			lang.Text{EN: "It accepts connections and never answers, so that the app runs into its time-outs.", ZH: "接受连接但从不应答，应用只能等到超时。"}, (*World).redisHangs),
		say("Given", "redis is loading its data for {duration}", "redis is loading its data for 3 s", "Redis 正在加载数据，持续 {duration}", "Redis 正在加载数据，持续 3 秒",
			lang.Text{EN: "It answers LOADING while it reads its data set.", ZH: "加载数据集期间返回 LOADING 错误。"}, (*World).redisLoads),
		say("Given", "redis is a read-only replica", "redis is a read-only replica", "Redis 是只读从节点", "Redis 是只读从节点",
			lang.Text{EN: "Reads are answered, writes fail with READONLY.", ZH: "可读，写入返回 READONLY 错误。"}, (*World).redisIsReadOnly),
		say("Given", "redis has lost its master", "redis has lost its master", "Redis 与主节点失联", "Redis 与主节点失联",
			lang.Text{EN: "Reads and writes fail with MASTERDOWN.", ZH: "读写都返回 MASTERDOWN 错误。"}, (*World).redisLostMaster),
		say("Given", "redis is out of memory", "redis is out of memory", "Redis 内存已满", "Redis 内存已满",
			lang.Text{EN: "Reads are answered, writes fail with OOM.", ZH: "可读，写入返回 OOM 错误。"}, (*World).redisIsFull),
		say("Given", "redis accepts no more connections", "redis accepts no more connections", "Redis 连接数已满", "Redis 连接数已满",
			lang.Text{EN: "New connections are refused with an error, those that there are stay (maxclients).", ZH: "达到 maxclients：拒绝新连接，已有连接不受影响。"}, (*World).redisTakesNoMore),
		say("Given", "redis wants a password", "redis wants a password", "Redis 需要密码", "Redis 需要密码",
			lang.Text{EN: "The app is told it, by ${REDIS_PASSWORD} or ${REDIS_URL}.", ZH: "通过 ${REDIS_PASSWORD} 或 ${REDIS_URL} 告知应用。"}, (*World).redisWantsPassword),
		say("Given", "redis wants another password than the app has", "redis wants another password than the app has", "应用的 Redis 密码是错的", "应用的 Redis 密码是错的",
			lang.Text{EN: "It answers WRONGPASS.", ZH: "Redis 返回 WRONGPASS 错误。"}, (*World).redisWantsOtherPassword),
		say("Given", "redis wants a password that the app does not have", "redis wants a password that the app does not have", "Redis 需要密码，而应用没有密码", "Redis 需要密码，而应用没有密码",
			lang.Text{EN: "It answers NOAUTH.", ZH: "Redis 返回 NOAUTH 错误。"}, (*World).redisWantsUnknownPassword),
		say("Given", redisSlowSentence, "redis answers 200 ms late", "Redis 的应答延迟 {duration}", "Redis 的应答延迟 200 毫秒",
			lang.Text{EN: "Every answer arrives later by this time (toxiproxy); in mid-run, on connections that there are, too.", ZH: "每个应答都延迟这段时间到达（toxiproxy）；运行中使用时对已有连接同样生效。"}, (*World).redisIsSlow),
		say("Given", redisCutsSentence, "each connection to redis is cut after 4 KiB", "与 Redis 的每个连接在 {size} 后断开", "与 Redis 的每个连接在 4 KiB 后断开",
			lang.Text{EN: "A connection that has carried so many bytes of answers is cut; a new one can be made (toxiproxy); in mid-run, bytes count from then on.", ZH: "连接收到这么多字节的应答后被切断，可以重新连接（toxiproxy）；运行中使用时从此刻开始计数。"}, (*World).redisCutsAfter),
		say("Given", "the app is not told where redis is", "the app is not told where redis is", "没有告知应用 Redis 的地址", "没有告知应用 Redis 的地址",
			lang.Text{EN: "The variables that say so are not set; skipped if there are none.", ZH: "不设置给出 Redis 地址的环境变量；没有这样的变量则跳过。"}, (*World).redisAddressUnset),
		say("Given", "the address of redis is empty", "the address of redis is empty", "Redis 的地址为空", "Redis 的地址为空",
			lang.Text{EN: "The variables that say so are set to nothing.", ZH: "给出 Redis 地址的环境变量为空。"}, (*World).redisAddressEmpty),
		say("Given", "the address of redis has spaces around it", "the address of redis has spaces around it", "Redis 的地址前后有空格", "Redis 的地址前后有空格",
			lang.Text{EN: "As quoted lists and files of variables leave them.", ZH: "常见于加引号的列表与 env 文件。"}, (*World).redisAddressSpaced),
		say("Given", "the address of redis is wrong", "the address of redis is wrong", "Redis 的地址是错的", "Redis 的地址是错的",
			lang.Text{EN: "It names a host that there is not.", ZH: "主机名不存在。"}, (*World).redisAddressWrong),
		say("When", "redis comes back", "redis comes back", "Redis 恢复", "Redis 恢复",
			lang.Text{EN: "Ends the state that Redis is in, and what spoils connections: starts it if it was stopped, empty then.", ZH: "结束 Redis 与其连接的异常状态；若已停止则重新启动（数据为空）。"}, (*World).redisComesBack),
		say("When", "redis goes down", "redis goes down", "Redis 宕机", "Redis 宕机",
			lang.Text{EN: "Kills the Redis that the app is connected to.", ZH: "杀死应用正在连接的 Redis。"}, (*World).redisGoesDown),
		say("When", "redis restarts without its data", "redis restarts without its data", "Redis 重启且数据丢失", "Redis 重启且数据丢失",
			lang.Text{EN: "Kills it and starts it at once, empty.", ZH: "杀死并立即重启，数据为空。"}, (*World).redisRestartsEmpty),
		say("When", "the connections to redis are cut", "the connections to redis are cut", "与 Redis 的连接全部断开", "与 Redis 的连接全部断开",
			lang.Text{EN: "Every connection that the app has is closed; new ones can be made.", ZH: "应用已有的连接全部关闭，可以重新连接。"}, (*World).redisIsCut),
	}
}

func networkSentences() []gherkin.Sentence {
	return []gherkin.Sentence{
		say("Given", "no name resolves", "no name resolves", "DNS 不可用", "DNS 不可用",
			lang.Text{EN: "The name server refuses; Redis is given to the app by its address.", ZH: "名称服务器拒绝应答；Redis 以 IP 地址告知应用。"}, (*World).noDNS),
		say("Given", "the app cannot reach the outside", "the app cannot reach the outside", "应用无法访问外网", "应用无法访问外网",
			lang.Text{EN: "There is no route beyond the services beside it.", ZH: "除旁边的服务外没有任何路由。"}, (*World).noEgress),
		say("Given", "the app's port is taken", "the app's port is taken", "应用的端口已被占用", "应用的端口已被占用",
			lang.Text{EN: "Another process listens there already.", ZH: "已有其他进程在该端口监听。"}, (*World).portTaken),
	}
}

func proxySentences() []gherkin.Sentence {
	return []gherkin.Sentence{
		say("Given", "nginx publishes the app under {path}", "nginx publishes the app under /shop", "nginx 在 {path} 下发布应用", "nginx 在 /shop 下发布应用",
			lang.Text{EN: "It takes the path off again: /shop/cart arrives as /cart.", ZH: "转发时去掉前缀：/shop/cart 到应用时为 /cart。"}, (*World).underPath),
		say("Given", "nginx publishes the app under {path} and keeps the path", "nginx publishes the app under /shop and keeps the path", "nginx 在 {path} 下发布应用并保留前缀", "nginx 在 /shop 下发布应用并保留前缀",
			lang.Text{EN: "/shop/cart arrives as /shop/cart.", ZH: "/shop/cart 到应用时仍为 /shop/cart。"}, (*World).underKeptPath),
		say("Given", "nginx serves {path} itself from {path}", "nginx serves /static itself from /app/static", "{path} 由 nginx 直接提供，文件取自 {path}", "/static 由 nginx 直接提供，文件取自 /app/static",
			lang.Text{EN: "It has a copy of the files that the image has in that directory; the app is not asked.", ZH: "nginx 持有镜像中该目录文件的副本，不再经过应用。"}, (*World).staticByNginx),
		say("Given", "nginx serves {path} from the volume at {path}", "nginx serves /static from the volume at /app/static", "{path} 由 nginx 从共享卷 {path} 提供", "/static 由 nginx 从共享卷 /app/static 提供",
			lang.Text{EN: "The volume is mounted in the app and in nginx; a new one is filled from the image.", ZH: "该卷同时挂载到应用与 nginx；新卷由镜像内容填充。"}, (*World).staticFromVolume),
		say("Given", "nginx serves the app's static files from a volume", "nginx serves the app's static files from a volume", "静态文件由 nginx 从共享卷提供", "静态文件由 nginx 从共享卷提供",
			lang.Text{EN: "The same, for the first directory that the app is known to serve; skipped if there is none.", ZH: "同上，取应用提供的第一个静态目录；没有则跳过。"}, (*World).ownStaticFromVolume),
		say("Given", "nginx serves the app's static files itself", "nginx serves the app's static files itself", "静态文件由 nginx 直接提供", "静态文件由 nginx 直接提供",
			lang.Text{EN: "The same, for the first directory that the app is known to serve; skipped if there is none.", ZH: "同上，取应用提供的第一个静态目录；没有则跳过。"}, (*World).ownStaticByNginx),
		say("Given", "nginx accepts request bodies up to {size}", "nginx accepts request bodies up to 1 MiB", "nginx 允许的请求体上限为 {size}", "nginx 允许的请求体上限为 1 MiB",
			lang.Text{EN: "Larger ones are answered with 413.", ZH: "超过则返回 413。"}, (*World).bodyLimit),
		say("Given", "nginx waits {duration} for the app", "nginx waits 2 s for the app", "nginx 最多等待应用 {duration}", "nginx 最多等待应用 2 秒",
			lang.Text{EN: "Then it answers 504 itself.", ZH: "超时由 nginx 返回 504。"}, (*World).proxyTimeout),
		say("Given", "nginx passes on nothing about the client", "nginx passes on nothing about the client", "nginx 不转发客户端信息", "nginx 不转发客户端信息",
			lang.Text{EN: "A bare proxy_pass: no Host and no X-Forwarded headers.", ZH: "只有 proxy_pass：没有 Host 与 X-Forwarded 系列请求头。"}, (*World).bareProxy),
		say("Given", "nginx passes on no WebSockets", "nginx passes on no WebSockets", "nginx 不支持 WebSocket", "nginx 不支持 WebSocket",
			lang.Text{EN: "Upgrade and Connection are dropped.", ZH: "不转发 Upgrade 与 Connection 请求头。"}, (*World).noWebSockets),
		say("Given", "nginx compresses answers", "nginx compresses answers", "nginx 开启 gzip", "nginx 开启 gzip",
			lang.Text{EN: "Answers of text are compressed for clients that accept it.", ZH: "对接受 gzip 的客户端压缩文本响应。"}, (*World).gzipProxy),
		say("Given", "TLS ends in nginx", "TLS ends in nginx", "由 nginx 终止 TLS", "由 nginx 终止 TLS",
			lang.Text{EN: "Clients speak https to nginx, nginx http to the app.", ZH: "客户端以 https 访问 nginx，nginx 以 http 访问应用。"}, (*World).tlsProxy),
		say("When", "I send {method} {path} with a body of {size} through nginx", "I send POST /upload with a body of 2 MiB through nginx", "经 nginx 发送 {method} {path}，正文 {size}", "经 nginx 发送 POST /upload，正文 2 MiB",
			lang.Text{EN: "Sends so many bytes.", ZH: "发送这么多字节的正文。"}, (*World).sendBodyThroughNginx),
		say("Then", "the redirect of {path} leads back through nginx", "the redirect of /login leads back through nginx", "{path} 的重定向仍指向 nginx", "/login 的重定向仍指向 nginx",
			lang.Text{EN: "It keeps the scheme, host, port and path under which nginx publishes the app.", ZH: "保留 nginx 对外的协议、主机、端口与路径前缀。"}, (*World).redirectStays),
		say("Then", "every redirect of the app's pages leads back through nginx", "every redirect of the app's pages leads back through nginx", "应用页面的重定向都仍指向 nginx", "应用页面的重定向都仍指向 nginx",
			lang.Text{EN: "The same for each page that redirects within the app; skipped if none does.", ZH: "同上，针对每个发生应用内重定向的页面；没有重定向则跳过。"}, (*World).redirectsStay),
		say("Then", "a WebSocket at {path} opens through nginx", "a WebSocket at /ws opens through nginx", "经 nginx 可以打开 {path} 的 WebSocket", "经 nginx 可以打开 /ws 的 WebSocket",
			lang.Text{EN: "The handshake is answered with 101.", ZH: "握手返回 101。"}, (*World).webSocketOpens),
		say("Then", "{path} comes compressed and whole through nginx", "/ comes compressed and whole through nginx", "经 nginx 访问 {path} 得到完整的压缩内容", "经 nginx 访问 / 得到完整的压缩内容",
			lang.Text{EN: "What a browser unpacks is what the app answers directly.", ZH: "浏览器解压后与直连内容一致。"}, (*World).compressedAndWhole),
		say("Then", "the app knows the client behind nginx", "the app knows the client behind nginx", "应用能识别 nginx 之后的客户端地址", "应用能识别 nginx 之后的客户端地址",
			lang.Text{EN: "A request through nginx is in the app's log with the client's address, not nginx's.", ZH: "经 nginx 的请求在应用日志中记录的是客户端地址，而不是 nginx 的地址。"}, (*World).knowsClient),
		say("Then", "the app does not believe a forged client address", "the app does not believe a forged client address", "应用不会相信伪造的客户端地址", "应用不会相信伪造的客户端地址",
			lang.Text{EN: "A client that writes X-Forwarded-For itself is not logged under that address.", ZH: "客户端自行伪造的 X-Forwarded-For 不会被当作其地址写入日志。"}, (*World).forgedClientRefused),
	}
}
