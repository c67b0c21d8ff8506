package image

import (
	"bytes"
	"io/fs"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestChangesAlterFilesOfTheAppAndOfTheBase(t *testing.T) {
	mode := fs.FileMode(0o600)
	got, err := build(t, AppImage{Target: "/srv/server", Files: []File{
		{Target: "/app/c.yaml", Content: []byte("a: 1")}, {Target: "/app/d/x", Content: []byte("x")}, {Target: "/app/d/y", Content: []byte("y")},
		{Target: "/app/gone/z", Content: []byte("z")}, {Target: "/app/file", Content: []byte("f")},
	}, Changes: []Change{
		{Path: "/app/c.yaml", Content: bytes.ToUpper},
		{Path: "/app/c.yaml", Mode: &mode},
		{Path: "/etc/passwd", Content: func(b []byte) []byte { return append(b, '!') }},
		{Path: "/etc/passwd", Owner: &Owner{5, 6}},
		{Path: "/app/d", Owner: &Owner{7, 8}},
		{Path: "/app/gone", Gone: true},
		{Path: "/app/file", Directory: true},
		{Path: "/app/new/dir", Directory: true},
		{Path: "/tmp", Gone: true},
		{Path: "/bin/sh", Emptied: true},
		{Path: "/srv/server", Mode: &mode},
	}}, base(t))
	require.NoError(t, err)
	assert.EqualValues(t, 4, got["app/c.yaml"].Size)
	assert.EqualValues(t, 0o600, got["app/c.yaml"].Mode)
	assert.EqualValues(t, 5, got["etc/passwd"].Size)
	assert.Equal(t, []int{5, 6}, []int{got["etc/passwd"].Uid, got["etc/passwd"].Gid})
	for _, name := range []string{"app/d/", "app/d/x", "app/d/y"} {
		assert.Equal(t, []int{7, 8}, []int{got[name].Uid, got[name].Gid}, name)
	}
	assert.NotContains(t, got, "app/gone/z")
	assert.NotContains(t, got, "app/gone/")
	assert.Contains(t, got, "app/file/")
	assert.NotContains(t, got, "app/file")
	assert.Contains(t, got, "app/new/dir/")
	assert.Contains(t, got, ".wh.tmp")
	assert.Contains(t, got, "usr/bin/sh")
	assert.EqualValues(t, 0o600, got["srv/server"].Mode)
}

func TestAChangeOfWhatIsNotThereIsAnError(t *testing.T) {
	for _, c := range []Change{{Path: "/app/none", Gone: true}, {Path: "/app/none", Emptied: true}, {Path: "/app/none", Owner: &Owner{}}} {
		_, err := build(t, AppImage{Target: "/srv/server", Changes: []Change{c}}, base(t))
		require.ErrorContains(t, err, "change /app/none: there is no such file in the image")
	}
	_, err := build(t, AppImage{Target: "/srv/server", Changes: []Change{{Path: "/srv/server", Gone: true}}}, base(t))
	require.ErrorContains(t, err, "it is the app's binary")
	_, err = build(t, AppImage{Target: "/srv/server", Changes: []Change{{Path: "/etc", Content: bytes.ToUpper}}}, base(t))
	require.ErrorContains(t, err, "it is not a plain file")
}
