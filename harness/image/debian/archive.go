package debian

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"
)

// maxRelease bounds a suite's Release file; Debian's are below 200 KiB.
const maxRelease = 16 << 20

// Options say which archive to open.
type Options struct {
	Mirrors       []string // base URLs, tried in order; empty: those of the host's apt sources
	Suite         string   // like "bookworm"
	Arch          string   // Debian's name, see [Arch]
	Keyring       string   // file or directory of archive keys, or an armoured key; empty: the source's or the host's
	AllowUnsigned bool     // use an index without a good signature
	CacheDir      string   // packages and indexes are kept here, by hash
	Root          string   // below which the host's apt sources and keyrings are; empty: "/"
	Progress      func(string)
	Now           func() time.Time // nil: time.Now
}

// Archive is one suite of a Debian archive for one architecture, together with
// its updates and security fixes where they could be had. Safe for concurrent
// use.
type Archive struct {
	// Notes say what was left out or let through, for the report.
	Notes []string

	options Options
	fetcher *fetcher
	index   *index
	mirror  string
}

// Name describes the archive: suite, architecture and mirror.
func (a *Archive) Name() string {
	return fmt.Sprintf("%s/%s from %s", a.options.Suite, a.options.Arch, a.mirror)
}

// archNames are Debian's names where they differ from Go's.
var archNames = map[string]string{"386": "i386", "arm": "armhf", "ppc64le": "ppc64el", "mips64le": "mips64el", "loong64": "loong64"}

// Arch translates a GOARCH to Debian's name of the architecture.
func Arch(goarch string) string {
	if n := archNames[goarch]; n != "" {
		return n
	}
	return goarch
}

// opened is a pocket whose index was fetched and checked.
type opened struct {
	base    string
	release *release
	files   map[string]string // index name -> file in the cache
	notes   []string
}

// Open reads the signed index of the suite. The caller's mirrors are used alone;
// without any, the Debian archives among the host's apt sources are. A mirror
// that fails is followed by the next; if all fail the error names each with its
// cause. Updates and security fixes are optional: their absence is a note.
func Open(ctx context.Context, o Options) (*Archive, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Root == "" {
		o.Root = "/"
	}
	if o.Progress == nil {
		o.Progress = func(string) {}
	}
	pockets, err := o.pockets()
	if err != nil {
		return nil, err
	}
	a := &Archive{options: o, fetcher: newFetcher(), index: newIndex()}
	results := make([]*opened, len(pockets))
	failures := make([]error, len(pockets))
	var group errgroup.Group
	for i, p := range pockets {
		group.Go(func() error {
			results[i], failures[i] = a.open(ctx, p)
			if p.required {
				return failures[i]
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	for i, r := range results {
		if r == nil {
			a.Notes = append(a.Notes, "left out: "+failures[i].Error())
			continue
		}
		if pockets[i].required {
			a.mirror = r.base
		}
		a.Notes = append(a.Notes, r.notes...)
		bases := mirrorsFrom(r.base, pockets[i].places)
		for name, path := range r.files {
			if err := a.index.readIndex(path, name, maxIndex, o.Arch, bases); err != nil {
				return nil, err
			}
		}
	}
	a.index.sort()
	return a, nil
}

// open finds a place that has the pocket.
func (a *Archive) open(ctx context.Context, p pocket) (*opened, error) {
	var causes []error
	for _, pl := range p.places {
		if err := a.fetcher.isDeadErr(pl.base); err != nil {
			causes = append(causes, err)
			continue
		}
		a.options.Progress(fmt.Sprintf("reading the index of %s from %s", p.suite, pl.base))
		got, err := a.openAt(ctx, pl, p.suite)
		if err == nil {
			return got, nil
		}
		a.fetcher.note(pl.base, err)
		causes = append(causes, err)
		if ctx.Err() != nil {
			break
		}
	}
	return nil, fmt.Errorf("read index of %s: %w", p.suite, errors.Join(causes...))
}

func (a *Archive) openAt(ctx context.Context, pl place, suite string) (*opened, error) {
	got := &opened{base: pl.base, files: map[string]string{}}
	url := pl.base + "/dists/" + suite
	text, unsigned, err := a.signed(ctx, url, pl.signedBy)
	if err != nil {
		return nil, err
	}
	if unsigned != nil {
		got.notes = append(got.notes, fmt.Sprintf("the index of %s is used without a good signature, as configured: %v", url, unsigned))
	}
	if got.release, err = parseRelease(text, suite); err != nil {
		return nil, fmt.Errorf("%s: %w", url, err)
	}
	if !pl.declared && got.release.Origin != "Debian" {
		return nil, fmt.Errorf("%s: its origin is %q, not Debian", url, got.release.Origin)
	}
	if v := got.release.ValidUntil; !v.IsZero() && a.options.Now().After(v) {
		got.notes = append(got.notes, fmt.Sprintf("the index of %s is out of date: it was valid until %s", url, v.Format(time.DateOnly)))
	}
	for _, component := range []string{"main", "universe"} { // universe: where Ubuntu keeps most of it
		if component != "main" && !slices.Contains(got.release.Components, component) {
			continue
		}
		if err := a.fetchIndex(ctx, got, url, component); err != nil {
			return nil, err
		}
	}
	return got, nil
}

// signed fetches the Release text below url and checks its signature. With
// AllowUnsigned a bad signature is handed back as unsigned.
func (a *Archive) signed(ctx context.Context, url, signedBy string) (text []byte, unsigned, err error) {
	var from []string
	if signedBy != "" {
		from = []string{signedBy}
	}
	k, bad := findKeys(a.options.Root, a.options.Keyring, from)
	file := url + "/InRelease"
	raw, err := a.fetcher.bytes(ctx, file, maxRelease)
	switch {
	case err == nil:
		if bad == nil {
			if text, bad = k.verifyInline(raw, a.options.Now()); bad == nil {
				return text, nil, nil
			}
		}
		text = clearText(raw)
	case isMissing(err):
		file = url + "/Release"
		if text, err = a.fetcher.bytes(ctx, file, maxRelease); err != nil {
			return nil, nil, err
		}
		sig, serr := a.fetcher.bytes(ctx, file+".gpg", maxRelease)
		if bad == nil && serr != nil {
			bad = fmt.Errorf("it is not signed: %w", serr)
		}
		if bad == nil {
			if bad = k.verifyDetached(text, sig, a.options.Now()); bad == nil {
				return text, nil, nil
			}
		}
	default:
		return nil, nil, err
	}
	if a.options.AllowUnsigned {
		return text, bad, nil
	}
	return nil, nil, fmt.Errorf("verify %s: %w; set images.debian.keyring to the keyring of this archive "+
		"(Debian's is in its package debian-archive-keyring), or images.debian.allow-unsigned to trust the mirror", file, bad)
}

// fetchIndex downloads the list of packages of one component into the cache.
func (a *Archive) fetchIndex(ctx context.Context, got *opened, url, component string) error {
	dir := component + "/binary-" + a.options.Arch
	// gzip first: it is a third larger than xz and unpacks ten times as fast.
	for _, name := range []string{dir + "/Packages.gz", dir + "/Packages.xz", dir + "/Packages"} {
		sum, ok := got.release.Files[name]
		if !ok {
			continue
		}
		if sum.Size > maxIndex {
			return fmt.Errorf("%s: %s is %d bytes", url, name, sum.Size)
		}
		paths := []string{name}
		if got.release.ByHash {
			paths = []string{dir + "/by-hash/SHA256/" + sum.SHA256, name}
		}
		dest := filepath.Join(a.options.CacheDir, "index", sum.SHA256)
		if err := a.fetcher.file(ctx, []string{url}, paths, sum, dest); err != nil {
			if isMissing(err) && !strings.HasSuffix(name, "Packages") {
				continue // listed, but only kept in another compression
			}
			return err
		}
		got.files[name] = dest
		return nil
	}
	return fmt.Errorf("%s: no packages for architecture %s in %s", url, a.options.Arch, component)
}

// Clean removes the downloaded packages and indexes below cacheDir. Images that
// were made of them do not need them.
func Clean(cacheDir string) error {
	return errors.Join(os.RemoveAll(filepath.Join(cacheDir, "index")), os.RemoveAll(filepath.Join(cacheDir, "debs")))
}
