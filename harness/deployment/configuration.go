package deployment

import (
	"fmt"
	"path"
	"strings"

	"github.com/seatrial/seatrial/harness/lang"
)

// configuration is what the deployment tells the app.
func configuration() []Kind {
	return []Kind{
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
			Name: "env-spaces", Value: "KEY", Example: "env-spaces=LOG",
			Doc: lang.Text{
				EN: "The value of this environment variable has a space before and behind it, as quoted lists and files of variables leave them.",
				ZH: "该环境变量的值前后各多一个空格，常见于加引号的列表与 env 文件。",
			},
			normalise: key,
			apply: func(s *Spec, v string) error {
				value, ok := s.Env[v]
				if !ok {
					return fmt.Errorf("the deployment does not set %s", v)
				}
				s.Env[v] = " " + value + " "
				return nil
			},
			decides: func(v string) string { return "variable " + v },
		},
		{
			Name: "malformed", Value: "PATH", Example: "malformed=/app/config/config.yaml",
			Doc: lang.Text{
				EN: "The file breaks off in its middle, within a quoted text, so that no parser takes it.",
				ZH: "该文件在中间被截断，且停在未闭合的引号内，任何解析器都无法读取。",
			},
			normalise: absolute, apply: change(Malformed), decides: contentOf,
		},
		{
			Name: "partly-filled", Value: "PATH", Example: "partly-filled=/app/config/config.yaml",
			Doc: lang.Text{
				EN: "Every second value of the file (YAML, JSON, TOML, KEY=VALUE) is blank, as where a template's variables were not all set. It stays well-formed.",
				ZH: "文件（YAML、JSON、TOML、KEY=VALUE）中每隔一个值为空，如模板变量未全部填写；格式仍然正确。",
			},
			normalise: absolute, apply: change(PartlyFilled), decides: contentOf,
		},
		{
			Name: "configmap", Value: "PATH", Example: "configmap=/app/config",
			Doc: lang.Text{
				EN: "The directory mounted at this path is laid out as Kubernetes lays out ConfigMaps and Secrets: the files are links through ..data, which is a link to a dated directory.",
				ZH: "该挂载目录按 Kubernetes ConfigMap/Secret 的方式布置：文件是经 ..data 的符号链接，..data 又指向带日期的目录。",
			},
			normalise: absolute,
			apply: func(s *Spec, v string) error {
				return changeMount(s, v, func(m *Mount) { m.ConfigMap = true })
			},
			decides: func(v string) string { return "layout of " + v },
		},
		{
			Name: "subpath", Value: "PATH", Example: "subpath=/app/config/config.yaml",
			Doc: lang.Text{
				EN: "Of the directory that is mounted around this file, the file alone is, as with subPath in Kubernetes and single files in Compose: it cannot be replaced by renaming, and its neighbours are the image's.",
				ZH: "只挂载该文件本身而不是其所在目录（Kubernetes 的 subPath、Compose 挂单个文件）：不能用 rename 替换它，旁边的文件来自镜像。",
			},
			normalise: absolute, apply: applySubPath,
			decides: func(v string) string { return "layout of " + path.Dir(v) },
		},
		{
			Name: "private-file", Value: "PATH[:root]", Example: "private-file=/app/config/config.yaml:root",
			Doc: lang.Text{
				EN: "The file has mode 0400 and belongs to the app's user, or to root.",
				ZH: "该文件权限为 0400，属主为应用用户，或 root。",
			},
			normalise: func(v string) (string, error) {
				at, owner, given := strings.Cut(v, ":")
				at, err := absolute(at)
				if err != nil || !given {
					return at, err
				}
				if owner != "root" {
					return "", fmt.Errorf("%q is not root", owner)
				}
				return at + ":root", nil
			},
			apply: func(s *Spec, v string) error {
				at, owner, _ := strings.Cut(v, ":")
				uid, gid := numbers(s.User)
				if owner == "root" {
					uid, gid = 0, 0
				}
				s.Files = append(s.Files, FileChange{Path: at, Change: HasMode, Mode: 0o400}, FileChange{Path: at, Change: HasOwner, UID: uid, GID: gid})
				return nil
			},
			decides: modeOf, alsoDecides: ownerOf,
		},
		{
			Name: "time-zone", Value: "ZONE", Example: "time-zone=Asia/Shanghai",
			Doc: lang.Text{
				EN: "The local time is that of this zone (TZ), where the image has time zones.",
				ZH: "本地时区为该时区（TZ 变量），前提是镜像中有时区数据。",
			},
			normalise: func(v string) (string, error) {
				if strings.Trim(v, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/_+-") != "" {
					return "", fmt.Errorf("%q is not the name of a time zone", v)
				}
				return v, nil
			},
			apply:   func(s *Spec, v string) error { setEnv(s, "TZ", v); return nil },
			decides: func(string) string { return "variable TZ" },
		},
	}
}

// changeMount alters the mount at a path.
func changeMount(s *Spec, at string, how func(*Mount)) error {
	for i := range s.Mounts {
		if s.Mounts[i].Path == at {
			how(&s.Mounts[i])
			return nil
		}
	}
	return fmt.Errorf("nothing is mounted at %s; the deployment mounts %s", at, mountPoints(s.Mounts))
}

func applySubPath(s *Spec, v string) error {
	for i, m := range s.Mounts {
		if rest, within := strings.CutPrefix(v, strings.TrimSuffix(m.Path, "/")+"/"); within && m.SubPath == "" {
			s.Mounts[i].Path, s.Mounts[i].SubPath = v, rest
			return nil
		}
	}
	return fmt.Errorf("no mounted directory holds %s; the deployment mounts %s", v, mountPoints(s.Mounts))
}

func setEnv(s *Spec, key, value string) {
	if s.Env == nil {
		s.Env = map[string]string{}
	}
	s.Env[key] = value
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
