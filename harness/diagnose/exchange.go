package diagnose

import (
	"net/http"
	"regexp"
	"strconv"
	"strings"

	"github.com/seatrial/seatrial/harness/evidence"
)

// Hit is a request that the app or nginx says it has answered, in its access log.
type Hit struct {
	Line   Line
	Client string // its address, as the log has it
	Method string
	Path   string
	Status int
	Bytes  int // -1 if the log does not say
}

// accessLogs are the forms of access logs: Gin's console, the combined log of web
// servers with or without a user, and key=value.
var accessLogs = []*regexp.Regexp{
	regexp.MustCompile(`^\[GIN\] [^|]*\|\s*(?P<status>\d{3})\s*\|[^|]*\|\s*(?P<client>\S+)\s*\|\s*(?P<method>[A-Z]+)\s+"(?P<path>[^"]+)"`),
	regexp.MustCompile(`(?P<client>\S+)(?: \S+ \S+ \[[^\]]+\])? "(?P<method>[A-Z]+) (?P<path>\S+) HTTP/[\d.]+" (?P<status>\d{3}) (?P<bytes>\d+|-)`),
	regexp.MustCompile(`\bmethod=(?P<method>[A-Z]+)\b.*\b(?:path|uri|url|request_uri)=(?P<path>/\S*)(?:.*?\b(?:status|status_code|code)=(?P<status>\d{3})\b)?`),
}

// access reads a line of an access log.
func access(line Line) (Hit, bool) {
	if line.read == nil {
		return readAccess(line)
	}
	if !line.read.accessed {
		line.read.accessed = true
		if hit, ok := readAccess(line); ok {
			line.read.hit = &hit
		}
	}
	if line.read.hit == nil {
		return Hit{}, false
	}
	hit := *line.read.hit
	hit.Line = line // the first to ask may have asked before it was marked
	return hit, true
}

func readAccess(line Line) (Hit, bool) {
	for _, form := range accessLogs {
		groups := form.FindStringSubmatch(line.Plain)
		if groups == nil {
			continue
		}
		hit := Hit{Line: line, Bytes: -1}
		for i, name := range form.SubexpNames() {
			switch name {
			case "client":
				hit.Client = groups[i]
			case "method":
				hit.Method = groups[i]
			case "path":
				hit.Path = groups[i]
			case "status":
				hit.Status, _ = strconv.Atoi(groups[i])
			case "bytes":
				if n, err := strconv.Atoi(groups[i]); err == nil {
					hit.Bytes = n
				}
			}
		}
		return hit, true
	}
	return Hit{}, false
}

// Hits are the requests in the access log of a source.
func (c *Case) Hits(source Source) []Hit {
	var list []Hit
	for _, line := range c.Lines(source) {
		if hit, ok := access(line); ok {
			list = append(list, hit)
		}
	}
	return list
}

// exchangeLine is where an exchange stands in http.jsonl.
func (c *Case) exchangeLine(i int) evidence.Line {
	lines := must(c.Bundle.Lines(evidence.HTTPFile))
	number := -1
	for _, line := range lines {
		if strings.TrimSpace(line.Text) == "" {
			continue
		}
		if number++; number == i {
			return line
		}
	}
	return evidence.Line{File: evidence.HTTPFile, Text: c.Exchanges[i].Path}
}

// mediaType is the type of an answer without its parameters, in lower case.
func mediaType(header http.Header) string {
	kind, _, _ := strings.Cut(header.Get("Content-Type"), ";")
	return strings.ToLower(strings.TrimSpace(kind))
}

// pathOnly is the path of a request's target.
func pathOnly(target string) string {
	target, _, _ = strings.Cut(target, "#")
	target, _, _ = strings.Cut(target, "?")
	return target
}

// failing says whether an answer shows that something is wrong: an error of the
// server, or none at all.
func failing(x evidence.Exchange) bool {
	return x.Error != "" || x.Status >= http.StatusInternalServerError
}

// FailsToServe says whether some request was not answered, or with an error.
func (c *Case) FailsToServe() bool {
	for _, x := range c.Exchanges {
		if failing(x) {
			return true
		}
	}
	for _, hit := range c.Hits(SourceApp) {
		if hit.Status >= http.StatusInternalServerError {
			return true
		}
	}
	return false
}

// onlyNginx says that nginx made the answer itself.
func onlyNginx(x evidence.Exchange) bool {
	return strings.Contains(x.Body, "<center>nginx") || strings.Contains(x.Body, "<center>openresty")
}
