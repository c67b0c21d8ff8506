package deployment

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/seatrial/seatrial/harness/lang"
)

// Service is the state of a service beside the app.
type Service string

// The states of Redis. Each is brought about in a real Redis.
const (
	// Up is the zero value: the service answers before the app is started.
	Up Service = ""
	// Down: the service's name resolves, its port refuses connections.
	Down Service = "down"
	// Late: down, and up again after a while.
	Late Service = "late"
	// Paused: connections are accepted by the kernel, nothing ever answers.
	Paused Service = "paused"
	// Loading: it reads its data set and answers LOADING meanwhile.
	Loading Service = "loading"
	// ReplicaOnly: a replica whose master is gone; reads are answered, writes with READONLY.
	ReplicaOnly Service = "read-only"
	// MasterDown: a replica that may not answer from old data: MASTERDOWN.
	MasterDown Service = "master-down"
	// OutOfMemory: no memory left and nothing may be evicted; writes are answered with OOM.
	OutOfMemory Service = "full"
	// NoConnections: maxclients is reached; new connections are refused with an error.
	NoConnections Service = "no-connections"
)

// Services lists the states that a condition can ask for.
func Services() []Service {
	return []Service{Down, Late, Paused, Loading, ReplicaOnly, MasterDown, OutOfMemory, NoConnections}
}

// Password is what the app is told of the password that Redis wants.
type Password string

const (
	// NoPassword is the zero value: Redis wants none.
	NoPassword Password = ""
	// GivenPassword: the app is told the right one.
	GivenPassword Password = "given"
	// WrongPassword: the app is told another one; Redis answers WRONGPASS.
	WrongPassword Password = "wrong"
	// MissingPassword: the app is told none; Redis answers NOAUTH.
	MissingPassword Password = "missing"
)

// Link is what is wrong with connections. The zero value is nothing.
type Link struct {
	// Latency is how much later each piece of an answer arrives.
	Latency time.Duration `json:"latency,omitempty"`
	// CutAfter cuts each connection after so many bytes of answers; 0 never.
	CutAfter int64 `json:"cutAfter,omitempty"`
	// Relayed lets connections run through what can spoil them while the app runs.
	Relayed bool `json:"relayed,omitempty"`
}

// services is the state of what stands beside the app.
func services() []Kind {
	return []Kind{
		{
			Name: "redis", Value: "STATE[:TIME]", Example: "redis=down",
			Doc: lang.Text{
				EN: "The state of Redis when the app starts. down: its name resolves, its port refuses. late:5s: down, and up after this time. " +
					"paused: it accepts connections and never answers. loading:5s: it answers LOADING for about this time. " +
					"read-only: a replica without its master, writes fail with READONLY. master-down: the same, and reads fail with MASTERDOWN. " +
					"full: out of memory, writes fail with OOM. no-connections: new connections are refused, maxclients is reached.",
				ZH: "应用启动时 Redis 的状态。down：主机名可解析，端口拒绝连接；late:5s：先不可用，过这段时间后启动；" +
					"paused：接受连接但从不应答；loading:5s：约这段时间内返回 LOADING；" +
					"read-only：失去主节点的从节点，写入返回 READONLY；master-down：同上且读取返回 MASTERDOWN；" +
					"full：内存用尽，写入返回 OOM；no-connections：达到 maxclients，拒绝新连接。",
			},
			normalise: serviceState,
			apply:     applyRedis,
			decides:   func(string) string { return "state of redis" },
		},
		{
			Name: "redis-auth", Value: "given|wrong|missing", Example: "redis-auth=given",
			Doc: lang.Text{
				EN: "Redis wants a password. The app is told it (${REDIS_PASSWORD}, ${REDIS_URL}; REDIS_PASSWORD, where its environment uses neither), or a wrong one, or none.",
				ZH: "Redis 需要密码。given：通过 ${REDIS_PASSWORD}、${REDIS_URL} 告知应用（环境变量两者都未引用时设置 REDIS_PASSWORD）；wrong：密码错误；missing：不告知。",
			},
			normalise: oneOf(string(GivenPassword), string(WrongPassword), string(MissingPassword)),
			apply:     applyPassword,
			decides:   func(string) string { return "password of redis" },
		},
		{
			Name: "redis-slow", Value: "TIME", Example: "redis-slow=200ms",
			Doc: lang.Text{
				EN: "Every answer of Redis arrives later by this time.",
				ZH: "Redis 的每个应答都延迟这段时间到达。",
			},
			normalise: duration,
			apply:     func(s *Spec, v string) (err error) { s.RedisLink.Latency, err = time.ParseDuration(v); return err },
		},
		{
			Name: "redis-cuts", Value: "SIZE", Example: "redis-cuts=4KiB",
			Doc: lang.Text{
				EN: "Each connection to Redis is cut after so many bytes of answers; a new one can be made at once.",
				ZH: "与 Redis 的每个连接在收到这么多字节的应答后被切断；可以立即重新连接。",
			},
			normalise: size,
			apply:     func(s *Spec, v string) (err error) { s.RedisLink.CutAfter, err = byteCount(v); return err },
		},
	}
}

// timed says whether the state lasts for a given time.
func (s Service) timed() bool { return s == Late || s == Loading }

func serviceState(v string) (string, error) {
	name, text, hasTime := strings.Cut(v, ":")
	state := Service(name)
	if !slices.Contains(Services(), state) {
		var all []string
		for _, s := range Services() {
			all = append(all, string(s))
		}
		return "", fmt.Errorf("%q is not a state of redis; it can be %s", v, strings.Join(all, ", "))
	}
	switch {
	case hasTime && !state.timed():
		return "", fmt.Errorf("%q: the state %s takes no time", v, name)
	case !hasTime && state.timed():
		return "", fmt.Errorf("%q needs a time, as in %s:5s", v, name)
	case !hasTime:
		return v, nil
	}
	text, err := duration(text)
	return name + ":" + text, err
}

func applyRedis(s *Spec, v string) error {
	name, text, hasTime := strings.Cut(v, ":")
	s.Redis, s.RedisFor = Service(name), 0
	if !hasTime {
		return nil
	}
	var err error
	s.RedisFor, err = time.ParseDuration(text)
	return err
}

// applyPassword gives the app the usual variable where nothing in its
// environment is filled in with the password.
func applyPassword(s *Spec, v string) error {
	s.RedisPassword = Password(v)
	for _, value := range s.Env {
		if strings.Contains(value, "${REDIS_PASSWORD}") || strings.Contains(value, "${REDIS_URL}") {
			return nil
		}
	}
	if s.RedisPassword != MissingPassword {
		setEnv(s, "REDIS_PASSWORD", "${REDIS_PASSWORD}")
	}
	return nil
}
