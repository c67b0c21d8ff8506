package scenarios

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seatrial/seatrial/features"
	"github.com/seatrial/seatrial/scenarios/gherkin"
)

func TestRerunCommandNamesOneScenarioFromAnywhereInTheModule(t *testing.T) {
	plan, err := gherkin.Load(gherkin.Source{FS: features.FS, Root: "features"})
	require.NoError(t, err)
	i := slices.IndexFunc(plan.Scenarios, func(s gherkin.Scenario) bool { return s.Name == "A missing asset is a 404" })
	require.GreaterOrEqual(t, i, 0)
	assert.Equal(t, `go test -count=1 -run '^TestFeatures$/^go=1\.22$/^base=scratch$/^A_missing_asset_is_a_404$' github.com/seatrial/seatrial/scenarios`,
		rerunCommand("TestFeatures", plan, "go=1.22/base=scratch", plan.Scenarios[i].Ref()))
	assert.Equal(t, `go test -count=1 -run '^TestFeatures$/^go=stable$' github.com/seatrial/seatrial/scenarios`, rerunCommand("TestFeatures", plan, "go=stable", ""))
}
