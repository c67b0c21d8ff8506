package debian

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// release is a suite's index of indexes, checked.
type release struct {
	Origin, Suite, Codename string
	Components              []string
	Date                    time.Time
	ValidUntil              time.Time // zero: without an end
	ByHash                  bool
	Files                   map[string]checksum // by path below dists/SUITE
}

type checksum struct {
	Size   int64
	SHA256 string
}

// parseRelease reads a Release file and insists that it is for suite: otherwise
// a mirror could pass off another (older, signed) suite.
func parseRelease(b []byte, suite string) (*release, error) {
	r := &release{Files: map[string]checksum{}}
	count := 0
	err := scanControl(bytes.NewReader(b), nil, func(p paragraph) error {
		if count++; count > 1 {
			return errors.New("parse release: more than one paragraph")
		}
		r.Origin, r.Suite, r.Codename = p["origin"], p["suite"], p["codename"]
		r.Components = strings.Fields(p["components"])
		r.ByHash = isYes(p["acquire-by-hash"])
		r.Date = parseDate(p["date"])
		r.ValidUntil = parseDate(p["valid-until"])
		return r.parseSums(p["sha256"])
	})
	if err != nil {
		return nil, err
	}
	// Security suites call themselves "bookworm-security", older ones
	// "bookworm/updates"; a request by codename or by suite name is the same.
	names := []string{r.Suite, r.Codename}
	if !slices.Contains(names, suite) {
		return nil, fmt.Errorf("parse release: it is for %s, not for %s", strings.Join(slices.Compact(names), " / "), suite)
	}
	if len(r.Files) == 0 {
		return nil, errors.New("parse release: it lists no SHA256 sums")
	}
	return r, nil
}

func (r *release) parseSums(field string) error {
	for line := range strings.Lines(field) {
		f := strings.Fields(line)
		if len(f) == 0 {
			continue
		}
		if len(f) != 3 || !isSHA256(f[0]) {
			return fmt.Errorf("parse release: bad SHA256 line %.80q", line)
		}
		n, err := strconv.ParseInt(f[1], 10, 64)
		if err != nil || n < 0 {
			return fmt.Errorf("parse release: bad size in %.80q", line)
		}
		r.Files[f[2]] = checksum{Size: n, SHA256: strings.ToLower(f[0])}
	}
	return nil
}

func isSHA256(s string) bool {
	if len(s) != 64 {
		return false
	}
	return strings.Trim(s, "0123456789abcdefABCDEF") == ""
}

// parseDate reads the dates of Release files; what it cannot read is no date.
func parseDate(s string) time.Time {
	for _, layout := range []string{time.RFC1123, time.RFC1123Z, "Mon, 2 Jan 2006 15:04:05 MST", "Mon, 2 Jan 2006 15:04:05 -0700"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC()
		}
	}
	return time.Time{}
}
