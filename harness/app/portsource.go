package app

import (
	"go/ast"
	"slices"
	"strings"
)

// fromSource collects the ports that the Go source names.
func (p *ports) fromSource() {
	p.s.calls(func(c *call) {
		p.listenCall(c)
		p.flagCall(c)
		p.setDefault(c)
		p.envHelper(c)
	})
	p.s.functions(func(fn *function) {
		for _, lit := range fn.lits {
			p.composite(fn, lit)
		}
		for _, f := range fn.fields {
			p.fieldAssign(fn, f)
		}
	})
	for _, pkg := range p.s.packages {
		for _, f := range pkg.files {
			p.tags(f)
			p.constants(f)
		}
	}
}

// listenCall knows the calls that open the door.
func (p *ports) listenCall(c *call) {
	what, at := "address of "+c.name, 0
	switch c.name {
	case "Run":
		if !p.s.isEngine(c.fn, c.recv, c.within) {
			if len(c.expr.Args) != 1 || p.s.framework() == frameworkHTTP {
				return
			}
			break
		}
		if len(c.expr.Args) == 0 { // gin: "PORT" from the environment, else :8080
			p.found = append(p.found, portFound{port: 8080, score: scoreListenBare - p.side(c.fn, nil), what: "default of gin's Run()", where: p.s.at(c.expr), env: "PORT"})
			return
		}
	case "ListenAndServe", "Start", "RunTLS", "StartTLS", "ListenTLS":
	case "ListenAndServeTLS":
		if c.fn.imported(c.recv) == "" { // of a http.Server: certificate and key
			return
		}
	case "Listen":
		if c.is("Listen", "net") {
			if network, ok := p.s.text(c.fn, c.arg(0)); !ok || !strings.HasPrefix(network, "tcp") {
				return
			}
			at = 1
		}
	default:
		return
	}
	if arg := c.arg(at); arg != nil {
		score := scoreListen
		if strings.HasSuffix(c.name, "TLS") {
			score -= malusTLS
		}
		p.addValues(c.fn, arg, score, what)
	}
}

// composite knows http.Server{Addr: ...}, urfave's flags and structs of defaults.
func (p *ports) composite(fn *function, lit *ast.CompositeLit) {
	typ := typeName(lit.Type)
	if strings.HasSuffix(typ, "Flag") {
		p.cliFlag(fn, lit)
		return
	}
	if env, def := tableRow(lit); env != "" && def != "" {
		if named, malus := portKey(env); named {
			p.add(def, scoreEnvHelper-malus, portFound{what: "default of $" + env, where: p.s.at(lit), path: []string{env}, env: env})
		}
	}
	for _, element := range lit.Elts {
		kv, ok := element.(*ast.KeyValueExpr)
		if !ok {
			continue
		}
		key, ok := kv.Key.(*ast.Ident)
		if !ok {
			continue
		}
		if typ == "Server" && key.Name == "Addr" {
			p.addValues(fn, kv.Value, scoreListen, "http.Server.Addr")
			continue
		}
		p.field(fn, qualified(lit.Type), key.Name, kv.Value)
	}
}

// qualified is a type with its package, as redis.Options: the package may be
// what says that the port is another service's.
func qualified(e ast.Expr) string {
	if sel, ok := unwrapArg(e).(*ast.SelectorExpr); ok {
		return typeName(sel.X) + "." + sel.Sel.Name
	}
	return typeName(e)
}

// clientPorts are the well-known ports of services that apps are clients of:
// MySQL, PostgreSQL, Redis, MongoDB, SQL Server, Kafka, SMTP, RabbitMQ, etcd,
// Elasticsearch, memcached, LDAP and SMB (IANA's service names and ports).
var clientPorts = []string{"3306", "5432", "6379", "27017", "1433", "9092", "25", "465", "587", "5672", "2379", "9200", "11211", "389", "445"}

// field is a value put into a struct's field whose name says that it is a port.
func (p *ports) field(fn *function, owner, name string, value ast.Expr) {
	ok, malus := portKey(owner, name)
	if !ok {
		return
	}
	malus = max(malus, sideMalus(fn.name))
	for _, v := range p.s.values(fn, value) {
		if v.text == "" || v.node == nil {
			if v.env != "" && malus == 0 {
				p.bare[v.env] = p.s.at(v.node)
			}
			continue
		}
		if slices.Contains(clientPorts, v.text) {
			continue
		}
		p.add(v.text, scoreField-malus, portFound{what: "value of " + strings.TrimPrefix(owner+"."+name, "."), where: p.s.at(v.node), path: []string{owner, name}, env: v.env})
	}
}

func (p *ports) fieldAssign(fn *function, f fieldAssign) {
	if f.field == "Addr" {
		p.addValues(fn, f.value, scoreListen-malusDefault, "http.Server.Addr")
		return
	}
	owner := ""
	if path := keyPath(f.left.X); len(path) > 0 {
		owner = path[len(path)-1]
	}
	p.field(fn, owner, f.field, f.value)
}

// cliFlag knows &cli.StringFlag{Name: "port", Value: "8080", EnvVars: ...}.
func (p *ports) cliFlag(fn *function, lit *ast.CompositeLit) {
	var name, value ast.Expr
	for _, element := range lit.Elts {
		if kv, ok := element.(*ast.KeyValueExpr); ok {
			switch typeName(kv.Key) {
			case "Name":
				name = kv.Value
			case "Value":
				value = kv.Value
			}
		}
	}
	p.flag(fn, name, value)
}

func (p *ports) flagCall(c *call) {
	name, def := flagArgs(c)
	p.flag(c.fn, name, def)
}

func (p *ports) flag(fn *function, name, def ast.Expr) {
	text, ok := p.s.text(fn, name)
	if !ok || def == nil {
		return
	}
	named, malus := portKey(text)
	if !named && text != "http" && text != "p" {
		return
	}
	malus = max(malus, p.side(fn, nil))
	for _, v := range p.s.values(fn, def) {
		if v.text != "" && v.node != nil {
			p.add(v.text, scoreFlag-malus, portFound{what: "default of flag --" + text, where: p.s.at(v.node), path: []string{text}, env: v.env})
		}
	}
}

// setDefault knows viper.SetDefault("server.port", 8080).
func (p *ports) setDefault(c *call) {
	if c.name != "SetDefault" || len(c.expr.Args) != 2 {
		return
	}
	key, ok := p.s.text(c.fn, c.arg(0))
	if !ok {
		return
	}
	path := strings.Split(key, ".")
	named, malus := portKey(path...)
	if !named {
		return
	}
	for _, v := range p.s.values(c.fn, c.arg(1)) {
		if v.text != "" {
			p.add(v.text, scoreSetDefault-malus, portFound{what: "default of " + key, where: p.s.at(c.expr), path: path, env: v.env})
		}
	}
}

// envHelper knows getEnv("PORT", "8080") wherever its result goes.
func (p *ports) envHelper(c *call) {
	for _, v := range newEvaluator(p.s, c.fn).envCall(c) {
		if named, malus := portKey(v.env); named && v.text != "" {
			p.add(v.text, scoreEnvHelper-malus, portFound{what: "default of $" + v.env, where: p.s.at(c.expr), path: []string{v.env}, env: v.env})
		}
	}
}

// constants knows DefaultPort = 8080 when nothing better is there.
func (p *ports) constants(f *file) {
	for _, decl := range f.ast.Decls {
		gen, ok := decl.(*ast.GenDecl)
		if !ok {
			continue
		}
		for _, spec := range gen.Specs {
			value, ok := spec.(*ast.ValueSpec)
			if !ok {
				continue
			}
			for i, name := range value.Names {
				named, malus := portKey(name.Name)
				parts := words(name.Name)
				if !named || i >= len(value.Values) || !slices.Contains(portWords, parts[len(parts)-1]) {
					continue
				}
				if lit, ok := value.Values[i].(*ast.BasicLit); ok {
					text, _ := literal(lit)
					p.add(text, scoreConst-malus, portFound{what: "value of " + name.Name, where: p.s.at(lit), path: []string{name.Name}})
				}
			}
		}
	}
}
