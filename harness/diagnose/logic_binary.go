package diagnose

import (
	"path"
	"regexp"
	"strings"

	"github.com/seatrial/seatrial/harness/evidence"
)

var _ = declare(map[string]Logic{
	"binary-hidden-by-mount":   binaryHiddenByMount,
	"binary-not-executable":    byRefusal("binary-not-executable"),
	"binary-not-for-user":      byRefusal("binary-not-for-user"),
	"directory-not-searchable": byRefusal("directory-not-searchable"),
})

var (
	statMissing  = regexp.MustCompile(`exec: "[^"]+": stat (?P<path>/[^\s:]+): no such file or directory|(?:executable file|exec) [` + "`" + `'"]?(?P<other>/[^\s:` + "`" + `'"]+)[` + "`" + `'"]? not found`)
	deniedQuoted = regexp.MustCompile(`exec: "(?P<path>[^"]+)": permission denied`)
	deniedStat   = regexp.MustCompile(`(?:exec: "[^"]*": )?stat (?P<path>/[^\s:]+): permission denied`)
	deniedPlain  = regexp.MustCompile(`(?:^|: )(?:exec|open executable|exec container process:?) [` + "`" + `'"]?(?P<path>/[^\s:` + "`" + `'"]+)[` + "`" + `'"]?: (?i:permission denied)`)
)

func binaryHiddenByMount(c *Case) *Match {
	for _, line := range c.Lines(SourceEngine) {
		found := statMissing.FindStringSubmatch(line.Plain)
		if found == nil {
			continue
		}
		name := found[1] + found[2]
		if mount, ok := c.mountOf(name); ok {
			return &Match{
				Lines:  []evidence.Line{line.Line, c.Evidence(evidence.SpecFile, mount.Path)},
				Params: map[string]string{"path": name, "mount": strings.TrimSuffix(mount.Path, "/")},
			}
		}
	}
	return nil
}

// byRefusal is the logic of a rule about why the engine may not start the program.
func byRefusal(rule string) Logic {
	return func(c *Case) *Match {
		for _, line := range c.Lines(SourceEngine) {
			if cause, name := c.refusal(line); cause == rule {
				return &Match{Lines: []evidence.Line{line.Line}, Params: map[string]string{"path": name, "dir": path.Dir(name)}}
			}
		}
		return nil
	}
}

func (c *Case) refusal(line Line) (rule, name string) {
	if found := deniedStat.FindStringSubmatch(line.Plain); found != nil {
		return "directory-not-searchable", found[1]
	}
	if found := deniedQuoted.FindStringSubmatch(line.Plain); found != nil {
		return c.notExecutable(found[1]), found[1]
	}
	if found := deniedPlain.FindStringSubmatch(line.Plain); found != nil && !strings.Contains(line.Plain, `exec: "`) {
		// runc looks for an x of anybody first and says so in quotes: without
		// them it was execve that refused.
		if c.notExecutable(found[1]) == "" {
			return "", ""
		}
		return "binary-not-for-user", found[1]
	}
	return "", ""
}

// notExecutable gives the rule for a file that nobody may execute, "" where it is
// known that it is a directory, that its mount forbids it or that it is a script
// of another rule.
func (c *Case) notExecutable(name string) string {
	if p, ok := c.Path(name); ok && p.Type == "dir" {
		return ""
	}
	for _, f := range c.imagePaths() {
		if f.Path == name && f.Type == "dir" {
			return ""
		}
	}
	for _, m := range c.Mounts {
		if m.NoExec && m.Path != "/" && below(name, m.Path) {
			return ""
		}
	}
	for _, t := range c.Spec.Tmpfs {
		if t.NoExec && below(name, t.Path) {
			return ""
		}
	}
	return "binary-not-executable"
}
