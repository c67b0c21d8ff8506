package image

import (
	"bytes"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/static"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// hub is a registry in this process. Engines speak plain HTTP to 127.0.0.0/8.
type hub struct {
	address string
	asked   atomic.Int64
	before  func(http.ResponseWriter, *http.Request) bool // true: answered
}

func newHub(t *testing.T) *hub {
	t.Helper()
	h := &hub{}
	inner := registry.New(registry.Logger(log.New(io.Discard, "", 0)))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.asked.Add(1)
		if h.before != nil && h.before(w, r) {
			return
		}
		inner.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	h.address = strings.TrimPrefix(server.URL, "http://")
	return h
}

// push puts an image of one layer into the hub.
func (h *hub) push(t *testing.T, w *world, repository, tag, arch string) {
	t.Helper()
	l := layerWith(t, &item{path: "hello", data: []byte(w.run + arch), size: int64(len(w.run + arch)), typ: '0', mode: 0o644})
	r, err := l.open()
	require.NoError(t, err)
	var content bytes.Buffer
	_, err = content.ReadFrom(r)
	require.NoError(t, err)
	img, err := mutate.ConfigFile(empty.Image, &v1.ConfigFile{OS: "linux", Architecture: arch,
		Config: v1.Config{Labels: w.engine.Labels("test")}})
	require.NoError(t, err)
	layer := static.NewLayer(content.Bytes(), types.DockerUncompressedLayer)
	img, err = mutate.AppendLayers(img, layer)
	require.NoError(t, err)
	config, err := img.RawConfigFile()
	require.NoError(t, err)
	manifest, err := img.RawManifest()
	require.NoError(t, err)
	base := "http://" + h.address + "/v2/" + repository
	for _, blob := range [][]byte{config, content.Bytes()} {
		digest, _, err := v1.SHA256(bytes.NewReader(blob))
		require.NoError(t, err)
		h.send(t, http.MethodPost, base+"/blobs/uploads/?digest="+digest.String(), "application/octet-stream", blob)
	}
	mediaType, err := img.MediaType()
	require.NoError(t, err)
	h.send(t, http.MethodPut, base+"/manifests/"+tag, string(mediaType), manifest)
}

func (h *hub) send(t *testing.T, method, url, contentType string, body []byte) {
	t.Helper()
	req, err := http.NewRequest(method, url, bytes.NewReader(body))
	require.NoError(t, err)
	req.Header.Set("Content-Type", contentType)
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.Equal(t, http.StatusCreated, resp.StatusCode)
}

// pullOnly configures a store that can only pull: no Debian, no image of ours.
func (w *world) pullOnly(registries ...string) *Store {
	w.Helper()
	s := w.store(Config{Registries: registries, Pull: map[string]string{"redis": "seatrial-test/redis:" + w.run, "musl": "seatrial-test/redis:" + w.run},
		Debian: DebianConfig{Mirror: "http://127.0.0.1:1/debian", Suite: "none-" + w.run}})
	s.stall = time.Second
	return s
}

// closed gives an address where nobody listens.
func closed(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, l.Close())
	return l.Addr().String()
}

func TestPullTriesOneRegistryAfterTheOther(t *testing.T) {
	w := newWorld(t)
	good, missing, broken, stalls := newHub(t), newHub(t), newHub(t), newHub(t)
	arch := w.arch()
	good.push(t, w, "prefix/seatrial-test/redis", w.run, arch)
	stalls.push(t, w, "seatrial-test/redis", w.run, arch)
	broken.before = func(rw http.ResponseWriter, r *http.Request) bool {
		http.Error(rw, "out of order", http.StatusInternalServerError)
		return true
	}
	end := make(chan struct{})
	t.Cleanup(func() { close(end) })
	stalls.before = func(rw http.ResponseWriter, r *http.Request) bool {
		if !strings.Contains(r.URL.Path, "/blobs/") || r.Method != http.MethodGet {
			return false
		}
		rw.Header().Set("Content-Length", "1000")
		rw.WriteHeader(http.StatusOK)
		rw.(http.Flusher).Flush()
		select {
		case <-end:
		case <-r.Context().Done():
		}
		return true
	}
	dead := closed(t)
	s := w.pullOnly(dead, missing.address, broken.address, stalls.address, good.address+"/prefix")
	start := time.Now()
	ref, err := s.Service(w.ctx, "redis")
	require.NoError(t, err)
	assert.Less(t, time.Since(start), 15*time.Second)
	assert.Equal(t, FromRegistry, ref.Source)
	assert.Equal(t, good.address+"/prefix/seatrial-test/redis:"+w.run, ref.Name)
	assert.Contains(t, ref.Digest, "sha256:")
	assert.NotEqual(t, ref.ID, ref.Digest, "the digest of the manifest")
	for _, h := range []*hub{missing, broken, stalls} {
		assert.Positive(t, h.asked.Load())
	}

	again, err := w.pullOnly(dead, good.address+"/prefix").Service(w.ctx, "redis")
	require.NoError(t, err)
	assert.Equal(t, FromEngine, again.Source)
	assert.Equal(t, ref.ID, again.ID)

	t.Run("an app image is put on what was pulled", func(t *testing.T) {
		base, err := s.Base(w.ctx, "musl", arch)
		require.NoError(t, err)
		assert.Equal(t, ref.ID, base.ID)
		app, err := s.App(w.ctx, AppImage{Binary: "pull_test.go", Base: "musl", GOARCH: arch})
		require.NoError(t, err)
		img, err := w.client.ImageInspect(w.ctx, app.Name)
		require.NoError(t, err)
		assert.Len(t, img.RootFS.Layers, 2)
	})
}

func (w *world) arch() string {
	w.Helper()
	facts, err := w.store(Config{}).facts(w.ctx)
	require.NoError(w, err)
	return facts.arch
}

func TestErrorNamesEveryPlaceWithItsCauseAndWhatToDo(t *testing.T) {
	w := newWorld(t)
	missing, dead := newHub(t), closed(t)
	s := w.pullOnly(dead, missing.address)
	_, err := s.Service(w.ctx, "redis")
	require.Error(t, err)
	for _, want := range []string{"on the engine: there is no " + dead, "from a registry: " + dead, "connection refused",
		missing.address + "/seatrial-test/redis:" + w.run + ": ", "from Debian packages", "127.0.0.1:1/debian", "what to do", "images.registries", "images.debian.mirror"} {
		assert.ErrorContains(t, err, want)
	}
	t.Log(err)

	asked := missing.asked.Load()
	_, err = s.Base(w.ctx, "musl", w.arch())
	require.ErrorContains(t, err, dead+"/seatrial-test/redis:"+w.run+": its registry failed before")
	assert.Greater(t, missing.asked.Load(), asked, "one that only lacks an image is asked for the next")
}

func TestOfflineAsksNoRegistry(t *testing.T) {
	w := newWorld(t)
	h := newHub(t)
	h.push(t, w, "seatrial-test/redis", w.run, w.arch())
	asked := h.asked.Load()
	s := w.pullOnly(h.address)
	s.config.Offline = true
	_, err := s.Service(w.ctx, "redis")
	require.ErrorContains(t, err, "images.offline")
	assert.Equal(t, asked, h.asked.Load())
}

func TestForeignArchitectureLeavesTheUsersTagAlone(t *testing.T) {
	w := newWorld(t)
	arch, foreign := w.arch(), "arm64"
	if arch == foreign {
		foreign = "amd64"
	}
	h := newHub(t)
	h.push(t, w, "seatrial-test/redis", w.run, arch)
	s := w.pullOnly(h.address)
	own, err := s.Base(w.ctx, "musl", arch)
	require.NoError(t, err)
	h.push(t, w, "seatrial-test/redis", w.run, foreign)
	other, err := s.Base(w.ctx, "musl", foreign)
	require.NoError(t, err)
	assert.NotEqual(t, own.ID, other.ID)
	assert.True(t, strings.HasPrefix(other.Name, Prefix+"pulled/musl:"))
	still, err := w.client.ImageInspect(w.ctx, own.Name)
	require.NoError(t, err)
	assert.Equal(t, own.ID, still.ID)
}
