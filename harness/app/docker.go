package app

import (
	"encoding/json"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/seatrial/seatrial/harness/matrix"
)

// instruction is one of a Dockerfile, its lines joined.
type instruction struct {
	name string // upper case
	rest string
	line int
}

// instructions reads a Dockerfile. Comments and empty lines within an instruction
// do not end it.
func instructions(text string) []instruction {
	var out []instruction
	joined, start := "", 0
	for i, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(strings.TrimSuffix(line, "\r"))
		if joined == "" {
			start = i + 1
		}
		if strings.HasPrefix(line, "#") {
			continue
		}
		if cut, ok := strings.CutSuffix(line, `\`); ok {
			joined += cut + " "
			continue
		}
		name, rest, _ := strings.Cut(strings.TrimSpace(joined+line), " ")
		joined = ""
		if name != "" {
			out = append(out, instruction{strings.ToUpper(name), strings.TrimSpace(rest), start})
		}
	}
	return out
}

// stage is what a stage of a Dockerfile says of how its program is started.
type stage struct {
	workDir          string   // absolute; "" if it is not said
	entrypoint, cmd  []string // in the exec form; nil for the shell form
	commandLine      int
	volumes          []string // absolute
	volumeLines      []int
	entrypointIsText bool
}

// lastStage reads the stage that makes the image.
func lastStage(text string) stage {
	known := map[string]string{}
	named := map[string]stage{}
	var s stage
	name := ""
	for _, in := range instructions(text) {
		fields := strings.Fields(in.rest)
		if len(fields) == 0 {
			continue
		}
		switch in.name {
		case "FROM":
			named[name] = s
			fields = slices.DeleteFunc(fields, func(f string) bool { return strings.HasPrefix(f, "--") })
			s, name = stage{}, ""
			if len(fields) > 0 {
				s = named[strings.ToLower(fields[0])] // empty if it is an image
				s.volumes, s.volumeLines = slices.Clone(s.volumes), slices.Clone(s.volumeLines)
			}
			if len(fields) == 3 && strings.EqualFold(fields[1], "AS") {
				name = strings.ToLower(fields[2])
			}
		case "ARG", "ENV":
			remember(known, fields)
		case "WORKDIR":
			if dir, ok := s.place(strings.Trim(in.rest, `"'`), known); ok {
				s.workDir = dir
			}
		case "ENTRYPOINT":
			s.entrypoint, s.commandLine = execForm(in.rest), in.line
			s.entrypointIsText = s.entrypoint == nil
		case "CMD":
			s.cmd = execForm(in.rest)
			if s.commandLine == 0 || s.entrypoint == nil {
				s.commandLine = in.line
			}
		case "VOLUME":
			s.addVolumes(in, known)
		}
	}
	return s
}

// execForm reads ["program", "argument"]; the shell form is nil.
func execForm(text string) []string {
	var words []string
	if json.Unmarshal([]byte(text), &words) != nil {
		return nil
	}
	return words
}

func (s *stage) addVolumes(in instruction, known map[string]string) {
	paths := execForm(in.rest)
	if paths == nil {
		paths = strings.Fields(in.rest)
	}
	for _, p := range paths {
		if p, ok := s.place(p, known); ok && p != "/" && !slices.Contains(s.volumes, p) {
			s.volumes, s.volumeLines = append(s.volumes, p), append(s.volumeLines, in.line)
		}
	}
}

// place gives the absolute path that a WORKDIR or VOLUME names; one with a
// variable that the Dockerfile does not define is none.
func (s *stage) place(p string, known map[string]string) (string, bool) {
	for _, m := range variable.FindAllStringSubmatch(p, -1) {
		if _, ok := known[m[1]]; !ok && m[2] == "" {
			return "", false
		}
	}
	p = expand(p, known)
	if !path.IsAbs(p) && s.workDir != "" {
		p = path.Join(s.workDir, p)
	}
	return path.Clean(p), path.IsAbs(p) && !strings.Contains(p, "$")
}

// starters are programs and scripts that a Dockerfile may name before the app.
var starters = []string{"sh", "bash", "ash", "tini", "dumb-init", "gosu", "su-exec", "env", "exec", "--", "-g"}

// arguments are those that the stage gives the app, which has one of the names;
// nil if that cannot be told. Without a starter before it, the program is the app.
func (s *stage) arguments(names []string) []string {
	words := slices.Concat(s.entrypoint, s.cmd)
	if s.entrypointIsText || len(words) == 0 {
		return nil
	}
	at := 0
	if base := path.Base(words[0]); slices.Contains(starters, base) || strings.HasSuffix(base, ".sh") {
		at = slices.IndexFunc(words, func(w string) bool { return slices.Contains(names, strings.ToLower(path.Base(w))) })
	}
	if at < 0 || at+1 >= len(words) {
		return nil
	}
	return words[at+1:]
}

// bound says whether an argument names a file or needs a shell: what belongs to
// an image that is not this one.
func bound(argument string) bool {
	if _, value, ok := strings.Cut(argument, "="); ok {
		argument = value
	}
	return strings.ContainsAny(argument, "/$") || slices.Contains(configExts, path.Ext(argument))
}

// describeDocker takes over from the app's own Dockerfile how it is started and
// where it keeps data: nobody knows that better. What is declared stays.
func (a *App) describeDocker(m *module, freeWorkDir bool) {
	file, s := m.dockerStage()
	if file == "" {
		return
	}
	if a.Args == nil {
		a.dockerArguments(&s, file, []string{a.Name, strings.ToLower(m.base()), strings.ToLower(path.Base(a.Main))})
	}
	if a.Mounts == nil {
		a.dockerVolumes(&s, file, freeWorkDir)
	}
}

func (a *App) dockerArguments(s *stage, file string, names []string) {
	arguments := s.arguments(names)
	if len(arguments) == 0 {
		return
	}
	text := strings.Join(arguments, " ")
	if i := slices.IndexFunc(arguments, bound); i >= 0 {
		a.Notes = append(a.Notes, Note{"args " + text + ": not taken over, " + arguments[i] + " belongs to the image that is built there", at(file, s.commandLine)})
		return
	}
	a.Args = arguments
	a.Notes = append(a.Notes, Note{"args " + text, at(file, s.commandLine)})
}

// dockerVolumes makes a volume an empty directory that the app may write to. If
// it lies in the Dockerfile's working directory, that is taken over, too: the app
// is likely to find it by a relative path.
func (a *App) dockerVolumes(s *stage, file string, freeWorkDir bool) {
	for i, volume := range s.volumes {
		where := at(file, s.volumeLines[i])
		if freeWorkDir && s.workDir != "" && inside(volume, s.workDir) && a.WorkDir != s.workDir {
			a.WorkDir = s.workDir
			a.Notes = append(a.Notes, Note{"workdir " + a.WorkDir + ": the volume " + volume + " is in it", where})
		}
		hides := slices.ContainsFunc(a.Files, func(f string) bool { return inside(path.Join(a.WorkDir, f), volume) })
		if hides {
			a.Notes = append(a.Notes, Note{"volume " + volume + ": not mounted, files of the app are in it", where})
			continue
		}
		a.Mounts = append(a.Mounts, matrix.Mount{Path: volume, Writable: true})
		a.Notes = append(a.Notes, Note{"volume " + volume + ": mounted empty and writable", where})
	}
}

func inside(p, dir string) bool {
	return p == dir || strings.HasPrefix(p, strings.TrimSuffix(dir, "/")+"/")
}

func at(file string, line int) string { return fmt.Sprintf("%s:%d", file, line) }

// goWords are in a Dockerfile that is about a Go program.
var goWords = []string{"golang", "go build", "go.mod"}

// dockerStage reads the Dockerfile that is the app's: the one nearest to the root.
// Several that are equally near, and one that is about something else, are none.
func (m *module) dockerStage() (file string, s stage) {
	var nearest []string
	depth := func(rel string) int { return strings.Count(rel, "/") }
	for _, rel := range m.others {
		if base := strings.ToLower(path.Base(rel)); base != "dockerfile" && base != "containerfile" {
			continue
		}
		switch {
		case len(nearest) > 0 && depth(rel) > depth(nearest[0]):
		case len(nearest) > 0 && depth(rel) == depth(nearest[0]):
			nearest = append(nearest, rel)
		default:
			nearest = []string{rel}
		}
	}
	if len(nearest) != 1 {
		return "", stage{}
	}
	data, err := m.read(nearest[0])
	if err != nil {
		return "", stage{}
	}
	text := strings.ToLower(string(data))
	about := append(slices.Clone(goWords), "copy "+strings.ToLower(m.base()))
	if !slices.ContainsFunc(about, func(w string) bool { return strings.Contains(text, w) }) {
		return "", stage{}
	}
	return nearest[0], lastStage(string(data))
}
