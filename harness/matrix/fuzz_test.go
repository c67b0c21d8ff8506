package matrix

import (
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
)

func FuzzParse(f *testing.F) {
	paths, err := filepath.Glob("testdata/*/*.txtar")
	if err != nil || len(paths) == 0 {
		f.Fatalf("find seeds: %v", err)
	}
	for _, path := range paths {
		archive, err := txtar.ParseFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(archive.Files[0].Data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := amd64.Parse("matrix.yaml", data)
		if err != nil {
			var problems Problems
			if !errors.As(err, &problems) || len(problems) == 0 {
				t.Fatalf("error without problems: %v", err)
			}
			for _, p := range problems {
				if p.Line < 1 || p.Column < 1 || p.Message == "" || p.File != "matrix.yaml" {
					t.Fatalf("problem without a place: %+v", p)
				}
			}
			return
		}
		if n := len(file.Cells); n < 1 || n > MaxCells {
			t.Fatalf("%d cells", n)
		}
		seen := map[string]bool{}
		for _, c := range file.Cells {
			if c.Name == "" || seen[c.Name] {
				t.Fatalf("name %q is empty or used twice", c.Name)
			}
			seen[c.Name] = true
			selectors, err := ParseSelectors([]string{c.Name})
			if err != nil {
				t.Fatalf("name %q is no selector: %v", c.Name, err)
			}
			if cells, err := file.Select(selectors); err != nil || len(cells) != 1 || cells[0].Name != c.Name {
				t.Fatalf("name %q selects %v, %v", c.Name, names(cells), err)
			}
		}
		if len(file.Smoke) > 0 && len(file.SmokeCells()) == 0 {
			t.Fatal("smoke selects nothing")
		}
	})
}

func FuzzSelectors(f *testing.F) {
	for _, seed := range []string{
		"", "go:1.22", "go:1.22\ntags:embed", "go=1.22/target=linux-amd64/tags=none", "target=linux/amd64", "tags:none\ntags:",
		"cgo:true", "tag:x", "go", ":", "=/=", "go:=", "go=stable/go=stable", "go:1.22\ngo=stable/mod=mod",
	} {
		f.Add(seed)
	}
	file, err := amd64.Parse("matrix.yaml", []byte(selectorFile))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string) {
		selectors, err := ParseSelectors(strings.Split(text, "\n"))
		if err != nil {
			return
		}
		if len(selectors) == 0 {
			t.Fatal("arguments without error or selector select everything")
		}
		cells, err := file.Select(selectors)
		if (err == nil) != (len(cells) > 0) {
			t.Fatalf("%d cells with error %v", len(cells), err)
		}
		for _, c := range cells {
			if !slices.ContainsFunc(selectors, func(s Selector) bool { return s.Matches(c) }) {
				t.Fatalf("%s was not asked for", c.Name)
			}
		}
	})
}
