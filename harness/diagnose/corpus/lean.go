package main

import (
	"bytes"
	"os"
	"regexp"
	"slices"

	"github.com/seatrial/seatrial/harness/evidence"
)

// unread are the files of a bundle that no rule reads.
var unread = []string{evidence.MetaFile, evidence.StepsFile, "experiment.json", "launch.json", "reproduce.sh"}

// largest is how much of one file a case keeps, in bytes.
const largest = 32 << 10

// bulk are files of an image that are in every system, and that nothing depends on
// but other programs.
var bulk = regexp.MustCompile(`"path":"/(usr/share/(doc|man|locale|zoneinfo/.|perl|bash-completion|ca-certificates/.)|usr/lib/[^"]*/(perl|gconv|security|engines)|usr/s?bin/[a-z]|bin/[a-rt-z]|sbin/|var/|etc/(ssl/certs/[^c]|pam|security|init|cron|apt|dpkg)|dev/|proc/|sys/)`)

// lean leaves out what no rule goes by, and keeps whole lines of what is too long.
func lean(name string, data []byte) []byte {
	if name == evidence.ImageFilesFile {
		var kept []byte
		for line := range bytes.Lines(data) {
			if !bulk.Match(line) || bytes.Contains(line, []byte(`sh"`)) {
				kept = append(kept, line...)
			}
		}
		data = kept
	}
	if len(data) <= largest {
		return data
	}
	return data[:bytes.LastIndexByte(data[:largest], '\n')+1]
}

// neutral takes this machine's own directories out of a text.
func neutral(data []byte) []byte {
	places := map[string]string{}
	if dir, err := os.Getwd(); err == nil && len(dir) > 1 {
		places[dir] = "/src"
	}
	if dir, err := os.UserCacheDir(); err == nil {
		places[dir] = "/home/dev/.cache"
	}
	var dirs []string
	for dir := range places {
		dirs = append(dirs, dir)
	}
	// The longer first, for one may lie in the other.
	slices.SortFunc(dirs, func(a, b string) int { return len(b) - len(a) })
	for _, dir := range dirs {
		data = bytes.ReplaceAll(data, []byte(dir), []byte(places[dir]))
	}
	return data
}
