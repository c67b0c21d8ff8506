package scenarios

import (
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const here = "http://127.0.0.1:32768/shop/"

func assetsIn(t *testing.T, at, page string) pageAssets {
	t.Helper()
	u, err := url.Parse(at)
	require.NoError(t, err)
	return assetsOf(u, []byte(page))
}

// told writes assets as "kind path".
func told(list []asset) []string {
	var lines []string
	for _, a := range list {
		lines = append(lines, string(a.kind)+" "+a.path)
	}
	return lines
}

func TestAPageLoadsWhatABrowserWouldLoadForIt(t *testing.T) {
	for name, tt := range map[string]struct {
		page string
		want []string
	}{
		"scripts":             {`<script src="/a.js"></script><script src=b.js defer></script>`, []string{"script /a.js", "script /shop/b.js"}},
		"module scripts":      {`<script type="module" crossorigin src="/assets/index-4f.js"></script>`, []string{"module script /assets/index-4f.js"}},
		"data is no script":   {`<script type="application/ld+json" src="/x.json"></script><script type="text/x-template" src="/t.html"></script>`, nil},
		"style sheets":        {`<link rel=stylesheet href="/a.css?v=3#top"><LINK REL="StyleSheet" HREF="b.css">`, []string{"style sheet /a.css?v=3", "style sheet /shop/b.css"}},
		"other style sheets":  {`<link rel="alternate stylesheet" href="/night.css"><link rel="alternate" type="application/rss+xml" href="/feed">`, nil},
		"icons and manifests": {`<link rel="shortcut icon" href="/favicon.ico"><link rel="apple-touch-icon" href="/t.png"><link rel="manifest" href="/m.webmanifest">`, []string{"image /favicon.ico", "image /t.png", "manifest /m.webmanifest"}},
		"preloads":            {`<link rel="preload" as="font" href="/f.woff2" crossorigin><link rel=preload as=style href=/s.css><link rel=modulepreload href=/m.js>`, []string{"file /f.woff2", "style sheet /s.css", "module script /m.js"}},
		"hints load nothing":  {`<link rel="dns-prefetch" href="/x"><link rel="canonical" href="/shop"><link rel="prefetch" href="/next.js"><a href="/page">x</a>`, nil},
		"images":              {`<img src="i.png" srcset="i.png 1x, i@2x.png 2x"><picture><source srcset="/p.webp 480w,/q.webp 800w"></picture>`, []string{"image /shop/i.png", "image /shop/i@2x.png", "image /p.webp", "image /q.webp"}},
		"media":               {`<video src="/v.mp4" poster="/v.jpg"><source src="/v.webm"><track src="/v.vtt"></video><audio src="/a.ogg"></audio>`, []string{"file /v.mp4", "image /v.jpg", "file /v.webm", "file /v.vtt", "file /a.ogg"}},
		"frames and objects":  {`<iframe src="/frame"></iframe><object data="/o.pdf"></object><embed src="/e.swf"><input type="image" src="/go.png">`, []string{"frame /frame", "file /o.pdf", "file /e.swf", "image /go.png"}},
		"vector images":       {`<svg><use href="/icons.svg#cart"/><use href="#local"/><image xlink:href="/i.svg"/></svg>`, []string{"image /icons.svg", "image /i.svg"}},
		"inline modules":      {"<script type=module>\nimport {a} from '/lib/a.js';import \"./b.js\"\nimport vue from 'vue'\nimport * as c from \"../c.js\"; const d = 'import x from \"/no.js\"'</script>", []string{"module script /lib/a.js", "module script /shop/b.js", "module script /c.js"}},
		"inline scripts":      {`<script>import "/no.js"; var s = '<img src="/no.png">'</script>`, nil},
		"templates":           {`<template><img src="/no.png"><template></template><img src="/no.png"></template><img src="/yes.png">`, []string{"image /yes.png"}},
		"comments":            {`<!--[if lt IE 9]><script src="/ie.js"></script><![endif]-->`, nil},
		"nothing to ask for":  {`<img src=""><img src="data:image/gif;base64,R0"><img src="blob:x"><script src="javascript:1"></script><iframe src="about:blank"></iframe>`, nil},
		"the same one twice":  {`<img src="/a.png"><img src="/a.png#x">`, []string{"image /a.png"}},
		"a base":              {`<base href="/app/"><base href="/no/"><script src="x.js"></script><img src="/y.png">`, []string{"script /app/x.js", "image /y.png"}},
		"a base elsewhere":    {`<base href="https://cdn.example/app/"><script src="x.js"></script><img src="/y.png">`, nil},
		"the app's own name":  {`<script src="http://127.0.0.1:32768/x.js"></script><script src="//127.0.0.1:32768/y.js"></script>`, []string{"script /x.js", "script /y.js"}},
		"blanks":              {"<img src=' /a b.png\n'>", []string{"image /a%20b.png"}},
		"a broken address":    {`<img src="http://[/">`, nil},
	} {
		t.Run(name, func(t *testing.T) {
			found := assetsIn(t, here, tt.page)
			assert.Equal(t, tt.want, told(found.own))
			assert.Empty(t, found.homeless)
			for _, a := range found.own {
				assert.Equal(t, "/shop/", a.page)
			}
		})
	}
}

func TestAssetsOfOtherServersAreNamedByTheirHost(t *testing.T) {
	found := assetsIn(t, here, `<script src="https://cdn.example/a.js"></script><link rel=stylesheet href="//cdn.example/b.css"><img src="http://img.example:81/c.png">`)
	assert.Empty(t, found.own)
	assert.Equal(t, []string{"cdn.example", "img.example:81"}, found.elsewhere)
}

func TestAnAddressOfTheVisitorsOwnMachineIsNoPlaceForAnAsset(t *testing.T) {
	found := assetsIn(t, here, `<script src="http://localhost:8080/a.js"></script><img src="//127.0.0.1/b.png"><img src="http://[::1]:3000/c.png"><img src="http://0.0.0.0:8080/d.png">`)
	assert.Empty(t, found.own)
	assert.Empty(t, found.elsewhere)
	assert.Equal(t, []string{
		"script http://localhost:8080/a.js", "image http://127.0.0.1/b.png", "image http://[::1]:3000/c.png", "image http://0.0.0.0:8080/d.png",
	}, told(found.homeless))
}

func TestCandidatesOfAnImageAreReadAsTheStandardSays(t *testing.T) {
	for srcset, want := range map[string][]string{
		"":                                   nil,
		" , ":                                nil,
		"a.png":                              {"a.png"},
		"a.png 1x, b.png 2x":                 {"a.png", "b.png"},
		"a.png,b.png 2x":                     {"a.png,b.png"},
		"a.png, b.png":                       {"a.png", "b.png"},
		"\n /a,b.png 480w,\n /c.png 800w":    {"/a,b.png", "/c.png"},
		"data:image/png;base64,AA 1x, x.png": {"data:image/png;base64,AA", "x.png"},
	} {
		assert.Equal(t, want, candidates(srcset), srcset)
	}
}

func FuzzReferencesNeverFail(f *testing.F) {
	f.Add(`<base href="/a/"><script type=module>import "/x.js"</script><img srcset="a 1x,b"><link rel=preload as=font href=x>`)
	f.Add("<template><template><img src=x></template>")
	f.Fuzz(func(t *testing.T, page string) {
		u, err := url.Parse(here)
		require.NoError(t, err)
		for _, a := range assetsOf(u, []byte(page)).own {
			require.True(t, strings.HasPrefix(a.path, "/"), a.path)
		}
	})
}
