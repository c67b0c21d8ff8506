package build

import "context"

// LocalGo gives the release of the host's own go command, such as "1.26.8",
// which is had without a download.
func (b *Builder) LocalGo(ctx context.Context) (string, error) {
	h, err := b.host(ctx)
	if err != nil {
		return "", err
	}
	return h.version, nil
}
