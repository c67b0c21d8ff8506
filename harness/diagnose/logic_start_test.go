package diagnose

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seatrial/seatrial/harness/evidence"
)

func TestWordsOfFailedStartsAreTold(t *testing.T) {
	for _, c := range []struct {
		text, program string
		why           obstacle
	}{
		{`exec /app/app: exec format error`, "/app/app", badFormat},
		{`exec /app/start.sh: no such file or directory`, "/app/start.sh", noHelper},
		{`bash: ./app: cannot execute binary file: Exec format error`, "./app", badFormat},
		{`/bin/bash: line 1: /app/app: cannot execute: required file not found`, "/app/app", noHelper},
		{`/bin/sh: 1: /app/start.sh: not found`, "/app/start.sh", shellFails},
		{`sh: server: not found`, "server", shellFails},
		{`/app/app: line 1: syntax error: unexpected "("`, "/app/app", badFormat},
	} {
		t.Run(c.text, func(t *testing.T) {
			list := appendStart(nil, Line{Plain: c.text}, ownStarts)
			require.Len(t, list, 1)
			assert.Equal(t, c.program, list[0].Program)
			assert.Equal(t, c.why, list[0].Why)
		})
	}
}

func TestOtherWordsAreNoFailedStart(t *testing.T) {
	for _, text := range []string{
		`plugin: fork/exec /plugins/a: exec format error; trying the next one`,
		`/app/start.sh: line 1: syntax error: unexpected "("`,
		`open /app/start.sh: no such file or directory`,
		`GET /exec /app: exec format error`,
		`user bash not found`,
	} {
		assert.Empty(t, appendStart(nil, Line{Plain: text}, ownStarts), text)
	}
}

func TestProcessorsAreReadFromHeaders(t *testing.T) {
	header := func(class, data, machine byte) string {
		h := make([]byte, 64)
		copy(h, "\x7fELF")
		h[4], h[5], h[18] = class, data, machine
		return string(h)
	}
	assert.Equal(t, "arm64", elfArchitecture(header(2, 1, 0xb7)))
	assert.Equal(t, "amd64", elfArchitecture(header(2, 1, 0x3e)))
	assert.Empty(t, elfArchitecture(header(2, 2, 0)), "big endian is not read")
	assert.Empty(t, elfArchitecture("\x7fELF\x02\x01"), "a header that is cut")
	assert.Empty(t, elfArchitecture("#!/bin/sh\n"))
}

func TestBrokenHeadsAreUnknown(t *testing.T) {
	assert.Equal(t, "#!/bin/sh\r\n", head(evidence.Path{Head: `#!/bin/sh\r\n`}))
	assert.Empty(t, head(evidence.Path{Head: `\x7`}))
	assert.Empty(t, head(evidence.Path{Head: `"`}))
}
