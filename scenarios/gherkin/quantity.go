package gherkin

import (
	"fmt"
	"math/big"
	"regexp"
	"strings"
	"time"
)

// Size is a number of bytes.
type Size int64

// The units people write. Longer spellings come first where one begins another.
const (
	number       = `\d{1,18}(?:\.\d{1,9})?`
	durationUnit = `(?:nanoseconds?|microseconds?|milliseconds?|seconds?|minutes?|hours?|days?|` +
		`msecs?|secs?|mins?|hrs?|ns|us|µs|μs|ms|s|m|h|d|纳秒|微秒|毫秒|秒钟|秒|分钟|分|个小时|小时|天)`
	sizeUnit = `(?:[kKMGT]iB|[kKMGT]B|[kKMGT]i|bytes?|B|字节)`
)

var (
	durationPart = regexp.MustCompile(`^(` + number + `)\s*(` + durationUnit + `)`)
	durationFull = regexp.MustCompile(`^` + durationRegexp + `$`)
	sizeFull     = regexp.MustCompile(`^(` + number + `)\s*(` + sizeUnit + `)$`)
)

const (
	durationRegexp = number + `\s*` + durationUnit + `(?:\s*` + number + `\s*` + durationUnit + `)*`
	sizeRegexp     = number + `\s*` + sizeUnit
)

// ParseDuration reads a length of time as people write it: `10 s`, `500ms`,
// `2 minutes`, `1 minute 30 seconds`, `1m30s`, `10 秒`, `1分30秒`. A unit is
// required. A day is 24 hours.
func ParseDuration(s string) (time.Duration, error) {
	s = strings.TrimSpace(s)
	if !durationFull.MatchString(s) {
		return 0, fmt.Errorf("read duration %q: want a number and a unit, as in 10 s, 500 ms, 2 minutes, 10 秒", s)
	}
	total := new(big.Rat)
	for rest := s; rest != ""; {
		m := durationPart.FindStringSubmatch(rest)
		if m == nil {
			return 0, fmt.Errorf("read duration %q: no number and unit at %q", s, rest)
		}
		n, _ := new(big.Rat).SetString(m[1])
		total.Add(total, n.Mul(n, new(big.Rat).SetInt64(int64(unitDuration(m[2])))))
		rest = strings.TrimSpace(rest[len(m[0]):])
	}
	whole := new(big.Int).Quo(total.Num(), total.Denom())
	if !whole.IsInt64() {
		return 0, fmt.Errorf("read duration %q: longer than 292 years", s)
	}
	return time.Duration(whole.Int64()), nil
}

func unitDuration(unit string) time.Duration {
	switch strings.TrimSuffix(unit, "s") {
	case "n", "nanosecond", "纳秒":
		return time.Nanosecond
	case "u", "µ", "μ", "microsecond", "微秒":
		return time.Microsecond
	case "m", "msec", "millisecond", "毫秒":
		if unit == "m" {
			return time.Minute
		}
		return time.Millisecond
	case "minute", "min", "分钟", "分":
		return time.Minute
	case "hour", "hr", "h", "个小时", "小时":
		return time.Hour
	case "day", "d", "天":
		return 24 * time.Hour
	}
	return time.Second // s, sec, second, 秒, 秒钟
}

// ParseSize reads an amount of memory or disk: `64 MiB`, `512KiB`, `10 MB`,
// `1.5 GiB`, `100 bytes`, `100 字节`. KiB, MiB, GiB and TiB (or Ki, Mi, Gi, Ti as
// in Kubernetes) are powers of 1024; kB, MB, GB and TB are powers of 1000
// (IEC 80000-13). A unit is required.
func ParseSize(s string) (Size, error) {
	m := sizeFull.FindStringSubmatch(strings.TrimSpace(s))
	if m == nil {
		return 0, fmt.Errorf("read size %q: want a number and a unit, as in 64 MiB, 10 MB, 100 bytes", s)
	}
	n, _ := new(big.Rat).SetString(m[1])
	n.Mul(n, new(big.Rat).SetInt64(unitSize(m[2])))
	if !n.IsInt() {
		return 0, fmt.Errorf("read size %q: not a whole number of bytes", s)
	}
	if !n.Num().IsInt64() {
		return 0, fmt.Errorf("read size %q: more than 8 EiB", s)
	}
	return Size(n.Num().Int64()), nil
}

func unitSize(unit string) int64 {
	power := strings.IndexByte(" KMGT", strings.ToUpper(unit)[0])
	if power < 1 || len(unit) == 1 {
		return 1 // B, byte, bytes, 字节
	}
	base := int64(1000)
	if unit[1] == 'i' {
		base = 1024
	}
	result := int64(1)
	for range power {
		result *= base
	}
	return result
}
