package scenarios

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/seatrial/seatrial/harness/sandbox"
)

func TestWhatMustBeTheSameOnBothRoadsLeavesTheServersAddressOut(t *testing.T) {
	answer := func(status int, media, location string) *sandbox.Response {
		return &sandbox.Response{Path: "/shop/", Status: status, Header: http.Header{"Content-Type": {media}, "Location": {location}}}
	}
	const direct, nginx = "http://127.0.0.1:1000", "http://127.0.0.1:2000"
	same := func(a, b *sandbox.Response) bool { return gist(a, direct) == gist(b, nginx) }
	assert.True(t, same(answer(200, "text/html", ""), answer(200, "text/html", "")))
	assert.True(t, same(answer(302, "", "/login"), answer(302, "", "http://127.0.0.1:2000/login")))
	assert.True(t, same(answer(302, "", "login"), answer(302, "", "/shop/login")))
	assert.True(t, same(answer(302, "", "https://id.example/"), answer(302, "", "https://id.example/")))
	assert.False(t, same(answer(200, "text/html", ""), answer(502, "text/html", "")))
	assert.False(t, same(answer(200, "text/html", ""), answer(200, "text/plain", "")))
	assert.False(t, same(answer(302, "", "/login"), answer(302, "", "http://app:8080/login")))
	assert.Equal(t, "302 text/html to /login", gist(answer(302, "text/html", "http://127.0.0.1:1000/login"), direct))
	assert.Equal(t, "204", gist(answer(204, "", ""), direct))
}
