package report

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// wide lists what Unicode's East Asian Width (UAX #11) calls Wide or Fullwidth,
// as far as a name or a log may hold it; emoji included.
var wide = &unicode.RangeTable{
	R16: []unicode.Range16{
		{0x1100, 0x115f, 1}, {0x231a, 0x231b, 1}, {0x23e9, 0x23ec, 1}, {0x25fd, 0x25fe, 1}, {0x2614, 0x2615, 1},
		{0x26a1, 0x26a1, 1}, {0x2705, 0x2705, 1}, {0x274c, 0x274c, 1}, {0x2753, 0x2755, 1}, {0x2757, 0x2757, 1},
		{0x2795, 0x2797, 1}, {0x2b50, 0x2b50, 1}, {0x2e80, 0x303e, 1}, {0x3041, 0x33ff, 1}, {0x3400, 0x4dbf, 1},
		{0x4e00, 0x9fff, 1}, {0xa000, 0xa4cf, 1}, {0xa960, 0xa97f, 1}, {0xac00, 0xd7a3, 1}, {0xf900, 0xfaff, 1},
		{0xfe10, 0xfe19, 1}, {0xfe30, 0xfe6f, 1}, {0xff00, 0xff60, 1}, {0xffe0, 0xffe6, 1},
	},
	R32: []unicode.Range32{
		{0x16fe0, 0x18aff, 1}, {0x1b000, 0x1b2ff, 1}, {0x1f18e, 0x1f18e, 1}, {0x1f191, 0x1f19a, 1}, {0x1f200, 0x1f320, 1},
		{0x1f32d, 0x1f335, 1}, {0x1f337, 0x1f37c, 1}, {0x1f37e, 0x1f393, 1}, {0x1f3a0, 0x1f3ca, 1}, {0x1f3e0, 0x1f3f0, 1},
		{0x1f3f4, 0x1f3f4, 1}, {0x1f3f8, 0x1f43e, 1}, {0x1f440, 0x1f440, 1}, {0x1f442, 0x1f4fc, 1}, {0x1f4ff, 0x1f53d, 1},
		{0x1f550, 0x1f567, 1}, {0x1f5fb, 0x1f64f, 1}, {0x1f680, 0x1f6c5, 1}, {0x1f6cc, 0x1f6cc, 1}, {0x1f6d5, 0x1f6df, 1},
		{0x1f6eb, 0x1f6ec, 1}, {0x1f6f4, 0x1f6fc, 1}, {0x1f7e0, 0x1f7eb, 1}, {0x1f90c, 0x1f9ff, 1}, {0x1fa70, 0x1faff, 1},
		{0x20000, 0x3fffd, 1},
	},
}

// runeWidth gives the columns that a terminal gives to c.
func runeWidth(c rune) int {
	switch {
	case c >= 0x20 && c < 0x7f:
		return 1
	case c < 0x20 || c == 0x7f, c == 0x200d, unicode.In(c, unicode.Mn, unicode.Me, unicode.Cf):
		return 0
	case unicode.Is(wide, c):
		return 2
	}
	return 1
}

func textWidth(s string) int {
	n := 0
	for _, c := range s {
		n += runeWidth(c)
	}
	return n
}

// wider says whether s has more than width columns, without reading all of it.
func wider(s string, width int) bool {
	for _, c := range s {
		if width -= runeWidth(c); width < 0 {
			return true
		}
	}
	return false
}

// pad fills s with blanks up to width columns.
func pad(s string, width int) string {
	return s + strings.Repeat(" ", max(0, width-textWidth(s)))
}

// cutEnd shortens s to width columns, with "..." for what is left out. The
// ellipsis is of dots because "…" has two columns in some Chinese terminals.
func cutEnd(s string, width int) string {
	if !wider(s, width) {
		return s
	}
	dots := strings.Repeat(".", max(0, min(3, width)))
	return takeWidth(s, width-len(dots)) + dots
}

// cutMiddle shortens s to width columns and keeps its beginning and its end,
// which tell long names of cells and files apart.
func cutMiddle(s string, width int) string {
	if !wider(s, width) {
		return s
	}
	if width < 8 {
		return cutEnd(s, width)
	}
	head := takeWidth(s, (width-3+1)/2)
	room := width - 3 - textWidth(head)
	from := len(s)
	for from > 0 {
		c, n := utf8.DecodeLastRuneInString(s[:from])
		if room -= runeWidth(c); room < 0 {
			break
		}
		from -= n
	}
	return head + "..." + s[from:]
}

func takeWidth(s string, width int) string {
	n := 0
	for i, c := range s {
		if n += runeWidth(c); n > width {
			return s[:i]
		}
	}
	return s
}

// wrap breaks s into lines of at most width columns: at blanks, and between
// wide characters, which are written without blanks. Words that are longer are
// broken. Line breaks and indentation of s stay.
func wrap(s string, width int) []string {
	width = max(width, 8)
	var lines []string
	for paragraph := range strings.SplitSeq(strings.TrimRight(s, "\n"), "\n") {
		body := strings.TrimLeft(paragraph, " ")
		indent := min(len(paragraph)-len(body), width/2)
		lines = append(lines, wrapParagraph(body, strings.Repeat(" ", indent), width)...)
	}
	return lines
}

func wrapParagraph(s, indent string, width int) []string {
	var lines []string
	room := width - len(indent)
	for wider(s, room) {
		cut, n := 0, 0
		var before rune
		for i, c := range s {
			if i > 0 && n <= room && (c == ' ' || (runeWidth(c) == 2 || runeWidth(before) == 2) && !closes(c) && !opens(before)) {
				cut = i
			}
			if n += runeWidth(c); n > room {
				break
			}
			before = c
		}
		if cut == 0 {
			cut = len(takeWidth(s, room))
		}
		lines = append(lines, indent+strings.TrimRight(s[:cut], " "))
		s = strings.TrimLeft(s[cut:], " ")
	}
	return append(lines, indent+s)
}

// closes says that a line must not begin with c; opens that it must not end with it.
func closes(c rune) bool {
	return strings.ContainsRune("，。、；：！？）》」』】”’,.;:!?)]}", c)
}
func opens(c rune) bool { return strings.ContainsRune("（《「『【“‘([{", c) }

// Escape sequences of ECMA-48: CSI, OSC, and the two-character ones.
var ansiSequence = regexp.MustCompile("\x1b(?:\\[[0-?]*[ -/]*[@-~]|\\][^\x07\x1b]*(?:\x07|\x1b\\\\)?|[@-Z\\\\^_])")

// clean makes text of others safe for a terminal: no escape sequences, no
// control or direction characters, tabs as blanks; line breaks stay.
func clean(s string) string {
	s = ansiSequence.ReplaceAllString(s, "")
	s = strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\t", "    ")
	return strings.Map(func(c rune) rune {
		switch {
		case c == '\n':
			return c
		case c == utf8.RuneError, unicode.IsControl(c):
			return '?'
		case c >= 0x202a && c <= 0x202e, c >= 0x2066 && c <= 0x2069, c == 0x200e, c == 0x200f, c == 0x2028, c == 0x2029:
			return '?'
		}
		return c
	}, s)
}

// oneLine is clean without line breaks.
func oneLine(s string) string {
	return strings.Join(strings.FieldsFunc(clean(s), func(c rune) bool { return c == '\n' }), " / ")
}
