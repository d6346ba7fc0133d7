package crawl

import (
	"context"
	"maps"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/corpusmill/corpusmill/crawl/frontier"
	"github.com/corpusmill/corpusmill/crawl/wire"
)

// delayOf is how long a host is left alone after a request that took so long: at least
// what was asked for, longer where it is slow, and falling slowly where it was busy.
func (p *Politeness) delayOf(h *frontier.Host, took, asked time.Duration) time.Duration {
	d := max(p.Delay, min(time.Duration(float64(took)*p.DelayFactor), p.DelayMax))
	if easing := h.Delay - h.Delay/4; easing > d && h.Delay <= p.DelayMax {
		d = easing
	}
	return max(d, min(asked, p.CrawlDelayMax))
}

// busy is how long a host is left alone that said it has too much to do, and its delay from
// then on.
func (p *Politeness) busy(h *frontier.Host, x *wire.Exchange, now time.Time) time.Duration {
	h.Delay = min(2*max(h.Delay, p.Delay), max(p.DelayMax, h.Delay))
	wait, ok := retryAfter(x.Header.Get("Retry-After"), now)
	if !ok {
		return max(p.backoff(h.Failures), h.Delay)
	}
	return max(min(wait, p.RetryAfterMax), h.Delay)
}

// backoff is the wait after so many failures in a row.
func (p *Politeness) backoff(failures int) time.Duration {
	d := p.Backoff
	for range min(failures-1, 62) {
		if d >= p.BackoffMax/2 {
			return p.BackoffMax
		}
		d *= 2
	}
	return min(d, p.BackoffMax)
}

// retryAfter reads a number of seconds or a date (RFC 9110 section 10.2.3).
func retryAfter(v string, now time.Time) (time.Duration, bool) {
	v = strings.TrimSpace(v)
	if n, err := strconv.ParseUint(v, 10, 31); err == nil {
		return time.Duration(n) * time.Second, true
	}
	at, err := http.ParseTime(v)
	if err != nil {
		return 0, false
	}
	return max(at.Sub(now), 0), true
}

// gate spares addresses that many hosts share: each request has a time of its own there.
type gate struct {
	delay    time.Duration
	resolver *net.Resolver

	mu      sync.Mutex
	next    map[string]time.Time // by address
	granted map[string]time.Time // hosts that wait for their time
}

// gateMax is how many addresses and hosts are known at once.
const gateMax = 1 << 16

// slot is when a host may be asked as far as its address goes. A host whose time has come
// has it.
func (g *gate) slot(ctx context.Context, h *frontier.Host, hostname string, now time.Time) time.Time {
	if g.delay <= 0 {
		return now
	}
	addr := h.Address
	if addr == "" {
		addr = g.resolve(ctx, hostname)
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if at, ok := g.granted[h.Origin]; ok && !now.Before(at.Add(-time.Millisecond)) {
		delete(g.granted, h.Origin)
		return now
	}
	at := now
	if next := g.next[addr]; next.After(now) && addr != "" {
		at = next
	}
	if addr != "" {
		g.next[addr] = at.Add(g.delay)
	}
	if at.After(now) {
		g.granted[h.Origin] = at
	}
	for _, m := range []map[string]time.Time{g.next, g.granted} {
		if len(m) > gateMax {
			maps.DeleteFunc(m, func(_ string, at time.Time) bool { return at.Before(now) })
		}
	}
	return at
}

// resolve finds the address of a host that was never reached, "" if it has none.
func (g *gate) resolve(ctx context.Context, hostname string) string {
	hostname = strings.Trim(hostname, "[]")
	if literal(hostname) {
		return hostname
	}
	r := g.resolver
	if r == nil {
		r = net.DefaultResolver
	}
	ctx, cancel := context.WithTimeout(ctx, resolveTimeout)
	defer cancel()
	list, err := r.LookupNetIP(ctx, "ip", hostname)
	if err != nil || len(list) == 0 {
		return ""
	}
	return list[0].Unmap().String()
}

const resolveTimeout = 10 * time.Second
