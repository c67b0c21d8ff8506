package sandbox

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/seatrial/seatrial/harness/evidence"
)

// Road is the way that a request takes to the app.
type Road = evidence.Road

const (
	Direct       = evidence.Direct
	ThroughNginx = evidence.ThroughNginx
)

// bodyLimit bounds what is read of an answer; assets of web apps are smaller.
const bodyLimit = 32 << 20

// requestTimeout bounds one request: a little longer than nginx's patience with
// an app that hangs (proxy_read_timeout), so that its answer is seen.
const requestTimeout = 35 * time.Second

// Response is an answer of the app, its body read.
type Response struct {
	Road   Road
	Method string
	Path   string
	Status int
	Header http.Header
	Body   []byte
	Took   time.Duration
}

// Exchange is a request and what came of it, for evidence. Bodies are cut.
type Exchange = evidence.Exchange

// exchangeBody is how much of a text body evidence keeps.
const exchangeBody = 2 << 10

// newHTTPClient makes a client that asks for gzip and unpacks it, as browsers do,
// and that, unlike them, shows redirects as they are; see [Sandbox.Open]. It trusts
// the roots, or what this machine trusts if they are nil.
func newHTTPClient(roots *x509.CertPool) *http.Client {
	return &http.Client{
		Timeout: requestTimeout,
		Transport: &http.Transport{
			MaxIdleConnsPerHost: 8,
			TLSClientConfig:     &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// URL is the app's address on the road, as this process reaches it.
func (s *Sandbox) URL(road Road) string {
	if road == ThroughNginx && !s.direct {
		return s.slot.nginxURL
	}
	return s.place.url
}

// AvoidNginx makes every request go to the app directly, also what is asked for
// through nginx: to see whether nginx makes the difference.
func (s *Sandbox) AvoidNginx() { s.direct = true }

// Get asks the app for a path. An error means that no answer came; whose fault
// that is, the caller must judge by [Sandbox.State].
func (s *Sandbox) Get(ctx context.Context, road Road, path string) (*Response, error) {
	return s.Do(ctx, road, http.MethodGet, path, nil, "")
}

// Do sends a request and reads the answer. The exchange is kept as evidence.
func (s *Sandbox) Do(ctx context.Context, road Road, method, path string, header http.Header, body string) (*Response, error) {
	return s.ask(ctx, Exchange{Road: road, Method: method, Path: path}, header, body)
}

// ask makes the request of the record, and keeps the record with what came.
func (s *Sandbox) ask(ctx context.Context, record Exchange, header http.Header, body string) (*Response, error) {
	record.At = time.Now()
	response, err := s.exchange(ctx, record.Road, record.Method, record.Path, header, body)
	record.Millis = time.Since(record.At).Milliseconds()
	if err != nil {
		record.Error = err.Error()
	} else {
		response.Took = time.Since(record.At)
		record.Status, record.Header, record.Size = response.Status, response.Header, len(response.Body)
		if isText(response.Header.Get("Content-Type")) {
			record.Body = strings.ToValidUTF8(string(response.Body[:min(len(response.Body), exchangeBody)]), "�")
		}
	}
	s.keep(record)
	return response, err
}

func (s *Sandbox) exchange(ctx context.Context, road Road, method, path string, header http.Header, body string) (*Response, error) {
	if !strings.HasPrefix(path, "/") {
		return nil, fmt.Errorf("%s %s: the path must begin with /", method, path)
	}
	request, err := http.NewRequestWithContext(ctx, method, s.URL(road)+path, strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	for key, values := range header {
		request.Header[key] = values
	}
	request.Host = header.Get("Host") // net/http takes it from nowhere else
	answer, err := s.http.Do(request)
	if err != nil {
		return nil, fmt.Errorf("%s %s (%s): %w", method, path, road, withoutURL(err))
	}
	defer answer.Body.Close()
	if answer.Uncompressed { // net/http hides that it was
		answer.Header.Set("Content-Encoding", "gzip")
	}
	content, err := io.ReadAll(io.LimitReader(answer.Body, bodyLimit))
	if err != nil {
		return nil, fmt.Errorf("%s %s (%s): read body: %w", method, path, road, err)
	}
	return &Response{Road: road, Method: method, Path: path, Status: answer.StatusCode, Header: answer.Header, Body: content}, nil
}

// withoutURL drops the address from an error of net/http: the request's line
// says it already, and the random port says nothing to a reader.
func withoutURL(err error) error {
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		return wrapped.Err
	}
	return err
}

func isText(contentType string) bool {
	for _, kind := range []string{"text/", "json", "javascript", "xml", "svg"} {
		if strings.Contains(contentType, kind) {
			return true
		}
	}
	return false
}

// UpgradeToWebSocket makes the handshake of RFC 6455 and gives the status of the
// answer, 101 when it succeeded; the connection is closed at once.
func (s *Sandbox) UpgradeToWebSocket(ctx context.Context, road Road, path string) (int, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.URL(road)+path, nil)
	if err != nil {
		return 0, err
	}
	// The key of the RFC's own example: any 16 bytes in base64.
	request.Header = http.Header{
		"Connection": {"Upgrade"}, "Upgrade": {"websocket"},
		"Sec-Websocket-Version": {"13"}, "Sec-Websocket-Key": {"dGhlIHNhbXBsZSBub25jZQ=="},
	}
	began := time.Now()
	answer, err := s.http.Do(request)
	record := Exchange{At: began, Road: road, Method: "GET (WebSocket)", Path: path, Millis: time.Since(began).Milliseconds()}
	if err != nil {
		record.Error = err.Error()
	} else {
		record.Status, record.Header = answer.StatusCode, answer.Header
		answer.Body.Close()
	}
	s.keep(record)
	if err != nil {
		return 0, fmt.Errorf("GET %s (%s): %w", path, road, withoutURL(err))
	}
	return record.Status, nil
}

// Addresses gives the address that this process has in nginx's eyes, by nginx's
// own log of the last request, and nginx's own address.
func (s *Sandbox) Addresses(ctx context.Context) (client, nginx string, err error) {
	nginx, err = s.slot.address(ctx, s.slot.svcPod)
	if err != nil {
		return "", "", asBroken("find addresses", err)
	}
	state, err := s.State(ctx)
	if err != nil {
		return "", "", err
	}
	err = poll(ctx, nginxReload, "nginx's log", nil, func(ctx context.Context) error {
		lines, err := readLogs(ctx, s.pool.options.Engine.Client, s.slot.nginx.GetContainerID())
		if err != nil {
			return err
		}
		for _, line := range linesSince(lines, state.Created) {
			if line.Stream == Stdout {
				client, _, _ = strings.Cut(line.Text, " ")
			}
		}
		if client == "" {
			return errors.New("it names no request of this app")
		}
		return nil
	})
	return client, nginx, orBroken("find addresses", err)
}
