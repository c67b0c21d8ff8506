package evidence

import (
	"regexp"
	"strings"
)

// An assignment is "key = value" or "key: value" as environments, YAML, JSON,
// query strings, Go's %+v, and HTTP headers spell it.
type assignment struct {
	key         string
	at          int  // where the key begins
	sep         int  // where '=' or ':' is
	quotedKey   bool // "key": a document, not a sentence
	lineStart   bool // nothing but indentation, "- ", "export " or curl's "> " stands before the key
	nested      bool // inside {} or map[]
	spaced      bool // blanks around the separator
	quotedValue bool
	from, to    int // the value
}

var nextVariable = regexp.MustCompile(`\s+[A-Za-z_][A-Za-z0-9_.-]*=|\s+$`)

// redactAssignments replaces the secret values of all assignments in one line.
func redactAssignments(s string) string {
	if !strings.ContainsAny(s, "=:") {
		return s
	}
	l := newAssignLine(s)
	var b strings.Builder
	last := 0
	for i := 0; i < len(s); i++ {
		if n := markLen(s[i:]); n > 0 {
			i += n - 1
			continue
		}
		if s[i] != '=' && s[i] != ':' {
			continue
		}
		a := assignment{sep: i}
		if !a.readKey(s) || a.at < last {
			continue
		}
		var to int
		var text string
		if header := headerKind(a.key); header != "" {
			l.place(&a)
			text, to = a.header(l, header)
		} else if kind := keyKind(a.key); kind != "" {
			l.place(&a)
			text, to = a.secret(l, kind)
		}
		if to == 0 {
			continue
		}
		b.WriteString(s[last:a.from])
		b.WriteString(text)
		last, i = to, to-1
	}
	if last == 0 {
		return s
	}
	b.WriteString(s[last:])
	return b.String()
}

// readKey finds the key before the separator; false if there is none.
func (a *assignment) readKey(s string) bool {
	j := a.sep
	if s[j] == '=' && j > 0 {
		switch s[j-1] {
		case ':': // Go's and Make's :=
			j--
		case '=', '!', '<', '>', '~':
			return false
		}
	}
	if s[a.sep] == ':' && strings.HasPrefix(s[a.sep+1:], "=") {
		return false // the '=' has its turn
	}
	for n := 0; n < 2 && j > 0 && s[j-1] == ' '; n++ {
		j--
		a.spaced = true
	}
	end := j
	if j > 0 && (s[j-1] == '"' || s[j-1] == '\'') {
		j--
		for j > 0 && s[j-1] == '\\' {
			j--
		}
	}
	quote := s[j:end]
	end = j
	for j > 0 && isKeyByte(s[j-1]) && end-j < 80 {
		j--
	}
	if j == end {
		return false
	}
	// In \npassword the n belongs to the backslash.
	if quote == "" && j > 0 && s[j-1] == '\\' && strings.IndexByte("nrt", s[j]) >= 0 {
		j++
	}
	a.key, a.at = s[j:end], j
	if quote != "" {
		if !strings.HasSuffix(s[:j], quote) {
			return false
		}
		a.quotedKey = true
		a.at -= len(quote)
	} else if j > 0 && (s[j-1] == '/' || s[j-1] == '\\' && !strings.HasPrefix(s[j-1:], `\`+s[j:j+1])) {
		return false // a path
	} else if strings.HasSuffix(s[:j], "${") {
		return false // the shell's ${KEY:?text}
	}
	return a.key != ""
}

// assignLine is a line with what is found out once for all its assignments, so
// that a line of a megabyte takes no longer than a thousand of a kilobyte.
type assignLine struct {
	string
	marks  [][]int
	indent int // blanks at the beginning
	brace  int // where the first "{" or "map[" is; -1 if there is none
}

func newAssignLine(s string) assignLine {
	l := assignLine{
		string: s, marks: markPattern.FindAllStringIndex(s, -1),
		indent: len(s) - len(strings.TrimLeft(s, " \t")), brace: strings.IndexByte(s, '{'),
	}
	if i := strings.Index(s, "map["); i >= 0 && (l.brace < 0 || i < l.brace) {
		l.brace = i
	}
	return l
}

// place says where in the line an assignment stands.
func (l assignLine) place(a *assignment) {
	a.nested = l.brace >= 0 && l.brace < a.at
	const longest = len("export  ")
	if a.at-l.indent <= longest {
		switch strings.TrimSpace(l.string[:a.at]) {
		case "", "-", ">", "<", "export":
			a.lineStart = true
		}
	}
}

func isKeyByte(c byte) bool {
	return c == '_' || c == '-' || c == '.' || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

// secret finds the value that belongs to a key that holds a secret of this
// kind; to is 0 if the text is ordinary after all.
func (a *assignment) secret(l assignLine, kind string) (text string, to int) {
	s := l.string
	a.readValue(s)
	value := s[a.from:a.to]
	if benign(value) || cutsMark(l.marks, a.from, a.to) {
		return "", 0
	}
	if !a.quotedValue && (strings.IndexByte("{[(&|>!", value[0]) >= 0 || kind == KindToken && isNumber(value)) {
		return "", 0 // a structure, a reference, a count
	}
	if strings.HasSuffix(strings.ToLower(a.key), "pwd") && value[0] == '/' {
		return "", 0
	}
	if isNumber(value) && keyWords(a.key)[len(keyWords(a.key))-1] == "pass" {
		return "", 0
	}
	if !a.sure(s) && !looksSecret(value) {
		return "", 0
	}
	return mark(kind), a.to
}

// sure says that the place leaves no doubt that this is an assignment, whatever
// the value looks like. "key: word" in a sentence is as likely an error message.
func (a *assignment) sure(s string) bool {
	if s[a.sep] == '=' {
		return !a.spaced || a.lineStart
	}
	return a.quotedKey || a.nested || a.lineStart && (a.quotedValue || a.alone(s))
}

// alone says that nothing but a comment follows the value.
func (a *assignment) alone(s string) bool {
	rest := strings.TrimLeft(s[a.to:], ", \t")
	return rest == "" || rest[0] == '#'
}

// readValue finds where the value begins and ends.
func (a *assignment) readValue(s string) {
	k := a.sep + 1
	if k < len(s) && s[k] == '>' {
		k++ // Ruby's and Perl's =>
	}
	for k < len(s) && (s[k] == ' ' || s[k] == '\t') {
		k++
		a.spaced = true
	}
	if k < len(s) && s[k] == '[' && markLen(s[k:]) == 0 {
		k++ // ["value"] and map[Key:[value]]
	}
	a.from = k
	for k < len(s) && s[k] == '\\' {
		k++
	}
	if k < len(s) && strings.IndexByte("\"'`", s[k]) >= 0 {
		quote := s[a.from : k+1]
		a.quotedValue = true
		a.from = k + 1
		a.to = a.from + closing(s[a.from:], quote)
		return
	}
	if a.lineStart && !a.spaced && s[a.sep] == '=' && a.key == strings.ToUpper(a.key) {
		// A line of an environment: all is the value, up to another assignment.
		a.to = len(s)
		if next := nextVariable.FindStringIndex(s[a.from:]); next != nil {
			a.to = a.from + next[0]
		}
		return
	}
	stop := " \t&;,\"'`)}]|\\"
	if a.lineStart && s[a.sep] == ':' && a.spaced {
		stop = " \t" // a line of a YAML file
	}
	a.to = a.from
	for a.to < len(s) {
		if n := markLen(s[a.to:]); n > 0 {
			a.to += n
			continue
		}
		if strings.IndexByte(stop, s[a.to]) >= 0 {
			break
		}
		a.to++
	}
}

// closing gives the offset of the quote that ends a string begun with quote,
// which may stand behind backslashes when a document is quoted in another.
func closing(s, quote string) int {
	slashes := len(quote) - 1
	q := quote[slashes]
	run := 0
	for i := range len(s) {
		switch {
		case s[i] == '\\':
			run++
			continue
		case s[i] == q && (run == slashes || q == '`' || slashes == 0 && run%2 == 0):
			return i - slashes
		}
		run = 0
	}
	return len(s)
}

func isNumber(s string) bool {
	return strings.Trim(s, "0123456789.") == ""
}
