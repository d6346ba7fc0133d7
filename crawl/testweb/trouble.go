package testweb

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"net/http"
	"strings"
	"sync"
	"time"
)

// traps are hosts of ten true pages each and pages without end.
func traps() []*site {
	var all []*site
	trap := func(name, first string, next func(target string, n int) []string) {
		s := newSite("trap-" + name)
		s.endless = true
		s.add("/")
		for i := range 9 {
			s.leaf("/", fmt.Sprintf("/true/%d", i))
		}
		s.pages["/"].links = append(s.pages["/"].links, first)
		s.special = func(r *http.Request, n int) (answer, bool) {
			if s.pages[r.RequestURI] != nil {
				return answer{}, false
			}
			p := &page{links: next(r.RequestURI, n)}
			return answer{status: 200, header: []string{"Content-Type: text/html"}, body: s.html(r.RequestURI, p)}, true
		}
		all = append(all, s)
	}
	trap("calendar", "/calendar/2026/11/29", func(t string, _ int) []string {
		day, err := time.Parse("/calendar/2006/01/02", t)
		if err != nil {
			return nil
		}
		return []string{day.AddDate(0, 0, 1).Format("/calendar/2006/01/02"), day.AddDate(0, 0, -1).Format("/calendar/2006/01/02")}
	})
	trap("session", "/shop?sid=1", func(t string, n int) []string {
		h := hash(t) + uint64(n)
		return []string{fmt.Sprintf("/shop?sid=%x", h), fmt.Sprintf("/shop/cart;jsessionid=%X", h)}
	})
	trap("path", "/deep/", func(string, int) []string { return []string{"a/", "b/"} })
	trap("query", "/search?a=1", func(t string, _ int) []string {
		return []string{t + "&b=2", strings.Replace(t, "a=", "a=1", 1)}
	})
	return all
}

// troubles are hosts that are slow, fail, or ask for patience.
func troubles() []*site {
	var all []*site
	host := func(name string) *site {
		s := newSite(name)
		s.add("/")
		for i := range 9 {
			s.leaf("/", fmt.Sprintf("/page/%d", i))
		}
		all = append(all, s)
		return s
	}
	each := func(s *site, failing func(n int) (answer, bool)) {
		for t, p := range s.pages {
			if t != "/" {
				p.failing = failing
			}
		}
	}
	s := host("slow")
	s.special = func(r *http.Request, _ int) (answer, bool) {
		p := s.pages[r.RequestURI]
		if p == nil {
			return answer{}, false
		}
		return answer{status: 200, header: []string{"Content-Type: text/html"}, body: s.html(r.RequestURI, p), wait: 200 * time.Millisecond}, true
	}
	s2 := host("dripping")
	s2.special = func(r *http.Request, _ int) (answer, bool) {
		p := s2.pages[r.RequestURI]
		if p == nil {
			return answer{}, false
		}
		return answer{status: 200, header: []string{"Content-Type: text/html"}, body: s2.html(r.RequestURI, p), drip: 10 * time.Millisecond}, true
	}
	each(host("failing-500"), func(n int) (answer, bool) { return text(500, "oh"), n < 2 })
	each(host("failing-reset"), func(n int) (answer, bool) { return answer{reset: true}, n < 1 })
	each(host("failing-cut"), func(n int) (answer, bool) {
		return answer{status: 200, header: []string{"Content-Type: text/html"}, body: make([]byte, 5000), cut: 300}, n < 1
	})
	each(host("busy"), func(n int) (answer, bool) { return text(429, "slowly", "Retry-After: 1"), n < 1 })
	each(host("busy-date"), func(n int) (answer, bool) {
		return text(503, "later", "Retry-After: "+time.Now().Add(2*time.Second).UTC().Format(http.TimeFormat)), n < 1
	})
	for _, name := range []string{"failing-always", "dead"} {
		s := host(name)
		s.dead = name == "dead"
		for _, p := range s.pages {
			p.elsewhere = true
			p.failing = func(int) (answer, bool) { return text(500, "oh"), true }
		}
	}
	gone := host("gone")
	gone.pages["/"].links = append(gone.pages["/"].links, "/404", "/410")
	gone.special = func(r *http.Request, _ int) (answer, bool) {
		return text(410, "gone"), r.RequestURI == "/410"
	}
	return all
}

// bombs are hosts whose root links to what would fill a machine; the other pages are sound.
func bombs() []*site {
	s := newSite("bombs")
	s.add("/", "/inflate", "/endless-body", "/endless-head", "/endless-chunks", "/many-heads", "/deep", "/links", "/cookies", "/after")
	s.add("/after")
	s.add("/cookies").header = []string{"Set-Cookie: a=" + strings.Repeat("x", 20_000)}
	s.add("/deep").raw = []byte(strings.Repeat("<div>", 200_000) + "deep" + strings.Repeat("</div>", 200_000))
	var many strings.Builder
	for i := range 200_000 {
		fmt.Fprintf(&many, "<a href=\"/404-%d\">x</a>\n", i)
	}
	links := many.String()
	inflating := inflating()
	s.special = func(r *http.Request, _ int) (answer, bool) {
		html := []string{"Content-Type: text/html"}
		switch r.RequestURI {
		case "/inflate":
			return answer{status: 200, header: append(html, "Content-Encoding: gzip"), body: inflating}, true
		case "/endless-body":
			return answer{status: 200, header: html, endless: bytes.Repeat([]byte("<p>more "), 8192)}, true
		case "/endless-head":
			return answer{status: 200, header: html, endless: []byte("X-More: " + strings.Repeat("y", 1000) + "\r\n"), inHead: true}, true
		case "/endless-chunks":
			return answer{status: 200, header: append(html, "Transfer-Encoding: chunked"), endless: []byte("8\r\nmore and\r\n")}, true
		case "/many-heads":
			return answer{status: 200, header: append(html, strings.Split(strings.Repeat("X-A: b\n", 20_000), "\n")[:20_000]...)}, true
		case "/links":
			return answer{status: 200, header: html, body: []byte(links)}, true
		}
		return answer{}, false
	}
	return []*site{s}
}

// inflating is what inflates to a GiB. It is made before it is asked for: who asks may not
// have the patience.
var inflating = sync.OnceValue(func() []byte { return inflates(1 << 10) })

// inflates is a gzip member of so many MiB of zeros: a compressed one, repeated.
func inflates(mebibytes int) []byte {
	var b bytes.Buffer
	z, _ := flate.NewWriter(&b, flate.BestSpeed)
	block, sum := make([]byte, 1<<20), crc32.NewIEEE()
	out := []byte{0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff}
	for n := range mebibytes {
		_, _ = sum.Write(block)
		if n < 3 { // from the second on each has the same before it
			b.Reset()
			_, _ = z.Write(block)
			_ = z.Flush()
		}
		out = append(out, b.Bytes()...)
	}
	out = append(out, 1, 0, 0, 0xff, 0xff) // the last block, of no bytes
	out = binary.LittleEndian.AppendUint32(out, sum.Sum32())
	return binary.LittleEndian.AppendUint32(out, uint32(mebibytes<<20))
}

// consents have a page for each signal, and one without beside it.
func consents() []*site {
	s := newSite("consent")
	s.add("/", "/none")
	s.add("/none")
	signal := func(name string, change func(*page)) {
		t := "/" + name
		s.leaf("/", t)
		change(s.pages[t])
		s.signals[t] = name
	}
	signal("meta-noai", func(p *page) { p.head = `<meta name="robots" content="noai, noimageai">` })
	signal("meta-noindex", func(p *page) { p.head = `<META NAME=ROBOTS CONTENT=NOINDEX>` })
	signal("meta-gptbot", func(p *page) { p.head = `<meta name="gptbot" content="noindex">` })
	signal("header-noai", func(p *page) { p.header = []string{"X-Robots-Tag: noai"} })
	signal("header-agent", func(p *page) {
		p.header = []string{"X-Robots-Tag: " + Agent + ": noindex", "X-Robots-Tag: other: nofollow"}
	})
	signal("tdm-header", func(p *page) {
		p.header = []string{"tdm-reservation: 1", "tdm-policy: https://example.com/policy.json"}
	})
	signal("tdm-meta", func(p *page) { p.head = `<meta name="tdm-reservation" content="1">` })
	signal("usage-header", func(p *page) { p.header = []string{"Content-Usage: train-ai=n"} })
	signal("license-link", func(p *page) { p.head = `<link rel="license" href="https://creativecommons.org/licenses/by-sa/4.0/">` })
	signal("rsl-link", func(p *page) { p.head = `<link rel="license" type="application/rsl+xml" href="/license.xml">` })
	s.leaf("/", "/meta-nofollow")
	s.pages["/meta-nofollow"].head = `<meta name="robots" content="nofollow">`
	s.pages["/meta-nofollow"].links = []string{"/only-from-nofollow"}
	s.add("/only-from-nofollow").elsewhere = true

	var all []*site
	files := func(name string, lines []string, extra map[string]string) {
		s := newSite("consent-" + name)
		s.add("/")
		s.leaf("/", "/public/1", "/reserved/1")
		s.signals["/reserved/1"] = name
		s.rules(append([]string{"User-agent: *", "Allow: /"}, lines...)...)
		s.special = func(r *http.Request, _ int) (answer, bool) {
			body, ok := extra[r.RequestURI]
			return text(200, body), ok
		}
		all = append(all, s)
	}
	files("tdmrep", nil, map[string]string{"/.well-known/tdmrep.json": `[{"location":"/reserved/*","tdm-reservation":1}]`})
	files("usage", []string{"Content-Usage: /reserved/ train-ai=n"}, nil)
	files("signal", []string{"Content-Signal: search=yes, ai-train=no"}, nil)
	files("rsl", []string{"License: https://example.com/license.xml"}, nil)
	files("aitxt", nil, map[string]string{"/ai.txt": "User-Agent: *\nDisallow: /reserved/\n"})
	return append(all, s)
}

// media links to what is no page.
func media() *site {
	s := newSite("media")
	s.add("/", "/photo.jpg", "/archive.zip", "/paper.pdf", "/typeless", "/page.html")
	s.add("/page.html")
	binary := bytes.Repeat([]byte{0, 1, 2, 0xff}, 50_000)
	types := map[string]string{"/photo.jpg": "image/jpeg", "/archive.zip": "application/zip", "/paper.pdf": "application/pdf", "/typeless": ""}
	s.special = func(r *http.Request, _ int) (answer, bool) {
		media, ok := types[r.RequestURI]
		a := answer{status: 200, body: binary}
		if media != "" {
			a.header = []string{"Content-Type: " + media}
		}
		return a, ok
	}
	return s
}

// charsets are pages whose bytes are not what they say.
func charsets() *site {
	s := newSite("charsets")
	s.add("/")
	for name, media := range map[string]string{"gbk-as-utf8": "text/html; charset=utf-8", "gbk": "text/html; charset=gb2312", "none": "text/html", "unknown": "text/html; charset=klingon"} {
		s.leaf("/", "/"+name)
		p := s.pages["/"+name]
		p.media = media
		p.raw = append([]byte("<title>"+name+"</title><p>"), bytes.Repeat([]byte{0xd6, 0xd0, 0xb9, 0xfa}, 200)...) // 中国 in GBK
	}
	return s
}

// refusals are answers that a parser of HTTP may refuse: odd, and in the wild.
func refusals() *site {
	s := newSite("odd")
	s.add("/", "/page", "/odd-head")
	s.add("/page")
	s.add("/odd-head").header = []string{"x-lower:  two  spaces ", "X-UPPER: 1", "X-Upper: 2", "X-Empty:", "X-Latin: caf\xe9", "X-Tab:\tvalue", "ServER: testweb"}
	return s
}
