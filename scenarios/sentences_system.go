package scenarios

import (
	"github.com/seatrial/seatrial/harness/lang"
	"github.com/seatrial/seatrial/scenarios/gherkin"
)

func identitySentences() []gherkin.Sentence {
	return []gherkin.Sentence{
		say("Given", "HOME is not set", "HOME is not set", "没有设置 HOME", "没有设置 HOME",
			lang.Text{EN: "The variable HOME, which engines set by themselves, is not there.", ZH: "去掉容器引擎自动设置的 HOME 变量。"}, (*World).noHome),
		say("Given", "ports below 1024 are privileged", "ports below 1024 are privileged", "1024 以下端口需要特权", "1024 以下端口需要特权",
			lang.Text{EN: "They need NET_BIND_SERVICE, as on hosts and in Kubernetes; Docker opens them to everybody.", ZH: "绑定需要 NET_BIND_SERVICE，与主机和 Kubernetes 一致；Docker 默认不限制。"}, (*World).privilegedPortsClosed),
		say("Given", "the seccomp profile is {path}", "the seccomp profile is no-inotify", "seccomp 配置为 {path}", "seccomp 配置为 no-inotify",
			lang.Text{EN: "Filters system calls: no-inotify, no-chmod, no-chown, old-engine, or a file with a profile.", ZH: "过滤系统调用：no-inotify、no-chmod、no-chown、old-engine，或一个配置文件。"}, (*World).seccompProfile),
	}
}

func fileSystemSentences() []gherkin.Sentence {
	return []gherkin.Sentence{
		say("Given", "programs cannot be run from {place}", "programs cannot be run from /tmp", "{place} 以 noexec 挂载", "/tmp 以 noexec 挂载",
			lang.Text{EN: "Mounts an empty, writable file system with noexec.", ZH: "挂载空的、可写但禁止执行程序的文件系统。"}, (*World).noExecAt),
		say("Given", "the disk at {place} is full", "the disk at /app/cache is full", "{place} 所在磁盘已满", "/app/cache 所在磁盘已满",
			lang.Text{EN: `Files can be made there; writing to them ends with "no space left on device".`, ZH: "可以新建文件，但写入时报 “no space left on device”。"}, (*World).fullAt),
		say("Given", "the volume at {place} was filled by an earlier release", "the volume at /app/static was filled by an earlier release", "{place} 的卷由旧版本填充", "/app/static 的卷由旧版本填充",
			lang.Text{EN: "A named volume hides what the image has there now.", ZH: "命名卷遮住了镜像中现在的内容。"}, (*World).staleVolume),
		say("Given", "every access to {place} takes {duration} longer", "every access to /app/data takes 200 ms longer", "对 {place} 的每次访问多花 {duration}", "对 /app/data 的每次访问多花 200 毫秒",
			lang.Text{EN: "Each open, read, write, sync and the like of files there waits, as on a busy network disk.", ZH: "打开、读、写、同步等每次调用都变慢，如同繁忙的网络磁盘。"}, (*World).slowAt),
		say("Given", "{place} is mounted read-only", "/app/data is mounted read-only", "{place} 以只读方式挂载", "/app/data 以只读方式挂载",
			lang.Text{EN: "Makes the mount read-only; where there is none, mounts the image's own content so.", ZH: "该挂载改为只读；没有挂载时，把镜像中的内容以只读方式挂载。"}, (*World).readOnlyAt),
		say("Given", "{place} is missing", "/app/static is missing", "缺少 {place}", "缺少 /app/static",
			lang.Text{EN: "Takes a file or directory of the image or of a mount away.", ZH: "镜像或挂载中的该文件或目录不存在。"}, (*World).pathMissing),
		say("Given", "{place} is a directory instead of a file", "/app/config/config.yaml is a directory instead of a file", "{place} 是目录而不是文件", "/app/config/config.yaml 是目录而不是文件",
			lang.Text{EN: "As Docker makes one where the source of a bind mount is missing.", ZH: "bind 挂载的源文件不存在时，Docker 会创建同名目录。"}, (*World).directoryInstead),
		say("Given", "{place} is empty", "/app/config/config.yaml is empty", "{place} 是空的", "/app/config/config.yaml 是空的",
			lang.Text{EN: "A file of no bytes, or a directory of no files.", ZH: "空文件或空目录。"}, (*World).pathEmpty),
		say("Given", "{place} has mode {word}", "/app/config/config.yaml has mode 0600", "{place} 的权限为 {word}", "/app/config/config.yaml 的权限为 0600",
			lang.Text{EN: "Sets the permission bits.", ZH: "设置权限位（八进制）。"}, (*World).pathHasMode),
		say("Given", "{place} belongs to user {int} and group {int}", "/app/data belongs to user 0 and group 0", "{place} 属于用户 {int}、组 {int}", "/app/data 属于用户 0、组 0",
			lang.Text{EN: "Sets the owner, of all below a directory too.", ZH: "设置属主与属组；目录则包含其下全部内容。"}, (*World).pathBelongsTo),
		say("Given", "{place} has Windows line endings", "/app/config/config.yaml has Windows line endings", "{place} 使用 Windows 换行符", "/app/config/config.yaml 使用 Windows 换行符",
			lang.Text{EN: "Every line ends with CR and LF.", ZH: "每行以 CRLF 结尾。"}, (*World).pathHasCRLF),
		say("Given", "{place} begins with a byte order mark", "/app/config/config.yaml begins with a byte order mark", "{place} 带有 BOM", "/app/config/config.yaml 带有 BOM",
			lang.Text{EN: "The three bytes that some editors put before UTF-8.", ZH: "部分编辑器会在 UTF-8 文件开头写入的三个字节。"}, (*World).pathHasBOM),
	}
}

func configurationSentences() []gherkin.Sentence {
	return []gherkin.Sentence{
		say("Given", "{place} is cut off in the middle", "/app/config/config.yaml is cut off in the middle", "{place} 内容不完整", "/app/config/config.yaml 内容不完整",
			lang.Text{EN: "It breaks off within a quoted text: no parser takes it.", ZH: "文件从中间截断，引号未闭合，无法解析。"}, (*World).fileMalformed),
		say("Given", "{place} is only partly filled in", "/app/config/config.yaml is only partly filled in", "{place} 只填写了一部分", "/app/config/config.yaml 只填写了一部分",
			lang.Text{EN: "Every second value is blank; the file stays well-formed.", ZH: "每隔一个值为空，格式仍然正确。"}, (*World).filePartlyFilled),
		say("Given", "{place} is mounted as a ConfigMap", "/app/config is mounted as a ConfigMap", "{place} 以 ConfigMap 方式挂载", "/app/config 以 ConfigMap 方式挂载",
			lang.Text{EN: "Its files are links through ..data, as Kubernetes makes them.", ZH: "与 Kubernetes 相同：文件是经 ..data 的符号链接。"}, (*World).mountedAsConfigMap),
		say("Given", "{place} is mounted with subPath", "/app/config/config.yaml is mounted with subPath", "{place} 以 subPath 方式挂载", "/app/config/config.yaml 以 subPath 方式挂载",
			lang.Text{EN: "The one file is mounted and not its directory.", ZH: "只挂载该文件，而不是整个目录。"}, (*World).mountedWithSubPath),
		say("Given", "{place} is a Secret of the app's user", "/app/config/token is a Secret of the app's user", "{place} 是应用用户的 Secret 文件", "/app/config/token 是应用用户的 Secret 文件",
			lang.Text{EN: "Mode 0400, and the app's user owns it.", ZH: "权限 0400，属主为应用用户。"}, (*World).secretOfApp),
		say("Given", "{place} is a Secret of root", "/app/config/token is a Secret of root", "{place} 是 root 的 Secret 文件", "/app/config/token 是 root 的 Secret 文件",
			lang.Text{EN: "Mode 0400, and root owns it.", ZH: "权限 0400，属主为 root。"}, (*World).secretOfRoot),
		say("When", "the ConfigMap file {path} changes {string} to {string}", `the ConfigMap file /app/config/config.yaml changes "level: info" to "level: debug"`,
			"ConfigMap 文件 {path} 中的 {string} 改为 {string}", "ConfigMap 文件 /app/config/config.yaml 中的 “level: info” 改为 “level: debug”",
			lang.Text{EN: "Updates the mounted ConfigMap while the app runs, by renaming ..data.", ZH: "在应用运行中更新已挂载的 ConfigMap（通过 rename ..data）。"}, (*World).configMapChanges),
		say("Given", "the environment variable {word} is empty", "the environment variable REDIS_ADDR is empty", "环境变量 {word} 为空", "环境变量 REDIS_ADDR 为空",
			lang.Text{EN: "It is set, to nothing.", ZH: "已设置该变量，但值为空。"}, (*World).environmentEmpty),
		say("Given", "the environment variable {word} is not a number", "the environment variable RETRIES is not a number", "环境变量 {word} 不是数字", "环境变量 RETRIES 不是数字",
			lang.Text{EN: `Its value is the word "three".`, ZH: "值为单词 “three”。"}, (*World).environmentNotANumber),
		say("Given", "the environment variable {word} has spaces around its value", "the environment variable RETRIES has spaces around its value", "环境变量 {word} 的值前后有空格", "环境变量 RETRIES 的值前后有空格",
			lang.Text{EN: "The value that the deployment gives, with a space before and behind it.", ZH: "在部署所给的值前后各加一个空格。"}, (*World).environmentSpaced),
		say("Given", "none of the app's environment variables is set", "none of the app's environment variables is set", "应用的环境变量全部未设置", "应用的环境变量全部未设置",
			lang.Text{EN: "Takes away whatever the deployment tells the app, but where it listens; skipped if that is nothing.", ZH: "去掉部署中除监听端口外的全部环境变量；若没有则跳过。"}, (*World).nothingSet),
		say("Given", "all environment variables of the app are empty", "all environment variables of the app are empty", "应用的环境变量全部为空", "应用的环境变量全部为空",
			lang.Text{EN: "Sets what the deployment tells the app, and what its source reads, to nothing, but where it listens.", ZH: "把部署给出的、源码读取的环境变量都设为空（监听端口除外）。"}, (*World).everythingEmpty),
		say("Given", "the app is told a port that is not a number", "the app is told a port that is not a number", "告知应用的端口不是数字", "告知应用的端口不是数字",
			lang.Text{EN: `The variables that say where to listen have the word "three" for the port; skipped if there is none.`, ZH: "告知监听端口的环境变量中，端口写成单词 “three”；没有这样的变量则跳过。"}, (*World).portNotANumber),
		say("When", "the app's ConfigMap is updated", "the app's ConfigMap is updated", "应用的 ConfigMap 被更新", "应用的 ConfigMap 被更新",
			lang.Text{EN: "Replaces the mounted files as the kubelet does it, with the same content.", ZH: "按 kubelet 的方式替换挂载的文件，内容不变。"}, (*World).configMapUpdated),
		say("Given", "the time zone is {word}", "the time zone is Asia/Shanghai", "时区为 {word}", "时区为 Asia/Shanghai",
			lang.Text{EN: "Sets TZ.", ZH: "设置 TZ 变量。"}, (*World).timeZone),
	}
}

func resourceSentences() []gherkin.Sentence {
	return []gherkin.Sentence{
		say("Given", "the CPU limit is {float}", "the CPU limit is 0.25", "CPU 上限为 {float}", "CPU 上限为 0.25",
			lang.Text{EN: "The app gets this share of processors.", ZH: "应用可用的 CPU 份额。"}, (*World).cpuLimit),
		say("Given", "at most {int} threads and processes are allowed", "at most 20 threads and processes are allowed", "线程与进程总数上限为 {int}", "线程与进程总数上限为 20",
			lang.Text{EN: "The pids limit of the container.", ZH: "容器的 pids 限制。"}, (*World).pidsLimit),
		say("Given", "at most {int} files may be open", "at most 64 files may be open", "最多打开 {int} 个文件", "最多打开 64 个文件",
			lang.Text{EN: "ulimit -n, sockets included.", ZH: "即 ulimit -n，包括 socket。"}, (*World).openFilesLimit),
	}
}

func imageSentences() []gherkin.Sentence {
	return []gherkin.Sentence{
		say("Given", "only the binary is deployed", "only the binary is deployed", "只部署了二进制文件", "只部署了二进制文件",
			lang.Text{EN: "Templates, static files and configuration of the app stay behind; mounts are there.", ZH: "模板、静态文件、配置都没有带上；挂载仍在。"}, (*World).onlyBinary),
		say("Given", `there is no \/tmp`, "there is no /tmp", `没有 \/tmp 目录`, "没有 /tmp 目录",
			lang.Text{EN: "The image has none, as images from scratch have none.", ZH: "镜像中没有该目录，scratch 镜像即如此。"}, (*World).noTmp),
		say("Given", "the image has no CA certificates", "the image has no CA certificates", "镜像中没有 CA 证书", "镜像中没有 CA 证书",
			lang.Text{EN: "No certificate of others can be verified.", ZH: "无法校验对方的 TLS 证书。"}, (*World).noCACertificates),
		say("Given", "the image has no time zones", "the image has no time zones", "镜像中没有时区数据", "镜像中没有时区数据",
			lang.Text{EN: "Only UTC is known, unless the app carries its own.", ZH: "除非应用自带，否则只有 UTC。"}, (*World).noTimeZones),
		say("Given", "the image has no shell", "the image has no shell", "镜像中没有 shell", "镜像中没有 shell",
			lang.Text{EN: "As distroless images have none.", ZH: "与 distroless 镜像一致。"}, (*World).noShell),
	}
}
