package sandbox

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestPathsAreFoundInLogsOfAllKinds(t *testing.T) {
	for line, want := range map[string][]string{
		`2025/01/02 03:04:05 open config/app.yaml: no such file or directory`:                                        {"config/app.yaml"},
		`panic: open /etc/my app/conf.d/x: permission denied`:                                                        {"/etc/my app/conf.d/x"},
		`level=fatal msg="load config: open .env: no such file or directory"`:                                        {".env"},
		`{"level":"error","error":"mkdir /app/logs: read-only file system","ts":1.5}`:                                {"/app/logs"},
		`fork/exec /usr/bin/convert: no such file or directory`:                                                      {"/usr/bin/convert"},
		`unable to open database file: "data/shop.db"`:                                                               {"data/shop.db"},
		`Config File "config" Not Found in "[/app /etc/shop]"`:                                                       {"/app", "/etc/shop"},
		`配置文件 ./conf/app.toml 不存在`:                                                                                   {"./conf/app.toml"},
		`无法读取“/srv/配置/app.yaml”：权限不够`:                                                                                {"/srv/配置/app.yaml"},
		`rename /data/a.tmp /data/a: invalid cross-device link`:                                                      {"/data/a.tmp", "/data/a"},
		`html/template: pattern matches no files: ` + "`templates/*.tmpl`":                                           {"templates/*.tmpl"},
		`exec: "ffmpeg": executable file not found in $PATH`:                                                         nil,
		`exec /app/run.sh: no such file or directory`:                                                                {"/app/run.sh"},
		`OCI runtime create failed: exec: "/app/shop": permission denied: unknown`:                                   {"/app/shop"},
		`dial unix /var/run/app.sock: connect: no such file or directory`:                                            {"/var/run/app.sock"},
		`./shop: /lib/x86_64-linux-gnu/libc.so.6: version 'GLIBC_2.34' not found`:                                    {"./shop", "/lib/x86_64-linux-gnu/libc.so.6"},
		`[GIN] 2025/01/02 - 03:04:05 | 404 |     1.2ms |  10.0.0.1 | GET      "/static/app.css"`:                     nil,
		`[GIN-debug] GET    /static/*filepath --> github.com/gin-gonic/gin.(*RouterGroup).createStaticHandler.func1`: nil,
		`{"method":"GET","uri":"/static/app.css","status":404}`:                                                      nil,
		`see https://example.com/docs/app.html for help`:                                                             nil,
		"\t/usr/local/go/src/runtime/proc.go:283 +0x1d5":                                                             nil,
		`listening on :8080`:         nil,
		`10/20 done, 3.5 and/or 1/2`: nil,
		``:                           nil,
	} {
		assert.Equal(t, want, pathsIn([]string{line}, 100), line)
	}
}

func TestTheSurestPathsComeFirstAndTheListIsBounded(t *testing.T) {
	lines := []string{`see "b/c.yaml"`, `open d.txt: no such file or directory`}
	assert.Equal(t, []string{"d.txt", "b/c.yaml"}, pathsIn(lines, 100))
	assert.Equal(t, []string{"d.txt"}, pathsIn(lines, 1))
}

func FuzzPathsInAnyText(f *testing.F) {
	f.Add("open config/app.yaml: no such file or directory")
	f.Add("\"'`“/a”/b 'c/d.e'")
	f.Fuzz(func(t *testing.T, text string) {
		list := pathsIn(strings.Split(text, "\n"), 20)
		require.LessOrEqual(t, len(list), 20)
		for _, p := range list {
			require.LessOrEqual(t, len(p), longestPath)
			require.GreaterOrEqual(t, len(p), 2)
			require.NotContains(t, p, "\n")
		}
	})
}
