package crawl

import (
	"testing"
	"time"

	"github.com/corpusmill/corpusmill/config"
	"github.com/corpusmill/corpusmill/crawl/frontier"
	"github.com/corpusmill/corpusmill/crawl/wire"
	"github.com/corpusmill/corpusmill/format/warc"
)

var noon = time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)

// TestRetryAfter has both forms of the line, and what is none.
func TestRetryAfter(t *testing.T) {
	for v, want := range map[string]time.Duration{
		"0": 0, "120": 2 * time.Minute, " 7 ": 7 * time.Second, "Sun, 29 Nov 2026 12:00:30 GMT": 30 * time.Second, "Sun, 29 Nov 2026 11:00:00 GMT": 0,
		"": -1, "-1": -1, "1.5": -1, "soon": -1, "99999999999": -1,
	} {
		got, ok := retryAfter(v, noon)
		if !ok {
			got = -1
		}
		if got != want {
			t.Errorf("%q: %v, want %v", v, got, want)
		}
	}
}

// TestDelays follows the delay of a host that is slow, busy and quick again, and each cap.
func TestDelays(t *testing.T) {
	p := config.Defaults[Settings]().Politeness
	busy := func(after string) *wire.Exchange {
		return &wire.Exchange{Status: 429, Header: warc.Header{{Name: "retry-after", Value: after}}}
	}
	var h frontier.Host
	for _, c := range []struct {
		took, asked, want time.Duration
	}{
		{0, 0, time.Second}, {400 * time.Millisecond, 0, time.Second}, {3 * time.Second, 0, 6 * time.Second}, {time.Hour, 0, time.Minute},
		{0, 0, 45 * time.Second}, // it eases by a quarter
		{0, 50 * time.Second, 50 * time.Second}, {0, time.Hour, 2 * time.Minute}, {0, 0, time.Second},
	} {
		if h.Delay = p.delayOf(&h, c.took, c.asked); h.Delay != c.want {
			t.Errorf("%v, asked %v: %v, want %v", c.took, c.asked, h.Delay, c.want)
		}
	}
	h.Failures = 1
	if got := p.busy(&h, busy("30"), noon); got != 30*time.Second || h.Delay != 2*time.Second {
		t.Errorf("Retry-After 30: %v, delay %v", got, h.Delay)
	}
	if got := p.busy(&h, busy("1000000"), noon); got != time.Hour || h.Delay != 4*time.Second {
		t.Errorf("Retry-After has a cap: %v, delay %v", got, h.Delay)
	}
	if got := p.busy(&h, busy("0"), noon); got != 8*time.Second {
		t.Errorf("Retry-After 0 is at least the delay: %v", got)
	}
	h.Failures = 3
	if got := p.busy(&h, busy("soon"), noon); got != 20*time.Second {
		t.Errorf("without a time it backs off: %v", got)
	}
	for failures, want := range map[int]time.Duration{1: 5 * time.Second, 2: 10 * time.Second, 8: 640 * time.Second, 9: 15 * time.Minute, 1000: 15 * time.Minute} {
		if got := p.backoff(failures); got != want {
			t.Errorf("%d failures: %v, want %v", failures, got, want)
		}
	}
}

// TestGate: hosts of one address have their times one after the other, and each has the
// time that it was given.
func TestGate(t *testing.T) {
	g := gate{delay: time.Second, next: map[string]time.Time{}, granted: map[string]time.Time{}}
	host := func(origin, address string) *frontier.Host { return &frontier.Host{Origin: origin, Address: address} }
	a, b, other := host("http://a.example", "192.0.2.1"), host("http://b.example", "192.0.2.1"), host("http://c.example", "192.0.2.2")
	if at := g.slot(t.Context(), a, "a.example", noon); !at.Equal(noon) {
		t.Errorf("the first waits until %v", at)
	}
	if at := g.slot(t.Context(), b, "b.example", noon); !at.Equal(noon.Add(time.Second)) {
		t.Errorf("the second has %v", at)
	}
	if at := g.slot(t.Context(), other, "c.example", noon); !at.Equal(noon) {
		t.Errorf("another address waits until %v", at)
	}
	if at := g.slot(t.Context(), b, "b.example", noon.Add(time.Second)); !at.Equal(noon.Add(time.Second)) {
		t.Errorf("the second's time has come, and it waits until %v", at)
	}
	if at := g.slot(t.Context(), a, "a.example", noon.Add(time.Second)); !at.Equal(noon.Add(2 * time.Second)) {
		t.Errorf("the first has %v next", at)
	}
	if at := g.slot(t.Context(), host("http://192.0.2.1:81", ""), "192.0.2.1", noon.Add(time.Second)); !at.Equal(noon.Add(3 * time.Second)) {
		t.Errorf("a host that is an address has %v", at)
	}
}
