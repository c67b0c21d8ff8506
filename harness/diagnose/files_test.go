package diagnose

import (
	"encoding/json"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seatrial/seatrial/harness/evidence"
)

func TestFileErrorsAreReadOutOfProse(t *testing.T) {
	tests := map[string][3]string{ // operation, path, error
		"load config: open config/app.yaml: no such file or directory":           {"open", "config/app.yaml", "no such file or directory"},
		`msg=read token err=open /run/secrets/t: permission denied`:              {"open", "/run/secrets/t", "permission denied"},
		`open sink "/v/a.log": open /v/a.log: no such file or directory`:         {"open", "/v/a.log", "no such file or directory"},
		`open C:\Program Files\shop\a.ini: no such file or directory`:            {"open", `C:\Program Files\shop\a.ini`, "no such file or directory"},
		"rename /tmp/a /data/b: invalid cross-device link":                       {"rename", "/data/b", "invalid cross-device link"},
		`Config File "app" Not Found in "[/etc/app]"`:                            {"open", "app", "no such file or directory"},
		"配置文件 conf/app.ini 不存在":                                                  {"open", "conf/app.ini", "no such file or directory"},
		"reopen the shop: no such file or directory":                             {},
		"dial unix /run/x.sock: connect: no such file or directory":              {},
		"fork/exec /usr/bin/convert: no such file or directory":                  {},
		"open config/app.yaml: file does not exist":                              {},
		"he asked me to open the door: it said permission denied, of all things": {},
	}
	for text, want := range tests {
		t.Run(text, func(t *testing.T) {
			e, ok := readFileError(Line{Plain: text})
			assert.Equal(t, want != [3]string{}, ok)
			assert.Equal(t, want, [3]string{e.Op, e.Path, e.Text})
		})
	}
}

func TestWhatAPathIsFor(t *testing.T) {
	for name, want := range map[string]string{
		"config/app.yaml": forConfig, "/etc/shop/shop.conf": forConfig, ".env": forConfig, "data/config.json": forConfig,
		"logs/app.log": forLog, "/var/log/shop/access": forLog, "templates/index.html": forTemplate, "views/a.tmpl": forTemplate,
		"certs/tls.key": forKey, "shop.db": forDatabase, "data/app.sqlite3": forDatabase, "uploads/a.png": forData,
		"/tmp/multipart-12": forTemp, "static/app.js": forStatic, `conf\app.ini`: forConfig, "cities.csv": forOther,
	} {
		assert.Equal(t, want, purposeOf(name), name)
	}
}

// bundleOf makes a bundle; values that are no text are written as JSON.
func bundleOf(t *testing.T, files map[string]any) *evidence.Bundle {
	t.Helper()
	system := fstest.MapFS{}
	for name, value := range files {
		text, ok := value.(string)
		if !ok {
			data, err := json.Marshal(value)
			require.NoError(t, err)
			text = string(data)
		}
		system[name] = &fstest.MapFile{Data: []byte(text + "\n")}
	}
	return evidence.FromFS(system)
}

func TestTroubleCountsOnlyWhereItCanBeTheFailure(t *testing.T) {
	const trouble = "cache: open /app/cache.db: permission denied"
	running := map[string]any{"status": "running", "running": true}
	ended := map[string]any{"status": "exited", "exitCode": 1}
	scenario := map[string]any{"outcome": "failed", "phase": "scenario"}
	launch := map[string]any{"outcome": "failed", "phase": "launch", "kind": "not-listening"}
	request := func(status int) map[string]any {
		return map[string]any{"road": "direct", "method": "GET", "path": "/x", "status": status}
	}
	tests := []struct {
		name  string
		files map[string]any
		want  bool
	}{
		{"the last words of an app that ended", map[string]any{"state.json": ended}, true},
		{"long before the end", map[string]any{"state.json": ended, "stderr.log": trouble + "\na\nb\nc\nd"}, false},
		{"an app that never opened a port", map[string]any{"state.json": running, "outcome.json": launch}, true},
		{"an app that serves, and answers well", map[string]any{"state.json": running, "outcome.json": scenario, "http.jsonl": request(404)}, false},
		{"an app that serves, and answers with an error", map[string]any{"state.json": running, "outcome.json": scenario, "http.jsonl": request(500)}, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if test.files["stderr.log"] == nil {
				test.files["stderr.log"] = trouble
			}
			assert.Equal(t, test.want, len(Read(bundleOf(t, test.files)).fileErrors()) > 0)
		})
	}
}

func TestARemedyNeverHidesTheApp(t *testing.T) {
	for dir, want := range map[string]string{"/app": "", "/": "", "/app/logs": "/app/logs"} {
		c := Read(bundleOf(t, map[string]any{
			"state.json": map[string]any{"status": "exited", "exitCode": 1},
			"image.json": map[string]any{"workdir": "/app", "entrypoint": []string{"/app/shop"}},
			"stderr.log": "open " + dir + "/a.log: read-only file system",
		}))
		require.Len(t, c.fileErrors(), 1, dir)
		rule, m := c.fileCause(c.fileErrors()[0])
		assert.Equal(t, "read-only-root", rule)
		assert.Equal(t, want, m.Params["free"])
	}
}

func TestValuesAreToldApart(t *testing.T) {
	for value, want := range map[string]string{
		"abc": "value-wrong-type", "": "value-wrong-type", "30": "value-wrong-type", `"8080"`: "value-quoted", "'30s'": "value-quoted",
		"8080 ": "value-with-spaces", `8080\r`: "value-with-spaces", "tcp://10.0.0.5:6379": "port-from-service-link",
	} {
		assert.Equal(t, want, valueCause(value), "%q", value)
	}
}

func TestVariablesThatAreSetAreNotMissing(t *testing.T) {
	for text, want := range map[string]bool{
		"required environment variable DATABASE_URL is not set": true, "DATABASE_URL must be set": true, "缺少环境变量 DATABASE_URL": true,
		"env: API_KEY missing": true, "$PORT must be set": true, "missing JWT_SECRET": true, "environment variables not set: DB_USER, DB_PASS": true,
		"SENTRY_DSN is not set": false, "the variable is not set": false, "HTTP is required": false, "DATABASE_URL is set": false,
		"env var DEBUG is set": false, "API returned 401: TOKEN is missing or invalid": false,
	} {
		c := Read(bundleOf(t, map[string]any{
			"state.json": map[string]any{"status": "exited", "exitCode": 1}, "stderr.log": text,
			"spec.json": map[string]any{"env": map[string]string{"SENTRY_DSN": "https://x"}},
		}))
		assert.Equal(t, want, envMissing(c) != nil, text)
	}
}

func TestSettingsThatAreInOrderAreNotMissing(t *testing.T) {
	for text, want := range map[string]bool{
		"config: port must not be 0": true, "config validation failed: port is required": true, "settings: name must be set": true,
		"配置项 server.port 不能为空": true, "option timeout is set to 30s": false, "setting key is required by law": false, "config is loaded": false,
	} {
		assert.Equal(t, want, valueMissing.MatchString(text), text)
	}
}

func TestHostsThatNoPublicAuthorityCertifies(t *testing.T) {
	for host, want := range map[string]bool{
		"10.0.0.1": true, "127.0.0.1": true, "::1": true, "vault": true, "vault.internal": true, "db.prod.svc.cluster.local": true,
		"api.example.com": false, "8.8.8.8": false,
	} {
		assert.Equal(t, want, private(host), host)
	}
}
