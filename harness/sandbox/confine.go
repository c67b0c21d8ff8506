package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"github.com/docker/go-units"
	"github.com/moby/moby/api/types/container"

	"github.com/seatrial/seatrial/harness/deployment"
)

// StarterPath is where an image holds the helper, when [StartedBy] asks for it.
const StarterPath = "/.seatrial/helper"

// StartedBy gives the entrypoint that starts the program through the helper,
// where the deployment asks for what engines have no option for. It is empty
// where the engine alone can start it.
func StartedBy(spec deployment.Spec, program string) []string {
	var options []string
	if spec.NoHome {
		options = append(options, "-unset", "HOME")
	}
	for _, t := range spec.Tmpfs {
		if t.Full {
			options = append(options, "-fill", t.Path)
		}
	}
	if spec.Init {
		options = append(options, "-init", "yes")
	}
	if reader := spec.LogReader.String(); reader != "" {
		options = append(options, "-log", reader)
	}
	for _, slow := range spec.Slow {
		options = append(options, "-slow", slow.Path+"="+slow.Delay.String())
	}
	if len(options) == 0 {
		return nil
	}
	start := append([]string{StarterPath, "start"}, options...)
	return append(start, "--", program)
}

// confine sets the rights and limits of the app's container.
func confine(h *container.HostConfig, spec deployment.Spec) error {
	h.ReadonlyRootfs = spec.ReadOnlyRoot
	h.CapDrop = spec.DropCapabilities
	h.Resources = container.Resources{Memory: spec.Memory, MemorySwap: spec.Memory, NanoCPUs: int64(spec.CPUs * 1e9)}
	if spec.PIDs > 0 {
		h.PidsLimit = &spec.PIDs
	}
	if spec.OpenFiles > 0 {
		// Go raises the soft limit to the hard one at its start.
		h.Ulimits = []*units.Ulimit{{Name: "nofile", Soft: spec.OpenFiles, Hard: spec.OpenFiles}}
	}
	if spec.Restart != deployment.NoRestart {
		h.RestartPolicy = container.RestartPolicy{Name: container.RestartPolicyMode(spec.Restart)}
	}
	if spec.NoNewPrivileges {
		h.SecurityOpt = append(h.SecurityOpt, "no-new-privileges")
	}
	if spec.Seccomp != "" {
		profile, err := seccomp(spec.Seccomp)
		if err != nil {
			return err
		}
		h.SecurityOpt = append(h.SecurityOpt, "seccomp="+profile)
	}
	return nil
}

// seccomp gives a profile in Docker's JSON form:
// https://docs.docker.com/engine/security/seccomp/
func seccomp(name string) (string, error) {
	calls, named := deployment.SeccompProfiles()[name]
	if !named {
		raw, err := os.ReadFile(name)
		if err != nil {
			return "", fmt.Errorf("read seccomp profile: %w", err)
		}
		if !json.Valid(raw) {
			return "", fmt.Errorf("read seccomp profile: %w", errors.New(name+" is not JSON"))
		}
		return string(raw), nil
	}
	type rule struct {
		Names    []string `json:"names"`
		Action   string   `json:"action"`
		ErrnoRet int      `json:"errnoRet"`
	}
	// A filter kills what was built for an architecture that it does not name.
	type family struct {
		Architecture     string   `json:"architecture"`
		SubArchitectures []string `json:"subArchitectures"`
	}
	families := []family{
		{"SCMP_ARCH_X86_64", []string{"SCMP_ARCH_X86", "SCMP_ARCH_X32"}},
		{"SCMP_ARCH_AARCH64", []string{"SCMP_ARCH_ARM"}},
	}
	const eperm = 1
	raw, err := json.Marshal(struct {
		DefaultAction string   `json:"defaultAction"`
		ArchMap       []family `json:"archMap"`
		Syscalls      []rule   `json:"syscalls"`
	}{"SCMP_ACT_ALLOW", families, []rule{{calls, "SCMP_ACT_ERRNO", eperm}}})
	return string(raw), err
}
