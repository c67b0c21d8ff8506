package app

import (
	"errors"
	"path"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// setting is one key of a configuration file with its scalar value.
type setting struct {
	path  []string
	value string
	line  int
	file  string // relative to the module; set by settingsOf
}

// configExts are the endings of configuration files that are understood.
var configExts = []string{".yaml", ".yml", ".toml", ".json", ".ini", ".conf", ".env", ".properties", ".cfg", ".xml"}

// maxConfig is the size above which a file is data, not configuration.
const maxConfig = 256 << 10

// maxSettings bounds what is kept of one file.
const maxSettings = 5000

// readSettings parses a configuration file by its ending.
func readSettings(name string, data []byte) ([]setting, error) {
	if len(data) > maxConfig {
		return nil, errors.New("too large for a configuration file")
	}
	switch ext := strings.ToLower(path.Ext(name)); {
	case ext == ".yaml", ext == ".yml", ext == ".json":
		return yamlSettings(data)
	case ext == ".xml":
		return nil, nil
	case ext == ".conf", ext == ".cfg", ext == ".ini", ext == ".toml", ext == ".properties", dotEnv(name):
		return lineSettings(data), nil
	}
	return nil, nil
}

// dotEnv says whether a file is a .env file or an example of one.
func dotEnv(name string) bool {
	base := path.Base(name)
	return base == ".env" || strings.HasPrefix(base, ".env.") || strings.HasSuffix(base, ".env") || base == "env.example"
}

// yamlSettings reads YAML, and JSON as a part of it. Aliases are not followed,
// so a file cannot unfold into more than it is.
func yamlSettings(data []byte) ([]setting, error) {
	var doc yaml.Node
	if err := yaml.Unmarshal(data, &doc); err != nil {
		return nil, err
	}
	var out []setting
	var visit func(n *yaml.Node, at []string)
	visit = func(n *yaml.Node, at []string) {
		if len(out) == maxSettings {
			return
		}
		switch n.Kind {
		case yaml.DocumentNode:
			for _, c := range n.Content {
				visit(c, at)
			}
		case yaml.MappingNode:
			for i := 0; i+1 < len(n.Content); i += 2 {
				visit(n.Content[i+1], append(slices.Clip(at), n.Content[i].Value))
			}
		case yaml.SequenceNode:
			for _, c := range n.Content {
				visit(c, at)
			}
		case yaml.ScalarNode:
			if len(at) > 0 {
				out = append(out, setting{path: slices.Clone(at), value: n.Value, line: n.Line})
			}
		}
	}
	visit(&doc, nil)
	return out, nil
}

var lineKey = regexp.MustCompile(`^(?:export\s+)?["']?([A-Za-z_][A-Za-z0-9_.\-]*)["']?\s*[=:]\s*(.*)$`)

// lineSettings reads what INI, TOML, .env and properties files have in common:
// [sections] and key = value lines. Multi-line strings are stepped over.
func lineSettings(data []byte) []setting {
	var out []setting
	var section []string
	closing := ""
	for i, line := range strings.Split(strings.TrimPrefix(string(data), "\ufeff"), "\n") {
		line = strings.TrimSpace(strings.TrimSuffix(line, "\r"))
		if closing != "" {
			if strings.Contains(line, closing) {
				closing = ""
			}
			continue
		}
		if line == "" || line[0] == '#' || line[0] == ';' {
			continue
		}
		if line[0] == '[' {
			if name, _, ok := strings.Cut(strings.TrimLeft(line, "["), "]"); ok {
				section = sectionPath(name)
			}
			continue
		}
		m := lineKey.FindStringSubmatch(line)
		if m == nil || len(out) == maxSettings {
			continue
		}
		value := m[2]
		for _, quote := range []string{`"""`, `'''`} {
			if rest, ok := strings.CutPrefix(value, quote); ok && !strings.Contains(rest, quote) {
				closing = quote
			}
		}
		if closing != "" {
			continue
		}
		at := append(slices.Clone(section), strings.Split(m[1], ".")...)
		out = append(out, setting{path: at, value: scalar(value), line: i + 1})
	}
	return out
}

func sectionPath(name string) []string {
	var out []string
	for _, part := range strings.Split(name, ".") {
		if part = strings.Trim(strings.TrimSpace(part), `"'`); part != "" {
			out = append(out, part)
		}
	}
	return out
}

// scalar takes quotes and a trailing comment off a value.
func scalar(value string) string {
	if value == "" {
		return ""
	}
	if q := value[0]; q == '"' || q == '\'' {
		if end := strings.IndexByte(value[1:], q); end >= 0 {
			return value[1 : 1+end]
		}
	}
	for _, mark := range []string{" #", "\t#", " ;"} {
		if i := strings.Index(value, mark); i >= 0 {
			value = value[:i]
		}
	}
	return strings.TrimSpace(value)
}

// deploymentFile says which files, other than Go source, may tell how the app is
// deployed; only these are remembered by the walk.
func deploymentFile(rel string) bool {
	base := strings.ToLower(path.Base(rel))
	if dockerfile(base) || dotEnv(base) {
		return strings.Count(rel, "/") <= 2
	}
	if !slices.Contains(configExts, path.Ext(base)) || strings.Count(rel, "/") > 3 {
		return false
	}
	return likelyConfig(rel)
}

func dockerfile(base string) bool {
	base = strings.ToLower(base)
	return base == "dockerfile" || base == "containerfile" || strings.HasPrefix(base, "dockerfile.") || strings.HasSuffix(base, ".dockerfile")
}

var (
	configDirs  = []string{"conf", "config", "configs", "etc", "cfg", "settings", "resources", "env"}
	configNames = []string{"app", "application", "conf", "config", "configuration", "setting", "settings", "server", "default", "local", "dev", "development", "prod", "production"}
)

// likelyConfig says whether a file looks like the app's configuration although
// nothing is seen to read it.
func likelyConfig(rel string) bool {
	base := strings.ToLower(path.Base(rel))
	stem, _, _ := strings.Cut(base, ".")
	if slices.ContainsFunc(words(stem), func(w string) bool { return slices.Contains(configNames, w) }) {
		return true
	}
	return slices.Contains(configDirs, strings.ToLower(path.Base(path.Dir(rel))))
}
