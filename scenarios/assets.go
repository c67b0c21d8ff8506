package scenarios

import (
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"

	"github.com/seatrial/seatrial/harness/sandbox"
)

// Whether a browser can use what it got for an asset.

// scriptTypes are the media types of JavaScript in use, of those that the MIME
// Sniffing Standard lists (https://mimesniff.spec.whatwg.org/#javascript-mime-type).
var scriptTypes = []string{
	"text/javascript", "application/javascript", "application/x-javascript", "text/x-javascript",
	"application/ecmascript", "text/ecmascript",
}

// judgeAsset says what is wrong with the answer to a request for an asset of this
// kind, as a browser would see it; it is empty where nothing is. A redirect that
// leads to another server is not judged.
func judgeAsset(r *sandbox.Response, k kind) string {
	switch {
	case r.Status/100 == 3 && r.Header.Get("Location") != "":
		return ""
	case r.Status != http.StatusOK:
		return fmt.Sprintf("answered %d", r.Status)
	case k == frame:
		return ""
	}
	got := r.Header.Get("Content-Type")
	media, _, err := mime.ParseMediaType(got)
	if err != nil {
		media = ""
	}
	wanted := strictTypes(r, k)
	fits := slices.Contains(wanted, media)
	switch {
	case len(r.Body) == 0 && !(fits && (k == script || k == module || k == style)): // an empty style sheet is one
		return "answered 200 with an empty body"
	case len(wanted) > 0 && fits:
		return ""
	case media == "text/html", media == "application/json" && k != manifest && k != other:
		return fmt.Sprintf("answered 200 with %s instead of the %s", media, k)
	case len(wanted) > 0:
		return fmt.Sprintf("has the type %q and not %s, so that browsers refuse this %s", got, wanted[0], k)
	}
	return ""
}

// strictTypes are the media types that browsers insist on for an asset of this
// kind; none where they look at the content instead, as they do for most images
// and for scripts that are not modules, unless they are told not to.
func strictTypes(r *sandbox.Response, k kind) []string {
	nosniff := strings.EqualFold(strings.TrimSpace(r.Header.Get("X-Content-Type-Options")), "nosniff")
	ending := strings.ToLower(path.Ext(pathOf(r.Path)))
	media, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	major, _, _ := strings.Cut(media, "/")
	switch {
	case k == module:
		return scriptTypes
	case k == script && (nosniff || slices.Contains([]string{"", "image", "audio", "video"}, major) || media == "text/csv"):
		return scriptTypes
	case k == script && slices.Contains(scriptTypes, media):
		return scriptTypes
	case k == style:
		return []string{"text/css"}
	case k == picture && ending == ".svg":
		return []string{"image/svg+xml"}
	case ending == ".wasm":
		return []string{"application/wasm"}
	}
	return nil
}

func pathOf(ref string) string {
	u, err := url.Parse(ref)
	if err != nil {
		return ref
	}
	return u.Path
}

// neighbours are paths of files that cannot exist beside the assets, each once.
// At the root only what ends like a script or a style sheet has one: an app may
// well take any other path there for one of its pages.
func neighbours(assets []asset) []string {
	var list []string
	for _, a := range assets {
		real := pathOf(a.path)
		ending := path.Ext(real)
		if path.Dir(real) == "/" && ending != ".js" && ending != ".mjs" && ending != ".css" {
			continue
		}
		missing := path.Join(path.Dir(real), "seatrial-no-such-file"+ending)
		if a.kind != frame && !slices.Contains(list, missing) {
			list = append(list, missing)
		}
	}
	return list
}
