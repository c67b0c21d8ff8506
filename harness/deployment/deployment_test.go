package deployment_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seatrial/seatrial/harness/deployment"
)

func base() deployment.Spec {
	return deployment.Spec{
		Env:    map[string]string{"REDIS_ADDR": "${REDIS_ADDR}", "LOG": "info"},
		Mounts: []deployment.Mount{{Path: "/app/config", From: "config"}, {Path: "/data", From: "data", Writable: true}},
	}
}

func TestEachConditionChangesExactlyItsPartOfTheDeployment(t *testing.T) {
	for _, tt := range []struct {
		condition deployment.Condition
		text      string
		change    func(*deployment.Spec)
	}{
		{deployment.User(65532, 0), "user=65532:0", func(s *deployment.Spec) { s.User = "65532:0" }},
		{deployment.WorkDir("/"), "workdir=/", func(s *deployment.Spec) { s.WorkDir = "/" }},
		{deployment.ReadOnlyRoot(), "read-only-root", func(s *deployment.Spec) { s.ReadOnlyRoot = true }},
		{deployment.DropCapabilities(), "drop-capabilities", func(s *deployment.Spec) { s.DropCapabilities = []string{"ALL"} }},
		{deployment.DropCapabilities("NET_RAW"), "drop-capabilities=NET_RAW", func(s *deployment.Spec) { s.DropCapabilities = []string{"NET_RAW"} }},
		{deployment.NoNewPrivileges(), "no-new-privileges", func(s *deployment.Spec) { s.NoNewPrivileges = true }},
		{deployment.Memory(64 << 20), "memory=67108864", func(s *deployment.Spec) { s.Memory = 64 << 20 }},
		{deployment.MissingMount("/app/config"), "missing-mount=/app/config", func(s *deployment.Spec) { s.Mounts = s.Mounts[1:] }},
		{deployment.Unreadable("/app/x"), "unreadable=/app/x", func(s *deployment.Spec) { s.Unreadable = []string{"/app/x"} }},
		{deployment.TmpfsAt("/tmp", 1<<20), "tmpfs=/tmp:1048576", func(s *deployment.Spec) { s.Tmpfs = []deployment.Tmpfs{{Path: "/tmp", Size: 1 << 20}} }},
		{deployment.Env("LOG", ""), "env=LOG=", func(s *deployment.Spec) { s.Env["LOG"] = "" }},
		{deployment.EnvUnset("LOG"), "env-unset=LOG", func(s *deployment.Spec) { delete(s.Env, "LOG") }},
		{deployment.RedisDown(), "redis=down", func(s *deployment.Spec) { s.Redis = deployment.Down }},
		{deployment.RedisIn(deployment.Late, 5*time.Second), "redis=late:5s", func(s *deployment.Spec) { s.Redis, s.RedisFor = deployment.Late, 5*time.Second }},
		{deployment.RedisPassword(deployment.WrongPassword), "redis-auth=wrong", func(s *deployment.Spec) {
			s.RedisPassword = deployment.WrongPassword
			s.Env["REDIS_PASSWORD"] = "${REDIS_PASSWORD}"
		}},
		{deployment.RedisPassword(deployment.MissingPassword), "redis-auth=missing", func(s *deployment.Spec) { s.RedisPassword = deployment.MissingPassword }},
		{deployment.RedisSlow(200 * time.Millisecond), "redis-slow=200ms", func(s *deployment.Spec) { s.RedisLink.Latency = 200 * time.Millisecond }},
		{deployment.NoDNS(), "no-dns", func(s *deployment.Spec) { s.Network.NoDNS = true }},
		{deployment.NoEgress(), "no-egress", func(s *deployment.Spec) { s.Network.NoEgress = true }},
		{deployment.PortTaken(), "port-taken", func(s *deployment.Spec) { s.Network.PortTaken = true }},
		{deployment.ProxyPath("/shop", deployment.Strip), "proxy-path=/shop:strip", func(s *deployment.Spec) { s.Proxy.Path, s.Proxy.Forward = "/shop", deployment.Strip }},
		{deployment.ProxyStatic("/static", "/app/static"), "proxy-static=/static:/app/static", func(s *deployment.Spec) { s.Proxy.StaticURL, s.Proxy.StaticDir = "/static", "/app/static" }},
		{deployment.ProxyBodyLimit(1 << 10), "proxy-body-limit=1024", func(s *deployment.Spec) { s.Proxy.BodyLimit = 1 << 10 }},
		{deployment.ProxyTimeout(2 * time.Second), "proxy-timeout=2s", func(s *deployment.Spec) { s.Proxy.Timeout = 2 * time.Second }},
		{deployment.ProxyBare(), "proxy-bare", func(s *deployment.Spec) { s.Proxy.Bare = true }},
		{deployment.ProxyNoWebSocket(), "proxy-no-websocket", func(s *deployment.Spec) { s.Proxy.NoUpgrade = true }},
		{deployment.ProxyGzip(), "proxy-gzip", func(s *deployment.Spec) { s.Proxy.Gzip = true }},
		{deployment.ProxyTLS(), "proxy-tls", func(s *deployment.Spec) { s.Proxy.TLS = true }},
		{deployment.RedisCuts(4 << 10), "redis-cuts=4096", func(s *deployment.Spec) { s.RedisLink.CutAfter = 4 << 10 }},
	} {
		t.Run(tt.text, func(t *testing.T) { checkChange(t, tt.condition, tt.text, tt.change) })
	}
}

// checkChange holds a condition against its text form and against what it must
// change in a deployment, and nothing else.
func checkChange(t *testing.T, condition deployment.Condition, text string, change func(*deployment.Spec)) {
	t.Helper()
	parsed, err := deployment.Parse(text)
	require.NoError(t, err)
	assert.Equal(t, condition, parsed, "the constructor and the text form agree")

	want, before := base(), base()
	change(&want)
	got, err := before.With(parsed)
	require.NoError(t, err)
	assert.Equal(t, want, got)
	assert.Equal(t, base(), before, "the base deployment stays as it was")
}

func TestEveryKindOfTheCatalogueIsDocumentedAndItsExampleApplies(t *testing.T) {
	for _, kind := range deployment.Catalogue() {
		t.Run(kind.Name, func(t *testing.T) {
			assert.NotEmpty(t, kind.Doc.EN)
			assert.NotEmpty(t, kind.Doc.ZH)
			c, err := deployment.Parse(kind.Example)
			require.NoError(t, err)
			_, err = base().With(c)
			assert.NoError(t, err)
		})
	}
}

func TestParseSaysWhatIsWrongAndWhatIsPossible(t *testing.T) {
	for text, want := range map[string]string{
		"usr=1":            "no such condition; there are user,",
		"user":             "write user=UID[:GID], for example user=65532",
		"user=app":         `"app" is not a numeric user`,
		"user=-1":          `"-1" is not a numeric user`,
		"read-only-root=1": "takes no value",
		"workdir=app":      `"app" is not an absolute path`,
		"memory=lots":      `"lots" is not a size`,
		"memory=0":         `"0" is not a size`,
		"env=KEY":          `"KEY" is not KEY=VALUE`,
		"env==x":           "not the name of an environment variable",
		"redis=sideways":   "it can be down",
		"redis=late":       "needs a time",
		"redis=down:5s":    "takes no time",
		"proxy-path=/":     "not a path under which",
		"proxy-path=/a;b":  "not a path under which",
		"proxy-path=/a:b":  "it can be strip, keep",
		"redis-slow=-1s":   "is not a length of time",
		"tmpfs=/x:much":    `"much" is not a size`,
		"":                 "no such condition",
	} {
		t.Run(text, func(t *testing.T) {
			_, err := deployment.Parse(text)
			require.ErrorContains(t, err, want)
		})
	}
}

func TestContradictionsAreErrorsThatNameBothAndRepetitionsAreNot(t *testing.T) {
	_, err := base().With(deployment.User(1, 1), deployment.User(2, 2), deployment.Env("LOG", "x"), deployment.EnvUnset("LOG"))
	require.ErrorContains(t, err, "user=1:1 and user=2:2 contradict each other")
	require.ErrorContains(t, err, "env=LOG=x and env-unset=LOG contradict each other")

	_, err = base().With(deployment.User(1, 1), deployment.User(1, 1))
	assert.NoError(t, err)
}

func TestTheOrderOfConditionsDoesNotMatter(t *testing.T) {
	some := []deployment.Condition{
		deployment.Env("A", "1"), deployment.User(5, 5), deployment.MissingMount("/data"), deployment.ReadOnlyRoot(),
	}
	forward, err := base().With(some...)
	require.NoError(t, err)
	backward, err := base().With(some[3], some[2], some[1], some[0])
	require.NoError(t, err)
	assert.Equal(t, forward, backward)
}

func TestMissingMountNamesTheMountsThereAre(t *testing.T) {
	_, err := base().With(deployment.MissingMount("/nope"))
	require.ErrorContains(t, err, "nothing is mounted at /nope; the deployment mounts /app/config, /data")
	_, err = deployment.Spec{}.With(deployment.MissingMount("/nope"))
	require.ErrorContains(t, err, "declare mounts under app:")
}

func TestConditionsTravelAsTextInJSON(t *testing.T) {
	raw, err := json.Marshal([]deployment.Condition{deployment.User(1, 2), deployment.ReadOnlyRoot()})
	require.NoError(t, err)
	assert.JSONEq(t, `["user=1:2","read-only-root"]`, string(raw))
	var back []deployment.Condition
	require.NoError(t, json.Unmarshal(raw, &back))
	assert.Equal(t, []deployment.Condition{deployment.User(1, 2), deployment.ReadOnlyRoot()}, back)
}

func FuzzParseIsStable(f *testing.F) {
	for _, kind := range deployment.Catalogue() {
		f.Add(kind.Example)
	}
	f.Add("user=00:1")
	f.Add("tmpfs=/a:1 MiB")
	f.Fuzz(func(t *testing.T, text string) {
		c, err := deployment.Parse(text)
		if err != nil {
			return
		}
		again, err := deployment.Parse(c.String())
		require.NoError(t, err, "what Parse gives, Parse reads")
		require.Equal(t, c, again)
		switch c.Name {
		case "missing-mount", "configmap", "subpath", "env-spaces": // they need something to change
			return
		}
		_, err = deployment.Spec{}.With(c)
		require.NoError(t, err, "what Parse accepts, With applies")
	})
}

func TestAGuessedReadyPathIsReadyOnAnyAnswerButAServerError(t *testing.T) {
	for status, want := range map[int]struct{ declared, guessed bool }{
		101: {false, false}, 200: {true, true}, 204: {true, true}, 299: {true, true},
		301: {false, true}, 302: {false, true}, 400: {false, true}, 401: {false, true}, 404: {false, true}, 429: {false, true}, 499: {false, true},
		500: {false, false}, 502: {false, false}, 503: {false, false}, 599: {false, false},
	} {
		assert.Equal(t, want.declared, deployment.Spec{}.ReadyOn(status), "declared, %d", status)
		assert.Equal(t, want.guessed, deployment.Spec{AnyAnswer: true}.ReadyOn(status), "guessed, %d", status)
	}
}
