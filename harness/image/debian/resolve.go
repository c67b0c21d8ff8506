package debian

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Resolve gives the packages named in want and all that they need, sorted by
// name. A want may carry a version: "redis-server (>= 5:7)".
//
// Names in omit count as already there; the values say why and are for readers.
// They are for what only maintainer scripts need. Essential packages are not
// added. For alternatives the first that can be had is taken, unless another one
// is in already; of the packages that provide a virtual one the first by name.
// All that is missing is reported at once.
func (a *Archive) Resolve(want []string, omit map[string]string) ([]*Package, error) {
	s := &solver{index: a.index, omit: omit, chosen: map[string]*Package{}}
	for _, w := range want {
		deps, err := ParseDepends(w)
		if err != nil {
			return nil, fmt.Errorf("resolve packages: %w", err)
		}
		for _, d := range deps {
			s.queue = append(s.queue, need{d, "the recipe"})
		}
	}
	// Breadth first, so that what was asked for is chosen before what is only
	// needed; a cycle ends since a chosen package is not visited again.
	for len(s.queue) > 0 {
		n := s.queue[0]
		s.queue = s.queue[1:]
		s.settle(n)
	}
	if len(s.causes) > 0 {
		return nil, fmt.Errorf("resolve packages in %s: %w", a.Name(), errors.Join(s.causes...))
	}
	var out []*Package
	for _, name := range slices.Sorted(maps.Keys(s.chosen)) {
		out = append(out, s.chosen[name])
	}
	return out, nil
}

type need struct {
	dep Dependency
	by  string
}

type solver struct {
	index  *index
	omit   map[string]string
	chosen map[string]*Package
	queue  []need
	causes []error
}

func (s *solver) settle(n need) {
	for _, r := range n.dep {
		if _, ok := s.omit[r.Name]; ok || s.satisfied(r) {
			return
		}
	}
	for _, r := range n.dep {
		p := s.find(r)
		if p == nil {
			continue
		}
		if old := s.chosen[p.Name]; old != nil {
			// Chosen before in a version that does not do; both cannot be had.
			continue
		}
		s.chosen[p.Name] = p
		deps, err := ParseDepends(p.depends)
		if err != nil {
			s.causes = append(s.causes, fmt.Errorf("%s: %w", p.Name, err))
			return
		}
		for _, d := range deps {
			s.queue = append(s.queue, need{d, p.Name})
		}
		return
	}
	s.causes = append(s.causes, fmt.Errorf("%s, needed by %s: %s", n.dep, n.by, s.why(n.dep)))
}

// satisfied says whether a chosen package fulfils r.
func (s *solver) satisfied(r Relation) bool {
	if p := s.chosen[r.Name]; p != nil && r.accepts(p.Version) {
		return true
	}
	for _, p := range s.index.providers[r.Name] {
		if s.chosen[p.Name] == p && p.provide(r) {
			return true
		}
	}
	return false
}

// find gives the best package for r: the highest version of the real one, else
// a provider.
func (s *solver) find(r Relation) *Package {
	for _, p := range s.index.packages[r.Name] {
		if r.accepts(p.Version) {
			return p
		}
	}
	var best *Package
	for _, p := range s.index.providers[r.Name] {
		if p.provide(r) && (best == nil || p.Name < best.Name ||
			p.Name == best.Name && compareVersions(p.Version, best.Version) > 0) {
			best = p
		}
	}
	return best
}

// provide says whether p's Provides fulfils r. A version can only be asked of a
// Provides that states one (policy 7.5).
func (p *Package) provide(r Relation) bool {
	provided, err := ParseDepends(p.provides)
	if err != nil {
		return false
	}
	for _, d := range provided {
		if d[0].Name == r.Name && (r.Op == "" || d[0].Op == "=" && r.accepts(d[0].Version)) {
			return true
		}
	}
	return false
}

// why says what is known of the alternatives of d.
func (s *solver) why(d Dependency) string {
	var parts []string
	for _, r := range d {
		versions := s.index.packages[r.Name]
		if len(versions) == 0 {
			parts = append(parts, "no package "+r.Name)
			continue
		}
		var have []string
		for _, p := range versions {
			have = append(have, p.Version)
		}
		note := r.Name + " is there as " + strings.Join(have, ", ")
		if p := s.chosen[r.Name]; p != nil {
			note += " (" + p.Version + " was chosen already)"
		}
		parts = append(parts, note)
	}
	return strings.Join(parts, "; ")
}
