package sandbox

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/seatrial/seatrial/harness/evidence"
)

// lookedUp is what a pool has asked the engine once and for all.
type lookedUp struct {
	mu     sync.Mutex
	images map[string]evidence.Image // by name: what is under a name here does not change
}

// image writes what was launched, with the configuration that the engine has.
func (c *collector) image(ctx context.Context) error {
	record, err := c.s.pool.imageRecord(ctx, c.s)
	if err != nil {
		c.missing(evidence.ImageFile, err)
	}
	return c.w.JSON(evidence.ImageFile, record)
}

// imageRecord gives at least what is known without the engine.
func (p *Pool) imageRecord(ctx context.Context, s *Sandbox) (evidence.Image, error) {
	p.looked.mu.Lock()
	known, ok := p.looked.images[s.Image.Name]
	p.looked.mu.Unlock()
	if ok {
		return known, nil
	}
	ref := s.Image
	record := evidence.Image{Name: ref.Name, ID: ref.ID, Digest: ref.Digest, Source: ref.Source, Detail: ref.Detail, Base: ref.Base}
	inspected, err := p.options.Engine.Client.ImageInspect(ctx, ref.Name)
	if err != nil {
		return record, fmt.Errorf("read configuration of image: %w", err)
	}
	record.ID, record.OS, record.Arch = inspected.ID, inspected.Os, inspected.Architecture
	if config := inspected.Config; config != nil {
		record.User, record.WorkDir, record.Env = config.User, config.WorkingDir, config.Env
		record.Entrypoint, record.Cmd = config.Entrypoint, config.Cmd
		record.Exposed = slices.Sorted(maps.Keys(config.ExposedPorts))
		record.Volumes = slices.Sorted(maps.Keys(config.Volumes))
	}
	p.looked.mu.Lock()
	defer p.looked.mu.Unlock()
	if p.looked.images == nil {
		p.looked.images = map[string]evidence.Image{}
	}
	p.looked.images[ref.Name] = record
	return record, nil
}
