package report

import (
	"strings"
	"time"

	"github.com/seatrial/seatrial/harness/evidence"
	"github.com/seatrial/seatrial/harness/lang"
)

// Step is one step of a scenario.
type Step struct {
	Keyword string        `json:"keyword"`
	Text    string        `json:"text"`
	Line    int           `json:"line,omitempty"` // in the feature file
	Outcome Outcome       `json:"outcome"`
	Took    time.Duration `json:"took_ns"`
	Error   string        `json:"error,omitempty"`
}

// Failure says why something failed, with its evidence and its fix. Fields that
// are empty are left out of the page.
type Failure struct {
	Rule     string          `json:"rule,omitempty"` // stable code of the rule that found the cause
	What     lang.Text       `json:"what,omitzero"`  // the symptom, one line
	Seen     lang.Text       `json:"seen,omitzero"`  // what was seen, where Cause is a rule's
	Cause    lang.Text       `json:"cause,omitzero"`
	Evidence []evidence.Line `json:"evidence,omitempty"`
	Not      lang.Text       `json:"not,omitzero"`    // what the cause is easily mistaken for
	Hence    []Cause         `json:"hence,omitempty"` // what the cause leads to, and was seen too
	Also     []Cause         `json:"also,omitempty"`  // further causes, in the order in which they act
	Proof    lang.Text       `json:"proof,omitzero"`  // what experiments showed
	// Reproduce are the commands of the experiments' two sides.
	Reproduce *Reproduction `json:"reproduce,omitempty"`
	Fix       lang.Text     `json:"fix,omitzero"`
	Rerun     string        `json:"rerun,omitempty"` // command that runs just this again
	Shell     string        `json:"shell,omitempty"` // command that opens a shell beside it
}

// Reproduction are commands for a POSIX shell that show the failing side and the
// passing one without Seatrial.
type Reproduction struct {
	Fails  string `json:"fails,omitempty"`
	Passes string `json:"passes,omitempty"`
}

// Cause is a cause beside the one that a failure is about.
type Cause struct {
	Rule  string    `json:"rule"`
	Title lang.Text `json:"title"`
	Fix   lang.Text `json:"fix,omitzero"`
}

// repeats says whether a text, such as a step's error, tells nothing that the
// failure does not tell by itself, and in the reader's language.
func (f *Failure) repeats(text string) bool {
	text = strings.TrimSpace(text)
	if text == "" || f == nil {
		return false
	}
	for _, told := range []string{f.Cause.EN, f.Seen.EN} {
		if told != "" && strings.Contains(text, told) {
			return true
		}
	}
	return strings.HasPrefix(f.What.EN, text)
}

// Result is one scenario in one cell.
type Result struct {
	Cell     string        `json:"cell"`
	Feature  string        `json:"feature"`
	Scenario string        `json:"scenario"`
	File     string        `json:"file,omitempty"` // feature file
	Line     int           `json:"line,omitempty"`
	Tags     []string      `json:"tags,omitempty"`
	Outcome  Outcome       `json:"outcome"`
	Reason   string        `json:"reason,omitempty"`    // why skipped, or why the failure is expected
	ReasonZH string        `json:"reason_zh,omitempty"` // the same in Chinese, where there is one
	Started  time.Time     `json:"started,omitzero"`
	Took     time.Duration `json:"took_ns"`
	Steps    []Step        `json:"steps,omitempty"`
	Failure  *Failure      `json:"failure,omitempty"`
	Bundle   string        `json:"bundle,omitempty"` // where the evidence is
}

// in gives the result with its reason in a language.
func (r Result) in(l lang.Lang) Result {
	r.Reason = lang.Text{EN: r.Reason, ZH: r.ReasonZH}.In(l)
	return r
}

// Cell is one combination of the matrix and what became of it. An Unknown
// outcome stands for the worst of its results.
type Cell struct {
	Name     string        `json:"name"`
	Go       string        `json:"go,omitempty"` // exact version
	Target   string        `json:"target,omitempty"`
	Base     string        `json:"base,omitempty"`
	Outcome  Outcome       `json:"outcome"`
	Reason   string        `json:"reason,omitempty"`
	Took     time.Duration `json:"took_ns"` // build and image, without the scenarios
	Failure  *Failure      `json:"failure,omitempty"`
	Bundle   string        `json:"bundle,omitempty"`
	Artifact *ArtifactInfo `json:"artifact,omitempty"`
	Image    *ImageInfo    `json:"image,omitempty"`
}

// Result gives the entry that stands for the cell itself in tables and counts,
// and that its failure page is about.
func (c Cell) Result() Result {
	return Result{
		Cell: c.Name, Scenario: buildEntry, Outcome: c.Outcome, Reason: c.Reason,
		Took: c.Took, Failure: c.Failure, Bundle: c.Bundle,
	}
}

// ArtifactInfo is what a report tells of a built binary.
type ArtifactInfo struct {
	Path        string        `json:"path,omitempty"`
	SHA256      string        `json:"sha256,omitempty"`
	Size        int64         `json:"size,omitempty"` // bytes
	GoVersion   string        `json:"go_version,omitempty"`
	Static      bool          `json:"static"`
	Interpreter string        `json:"interpreter,omitempty"` // ELF interpreter
	Command     string        `json:"command,omitempty"`     // the go build that can be pasted
	Took        time.Duration `json:"took_ns"`
	Reused      bool          `json:"reused"`
}

// ImageInfo is what a report tells of the image that a cell was run from.
type ImageInfo struct {
	Name   string        `json:"name"`
	ID     string        `json:"id,omitempty"`
	Digest string        `json:"digest,omitempty"`
	Source string        `json:"source,omitempty"`
	Detail string        `json:"detail,omitempty"`
	Size   int64         `json:"size,omitempty"` // bytes
	Took   time.Duration `json:"took_ns"`
}

// ImageUse is where a base or a service image of the run came from.
type ImageUse struct {
	Name   string `json:"name"`
	Source string `json:"source"` // "engine", "registry" or "assembled"
	Detail string `json:"detail,omitempty"`
	Digest string `json:"digest,omitempty"`
	Size   int64  `json:"size,omitempty"` // bytes
}

// Excluded is a combination that the matrix leaves out.
type Excluded struct {
	Name   string `json:"name"`
	Reason string `json:"reason,omitempty"`
}

// in gives the run with the reasons of its results in a language.
func (r *Run) in(l lang.Lang) *Run {
	out := *r
	out.Results = make([]Result, len(r.Results))
	for i := range r.Results {
		out.Results[i] = r.Results[i].in(l)
	}
	return &out
}

// Run is all that one run of the harness found.
type Run struct {
	ID       string            `json:"id"`
	Started  time.Time         `json:"started"`
	Took     time.Duration     `json:"took_ns"`
	Command  string            `json:"command,omitempty"`
	Host     map[string]string `json:"host,omitempty"`
	App      string            `json:"app"`
	Pins     map[string]string `json:"pins,omitempty"` // Go as asked for -> exact
	Images   []ImageUse        `json:"images,omitempty"`
	Cells    []Cell            `json:"cells"`
	Excluded []Excluded        `json:"excluded,omitempty"`
	Results  []Result          `json:"results"`
	Planned  int               `json:"planned"`            // results that a complete run has
	LeftOut  int               `json:"left_out,omitempty"` // scenarios that were not planned for what they cost
	Notes    []string          `json:"notes,omitempty"`
}
