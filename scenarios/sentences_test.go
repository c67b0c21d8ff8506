package scenarios_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seatrial/seatrial/scenarios"
)

func TestTheSentencesAreOneCatalogueInBothLanguages(t *testing.T) {
	c, err := scenarios.NewCatalogue()
	require.NoError(t, err)
	require.NotEmpty(t, c.Sentences())
}
