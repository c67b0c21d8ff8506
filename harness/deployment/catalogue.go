package deployment

import (
	"slices"

	"github.com/seatrial/seatrial/harness/lang"
)

// Kind describes one kind of condition in the catalogue.
type Kind struct {
	Name string
	// Value is the form of the value, such as "UID[:GID]"; empty when the
	// condition takes none.
	Value   string
	Example string
	Doc     lang.Text

	optional  bool
	normalise func(value string) (string, error)
	apply     func(s *Spec, value string) error
	// decides names what the condition settles; two conditions of one
	// deployment may not settle the same thing differently.
	decides func(value string) string
	// alsoDecides names a second thing, where there is one.
	alsoDecides func(value string) string
}

func (k Kind) claims(c Condition) []string {
	list := []string{c.Name}
	if k.decides != nil {
		list[0] = k.decides(c.Value)
	}
	if k.alsoDecides != nil {
		list = append(list, k.alsoDecides(c.Value))
	}
	return list
}

// Catalogue lists every kind of condition, by what it is about and in the order
// in which they are applied.
func Catalogue() []Kind {
	return slices.Concat(identity(), fileSystem(), configuration(), resources(), imageContent(), life(), network(), services(), proxy())
}

func kindOf(name string) (Kind, bool) {
	all := Catalogue()
	i := slices.IndexFunc(all, func(k Kind) bool { return k.Name == name })
	if i < 0 {
		return Kind{}, false
	}
	return all[i], true
}

func rank(name string) int {
	return slices.IndexFunc(Catalogue(), func(k Kind) bool { return k.Name == name })
}

func names() []string {
	var list []string
	for _, k := range Catalogue() {
		list = append(list, k.Name)
	}
	return list
}
