package diagnose

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/seatrial/seatrial/harness/evidence"
)

// fileError is a failed operation on a file, as the app's log or its answer
// tells of it.
type fileError struct {
	Line evidence.Line
	Op   string // "open", "mkdir", ...
	Path string // as the app names it
	Text string // the error in Go's words, "no such file or directory"
	// Purpose is what the file is for, one of the constants below.
	Purpose string
}

const fileErrorWords = `(no such file or directory|permission denied|read-only file system|no space left on device|disk quota exceeded|` +
	`is a directory|not a directory|device or resource busy|invalid cross-device link|file name too long|too many levels of symbolic links)`

// fileErrorText is how [fs.PathError] and [os.LinkError] are written; the second
// path of a link error is the one that was to be.
var (
	fileErrorText = regexp.MustCompile(
		`\b(open|openat|stat|lstat|mkdir|mkdirat|write|read|create|chdir|readlink|unlinkat|unlink|remove|fdopendir|readdirent|truncate|sync|` +
			`GetFileAttributesEx|CreateFile|FindFirstFile) "?([A-Za-z]:[^:"'<>|]+|[^\s:"'<>|]+)"?: ` + fileErrorWords)
	linkErrorText = regexp.MustCompile(`\b(rename|link|symlink) \S+ (\S+): ` + fileErrorWords)
)

// missingConfig are words of configuration libraries, and common ones of apps,
// for a file that is not there: viper, godotenv as its README has it used.
var missingConfig = []*regexp.Regexp{
	regexp.MustCompile(`Config File "(?P<path>[^"]+)" Not Found in `),
	regexp.MustCompile(`(?i)error loading (?P<path>\.env)(?: file)?\b`),
	regexp.MustCompile(`(?i)\bconfig(?:uration)? file:? "?(?P<path>[\w./\\-]+\.\w+)"?:? (?:(?:was |is |could )?(?:not(?: be)? found|missing)|does(?: not|n't) exist)`),
	regexp.MustCompile(`(?i)\bconfig(?:uration)? file (?:not found|does not exist|is missing|missing)[:：]? "?(?P<path>[\w./\\-]+\.\w+)`),
	regexp.MustCompile(`(?:配置文件|設定檔)[:： "]*(?P<path>[\w./\\-]+\.\w+)"? ?(?:不存在|未找到|找不到)`),
	regexp.MustCompile(`(?:找不到|缺少|未找到|無法找到)(?:配置文件|設定檔)[:： "]*(?P<path>[\w./\\-]+\.\w+)`),
	regexp.MustCompile(`(?:配置文件|設定檔)(?:不存在|未找到|找不到)[:： "]*(?P<path>[\w./\\-]+\.\w+)`),
}

// fileErrors lists the failed operations on files that are part of the failure,
// in the order of the log.
func (c *Case) fileErrors() []fileError {
	if c.failed != nil {
		return c.failed
	}
	c.failed = []fileError{}
	for _, line := range append(c.Lines(SourceApp), c.badAnswers()...) {
		if e, ok := readFileError(line); ok && c.acts(line) {
			c.failed = append(c.failed, e)
		}
	}
	return c.failed
}

func readFileError(line Line) (fileError, bool) {
	for _, words := range []*regexp.Regexp{fileErrorText, linkErrorText} {
		if m := words.FindStringSubmatch(line.Plain); m != nil {
			return fileError{Line: line.Line, Op: m[1], Path: m[2], Text: m[3], Purpose: purposeOf(m[2])}, true
		}
	}
	for _, words := range missingConfig {
		if m := words.FindStringSubmatch(line.Plain); m != nil {
			return fileError{Line: line.Line, Op: "open", Path: m[1], Text: "no such file or directory", Purpose: forConfig}, true
		}
	}
	return fileError{}, false
}

// badAnswers are the lines of http.jsonl whose answer tells of an error.
func (c *Case) badAnswers() []Line {
	var list []Line
	if lines := c.file(evidence.HTTPFile); len(lines) == len(c.Exchanges) {
		for i, x := range c.Exchanges {
			if x.Status >= 400 {
				list = append(list, lines[i])
			}
		}
	}
	return list
}

// acts says whether what a line tells of can be the failure: it ended the app, or
// the app never opened a port, or an answer tells of it, or it belongs to an app
// that was ready and then answered with errors. An app that says it and serves
// all the same could do without.
func (c *Case) acts(line Line) bool {
	switch {
	case line.File == evidence.HTTPFile:
		return true
	case !c.Matters(line):
		return false
	case c.wasReady():
		return slices.ContainsFunc(c.Exchanges, func(x evidence.Exchange) bool { return x.Status >= 500 || x.Error != "" })
	case c.Running() && len(c.Sockets) == 0:
		return true
	}
	return line.Deadly
}

// wasReady says whether the app runs and has been ready.
func (c *Case) wasReady() bool {
	if !c.Running() || c.Outcome.Kind != "" || c.Outcome.Phase == "launch" {
		return false
	}
	return c.Outcome.Phase == "scenario" ||
		slices.ContainsFunc(c.Exchanges, func(x evidence.Exchange) bool { return x.Status > 0 })
}

// What a path is for, as its name tells.
const (
	forConfig   = "config"
	forLog      = "log"
	forTemplate = "template"
	forStatic   = "static"
	forKey      = "certificate"
	forDatabase = "database"
	forData     = "data" // what an app writes
	forTemp     = "temp"
	forOther    = ""
)

var purposes = []struct {
	purpose string
	name    *regexp.Regexp
}{
	{forTemp, regexp.MustCompile(`^/(var/)?tmp(/|$)|/multipart-\d+$`)},
	{forTemplate, regexp.MustCompile(`(?i)\.(html?|tmpl|gohtml|tpl|gotmpl|jet|hbs)$|(^|/)(templates?|views?)(/|$)`)},
	{forKey, regexp.MustCompile(`(?i)\.(pem|crt|cer|key|p12|pfx|jks)$|(^|/)(certs?|ssl|tls)(/|$)`)},
	{forLog, regexp.MustCompile(`(?i)\.log(\.\d+|-\d+)?$|(^|/)logs?(/|$)`)},
	{forDatabase, regexp.MustCompile(`(?i)\.(db|db3|sqlite3?|bolt|bbolt|badger)(-(wal|shm|journal))?$`)},
	{forData, regexp.MustCompile(`(?i)(^|/)(uploads?|data|storage|cache|media|files|backups?|var|spool|queue)(/|$)`)},
	{forConfig, regexp.MustCompile(`(?i)\.(ya?ml|json|toml|ini|env|conf|cnf|cfg|properties|hcl|xml)$|(^|/)\.env(\.\w+)?$|(^|/)(configs?|conf|settings|secrets|etc)(/|$)`)},
	{forStatic, regexp.MustCompile(`(?i)\.(css|js|mjs|map|png|jpe?g|gif|svg|ico|woff2?|ttf|webp|wasm)$|(^|/)(static|public|dist|assets|www)(/|$)`)},
}

// purposeOf says what a path is for, as far as its name tells.
func purposeOf(name string) string {
	name = strings.ReplaceAll(name, `\`, "/")
	// The file's own ending says more than a folder above it.
	for _, p := range purposes {
		if p.purpose == forConfig && configEnding.MatchString(name) && p.name.MatchString(name) {
			return forConfig
		}
	}
	for _, p := range purposes {
		if p.name.MatchString(name) {
			return p.purpose
		}
	}
	return forOther
}

var configEnding = regexp.MustCompile(`(?i)(^|/)(config|conf|settings|application|app)([.-]\w+)?\.(ya?ml|json|toml|ini|env|conf|cfg|properties)$|(^|/)(configs?|conf|settings)/[^/]+\.(ya?ml|json|toml|ini|env|conf|cfg|properties)$|(^|/)\.env(\.\w+)?$`)

// abs is where a path that the app names lies in its container; "" if it is
// relative and the working directory unknown.
func (c *Case) abs(name string) string {
	if p, ok := c.Path(name); ok && p.Abs != "" {
		return p.Abs
	}
	if path.IsAbs(name) {
		return path.Clean(name)
	}
	if dir := c.WorkDir(); dir != "" {
		return path.Join(dir, name)
	}
	return ""
}

// mountPoint is a mount over the image, as asked for or as the kernel has it.
type mountPoint struct {
	Path     string
	ReadOnly bool
	Tmpfs    bool
}

// mountOf gives the deepest mount that a path lies on, but for the root and what
// engines mount by themselves.
func (c *Case) mountOf(abs string) (mountPoint, bool) {
	var best mountPoint
	consider := func(m mountPoint) {
		if m.Path != "/" && m.Path != "" && below(abs, m.Path) && len(m.Path) >= len(best.Path) {
			best = m
		}
	}
	for _, m := range c.Spec.Mounts {
		consider(mountPoint{Path: path.Clean(m.Path), ReadOnly: !m.Writable || m.Frozen})
	}
	for _, m := range c.Spec.Tmpfs {
		consider(mountPoint{Path: path.Clean(m.Path), Tmpfs: true})
	}
	for _, m := range c.Mounts {
		switch m.Type {
		case "proc", "sysfs", "devpts", "mqueue", "cgroup", "cgroup2":
			continue
		}
		consider(mountPoint{Path: m.Path, ReadOnly: m.ReadOnly, Tmpfs: m.Type == "tmpfs"})
	}
	return best, best.Path != ""
}

// below says whether a path is a directory or lies in it.
func below(name, dir string) bool {
	return name == dir || strings.HasPrefix(name, strings.TrimSuffix(dir, "/")+"/")
}

// imagePaths are the paths of the image's file system, nil if they are not known.
func (c *Case) imagePaths() []evidence.File {
	if c.inImage == nil {
		c.inImage = records[evidence.File](c.Bundle, evidence.ImageFilesFile)
	}
	return c.inImage
}

// imageHas says whether the image has a path.
func (c *Case) imageHas(abs string) bool {
	return slices.ContainsFunc(c.imagePaths(), func(f evidence.File) bool { return f.Path == abs })
}

// elsewhere gives a place in the image or the container that ends as the
// relative path does.
func (c *Case) elsewhere(relative string) string {
	relative = strings.TrimPrefix(path.Clean(relative), "./")
	if path.IsAbs(relative) || strings.HasPrefix(relative, "..") {
		return ""
	}
	wrong := c.abs(relative)
	for _, p := range c.Paths {
		if p.Error == "" && p.Type != "" && p.Abs != wrong && strings.HasSuffix(p.Abs, "/"+relative) {
			return p.Abs
		}
	}
	for _, f := range c.imagePaths() {
		if f.Path != wrong && strings.HasSuffix(f.Path, "/"+relative) {
			return f.Path
		}
	}
	return ""
}
