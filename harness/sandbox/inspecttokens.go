package sandbox

import (
	"regexp"
	"slices"
	"strings"
)

// pathsIn lists what the lines name that may be a path, the surest first: what Go's
// errors of files name, then what is quoted, then what has the look of one.
func pathsIn(lines []string, most int) []string {
	const furthest = 400 // lines that are looked at
	var sure, quoted, bare []string
	for _, line := range lines[:min(len(lines), furthest)] {
		line = line[:min(len(line), 4<<10)]
		for _, m := range fileError.FindAllStringSubmatch(line, -1) {
			if strings.Contains(m[2], " ") && !strings.Contains(m[2], "/") {
				continue // "open database file: ..."
			}
			if two := strings.Fields(m[2]); len(two) == 2 && slices.Contains([]string{"rename", "link", "symlink"}, m[1]) {
				sure = append(sure, two...)
			} else {
				sure = append(sure, m[2])
			}
			line = strings.Replace(line, m[2], " ", 1)
		}
		if notOfFiles.MatchString(line) {
			continue
		}
		line = webAddress.ReplaceAllString(line, " ")
		for _, m := range quotedText.FindAllStringSubmatch(line, -1) {
			for _, text := range m[1:] {
				if looksLikePath(text) {
					quoted = append(quoted, text)
				}
			}
		}
		for _, m := range bareText.FindAllStringSubmatch(line, -1) {
			if text := strings.TrimRight(m[1], ".,:;"); looksLikePath(text) {
				bare = append(bare, text)
			}
		}
	}
	var list []string
	for _, p := range slices.Concat(sure, quoted, bare) {
		p = strings.TrimSpace(p)
		if plausible(p) && !slices.Contains(list, p) && len(list) < most {
			list = append(list, p)
		}
	}
	return list
}

var (
	// fileError is how [os.PathError] and [os.LinkError] print: "open NAME: why".
	// The engine says the same of what it could not start.
	fileError = regexp.MustCompile(`\b(open|stat|lstat|mkdir|mkdirat|read|write|readlink|chdir|exec|fork/exec|unlink|unlinkat|remove|rename|chmod|chown|lchown|` +
		`truncate|readdirent|fdopendir|openat|statfs|link|symlink|listen unix|dial unix|bind|connect|flock|fsync|sync|mmap|utimes) ` +
		`"?([^\s":][^":\n]*?)"?: `)
	quotedText = regexp.MustCompile("\"([^\"\\s]{2,200})\"|'([^'\\s]{2,200})'|`([^`\\s]{2,200})`|[“「『《]([^”」』》\\s]{2,200})[”」』》]")
	bareText   = regexp.MustCompile(`(?:^|[\s=(\[{,:>|])((?:/|\.{1,2}/|[\w@+-])[\w./@%+~*?-]*)`)
	webAddress = regexp.MustCompile(`\b[a-z][a-z0-9+.-]*://[^\s"'<>]+|\b(?:github|gitlab|gopkg|golang|google)\.[a-z]+/[^\s"']*`)
	// notOfFiles are lines that name paths of requests, routes and source files:
	// access logs, gin's table of routes, goroutines.
	notOfFiles = regexp.MustCompile(`\b(?:GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS|CONNECT|TRACE)\b\s*["|/ ]|"(?:method|uri|request_uri|remote_ip|user_agent)"\s*:|` +
		`\bmethod=[A-Z]+|-->\s|^\t\S+\.go:\d+|^goroutine \d+|^created by `)
)

// plausible leaves out what only looks like a path.
func plausible(p string) bool {
	switch {
	case len(p) < 2 || len(p) > longestPath, strings.Contains(p, "://"), strings.Contains(p, "\x00"), strings.Trim(p, "./-") == "":
		return false
	case sourcePosition.MatchString(p), kernelPlace.MatchString(p):
		return false
	}
	return true
}

var (
	sourcePosition = regexp.MustCompile(`\.go(?::\d+)*$`)
	// What the engine names of its own host.
	kernelPlace = regexp.MustCompile(`^/(?:var/lib/(?:docker|containers)|run/containerd|run/runc|run/docker)/|^/proc/(?:self|\d+|thread-self)/`)
)

// fileEndings are those by which a name without a slash is taken for a file.
var fileEndings = endings("yaml yml json toml ini conf cfg env properties xml csv txt log html htm tmpl gohtml tpl css js map svg png jpg ico " +
	"db sqlite sqlite3 db3 bolt pem crt cer key p12 pfx jks sock pid lock sql so mmdb dat bin sh wasm md po mo ttf woff woff2 gz zip tar local")

func endings(list string) map[string]bool {
	set := map[string]bool{}
	for ending := range strings.FieldsSeq(list) {
		set["."+ending] = true
	}
	return set
}
