package diagnose

import (
	"unicode/utf8"

	"github.com/seatrial/seatrial/harness/evidence"
)

// What is read of a log of any length: its head and its tail as they are, and
// between them what was not said before. Numbers of lines stay those of the file.
const (
	headLines  = 300
	tailLines  = 700
	newLines   = 700      // of the middle, lines of a new shape
	newTrouble = 300      // beyond these, such as tell of trouble
	widest     = 16 << 10 // bytes of one line
)

// bounded leaves out of a long log what says the same as lines before, and cuts
// lines that nobody reads to their end.
func bounded(lines []evidence.Line) []evidence.Line {
	for i := range lines {
		if text := lines[i].Text; len(text) > widest {
			end := widest
			for end > 0 && !utf8.RuneStart(text[end]) {
				end--
			}
			lines[i].Text = text[:end]
		}
	}
	if len(lines) <= headLines+tailLines+newLines {
		return lines
	}
	kept := lines[:headLines:headLines]
	seen := map[string]bool{}
	for _, line := range kept {
		seen[shape(line.Text)] = true
	}
	fresh, trouble := 0, 0
	for _, line := range lines[headLines : len(lines)-tailLines] {
		same := shape(line.Text)
		if seen[same] {
			continue
		}
		switch {
		case fresh < newLines:
			fresh++
		case trouble < newTrouble && troubled.MatchString(line.Text):
			trouble++
		default:
			continue
		}
		seen[same] = true
		kept = append(kept, line)
	}
	return append(kept, lines[len(lines)-tailLines:]...)
}

// shape is a line without its numbers: what a loop writes again and again.
func shape(text string) string {
	out := make([]byte, 0, len(text))
	for i := range len(text) {
		switch b := text[i]; {
		case b < '0' || b > '9':
			out = append(out, b)
		case i == 0 || text[i-1] < '0' || text[i-1] > '9':
			out = append(out, '0')
		}
	}
	return string(out)
}
