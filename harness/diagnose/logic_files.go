package diagnose

import (
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/seatrial/seatrial/harness/evidence"
)

var _ = declare(map[string]Logic{
	"source-path-at-run-time":   byFileError("source-path-at-run-time"),
	"configmap-dangling-link":   byFileError("configmap-dangling-link"),
	"tmp-missing":               byFileError("tmp-missing"),
	"log-dir-missing":           byFileError("log-dir-missing"),
	"file-relative-to-workdir":  byFileError("file-relative-to-workdir"),
	"file-hidden-by-mount":      byFileError("file-hidden-by-mount"),
	"certificate-file-missing":  byFileError("certificate-file-missing"),
	"config-file-missing":       byFileError("config-file-missing"),
	"directory-missing":         byFileError("directory-missing"),
	"file-missing":              byFileError("file-missing"),
	"home-not-writable":         byFileError("home-not-writable"),
	"file-unreadable":           byFileError("file-unreadable"),
	"directory-not-writable":    byFileError("directory-not-writable"),
	"read-only-mount":           byFileError("read-only-mount"),
	"read-only-root":            byFileError("read-only-root"),
	"disk-full":                 byFileError("disk-full"),
	"file-is-directory":         byFileError("file-is-directory"),
	"path-through-file":         byFileError("path-through-file"),
	"mounted-file-not-replaced": byFileError("mounted-file-not-replaced"),
	"rename-across-mounts":      byFileError("rename-across-mounts"),
})

// byFileError is the logic of a rule that [Case.fileCause] names. Each failed
// operation has one cause, so that these rules do not contradict each other.
func byFileError(rule string) Logic {
	return func(c *Case) *Match {
		for _, e := range c.fileErrors() {
			if cause, m := c.fileCause(e); cause == rule {
				return m
			}
		}
		return nil
	}
}

// fileCause names the rule that says why an operation on a file failed, and what
// it saw; "" if that is for the rules of another area.
func (c *Case) fileCause(e fileError) (string, *Match) {
	rule := ""
	abs := c.abs(e.Path)
	m := &Match{Lines: []evidence.Line{e.Line}, Params: map[string]string{"path": e.Path, "abs": abs, "dir": path.Dir(e.Path), "name": path.Base(e.Path)}}
	if abs == "" {
		m.Params["abs"] = e.Path
	} else {
		m.Params["dir"] = path.Dir(abs)
	}
	if e.Op == "mkdir" || e.Op == "chdir" {
		m.Params["dir"] = m.Params["abs"]
	}
	for _, dir := range []string{"/dev", "/proc", "/sys"} {
		if below(m.Params["abs"], dir) {
			return "", nil // no files of anybody's: what helps there is another matter
		}
	}
	switch e.Text {
	case "no such file or directory":
		rule = c.missingCause(e, abs, m)
	case "permission denied":
		rule = c.deniedCause(e, abs, m)
	case "read-only file system":
		rule = "read-only-root"
		if mount, ok := c.mountOf(abs); ok && !mount.Tmpfs {
			rule, m.Params["mount"] = "read-only-mount", mount.Path
		} else if !c.Spec.ReadOnlyRoot {
			m.Confidence = Likely
		}
	case "no space left on device", "disk quota exceeded":
		rule = "disk-full"
		if mount, ok := c.mountOf(abs); ok {
			m.Params["dir"] = mount.Path
		}
	case "is a directory":
		rule = "file-is-directory"
	case "not a directory":
		rule = "path-through-file"
	case "device or resource busy":
		if e.Op == "rename" {
			rule = "mounted-file-not-replaced"
		}
	case "invalid cross-device link":
		rule = "rename-across-mounts"
	}
	if rule == "" {
		return "", nil
	}
	if dir := m.Params["dir"]; path.IsAbs(dir) && dir != "/" && !below(c.WorkDir(), dir) && !below(c.program(), dir) {
		m.Params["free"] = dir // where something can be mounted without hiding the app
	}
	if p, ok := c.Path(e.Path); ok {
		m.Lines = append(m.Lines, c.Evidence(evidence.PathsFile, strconv.Quote(p.Path)))
	}
	return rule, m
}

// The first directories of paths on the machines where programs are built, and
// not of what is deployed; and module paths, which -trimpath leaves instead.
var (
	buildMachine = regexp.MustCompile(`^(/home/[^/]+/.+|/Users/[^/]+/.+|[A-Za-z]:[\\/].+|/go/src/.+|/root/go/.+|/builds?/[^/]+/.+|/workspaces?/.+|/github/workspace/.+|/usr/src/.+|/src/.+/.+)$`)
	modulePath   = regexp.MustCompile(`^[a-z0-9-]+(\.[a-z0-9-]+)+/[\w.-]+/[\w.-]+`)
)

func (c *Case) missingCause(e fileError, abs string, m *Match) string {
	purpose := e.Purpose
	p, known := c.Path(e.Path)
	switch {
	case strings.Contains(e.Path, "zoneinfo"):
		return "" // unknown time zone says it better
	case c.fromBuild(e.Path):
		return "source-path-at-run-time"
	case known && p.Type == "link" && p.Target != "":
		m.Params["target"] = p.Target
		return "configmap-dangling-link"
	case purpose == forTemp:
		m.Params["dir"] = "/tmp"
		return "tmp-missing"
	case purpose == forTemplate || purpose == forStatic:
		return "" // their own rules know more
	case purpose == forLog && (e.Op == "open" || e.Op == "openat" || e.Op == "create" || e.Op == "mkdir"):
		return "log-dir-missing"
	}
	if other := c.elsewhere(e.Path); other != "" {
		m.Params["elsewhere"] = other
		m.Params["root"] = strings.TrimSuffix(other, "/"+strings.TrimPrefix(path.Clean(e.Path), "./"))
		m.Params["workdir"] = c.WorkDir()
		m.Confidence = Certain
		return "file-relative-to-workdir"
	}
	if mount, ok := c.mountOf(abs); ok && abs != "" {
		m.Params["mount"] = mount.Path
		if c.imageHas(abs) {
			m.Confidence = Certain
		}
		return "file-hidden-by-mount"
	}
	switch purpose {
	case forKey:
		return "certificate-file-missing"
	case forConfig:
		return "config-file-missing"
	case forDatabase, forData:
		return "directory-missing"
	}
	if e.Op == "chdir" {
		return "directory-missing"
	}
	return "file-missing"
}

// fromBuild says whether a path is one of the machine that built the binary, or
// what -trimpath leaves of it.
func (c *Case) fromBuild(name string) bool {
	if module := c.module(); module != "" && strings.HasPrefix(name, module+"/") {
		return true
	}
	if modulePath.MatchString(name) && !strings.HasPrefix(name, ".") {
		return true
	}
	if !buildMachine.MatchString(name) {
		return false
	}
	dir := c.WorkDir()
	return dir == "" || dir == "/" || !below(name, dir)
}

var moduleLine = regexp.MustCompile(`^module\s+"?([^\s"]+)`)

// module is the app's module path, "" if its go.mod is not in the bundle.
func (c *Case) module() string {
	for _, line := range c.file(evidence.GoModFile) {
		if m := moduleLine.FindStringSubmatch(line.Text); m != nil {
			return m[1]
		}
	}
	return ""
}

var homePath = regexp.MustCompile(`^(//?|/nonexistent/|/home/[^/]+/|/root/)\.[\w-]+|^/nonexistent(/|$)`)

func (c *Case) deniedCause(e fileError, abs string, m *Match) string {
	purpose := e.Purpose
	home := c.Spec.Env["HOME"]
	if homePath.MatchString(e.Path) || home != "" && home != "/" && below(abs, home) {
		return "home-not-writable"
	}
	p, known := c.Path(e.Path)
	exists := known && p.Type != ""
	if user := c.user(); user != "" {
		m.Params["user"] = user
	}
	switch {
	case purpose == forTemplate || purpose == forStatic:
		return ""
	case exists && p.Type != "dir" && !p.Readable && purpose != forLog && purpose != forDatabase:
		m.Params["mode"] = p.Mode
		return "file-unreadable"
	case e.Op == "mkdir" || e.Op == "mkdirat" || e.Op == "create" || e.Op == "write" || e.Op == "rename" || e.Op == "remove" || e.Op == "unlinkat",
		exists && !p.Writable && p.Readable, known && !exists && p.Error == "",
		purpose == forLog, purpose == forData, purpose == forDatabase, purpose == forTemp:
		if p.Type == "dir" {
			m.Params["dir"] = p.Abs
		} else if p.Parent != "" {
			m.Params["dir"] = p.Parent
		} else if e.Op == "mkdir" {
			m.Params["dir"] = path.Dir(m.Params["abs"])
		}
		return "directory-not-writable"
	}
	return "file-unreadable"
}

// user is the app's numeric user, "" if it is not known.
func (c *Case) user() string {
	for _, p := range c.Processes {
		if p.PID == 1 && len(p.UIDs) > 1 {
			return strconv.Itoa(p.UIDs[1])
		}
	}
	uid, _, _ := strings.Cut(c.Spec.User, ":")
	if uid == "" && c.Image != nil {
		uid, _, _ = strings.Cut(c.Image.User, ":")
	}
	if _, err := strconv.Atoi(uid); err != nil {
		return ""
	}
	return uid
}

// changed lists what the app made in its container, by the ends of its names.
func (c *Case) changed(endings ...string) []string {
	var list []string
	for _, change := range c.Changes {
		if change.Kind == "deleted" {
			continue
		}
		if slices.ContainsFunc(endings, func(end string) bool { return strings.HasSuffix(strings.ToLower(change.Path), end) }) {
			list = append(list, change.Path)
		}
	}
	return list
}
