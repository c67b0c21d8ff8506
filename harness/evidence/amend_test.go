package evidence_test

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seatrial/seatrial/harness/evidence"
)

func TestAClosedBundleIsAmended(t *testing.T) {
	w, dir := create(t)
	require.NoError(t, w.Text(evidence.StderrLog, "first\n"))
	w.Missing(evidence.DiffFile, assert.AnError)
	require.NoError(t, w.Close())
	before, err := open(t, dir).Meta()
	require.NoError(t, err)

	require.NoError(t, evidence.Amend(dir, []string{secret}, func(w *evidence.Writer) error {
		return w.Text(evidence.ReproduceFile, "docker run -e TOKEN="+secret+"\n")
	}))
	b := open(t, dir)
	text, err := b.Text(evidence.ReproduceFile)
	require.NoError(t, err)
	assert.NotContains(t, text, secret)
	text, err = b.Text(evidence.StderrLog)
	require.NoError(t, err)
	assert.Equal(t, "first\n", text)
	after, err := b.Meta()
	require.NoError(t, err)
	assert.Equal(t, before.Missing, after.Missing, "what was missing still is")
	assert.Equal(t, before.Created, after.Created)
	assert.Len(t, after.Files, len(before.Files)+1)

	err = evidence.Amend(dir, nil, func(w *evidence.Writer) error { return w.Text(evidence.StderrLog, "other\n") })
	require.ErrorContains(t, err, "written already")
	text, err = open(t, dir).Text(evidence.StderrLog)
	require.NoError(t, err)
	assert.Equal(t, "first\n", text, "what was observed is not written over")
	assert.ErrorContains(t, evidence.Amend(filepath.Join(dir, "none"), nil, func(*evidence.Writer) error { return nil }), "amend bundle")
}
