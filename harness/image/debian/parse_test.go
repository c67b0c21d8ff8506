package debian

import (
	"archive/tar"
	"bytes"
	"context"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestResolveChoosesWhatAptWould(t *testing.T) {
	tests := map[string]struct {
		packages [][3]string // name, version, other fields
		want     []string
		expect   string // "name version" joined by ", "
		err      string
	}{
		"highest version":           {[][3]string{{"a", "1", ""}, {"a", "1:0.5", ""}, {"a", "1.2", ""}}, []string{"a"}, "a 1:0.5", ""},
		"version constraint":        {[][3]string{{"a", "1", "Depends: b (<< 2)"}, {"b", "2", ""}, {"b", "1.9", ""}}, []string{"a"}, "a 1, b 1.9", ""},
		"pre-depends":               {[][3]string{{"a", "1", "Pre-Depends: b"}, {"b", "1", ""}}, []string{"a"}, "a 1, b 1", ""},
		"first alternative":         {[][3]string{{"a", "1", "Depends: b | c"}, {"b", "1", ""}, {"c", "1", ""}}, []string{"a"}, "a 1, b 1", ""},
		"second when first is not":  {[][3]string{{"a", "1", "Depends: b | c"}, {"c", "1", ""}}, []string{"a"}, "a 1, c 1", ""},
		"alternative that is in":    {[][3]string{{"a", "1", "Depends: b | c"}, {"b", "1", ""}, {"c", "1", ""}}, []string{"c", "a"}, "a 1, c 1", ""},
		"cycle":                     {[][3]string{{"a", "1", "Depends: b"}, {"b", "1", "Depends: a"}}, []string{"a"}, "a 1, b 1", ""},
		"virtual package":           {[][3]string{{"a", "1", "Depends: v"}, {"z", "1", "Provides: v"}, {"y", "1", "Provides: v"}}, []string{"a"}, "a 1, y 1", ""},
		"provider that is in":       {[][3]string{{"a", "1", "Depends: v"}, {"z", "1", "Provides: v"}, {"y", "1", "Provides: v"}}, []string{"z", "a"}, "a 1, z 1", ""},
		"versioned provides":        {[][3]string{{"a", "1", "Depends: v (>= 2)"}, {"y", "1", "Provides: v"}, {"z", "1", "Provides: v (= 3)"}}, []string{"a"}, "a 1, z 1", ""},
		"omitted":                   {[][3]string{{"a", "1", "Depends: helper | other"}}, []string{"a"}, "a 1", ""},
		"architecture qualifier":    {[][3]string{{"a", "1", "Depends: b:any (>= 1)"}, {"b", "1", ""}}, []string{"a"}, "a 1, b 1", ""},
		"essential is not pulled":   {[][3]string{{"a", "1", ""}, {"bash", "1", "Essential: yes"}}, []string{"a"}, "a 1", ""},
		"missing":                   {[][3]string{{"a", "1", "Depends: gone (>= 2)"}}, []string{"a"}, "", "gone (>= 2), needed by a: no package gone"},
		"only in a version too low": {[][3]string{{"a", "1", "Depends: b (>= 2)"}, {"b", "1", ""}}, []string{"a"}, "", "b is there as 1"},
		"two versions at once":      {[][3]string{{"a", "1", "Depends: b (= 1), b (= 2)"}, {"b", "1", ""}, {"b", "2", ""}}, []string{"a"}, "", "(1 was chosen already)"},
		"all that is missing":       {[][3]string{{"a", "1", "Depends: g1, g2"}}, []string{"a"}, "", "no package g2"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			m := newMirror(t)
			for _, p := range test.packages {
				m.add(p[0], p[1], p[2], []byte("deb"))
			}
			m.publish()
			a, err := Open(context.Background(), m.options())
			require.NoError(t, err)
			got, err := a.Resolve(test.want, scripts)
			if test.err != "" {
				require.ErrorContains(t, err, test.err)
				return
			}
			require.NoError(t, err)
			var names []string
			for _, p := range got {
				names = append(names, p.Name+" "+p.Version)
			}
			assert.Equal(t, test.expect, strings.Join(names, ", "))
		})
	}
}

func TestParseDependsRefusesWhatItDoesNotUnderstand(t *testing.T) {
	for _, bad := range []string{"a (>= )", "a (1)", "a (=> 1)", "a (>= 1", "(>= 1)", "a | ", "a (>= one)"} {
		_, err := ParseDepends(bad)
		assert.Error(t, err, bad)
	}
	got, err := ParseDepends("libc6 (>= 2.34), a | b:any (<< 1:2~rc1) [amd64] <!nocheck>,\n c")
	require.NoError(t, err)
	require.Len(t, got, 3)
	assert.Equal(t, "libc6 (>= 2.34)", got[0].String())
	assert.Equal(t, "a | b (<< 1:2~rc1)", got[1].String())
}

func TestSourcesInBothForms(t *testing.T) {
	deb822 := "# comment\nTypes: deb deb-src\nURIs: http://one.example/debian https://two.example/debian/\n" +
		"Suites: bookworm bookworm-updates\nComponents: main contrib\nArchitectures: amd64\nSigned-By: /usr/share/k.gpg\n\n" +
		"Types: deb-src\nURIs: http://three.example\nSuites: x\n\nEnabled: no\nTypes: deb\nURIs: http://four.example\nSuites: x\n"
	got, err := ParseSources(strings.NewReader(deb822))
	require.NoError(t, err)
	require.Len(t, got, 1)
	assert.Equal(t, []string{"http://one.example/debian", "https://two.example/debian"}, got[0].httpURIs())
	assert.True(t, got[0].serves("amd64"))
	assert.False(t, got[0].serves("arm64"))

	list := "# deb http://no.example x main\ndeb [arch=arm64,amd64 signed-by=/k.gpg] http://one.example/debian bookworm main # why\n" +
		"deb-src http://one.example/debian bookworm main\ndebug\n"
	got, err = ParseSourcesList(strings.NewReader(list))
	require.NoError(t, err)
	require.Len(t, got, 1)
	assert.Equal(t, Source{URIs: []string{"http://one.example/debian"}, Suites: []string{"bookworm"}, Components: []string{"main"},
		Archs: []string{"arm64", "amd64"}, SignedBy: "/k.gpg"}, got[0])
	_, err = ParseSourcesList(strings.NewReader("deb [arch=amd64 http://x y\n"))
	require.ErrorContains(t, err, "line 1")
}

func TestBusyPathsAreResolvedInsideTheTree(t *testing.T) {
	tree := NewTree()
	require.NoError(t, tree.Symlink("/run", "var/run"))
	require.NoError(t, tree.WriteFile("var/run/pid", []byte("1"), 0o644))
	require.NoError(t, tree.Symlink("../../../../outside", "var/up"))
	require.NoError(t, tree.WriteFile("var/up/x", []byte("2"), 0o644))
	require.NoError(t, tree.Symlink("loop", "loop"))
	require.ErrorContains(t, tree.WriteFile("loop/x", nil, 0o644), "too many links")
	assert.Subset(t, tree.Paths(""), []string{"run/pid", "outside/x"})
}

func TestWhatIsInUsrIsReachedByTheOldPathsWhoeverPutItThere(t *testing.T) {
	tree := NewTree()
	require.NoError(t, tree.WriteFile("usr/lib64/ld-linux-x86-64.so.2", []byte("loader"), 0o755)) // as libc6 has it since trixie
	require.NoError(t, tree.WriteFile("bin/sh", []byte("shell"), 0o755))
	require.NoError(t, tree.WriteFile("usr/share/doc/x", nil, 0o644))
	for path, want := range map[string]string{"lib64/ld-linux-x86-64.so.2": "loader", "usr/bin/sh": "shell"} {
		content, err := tree.ReadFile(path)
		require.NoError(t, err, path)
		assert.Equal(t, want, string(content))
	}
	assert.NotContains(t, tree.Paths(""), "sbin")
	assert.NotContains(t, tree.Paths(""), "share")
}

func TestAccountsComeFromTheMastersAndTheRecipe(t *testing.T) {
	tree := NewTree()
	require.NoError(t, tree.WriteFile("usr/share/base-passwd/passwd.master", []byte("root:*:0:0:root:/root:/bin/bash\n"), 0o644))
	require.NoError(t, tree.AddUsers(User{"root", 5, 5, "/"}, User{"nonroot", 65532, 65532, "/home/nonroot"}))
	passwd, err := tree.ReadFile("etc/passwd")
	require.NoError(t, err)
	assert.Equal(t, "root:*:0:0:root:/root:/bin/bash\nnonroot:*:65532:65532:nonroot:/home/nonroot:/usr/sbin/nologin\n", string(passwd))
	require.ErrorContains(t, tree.JoinCertificates(), "none in /usr/share/ca-certificates")
	require.NoError(t, tree.WriteFile("usr/share/ca-certificates/mozilla/b.crt", []byte("B\n\n"), 0o644))
	require.NoError(t, tree.WriteFile("usr/share/ca-certificates/mozilla/a.crt", []byte("A"), 0o644))
	require.NoError(t, tree.JoinCertificates())
	bundle, err := tree.ReadFile(CABundle)
	require.NoError(t, err)
	assert.Equal(t, "A\nB\n", string(bundle))
}

func TestSkeletonHasStickyTmp(t *testing.T) {
	tree := NewTree()
	require.NoError(t, tree.Skeleton())
	var b bytes.Buffer
	require.NoError(t, tree.WriteTar(&b))
	got := entriesOf(t, b.Bytes())
	assert.EqualValues(t, 0o1777, got["tmp/"].Mode)
	assert.EqualValues(t, 0o755, got["run/"].Mode)
}

func FuzzScanControl(f *testing.F) {
	f.Add("Package: a\nDepends: b,\n c\n\nPackage: d\n")
	f.Add(": x\n\t\n#c\nA:\n .\n")
	f.Fuzz(func(t *testing.T, s string) {
		_ = scanControl(strings.NewReader(s), nil, func(p paragraph) error {
			for k := range p {
				if k == "" || k != strings.ToLower(k) {
					t.Errorf("field name %q", k)
				}
			}
			return nil
		})
	})
}

func FuzzParseDepends(f *testing.F) {
	f.Add("libc6 (>= 2.34), a | b:any (<< 1:2~rc1) [amd64] <!nocheck>")
	f.Add("a (= 1), , |")
	f.Fuzz(func(t *testing.T, s string) {
		deps, err := ParseDepends(s)
		if err != nil {
			return
		}
		for _, d := range deps {
			again, err := ParseDepends(d.String())
			if err != nil || len(again) != 1 || again[0].String() != d.String() {
				t.Errorf("%q is read back as %v, %v", d, again, err)
			}
		}
	})
}

func FuzzParseSources(f *testing.F) {
	f.Add("Types: deb\nURIs: http://a\nSuites: b\nSigned-By:\n -----BEGIN\n .\n x\n")
	f.Add("deb [arch=amd64] http://a b c\n")
	f.Fuzz(func(t *testing.T, s string) {
		for _, parse := range []func(io.Reader) ([]Source, error){ParseSources, ParseSourcesList} {
			got, _ := parse(strings.NewReader(s))
			for _, src := range got {
				if len(src.URIs) == 0 || len(src.Suites) == 0 {
					t.Errorf("a source without place or suite: %+v", src)
				}
			}
		}
	})
}

func FuzzUnpackDeb(f *testing.F) {
	f.Add(buildDeb(f, "", file{name: "./bin/a", content: "x"}, file{name: "./b", typ: tar.TypeSymlink, link: "/bin/a"}))
	f.Add(buildDeb(f, ".gz", file{name: "./a"}))
	f.Add([]byte(arMagic))
	f.Fuzz(func(t *testing.T, b []byte) {
		if entries, err := unpackDeb(bytes.NewReader(b), nil); err == nil {
			checkTree(t, entries)
		}
	})
}

func FuzzReadTar(f *testing.F) {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, h := range []tar.Header{{Name: "./bin/a", Size: 1}, {Name: "b", Typeflag: tar.TypeSymlink, Linkname: "/bin/../c"},
		{Name: "b/c", Typeflag: tar.TypeLink, Linkname: "bin/a"}, {Name: "lib64/", Typeflag: tar.TypeDir}} {
		require.NoError(f, w.WriteHeader(&h))
		_, err := w.Write(make([]byte, h.Size))
		require.NoError(f, err)
	}
	require.NoError(f, w.Close())
	f.Add(b.Bytes())
	f.Fuzz(func(t *testing.T, b []byte) {
		if entries, err := readTar(bytes.NewReader(b), nil); err == nil {
			checkTree(t, entries)
		}
	})
}

// checkTree lays out entries of any origin and looks whether all stay inside.
func checkTree(t *testing.T, entries []entry) {
	t.Helper()
	tree := NewTree()
	if tree.add(entries) != nil {
		return
	}
	for _, p := range tree.Paths("") {
		if p == "" || strings.HasPrefix(p, "/") || strings.Contains("/"+p+"/", "/../") {
			t.Errorf("path %q", p)
		}
	}
	if err := tree.WriteTar(io.Discard); err != nil {
		t.Errorf("what was read cannot be written: %v", err)
	}
}
