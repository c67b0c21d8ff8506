package sandbox

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/moby/moby/api/pkg/stdcopy"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// piece is a frame as the engine sends it.
func piece(stream stdcopy.StdType, text string) string {
	header := make([]byte, frameHeader)
	header[0] = byte(stream)
	binary.BigEndian.PutUint32(header[4:], uint32(len(text)))
	return string(header) + text
}

// stamp is a time as the engine writes it, n milliseconds after the start.
func stamp(n int) string { return at(n).Format(time.RFC3339Nano) + " " }

func at(n int) time.Time {
	return time.Date(2026, 1, 2, 3, 4, 5, 123456789, time.UTC).Add(time.Duration(n) * time.Millisecond)
}

func TestParseLogsGivesEveryLineWithStreamAndTime(t *testing.T) {
	long := strings.Repeat("0123456789abcdef", 1024) // 16 KiB, where engines split
	for name, tt := range map[string]struct {
		pieces []string
		want   []LogLine
	}{
		"nothing": {nil, nil},
		"both streams": {
			[]string{piece(stdcopy.Stdout, stamp(0)+"out\n"), piece(stdcopy.Stderr, stamp(1)+"err\n")},
			[]LogLine{{at(0), Stdout, "out"}, {at(1), Stderr, "err"}},
		},
		"by time, and in order where the time is the same": {
			[]string{piece(stdcopy.Stdout, stamp(2)+"c\n"), piece(stdcopy.Stderr, stamp(1)+"a\n"), piece(stdcopy.Stderr, stamp(1)+"b\n")},
			[]LogLine{{at(1), Stderr, "a"}, {at(1), Stderr, "b"}, {at(2), Stdout, "c"}},
		},
		"empty line and spaces": {
			[]string{piece(stdcopy.Stdout, stamp(0)+"\n"), piece(stdcopy.Stdout, stamp(1)+"  x \n")},
			[]LogLine{{at(0), Stdout, ""}, {at(1), Stdout, "  x "}},
		},
		"carriage return is the app's": {
			[]string{piece(stdcopy.Stdout, stamp(0)+"x\r\n")},
			[]LogLine{{at(0), Stdout, "x\r"}},
		},
		"long line in three pieces, the other stream in between": {
			[]string{
				piece(stdcopy.Stdout, stamp(0)+long), piece(stdcopy.Stderr, stamp(1)+"between\n"),
				piece(stdcopy.Stdout, stamp(2)+long), piece(stdcopy.Stdout, stamp(3)+"end\n"), piece(stdcopy.Stdout, stamp(4)+"next\n"),
			},
			[]LogLine{{at(0), Stdout, long + long + "end"}, {at(1), Stderr, "between"}, {at(4), Stdout, "next"}},
		},
		"last line without end": {
			[]string{piece(stdcopy.Stdout, stamp(0)+"a\n"), piece(stdcopy.Stdout, stamp(1)+"panic: ")},
			[]LogLine{{at(0), Stdout, "a"}, {at(1), Stdout, "panic: "}},
		},
		"a time that the app wrote stays in its text": {
			[]string{piece(stdcopy.Stdout, stamp(0)+stamp(9)+"x\n")},
			[]LogLine{{at(0), Stdout, stamp(9) + "x"}},
		},
		"empty piece": {
			[]string{piece(stdcopy.Stdout, ""), piece(stdcopy.Stdout, stamp(0)+"a\n")},
			[]LogLine{{at(0), Stdout, "a"}},
		},
		"standard input is taken for output": {
			[]string{piece(stdcopy.Stdin, stamp(0)+"a\n")},
			[]LogLine{{at(0), Stdout, "a"}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := parseLogs(strings.NewReader(strings.Join(tt.pieces, "")))
			require.NoError(t, err)
			assert.Equal(t, tt.want, got)
		})
	}
}

func TestParseLogsReportsWhatIsNoLog(t *testing.T) {
	whole := piece(stdcopy.Stdout, stamp(0)+"a\n")
	_, err := parseLogs(strings.NewReader(whole + piece(stdcopy.Systemerr, "the disk is gone")))
	require.EqualError(t, err, "engine: the disk is gone")

	for cut := 1; cut < len(whole); cut++ {
		_, err := parseLogs(strings.NewReader(whole[:cut]))
		require.ErrorIs(t, err, io.ErrUnexpectedEOF, "cut after %d bytes", cut)
	}

	_, err = parseLogs(strings.NewReader("HTTP/1.1 500 Internal Server Error"))
	require.ErrorContains(t, err, "is too large")

	_, err = parseLogs(io.MultiReader(strings.NewReader(whole), failing{}))
	require.ErrorIs(t, err, io.ErrClosedPipe)
}

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, io.ErrClosedPipe }

func TestSplitTimestampTakesOnlyATimestampAway(t *testing.T) {
	for text, want := range map[string]struct {
		at   time.Time
		rest string
	}{
		stamp(0) + "x y":                {at(0), "x y"},
		stamp(0):                        {at(0), ""},
		"2026-01-02T03:04:05+08:00 x":   {time.Date(2026, 1, 1, 19, 4, 5, 0, time.UTC), "x"},
		"no time here":                  {time.Time{}, "no time here"},
		"":                              {time.Time{}, ""},
		"2026-01-02T03:04:05Z":          {time.Time{}, "2026-01-02T03:04:05Z"},
		"2026-13-02T03:04:05Z thirteen": {time.Time{}, "2026-13-02T03:04:05Z thirteen"},
	} {
		at, rest := splitTimestamp(text)
		assert.True(t, want.at.Equal(at), "%q: %s", text, at)
		assert.Equal(t, want.rest, rest)
	}
}

func TestLastTextJoinsTheEnd(t *testing.T) {
	lines := []LogLine{{Text: "a"}, {Text: "b"}, {Text: "c"}}
	assert.Equal(t, "b | c", lastText(lines, 2))
	assert.Equal(t, "a | b | c", lastText(lines, 9))
	assert.Empty(t, lastText(nil, 2))
}

func FuzzParseLogsKeepsTheText(f *testing.F) {
	f.Add([]byte(piece(stdcopy.Stdout, stamp(0)+"a\n") + piece(stdcopy.Stderr, stamp(1)+"b")))
	f.Add([]byte(piece(stdcopy.Systemerr, "x")))
	f.Add([]byte(piece(stdcopy.Stdout, "") + piece(stdcopy.Stdout, "\n\n")))
	f.Add([]byte{1, 0, 0, 0, 0xff, 0xff, 0xff, 0xff})
	f.Fuzz(func(t *testing.T, data []byte) {
		lines, err := parseLogs(bytes.NewReader(data))
		if err != nil {
			return
		}
		size := 0
		for _, line := range lines {
			require.Contains(t, []Stream{Stdout, Stderr}, line.Stream)
			size += len(line.Text)
		}
		require.LessOrEqual(t, size, len(data), "text is never made up")
	})
}

// What an app writes comes back, however the engine cuts it.
func FuzzParseLogsPutsPiecesTogether(f *testing.F) {
	f.Add("one line", 3)
	f.Add("", 1)
	f.Add("2026-01-02T03:04:05Z looks like a time", 21)
	f.Fuzz(func(t *testing.T, text string, cut int) {
		if cut < 1 || strings.Contains(text, "\n") {
			return
		}
		var log strings.Builder
		rest := text
		for n := 0; len(rest) > cut && n < 50; n++ {
			fmt.Fprint(&log, piece(stdcopy.Stderr, stamp(n)+rest[:cut]))
			rest = rest[cut:]
		}
		fmt.Fprint(&log, piece(stdcopy.Stderr, stamp(99)+rest+"\n"))
		lines, err := parseLogs(strings.NewReader(log.String()))
		require.NoError(t, err)
		require.Len(t, lines, 1)
		require.Equal(t, text, lines[0].Text)
	})
}
