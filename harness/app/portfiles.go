package app

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
)

// fromFiles collects the ports that configuration files and Dockerfiles name;
// read are the configuration files that the app is seen to read.
func (p *ports) fromFiles(root string, read []string) {
	m := p.s.mod
	seen := map[string]bool{}
	for _, rel := range read {
		rel = path.Join(root, rel)
		seen[rel] = true
		p.configFile(rel, scoreRead)
	}
	for _, rel := range m.others {
		switch {
		case seen[rel]:
		case dockerfile(path.Base(rel)):
			if data, err := m.read(rel); err == nil {
				for _, e := range dockerExposes(string(data)) {
					p.add(e.value, scoreExpose-min(strings.Count(rel, "/"), 4), portFound{what: "EXPOSE", where: fmt.Sprintf("%s:%d", rel, e.line)})
				}
			}
		case dotEnv(rel):
			p.configFile(rel, scoreDotEnv)
		default:
			p.configFile(rel, scoreUnread-min(strings.Count(rel, "/"), 4))
		}
	}
}

func (p *ports) configFile(rel string, score int) {
	data, err := p.s.mod.read(rel)
	if err != nil {
		return
	}
	settings, err := readSettings(rel, data)
	if err != nil {
		if score == scoreRead {
			p.s.trouble = append(p.s.trouble, Note{What: "not understood: " + firstLine(err.Error()), Where: rel})
		}
		return
	}
	for _, s := range settings {
		named, malus := portKey(s.path...)
		if !named || malus == malusSide {
			continue
		}
		key := strings.Join(s.path, ".")
		p.add(s.value, score-malus, portFound{what: key, where: fmt.Sprintf("%s:%d", rel, s.line), path: s.path, env: envOf(rel, key)})
	}
}

// envOf is the environment variable that a line of a .env file sets.
func envOf(rel, key string) string {
	if dotEnv(rel) {
		return key
	}
	return ""
}

func firstLine(s string) string {
	s, _, _ = strings.Cut(s, "\n")
	return s
}

// exposed is one port of an EXPOSE instruction.
type exposed struct {
	value string
	line  int
}

var variable = regexp.MustCompile(`\$\{?([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}?`)

// dockerExposes reads EXPOSE from a Dockerfile, with the defaults of ARG and the
// values of ENV filled in. UDP ports are left out.
func dockerExposes(text string) []exposed {
	known := map[string]string{}
	var out []exposed
	for _, in := range instructions(text) {
		fields := strings.Fields(in.rest)
		if len(fields) == 0 {
			continue
		}
		switch in.name {
		case "ARG", "ENV":
			remember(known, fields)
		case "EXPOSE":
			for _, field := range fields {
				value := expand(field, known)
				number, protocol, _ := strings.Cut(value, "/")
				if (protocol == "" || protocol == "tcp") && portOnly.MatchString(number) {
					out = append(out, exposed{number, in.line})
				}
			}
		}
	}
	return out
}

// remember takes KEY=value pairs, and the old form `ENV KEY value`.
func remember(known map[string]string, fields []string) {
	if !strings.Contains(fields[0], "=") {
		if len(fields) == 2 {
			known[fields[0]] = strings.Trim(fields[1], `"'`)
		}
		return
	}
	for _, field := range fields {
		if key, value, ok := strings.Cut(field, "="); ok {
			known[key] = strings.Trim(value, `"'`)
		}
	}
}

func expand(field string, known map[string]string) string {
	return variable.ReplaceAllStringFunc(field, func(s string) string {
		m := variable.FindStringSubmatch(s)
		if value, ok := known[m[1]]; ok {
			return value
		}
		return m[2]
	})
}

// portEnv gives the environment variables that decide the port, with what to set
// them to. An address variable takes ":port".
func (p *ports) portEnv(keys []string, chosen int) map[string]string {
	out := map[string]string{}
	set := func(key string) {
		out[key] = "${PORT}"
		last := words(key)
		if len(last) > 0 && last[len(last)-1] != "port" {
			out[key] = ":${PORT}"
		}
	}
	for _, f := range p.found {
		if f.port == chosen && f.score >= scoreUnread && slices.Contains(keys, f.env) {
			set(f.env)
		}
	}
	for key := range p.bare {
		if named, malus := portKey(key); named && malus < malusSide {
			set(key)
		}
	}
	return out
}
