package sandbox

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestOnlyConnectionsFromElsewhereAreTheApps(t *testing.T) {
	const list = "id=3 addr=192.168.16.1:40312 laddr=192.168.16.3:6379 fd=8 name= age=4 idle=0 cmd=client|list user=default\n" +
		"id=4 addr=192.168.16.1:40318 laddr=192.168.16.3:6379 fd=9 name=pool age=4 idle=2 cmd=flushall user=default\n" +
		"id=7 addr=192.168.16.2:51000 laddr=192.168.16.3:6379 fd=10 name= age=1 idle=1 cmd=ping user=default\n" +
		"id=8 addr=[fd00::2]:51002 laddr=[fd00::3]:6379 fd=11 name= age=1 idle=1 cmd=hello user=default\n"
	n, err := foreignClients(list, 3)
	require.NoError(t, err)
	assert.Equal(t, 2, n)

	_, err = foreignClients(list, 99)
	require.ErrorContains(t, err, "99")
}
