package harness

import (
	"context"
	"errors"
	"slices"

	goversion "go/version"

	"github.com/seatrial/seatrial/harness/build"
	"github.com/seatrial/seatrial/harness/deployment"
	"github.com/seatrial/seatrial/harness/diagnose"
	"github.com/seatrial/seatrial/harness/experiment"
	"github.com/seatrial/seatrial/harness/matrix"
	"github.com/seatrial/seatrial/harness/report"
)

// proveBuild builds again in other ways: with the newest other Go of the matrix,
// with modules from elsewhere, with and without C.
func (t *Trial) proveBuild(ctx context.Context, cell matrix.Cell, row *report.Cell, d diagnose.Diagnosis, failed *build.Failure) {
	if t.options.Proof.Off {
		return
	}
	key := failed.Key
	var facts []deployment.Condition
	newest := t.newestGo(ctx, key.Go)
	if newest != key.Go {
		facts = append(facts, experiment.Go(key.Go))
	}
	if key.Mod == "vendor" {
		facts = append(facts, experiment.Mod(key.Mod))
	}
	if key.CGO {
		facts = append(facts, experiment.CGO("on"))
	}
	t.Prove(ctx, Failing{
		Cell: cell, Facts: facts, Build: true, Bundle: row.Bundle, Diagnosis: d, Symptom: failed.Stage + failed.Cause(), Spec: t.deployment(),
		Guesses: func(minimal []deployment.Condition) []experiment.Remedy {
			return buildGuesses(key, newest, minimal)
		},
		Script: func(ctx context.Context, facts []deployment.Condition) (string, error) {
			a, err := t.builder.Build(ctx, otherKey(key, newest, facts))
			var f *build.Failure
			switch {
			case err == nil:
				return a.Command + "\n", nil
			case errors.As(err, &f):
				return f.Command + "\n", nil
			}
			return "", err
		},
		Try: func(ctx context.Context, facts []deployment.Condition) (experiment.Verdict, error) {
			// Whoever asks the trial's builder twice gets one answer; a repetition
			// has to be one.
			again, err := t.builder.Again()
			if err != nil {
				return experiment.Unresolved, err
			}
			_, err = again.Build(ctx, otherKey(key, newest, facts))
			return judgeBuild(err, failed, again.Close())
		},
	}, row.Failure)
}

func judgeBuild(err error, before *build.Failure, errClose error) (experiment.Verdict, error) {
	var now *build.Failure
	switch {
	case errClose != nil:
		return experiment.Unresolved, errClose
	case err == nil:
		return experiment.Passes, nil
	case !errors.As(err, &now):
		return experiment.Unresolved, err
	case now.Stage == before.Stage && changing.ReplaceAllString(now.Cause(), "#") == changing.ReplaceAllString(before.Cause(), "#"):
		return experiment.Fails, nil
	}
	return experiment.Differs, nil
}

// otherKey is the build under these facts; what is taken away has its neutral
// alternative: the newest Go, modules from the cache, no C.
func otherKey(key build.Key, newest string, facts []deployment.Condition) build.Key {
	key.Go, key.Mod, key.CGO = newest, "mod", false
	for _, f := range facts {
		switch f.Name {
		case "go":
			key.Go = f.Value
		case "mod":
			key.Mod = f.Value
		case "cgo":
			key.CGO = f.Value == "on"
		}
	}
	return key
}

// buildGuesses are the other ways to build.
func buildGuesses(key build.Key, newest string, minimal []deployment.Condition) []experiment.Remedy {
	var list []experiment.Remedy
	guess := func(fact deployment.Condition) {
		if !slices.Contains(minimal, fact) {
			list = append(list, experiment.Remedy{Facts: []deployment.Condition{fact}})
		}
	}
	if newest != key.Go {
		guess(experiment.Go(newest))
	}
	if key.Mod != "vendor" {
		guess(experiment.Mod("vendor"))
	}
	if !key.CGO {
		guess(experiment.CGO("on"))
	}
	return list
}

// newestGo gives the newest release among the matrix's and this machine's own, or
// the one given if there is no newer. It asks for none that is not named.
func (t *Trial) newestGo(ctx context.Context, than string) string {
	newest := than
	take := func(release string, err error) {
		if err == nil && goversion.Compare("go"+release, "go"+newest) > 0 {
			newest = release
		}
	}
	for _, cell := range t.options.File.Cells {
		take(t.builder.ResolveGo(ctx, cell.Go))
	}
	take(t.builder.LocalGo(ctx))
	return newest
}
