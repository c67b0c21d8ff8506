package debian

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
)

// maxLine is the longest line of a control file that is accepted. The longest
// in Debian's own index is below 64 KiB.
const maxLine = 1 << 20

// paragraph is one block of "Field: value" lines. Keys are in lower case, since
// field names are case-insensitive; the lines of a folded value are joined by
// "\n", each without its leading blank.
type paragraph map[string]string

// scanControl reads paragraphs one by one and hands each to fn. Only the fields
// for which keep is true are stored (nil: all), so that an index of tens of
// thousands of packages fits in little memory. The paragraph is reused: fn must
// not hold on to the map. Comment lines (#) are skipped.
func scanControl(r io.Reader, keep map[string]bool, fn func(paragraph) error) error {
	s := bufio.NewScanner(r)
	s.Buffer(make([]byte, 0, 64<<10), maxLine)
	p, last, number := paragraph{}, "", 0
	names := map[string]string{} // a field's name as written -> in lower case
	flush := func() error {
		if len(p) == 0 {
			return nil
		}
		err := fn(p)
		clear(p)
		return err
	}
	for s.Scan() {
		number++
		// Bytes, not Text: most lines of an index are dropped unread.
		line := bytes.TrimRight(s.Bytes(), " \t\r")
		switch {
		case len(line) == 0:
			if err := flush(); err != nil {
				return err
			}
			last = ""
		case line[0] == '#':
		case line[0] == ' ' || line[0] == '\t':
			if last != "" {
				p[last] += "\n" + string(line[1:])
			}
		default:
			name, value, ok := bytes.Cut(line, []byte(":"))
			if !ok || len(name) == 0 || bytes.ContainsAny(name, " \t") {
				return fmt.Errorf("parse control file: line %d is not \"Field: value\": %.60q", number, line)
			}
			if last, ok = names[string(name)]; !ok {
				last = strings.ToLower(string(name))
				if keep != nil && !keep[last] {
					last = ""
				}
				names[string(name)] = last
			}
			if last != "" {
				p[last] = string(bytes.TrimSpace(value))
			}
		}
	}
	if err := s.Err(); err != nil {
		if errors.Is(err, bufio.ErrTooLong) {
			return fmt.Errorf("parse control file: line %d is longer than %d bytes", number+1, maxLine)
		}
		return fmt.Errorf("parse control file: %w", err)
	}
	return flush()
}
