package evidence

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"sync"
)

// MaxLine is the length in bytes from which a line of a stream is cut. What is
// cut is left out, and the file says how much: a secret could hide on the edge.
const MaxLine = 1 << 20

// Stream is a file of a bundle that is written bit by bit, such as the log of
// a running app. It redacts whole lines, so a secret that two writes share is
// found; the last line is written by Close.
type Stream struct {
	w        *Writer
	name     string
	redactor *Redactor

	mu     sync.Mutex
	f      *os.File
	block  pemBlock
	line   []byte
	cut    int // bytes of the current line left out
	err    error
	closed bool
}

// Stream begins a file that is written bit by bit. The caller closes it;
// Writer.Close does so otherwise.
func (w *Writer) Stream(name string) (*Stream, error) {
	f, err := w.begin(name)
	if err != nil {
		err = fmt.Errorf("write evidence file %s: %w", name, err)
		w.Missing(name, err)
		return nil, err
	}
	s := &Stream{w: w, name: name, redactor: w.redactor, f: f}
	w.mu.Lock()
	w.open[name] = s
	w.mu.Unlock()
	return s, nil
}

// Write takes any part of the text. After an error it refuses all that follows.
func (s *Stream) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return 0, fmt.Errorf("write evidence file %s: %w", s.name, os.ErrClosed)
	}
	n := len(p)
	for len(p) > 0 && s.err == nil {
		end := bytes.IndexByte(p, '\n')
		if end < 0 {
			s.hold(p)
			break
		}
		s.hold(p[:end])
		s.flush("\n")
		p = p[end+1:]
	}
	if s.err != nil {
		return 0, s.err
	}
	return n, nil
}

// Close writes the last line and closes the file. It gives the stream's first error.
func (s *Stream) Close() error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return s.err
	}
	s.closed = true
	if len(s.line)+s.cut > 0 {
		s.flush("")
	}
	if err := s.f.Close(); s.err == nil {
		s.err = err
	}
	err := s.err
	s.mu.Unlock()

	s.w.mu.Lock()
	delete(s.w.open, s.name)
	s.w.mu.Unlock()
	if err != nil {
		err = fmt.Errorf("write evidence file %s: %w", s.name, err)
		s.w.Missing(s.name, err)
	}
	return err
}

func (s *Stream) hold(p []byte) {
	room := MaxLine - len(s.line)
	if s.cut > 0 || len(p) > room {
		take := max(0, min(room, len(p)))
		if s.cut > 0 {
			take = 0
		}
		s.line = append(s.line, p[:take]...)
		s.cut += len(p) - take
		return
	}
	s.line = append(s.line, p...)
}

// flush writes the line that is held. Of a line that was cut, the last bytes go
// too: they may be the first half of a secret.
func (s *Stream) flush(end string) {
	const edge = 4096
	if s.err != nil {
		return
	}
	line := string(s.line)
	left := s.cut
	s.line, s.cut = s.line[:0], 0
	note := ""
	if left > 0 {
		line = line[:len(line)-edge]
		note = fmt.Sprintf(" [%d bytes of this line left out]", left+edge)
	}
	body, cr := cutEOL(line)
	_, err := s.f.WriteString(s.redactor.line(body, &s.block) + note + cr + end)
	s.err = errors.Join(s.err, err)
}
