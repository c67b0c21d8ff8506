//go:build linux

package main

import (
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// keeper is what start becomes where something has to stay beside the app: an
// init, the reader of its log, whoever delays its files. It is then the process
// that the engine started, and the app its child: it passes signals on, reaps
// what is orphaned, and ends as the app does.
type keeper struct {
	log  string            // "", pipe, gone, stuck or slow:BYTES
	slow map[string]string // delays by directory
}

// Signals with which the keeper itself is spoken to while the app runs: real-time
// ones, which engines send by number and apps do not use.
const (
	logGone  = syscall.Signal(50) // nobody reads the log any more
	logStuck = syscall.Signal(51) // its reader stops reading
	logRead  = syscall.Signal(52) // its reader reads again
)

// exitOfSignal is what a process's exit code is taken for that a signal ended, as
// shells and engines do.
const exitOfSignal = 128

// notExecutable is the exit code of shells for a program that cannot be started.
const notExecutable = 126

// keep starts the program and gives the code with which it ended.
func (k *keeper) keep(program []string, env []string) (int, error) {
	signals := make(chan os.Signal, 64)
	signal.Notify(signals)
	out, err := newLogPipe(os.Stdout, k.log)
	if err != nil {
		return 0, err
	}
	errs, err := newLogPipe(os.Stderr, k.log)
	if err != nil {
		return 0, err
	}
	files := []*os.File{os.Stdin, out.write, errs.write}
	command := program
	var watch *watcher
	if len(k.slow) > 0 {
		if watch, err = newWatcher(k.slow); err != nil {
			return 0, err
		}
		files = append(files, watch.child)
		self, err := os.Executable()
		if err != nil {
			return 0, err
		}
		command = append([]string{self, "watched", "3", "--"}, program...)
	}
	app, err := os.StartProcess(command[0], command, &os.ProcAttr{Env: env, Files: files})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return notExecutable, nil
	}
	out.begin()
	errs.begin()
	if watch != nil {
		if err := watch.begin(); err != nil {
			_ = app.Kill()
			return 0, err
		}
	}
	ended := make(chan syscall.WaitStatus, 1)
	go reap(app.Pid, ended)
	for {
		select {
		case status := <-ended:
			out.finish()
			errs.finish()
			if status.Signaled() {
				return exitOfSignal + int(status.Signal()), nil
			}
			return status.ExitStatus(), nil
		case s := <-signals:
			switch s {
			case syscall.SIGCHLD, syscall.SIGURG, syscall.SIGPIPE:
			case logGone, logStuck, logRead:
				out.tell(s)
				errs.tell(s)
			default:
				_ = app.Signal(s)
			}
		}
	}
}

// reap waits for every child, the orphans that become the init's among them, and
// says how the app ended.
func reap(app int, ended chan<- syscall.WaitStatus) {
	for {
		var status syscall.WaitStatus
		pid, err := syscall.Wait4(-1, &status, 0, nil)
		switch {
		case errors.Is(err, syscall.EINTR):
		case err != nil:
			return
		case pid == app:
			ended <- status
		}
	}
}

// logPipe is a stream of the app's log on its way to the engine, with a reader
// that reads as it is told. Without a mode the app has the engine's own.
type logPipe struct {
	write *os.File // the app's end
	read  *os.File
	to    *os.File
	rate  int // bytes a second; 0: as fast as they come

	mu    sync.Mutex
	moved *sync.Cond
	stuck bool
	done  chan struct{}
}

// smallPipe is what a pipe holds whose reader is slow or stuck: the least that
// Linux allows. As a rule it is 64 KiB, which only takes longer to fill.
const smallPipe = 4096

func newLogPipe(to *os.File, mode string) (*logPipe, error) {
	p := &logPipe{write: to, to: to, done: make(chan struct{})}
	p.moved = sync.NewCond(&p.mu)
	if mode == "" {
		return p, nil
	}
	var err error
	if p.read, p.write, err = os.Pipe(); err != nil {
		return nil, err
	}
	const setPipeSize = 1031 // F_SETPIPE_SZ
	if _, _, errno := syscall.Syscall(syscall.SYS_FCNTL, p.read.Fd(), setPipeSize, smallPipe); errno != 0 {
		return nil, fmt.Errorf("set size of pipe: %w", errno)
	}
	if err := syscall.SetNonblock(int(p.read.Fd()), true); err != nil { // Fd makes it blocking
		return nil, err
	}
	name, rate, _ := strings.Cut(mode, ":")
	switch name {
	case "pipe":
	case "gone":
		err = p.read.Close()
	case "stuck":
		p.stuck = true
	case "slow":
		p.rate, err = strconv.Atoi(rate)
	default:
		err = fmt.Errorf("start: no such reader of logs: %s", mode)
	}
	return p, err
}

// begin reads, once the app has its end.
func (p *logPipe) begin() {
	if p.read == nil {
		close(p.done)
		return
	}
	p.write.Close()
	go func() {
		defer close(p.done)
		defer p.read.Close()
		// Ten times a second, so that it flows.
		const beats = 10
		size := smallPipe
		if p.rate > 0 {
			size = max(1, p.rate/beats)
		}
		for piece := make([]byte, size); ; {
			p.mu.Lock()
			for p.stuck {
				p.moved.Wait()
			}
			slow := p.rate > 0
			p.mu.Unlock()
			n, err := p.read.Read(piece)
			_, _ = p.to.Write(piece[:n])
			if err != nil { // the app's end is closed, or this one
				return
			}
			if slow {
				time.Sleep(time.Second / beats)
			}
		}
	}()
}

func (p *logPipe) tell(s os.Signal) {
	if p.read == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.stuck = s == logStuck
	if s == logGone {
		p.read.Close()
	}
	p.moved.Broadcast()
}

// finish lets what the app has written reach the engine. A process that the app
// left behind may hold the pipe for longer than anyone waits.
func (p *logPipe) finish() {
	p.mu.Lock()
	p.stuck, p.rate = false, 0
	p.moved.Broadcast()
	p.mu.Unlock()
	select {
	case <-p.done:
	case <-time.After(time.Second):
	}
}
