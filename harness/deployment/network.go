package deployment

import (
	"github.com/seatrial/seatrial/harness/lang"
)

// Network is what the app's network lacks. The zero value is nothing.
type Network struct {
	// NoDNS: no name resolves. Redis is then given to the app by its address.
	NoDNS bool `json:"noDNS,omitempty"`
	// NoEgress: nothing outside of the slot can be reached.
	NoEgress bool `json:"noEgress,omitempty"`
	// PortTaken: another process listens on the app's port.
	PortTaken bool `json:"portTaken,omitempty"`
}

// network is what the app can reach, and whether its port is free.
func network() []Kind {
	return []Kind{
		{
			Name: "no-dns", Example: "no-dns",
			Doc: lang.Text{
				EN: "No name resolves: the name server refuses. ${REDIS_HOST} and the like are filled in with addresses, so that it is the name service alone that is missing.",
				ZH: "任何域名都无法解析：名称服务器拒绝应答。${REDIS_HOST} 等改填 IP 地址，因此缺少的只有 DNS。",
			},
			apply: func(s *Spec, _ string) error { s.Network.NoDNS = true; return nil },
		},
		{
			Name: "no-egress", Example: "no-egress",
			Doc: lang.Text{
				EN: "Nothing beyond the services beside the app can be reached: there is no route (network is unreachable).",
				ZH: "除应用旁的服务外，任何外部地址都不可达：没有默认路由（network is unreachable）。",
			},
			apply: func(s *Spec, _ string) error { s.Network.NoEgress = true; return nil },
		},
		{
			Name: "port-taken", Example: "port-taken",
			Doc: lang.Text{
				EN: "Another process listens on the app's port already (address already in use). No app can serve then; it must end and say so.",
				ZH: "应用的端口已被其他进程占用（address already in use）。此时应用无法提供服务，应退出并说明原因。",
			},
			apply: func(s *Spec, _ string) error { s.Network.PortTaken = true; return nil },
		},
	}
}
