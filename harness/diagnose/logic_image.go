package diagnose

import (
	"regexp"
	"strings"

	"github.com/seatrial/seatrial/harness/evidence"
)

var _ = declare(map[string]Logic{
	"dockerfile-argument-empty": dockerfileArgumentEmpty,
	"copied-directory-not-file": copiedDirectoryNotFile,
	"copy-from-unknown-stage":   copyFromUnknownStage,
})

var (
	fromVariable = regexp.MustCompile(`\bFROM (?:--\S+ )?(?P<from>\S*\$\{?\w+\}?\S*)`)
	badReference = regexp.MustCompile(`invalid reference format`)
	blankName    = regexp.MustCompile(`base name \((?P<from>[^)]+)\) should not be blank|failed to parse stage name "(?P<stage>[^"]*(?::|/|@)|:[^"]*)": invalid reference format`)
)

// dockerfileArgumentEmpty is a FROM with a variable, which is then refused.
func dockerfileArgumentEmpty(c *Case) *Match {
	var from evidence.Line
	name := ""
	for _, line := range c.Lines(SourceEngine) {
		if m := blankName.FindStringSubmatch(line.Plain); m != nil {
			return &Match{Lines: []evidence.Line{line.Line}, Params: map[string]string{"from": m[1] + m[2]}}
		}
		if m := fromVariable.FindStringSubmatch(line.Plain); m != nil {
			from, name = line.Line, m[1]
		}
		if name != "" && badReference.MatchString(line.Plain) {
			return &Match{Lines: []evidence.Line{from, line.Line}, Params: map[string]string{"from": name}}
		}
	}
	return nil
}

var (
	listedDirectory = regexp.MustCompile(`^d[rwxstST-]{9}\S*\s.*\s(?P<path>/\S+)$`)
	testedFile      = regexp.MustCompile(`(?:test|\[) -[fx] (?P<path>/[^\s\]'\"]+).*(?:non-zero code|did not complete successfully|exit status|exit code)`)
)

// copiedDirectoryNotFile is a step that looks for a file and lists a directory.
func copiedDirectoryNotFile(c *Case) *Match {
	listed := map[string]evidence.Line{}
	for _, line := range c.Lines(SourceEngine) {
		if m := listedDirectory.FindStringSubmatch(line.Plain); m != nil {
			listed[m[1]] = line.Line
		}
		if m := testedFile.FindStringSubmatch(line.Plain); m != nil {
			if seen, ok := listed[m[1]]; ok {
				return &Match{Lines: []evidence.Line{seen, line.Line}, Params: map[string]string{"path": m[1]}}
			}
		}
	}
	return nil
}

var (
	badFrom   = regexp.MustCompile(`invalid from flag value (?P<stage>[^\s:]+): `)
	copyFrom  = regexp.MustCompile(`--from=(?P<stage>[\w-]+)\s`)
	fetchName = regexp.MustCompile(`docker\.io/library/(?P<name>[\w-]+):latest|failed to solve: (?P<name>[\w-]+): |(?P<name>[\w-]+): (?:pull access denied|failed to resolve source metadata)|no stage or image found with (?:that )?name "?(?P<name>[\w-]+)|"(?P<name>[\w-]+)": no stage or image`)
)

// copyFromUnknownStage is a COPY --from whose name is looked for as an image.
// What has a slash, a dot or a tag was meant as one.
func copyFromUnknownStage(c *Case) *Match {
	copied := map[string]evidence.Line{}
	lines := c.Lines(SourceEngine)
	for _, line := range lines {
		if m := copyFrom.FindStringSubmatch(line.Plain); m != nil {
			copied[m[1]] = line.Line
		}
	}
	for _, line := range lines {
		if m := badFrom.FindStringSubmatch(line.Plain); m != nil && !strings.ContainsAny(m[1], "/.:") {
			return &Match{Lines: []evidence.Line{line.Line}, Params: map[string]string{"stage": m[1]}}
		}
		m := fetchName.FindStringSubmatch(line.Plain)
		if m == nil || !failed.MatchString(line.Plain) {
			continue
		}
		name := strings.Join(m[1:], "")
		if seen, ok := copied[name]; ok {
			return &Match{Lines: []evidence.Line{seen, line.Line}, Params: map[string]string{"stage": name}}
		}
	}
	return nil
}

var failed = regexp.MustCompile(`(?i)\b(error|fail(ed)?|denied|not found|no stage|dial)\b`)
