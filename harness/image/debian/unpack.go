package debian

import (
	"context"
	"fmt"
	"path"
	"path/filepath"
	"runtime"
	"strings"

	"golang.org/x/sync/errgroup"
)

// downloads is how many packages are fetched side by side.
const downloads = 6

// Unpack downloads the packages, checks them and lays them over each other in
// the order given. drop holds patterns ([path.Match]) of paths to leave out; a
// directory that matches goes with all below it.
func (a *Archive) Unpack(ctx context.Context, packages []*Package, drop []string) (*Tree, error) {
	for _, p := range drop {
		if _, err := path.Match(p, ""); err != nil {
			return nil, fmt.Errorf("unpack packages: pattern %q: %w", p, err)
		}
	}
	var total int64
	for _, p := range packages {
		if p.Size > maxPackage {
			return nil, fmt.Errorf("unpack packages: %s is %d bytes, more than %d", p, p.Size, maxPackage)
		}
		total += p.Size
	}
	a.options.Progress(fmt.Sprintf("getting %d packages (%.1f MB) of %s", len(packages), float64(total)/1e6, a.options.Suite))
	files := make([][]entry, len(packages))
	cpu := make(chan struct{}, runtime.GOMAXPROCS(0))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(downloads)
	for i, p := range packages {
		group.Go(func() error {
			dest := filepath.Join(a.options.CacheDir, "debs", p.SHA256+".deb")
			if err := a.fetcher.file(ctx, p.bases, []string{p.Filename}, checksum{p.Size, p.SHA256}, dest); err != nil {
				return err
			}
			select {
			case cpu <- struct{}{}:
				defer func() { <-cpu }()
			case <-ctx.Done():
				return context.Cause(ctx)
			}
			var err error
			if files[i], err = readDeb(dest, func(name string) bool { return matches(drop, name) }); err != nil {
				return fmt.Errorf("package %s: %w", p, err)
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	t := NewTree()
	for i, entries := range files {
		if err := t.add(entries); err != nil {
			return nil, fmt.Errorf("package %s: %w", packages[i], err)
		}
	}
	return t, nil
}

// matches says whether name or a directory above it matches a pattern.
func matches(patterns []string, name string) bool {
	for _, p := range patterns {
		// A pattern has as many parts as the paths that it matches.
		parts := strings.SplitAfter(name, "/")
		if n := strings.Count(p, "/") + 1; n <= len(parts) {
			if ok, err := path.Match(p, strings.TrimSuffix(strings.Join(parts[:n], ""), "/")); ok && err == nil {
				return true
			}
		}
	}
	return false
}

// Manifest lists packages with version, architecture and SHA256, a line each.
func Manifest(packages []*Package) string {
	var b strings.Builder
	for _, p := range packages {
		fmt.Fprintf(&b, "%s %s %s %s\n", p.Name, p.Version, p.Arch, p.SHA256)
	}
	return b.String()
}
