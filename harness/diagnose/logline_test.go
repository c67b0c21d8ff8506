package diagnose

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"

	"github.com/seatrial/seatrial/harness/evidence"
)

func TestTheSameFactInEveryLogFormReadsTheSame(t *testing.T) {
	const fact = "open config/app.yaml: no such file or directory"
	lines := map[string]string{
		"log":              `2026/01/01 05:03:53 load config: open config/app.yaml: no such file or directory`,
		"zap JSON":         `{"level":"fatal","ts":1767243833.1,"caller":"app/main.go:12","msg":"load config","error":"open config/app.yaml: no such file or directory","stacktrace":"main.main\n\t/src/main.go:12"}`,
		"zap console":      "2026-01-01T05:03:53.100Z\tFATAL\tapp/main.go:12\tload config\t{\"error\": \"open config/app.yaml: no such file or directory\"}",
		"zerolog JSON":     `{"level":"fatal","error":"open config/app.yaml: no such file or directory","time":"2026-01-01T05:03:53Z","message":"load config"}`,
		"zerolog console":  "\x1b[90m5:03AM\x1b[0m \x1b[31mFTL\x1b[0m load config \x1b[36merror=\x1b[0m\x1b[31m\"open config/app.yaml: no such file or directory\"\x1b[0m",
		"slog JSON":        `{"time":"2026-01-01T05:03:53Z","level":"ERROR","msg":"load config","err":"open config/app.yaml: no such file or directory"}`,
		"slog text":        `time=2026-01-01T05:03:53.000Z level=ERROR msg="load config" err="open config/app.yaml: no such file or directory"`,
		"slog group":       `{"level":"ERROR","msg":"start","boot":{"err":"open config/app.yaml: no such file or directory"}}`,
		"logrus text":      `time="2026-01-01T05:03:53Z" level=fatal msg="load config: open config/app.yaml: no such file or directory"`,
		"logrus console":   "\x1b[31mFATA\x1b[0m[0000] load config: open config/app.yaml: no such file or directory",
		"logrus JSON":      `{"level":"fatal","msg":"load config: open config/app.yaml: no such file or directory","time":"2026-01-01T05:03:53Z"}`,
		"charm":            `2026/01/01 05:03:53 FATA load config err="open config/app.yaml: no such file or directory"`,
		"klog":             `F0101 05:03:53.123456       1 main.go:12] load config: open config/app.yaml: no such file or directory`,
		"klog structured":  `E0101 05:03:53.123456       1 main.go:12] "Load config" err="open config/app.yaml: no such file or directory"`,
		"collector":        `{"log":"{\"level\":\"fatal\",\"msg\":\"open config/app.yaml: no such file or directory\"}\n","stream":"stderr","time":"2026-01-01T05:03:53Z"}`,
		"terminal":         "open config/app.yaml: no such file or directory\r",
		"German":           "open config/app.yaml: Datei oder Verzeichnis nicht gefunden",
		"Chinese":          "open config/app.yaml: 没有那个文件或目录",
		"Korean":           "open config/app.yaml: 그런 파일이나 디렉터리가 없습니다",
		"Windows":          "open config/app.yaml: The system cannot find the file specified.",
		"Windows, no path": "open config/app.yaml: The system cannot find the path specified.",
	}
	for name, line := range lines {
		t.Run(name, func(t *testing.T) { assert.Contains(t, plain(line), fact) })
	}
}

func TestQuotesOfTheAppItselfStay(t *testing.T) {
	for _, line := range []string{`PORT="\"8080\""`, `{not JSON}`, `parsing "abc": invalid syntax`} {
		assert.Equal(t, strings.ReplaceAll(line, `\"`, `"`), plain(line))
	}
}

func TestMessagesOfEveryLanguageAreReadAsGoWordsThem(t *testing.T) {
	seen := map[string]string{}
	for _, m := range translated {
		assert.GreaterOrEqual(t, len(m.others), 9, m.text)
		for _, other := range m.others {
			assert.Equal(t, "bind: "+m.text, plain("bind: "+other))
			assert.Empty(t, seen[other], "%s is %s and %s", other, seen[other], m.text)
			seen[other] = m.text
		}
	}
	assert.Equal(t, "no such file or directory", seen["没有那个文件或目录"])
	assert.Equal(t, "permission denied", seen["Keine Berechtigung"])
}

func TestLastAndFatalLinesCanHaveEndedTheApp(t *testing.T) {
	tests := []struct {
		name, text string
		want       []int // the numbers of the deadly lines, from 1
	}{
		{"the last four", "a\nb\nc\nd\ne", []int{2, 3, 4, 5}},
		{"stacks are no words", "x\na\nb\nc\npanic: boom\n\ngoroutine 1 [running]:\nmain.main()\n\t/src/main.go:4 +0x1d\nexit status 2", []int{2, 3, 4, 5}},
		{"zap's stack", "z\ny\nx\nw\nlevel=fatal msg=boom\nmain.main\n\t/src/main.go:12\nruntime.main\n\t/usr/lib/go/proc.go:250", []int{2, 3, 4, 5}},
		{"fatal is deadly wherever it stands", "F0101 05:03:53.123456       1 main.go:12] boom\na\nb\nc\nd", []int{1, 2, 3, 4, 5}},
		{"levels", "level=fatal a\nFTL b\nseverity=CRITICAL c\n{\"L\":\"DPANIC\"}\n1\n2\n3\n4", []int{1, 2, 3, 4, 5, 6, 7, 8}},
		{"what says that it is not", "non-fatal: a\nnot critical\n[Recovery] panic recovered: b\n1\n2\n3\n4", []int{4, 5, 6, 7}},
		{"what goes on, indented", "yaml: unmarshal errors:\n  line 2: a\n  line 3: b\n1\n2\n3", []int{1, 2, 3, 4, 5, 6}},
		{"a word in a sentence", "there were 0 fatal errors\n1\n2\n3\n4", []int{2, 3, 4, 5}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var lines []Line
			for i, text := range strings.Split(test.text, "\n") {
				lines = append(lines, Line{Line: evidence.Line{Number: i + 1, Text: text}, Plain: plain(text)})
			}
			markDeadly(lines)
			var deadly []int
			for _, line := range lines {
				if line.Deadly {
					deadly = append(deadly, line.Number)
				}
			}
			assert.Equal(t, test.want, deadly)
		})
	}
}

func FuzzPlain(f *testing.F) {
	f.Add(`{"level":"fatal","a":{"b":[1,null,{"c":"d"}]},"log":"{\"x\":1}"}`)
	f.Add(`level=info msg="\x" err="a\"b"`)
	f.Add("\x1b[31m2026 FTL x=\"\xff\"\r")
	f.Fuzz(func(t *testing.T, text string) {
		read := plain(text)
		if utf8.ValidString(text) && !strings.Contains(text, `\`) {
			assert.True(t, utf8.ValidString(read), "%q becomes %q", text, read)
		}
	})
}
