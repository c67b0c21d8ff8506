package deployment

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/docker/go-units"
)

// The forms of values that several conditions share.

// duration checks a length of time above zero, and writes it as Go does.
func duration(v string) (string, error) {
	d, err := time.ParseDuration(strings.ReplaceAll(v, " ", ""))
	if err != nil || d <= 0 {
		return "", fmt.Errorf("%q is not a length of time", v)
	}
	return d.String(), nil
}

// oneOf checks that a value is one of those that there are.
func oneOf(values ...string) func(string) (string, error) {
	return func(v string) (string, error) {
		if !slices.Contains(values, v) {
			return "", fmt.Errorf("%q is not possible; it can be %s", v, strings.Join(values, ", "))
		}
		return v, nil
	}
}

// byteCount reads what size has checked.
func byteCount(v string) (int64, error) { return units.RAMInBytes(v) }
