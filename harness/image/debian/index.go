package debian

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/klauspost/compress/gzip"
	version "github.com/knqyf263/go-deb-version"
	"github.com/ulikunitz/xz"
)

// Package is one binary package of the archive.
type Package struct {
	Name, Version, Arch string
	Filename            string // below the mirror's base URL
	Size                int64
	SHA256              string

	depends  string // Pre-Depends and Depends, as written
	provides string
	bases    []string // mirrors that have it
}

// String prints the package as dpkg -l would name it.
func (p *Package) String() string { return p.Name + " " + p.Version + " " + p.Arch }

// index is what the suites hold together, all versions of each package.
type index struct {
	packages  map[string][]*Package // highest version first
	providers map[string][]*Package // who Provides a name
}

func newIndex() *index {
	return &index{packages: map[string][]*Package{}, providers: map[string][]*Package{}}
}

var indexFields = map[string]bool{
	"package": true, "version": true, "architecture": true, "filename": true, "size": true,
	"sha256": true, "depends": true, "pre-depends": true, "provides": true,
}

// add reads a Packages file. A stanza that lacks what a download needs is an
// error: the index was signed, so it is not expected to be broken.
func (x *index) add(r io.Reader, arch string, bases []string) error {
	return scanControl(r, indexFields, func(p paragraph) error {
		if a := p["architecture"]; a != arch && a != "all" {
			return nil
		}
		pkg := &Package{
			Name: p["package"], Version: p["version"], Arch: p["architecture"], Filename: p["filename"],
			SHA256: strings.ToLower(p["sha256"]), provides: p["provides"], bases: bases,
		}
		pkg.depends = strings.Trim(p["pre-depends"]+","+p["depends"], ",")
		var err error
		if pkg.Size, err = strconv.ParseInt(p["size"], 10, 64); err != nil || pkg.Size <= 0 {
			return fmt.Errorf("parse index: %s: bad size %q", pkg.Name, p["size"])
		}
		if !validName(pkg.Name) || !isSHA256(pkg.SHA256) || !localPath(pkg.Filename) {
			return fmt.Errorf("parse index: %q: bad name, file name or SHA256", pkg.Name)
		}
		x.packages[pkg.Name] = append(x.packages[pkg.Name], pkg)
		if pkg.provides == "" {
			return nil
		}
		provided, err := ParseDepends(pkg.provides)
		if err != nil {
			return fmt.Errorf("parse index: %s: %w", pkg.Name, err)
		}
		for _, d := range provided {
			x.providers[d[0].Name] = append(x.providers[d[0].Name], pkg)
		}
		return nil
	})
}

// sort puts the versions of each package in order, once all suites are read.
func (x *index) sort() {
	for _, list := range x.packages {
		if len(list) > 1 {
			slices.SortStableFunc(list, func(a, b *Package) int { return compareVersions(b.Version, a.Version) })
		}
	}
}

func compareVersions(a, b string) int {
	va, erra := version.NewVersion(a)
	vb, errb := version.NewVersion(b)
	if erra != nil || errb != nil {
		return strings.Compare(a, b)
	}
	return va.Compare(vb)
}

// localPath says whether p is a plain relative path.
func localPath(p string) bool {
	if p == "" || strings.HasPrefix(p, "/") || strings.ContainsAny(p, "\\\x00?#") {
		return false
	}
	for part := range strings.SplitSeq(p, "/") {
		if part == ".." {
			return false
		}
	}
	return true
}

// readIndex opens a compressed Packages file from the cache; no more than limit
// bytes are unpacked.
func (x *index) readIndex(path, name string, limit int64, arch string, bases []string) error {
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("read index: %w", err)
	}
	defer f.Close()
	var r io.Reader = bufio.NewReaderSize(f, 1<<20)
	switch {
	case strings.HasSuffix(name, ".gz"):
		r, err = gzip.NewReader(r)
	case strings.HasSuffix(name, ".xz"):
		r, err = xz.NewReader(r)
	}
	if err != nil {
		return fmt.Errorf("read index %s: %w", name, err)
	}
	if err := x.add(io.LimitReader(r, limit), arch, bases); err != nil {
		return fmt.Errorf("read index %s: %w", name, err)
	}
	return nil
}
