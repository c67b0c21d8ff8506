package sandbox

import (
	"github.com/seatrial/seatrial/harness/deployment"
)

// slotNeeds is what a deployment asks of the network namespace itself, which is
// settled when a slot is made. The zero value is a plain slot. Everything else is
// altered in a plain slot and put right afterwards, which costs less.
type slotNeeds struct {
	// Sysctls of the app's namespace: "name=value", separated by spaces and
	// sorted, so that needs can be compared.
	Sysctls string
}

// plain says whether any slot will do.
func (n slotNeeds) plain() bool { return n == slotNeeds{} }

// needsOf says what the deployment asks of its slot.
func needsOf(spec deployment.Spec) slotNeeds {
	var n slotNeeds
	if spec.PrivilegedPorts {
		n.Sysctls = "net.ipv4.ip_unprivileged_port_start=1024" // Docker's own value is 0
	}
	return n
}
