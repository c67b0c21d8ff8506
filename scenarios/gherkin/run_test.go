package gherkin

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cucumber/godog"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seatrial/seatrial/harness/report"
)

// diary is the world of these tests.
type diary struct {
	scenario Scenario
	mu       sync.Mutex
	lines    []string
	started  chan struct{} // closed by "it is stuck"
}

func (d *diary) note(format string, args ...any) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.lines = append(d.lines, fmt.Sprintf(format, args...))
}

type contextKey struct{}

// theatre is a catalogue in which everything that can happen to a step happens.
func theatre(t *testing.T) *Catalogue {
	t.Helper()
	own := func(en, zh, exampleEN, exampleZH string, fn any) Sentence {
		return Sentence{Own: true, Keyword: "Given", EN: en, ZH: zh, ExampleEN: exampleEN, ExampleZH: exampleZH, Func: fn}
	}
	c, err := New(Config{World: (*diary)(nil)},
		own("all is well", "一切正常", "all is well", "一切正常", func(d *diary) error { d.note("well"); return nil }),
		own("it fails", "失败", "it fails", "失败", func() error { return errors.New("no such page") }),
		own("it breaks", "坏了", "it breaks", "坏了", func() error { return fmt.Errorf("start redis: %w", Broken(errors.New("no docker"))) }),
		own("it is skipped", "跳过", "it is skipped", "跳过", func() error { return fmt.Errorf("look: %w", Skip("needs arm64")) }),
		own("it panics", "恐慌", "it panics", "恐慌", func() error { panic("oops") }),
		own("it exits", "退出", "it exits", "退出", func() error { runtime.Goexit(); return nil }),
		own("it is pending", "未完成", "it is pending", "未完成", func() error { return godog.ErrPending }),
		own("testify stops it", "断言", "testify stops it", "断言", func(ctx context.Context) error {
			godog.T(ctx).Fatalf("want %d", 7)
			return nil
		}),
		own("it waits", "等待", "it waits", "等待", func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }),
		own("it is stuck", "卡住", "it is stuck", "卡住", func() error { select {} }),
		own("it takes {duration} for {string}", "{string}要{duration}", `it takes 1 s for "x"`, "“x”要1秒",
			func(d *diary, _ context.Context, took time.Duration, text string) error {
				d.note("%v %s", took, text)
				return nil
			}),
		own("the table", "表", "the table", "表", func(d *diary, table *Table) error { d.note("%v", table.Rows); return nil }),
		own("the text", "文", "the text", "文", func(d *diary, doc *DocString) error { d.note("%s:%s", doc.MediaType, doc.Content); return nil }),
		own("remember {int}", "记住{int}", "remember 1", "记住1", func(ctx context.Context, n int) (context.Context, error) {
			return context.WithValue(ctx, contextKey{}, n), nil
		}),
		own("it was {int}", "是{int}", "it was 1", "是1", func(ctx context.Context, n int) error {
			if ctx.Value(contextKey{}) != n {
				return fmt.Errorf("it was %v", ctx.Value(contextKey{}))
			}
			return nil
		}),
	)
	require.NoError(t, err)
	return c
}

func scenarios(steps ...string) string {
	var sb strings.Builder
	sb.WriteString("Feature: f\n")
	for i, step := range steps {
		fmt.Fprintf(&sb, "  Scenario: s%d\n", i)
		for line := range strings.SplitSeq(step, ";") {
			fmt.Fprintf(&sb, "    * %s\n", line)
		}
	}
	return sb.String()
}

func newDiary(_ context.Context, s Scenario) (*diary, error) {
	return &diary{scenario: s, started: make(chan struct{})}, nil
}

func TestRunGivesEveryOutcome(t *testing.T) {
	p := plan(t, "f.feature", scenarios("all is well", "it fails;all is well", "it breaks;all is well", "all is well;it is skipped;it fails", "it panics", "it exits",
		"it is pending", "testify stops it", "remember 7;it was 7", "it fails;it breaks"))
	results, err := Run(t.Context(), p, theatre(t), Options[*diary]{Concurrency: 4, World: newDiary})
	require.NoError(t, err)
	var got []string
	for _, r := range results {
		line := fmt.Sprintf("%s %v [%s]", r.Scenario, r.Outcome, r.Reason)
		for _, step := range r.Steps {
			line += " " + step.Outcome.String()
		}
		got = append(got, line)
	}
	assert.Equal(t, []string{
		"s0 passed [] passed",
		"s1 failed [no such page] failed skipped",
		"s2 broken [start redis: no docker] broken skipped",
		"s3 skipped [needs arm64] passed skipped skipped",
		"s4 broken [panic: oops] broken",
		"s5 broken [the function ended its goroutine: runtime.Goexit, or FailNow of another test's t] broken",
		"s6 broken [step implementation is pending] broken",
		"s7 failed [fail called on TestingT] failed",
		"s8 passed [] passed passed",
		"s9 failed [no such page] failed skipped",
	}, got)
	assert.Contains(t, results[4].Steps[0].Error, "run_test.go", "the stack of the panic")
	assert.Equal(t, "all is well", results[0].Steps[0].Text)
	assert.Equal(t, 3, results[0].Steps[0].Line)
	assert.Equal(t, "f.feature", results[0].File)
	assert.Equal(t, "f", results[0].Feature)
}

func TestRunGivesArgumentsOfBothLanguages(t *testing.T) {
	p := plan(t, "en.feature", `Feature: f
  Scenario: s
    Given it takes 2 minutes for "a \"b\""
    And the table
      | k | v \| w |
    And the text
      """json
      {}
      """
`, "zh.feature", `# language: zh-CN
功能: 功
  背景:
    假如一切正常
  规则: 规
    场景大纲: 用 <时长>
      当“咖啡”要 <时长>
      那么表
        | <时长> |
      例子:
        | 时长 |
        | 3 秒 |
        | 4分钟 |
`)
	var mu sync.Mutex
	diaries := map[string][]string{}
	results, err := Run(t.Context(), p, theatre(t), Options[*diary]{Concurrency: 3, World: newDiary,
		After: func(_ context.Context, d *diary, r *report.Result) error {
			mu.Lock()
			defer mu.Unlock()
			diaries[r.Scenario] = d.lines
			return nil
		}})
	require.NoError(t, err)
	assert.Equal(t, map[string][]string{
		"s":     {`2m0s a "b"`, "[[k v | w]]", "json:{}"},
		"用 3 秒": {"well", "3s 咖啡", "[[3 秒]]"},
		"用 4分钟": {"well", "4m0s 咖啡", "[[4分钟]]"},
	}, diaries)
	assert.Equal(t, "那么", results[2].Steps[2].Keyword)
	assert.Equal(t, 13, results[2].Line)
}

func TestRunStartsOnlyWhatIsSelected(t *testing.T) {
	p := plan(t, "a.feature", strings.NewReplacer("Redis is stopped", "all is well", "the app is ready within 1 s", "all is well", "1 request", "all is well",
		"the app answers <status> on <file>", "all is well", "the app answers <status> on /", "all is well", "the app answers 200 on /a.css", "all is well").Replace(outline),
		"b.feature", scenarios("it fails", "all is well"))
	for _, keep := range [][]int{{0}, {1}, {2, 3}, {4}, {6}, {8}, {0, 5, 8}, {0, 1, 2, 3, 4, 5, 6, 8}} {
		wanted := map[string]bool{}
		for _, i := range keep {
			wanted[p.Scenarios[i].Ref()] = true
		}
		var started atomic.Int32
		results, err := Run(t.Context(), p, theatre(t), Options[*diary]{Concurrency: 2, World: func(ctx context.Context, s Scenario) (*diary, error) {
			started.Add(1)
			assert.True(t, wanted[s.Ref()], "%s was not selected", s.Ref())
			return newDiary(ctx, s)
		}, Select: func(s Scenario) (bool, string) { return wanted[s.Ref()], "" }})
		require.NoError(t, err, keep)
		assert.Len(t, results, len(keep))
		assert.EqualValues(t, len(keep), started.Load())
		for i, r := range results {
			assert.Equal(t, report.Passed, r.Outcome)
			assert.Equal(t, p.Scenarios[keep[i]].Name, r.Scenario)
		}
	}
}

func TestRunReportsWhatIsLeftOutWithAReason(t *testing.T) {
	p := plan(t, "f.feature", scenarios("it fails", "all is well"))
	results, err := Run(t.Context(), p, theatre(t), Options[*diary]{World: newDiary,
		Select: func(s Scenario) (bool, string) { return s.Name == "s1", "needs a GPU" }})
	require.NoError(t, err)
	require.Len(t, results, 2)
	assert.Equal(t, report.Skipped, results[0].Outcome)
	assert.Equal(t, "needs a GPU", results[0].Reason)
	assert.Equal(t, report.Passed, results[1].Outcome)

	results, err = Run(t.Context(), p, theatre(t), Options[*diary]{World: newDiary, Select: func(Scenario) (bool, string) { return false, "no Docker" }})
	require.NoError(t, err)
	assert.Len(t, results, 2)
	_, err = Run(t.Context(), p, theatre(t), Options[*diary]{World: newDiary, Select: func(Scenario) (bool, string) { return false, "" }})
	assert.EqualError(t, err, "run scenarios: none of 2 is selected")
}

func TestRunRefusesUndefinedStepsBeforeAnythingStarts(t *testing.T) {
	p := plan(t, "f.feature", scenarios("all is well"), "zh.feature", "# language: zh-CN\n功能: f\n  场景: s\n    假如一切都正常\n")
	results, err := Run(t.Context(), p, theatre(t), Options[*diary]{World: func(context.Context, Scenario) (*diary, error) {
		t.Error("a world was made")
		return nil, nil
	}})
	var problems Problems
	require.ErrorAs(t, err, &problems)
	assert.Empty(t, results)
	assert.Contains(t, err.Error(), "zh.feature:4: no sentence for \"一切都正常\"\n    did you mean: 一切正常\n")
}

func TestRunRefusesAnotherWorld(t *testing.T) {
	_, err := Run(t.Context(), plan(t, "f.feature", scenarios("all is well")), theatre(t), Options[string]{})
	assert.ErrorContains(t, err, "the sentences take a *gherkin.diary, the worlds are string")
}

func TestRowsOfAnOutlineRunSideBySide(t *testing.T) {
	p := plan(t, "f.feature", "Feature: f\n  Scenario Outline: s\n    * all is well\n    Examples:\n      | n |\n      | 1 |\n      | 2 |\n      | 3 |\n")
	var barrier sync.WaitGroup
	barrier.Add(3)
	results, err := Run(t.Context(), p, theatre(t), Options[*diary]{Concurrency: 3, World: func(ctx context.Context, s Scenario) (*diary, error) {
		barrier.Done()
		barrier.Wait() // returns only if all three are here
		return newDiary(ctx, s)
	}})
	require.NoError(t, err)
	assert.Len(t, results, 3)
}

func TestSeedShufflesAndRepeats(t *testing.T) {
	p := plan(t, "a.feature", scenarios("all is well", "all is well", "all is well", "all is well", "all is well"), "b.feature", scenarios("all is well"), "c.feature", scenarios("all is well"))
	order := func(seed int64) string {
		var refs []string
		_, err := Run(t.Context(), p, theatre(t), Options[*diary]{World: newDiary, Seed: seed, OnStart: func(s Scenario) { refs = append(refs, s.Ref()) }})
		require.NoError(t, err)
		require.Len(t, refs, 7)
		return strings.Join(refs, " ")
	}
	assert.True(t, strings.HasPrefix(order(0), "a.feature:2 a.feature:4 a.feature:6"))
	seen := map[string]bool{}
	for _, seed := range []int64{-1, 1, 2, 3, 4} {
		first := order(seed)
		assert.Equal(t, first, order(seed))
		seen[first] = true
	}
	assert.Greater(t, len(seen), 2)
}

func TestRunsDoNotDisturbEachOther(t *testing.T) {
	p := plan(t, "f.feature", scenarios("all is well", "it fails", "it takes 1 s for \"x\""))
	c := theatre(t)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			results, err := Run(t.Context(), p, c, Options[*diary]{Concurrency: 3, World: newDiary})
			assert.NoError(t, err)
			assert.Len(t, results, 3)
			assert.Equal(t, report.Failed, results[1].Outcome)
		})
	}
	wg.Wait()
}
