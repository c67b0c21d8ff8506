package evidence_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/seatrial/seatrial/harness/evidence"
)

func TestReadableTellsRecordsInWords(t *testing.T) {
	for text, want := range map[evidence.Line]string{
		{File: evidence.HTTPFile, Number: 2, Text: `{"road":"direct","method":"GET","path":"/a.css","status":404,"header":{"Content-Type":["text/plain"]},"body":"404 page\nnot found","size":18}`}: "http.jsonl:2: GET /a.css (direct): 404, Content-Type: text/plain, 18 bytes: 404 page not found",
		{File: evidence.HTTPFile, Number: 3, Text: `{"road":"nginx","method":"GET","path":"/","error":"EOF"}`}:                                                                                      "http.jsonl:3: GET / (nginx): EOF",
		{File: evidence.PathsFile, Number: 1, Text: `{"path":"a.log","abs":"/app/a.log","error":"no such file or directory","parent":"/app"}`}:                                                      "paths.jsonl:1: a.log (/app/a.log): no such file or directory; /app is there",
		{File: evidence.PathsFile, Number: 1, Text: `{"path":"/c","abs":"/c","type":"file","mode":"0600","uid":0,"gid":0}`}:                                                                         "paths.jsonl:1: /c: file, mode 0600, owner 0:0; the app's user may do nothing with it",
		{File: evidence.PathsFile, Number: 1, Text: `{"path":"/c","abs":"/c","type":"link","mode":"0777","target":"/d","readable":true}`}:                                                           "paths.jsonl:1: /c: link, mode 0777, owner 0:0, leads to /d; the app's user may read",
		{File: evidence.ProcessesFile, Number: 1, Text: `{"pid":1,"args":["/app/x","-v"],"uids":[5,5],"gids":[6,6],"capEffective":"0"}`}:                                                            "processes.jsonl:1: process 1: /app/x -v, user 5:6, capabilities 0",
		{File: evidence.MountsFile, Number: 1, Text: `{"path":"/tmp","type":"tmpfs","noExec":true,"readOnly":true,"size":10,"free":4}`}:                                                             "mounts.jsonl:1: /tmp: tmpfs, read-only, noexec, 4 of 10 bytes free",
		{File: evidence.HTTPFile, Number: 1, Text: "cut off {"}:                                                                                                                                     "http.jsonl:1: cut off {",
		{File: evidence.StderrLog, Number: 7, Text: `{"level":"error"}`}:                                                                                                                            `stderr.log:7: {"level":"error"}`,
	} {
		assert.Equal(t, want, text.Readable())
	}
}
