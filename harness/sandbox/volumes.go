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

// volume is one that is shared; lock is held while it is being made.
type volume struct {
	lock chan struct{}
	name string
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
			if name, err = s.pool.volumes.create(ctx, c); err == nil {
				s.private = append(s.private, name)
			}
		} else {
			name, err = s.pool.volumes.shared(ctx, c)
		}
		if err != nil {
			return nil, fmt.Errorf("mount %s at %s: %w", m.From, m.Path, err)
		}
		list = append(list, mount.Mount{
			Type: mount.TypeVolume, Source: name, Target: m.Path, ReadOnly: !m.Writable,
			// An empty volume would otherwise get what the image has at its place.
			VolumeOptions: &mount.VolumeOptions{NoCopy: true},
		})
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

// shared gives the volume with this content, made at the first call. A failure,
// which may be the end of one caller's patience, is not kept for the others.
func (v *volumes) shared(ctx context.Context, c content) (string, error) {
	key, err := json.Marshal(c)
	if err != nil {
		return "", err
	}
	v.mu.Lock()
	one, ok := v.made[string(key)]
	if !ok {
		one = &volume{lock: make(chan struct{}, 1)}
		v.made[string(key)] = one
	}
	v.mu.Unlock()
	select {
	case one.lock <- struct{}{}:
		defer func() { <-one.lock }()
	case <-ctx.Done():
		return "", fmt.Errorf("wait for volume: %w", context.Cause(ctx))
	}
	if one.name != "" {
		return one.name, nil
	}
	name, err := v.create(ctx, c)
	if err != nil {
		return "", err
	}
	one.name = name
	return name, nil
}

// create makes a volume and fills it through a container that is never started.
// A volume that cannot be filled is removed again.
func (v *volumes) create(ctx context.Context, c content) (name string, err error) {
	if ctx.Err() != nil {
		return "", fmt.Errorf("create volume: %w", context.Cause(ctx))
	}
	made, err := v.engine.Client.VolumeCreate(context.WithoutCancel(ctx), client.VolumeCreateOptions{Labels: v.engine.Labels("volume")})
	if err != nil {
		return "", fmt.Errorf("create volume: %w", err)
	}
	name = made.Volume.Name
	if err := v.fill(ctx, name, c); err != nil {
		return "", errors.Join(err, v.removeOne(context.WithoutCancel(ctx), name))
	}
	return name, nil
}

func (v *volumes) fill(ctx context.Context, name string, c content) (err error) {
	carrier, err := create(ctx, v.engine.Client, client.ContainerCreateOptions{
		Config: &container.Config{Image: v.helper.Name, Cmd: []string{"pause"}, Labels: v.engine.Labels("volume")},
		HostConfig: &container.HostConfig{
			NetworkMode: "none",
			Mounts:      []mount.Mount{{Type: mount.TypeVolume, Source: name, Target: "/" + carried}},
		},
	})
	if err != nil {
		return err
	}
	defer func() {
		_, errRemove := v.engine.Client.ContainerRemove(context.WithoutCancel(ctx), carrier, client.ContainerRemoveOptions{Force: true})
		err = errors.Join(err, errRemove)
	}()
	at, prefix := "/", carried
	if v.engine.Podman { // it has the volume in its place only below there
		at, prefix = "/"+carried, "."
	}
	read, write := io.Pipe()
	defer read.Close() // lets go of the writer if the engine did not want it all
	go func() { write.CloseWithError(writeTar(write, prefix, c)) }()
	_, err = v.engine.Client.CopyToContainer(ctx, carrier, client.CopyToContainerOptions{DestinationPath: at, Content: read})
	if err != nil {
		return fmt.Errorf("fill volume: %w", err)
	}
	return nil
}

// carried is where a volume is in the container that fills it. Docker leaves the
// directory in which it unpacks an archive as it is, and the volume would belong
// to root; so the archive holds the volume by its name in the parent directory.
const carried = "volume"

// writeTar writes a directory with the owner and modes that the content wants,
// by the name prefix. Symbolic links stay links, as in a directory that is
// mounted; what is neither file, directory nor link is left out.
func writeTar(w io.Writer, prefix string, c content) error {
	archive := tar.NewWriter(w)
	if c.From == "" { // an empty directory
		header := &tar.Header{Name: prefix + "/", Typeflag: tar.TypeDir, Mode: 0o755, Uid: c.UID, Gid: c.GID}
		return errors.Join(archive.WriteHeader(header), archive.Close())
	}
	root, err := filepath.EvalSymlinks(c.From) // WalkDir does not follow a link
	if err != nil {
		return err
	}
	if info, err := os.Stat(root); err != nil || !info.IsDir() {
		return errors.Join(fmt.Errorf("%s is not a directory", c.From), err)
	}
	missing := slices.Clone(c.Unreadable)
	err = filepath.WalkDir(root, func(file string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(root, file)
		if err != nil {
			return err
		}
		relative = filepath.ToSlash(relative)
		i := slices.Index(missing, relative)
		if i >= 0 {
			missing = slices.Delete(missing, i, i+1)
		}
		return writeEntry(archive, c, file, path.Join(prefix, relative), i >= 0)
	})
	if err != nil {
		return err
	}
	if len(missing) > 0 {
		return fmt.Errorf("make unreadable: %s has no %s", c.From, strings.Join(missing, ", "))
	}
	return archive.Close()
}

func writeEntry(archive *tar.Writer, c content, file, name string, unreadable bool) error {
	look := os.Lstat
	if unreadable { // a link cannot be made unreadable; a file in its place can
		look = os.Stat
	}
	info, err := look(file)
	if err != nil {
		return err
	}
	header := &tar.Header{Name: name, Uid: c.UID, Gid: c.GID, ModTime: info.ModTime()}
	switch mode := info.Mode(); {
	case mode.IsDir():
		header.Typeflag, header.Mode, header.Name = tar.TypeDir, 0o755, header.Name+"/"
	case mode.IsRegular():
		header.Typeflag, header.Mode, header.Size = tar.TypeReg, 0o644, info.Size()
		if mode&0o111 != 0 {
			header.Mode = 0o755
		}
	case mode&fs.ModeSymlink != 0:
		link, err := os.Readlink(file)
		if err != nil {
			return err
		}
		header.Typeflag, header.Mode, header.Linkname = tar.TypeSymlink, 0o777, filepath.ToSlash(link)
	default:
		return nil
	}
	if unreadable {
		header.Mode, header.Uid, header.Gid = 0, 0, 0
	}
	if err := archive.WriteHeader(header); err != nil || header.Typeflag != tar.TypeReg {
		return err
	}
	source, err := os.Open(file)
	if err != nil {
		return err
	}
	defer source.Close()
	_, err = io.Copy(archive, source)
	return err
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
