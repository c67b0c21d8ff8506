package scenarios_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seatrial/seatrial/scenarios"
)

// TestTheWeatherIsTheSameInBothLanguages holds every pair of steps of the tables
// together: the same sentence, with the same values. So it is enough to carry out
// one of the two.
func TestTheWeatherIsTheSameInBothLanguages(t *testing.T) {
	var pairs [][2]string
	for _, w := range slices.Concat(servicesWeather(), logWeather(), lifeWeather()) {
		for _, s := range slices.Concat(w.before, w.bad, w.after) {
			_, en, _ := strings.Cut(s.en, " ")
			zh := s.zh
			for _, keyword := range []string{"假如", "当", "那么"} {
				zh = strings.TrimPrefix(zh, keyword)
			}
			pairs = append(pairs, [2]string{en, zh})
		}
	}
	for _, s := range squallsOfTheSystem() {
		pairs = append(pairs, [2]string{s.en, s.zh})
		for _, more := range [][2]string{s.with, s.then} {
			en, zh := strings.Split(more[0], "\n"), strings.Split(more[1], "\n")
			require.Len(t, zh, len(en), more)
			for i := range en {
				if en[i] != "" {
					pairs = append(pairs, [2]string{en[i], zh[i]})
				}
			}
		}
	}
	c, err := scenarios.NewCatalogue()
	require.NoError(t, err)
	for _, pair := range pairs {
		sentence, values, ok := c.Meaning(pair[0])
		require.True(t, ok, "%q is no sentence", pair[0])
		other, same, ok := c.Meaning(pair[1])
		require.True(t, ok, "%q is no sentence", pair[1])
		assert.Equal(t, sentence, other, pair)
		assert.Equal(t, values, same, pair)
	}
}
