package matrix

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func show(c Combination) string {
	var parts []string
	for _, key := range slices.Sorted(maps.Keys(c)) {
		parts = append(parts, key+"="+c[key])
	}
	return strings.Join(parts, " ")
}

func showKept(kept []Kept) []string {
	var lines []string
	for _, k := range kept {
		line := fmt.Sprint(show(k.Values), " ", k.Includes)
		if k.Added {
			line += " added"
		}
		lines = append(lines, line)
	}
	return lines
}

// The example of "Expanding or adding matrix configurations" in GitHub's
// documentation of workflows.
func TestExpandAgreesWithTheExampleOfGitHub(t *testing.T) {
	kept, dropped := Expand(
		[]AxisValues{{"fruit", []string{"apple", "pear"}}, {"animal", []string{"cat", "dog"}}},
		nil,
		[]Combination{
			{"color": "green"},
			{"color": "pink", "animal": "cat"},
			{"fruit": "apple", "shape": "circle"},
			{"fruit": "banana"},
			{"fruit": "banana", "animal": "cat"},
		})
	assert.Empty(t, dropped)
	assert.Equal(t, []string{
		"animal=cat color=pink fruit=apple shape=circle [0 1 2]",
		"animal=dog color=green fruit=apple shape=circle [0 2]",
		"animal=cat color=pink fruit=pear [0 1]",
		"animal=dog color=green fruit=pear [0]",
		"fruit=banana [3] added",
		"animal=cat fruit=banana [4] added",
	}, showKept(kept))
}

func TestExpand(t *testing.T) {
	ab := []AxisValues{{"a", []string{"1", "2"}}, {"b", []string{"x", "y"}}}
	tests := map[string]struct {
		axes             []AxisValues
		exclude, include []Combination
		want             []string
		dropped          []string
	}{
		"first axis varies slowest": {
			axes: ab,
			want: []string{"a=1 b=x []", "a=1 b=y []", "a=2 b=x []", "a=2 b=y []"},
		},
		"partial exclude drops every match": {
			axes: ab, exclude: []Combination{{"b": "x"}},
			want:    []string{"a=1 b=y []", "a=2 b=y []"},
			dropped: []string{"a=1 b=x 0", "a=2 b=x 0"},
		},
		"the first exclude that matches is named": {
			axes: ab, exclude: []Combination{{"a": "1", "b": "x"}, {"a": "1"}},
			want:    []string{"a=2 b=x []", "a=2 b=y []"},
			dropped: []string{"a=1 b=x 0", "a=1 b=y 1"},
		},
		"exclude with a key that is no axis matches nothing": {
			axes: ab, exclude: []Combination{{"a": "1", "c": "z"}},
			want: []string{"a=1 b=x []", "a=1 b=y []", "a=2 b=x []", "a=2 b=y []"},
		},
		"include comes after exclude and can add again": {
			axes: ab, exclude: []Combination{{"a": "1"}}, include: []Combination{{"a": "1", "b": "y"}},
			want:    []string{"a=2 b=x []", "a=2 b=y []", "a=1 b=y [0] added"},
			dropped: []string{"a=1 b=x 0", "a=1 b=y 0"},
		},
		"include-only matrix has one combination an entry": {
			include: []Combination{{"a": "1"}, {"a": "2", "c": "z"}, {"a": "1"}},
			want:    []string{"a=1 [0] added", "a=2 c=z [1] added", "a=1 [2] added"},
		},
		"added combinations are not extended": {
			axes: ab[:1], include: []Combination{{"a": "3"}, {"c": "z"}},
			want: []string{"a=1 c=z [1]", "a=2 c=z [1]", "a=3 [0] added"},
		},
		"brought keys may be overwritten, axis values not": {
			axes: ab[:1], include: []Combination{{"c": "old"}, {"a": "2", "c": "new"}},
			want: []string{"a=1 c=old [0]", "a=2 c=new [0 1]"},
		},
		"new keys fit nothing when everything was excluded": {
			axes: ab[:1], exclude: []Combination{{"a": "1"}, {"a": "2"}}, include: []Combination{{"c": "z"}},
			want:    []string{"c=z [0] added"},
			dropped: []string{"a=1 0", "a=2 1"},
		},
		"nothing makes nothing": {},
		"an axis without values makes nothing": {
			axes: append(slices.Clone(ab), AxisValues{Key: "c"}),
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			kept, dropped := Expand(tt.axes, tt.exclude, tt.include)
			assert.Equal(t, tt.want, showKept(kept))
			var lines []string
			for _, d := range dropped {
				lines = append(lines, fmt.Sprint(show(d.Values), " ", d.Exclude))
			}
			assert.Equal(t, tt.dropped, lines)
		})
	}
}

func TestExpandLeavesItsArgumentsAlone(t *testing.T) {
	include := []Combination{{"a": "3"}, {"a": "3", "c": "z"}}
	kept, _ := Expand([]AxisValues{{"a", []string{"1"}}}, nil, include)
	kept[1].Values["a"] = "changed"
	assert.Equal(t, []Combination{{"a": "3"}, {"a": "3", "c": "z"}}, include)
}
