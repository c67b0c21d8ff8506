package report

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seatrial/seatrial/harness/lang"
)

// record keeps each write apart.
type record struct {
	mu     sync.Mutex
	writes []string
}

func (r *record) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.writes = append(r.writes, string(p))
	return len(p), nil
}

func (r *record) all() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return strings.Join(r.writes, "")
}

// In these tests time is that of synctest's bubble: sleeping moves it and costs
// nothing.

func TestProgressWritesPlainLinesWithTimes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out record
		p := NewProgress(&out, ProgressOptions{Total: 2})
		p.Start("cell a", "build")
		time.Sleep(25*time.Second + 500*time.Millisecond)
		p.Stage("cell a", "scenarios")
		time.Sleep(2 * time.Second)
		p.Note("pulled redis\x1b[2J")
		p.Stage("images", "pull")
		p.End("images", "ready")
		p.Done("cell a", "passed")
		p.Done("cell b", "skipped")
		p.Close()
		p.Close()
		assert.Equal(t, `cell a: build ...
cell a: build ... still at it, 10.0s
cell a: build ... still at it, 20.0s
cell a: build 25.5s
cell a: scenarios ...
pulled redis
images: pull ...
images: ready 0s
[1/2] cell a: passed 27.5s
[2/2] cell b: skipped
`, out.all())
	})
}

func TestProgressSpeaksChinese(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out record
		p := NewProgress(&out, ProgressOptions{Lang: lang.Chinese})
		p.Start("单元", "build")
		time.Sleep(10 * time.Second)
		synctest.Wait()
		p.Done("单元", "failed")
		p.Close()
		assert.Equal(t, "单元: 构建 ...\n单元: 构建 ... 仍在进行，已用 10.0s\n单元: 失败 10.0s\n", out.all())
	})
}

// screen plays what Progress writes like a terminal would, and keeps its lines.
func screen(text string) []string {
	lines := []string{""}
	for text != "" {
		var rows int
		if n, _ := fmt.Sscanf(text, "\x1b[%dA", &rows); n == 1 {
			lines = lines[:len(lines)-rows]
			lines[len(lines)-1] = ""
			_, text, _ = strings.Cut(text, "\r\x1b[J")
			continue
		}
		line, rest, _ := strings.Cut(text, "\n")
		lines[len(lines)-1] += line
		lines = append(lines, "")
		text = rest
	}
	return lines[:len(lines)-1]
}

func TestProgressRedrawsInPlaceAndCleansUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out record
		p := NewProgress(&out, ProgressOptions{Live: true, Width: func() int { return 30 }})
		p.Start("first cell", "build")
		time.Sleep(time.Second)
		p.Start("second cell with a name that is far too long", "image")
		time.Sleep(1200 * time.Millisecond)
		synctest.Wait()
		assert.Equal(t, []string{"  2.1s  build  first cell", "  1.1s  image... far too long"}, screen(out.all()))
		p.Note("a note")
		p.Done("first cell", "passed")
		synctest.Wait()
		assert.Equal(t, []string{"a note", "first cell: passed 2.2s", "  1.2s  image... far too long"}, screen(out.all()))
		for i := range 9 {
			p.Start(fmt.Sprintf("cell %d", i), "build")
		}
		time.Sleep(time.Second)
		synctest.Wait()
		lines := screen(out.all())
		assert.Equal(t, "  ... 4 more", lines[len(lines)-1])
		p.Close()
		assert.Equal(t, []string{"a note", "first cell: passed 2.2s"}, screen(out.all()))
		for _, w := range out.writes {
			for line := range strings.SplitSeq(ansiSequence.ReplaceAllString(w, ""), "\n") {
				assert.LessOrEqual(t, textWidth(line), 30)
			}
		}
	})
}

func TestProgressSurvivesAWriterThatFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		writes := 0
		p := NewProgress(writerFunc(func([]byte) (int, error) { writes++; return 0, errors.New("broken pipe") }), ProgressOptions{Live: true})
		for i := range 100 {
			p.Start("cell", fmt.Sprint("stage ", i))
			time.Sleep(time.Second)
		}
		p.Done("cell", "passed")
		p.Close()
		assert.Equal(t, 1, writes, "nothing is written after the first error")
	})
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

func TestProgressNeverWaitsForAWriterThatBlocks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		var out bytes.Buffer
		p := NewProgress(writerFunc(func(b []byte) (int, error) { <-release; return out.Write(b) }), ProgressOptions{})
		start := time.Now()
		p.Note("taken by the writer that blocks")
		synctest.Wait()
		for i := range 3 * backlog {
			p.Note(fmt.Sprint("line ", i))
		}
		assert.Zero(t, time.Since(start), "notes do not wait")
		p.Close()
		assert.Equal(t, closeWait, time.Since(start), "Close waits a little, not for ever")
		close(release)
		synctest.Wait()
		assert.Contains(t, out.String(), "... 2000 lines left out ...")
	})
}

func TestProgressIsSafeForConcurrentUse(t *testing.T) {
	for _, live := range []bool{false, true} {
		var out record
		p := NewProgress(&out, ProgressOptions{Live: live, Total: 8})
		var wg sync.WaitGroup
		for i := range 8 {
			wg.Go(func() {
				key := fmt.Sprint("cell ", i)
				p.Start(key, "build")
				p.Stage(key, "scenarios")
				p.Note("note of " + key)
				p.Done(key, "passed")
			})
		}
		wg.Wait()
		p.Close()
		p.Note("too late")
		assert.Equal(t, 8, strings.Count(out.all(), ": passed"))
		assert.Equal(t, 8, strings.Count(out.all(), "note of cell"))
		assert.Contains(t, out.all(), "[8/8]")
		assert.NotContains(t, out.all(), "too late")
	}
}

func TestForFileIsPlainWhereThereIsNoTerminal(t *testing.T) {
	f, err := os.Create(filepath.Join(t.TempDir(), "out"))
	require.NoError(t, err)
	p := ForFile(f, ProgressOptions{Live: true})
	p.Start("cell", "build")
	p.Done("cell", "passed")
	p.Close()
	require.NoError(t, f.Close())
	data, err := os.ReadFile(f.Name())
	require.NoError(t, err)
	assert.Regexp(t, `^cell: build \.\.\.\ncell: passed [0-9.]+s\n$`, string(data))
}
