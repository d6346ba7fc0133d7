package wire

import (
	"bytes"
	"container/list"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/corpusmill/corpusmill/internal/outbound"
)

// Transport fetches. Its fields are set before it is first used, and not changed later; it
// may then be used by several goroutines.
type Transport struct {
	// Allow says what is reached beside public addresses. The zero value: nothing. With Proxy
	// the proxy of the environment is asked, which sees to addresses on its own: what names
	// lead to is not known then, and [Exchange.Remote] has no address. It must be an http one;
	// for http URLs, one without a user, who would be in the archive.
	Allow outbound.Allow
	// UserAgent is sent with every request, whatever the request says. It must be given.
	UserAgent string
	// Limits bound each exchange.
	Limits Limits
	// Resolver resolves names; nil is the system's.
	Resolver *net.Resolver
	// Roots are the certificates that servers are verified by; nil are the system's.
	Roots *x509.CertPool

	once  sync.Once
	pool  pool
	proxy func(*url.URL) (*url.URL, error) // of Allow, but in tests
}

// Close ends the connections that are kept for later. The Transport stays usable.
func (t *Transport) Close() {
	t.once.Do(t.prepare)
	t.pool.clear()
}

func (t *Transport) prepare() {
	t.pool.hosts = map[string][]*list.Element{}
	if t.proxy == nil {
		t.proxy = t.Allow.ProxyFor
	}
	t.pool.sessions = tls.NewLRUClientSessionCache(maxSessions)
}

// Exchange sends a request, GET or HEAD, and reads its response. Of the request's lines those
// are sent that do not belong to the connection, sorted, behind Host, User-Agent and
// "Accept-Encoding: gzip". A user in the URL is not sent. The error is an [*Error].
//
// A connection is kept for the next exchange where the response allows it. If a kept one ends
// without a byte of an answer, the request is sent once more on a new one.
func (t *Transport) Exchange(ctx context.Context, r *http.Request) (*Exchange, error) {
	t.once.Do(t.prepare)
	limits := t.Limits.filled()
	to, err := newTarget(r.URL, limits.URLBytes)
	if err != nil {
		return nil, &Error{KindURL, to.url, err}
	}
	if err := t.throughProxy(r.URL, &to); err != nil {
		return nil, failed(ctx, KindConnect, to.url, err)
	}
	request, err := newRequest(r, &to, t.UserAgent, &limits)
	if err != nil {
		return nil, &Error{KindRequest, to.url, err}
	}
	begun := time.Now()
	c := t.pool.take(to.key())
	for {
		if c == nil {
			var failure *Error
			if c, failure = t.connect(ctx, &to, &limits); failure != nil {
				return nil, failure
			}
		}
		x := &Exchange{URL: to.url, Method: method(r), Request: request, Remote: c.remote, TLS: c.tls, Cipher: c.cipher,
			decodedBytes: limits.DecodedBytes}
		kind, err := t.talk(ctx, c, x, &limits, begun.Add(limits.Total))
		if err == nil {
			return x, nil
		}
		if stale := c.used && kind == KindDisconnect && x.FirstByte.IsZero() && ctx.Err() == nil; !stale {
			return nil, failed(ctx, kind, to.url, err)
		}
		c = nil
	}
}

// talk makes the exchange on a connection, and keeps or closes that.
func (t *Transport) talk(ctx context.Context, c *connection, x *Exchange, limits *Limits, until time.Time) (Kind, error) {
	stop := context.AfterFunc(ctx, func() { _ = c.Close() })
	kind, clean, err := c.exchange(x, limits, until)
	switch {
	case !stop():
		return KindCanceled, context.Cause(ctx)
	case clean:
		t.pool.put(c)
	default:
		_ = c.Close()
	}
	return kind, err
}

// exchange sends the request of x and reads its response.
func (c *connection) exchange(x *Exchange, limits *Limits, until time.Time) (kind Kind, clean bool, err error) {
	x.Started = time.Now()
	if c.buf == nil {
		c.buf = make([]byte, 0, readBytes)
	}
	in := tap{c: c, buf: c.buf, limits: limits, x: x, total: until, phase: x.Started.Add(limits.Head), max: maxHeads}
	sending := in.phase
	if until.Before(sending) {
		sending = until
	}
	if err := c.SetWriteDeadline(sending); err != nil {
		return KindDisconnect, false, err
	}
	if _, err := c.Write(x.Request); err != nil {
		return KindDisconnect, false, err
	}
	if err := in.head(); err != nil {
		kind = KindProtocol
		var over *limitError
		switch {
		case errors.As(err, &over):
			kind = KindHead
		case errors.Is(err, errNothing), errors.Is(err, errHalf), errors.As(err, new(net.Error)):
			kind = KindDisconnect
		}
		return kind, false, err
	}
	clean, err = in.body()
	x.Ended = time.Now()
	return KindProtocol, clean && keeps(x), err
}

// keeps reports whether the server keeps the connection.
func keeps(x *Exchange) bool {
	keep := x.Protocol == "http/1.1"
	for _, line := range x.Header {
		if !strings.EqualFold(line.Name, "Connection") {
			continue
		}
		for token := range strings.SplitSeq(line.Value, ",") {
			switch strings.ToLower(strings.TrimSpace(token)) {
			case "close":
				return false
			case "keep-alive":
				keep = true
			}
		}
	}
	return keep
}

// RoundTrip is Exchange in the form of [http.RoundTripper]: the body of the response is
// decoded, and the lines that say how it was coded are not among its header. A body that
// cannot be decoded gives its error when it is read.
func (t *Transport) RoundTrip(r *http.Request) (*http.Response, error) {
	x, err := t.Exchange(r.Context(), r)
	if err != nil {
		return nil, err
	}
	return x.HTTP(r), nil
}

// Tap is a Transport for one goroutine that keeps the last exchange at hand: an
// [http.RoundTripper] for a client that knows nothing of exchanges.
type Tap struct {
	// Transport fetches.
	Transport *Transport
	// Last is the last exchange, nil where it failed; Err is its error then.
	Last *Exchange
	Err  error
}

// RoundTrip is that of the Transport.
func (t *Tap) RoundTrip(r *http.Request) (*http.Response, error) {
	if t.Last, t.Err = t.Transport.Exchange(r.Context(), r); t.Err != nil {
		return nil, t.Err
	}
	return t.Last.HTTP(r), nil
}

// failing is a reader that gives an error.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// HTTP is the response as net/http has it, to the request that was made; see
// [Transport.RoundTrip].
func (x *Exchange) HTTP(r *http.Request) *http.Response {
	resp := &http.Response{StatusCode: x.Status, Proto: strings.ToUpper(x.Protocol), ProtoMajor: 1, Request: r,
		Header: make(http.Header, len(x.Header)), ContentLength: -1, Uncompressed: true}
	if x.Protocol == "http/1.1" {
		resp.ProtoMinor = 1
	}
	line, _, _ := bytes.Cut(x.Response, []byte("\n"))
	_, status, _ := bytes.Cut(bytes.TrimRight(line, "\r"), []byte(" "))
	resp.Status = string(status)
	for _, f := range x.Header {
		switch name := http.CanonicalHeaderKey(f.Name); name {
		case "Content-Encoding", "Transfer-Encoding", "Content-Length":
		default:
			resp.Header[name] = append(resp.Header[name], f.Value)
		}
	}
	body, _, err := x.Body()
	if err != nil {
		resp.Body = io.NopCloser(failing{err})
		return resp
	}
	resp.ContentLength = int64(len(body))
	resp.Header.Set("Content-Length", strconv.Itoa(len(body)))
	resp.Body = io.NopCloser(bytes.NewReader(body))
	return resp
}
