package diagnose

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestRulesAreWellFormed(t *testing.T) {
	rules, err := load(ruleFiles)
	require.NoError(t, err)
	require.NotEmpty(t, rules)
	used := map[string]bool{}
	for _, r := range rules {
		used[r.Logic] = true
	}
	for name := range logics {
		assert.True(t, used[name], "logic %s belongs to no rule", name)
	}
}
