package crawl

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/corpusmill/corpusmill/crawl/frontier"
	"github.com/corpusmill/corpusmill/crawl/robots"
	"github.com/corpusmill/corpusmill/crawl/urls"
	"github.com/corpusmill/corpusmill/crawl/wire"
)

// askSite asks for a file of a site, follows its redirects, and stores what it says. The
// host is given back: what it was given out for comes later.
func (c *Crawler) askSite(ctx context.Context, f *fetcher, w frontier.Work, kind string) error {
	origin := w.Host.Origin
	u, err := c.form.Parse(origin + wellKnown[kind])
	if err != nil {
		return err
	}
	s, err := c.site(origin)
	if err != nil {
		return err
	}
	delay := time.Duration(0)
	if s.robots != nil {
		delay, _ = s.robots.CrawlDelay(product)
	}
	h := w.Host
	var ready time.Time
	asked := w // whose host the next request is of
	for hop := 0; ; hop++ {
		got := f.get(u, nil)
		if got.kind == wire.KindCanceled || ctx.Err() != nil && got.x == nil {
			return c.releaseBoth(w, asked, time.Time{}, time.Time{})
		}
		own := asked.Host.Origin == origin
		host, itsDelay := asked.Host, time.Duration(0)
		if own {
			host, itsDelay = h, delay
		}
		at := c.treat(&host, got, itsDelay)
		if own {
			h, ready = host, at
		}
		next, passing := urls.URL{}, false
		if got.x != nil {
			next, passing = c.redirected(u, got.x, hop)
		}
		if err := c.keepSite(kind, origin, u, got, host, at, passing); err != nil {
			return err
		}
		if !own {
			if err := c.front.Release(asked, at, time.Now()); err != nil {
				return err
			}
		}
		if !passing {
			return c.settleSite(w, h, kind, got, ready)
		}
		u = next
		if asked, err = c.turn(ctx, w, u.Origin(), ready); ctx.Err() != nil {
			return c.releaseBoth(w, asked, ready, time.Time{})
		} else if err != nil {
			return c.lost(w, h, kind, fetched{kind: wire.KindConnect, err: err}, ready)
		}
	}
}

// redirected is where a file of a site leads on to, if it does and may.
func (c *Crawler) redirected(u urls.URL, x *wire.Exchange, hop int) (urls.URL, bool) {
	if x.Status < 300 || x.Status > 399 || hop >= robots.MaxRedirects {
		return urls.URL{}, false
	}
	next, err := c.form.Resolve(u, x.Header.Get("Location"))
	return next, err == nil && next != u
}

// keepSite archives an answer; one without stores that there was none.
func (c *Crawler) keepSite(kind, origin string, u urls.URL, got fetched, h frontier.Host, ready time.Time, passing bool) error {
	if got.x == nil {
		return c.note(func(b *frontier.Batch) error {
			c.tally.Requests++
			return b.SetHost(h, ready)
		})
	}
	p := &page{entry: frontier.Entry{URL: u}, kind: kind, site: origin, passing: passing, x: got.x}
	return c.keep(p, func(b *frontier.Batch) error {
		c.tally.Requests++
		return b.SetHost(h, ready)
	})
}

// turn waits until the next request of a chain of redirects may be made. Of another host
// it takes a turn; one that it does not get soon is as one that does not answer.
func (c *Crawler) turn(ctx context.Context, w frontier.Work, origin string, ready time.Time) (frontier.Work, error) {
	if origin == w.Host.Origin {
		return w, sleep(ctx, time.Until(ready))
	}
	patience := time.Now().Add(claimPatience + 5*c.settings.Politeness.Delay)
	for {
		claimed, wait, ok, err := c.front.Claim(origin, time.Now())
		if err != nil || ok {
			return claimed, err
		}
		if time.Now().Add(wait).After(patience) {
			return w, fmt.Errorf("a redirect to %s, which has no time", origin)
		}
		if err := sleep(ctx, wait); err != nil {
			return w, err
		}
	}
}

// claimPatience is how long a turn is waited for.
const claimPatience = 5 * time.Second

func sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// settleSite gives the host back when its file is known, or waits where it did not say.
func (c *Crawler) settleSite(w frontier.Work, h frontier.Host, kind string, got fetched, ready time.Time) error {
	switch {
	case kind != kindRobots && got.x != nil:
		return c.release(w, ready)
	case kind != kindRobots: // it is taken for absent until it is old
		return c.siteMissing(w, h, kind, got, ready)
	case got.x == nil || robots.Verdict(got.x.Status, nil) == robots.Unreachable:
		return c.lost(w, h, kind, got, ready)
	}
	return c.releaseAfterRobots(w, h, ready)
}

// releaseAfterRobots keeps the delay that a robots.txt asks for from the first page on.
func (c *Crawler) releaseAfterRobots(w frontier.Work, h frontier.Host, ready time.Time) error {
	s, err := c.site(h.Origin)
	if err != nil {
		return err
	}
	asked, _ := s.robots.CrawlDelay(product)
	asked = min(asked, c.settings.Politeness.CrawlDelayMax)
	if asked <= h.Delay {
		return c.release(w, ready)
	}
	ready = ready.Add(asked - h.Delay)
	h.Delay = asked
	if err := c.note(func(b *frontier.Batch) error { return b.SetHost(h, ready) }); err != nil {
		return err
	}
	return c.release(w, ready)
}

// siteMissing stores that a file could not be had.
func (c *Crawler) siteMissing(w frontier.Work, h frontier.Host, kind string, got fetched, ready time.Time) error {
	r, why := reply{At: time.Now().UnixMilli()}, string(got.kind)
	if got.x != nil {
		r.Status, why = got.x.Status, kind
	} else {
		r.Error = fmt.Sprint(got.err)
	}
	if err := c.note(func(b *frontier.Batch) error {
		if err := c.sites.set(b, h.Origin, kind, r); err != nil {
			return err
		}
		return c.setHost(b, h, ready, why)
	}); err != nil {
		return err
	}
	return c.release(w, ready)
}

// lost makes a host wait that did not say what may be asked of it, longer each time, and
// gives it up in the end.
func (c *Crawler) lost(w frontier.Work, h frontier.Host, kind string, got fetched, ready time.Time) error {
	h.Failures = w.Host.Failures + 1
	p := &c.settings.Politeness
	switch {
	case got.x != nil || got.again:
	case got.kind == wire.KindAddress: // no waiting makes it allowed
		h.Failures = max(h.Failures, p.HostFailuresMax)
	case h.Failures >= p.AttemptsMax:
		h.Failures = max(h.Failures, p.HostFailuresMax)
	}
	c.warnOfSeed(w.Host, h, got)
	if wait := time.Now().Add(max(c.settings.Politeness.backoff(h.Failures), h.Delay)); wait.After(ready) {
		ready = wait
	}
	return c.siteMissing(w, h, kind, got, ready)
}

// warnOfSeed tells at once of the host of a seed that cannot be asked, and again when it is
// given up: else nobody would know what a crawl without pages waits for.
func (c *Crawler) warnOfSeed(was, h frontier.Host, got fetched) {
	given := h.Failures >= c.settings.Politeness.HostFailuresMax
	if was.Failures > 0 && !given || !slices.ContainsFunc(c.seeds, func(u urls.URL) bool { return u.Origin() == h.Origin }) {
		return
	}
	why := fmt.Sprint(got.err)
	if got.x != nil {
		why = fmt.Sprintf("status %d", got.x.Status)
	}
	text := "no robots.txt of a seed: its pages wait"
	if given {
		text = "no robots.txt of a seed: its host is given up"
	}
	c.options.Log.Warn(text, "host", h.Origin, "why", why)
}

// releaseBoth gives back a host and the one that a redirect led to.
func (c *Crawler) releaseBoth(w, asked frontier.Work, ready, other time.Time) error {
	if asked.Host.Origin != w.Host.Origin {
		if err := c.front.Release(asked, other, time.Now()); err != nil {
			return err
		}
	}
	return c.release(w, ready)
}
