package deployment

import (
	"fmt"

	"github.com/seatrial/seatrial/harness/lang"
)

// services is the state of what stands beside the app.
func services() []Kind {
	return []Kind{
		{
			Name: "redis", Value: "down", Example: "redis=down",
			Doc: lang.Text{
				EN: "Redis is not running when the app starts: its name resolves, its port refuses connections.",
				ZH: "应用启动时 Redis 未运行：主机名可解析，端口拒绝连接。",
			},
			normalise: func(v string) (string, error) {
				if v != string(Down) {
					return "", fmt.Errorf("%q is not a state of redis; it can be down", v)
				}
				return v, nil
			},
			apply: func(s *Spec, v string) error { s.Redis = Service(v); return nil },
		},
	}
}
