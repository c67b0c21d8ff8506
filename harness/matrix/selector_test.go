package matrix

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const selectorFile = `
matrix:
  go: ["1.22", stable]
  target: [linux/amd64, windows/amd64]
  tags: ["", embed]
  exclude: [{go: "1.22", target: windows/amd64, reason: nobody runs it}]
  include: [{target: windows/amd64, skip: no host}]
`

func TestSelect(t *testing.T) {
	tests := map[string]struct {
		args []string
		want []string
	}{
		"one value": {[]string{"go:1.22"}, []string{
			"go=1.22/target=linux-amd64/tags=none", "go=1.22/target=linux-amd64/tags=embed"}},
		"different axes hold together": {[]string{"go:stable", "tags:embed"}, []string{
			"go=stable/target=linux-amd64/tags=embed", "go=stable/target=windows-amd64/tags=embed"}},
		"values of one axis are alternatives": {[]string{"go:1.22", "tags:none", "go:stable", "target:linux/amd64"}, []string{
			"go=1.22/target=linux-amd64/tags=none", "go=stable/target=linux-amd64/tags=none"}},
		"the name of a cell": {[]string{"go=stable/target=windows-amd64/tags=none"}, []string{
			"go=stable/target=windows-amd64/tags=none"}},
		"two names": {[]string{"go=1.22/target=linux-amd64/tags=none", "go=stable/target=linux-amd64/tags=embed"}, []string{
			"go=1.22/target=linux-amd64/tags=none", "go=stable/target=linux-amd64/tags=embed"}},
		"a name and a pair hold together": {[]string{"go=1.22/target=linux/amd64", "tags:"}, []string{
			"go=1.22/target=linux-amd64/tags=none"}},
		"axes that were not declared have values too": {[]string{"cgo:false", "base:scratch", "go:1.22", "tags:embed"}, []string{
			"go=1.22/target=linux-amd64/tags=embed"}},
	}
	f := parse(t, selectorFile)
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			selectors, err := ParseSelectors(tt.args)
			require.NoError(t, err)
			cells, err := f.Select(selectors)
			require.NoError(t, err)
			assert.Equal(t, tt.want, names(cells))
		})
	}
}

func TestEveryCellIsSelectedByItsName(t *testing.T) {
	f := parse(t, selectorFile)
	require.Len(t, f.Cells, 6)
	for _, c := range f.Cells {
		selectors, err := ParseSelectors([]string{c.Name})
		require.NoError(t, err)
		cells, err := f.Select(selectors)
		require.NoError(t, err)
		assert.Equal(t, []Cell{c}, cells)
		assert.Equal(t, c.Name, selectors[0].String())
	}
}

func TestSelectWithoutSelectorsIsEverything(t *testing.T) {
	f := parse(t, selectorFile)
	selectors, err := ParseSelectors(nil)
	require.NoError(t, err)
	cells, err := f.Select(selectors)
	require.NoError(t, err)
	assert.Equal(t, f.Cells, cells)
}

func TestSelectRefusesWhatMatchesNothing(t *testing.T) {
	tests := map[string]struct {
		args []string
		want string
	}{
		"unknown axis":  {[]string{"tag:embed"}, `read selector "tag:embed": unknown axis "tag" (did you mean "tags"?)`},
		"no value":      {[]string{"stable"}, `read selector "stable": no value (write AXIS:VALUE, such as "go:1.22")`},
		"axis twice":    {[]string{"go=1.22/go=stable"}, `read selector "go=1.22/go=stable": axis "go" appears twice`},
		"contradiction": {[]string{"go=1.22/mod=mod", "go:stable"}, `read selectors "go=1.22/mod=mod go:stable": they contradict each other`},
		"absent value":  {[]string{"go:1.23"}, `select cells: no cell has go "1.23" (did you mean "1.22"?)`},
		"distant value": {[]string{"base:musl"}, `select cells: no cell has base "musl" (known: scratch)`},
		"all at once": {[]string{"go:stabel", "target:plan9/386"}, "select cells: no cell has go \"stabel\" (did you mean \"stable\"?)\n" +
			`select cells: no cell has target "plan9/386" (known: linux/amd64, windows/amd64)`},
		"excluded": {[]string{"go:1.22", "target:windows/amd64"}, "select cells: go=1.22/target=windows-amd64 is excluded: nobody runs it"},
	}
	f := parse(t, selectorFile)
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			selectors, err := ParseSelectors(tt.args)
			if err == nil {
				_, err = f.Select(selectors)
			}
			require.EqualError(t, err, tt.want)
		})
	}
}

func TestSmokeCells(t *testing.T) {
	tests := map[string]struct {
		text string
		want []string
	}{
		"entries are alternatives": {
			"matrix: {go: [stable, oldstable], mod: [mod, vendor]}\nsmoke: [{go: stable, mod: mod}, {mod: vendor}]",
			[]string{"go=stable/mod=mod", "go=stable/mod=vendor", "go=oldstable/mod=vendor"}},
		"the first cell that can run here": {
			"matrix: {target: [windows/amd64, linux/386, linux/amd64]}", []string{"target=linux-amd64"}},
		"not one that is skipped": {
			"matrix: {go: [stable, oldstable], include: [{go: stable, skip: broken}]}", []string{"go=oldstable"}},
		"or else one that can be built": {
			"matrix: {target: [windows/amd64, linux/386]}", []string{"target=windows-amd64"}},
		"none if all are skipped": {
			"matrix: {go: [stable], include: [{skip: broken}]}", nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			assert.Equal(t, tt.want, names(parse(t, tt.text).SmokeCells()))
		})
	}
}
