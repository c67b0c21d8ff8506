package diagnose

import (
	"encoding/json"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/seatrial/seatrial/harness/evidence"
)

var _ = declare(map[string]Logic{
	"command-one-string":         commandOneString,
	"command-not-in-path":        commandNotInPath,
	"command-relative":           commandRelative,
	"shell-missing":              shellMissing,
	"command-missing":            commandMissing,
	"command-is-directory":       commandIsDirectory,
	"loader-missing":             loaderMissing,
	"script-crlf":                scriptCRLF,
	"script-interpreter-missing": scriptInterpreterMissing,
	"shell-command-not-found":    shellCommandNotFound,
	"exec-interpreter-missing":   execInterpreterMissing,
})

// about makes the match of a failed start.
func (s failedStart) about(pairs ...string) *Match {
	if s.Program == "" {
		s.Program = "ENTRYPOINT" // nobody told its name
	}
	m := &Match{Lines: []evidence.Line{s.Line}, Params: map[string]string{"command": s.Program, "script": s.Program, "path": s.Program}}
	for i := 0; i+1 < len(pairs); i += 2 {
		m.Params[pairs[i]] = pairs[i+1]
	}
	return m
}

func commandOneString(c *Case) *Match {
	s, ok := c.start(notThere, notOnPath)
	words := strings.Fields(s.Program)
	if !ok || len(words) < 2 {
		return nil
	}
	split, err := json.Marshal(words)
	if err != nil {
		return nil
	}
	return s.about("split", string(split))
}

func commandNotInPath(c *Case) *Match {
	s, ok := c.start(notOnPath)
	if !ok || isShell(s.Program) {
		return nil
	}
	return s.about()
}

func commandRelative(c *Case) *Match {
	s, ok := c.start(notThere)
	if !ok || path.IsAbs(s.Program) || !strings.Contains(s.Program, "/") {
		return nil
	}
	dir := ""
	if c.WorkDir() != "" {
		dir = " (" + c.WorkDir() + ")"
	}
	m := s.about("workdir", dir)
	if c.Image != nil && c.Image.WorkDir != "" && c.Spec.WorkDir != "" && c.Image.WorkDir != c.Spec.WorkDir {
		m.Remedy = []string{"workdir=" + c.Image.WorkDir}
	}
	return m
}

func shellMissing(c *Case) *Match {
	s, ok := c.start(notThere, notOnPath)
	if !ok || !isShell(s.Program) {
		return nil
	}
	return s.about()
}

func commandMissing(c *Case) *Match {
	s, ok := c.start(notThere)
	if !ok {
		return nil
	}
	return s.about()
}

func commandIsDirectory(c *Case) *Match {
	s, ok := c.start(isDir, noRight)
	if !ok {
		return nil
	}
	p, known := c.at(s.Program)
	dir := s.Why == isDir || there(p, known) && p.Type == "dir" ||
		!known && c.Image != nil && c.Image.WorkDir != "" && path.Clean(c.Image.WorkDir) == path.Clean(s.Program)
	if !dir {
		return nil
	}
	return s.about()
}

// loaderMissing is a program whose file is there and whose loader is not.
func loaderMissing(c *Case) *Match {
	s, ok := c.start(noHelper, shellFails)
	if !ok || s.Program == "" || c.isScript(s.Program) {
		return nil
	}
	p, known := c.at(s.Program)
	if known && !there(p, known) {
		return nil
	}
	loader := ""
	if c.Build != nil && c.Build.Binary != nil {
		if c.Build.Binary.Static {
			return nil // it asks for none
		}
		loader = c.Build.Binary.Interpreter
	}
	absent := slices.ContainsFunc(c.Paths, func(p evidence.Path) bool { return p.Why == "interpreter" && p.Error != "" })
	// A shell does not tell whether it is the file or its loader that is missing.
	if s.Why == shellFails && !(there(p, known) && (loader != "" || absent || strings.HasPrefix(head(p), "\x7fELF"))) {
		return nil
	}
	if loader != "" {
		loader = " (" + loader + ")"
	}
	m := s.about("loader", loader)
	if absent {
		m.Confidence = Certain
	}
	return m
}

// crlfWords are what shells say of a carriage return at the end of a word.
var crlfWords = []*regexp.Regexp{
	regexp.MustCompile(`(?i)^(?P<script>[^\s:]+): (?:line )?\d+:? (?:set|cd|exec|export|shift): (?:illegal option -\S?|-: invalid option|can't cd to \S+)\s*$`),
	regexp.MustCompile(`(?P<script>[^\s:]+): (?:line )?\d+: \$'[^']*\\r'`),
	regexp.MustCompile(`(?P<script>[^\s:]+): \S+(?:\^M|\\r|\r): ?bad interpreter`),
	regexp.MustCompile(`(?i)env: .?(?P<script>\S+?)(?:\\r|\^M|\r).*: no such file or directory`),
	regexp.MustCompile(`exec: "(?P<script>[^"]*)\\r"`),
}

// scriptCRLF is a script with Windows line ends, by its content, by what was done
// to it on purpose, or by what a shell says of the carriage returns.
func scriptCRLF(c *Case) *Match {
	if s, ok := c.start(noHelper, shellFails); ok {
		p, _ := c.at(s.Program)
		first, _, _ := strings.Cut(head(p), "\n")
		if c.changedTo(s.Program, "crlf") || strings.HasPrefix(first, "#!") && strings.HasSuffix(first, "\r") {
			return s.about()
		}
	}
	for _, line := range append(c.Lines(SourceApp), c.Lines(SourceEngine)...) {
		if c.Running() && line.File != evidence.StateFile || line.File != evidence.StateFile && line.File != evidence.PlatformLog && !line.Deadly {
			continue
		}
		for _, words := range crlfWords {
			m := words.FindStringSubmatch(line.Plain)
			if m == nil {
				continue
			}
			// dash and busybox print the carriage return itself after the dash, where
			// it cannot be seen: only "set -", which is no command, looks the same.
			return failedStart{Line: line.Line, Program: m[1]}.about()
		}
	}
	return nil
}

// envWords are env's, which a script's first line calls to find its interpreter.
var envWords = regexp.MustCompile(`(?i)^(?:/usr/bin/)?env: (?:can't execute )?['‘]?(?P<interpreter>(?:bash|sh|zsh|python\d?|node|perl|ruby))['’]?: no such file or directory`)

// scriptInterpreterMissing is a script that is there, unlike what runs it.
func scriptInterpreterMissing(c *Case) *Match {
	for _, line := range c.Lines(SourceApp) {
		if m := envWords.FindStringSubmatch(line.Plain); m != nil && line.Deadly && !c.Running() && c.endedByShell() {
			return failedStart{Line: line.Line, Program: c.program()}.about("interpreter", " ("+m[1]+")")
		}
	}
	s, ok := c.start(noHelper, shellFails)
	if !ok || !c.isScript(s.Program) {
		return nil
	}
	p, known := c.at(s.Program)
	if known && !there(p, known) || s.Why == shellFails && !known {
		return nil
	}
	interpreter := ""
	if line, _, _ := strings.Cut(head(p), "\n"); strings.HasPrefix(line, "#!") {
		interpreter = " (" + strings.TrimSpace(line[2:]) + ")"
	}
	return s.about("interpreter", interpreter)
}

func shellCommandNotFound(c *Case) *Match {
	s, ok := c.start(shellFails)
	if !ok {
		return nil
	}
	return s.about()
}

// execInterpreterMissing is for files of which no more is known.
func execInterpreterMissing(c *Case) *Match {
	s, ok := c.start(noHelper)
	if !ok {
		return nil
	}
	return s.about()
}
