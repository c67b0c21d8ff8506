package sandbox

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seatrial/seatrial/harness/deployment"
	"github.com/seatrial/seatrial/harness/lang"
)

// failures has an example of each way not to become ready, in each of its shapes.
func failures() map[string]*StartFailure {
	started := at(0)
	lived := State{Status: "exited", ExitCode: 3, Started: started, Finished: started.Add(1234567 * time.Microsecond)}
	oom := lived
	oom.ExitCode, oom.OOM = 137, true
	logs := []LogLine{{Text: "2026/11/23 20:03:35 cannot read config"}}
	crash := []LogLine{{Text: "starting"}, {Text: "panic: no pages"}, {Text: ""}, {Text: "goroutine 1 [running]:"}}
	early := lived
	early.Finished = started.Add(-4 * time.Millisecond)
	sockets := []Socket{{Address: "127.0.0.1", Port: 8080}, {Address: "::", Port: 9090}}
	return map[string]*StartFailure{
		"refused":            {Kind: Refused, State: State{Error: "exec: /nope: no such file"}, Engine: "Error response from daemon"},
		"refused, no state":  {Kind: Refused, Engine: "Error response from daemon"},
		"exited":             {Kind: Exited, State: lived, Log: logs},
		"crashed":            {Kind: Exited, State: lived, Log: crash},
		"logs JSON":          {Kind: Exited, State: lived, Log: []LogLine{{Text: `{"level":"error","msg":"no config","err":"open x: denied"}`}}},
		"clocks differ":      {Kind: Exited, State: early},
		"exited without log": {Kind: Exited, State: lived},
		"out of memory":      {Kind: Exited, State: oom, Log: logs},
		"not listening":      {Kind: NotListening, Within: 3 * time.Second, Port: 8080},
		"other port":         {Kind: OtherPort, Port: 8081, Sockets: sockets},
		"loopback only":      {Kind: LoopbackOnly, Port: 8080, Sockets: sockets},
		"not ready":          {Kind: NotReady, Within: time.Second, Port: 8080, Seen: "GET /readyz answered 503 Service Unavailable"},
		"restarted":          {Kind: Restarted, Within: time.Second, Replica: 2, State: State{Restarts: 3, RestartedFor: "the startup probe failed 2 times"}},
		"restart loop":       {Kind: Restarted, Within: time.Second, State: State{Restarts: 3}, Log: logs},
		"unread":             {Kind: Exited, State: State{ExitCode: exitBrokenPipe}, Spec: deployment.Spec{LogReader: deployment.LogReader{State: deployment.ReaderGone}}},
		"unknown":            {Kind: unknownKind, Seen: "nothing"},
	}
}

func TestCauseSaysWhatWasSeen(t *testing.T) {
	for name, want := range map[string]string{
		"refused":            "the engine could not start it: exec: /nope: no such file",
		"refused, no state":  "the engine could not start it: Error response from daemon",
		"exited":             "it exited with code 3 after 1.235s; its last words: cannot read config",
		"crashed":            "it exited with code 3 after 1.235s; its last words: panic: no pages",
		"logs JSON":          "it exited with code 3 after 1.235s; its last words: no config: open x: denied",
		"clocks differ":      "it exited with code 3 at once, without writing a line",
		"exited without log": "it exited with code 3 after 1.235s, without writing a line",
		"out of memory":      "it was killed for using more memory than its limit after 1.235s",
		"not listening":      "it runs, but listens on no TCP port within 3s; port 8080 was expected",
		"other port":         "it listens on 127.0.0.1:8080, [::]:9090 and not on port 8081",
		"loopback only":      "it listens on 127.0.0.1:8080 only, which nothing outside its container can reach",
		"not ready":          "port 8080 is open, but it was not ready within 1s: GET /readyz answered 503 Service Unavailable",
		"restarted":          "replica 2: it was started again 3 times within 1s and never became ready: the startup probe failed 2 times",
		"restart loop":       "it was started again 3 times within 1s and never became ready: cannot read config",
		"unread":             "it was ended by SIGPIPE at once: nobody reads its log",
		"unknown":            "it did not become ready: nothing",
	} {
		f := failures()[name]
		assert.Equal(t, want, f.Cause().EN, name)
		assert.Equal(t, "start app: "+want, f.Error(), name)
	}
}

func TestEveryKindHasACauseAndAFixInBothLanguages(t *testing.T) {
	covered := map[Kind]bool{}
	fixes := map[string]string{}
	for name, f := range failures() {
		covered[f.Kind] = true
		for what, text := range map[string]lang.Text{"cause": f.Cause(), "fix": f.Fix()} {
			assert.NotEmpty(t, text.EN, "%s of %s", what, name)
			assert.True(t, strings.ContainsFunc(text.ZH, isHan), "%s of %s in Chinese: %q", what, name, text.ZH)
			assert.NotContains(t, text.EN+text.ZH, "%!", "%s of %s", what, name)
			assert.False(t, strings.ContainsFunc(text.EN, isHan), "%s of %s in English: %q", what, name, text.EN)
		}
		fixes[name] = f.Fix().EN
	}
	for k := unknownKind; k.String() != "unknown" || k == unknownKind; k++ {
		assert.True(t, covered[k], "kind %s has no example here", k)
	}
	assert.NotEqual(t, fixes["exited"], fixes["exited without log"])
	assert.NotEqual(t, fixes["exited"], fixes["out of memory"])
	assert.Contains(t, fixes["loopback only"], `":8080"`)
	assert.Contains(t, fixes["other port"], "listen on 8081")
}

func isHan(r rune) bool { return unicode.Is(unicode.Han, r) }

func TestKindsHaveNamesOfTheirOwnAndZeroIsUnknown(t *testing.T) {
	seen := map[string]bool{}
	for k := unknownKind; k <= Restarted; k++ {
		assert.False(t, seen[k.String()], k.String())
		seen[k.String()] = true
	}
	assert.Equal(t, "unknown", Kind(0).String())
	assert.Equal(t, "unknown", Kind(-1).String())
	assert.Equal(t, "unknown", (Restarted + 1).String())
}

func TestBrokenIsToldFromTheAppsFailure(t *testing.T) {
	cause := errors.New("no space left")
	err := asBroken("launch app", cause)
	var broken *Broken
	require.ErrorAs(t, err, &broken)
	assert.True(t, broken.Broken())
	require.ErrorIs(t, err, cause)
	require.EqualError(t, err, "launch app: no space left")
	assert.Equal(t, err, asBroken("again", err), "it is wrapped once")
	require.NoError(t, orBroken("stop redis", nil))
	require.EqualError(t, orBroken("stop redis", cause), "stop redis: no space left")
	require.NotErrorAs(t, error(&StartFailure{Kind: Exited}), &broken)
}

func TestLoopbackIsWhatOnlyTheNamespaceItselfReaches(t *testing.T) {
	for address, want := range map[string]bool{"127.0.0.1": true, "127.1.2.3": true, "::1": true, "0.0.0.0": false, "::": false, "10.0.0.127": false, "::127": false} {
		assert.Equal(t, want, Socket{Address: address}.Loopback(), address)
	}
}

func TestTextBodiesAreTold(t *testing.T) {
	for kind, want := range map[string]bool{
		"text/html; charset=utf-8": true, "application/json": true, "text/javascript": true, "application/javascript": true,
		"image/svg+xml": true, "application/xml": true, "application/problem+json": true,
		"image/png": false, "application/octet-stream": false, "font/woff2": false, "": false,
	} {
		assert.Equal(t, want, isText(kind), kind)
	}
}

func TestErrorsOfRequestsDoNotShowTheRandomPort(t *testing.T) {
	refused := errors.New("connection refused")
	err := withoutURL(fmt.Errorf("ask: %w", &url.Error{Op: "Get", URL: "http://127.0.0.1:49153/", Err: refused}))
	assert.Equal(t, refused, err)
	assert.Equal(t, refused, withoutURL(refused))
}

func TestTheLastWordsAreTheErrorAndNotWhatGinAlwaysPrints(t *testing.T) {
	log := func(texts ...string) *StartFailure {
		f := &StartFailure{Kind: Exited}
		for _, text := range texts {
			f.Log = append(f.Log, LogLine{Text: text})
		}
		return f
	}
	banner := []string{
		`[GIN-debug] [WARNING] Running in "debug" mode. Switch to "release" mode in production.`,
		" - using env:\texport GIN_MODE=release", " - using code:\tgin.SetMode(gin.ReleaseMode)", "",
		"[GIN-debug] GET    /ping                     --> main.main.func1 (3 handlers)",
	}
	assert.Equal(t, "dial tcp 127.0.0.1:5432: connect: connection refused",
		log(append([]string{"2026/11/23 20:53:57 dial tcp 127.0.0.1:5432: connect: connection refused"}, banner...)...).lastWords())
	assert.Equal(t, "no license", log(append([]string{"no license"}, banner...)...).lastWords())
	assert.Equal(t, "bye", log("dial tcp", "bye").lastWords())
	assert.Contains(t, log(banner...).lastWords(), "/ping", "better than nothing")
	assert.Empty(t, log("", " ").lastWords())
}
