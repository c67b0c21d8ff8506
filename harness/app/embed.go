package app

import (
	"errors"
	"path"
	"slices"
	"strconv"
	"strings"
)

// embedPatterns splits the arguments of a go:embed directive, which may be
// quoted as Go strings.
func embedPatterns(args string) ([]string, error) {
	var out []string
	for args = strings.TrimSpace(args); args != ""; args = strings.TrimSpace(args) {
		if args[0] != '"' && args[0] != '`' {
			end := strings.IndexAny(args, " \t")
			if end < 0 {
				end = len(args)
			}
			out, args = append(out, args[:end]), args[end:]
			continue
		}
		quoted, err := strconv.QuotedPrefix(args)
		if err != nil {
			return out, errors.New("read go:embed: a quote is not closed")
		}
		text, err := strconv.Unquote(quoted)
		if err != nil {
			return out, errors.New("read go:embed: not a Go string: " + quoted)
		}
		out, args = append(out, text), args[len(quoted):]
	}
	return out, nil
}

// embeds lists the go:embed patterns of the reached packages relative to the
// module, with the notes of where they stand.
func (s *source) embeds() ([]string, []Note) {
	var out []string
	var notes []Note
	for _, p := range s.packages {
		for _, f := range p.files {
			for _, group := range f.ast.Comments {
				for _, comment := range group.List {
					args, ok := f.directive(comment.Text)
					if !ok {
						continue
					}
					patterns, err := embedPatterns(args)
					if err != nil {
						s.trouble = append(s.trouble, s.note(err.Error(), comment))
					}
					for _, pattern := range patterns {
						pattern = path.Join(p.dir, strings.TrimPrefix(pattern, "all:"))
						if !slices.Contains(out, pattern) {
							out = append(out, pattern)
							notes = append(notes, s.note("embeds "+pattern, comment))
						}
					}
				}
			}
		}
	}
	return out, notes
}

// directive gives the arguments of a go:embed comment. It is one only in a file
// that imports embed.
func (f *file) directive(comment string) (string, bool) {
	args, ok := strings.CutPrefix(comment, "//go:embed")
	if !ok || args == "" || (args[0] != ' ' && args[0] != '\t') {
		return "", false
	}
	for _, target := range f.imports {
		if target == "embed" {
			return args, true
		}
	}
	return "", false
}

// embedded says whether a path in a file's package is part of the binary.
func (s *source) embedded(f *file, text string) bool {
	for _, other := range f.pkg.files {
		for _, group := range other.ast.Comments {
			for _, comment := range group.List {
				args, ok := other.directive(comment.Text)
				if !ok {
					continue
				}
				patterns, _ := embedPatterns(args)
				for _, pattern := range patterns {
					pattern = strings.TrimPrefix(pattern, "all:")
					if matched, _ := path.Match(pattern, path.Clean(text)); matched || samePackage(path.Clean(text), pattern) {
						return true
					}
				}
			}
		}
	}
	return false
}
