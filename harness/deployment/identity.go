package deployment

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/seatrial/seatrial/harness/lang"
)

// identity is who the process is and what it may do.
func identity() []Kind {
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
			Name: "no-home", Example: "no-home",
			Doc: lang.Text{
				EN: "The variable HOME is not set, as under systemd in units without User=.",
				ZH: "没有 HOME 变量，例如 systemd 单元未写 User= 时。",
			},
			apply:   func(s *Spec, _ string) error { s.NoHome = true; delete(s.Env, "HOME"); return nil },
			decides: func(string) string { return "variable HOME" },
		},
		{
			Name: "privileged-ports-closed", Example: "privileged-ports-closed",
			Doc: lang.Text{
				EN: "Ports below 1024 need the capability NET_BIND_SERVICE, as on plain hosts and in Kubernetes; Docker opens them to everybody.",
				ZH: "1024 以下端口需要 NET_BIND_SERVICE，与普通主机和 Kubernetes 一致；Docker 默认对所有用户开放。",
			},
			apply: func(s *Spec, _ string) error { s.PrivilegedPorts = true; return nil },
		},
		{
			Name: "seccomp", Value: "PROFILE|/FILE.json", Example: "seccomp=no-inotify",
			Doc: lang.Text{
				EN: "System calls are filtered. no-inotify, no-chmod and no-chown answer those calls with EPERM; old-engine answers clone3, faccessat2, openat2, close_range and epoll_pwait2 so, as engines before 2021 do; a file holds a profile in Docker's JSON form. The engine's own profile does not apply then.",
				ZH: "过滤系统调用。no-inotify、no-chmod、no-chown 使相应调用返回 EPERM；old-engine 使 clone3、faccessat2、openat2、close_range、epoll_pwait2 返回 EPERM（2021 年前的引擎即如此）；也可给出 Docker JSON 格式的配置文件。此时不再使用引擎自带的配置。",
			},
			normalise: seccompProfile,
			apply:     func(s *Spec, v string) error { s.Seccomp = v; return nil },
			decides:   func(string) string { return "seccomp profile" },
		},
	}
}

// SeccompProfiles are the system calls that each named profile answers with
// EPERM; all others are let through.
func SeccompProfiles() map[string][]string {
	return map[string][]string{
		"no-inotify": {"inotify_init", "inotify_init1", "inotify_add_watch"},
		"no-chmod":   {"chmod", "fchmod", "fchmodat", "fchmodat2"},
		"no-chown":   {"chown", "fchown", "fchownat", "lchown", "chown32", "fchown32", "lchown32"},
		// Of https://github.com/moby/moby/issues/42680 and its kin: a profile that
		// does not know a call answers EPERM, and C libraries take that for final.
		"old-engine": {"clone3", "faccessat2", "openat2", "close_range", "epoll_pwait2"},
	}
}

func seccompProfile(v string) (string, error) {
	if strings.HasSuffix(v, ".json") {
		return absolute(v)
	}
	profiles := SeccompProfiles()
	if _, ok := profiles[v]; !ok {
		return "", fmt.Errorf("there is no seccomp profile %q; there are %s, and files with an absolute path that ends in .json", v, strings.Join(slices.Sorted(maps.Keys(profiles)), ", "))
	}
	return v, nil
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
