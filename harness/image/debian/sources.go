package debian

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"
)

// Source is one archive of the host's apt configuration.
type Source struct {
	URIs       []string
	Suites     []string
	Components []string
	Archs      []string // the architectures it is limited to; empty: all
	SignedBy   string   // path of a keyring, or an armoured key itself
	File       string   // where it is written
}

// HostSources reads sources.list and sources.list.d below root (usually "/"),
// in apt's order. A host without apt has none; that is not an error.
func HostSources(root string) ([]Source, error) {
	dir := filepath.Join(root, "etc/apt")
	files := []string{filepath.Join(dir, "sources.list")}
	for _, pattern := range []string{"*.list", "*.sources"} {
		found, err := filepath.Glob(filepath.Join(dir, "sources.list.d", pattern))
		if err != nil {
			return nil, fmt.Errorf("read apt sources: %w", err)
		}
		files = append(files, found...)
	}
	sort.Strings(files[1:])
	var all []Source
	for _, name := range files {
		f, err := os.Open(name)
		if err != nil {
			// Unreadable sources (another user's) are as good as none.
			continue
		}
		var got []Source
		if strings.HasSuffix(name, ".sources") {
			got, err = ParseSources(f)
		} else {
			got, err = ParseSourcesList(f)
		}
		f.Close()
		if err != nil {
			return nil, fmt.Errorf("read apt sources: %s: %w", name, err)
		}
		for _, s := range got {
			s.File = name
			s.URIs = expandMirrorLists(root, s.URIs)
			all = append(all, s)
		}
	}
	return all, nil
}

// expandMirrorLists replaces "mirror+file:" URIs, which Debian's cloud images
// use, by the mirrors listed in the file.
func expandMirrorLists(root string, uris []string) []string {
	var out []string
	for _, u := range uris {
		path, ok := strings.CutPrefix(u, "mirror+file:")
		if !ok {
			out = append(out, u)
			continue
		}
		b, err := os.ReadFile(filepath.Join(root, filepath.FromSlash("/"+strings.TrimLeft(path, "/"))))
		if err != nil {
			continue
		}
		for line := range strings.Lines(string(b)) {
			if f := strings.Fields(line); len(f) > 0 && !strings.HasPrefix(f[0], "#") {
				out = append(out, f[0])
			}
		}
	}
	return out
}

// ParseSources reads the deb822 form (*.sources).
func ParseSources(r io.Reader) ([]Source, error) {
	var out []Source
	err := scanControl(r, nil, func(p paragraph) error {
		if !slices.Contains(strings.Fields(p["types"]), "deb") || isNo(p["enabled"]) {
			return nil
		}
		s := Source{
			URIs: strings.Fields(p["uris"]), Suites: strings.Fields(p["suites"]),
			Components: strings.Fields(p["components"]), Archs: strings.Fields(p["architectures"]),
			SignedBy: unfold(p["signed-by"]),
		}
		if len(s.URIs) > 0 && len(s.Suites) > 0 {
			out = append(out, s)
		}
		return nil
	})
	return out, err
}

// unfold turns a folded multi-line value back into text: " ." is an empty line.
func unfold(s string) string {
	lines := strings.Split(s, "\n")
	for i, l := range lines {
		if l = strings.TrimSpace(l); l == "." {
			l = ""
		}
		lines[i] = l
	}
	return strings.TrimSpace(strings.Join(lines, "\n"))
}

// ParseSourcesList reads the one-line form (*.list):
//
//	deb [arch=amd64 signed-by=/path] URI SUITE COMPONENT...
func ParseSourcesList(r io.Reader) ([]Source, error) {
	b, err := io.ReadAll(io.LimitReader(r, maxLine))
	if err != nil {
		return nil, err
	}
	var out []Source
	number := 0
	for line := range strings.Lines(string(b)) {
		number++
		line, _, _ = strings.Cut(line, "#")
		line = strings.TrimSpace(line)
		rest, ok := strings.CutPrefix(line, "deb")
		if !ok || rest == "" || !strings.ContainsAny(rest[:1], " \t[") {
			continue // empty, a comment, deb-src
		}
		var s Source
		rest = strings.TrimSpace(rest)
		if strings.HasPrefix(rest, "[") {
			options, after, ok := strings.Cut(rest[1:], "]")
			if !ok {
				return nil, fmt.Errorf("line %d: the bracket of its options is not closed", number)
			}
			s.options(options)
			rest = after
		}
		f := strings.Fields(rest)
		if len(f) < 2 {
			return nil, fmt.Errorf("line %d: want \"deb URI SUITE COMPONENT...\", got %.60q", number, line)
		}
		s.URIs, s.Suites, s.Components = f[:1], f[1:2], f[2:]
		out = append(out, s)
	}
	return out, nil
}

func (s *Source) options(text string) {
	for option := range strings.FieldsSeq(text) {
		key, value, _ := strings.Cut(option, "=")
		switch strings.TrimRight(key, "+-") {
		case "arch":
			s.Archs = strings.Split(value, ",")
		case "signed-by":
			s.SignedBy = value
		}
	}
}

func isYes(s string) bool {
	return slices.Contains([]string{"yes", "true", "1", "on"}, strings.ToLower(s))
}
func isNo(s string) bool {
	return slices.Contains([]string{"no", "false", "0", "off"}, strings.ToLower(s))
}

// serves says whether s can hold packages of arch, over HTTP.
func (s Source) serves(arch string) bool {
	if len(s.Archs) > 0 && !slices.Contains(s.Archs, arch) {
		return false
	}
	return len(s.httpURIs()) > 0
}

func (s Source) httpURIs() []string {
	var out []string
	for _, u := range s.URIs {
		if strings.HasPrefix(u, "http://") || strings.HasPrefix(u, "https://") {
			out = append(out, strings.TrimRight(u, "/"))
		}
	}
	return out
}

// readKeyFile reads a keyring below root when path is absolute.
func readKeyFile(root, path string) ([]byte, error) {
	if filepath.IsAbs(path) {
		path = filepath.Join(root, path)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	if len(b) == 0 {
		return nil, &fs.PathError{Op: "read", Path: path, Err: fmt.Errorf("empty file")}
	}
	return b, nil
}
