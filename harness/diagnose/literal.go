package diagnose

import (
	"regexp/syntax"
	"slices"
	"strings"
)

// literals gives texts in lower case of which every match of the expression has
// one, nil if there are none: a search for them is many times faster than one for
// the expression.
func literals(expression string) []string {
	tree, err := syntax.Parse(expression, syntax.Perl)
	if err != nil {
		return nil
	}
	return needed(tree)
}

const (
	shortest = 3  // a shorter text is found everywhere
	mostOf   = 24 // so many alternatives are no gain any more
)

func needed(tree *syntax.Regexp) []string {
	switch tree.Op {
	case syntax.OpLiteral:
		if text := folded(string(tree.Rune)); len(text) >= shortest {
			return []string{text}
		}
	case syntax.OpCapture, syntax.OpPlus:
		return needed(tree.Sub[0])
	case syntax.OpRepeat:
		if tree.Min > 0 {
			return needed(tree.Sub[0])
		}
	case syntax.OpConcat:
		var best []string
		for _, sub := range tree.Sub {
			if list := needed(sub); len(list) > 0 && (best == nil || least(list) > least(best)) {
				best = list
			}
		}
		return best
	case syntax.OpAlternate:
		var all []string
		for _, sub := range tree.Sub {
			list := needed(sub)
			if len(list) == 0 {
				return nil
			}
			all = append(all, list...)
		}
		if len(all) <= mostOf {
			return all
		}
	}
	return nil
}

// least is the length of the shortest text.
func least(list []string) int {
	return len(slices.MinFunc(list, func(a, b string) int { return len(a) - len(b) }))
}

// folded is a text in lower case, with the one letter that Unicode folds to an
// ASCII one and lower case does not.
func folded(text string) string {
	return strings.ReplaceAll(strings.ToLower(text), "ſ", "s")
}

// has says whether some line of the source has one of the texts.
func (c *Case) has(source Source, texts []string) bool {
	if len(texts) == 0 {
		return true
	}
	all, ok := c.texts[source]
	if !ok {
		var b strings.Builder
		for _, line := range c.Lines(source) {
			b.WriteString(folded(line.Plain))
			b.WriteByte('\n')
		}
		all = b.String()
		if c.texts == nil {
			c.texts = map[Source]string{}
		}
		c.texts[source] = all
	}
	return slices.ContainsFunc(texts, func(text string) bool { return strings.Contains(all, text) })
}
