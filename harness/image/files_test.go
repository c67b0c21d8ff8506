package image

import (
	"archive/tar"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// madeOf keeps an app image of these layers, base first, in a store.
func madeOf(t *testing.T, base, app []*item) *Store {
	t.Helper()
	layerOf := func(items []*item) *layer {
		l, err := newLayer(items)
		require.NoError(t, err)
		return l
	}
	s := New(nil, Config{CacheDir: t.TempDir()})
	s.made["app"] = madeImage{&content{layers: []*layer{layerOf(base)}}, []*layer{layerOf(app)}}
	return s
}

func paths(list []Entry) []string {
	var names []string
	for _, e := range list {
		names = append(names, e.Path)
	}
	return names
}

func TestASmallImageIsListedAsAWhole(t *testing.T) {
	s := madeOf(t,
		[]*item{
			{path: "etc", typ: tar.TypeDir, mode: 0o755}, {path: "etc/gone", typ: tar.TypeReg, mode: 0o644},
			{path: "etc/link", typ: tar.TypeSymlink, mode: 0o777, link: "gone"}, {path: "etc/over", typ: tar.TypeReg, mode: 0o644, data: []byte("abc"), size: 3},
		},
		[]*item{{path: "etc/.wh.gone", typ: tar.TypeReg}, {path: "etc/over", typ: tar.TypeReg, mode: 0o4750, uid: 7, gid: 8, data: []byte("ab"), size: 2}},
	)
	list, all, err := s.Files("app")
	require.NoError(t, err)
	assert.True(t, all)
	assert.Equal(t, []Entry{
		{Path: "/etc", Type: "dir", Mode: 0o755},
		{Path: "/etc/link", Type: "link", Mode: 0o777, Target: "gone"},
		{Path: "/etc/over", Type: "file", Mode: 0o4750, UID: 7, GID: 8, Size: 2},
	}, list)
	again, _, err := s.Files("app")
	require.NoError(t, err)
	assert.Equal(t, list, again)
	_, _, err = s.Files("another")
	assert.ErrorContains(t, err, "not made here")
}

func TestOfALargeBaseOnlyWhatTellsIsListedAndOfTheAppEverything(t *testing.T) {
	base := []*item{
		{path: "etc/ssl/certs/ca-certificates.crt", typ: tar.TypeReg}, {path: "lib/x86_64-linux-gnu/ld-linux-x86-64.so.2", typ: tar.TypeReg},
		{path: "usr/bin/env", typ: tar.TypeReg}, {path: "usr/lib/deep/libz.so.1.3", typ: tar.TypeReg},
		{path: "usr/share/zoneinfo/Asia", typ: tar.TypeDir, mode: 0o755}, {path: "usr/share/zoneinfo/Asia/Shanghai", typ: tar.TypeReg},
	}
	for i := range wholeListing {
		base = append(base, &item{path: fmt.Sprintf("usr/share/doc/%d", i), typ: tar.TypeReg})
	}
	s := madeOf(t, base, []*item{{path: "srv/app/deep/er/page.html", typ: tar.TypeReg}})
	list, all, err := s.Files("app")
	require.NoError(t, err)
	assert.False(t, all)
	assert.Equal(t, []string{
		"/etc/ssl/certs/ca-certificates.crt", "/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2", "/srv/app/deep/er/page.html", "/usr/bin/env",
		"/usr/lib/deep/libz.so.1.3", "/usr/share/zoneinfo/Asia",
	}, paths(list))
}
