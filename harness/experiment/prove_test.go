package experiment_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seatrial/seatrial/harness/deployment"
	"github.com/seatrial/seatrial/harness/experiment"
)

type facts = []deployment.Condition

func read(t *testing.T, texts ...string) facts {
	t.Helper()
	list, err := deployment.ParseAll(texts...)
	require.NoError(t, err)
	return list
}

func has(set facts, text string) bool {
	return slices.ContainsFunc(set, func(c deployment.Condition) bool { return c.String() == text })
}

// by makes a Try of a predicate that says whether the set fails.
func by(fails func(facts) bool) experiment.Try {
	return func(_ context.Context, set facts) (experiment.Verdict, error) {
		if fails(set) {
			return experiment.Fails, nil
		}
		return experiment.Passes, nil
	}
}

func TestProof(t *testing.T) {
	t.Parallel()
	tmpfs := experiment.Remedy{Rule: "write-refused", Facts: read(t, "tmpfs=/app/logs")}
	root := experiment.Remedy{Facts: read(t, "user=0:0")}
	readOnly := func(set facts) bool { return has(set, "read-only-root") && !has(set, "tmpfs=/app/logs") }
	for _, test := range []struct {
		name     string
		facts    facts
		remedies []experiment.Remedy
		guesses  []experiment.Remedy
		bounds   experiment.Bounds
		try      experiment.Try

		en, zh   string
		rule     string
		launches int // at most
	}{
		{
			name: "one condition of three matters, and the rule's remedy helps", launches: 12,
			facts: read(t, "read-only-root", "user=65532:65532", "memory=64MiB"), remedies: []experiment.Remedy{tmpfs}, try: by(readOnly),
			en:   "fails with {read-only-root}; passes with a tmpfs at /app/logs (tried, 2 of 2)",
			zh:   "在 {read-only-root} 下失败；加上在 /app/logs 挂载 tmpfs后通过（实测 2/2）",
			rule: "write-refused",
		},
		{
			name: "two causes, each of which hides the other, and a guess that is not needed", launches: 12,
			facts: read(t, "read-only-root"), remedies: []experiment.Remedy{tmpfs},
			guesses: []experiment.Remedy{{Facts: read(t, "tmpfs=/tmp")}, root, {Facts: read(t, "tmpfs=/app/logs:1MiB")}},
			try: by(func(set facts) bool {
				return has(set, "read-only-root") && !(has(set, "tmpfs=/app/logs") && has(set, "tmpfs=/tmp"))
			}),
			en:   "fails with {read-only-root}; passes with a tmpfs at /app/logs and a tmpfs at /tmp (tried, 2 of 2)",
			rule: "write-refused",
		},
		{
			name: "a single condition takes five launches", launches: 5,
			facts: read(t, "read-only-root"), remedies: []experiment.Remedy{tmpfs}, try: by(readOnly),
			en: "fails with {read-only-root}; passes with a tmpfs at /app/logs (tried, 2 of 2)", rule: "write-refused",
		},
		{
			name: "a cause that no rule knows", launches: 4,
			facts: read(t, "read-only-root"), try: by(readOnly),
			en: "fails with {read-only-root}; passes without read-only-root (tried, 2 of 2)",
		},
		{
			name:    "a cause that no rule knows, in the deployment itself",
			guesses: []experiment.Remedy{root, {Facts: facts{experiment.Base("debian")}}}, launches: 6,
			try: by(func(set facts) bool { return !has(set, "base=debian") }),
			en:  "fails as deployed, under no condition; passes with the base debian (tried, 2 of 2)",
			zh:  "按原样部署（没有任何条件）即失败；加上基础镜像 debian后通过（实测 2/2）",
		},
		{
			name: "the conditions have nothing to do with it", launches: 6,
			facts: read(t, "read-only-root", "user=65532:65532"), try: by(func(facts) bool { return true }),
			en: "fails without any of the conditions too (tried, 2 of 2)",
		},
		{
			name: "neither the base nor the road matters", launches: 4,
			facts: facts{experiment.Base("scratch"), experiment.Road("nginx")}, try: by(func(facts) bool { return true }),
			en: "fails as deployed, directly as well as through nginx (tried, 2 of 2)",
		},
		{
			name: "the road matters", launches: 6,
			facts: facts{experiment.Base("scratch"), experiment.Road("nginx")}, try: by(func(set facts) bool { return has(set, "road=nginx") }),
			en: "fails with {road=nginx}; passes without requests through nginx (tried, 2 of 2)",
			zh: "在 {road=nginx} 下失败；去掉经 nginx 的请求后通过（实测 2/2）",
		},
		{
			name: "a remedy that does not help", launches: 5,
			remedies: []experiment.Remedy{root}, try: by(func(facts) bool { return true }),
			en: "fails as deployed, under no condition; nothing that was tried makes it pass",
		},
		{
			name: "a remedy takes the place of what it contradicts", launches: 12,
			facts: read(t, "user=65532:65532", "no-home"), remedies: []experiment.Remedy{root},
			try: by(func(set facts) bool { return has(set, "user=65532:65532") }),
			en:  "fails with {user=65532:65532}; passes with user 0 (root) (tried, 2 of 2)",
		},
		{
			name: "two together", launches: 16,
			facts: read(t, "read-only-root", "user=65532:65532", "memory=64MiB", "no-home"),
			try:   by(func(set facts) bool { return has(set, "user=65532:65532") && has(set, "no-home") }),
			en:    "fails with {user=65532:65532, no-home}; passes without user=65532:65532 (tried, 2 of 2)",
		},
		{
			name: "another cause behind the first", launches: 12,
			facts: read(t, "read-only-root", "missing=/app/config.yaml"), remedies: []experiment.Remedy{tmpfs},
			try: func(_ context.Context, set facts) (experiment.Verdict, error) {
				switch {
				case readOnly(set):
					return experiment.Fails, nil
				case has(set, "missing=/app/config.yaml"):
					return experiment.Differs, nil
				}
				return experiment.Passes, nil
			},
			en: "fails with {read-only-root}; passes with a tmpfs at /app/logs (tried, 2 of 2); under all of {read-only-root, missing=/app/config.yaml} it then still fails: there is another cause",
		},
		{
			name: "launches are bounded", bounds: experiment.Bounds{Launches: 7}, launches: 7,
			facts: read(t, "read-only-root", "user=65532:65532", "memory=64MiB", "no-home", "cpus=1", "pids=50"),
			try:   by(func(set facts) bool { return has(set, "cpus=1") && has(set, "user=65532:65532") }),
			en:    "fails with {read-only-root, user=65532:65532, memory=64MiB, no-home, cpus=1, pids=50}; passes without user=65532:65532 (tried, 2 of 2) [stopped after 7 launches (--proof-launches): the set may be smaller]",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			p := experiment.Prove(t.Context(), experiment.Question{
				Facts: test.facts, Remedies: test.remedies, Bounds: test.bounds, Try: test.try,
				Guesses:  func(facts) []experiment.Remedy { return test.guesses },
				Parallel: func() int { return 2 },
			})
			assert.Equal(t, test.en, p.Sentence().EN)
			assert.True(t, p.Fails())
			assert.Equal(t, test.bounds.Launches == 0, p.Exact)
			if test.zh != "" {
				assert.Equal(t, test.zh, p.Sentence().ZH)
			}
			if test.rule != "" {
				assert.Equal(t, test.rule, p.Rule)
			}
			assert.LessOrEqual(t, p.Launches, test.launches)
			assert.Len(t, p.Tried, p.Launches)
		})
	}
}

func TestEveryMinimalSetIsMinimal(t *testing.T) {
	t.Parallel()
	universe := read(t, "read-only-root", "user=65532:65532", "memory=64MiB", "no-home", "cpus=1", "pids=50", "no-tmp", "no-dns", "no-egress")
	for seed := range uint64(300) {
		rng := rand.New(rand.NewPCG(seed, 1))
		given := slices.Clone(universe)
		rng.Shuffle(len(given), func(i, j int) { given[i], given[j] = given[j], given[i] })
		given = given[:1+rng.IntN(len(given))]
		causes := [][]deployment.Condition{pick(rng, given), pick(rng, given)}
		healers := pick(rng, given)[:1] // with all causes in place, this one hides them: not monotone
		fails := func(set facts) bool {
			whole := len(set) == len(given)
			if !whole && seed%3 == 0 && has(set, healers[0].String()) && len(set) > 1 {
				return false
			}
			return slices.ContainsFunc(causes, func(cause facts) bool {
				return !slices.ContainsFunc(cause, func(c deployment.Condition) bool { return !has(set, c.String()) })
			})
		}
		p := experiment.Prove(t.Context(), experiment.Question{
			Facts: given, Try: by(fails), Parallel: func() int { return 1 + int(seed%4) },
		})
		require.True(t, p.Exact, "seed %d", seed)
		require.True(t, p.Fails(), "seed %d", seed)
		assert.True(t, fails(p.Minimal), "seed %d: %v", seed, p.Minimal)
		for i := range p.Minimal {
			rest := slices.Concat(p.Minimal[:i], p.Minimal[i+1:])
			assert.False(t, fails(rest), "seed %d: %v fails without %v as well", seed, p.Minimal, p.Minimal[i])
		}
		assert.True(t, p.Passes(), "seed %d: without one of %v it passes", seed, p.Minimal)
		assert.False(t, fails(p.Passing), "seed %d", seed)
		seen := map[string]int{}
		for _, a := range p.Tried {
			seen[fmt.Sprint(a.Facts)]++
			assert.LessOrEqual(t, seen[fmt.Sprint(a.Facts)], 2, "seed %d: nothing is tried more often than it is to be repeated", seed)
		}
	}
}

func pick(rng *rand.Rand, from facts) facts {
	from = slices.Clone(from)
	rng.Shuffle(len(from), func(i, j int) { from[i], from[j] = from[j], from[i] })
	return from[:1+rng.IntN(min(3, len(from)))]
}

func TestWhatIsNotRepeatableIsFlakyAndNoProof(t *testing.T) {
	t.Parallel()
	t.Run("the failure", func(t *testing.T) {
		t.Parallel()
		for _, verdicts := range [][]experiment.Verdict{
			{experiment.Passes, experiment.Fails}, {experiment.Passes, experiment.Passes}, {experiment.Differs, experiment.Fails},
		} {
			var n atomic.Int32
			p := experiment.Prove(t.Context(), experiment.Question{Try: func(context.Context, facts) (experiment.Verdict, error) {
				return verdicts[n.Add(1)-1], nil
			}})
			assert.True(t, p.Flaky, "%v", verdicts)
			assert.False(t, p.Fails())
			assert.Contains(t, p.Sentence().EN, "flaky: under {} it failed")
			assert.Contains(t, p.Sentence().ZH, "flaky")
		}
	})
	t.Run("the smallest set", func(t *testing.T) {
		t.Parallel()
		var mu sync.Mutex
		times := map[int]int{}
		p := experiment.Prove(t.Context(), experiment.Question{
			Facts: read(t, "read-only-root", "no-home"),
			Try: func(_ context.Context, set facts) (experiment.Verdict, error) {
				mu.Lock()
				defer mu.Unlock()
				if !has(set, "no-home") {
					return experiment.Passes, nil
				}
				times[len(set)]++
				if len(set) == 1 && times[1] == 2 {
					return experiment.Passes, nil
				}
				return experiment.Fails, nil
			},
		})
		assert.True(t, p.Flaky)
		assert.Equal(t, experiment.Count{Same: 1, Of: 2}, p.FailsOf)
	})
	t.Run("the remedy", func(t *testing.T) {
		t.Parallel()
		var healed atomic.Int32
		question := experiment.Question{
			Remedies: []experiment.Remedy{{Facts: read(t, "user=0")}},
			Try: func(_ context.Context, set facts) (experiment.Verdict, error) {
				if has(set, "user=0:0") && healed.Add(1) == 1 || has(set, "tmpfs=/data") {
					return experiment.Passes, nil
				}
				return experiment.Fails, nil
			},
		}
		p := experiment.Prove(t.Context(), question)
		assert.True(t, p.Flaky)
		assert.Nil(t, p.Remedy)
		assert.Contains(t, p.Sentence().EN, "flaky")
		healed.Store(0)
		question.Remedies = append(question.Remedies, experiment.Remedy{Facts: read(t, "tmpfs=/data")})
		p = experiment.Prove(t.Context(), question)
		assert.False(t, p.Flaky, "the next remedy always helps")
		assert.Equal(t, read(t, "tmpfs=/data"), p.Remedy)
		assert.True(t, p.Passes())
	})
}

func TestWhatCannotBeTriedIsUnresolved(t *testing.T) {
	t.Parallel()
	p := experiment.Prove(t.Context(), experiment.Question{
		Facts: read(t, "subpath=/app/config/a.yaml", "missing=/app/config"),
		Try: func(_ context.Context, set facts) (experiment.Verdict, error) {
			if len(set) == 1 {
				return experiment.Unresolved, errors.New("no mounted directory holds it")
			}
			return by(func(set facts) bool { return len(set) == 2 })(t.Context(), set)
		},
	})
	assert.Len(t, p.Minimal, 2)
	assert.True(t, p.Fails())
	assert.Empty(t, p.Passing)
	assert.Equal(t, "no mounted directory holds it", p.Tried[2].Why)
	p = experiment.Prove(t.Context(), experiment.Question{Try: func(context.Context, facts) (experiment.Verdict, error) {
		return experiment.Fails, errors.New("the engine has gone")
	}})
	assert.False(t, p.Fails())
	assert.False(t, p.Flaky)
	assert.Equal(t, "nothing was shown", p.Sentence().EN)
}

func TestProofEndsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	launched := 0
	p := experiment.Prove(ctx, experiment.Question{
		Facts: read(t, "read-only-root", "no-home", "cpus=1"),
		Try: func(context.Context, facts) (experiment.Verdict, error) {
			if launched++; launched == 2 {
				cancel()
			}
			return experiment.Fails, nil
		},
	})
	assert.Equal(t, 2, p.Launches)
	assert.Equal(t, experiment.BoundInterrupted, p.Bounded)
	assert.False(t, p.Fails(), "what ended with the context is no verdict")
}

func TestProofEndsWithItsTime(t *testing.T) {
	t.Parallel()
	p := experiment.Prove(t.Context(), experiment.Question{
		Bounds: experiment.Bounds{Time: time.Millisecond},
		Try: func(ctx context.Context, _ facts) (experiment.Verdict, error) {
			<-ctx.Done()
			return experiment.Fails, nil
		},
	})
	assert.Equal(t, experiment.BoundTime, p.Bounded)
	assert.False(t, p.Fails())
}

func TestTriesAreMadeSideBySideWhereThereIsRoom(t *testing.T) {
	t.Parallel()
	const room = 3
	var now, most atomic.Int32
	all := make(chan struct{})
	p := experiment.Prove(t.Context(), experiment.Question{
		Facts: read(t, "read-only-root"),
		Remedies: []experiment.Remedy{
			{Facts: read(t, "user=0")}, {Facts: read(t, "user=1")}, {Facts: read(t, "user=2")},
		},
		Parallel: func() int { return room },
		Try: func(_ context.Context, set facts) (experiment.Verdict, error) {
			n := now.Add(1)
			defer now.Add(-1)
			if n > most.Load() {
				most.Store(n)
			}
			if len(set) == 0 {
				return experiment.Passes, nil
			}
			if len(set) == 2 { // the remedies wait for each other
				if n == room {
					close(all)
				}
				<-all
			}
			return experiment.Fails, nil
		},
	})
	assert.Equal(t, int32(room), most.Load())
	assert.Empty(t, p.Passing)
}

func TestTakeSeparatesFacts(t *testing.T) {
	base, rest := experiment.Take(facts{experiment.Base("scratch"), {Name: "no-home"}}, "base")
	assert.Equal(t, "scratch", base)
	assert.Equal(t, facts{{Name: "no-home"}}, rest)
}
