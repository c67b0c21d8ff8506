package sandbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/containerd/errdefs"
	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/api/types/mount"
	"github.com/moby/moby/client"
	"github.com/moby/moby/client/pkg/versions"

	"github.com/seatrial/seatrial/harness/deployment"
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
	From       string // the host's directory; "" for an empty one
	UID, GID   int
	Unreadable []string                // paths within the volume
	Changes    []deployment.FileChange // their paths are within the volume, too
	ConfigMap  bool                    // see layOut
}

// mounts gives the engine's form of the deployment's mounts, making the volumes.
func (s *Sandbox) mounts(ctx context.Context) ([]mount.Mount, error) {
	var list []mount.Mount
	for _, m := range s.Spec.Mounts {
		name, err := s.volume(ctx, m)
		if err != nil {
			return nil, fmt.Errorf("mount %s at %s: %w", m.From, m.Path, err)
		}
		one := mount.Mount{
			Type: mount.TypeVolume, Source: name, Target: m.Path, ReadOnly: !m.Writable || m.Frozen,
			// An empty volume would otherwise get what the image has at its place.
			VolumeOptions: &mount.VolumeOptions{NoCopy: !m.Keep || m.Stale},
		}
		if m.SubPath != "" {
			if one, err = s.pool.volumes.part(ctx, one, m.SubPath); err != nil {
				return nil, fmt.Errorf("mount %s of %s at %s: %w", m.SubPath, m.From, m.Path, err)
			}
		}
		list = append(list, one)
	}
	return list, nil
}

// volume makes the volume of a mount. One that can change in a sandbox belongs
// to it; the others are shared.
func (s *Sandbox) volume(ctx context.Context, m deployment.Mount) (name string, err error) {
	c := content{
		From: m.From, ConfigMap: m.ConfigMap,
		Unreadable: unreadableWithin(m.Root(), s.Spec.Unreadable), Changes: changesWithin(m.Root(), s.Spec.Files),
	}
	switch {
	case m.Stale:
		name, err = s.stale(ctx, m.Path)
	case m.Keep:
		name, err = s.pool.volumes.empty(ctx)
	case m.Writable:
		c.UID, c.GID = numericUser(s.Spec.User)
		name, err = s.pool.volumes.create(ctx, c)
	case m.ConfigMap:
		name, err = s.pool.volumes.create(ctx, c)
		s.configMaps = append(s.configMaps, &configMap{mount: m, volume: name, content: c, changed: map[string][]byte{}})
	default:
		return s.pool.volumes.shared(ctx, c)
	}
	if name != "" {
		s.private = append(s.private, name)
	}
	return name, err
}

// subPathSince is the API with which engines mount a part of a volume.
const subPathSince = "1.45"

// part mounts one file of a volume. Engines that cannot are told the file's own
// place on their host, which is what others do with it.
func (v *volumes) part(ctx context.Context, whole mount.Mount, within string) (mount.Mount, error) {
	if versions.GreaterThanOrEqualTo(v.engine.Client.ClientVersion(), subPathSince) && !v.engine.Podman {
		whole.VolumeOptions.Subpath = within
		return whole, nil
	}
	inspected, err := v.engine.Client.VolumeInspect(ctx, whole.Source, client.VolumeInspectOptions{})
	if err != nil {
		return mount.Mount{}, fmt.Errorf("find volume: %w", err)
	}
	return mount.Mount{
		Type: mount.TypeBind, Source: path.Join(inspected.Volume.Mountpoint, within), Target: whole.Target, ReadOnly: whole.ReadOnly,
	}, nil
}

// changesWithin gives the changes below the mount point, relative to it.
func changesWithin(mountPoint string, changes []deployment.FileChange) []deployment.FileChange {
	var within []deployment.FileChange
	for _, c := range changes {
		if relative := unreadableWithin(mountPoint, []string{c.Path}); len(relative) == 1 {
			c.Path = relative[0]
			within = append(within, c)
		}
	}
	return within
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
	return v.once(ctx, string(key), func(ctx context.Context) (string, error) { return v.create(ctx, c) })
}

// once gives the volume with this key, made at the first call. A failure, which
// may be the end of one caller's patience, is not kept for the others.
func (v *volumes) once(ctx context.Context, key string, create func(context.Context) (string, error)) (string, error) {
	v.mu.Lock()
	one, ok := v.made[key]
	if !ok {
		one = &volume{lock: make(chan struct{}, 1)}
		v.made[key] = one
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
	name, err := create(ctx)
	if err != nil {
		return "", err
	}
	one.name = name
	return name, nil
}

// empty makes a volume. Where it is mounted, the engine may copy into it what the
// image has at that place.
func (v *volumes) empty(ctx context.Context) (string, error) {
	if ctx.Err() != nil {
		return "", fmt.Errorf("create volume: %w", context.Cause(ctx))
	}
	made, err := v.engine.Client.VolumeCreate(context.WithoutCancel(ctx), client.VolumeCreateOptions{Labels: v.engine.Labels("volume")})
	if err != nil {
		return "", fmt.Errorf("create volume: %w", err)
	}
	return made.Volume.Name, nil
}

// create makes a volume and fills it through a container that is never started.
// A volume that cannot be filled is removed again.
func (v *volumes) create(ctx context.Context, c content) (name string, err error) {
	if name, err = v.empty(ctx); err != nil {
		return "", err
	}
	err = v.fill(ctx, name, nil, func(w io.Writer, prefix string) error { return writeTar(w, prefix, c) })
	if err != nil {
		return "", errors.Join(err, v.removeOne(context.WithoutCancel(ctx), name))
	}
	return name, nil
}

// carried is where a volume is in the container that fills it. Docker leaves the
// directory in which it unpacks an archive as it is, and the volume would belong
// to root; so the archive holds the volume by its name in the parent directory.
const carried = "volume"

// fill puts an archive into a volume through a container. The command, if there
// is one, is what the helper does with the volume afterwards.
func (v *volumes) fill(ctx context.Context, name string, command []string, write func(w io.Writer, prefix string) error) (err error) {
	api := v.engine.Client
	idle := command
	if len(idle) == 0 {
		idle = []string{"pause"}
	}
	carrier, err := create(ctx, api, client.ContainerCreateOptions{
		Config: &container.Config{Image: v.helper.Name, Cmd: idle, Labels: v.engine.Labels("volume")},
		HostConfig: &container.HostConfig{
			NetworkMode: "none",
			Mounts:      []mount.Mount{{Type: mount.TypeVolume, Source: name, Target: "/" + carried}},
		},
	})
	if err != nil {
		return err
	}
	defer func() {
		_, errRemove := api.ContainerRemove(context.WithoutCancel(ctx), carrier, client.ContainerRemoveOptions{Force: true})
		err = errors.Join(err, errRemove)
	}()
	at, prefix := "/", carried
	if v.engine.Podman { // it has the volume in its place only below there
		at, prefix = "/"+carried, "."
	}
	read, in := io.Pipe()
	defer read.Close() // lets go of the writer if the engine did not want it all
	go func() { in.CloseWithError(write(in, prefix)) }()
	_, err = api.CopyToContainer(ctx, carrier, client.CopyToContainerOptions{DestinationPath: at, Content: read})
	if err != nil {
		return fmt.Errorf("fill volume: %w", err)
	}
	if len(command) == 0 {
		return nil
	}
	return v.do(ctx, carrier)
}

// do runs a container to its end.
func (v *volumes) do(ctx context.Context, id string) error {
	api := v.engine.Client
	if _, err := api.ContainerStart(ctx, id, client.ContainerStartOptions{}); err != nil {
		return fmt.Errorf("start container: %w", err)
	}
	ended := api.ContainerWait(ctx, id, client.ContainerWaitOptions{Condition: container.WaitConditionNotRunning})
	select {
	case result := <-ended.Result:
		if result.StatusCode == 0 {
			return nil
		}
		lines, err := readLogs(ctx, api, id)
		return errors.Join(fmt.Errorf("change volume: the helper ended with code %d: %s", result.StatusCode, lastText(lines, 3)), err)
	case err := <-ended.Error:
		return fmt.Errorf("wait for container: %w", err)
	}
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
