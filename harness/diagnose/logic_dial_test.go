package diagnose

import (
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seatrial/seatrial/harness/evidence"
)

func TestFailedConnectionsAreTold(t *testing.T) {
	for text, want := range map[string]failedDial{
		"dial tcp 127.0.0.1:6379: connect: connection refused":                                                         {Kind: dialRefused, Addr: "127.0.0.1:6379", Host: "127.0.0.1", Port: "6379"},
		"dial tcp [::1]:6379: getsockopt: connection refused":                                                          {Kind: dialRefused, Addr: "[::1]:6379", Host: "::1", Port: "6379"},
		"dial tcp 10.0.0.7:80: connectex: No connection could be made because the target machine actively refused it.": {Kind: dialRefused, Addr: "10.0.0.7:80", Host: "10.0.0.7", Port: "80"},
		"dial tcp: lookup redis on 127.0.0.11:53: no such host":                                                        {Kind: dialNoName, Host: "redis", Server: "127.0.0.11:53"},
		"dial tcp: lookup redis: no such host":                                                                         {Kind: dialNoName, Host: "redis"},
		"dial tcp: lookup db: Temporary failure in name resolution":                                                    {Kind: dialNameSilent, Host: "db"},
		"lookup x on 1.1.1.1:53: read udp 172.17.0.2:1->1.1.1.1:53: i/o timeout":                                       {Kind: dialNameSilent, Host: "x", Server: "1.1.1.1:53"},
		"lookup x on 127.0.0.11:53: server misbehaving":                                                                {Kind: dialNameRefused, Host: "x", Server: "127.0.0.11:53"},
		"dial tcp: lookup redis: dial udp 10.0.0.1:53: connect: network is unreachable":                                {Kind: dialNoNetwork, Host: "redis"},
		"dial tcp 10.0.0.7:6379: connect: no route to host after 3s":                                                   {Kind: dialNoRoute, Addr: "10.0.0.7:6379", Host: "10.0.0.7", Port: "6379"},
		"dial tcp 10.0.0.7:6379: i/o timeout":                                                                          {Kind: dialSilent, Addr: "10.0.0.7:6379", Host: "10.0.0.7", Port: "6379"},
		"read tcp 10.0.0.3:4000->10.0.0.7:6379: i/o timeout":                                                           {Kind: readSilent, Addr: "10.0.0.7:6379", Host: "10.0.0.7", Port: "6379"},
		"write tcp 10.0.0.3:4000->10.0.0.7:6379: write: broken pipe":                                                   {Kind: dialReset, Addr: "10.0.0.7:6379", Host: "10.0.0.7", Port: "6379"},
		"dial tcp: address redis://r:6379: too many colons in address":                                                 {Kind: dialURL, Addr: "redis://r:6379"},
		"dial tcp: address redis: missing port in address":                                                             {Kind: dialNoPort, Addr: "redis"},
	} {
		c := Read(evidence.FromFS(fstest.MapFS{evidence.StderrLog: {Data: []byte("2026/01/01 00:00:00 " + text + "\n")}}))
		list := c.failedDials()
		require.Len(t, list, 1, text)
		list[0].Line = Line{}
		assert.Equal(t, want, list[0], text)
	}
}

func TestTroubleThatIsOverDoesNotMatter(t *testing.T) {
	running := `{"status": "running", "running": true}`
	refused := "dial tcp 10.0.0.7:6379: connect: connection refused"
	for log, want := range map[string]bool{
		refused + "\n":                                    true,
		refused + "\nlistening on :8080\n":                false,
		refused + "\nredis connected\n":                   false,
		refused + "\nredis not connected\n":               true,
		"redis connected\n" + refused + "\n":              true,
		`{"level":"info","msg":"` + refused + `"}` + "\n": false,
	} {
		c := Read(evidence.FromFS(fstest.MapFS{evidence.StderrLog: {Data: []byte(log)}, evidence.StateFile: {Data: []byte(running)}}))
		assert.Equal(t, want, len(c.failedDials()) == 1, log)
	}
}
