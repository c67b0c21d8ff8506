//go:build linux

package main

import (
	"errors"
	"fmt"
	"io"
	"os"
)

// rotate moves a log file out of the way as logrotate(8) does, to the same name
// with ".1" behind it: by copytruncate or by rename.
func rotate(how, name string) error {
	switch how {
	case "rename":
		return os.Rename(name, name+".1")
	case "copytruncate":
		return copyTruncate(name)
	}
	return fmt.Errorf("rotate: no such way: %s", how)
}

func copyTruncate(name string) error {
	from, err := os.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer from.Close()
	to, err := os.Create(name + ".1")
	if err != nil {
		return err
	}
	if _, err := io.Copy(to, from); err != nil {
		return errors.Join(err, to.Close())
	}
	// The file stays the one that the app has open; what it writes between the two
	// is lost, as with logrotate.
	return errors.Join(to.Close(), from.Truncate(0))
}
