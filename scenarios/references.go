package scenarios

import (
	"bytes"
	"net"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/net/html"

	"github.com/seatrial/seatrial/harness/sandbox"
)

// What a page loads, read from its HTML as a browser reads it.

// kind is what a browser takes an asset for: that decides which media types it
// accepts.
type kind string

const (
	script   kind = "script"
	module   kind = "module script"
	style    kind = "style sheet"
	picture  kind = "image"
	manifest kind = "manifest"
	frame    kind = "frame"
	other    kind = "file" // media, fonts, what is fetched
)

// asset is a file that a page refers to.
type asset struct {
	path string // on this app, with query
	page string // where it is referred to
	kind kind
}

// pageAssets is what a page refers to.
type pageAssets struct {
	own       []asset
	elsewhere []string // hosts of other servers
	// homeless are addresses of the machine on which the page is looked at: what
	// loads on the developer's own and nowhere else. Their path is the whole address.
	homeless []asset
}

// reference is an address in a page.
type reference struct {
	url  string
	kind kind
}

// assetsOf lists what the page at the address here refers to, each once.
func assetsOf(here *url.URL, body []byte) pageAssets {
	base, refs := references(body)
	from := here
	if there, err := here.Parse(base); err == nil {
		from = there
	}
	var found pageAssets
	for _, ref := range refs {
		u, err := from.Parse(ref.url)
		if err != nil || u.Scheme != "http" && u.Scheme != "https" {
			continue // data:, blob:, javascript:, about:
		}
		a := asset{page: here.RequestURI(), kind: ref.kind}
		switch path, own := sandbox.Within(here, u.String()); {
		case own:
			a.path = path
			found.own = appendAsset(found.own, a)
		case u.Host != here.Host && loopback(u.Hostname()):
			a.path = u.String()
			found.homeless = appendAsset(found.homeless, a)
		case !slices.Contains(found.elsewhere, u.Host):
			found.elsewhere = append(found.elsewhere, u.Host)
		}
	}
	return found
}

func appendAsset(list []asset, a asset) []asset {
	if slices.ContainsFunc(list, func(o asset) bool { return o.path == a.path }) {
		return list
	}
	return append(list, a)
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || ip != nil && (ip.IsLoopback() || ip.IsUnspecified())
}

// references lists what an HTML page loads, and its <base>: scripts, style sheets,
// icons, images, media, frames. What stands in a <template> is not loaded, and
// links to follow are no assets.
func references(body []byte) (base string, list []reference) {
	templates, hasBase := 0, false
	add := func(k kind, urls ...string) {
		for _, u := range urls {
			if u = strings.TrimSpace(u); u != "" && !strings.HasPrefix(u, "#") && templates == 0 {
				list = append(list, reference{u, k})
			}
		}
	}
	inline := false // within a module script that has no src
	for tokens := html.NewTokenizer(bytes.NewReader(body)); ; {
		switch tokens.Next() {
		case html.ErrorToken:
			return base, list
		case html.EndTagToken:
			inline = false
			if name, _ := tokens.TagName(); string(name) == "template" {
				templates = max(0, templates-1)
			}
		case html.TextToken:
			if inline {
				add(module, imports(tokens.Text())...)
			}
		case html.StartTagToken, html.SelfClosingTagToken:
			e := element(tokens.Token())
			inline = e.name == "script" && e.attr["type"] == "module" && e.attr["src"] == ""
			switch {
			case e.name == "template":
				templates++
			case e.name == "base" && !hasBase && e.attr["href"] != "":
				base, hasBase = e.attr["href"], true
			default:
				e.loads(add)
			}
		}
	}
}

// tag is an HTML element with its attributes.
type tag struct {
	name string
	attr map[string]string
}

func element(t html.Token) tag {
	e := tag{name: t.Data, attr: map[string]string{}}
	for _, a := range t.Attr {
		if _, again := e.attr[a.Key]; !again { // the first one counts
			e.attr[a.Key] = strings.TrimSpace(a.Val)
		}
	}
	return e
}

// loads tells what the element makes a browser load.
func (e tag) loads(add func(kind, ...string)) {
	switch e.name {
	case "script":
		switch strings.ToLower(e.attr["type"]) {
		case "module":
			add(module, e.attr["src"])
		case "", "text/javascript", "application/javascript":
			add(script, e.attr["src"])
		}
	case "link":
		e.link(add)
	case "img":
		add(picture, e.attr["src"])
		add(picture, candidates(e.attr["srcset"])...)
	case "source": // of a picture, or of media
		add(other, e.attr["src"])
		add(picture, candidates(e.attr["srcset"])...)
	case "input":
		if e.attr["type"] == "image" {
			add(picture, e.attr["src"])
		}
	case "video":
		add(other, e.attr["src"])
		add(picture, e.attr["poster"])
	case "audio", "embed", "track":
		add(other, e.attr["src"])
	case "object":
		add(other, e.attr["data"])
	case "iframe":
		add(frame, e.attr["src"])
	case "image", "use": // of SVG
		add(picture, e.attr["href"], e.attr["xlink:href"])
	}
}

// link tells what a <link> loads: its first kind that is known counts.
func (e tag) link(add func(kind, ...string)) {
	as := map[string]kind{"script": script, "style": style, "image": picture}
	for rel := range strings.FieldsSeq(strings.ToLower(e.attr["rel"])) {
		switch rel {
		case "alternate": // an alternate style sheet, a feed, another language
			return
		case "stylesheet":
			add(style, e.attr["href"])
		case "icon", "apple-touch-icon", "mask-icon":
			add(picture, e.attr["href"])
		case "manifest":
			add(manifest, e.attr["href"])
		case "modulepreload":
			add(module, e.attr["href"])
		case "preload":
			k, ok := as[strings.ToLower(e.attr["as"])]
			if !ok {
				k = other
			}
			add(k, e.attr["href"])
			add(k, candidates(e.attr["imagesrcset"])...)
		default:
			continue
		}
		return
	}
}

// candidates gives the addresses in a srcset: "a.png 1x, b.png 2x". A comma may
// belong to an address, as in those of scheme data; it ends one only at its end.
func candidates(srcset string) []string {
	var list []string
	for {
		srcset = strings.TrimLeft(srcset, " \t\n\r\f,")
		if srcset == "" {
			return list
		}
		end := strings.IndexAny(srcset, " \t\n\r\f")
		if end < 0 {
			end = len(srcset)
		}
		address := srcset[:end]
		srcset = srcset[end:]
		if whole, alone := strings.CutSuffix(address, ","); alone {
			list = append(list, strings.TrimRight(whole, ","))
			continue
		}
		list = append(list, address)
		_, srcset, _ = strings.Cut(srcset, ",")
	}
}

// staticImport is an import at the top of a module, of a path and not of a name
// that an import map resolves.
var staticImport = regexp.MustCompile(`(?:^|[;\n])\s*import\s*(?:[\w$*{}\s,]+?\sfrom\s*)?["']((?:\.{0,2}/|https?://)[^"']*)["']`)

func imports(code []byte) []string {
	var list []string
	for _, m := range staticImport.FindAllSubmatch(code, -1) {
		list = append(list, string(m[1]))
	}
	return list
}
