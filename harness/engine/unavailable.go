package engine

import (
	"errors"
	"net/url"
	"os"
	"slices"
	"strings"
	"syscall"

	"github.com/seatrial/seatrial/harness/lang"
)

// Unavailable says that no engine can be used: what is missing, and what to do.
type Unavailable struct {
	What lang.Text
	Do   lang.Text
	Err  error
}

// Error gives what is missing and, on a second line, what to do.
func (u *Unavailable) Error() string { return u.What.EN + "\n" + u.Do.EN }

// Unwrap gives the causes, one an endpoint.
func (u *Unavailable) Unwrap() error { return u.Err }

// Broken says that the fault is not the app's.
func (u *Unavailable) Broken() bool { return true }

func unavailable(tried []Endpoint, cause error) *Unavailable {
	if len(tried) == 0 {
		return &Unavailable{
			What: lang.Text{EN: "no container engine found: DOCKER_HOST is not set and no Docker or Podman socket exists", ZH: "找不到容器引擎：未设置 DOCKER_HOST，也没有 Docker 或 Podman 套接字"},
			Do:   lang.Text{EN: "install Docker (20.10 or newer) or Podman and start it, or set DOCKER_HOST", ZH: "请安装并启动 Docker（20.10 或更新）或 Podman，或设置 DOCKER_HOST"},
			Err:  cause,
		}
	}
	var places []string
	for _, p := range tried {
		places = append(places, p.String())
	}
	list := strings.Join(places, ", ")
	if errors.Is(cause, os.ErrPermission) || errors.Is(cause, syscall.EACCES) || strings.Contains(cause.Error(), "permission denied") {
		return &Unavailable{
			What: lang.Text{EN: "no permission to use the container engine at " + list, ZH: "没有权限使用容器引擎：" + list},
			Do:   lang.Text{EN: "add yourself to the engine's group (sudo usermod -aG docker $USER, then log in again) or set DOCKER_HOST to an engine that is yours", ZH: "请把自己加入 docker 组（sudo usermod -aG docker $USER，然后重新登录），或把 DOCKER_HOST 指向自己的引擎"},
			Err:  cause,
		}
	}
	if len(tried) == 1 && tried[0].malformed() {
		return &Unavailable{
			What: lang.Text{EN: "this is no address of a container engine: " + list, ZH: "这不是容器引擎的地址：" + list},
			Do:   lang.Text{EN: "write unix:///var/run/docker.sock or tcp://host:2376, or leave it out: then the usual sockets are tried", ZH: "请写成 unix:///var/run/docker.sock 或 tcp://主机:2376；不设置则尝试常用的套接字"},
			Err:  cause,
		}
	}
	reason := strings.ReplaceAll(cause.Error(), "\n", "; ")
	do := lang.Text{EN: "start it (sudo systemctl start docker, or open Docker Desktop), check with: docker version", ZH: "请启动它（sudo systemctl start docker，或打开 Docker Desktop），并用 docker version 检查"}
	if len(tried) == 1 && tried[0].From == fromVariable {
		do.EN += "; or correct DOCKER_HOST: without it the usual sockets are tried"
		do.ZH += "；或更正 DOCKER_HOST：不设置则尝试常用的套接字"
	}
	return &Unavailable{
		What: lang.Text{EN: "the container engine does not answer: " + reason, ZH: "容器引擎没有应答：" + reason},
		Do:   do,
		Err:  cause,
	}
}

// malformed says whether nothing can listen at the address.
func (p Endpoint) malformed() bool {
	u, err := url.Parse(p.Host)
	if err != nil {
		return true
	}
	return !slices.Contains([]string{"unix", "npipe", "tcp", "http", "https", "ssh"}, u.Scheme) || u.Host+u.Path == ""
}
