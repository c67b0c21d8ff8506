package deployment

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Condition is one named, parametrised change to a [Spec]. Its text form is
// "name" or "name=value", which is also its JSON and YAML form. The zero value
// is no condition and is refused by [Spec.With].
type Condition struct {
	Name  string
	Value string
}

// String gives the text form, as [Parse] reads it.
func (c Condition) String() string {
	if c.Value == "" {
		return c.Name
	}
	return c.Name + "=" + c.Value
}

// MarshalText writes the text form.
func (c Condition) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// UnmarshalText reads the text form and checks it as [Parse] does.
func (c *Condition) UnmarshalText(text []byte) error {
	parsed, err := Parse(string(text))
	if err != nil {
		return err
	}
	*c = parsed
	return nil
}

// Parse reads a condition from its text form. An unknown name and an unusable
// value are errors that say what is possible.
func Parse(text string) (Condition, error) {
	name, value, hasValue := strings.Cut(strings.TrimSpace(text), "=")
	kind, ok := kindOf(name)
	if !ok {
		return Condition{}, fmt.Errorf("parse condition %q: no such condition; there are %s", text, strings.Join(names(), ", "))
	}
	switch {
	case kind.Value == "" && hasValue:
		return Condition{}, fmt.Errorf("parse condition %q: %s takes no value", text, name)
	case kind.Value != "" && !kind.optional && value == "":
		return Condition{}, fmt.Errorf("parse condition %q: write %s=%s, for example %s", text, name, kind.Value, kind.Example)
	}
	normal := value
	if value != "" && kind.normalise != nil {
		var err error
		if normal, err = kind.normalise(value); err != nil {
			return Condition{}, fmt.Errorf("parse condition %q: %w, for example %s", text, err, kind.Example)
		}
	}
	return Condition{Name: name, Value: normal}, nil
}

// ParseAll reads several conditions and reports every error at once.
func ParseAll(texts ...string) ([]Condition, error) {
	var conditions []Condition
	var errs []error
	for _, text := range texts {
		c, err := Parse(text)
		errs = append(errs, err)
		conditions = append(conditions, c)
	}
	return conditions, errors.Join(errs...)
}

// Misfit is conditions that cannot be applied to a deployment: one that is not in
// the catalogue, one that does not fit (a mount that it does not have), or two
// that contradict each other. Whoever gave them is to blame, and not the app.
type Misfit struct{ Err error }

func (m *Misfit) Error() string { return m.Err.Error() }

// Unwrap gives what does not fit, every reason of it.
func (m *Misfit) Unwrap() error { return m.Err }

// Broken marks the error for the outcome of the same name.
func (m *Misfit) Broken() bool { return true }

// Contradiction is two conditions that settle the same thing differently.
type Contradiction struct {
	First, Second Condition
	Both          string // what both of them settle
}

func (c *Contradiction) Error() string {
	return fmt.Sprintf("conditions %s and %s contradict each other: both decide the %s", c.First, c.Second, c.Both)
}

// With gives a copy of the deployment under the conditions. The error is a
// [*Misfit] that reports everything at once; each pair of conditions that
// contradicts itself is a [*Contradiction] in it.
func (s Spec) With(conditions ...Condition) (Spec, error) {
	changed := s.Clone()
	ordered, errs := canonical(conditions)
	for _, c := range ordered {
		kind, _ := kindOf(c.Name)
		if err := kind.apply(&changed, c.Value); err != nil {
			errs = append(errs, fmt.Errorf("apply condition %s: %w", c, err))
		}
	}
	if err := errors.Join(errs...); err != nil {
		return Spec{}, &Misfit{err}
	}
	return changed, nil
}

// Override gives the conditions with others in the place of those that they
// contradict. A condition that the catalogue does not know settles what its name
// says.
func Override(conditions []Condition, over ...Condition) []Condition {
	settled := map[string]bool{}
	for _, c := range over {
		for _, claim := range claims(c) {
			settled[claim] = true
		}
	}
	var all []Condition
	for _, c := range conditions {
		if !slices.ContainsFunc(claims(c), func(claim string) bool { return settled[claim] }) {
			all = append(all, c)
		}
	}
	return append(all, over...)
}

func claims(c Condition) []string {
	kind, ok := kindOf(c.Name)
	if !ok {
		return []string{c.Name}
	}
	return kind.claims(c)
}

// canonical drops repetitions, reports unusable and contradicting conditions,
// and sorts the rest in the catalogue's order, so that the order in which they
// were given cannot matter.
func canonical(conditions []Condition) ([]Condition, []error) {
	var kept []Condition
	var errs []error
	claims := map[string]Condition{}
	for _, given := range conditions {
		c, err := Parse(given.String())
		if err != nil {
			errs = append(errs, err)
			continue
		}
		if slices.Contains(kept, c) {
			continue
		}
		kind, _ := kindOf(c.Name)
		contradicts := false
		for _, claim := range kind.claims(c) {
			if earlier, taken := claims[claim]; taken {
				errs = append(errs, &Contradiction{earlier, c, claim})
				contradicts = true
				continue
			}
			claims[claim] = c
		}
		if !contradicts {
			kept = append(kept, c)
		}
	}
	slices.SortStableFunc(kept, func(a, b Condition) int {
		return cmp.Or(rank(a.Name)-rank(b.Name), strings.Compare(a.Value, b.Value))
	})
	return kept, errs
}
