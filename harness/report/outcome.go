package report

import (
	"fmt"

	"github.com/seatrial/seatrial/harness/lang"
)

// Outcome is what became of a step, a scenario or a cell. The zero value is
// Unknown, which is never success.
type Outcome int

// Outcomes; "built" is never counted as passed.
const (
	Unknown         Outcome = iota // nobody said; an error of the harness
	Passed                         // as it should be
	Failed                         // the app is at fault
	Broken                         // the harness or the engine is at fault
	Skipped                        // not run, with a reason
	Built                          // built for a target that cannot be run here
	ExpectedFailure                // failed, as the matrix said it would
	UnexpectedPass                 // passed, though the matrix expects a failure

	lastOutcome // keep last: tests walk up to it
)

type outcomeWords struct {
	word   string // in files and flags
	symbol string // one column wide in every terminal
	colour string // ANSI SGR
	label  lang.Text
}

func (o Outcome) words() outcomeWords {
	switch o {
	case Passed:
		return outcomeWords{"passed", "✓", "32", lang.Text{EN: "passed", ZH: "通过"}}
	case Failed:
		return outcomeWords{"failed", "✗", "31", lang.Text{EN: "failed", ZH: "失败"}}
	case Broken:
		return outcomeWords{"broken", "!", "35", lang.Text{EN: "broken", ZH: "环境故障"}}
	case Skipped:
		return outcomeWords{"skipped", "-", "33", lang.Text{EN: "skipped", ZH: "跳过"}}
	case Built:
		return outcomeWords{"built", "o", "36", lang.Text{EN: "built", ZH: "仅构建"}}
	case ExpectedFailure:
		return outcomeWords{"expected-failure", "x", "33", lang.Text{EN: "expected-failure", ZH: "预期失败"}}
	case UnexpectedPass:
		return outcomeWords{"unexpected-pass", "^", "31", lang.Text{EN: "unexpected-pass", ZH: "意外通过"}}
	default:
		return outcomeWords{"unknown", "?", "35", lang.Text{EN: "unknown", ZH: "未知"}}
	}
}

// Outcomes lists all outcomes in the order in which reports count them.
func Outcomes() []Outcome {
	return []Outcome{Passed, Failed, Broken, Skipped, Built, ExpectedFailure, UnexpectedPass, Unknown}
}

// String gives the word that stands in files: "expected-failure".
func (o Outcome) String() string { return o.words().word }

// Label gives the word for a reader of language l.
func (o Outcome) Label(l lang.Lang) string { return o.words().label.In(l) }

// Symbol gives one character, of one column, for tables.
func (o Outcome) Symbol() string { return o.words().symbol }

// ParseOutcome is the inverse of String.
func ParseOutcome(word string) (Outcome, error) {
	for _, o := range Outcomes() {
		if o.String() == word {
			return o, nil
		}
	}
	return Unknown, fmt.Errorf("parse outcome %q: no such word", word)
}

// MarshalText makes JSON show the word.
func (o Outcome) MarshalText() ([]byte, error) { return []byte(o.String()), nil }

// UnmarshalText reads the word; one it does not know is an error.
func (o *Outcome) UnmarshalText(text []byte) (err error) {
	*o, err = ParseOutcome(string(text))
	return err
}

// Worst sums up the outcomes of the parts of a whole: broken and unknown before
// failed and unexpected-pass; passed if any part passed and none of those is
// there; Unknown if there are no parts.
func Worst(outcomes ...Outcome) Outcome {
	for _, candidate := range []Outcome{Broken, Unknown, Failed, UnexpectedPass, Passed, ExpectedFailure, Built, Skipped} {
		for _, o := range outcomes {
			if o == candidate {
				return candidate
			}
		}
	}
	return Unknown
}
