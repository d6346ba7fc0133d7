package crawl

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/gocolly/colly/v2"

	"github.com/corpusmill/corpusmill/crawl/urls"
	"github.com/corpusmill/corpusmill/crawl/wire"
	"github.com/corpusmill/corpusmill/format/warc"
)

// fetcher makes the requests of one worker: a colly collector over a tap of the transport.
// Colly is told to decide nothing: robots.txt, what was seen, redirects, limits and delays
// are ours.
type fetcher struct {
	collector *colly.Collector
	tap       tap
	linker    *linker
	accept    string
}

// tap is a wire.Tap whose answers are decoded already, whatever they are called.
type tap struct{ wire.Tap }

// RoundTrip implements http.RoundTripper.
func (t *tap) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := t.Tap.RoundTrip(r)
	if resp != nil {
		resp.Uncompressed = true
	}
	return resp, err
}

// fetched is what a request brought: an exchange, or why there is none.
type fetched struct {
	x    *wire.Exchange
	kind wire.Kind // of the error, "" for an exchange
	err  error
	// again tells that the same request may bring something later.
	again bool
	took  time.Duration
}

func (c *Crawler) newLinker() *linker {
	return &linker{form: c.form, nofollow: c.settings.FollowNofollow, max: c.settings.LinksMax}
}

func (c *Crawler) newFetcher(ctx context.Context) *fetcher {
	f := &fetcher{linker: c.newLinker(), accept: accept(c.settings.Accept)}
	f.tap.Transport = c.transport
	f.collector = colly.NewCollector(colly.StdlibContext(ctx), colly.UserAgent(c.transport.UserAgent), colly.IgnoreRobotsTxt(),
		colly.AllowURLRevisit(), colly.MaxBodySize(0), colly.ParseHTTPErrorResponse())
	f.collector.WithTransport(&f.tap)
	f.collector.SetRequestTimeout(0) // the transport has better ones
	f.collector.DisableCookies()
	f.collector.SetRedirectHandler(func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse })
	return f
}

// accept writes media types with falling preference.
func accept(media []string) string {
	var b strings.Builder
	for i, m := range media {
		if i > 0 {
			b.WriteString(",")
		}
		b.WriteString(m)
		if q := 10 - i; i > 1 {
			b.WriteString(";q=0." + strconv.Itoa(max(q, 2)))
		}
	}
	b.WriteString(",*/*;q=0.1")
	return b.String()
}

// get asks for an address.
func (f *fetcher) get(u urls.URL, conditions []warc.Field) fetched {
	f.tap.Last, f.tap.Err = nil, nil
	h := http.Header{"Accept": {f.accept}}
	for _, c := range conditions {
		h.Set(c.Name, c.Value)
	}
	began := time.Now()
	err := f.collector.Request(http.MethodGet, u.String(), nil, nil, h)
	got := fetched{x: f.tap.Last, took: time.Since(began)}
	if got.x != nil { // colly's error is that of a body that cannot be decoded, or of none
		got.took = got.x.FirstByte.Sub(got.x.Started)
		return got
	}
	if f.tap.Err != nil {
		err = f.tap.Err
	}
	var failure *wire.Error
	switch {
	case errors.As(err, &failure):
		got.kind, got.err, got.again = failure.Kind, failure.Err, failure.Temporary()
	default: // colly did not even ask
		got.kind, got.err = wire.KindURL, err
	}
	return got
}
