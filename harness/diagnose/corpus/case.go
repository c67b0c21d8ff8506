package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/tools/txtar"

	"github.com/seatrial/seatrial/harness/diagnose"
	"github.com/seatrial/seatrial/harness/evidence"
)

// Where a case comes from.
const (
	Recorded    = "recorded"    // the harness wrote the bundle
	Transcribed = "transcribed" // written down from what was seen of a failure of the catalogue
	// Composed cases were never seen as they stand: they are written from knowledge
	// of a library's or a platform's messages. An entry names the failure that one
	// has in other words.
	Composed  = "composed"
	LookAlike = "look-alike" // resembles a failure and is none, or one that nobody can know
	Healthy   = "healthy"
)

var origins = []string{Recorded, Transcribed, Composed, LookAlike, Healthy}

// What a case may expect besides a rule.
const (
	ExpectNone    = "none"    // the diagnosis is that nothing failed
	ExpectUnknown = "unknown" // no rule may claim to know
)

// Case is a bundle and the cause that must be found in it.
type Case struct {
	Name   string   // category/name, as its file
	Expect string   // the rule that must be found first, [ExpectNone] or [ExpectUnknown]
	Also   []string // rules that must be found too, as findings or in a chain
	Never  []string // rules that must not be found at all
	Source string
	Entry  string // of the catalogue of failures, if it is from there
	Note   string
	Bundle *evidence.Bundle
}

// Category is what the case's folder is named.
func (c Case) Category() string { return filepath.Dir(c.Name) }

// Load reads every case below dir, and reports every error at once.
func Load(dir string) ([]Case, error) {
	var list []Case
	var errs []error
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".txtar" {
			return err
		}
		c, err := read(dir, path)
		errs = append(errs, err)
		list = append(list, c)
		return nil
	})
	if err == nil && len(list) == 0 {
		err = fmt.Errorf("read cases: there is none in %s", dir)
	}
	return list, errors.Join(append(errs, err)...)
}

func read(dir, path string) (Case, error) {
	archive, err := txtar.ParseFile(path)
	if err != nil {
		return Case{}, fmt.Errorf("read case: %w", err)
	}
	name, err := filepath.Rel(dir, strings.TrimSuffix(path, ".txtar"))
	if err != nil {
		return Case{}, err
	}
	c := Case{Name: filepath.ToSlash(name)}
	if err := c.header(path, string(archive.Comment)); err != nil {
		return Case{}, err
	}
	for _, file := range archive.Files {
		if err := evidence.CheckName(file.Name); err != nil && file.Name != evidence.MetaFile {
			return Case{}, fmt.Errorf("%s: %w", path, err)
		}
	}
	files, err := txtar.FS(archive)
	if err != nil {
		return Case{}, fmt.Errorf("read case %s: %w", path, err)
	}
	c.Bundle = evidence.FromFS(files)
	return c, nil
}

func (c *Case) header(path, text string) error {
	var errs []error
	number := 0
	for line := range strings.Lines(text) {
		number++
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		key, value, ok := strings.Cut(line, ":")
		value = strings.TrimSpace(value)
		list := strings.FieldsFunc(value, func(r rune) bool { return r == ',' || r == ' ' })
		switch {
		case !ok:
			errs = append(errs, fmt.Errorf("%s:%d: want KEY: VALUE", path, number))
		case key == "expect":
			c.Expect = value
		case key == "also":
			c.Also = list
		case key == "never":
			c.Never = list
		case key == "source":
			c.Source = value
		case key == "entry":
			c.Entry = value
		case key == "note":
			c.Note = value
		default:
			errs = append(errs, fmt.Errorf("%s:%d: unknown key %q; there are expect, also, never, source, entry, note", path, number, key))
		}
	}
	if c.Expect == "" || c.Source == "" {
		errs = append(errs, fmt.Errorf("%s: want the keys expect and source", path))
	}
	if !slices.Contains(origins, c.Source) {
		errs = append(errs, fmt.Errorf("%s: source %q: want one of %s", path, c.Source, strings.Join(origins, ", ")))
	}
	if c.Source == Transcribed && c.Entry == "" && c.Note == "" {
		errs = append(errs, fmt.Errorf("%s: a transcribed case wants the entry or a note that says what it was seen of", path))
	}
	if (c.Source == LookAlike || c.Source == Healthy) && c.Expect != ExpectNone && c.Expect != ExpectUnknown {
		errs = append(errs, fmt.Errorf("%s: source %s: want expect: none or unknown; a case of a rule is composed", path, c.Source))
	}
	for _, id := range append([]string{c.Expect}, append(c.Also, c.Never...)...) {
		if _, ok := diagnose.RuleByID(id); !ok && id != ExpectNone && id != ExpectUnknown {
			errs = append(errs, fmt.Errorf("%s: there is no rule %q", path, id))
		}
	}
	return errors.Join(errs...)
}

// Save writes the case with the files of the bundle. What is not text is left out.
func (c Case) Save(path string, bundle *evidence.Bundle) error {
	header := fmt.Sprintf("expect: %s\nsource: %s\n", c.Expect, c.Source)
	if c.Note != "" {
		header += "note: " + c.Note + "\n"
	}
	archive := &txtar.Archive{Comment: []byte(header)}
	err := fs.WalkDir(bundle, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || slices.Contains(unread, name) {
			return err
		}
		data, err := fs.ReadFile(bundle, name)
		if err != nil {
			return err
		}
		if len(data) == 0 || !utf8.Valid(data) {
			return nil
		}
		archive.Files = append(archive.Files, txtar.File{Name: name, Data: lean(name, neutral(data))})
		return nil
	})
	if err != nil {
		return fmt.Errorf("add case: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("add case: %w", err)
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if err != nil {
		return fmt.Errorf("add case: %w", err)
	}
	_, err = f.Write(txtar.Format(archive))
	return errors.Join(err, f.Close())
}
