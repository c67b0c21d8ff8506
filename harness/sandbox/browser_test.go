package sandbox

import (
	"compress/gzip"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// serving is a sandbox whose app is a handler of this process.
func serving(t *testing.T, handler http.Handler) *Sandbox {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	server := &http.Server{Handler: handler, ReadHeaderTimeout: time.Minute}
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() { _ = server.Close() })
	return &Sandbox{place: place{url: "http://" + listener.Addr().String()}, http: newHTTPClient(nil)}
}

func TestAPageIsOpenedAsABrowserOpensIt(t *testing.T) {
	mux := http.NewServeMux()
	mux.HandleFunc("/{$}", func(w http.ResponseWriter, r *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: "seen", Value: "1", Path: "/"})
		http.Redirect(w, r, "/login?next=%2F", http.StatusFound)
	})
	mux.HandleFunc("/login", func(w http.ResponseWriter, r *http.Request) {
		if _, err := r.Cookie("seen"); err != nil {
			http.Redirect(w, r, "/", http.StatusFound)
			return
		}
		assert.Equal(t, "gzip", r.Header.Get("Accept-Encoding"))
	})
	mux.HandleFunc("/out", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "https://id.example/", http.StatusFound)
	})
	mux.HandleFunc("/round", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "/round", http.StatusMovedPermanently)
	})
	s := serving(t, mux)

	r, err := s.Open(t.Context(), Direct, "/")
	require.NoError(t, err)
	assert.Equal(t, http.StatusOK, r.Status)
	assert.Equal(t, "/login?next=%2F", r.Path)

	r, err = s.Open(t.Context(), Direct, "/out")
	require.NoError(t, err)
	assert.Equal(t, http.StatusFound, r.Status)
	assert.Equal(t, "/out", r.Path)

	_, err = s.Open(t.Context(), Direct, "/round")
	require.ErrorContains(t, err, "redirects")
}

func TestAGzippedBodyIsUnpackedAndSaidToHaveBeenGzipped(t *testing.T) {
	s := serving(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		w.Header().Set("Content-Type", "text/css")
		if r.URL.Path == "/lie" {
			_, _ = w.Write([]byte(strings.Repeat("body{}", 10)))
			return
		}
		packer := gzip.NewWriter(w)
		_, _ = packer.Write([]byte("body{}"))
		_ = packer.Close()
	}))
	r, err := s.Get(t.Context(), Direct, "/a.css")
	require.NoError(t, err)
	assert.Equal(t, "body{}", string(r.Body))
	assert.Equal(t, "gzip", r.Header.Get("Content-Encoding"))
	assert.Equal(t, "body{}", s.Exchanges()[0].Body)

	_, err = s.Get(t.Context(), Direct, "/lie")
	require.ErrorContains(t, err, "gzip")
}
