package report

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/term"

	"github.com/seatrial/seatrial/harness/lang"
)

// ProgressOptions say how progress is shown. The zero value writes plain lines.
type ProgressOptions struct {
	Lang  lang.Lang  // English if empty
	Live  bool       // redraw in place; the writer must be a terminal
	Width func() int // columns, asked for at each drawing; 80 if nil
	Total int        // how many keys there will be; 0 if that is not known
}

const (
	drawEvery  = 150 * time.Millisecond // live: redrawn this often
	stillEvery = 10 * time.Second       // plain: a long stage says that it lives
	liveRows   = 6                      // live: at most so many keys at once
	backlog    = 1000                   // lines that wait for a slow writer
	closeWait  = 2 * time.Second        // for a writer that takes nothing
)

// Progress shows while a run lasts which cell is in which stage, and for how
// long. It is safe for concurrent use. Its methods never block on the writer
// and never fail: after the first error of the writer nothing more is written,
// and if the writer is too slow, lines are dropped and counted.
type Progress struct {
	w io.Writer
	o ProgressOptions

	mu      sync.Mutex
	active  []*activity
	lines   []string // finished lines that wait to be written
	dropped int
	done    int
	closed  bool

	wake     chan struct{} // lines wait
	stop     chan struct{}
	finished chan struct{}
}

type activity struct {
	key, stage   string
	begun, since time.Time // of the key, of the stage
	told         time.Time // when a plain line last spoke of it
}

// stage gives one of the harness's own words for what goes on in the reader's
// language, and any other as it is.
func (o ProgressOptions) stage(word string) string {
	for _, known := range stages() {
		if known.EN == word {
			return known.In(o.Lang)
		}
	}
	return word
}

func stages() []lang.Text {
	return []lang.Text{
		{EN: "go", ZH: "确定 Go 版本"}, {EN: "build", ZH: "构建"}, {EN: "image", ZH: "制作镜像"}, {EN: "services", ZH: "启动服务"},
		{EN: "first launch", ZH: "首次启动"}, {EN: "scenarios", ZH: "运行场景"}, {EN: "ready", ZH: "就绪"}, {EN: "not to be had", ZH: "无法获得"},
	}
}

// NewProgress begins to show progress. The caller calls Close.
func NewProgress(w io.Writer, o ProgressOptions) *Progress {
	p := &Progress{w: w, o: o, wake: make(chan struct{}, 1), stop: make(chan struct{}), finished: make(chan struct{})}
	go p.loop()
	return p
}

// ForFile shows progress on a file, live if it is a terminal that can redraw;
// Live and Width of o are its own affair.
func ForFile(f *os.File, o ProgressOptions) *Progress {
	fd := int(f.Fd())
	o.Live = term.IsTerminal(fd) && os.Getenv("TERM") != "dumb"
	o.Width = func() int {
		width, _, err := term.GetSize(fd)
		if err != nil || width < 1 { // some pseudo-terminals say 0
			return defaultWidth
		}
		return width
	}
	return NewProgress(f, o)
}

// Start says that key, a cell or a scenario, begins with this stage.
func (p *Progress) Start(key, stage string) { p.Stage(key, stage) }

// Stage says that key goes on to the next stage.
func (p *Progress) Stage(key, stage string) {
	key, stage = oneLine(key), p.o.stage(oneLine(stage))
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	a := p.find(key)
	if a == nil {
		a = &activity{key: key, begun: now}
		p.active = append(p.active, a)
	} else if !p.o.Live {
		p.say(key + ": " + a.stage + " " + duration(now.Sub(a.since)))
	}
	a.stage, a.since, a.told = stage, now, now
	if !p.o.Live {
		p.say(key + ": " + stage + " ...")
	}
}

// Done says that key has ended, and how.
func (p *Progress) Done(key, outcome string) {
	key = oneLine(key)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.done++
	if o, err := ParseOutcome(outcome); err == nil {
		outcome = o.Label(p.o.Lang)
	}
	p.ended(key, p.count()+key+": "+oneLine(outcome))
}

// ended takes key from what is going on; mu is held.
func (p *Progress) ended(key, text string) {
	if a := p.find(key); a != nil {
		text += " " + duration(time.Since(a.begun))
		p.active = slices.DeleteFunc(p.active, func(b *activity) bool { return a == b })
	}
	p.say(text)
}

// End says that key, which counts as none of the Total, has ended, and how.
func (p *Progress) End(key, outcome string) {
	key = oneLine(key)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ended(key, key+": "+p.o.stage(oneLine(outcome)))
}

// Note writes a line that stays.
func (p *Progress) Note(text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.say(oneLine(text))
}

// Close writes what is left, removes the live rows and ends. It waits two
// seconds for a writer that takes nothing.
func (p *Progress) Close() {
	p.mu.Lock()
	first := !p.closed
	p.closed = true
	p.mu.Unlock()
	if first {
		close(p.stop)
	}
	timer := time.NewTimer(closeWait)
	defer timer.Stop()
	select {
	case <-p.finished:
	case <-timer.C:
	}
}

func (p *Progress) find(key string) *activity {
	for _, a := range p.active {
		if a.key == key {
			return a
		}
	}
	return nil
}

func (p *Progress) count() string {
	if p.o.Total <= 0 {
		return ""
	}
	return "[" + strconv.Itoa(p.done) + "/" + strconv.Itoa(p.o.Total) + "] "
}

// say queues a line; mu is held.
func (p *Progress) say(line string) {
	switch {
	case p.closed:
		return
	case len(p.lines) >= backlog:
		p.dropped++
		return
	}
	p.lines = append(p.lines, line)
	select {
	case p.wake <- struct{}{}:
	default: // it is awake already
	}
}

// loop is the only one that touches the writer.
func (p *Progress) loop() {
	defer close(p.finished)
	every := stillEvery / 10
	if p.o.Live {
		every = drawEvery
	}
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	rows := 0 // live rows on the screen now
	dead := false
	write := func(last bool) {
		var text string
		text, rows = p.frame(rows, last)
		if text == "" || dead {
			return
		}
		if _, err := io.WriteString(p.w, text); err != nil {
			dead = true
		}
	}
	for {
		select {
		case <-p.stop:
			write(true)
			return
		case <-p.wake:
		case <-ticker.C:
		}
		write(false)
	}
}

// frame gives what to write next, in one piece: the waiting lines and, live,
// the rows anew. rows is how many of them are on the screen.
func (p *Progress) frame(rows int, last bool) (text string, drawn int) {
	width := defaultWidth
	if p.o.Width != nil {
		width = p.o.Width() // asks the terminal; not under the lock
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	if !p.o.Live && !last {
		for _, a := range p.active {
			if now.Sub(a.told) >= stillEvery {
				a.told = now
				p.say(a.key + ": " + a.stage + " ... " + wordStill.In(p.o.Lang) + duration(now.Sub(a.since)))
			}
		}
	}
	lines := p.lines
	p.lines = nil
	if p.dropped > 0 {
		lines = append(lines, fmt.Sprintf(wordLeftOut.In(p.o.Lang), p.dropped))
		p.dropped = 0
	}
	var b strings.Builder
	if rows > 0 {
		b.WriteString("\x1b[" + strconv.Itoa(rows) + "A\r\x1b[J") // up, and clear to the end
	}
	for _, line := range lines {
		b.WriteString(line + "\n")
	}
	if p.o.Live && !last {
		for _, row := range p.rows(now) {
			// One column stays free: some terminals break a full line.
			b.WriteString(cutMiddle(row, max(width, minWidth/2)-1) + "\n")
			drawn++
		}
	}
	return b.String(), drawn
}

// rows gives the live rows: the oldest keys, then how many more there are.
func (p *Progress) rows(now time.Time) []string {
	var rows []string
	for i, a := range p.active {
		if i == liveRows && len(p.active) > liveRows+1 {
			rows = append(rows, fmt.Sprintf(wordMore.In(p.o.Lang), len(p.active)-i))
			break
		}
		rows = append(rows, "  "+duration(now.Sub(a.since).Truncate(100*time.Millisecond))+"  "+a.stage+"  "+a.key)
	}
	return rows
}
