package deployment

import (
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/docker/go-units"

	"github.com/seatrial/seatrial/harness/lang"
)

// Kind describes one kind of condition in the catalogue.
type Kind struct {
	Name string
	// Value is the form of the value, such as "UID[:GID]"; empty when the
	// condition takes none.
	Value   string
	Example string
	Doc     lang.Text

	optional  bool
	normalise func(value string) (string, error)
	apply     func(s *Spec, value string) error
	// decides names what the condition settles; two conditions of one
	// deployment may not settle the same thing differently.
	decides func(value string) string
}

func (k Kind) claim(c Condition) string {
	if k.decides == nil {
		return c.Name
	}
	return k.decides(c.Value)
}

// Catalogue lists every kind of condition, in the order in which they are
// applied.
func Catalogue() []Kind {
	return []Kind{
		{
			Name: "user", Value: "UID[:GID]", Example: "user=65532",
			Doc: lang.Text{
				EN: "The app runs as this numeric user, who need not be in /etc/passwd. The group defaults to the same number.",
				ZH: "以该数字 UID 运行应用，/etc/passwd 中可以没有此用户；未给出 GID 时与 UID 相同。",
			},
			normalise: userAndGroup,
			apply:     func(s *Spec, v string) error { s.User = v; return nil },
			decides:   func(string) string { return "user" },
		},
		{
			Name: "workdir", Value: "PATH", Example: "workdir=/",
			Doc: lang.Text{
				EN: "The app is started from this directory, as systemd starts services from /.",
				ZH: "从该目录启动应用，例如 systemd 默认从 / 启动服务。",
			},
			normalise: absolute,
			apply:     func(s *Spec, v string) error { s.WorkDir = v; return nil },
			decides:   func(string) string { return "working directory" },
		},
		{
			Name: "read-only-root", Example: "read-only-root",
			Doc: lang.Text{
				EN: "The root file system cannot be written to; mounts and tmpfs stay as they are.",
				ZH: "根文件系统只读；挂载点与 tmpfs 不受影响。",
			},
			apply: func(s *Spec, _ string) error { s.ReadOnlyRoot = true; return nil },
		},
		{
			Name: "drop-capabilities", Value: "[CAP,...]", Example: "drop-capabilities=NET_RAW,SYS_CHROOT", optional: true,
			Doc: lang.Text{
				EN: "The process loses these Linux capabilities; all of them when none is named.",
				ZH: "去掉所列 Linux capabilities；不写则全部去掉。",
			},
			normalise: capabilities,
			apply: func(s *Spec, v string) error {
				s.DropCapabilities = []string{"ALL"}
				if v != "" {
					s.DropCapabilities = strings.Split(v, ",")
				}
				return nil
			},
		},
		{
			Name: "no-new-privileges", Example: "no-new-privileges",
			Doc: lang.Text{
				EN: "Set-user-id bits and file capabilities no longer raise rights.",
				ZH: "setuid 位与文件 capabilities 不再能提升权限。",
			},
			apply: func(s *Spec, _ string) error { s.NoNewPrivileges = true; return nil },
		},
		{
			Name: "memory", Value: "SIZE", Example: "memory=64MiB",
			Doc: lang.Text{
				EN: "The app and its children may use this much memory, swap included.",
				ZH: "应用及其子进程可用内存上限（含 swap）。",
			},
			normalise: size,
			apply:     applyMemory,
			decides:   func(string) string { return "memory limit" },
		},
		{
			Name: "missing-mount", Value: "PATH", Example: "missing-mount=/app/config",
			Doc: lang.Text{
				EN: "What production should mount at this path is not mounted.",
				ZH: "生产环境应挂载到该路径的内容没有挂载。",
			},
			normalise: absolute,
			apply:     applyMissingMount,
			decides:   func(v string) string { return "content of " + v },
		},
		{
			Name: "unreadable", Value: "PATH", Example: "unreadable=/app/config/config.yaml",
			Doc: lang.Text{
				EN: "This file or directory belongs to root with mode 0000, so that only root can read it.",
				ZH: "该文件或目录属主为 root 且权限 0000，只有 root 能读。",
			},
			normalise: absolute,
			apply:     func(s *Spec, v string) error { s.Unreadable = append(s.Unreadable, v); return nil },
			decides:   func(v string) string { return "content of " + v },
		},
		{
			Name: "tmpfs", Value: "PATH[:SIZE]", Example: "tmpfs=/app/cache:16MiB",
			Doc: lang.Text{
				EN: "An empty, writable in-memory file system is mounted at this path.",
				ZH: "在该路径挂载空的、可写的内存文件系统。",
			},
			normalise: pathAndSize,
			apply:     applyTmpfs,
			decides: func(v string) string {
				at, _, _ := strings.Cut(v, ":")
				return "content of " + at
			},
		},
		{
			Name: "env", Value: "KEY=VALUE", Example: "env=LOG_LEVEL=warn",
			Doc: lang.Text{
				EN: "This environment variable has this value, which may be empty.",
				ZH: "设置环境变量；值可以为空。",
			},
			normalise: keyAndValue,
			apply: func(s *Spec, v string) error {
				key, value, _ := strings.Cut(v, "=")
				setEnv(s, key, value)
				return nil
			},
			decides: func(v string) string {
				key, _, _ := strings.Cut(v, "=")
				return "variable " + key
			},
		},
		{
			Name: "env-unset", Value: "KEY", Example: "env-unset=REDIS_ADDR",
			Doc: lang.Text{
				EN: "This environment variable is not set at all.",
				ZH: "完全不设置该环境变量。",
			},
			normalise: key,
			apply:     func(s *Spec, v string) error { delete(s.Env, v); return nil },
			decides:   func(v string) string { return "variable " + v },
		},
		{
			Name: "redis", Value: "down", Example: "redis=down",
			Doc: lang.Text{
				EN: "Redis is not running when the app starts: its name resolves, its port refuses connections.",
				ZH: "应用启动时 Redis 未运行：主机名可解析，端口拒绝连接。",
			},
			normalise: func(v string) (string, error) {
				if v != string(Down) {
					return "", fmt.Errorf("%q is not a state of redis; it can be down", v)
				}
				return v, nil
			},
			apply: func(s *Spec, v string) error { s.Redis = Service(v); return nil },
		},
	}
}

func kindOf(name string) (Kind, bool) {
	all := Catalogue()
	i := slices.IndexFunc(all, func(k Kind) bool { return k.Name == name })
	if i < 0 {
		return Kind{}, false
	}
	return all[i], true
}

func rank(name string) int {
	return slices.IndexFunc(Catalogue(), func(k Kind) bool { return k.Name == name })
}

func names() []string {
	var list []string
	for _, k := range Catalogue() {
		list = append(list, k.Name)
	}
	return list
}

func applyMemory(s *Spec, v string) error {
	limit, err := units.RAMInBytes(v)
	if err != nil {
		return err
	}
	s.Memory = limit
	return nil
}

func applyMissingMount(s *Spec, v string) error {
	i := slices.IndexFunc(s.Mounts, func(m Mount) bool { return m.Path == v })
	if i < 0 {
		return fmt.Errorf("nothing is mounted at %s; the deployment mounts %s", v, mountPoints(s.Mounts))
	}
	s.Mounts = slices.Delete(s.Mounts, i, i+1)
	return nil
}

func mountPoints(mounts []Mount) string {
	if len(mounts) == 0 {
		return "nothing (declare mounts under app: in matrix.yaml)"
	}
	var paths []string
	for _, m := range mounts {
		paths = append(paths, m.Path)
	}
	return strings.Join(paths, ", ")
}

func applyTmpfs(s *Spec, v string) error {
	at, text, sized := strings.Cut(v, ":")
	t := Tmpfs{Path: at}
	if sized {
		limit, err := units.RAMInBytes(text)
		if err != nil {
			return err
		}
		t.Size = limit
	}
	s.Tmpfs = append(s.Tmpfs, t)
	return nil
}

func setEnv(s *Spec, key, value string) {
	if s.Env == nil {
		s.Env = map[string]string{}
	}
	s.Env[key] = value
}

// userAndGroup makes "65532" into "65532:65532": an engine would otherwise give
// an unknown user the group root, which is the exception and not the rule.
func userAndGroup(v string) (string, error) {
	user, group, hasGroup := strings.Cut(v, ":")
	if !hasGroup {
		group = user
	}
	for _, id := range []string{user, group} {
		n, err := strconv.ParseUint(id, 10, 32)
		if err != nil || n > 1<<31-1 {
			return "", fmt.Errorf("%q is not a numeric user or group id", id)
		}
	}
	return user + ":" + group, nil
}

func absolute(v string) (string, error) {
	if !path.IsAbs(v) {
		return "", fmt.Errorf("%q is not an absolute path", v)
	}
	return path.Clean(v), nil
}

func capabilities(v string) (string, error) {
	var list []string
	for name := range strings.SplitSeq(v, ",") {
		name = strings.TrimPrefix(strings.ToUpper(strings.TrimSpace(name)), "CAP_")
		if name == "" || strings.Trim(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") != "" {
			return "", fmt.Errorf("%q is not the name of a capability", name)
		}
		list = append(list, name)
	}
	slices.Sort(list)
	return strings.Join(slices.Compact(list), ","), nil
}

func size(v string) (string, error) {
	n, err := units.RAMInBytes(v)
	if err != nil || n <= 0 {
		return "", fmt.Errorf("%q is not a size", v)
	}
	return strings.ReplaceAll(v, " ", ""), nil
}

func pathAndSize(v string) (string, error) {
	at, limit, sized := strings.Cut(v, ":")
	at, err := absolute(at)
	if err != nil || !sized {
		return at, err
	}
	limit, err = size(limit)
	return at + ":" + limit, err
}

func keyAndValue(v string) (string, error) {
	name, _, ok := strings.Cut(v, "=")
	if !ok {
		return "", fmt.Errorf("%q is not KEY=VALUE", v)
	}
	if _, err := key(name); err != nil {
		return "", err
	}
	return v, nil
}

func key(v string) (string, error) {
	if v == "" || strings.ContainsAny(v, "= \t\x00") {
		return "", fmt.Errorf("%q is not the name of an environment variable", v)
	}
	return v, nil
}
