package sandbox

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/containerd/errdefs"
	"github.com/moby/moby/api/pkg/stdcopy"
	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/client"

	"github.com/seatrial/seatrial/harness/image"
)

// Shell says how a shell is opened beside an app.
type Shell struct {
	Image   image.Ref // that has sh
	Command []string  // what is run; nothing is an interactive shell
	In      io.Reader
	Out     io.Writer
	Err     io.Writer // not used with a terminal, which has one stream
	// Size gives the columns and rows of the terminal; nil is none.
	Size func() (width, height int, err error)
}

// ShellRoot is where a shell beside the app finds the app's file system.
const ShellRoot = "/proc/1/root"

// resizeEvery is how often the size of the terminal is looked at.
const resizeEvery = 500 * time.Millisecond

// Shell runs a shell in the namespaces of the app's process and network: what is process
// 1 there is the app, and its root is [ShellRoot]. The shell is root and may trace,
// so that it sees what the app's user may not. It works beside an image that holds
// nothing but a binary. It gives the exit code, and removes what it made.
func (s *Sandbox) Shell(ctx context.Context, sh Shell) (code int, err error) {
	api := s.pool.options.Engine.Client
	start := `cd "$APP$APP_WORKDIR" 2>/dev/null || cd "$APP"; export PS1='app:${PWD#/proc/1/root}# '; `
	command := []string{"sh", "-c", start + "exec sh"}
	if len(sh.Command) > 0 {
		command = append([]string{"sh", "-c", start + `exec "$@"`, "sh"}, sh.Command...)
	}
	tty := sh.Size != nil
	id, err := create(ctx, api, client.ContainerCreateOptions{
		Config: &container.Config{
			Image: sh.Image.Name, Entrypoint: command[:1], Cmd: command[1:], User: "0:0", Labels: s.pool.options.Engine.Labels("shell"),
			Env: append([]string{"APP=" + ShellRoot, "APP_WORKDIR=" + s.Spec.WorkDir, "APP_USER=" + s.Spec.User, "TERM=xterm"}, s.environment()...),
			Tty: tty, OpenStdin: sh.In != nil, StdinOnce: true, AttachStdin: sh.In != nil, AttachStdout: true, AttachStderr: true,
		},
		HostConfig: &container.HostConfig{
			NetworkMode: container.NetworkMode("container:" + s.slot.appPod.GetContainerID()),
			PidMode:     container.PidMode("container:" + s.container),
			CapAdd:      []string{"SYS_PTRACE"},
			// A host with AppArmor lets nobody else look into another container.
			SecurityOpt: []string{"apparmor=unconfined"},
			LogConfig:   s.pool.logConfig(),
		},
	})
	if err != nil {
		return 0, fmt.Errorf("open shell: %w", err)
	}
	defer func() {
		_, errRemove := api.ContainerRemove(context.WithoutCancel(ctx), id, client.ContainerRemoveOptions{Force: true})
		if errRemove != nil && !errdefs.IsNotFound(errRemove) {
			err = errors.Join(err, fmt.Errorf("close shell: %w", errRemove))
		}
	}()
	return s.attached(ctx, id, sh)
}

// attached starts the container of a shell and carries its streams until it ends.
func (s *Sandbox) attached(ctx context.Context, id string, sh Shell) (int, error) {
	api := s.pool.options.Engine.Client
	streams, err := api.ContainerAttach(ctx, id, client.ContainerAttachOptions{Stream: true, Stdin: sh.In != nil, Stdout: true, Stderr: true})
	if err != nil {
		return 0, fmt.Errorf("open shell: attach: %w", err)
	}
	defer streams.Close()
	ended := api.ContainerWait(ctx, id, client.ContainerWaitOptions{Condition: container.WaitConditionNextExit})
	if _, err := api.ContainerStart(ctx, id, client.ContainerStartOptions{}); err != nil {
		return 0, fmt.Errorf("open shell: start: %w", err)
	}
	if sh.In != nil {
		go func() { // it is left behind at its next line, if there is one
			_, _ = io.Copy(streams.Conn, sh.In)
			_ = streams.CloseWrite()
		}()
	}
	said := make(chan struct{})
	go func() { // what cannot be shown is no reason to end
		defer close(said)
		if sh.Size != nil {
			_, _ = io.Copy(sh.Out, streams.Reader)
		} else {
			_, _ = stdcopy.StdCopy(sh.Out, sh.Err, streams.Reader)
		}
	}()
	resize := time.NewTicker(resizeEvery)
	defer resize.Stop()
	last := ""
	for {
		if sh.Size != nil {
			if width, height, err := sh.Size(); err == nil && fmt.Sprint(width, height) != last {
				last = fmt.Sprint(width, height)
				_, _ = api.ContainerResize(ctx, id, client.ContainerResizeOptions{Width: uint(width), Height: uint(height)})
			}
		}
		select {
		case result := <-ended.Result:
			select { // what it said last is on its way
			case <-said:
			case <-time.After(time.Second):
			}
			return int(result.StatusCode), nil
		case err := <-ended.Error:
			return 0, fmt.Errorf("shell: %w", err)
		case <-ctx.Done():
			return 0, context.Cause(ctx)
		case <-resize.C:
		}
	}
}

// LastWords gives the end of what the app wrote.
func (s *Sandbox) LastWords(ctx context.Context) string {
	const most = 3
	lines, err := s.Logs(ctx)
	if err != nil {
		return ""
	}
	return strings.TrimSpace(lastText(lines, most))
}
