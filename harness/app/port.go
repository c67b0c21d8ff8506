package app

import (
	"fmt"
	"go/ast"
	"net"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// Reliability of a port by where it was read. What stands in the call that
// listens is better than what a configuration file says, that is better than a
// default whose use is not seen, and a Dockerfile's EXPOSE is only a remark.
const (
	scoreListen     = 100
	scoreListenBare = 93 // gin's Run() without an address
	scoreRead       = 82 // a configuration file that the app reads
	scoreSetDefault = 78
	scoreTag        = 76
	scoreFlag       = 74
	scoreEnvHelper  = 72
	scoreDotEnv     = 62
	scoreField      = 60
	scoreExpose     = 50
	scoreUnread     = 45 // a configuration file that nothing is seen to read
	scoreConst      = 40
	scoreLeast      = 25 // what lies below belongs to another listener

	bonusHint    = 8 // the listening call names this key
	malusSide    = 40
	malusTLS     = 15
	malusOrigin  = 2 // for each step away from a literal
	malusDefault = 1
)

// portFound is one possible port of the app.
type portFound struct {
	port     int
	score    int
	what     string // how it was found, such as "flag -addr"
	where    string
	path     []string // its key, to be compared with what the listening call names
	env      string
	loopback bool
}

// ports collects the candidates of one app.
type ports struct {
	s     *source
	found []portFound
	hints [][]string        // keys that listening calls name
	bare  map[string]string // environment variables without default that are listened on -> place
	loops []Note            // literal loopback addresses listened on
}

// listenerWords name doors of an app that are not the front one; clientWords
// name services that it is a client of, whose ports are never its own.
var (
	listenerWords = []string{
		"grpc", "rpc", "metrics", "metric", "prometheus", "pprof", "debug", "profiling", "ftp", "sftp", "ssh", "s3", "mcp", "mqtt", "otel", "otlp",
	}
	clientWords = []string{
		"mysql", "db", "database", "databases", "redis", "valkey", "postgres", "postgresql", "pgsql", "pgx", "mongo", "mongodb", "sqlserver", "mssql",
		"oracle", "clickhouse", "cassandra", "influx", "influxdb", "smtp", "mail", "email", "mailer", "kafka", "nats", "rabbitmq", "amqp",
		"broker", "queue", "cache", "memcache", "memcached", "etcd", "consul", "nacos", "zookeeper", "elasticsearch", "elastic", "es", "ldap",
		"minio", "jaeger", "zipkin", "logstash", "loki", "proxy", "upstream", "backend",
	}
)

var (
	tlsWords  = []string{"tls", "https", "ssl"}
	portWords = []string{"port", "addr", "address", "listen", "bind", "endpoint", "hostport"}
)

// words splits HTTPPort, http_port and server.port into lower-case words.
func words(name string) []string {
	var out []string
	runes := []rune(name)
	start := 0
	cut := func(end int) {
		if end > start {
			out = append(out, strings.ToLower(string(runes[start:end])))
		}
		start = end
	}
	for i, r := range runes {
		switch {
		case !unicode.IsLetter(r) && !unicode.IsDigit(r):
			cut(i)
			start = i + 1
		case i == start || !unicode.IsUpper(r):
		case !unicode.IsUpper(runes[i-1]), i+1 < len(runes) && unicode.IsLower(runes[i+1]):
			cut(i)
		}
	}
	cut(len(runes))
	return out
}

// portKey judges a key by its words: whether it names a listening address of the
// app, and how much it loses for naming a side door or TLS.
func portKey(keys ...string) (ok bool, malus int) {
	if len(keys) == 0 {
		return false, 0
	}
	last := words(keys[len(keys)-1])
	ok = slices.ContainsFunc(last, func(w string) bool { return slices.Contains(portWords, w) })
	flat := strings.Join(last, "")
	for _, suffix := range []string{"port", "addr", "listen"} {
		ok = ok || (strings.HasSuffix(flat, suffix) && !strings.HasSuffix(flat, "support") && !strings.HasSuffix(flat, "import") && !strings.HasSuffix(flat, "export") && !strings.HasSuffix(flat, "report"))
	}
	for _, key := range keys {
		malus = max(malus, sideMalus(key))
		ok = ok && !slices.ContainsFunc(words(key), func(w string) bool { return slices.Contains(clientWords, w) })
	}
	return ok, malus
}

// sideMalus is what a name costs for belonging to another listener.
func sideMalus(name string) int {
	malus := 0
	for _, w := range words(name) {
		if slices.Contains(listenerWords, w) {
			return malusSide
		}
		if slices.Contains(tlsWords, w) {
			malus = malusTLS
		}
	}
	return malus
}

var (
	portOnly    = regexp.MustCompile(`^\d{2,5}$`)
	placeholder = regexp.MustCompile(`^\$\{?[A-Za-z_][A-Za-z0-9_]*(?::-?|-)([^}]*)\}?$`)
)

// parsePort reads a listening address: ":8080", "8080", "0.0.0.0:8080",
// "${PORT:-8080}". A URL is none, and neither is port 0. With loopback it says
// that only the machine itself could reach it.
func parsePort(text string) (port int, loopback, ok bool) {
	text = strings.TrimSpace(text)
	if m := placeholder.FindStringSubmatch(text); m != nil {
		text = m[1]
	}
	if i := strings.LastIndex(text, ":${"); i >= 0 && strings.HasSuffix(text, "}") {
		return parsePort(text[i+1:])
	}
	number := text
	if !portOnly.MatchString(text) {
		host, p, err := net.SplitHostPort(text)
		if err != nil || strings.ContainsAny(host, "/@ ,") {
			return 0, false, false
		}
		number = p
		ip := net.ParseIP(host)
		loopback = host == "localhost" || (ip != nil && ip.IsLoopback())
	}
	n, err := strconv.Atoi(number)
	if err != nil || n < 1 || n > 65535 || strings.Trim(number, "0123456789") != "" {
		return 0, false, false
	}
	return n, loopback, true
}

// add keeps a candidate if its text is an address.
func (p *ports) add(text string, score int, found portFound) bool {
	port, loopback, ok := parsePort(text)
	if !ok {
		return false
	}
	found.port, found.loopback, found.score = port, loopback, score
	p.found = append(p.found, found)
	return true
}

// best ranks the candidates: by score, then by the order of finding, which is
// nearest package first. Candidates whose key a listening call names go up.
func (p *ports) best() []portFound {
	for i := range p.found {
		p.found[i].score += p.hinted(p.found[i].path)
	}
	slices.SortStableFunc(p.found, func(a, b portFound) int { return b.score - a.score })
	var out []portFound
	for _, f := range p.found {
		if !slices.ContainsFunc(out, func(o portFound) bool { return o.port == f.port }) {
			out = append(out, f)
		}
	}
	return out
}

// hinted compares a key with those that listening calls name: the last element
// must be the same, and any other that fits adds to it.
func (p *ports) hinted(key []string) int {
	most := 0
	for _, hint := range p.hints {
		if len(key) == 0 || len(hint) == 0 || flat(key[len(key)-1]) != flat(hint[len(hint)-1]) {
			continue
		}
		score := bonusHint
		for _, section := range key[:len(key)-1] {
			if slices.ContainsFunc(hint[:len(hint)-1], func(h string) bool { return related(flat(h), flat(section)) }) {
				score += bonusHint
				break
			}
		}
		most = max(most, score)
	}
	return most
}

func flat(s string) string { return strings.Join(words(s), "") }

// related says whether one name contains the other, as ApplicationConfig does
// application; names of one or two letters fit nothing but themselves.
func related(a, b string) bool {
	if len(a) < 3 || len(b) < 3 {
		return a == b
	}
	return strings.Contains(a, b) || strings.Contains(b, a)
}

// addValues adds what a listening call was given.
func (p *ports) addValues(fn *function, e ast.Expr, base int, what string) {
	base -= p.side(fn, e)
	for _, v := range p.s.values(fn, e) {
		switch {
		case v.kind == fromKey:
			p.hints = append(p.hints, v.path)
		case v.text == "" && v.env != "":
			p.bare[v.env] = p.s.at(v.node)
		case v.text != "" && v.node != nil:
			found := portFound{what: what, where: p.s.at(v.node), env: v.env}
			score := base - malusOrigin*(int(v.kind)-int(fromLiteral))
			if p.add(v.text, score, found) && p.found[len(p.found)-1].loopback {
				p.loops = append(p.loops, Note{What: fmt.Sprintf("listens on %s: nothing outside its own container can reach that", v.text), Where: found.where})
			}
		}
	}
}

// side is what a listener loses for standing where other listeners stand: in
// metrics.go, in a function or package named after gRPC or pprof, or in a
// variable named so.
func (p *ports) side(fn *function, e ast.Expr) int {
	base := strings.TrimSuffix(path.Base(fn.file.rel), ".go")
	malus := max(sideMalus(base), sideMalus(path.Base(fn.file.pkg.dir)), sideMalus(fn.name))
	if e != nil {
		ast.Inspect(e, func(n ast.Node) bool {
			if id, ok := n.(*ast.Ident); ok {
				malus = max(malus, sideMalus(id.Name))
			}
			return true
		})
	}
	return malus
}
