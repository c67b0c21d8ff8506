package main

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const testdata = "../testdata"

func TestEveryCaseIsJudgedAsItShouldBe(t *testing.T) {
	list, err := Load(testdata)
	require.NoError(t, err)
	for _, c := range list {
		t.Run(c.Name, func(t *testing.T) {
			_, trouble := Judge(c)
			assert.Empty(t, trouble)
		})
	}
}
