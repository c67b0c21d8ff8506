// Package report says what a run found: it holds the vocabulary of outcomes
// and results, and turns a run into a terminal table, a failure page, JUnit
// XML and JSON, and shows progress while it lasts.
//
// Read outcome.go first, then result.go (what a run is), then verdict.go (what
// the exit code means); each renderer is a file of its own: table.go, page.go,
// junit.go, json.go, progress.go.
//
// # What the harness must hand over
//
// Each scenario of each cell is one [Result], in the order of the run, and
// [Run.Planned] counts them beforehand. A scenario that could not run because
// its cell did not build is a Result too, skipped with that reason, so that
// executed equals planned. What became of the cell itself (it did not build,
// it was built and cannot be run here, it was left out) is its own outcome,
// and is shown and counted as an entry of its own, named "build" in files.
//
// Nothing is dropped silently: whatever is skipped, excluded or only built is
// in every report with its reason. All renderers are pure: the same run gives
// the same bytes. Only this package's words are translated; the names in a run
// are shown as they are, without what could steer a terminal.
package report
