package evidence

import (
	"cmp"
	"encoding/json"
	"fmt"
	"strings"
)

// Readable is String with the records of the bundle told in words: a person who
// reads a failure page wants the answer of a request, not its JSON.
func (l Line) Readable() string {
	text := ""
	switch l.File {
	case HTTPFile:
		text = told(l.Text, Exchange.words)
	case PathsFile:
		text = told(l.Text, Path.words)
	case ProcessesFile:
		text = told(l.Text, Process.words)
	case MountsFile:
		text = told(l.Text, Mounted.words)
	}
	if text != "" {
		l.Text = text
	}
	return l.String()
}

// told decodes a record and gives its words; nothing if it is none.
func told[T any](text string, words func(T) string) string {
	var record T
	if json.Unmarshal([]byte(text), &record) != nil {
		return ""
	}
	return words(record)
}

func (x Exchange) words() string {
	text := fmt.Sprintf("%s %s (%s): ", cmp.Or(x.Method, "GET"), x.Path, x.Road)
	if x.Error != "" {
		return text + x.Error
	}
	text += fmt.Sprint(x.Status)
	for _, key := range []string{"Content-Type", "Location", "Server"} {
		if value := x.Header.Get(key); value != "" {
			text += ", " + key + ": " + value
		}
	}
	text += fmt.Sprintf(", %d bytes", x.Size)
	if body := strings.Join(strings.Fields(x.Body), " "); body != "" {
		text += ": " + body
	}
	return text
}

func (p Path) words() string {
	text := p.Path
	if p.Abs != "" && p.Abs != p.Path {
		text += " (" + p.Abs + ")"
	}
	if p.Error != "" {
		text += ": " + p.Error
		if p.Parent != "" {
			text += "; " + p.Parent + " is there"
		}
		return text
	}
	text += fmt.Sprintf(": %s, mode %s, owner %d:%d", p.Type, p.Mode, p.UID, p.GID)
	if p.Target != "" {
		text += ", leads to " + p.Target
	}
	var may []string
	for _, right := range []struct {
		has  bool
		name string
	}{{p.Readable, "read"}, {p.Writable, "write"}, {p.Executable, "execute"}} {
		if right.has {
			may = append(may, right.name)
		}
	}
	if len(may) == 0 {
		return text + "; the app's user may do nothing with it"
	}
	return text + "; the app's user may " + strings.Join(may, ", ")
}

func (p Process) words() string {
	text := fmt.Sprintf("process %d: %s", p.PID, strings.Join(p.Args, " "))
	if len(p.UIDs) > 0 && len(p.GIDs) > 0 {
		text += fmt.Sprintf(", user %d:%d", p.UIDs[0], p.GIDs[0])
	}
	if p.CapEffective != "" {
		text += ", capabilities " + p.CapEffective
	}
	return text
}

func (m Mounted) words() string {
	text := fmt.Sprintf("%s: %s", m.Path, m.Type)
	if m.ReadOnly {
		text += ", read-only"
	}
	if m.NoExec {
		text += ", noexec"
	}
	if m.Size > 0 && m.Free >= 0 {
		text += fmt.Sprintf(", %d of %d bytes free", m.Free, m.Size)
	}
	return text
}
