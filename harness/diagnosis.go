package harness

import (
	"fmt"

	"github.com/seatrial/seatrial/harness/diagnose"
	"github.com/seatrial/seatrial/harness/evidence"
	"github.com/seatrial/seatrial/harness/report"
)

// Diagnose names the causes of the failure that the bundle is of, and writes
// them into its page. A bundle that cannot be read leaves the page as it is:
// what was seen stands there, and the trial notes why there is no more.
func (t *Trial) Diagnose(bundle string, f *report.Failure) diagnose.Diagnosis {
	if bundle == "" || f == nil {
		return diagnose.Diagnosis{}
	}
	b, err := evidence.Open(bundle)
	if err != nil {
		t.note(fmt.Sprintf("diagnose %s: %v", bundle, err))
		return diagnose.Diagnosis{}
	}
	defer b.Close()
	d := diagnose.Bundle(b)
	apply(f, d)
	return d
}

// apply writes a diagnosis into a page. Where no rule knows the cause, or only
// guesses it, what the page says already is what is known.
func apply(f *report.Failure, d diagnose.Diagnosis) {
	if !d.Known() || d.Findings[0].Confidence == diagnose.Possible {
		f.Rule = diagnose.UnknownRule
		if len(f.Evidence) == 0 && len(d.Findings) > 0 {
			f.Evidence = d.Findings[0].Evidence
		}
		if d.Known() {
			f.Also = causes(d.Findings)
		}
		return
	}
	cause := FailureOf(d.Findings[0])
	cause.What, cause.Seen, cause.Rerun, cause.Shell, cause.Proof, cause.Reproduce = f.What, f.Cause, f.Rerun, f.Shell, f.Proof, f.Reproduce
	cause.Also = causes(d.Findings[1:])
	*f = *cause
}

// FailureOf is the page of a finding.
func FailureOf(f diagnose.Finding) *report.Failure {
	return &report.Failure{
		Rule: f.Rule, What: f.Title, Cause: f.Cause, Evidence: f.Evidence, Not: f.Not, Fix: f.Fix, Hence: causes(f.Chain),
	}
}

func causes(findings []diagnose.Finding) []report.Cause {
	var list []report.Cause
	for _, f := range findings {
		list = append(list, report.Cause{Rule: f.Rule, Title: f.Title, Fix: f.Fix})
	}
	return list
}
