package app

import (
	"go/ast"
	"strings"
)

// viperEnv derives the variables of viper's AutomaticEnv: every key in capitals,
// with the prefix, with dots replaced if a replacer says so. A dotted key without
// replacer is left out: no shell can set it.
func (s *source) viperEnv(settings []setting, add func(key, def string, node ast.Node)) {
	automatic, replaced, prefix := (*call)(nil), false, ""
	type known struct {
		key, def string
		node     ast.Node
	}
	var keys []known
	s.calls(func(c *call) {
		switch c.name {
		case "AutomaticEnv":
			automatic = c
		case "SetEnvKeyReplacer":
			replaced = true
		case "SetEnvPrefix":
			prefix, _ = s.text(c.fn, c.arg(0))
		case "SetDefault":
			if key, ok := s.text(c.fn, c.arg(0)); ok && len(c.expr.Args) == 2 {
				def, _ := s.text(c.fn, c.arg(1))
				keys = append(keys, known{key, def, c.expr})
			}
		default:
			if c.fn.imported(c.recv) == "github.com/spf13/viper" {
				if key, ok := newEvaluator(s, c.fn).configKey(c); ok {
					keys = append(keys, known{strings.Join(key, "."), "", c.expr})
				}
			}
		}
	})
	if automatic == nil {
		return
	}
	for _, setting := range settings {
		keys = append(keys, known{strings.Join(setting.path, "."), setting.value, automatic.expr})
	}
	for _, k := range keys {
		if !replaced && strings.Contains(k.key, ".") {
			continue
		}
		name := strings.NewReplacer(".", "_", "-", "_").Replace(k.key)
		if prefix != "" {
			name = prefix + "_" + name
		}
		add(strings.ToUpper(name), k.def, k.node)
	}
}
