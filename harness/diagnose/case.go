package diagnose

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/seatrial/seatrial/harness/deployment"
	"github.com/seatrial/seatrial/harness/evidence"
)

// Case is a bundle, read. Documents that the bundle does not have are zero, and
// their pointers nil: a rule that needs one stays silent.
type Case struct {
	Bundle  *evidence.Bundle
	Outcome evidence.Outcome
	Spec    deployment.Spec
	// Conditions are those of conditions.txt that this version knows.
	Conditions []deployment.Condition
	App        *evidence.App
	Build      *evidence.Build
	Image      *evidence.Image
	State      *evidence.State
	Limits     *evidence.Limits
	Sockets    []evidence.Socket
	Processes  []evidence.Process
	Mounts     []evidence.Mounted
	Paths      []evidence.Path
	Changes    []evidence.Change
	Exchanges  []evidence.Exchange

	lines   map[string][]Line
	inImage []evidence.File   // see imagePaths
	failed  []fileError       // see fileErrors
	dialled []failedDial      // see failedDials
	turned  map[string]turn   // see turns
	sources map[Source][]Line // see Lines
	texts   map[Source]string // see has
	nginx   []Line            // see nginxLines
}

// Read reads a bundle. A document that cannot be read is as one that is not
// there: the others may well tell enough.
func Read(b *evidence.Bundle) *Case {
	c := &Case{Bundle: b, lines: map[string][]Line{}}
	_ = b.JSON(evidence.OutcomeFile, &c.Outcome)
	_ = b.JSON(evidence.SpecFile, &c.Spec)
	c.App = document[evidence.App](b, evidence.AppFile)
	c.Build = document[evidence.Build](b, evidence.BuildFile)
	c.Image = document[evidence.Image](b, evidence.ImageFile)
	c.State = document[evidence.State](b, evidence.StateFile)
	c.Limits = document[evidence.Limits](b, evidence.LimitsFile)
	_ = b.JSON(evidence.SocketsFile, &c.Sockets)
	_ = b.JSON(evidence.DiffFile, &c.Changes)
	c.Processes = records[evidence.Process](b, evidence.ProcessesFile)
	c.Mounts = records[evidence.Mounted](b, evidence.MountsFile)
	c.Paths = records[evidence.Path](b, evidence.PathsFile)
	c.Exchanges = records[evidence.Exchange](b, evidence.HTTPFile)
	for _, line := range must(b.Lines(evidence.ConditionsFile)) {
		if condition, err := deployment.Parse(line.Text); err == nil {
			c.Conditions = append(c.Conditions, condition)
		}
	}
	return c
}

func document[T any](b *evidence.Bundle, name string) *T {
	var value T
	if b.JSON(name, &value) != nil {
		return nil
	}
	return &value
}

// records reads a file of one JSON document a line, and leaves out broken lines.
func records[T any](b *evidence.Bundle, name string) []T {
	data, err := fs.ReadFile(b.FS, name)
	if err != nil {
		return nil
	}
	var list []T
	for line := range bytes.Lines(data) {
		var one T
		if json.Unmarshal(line, &one) == nil {
			list = append(list, one)
		}
	}
	return list
}

func must[T any](value T, _ error) T { return value }

// Ended says whether the app's process ran and is over.
func (c *Case) Ended() bool {
	return c.State != nil && !c.State.Running && !c.State.Refused()
}

// Refused says whether the engine never started the process.
func (c *Case) Refused() bool { return c.State != nil && c.State.Refused() }

// Running says whether the process was alive when the evidence was collected.
func (c *Case) Running() bool { return c.State != nil && c.State.Running }

// Healthy says whether the bundle shows no failure: what was tried passed, or,
// where nothing was tried, nothing ended badly. A bundle of nothing but text is
// taken for a failure, or nobody would have asked.
func (c *Case) Healthy() bool {
	if outcome, known := c.passed(); known {
		return outcome
	}
	if c.Build != nil && c.Build.Stage != "" || c.Refused() {
		return false
	}
	for _, x := range c.Exchanges {
		if x.Status >= 400 || x.Error != "" {
			return false
		}
	}
	return c.State != nil && (c.Running() || c.State.ExitCode == 0) && !c.State.OOM
}

// passed says whether what was tried passed, and whether anybody said so.
func (c *Case) passed() (passed, known bool) {
	switch c.Outcome.Outcome {
	case "passed", "skipped":
		return true, true
	case "failed", "broken":
		return false, true
	}
	return false, false
}

// Lines gives the lines of a source, file by file.
func (c *Case) Lines(source Source) []Line {
	if list, ok := c.sources[source]; ok {
		return list
	}
	list := slices.Clip(c.linesOf(source)) // for whoever appends
	if c.sources == nil {
		c.sources = map[Source][]Line{}
	}
	c.sources[source] = list
	return list
}

func (c *Case) linesOf(source Source) []Line {
	var list []Line
	for _, file := range sourceFiles[source] {
		switch {
		case file == evidence.SystemdLog && source == SourceSystemd:
			manager, _ := c.splitJournal()
			list = append(list, manager...)
		case file == evidence.SystemdLog && source == SourceApp:
			_, programs := c.splitJournal()
			list = append(list, programs...)
		case file == evidence.TranscriptLog && source == SourceSystemd:
			for _, line := range c.file(file) {
				if _, program := saidByProgram(unframed(line.Text)); !program && !line.calm() {
					list = append(list, line)
				}
			}
		case file == evidence.TranscriptLog && source != SourceApp && source != SourceAny:
			// What an app merely notes there is none of the source's own words.
			list = append(list, slices.DeleteFunc(slices.Clone(c.file(file)), Line.calm)...)
		default:
			list = append(list, c.file(file)...)
		}
	}
	return list
}

// file reads the lines of any file of the bundle.
func (c *Case) file(name string) []Line {
	if lines, ok := c.lines[name]; ok {
		return lines
	}
	var lines []Line
	if name == evidence.StateFile {
		lines = c.engineWords()
	} else {
		all := must(c.Bundle.Lines(name))
		if path.Ext(name) == ".log" {
			all = bounded(all)
		}
		for _, line := range all {
			text := line.Text
			if name == evidence.PlatformLog || name == evidence.TranscriptLog {
				text = unframed(text)
			}
			if said, ok := saidByProgram(text); ok && name == evidence.TranscriptLog {
				text = said
			}
			lines = append(lines, newLine(line, plain(text)))
		}
	}
	if name == evidence.StdoutLog || name == evidence.StderrLog || name == evidence.TranscriptLog {
		markDeadly(lines)
	}
	c.lines[name] = lines
	return lines
}

// engineWords is the engine's error as a line of state.json.
func (c *Case) engineWords() []Line {
	if c.State == nil || c.State.Error == "" {
		return nil
	}
	number := 0
	for _, line := range must(c.Bundle.Lines(evidence.StateFile)) {
		if strings.Contains(line.Text, `"error":`) {
			number = line.Number
		}
	}
	var lines []Line
	for text := range strings.Lines(c.State.Error) {
		text = strings.TrimRight(text, "\r\n")
		lines = append(lines, newLine(evidence.Line{File: evidence.StateFile, Number: number, Text: text}, plain(text)))
	}
	return lines
}

// Evidence gives the first line of a file of the bundle that contains the text,
// or, if there is none, the file as a whole with the text.
func (c *Case) Evidence(file, text string) evidence.Line {
	for _, line := range must(c.Bundle.Lines(file)) {
		if strings.Contains(line.Text, text) {
			return line
		}
	}
	return evidence.Line{File: file, Text: text}
}

// Path gives what is known of a path as the app or its log names it.
func (c *Case) Path(name string) (evidence.Path, bool) {
	i := slices.IndexFunc(c.Paths, func(p evidence.Path) bool { return p.Path == name || p.Abs == name })
	if i < 0 {
		return evidence.Path{}, false
	}
	return c.Paths[i], true
}

// WorkDir is the directory that the app's relative paths begin at, "" if unknown.
func (c *Case) WorkDir() string {
	for _, p := range c.Processes {
		if p.PID == 1 && p.WorkDir != "" {
			return p.WorkDir
		}
	}
	if c.Spec.WorkDir != "" {
		return c.Spec.WorkDir
	}
	if c.Image != nil {
		return c.Image.WorkDir
	}
	return ""
}
