package sandbox

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestOnlyTheSameSchemeHostAndPortAreWithinTheApp(t *testing.T) {
	here, err := url.Parse("http://127.0.0.1:32768/shop/list?page=2")
	require.NoError(t, err)
	for reference, want := range map[string]string{
		"/login":                        "/login",
		"login?next=%2Fshop":            "/shop/login?next=%2Fshop",
		"../static/app.js#x":            "/static/app.js",
		"?page=3":                       "/shop/list?page=3",
		"http://127.0.0.1:32768/a b":    "/a%20b",
		"http://127.0.0.1:32768":        "/",
		"//127.0.0.1:32768/x":           "/x",
		"":                              "",
		"https://127.0.0.1:32768/login": "",
		"http://127.0.0.1:8080/login":   "",
		"http://shop.example/login":     "",
		"//cdn.example/app.js":          "",
		"data:image/png;base64,AAAA":    "",
		"mailto:someone@example.com":    "",
		"javascript:void(0)":            "",
		"http://[::1/":                  "",
	} {
		got, ok := Within(here, reference)
		assert.Equal(t, want, got, reference)
		assert.Equal(t, want != "", ok, reference)
	}
}

func TestProbesBecomeRarerTheLongerAnAppIsNotReady(t *testing.T) {
	for _, tt := range []struct{ last, since, want time.Duration }{
		{4 * time.Millisecond, 0, 6 * time.Millisecond},
		{40 * time.Millisecond, time.Second, pollSlowed},
		{pollSlowed, 3 * time.Second, pollSlowed * 3 / 2},
		{time.Second, 3 * time.Second, 5 * pollSlowed},
		{time.Second, 11 * time.Second, time.Second},
	} {
		assert.Equal(t, tt.want, probePace(tt.last, tt.since), "%v", tt)
	}
}

func TestOnlyTextIsKeptOfAnAnswerThatIsNotReady(t *testing.T) {
	json := http.Header{"Content-Type": {"application/json"}}
	assert.Equal(t, `{"redis":"down"}`, textStart(&Response{Header: json, Body: []byte(`{"redis":"down"}`)}))
	assert.Len(t, textStart(&Response{Header: json, Body: make([]byte, 4000)}), 400)
	assert.Empty(t, textStart(&Response{Header: http.Header{"Content-Type": {"image/png"}}, Body: []byte("PNG")}))
}
