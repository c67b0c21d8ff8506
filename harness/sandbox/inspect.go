package sandbox

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/moby/moby/api/pkg/stdcopy"
	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/api/types/mount"
	"github.com/moby/moby/client"

	"github.com/seatrial/seatrial/harness/deployment"
	"github.com/seatrial/seatrial/harness/evidence"
)

// What only the kernel knows of an app is told by the helper. Into the container
// of an app that runs it looks from beside it: a container of its own, which joins
// the app's processes and sees the app's files through /proc, as the app's user. An
// app that has ended is stood in for: the helper is started as the app was, from
// the same image and with the same rights, and tells what it finds. Neither needs
// anything of the app's image.

// inspection is what the helper answers.
type inspection struct {
	Processes []evidence.Process `json:"processes"`
	Mounts    []evidence.Mounted `json:"mounts"`
	Limits    evidence.Limits    `json:"limits"`
	Paths     []evidence.Path    `json:"paths"`
	Errors    []string           `json:"errors,omitempty"`
}

// inspectRequest is what the helper is asked.
type inspectRequest struct {
	Target int      `json:"target"`
	Hide   []string `json:"hide,omitempty"`
	Paths  []Hint   `json:"paths,omitempty"`
}

// standInDir is where the stand-in's program is mounted.
const standInDir = "/.seatrial-look"

// standInRun bounds the life of a container that only looks.
const standInRun = 8 * time.Second

// inside writes what the helper sees.
func (c *collector) inside(ctx context.Context) {
	found, err := c.inspect(ctx)
	if err != nil {
		for _, name := range []string{evidence.ProcessesFile, evidence.MountsFile, evidence.PathsFile} {
			c.missing(name, err)
		}
	} else {
		c.put(evidence.ProcessesFile, func() error { return evidence.JSONLines(c.w, evidence.ProcessesFile, found.Processes) })
		c.put(evidence.MountsFile, func() error { return evidence.JSONLines(c.w, evidence.MountsFile, found.Mounts) })
		c.put(evidence.PathsFile, func() error { return evidence.JSONLines(c.w, evidence.PathsFile, found.Paths) })
		if len(found.Errors) > 0 {
			c.w.Partial(evidence.ProcessesFile, "the helper could not see: "+strings.Join(found.Errors, "; "))
		}
	}
	c.put(evidence.LimitsFile, func() error {
		limits, err := c.limits(ctx, found.Limits)
		return errors.Join(err, c.w.JSON(evidence.LimitsFile, limits))
	})
}

// inspect asks the helper. An app that ends while it is looked at is stood in for.
func (c *collector) inspect(ctx context.Context) (inspection, error) {
	hints := c.hints(ctx)
	if c.state.Running {
		found, err := c.s.lookBeside(ctx, hints)
		if err == nil {
			return found, nil
		}
		state, errState := c.s.State(ctx)
		if errState != nil || state.Running {
			return inspection{}, err
		}
	}
	found, err := c.s.standIn(ctx, hints, true)
	if err != nil && ctx.Err() == nil && c.s.Spec.Seccomp != "" {
		// The filter may be just what no program survives.
		again, errAgain := c.s.standIn(ctx, hints, false)
		if errAgain == nil {
			c.w.Partial(evidence.ProcessesFile, "of a stand-in without its seccomp profile, under which not even that could run: "+err.Error())
			return again, nil
		}
	}
	return found, err
}

// lookBeside looks into the container of an app that runs.
func (s *Sandbox) lookBeside(ctx context.Context, hints []Hint) (inspection, error) {
	request, err := json.Marshal(inspectRequest{Target: 1, Paths: hints})
	if err != nil {
		return inspection{}, err
	}
	e := s.pool.options.Engine
	return s.runHelper(ctx, client.ContainerCreateOptions{
		Config: &container.Config{
			Image: s.pool.options.Images.Helper.Name, Cmd: []string{"inspect", string(request)}, User: "0:0",
			AttachStdout: true, AttachStderr: true, Labels: e.Labels("look"),
		},
		HostConfig: &container.HostConfig{
			PidMode:        container.PidMode("container:" + s.id()),
			NetworkMode:    container.NetworkMode("container:" + s.place.pod.GetContainerID()),
			CapAdd:         []string{"SYS_PTRACE"}, // to see another user's process
			ReadonlyRootfs: true, LogConfig: s.pool.logConfig(),
		},
	})
}

// standIn starts the helper as the app was started. Its control group has no
// limits: this program needs its own memory and threads.
func (s *Sandbox) standIn(ctx context.Context, hints []Hint, filtered bool) (inspection, error) {
	volume, err := s.pool.helperVolume(ctx)
	if err != nil {
		return inspection{}, err
	}
	request, err := json.Marshal(inspectRequest{Hide: []string{standInDir}, Paths: hints})
	if err != nil {
		return inspection{}, err
	}
	program := standInDir + "/helper"
	config, host := *s.created.Config, *s.created.HostConfig
	alone := s.Spec // nobody beside it: the answer is read at once, and once
	alone.Init, alone.LogReader, alone.Slow = false, deployment.LogReader{}, nil
	host.RestartPolicy = container.RestartPolicy{}
	config.Entrypoint = StartedBy(alone, program)
	if len(config.Entrypoint) == 0 {
		config.Entrypoint = []string{program}
	}
	config.Cmd = []string{"inspect", string(request)}
	config.AttachStdout, config.AttachStderr = true, true
	config.Labels = s.pool.options.Engine.Labels("look")
	limits := host.Ulimits
	host.Resources = container.Resources{Ulimits: limits}
	if !filtered {
		host.SecurityOpt = slices.DeleteFunc(slices.Clone(host.SecurityOpt), func(o string) bool { return strings.HasPrefix(o, "seccomp=") })
	}
	host.Mounts = append(append([]mount.Mount{}, host.Mounts...), mount.Mount{
		Type: mount.TypeVolume, Source: volume, Target: standInDir, ReadOnly: true, VolumeOptions: &mount.VolumeOptions{NoCopy: true},
	})
	return s.runHelper(ctx, client.ContainerCreateOptions{Config: &config, HostConfig: &host})
}

// runHelper runs a container of the helper to its end and reads its answer.
func (s *Sandbox) runHelper(ctx context.Context, o client.ContainerCreateOptions) (found inspection, err error) {
	ctx, cancel := context.WithTimeoutCause(ctx, standInRun, fmt.Errorf("the helper did not answer within %s", standInRun))
	defer cancel()
	api := s.pool.options.Engine.Client
	id, err := create(ctx, api, o)
	if err != nil {
		return found, err
	}
	defer func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), standInRun)
		defer cancel()
		_, errRemove := api.ContainerRemove(ctx, id, client.ContainerRemoveOptions{Force: true, RemoveVolumes: true})
		err = errors.Join(err, errRemove)
	}()
	attached, err := api.ContainerAttach(ctx, id, client.ContainerAttachOptions{Stream: true, Stdout: true, Stderr: true})
	if err != nil {
		return found, fmt.Errorf("attach to helper: %w", err)
	}
	defer attached.Close()
	defer context.AfterFunc(ctx, attached.Close)()
	if _, err := api.ContainerStart(ctx, id, client.ContainerStartOptions{}); err != nil {
		return found, fmt.Errorf("start helper: %w", err)
	}
	var out, said bytes.Buffer
	if _, err := stdcopy.StdCopy(&out, io.Writer(&said), attached.Reader); err != nil {
		return found, fmt.Errorf("read the helper's answer: %w", errors.Join(err, context.Cause(ctx)))
	}
	decoder := json.NewDecoder(&out)
	decoder.DisallowUnknownFields() // its types are ours, written twice
	if err := decoder.Decode(&found); err != nil {
		return found, fmt.Errorf("read the helper's answer: %w (it says: %s)", err, strings.TrimSpace(said.String()))
	}
	return found, nil
}

// helperVolume gives the volume that holds the helper, made when it is first
// needed.
func (p *Pool) helperVolume(ctx context.Context) (string, error) {
	return p.volumes.program(ctx, p.options.Images.Helper.Name)
}
