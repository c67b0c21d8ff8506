package deployment

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/docker/go-units"

	"github.com/seatrial/seatrial/harness/lang"
)

// fileSystem is what the process finds on disk and may do with it.
func fileSystem() []Kind {
	return []Kind{
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
	}
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

func absolute(v string) (string, error) {
	if !path.IsAbs(v) {
		return "", fmt.Errorf("%q is not an absolute path", v)
	}
	return path.Clean(v), nil
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
