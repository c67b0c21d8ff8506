package matrix

import (
	"bytes"
	"errors"
	"io"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

const emptyHint = `write at least which app is tested:
app: {dir: .}
matrix:
  go: [stable, oldstable]
  target: [linux/amd64]`

// maxBytes is far beyond any matrix that people write.
const maxBytes = 1 << 20

// document gives the root of the file's only document; nil if there is none,
// and then there is a problem.
func (r *reader) document(data []byte) *yaml.Node {
	top := &yaml.Node{Line: 1, Column: 1}
	if len(data) > maxBytes {
		r.problemf(top, "", "the file is larger than %d KiB", maxBytes>>10)
		return nil
	}
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	var doc, second yaml.Node
	err := decoder.Decode(&doc)
	if errors.Is(err, io.EOF) || err == nil && (len(doc.Content) == 0 || isNull(doc.Content[0])) {
		r.problemf(top, emptyHint, "the file is empty")
		return nil
	}
	if err == nil {
		switch err = decoder.Decode(&second); {
		case errors.Is(err, io.EOF):
			return deref(doc.Content[0])
		case err == nil:
			r.problemf(&second, "keep one, and take the line \"---\" away", "the file has more than one YAML document")
			return nil
		}
	}
	r.syntax(data, err)
	return nil
}

// yamlError is the text of the library's syntax errors; it exports no position.
var yamlError = regexp.MustCompile(`^yaml: (?:line (\d+): )?(?s)(.*)$`)

// parserError matches those messages whose line the library counts from 0; it
// counts from 1 in the messages of its scanner.
var parserError = regexp.MustCompile(`^did not find expected (key|node content|'-' indicator|',' or|<)`)

var yamlAnchor = regexp.MustCompile(`^unknown anchor '(.*)' referenced$`)

func (r *reader) syntax(data []byte, err error) {
	message, line, column := err.Error(), 1, 1
	if m := yamlError.FindStringSubmatch(message); m != nil {
		message = m[2]
		if n, err := strconv.Atoi(m[1]); err == nil {
			line = n
		}
		if parserError.MatchString(message) {
			line++
		}
	}
	hint := syntaxHint(message)
	lines := strings.Split(strings.TrimRight(string(data), " \r\n"), "\n")
	line = min(max(1, line), len(lines))
	column += len(lines[line-1]) - len(strings.TrimLeft(lines[line-1], " "))

	if m := yamlAnchor.FindStringSubmatch(message); m != nil {
		line, column = locate(lines, "*"+m[1])
	} else if at := invalidAt(data); at >= 0 {
		line, column = position(data[:at])
		hint = "save the file as UTF-8"
	} else if l, c := tabIndent(lines); l > 0 {
		line, column = l, c
		message, hint = "a tab in the indentation", "YAML is indented with spaces only: replace the tab"
	}
	r.problemf(&yaml.Node{Line: line, Column: column}, hint, "not valid YAML: %s", message)
}

func syntaxHint(message string) string {
	for _, h := range []struct{ part, hint string }{
		{"could not find expected ':'", "a key needs a colon and a space (key: value); look at this line and the one before"},
		{"mapping values are not allowed", "a value that holds \": \" needs quotes; or the line is indented wrongly"},
		{"did not find expected key", "keys of one mapping start in the same column; look at this line and the one before"},
		{"did not find expected '-'", "items of one list start in the same column, each with \"- \""},
		{"did not find expected ',' or ']'", "a list that was opened with [ needs commas and a closing ]"},
		{"did not find expected ',' or '}'", "a mapping that was opened with { needs commas and a closing }"},
		{"unexpected end of stream", "a quote or a bracket is opened and never closed"},
		{"cannot start any token", "a value that begins with @, ` or % needs quotes"},
		{"block sequence entries are not allowed", "a list begins on a line of its own, after the key and its colon"},
		{"unknown anchor", "an alias *name needs an anchor &name further up; a value that begins with * needs quotes"},
		{"control characters", "take the invisible character away"},
	} {
		if strings.Contains(message, h.part) {
			return h.hint
		}
	}
	return "look at the indentation, the quotes and the brackets of this line and the one before"
}

func locate(lines []string, word string) (line, column int) {
	for i, l := range lines {
		if at := strings.Index(l, word); at >= 0 {
			return i + 1, utf8.RuneCountInString(l[:at]) + 1
		}
	}
	return 1, 1
}

// invalidAt is the offset of the first byte that is not UTF-8, or -1.
func invalidAt(data []byte) int {
	for i := 0; i < len(data); {
		c, size := utf8.DecodeRune(data[i:])
		if c == utf8.RuneError && size == 1 {
			return i
		}
		i += size
	}
	return -1
}

// position is where the text that follows before begins.
func position(before []byte) (line, column int) {
	start := bytes.LastIndexByte(before, '\n') + 1
	return bytes.Count(before, []byte{'\n'}) + 1, utf8.RuneCount(before[start:]) + 1
}

func tabIndent(lines []string) (line, column int) {
	for i, l := range lines {
		indent := l[:len(l)-len(strings.TrimLeft(l, " \t"))]
		if at := strings.IndexByte(indent, '\t'); at >= 0 && strings.TrimSpace(l) != "" {
			return i + 1, at + 1
		}
	}
	return 0, 0
}
