package diagnose

import (
	"net"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/seatrial/seatrial/harness/evidence"
)

var _ = declare(map[string]Logic{
	"bind-privileged-port":  bindPrivilegedPort,
	"listens-on-loopback":   listensOnLoopback,
	"listens-on-other-port": listensOnOtherPort,
	"port-from-environment": portFromEnvironment,
	"listens-on-ipv4-only":  listensOnIPv4Only,
	"ends-without-a-word":   endsWithoutAWord,
	"main-returned":         mainReturned,
})

var (
	bindDenied = regexp.MustCompile(`(?i)listen (?:tcp|udp)\d? (?P<addr>\S*:(?P<port>\w+)): bind: (?:permission denied|an attempt was made to access a socket in a way forbidden)`)
	// announced is an app that says where it listens.
	announced = regexp.MustCompile(`(?i)\b(listen(ing)?|serving|server|started|running|bound)\b`)
	address   = regexp.MustCompile(`(?P<host>\[[0-9a-fA-F:]*\]|localhost|\d{1,3}(?:\.\d{1,3}){3}|\*)?:(?P<port>\d{2,5})\b`)
	portEnv   = regexp.MustCompile(`Environment variable PORT="(?P<port>\d+)"`)
	sixth     = regexp.MustCompile(`\[::1\]:(?P<port>\d+)|connect to ::1 port (?P<port2>\d+)`)
)

// privilegedPorts is the first port that everybody may listen on, as Linux has it.
const privilegedPorts = 1024

func bindPrivilegedPort(c *Case) *Match {
	for _, line := range slices.Concat(c.Lines(SourceApp), c.file(evidence.SystemdLog), c.file(evidence.SupervisorLog)) {
		groups := bindDenied.FindStringSubmatch(line.Plain)
		if groups == nil || line.File != evidence.SystemdLog && !c.Matters(line) {
			continue
		}
		port, err := net.LookupPort("tcp", groups[2])
		if err != nil || port >= privilegedPorts {
			continue
		}
		m := &Match{Lines: []evidence.Line{line.Line}, Params: map[string]string{"addr": groups[1], "port": strconv.Itoa(port)}}
		if user, _, _ := strings.Cut(c.Spec.User, ":"); user != "" && user != "0" && len(c.Spec.DropCapabilities) == 0 && !c.Spec.NoNewPrivileges {
			m.Remedy = []string{"user=0"}
		}
		return m
	}
	return nil
}

// listening are the app's sockets: not that of Docker's name server, which listens
// in every container of a network of one's own.
func (c *Case) listening() []evidence.Socket {
	return slices.DeleteFunc(slices.Clone(c.Sockets), func(k evidence.Socket) bool { return k.Address == "127.0.0.11" })
}

// wantedPort is where the app should listen, 0 if nobody says.
func (c *Case) wantedPort() int {
	if c.Spec.Port != 0 {
		return c.Spec.Port
	}
	if c.Image != nil && len(c.Image.Exposed) == 1 {
		number, _, _ := strings.Cut(c.Image.Exposed[0], "/")
		port, _ := strconv.Atoi(number)
		return port
	}
	return 0
}

// place is where the app says that it listens.
type place struct {
	line evidence.Line
	host string
	port int
}

func (p place) loopback() bool {
	ip := net.ParseIP(strings.Trim(p.host, "[]"))
	return p.host == "localhost" || ip != nil && ip.IsLoopback()
}

// announcements are the addresses that the app's log says it listens on.
func (c *Case) announcements() []place {
	var list []place
	for _, line := range c.Lines(SourceApp) {
		if _, isAccess := access(line); isAccess || !announced.MatchString(line.Plain) || worse.MatchString(line.Plain) {
			continue
		}
		for _, groups := range address.FindAllStringSubmatch(line.Plain, -1) {
			port, err := strconv.Atoi(groups[2])
			// What looks like the minutes of a time of day is none.
			if err == nil && port > 79 && !clock.MatchString(groups[0]) {
				list = append(list, place{line: line.Line, host: groups[1], port: port})
			}
		}
	}
	return list
}

var clock = regexp.MustCompile(`^:\d\d$`)

// unreachable says whether it was seen that nobody could connect to the app.
func (c *Case) unreachable() bool {
	if slices.Contains([]string{"loopback-only", "other-port", "not-listening"}, c.Outcome.Kind) {
		return true
	}
	reached := false
	for _, x := range c.Exchanges {
		if x.Error == "" && x.Status != 502 {
			reached = true
		}
	}
	return !reached && len(c.Exchanges) > 0
}

func listensOnLoopback(c *Case) *Match {
	if c.Ended() || c.Refused() {
		return nil
	}
	wanted := c.wantedPort()
	var found *evidence.Socket
	for _, k := range c.listening() {
		if wanted != 0 && k.Port != wanted {
			continue
		}
		if !k.Loopback() {
			return nil
		}
		found = &k
	}
	if found != nil {
		addr := net.JoinHostPort(found.Address, strconv.Itoa(found.Port))
		return &Match{
			Lines:  []evidence.Line{c.Evidence(evidence.SocketsFile, found.Address)},
			Params: map[string]string{"addr": addr, "port": strconv.Itoa(found.Port)},
		}
	}
	if len(c.listening()) > 0 || !c.unreachable() || c.Bundle.Has(evidence.SystemdLog) {
		return nil
	}
	for _, p := range c.announcements() {
		if p.loopback() && (wanted == 0 || p.port == wanted) {
			return &Match{
				Lines: []evidence.Line{p.line}, Confidence: Likely,
				Params: map[string]string{"addr": p.host + ":" + strconv.Itoa(p.port), "port": strconv.Itoa(p.port)},
			}
		}
	}
	return nil
}

// otherPort gives where the app listens instead of where it should.
func otherPort(c *Case) (int, evidence.Line, bool) {
	wanted := c.wantedPort()
	if wanted == 0 || c.Ended() || c.Refused() {
		return 0, evidence.Line{}, false
	}
	sockets := c.listening()
	if slices.ContainsFunc(sockets, func(k evidence.Socket) bool { return k.Port == wanted }) {
		return 0, evidence.Line{}, false
	}
	for _, k := range sockets {
		return k.Port, c.Evidence(evidence.SocketsFile, strconv.Itoa(k.Port)), true
	}
	if !c.unreachable() {
		return 0, evidence.Line{}, false
	}
	places := c.announcements()
	if slices.ContainsFunc(places, func(p place) bool { return p.port == wanted }) {
		return 0, evidence.Line{}, false
	}
	for _, p := range places {
		return p.port, p.line, true
	}
	return 0, evidence.Line{}, false
}

func listensOnOtherPort(c *Case) *Match {
	port, line, ok := otherPort(c)
	if !ok {
		return nil
	}
	return &Match{Lines: []evidence.Line{line}, Params: map[string]string{"port": strconv.Itoa(port), "wanted": strconv.Itoa(c.wantedPort())}}
}

// portFromEnvironment is a port that the variable PORT has moved.
func portFromEnvironment(c *Case) *Match {
	port, line, ok := otherPort(c)
	if !ok {
		return nil
	}
	m := &Match{Lines: []evidence.Line{line}, Params: map[string]string{"port": strconv.Itoa(port), "wanted": strconv.Itoa(c.wantedPort()), "key": "PORT"}}
	for _, told := range c.Lines(SourceApp) {
		if groups := portEnv.FindStringSubmatch(told.Plain); groups != nil && groups[1] == strconv.Itoa(port) {
			m.Lines = append([]evidence.Line{told.Line}, m.Lines...)
			return m
		}
	}
	for key, value := range c.Spec.Env {
		if strings.HasSuffix(strings.ToUpper(key), "PORT") && strings.TrimPrefix(value, ":") == strconv.Itoa(port) {
			m.Params["key"] = key
			m.Lines = append(m.Lines, c.Evidence(evidence.SpecFile, `"`+key+`"`))
			return m
		}
	}
	return nil
}

func listensOnIPv4Only(c *Case) *Match {
	sockets := c.listening()
	match := func(port string, line evidence.Line) *Match {
		open := false
		for _, k := range sockets {
			if strconv.Itoa(k.Port) == port {
				if strings.Contains(k.Address, ":") {
					return nil
				}
				open = true
			}
		}
		for _, p := range c.announcements() {
			open = open || len(sockets) == 0 && strconv.Itoa(p.port) == port && strings.Contains(p.host, ".")
		}
		if !open {
			return nil
		}
		return &Match{Lines: []evidence.Line{line}, Params: map[string]string{"port": port}}
	}
	try := func(text string, line evidence.Line) *Match {
		if groups := sixth.FindStringSubmatch(text); groups != nil {
			return match(groups[1]+groups[2], line)
		}
		return nil
	}
	for i, x := range c.Exchanges {
		if x.Error != "" {
			if m := try(x.Error, c.exchangeLine(i)); m != nil {
				return m
			}
		}
	}
	for _, line := range slices.Concat(c.Lines(SourceEngine), c.Lines(SourceSystemd), c.Lines(SourceNginx)) {
		if m := try(line.Plain, line.Line); m != nil {
			return m
		}
	}
	return nil
}

// shells start something else, which may be what says nothing.
var shells = []string{"sh", "bash", "dash", "ash", "zsh", "busybox"}

// endsWithoutAWord is a main that returns, with no error and no line.
func endsWithoutAWord(c *Case) *Match {
	if !c.Ended() || c.State.ExitCode != 0 || c.State.OOM || len(c.Lines(SourceApp)) > 0 || c.State.Error != "" {
		return nil
	}
	if c.Bundle.Has(evidence.SystemdLog) || c.Bundle.Has(evidence.SupervisorLog) || c.Bundle.Has(evidence.PlatformLog) {
		return nil
	}
	if c.Image != nil {
		for _, word := range slices.Concat(c.Image.Entrypoint, c.Image.Cmd) {
			if slices.Contains(shells, path.Base(word)) || strings.HasSuffix(word, ".sh") {
				return nil
			}
		}
	}
	for _, p := range c.Paths {
		if p.Why == "binary" && (p.Size == 0 || p.Type == "dir") {
			return nil
		}
	}
	return &Match{Lines: []evidence.Line{c.Evidence(evidence.StateFile, `"exitCode"`)}, Params: map[string]string{}}
}

// claims are lines in which an app says that it serves.
var claims = regexp.MustCompile(`(?i)\blisten(?:s|ing)?\b|\bserving\b|server (?:is )?(?:started|running|up)|start(?:ed|ing) (?:the )?(?:http |web )?server|监听|服务(?:已)?启动`)

// mainReturned is a main that returns before it was ready, though it says that it
// serves, and complains of nothing.
func mainReturned(c *Case) *Match {
	if !c.Ended() || c.Outcome.Kind != "exited" || c.State.ExitCode != 0 || c.State.OOM {
		return nil
	}
	lines := c.Lines(SourceApp)
	claim := slices.IndexFunc(lines, func(line Line) bool { return claims.MatchString(line.Plain) })
	if claim < 0 || slices.ContainsFunc(lines, func(line Line) bool { return troubled.MatchString(line.Plain) }) {
		return nil
	}
	return saw(c.fact(evidence.StateFile, `"exitCode"`), lines[claim])
}
