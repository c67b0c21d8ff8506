package debian

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
)

// pocket is one suite to read and the places that may have it.
type pocket struct {
	suite    string
	places   []place
	required bool
}

// place is a mirror and the keys that are trusted for it.
type place struct {
	base     string
	signedBy string
	declared bool // by the caller; otherwise it is a guess from the host's sources
}

// mirrorsFrom puts the mirror that worked first: the others may have the
// packages, too, and their hashes are known.
func mirrorsFrom(first string, places []place) []string {
	bases := []string{first}
	for _, p := range places {
		if !slices.Contains(bases, p.base) {
			bases = append(bases, p.base)
		}
	}
	return bases
}

// pockets says what to read, and from where.
func (o Options) pockets() ([]pocket, error) {
	var main, security []place
	for _, m := range o.Mirrors {
		main = append(main, place{base: strings.TrimRight(m, "/"), declared: true})
	}
	if len(main) == 0 {
		sources, err := HostSources(o.Root)
		if err != nil {
			return nil, err
		}
		main, security = fromSources(sources, o.Suite, o.Arch)
	}
	if len(main) == 0 {
		return nil, fmt.Errorf("find a Debian mirror: none is configured, and %s names none; set images.debian.mirror to the base URL of one",
			filepath.Join(o.Root, "etc/apt"))
	}
	pockets := []pocket{
		{suite: o.Suite, places: main, required: true},
		{suite: o.Suite + "-updates", places: main},
	}
	if len(security) > 0 {
		pockets = append(pockets, pocket{suite: o.Suite + "-security", places: security})
	}
	return pockets, nil
}

// fromSources picks the sources that may be Debian's own archive: component main,
// a release's suite, this architecture. Whether they are is seen from the Origin
// of their Release file. Those with the wanted suite come first, but an archive
// holds all suites, so the others may do.
func fromSources(sources []Source, suite, arch string) (main, security []place) {
	var others []place
	for _, s := range sources {
		if !s.serves(arch) || !slices.Contains(s.Components, "main") {
			continue
		}
		var places []place
		for _, u := range s.httpURIs() {
			places = append(places, place{base: u, signedBy: s.SignedBy})
		}
		switch {
		case slices.ContainsFunc(s.Suites, func(n string) bool {
			return strings.HasSuffix(n, "-security") || strings.HasSuffix(n, "/updates")
		}):
			security = append(security, places...)
		case slices.Contains(s.Suites, suite):
			main = append(main, places...)
		case slices.ContainsFunc(s.Suites, func(n string) bool { return !strings.ContainsAny(n, "-/") }):
			others = append(others, places...)
		}
	}
	return append(main, others...), security
}
