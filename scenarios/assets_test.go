package scenarios

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/seatrial/seatrial/harness/lang"
	"github.com/seatrial/seatrial/harness/sandbox"
)

func TestAnAssetIsJudgedAsABrowserWould(t *testing.T) {
	for _, tt := range []struct {
		path    string
		kind    kind
		status  int
		media   string
		nosniff bool
		body    string
		want    string
	}{
		{"/a.js", script, 200, "text/javascript; charset=utf-8", true, "x", ""},
		{"/a.js", script, 200, "application/x-javascript", false, "x", ""},
		{"/a.js", script, 200, "text/plain", false, "x", ""},
		{"/a.js", script, 200, "text/plain", true, "x", `has the type "text/plain" and not text/javascript, so that browsers refuse this script`},
		{"/a.js", script, 200, "image/png", false, "x", `has the type "image/png" and not text/javascript, so that browsers refuse this script`},
		{"/a.js", module, 200, "text/plain", false, "x", `has the type "text/plain" and not text/javascript, so that browsers refuse this module script`},
		{"/a.js", script, 200, "text/html; charset=utf-8", false, "<html>", "answered 200 with text/html instead of the script"},
		{"/a.js", module, 200, "text/html", false, "<html>", "answered 200 with text/html instead of the module script"},
		{"/a.js", script, 200, "application/json", false, `{"code":404}`, "answered 200 with application/json instead of the script"},
		{"/load?id=1", script, 200, "text/html", false, "x", "answered 200 with text/html instead of the script"},
		{"/a.js", script, 200, "text/javascript", false, "", ""},
		{"/a.js", script, 200, "", false, "", "answered 200 with an empty body"},
		{"/a.css", style, 200, "text/css; charset=utf-8", false, "x", ""},
		{"/a.css", style, 200, "text/css", false, "", ""},
		{"/a.css", style, 200, "text/plain; charset=utf-8", false, "x", `has the type "text/plain; charset=utf-8" and not text/css, so that browsers refuse this style sheet`},
		{"/a.css", style, 200, "text/html", false, "x", "answered 200 with text/html instead of the style sheet"},
		{"/a.css", style, 404, "text/plain", false, "x", "answered 404"},
		{"/a.css", style, 500, "", false, "", "answered 500"},
		{"/a.css", style, 302, "", false, "", ""}, // with a Location, to a CDN
		{"/favicon.ico", picture, 200, "image/vnd.microsoft.icon", false, "x", ""},
		{"/favicon.ico", picture, 200, "application/octet-stream", false, "x", ""},
		{"/favicon.ico", picture, 200, "text/html", false, "x", "answered 200 with text/html instead of the image"},
		{"/i.png", picture, 200, "image/png", false, "", "answered 200 with an empty body"},
		{"/i.svg?v=2", picture, 200, "image/svg+xml", false, "x", ""},
		{"/i.svg?v=2", picture, 200, "text/plain", false, "x", `has the type "text/plain" and not image/svg+xml, so that browsers refuse this image`},
		{"/m.json", manifest, 200, "application/json", false, "{}", ""},
		{"/m.webmanifest", manifest, 200, "application/manifest+json", false, "{}", ""},
		{"/m.webmanifest", manifest, 200, "text/plain", false, "{}", ""},
		{"/m.webmanifest", manifest, 200, "text/html", false, "<html>", "answered 200 with text/html instead of the manifest"},
		{"/f.woff2", other, 200, "font/woff2", false, "x", ""},
		{"/f.woff2", other, 200, "application/octet-stream", false, "x", ""},
		{"/f.woff2", other, 200, "", false, "x", ""},
		{"/f.woff2", other, 200, "text/html", false, "x", "answered 200 with text/html instead of the file"},
		{"/data.json", other, 200, "application/json", false, "{}", ""},
		{"/x.wasm", other, 200, "application/wasm", false, "x", ""},
		{"/x.wasm", other, 200, "application/octet-stream", false, "x", `has the type "application/octet-stream" and not application/wasm, so that browsers refuse this file`},
		{"/frame", frame, 200, "text/html", false, "", ""},
		{"/frame", frame, 404, "text/html", false, "", "answered 404"},
	} {
		header := http.Header{}
		if tt.media != "" {
			header.Set("Content-Type", tt.media)
		}
		if tt.nosniff {
			header.Set("X-Content-Type-Options", "NoSniff")
		}
		if tt.status == 302 {
			header.Set("Location", "https://cdn.example/a.css")
		}
		r := &sandbox.Response{Path: tt.path, Status: tt.status, Header: header, Body: []byte(tt.body)}
		assert.Equal(t, tt.want, judgeAsset(r, tt.kind), "%+v", tt)
	}
}

func TestAMissingAssetIsLookedForWhereOnlyAssetsAre(t *testing.T) {
	assert.Equal(t, []string{"/static/js/seatrial-no-such-file.js", "/static/seatrial-no-such-file", "/seatrial-no-such-file.css"}, neighbours([]asset{
		{path: "/static/js/a.js?v=1", kind: script}, {path: "/static/js/b.js", kind: script}, {path: "/static/raw", kind: picture},
		{path: "/main.css", kind: style}, {path: "/favicon.ico", kind: picture}, {path: "/manifest.json", kind: manifest},
		{path: "/frames/one.html", kind: frame},
	}))
	assert.Empty(t, neighbours([]asset{{path: "/favicon.ico", kind: picture}}))
}

func TestWhyThereIsNothingToLoadIsSaid(t *testing.T) {
	assert.Equal(t, "no page of /, /login refers to an asset", noAssets([]string{"/", "/login"}, nil, nil).EN)
	assert.Equal(t, "no page of / refers to an asset of the app, only to assets of cdn.example, img.example",
		noAssets([]string{"/"}, nil, []string{"img.example", "cdn.example", "img.example"}).EN)
	assert.Equal(t, `no page of / refers to an asset: GET / answers with "application/json" and not with HTML`,
		noAssets([]string{"/"}, []lang.Text{{EN: `GET / answers with "application/json" and not with HTML`}}, nil).EN)
}
