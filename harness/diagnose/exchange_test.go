package diagnose

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/seatrial/seatrial/harness/evidence"
)

func TestAccessLogsAreRead(t *testing.T) {
	for text, want := range map[string]Hit{
		`[GIN] 2026/11/23 - 05:18:10 | 404 |      87.884µs |      172.17.0.1 | GET      "/static/a.js"`:        {Client: "172.17.0.1", Method: "GET", Path: "/static/a.js", Status: 404, Bytes: -1},
		`172.25.0.1 - - [23/Nov/2026:05:19:09 +0000] "POST /upload HTTP/1.1" 413 183 "-" "curl/7.88.1"`:        {Client: "172.25.0.1", Method: "POST", Path: "/upload", Status: 413, Bytes: 183},
		`172.25.0.1 "GET /x HTTP/1.1" 502 157 request_time=0.001 upstream=172.25.0.2:8080 upstream_status=502`: {Client: "172.25.0.1", Method: "GET", Path: "/x", Status: 502, Bytes: 157},
		`{"level":"info","msg":"request","method":"OPTIONS","path":"/api","status":405}`:                       {Method: "OPTIONS", Path: "/api", Status: 405, Bytes: -1},
		`time="2026-01-01T00:00:00Z" level=info msg=request method=GET path=/x status=200`:                     {Method: "GET", Path: "/x", Status: 200, Bytes: -1},
	} {
		hit, ok := access(Line{Line: evidence.Line{Text: text}, Plain: plain(text)})
		assert.True(t, ok, text)
		hit.Line = Line{}
		assert.Equal(t, want, hit, text)
	}
}

func TestOtherLinesAreNoAccessLog(t *testing.T) {
	for _, text := range []string{
		`[GIN-debug] GET    /static/*filepath --> main.main.func1 (3 handlers)`,
		`dial tcp 127.0.0.1:6379: connect: connection refused`,
		`GET / HTTP/1.1`,
	} {
		_, ok := access(Line{Plain: plain(text)})
		assert.False(t, ok, text)
	}
}
