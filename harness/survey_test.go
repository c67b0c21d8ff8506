package harness

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/seatrial/seatrial/harness/app"
	"github.com/seatrial/seatrial/harness/deployment"
	"github.com/seatrial/seatrial/harness/matrix"
	"github.com/seatrial/seatrial/harness/sandbox"
)

func TestOnlyHTMLAndServerErrorsAreTakenForPages(t *testing.T) {
	for _, tt := range []struct {
		status   int
		kind     string
		location string
		why      string
	}{
		{200, "text/html; charset=utf-8", "", ""},
		{200, "TEXT/HTML", "", ""},
		{500, "text/plain", "", ""},
		{503, "", "", ""},
		{200, "application/json; charset=utf-8", "", "GET / answers with application/json"},
		{200, "", "", "GET / answers with no media type"},
		{204, "text/html", "", "GET / answers 204"},
		{401, "text/html", "", "GET / answers 401"},
		{404, "text/plain", "", "GET / answers 404"},
		{302, "text/html", "https://login.example/", "GET / leads elsewhere, to https://login.example/"},
	} {
		header := http.Header{}
		if tt.kind != "" {
			header.Set("Content-Type", tt.kind)
		}
		header.Set("Location", tt.location)
		assert.Equal(t, tt.why, notAPage("/", &sandbox.Response{Status: tt.status, Header: header}), "%+v", tt)
	}
}

func TestTheBinaryGoesBesideTheFilesUnlessSomethingIsInItsWay(t *testing.T) {
	for _, tt := range []struct {
		want string
		app  matrix.App
		spec deployment.Spec
	}{
		{"/app/shop", matrix.App{WorkDir: "/app", Files: []string{"config", "shopping/shop"}}, deployment.Spec{Mounts: []deployment.Mount{{Path: "/app/config"}}}},
		{"/shop", matrix.App{WorkDir: "/"}, deployment.Spec{}},
		{"/usr/local/bin/shop", matrix.App{WorkDir: "/app", Files: []string{"shop/templates"}}, deployment.Spec{}},
		{"/usr/local/bin/shop", matrix.App{WorkDir: "/data"}, deployment.Spec{Mounts: []deployment.Mount{{Path: "/data", Writable: true}}}},
		{"/usr/local/bin/shop", matrix.App{WorkDir: "/app"}, deployment.Spec{Tmpfs: []deployment.Tmpfs{{Path: "/app"}}}},
	} {
		tt.app.Name = "shop"
		assert.Equal(t, tt.want, binaryPath(&app.App{App: tt.app}, tt.spec), "%+v", tt)
	}
}
