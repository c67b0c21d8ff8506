//go:build linux

package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// start becomes the app, after what an engine has no option for: variables that
// engines set are unset, file systems are filled. The app is then the process
// that the engine started, as if this program had never been there; unless one of
// the last three options keeps this program beside it, see keep.go.
//
//	start [-unset KEY | -fill DIR | -init yes | -log MODE | -slow DIR=TIME]... -- PROGRAM [ARGUMENT...]
func start(args []string) error {
	env := os.Environ()
	var stays *keeper
	stay := func() *keeper {
		if stays == nil {
			stays = &keeper{slow: map[string]string{}}
		}
		return stays
	}
	for len(args) >= 2 && args[0] != "--" {
		option, value := args[0], args[1]
		args = args[2:]
		switch option {
		case "-unset":
			env = without(env, value)
		case "-fill":
			if err := fill(value); err != nil {
				return err
			}
		case "-init":
			stay()
		case "-log":
			stay().log = value
		case "-slow":
			dir, delay, _ := strings.Cut(value, "=")
			stay().slow[dir] = delay
		default:
			return fmt.Errorf("start: no such option: %s", option)
		}
	}
	if len(args) < 2 {
		return errors.New("start: no program is named after --")
	}
	if stays != nil {
		code, err := stays.keep(args[1:], env)
		if err != nil {
			fail(err)
		}
		os.Exit(code)
	}
	return fmt.Errorf("exec %s: %w", args[1], syscall.Exec(args[1], args[1:], env))
}

func without(env []string, key string) []string {
	var kept []string
	for _, one := range env {
		if !strings.HasPrefix(one, key+"=") {
			kept = append(kept, one)
		}
	}
	return kept
}

// fill writes until no byte is left.
func fill(dir string) error {
	file, err := os.OpenFile(filepath.Join(dir, ".full"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
	if err != nil {
		return err
	}
	defer file.Close()
	for block := make([]byte, 4096); err == nil; {
		_, err = file.Write(block)
	}
	if errors.Is(err, syscall.ENOSPC) {
		return nil
	}
	return err
}

// swap makes the links of a ConfigMap's directory lead to another directory in
// it, as the kubelet does: a new link is renamed over ..data, so that no reader
// ever sees half of a change; the old directory is removed afterwards.
func swap(dir, to string) error {
	data := filepath.Join(dir, "..data")
	was, err := os.Readlink(data)
	if err != nil {
		return err
	}
	if err := os.Symlink(to, data+"_tmp"); err != nil {
		return err
	}
	if err := os.Rename(data+"_tmp", data); err != nil {
		return err
	}
	return os.RemoveAll(filepath.Join(dir, was))
}
