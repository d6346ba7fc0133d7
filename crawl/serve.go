package crawl

import (
	"context"
	"time"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/crawl/archive"
	"github.com/corpusmill/corpusmill/crawl/consent"
	"github.com/corpusmill/corpusmill/crawl/frontier"
	"github.com/corpusmill/corpusmill/crawl/urls"
	"github.com/corpusmill/corpusmill/crawl/wire"
	"github.com/corpusmill/corpusmill/format/warc"
)

// serve does what a host needs next: one of its files, or an address. It gives the host
// back.
func (c *Crawler) serve(ctx context.Context, f *fetcher, w frontier.Work) error {
	s, err := c.site(w.Host.Origin)
	if err != nil {
		return err
	}
	now := time.Now()
	u := w.Entry.URL
	need := s.needs(c.settings.WellKnown, c.settings.Politeness.RobotsAge, now)
	var signals consent.Signals
	if need == "" {
		if spent, err := c.spent(w); spent || err != nil {
			return err
		}
		var v corpus.Verdict
		if signals, v = c.permission(s, w.Entry); v.Rule != "" {
			return c.refuse(w, v)
		}
	}
	if at := c.gate.slot(ctx, &w.Host, u.Hostname(), now); at.After(now) {
		return c.release(w, at)
	}
	if need != "" {
		return c.askSite(ctx, f, w, need)
	}
	return c.askPage(ctx, f, w, s, signals)
}

// spent ends a host that has brought as much as it may.
func (c *Crawler) spent(w frontier.Work) (bool, error) {
	stop, h := &c.settings.Stop, w.Host
	switch {
	case stop.HostPages > 0 && h.Fetched >= uint64(stop.HostPages):
		h.GivenUp = "host_pages"
	case stop.HostBytes > 0 && h.Bytes >= uint64(stop.HostBytes):
		h.GivenUp = "host_bytes"
	default:
		return false, nil
	}
	if err := c.note(func(b *frontier.Batch) error { return c.giveUp(b, h) }); err != nil {
		return true, err
	}
	return true, c.release(w, time.Time{})
}

// note commits changes that no page stands for.
func (c *Crawler) note(change func(b *frontier.Batch) error) error {
	return c.update(c.log.position(c.archive, nil), change)
}

// giveUp stores a host that is not asked any more.
func (c *Crawler) giveUp(b *frontier.Batch, h frontier.Host) error {
	now, err := b.Host(h.Origin)
	if err != nil {
		return err
	}
	c.tally.GivenUp[h.GivenUp]++
	c.tally.Dropped += int64(now.Queued)
	return b.SetHost(h, time.Time{})
}

// robotsRule is the rule of a verdict that robots.txt gives our own token.
const robotsRule = "robots"

// permission asks what the files of a site say of an address, before it is asked for.
func (c *Crawler) permission(s *site, e frontier.Entry) (consent.Signals, corpus.Verdict) {
	var signals consent.Signals
	url := e.URL.String()
	if ok, why := s.robots.Allowed(c.agents[:1], url); !ok {
		return signals, corpus.Verdict{Rule: robotsRule, Detail: why.String()}
	}
	signals.AddRobots(s.robots, c.agents, url)
	signals.AddTDMRep(s.tdmrep, url)
	if s.aiTxt != nil {
		signals.AddAITxt(s.aiTxt, c.agents, url)
	}
	if e.Kind != frontier.Page || len(signals.List) == 0 {
		return signals, corpus.Verdict{}
	}
	return signals, c.policy.Decide(signals.Meaning(time.Time{}))
}

// refuse settles an address that may not be asked for.
func (c *Crawler) refuse(w frontier.Work, v corpus.Verdict) error {
	if err := c.note(func(b *frontier.Batch) error {
		if _, err := b.Settle(w.Entry, frontier.Refused); err != nil {
			return err
		}
		if v.Rule == robotsRule {
			c.tally.Forbidden++
		} else {
			c.tally.Consent[v.Rule]++
		}
		return nil
	}); err != nil {
		return err
	}
	return c.release(w, time.Time{})
}

// askPage asks for an address and settles what comes.
func (c *Crawler) askPage(ctx context.Context, f *fetcher, w frontier.Work, s *site, signals consent.Signals) error {
	before, err := c.capture(w.Entry.URL)
	if err != nil {
		return err
	}
	got := f.get(w.Entry.URL, before.conditions())
	if got.kind == wire.KindCanceled || ctx.Err() != nil && got.x == nil {
		return c.release(w, time.Time{})
	}
	delay, _ := s.robots.CrawlDelay(product)
	h := w.Host
	ready := c.treat(&h, got, delay)
	if !c.final(w.Entry, got) {
		return c.retry(w, h, got, ready)
	}
	if got.x == nil {
		return c.fail(w, h, got, ready)
	}
	p := page{entry: w.Entry, kind: kindPage, x: got.x, before: before, signals: signals}
	if w.Entry.Kind == frontier.Sitemap {
		p.kind = kindSitemap
	}
	p.look(c, f.linker)
	h.Fetched++
	if err := c.keep(&p, func(b *frontier.Batch) error {
		c.tally.Requests++
		return b.SetHost(h, ready)
	}); err != nil {
		return err
	}
	return c.release(w, ready)
}

// keep appends a page to the archive and absorbs it, with what else has to be noted.
func (c *Crawler) keep(p *page, more func(b *frontier.Batch) error) error {
	record := archive.Page{Exchange: p.x, Metadata: p.metadata(), Revisit: p.revisit()}
	change := func(b *frontier.Batch) error {
		if err := more(b); err != nil {
			return err
		}
		return c.absorb(b, p)
	}
	var err error
	if p.kind != kindPage {
		if p.at, err = c.siteFiles.Append(record); err != nil {
			return err
		}
		return c.note(change)
	}
	t := c.log.begin(c.archive)
	defer c.log.end(t)
	if p.at, err = c.archive.Append(record); err != nil {
		return err
	}
	p.same = record.Revisit != nil && record.Revisit.Profile == archive.ProfileIdentical
	return c.update(c.log.position(c.archive, t), change)
}

// treat counts what a host did, and says when it may be asked again.
func (c *Crawler) treat(h *frontier.Host, got fetched, crawlDelay time.Duration) time.Time {
	p := &c.settings.Politeness
	now := time.Now()
	if got.x == nil {
		h.Failed++
		h.Failures++
		if got.kind == wire.KindURL || got.kind == wire.KindRequest { // nothing was sent
			h.Failures--
			return now
		}
		return now.Add(max(p.backoff(h.Failures), h.Delay, p.Delay))
	}
	h.Bytes += uint64(len(got.x.Response))
	h.Address = got.x.Remote.Addr().String()
	switch {
	case got.x.Status == 429 || got.x.Status == 503:
		h.Failures++
		return now.Add(p.busy(h, got.x, now))
	case got.x.Truncated == wire.TruncatedDisconnect:
		h.Failures++
		return now.Add(max(p.backoff(h.Failures), h.Delay, p.Delay))
	}
	h.Failures = 0
	h.Delay = p.delayOf(h, got.took, crawlDelay)
	return now.Add(h.Delay)
}

// final reports whether what came is what is kept: the last attempt always is.
func (c *Crawler) final(e frontier.Entry, got fetched) bool {
	if e.Attempts+1 >= c.settings.Politeness.AttemptsMax {
		return true
	}
	if got.x == nil {
		return !got.again
	}
	return got.x.Status != 408 && got.x.Status != 425 && got.x.Status != 429 && (got.x.Status < 500 || got.x.Status == 501 || got.x.Status == 505) &&
		got.x.Truncated != wire.TruncatedDisconnect
}

// latePriority is that of addresses which are asked for again: behind all others.
const latePriority = 200

// retry queues an address again.
func (c *Crawler) retry(w frontier.Work, h frontier.Host, got fetched, ready time.Time) error {
	e := w.Entry
	e.Attempts++
	e.Priority = latePriority
	if got.x != nil && got.x.Status >= 500 && got.x.Status != 503 {
		e.NotBefore = time.Now().Add(c.settings.Politeness.backoff(e.Attempts))
	}
	if err := c.note(func(b *frontier.Batch) error {
		c.tally.Requests++
		c.tally.Retries++
		if got.x != nil {
			c.tally.Bytes += int64(len(got.x.Response))
		}
		if err := b.Again(e); err != nil {
			return err
		}
		return c.setHost(b, h, ready, failureOf(got))
	}); err != nil {
		return err
	}
	return c.release(w, ready)
}

// fail settles an address that brings nothing.
func (c *Crawler) fail(w frontier.Work, h frontier.Host, got fetched, ready time.Time) error {
	if err := c.note(func(b *frontier.Batch) error {
		c.tally.Requests++
		c.tally.Errors[string(got.kind)]++
		if _, err := b.Settle(w.Entry, frontier.Failed); err != nil {
			return err
		}
		return c.setHost(b, h, ready, failureOf(got))
	}); err != nil {
		return err
	}
	return c.release(w, ready)
}

// failureOf names what a host did not do.
func failureOf(got fetched) string {
	switch {
	case got.x == nil:
		return string(got.kind)
	case got.x.Status == 429 || got.x.Status == 503:
		return "busy"
	}
	return string(wire.KindDisconnect)
}

// setHost stores a host, and gives it up where it failed too often in a row.
func (c *Crawler) setHost(b *frontier.Batch, h frontier.Host, ready time.Time, why string) error {
	if h.Failures < c.settings.Politeness.HostFailuresMax {
		return b.SetHost(h, ready)
	}
	h.GivenUp = why
	return c.giveUp(b, h)
}

// conditions are the header lines that ask for a page only if it changed.
func (k captured) conditions() (list []warc.Field) {
	if k.ETag != "" {
		list = append(list, warc.Field{Name: "If-None-Match", Value: k.ETag})
	}
	if k.Modified != "" {
		list = append(list, warc.Field{Name: "If-Modified-Since", Value: k.Modified})
	}
	return list
}

// skips gives "" or why an address is not queued, before the frontier is asked.
func (c *Crawler) skips(u urls.URL) string {
	if why := c.bounds.Contains(u); why != "" {
		return why
	}
	if c.endings[endingOf(u.Path())] {
		return ending
	}
	return c.settings.Traps.Check(u)
}
