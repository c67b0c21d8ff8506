package deployment

import (
	"bytes"
	"io/fs"
	"path"
	"regexp"
	"strings"
)

// Alteration is what is different about a file or directory.
type Alteration string

const (
	// Missing: it is not there, nor is anything below it.
	Missing Alteration = "missing"
	// Directory: an empty directory is where a file was expected.
	Directory Alteration = "directory"
	// Empty: a file of no bytes, a directory of no files.
	Empty Alteration = "empty"
	// CRLF: every line ends as on Windows.
	CRLF Alteration = "crlf"
	// BOM: the file begins with the UTF-8 byte order mark.
	BOM Alteration = "bom"
	// Malformed: the file breaks off in its middle, within a quoted text.
	Malformed Alteration = "malformed"
	// PartlyFilled: every second value is blank.
	PartlyFilled Alteration = "partly-filled"
	// HasMode: it has the permission bits of Mode.
	HasMode Alteration = "mode"
	// HasOwner: it and all below it belong to UID and GID.
	HasOwner Alteration = "owner"
)

// FileChange alters one file or directory of the image or of a mount. The path
// has to exist, save for Directory.
type FileChange struct {
	Path     string      `json:"path"` // absolute, in the container
	Change   Alteration  `json:"change"`
	Mode     fs.FileMode `json:"mode,omitempty"`
	UID, GID int         `json:",omitempty"`
}

// ChangesContent says whether [FileChange.Content] makes another content.
func (c FileChange) ChangesContent() bool {
	switch c.Change {
	case Empty, CRLF, BOM, Malformed, PartlyFilled:
		return true
	}
	return false
}

// Content gives what a file holds after the change.
func (c FileChange) Content(was []byte) []byte {
	switch c.Change {
	case Empty:
		return nil
	case CRLF:
		plain := bytes.ReplaceAll(was, []byte("\r\n"), []byte("\n"))
		return bytes.ReplaceAll(plain, []byte("\n"), []byte("\r\n"))
	case BOM:
		return append([]byte("\xef\xbb\xbf"), was...)
	case Malformed:
		// No syntax of configuration files lets a quoted text end with the file;
		// half of a file alone may happen to be well-formed.
		return append(bytes.Clone(was[:len(was)/2]), "\n\"broken off: ["...)
	case PartlyFilled:
		return blank(c.Path, was)
	}
	return was
}

// How a line with a value looks, by the kind of file: what stands before the
// value, the value, and what follows it.
var (
	yamlValue = regexp.MustCompile(`^(\s*(?:- )?[\w.-]+:)([ \t]+[^\s#|>&*{\[].*)()$`)
	jsonValue = regexp.MustCompile(`^(\s*"[^"]*"\s*:\s*)("(?:[^"\\]|\\.)*"|-?[0-9.eE+-]+|true|false)(\s*,?\s*)$`)
	iniValue  = regexp.MustCompile(`^(\s*(?:export )?[\w.-]+\s*=\s*)(\S.*)()$`)
)

// blank takes every second value away, as a template does whose variables are
// only partly set, and leaves the file well-formed.
func blank(name string, was []byte) []byte {
	value, nothing := iniValue, ""
	switch strings.ToLower(path.Ext(name)) {
	case ".yaml", ".yml":
		value = yamlValue
	case ".json":
		value, nothing = jsonValue, `""`
	case ".toml":
		nothing = `""`
	}
	lines := strings.Split(string(was), "\n")
	for i, n := 0, 0; i < len(lines); i++ {
		parts := value.FindStringSubmatch(strings.TrimSuffix(lines[i], "\r"))
		if parts == nil {
			continue
		}
		if n++; n%2 == 0 {
			lines[i] = parts[1] + nothing + parts[3]
		}
	}
	return []byte(strings.Join(lines, "\n"))
}
