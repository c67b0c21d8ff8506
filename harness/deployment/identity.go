package deployment

import (
	"fmt"
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
	}
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
