package matrix

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// The axes, in the order in which they are named where a file has none.
const (
	axisGo     = "go"
	axisTarget = "target"
	axisMod    = "mod"
	axisCGO    = "cgo"
	axisBase   = "base"
	axisTags   = "tags"
	// What is different about the deployment; its values are read by others.
	axisConditions = "conditions"
)

func axisKeys() []string {
	return []string{axisGo, axisTarget, axisMod, axisCGO, axisBase, axisTags, axisConditions}
}

// Bases are the bases that the harness can provide, and so the values that the
// axis "base" accepts. Whoever teaches the image room another base adds its
// name here.
var Bases = []string{"scratch", "debian", "debian-bullseye", "musl"}

// fault is why a value is refused, and what to write instead.
type fault struct{ message, hint string }

// axisValue checks a value of an axis and gives its one canonical form, so that
// values can be compared as text from here on.
func axisValue(axis, value string) (string, *fault) {
	switch axis {
	case axisGo:
		return value, checkGo(value)
	case axisTarget:
		return value, checkTarget(value)
	case axisMod:
		return value, oneOf(axis, value, []string{"mod", "vendor"})
	case axisCGO:
		switch value {
		case "true":
			value = "on"
		case "false":
			value = "off"
		}
		return value, oneOf(axis, value, []string{"off", "on"})
	case axisBase:
		return value, oneOf(axis, value, Bases)
	case axisTags:
		return checkTags(value)
	case axisConditions:
		return joinConditions(splitConditions(value)), nil
	}
	return value, &fault{fmt.Sprintf("unknown axis %s", quote(axis)), suggest(axis, axisKeys())}
}

func oneOf(what, value string, known []string) *fault {
	if slices.Contains(known, value) {
		return nil
	}
	return &fault{fmt.Sprintf("unknown %s %s", what, quote(value)), suggest(value, known)}
}

// goSpec is what names a Go release: go.dev/doc/toolchain#version for the
// numbers, and the two words that CI services use.
var goSpec = regexp.MustCompile(`^(stable|oldstable|1\.(0|[1-9]\d{0,3})(\.(0|[1-9]\d{0,3})|(rc|beta)[1-9]\d{0,2})?)$`)

var goInside = regexp.MustCompile(`1\.[1-9]\d*(\.\d+|rc\d+|beta\d+)?`)

func checkGo(value string) *fault {
	if goSpec.MatchString(value) {
		return nil
	}
	hint := `write a release ("1.22.12"), the newest of a minor version ("1.22"), a candidate ("1.23rc1"), stable or oldstable`
	if value == "latest" || value == "current" || value == "tip" {
		hint = `did you mean "stable"?`
	} else if near := nearest(value, []string{"stable", "oldstable"}); near != "" {
		hint = fmt.Sprintf("did you mean %q?", near)
	} else if inside := goInside.FindString(strings.ReplaceAll(value, "-", "")); inside != "" && goSpec.MatchString(inside) {
		hint = fmt.Sprintf("did you mean %q?", inside)
	}
	return &fault{fmt.Sprintf("%s is not a Go version", quote(value)), hint}
}

func checkTarget(value string) *fault {
	targets := Targets()
	if slices.Contains(targets, value) {
		return nil
	}
	message := fmt.Sprintf("Go knows no target %s", quote(value))
	if guess := respell(value); slices.Contains(targets, guess) {
		return &fault{message, fmt.Sprintf("did you mean %q?", guess)}
	}
	if near := nearest(value, targets); near != "" {
		return &fault{message, fmt.Sprintf("did you mean %q?", near)}
	}
	return &fault{message, "write GOOS/GOARCH, such as linux/amd64; `go tool dist list` prints them all"}
}

// respell turns the names that other tools have for a platform into Go's.
func respell(value string) string {
	goNames := map[string]string{
		"x86_64": "amd64", "x64": "amd64", "aarch64": "arm64", "armv6": "arm", "armv7": "arm", "i386": "386", "i686": "386",
		"x86": "386", "macos": "darwin", "osx": "darwin", "win": "windows", "win32": "windows",
	}
	parts := strings.FieldsFunc(strings.ToLower(value), func(r rune) bool { return r == '/' || r == '-' || r == ' ' })
	for i, p := range parts {
		if name, ok := goNames[p]; ok {
			parts[i] = name
		}
	}
	if len(parts) == 3 && strings.HasPrefix(parts[2], "v") { // a container platform: linux/arm/v7
		parts = parts[:2]
	}
	if len(parts) == 2 && slices.Contains(Targets(), parts[1]+"/"+parts[0]) {
		parts[0], parts[1] = parts[1], parts[0]
	}
	return strings.Join(parts, "/")
}

// betweenConditions joins the conditions of one value.
const betweenConditions = " + "

// splitConditions gives the parts of "user=65532 + read-only-root".
func splitConditions(value string) []string {
	var list []string
	for one := range strings.SplitSeq(value, betweenConditions) {
		if one = strings.TrimSpace(one); one != "" && one != noTags {
			list = append(list, one)
		}
	}
	return list
}

// joinConditions gives the canonical form, sorted: the order does not matter.
func joinConditions(list []string) string {
	list = slices.Clone(list)
	slices.Sort(list)
	return strings.Join(slices.Compact(list), betweenConditions)
}

// buildTag is the grammar of a tag in go/build/constraint.
var buildTag = regexp.MustCompile(`^[\p{L}\p{Nd}_.]{1,100}$`)

func checkTags(value string) (string, *fault) {
	if value == "" {
		return "", nil
	}
	var tags []string
	for tag := range strings.SplitSeq(value, ",") {
		tag = strings.TrimSpace(tag)
		switch {
		case tag == noTags:
			return value, &fault{`the build tag "none" is reserved: it stands for no tags in the names of cells`, `write "" for no tags`}
		case !buildTag.MatchString(tag):
			return value, &fault{fmt.Sprintf("%s is not a list of build tags", quote(value)),
				`write tags of letters, digits, "_" and "." with commas between them, such as "embed,netgo"; "" for none`}
		}
		tags = append(tags, tag)
	}
	slices.Sort(tags)
	return strings.Join(slices.Compact(tags), ","), nil
}

// Targets lists the GOOS/GOARCH pairs that `go tool dist list` prints in Go
// 1.26, and the three that older releases on the axis "go" can build though
// newer ones cannot: freebsd/riscv64, openbsd/mips64 and windows/arm.
func Targets() []string {
	return strings.Fields(`
		aix/ppc64 android/386 android/amd64 android/arm android/arm64 darwin/amd64 darwin/arm64 dragonfly/amd64
		freebsd/386 freebsd/amd64 freebsd/arm freebsd/arm64 freebsd/riscv64 illumos/amd64 ios/amd64 ios/arm64 js/wasm
		linux/386 linux/amd64 linux/arm linux/arm64 linux/loong64 linux/mips linux/mips64 linux/mips64le linux/mipsle
		linux/ppc64 linux/ppc64le linux/riscv64 linux/s390x netbsd/386 netbsd/amd64 netbsd/arm netbsd/arm64
		openbsd/386 openbsd/amd64 openbsd/arm openbsd/arm64 openbsd/mips64 openbsd/ppc64 openbsd/riscv64
		plan9/386 plan9/amd64 plan9/arm solaris/amd64 wasip1/wasm windows/386 windows/amd64 windows/arm windows/arm64`)
}
