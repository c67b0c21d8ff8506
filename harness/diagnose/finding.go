package diagnose

import (
	"github.com/seatrial/seatrial/harness/deployment"
	"github.com/seatrial/seatrial/harness/evidence"
	"github.com/seatrial/seatrial/harness/lang"
)

// UnknownRule is the rule of the finding that no rule made.
const UnknownRule = "unknown"

// Finding is a cause with what shows it.
type Finding struct {
	Rule       string          `json:"rule"`
	Confidence Confidence      `json:"confidence"`
	Title      lang.Text       `json:"title"`
	Cause      lang.Text       `json:"cause"`
	Evidence   []evidence.Line `json:"evidence"`
	// Not is what the cause is easily mistaken for, and how to tell.
	Not lang.Text `json:"not,omitzero"`
	Fix lang.Text `json:"fix"`
	// Remedy are conditions with which it should pass; experiments try them.
	Remedy []deployment.Condition `json:"remedy,omitempty"`
	// Chain are the consequences of this cause that were found too, in order.
	Chain []Finding `json:"chain,omitempty"`
	// Params are what the rule read out of the evidence.
	Params map[string]string `json:"params,omitempty"`

	stage Stage
	at    int // where in its stage it was seen first; smaller is earlier
}

// Diagnosis is what is known about a failure.
type Diagnosis struct {
	// Healthy says that the bundle shows no failure at all.
	Healthy bool `json:"healthy,omitempty"`
	// Findings are the causes, the one that acts first named first. If there is a
	// failure and no rule knows it, the only one is of UnknownRule, with the
	// evidence that a person would look at first.
	Findings []Finding `json:"findings"`
}

// Known says whether some rule recognised the failure.
func (d Diagnosis) Known() bool {
	return len(d.Findings) > 0 && d.Findings[0].Rule != UnknownRule
}

// Confidence is how sure a rule is of its cause.
type Confidence string

const (
	// Certain: the evidence admits no other cause.
	Certain Confidence = "certain"
	// Likely: another cause could look like this, but seldom does.
	Likely Confidence = "likely"
	// Possible: worth a look; never named before a surer cause.
	Possible Confidence = "possible"
)

func (c Confidence) rank() int {
	switch c {
	case Certain:
		return 0
	case Likely:
		return 1
	}
	return 2
}

// Stage is when in the life of a deployment a cause acts.
type Stage string

// The stages, in order.
const (
	StageBuild  Stage = "build"  // the go command
	StageImage  Stage = "image"  // making the image
	StageCreate Stage = "create" // the engine, or the manager of services, makes ready
	StageExec   Stage = "exec"   // from execve to the app's first own instruction
	StageBoot   Stage = "boot"   // the app reads what it needs
	StageListen Stage = "listen" // it opens its port
	StageServe  Stage = "serve"  // it answers
	StageStop   Stage = "stop"   // it ends
	// StageSymptom is for what is seen of any of these from outside: it is the
	// chain of every other cause, and a finding only if there is none.
	StageSymptom Stage = "symptom"
)

var stages = []Stage{StageBuild, StageImage, StageCreate, StageExec, StageBoot, StageListen, StageServe, StageStop, StageSymptom}
