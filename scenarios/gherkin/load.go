package gherkin

import (
	"bytes"
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	cucumber "github.com/cucumber/gherkin/go/v26"
	messages "github.com/cucumber/messages/go/v21"
)

// Source is a place with feature files.
type Source struct {
	// FS holds the files: an embed.FS, os.DirFS(dir), or any other.
	FS fs.FS
	// Root is put before the names of the files wherever they are shown, so that
	// they can be opened: the directory of os.DirFS, or "".
	Root string
	// Paths are the files and folders to read, all of FS if empty.
	Paths []string
}

// featureFile is a parsed file.
type featureFile struct {
	name    string
	content []byte
	doc     *messages.GherkinDocument
	starts  []int      // the first lines of backgrounds, scenarios and rules, sorted
	all     []Scenario // every scenario of the file
}

// Load reads every .feature file of the sources and plans all their scenarios.
// Every mistake in the files comes at once, as [Problems]. Sources without any
// scenario are an error.
func Load(sources ...Source) (*Plan, error) {
	p := &Plan{}
	var problems Problems
	for _, src := range sources {
		names, err := src.files()
		if err != nil {
			return nil, fmt.Errorf("read features: %w", err)
		}
		for _, name := range names {
			content, err := fs.ReadFile(src.FS, name)
			if err != nil {
				return nil, fmt.Errorf("read features: %w", err)
			}
			shown := path.Join(filepath.ToSlash(src.Root), name)
			if slices.ContainsFunc(p.files, func(f *featureFile) bool { return f.name == shown }) {
				continue
			}
			f, found := parse(shown, content)
			problems = append(problems, found...)
			if len(found) == 0 {
				p.files = append(p.files, f)
				problems = append(problems, p.add(f)...)
			}
		}
	}
	if err := problems.err(); err != nil {
		return nil, err
	}
	if len(p.Scenarios) == 0 {
		return nil, fmt.Errorf("read features: no .feature file in %s", describe(sources))
	}
	p.entitle()
	return p, nil
}

func (src Source) files() ([]string, error) {
	paths := src.Paths
	if len(paths) == 0 {
		paths = []string{"."}
	}
	var names []string
	for _, p := range paths {
		err := fs.WalkDir(src.FS, path.Clean(p), func(name string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() && (strings.HasSuffix(name, ".feature") || name == path.Clean(p)) {
				names = append(names, name)
			}
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return names, nil
}

func describe(sources []Source) string {
	var places []string
	for _, src := range sources {
		if len(src.Paths) == 0 {
			places = append(places, path.Join(src.Root, "."))
		}
		for _, p := range src.Paths {
			places = append(places, path.Join(src.Root, p))
		}
	}
	return listOr(places, "no source at all")
}

// parse reads one file. What Windows editors put into it, a byte order mark and
// carriage returns, is allowed.
func parse(name string, content []byte) (*featureFile, Problems) {
	content = bytes.TrimPrefix(content, []byte("\ufeff"))
	if !utf8.Valid(content) {
		return nil, Problems{{File: name, Message: "is not UTF-8", Hint: "save it as UTF-8, not as GBK or another encoding"}}
	}
	doc, err := cucumber.ParseGherkinDocument(bytes.NewReader(content), (&messages.Incrementing{}).NewId)
	if err != nil {
		return nil, parseProblems(name, content, err)
	}
	if doc.Feature == nil {
		return nil, Problems{{File: name, Message: "no feature in this file", Hint: "begin it with `Feature: name`, or `# language: zh-CN` and `功能: 名称`"}}
	}
	f := &featureFile{name: name, content: content, doc: doc}
	f.index()
	return f, nil
}

// parserError is how gherkin/go prints one error: (line:column): message.
var parserError = regexp.MustCompile(`(?m)^\((\d+):(\d+)\): (.*)$`)

func parseProblems(name string, content []byte, err error) Problems {
	var problems Problems
	lines := strings.Split(string(content), "\n")
	for _, m := range parserError.FindAllStringSubmatch(err.Error(), -1) {
		line, _ := strconv.Atoi(m[1])
		column, _ := strconv.Atoi(m[2])
		p := Problem{File: name, Line: line, Column: column, Message: humanise(m[3])}
		if line >= 1 && line <= len(lines) {
			p.Hint = parseHint(lines[:line])
		}
		problems = append(problems, p)
	}
	if len(problems) == 0 {
		problems = Problems{{File: name, Message: err.Error()}}
	}
	return problems
}

// humanise takes the parser's token names out of a message.
func humanise(message string) string {
	expected, got, ok := strings.Cut(message, ", got ")
	if !ok {
		got, expected, ok = strings.Cut(strings.TrimPrefix(message, "unexpected "), ", expected: ")
	}
	if !ok {
		return strings.ToLower(message[:1]) + message[1:]
	}
	if text, quoted := strings.CutPrefix(got, "'"); quoted {
		got = "'" + strings.TrimSpace(text)
	}
	var wanted []string
	for token := range strings.SplitSeq(strings.TrimPrefix(expected, "expected: "), ", ") {
		if word, ok := tokenNames()[token]; ok {
			wanted = append(wanted, word)
		}
	}
	return "unexpected " + got + ", want " + strings.Join(wanted, ", ")
}

func tokenNames() map[string]string {
	return map[string]string{
		"#FeatureLine": "Feature:", "#BackgroundLine": "Background:", "#ScenarioLine": "Scenario:", "#RuleLine": "Rule:",
		"#ExamplesLine": "Examples:", "#StepLine": "a step", "#TagLine": "@tags", "#TableRow": "a table row",
		"#DocStringSeparator": `"""`, "#EOF": "the end", "#Language": "# language:",
	}
}

var chineseKeyword = regexp.MustCompile(`^\s*(功能|规则|背景|场景|剧本|场景大纲|剧本大纲|例子)\s*([:：])`)

// parseHint knows the usual mistakes by the line that the parser stumbles over
// and the one above it.
func parseHint(lines []string) string {
	line, above := lines[len(lines)-1], ""
	if len(lines) > 1 {
		above = strings.TrimSpace(lines[len(lines)-2])
	}
	switch m := chineseKeyword.FindStringSubmatch(line); {
	case m != nil && m[2] == "：":
		return "the colon after " + m[1] + " must be the ASCII one: write `" + m[1] + ":`"
	case m != nil:
		return "put `# language: zh-CN` on the first line of the file"
	case strings.HasPrefix(above, "@"), strings.HasPrefix(strings.TrimSpace(line), "@"):
		return "tags stand on the line above Feature, Rule, Scenario or Examples"
	}
	return ""
}
