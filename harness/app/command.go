package app

import (
	"go/ast"
	"slices"
	"strings"
)

// serveWords are the usual names of the subcommand that serves, likeliest first.
var serveWords = []string{"server", "serve", "start", "run", "web", "api", "http", "httpserver", "apiserver"}

// command is one cobra or urfave command.
type command struct {
	use  string // the word that chooses it
	lit  *ast.CompositeLit
	file string
	runs bool // it does something itself
}

// subcommand is the argument without which a program of several commands does
// not serve: its command that is named like a server. It is "" when there is no
// such command, or when another command is the one that listens.
func (s *source) subcommand() (string, Note) {
	commands := s.commands()
	if len(commands) < 2 {
		return "", Note{}
	}
	listens := s.listeningFiles()
	for _, word := range serveWords {
		for _, c := range commands {
			if c.use != word || !c.runs {
				continue
			}
			elsewhere := slices.ContainsFunc(commands, func(o command) bool {
				return o.runs && o.use != word && listens[o.file] && !listens[c.file]
			})
			if !elsewhere {
				return word, s.note("args "+word+": the command that serves", c.lit)
			}
		}
	}
	return "", Note{}
}

func (s *source) commands() []command {
	var out []command
	s.functions(func(fn *function) {
		for _, lit := range fn.lits {
			if typeName(lit.Type) != "Command" {
				continue
			}
			c := command{lit: lit, file: fn.file.rel}
			for _, element := range lit.Elts {
				kv, ok := element.(*ast.KeyValueExpr)
				if !ok {
					continue
				}
				switch typeName(kv.Key) {
				case "Use", "Name":
					use, _ := s.text(fn, kv.Value)
					c.use, _, _ = strings.Cut(use, " ")
				case "Run", "RunE", "Action":
					c.runs = true
				}
			}
			if c.use != "" {
				out = append(out, c)
			}
		}
	})
	return out
}

// listeningFiles are the files that open a listener.
func (s *source) listeningFiles() map[string]bool {
	out := map[string]bool{}
	s.calls(func(c *call) {
		switch c.name {
		case "ListenAndServe", "ListenAndServeTLS", "Listen", "Start":
			out[c.fn.file.rel] = true
		}
	})
	return out
}
