package harness

import (
	"context"
	"fmt"
	"strings"

	"github.com/seatrial/seatrial/harness/deployment"
	"github.com/seatrial/seatrial/harness/experiment"
)

// reproduction is the script of a proof: each side as a function of its own.
func reproduction(one *sharedProof) string {
	var b strings.Builder
	fmt.Fprintf(&b, "#!/bin/sh\n# %s\n", one.proof.Sentence().EN)
	b.WriteString("# Both sides, without Seatrial: sh reproduce.sh; one of them: sh reproduce.sh fails, sh reproduce.sh passes\n")
	for _, side := range []struct{ name, commands string }{{"fails", one.steps.Fails}, {"passes", one.steps.Passes}} {
		if side.commands == "" {
			side.commands = "echo 'nothing is known to pass'\n"
		}
		fmt.Fprintf(&b, "\n%s() {\n%s}\n", side.name, side.commands)
	}
	b.WriteString("\ncase \"${1:-both}\" in\nfails) (fails) ;;\npasses) (passes) ;;\n*) (fails); (passes) ;;\nesac\n")
	return b.String()
}

// Script gives commands for a POSIX shell that launch the app under the facts with
// the docker command alone, ask for a path, show what comes of it and clean up.
func (l *Launcher) Script(ctx context.Context, facts []deployment.Condition, ask string) (string, error) {
	base, rest := experiment.Take(facts, "base")
	if base == "" {
		base = neutralBase
	}
	_, conditions := experiment.Take(rest, "road")
	spec, err := l.plain.With(conditions...)
	if err != nil {
		return "", err
	}
	contents, err := l.contents(ctx, base, spec)
	if err != nil {
		return "", err
	}
	ref, err := l.trial.store.Base(ctx, base, l.Artifact.Key.GOARCH)
	if err != nil {
		return "", err
	}
	services, err := l.trial.Services()
	if err != nil {
		return "", err
	}
	s := &script{spec: spec, contents: contents, secrets: l.trial.secretsOf(spec)}
	s.line("work=$(mktemp -d) name=seatrial-$$-$(date +%%s)")
	s.line(`trap 'docker rm -f "$name" "$name-redis" >/dev/null 2>&1; docker network rm "$name" >/dev/null 2>&1; docker rmi "$name" >/dev/null 2>&1; rm -rf "$work"' EXIT`)
	s.stage()
	s.dockerfile(ref.Name)
	s.network(services.Redis.Name, l.trial.App.Redis != nil && *l.trial.App.Redis)
	s.run()
	s.ask(ask, l.trial.App.Ready)
	return s.text.String(), nil
}
