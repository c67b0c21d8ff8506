package main

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seatrial/seatrial/harness/lang"
	"github.com/seatrial/seatrial/harness/report"
)

func failed(name, what, cause string) report.Result {
	return report.Result{Cell: "c", Feature: "f", Scenario: name, Outcome: report.Failed, Failure: &report.Failure{What: lang.Text{EN: what}, Cause: lang.Text{EN: cause}}}
}

func TestOnePageOfEachCauseComesFirst(t *testing.T) {
	run := &report.Run{Results: []report.Result{
		failed("a", "it does not start (under user=1, read-only-root)", "exited after 3ms; read-only"),
		{Cell: "c", Feature: "f", Scenario: "passed", Outcome: report.Passed},
		failed("b", "it does not start (under read-only-root)", "exited after 12ms; read-only"),
		failed("c", "an asset is missing", ""),
		failed("d", "it does not start (under user=1, x=2)", "exited after 1ms; permission denied"),
	}}
	var names []string
	for _, r := range mostTelling([]report.Result{run.Results[0], run.Results[2], run.Results[3], run.Results[4]}) {
		names = append(names, r.Scenario)
	}
	assert.Equal(t, []string{"b", "c", "d", "a"}, names)

	var out bytes.Buffer
	require.NoError(t, writePages(&out, run, report.Options{}, 3))
	assert.Contains(t, out.String(), "FAILED  b\n")
	assert.NotContains(t, out.String(), "FAILED  a\n")
	assert.Contains(t, out.String(), "1 more failure pages: --pages 4 shows them all")
	out.Reset()
	require.NoError(t, writePages(&out, run, report.Options{}, 4))
	assert.Contains(t, out.String(), "FAILED  a\n")
	assert.NotContains(t, out.String(), "more failure pages")
}
