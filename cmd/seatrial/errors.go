package main

import (
	"errors"
	"strings"

	"github.com/seatrial/seatrial/harness"
	"github.com/seatrial/seatrial/harness/engine"
	"github.com/seatrial/seatrial/harness/lang"
)

// describe tells an error to a person: what on the first line, what to do on
// those after it; several errors one after the other.
func describe(err error, l lang.Lang) string {
	if several, ok := err.(interface{ Unwrap() []error }); ok {
		var texts []string
		for _, one := range several.Unwrap() {
			texts = append(texts, describe(one, l))
		}
		return strings.Join(texts, "\n")
	}
	what := err.Error()
	var unavailable *engine.Unavailable
	if errors.As(err, &unavailable) {
		what = unavailable.What.In(l)
	}
	if do := harness.Advice(err); !do.IsZero() {
		what += "\n    " + do.In(l)
	}
	return what
}

// interrupted is what is told instead of the error that an interruption causes.
func interrupted() lang.Text {
	return lang.Text{EN: "interrupted; everything of this run was removed", ZH: "已中断；本次运行的所有资源均已清除"}
}

func firstLine(err error) string {
	line, _, _ := strings.Cut(err.Error(), "\n")
	return line
}
