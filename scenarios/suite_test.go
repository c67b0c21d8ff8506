package scenarios_test

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seatrial/seatrial/harness/matrix"
	"github.com/seatrial/seatrial/harness/report"
	"github.com/seatrial/seatrial/scenarios"
)

func shop(t *testing.T) *matrix.File {
	t.Helper()
	file := matrix.Default(matrix.App{Dir: "."})
	file.Path = "../fixtures/apps/shop/matrix.yaml" // as seatrial check does
	return file
}

func planned(t *testing.T, o scenarios.Options) *scenarios.Program {
	t.Helper()
	o.File = shop(t)
	p, err := scenarios.NewProgram(o)
	require.NoError(t, err)
	return p
}

func TestWhatCostsSecondsIsLeftOutUnlessItIsAskedFor(t *testing.T) {
	isCostly := func(p *scenarios.Program) (n int) {
		for _, s := range p.Plan.Scenarios {
			if slices.Contains(s.Tags, scenarios.Costly) {
				n++
			}
		}
		return n
	}
	whole, usual := planned(t, scenarios.Options{AllWeather: true}), planned(t, scenarios.Options{})
	assert.Zero(t, whole.LeftOut)
	assert.Positive(t, isCostly(whole))
	assert.Zero(t, isCostly(usual))
	assert.Equal(t, isCostly(whole), usual.LeftOut)
	assert.Equal(t, len(whole.Plan.Scenarios), len(usual.Plan.Scenarios)+usual.LeftOut)
	named := planned(t, scenarios.Options{Tags: scenarios.Costly})
	assert.Zero(t, named.LeftOut)
	assert.Len(t, named.Plan.Scenarios, isCostly(whole))
}

func TestTheAppsOwnFeaturesAreRunBesideTheStandardSuite(t *testing.T) {
	own := func(p *scenarios.Program) (n int) {
		for _, s := range p.Plan.Scenarios {
			if strings.Contains(s.File, scenarios.OwnFeatures) {
				n++
			}
		}
		return n
	}
	p := planned(t, scenarios.Options{})
	assert.Positive(t, own(p))
	assert.Greater(t, len(p.Plan.Scenarios), own(p))
	assert.Zero(t, own(planned(t, scenarios.Options{Features: []string{"../features"}})), "only what is named")
}

// TestTheStandardSuiteIsForEveryApp holds the suite to what it promises: a tag of
// an area each, 120 lines a file, nothing that only one app has.
func TestTheStandardSuiteIsForEveryApp(t *testing.T) {
	files, err := filepath.Glob("../features/*.feature")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, name := range files {
		content, err := os.ReadFile(name)
		require.NoError(t, err)
		assert.LessOrEqual(t, strings.Count(string(content), "\n"), 120, name)
		for _, only := range []string{"/app/", "shop", "SHOP_"} {
			assert.NotContains(t, string(content), only, "%s: only one app has it", name)
		}
	}
	for _, s := range planned(t, scenarios.Options{Features: []string{"../features"}}).Plan.Scenarios {
		areas := slices.DeleteFunc(slices.Clone(s.Tags), func(tag string) bool { return tag == "@smoke" || tag == scenarios.Costly })
		assert.NotEmpty(t, areas, s.Ref())
		assert.False(t, slices.Contains(s.Tags, "@smoke") && slices.Contains(s.Tags, scenarios.Costly), s.Ref())
	}
}

// altering are scenarios of the standard suite that alter what the slot shares
// with the next scenario, and those of the shop that notice at once if that is
// not put right.
var altering = []string{
	"The app survives a Redis that goes down and comes back",
	"The app survives a Redis that is out of memory",
	"The app survives a Redis that became a read-only replica",
	"The app survives the loss of what Redis held",
	"The app makes its connections anew",
	"The app uses the password that it is given",
	"An app whose port is taken ends and says so",
	"The app starts without a name server",
	"The app starts where nothing outside can be reached",
	"由 nginx 终止 TLS 时页面资源可加载",
	"静态文件由 nginx 直接提供时页面资源可加载",
	"加入购物车后能看到数量与金额",
	"经 nginx 加入购物车，刷新后仍在",
	"Every asset of the pages loads through nginx",
	"The pages are the same on both roads",
}

// TestScenariosLeaveNoTraceWhateverTheOrder runs scenarios that alter the services
// in three orders, two of the runs side by side on the engine; outcomes must be
// the same. SEATRIAL_WEATHER=all runs the whole suite so.
func TestScenariosLeaveNoTraceWhateverTheOrder(t *testing.T) {
	if testing.Short() {
		t.Skip("launches the shop: needs a container engine")
	}
	outcomes := func(seed int64) map[string]report.Outcome {
		o := scenarios.Options{File: shop(t), OutDir: t.TempDir(), Seed: seed, AllWeather: true}
		if !wholeWeather() {
			for _, s := range planned(t, scenarios.Options{AllWeather: true}).Plan.Scenarios {
				if slices.Contains(altering, s.Name) {
					o.Only = append(o.Only, s.Ref())
				}
			}
			require.Len(t, o.Only, len(altering))
		}
		program, err := scenarios.NewProgram(o)
		if !assert.NoError(t, err) {
			return nil
		}
		run, err := scenarios.Sail(context.WithoutCancel(t.Context()), program, o)
		if !assert.NoError(t, err) {
			return nil
		}
		got := map[string]report.Outcome{}
		for _, r := range run.Results {
			got[r.File+" "+r.Scenario] = r.Outcome
			assert.Contains(t, []report.Outcome{report.Passed, report.Skipped}, r.Outcome, "order %d: %s: %s", seed, r.Scenario, r.Reason)
		}
		assert.Len(t, got, len(program.Plan.Scenarios))
		return got
	}
	first := outcomes(1)
	var beside sync.WaitGroup
	others := make([]map[string]report.Outcome, 2)
	for i := range others {
		beside.Go(func() { others[i] = outcomes(int64(i + 2)) })
	}
	beside.Wait()
	for _, other := range others {
		assert.Equal(t, first, other)
	}
}
