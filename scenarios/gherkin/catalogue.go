package gherkin

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/seatrial/seatrial/harness/lang"
)

// Sentence is one thing that a feature file can say.
type Sentence struct {
	// Group is the noun that the sentence is about: app, static, logs, redis.
	Group string
	// Keyword is how people normally begin it: Given, When or Then. It does not
	// restrict a step, as everywhere in Gherkin.
	Keyword string
	// EN and ZH are the patterns, see [New]. Their parameters are the same.
	EN, ZH string
	// Doc says what the sentence does or checks.
	Doc lang.Text
	// ExampleEN and ExampleZH are steps as one would write them, without keyword.
	ExampleEN, ExampleZH string
	// Own marks a team's own sentence: one language and no Doc is enough.
	Own bool
	// Func does it: func([W], [context.Context], parameters..., [*Table | *DocString])
	// with error or (context.Context, error) as results. W is the type of the
	// catalogue's World, so that a method expression (*World).Start will do. The
	// parameters are in the order of EN, or of ZH where there is no EN.
	Func any
}

// Config is what the sentences of a catalogue have in common.
type Config struct {
	// World is a value (a nil pointer will do) of the type that functions may take first.
	World any
	// Types are the parameter types besides [BuiltinTypes].
	Types []ParameterType
}

// Catalogue is a set of sentences that does not contradict itself. It is
// immutable and safe for concurrent use.
type Catalogue struct {
	world     reflect.Type
	types     map[string]ParameterType
	sentences []*compiled
}

type compiled struct {
	Sentence
	signature signature
	forms     []form
}

// form is a sentence in one language.
type form struct {
	*pattern
	order []int // order[i] is the argument that capture i becomes
}

// New compiles and checks the sentences and gives every mistake at once, as an
// error made by errors.Join.
//
// A pattern is text with
//
//	{int} {duration}   a parameter; {path:source} {path:target} tell two of a type apart
//	second(s)          optional text
//	is/are             one or the other, between white space or parameters
//	(停止|关闭)         one or the other, anywhere
//	\( \{ \/ \| \\     the character itself
//
// White space between Chinese and anything else is optional in a step, and
// full-width punctuation is as good as ASCII. Parameters may be in another order
// in ZH than in EN if their labels (their types, if not labelled) are all different.
func New(cfg Config, sentences ...Sentence) (*Catalogue, error) {
	c := &Catalogue{types: map[string]ParameterType{}}
	if cfg.World != nil {
		c.world = reflect.TypeOf(cfg.World)
	}
	var problems mistakes
	for _, t := range slices.Concat(BuiltinTypes(), cfg.Types) {
		if err := t.validate(); err != nil {
			problems.add(err)
		} else if _, twice := c.types[t.Name]; twice {
			problems.add(fmt.Errorf("declare parameter type {%s}: declared twice", t.Name))
		} else {
			c.types[t.Name] = t
		}
	}
	for i := range sentences {
		compiled, err := c.compile(sentences[i])
		problems.add(err)
		if err == nil {
			c.sentences = append(c.sentences, compiled)
		}
	}
	c.conflicts(&problems)
	if err := problems.err(); err != nil {
		return nil, err
	}
	return c, nil
}

// Sentences gives the sentences in the order of declaration.
func (c *Catalogue) Sentences() []Sentence {
	out := make([]Sentence, len(c.sentences))
	for i, s := range c.sentences {
		out[i] = s.Sentence
	}
	return out
}

func (c *Catalogue) compile(s Sentence) (*compiled, error) {
	name := s.EN
	if name == "" {
		name = s.ZH
	}
	var problems mistakes
	bad := func(format string, args ...any) {
		problems.add(fmt.Errorf("declare sentence %q: "+format, append([]any{name}, args...)...))
	}
	if !slices.Contains([]string{"Given", "When", "Then"}, s.Keyword) {
		bad("keyword is %q: want Given, When or Then", s.Keyword)
	}
	if !s.Own && (s.EN == "" || s.ZH == "" || s.Doc.EN == "" || s.Doc.ZH == "" || s.Group == "") {
		bad("want a group, and the pattern and the doc in English and in Chinese")
	}
	out := &compiled{Sentence: s}
	var err error
	if out.signature, err = inspect(s.Func, c.world); err != nil {
		bad("%w", err)
		return nil, problems.err()
	}
	for _, f := range []struct {
		lang            lang.Lang
		source, example string
	}{{lang.English, s.EN, s.ExampleEN}, {lang.Chinese, s.ZH, s.ExampleZH}} {
		if f.source == "" {
			continue
		}
		p, err := compilePattern(f.source, f.lang, c.types)
		if err != nil {
			bad("%w", err)
			continue
		}
		if len(out.forms) == 0 || out.forms[0].re.String() != p.re.String() {
			out.forms = append(out.forms, form{pattern: p})
		}
		if !p.re.MatchString(f.example) {
			bad("example %q does not match %q", f.example, f.source)
		}
	}
	if len(out.forms) == 0 && problems == nil {
		bad("no pattern")
	}
	if problems == nil {
		if err := out.arrange(); err != nil {
			bad("%w", err)
		}
	}
	return out, problems.err()
}

// arrange assigns captures to arguments and checks their types.
func (s *compiled) arrange() error {
	first := s.forms[0].params
	if len(first) != len(s.signature.params) {
		return fmt.Errorf("%d parameters in the pattern, %d in %v", len(first), len(s.signature.params), s.signature.fn.Type())
	}
	for i, p := range first {
		if to := s.signature.params[i]; !p.typ.fits(to) {
			return fmt.Errorf("{%s} gives %v, argument %d of %v is %v", p.typ.Name, p.typ.goType(), i+1, s.signature.fn.Type(), to)
		}
	}
	for i := range s.forms {
		f := &s.forms[i]
		if len(f.params) != len(first) {
			return fmt.Errorf("the parameters of %q are not those of %q", f.source, s.forms[0].source)
		}
		unique := distinct(first)
		for j, p := range f.params {
			at := j
			if unique {
				at = slices.IndexFunc(first, func(q param) bool { return q.label == p.label })
			}
			if at < 0 || slices.Contains(f.order, at) || first[at].typ.Name != p.typ.Name || first[at].label != p.label {
				return fmt.Errorf("the parameters of %q are not those of %q", f.source, s.forms[0].source)
			}
			f.order = append(f.order, at)
		}
	}
	return nil
}

func distinct(params []param) bool {
	seen := map[string]bool{}
	for _, p := range params {
		if seen[p.label] {
			return false
		}
		seen[p.label] = true
	}
	return true
}

// conflicts finds examples that more than one sentence would answer to.
func (c *Catalogue) conflicts(problems *mistakes) {
	for i, s := range c.sentences {
		for _, f := range s.forms {
			for _, t := range c.sentences[:i] {
				for _, g := range t.forms {
					if f.re.String() == g.re.String() {
						problems.add(fmt.Errorf("declare sentence %q: the same as %q", f.source, g.source))
					}
				}
			}
		}
	}
	if *problems != nil {
		return // every duplicate would be reported again, as an ambiguity
	}
	for _, s := range c.sentences {
		for _, example := range []string{s.ExampleEN, s.ExampleZH} {
			if example == "" {
				continue
			}
			if found := c.matching(example); len(found) > 1 {
				problems.add(fmt.Errorf("declare sentence: the example %q is ambiguous: %s", example, quoteAll(sources(found))))
			}
		}
	}
}

// found is a pattern that matches a text.
type found struct {
	sentence *compiled
	form     *form
	captures []string
}

// matching gives every pattern that matches the text.
func (c *Catalogue) matching(text string) []found {
	var out []found
	for _, s := range c.sentences {
		for i := range s.forms {
			if m := s.forms[i].re.FindStringSubmatch(text); m != nil {
				out = append(out, found{s, &s.forms[i], m[1:]})
			}
		}
	}
	return out
}

// Sentence gives the sentence that a step's text is, if it is one.
func (c *Catalogue) Sentence(text string) (Sentence, bool) {
	all := c.matching(text)
	if len(all) == 0 {
		return Sentence{}, false
	}
	return all[0].sentence.Sentence, true
}

// Meaning gives what a step's text comes to, in whichever language it is: the
// sentence's first pattern and the values of its parameters in the order of its
// function. It is false for a text that is no sentence, and for one whose values
// are none.
func (c *Catalogue) Meaning(text string) (pattern string, values []any, ok bool) {
	all := c.matching(text)
	if len(all) == 0 {
		return "", nil, false
	}
	args, err := all[0].arguments(all[0].captures)
	if err != nil {
		return "", nil, false
	}
	for _, arg := range args {
		values = append(values, arg.Interface())
	}
	return all[0].sentence.forms[0].source, values, true
}

// arguments converts the captures, in the order of the function.
func (f found) arguments(captures []string) ([]reflect.Value, error) {
	args := make([]reflect.Value, len(f.form.params))
	for i, p := range f.form.params {
		at := f.form.order[i]
		v, err := p.typ.value(captures[i], f.sentence.signature.params[at])
		if err != nil {
			return nil, err
		}
		args[at] = v
	}
	return args, nil
}

func sources(found []found) []string {
	var out []string
	for _, f := range found {
		out = append(out, f.form.source)
	}
	return out
}

func quoteAll(texts []string) string {
	quoted := make([]string, len(texts))
	for i, t := range texts {
		quoted[i] = fmt.Sprintf("%q", t)
	}
	return strings.Join(quoted, ", ")
}
