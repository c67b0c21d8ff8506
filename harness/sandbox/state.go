package sandbox

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/moby/moby/api/pkg/stdcopy"
	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/client"

	"github.com/seatrial/seatrial/harness/evidence"
)

// State is what the engine says of the app's container.
type State = evidence.State

// State asks the engine for the container's state; with replicas, it is that of the
// first that does not run, if there is one.
func (s *Sandbox) State(ctx context.Context) (State, error) {
	state, err := s.ownState(ctx)
	if err != nil || s.twin == nil || !state.Running {
		return state, err
	}
	other, err := s.twin.ownState(ctx)
	if err != nil || !other.Running {
		return other, err
	}
	state.Restarts += other.Restarts
	return state, nil
}

func (s *Sandbox) ownState(ctx context.Context) (State, error) {
	s.moving.Lock() // while it is being replaced there is no container
	defer s.moving.Unlock()
	state, err := inspectState(ctx, s.pool.options.Engine.Client, s.id())
	if err != nil {
		return state, err
	}
	s.lookForOOM(&state)
	s.mu.Lock()
	defer s.mu.Unlock()
	state.Restarts += s.evicted
	state.RestartedFor = s.evictedFor
	return state, nil
}

func inspectState(ctx context.Context, api *client.Client, id string) (State, error) {
	inspected, err := api.ContainerInspect(ctx, id, client.ContainerInspectOptions{})
	if err != nil {
		return State{}, asBroken("read state", err)
	}
	st := inspected.Container.State
	if st == nil {
		return State{}, &Broken{Doing: "read state", Err: errors.New("the engine gave none")}
	}
	state := State{Status: string(st.Status), Running: st.Running, ExitCode: st.ExitCode, OOM: st.OOMKilled, Error: st.Error, Restarts: inspected.Container.RestartCount}
	state.Created, _ = time.Parse(time.RFC3339Nano, inspected.Container.Created)
	state.Started, _ = time.Parse(time.RFC3339Nano, st.StartedAt)
	state.Finished, _ = time.Parse(time.RFC3339Nano, st.FinishedAt)
	return state, nil
}

// Stream is where a log line was written.
type Stream string

const (
	Stdout Stream = "stdout"
	Stderr Stream = "stderr"
)

// LogLine is one line that the app wrote.
type LogLine struct {
	Time   time.Time `json:"time"`
	Stream Stream    `json:"stream"`
	Text   string    `json:"text"`
}

// Logs gives every line that the app has written so far, by time: that of every
// replica, and of containers that were replaced.
func (s *Sandbox) Logs(ctx context.Context) ([]LogLine, error) {
	var all []LogLine
	for _, one := range s.instances() {
		lines, err := one.ownLogs(ctx)
		if err != nil {
			return nil, err
		}
		all = append(all, lines...)
	}
	if s.twin != nil {
		slices.SortStableFunc(all, func(a, b LogLine) int { return a.Time.Compare(b.Time) })
	}
	return all, nil
}

func (s *Sandbox) ownLogs(ctx context.Context) ([]LogLine, error) {
	s.moving.Lock()
	defer s.moving.Unlock()
	lines, err := readLogs(ctx, s.pool.options.Engine.Client, s.id())
	s.mu.Lock()
	defer s.mu.Unlock()
	return append(slices.Clone(s.earlier), lines...), err
}

func readLogs(ctx context.Context, api *client.Client, id string) ([]LogLine, error) {
	stream, err := api.ContainerLogs(ctx, id, client.ContainerLogsOptions{ShowStdout: true, ShowStderr: true, Timestamps: true})
	if err != nil {
		return nil, asBroken("read logs", err)
	}
	defer stream.Close()
	lines, err := parseLogs(stream)
	if err != nil {
		return nil, asBroken("read logs", err)
	}
	return lines, nil
}

// frameHeader is the engine's header of a piece of output: one byte of stream,
// three of padding, four of length, big-endian (see package stdcopy).
const frameHeader = 8

// maxFrame bounds a piece of output; engines split at 16 KiB.
const maxFrame = 16 << 20

// parseLogs reads the engine's multiplexed logs with timestamps. A long line
// comes in pieces, each with a timestamp of its own, which only the frames can
// tell from the app's text; so it is put together here.
func parseLogs(r io.Reader) ([]LogLine, error) {
	var lines []LogLine
	open := map[Stream]int{} // index+1 of the unfinished line
	for {
		stream, piece, err := readPiece(r)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		if piece == "" {
			continue
		}
		at, text := splitTimestamp(piece)
		whole := strings.HasSuffix(text, "\n")
		text = strings.TrimSuffix(text, "\n")
		if i := open[stream]; i > 0 {
			lines[i-1].Text += text
		} else {
			lines = append(lines, LogLine{Time: at, Stream: stream, Text: text})
			open[stream] = len(lines)
		}
		if whole {
			open[stream] = 0
		}
	}
	slices.SortStableFunc(lines, func(a, b LogLine) int { return a.Time.Compare(b.Time) })
	return lines, nil
}

// readPiece gives the next piece of output; the error is [io.EOF] only where one
// may end.
func readPiece(r io.Reader) (Stream, string, error) {
	var header [frameHeader]byte
	if _, err := io.ReadFull(r, header[:]); err != nil {
		return "", "", err
	}
	size := binary.BigEndian.Uint32(header[4:])
	if size > maxFrame {
		return "", "", fmt.Errorf("piece of %d bytes is too large", size)
	}
	piece := make([]byte, size)
	if _, err := io.ReadFull(r, piece); err != nil {
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return "", "", err
	}
	switch stdcopy.StdType(header[0]) {
	case stdcopy.Stderr:
		return Stderr, string(piece), nil
	case stdcopy.Systemerr:
		return "", "", fmt.Errorf("engine: %s", piece)
	}
	return Stdout, string(piece), nil
}

func splitTimestamp(piece string) (time.Time, string) {
	stamp, text, ok := strings.Cut(piece, " ")
	if !ok {
		return time.Time{}, piece
	}
	at, err := time.Parse(time.RFC3339Nano, stamp)
	if err != nil {
		return time.Time{}, piece
	}
	return at, text
}

func lastText(lines []LogLine, n int) string {
	var texts []string
	for _, line := range lines[max(0, len(lines)-n):] {
		texts = append(texts, line.Text)
	}
	return strings.Join(texts, " | ")
}

// Change is one difference of the container's root file system to the image.
type Change = evidence.Change

// Changes lists what the app changed on its root file system; mounts and tmpfs
// do not belong to it.
func (s *Sandbox) Changes(ctx context.Context) ([]Change, error) {
	diff, err := s.pool.options.Engine.Client.ContainerDiff(ctx, s.id(), client.ContainerDiffOptions{})
	if err != nil {
		return nil, asBroken("compare file system", err)
	}
	kinds := map[container.ChangeType]string{container.ChangeAdd: "added", container.ChangeModify: "modified", container.ChangeDelete: "deleted"}
	list := []Change{}
	for _, c := range diff.Changes {
		list = append(list, Change{Kind: kinds[c.Kind], Path: c.Path})
	}
	return withoutEngines(list), nil
}

// enginesOwn are the paths that engines write into a container before its
// process starts.
var enginesOwn = []string{"/.dockerenv", "/run/.containerenv", "/etc/hosts", "/etc/hostname", "/etc/resolv.conf", "/etc/mtab"}

// withoutEngines drops what the engine wrote itself, and then the directories
// that were changed by that alone.
func withoutEngines(list []Change) []Change {
	list = slices.DeleteFunc(list, func(c Change) bool { return slices.Contains(enginesOwn, c.Path) })
	directories := []string{"/etc", "/run", "/dev", "/proc", "/sys"}
	return slices.DeleteFunc(list, func(c Change) bool {
		return slices.Contains(directories, c.Path) && !slices.ContainsFunc(list, func(below Change) bool {
			return strings.HasPrefix(below.Path, c.Path+"/")
		})
	})
}

// Socket is a TCP socket that listens in the app's network namespace.
type Socket = evidence.Socket

// Sockets lists what listens in the app's network namespace. The helper looks,
// so that it works for images that hold nothing but the app.
func (s *Sandbox) Sockets(ctx context.Context) ([]Socket, error) {
	out, err := s.slot.ask(ctx, s.place.pod.GetContainerID(), "/helper", "sockets")
	if err != nil {
		return nil, asBroken("list sockets", err)
	}
	list := []Socket{}
	for decoder := json.NewDecoder(bytes.NewReader(out)); ; {
		var one Socket
		err := decoder.Decode(&one)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, asBroken("list sockets", err)
		}
		// The engine's own name server listens here too, on its fixed address.
		if one.Address != "127.0.0.11" {
			list = append(list, one)
		}
	}
	return list, nil
}

// ask runs a command in a container of the slot and gives its output.
func (s *Slot) ask(ctx context.Context, id string, command ...string) ([]byte, error) {
	api := s.pool.options.Engine.Client
	created, err := api.ExecCreate(ctx, id, client.ExecCreateOptions{Cmd: command, AttachStdout: true, AttachStderr: true})
	if err != nil {
		return nil, err
	}
	attached, err := api.ExecAttach(ctx, created.ID, client.ExecAttachOptions{})
	if err != nil {
		return nil, err
	}
	defer attached.Close()
	var out, errOut bytes.Buffer
	if _, err := stdcopy.StdCopy(&out, &errOut, attached.Reader); err != nil {
		return nil, err
	}
	if errOut.Len() > 0 {
		return nil, fmt.Errorf("%s: %s", strings.Join(command, " "), strings.TrimSpace(errOut.String()))
	}
	return out.Bytes(), nil
}
