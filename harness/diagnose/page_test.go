package diagnose_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/seatrial/seatrial/harness/diagnose"
	"github.com/seatrial/seatrial/harness/evidence"
)

func TestPageTellsAllOfARuleInBothLanguages(t *testing.T) {
	r := diagnose.Rule{
		ID: "oven-cold", Acts: diagnose.StageServe, Confidence: diagnose.Likely, Area: "kitchen",
		Title: diagnose.Text{EN: "the oven is cold", ZH: "烤箱没热"},
		Cause: diagnose.Text{EN: "{name} is at <5 degrees, see `{name}_*`", ZH: "{name_zh} 低于 5 度"},
		Fix:   diagnose.Text{EN: "heat it", ZH: "加热"}, Not: diagnose.Text{EN: "not *the fridge*", ZH: "不是冰箱"},
		Reproduced: diagnose.Text{EN: "by waiting", ZH: "等待"},
		Remedy:     []string{"memory=512MiB", "tmpfs={dir}"}, LeadsTo: []string{"bread-flat"},
	}
	page := diagnose.RulePage(r, []evidence.Line{{File: "stderr.log", Number: 3, Text: "cold ```" + strings.Repeat("!", 200)}})
	for _, want := range []string{
		"# oven-cold\n", "the oven is cold · 烤箱没热", "[kitchen](README.md#kitchen)", "stderr.log:3: cold '''!!!", "…\n```\n",
		"‹name› is at \\<5 degrees, see `‹name›_*`", "‹name› 低于 5 度", "heat it\n\n加热", `not \*the fridge\*`, "- `tmpfs=‹dir›`", "[bread-flat](bread-flat.md)", "by waiting\n\n等待",
	} {
		assert.Contains(t, page, want)
	}
	assert.NotContains(t, diagnose.RulePage(r, nil), "Symptom")
	index := diagnose.RulesPage([]diagnose.Rule{r, {ID: "knife-blunt", Area: "drawer", Title: diagnose.Text{EN: "a|b", ZH: "丙"}}})
	assert.Regexp(t, `(?s)## drawer.*knife-blunt\.md\) \| a\\\|b \| 丙 \|.*## kitchen.*oven-cold`, index)
}

// named gives the rules that the cases of the corpus name under a key of theirs.
func named(t *testing.T, keys string) map[string]bool {
	t.Helper()
	rules := map[string]bool{}
	key := regexp.MustCompile(`(?m)^(?:` + keys + `): *(.*)$`)
	for _, archive := range cases(t) {
		for _, m := range key.FindAllStringSubmatch(string(archive.Comment), -1) {
			for _, id := range strings.FieldsFunc(m[1], func(r rune) bool { return r == ',' || r == ' ' }) {
				rules[id] = true
			}
		}
	}
	return rules
}

// TestEveryRuleIsTriedByACase wants a bundle in the corpus for each rule.
func TestEveryRuleIsTriedByACase(t *testing.T) {
	if testing.Short() {
		t.Skip("it asks for more cases, not whether the rules are right")
	}
	expected := named(t, "expect|also")
	for _, r := range diagnose.Rules() {
		assert.True(t, expected[r.ID], "no case expects %s", r.ID)
	}
}

// TestEveryRuleHasALookAlike wants for each rule a bundle in which it could be
// found and must not be.
func TestEveryRuleHasALookAlike(t *testing.T) {
	if testing.Short() {
		t.Skip("it asks for more cases, not whether the rules are right")
	}
	never := named(t, "never")
	for _, r := range diagnose.Rules() {
		assert.True(t, never[r.ID], "no case says that it resembles %s and is not: want the rule under never", r.ID)
	}
}
