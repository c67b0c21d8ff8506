package deployment

import (
	"fmt"
	"strconv"
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
		{
			Name: "cpus", Value: "NUMBER", Example: "cpus=0.25",
			Doc: lang.Text{
				EN: "The app gets this share of processors; beyond it, it waits.",
				ZH: "应用可用的 CPU 份额；超出则被限速。",
			},
			normalise: func(v string) (string, error) {
				n, err := strconv.ParseFloat(v, 64)
				if err != nil || !(n >= leastCPUs && n <= mostCPUs) {
					return "", fmt.Errorf("%q is not a number of processors from %g to %d", v, leastCPUs, mostCPUs)
				}
				return strconv.FormatFloat(n, 'f', -1, 64), nil
			},
			apply: func(s *Spec, v string) (err error) {
				s.CPUs, err = strconv.ParseFloat(v, 64)
				return err
			},
			decides: func(string) string { return "CPU limit" },
		},
		{
			Name: "pids", Value: "NUMBER", Example: "pids=20",
			Doc: lang.Text{
				EN: "The app and its children may be this many threads and processes at a time.",
				ZH: "应用及其子进程的线程与进程总数上限。",
			},
			normalise: count,
			apply: func(s *Spec, v string) (err error) {
				s.PIDs, err = strconv.ParseInt(v, 10, 64)
				return err
			},
			decides: func(string) string { return "pids limit" },
		},
		{
			Name: "open-files", Value: "NUMBER", Example: "open-files=64",
			Doc: lang.Text{
				EN: "Each process may have this many files and sockets open (ulimit -n, soft and hard).",
				ZH: "每个进程可打开的文件与 socket 数量上限（ulimit -n，软硬限制相同）。",
			},
			normalise: count,
			apply: func(s *Spec, v string) (err error) {
				s.OpenFiles, err = strconv.ParseInt(v, 10, 64)
				return err
			},
			decides: func(string) string { return "limit of open files" },
		},
	}
}

// Engines refuse less than a hundredth of a processor, and have no machine with
// more than this many.
const (
	leastCPUs = 0.01
	mostCPUs  = 1024
)

func count(v string) (string, error) {
	n, err := strconv.ParseInt(v, 10, 32)
	if err != nil || n < 1 {
		return "", fmt.Errorf("%q is not a number of 1 or more", v)
	}
	return strconv.FormatInt(n, 10), nil
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
