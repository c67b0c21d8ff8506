package diagnose

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/seatrial/seatrial/harness/deployment"
	"github.com/seatrial/seatrial/harness/evidence"
	"github.com/seatrial/seatrial/harness/lang"
)

// Match is what a rule saw: the lines that show it, and what it read out of them.
type Match struct {
	Lines  []evidence.Line
	Params map[string]string
	// Confidence, if it is not the rule's own.
	Confidence Confidence
	// Remedy are conditions besides the rule's own.
	Remedy []string
}

// Bundle diagnoses a bundle.
func Bundle(b *evidence.Bundle) Diagnosis { return Diagnose(Read(b)) }

// Diagnose applies every rule to the case.
func Diagnose(c *Case) Diagnosis { return diagnose(c, Rules()) }

func diagnose(c *Case, rules []Rule) Diagnosis {
	healthy := c.Healthy()
	if _, known := c.passed(); healthy && known {
		return Diagnosis{Healthy: true}
	}
	var found []Finding
	leads := map[string][]string{}
	for _, r := range rules {
		leads[r.ID] = r.LeadsTo
		if healthy && !r.Quiet {
			continue
		}
		if m := r.match(c); m != nil {
			found = append(found, r.finding(c, m))
		}
	}
	slices.SortStableFunc(found, func(a, b Finding) int {
		return cmp.Or(
			boolRank(a.Confidence == Possible)-boolRank(b.Confidence == Possible),
			slices.Index(stages, a.stage)-slices.Index(stages, b.stage),
			a.Confidence.rank()-b.Confidence.rank(),
			a.at-b.at,
		)
	})
	found = chained(found, leads)
	if len(found) == 0 && (healthy || c.settled()) {
		return Diagnosis{Healthy: true}
	}
	if len(found) == 0 {
		found = []Finding{unknown(c)}
	}
	return Diagnosis{Findings: found}
}

func boolRank(b bool) int {
	if b {
		return 1
	}
	return 0
}

// chained hangs consequences behind the cause that leads to them: what a rule
// names, and any symptom behind the first cause.
func chained(found []Finding, leads map[string][]string) []Finding {
	reach := func(from, to string) bool { return reaches(leads, from, to, map[string]bool{}) }
	cause := make([]int, len(found)) // the index of each one's cause, -1 if it is one
	for i := range found {
		cause[i] = slices.IndexFunc(found, func(f Finding) bool {
			return f.Rule != found[i].Rule && reach(f.Rule, found[i].Rule) && !reach(found[i].Rule, f.Rule)
		})
		if cause[i] < 0 && found[i].stage == StageSymptom && found[0].stage != StageSymptom {
			cause[i] = 0
		}
	}
	var causes []Finding
	for i, f := range found {
		if cause[i] >= 0 {
			continue
		}
		for j := range found {
			if j != i && root(cause, j) == i {
				f.Chain = append(f.Chain, found[j])
			}
		}
		causes = append(causes, f)
	}
	return causes
}

func root(cause []int, i int) int {
	for range cause {
		if cause[i] < 0 {
			return i
		}
		i = cause[i]
	}
	return i
}

func reaches(leads map[string][]string, from, to string, seen map[string]bool) bool {
	if seen[from] {
		return false
	}
	seen[from] = true
	for _, next := range leads[from] {
		if next == to || reaches(leads, next, to, seen) {
			return true
		}
	}
	return false
}

// match gives what the rule sees in the case, nil if it sees nothing.
func (r *Rule) match(c *Case) *Match {
	if !r.When.holds(c) {
		return nil
	}
	if r.Logic != "" {
		return logics[r.Logic](c)
	}
	m := &Match{Params: map[string]string{}}
	for _, p := range r.None {
		if _, ok := p.find(c, true); ok {
			return nil
		}
	}
	for _, p := range r.All {
		line, ok := p.find(c, true)
		if !ok {
			return nil
		}
		m.take(p, line)
	}
	if len(r.Any) == 0 {
		return m
	}
	for _, p := range r.Any {
		if line, ok := p.find(c, false); ok {
			m.take(p, line)
			return m
		}
	}
	return nil
}

func (m *Match) take(p Pattern, line Line) {
	m.Lines = append(m.Lines, line.Line)
	groups := p.text.FindStringSubmatch(line.Plain)
	for i, name := range p.text.SubexpNames() {
		if name != "" && groups[i] != "" && m.Params[name] == "" {
			m.Params[name] = groups[i]
		}
	}
}

// find gives the line that the pattern is about; of what the app calls a mere
// note only if these are wanted.
func (p *Pattern) find(c *Case, notes bool) (Line, bool) {
	if !c.has(p.In, p.needs) {
		return Line{}, false
	}
	lines := c.Lines(p.In)
	matches := func(line Line) bool {
		return p.text.MatchString(line.Plain) && (p.not == nil || !p.not.MatchString(line.Plain)) && (p.Deadly && c.Matters(line) || !p.Deadly && (notes || !c.note(line)))
	}
	if p.Last {
		for _, line := range slices.Backward(lines) {
			if matches(line) {
				return line, true
			}
		}
		return Line{}, false
	}
	i := slices.IndexFunc(lines, matches)
	if i < 0 {
		return Line{}, false
	}
	return lines[i], true
}

func (w When) holds(c *Case) bool {
	is := func(want *bool, have bool) bool { return want == nil || *want == have }
	switch {
	case len(w.Phase) > 0 && c.Outcome.Phase != "" && !slices.Contains(w.Phase, c.Outcome.Phase),
		len(w.Kind) > 0 && c.Outcome.Kind != "" && !slices.Contains(w.Kind, c.Outcome.Kind),
		len(w.Exit) > 0 && c.State != nil && (!c.Ended() || !slices.Contains(w.Exit, c.State.ExitCode)),
		c.State != nil && !is(w.OOM, c.State.OOM),
		c.State != nil && !is(w.Ended, c.Ended()),
		c.State != nil && !is(w.Refused, c.Refused()):
		return false
	}
	return true
}

// finding writes down what the rule saw.
func (r *Rule) finding(c *Case, m *Match) Finding {
	f := Finding{
		Rule: r.ID, Confidence: cmp.Or(m.Confidence, r.Confidence), Evidence: m.Lines, Params: m.Params, stage: r.Acts,
		Title: r.Title.filled(m.Params), Cause: r.Cause.filled(m.Params), Fix: r.Fix.filled(m.Params), Not: r.Not.filled(m.Params),
	}
	for _, text := range slices.Concat(r.Remedy, m.Remedy) {
		text = fill(text, m.Params)
		if condition, err := deployment.Parse(text); err == nil && !strings.Contains(text, "?") {
			f.Remedy = append(f.Remedy, condition)
		}
	}
	if len(m.Lines) > 0 {
		f.at = c.position(m.Lines[0])
	}
	for _, condition := range c.Conditions {
		if slices.Contains(r.Conditions, condition.Name) {
			f.Evidence = append(slices.Clone(f.Evidence), c.Evidence(evidence.ConditionsFile, condition.Name))
		}
	}
	f.Params = maps.Clone(m.Params)
	return f
}

// position is where a line stands in time, as well as is known.
func (c *Case) position(line evidence.Line) int {
	return line.Number
}

// unknown is the finding where no rule matches: the evidence that a person would
// look at first, in order.
func unknown(c *Case) Finding {
	return Finding{
		Rule: UnknownRule, Confidence: Possible, stage: StageSymptom,
		Title: lang.Text{EN: "the cause is not known", ZH: "原因不明"},
		Cause: lang.Text{
			EN: "no rule recognises this failure; what speaks most for a cause stands below, in the order in which to look at it",
			ZH: "没有规则能识别此故障；下面按查看顺序列出最值得先看的证据",
		},
		Fix: lang.Text{
			EN: "read the lines above; the experiments say which condition matters; `seatrial shell` opens a shell beside the app",
			ZH: "请查看上面的证据；实验结果会指出是哪个条件起作用；seatrial shell 可在应用旁打开 shell",
		},
		Evidence: c.lookFirst(),
	}
}
