package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime/debug"
	"strings"
)

// commandLine writes a command that can be pasted: this program as the user has
// started it, and the words, quoted for a POSIX shell where need be.
func commandLine(words ...string) string {
	line := program(os.Args[0], exec.LookPath, exists)
	for _, word := range words {
		line += " " + quote(word)
	}
	return line
}

// program is how the user starts this program again: by name if that finds it,
// with go run if that is what has built it, by its path otherwise.
func program(arg0 string, lookPath func(string) (string, error), exists func(string) bool) string {
	slashed := filepath.ToSlash(arg0)
	if strings.Contains(slashed, "/go-build") { // a temporary directory, or the build cache
		if exists(filepath.Join("cmd", "seatrial", "main.go")) {
			return "go run ./cmd/seatrial"
		}
		info, ok := debug.ReadBuildInfo()
		if ok && strings.HasPrefix(info.Main.Version, "v") {
			return "go run " + info.Path + "@" + info.Main.Version
		}
		if ok {
			return "go run " + info.Path
		}
	}
	if name := filepath.Base(arg0); strings.Contains(slashed, "/") {
		if found, err := lookPath(name); err == nil && sameFile(found, arg0) {
			return quote(name)
		}
	}
	return quote(arg0)
}

func sameFile(a, b string) bool {
	one, errOne := os.Stat(a)
	other, errOther := os.Stat(b)
	return errOne == nil && errOther == nil && os.SameFile(one, other)
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

var bare = regexp.MustCompile(`^[\p{L}\p{N}_@%+=:,./-]+$`)

func quote(word string) string {
	if bare.MatchString(word) {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
