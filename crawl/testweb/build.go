package testweb

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// build makes all hosts, in an order that decides their addresses.
func (w *Web) build(size Size) []*site {
	var all []*site
	for i := range size.Plain {
		all = append(all, plain(fmt.Sprintf("plain-%02d", i), size.Pages))
	}
	for i := range size.Plain { // each names the next, and the first hosts of other kinds
		s := all[i]
		s.pages["/"].links = append(s.pages["/"].links, w.URL(all[(i+1)%size.Plain].name, "/"))
	}
	all = append(all, w.robotsSites()...)
	all = append(all, w.sitemapSite(), w.redirectSite(), w.redirectTarget(), spellings(w))
	all = append(all, traps()...)
	all = append(all, troubles()...)
	all = append(all, bombs()...)
	all = append(all, consents()...)
	return append(all, media(), charsets(), refusals())
}

// plain is a tree of pages, ten to a page, and every page links home.
func plain(name string, pages int) *site {
	s := newSite(name)
	s.add("/")
	for i := 1; i < pages; i++ {
		parent := "/"
		if i > 10 {
			parent = fmt.Sprintf("/p/%d.html", (i-1)/10)
		}
		target := fmt.Sprintf("/p/%d.html", i)
		s.leaf(parent, target)
		s.pages[target].links = append(s.pages[target].links, "/", "/p/1.html", "#top")
		s.pages[target].etag = fmt.Sprintf("\"%s-%d\"", name, i)
	}
	return s
}

func text(status int, body string, header ...string) answer {
	return answer{status: status, header: append([]string{"Content-Type: text/plain"}, header...), body: []byte(body)}
}

// robotsSites are hosts with robots.txt of every kind; each has ten pages that may be
// fetched, if any may, and some that may not.
func (w *Web) robotsSites() []*site { return append(robotsRules(), w.robotsAnswers()...) }

func robotsSite(name string) *site {
	s := newSite("robots-" + name)
	s.add("/")
	for i := range 9 {
		s.leaf("/", fmt.Sprintf("/open/%d", i))
	}
	return s
}

// close forbids all pages of a host.
func (s *site) close() {
	for t, p := range s.pages {
		if !p.elsewhere {
			p.elsewhere = true
			s.forbidden = append(s.forbidden, t)
		}
	}
}

// robotsRules are hosts whose rules differ.
func robotsRules() []*site {
	var all []*site
	host := func(name string) *site {
		all = append(all, robotsSite(name))
		return all[len(all)-1]
	}
	s := host("longest")
	s.rules("User-agent: *", "Disallow: /closed", "Allow: /closed/but-open", "Disallow: /closed/but-open/not-this")
	s.forbid("/", "/closed/1", "/closed-too", "/closed/but-open/not-this/1")
	s.leaf("/", "/closed/but-open/1")

	s = host("tie")
	s.rules("User-agent: *", "Disallow: /same", "Allow: /same")
	s.leaf("/", "/same/1")

	s = host("agents")
	s.rules("User-agent: *", "Disallow: /", "", "User-agent: Other", "User-agent: "+strings.ToUpper(Agent), "Disallow: /private", "",
		"User-agent: "+Agent, "Disallow: /secret")
	s.forbid("/", "/private/1", "/secret/1")

	s = host("prefix") // a token that only begins like ours names another
	s.rules("User-agent: "+Agent+"-images", "Disallow: /", "User-agent: "+Agent[:4], "Disallow: /", "User-agent: *", "Disallow: /closed")
	s.forbid("/", "/closed/1")

	s = host("star")
	s.rules("User-agent: *", "Disallow: /")
	s.forbid("/", "/any")
	s.close()

	s = host("wild")
	s.rules("User-agent: *", "Disallow: /*.php$", "Disallow: /*?sort=", "Disallow: /a*b*c")
	s.forbid("/", "/x.php", "/list?sort=up", "/a1b2c3")
	s.leaf("/", "/x.php5", "/list?page=2", "/a1b2")

	s = host("percent")
	s.rules("User-agent: *", "Disallow: /caf%C3%A9", "Disallow: /%7Euser")
	s.forbid("/", "/caf%c3%a9/1", "/~user/1")

	s = host("ends")
	body := "\xef\xbb\xbfUser-agent: * # all\r\nDisallow: /closed # a comment\rAllow: /\r\n"
	s.robots = func(int) answer { return text(200, body) }
	s.forbid("/", "/closed/1")

	s = host("empty")
	s.rules("User-agent: *", "Disallow:")

	s = host("huge")
	s.rules("User-agent: *", "Disallow: /closed", strings.Repeat("# nothing\n", 60_000))
	s.forbid("/", "/closed/1")

	s = host("delay")
	s.delay = 300 * time.Millisecond
	s.rules("User-agent: *", "Crawl-delay: 0.3", "Disallow: /closed")
	s.forbid("/", "/closed/1")
	return all
}

// robotsAnswers are hosts that answer differently when asked for their rules.
func (w *Web) robotsAnswers() []*site {
	var all []*site
	host := func(name string) *site {
		all = append(all, robotsSite(name))
		return all[len(all)-1]
	}
	s := host("403")
	s.robots = func(int) answer { return text(403, "no") }
	s = host("404")
	s.robots = func(int) answer { return text(404, "User-agent: *\nDisallow: /\n") }

	s = host("503")
	s.robots = func(int) answer { return text(503, "later") }
	s.close()
	s = host("cut")
	s.robots = func(int) answer { return answer{reset: true} }
	s.close()

	s = host("429")
	s.robots = func(n int) answer {
		if n == 0 {
			return text(429, "slowly", "Retry-After: 1")
		}
		return text(200, "User-agent: *\nDisallow: /closed\n")
	}
	s.forbid("/", "/closed/1")

	s = host("moved")
	s.robots = func(int) answer { return answer{status: 301, header: []string{"Location: /robots-2"}} }
	s.special = func(r *http.Request, _ int) (answer, bool) {
		switch r.RequestURI {
		case "/robots-2":
			return answer{status: 302, header: []string{"Location: " + w.URL("robots-longest", "/robots.txt")}}, true
		}
		return answer{}, false
	}
	s.forbid("/", "/closed/1")

	s = host("html") // a page in place of rules: there are none
	s.robots = func(int) answer {
		return answer{status: 200, header: []string{"Content-Type: text/html"}, body: []byte("<html><p>Disallow: / is what we do not say</html>")}
	}
	return all
}

// sitemapSite has pages that only its sitemaps name.
func (w *Web) sitemapSite() *site {
	s := newSite("sitemaps")
	s.add("/")
	s.rules("Sitemap: "+w.URL("sitemaps", "/index.xml"), "User-agent: *", "Disallow: /closed",
		"sitemap: "+w.URL("sitemaps", "/list.txt"), "Sitemap: "+w.URL("sitemaps", "/feed.rss"), "Sitemap: "+w.URL("sitemaps", "/feed.atom"))
	urlset := func(targets ...string) string {
		var b strings.Builder
		b.WriteString("<?xml version=\"1.0\"?>\n<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n")
		for _, t := range targets {
			fmt.Fprintf(&b, "<url><loc>\n %s </loc><lastmod>2026-11-01</lastmod></url>\n", escape(w.URL("sitemaps", t)))
		}
		return b.String() + "</urlset>"
	}
	named := func(prefix string, n int) (targets []string) {
		for i := range n {
			t := fmt.Sprintf("%s/%d?a=1&b=%d", prefix, i, i)
			s.add(t)
			targets = append(targets, t)
		}
		return targets
	}
	s.add("/closed/in-sitemap").elsewhere = true
	s.forbidden = []string{"/closed/in-sitemap"}
	files := map[string]string{
		"/index.xml": "<sitemapindex><sitemap><loc>" + w.URL("sitemaps", "/one.xml") + "</loc></sitemap><sitemap><loc>" +
			w.URL("sitemaps", "/two.xml.gz") + "</loc></sitemap><sitemap><loc>" + w.URL("sitemaps", "/index.xml") + "</loc></sitemap></sitemapindex>",
		"/one.xml":    urlset(append(named("/one", 20), "/closed/in-sitemap")...),
		"/two.xml.gz": zipped(urlset(named("/two", 20)...)),
	}
	var list, rss, atom strings.Builder
	for _, t := range named("/list", 10) {
		list.WriteString(w.URL("sitemaps", t) + "\n")
	}
	for _, t := range named("/rss", 5) {
		fmt.Fprintf(&rss, "<item><link>%s</link></item>", escape(w.URL("sitemaps", t)))
	}
	for _, t := range named("/atom", 5) {
		fmt.Fprintf(&atom, "<entry><link href=\"%s\"/></entry>", escape(w.URL("sitemaps", t)))
	}
	files["/list.txt"] = list.String()
	files["/feed.rss"] = "<rss version=\"2.0\"><channel>" + rss.String() + "</channel></rss>"
	files["/feed.atom"] = "<feed xmlns=\"http://www.w3.org/2005/Atom\">" + atom.String() + "</feed>"
	s.special = func(r *http.Request, _ int) (answer, bool) {
		body, ok := files[r.RequestURI]
		return answer{status: 200, header: []string{"Content-Type: application/xml"}, body: []byte(body)}, ok
	}
	return s
}

func zipped(s string) string {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write([]byte(s))
	_ = z.Close()
	return b.String()
}

// redirectSite redirects in every way: to pages, in circles, into what is forbidden.
func (w *Web) redirectSite() *site {
	s := newSite("redirects")
	s.rules("User-agent: *", "Disallow: /closed")
	s.add("/")
	s.add("/closed/behind-a-redirect").elsewhere = true
	s.forbidden = []string{"/closed/behind-a-redirect"}
	to := map[string]string{
		"/loop/a": "/loop/b", "/loop/b": "/loop/a", "/self": "/self",
		"/into-closed": "/closed/behind-a-redirect",
		"/elsewhere":   w.URL("redirects-target", "/only-by-redirect"),
		"/relative/x":  "../by-relative",
		"/fragment":    "/by-fragment#part",
		"/private":     "http://10.0.0.1/", "/metadata": "http://169.254.169.254/latest/meta-data/",
		"/scheme": "file:///etc/passwd", "/nowhere": "", "/script": "javascript:alert(1)",
	}
	links := []string{"/loop/a", "/self", "/into-closed", "/elsewhere", "/relative/x", "/fragment", "/private", "/metadata", "/scheme", "/nowhere", "/script", "/chain/0"}
	status := map[string]int{}
	for i, code := range []int{301, 302, 303, 307, 308} {
		from := fmt.Sprintf("/status/%d", code)
		to[from], status[from] = fmt.Sprintf("/by-status/%d", i), code
		s.add(to[from])
		links = append(links, from)
	}
	for i := range 40 { // longer than anybody follows
		to[fmt.Sprintf("/chain/%d", i)] = fmt.Sprintf("/chain/%d", i+1)
	}
	s.add("/by-relative")
	s.add("/by-fragment")
	s.pages["/"].links = links
	s.special = func(r *http.Request, _ int) (answer, bool) {
		location, ok := to[r.RequestURI]
		if !ok {
			return answer{}, false
		}
		code := status[r.RequestURI]
		if code == 0 {
			code = 302
		}
		return answer{status: code, header: []string{"Location: " + location}}, true
	}
	return s
}

func (w *Web) redirectTarget() *site {
	s := newSite("redirects-target")
	s.unseeded = true
	s.add("/only-by-redirect")
	return s
}

// spellings has ten pages, each linked to in many ways.
func spellings(w *Web) *site {
	s := newSite("spellings")
	s.add("/")
	for i := range 10 {
		t := fmt.Sprintf("/dir/page-%d", i)
		s.add(t)
		s.pages["/"].links = append(s.pages["/"].links, t, t+"#part", "./dir/./page-"+strconv.Itoa(i), "/x/../dir/page-"+strconv.Itoa(i),
			strings.ToUpper("http")+"://SPELLINGS.localhost:"+strconv.Itoa(w.port)+t, "/dir/p%61ge-"+strconv.Itoa(i), "  "+t+"\n", "/dir/\tpage-"+strconv.Itoa(i))
	}
	return s
}
