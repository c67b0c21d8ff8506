package gherkin

import (
	"context"
	"fmt"
	"reflect"

	"github.com/seatrial/seatrial/harness/report"
)

// Replay runs the first steps of a scenario again, outside of a run and on a world
// of its own: those up to the one with index last, which it includes. It gives the
// index of the step that did not pass, with its outcome and error, or last with
// [report.Passed]. It cleans nothing up.
func Replay[W any](ctx context.Context, c *Catalogue, s Scenario, last int, world W) (int, report.Outcome, error) {
	value := reflect.ValueOf(&world).Elem()
	for i, step := range s.Steps[:last+1] {
		found := c.matching(step.Text)
		if len(found) != 1 {
			return i, report.Broken, Broken(fmt.Errorf("replay %q: %d sentences match it", step.Text, len(found)))
		}
		args, err := found[0].arguments(found[0].captures)
		if err != nil {
			return i, report.Broken, Broken(err)
		}
		next, err := guard(ctx, DefaultGrace/4, func() (context.Context, error) {
			return found[0].sentence.signature.call(ctx, value, args, s.data[i])
		})
		if outcome, _ := classify(ctx, err); outcome != report.Passed {
			return i, outcome, err
		}
		ctx = next
	}
	return last, report.Passed, nil
}
