package sandbox

import (
	"archive/tar"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/containerd/errdefs"
	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/api/types/mount"
	"github.com/moby/moby/client"

	"github.com/seatrial/seatrial/harness/engine"
	"github.com/seatrial/seatrial/harness/image"
)

// volumes makes the volumes that deployments mount. A volume and not a bind
// mount: it has the owner and modes that the deployment asks for, whatever the
// host's files have, and works with remote engines. A read-only volume is made
// once a run and shared; a writable one belongs to one sandbox.
type volumes struct {
	engine *engine.Engine
	helper image.Ref

	mu   sync.Mutex
	made map[string]*volume
}

type volume struct {
	once sync.Once
	name string
	err  error
}

func newVolumes(e *engine.Engine, helper image.Ref) *volumes {
	return &volumes{engine: e, helper: helper, made: map[string]*volume{}}
}

// content says what a volume holds.
type content struct {
	From       string
	UID, GID   int
	Unreadable []string // paths within the volume
}

// mounts gives the engine's form of the deployment's mounts, making the volumes.
func (s *Sandbox) mounts(ctx context.Context) ([]mount.Mount, error) {
	var list []mount.Mount
	for _, m := range s.Spec.Mounts {
		c := content{From: m.From, Unreadable: unreadableWithin(m.Path, s.Spec.Unreadable)}
		var name string
		var err error
		if m.Writable {
			c.UID, c.GID = numericUser(s.Spec.User)
			if name, err = s.pool.volumes.create(ctx, c); name != "" {
				s.private = append(s.private, name)
			}
		} else {
			name, err = s.pool.volumes.shared(ctx, c)
		}
		if err != nil {
			return nil, fmt.Errorf("mount %s at %s: %w", m.From, m.Path, err)
		}
		list = append(list, mount.Mount{Type: mount.TypeVolume, Source: name, Target: m.Path, ReadOnly: !m.Writable})
	}
	return list, nil
}

// unreadableWithin gives the paths below the mount point, relative to it.
func unreadableWithin(mountPoint string, paths []string) []string {
	var within []string
	for _, p := range paths {
		if p == mountPoint {
			within = append(within, ".")
		} else if rest, ok := strings.CutPrefix(p, strings.TrimSuffix(mountPoint, "/")+"/"); ok {
			within = append(within, rest)
		}
	}
	slices.Sort(within)
	return within
}

func numericUser(user string) (uid, gid int) {
	u, g, _ := strings.Cut(user, ":")
	uid, _ = strconv.Atoi(u)
	gid, _ = strconv.Atoi(g)
	return uid, gid
}

// shared gives the volume with this content, made at the first call.
func (v *volumes) shared(ctx context.Context, c content) (string, error) {
	key, err := json.Marshal(c)
	if err != nil {
		return "", err
	}
	v.mu.Lock()
	one, ok := v.made[string(key)]
	if !ok {
		one = &volume{}
		v.made[string(key)] = one
	}
	v.mu.Unlock()
	one.once.Do(func() { one.name, one.err = v.create(ctx, c) })
	return one.name, one.err
}

// create makes a volume and fills it through a container that is never started.
func (v *volumes) create(ctx context.Context, c content) (name string, err error) {
	api := v.engine.Client
	made, err := api.VolumeCreate(ctx, client.VolumeCreateOptions{Labels: v.engine.Labels("volume")})
	if err != nil {
		return "", fmt.Errorf("create volume: %w", err)
	}
	name = made.Volume.Name
	const at = "/volume"
	carrier, err := api.ContainerCreate(ctx, client.ContainerCreateOptions{
		Config: &container.Config{Image: v.helper.Name, Cmd: []string{"pause"}, Labels: v.engine.Labels("volume")},
		HostConfig: &container.HostConfig{
			NetworkMode: "none",
			Mounts:      []mount.Mount{{Type: mount.TypeVolume, Source: name, Target: at}},
		},
	})
	if err != nil {
		return name, fmt.Errorf("create container: %w", err)
	}
	defer func() {
		_, errRemove := api.ContainerRemove(context.WithoutCancel(ctx), carrier.ID, client.ContainerRemoveOptions{Force: true})
		err = errors.Join(err, errRemove)
	}()
	read, write := io.Pipe()
	go func() { write.CloseWithError(writeTar(write, c)) }()
	_, err = api.CopyToContainer(ctx, carrier.ID, client.CopyToContainerOptions{DestinationPath: at, Content: read, CopyUIDGID: true})
	if err != nil {
		return name, fmt.Errorf("fill volume: %w", err)
	}
	return name, nil
}

// writeTar writes a directory with the owner and modes that the content wants.
func writeTar(w io.Writer, c content) error {
	archive := tar.NewWriter(w)
	if c.From == "" { // an empty directory
		header := &tar.Header{Name: "./", Typeflag: tar.TypeDir, Mode: 0o755, Uid: c.UID, Gid: c.GID}
		return errors.Join(archive.WriteHeader(header), archive.Close())
	}
	missing := slices.Clone(c.Unreadable)
	err := filepath.WalkDir(c.From, func(file string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(c.From, file)
		if err != nil {
			return err
		}
		relative = filepath.ToSlash(relative)
		info, err := os.Stat(file) // a symbolic link gives what it points to
		if err != nil {
			return err
		}
		header := &tar.Header{Name: path.Join(".", relative), Uid: c.UID, Gid: c.GID, ModTime: info.ModTime(), Typeflag: tar.TypeReg, Mode: 0o644, Size: info.Size()}
		if info.IsDir() {
			header.Typeflag, header.Mode, header.Size, header.Name = tar.TypeDir, 0o755, 0, header.Name+"/"
		} else if info.Mode()&0o111 != 0 {
			header.Mode = 0o755
		}
		if i := slices.Index(missing, relative); i >= 0 {
			missing = slices.Delete(missing, i, i+1)
			header.Mode, header.Uid, header.Gid = 0, 0, 0
		}
		if err := archive.WriteHeader(header); err != nil || info.IsDir() {
			return err
		}
		source, err := os.Open(file)
		if err != nil {
			return err
		}
		defer source.Close()
		_, err = io.Copy(archive, source)
		return err
	})
	if err != nil {
		return err
	}
	if len(missing) > 0 {
		return fmt.Errorf("make unreadable: %s has no %s", c.From, strings.Join(missing, ", "))
	}
	return archive.Close()
}

func (v *volumes) removeOne(ctx context.Context, name string) error {
	_, err := v.engine.Client.VolumeRemove(ctx, name, client.VolumeRemoveOptions{Force: true})
	if err != nil && !errdefs.IsNotFound(err) {
		return fmt.Errorf("remove volume: %w", err)
	}
	return nil
}

func (v *volumes) remove(ctx context.Context) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	var errs []error
	for _, one := range v.made {
		if one.name != "" {
			errs = append(errs, v.removeOne(ctx, one.name))
		}
	}
	clear(v.made)
	return errors.Join(errs...)
}
