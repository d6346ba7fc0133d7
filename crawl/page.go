package crawl

import (
	"bytes"
	"fmt"
	"net/url"
	"path"
	"strconv"
	"strings"

	"github.com/corpusmill/corpusmill/crawl/archive"
	"github.com/corpusmill/corpusmill/crawl/consent"
	"github.com/corpusmill/corpusmill/crawl/frontier"
	"github.com/corpusmill/corpusmill/crawl/sitemap"
	"github.com/corpusmill/corpusmill/crawl/urls"
	"github.com/corpusmill/corpusmill/crawl/wire"
	"github.com/corpusmill/corpusmill/format/warc"
)

// page is an answer with all that is made of it, a file of a site among them. A page is
// the same whether it has just been fetched or is read from the archive.
type page struct {
	entry   frontier.Entry
	kind    string
	site    string // the origin that a file of kind robots, tdmrep or ai_txt is of
	passing bool   // a redirect on the way to such a file
	x       *wire.Exchange
	before  captured
	same    bool // the archive says that the payload is that of before
	at      archive.Location
	signals consent.Signals

	links   []urls.URL
	indexes []bool // which links are sitemaps, nil for pages
	against []string
	flaw    string
}

// Names of fields of metadata records.
const (
	fieldKind      = "kind"
	fieldVia       = "via"
	fieldHops      = "hopsFromSeed"
	fieldRedirects = "redirects"
	fieldSite      = "site"
	fieldPassing   = "passing"
)

// metadata are the fields that the page is made again from, and its signals.
func (p *page) metadata() []warc.Field {
	list := []warc.Field{{Name: fieldKind, Value: p.kind}}
	add := func(name, value string) {
		if value != "" && value != "0" {
			list = append(list, warc.Field{Name: name, Value: value})
		}
	}
	add(fieldVia, p.entry.Via)
	add(fieldHops, strconv.Itoa(p.entry.Hops))
	add(fieldRedirects, strconv.Itoa(p.entry.Redirects))
	add(fieldSite, p.site)
	if p.passing {
		add(fieldPassing, "yes")
	}
	return append(list, p.signals.Fields()...)
}

// recorded makes a page of what the archive of pages has of it.
func (c *Crawler) recorded(e archive.Entry) (*page, error) {
	u, err := c.form.Parse(e.Exchange.URL)
	if err != nil {
		return nil, err
	}
	p := &page{entry: frontier.Entry{URL: u}, kind: kindPage, x: e.Exchange, at: e.Location, signals: consent.FromFields(e.Metadata)}
	if e.Revisit != nil {
		p.before = captured{Digest: e.Revisit.Digest, URI: e.Revisit.URI, ID: e.Revisit.ID, Date: e.Revisit.Date}
		p.same = e.Revisit.Profile == archive.ProfileIdentical
	}
	for _, f := range e.Metadata {
		switch f.Name {
		case fieldVia:
			p.entry.Via = f.Value
		case fieldHops:
			p.entry.Hops, err = strconv.Atoi(f.Value)
		case fieldRedirects:
			p.entry.Redirects, err = strconv.Atoi(f.Value)
		}
		if err != nil {
			return nil, fmt.Errorf("metadata %s: %w", f.Name, err)
		}
	}
	return p, nil
}

// look finds out what the page says: links and signals. It is work that holds nothing up.
func (p *page) look(c *Crawler, l *linker) {
	body, flaw, err := p.x.Body()
	p.flaw = flaw
	if err != nil {
		body = nil
	}
	isHTML := p.kind == kindPage && isHTML(p.x.Header.Get("Content-Type"), body)
	if p.kind == kindPage {
		page := body
		if !isHTML {
			page = nil
		}
		found := consent.FromResponse(p.x.Header, page, c.agents)
		for _, s := range found.List {
			if !hasSignal(p.signals.List, s) {
				p.signals.List = append(p.signals.List, s)
			}
		}
	}
	nofollow := false
	if len(p.signals.List) > 0 {
		m := p.signals.Meaning(p.x.Started)
		p.against = m.Against()
		nofollow = m.NoFollow && !c.settings.FollowNofollow
	}
	switch {
	case p.x.Status >= 300 && p.x.Status < 400 && p.x.Status != 304:
		p.redirect(c)
	case p.x.Status != 200 || nofollow:
	case p.kind == kindSitemap:
		p.readSitemap(c, body)
	case isHTML:
		l.find(p.entry.URL, body, p.x.Header.Get("Content-Type"))
		p.links = append([]urls.URL(nil), l.links...)
	}
}

func hasSignal(list []consent.Signal, s consent.Signal) bool {
	for _, o := range list {
		if o == s {
			return true
		}
	}
	return false
}

// isHTML takes the header's word, and looks at the body where there is none.
func isHTML(contentType string, body []byte) bool {
	media, _ := warc.MediaType(contentType)
	switch media {
	case "text/html", "application/xhtml+xml":
		return true
	case "", "application/octet-stream", "text/plain":
		start := bytes.ToLower(bytes.TrimLeft(body[:min(len(body), 512)], "\xef\xbb\xbf \t\r\n"))
		return media != "text/plain" && (bytes.HasPrefix(start, []byte("<!doctype html")) || bytes.HasPrefix(start, []byte("<html")))
	}
	return false
}

// redirect takes the target of a redirect as the one link.
func (p *page) redirect(c *Crawler) {
	if u, err := c.form.Resolve(p.entry.URL, p.x.Header.Get("Location")); err == nil && u != p.entry.URL {
		p.links = []urls.URL{u}
	}
}

// readSitemap takes the addresses of a sitemap as links.
func (p *page) readSitemap(c *Crawler, body []byte) {
	for e, err := range sitemap.Read(bytes.NewReader(body), sitemap.Limits{Bytes: int64(c.settings.Limits.DecodedBytes)}) {
		if err != nil {
			continue // an entry that is wrong, or the end
		}
		u, err := c.form.Resolve(p.entry.URL, e.Loc)
		if err != nil || e.Index && p.entry.Redirects+p.entry.Hops >= sitemap.MaxIndexDepth+c.settings.RedirectsMax {
			continue
		}
		p.links = append(p.links, u)
		p.indexes = append(p.indexes, e.Index)
	}
}

// absorb makes of a page what follows from it. It is called once for each page, and once
// more for those that a kill kept from being committed.
func (c *Crawler) absorb(b *frontier.Batch, p *page) error {
	if wellKnown[p.kind] != "" {
		return c.absorbSite(b, p)
	}
	was, err := b.Settle(p.entry, frontier.Fetched)
	if err != nil || was == frontier.Fetched {
		return err
	}
	if err := p.store(b, p.at); err != nil {
		return err
	}
	t := c.tally
	t.Bytes += int64(len(p.x.Response))
	if p.kind == kindSitemap {
		t.Sitemaps++
	} else {
		t.Pages++
		t.Status[p.x.Status]++
		for _, rule := range p.against {
			t.Signals[rule]++
		}
		if p.revisit() != nil {
			t.Revisits++
		}
		if p.flaw != "" {
			t.Truncated[p.flaw]++
		}
	}
	if p.x.Status >= 300 && p.x.Status < 400 {
		return c.follow(b, p)
	}
	t.Links += int64(len(p.links))
	for i, u := range p.links {
		e := frontier.Entry{URL: u, Hops: p.entry.Hops + 1, Via: p.entry.URL.String()}
		if p.indexes != nil && p.indexes[i] {
			e.Kind = frontier.Sitemap
		}
		if err := c.queue(b, e); err != nil {
			return err
		}
	}
	return nil
}

// follow queues what a redirect leads to.
func (c *Crawler) follow(b *frontier.Batch, p *page) error {
	for _, u := range p.links { // one or none
		c.tally.Redirects++
		if p.entry.Redirects >= c.settings.RedirectsMax {
			c.tally.Traps[redirects]++
			continue
		}
		if err := c.queue(b, frontier.Entry{URL: u, Kind: p.entry.Kind, Hops: p.entry.Hops, Redirects: p.entry.Redirects + 1, Via: p.entry.URL.String()}); err != nil {
			return err
		}
	}
	return nil
}

// Why an address is not queued, beside scope and the traps of its form.
const (
	hops      = "hops"
	ending    = "ending"
	redirects = "redirects"
	hostQueue = "host_queue"
	givenUp   = "host_given_up"
)

// queue adds an address, if it belongs to the crawl and is no trap.
func (c *Crawler) queue(b *frontier.Batch, e frontier.Entry) error {
	why := ""
	if e.Kind == frontier.Page {
		why = c.skips(e.URL)
		if e.Hops > c.settings.HopsMax {
			why = hops
		}
	}
	if c.tally.outside(why) {
		return nil
	}
	e.Priority = uint8(min(e.Hops, latePriority-1))
	if e.Kind == frontier.Sitemap {
		e.Priority = 0
	}
	shape, trap, most := "", "", 0
	if e.Kind == frontier.Page {
		shape, trap, most = c.settings.Traps.Shape(e.URL)
	}
	outcome, err := b.Add(e, shape, most)
	switch outcome {
	case frontier.Spent:
		c.tally.Traps[trap]++
	case frontier.Full:
		c.tally.Traps[hostQueue]++
	case frontier.Gone:
		c.tally.Outside[givenUp]++
	}
	return err
}

// endingOf is the ending of a path in lower case, without its dot.
func endingOf(p string) string {
	e := path.Ext(p)
	if e == "" || len(e) > 8 {
		return ""
	}
	if strings.Contains(e, "%") {
		if s, err := url.PathUnescape(e); err == nil {
			e = s
		}
	}
	return strings.ToLower(e[1:])
}

// absorbSite stores a file of a site.
func (c *Crawler) absorbSite(b *frontier.Batch, p *page) error {
	c.tally.Bytes += int64(len(p.x.Response))
	if p.kind == kindRobots {
		c.tally.Robots++
	} else {
		c.tally.WellKnown++
	}
	if p.passing {
		return nil
	}
	body, _, err := p.x.Body()
	if err != nil || p.x.Status < 200 || p.x.Status > 299 {
		body = nil
	}
	if len(body) > siteBytes {
		body = body[:siteBytes]
	}
	if err := c.sites.set(b, p.site, p.kind, reply{At: p.x.Ended.UnixMilli(), Status: p.x.Status, Body: body}); err != nil {
		return err
	}
	if p.kind != kindRobots || !c.settings.Sitemaps {
		return nil
	}
	s, err := c.sites.get(p.site)
	if err != nil {
		return err
	}
	for _, raw := range s.robots.Sitemaps() {
		u, err := c.form.Resolve(p.entry.URL, raw)
		if err != nil {
			continue
		}
		if err := c.queue(b, frontier.Entry{URL: u, Kind: frontier.Sitemap, Via: p.entry.URL.String()}); err != nil {
			return err
		}
	}
	return nil
}

// siteBytes is how much of a file of a site is kept beside the archive: what a reader of
// robots.txt has to read, and what one of tdmrep.json takes.
const siteBytes = 1 << 20
