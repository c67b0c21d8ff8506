package image

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	cerrdefs "github.com/containerd/errdefs"
	"github.com/moby/moby/client"
)

// reference is a name under which a registry's image may be known.
type reference struct {
	name     string
	registry string // the prefix that it came from; "" for the name as it stands
}

// references lists the names to look for, mirrors first.
func (s *Store) references(r recipe) []reference {
	ref := s.config.Pull[r.Name]
	if ref == "" {
		ref = r.pull
	}
	if ref == "" {
		return nil
	}
	var out []reference
	path := withoutHost(ref)
	for _, prefix := range s.config.Registries {
		prefix = strings.TrimRight(prefix, "/")
		out = append(out, reference{prefix + "/" + path, prefix})
		// Mirrors of the public hub keep its official images below "library".
		if !strings.Contains(path, "/") {
			out = append(out, reference{prefix + "/library/" + path, prefix})
		}
	}
	return append(out, reference{name: ref})
}

// withoutHost takes the registry off a reference: its first part is one if it
// holds a dot or a colon or is "localhost".
func withoutHost(ref string) string {
	host, path, ok := strings.Cut(ref, "/")
	if ok && (strings.ContainsAny(host, ".:") || host == "localhost") {
		return path
	}
	return ref
}

// engineFacts is what matters of the engine.
type engineFacts struct {
	arch string
	// thin: layers that the engine has may be left out of an archive. Docker's
	// own store allows it; containerd's and Podman's do not.
	thin bool
}

// facts asks the engine once.
func (s *Store) facts(ctx context.Context) (engineFacts, error) {
	s.mu.Lock()
	f := s.engine
	s.mu.Unlock()
	if f.arch != "" {
		return f, nil
	}
	info, err := s.client.Info(ctx, client.InfoOptions{})
	if err != nil {
		return engineFacts{}, fmt.Errorf("ask the engine: %w", err)
	}
	f.arch = goArch(info.Info.Architecture)
	f.thin = !slices.ContainsFunc(info.Info.DriverStatus, func(kv [2]string) bool {
		return strings.Contains(kv[1], "io.containerd.snapshotter")
	})
	version, err := s.client.ServerVersion(ctx, client.ServerVersionOptions{})
	if err != nil {
		return engineFacts{}, fmt.Errorf("ask the engine: %w", err)
	}
	for _, c := range version.Components {
		if strings.Contains(strings.ToLower(c.Name), "podman") {
			f.thin = false
		}
	}
	s.mu.Lock()
	s.engine = f
	s.mu.Unlock()
	return f, nil
}

// goArch translates the kernel's name of an architecture, which engines report.
func goArch(machine string) string {
	switch machine {
	case "x86_64":
		return "amd64"
	case "aarch64":
		return "arm64"
	case "i386", "i686":
		return "386"
	case "armv7l", "armv6l", "armhf":
		return "arm"
	}
	return machine
}

// inspect describes an image of the engine, if it is for goarch.
func (s *Store) inspect(ctx context.Context, name, goarch string) (Ref, error) {
	img, err := s.client.ImageInspect(ctx, name)
	if err != nil {
		return Ref{}, err
	}
	if img.Os != "linux" || goArch(img.Architecture) != goarch {
		return Ref{}, fmt.Errorf("%s is for %s/%s, not for linux/%s", name, img.Os, img.Architecture, goarch)
	}
	ref := Ref{Name: name, ID: img.ID, Digest: img.ID, Size: img.Size, Source: FromEngine, Detail: name}
	for _, d := range img.RepoDigests {
		if _, digest, ok := strings.Cut(d, "@"); ok {
			ref.Digest = digest
			break
		}
	}
	return ref, nil
}

// ownOnEngine finds what was put together here in an earlier run.
func (s *Store) ownOnEngine(ctx context.Context, r recipe) (Ref, error) {
	ref, err := s.inspect(ctx, r.name(), r.Arch)
	if cerrdefs.IsNotFound(err) {
		return Ref{}, errNotTried
	}
	ref.Detail = "put together earlier from Debian " + r.Suite + " packages"
	return ref, err
}

// onEngine finds a registry's image that is there already.
func (s *Store) onEngine(refs []reference) func(context.Context, recipe) (Ref, error) {
	return func(ctx context.Context, r recipe) (Ref, error) {
		if len(refs) == 0 {
			return Ref{}, errNotTried
		}
		var causes []string
		for _, candidate := range refs {
			for _, name := range []string{candidate.name, pulledName(candidate.name, r)} {
				ref, err := s.inspect(ctx, name, r.Arch)
				if err == nil {
					ref.Detail = candidate.name + ", on the engine already"
					return ref, nil
				}
				if isEngineDown(err) {
					return Ref{}, err
				}
				if !cerrdefs.IsNotFound(err) {
					causes = append(causes, err.Error())
				}
			}
		}
		if len(causes) == 0 {
			var names []string
			for _, c := range refs {
				names = append(names, c.name)
			}
			causes = []string{"there is no " + strings.Join(names, ", no ")}
		}
		return Ref{}, errors.New(strings.Join(causes, "; "))
	}
}

// isEngineDown says whether err means that the engine could not be asked.
func isEngineDown(err error) bool { return client.IsErrConnectionFailed(err) }

// took measures a stage for the progress line.
func took(start time.Time) string { return time.Since(start).Round(time.Millisecond).String() }
