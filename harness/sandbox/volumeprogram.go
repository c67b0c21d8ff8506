package sandbox

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"
	"path"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/client"
)

// program gives the volume that holds the helper as /helper, made at the first
// call.
func (v *volumes) program(ctx context.Context, image string) (string, error) {
	return v.once(ctx, "program "+image, func(ctx context.Context) (name string, err error) {
		api := v.engine.Client
		source, err := create(ctx, api, client.ContainerCreateOptions{
			Config:     &container.Config{Image: image, Cmd: []string{"pause"}, Labels: v.engine.Labels("volume")},
			HostConfig: &container.HostConfig{NetworkMode: "none"},
		})
		if err != nil {
			return "", err
		}
		defer func() {
			_, errRemove := api.ContainerRemove(context.WithoutCancel(ctx), source, client.ContainerRemoveOptions{Force: true})
			err = errors.Join(err, errRemove)
		}()
		found, err := api.CopyFromContainer(ctx, source, client.CopyFromContainerOptions{SourcePath: "/helper"})
		if err != nil {
			return "", fmt.Errorf("read helper: %w", err)
		}
		defer found.Content.Close()
		if name, err = v.empty(ctx); err != nil {
			return "", err
		}
		err = v.fill(ctx, name, nil, func(w io.Writer, prefix string) error { return moveTar(w, found.Content, prefix) })
		if err != nil {
			return "", errors.Join(err, v.removeOne(context.WithoutCancel(ctx), name))
		}
		return name, nil
	})
}

// moveTar copies an archive, its entries below another directory.
func moveTar(w io.Writer, r io.Reader, to string) error {
	in, out := tar.NewReader(r), tar.NewWriter(w)
	if err := out.WriteHeader(&tar.Header{Name: to + "/", Typeflag: tar.TypeDir, Mode: 0o755}); err != nil {
		return err
	}
	for {
		header, err := in.Next()
		if errors.Is(err, io.EOF) {
			return out.Close()
		}
		if err != nil {
			return err
		}
		header.Name = path.Join(to, header.Name)
		if err := out.WriteHeader(header); err != nil {
			return err
		}
		if _, err := io.Copy(out, in); err != nil {
			return err
		}
	}
}
