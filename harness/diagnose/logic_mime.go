package diagnose

import (
	"net/http"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/seatrial/seatrial/harness/evidence"
)

var _ = declare(map[string]Logic{
	"spa-fallback-for-files": spaFallback,
	"mime-type-overridden":   mimeOverridden,
	"mime-type-unknown":      mimeUnknown,
})

var (
	script   = regexp.MustCompile(`(?i)\.(?:js|mjs|css|map|png|jpe?g|gif|svg|webp|avif|ico|woff2?|ttf|wasm|webmanifest|json)$`)
	htmlPage = regexp.MustCompile(`(?i)^\s*(?:<!doctype html|<html|<head)`)
)

// spaFallback is the page of a single-page app in place of a file or an answer of
// the API.
func spaFallback(c *Case) *Match {
	for _, x := range c.requests() {
		api := strings.HasPrefix(x.path, "/api/") && htmlPage.MatchString(x.body)
		if x.header == nil || x.status != http.StatusOK || mediaType(x.header) != "text/html" || !script.MatchString(x.path) && !api {
			continue
		}
		return &Match{Lines: []evidence.Line{x.line}, Params: map[string]string{"url": x.path}}
	}
	return nil
}

// builtIn are types that Go knows by itself, unless the system's tables say
// otherwise; fromSystem those that it has from these tables alone.
var (
	builtIn = map[string]string{
		".js": "javascript", ".mjs": "javascript", ".css": "text/css", ".svg": "svg", ".wasm": "wasm", ".json": "json",
	}
	fromSystem = map[string]string{
		".woff": "font/woff", ".woff2": "font/woff2", ".ttf": "font/ttf", ".otf": "font/otf",
		".webmanifest": "application/manifest+json", ".mp4": "video/mp4", ".mp3": "audio/mpeg", ".mjs": "text/javascript",
	}
	vague = []string{"", "text/plain", "application/octet-stream", "application/x-unknown"}
)

func wrongType(c *Case, types map[string]string) *Match {
	for _, x := range c.requests() {
		end := strings.ToLower(path.Ext(x.path))
		want, ok := types[end]
		if !ok || x.header == nil || x.status != http.StatusOK || x.size == 0 {
			continue
		}
		if have := mediaType(x.header); slices.Contains(vague, have) {
			if have == "" {
				have = "none"
			}
			return &Match{Lines: []evidence.Line{x.line}, Params: map[string]string{"url": x.path, "end": end, "type": have, "want": want}}
		}
	}
	return nil
}

func mimeOverridden(c *Case) *Match { return wrongType(c, builtIn) }

func mimeUnknown(c *Case) *Match {
	if mimeOverridden(c) != nil {
		return nil
	}
	return wrongType(c, fromSystem)
}
