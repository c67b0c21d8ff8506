package engine

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/containerd/errdefs"
	"github.com/moby/moby/client"
	"golang.org/x/sync/errgroup"
)

// Removed counts what was removed.
type Removed struct{ Containers, Networks, Volumes, Images int }

// Total is the number of things removed.
func (r Removed) Total() int { return r.Containers + r.Networks + r.Volumes + r.Images }

func (r Removed) plus(o Removed) Removed {
	return Removed{r.Containers + o.Containers, r.Networks + o.Networks, r.Volumes + o.Volumes, r.Images + o.Images}
}

func (r Removed) String() string {
	return fmt.Sprintf("%d containers, %d networks, %d volumes, %d images", r.Containers, r.Networks, r.Volumes, r.Images)
}

// RemoveRun removes everything that this run made.
func (e *Engine) RemoveRun(ctx context.Context) (Removed, error) {
	return removeWhere(ctx, e.Client, LabelRun+"="+e.run.id, func(map[string]string) bool { return true })
}

// Sweep removes everything of runs whose process is no more, and nothing of
// runs that are alive.
func (e *Engine) Sweep(ctx context.Context) (Removed, error) {
	now := time.Now()
	return removeWhere(ctx, e.Client, LabelRun, func(labels map[string]string) bool {
		return labels[LabelRun] != e.run.id && abandoned(labels, now)
	})
}

// RemoveAll removes everything of every run, alive or not; cached bases stay.
func (e *Engine) RemoveAll(ctx context.Context) (Removed, error) {
	return removeWhere(ctx, e.Client, LabelRun, func(map[string]string) bool { return true })
}

// Things counts what there is of runs whose labels match. It removes nothing.
func (e *Engine) Things(ctx context.Context, match func(labels map[string]string) bool) (int, error) {
	n := 0
	_, err := removeWhere(ctx, e.Client, LabelRun, func(labels map[string]string) bool {
		if match(labels) {
			n++
		}
		return false
	})
	return n, err
}

// removeWhere removes what carries the label and is wanted gone. Someone else
// may be removing the same things, and engines have many words for that; so an
// error counts only if a second look still finds something that cannot be removed.
func removeWhere(ctx context.Context, api *client.Client, label string, gone func(labels map[string]string) bool) (Removed, error) {
	first, err := removeOnce(ctx, api, label, gone)
	if err == nil || ctx.Err() != nil {
		return first, err
	}
	second, err := removeOnce(ctx, api, label, gone)
	return first.plus(second), err
}

// removeOnce removes containers first, since they hold the rest.
func removeOnce(ctx context.Context, api *client.Client, label string, gone func(labels map[string]string) bool) (Removed, error) {
	var removed Removed
	filter := make(client.Filters).Add("label", label)

	containers, err := api.ContainerList(ctx, client.ContainerListOptions{All: true, Filters: filter})
	if err != nil {
		return removed, fmt.Errorf("list containers: %w", err)
	}
	var ids []string
	for _, c := range containers.Items {
		if gone(c.Labels) {
			ids = append(ids, c.ID)
		}
	}
	n, errContainers := removeEach(ctx, ids, func(ctx context.Context, id string) error {
		_, err := api.ContainerRemove(ctx, id, client.ContainerRemoveOptions{Force: true, RemoveVolumes: true})
		return err
	})
	removed.Containers = n

	errNetworks := removeNetworks(ctx, api, filter, gone, &removed)
	errVolumes := removeVolumes(ctx, api, filter, gone, &removed)
	errImages := removeImages(ctx, api, filter, gone, &removed)
	return removed, errors.Join(errContainers, errNetworks, errVolumes, errImages)
}

func removeNetworks(ctx context.Context, api *client.Client, filter client.Filters, gone func(map[string]string) bool, removed *Removed) error {
	list, err := api.NetworkList(ctx, client.NetworkListOptions{Filters: filter})
	if err != nil {
		return fmt.Errorf("list networks: %w", err)
	}
	var ids []string
	for _, n := range list.Items {
		if gone(n.Labels) {
			ids = append(ids, n.ID)
		}
	}
	removed.Networks, err = removeEach(ctx, ids, func(ctx context.Context, id string) error {
		_, err := api.NetworkRemove(ctx, id, client.NetworkRemoveOptions{})
		return err
	})
	return err
}

func removeVolumes(ctx context.Context, api *client.Client, filter client.Filters, gone func(map[string]string) bool, removed *Removed) error {
	list, err := api.VolumeList(ctx, client.VolumeListOptions{Filters: filter})
	if err != nil {
		return fmt.Errorf("list volumes: %w", err)
	}
	var names []string
	for _, v := range list.Items {
		if gone(v.Labels) {
			names = append(names, v.Name)
		}
	}
	removed.Volumes, err = removeEach(ctx, names, func(ctx context.Context, name string) error {
		_, err := api.VolumeRemove(ctx, name, client.VolumeRemoveOptions{Force: true})
		return err
	})
	return err
}

func removeImages(ctx context.Context, api *client.Client, filter client.Filters, gone func(map[string]string) bool, removed *Removed) error {
	list, err := api.ImageList(ctx, client.ImageListOptions{All: true, Filters: filter})
	if err != nil {
		return fmt.Errorf("list images: %w", err)
	}
	var ids []string
	for _, i := range list.Items {
		if gone(i.Labels) {
			ids = append(ids, i.ID)
		}
	}
	removed.Images, err = removeEach(ctx, ids, func(ctx context.Context, id string) error {
		_, err := api.ImageRemove(ctx, id, client.ImageRemoveOptions{Force: true, PruneChildren: true})
		return err
	})
	return err
}

// removeEach removes a few things at a time. That something is gone already,
// or is being removed by someone else, is what was wanted.
func removeEach(ctx context.Context, ids []string, remove func(context.Context, string) error) (int, error) {
	var group errgroup.Group
	group.SetLimit(4)
	errs := make([]error, len(ids))
	for i, id := range ids {
		group.Go(func() error {
			errs[i] = remove(ctx, id)
			return nil
		})
	}
	_ = group.Wait()
	removed := 0
	var kept []error
	for i, err := range errs {
		switch {
		case err == nil:
			removed++
		case errdefs.IsNotFound(err), strings.Contains(err.Error(), "already in progress"):
		default:
			kept = append(kept, fmt.Errorf("remove %s: %w", ids[i], err))
		}
	}
	return removed, errors.Join(kept...)
}
