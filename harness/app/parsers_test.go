package app

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestParsePortTakesAddressesAndNoURLs(t *testing.T) {
	for _, tt := range []struct {
		text     string
		port     int
		loopback bool
	}{
		{":8080", 8080, false},
		{"8080", 8080, false},
		{"0.0.0.0:80", 80, false},
		{"[::1]:9000", 9000, true},
		{"localhost:3000", 3000, true},
		{"127.0.0.1:3000", 3000, true},
		{"${PORT:-8080}", 8080, false},
		{"${PORT:8081}", 8081, false},
		{"0.0.0.0:${PORT:-8082}", 8082, false},
		{":0", 0, false},
		{"0", 0, false},
		{":99999", 0, false},
		{"http://localhost:8080", 0, false},
		{"user:pass@tcp(127.0.0.1:3306)/db", 0, false},
		{"a:1,b:2", 0, false},
		{"${PORT}", 0, false},
		{"", 0, false},
		{":http", 0, false},
		{":+80", 0, false},
	} {
		t.Run(tt.text, func(t *testing.T) {
			port, loopback, ok := parsePort(tt.text)
			assert.Equal(t, tt.port, port)
			assert.Equal(t, tt.loopback, loopback)
			assert.Equal(t, tt.port != 0, ok)
		})
	}
}

func TestWordsSplitsEveryCommonSpelling(t *testing.T) {
	for name, want := range map[string]string{
		"HTTPPort":       "http port",
		"http_port":      "http port",
		"server.port":    "server port",
		"SMTPPort":       "smtp port",
		"listenAddr":     "listen addr",
		"REDIS_URL":      "redis url",
		"redis-list":     "redis list",
		"S3":             "s3",
		"__":             "",
		"ApplicationURL": "application url",
	} {
		assert.Equal(t, want, strings.Join(words(name), " "), name)
	}
}

func TestPortKeyKeepsTheFrontDoorApart(t *testing.T) {
	for _, tt := range []struct {
		key   string
		ok    bool
		malus int
	}{
		{"port", true, 0},
		{"server.http_port", true, 0},
		{"httpport", true, 0},
		{"settings.application.port", true, 0},
		{"Listen", true, 0},
		{"https.port", true, malusTLS},
		{"metrics.addr", true, malusSide},
		{"grpc_port", true, malusSide},
		{"redis.addr", false, 0},
		{"database.port", false, 0},
		{"SMTPPort", false, 0},
		{"support", false, 0},
		{"importPath", false, 0},
		{"name", false, 0},
	} {
		t.Run(tt.key, func(t *testing.T) {
			ok, malus := portKey(strings.Split(tt.key, ".")...)
			assert.Equal(t, tt.ok, ok)
			if ok {
				assert.Equal(t, tt.malus, malus)
			}
		})
	}
}

func TestRedisValueFollowsTheNameThenTheDefault(t *testing.T) {
	for _, tt := range []struct{ key, def, want string }{
		{"REDIS_ADDR", "", "${REDIS_ADDR}"},
		{"REDIS_ADDRESS", "", "${REDIS_ADDR}"},
		{"REDIS", "", "${REDIS_ADDR}"},
		{"REDIS_URL", "", "${REDIS_URL}"},
		{"REDIS_URL", "localhost:6379", "${REDIS_ADDR}"},
		{"REDIS_CONN_STRING", "", "${REDIS_URL}"},
		{"APP_REDIS_HOST", "", "${REDIS_HOST}"},
		{"REDIS_HOST", "localhost:6379", "${REDIS_ADDR}"},
		{"REDIS_PORT", "6379", "${REDIS_PORT}"},
		{"CACHE_ADDR", "cache:6379", "${REDIS_ADDR}"},
		{"QUEUE", "redis://q/1", "${REDIS_URL}"},
		{"QUEUE", "rediss://q/1", "${REDIS_URL}"},
		{"REDIS_PASSWORD", "", ""},
		{"REDIS_DB", "0", ""},
		{"REDIS_POOL_SIZE", "", ""},
		{"USE_REDIS", "false", ""},
		{"REDIS_THING", "", ""},
		{"CACHE_ADDR", "cache:11211", ""},
		{"DATABASE_URL", "", ""},
		{"_", "", ""},
	} {
		assert.Equal(t, tt.want, redisValue(tt.key, tt.def), tt.key+"="+tt.def)
	}
}

func TestWithoutUserTakesCredentialsOffURLs(t *testing.T) {
	assert.Equal(t, "redis://cache:6379/0", withoutUser("redis://user:p@ss@cache:6379/0"))
	assert.Equal(t, "cache:6379", withoutUser("cache:6379"))
}

func TestEmbedPatternsReadsQuotes(t *testing.T) {
	got, err := embedPatterns(" a/*.html \"with space\"\t`raw` all:dist ")
	require.NoError(t, err)
	assert.Equal(t, []string{"a/*.html", "with space", "raw", "all:dist"}, got)

	_, err = embedPatterns(`"open`)
	assert.Error(t, err)
}

func TestLineSettingsReadsINIAndTOMLAndDotEnv(t *testing.T) {
	const text = "\ufeffx = 1\n; comment\n# comment\ntop = \":1\" # why\n[server.\"http\"]\r\nPort = 8080 ; why\r\n[[list]]\nname: 'a # b'\ntext = \"\"\"\nport = 1\n\"\"\"\nexport KEY=value\nserver.port = 9\n=\nnonsense\n"
	var got []string
	for _, s := range lineSettings([]byte(text)) {
		got = append(got, strings.Join(s.path, ".")+"="+s.value)
	}
	assert.Equal(t, []string{"x=1", "top=:1", "server.http.Port=8080", "list.name=a # b", "list.KEY=value", "list.server.port=9"}, got)
}

func TestReadSettingsReadsYAMLAndJSON(t *testing.T) {
	yaml, err := readSettings("a.yaml", []byte("base: &b {port: 1}\nserver:\n  port: 8080\ncopy: *b\nlist: [{addr: x}]\n"))
	require.NoError(t, err)
	assert.Equal(t, []setting{
		{path: []string{"base", "port"}, value: "1", line: 1},
		{path: []string{"server", "port"}, value: "8080", line: 3},
		{path: []string{"list", "addr"}, value: "x", line: 5},
	}, yaml)

	json, err := readSettings("a.json", []byte("{\n\t\"server\": {\n\t\t\"port\": 8080\n\t}\n}\n"))
	require.NoError(t, err)
	assert.Equal(t, []setting{{path: []string{"server", "port"}, value: "8080", line: 3}}, json)

	_, err = readSettings("a.yaml", []byte("a: [\n"))
	assert.Error(t, err)
	_, err = readSettings("a.ini", make([]byte, maxConfig+1))
	assert.Error(t, err)
}

func TestDockerExposesFillsInVariablesAndJoinsLines(t *testing.T) {
	const text = "FROM x AS y\nARG A=1000\nENV B=2000 C='3000'\nENV D 4000\nexpose $A ${B}/tcp \\\n  # comment\n  $C/udp ${D} ${E:-5000} 6000-6010 $F\n"
	assert.Equal(t, []exposed{{"1000", 5}, {"2000", 5}, {"4000", 5}, {"5000", 5}}, dockerExposes(text))
}

func FuzzEmbedPatterns(f *testing.F) {
	f.Add(" a \"b\" `c`")
	f.Add(`"\`)
	f.Fuzz(func(t *testing.T, args string) {
		patterns, err := embedPatterns(args)
		if err == nil && strings.TrimSpace(args) != "" {
			assert.NotEmpty(t, patterns)
		}
	})
}

func FuzzReadSettings(f *testing.F) {
	f.Add("a.yaml", []byte("a: {b: 1}"))
	f.Add("a.json", []byte(`{"a":{"port":1}}`))
	f.Add("a.toml", []byte("[a]\nb = \"\"\"\nx"))
	f.Add(".env", []byte("export A='b'"))
	f.Fuzz(func(t *testing.T, name string, data []byte) {
		settings, _ := readSettings(name, data)
		for _, s := range settings {
			require.NotEmpty(t, s.path)
			portKey(s.path...)
			parsePort(s.value)
			redisValue(strings.Join(s.path, "_"), s.value)
			withoutUser(s.value)
		}
	})
}

func FuzzDockerExposes(f *testing.F) {
	f.Add("ARG A=1\nEXPOSE $A ${B:-8080}/tcp \\\n 90")
	f.Fuzz(func(t *testing.T, text string) {
		for _, e := range dockerExposes(text) {
			assert.Regexp(t, portOnly, e.value)
			assert.Positive(t, e.line)
		}
	})
}

func FuzzParsePort(f *testing.F) {
	f.Add(":8080")
	f.Add("${A:-:${B:-1}}")
	f.Fuzz(func(t *testing.T, text string) {
		port, _, ok := parsePort(text)
		assert.Equal(t, ok, port > 0 && port <= 65535)
	})
}
