package scenarios

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/seatrial/seatrial/harness/sandbox"
)

func TestLevelsAreReadFromEveryUsualForm(t *testing.T) {
	for text, want := range map[string]string{
		// JSON: zap, zerolog, slog, logrus, bunyan, pino.
		`{"level":"info","ts":1.7,"msg":"x"}`:                       "info",
		`{"time":"2026-11-23T19:46:14Z","level":"ERROR","msg":"x"}`: "error",
		`{"severity":"WARNING","message":"x"}`:                      "warn",
		`{"level":30,"msg":"x"}`:                                    "info",
		`{"level":60,"msg":"x"}`:                                    "fatal",
		`{"level":0,"msg":"x"}`:                                     "",
		`{"msg":"level=error"}`:                                     "",
		// key=value.
		`time="2026-11-23T19:47:59Z" level=info msg=http_request`:      "info",
		`time=2026-11-23T19:46:11.513Z level=ERROR msg="memos failed"`: "error",
		`ts=1 lvl=eror`:       "",
		`ts=1 lvl=warn msg=x`: "warn",
		// gin.
		"[GIN-debug] [WARNING] Running in \"debug\" mode. Switch to \"release\" mode in production.":                      "warn",
		"[GIN-debug] [ERROR] listen tcp :8080: bind: address already in use":                                              "error",
		"[GIN-debug] GET    /ERROR/:level             --> main.main.func1 (3 handlers)":                                   "debug",
		"[GIN-debug] Listening and serving HTTP on :8080":                                                                 "debug",
		`[GIN] 2026/11/23 - 19:53:28 | 200 |    1.425484ms |    192.168.80.1 | GET      "/ERROR"`:                         "info",
		`[GIN] 2026/11/23 - 19:53:28 | 404 |    1.425484ms |    192.168.80.1 | GET      "/"`:                              "info",
		`[GIN] 2026/11/23 - 19:53:28 | 500 |    1.425484ms |    192.168.80.1 | GET      "/"`:                              "error",
		"[GIN] 2026/11/23 - 19:53:28 |\x1b[97;41m 502 \x1b[0m|    1.4ms |    192.168.80.1 |\x1b[97;44m GET \x1b[0m \"/\"": "error",
		"2026/11/23 19:53:28 [Recovery] 2026/11/23 - 19:53:28 panic recovered:":                                           "error",
		// Text.
		"[INFO] 2026/11/23 - 19:42:19 | main.go:32 [main] One API v0.0.0 started":                                   "info",
		"[FATAL] 2026/11/23 - 19:42:19 | model/main.go:115 failed":                                                  "fatal",
		"[Error]\t 2026-11-23 19:52:20 [statics.go:98] Static resource version mismatch":                            "error",
		"\x1b[31m[error]\x1b[0m failed to initialize database":                                                      "error",
		"2026-11-23 19:46:11 ERROR main.go:3 failed":                                                                "error",
		"2026-11-23T19:46:11.513Z\twarn\tserver/main.go:12\tslow":                                                   "warn",
		"[github.com/x/y]2026-11-23 19:50:55.451\t\x1b[31merror\x1b[0m\t/app/main.go:1\tx":                          "error",
		"2026-11-23T19:49:03Z INF Gotify build_date=unknown":                                                        "info",
		"7:49PM ERR cannot open error=\"x\"":                                                                        "error",
		"ERRO[0001] cannot open":                                                                                    "error",
		"\x1b[36mINFO\x1b[0m[0000] started":                                                                         "info",
		"E1123 19:46:11.513000       1 main.go:12] failed":                                                          "error",
		"I1123 19:46:11.513000       1 main.go:12] ERROR page registered":                                           "info",
		"2026/11/23 19:40:20 error: failed to load the env file":                                                    "error",
		"Error: unknown command \"serve\" for \"app\"":                                                              "error",
		"WARNING: no configuration":                                                                                 "warn",
		"panic: runtime error: index out of range":                                                                  "fatal",
		"fatal error: all goroutines are asleep - deadlock!":                                                        "fatal",
		"2026/11/23 19:40:20 http: panic serving 172.18.0.1:5: boom":                                                "error",
		"db err: (Init)  Binary was compiled with 'CGO_ENABLED=0', go-sqlite3 requires cgo to work. This is a stub": "error",
		// None, or only spoken of.
		"":                   "",
		"listening on :8080": "",
		"no error so far":    "",
		"log level: ERROR":   "",
		"Logger initialized with LogLevel=\"error\".": "",
		"set level to DEBUG":                          "",
		"the terrors of WARNINGS":                     "",
		"2026/11/23 19:40:20 errors: 0":               "",
		"GET /static/[id].js":                         "",
		"this text is long enough that whatever is called an error in capital letters at its end is no level: ERROR": "",
	} {
		assert.Equal(t, want, levelOf(text), "%q", text)
	}
}

func TestJSONLogsAreToldFromJSONThatIsPrinted(t *testing.T) {
	for text, want := range map[string]bool{
		`{"level":"info","msg":"x"}`:          true,
		` {"time":"t","msg":"x"} `:            true,
		`{"severity":"INFO","timestamp":"t"}`: true,
		`{"@level":"info","@message":"x"}`:    true,
		`{"port":8080,"debug":true}`:          false,
		`{"message":"pong"}`:                  false,
		`{"level":"info","msg":"x"} trailing`: false,
		`[{"level":"info","msg":"x"}]`:        false,
		`level=info msg=x`:                    false,
		``:                                    false,
	} {
		assert.Equal(t, want, isRecord(text), text)
	}
}

func log(pairs ...string) []sandbox.LogLine {
	var lines []sandbox.LogLine
	for i := 0; i < len(pairs); i += 2 {
		lines = append(lines, sandbox.LogLine{Stream: sandbox.Stream(pairs[i]), Text: pairs[i+1]})
	}
	return lines
}

func TestOnlyAStreamWithJSONLogsMustBeJSON(t *testing.T) {
	const record = `{"level":"info","msg":"x"}`
	for name, tt := range map[string]struct {
		lines   []sandbox.LogLine
		bad     []int
		streams int
	}{
		"no log":               {nil, nil, 0},
		"text":                 {log("stdout", "a", "stderr", "b"), nil, 0},
		"printed JSON":         {log("stdout", `{"port":1}`, "stdout", "a"), nil, 0},
		"JSON on stdout":       {log("stdout", record, "stdout", record), nil, 1},
		"JSON on stderr":       {log("stderr", record, "stderr", "[GIN-debug] x"), []int{1}, 1},
		"text on the other":    {log("stdout", "hello", "stderr", record), nil, 1},
		"gin beside a logger":  {log("stdout", "[GIN] x", "stdout", record, "stderr", "y"), []int{0}, 1},
		"JSON of another kind": {log("stdout", record, "stdout", `{"port":1}`), nil, 1},
		"empty lines":          {log("stdout", record, "stdout", "", "stdout", "  "), nil, 1},
		"on both":              {log("stderr", "b", "stdout", record, "stdout", "a", "stderr", record), []int{0, 2}, 2},
	} {
		bad, streams := brokenJSON(tt.lines)
		assert.Equal(t, tt.bad, bad, name)
		assert.Equal(t, tt.streams, streams, name)
	}
}

func TestWhatAnAppNamesIsReadFromItsComplaintsOnly(t *testing.T) {
	exited := func(lines ...string) *sandbox.StartFailure {
		f := &sandbox.StartFailure{Kind: sandbox.Exited, Seen: "nothing answered on the port"}
		for _, text := range lines {
			f.Log = append(f.Log, sandbox.LogLine{Stream: sandbox.Stderr, Text: text})
		}
		return f
	}
	const words = "directory or template or static or config or no such file"
	for name, tt := range map[string]struct {
		failure *sandbox.StartFailure
		words   string
		want    bool
	}{
		"the file is named":             {exited("panic: open conf/app.ini: no such file or directory"), words, true},
		"words are compared in no case": {exited("Cannot read CONFIG"), words, true},
		"coloured":                      {exited("\x1b[31mcannot read con\x1b[0mfig"), words, true},
		"nothing is named":              {exited("exit status 1"), words, false},
		"silent":                        {exited(), words, false},
		"gin's list of routes":          {exited("[GIN-debug] GET    /static/*filepath --> x (3 handlers)", "exit status 1"), words, false},
		"what goes on":                  {exited(`level=info msg="read config"`, `level=error msg="no route to host"`), words, false},
		"a level that complains":        {exited(`level=error msg="cannot read config"`), words, true},
		"names of files in a stack":     {exited("panic: nil map", "", "goroutine 1 [running]:", "example.com/app/config.Load()", "\t/src/config/config.go:12 +0x1d"), words, false},
		"before a stack":                {exited("panic: no config", "", "goroutine 1 [running]:"), words, true},
		"one of several words":          {exited("dial tcp 172.18.0.3:6379: connect: connection refused"), "redis or 6379", true},
		"the last answer":               {&sandbox.StartFailure{Kind: sandbox.NotReady, Seen: "GET /readyz answered 503", Body: `{"Redis":"down"}`}, "redis or 6379", true},
		"another answer":                {&sandbox.StartFailure{Kind: sandbox.NotReady, Seen: "GET /readyz answered 503", Body: "no database"}, "redis or 6379", false},
	} {
		assert.Equal(t, tt.want, names(tt.failure, tt.words), name)
	}
}

func FuzzLevelOfGivesALevelOrNone(f *testing.F) {
	f.Add("[GIN] 2026/11/23 - 19:53:28 | 500 | x")
	f.Add(`{"level":1e300}`)
	f.Add("2026/11/23 19:40:20 error: x")
	f.Fuzz(func(t *testing.T, text string) {
		assert.Contains(t, append([]string{""}, levels...), levelOf(text))
	})
}
