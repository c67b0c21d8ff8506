package diagnose

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"

	"go.yaml.in/yaml/v3"

	"github.com/seatrial/seatrial/harness/deployment"
	"github.com/seatrial/seatrial/harness/lang"
)

// Rule states a cause and how it is recognised.
type Rule struct {
	ID         string     `yaml:"id"`
	Acts       Stage      `yaml:"acts"`
	Confidence Confidence `yaml:"confidence"`
	Title      Text       `yaml:"title"`
	Cause      Text       `yaml:"cause"`
	Fix        Text       `yaml:"fix"`
	Not        Text       `yaml:"not"`
	Remedy     []string   `yaml:"remedy"`
	Reproduced Text       `yaml:"reproduced"`
	LeadsTo    []string   `yaml:"leads-to"`

	// Quiet rules know what is wrong even where nothing ended badly and no answer
	// was an error. They are asked too if nobody said whether it passed.
	Quiet bool `yaml:"quiet"`
	// Conditions are names of conditions that bring this about on purpose; where
	// the deployment has one, it is evidence too.
	Conditions []string `yaml:"conditions"`

	When  When      `yaml:"when"`
	Any   []Pattern `yaml:"any"`
	All   []Pattern `yaml:"all"`
	None  []Pattern `yaml:"none"`
	Logic string    `yaml:"logic"`

	Area string `yaml:"-"` // the file it stands in: "config", "network", ...
	line int
}

// Text is a [lang.Text] as YAML has it.
type Text struct {
	EN string `yaml:"en"`
	ZH string `yaml:"zh"`
}

// In both languages, with the placeholders filled in.
func (t Text) filled(params map[string]string) lang.Text {
	return lang.Text{EN: fill(t.EN, params), ZH: fill(t.ZH, params)}
}

// When are facts that must hold; what is empty may be anything.
type When struct {
	Phase []string `yaml:"phase"` // build, image, launch, scenario
	Kind  []string `yaml:"kind"`  // how it did not become ready, see [evidence.Outcome]
	Exit  []int    `yaml:"exit"`  // the exit code of the ended process
	OOM   *bool    `yaml:"oom"`
	// Ended: the process ran and is over; Refused: it was never started.
	Ended   *bool `yaml:"ended"`
	Refused *bool `yaml:"refused"`
}

// Pattern is a line to look for.
type Pattern struct {
	In   Source `yaml:"in"`
	Text string `yaml:"text"` // a regular expression; named groups are parameters
	Not  string `yaml:"not"`  // a line that matches this too does not count
	// Last takes the last such line as evidence, not the first.
	Last bool `yaml:"last"`
	// Deadly lines count only where they can have ended the app, or be why it does
	// not serve; see [Case.Matters].
	Deadly bool `yaml:"deadly"`

	text, not *regexp.Regexp
	needs     []string // see literals
}

//go:embed rules/*.yaml
var ruleFiles embed.FS

// Rules gives every rule, by area and in the order of its file.
var Rules = sync.OnceValue(func() []Rule {
	rules, err := load(ruleFiles)
	if err != nil {
		panic(err) // the files are part of the program, and a test loads them
	}
	return rules
})

// RuleByID finds a rule.
func RuleByID(id string) (Rule, bool) {
	rules := Rules()
	i := slices.IndexFunc(rules, func(r Rule) bool { return r.ID == id })
	if i < 0 {
		return Rule{}, false
	}
	return rules[i], true
}

// load reads rules and reports all errors at once.
func load(files fs.FS) ([]Rule, error) {
	names, err := fs.Glob(files, "rules/*.yaml")
	if err != nil {
		return nil, err
	}
	var rules []Rule
	var errs []error
	for _, name := range names {
		data, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, err
		}
		list, err := parseRules(name, data)
		errs = append(errs, err)
		rules = append(rules, list...)
	}
	errs = append(errs, checkTogether(rules)...)
	return rules, errors.Join(errs...)
}

func parseRules(name string, data []byte) ([]Rule, error) {
	var nodes []yaml.Node
	if err := yaml.Unmarshal(data, &nodes); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	var rules []Rule
	var errs []error
	for i := range nodes {
		rule := Rule{Area: strings.TrimSuffix(path.Base(name), ".yaml"), line: nodes[i].Line}
		one, err := yaml.Marshal(&nodes[i])
		if err == nil {
			decoder := yaml.NewDecoder(strings.NewReader(string(one)))
			decoder.KnownFields(true)
			err = decoder.Decode(&rule)
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("%s:%d: %w", name, nodes[i].Line, err))
			continue
		}
		for _, err := range rule.complete() {
			errs = append(errs, fmt.Errorf("%s:%d: rule %s: %w", name, rule.line, rule.ID, err))
		}
		rules = append(rules, rule)
	}
	return rules, errors.Join(errs...)
}

var ruleID = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)+$`)

// complete compiles the patterns and gives what is wrong with the rule.
func (r *Rule) complete() []error {
	var errs []error
	complain := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if !ruleID.MatchString(r.ID) || r.ID == UnknownRule {
		complain("id %q: want words in lower case joined by hyphens", r.ID)
	}
	if !slices.Contains(stages, r.Acts) {
		complain("acts %q: want one of %v", r.Acts, stages)
	}
	if !slices.Contains([]Confidence{Certain, Likely, Possible}, r.Confidence) {
		complain("confidence %q: want certain, likely or possible", r.Confidence)
	}
	for name, text := range map[string]Text{"title": r.Title, "cause": r.Cause, "fix": r.Fix, "reproduced": r.Reproduced} {
		if text.EN == "" || text.ZH == "" {
			complain("%s: want both languages", name)
		}
	}
	if (r.Not.EN == "") != (r.Not.ZH == "") {
		complain("not: want both languages")
	}
	if (r.Logic == "") == (len(r.Any)+len(r.All) == 0) {
		complain("want patterns (any, all) or a logic")
	}
	if r.Logic != "" && logics[r.Logic] == nil {
		complain("logic %q: there is no such function", r.Logic)
	}
	for _, list := range [][]Pattern{r.Any, r.All, r.None} {
		for i := range list {
			if err := list[i].compile(); err != nil {
				complain("%w", err)
			}
		}
	}
	for _, remedy := range r.Remedy {
		if name, _, _ := strings.Cut(remedy, "="); !strings.Contains(remedy, "{") {
			if _, err := deployment.Parse(remedy); err != nil {
				complain("remedy: %w", err)
			}
		} else if strings.Contains(name, "{") {
			complain("remedy %q: the name of a condition has no placeholder", remedy)
		}
	}
	return errs
}

func (p *Pattern) compile() (err error) {
	if !slices.Contains(sources, p.In) {
		return fmt.Errorf("in %q: want one of %v", p.In, sources)
	}
	if p.text, err = regexp.Compile(p.Text); err != nil {
		return fmt.Errorf("text: %w", err)
	}
	if p.Text == "" || p.text.MatchString("") {
		return fmt.Errorf("text %q: it matches every line", p.Text)
	}
	p.needs = literals(p.Text)
	if p.Not == "" {
		return nil
	}
	if p.not, err = regexp.Compile(p.Not); err != nil {
		return fmt.Errorf("not: %w", err)
	}
	return nil
}

// checkTogether finds what no rule can see alone.
func checkTogether(rules []Rule) []error {
	var errs []error
	seen := map[string]bool{}
	for _, r := range rules {
		if seen[r.ID] {
			errs = append(errs, fmt.Errorf("rules/%s.yaml:%d: rule %s stands twice", r.Area, r.line, r.ID))
		}
		seen[r.ID] = true
	}
	for _, r := range rules {
		for _, id := range r.LeadsTo {
			if !seen[id] {
				errs = append(errs, fmt.Errorf("rules/%s.yaml:%d: rule %s leads to %s, which does not exist", r.Area, r.line, r.ID, id))
			}
		}
	}
	return errs
}

var placeholder = regexp.MustCompile(`\{([a-z][a-z0-9_]*)\}`)

// fill replaces {name} by the parameter; one that is not there by "?". A logic
// may give an empty one on purpose.
func fill(text string, params map[string]string) string {
	return placeholder.ReplaceAllStringFunc(text, func(name string) string {
		if value, ok := params[name[1:len(name)-1]]; ok {
			return value
		}
		return "?"
	})
}
