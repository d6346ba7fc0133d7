// Package testweb is a small web on loopback addresses that has what a crawler meets: robots
// rules of every kind, sitemaps, redirects and loops, traps, slow, failing and busy hosts,
// bombs, wrong character sets, signals of consent. It knows which of its pages a polite
// crawler fetches and which it never asks for, and remembers every request with its time and
// every byte of every answer.
//
// Its hosts are names below localhost, each on an address of its own where the system has
// more than one loopback address, all on one port:
//
//	web, err := testweb.Start(testweb.Size{})
//	defer web.Close()
//	web.Seeds()                 // where a crawl begins
//	web.Resolve(ctx, host)      // its name server
package testweb

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"
)

// Agent is the product token that the robots rules of the web name.
const Agent = "corpusmill"

// Size is how large the web is.
type Size struct {
	// Plain hosts without any rule; default 25.
	Plain int
	// Pages of each plain host; default 120.
	Pages int
}

// A Request is one that a host got.
type Request struct {
	Host   string // without .localhost and port
	Target string // path and query as they were sent
	Header http.Header
	At     time.Time // when its head was read
	Status int       // of the answer, 0 if the connection was cut before it
	// Answer is the first MiB of what was sent, byte for byte.
	Answer []byte
}

// Web is a running web.
type Web struct {
	port      int
	sites     map[string]*site
	addresses map[string]netip.Addr // of hosts
	listeners []net.Listener
	serving   sync.WaitGroup

	mu       sync.Mutex
	requests []Request
	open     map[net.Conn]bool
	closed   bool
}

// keptAnswer is how much of an answer a Request keeps.
const keptAnswer = 1 << 20

// Start serves the web on a free port of loopback addresses.
func Start(size Size) (*Web, error) {
	if size.Plain == 0 {
		size.Plain = 25
	}
	if size.Pages == 0 {
		size.Pages = 120
	}
	w := &Web{sites: map[string]*site{}, addresses: map[string]netip.Addr{}, open: map[net.Conn]bool{}}
	first, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	w.port = first.Addr().(*net.TCPAddr).Port
	w.listen(first)
	for i, s := range w.build(size) {
		w.sites[s.name] = s
		addr := netip.AddrFrom4([4]byte{127, 0, byte(1 + i/250), byte(1 + i%250)})
		l, err := net.Listen("tcp4", netip.AddrPortFrom(addr, uint16(w.port)).String())
		if err != nil { // one loopback address only
			w.addresses[s.name] = netip.AddrFrom4([4]byte{127, 0, 0, 1})
			continue
		}
		w.addresses[s.name] = addr
		if s.dead {
			l.Close()
			continue
		}
		w.listen(l)
	}
	return w, nil
}

// Close ends the web; requests under way are cut.
func (w *Web) Close() error {
	for _, l := range w.listeners {
		l.Close()
	}
	w.mu.Lock()
	w.closed = true
	for c := range w.open {
		c.Close()
	}
	w.mu.Unlock()
	w.serving.Wait()
	return nil
}

// URL is the address of a path on a host, as in URL("plain-00", "/").
func (w *Web) URL(host, target string) string {
	return fmt.Sprintf("http://%s.localhost:%d%s", host, w.port, target)
}

// Hosts are the names of the hosts, without .localhost, sorted.
func (w *Web) Hosts() []string { return slices.Sorted(maps.Keys(w.sites)) }

// Seeds are the first pages of all hosts that a crawl begins with.
func (w *Web) Seeds() []string {
	var seeds []string
	for _, name := range w.Hosts() {
		if !w.sites[name].unseeded {
			seeds = append(seeds, w.URL(name, "/"))
		}
	}
	return seeds
}

// Resolve gives the addresses of a host: what a name server would say.
func (w *Web) Resolve(_ context.Context, host string) ([]netip.Addr, error) {
	addr, ok := w.addresses[strings.TrimSuffix(strings.TrimSuffix(host, "."), ".localhost")]
	if !ok {
		return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
	}
	return []netip.Addr{addr}, nil
}

// Pages are the URLs that a polite crawler fetches, sorted: each answers with status 200
// and a page, some only when asked again.
func (w *Web) Pages() []string {
	return w.collect(func(s *site) []string { return s.wanted() })
}

// Forbidden are URLs that some page or sitemap links to and robots.txt forbids, sorted.
func (w *Web) Forbidden() []string {
	return w.collect(func(s *site) []string { return s.forbidden })
}

func (w *Web) collect(of func(*site) []string) []string {
	var urls []string
	for name, s := range w.sites {
		for _, target := range of(s) {
			urls = append(urls, w.URL(name, target))
		}
	}
	slices.Sort(urls)
	return urls
}

// Endless are the hosts whose pages never end: a crawl needs a bound there.
func (w *Web) Endless() []string {
	var hosts []string
	for _, name := range w.Hosts() {
		if w.sites[name].endless {
			hosts = append(hosts, name)
		}
	}
	return hosts
}

// Delay is what robots.txt of a host asks between requests, 0 for most.
func (w *Web) Delay(host string) time.Duration { return w.sites[host].delay }

// Signals are the signals of consent by URL, in the words of this package.
func (w *Web) Signals() map[string]string {
	all := map[string]string{}
	for name, s := range w.sites {
		for target, signal := range s.signals {
			all[w.URL(name, target)] = signal
		}
	}
	return all
}

// Requests are all requests so far, in the order of their heads.
func (w *Web) Requests() []Request {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.requests)
}

// Forget drops the requests so far.
func (w *Web) Forget() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.requests = nil
}

func (w *Web) listen(l net.Listener) {
	w.listeners = append(w.listeners, l)
	w.serving.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			w.mu.Lock()
			w.open[c] = true
			closed := w.closed
			w.mu.Unlock()
			if closed {
				c.Close()
				return
			}
			w.serving.Go(func() { w.serve(c) })
		}
	})
}

func (w *Web) serve(c net.Conn) {
	defer func() {
		w.mu.Lock()
		delete(w.open, c)
		w.mu.Unlock()
		c.Close()
	}()
	in := bufio.NewReader(c)
	for {
		r, err := http.ReadRequest(in)
		if err != nil {
			return
		}
		if r.ContentLength != 0 {
			return // nobody sends us a body
		}
		at := time.Now()
		name, _, _ := strings.Cut(r.Host, ".localhost")
		s := w.sites[name]
		if s == nil {
			s = w.at(c.LocalAddr())
		}
		if s == nil {
			_, _ = io.WriteString(c, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
			continue
		}
		a := s.answer(r)
		sent, again := a.send(c, r)
		w.mu.Lock()
		w.requests = append(w.requests, Request{Host: s.name, Target: r.RequestURI, Header: r.Header, At: at,
			Status: a.status, Answer: sent})
		w.mu.Unlock()
		if !again {
			return
		}
	}
}

// at is the host of an address, for clients that know no names.
func (w *Web) at(a net.Addr) *site {
	ap, err := netip.ParseAddrPort(a.String())
	if err != nil {
		return nil
	}
	for name, addr := range w.addresses {
		if addr == ap.Addr() && addr != netip.AddrFrom4([4]byte{127, 0, 0, 1}) {
			return w.sites[name]
		}
	}
	return nil
}

// An answer of a host.
type answer struct {
	status int
	header []string // lines, without their ends
	body   []byte
	wait   time.Duration // before the first byte
	drip   time.Duration // between tenths of the body
	cut    int           // the connection is cut behind so many bytes, 0 never
	reset  bool          // and no byte is sent at all
	// endless is sent again and again until the other side has enough, behind the head if
	// inHead is not set.
	endless []byte
	inHead  bool
}

func (a *answer) send(c net.Conn, r *http.Request) (sent []byte, again bool) {
	time.Sleep(a.wait)
	if a.reset {
		if tcp, ok := c.(*net.TCPConn); ok {
			_ = tcp.SetLinger(0)
		}
		return nil, false
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "HTTP/1.1 %d %s\r\n", a.status, http.StatusText(a.status))
	for _, line := range a.header {
		b.WriteString(line + "\r\n")
	}
	if a.endless != nil {
		return a.sendEndless(c, &b), false
	}
	if !slices.ContainsFunc(a.header, func(l string) bool { return strings.HasPrefix(l, "Transfer-Encoding") }) {
		fmt.Fprintf(&b, "Content-Length: %d\r\n", len(a.body))
	}
	b.WriteString("\r\n")
	head := b.Len()
	if r.Method != http.MethodHead && a.status != http.StatusNotModified {
		b.Write(a.body)
	}
	sent = b.Bytes()
	if a.cut > 0 && a.cut < len(sent) {
		_, _ = c.Write(sent[:a.cut])
		return sent[:a.cut], false
	}
	if a.drip > 0 {
		_, _ = c.Write(sent[:head])
		for part := range slices.Chunk(sent[head:], 1+(len(sent)-head)/10) {
			time.Sleep(a.drip)
			if _, err := c.Write(part); err != nil {
				return sent[:min(len(sent), keptAnswer)], false
			}
		}
	} else if _, err := c.Write(sent); err != nil {
		return sent[:min(len(sent), keptAnswer)], false
	}
	return slices.Clone(sent[:min(len(sent), keptAnswer)]), !r.Close
}

// endlessMax ends what the other side does not end.
const endlessMax = 4 << 30

func (a *answer) sendEndless(c net.Conn, b *bytes.Buffer) []byte {
	if !a.inHead {
		b.WriteString("\r\n")
		b.Write(a.body)
	}
	if _, err := c.Write(b.Bytes()); err != nil {
		return b.Bytes()
	}
	for n := 0; n < endlessMax; n += len(a.endless) {
		if _, err := c.Write(a.endless); err != nil {
			break
		}
	}
	return b.Bytes()
}
