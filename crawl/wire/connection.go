package wire

import (
	"container/list"
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"sync"
	"time"

	"github.com/corpusmill/corpusmill/internal/outbound"
)

// connection is one to a server; one exchange at a time uses it.
type connection struct {
	net.Conn          // what is spoken over
	raw      net.Conn // below TLS
	key      string
	remote   netip.AddrPort
	tls      string // such as "tls/1.3", "" without
	cipher   string
	used     bool   // it has served an exchange
	buf      []byte // what is read goes here while it fits
	since    time.Time
}

// Close ends the connection at once, without TLS's farewell.
func (c *connection) Close() error { return c.raw.Close() }

// connect makes a connection to the target.
func (t *Transport) connect(ctx context.Context, to *target, limits *Limits) (*connection, *Error) {
	dialing, cancel := context.WithTimeout(ctx, limits.Dial)
	defer cancel()
	allow, address := t.Allow, to.address()
	if to.proxy != nil {
		allow, address = outbound.Allow{Hosts: []string{to.proxy.Hostname()}}, proxyAddress(to.proxy)
	}
	raw, err := allow.Dial(dialing, t.Resolver, "tcp", address)
	if err == nil && to.proxy != nil && to.secure {
		err = t.tunnel(dialing, raw, to)
	}
	if err != nil {
		return nil, failed(ctx, KindConnect, to.url, err)
	}
	c := &connection{Conn: raw, raw: raw, key: to.key()}
	if to.proxy != nil { // its address is not the server's
		c.remote = netip.AddrPort{}
	} else if at, ok := raw.RemoteAddr().(*net.TCPAddr); ok {
		c.remote = at.AddrPort()
		c.remote = netip.AddrPortFrom(c.remote.Addr().Unmap(), c.remote.Port())
	}
	if !to.secure {
		return c, nil
	}
	shaking, cancel := context.WithTimeout(ctx, limits.Handshake)
	defer cancel()
	secure := tls.Client(raw, &tls.Config{ServerName: to.host, RootCAs: t.Roots, MinVersion: tls.VersionTLS12,
		NextProtos: []string{"http/1.1"}, ClientSessionCache: t.pool.sessions})
	if err := secure.HandshakeContext(shaking); err != nil {
		_ = raw.Close()
		return nil, failed(ctx, KindTLS, to.url, err)
	}
	state := secure.ConnectionState()
	if p := state.NegotiatedProtocol; p != "" && p != "http/1.1" {
		_ = raw.Close()
		return nil, &Error{KindTLS, to.url, fmt.Errorf("the server wants to speak %q", p)}
	}
	c.Conn = secure
	c.tls = strings.ToLower(strings.Replace(tls.VersionName(state.Version), " ", "/", 1)) // TLS 1.3
	c.cipher = tls.CipherSuiteName(state.CipherSuite)
	return c, nil
}

const (
	maxIdle        = 256 // kept connections of all hosts; the oldest go first
	maxIdlePerHost = 2
	idleTime       = 30 * time.Second // that a connection is kept without an exchange
	maxSessions    = 1024             // of TLS, to be taken up again
)

// pool keeps connections between exchanges. Those that are too old are closed when the pool
// is next used.
type pool struct {
	sessions tls.ClientSessionCache

	mu    sync.Mutex
	idle  list.List                  // of *connection, the oldest first
	hosts map[string][]*list.Element // the newest last
}

// take returns a kept connection on which nothing has come since, or nil.
func (p *pool) take(key string) *connection {
	for {
		c := p.newest(key)
		if c == nil || quiet(c.raw) {
			return c
		}
		_ = c.Close() // the server has closed it, or has sent what nobody asked for
	}
}

func (p *pool) newest(key string) *connection {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.expire()
	of := p.hosts[key]
	if len(of) == 0 {
		return nil
	}
	return p.remove(of[len(of)-1])
}

// put keeps a connection for a while.
func (p *pool) put(c *connection) {
	c.used, c.since = true, time.Now()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.expire()
	if of := p.hosts[c.key]; len(of) >= maxIdlePerHost {
		_ = p.remove(of[0]).Close()
	}
	if p.idle.Len() >= maxIdle {
		_ = p.remove(p.idle.Front()).Close()
	}
	p.hosts[c.key] = append(p.hosts[c.key], p.idle.PushBack(c))
}

// expire closes what has been kept for too long.
func (p *pool) expire() {
	for e := p.idle.Front(); e != nil && time.Since(e.Value.(*connection).since) > idleTime; e = p.idle.Front() {
		_ = p.remove(e).Close()
	}
}

func (p *pool) remove(e *list.Element) *connection {
	c := p.idle.Remove(e).(*connection)
	of := p.hosts[c.key]
	for i := range of {
		if of[i] == e {
			of = append(of[:i], of[i+1:]...)
			break
		}
	}
	if p.hosts[c.key] = of; len(of) == 0 {
		delete(p.hosts, c.key)
	}
	return c
}

// clear closes all that is kept.
func (p *pool) clear() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for p.idle.Len() > 0 {
		_ = p.remove(p.idle.Front()).Close()
	}
}
