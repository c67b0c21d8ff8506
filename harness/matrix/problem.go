package matrix

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Problem is one mistake in a file, at the place where it is to be mended.
type Problem struct {
	File    string `json:"file"`
	Line    int    `json:"line"`   // from 1
	Column  int    `json:"column"` // from 1, in characters
	Message string `json:"message"`
	Hint    string `json:"hint,omitempty"` // what to write instead; may have several lines
}

// String is "file:line:column: message" and, indented below it, the hint.
func (p Problem) String() string {
	s := fmt.Sprintf("%s:%d:%d: %s", p.File, p.Line, p.Column, p.Message)
	if p.Hint != "" {
		s += "\n    " + strings.ReplaceAll(p.Hint, "\n", "\n    ")
	}
	return s
}

// Problems is every mistake found in a file, in the order of the file. As an
// error it prints them one below the other.
type Problems []Problem

func (ps Problems) Error() string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = p.String()
	}
	return strings.Join(lines, "\n")
}

func (ps Problems) sort() {
	slices.SortStableFunc(ps, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
}

// quote prints a value of the file, cut where it is too long for a message.
func quote(s string) string {
	const limit = 60
	if r := []rune(s); len(r) > limit {
		s = string(r[:limit]) + "…"
	}
	return strconv.Quote(s)
}

// suggest says which of the known words may have been meant, or else lists
// them all.
func suggest(word string, known []string) string {
	if near := nearest(word, known); near != "" {
		return fmt.Sprintf("did you mean %q?", near)
	}
	if len(known) == 0 {
		return ""
	}
	return "known: " + list(known)
}

func list(words []string) string {
	shown := make([]string, len(words))
	for i, w := range words {
		shown[i] = w
		if w == "" {
			shown[i] = `""`
		}
	}
	return strings.Join(shown, ", ")
}

// nearest is the known word that a slip of the fingers may have turned into
// word: at most a third of its letters apart. Empty: none is that near.
func nearest(word string, known []string) string {
	const longest = 64 // beyond it nobody has mistyped a keyword
	if word == "" || len(word) > longest {
		return ""
	}
	best, bestDistance := "", longest
	for _, k := range known {
		limit := max(1, max(len(k), len(word))/3)
		d := distance(strings.ToLower(word), strings.ToLower(k))
		if d <= limit && d < bestDistance && k != "" {
			best, bestDistance = k, d
		}
	}
	return best
}

// distance is Levenshtein's (insertions, deletions, replacements) with the
// swap of two neighbours, the commonest slip, counted as one.
func distance(a, b string) int {
	s, t := []rune(a), []rune(b)
	rows := make([][]int, len(s)+1)
	for i := range rows {
		rows[i] = make([]int, len(t)+1)
		rows[i][0] = i
	}
	for j := range t {
		rows[0][j+1] = j + 1
	}
	for i := range s {
		for j := range t {
			cost := 1
			if s[i] == t[j] {
				cost = 0
			}
			d := min(rows[i][j+1]+1, rows[i+1][j]+1, rows[i][j]+cost)
			if i > 0 && j > 0 && s[i] == t[j-1] && s[i-1] == t[j] {
				d = min(d, rows[i-1][j-1]+1)
			}
			rows[i+1][j+1] = d
		}
	}
	return rows[len(s)][len(t)]
}
