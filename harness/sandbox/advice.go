package sandbox

import (
	"fmt"
	"net"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/seatrial/seatrial/harness/deployment"
	"github.com/seatrial/seatrial/harness/lang"
)

// adviceLines is how far from its end a log is searched for what ended the app.
const adviceLines = 12

// The errors of Go's standard library that say by themselves what is missing.
var (
	bindError    = regexp.MustCompile(`listen tcp \S*?:(\d+): bind: (permission denied|address already in use)`)
	writeError   = regexp.MustCompile(`(?:open|mkdir|create|rename|chmod|chown|write|remove|unlinkat|symlink|mknod) ([^\s:"']+): (permission denied|read-only file system)`)
	missingError = regexp.MustCompile(`(?:open|stat|lstat|chdir) ([^\s:"']+): no such file or directory`)
	patternError = regexp.MustCompile("pattern matches no files: `?([^`\\s]+)`?")
	refusedError = regexp.MustCompile(`dial tcp ([^\s"]+:\d+): (?:connect: )?connection refused`)
	lookupError  = regexp.MustCompile(`lookup ([^\s"]+?)(?: on \S+)?: (?:no such host|server misbehaving|Temporary failure in name resolution|i/o timeout)`)
	sqliteError  = regexp.MustCompile(`unable to open database file|attempt to write a readonly database`)
	sqliteStub   = regexp.MustCompile(`requires cgo to work\. This is a stub`)
)

// advice says what to do about an app that has ended, where the end of its log
// says plainly what it lacks; it is zero where that is not so.
func (f *StartFailure) advice() lang.Text {
	text, _ := f.telling()
	return text
}

// telling gives the advice with the index of the log line that it is about, -1
// without any.
func (f *StartFailure) telling() (lang.Text, int) {
	lines := f.Log
	if i := f.Crash(); i >= 0 {
		lines = lines[:i+1] // what follows is goroutines
	}
	for i, line := range slices.Backward(lines) {
		if i < len(lines)-adviceLines {
			break
		}
		for _, known := range []func(string) lang.Text{f.bound, f.denied, f.missing, f.unreached, sqlite} {
			if text := known(line.Text); !text.IsZero() {
				return text, i
			}
		}
	}
	return lang.Text{}, -1
}

// ginBanner is what gin prints at every start in its debug mode.
var ginBanner = regexp.MustCompile(`^(?:\[GIN-debug\] (?:\[WARNING\]|[A-Z]+ +/|Loaded HTML|Listening)| - using (?:env|code):|Please check https://pkg\.go\.dev/)`)

func (f *StartFailure) bound(line string) lang.Text {
	m := bindError.FindStringSubmatch(line)
	switch {
	case m == nil:
		return lang.Text{}
	case m[2] == "permission denied":
		return lang.Text{
			EN: fmt.Sprintf("listen on a port above 1023 instead of %s: lower ones need the capability NET_BIND_SERVICE", m[1]),
			ZH: fmt.Sprintf("请监听 1023 以上的端口，而不是 %s：低端口需要 NET_BIND_SERVICE 能力", m[1]),
		}
	}
	return lang.Text{
		EN: fmt.Sprintf("the app listens on port %s twice: see that it starts one server there", m[1]),
		ZH: fmt.Sprintf("应用两次监听端口 %s：请确认只启动了一个服务", m[1]),
	}
}

// denied is about a path that the app may not write to, or may not read.
func (f *StartFailure) denied(line string) lang.Text {
	m := writeError.FindStringSubmatch(line)
	if m == nil {
		return lang.Text{}
	}
	file := f.absolute(m[1])
	dir := file
	if !strings.Contains(m[0], "mkdir ") {
		dir = path.Dir(file)
	}
	if dir == "/" || dir == f.Spec.WorkDir || f.Spec.WorkDir == "" { // nothing can be mounted over the app itself
		return lang.Text{
			EN: fmt.Sprintf("the app may not use %s here (%s): let it write to a directory of its own, which the deployment can mount, or log to stdout", file, m[2]),
			ZH: fmt.Sprintf("应用在此无权使用 %s（%s）：请让它写到单独的、可由部署挂载的目录，日志则写到 stdout", file, m[2]),
		}
	}
	return lang.Text{
		EN: fmt.Sprintf("the app may not use %s here (%s): if it keeps data there, declare that in matrix.yaml, app.mounts: [{path: %s, writable: true}], and mount it in production; if it need not, let it start without", file, m[2], dir),
		ZH: fmt.Sprintf("应用在此无权使用 %s（%s）：若数据保存在此，请在 matrix.yaml 声明 app.mounts: [{path: %s, writable: true}]，生产环境同样挂载；若并非必需，请让它没有该目录也能启动", file, m[2], dir),
	}
}

func (f *StartFailure) missing(line string) lang.Text {
	m := missingError.FindStringSubmatch(line)
	if m == nil {
		m = patternError.FindStringSubmatch(line)
	}
	if m == nil {
		return lang.Text{}
	}
	file := f.absolute(m[1])
	if name := m[1]; !path.IsAbs(name) {
		return lang.Text{
			EN: fmt.Sprintf("the app looks for %s in its working directory, where it is not (%s): put it into the image with app.files or mount it with app.mounts in matrix.yaml; an embedded file (go:embed) or a path from the configuration works from anywhere", name, file),
			ZH: fmt.Sprintf("应用在工作目录下找 %s，但没有（%s）：请在 matrix.yaml 用 app.files 放进镜像或用 app.mounts 挂载；用 go:embed 嵌入或从配置读取路径，则与工作目录无关", name, file),
		}
	}
	return lang.Text{
		EN: fmt.Sprintf("nothing is at %s: mount it with app.mounts in matrix.yaml, or let the app start without it", file),
		ZH: fmt.Sprintf("%s 不存在：请在 matrix.yaml 用 app.mounts 挂载，或让应用没有它也能启动", file),
	}
}

// unreached is about another service.
func (f *StartFailure) unreached(line string) lang.Text {
	if m := refusedError.FindStringSubmatch(line); m != nil {
		host, port, err := net.SplitHostPort(m[1])
		ip := net.ParseIP(host)
		switch {
		case err != nil:
			return lang.Text{}
		case f.Spec.Redis == deployment.Down && port == fmt.Sprint(redisPort):
			return lang.Text{
				EN: "Redis is down here, and comes back in production: try again instead of ending, or end with a code other than 0 for the supervisor to restart it",
				ZH: "此处 Redis 未启动，生产中会恢复：请重试而不是退出，或以非 0 退出码结束以便守护进程重启",
			}
		case host == "localhost" || ip != nil && ip.IsLoopback():
			return lang.Text{
				EN: fmt.Sprintf("nothing listens on %s: within a container that is the container itself. Tell the app in app.env or its configuration where the service is; beside it here are Redis (${REDIS_ADDR}) and nginx, and no other", m[1]),
				ZH: fmt.Sprintf("%s 上没有服务：容器内这个地址就是容器自身。请在 app.env 或配置中写明服务地址；此处应用旁边只有 Redis（${REDIS_ADDR}）与 nginx", m[1]),
			}
		}
		return elsewhere(m[1])
	}
	if m := lookupError.FindStringSubmatch(line); m != nil {
		return elsewhere(m[1])
	}
	return lang.Text{}
}

func elsewhere(service string) lang.Text {
	return lang.Text{
		EN: fmt.Sprintf("%s cannot be reached from here: beside the app are Redis (${REDIS_ADDR} in app.env) and nginx, and no other service; let it start without, or turn that off for the trial by app.env or its configuration", service),
		ZH: fmt.Sprintf("此处无法访问 %s：应用旁边只有 Redis（app.env 中的 ${REDIS_ADDR}）与 nginx；请让它没有该服务也能启动，或在试航时用 app.env 或配置关闭", service),
	}
}

func sqlite(line string) lang.Text {
	switch {
	case sqliteStub.MatchString(line):
		return lang.Text{
			EN: "its SQLite needs cgo: build such cells with it, matrix: {cgo: [\"on\"], base: [debian]}, or use a SQLite that is written in Go",
			ZH: "它使用的 SQLite 需要 cgo：请写 matrix: {cgo: [\"on\"], base: [debian]}，或改用纯 Go 的 SQLite",
		}
	case sqliteError.MatchString(line):
		return lang.Text{
			EN: "its SQLite database is where the app may not write: keep it in a directory of its own and declare that in matrix.yaml, app.mounts: [{path: /the/directory, writable: true}]",
			ZH: "SQLite 数据库所在目录不可写：请放在单独的目录，并在 matrix.yaml 声明 app.mounts: [{path: /该目录, writable: true}]",
		}
	}
	return lang.Text{}
}

func (f *StartFailure) absolute(name string) string {
	if path.IsAbs(name) {
		return path.Clean(name)
	}
	return path.Join("/", f.Spec.WorkDir, name)
}
