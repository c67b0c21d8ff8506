package build

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// proxy makes a module proxy of files that has golang.org/toolchain in the
// versions given: "1.22.3" for this host, "1.22.4!" for others only.
func proxy(t *testing.T, h host, versions ...string) []string {
	t.Helper()
	root := t.TempDir()
	dir := filepath.Join(root, "golang.org", "toolchain", "@v")
	require.NoError(t, os.MkdirAll(dir, 0o755))
	var list []string
	for _, v := range versions {
		v, other := strings.CutSuffix(v, "!")
		name := "v0.0.1-go" + v + "." + h.os + "-" + h.arch
		if other {
			name = "v0.0.1-go" + v + ".plan9-mips"
		}
		list = append(list, name)
		info := `{"Version": "` + name + `", "Time": "2024-01-01T00:00:00Z"}`
		require.NoError(t, os.WriteFile(filepath.Join(dir, name+".info"), []byte(info), 0o644))
		require.NoError(t, os.WriteFile(filepath.Join(dir, name+".mod"), []byte("module golang.org/toolchain\n"), 0o644))
	}
	require.NoError(t, os.WriteFile(filepath.Join(dir, "list"), []byte(strings.Join(list, "\n")), 0o644))
	cache := t.TempDir()
	t.Cleanup(func() { require.NoError(t, removeAll(cache)) })
	return []string{"GOPROXY=file://" + filepath.ToSlash(root), "GONOPROXY=none", "GONOSUMDB=golang.org/toolchain", "GOMODCACHE=" + cache}
}

func TestResolveGoTakesTheNewestReleaseThisHostCanHave(t *testing.T) {
	needsGo(t)
	h, err := builder(t, Options{}).host(t.Context())
	require.NoError(t, err)
	env := proxy(t, h, "1.12.17", "1.20", "1.20.4", "1.20.14!", "1.21.0", "1.21.6", "1.22rc1",
		"1.901.0", "1.902.0", "1.902.10", "1.902.9", "1.903.0!", "1.904rc1")
	tests := []struct{ spec, want, message string }{
		{"1.20", "1.20.4", ""},
		{"go1.20", "1.20.4", ""},
		{"1.20.x", "1.20.4", ""},
		{"1.20.0", "1.20", ""},
		{"1.21.0", "1.21.0", ""},
		{"1.22rc1", "1.22rc1", ""},
		{"stable", "1.902.10", ""},
		{"oldstable", "1.902.10", ""},
		{"1.902", "1.902.10", ""},
		{"1.21.5", "", "of its minor the proxy lists 1.21.6, 1.21.0"},
		{"1.22", "", "no such release"},
		{"1.903", "", "no such release"},
		{"1.12", "", "no such release"},
		{"1.12.17", "", "older than 1.13"},
		{"latest", "", "stable or oldstable"},
		{">=1.20", "", "stable or oldstable"},
	}
	b := builder(t, Options{}, env...)
	for _, tt := range tests {
		got, err := b.ResolveGo(t.Context(), tt.spec)
		if tt.message != "" {
			if assert.Error(t, err, tt.spec) {
				assert.Contains(t, err.Error(), tt.message)
			}
			continue
		}
		if assert.NoError(t, err, tt.spec) {
			assert.Equal(t, tt.want, got, tt.spec)
		}
	}
	assert.Contains(t, strings.Join(b.Notes(), "\n"), "go stable is 1.902.10: no release of 1.903")
}

func TestResolveGoWithoutProxyTakesWhatIsOnTheMachineAndSaysSo(t *testing.T) {
	needsGo(t)
	cache := t.TempDir()
	b := builder(t, Options{}, "GOPROXY=off", "GOMODCACHE="+cache)
	h, err := b.host(t.Context())
	require.NoError(t, err)
	for _, v := range []string{"1.902.3", "1.902.20", "1.903rc1"} {
		require.NoError(t, os.MkdirAll(filepath.Join(cache, "golang.org", "toolchain@"+h.toolchainVersion(v)), 0o755))
	}
	require.NoError(t, os.MkdirAll(filepath.Join(cache, "golang.org", "toolchain@v0.0.1-go1.905.0.plan9-mips"), 0o755))
	got, err := b.ResolveGo(t.Context(), "stable")
	require.NoError(t, err)
	assert.Equal(t, "1.902.20", got)
	got, err = b.ResolveGo(t.Context(), "1.902.3")
	require.NoError(t, err)
	assert.Equal(t, "1.902.3", got)
	assert.Contains(t, strings.Join(b.Notes(), "\n"), "Go releases were chosen from those on this machine")
	_, err = b.ResolveGo(t.Context(), "1.901.1")
	assert.Error(t, err)
}

func TestHostTakesOverWhatTheUserSetWithGoEnv(t *testing.T) {
	needsGo(t)
	settings := filepath.Join(t.TempDir(), "env")
	require.NoError(t, os.WriteFile(settings, []byte("GOPRIVATE=corp.example\nGOFLAGS=-mod=mod\nGOTOOLCHAIN=go1.99.9\nGOPROXY=https://user:secret@proxy.example/x,direct\n"), 0o644))
	b := builder(t, Options{}, "GOENV="+settings, "GOPROXY=", "GOPRIVATE=", "GOFLAGS=", "GIT_DIR=/elsewhere", "GOROOT=")
	h, err := b.host(t.Context())
	require.NoError(t, err)
	assert.Equal(t, "corp.example", lookup(h.base, "GOPRIVATE"))
	assert.Equal(t, "https://user:secret@proxy.example/x,direct", lookup(h.base, "GOPROXY"))
	assert.Equal(t, "off", lookup(h.base, "GOENV"))
	assert.Contains(t, h.base, "GOFLAGS=")
	assert.NotContains(t, strings.Join(h.base, "\n"), "GIT_DIR=")
	pasted := strings.Join(h.pasted(), " ")
	assert.Contains(t, pasted, "GOPRIVATE=corp.example")
	assert.Contains(t, pasted, "GOPROXY=https://user:xxxxx@proxy.example/x,direct")
}
