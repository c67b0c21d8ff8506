//go:build linux

package main

import (
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestHeadsOfProgramsAreToldAndOfOtherFilesAreNot(t *testing.T) {
	dir := t.TempDir()
	for _, c := range []struct {
		name, content, want string
		mode                os.FileMode
	}{
		{"crlf.sh", "#!/bin/sh\r\nset -e\r\n", "#!/bin/sh\r\nset -e\r\n", 0o755},
		{"bom.sh", "\xef\xbb\xbf#!/bin/sh\n", "\xef\xbb\xbf#!/bin/sh\n", 0o755},
		{"elf", "\x7fELF\x02\x01\x01" + string(make([]byte, 100)), "\x7fELF\x02\x01\x01" + string(make([]byte, 57)), 0o755},
		{"empty", "", "", 0o755},
		{"secret.env", "PASSWORD=hunter2", "", 0o644},
	} {
		t.Run(c.name, func(t *testing.T) {
			name := filepath.Join(dir, c.name)
			require.NoError(t, os.WriteFile(name, []byte(c.content), c.mode))
			l := looker{dir: dir}
			begins, err := strconv.Unquote(`"` + l.at(name, name, "binary").Head + `"`)
			require.NoError(t, err)
			assert.Equal(t, c.want, begins)
		})
	}
}
