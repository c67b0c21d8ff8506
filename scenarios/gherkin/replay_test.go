package gherkin

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/seatrial/seatrial/harness/report"
)

func TestReplayRunsTheFirstStepsOnAnotherWorld(t *testing.T) {
	p := plan(t, "f.feature", `Feature: f
  Scenario: s
    Given all is well
    And remember 7
    And it was 7
    And the table
      | a | b |
      | 1 | 2 |
    And the text
      """json
      {}
      """
    And it takes 2 s for "tea"
    And it fails
    And all is well
`)
	d := &diary{}
	at, outcome, err := Replay(t.Context(), theatre(t), p.Scenarios[0], 5, d)
	assert.NoError(t, err)
	assert.Equal(t, 5, at)
	assert.Equal(t, report.Passed, outcome)
	assert.Equal(t, []string{"well", "[[a b] [1 2]]", "json:{}", "2s tea"}, d.lines)

	d = &diary{}
	at, outcome, err = Replay(t.Context(), theatre(t), p.Scenarios[0], 7, d)
	assert.EqualError(t, err, "no such page")
	assert.Equal(t, 6, at, "the step that did not pass, and none after it")
	assert.Equal(t, report.Failed, outcome)
	assert.Len(t, d.lines, 4)
}

func TestReplayTellsOutcomesApart(t *testing.T) {
	p := plan(t, "f.feature", scenarios("it breaks", "it is skipped", "it panics", "it exits"))
	for i, want := range []report.Outcome{report.Broken, report.Skipped, report.Broken, report.Broken} {
		_, outcome, err := Replay(t.Context(), theatre(t), p.Scenarios[i], 0, &diary{})
		assert.Equal(t, want, outcome, p.Scenarios[i].Steps[0].Text)
		assert.Error(t, err)
	}
	unknown := Scenario{Steps: []Step{{Text: "nobody says this"}}}
	_, outcome, err := Replay(t.Context(), theatre(t), unknown, 0, &diary{})
	assert.Equal(t, report.Broken, outcome)
	assert.ErrorContains(t, err, "0 sentences match it")
}
