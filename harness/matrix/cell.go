package matrix

import (
	"slices"
	"strings"
	"time"
)

// Cell is one combination of the axes: a build, and where it is put.
type Cell struct {
	// Name is the cell's address, the same from run to run as long as the
	// file's axes stay: "go=1.22/target=linux-amd64". It names the declared
	// axes in their order, with "/" in a value written as "-" and an empty value
	// as "none".
	Name string `json:"name"`

	Go     string `json:"go"`     // as written: "1.22", "1.22.12", "stable", ...
	Target string `json:"target"` // GOOS/GOARCH
	Mod    string `json:"mod"`    // mod or vendor
	CGO    string `json:"cgo"`    // off or on
	Base   string `json:"base"`
	Tags   string `json:"tags"` // comma separated, sorted
	// Conditions of the deployment in this cell, sorted and joined by " + "; see
	// [Cell.ConditionTexts].
	Conditions string `json:"conditions,omitempty"`

	// Skip is why the cell is not run; empty: it is. It wins over Expect.
	Skip   string       `json:"skip,omitempty"`
	Expect *Expectation `json:"expect,omitempty"`

	// Line is where the cell is written: the include entry that added or last
	// changed it, else the section "matrix".
	Line int `json:"line,omitempty"`

	declared []string
}

// Axis is one axis with a cell's value of it.
type Axis struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

// Axes gives the cell's declared axes with their values, in the order of the
// file. A cell that was not made by this package has all seven.
func (c Cell) Axes() []Axis {
	keys := c.declared
	if len(keys) == 0 {
		keys = axisKeys()
	}
	axes := make([]Axis, 0, len(keys))
	for _, key := range keys {
		axes = append(axes, Axis{Key: key, Value: c.Value(key)})
	}
	return axes
}

// Value gives the cell's value of an axis, declared or not; "" for a key that
// is no axis.
func (c Cell) Value(key string) string {
	if p := c.field(key); p != nil {
		return *p
	}
	return ""
}

// ConditionTexts gives the conditions of the cell one by one, each in the text
// form that package deployment reads. This package does not look into them.
func (c Cell) ConditionTexts() []string { return splitConditions(c.Conditions) }

func (c *Cell) field(key string) *string {
	switch key {
	case axisGo:
		return &c.Go
	case axisTarget:
		return &c.Target
	case axisMod:
		return &c.Mod
	case axisCGO:
		return &c.CGO
	case axisBase:
		return &c.Base
	case axisTags:
		return &c.Tags
	case axisConditions:
		return &c.Conditions
	}
	return nil
}

// newCell fills in the defaults for the axes that values does not give.
func newCell(values Combination, declared []string, arch string, line int) Cell {
	c := Cell{
		Go: "stable", Target: "linux/" + arch, Mod: "mod", CGO: "off", Base: "scratch",
		Line: line, declared: slices.Clone(declared),
	}
	for key, value := range values {
		if p := c.field(key); p != nil {
			*p = value
		}
	}
	parts := make([]string, 0, len(declared))
	for _, a := range c.Axes() {
		parts = append(parts, a.Key+"="+nameForm(a.Value))
	}
	c.Name = strings.Join(parts, "/")
	return c
}

// noTags stands for an empty value in names and selectors.
const noTags = "none"

func nameForm(value string) string {
	if value == "" {
		return noTags
	}
	value = strings.ReplaceAll(value, betweenConditions, "+")
	return strings.ReplaceAll(value, "/", "-")
}

// Excluded is a combination that an exclude entry dropped. Its Line is that
// entry's.
type Excluded struct {
	Cell
	// Reason is never empty: without one in the file it says where the
	// exclusion is written.
	Reason string `json:"excluded"`
}

// Expectation is an outcome other than passed that is known and accepted for a
// time. A cell that passes in spite of it is an unexpected pass.
type Expectation struct {
	Outcome string    `json:"outcome"` // failed or built
	Reason  string    `json:"reason"`
	Expires time.Time `json:"expires,omitzero"` // the last day it holds, at 00:00 UTC; zero: no end
}

// Expired says whether the last day of the expectation is over, in UTC, at
// now. Loading accepts an expired expectation; the caller must report it.
func (e Expectation) Expired(now time.Time) bool {
	return !e.Expires.IsZero() && !now.Before(e.Expires.AddDate(0, 0, 1))
}
