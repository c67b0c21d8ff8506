package deployment

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

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
			decides:   contentOf,
		},
		{
			Name: "unreadable", Value: "PATH", Example: "unreadable=/app/config/config.yaml",
			Doc: lang.Text{
				EN: "This file or directory belongs to root with mode 0000, so that only root can read it.",
				ZH: "该文件或目录属主为 root 且权限 0000，只有 root 能读。",
			},
			normalise:   absolute,
			apply:       func(s *Spec, v string) error { s.Unreadable = append(s.Unreadable, v); return nil },
			decides:     contentOf,
			alsoDecides: modeOf,
		},
		{
			Name: "tmpfs", Value: "PATH[:SIZE]", Example: "tmpfs=/app/cache:16MiB",
			Doc: lang.Text{
				EN: "An empty, writable in-memory file system is mounted at this path.",
				ZH: "在该路径挂载空的、可写的内存文件系统。",
			},
			normalise: pathAndSize,
			apply:     applyTmpfs,
			decides:   contentOf,
		},
		{
			Name: "noexec", Value: "PATH", Example: "noexec=/tmp",
			Doc: lang.Text{
				EN: "An empty, writable file system is mounted at this path, and no program can be run from it.",
				ZH: "在该路径挂载空的、可写但禁止执行程序（noexec）的文件系统。",
			},
			normalise: absolute,
			apply:     func(s *Spec, v string) error { return mountTmpfs(s, Tmpfs{Path: v, NoExec: true}) },
			decides:   contentOf,
		},
		{
			Name: "full", Value: "PATH", Example: "full=/app/cache",
			Doc: lang.Text{
				EN: "The file system at this path is full: files can be made, every byte written to them ends with \"no space left on device\".",
				ZH: "该路径所在文件系统已写满：能新建文件，写入任何内容都得到 “no space left on device”。",
			},
			normalise: absolute,
			apply:     func(s *Spec, v string) error { return mountTmpfs(s, Tmpfs{Path: v, Size: fullSize, Full: true}) },
			decides:   contentOf,
		},
		{
			Name: "stale-volume", Value: "PATH", Example: "stale-volume=/app/static",
			Doc: lang.Text{
				EN: "A named volume that an earlier release has filled is mounted at this directory of the image: engines fill a volume once, so that the files of this release stay hidden. The earlier texts are half of what they are now, and files that are named by a hash had another.",
				ZH: "该镜像目录上挂载着由旧版本填充过的命名卷：引擎只在卷为空时填充一次，因此本次发布的文件被旧文件遮住。旧的文本文件只有现在的一半内容，以哈希命名的文件则是另一个名字。",
			},
			normalise: absolute,
			apply: func(s *Spec, v string) error {
				if isMountPoint(s, v) {
					return fmt.Errorf("the deployment mounts a content of its own at %s, which is not the image's", v)
				}
				s.Mounts = append(s.Mounts, Mount{Path: v, Keep: true, Writable: true, Stale: true})
				return nil
			},
			decides: contentOf,
		},
		{
			Name: "slow", Value: "PATH:TIME", Example: "slow=/app/data:200ms",
			Doc: lang.Text{
				EN: "Each call on files at or below this path (open, read, write, sync, rename, ...) takes longer by this time, as on a network disk that is busy. What is mapped into memory is not slowed. It also sets no-new-privileges, needs Linux 5.5 or later, and the app is not process 1 then.",
				ZH: "对该路径及其下文件的每次调用（打开、读、写、同步、改名等）都多花这段时间，如同繁忙的网络磁盘；映射到内存的内容不受影响。同时会启用 no-new-privileges，需要 Linux 5.5 及以上，应用的进程号不再是 1。",
			},
			normalise: pathAndTime,
			apply: func(s *Spec, v string) error {
				at, text, _ := strings.Cut(v, ":")
				delay, err := time.ParseDuration(text)
				s.Slow = append(s.Slow, SlowPath{Path: at, Delay: delay})
				return err
			},
			decides: func(v string) string {
				at, _, _ := strings.Cut(v, ":")
				return "speed of " + at
			},
		},
		{
			Name: "read-only", Value: "PATH", Example: "read-only=/data",
			Doc: lang.Text{
				EN: "What is mounted at this path cannot be written to; where nothing is mounted, the image's own content is, read-only.",
				ZH: "该路径的挂载为只读；若此处没有挂载，则把镜像中的内容以只读方式挂载。",
			},
			normalise: absolute,
			apply:     applyReadOnly,
			decides:   func(v string) string { return "rights on " + v },
		},
		{
			Name: "missing", Value: "PATH", Example: "missing=/app/static",
			Doc: lang.Text{
				EN: "This file or directory of the image or of a mount is not there.",
				ZH: "镜像或挂载中的该文件或目录不存在。",
			},
			normalise: absolute,
			apply: func(s *Spec, v string) error {
				if isMountPoint(s, v) {
					return applyMissingMount(s, v)
				}
				return change(Missing)(s, v)
			},
			decides: contentOf,
		},
		{
			Name: "directory-instead", Value: "PATH", Example: "directory-instead=/app/config/config.yaml",
			Doc: lang.Text{
				EN: "An empty directory is where a file was expected: Docker makes one where the source of a bind mount is missing.",
				ZH: "应为文件的位置是一个空目录：bind 挂载的源文件不存在时 Docker 会这样创建。",
			},
			normalise: absolute,
			apply: func(s *Spec, v string) error {
				if isMountPoint(s, v) {
					if err := applyMissingMount(s, v); err != nil {
						return err
					}
				}
				return change(Directory)(s, v)
			},
			decides: contentOf,
		},
		{
			Name: "empty", Value: "PATH", Example: "empty=/app/config/config.yaml",
			Doc: lang.Text{
				EN: "The file has no content; a directory has no files.",
				ZH: "该文件为空；若为目录则其中没有任何文件。",
			},
			normalise: absolute, apply: change(Empty), decides: contentOf,
		},
		{
			Name: "mode", Value: "PATH:MODE", Example: "mode=/app/config/config.yaml:0600",
			Doc: lang.Text{
				EN: "The file or directory has these permission bits, in octal.",
				ZH: "该文件或目录的权限位（八进制）。",
			},
			normalise: pathAndMode,
			apply: func(s *Spec, v string) error {
				at, bits, _ := strings.Cut(v, ":")
				mode, err := strconv.ParseUint(bits, 8, 12)
				s.Files = append(s.Files, FileChange{Path: at, Change: HasMode, Mode: fs.FileMode(mode)})
				return err
			},
			decides: modeOf,
		},
		{
			Name: "owner", Value: "PATH:UID[:GID]", Example: "owner=/data:0:0",
			Doc: lang.Text{
				EN: "The file or directory, and all below it, belong to this user and group.",
				ZH: "该文件或目录（含其下全部内容）属于该用户与组。",
			},
			normalise: func(v string) (string, error) {
				at, ids, _ := strings.Cut(v, ":")
				at, err := absolute(at)
				if err != nil {
					return "", err
				}
				ids, err = userAndGroup(ids)
				return at + ":" + ids, err
			},
			apply: func(s *Spec, v string) error {
				at, ids, _ := strings.Cut(v, ":")
				uid, gid := numbers(ids)
				s.Files = append(s.Files, FileChange{Path: at, Change: HasOwner, UID: uid, GID: gid})
				return nil
			},
			decides: ownerOf,
		},
		{
			Name: "crlf", Value: "PATH", Example: "crlf=/app/config/config.yaml",
			Doc: lang.Text{
				EN: "The lines of the file end with CR and LF, as Windows editors leave them.",
				ZH: "该文件使用 CRLF 换行，如 Windows 编辑器保存的那样。",
			},
			normalise: absolute, apply: change(CRLF), decides: contentOf,
		},
		{
			Name: "bom", Value: "PATH", Example: "bom=/app/config/config.yaml",
			Doc: lang.Text{
				EN: "The file begins with a UTF-8 byte order mark.",
				ZH: "该文件以 UTF-8 BOM 开头。",
			},
			normalise: absolute, apply: change(BOM), decides: contentOf,
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
	return mountTmpfs(s, t)
}

func absolute(v string) (string, error) {
	if !path.IsAbs(v) {
		return "", fmt.Errorf("%q is not an absolute path", v)
	}
	return path.Clean(v), nil
}

func pathAndTime(v string) (string, error) {
	at, text, _ := strings.Cut(v, ":")
	at, errPath := absolute(at)
	text, errTime := duration(text)
	return at + ":" + text, errors.Join(errPath, errTime)
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
