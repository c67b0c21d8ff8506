package deployment

import (
	"fmt"
	"strings"

	"github.com/docker/go-units"

	"github.com/seatrial/seatrial/harness/lang"
)

// resources is how much of the machine the app may use.
func resources() []Kind {
	return []Kind{
		{
			Name: "memory", Value: "SIZE", Example: "memory=64MiB",
			Doc: lang.Text{
				EN: "The app and its children may use this much memory, swap included.",
				ZH: "应用及其子进程可用内存上限（含 swap）。",
			},
			normalise: size,
			apply:     applyMemory,
			decides:   func(string) string { return "memory limit" },
		},
	}
}

func applyMemory(s *Spec, v string) error {
	limit, err := units.RAMInBytes(v)
	if err != nil {
		return err
	}
	s.Memory = limit
	return nil
}

func size(v string) (string, error) {
	n, err := units.RAMInBytes(v)
	if err != nil || n <= 0 {
		return "", fmt.Errorf("%q is not a size", v)
	}
	return strings.ReplaceAll(v, " ", ""), nil
}
