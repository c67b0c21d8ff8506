package sandbox

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/containerd/errdefs"
	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/api/types/mount"
	"github.com/moby/moby/client"
)

// Rotation is how logrotate moves a log file out of the way.
type Rotation string

const (
	// CopyTruncate copies the file and cuts the original to nothing, for apps that
	// keep it open.
	CopyTruncate Rotation = "copytruncate"
	// Rename gives the file another name, for apps that open it anew when told to.
	Rename Rotation = "rename"
)

// Rotated is what the old log is called, after the file's own name.
const Rotated = ".1"

// RotateLog rotates a log file on one of the app's writable mounts, from beside the
// app as logrotate does: on the volume, and not in the app's container. It is an
// error if the file is on no such mount, or is not there.
func (s *Sandbox) RotateLog(ctx context.Context, file string, how Rotation) error {
	volume, within, err := s.onVolume(file)
	if err == nil {
		err = s.pool.volumes.apply(ctx, volume, "rotate", string(how), "/"+carried+"/"+within)
	}
	return orBroken("rotate "+file, err)
}

// onVolume gives the volume on which a file is that the app may write to, and the
// file's path on it.
func (s *Sandbox) onVolume(file string) (volume, within string, err error) {
	var longest string
	for _, m := range s.created.HostConfig.Mounts {
		rest, ok := strings.CutPrefix(file, strings.TrimSuffix(m.Target, "/")+"/")
		if ok && m.Type == mount.TypeVolume && !m.ReadOnly && len(m.Target) > len(longest) {
			longest, volume, within = m.Target, m.Source, rest
		}
	}
	if volume == "" {
		return "", "", errors.New("it is on no writable mount: what rotates logs works beside the app, and needs their directory on one (app.mounts in matrix.yaml, writable: true)")
	}
	return volume, within, nil
}

// apply lets the helper do something with a volume.
func (v *volumes) apply(ctx context.Context, name string, command ...string) error {
	id, err := create(ctx, v.engine.Client, client.ContainerCreateOptions{
		Config: &container.Config{Image: v.helper.Name, Cmd: command, Labels: v.engine.Labels("volume")},
		HostConfig: &container.HostConfig{
			NetworkMode: "none",
			Mounts:      []mount.Mount{{Type: mount.TypeVolume, Source: name, Target: "/" + carried}},
		},
	})
	if err != nil {
		return err
	}
	err = v.do(ctx, id)
	_, errRemove := v.engine.Client.ContainerRemove(context.WithoutCancel(ctx), id, client.ContainerRemoveOptions{Force: true})
	return errors.Join(err, errRemove)
}

// ErrNoFile says that the app's container has no such file.
var ErrNoFile = errors.New("there is no such file")

// mostRead bounds what is read of a file of the app's.
const mostRead = 8 << 20

// ReadFile gives what a file in the app's container holds, mounts included, up to
// 8 MiB of it.
func (s *Sandbox) ReadFile(ctx context.Context, file string) ([]byte, error) {
	copied, err := s.pool.options.Engine.Client.CopyFromContainer(ctx, s.id(), client.CopyFromContainerOptions{SourcePath: file})
	if errdefs.IsNotFound(err) {
		return nil, fmt.Errorf("read %s: %w", file, ErrNoFile)
	}
	if err != nil {
		return nil, asBroken("read "+file, err)
	}
	defer copied.Content.Close()
	archive := tar.NewReader(copied.Content)
	header, err := archive.Next()
	if err == nil && header.Typeflag != tar.TypeReg {
		err = errors.New("it is not a plain file")
	}
	if err != nil {
		return nil, asBroken("read "+file, err)
	}
	content, err := io.ReadAll(io.LimitReader(archive, mostRead))
	return content, orBroken("read "+file, err)
}
