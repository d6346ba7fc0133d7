package testweb

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// A site is a host of the web.
type site struct {
	name      string
	robots    func(n int) answer // to the nth request for it, from 0; nil: 404
	pages     map[string]*page   // by target
	special   func(r *http.Request, n int) (answer, bool)
	forbidden []string
	signals   map[string]string
	delay     time.Duration
	endless   bool
	unseeded  bool // no crawl begins here
	dead      bool // nothing listens

	mu    sync.Mutex
	asked map[string]int
}

// A page is a target that answers with 200 and HTML.
type page struct {
	links   []string // targets or whole URLs, as they stand in href
	header  []string // beside Content-Type
	head    string   // in the head element
	raw     []byte   // in place of what would be made
	media   string   // in place of text/html; charset=utf-8
	etag    string
	failing func(n int) (answer, bool) // answers before the page does
	// elsewhere: it is there, but a polite crawler need not come by.
	elsewhere bool
}

func newSite(name string) *site {
	return &site{name: name, pages: map[string]*page{}, signals: map[string]string{}, asked: map[string]int{}}
}

// add adds a page at a target that links to others.
func (s *site) add(target string, links ...string) *page {
	p := &page{links: links}
	s.pages[target] = p
	return p
}

// leaf adds pages at targets and links to them from the page at from.
func (s *site) leaf(from string, targets ...string) {
	for _, t := range targets {
		if s.pages[t] == nil {
			s.add(t)
		}
		s.pages[from].links = append(s.pages[from].links, t)
	}
}

// forbid links to targets from the page at from: they are there, and robots.txt forbids them.
func (s *site) forbid(from string, targets ...string) {
	for _, t := range targets {
		s.add(t).elsewhere = true
		s.pages[from].links = append(s.pages[from].links, t)
		s.forbidden = append(s.forbidden, t)
	}
}

// rules are the lines of robots.txt.
func (s *site) rules(lines ...string) {
	body := []byte(strings.Join(lines, "\n") + "\n")
	s.robots = func(int) answer { return answer{status: 200, header: []string{"Content-Type: text/plain"}, body: body} }
}

// wanted are the targets that a polite crawler fetches.
func (s *site) wanted() []string {
	var all []string
	for _, t := range slices.Sorted(maps.Keys(s.pages)) {
		if !s.pages[t].elsewhere {
			all = append(all, t)
		}
	}
	return all
}

func (s *site) answer(r *http.Request) answer {
	target := r.RequestURI
	s.mu.Lock()
	n := s.asked[target]
	s.asked[target]++
	s.mu.Unlock()
	if target == "/robots.txt" && s.robots != nil {
		return s.robots(n)
	}
	if s.special != nil {
		if a, ok := s.special(r, n); ok {
			return a
		}
	}
	p := s.pages[target]
	if p == nil {
		return answer{status: 404, header: []string{"Content-Type: text/html"}, body: []byte("<h1>Not found</h1>")}
	}
	if p.failing != nil {
		if a, ok := p.failing(n); ok {
			return a
		}
	}
	media := p.media
	if media == "" {
		media = "text/html; charset=utf-8"
	}
	header := append([]string{"Content-Type: " + media}, p.header...)
	if p.etag != "" {
		header = append(header, "ETag: "+p.etag)
		if r.Header.Get("If-None-Match") == p.etag {
			return answer{status: 304, header: header[1:]}
		}
	}
	body := p.raw
	if body == nil {
		body = s.html(target, p)
	}
	return answer{status: 200, header: header, body: body}
}

// words of the pages: enough of them that no two pages are alike.
var words = strings.Fields(`river market engine garden winter letter harbour science village teacher
	bridge copper window pattern forest music doctor silver history machine kitchen mountain signal
	paper railway season captain weather library factory orchard justice picture traffic balance
	journey science island lantern treaty compass harvest theatre mineral painting student election`)

// html is a page of some paragraphs that its target decides, and its links.
func (s *site) html(target string, p *page) []byte {
	var b strings.Builder
	random := rand.New(rand.NewPCG(hash(s.name), hash(target)))
	fmt.Fprintf(&b, "<!doctype html>\n<html><head><title>%s %s</title>%s</head><body>\n<article>\n", s.name, escape(target), p.head)
	for range 4 + random.IntN(6) {
		b.WriteString("<p>")
		for range 3 + random.IntN(4) {
			b.WriteString("The ")
			for range 6 + random.IntN(10) {
				b.WriteString(words[random.IntN(len(words))] + " ")
			}
			fmt.Fprintf(&b, "of %d. ", random.IntN(1000))
		}
		b.WriteString("</p>\n")
	}
	b.WriteString("</article>\n<ul>\n")
	for _, l := range p.links {
		fmt.Fprintf(&b, "<li><a href=\"%s\">%s</a></li>\n", escape(l), escape(l))
	}
	b.WriteString("</ul></body></html>\n")
	return []byte(b.String())
}

func escape(s string) string {
	return strings.NewReplacer("&", "&amp;", "\"", "&quot;", "<", "&lt;").Replace(s)
}

func hash(s string) uint64 { // FNV-1a
	h := uint64(14695981039346656037)
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * 1099511628211
	}
	return h
}
