package build

import (
	"context"
	"errors"
	"fmt"
	goversion "go/version"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

var (
	// errUnreachable says that nothing can be learnt about a module from here.
	errUnreachable = errors.New("module proxy cannot be used")
	// errAbsent says that the module proxy does not have a module.
	errAbsent = errors.New("not to be had")
)

var minorSpec = regexp.MustCompile(`^1\.[0-9]+(\.x)?$`)

// ResolveGo turns spec into an exact Go release that this host can have:
//
//	"1.22.12"    itself, if it exists; so do "1.23rc1" and the like
//	"1.22"       the newest patch of that minor
//	"stable"     the newest patch of the newest minor
//	"oldstable"  the newest patch of the minor before it
//
// The words mean what they mean to actions/setup-go. What exists is asked of the
// module proxy; if it gives no answer, the releases already on this machine are
// what there is, and Notes says so.
func (b *Builder) ResolveGo(ctx context.Context, spec string) (exact string, err error) {
	spec = strings.TrimPrefix(strings.TrimSpace(spec), "go")
	h, err := b.host(ctx)
	if err != nil {
		return "", fmt.Errorf("resolve go %q: %w", spec, err)
	}
	minor := strings.TrimSuffix(spec, ".x")
	isMinor := minorSpec.MatchString(spec)
	if !isMinor && spec != "stable" && spec != "oldstable" {
		exact, err := b.exact(ctx, h, spec)
		if err != nil {
			return "", fmt.Errorf("resolve go %q: %w", spec, err)
		}
		return exact, nil
	}
	all, err := b.releases(ctx, h)
	if err != nil {
		return "", fmt.Errorf("resolve go %q: %w", spec, err)
	}
	wanted := stableReleases(all)
	lang := ""
	switch {
	case isMinor:
		lang = "go" + minor
		wanted = slices.DeleteFunc(wanted, func(v string) bool { return goversion.Lang("go"+v) != lang })
	default:
		minors := slices.CompactFunc(slices.Clone(wanted), sameMinor)
		at := map[string]int{"stable": 0, "oldstable": 1}[spec]
		if at >= len(minors) {
			return "", fmt.Errorf("resolve go %q: only %s known", spec, orNone(minors))
		}
		lang = goversion.Lang("go" + minors[at])
		// Where no release of that minor is to be had, the next lower will do.
		wanted = slices.DeleteFunc(wanted, func(v string) bool { return goversion.Compare(goversion.Lang("go"+v), lang) > 0 })
	}
	for _, v := range wanted {
		ok, err := b.available(ctx, h, v)
		if err != nil {
			return "", fmt.Errorf("resolve go %q: %w", spec, err)
		}
		if ok {
			if got := goversion.Lang("go" + v); got != lang {
				b.note("go %s is %s: no release of %s is to be had for %s/%s", spec, v, strings.TrimPrefix(lang, "go"), h.os, h.arch)
			}
			return v, nil
		}
	}
	return "", fmt.Errorf("resolve go %q: no such release for %s/%s; known are %s", spec, h.os, h.arch, orNone(slices.CompactFunc(stableReleases(all), sameMinor)))
}

// exact checks that one release exists and gives it the name of its toolchain.
func (b *Builder) exact(ctx context.Context, h host, spec string) (string, error) {
	v := spec
	// People, and setup-go, call Go 1.20's first release 1.20.0.
	if base, ok := strings.CutSuffix(spec, ".0"); ok && goversion.Compare("go"+base, "go1.21") < 0 {
		v = base
	}
	if !exactGo.MatchString(v) {
		return "", errors.New("want a minor such as 1.22, a release such as 1.22.12, stable or oldstable")
	}
	if goversion.Compare("go"+v, "go"+oldest) < 0 {
		return "", fmt.Errorf("older than %s, the oldest release that can build reproducibly", oldest)
	}
	ok, err := b.available(ctx, h, v)
	if err != nil || ok {
		return v, err
	}
	all, err := b.releases(ctx, h)
	if err != nil {
		return "", err
	}
	same := slices.DeleteFunc(stableReleases(all), func(o string) bool { return o == v || !sameMinor(o, v) })
	return "", fmt.Errorf("not to be had for %s/%s; of its minor the proxy lists %s", h.os, h.arch, orNone(same))
}

// releases lists all Go releases: those the module proxy knows, or, if it gives
// no answer, those on this machine.
func (b *Builder) releases(ctx context.Context, h host) ([]string, error) {
	all, _, err := b.versions.do(ctx, struct{}{}, func(ctx context.Context) ([]string, error) {
		// -retracted keeps the go command from reading the newest release as a
		// module, which a sparse proxy may not have for this host.
		out, err := b.list(ctx, h, "-retracted", "-versions", "go")
		if err == nil {
			if names := strings.Fields(out); len(names) > 1 && names[0] == "go" {
				return names[1:], nil
			}
			err = fmt.Errorf("%w: no list of Go releases in its answer", errUnreachable)
		}
		if ctx.Err() != nil {
			return nil, err
		}
		local := h.installed()
		if len(local) == 0 {
			return nil, err
		}
		b.note("Go releases were chosen from those on this machine (%s): %v", strings.Join(local, ", "), err)
		return local, nil
	})
	return all, err
}

// available says whether this host can run release v: its go command is that,
// or the toolchain is here, or the module proxy has it.
func (b *Builder) available(ctx context.Context, h host, v string) (bool, error) {
	ok, _, err := b.present.do(ctx, v, func(ctx context.Context) (bool, error) {
		if slices.Contains(h.installed(), v) {
			return true, nil
		}
		// The go command takes a goX.Y.Z from the PATH before it downloads one.
		if _, err := h.lookPath("go" + v); err == nil {
			return true, nil
		}
		_, err := b.list(ctx, h, toolchainModule+"@"+h.toolchainVersion(v))
		switch {
		case err == nil:
			return true, nil
		case errors.Is(err, errAbsent):
			return false, nil
		case errors.Is(err, errUnreachable):
			b.note("Go %s was taken as not available: %v", v, err)
			return false, nil
		}
		return false, err
	})
	return ok, err
}

// toolchainModule is the module whose versions are toolchains, one for each
// release and host: https://go.dev/doc/toolchain.
const toolchainModule = "golang.org/toolchain"

func (h host) toolchainVersion(v string) string {
	return "v0.0.1-go" + v + "." + h.os + "-" + h.arch
}

// list runs go list -m outside of any module.
func (b *Builder) list(ctx context.Context, h host, args ...string) (string, error) {
	dir, err := b.workDir("list-")
	if err != nil {
		return "", err
	}
	defer removeAll(dir)
	c := goCommand{dir: dir, args: append([]string{"list", "-m"}, args...), env: []string{"GOTOOLCHAIN=local"}}
	res, err := b.run(ctx, h, "local", c)
	if err != nil {
		return "", err
	}
	if res.exit != 0 {
		if why := trouble(res.output); why != "" && !refused.MatchString(res.output) {
			return "", fmt.Errorf("%w: %s; %s", errUnreachable, lastLine(res.output), why)
		}
		return "", fmt.Errorf("list %s: %w: %s", args[len(args)-1], errAbsent, lastLine(res.output))
	}
	return strings.TrimSpace(res.output), nil
}

// refused matches the answer of a proxy that can be reached and will not give a
// version: it never had it, or it is not allowed to pass it on.
var refused = regexp.MustCompile(`: (403|404|410) [A-Z]`)

// installed lists the releases that need no download, newest first.
func (h host) installed() []string {
	var all []string
	if h.version != "" {
		all = append(all, h.version)
	}
	prefix := filepath.Join(h.set["GOMODCACHE"], "golang.org", "toolchain@v0.0.1-go")
	suffix := "." + h.os + "-" + h.arch
	// Glob's only error is a bad pattern; a cache with such a name holds nothing we can find.
	dirs, _ := filepath.Glob(prefix + "*" + suffix)
	for _, dir := range dirs {
		v := strings.TrimSuffix(strings.TrimPrefix(dir, prefix), suffix)
		if exactGo.MatchString(v) {
			all = append(all, v)
		}
	}
	sortReleases(all)
	return slices.Compact(all)
}

// toolchain makes sure, once, that the host's go command runs as release v.
func (b *Builder) toolchain(ctx context.Context, h host, v string) error {
	_, _, err := b.toolchains.do(ctx, v, func(ctx context.Context) (struct{}, error) {
		if !slices.Contains(h.installed(), v) {
			b.opts.Progress("getting Go " + v)
		}
		dir, err := b.workDir("toolchain-")
		if err != nil {
			return struct{}{}, err
		}
		defer removeAll(dir)
		res, err := b.run(ctx, h, v, goCommand{dir: dir, args: []string{"version"}, env: []string{"GOTOOLCHAIN=go" + v}})
		if err != nil {
			return struct{}{}, fmt.Errorf("get toolchain go%s: %w", v, err)
		}
		if res.exit != 0 {
			do := trouble(res.output)
			if do == "" {
				do = "look up which releases there are with: go list -m -versions go"
			}
			return struct{}{}, fmt.Errorf("get toolchain go%s: %s; %s", v, strings.TrimSpace(res.output), do)
		}
		if words := strings.Fields(lastLine(res.output)); len(words) < 3 || words[2] != "go"+v {
			return struct{}{}, fmt.Errorf("get toolchain go%s: got %q instead; is there another go%s on the PATH?", v, lastLine(res.output), v)
		}
		return struct{}{}, nil
	})
	return err
}

// stableReleases gives those of all that are neither betas nor candidates nor
// too old, newest first.
func stableReleases(all []string) []string {
	var stable []string
	for _, v := range all {
		if exactGo.MatchString(v) && !strings.ContainsAny(v, "rb") && goversion.Compare("go"+v, "go"+oldest) >= 0 {
			stable = append(stable, v)
		}
	}
	sortReleases(stable)
	return stable
}

func sortReleases(all []string) {
	slices.SortFunc(all, func(a, b string) int { return goversion.Compare("go"+b, "go"+a) })
}

func sameMinor(a, b string) bool { return goversion.Lang("go"+a) == goversion.Lang("go"+b) }

func orNone(all []string) string {
	if len(all) == 0 {
		return "none"
	}
	return strings.Join(all, ", ")
}
