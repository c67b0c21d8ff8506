package sandbox

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/seatrial/seatrial/harness/deployment"
)

func TestAdviceNamesWhatTheLogSaysIsMissing(t *testing.T) {
	down := deployment.Spec{WorkDir: "/app", Redis: deployment.Down}
	usual := deployment.Spec{WorkDir: "/app"}
	for _, tt := range []struct {
		spec deployment.Spec
		line string
		want string
	}{
		{usual, `7:49PM ERR Cannot create plugins directory error="mkdir data: permission denied"`, "app.mounts: [{path: /app/data, writable: true}]"},
		{usual, "panic: open logs/today.log: read-only file system", "app.mounts: [{path: /app/logs, writable: true}]"},
		{usual, "open /var/lib/shop/x.db: permission denied", "app.mounts: [{path: /var/lib/shop, writable: true}]"},
		{usual, "open app.db: read-only file system", "a directory of its own"},
		{usual, "mkdir /data: read-only file system", "path: /data,"},
		{usual, "panic: open conf/app.ini: no such file or directory", "looks for conf/app.ini in its working directory, where it is not (/app/conf/app.ini)"},
		{usual, "stat /etc/shop.yaml: no such file or directory", "nothing is at /etc/shop.yaml"},
		{usual, "panic: html/template: pattern matches no files: `templates/*`", "looks for templates/*"},
		{usual, "models.Setup err: dial tcp 127.0.0.1:3306: connect: connection refused", "nothing listens on 127.0.0.1:3306"},
		{usual, "dial tcp [::1]:5432: connect: connection refused", "nothing listens on [::1]:5432"},
		{usual, "dial tcp 10.1.2.3:9200: connect: connection refused", "10.1.2.3:9200 cannot be reached"},
		{down, "dial tcp 172.18.0.3:6379: connect: connection refused", "Redis is down here"},
		{usual, `Get "https://files.example/x": dial tcp: lookup files.example on 127.0.0.11:53: server misbehaving`, "files.example cannot be reached"},
		{usual, "dial tcp: lookup db: no such host", "db cannot be reached"},
		{usual, "listen tcp :80: bind: permission denied", "above 1023 instead of 80"},
		{usual, "listen tcp 0.0.0.0:8080: bind: address already in use", "port 8080 twice"},
		{usual, "unable to open database file (14)", "SQLite database is where the app may not write"},
		{usual, "Binary was compiled with 'CGO_ENABLED=0', go-sqlite3 requires cgo to work. This is a stub", "needs cgo"},
		{usual, "exit status 1", ""},
		{usual, "error: failed to load the env file", ""},
		{usual, "permission denied", ""},
		{usual, "user 7 may not open the door: permission denied", ""},
	} {
		f := &StartFailure{Kind: Exited, Spec: tt.spec, Log: []LogLine{{Text: "starting"}, {Text: tt.line}, {Text: "bye"}}}
		text := f.advice()
		if tt.want == "" {
			assert.True(t, text.IsZero(), "%q: %s", tt.line, text.EN)
			continue
		}
		assert.Contains(t, text.EN, tt.want, "%q", tt.line)
		assert.NotEmpty(t, text.ZH, "%q", tt.line)
		assert.Equal(t, text, f.Fix(), "%q", tt.line)
	}
}

func TestAdviceIsOfTheLastErrorAndNotOfGoroutines(t *testing.T) {
	f := &StartFailure{Kind: Exited, Spec: deployment.Spec{WorkDir: "/app"}, Log: []LogLine{
		{Text: "open optional.yaml: no such file or directory"}, {Text: "mkdir data: permission denied"},
	}}
	assert.Contains(t, f.advice().EN, "/app/data")

	f.Log = []LogLine{{Text: "panic: boom"}, {Text: "goroutine 1 [running]:"}, {Text: "open x: no such file or directory"}}
	assert.True(t, f.advice().IsZero())
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
