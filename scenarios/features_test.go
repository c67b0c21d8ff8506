package scenarios_test

import (
	"testing"

	"github.com/seatrial/seatrial/scenarios"
)

// TestFeatures runs the standard suite in the smoke cells of this repository's
// matrix, against the shop.
func TestFeatures(t *testing.T) {
	scenarios.Run(t, scenarios.Options{Matrix: "../matrix.yaml", AllWeather: wholeWeather()})
}
