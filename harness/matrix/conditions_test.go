package matrix

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestConditionsAreAnAxisWhoseValuesAreSetsOfConditions(t *testing.T) {
	f, err := Parse("matrix.yaml", []byte(`
app: {dir: .}
matrix:
  go: [stable]
  target: [linux/amd64]
  conditions:
    - ""
    - user=65532 + read-only-root
    - [read-only-root, missing-mount=/app/config]
  include:
    - {go: stable, target: linux/amd64, conditions: [no-home], skip: not yet}
`))
	require.NoError(t, err)
	var names []string
	for _, c := range f.Cells {
		names = append(names, c.Name)
	}
	assert.Equal(t, []string{
		"go=stable/target=linux-amd64/conditions=none",
		"go=stable/target=linux-amd64/conditions=read-only-root+user=65532",
		"go=stable/target=linux-amd64/conditions=missing-mount=-app-config+read-only-root",
		"go=stable/target=linux-amd64/conditions=no-home",
	}, names)
	assert.Empty(t, f.Cells[0].ConditionTexts())
	assert.Equal(t, []string{"missing-mount=/app/config", "read-only-root"}, f.Cells[2].ConditionTexts())
	assert.Equal(t, "not yet", f.Cells[3].Skip)

	for _, name := range names {
		selectors, err := ParseSelectors([]string{name})
		require.NoError(t, err)
		found, err := f.Select(selectors)
		require.NoError(t, err, name)
		require.Len(t, found, 1, "a cell is found by its name")
		assert.Equal(t, name, found[0].Name)
	}
}

func TestTheSameConditionsInAnotherOrderAreTheSameValue(t *testing.T) {
	_, err := Parse("matrix.yaml", []byte("matrix:\n  conditions: [a + b, b + a]\n"))
	require.ErrorContains(t, err, `matrix.conditions lists "a + b" twice`)
}
