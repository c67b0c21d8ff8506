package debian

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// Waits of one attempt. A mirror that is down must cost seconds, since there
// may be another one.
const (
	connectWait = 4 * time.Second
	answerWait  = 8 * time.Second // from the request to the answer's header
	stallWait   = 8 * time.Second // without a byte of the body
	rounds      = 2               // how often each mirror is asked for a file
)

// fetcher downloads over HTTP with proxies from the environment.
type fetcher struct {
	client *http.Client
	stall  time.Duration

	mu   sync.Mutex
	dead map[string]error // mirrors that could not be reached, with the cause
}

func newFetcher() *fetcher {
	return &fetcher{
		stall: stallWait,
		dead:  map[string]error{},
		client: &http.Client{Transport: &http.Transport{
			Proxy:                 http.ProxyFromEnvironment,
			DialContext:           (&net.Dialer{Timeout: connectWait}).DialContext,
			TLSHandshakeTimeout:   connectWait,
			ResponseHeaderTimeout: answerWait,
			MaxIdleConnsPerHost:   8,
			IdleConnTimeout:       10 * time.Second,
		}},
	}
}

// statusError is an answer other than 200.
type statusError struct {
	url    string
	status int
}

func (e *statusError) Error() string {
	return fmt.Sprintf("get %s: %d %s", e.url, e.status, http.StatusText(e.status))
}

func isMissing(err error) bool {
	var s *statusError
	return errors.As(err, &s) && (s.status == http.StatusNotFound || s.status == http.StatusGone)
}

// get copies the body of url to w. More than limit bytes is an error, and so is
// a body that stalls.
func (f *fetcher) get(ctx context.Context, url string, limit int64, w io.Writer) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return fmt.Errorf("get %s: %w", url, err)
	}
	// Otherwise Go unpacks .gz files on the way when a server labels them so.
	req.Header.Set("Accept-Encoding", "identity")
	resp, err := f.client.Do(req)
	if err != nil {
		return err // *url.Error: Get "URL": cause
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return &statusError{url, resp.StatusCode}
	}
	stalled := fmt.Errorf("no data for %v", f.stall)
	timer := time.AfterFunc(f.stall, func() { cancel(stalled) })
	defer timer.Stop()
	body := io.LimitReader(resp.Body, limit+1)
	buf := make([]byte, 64<<10)
	var n int64
	for {
		k, err := body.Read(buf)
		if k > 0 {
			timer.Reset(f.stall)
			if _, werr := w.Write(buf[:k]); werr != nil {
				return fmt.Errorf("write what %s sent: %w", url, werr)
			}
			if n += int64(k); n > limit {
				return fmt.Errorf("get %s: longer than the %d bytes it should have", url, limit)
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			if cause := context.Cause(ctx); cause != nil {
				err = cause
			}
			return fmt.Errorf("get %s after %d bytes: %w", url, n, err)
		}
	}
}

// bytes fetches a small file.
func (f *fetcher) bytes(ctx context.Context, url string, limit int64) ([]byte, error) {
	var b bytes.Buffer
	if err := f.get(ctx, url, limit, &b); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// file makes sure that dest holds the bytes with checksum want: it is there
// already, or one of the bases has it at one of the paths. Mirrors are asked in
// turn, twice.
func (f *fetcher) file(ctx context.Context, bases, paths []string, want checksum, dest string) error {
	if sumFile(dest, want) == nil {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(dest), 0o755); err != nil {
		return fmt.Errorf("make cache: %w", err)
	}
	var causes []error
	for round := range rounds {
		for _, base := range bases {
			if round > 0 || f.isDead(base) {
				if err := f.pause(ctx, round, base, len(bases)); err != nil {
					continue
				}
			}
			for _, path := range paths {
				err := f.attempt(ctx, base+"/"+path, want, dest)
				if err == nil {
					return nil
				}
				if ctx.Err() != nil {
					return fmt.Errorf("download %s: %w", filepath.Base(path), errors.Join(context.Cause(ctx), err))
				}
				f.note(base, err)
				causes = append(causes, err)
				if !isMissing(err) {
					break
				}
			}
		}
	}
	return fmt.Errorf("download %s: %w", filepath.Base(paths[len(paths)-1]), errors.Join(causes...))
}

// pause waits a little before a mirror is asked again; a dead mirror is not
// asked again as long as there is another.
func (f *fetcher) pause(ctx context.Context, round int, base string, mirrors int) error {
	if err := f.isDeadErr(base); err != nil && mirrors > 1 {
		return err
	}
	t := time.NewTimer(time.Duration(round) * 300 * time.Millisecond)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (f *fetcher) attempt(ctx context.Context, url string, want checksum, dest string) error {
	tmp, err := os.CreateTemp(filepath.Dir(dest), ".part-*")
	if err != nil {
		return fmt.Errorf("make cache file: %w", err)
	}
	defer os.Remove(tmp.Name())
	defer tmp.Close()
	h := sha256.New()
	if err := f.get(ctx, url, want.Size, io.MultiWriter(tmp, h)); err != nil {
		return err
	}
	fi, err := tmp.Stat()
	if err != nil {
		return err
	}
	if fi.Size() != want.Size {
		return fmt.Errorf("get %s: %d bytes, but the index says %d", url, fi.Size(), want.Size)
	}
	if got := hex.EncodeToString(h.Sum(nil)); got != want.SHA256 {
		return fmt.Errorf("get %s: SHA256 is %s, but the index says %s", url, got, want.SHA256)
	}
	if err := tmp.Close(); err != nil {
		return err
	}
	return os.Rename(tmp.Name(), dest)
}

// note remembers a mirror that does not answer at all.
func (f *fetcher) note(base string, err error) {
	var op *net.OpError
	var dns *net.DNSError
	if errors.As(err, &op) && op.Op == "dial" || errors.As(err, &dns) {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.dead[base] = err
	}
}

func (f *fetcher) isDead(base string) bool { return f.isDeadErr(base) != nil }

func (f *fetcher) isDeadErr(base string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.dead[base]
}

// sumFile says whether the file at path has the checksum.
func sumFile(path string, want checksum) error {
	fi, err := os.Stat(path)
	if err != nil {
		return err
	}
	if fi.Size() != want.Size {
		return errors.New("wrong size")
	}
	fd, err := os.Open(path)
	if err != nil {
		return err
	}
	defer fd.Close()
	h := sha256.New()
	if _, err := io.Copy(h, fd); err != nil {
		return err
	}
	if hex.EncodeToString(h.Sum(nil)) != want.SHA256 {
		return errors.New("wrong SHA256")
	}
	return nil
}
