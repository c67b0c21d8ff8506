package diagnose

import (
	"slices"
	"strings"

	"github.com/seatrial/seatrial/harness/evidence"
)

// unit is a systemd unit file as far as it can be read: see systemd.syntax(7).
type unit []setting

// setting is one assignment of a unit.
type setting struct {
	section, key, value string
	line                evidence.Line // where it begins
}

// parseUnit reads a unit. What is no assignment is left out, as systemd does.
func parseUnit(lines []evidence.Line) unit {
	var u unit
	section := ""
	open := false // the last setting goes on in the next line
	for _, line := range lines {
		text := strings.TrimSpace(line.Text)
		if strings.HasPrefix(text, "#") || strings.HasPrefix(text, ";") {
			continue // comments may stand within a value that goes on
		}
		goesOn := strings.HasSuffix(text, `\`)
		body := strings.TrimSpace(strings.TrimSuffix(text, `\`))
		if open {
			u[len(u)-1].value = strings.TrimSpace(u[len(u)-1].value + " " + body)
			open = goesOn
			continue
		}
		if name, ok := strings.CutPrefix(text, "["); ok && strings.HasSuffix(name, "]") {
			section = strings.TrimSuffix(name, "]")
			continue
		}
		key, value, ok := strings.Cut(body, "=")
		if !ok {
			continue
		}
		u = append(u, setting{section: section, key: strings.TrimSpace(key), value: strings.TrimSpace(value), line: line})
		open = goesOn
	}
	return u
}

// Unit gives the unit of the bundle, nil if it has none.
func (c *Case) unit() unit { return parseUnit(must(c.Bundle.Lines(evidence.UnitFile))) }

// all gives the settings of a key; an empty value forgets those before it.
func (u unit) all(key string) []setting {
	var list []setting
	for _, s := range u {
		switch {
		case s.key != key:
		case s.value == "":
			list = nil
		default:
			list = append(list, s)
		}
	}
	return list
}

// last gives the setting of a key that counts; its zero value if there is none.
func (u unit) last(keys ...string) setting {
	var found setting
	for _, key := range keys {
		if list := u.all(key); len(list) > 0 && (found.key == "" || list[len(list)-1].line.Number > found.line.Number) {
			found = list[len(list)-1]
		}
	}
	return found
}

// on says whether the setting is there and not switched off.
func (s setting) on() bool {
	return s.key != "" && !slices.Contains([]string{"no", "false", "0", "off"}, strings.ToLower(s.value))
}

// word is a word of a command line.
type word struct {
	text   string
	quoted bool
}

// words splits a command as systemd does: quotes hold words together, and
// nothing else that shells know has a meaning.
func words(command string) []word {
	var list []word
	var b strings.Builder
	var quote byte
	inside, quoted := false, false
	flush := func() {
		if inside {
			list = append(list, word{b.String(), quoted})
		}
		b.Reset()
		inside, quoted = false, false
	}
	for i := 0; i < len(command); i++ {
		ch := command[i]
		switch {
		case ch == '\\' && i+1 < len(command):
			i++
			b.WriteByte(command[i])
			inside = true
		case quote != 0 && ch == quote:
			quote = 0
		case quote != 0:
			b.WriteByte(ch)
		case (ch == '"' || ch == '\'') && !inside:
			quote, inside, quoted = ch, true, true
		case ch == ' ' || ch == '\t':
			flush()
		default:
			b.WriteByte(ch)
			inside = true
		}
	}
	flush()
	return list
}

// command gives the words of a setting such as ExecStart=, without the
// prefixes that change how it is run.
func (s setting) command() []word {
	return words(strings.TrimLeft(s.value, "-@:+!|"))
}

// shellScript gives what a command tells a shell to do, "" if it is no `sh -c`.
func shellScript(command []word) string {
	if len(command) < 3 || !isShell(command[0].text) {
		return ""
	}
	for i, w := range command[1 : len(command)-1] {
		if strings.HasPrefix(w.text, "-") && strings.HasSuffix(w.text, "c") {
			return command[i+2].text
		}
	}
	return ""
}

func isShell(program string) bool {
	name := program[strings.LastIndexByte(program, '/')+1:]
	return slices.Contains([]string{"sh", "bash", "dash", "ash", "zsh", "ksh", "busybox"}, name)
}

// backgrounds says whether a shell's script starts its program in the background
// and ends.
func backgrounds(script string) bool {
	script = strings.TrimRight(script, " \t;")
	return strings.HasSuffix(script, "&") && !strings.HasSuffix(script, "&&")
}
