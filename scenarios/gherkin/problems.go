package gherkin

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Problem is a mistake at a line of a feature file.
type Problem struct {
	File    string
	Line    int // 0 where it is about the whole file
	Column  int // 0 where it is about the whole line
	Message string
	Hint    string // what to do about it; may have several lines
}

// Problems is every mistake found, as one error: `file:line: message` each, with
// the hint indented below.
type Problems []Problem

func (p Problems) Error() string {
	var sb strings.Builder
	for i, problem := range p {
		if i > 0 {
			sb.WriteByte('\n')
		}
		sb.WriteString(problem.position() + problem.Message)
		for line := range strings.Lines(problem.Hint) {
			sb.WriteString("\n    " + strings.TrimRight(line, "\n"))
		}
	}
	return sb.String()
}

func (p Problem) position() string {
	switch {
	case p.File == "":
		return ""
	case p.Line == 0:
		return p.File + ": "
	case p.Column == 0:
		return fmt.Sprintf("%s:%d: ", p.File, p.Line)
	}
	return fmt.Sprintf("%s:%d:%d: ", p.File, p.Line, p.Column)
}

// err is the problems in the order of their positions, nil if there are none.
func (p Problems) err() error {
	if len(p) == 0 {
		return nil
	}
	slices.SortStableFunc(p, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return p
}

// mistakes collects errors that have no position in a file.
type mistakes []error

func (m *mistakes) add(err error) {
	if err != nil {
		*m = append(*m, err)
	}
}

func (m mistakes) err() error { return errors.Join(m...) }
