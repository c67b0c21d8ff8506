package sandbox

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"regexp"
	"strings"

	"github.com/containerd/errdefs"
	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/api/types/mount"
	"github.com/moby/moby/client"
	"github.com/testcontainers/testcontainers-go"
)

// sharedStatic is where nginx has the volume that it shares with the app.
const sharedStatic = "/srv/static"

// shareVolume puts another nginx in the place of the slot's, one that has the app's
// volume, until it is undone: nothing can be mounted into a container that runs.
func (s *Slot) shareVolume(ctx context.Context, volume string) error {
	usual := s.nginx
	s.ngx.idle = usual
	s.undo = append(s.undo, func(ctx context.Context) error {
		err := s.removeSharing(ctx, usual)
		if _, errStart := s.pool.options.Engine.Client.ContainerStart(ctx, usual.GetContainerID(), client.ContainerStartOptions{}); errStart != nil {
			return errors.Join(err, fmt.Errorf("start nginx: %w", errStart))
		}
		return errors.Join(err, poll(ctx, nginxReload, "nginx", s.alive(usual), func(ctx context.Context) error {
			_, err := s.pool.nginxAnswers(ctx, s.nginxURL)
			return err
		}))
	})
	_, err := s.pool.options.Engine.Client.ContainerKill(ctx, usual.GetContainerID(), client.ContainerKillOptions{Signal: "SIGKILL"})
	if err != nil {
		return fmt.Errorf("stop nginx: %w", err)
	}
	s.ngx.generation++
	conf, err := s.nginxConf(s.nginxData())
	if err != nil {
		return err
	}
	plain := s.asService(nginxConfPath, conf, "nginx", "-c", nginxConfPath, "-g", "daemon off;")
	sharing, err := s.run(ctx, s.pool.options.Images.Nginx.Name, "service", func(r *testcontainers.GenericContainerRequest) error {
		if err := plain(r); err != nil {
			return err
		}
		usually := r.HostConfigModifier
		r.HostConfigModifier = func(h *container.HostConfig) {
			usually(h)
			h.Mounts = append(h.Mounts, mount.Mount{
				Type: mount.TypeVolume, Source: volume, Target: sharedStatic, ReadOnly: true,
				VolumeOptions: &mount.VolumeOptions{NoCopy: true},
			})
		}
		return nil
	})
	if sharing != nil {
		s.nginx = sharing
	}
	if err != nil {
		return err
	}
	return s.awaitNginx(ctx, "http")
}

func (s *Slot) removeSharing(ctx context.Context, usual *testcontainers.DockerContainer) error {
	sharing := s.nginx
	s.nginx, s.ngx.idle = usual, nil
	if sharing == usual {
		return nil
	}
	return testcontainers.TerminateContainer(sharing, testcontainers.StopTimeout(0), testcontainers.StopContext(ctx))
}

// volumeAt gives the volume that the app has mounted at a path.
func (s *Sandbox) volumeAt(at string) (string, error) {
	for _, m := range s.created.HostConfig.Mounts {
		if m.Type == mount.TypeVolume && m.Target == at {
			return m.Source, nil
		}
	}
	return "", fmt.Errorf("share %s: no volume is mounted there", at)
}

// ImageFiles gives the files that an image of the app has below a directory, by
// their path relative to it: what was deployed, whatever is mounted over it. The
// app's container is not asked.
func (s *Sandbox) ImageFiles(ctx context.Context, dir string) (map[string][]byte, error) {
	files := map[string][]byte{}
	err := s.pool.imageArchive(ctx, s.Image.Name, dir, func(archive *tar.Reader) error {
		for {
			header, err := archive.Next()
			if errors.Is(err, io.EOF) {
				return nil
			}
			if err != nil {
				return err
			}
			_, below, _ := strings.Cut(header.Name, "/")
			if header.Typeflag != tar.TypeReg {
				continue
			}
			if files[below], err = io.ReadAll(io.LimitReader(archive, mostRead)); err != nil {
				return err
			}
		}
	})
	return files, orBroken("read image", err)
}

// imageArchive reads a directory of an image through a container that is never
// started. The error is [ErrNoFile] where the image has none.
func (p *Pool) imageArchive(ctx context.Context, image, dir string, read func(*tar.Reader) error) (err error) {
	api := p.options.Engine.Client
	id, err := create(ctx, api, client.ContainerCreateOptions{
		Config:     &container.Config{Image: image, Labels: p.options.Engine.Labels("volume")},
		HostConfig: &container.HostConfig{NetworkMode: "none"},
	})
	if err != nil {
		return err
	}
	defer func() {
		_, errRemove := api.ContainerRemove(context.WithoutCancel(ctx), id, client.ContainerRemoveOptions{Force: true, RemoveVolumes: true})
		err = errors.Join(err, errRemove)
	}()
	copied, err := api.CopyFromContainer(ctx, id, client.CopyFromContainerOptions{SourcePath: dir})
	if errdefs.IsNotFound(err) {
		return fmt.Errorf("%s in the image: %w", dir, ErrNoFile)
	}
	if err != nil {
		return fmt.Errorf("read %s of the image: %w", dir, err)
	}
	defer copied.Content.Close()
	return read(tar.NewReader(copied.Content))
}

// stale makes a volume that an earlier release has filled.
func (s *Sandbox) stale(ctx context.Context, dir string) (string, error) {
	v := s.pool.volumes
	name, err := v.empty(ctx)
	if err != nil {
		return "", err
	}
	err = s.pool.imageArchive(ctx, s.Image.Name, dir, func(archive *tar.Reader) error {
		return v.fill(ctx, name, nil, func(w io.Writer, prefix string) error { return writeEarlier(w, prefix, archive) })
	})
	if err != nil {
		return "", errors.Join(err, v.removeOne(context.WithoutCancel(ctx), name))
	}
	return name, nil
}

// hashed finds the hash of the content in the name of a file, as bundlers put it
// there: app.3f2b9c1d.css, index-3f2b9c1d.js.
var hashed = regexp.MustCompile(`[.-]([0-9a-f]{8,64})\.`)

// texts are the kinds of files of which an earlier release had an earlier text.
const texts = " .css .js .mjs .html .htm .json .svg .txt .xml .map .webmanifest "

// writeEarlier writes a directory as an earlier release had it: a text had half of
// what it has now, and a file that is named by its content had another name.
func writeEarlier(w io.Writer, prefix string, archive *tar.Reader) error {
	out := tar.NewWriter(w)
	for {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return out.Close()
		}
		if err != nil {
			return err
		}
		_, below, _ := strings.Cut(header.Name, "/")
		content, err := io.ReadAll(archive)
		if err != nil {
			return err
		}
		if header.Typeflag == tar.TypeReg {
			below = path.Join(path.Dir(below), earlierName(path.Base(below)))
			if strings.Contains(texts, " "+strings.ToLower(path.Ext(below))+" ") {
				content = content[:len(content)/2]
			}
		}
		header.Name, header.Size = path.Join(prefix, below), int64(len(content))
		if header.Typeflag == tar.TypeDir {
			header.Name += "/"
		}
		if err := out.WriteHeader(header); err != nil {
			return err
		}
		if _, err := io.Copy(out, bytes.NewReader(content)); err != nil {
			return err
		}
	}
}

// earlierName has another hash where the name has one.
func earlierName(name string) string {
	at := hashed.FindStringSubmatchIndex(name)
	if at == nil {
		return name
	}
	other := strings.Map(func(r rune) rune {
		if r == '0' {
			return '1'
		}
		return '0'
	}, name[at[2]:at[3]])
	return name[:at[2]] + other + name[at[3]:]
}
