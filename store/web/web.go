// Package web reads files of web servers, the locations "https://host/folder" and
// "http://host/folder" of package store, and of data sets on the Hugging Face hub,
// "hf://datasets/ORG/NAME@REVISION/folder". It writes nothing.
//
// A request that fails in a way that may pass is tried again, fewer are under way at a
// server that says it is asked too much, and a transfer that broke goes on where it
// stopped. A file that changes while it is read is an error.
package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/corpusmill/corpusmill/internal/outbound"
	"github.com/corpusmill/corpusmill/internal/transfer"
	"github.com/corpusmill/corpusmill/store"
)

// The schemes that begin a location.
const (
	Scheme      = "https://"
	SchemePlain = "http://"
	SchemeHub   = "hf://"
)

// Defaults and bounds of [Settings].
const (
	triesDefault    = 10
	triesMax        = 100
	inFlightDefault = 16
	inFlightMax     = 256
)

const (
	readaheadBytes = 8 << 20
	requestTimeout = time.Minute // a request without a body to speak of
	stallTimeout   = time.Minute // no byte of a download in this time
	redirectsMax   = 5
)

// Settings say how to ask servers. The zero value is ready.
type Settings struct {
	// UserAgent names the program to the servers, as "corpusmill/1.0".
	UserAgent string

	// Tries is how often one request is tried before it fails, up to 100, default 10:
	// about 40 seconds of waiting, with exponential back-off.
	Tries int

	// InFlight is how many requests are under way at one server, up to 256, default 16.
	// There are fewer where it answers 429 or 503.
	InFlight int
}

// Client asks servers. The stores that it opens share what it knows of them: how many
// requests are under way at each, and which commit a branch of a data set was.
type Client struct {
	settings Settings
	mu       sync.Mutex
	servers  map[string]*server // by the scheme, host and port of their locations
}

// New returns a client. It sends nothing.
func New(s Settings) *Client {
	return &Client{settings: s, servers: map[string]*server{}}
}

// Open opens a location "https://host/folder" or "http://host/folder". It is a
// [store.Opener]. Nothing is sent before first use of the store.
func (c *Client) Open(_ context.Context, location string) (store.Store, error) {
	u, err := parse(location)
	if err != nil {
		return nil, err
	}
	return newSite(c.server(u, ""), u, u.String(), escapeWritten), nil
}

// parse reads the address of a server or of a folder on it.
func parse(location string) (*url.URL, error) {
	u, err := url.Parse(location)
	shown := store.HideUser(location)
	switch {
	case err != nil || u.Host == "" || u.Hostname() == "":
		return nil, fmt.Errorf("store: location %q is no valid address", shown)
	case u.Scheme != "http" && u.Scheme != "https":
		return nil, fmt.Errorf("store: location %q: scheme must be http or https", shown)
	case u.User != nil:
		return nil, fmt.Errorf("store: location %q holds a user or a password, which do not belong in it", shown)
	case u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return nil, fmt.Errorf("store: location %q has a query or a fragment; a folder has none", shown)
	}
	return u.JoinPath("/"), nil
}

// server is what the client knows of a server that the user named.
type server struct {
	http  *http.Client
	lanes *transfer.Lanes
	tries int
	agent string
}

// server returns the server of an address. A token is sent to it and to no other.
func (c *Client) server(u *url.URL, token string) *server {
	key := u.Scheme + "://" + u.Host + " " + token
	c.mu.Lock()
	defer c.mu.Unlock()
	s, ok := c.servers[key]
	if !ok {
		// The user named this host, wherever it is. Where it redirects to must be public.
		var t http.RoundTripper = outbound.Transport(outbound.Allow{Hosts: []string{u.Hostname()}, Proxy: true}, nil)
		if token != "" {
			t = &bearer{base: t, scheme: u.Scheme, host: u.Host, token: token}
		}
		s = &server{http: &http.Client{Transport: &transfer.Transport{Base: t}, CheckRedirect: redirect},
			lanes: transfer.NewLanes(number(c.settings.InFlight, inFlightDefault, inFlightMax)),
			tries: number(c.settings.Tries, triesDefault, triesMax), agent: c.settings.UserAgent}
		c.servers[key] = s
	}
	return s
}

// number is a setting, its default where it is not positive, at most its bound.
func number(given, byDefault, most int) int {
	if given <= 0 {
		return byDefault
	}
	return min(given, most)
}

// redirect says which redirects are followed.
func redirect(r *http.Request, via []*http.Request) error {
	last := via[len(via)-1].URL
	switch {
	case len(via) > redirectsMax:
		return transfer.Permanent("more than %d redirects", redirectsMax)
	case r.URL.Scheme != "http" && r.URL.Scheme != "https":
		return transfer.Permanent("it redirects to an address of scheme %s", r.URL.Scheme)
	case last.Scheme == "https" && r.URL.Scheme != "https":
		return transfer.Permanent("it redirects from https to plain http on %s, which is not followed", r.URL.Host)
	}
	r.Header.Del("Referer") // an address may hold a signature
	return nil
}

// bearer sends a token to one server. What redirects lead to never sees it.
type bearer struct {
	base                http.RoundTripper
	scheme, host, token string
}

// RoundTrip implements http.RoundTripper.
func (b *bearer) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Del("Authorization")
	if r.URL.Scheme == b.scheme && r.URL.Host == b.host {
		r.Header.Set("Authorization", "Bearer "+b.token)
	}
	return b.base.RoundTrip(r)
}

// request sends a request. An answer that is none of the statuses wanted is a [statusError],
// its body closed.
func (s *server) request(r *http.Request, wanted ...int) (*http.Response, error) {
	if s.agent != "" {
		r.Header.Set("User-Agent", s.agent)
	}
	resp, err := s.http.Do(r)
	if err != nil {
		return nil, err
	}
	for _, w := range wanted {
		if resp.StatusCode == w {
			return resp, nil
		}
	}
	_ = resp.Body.Close() // the answer is refused
	return nil, &statusError{status: resp.StatusCode, code: resp.Header.Get("X-Error-Code"), header: resp.Header}
}

// statusError is an answer other than what was asked for.
type statusError struct {
	status int
	code   string // of the hub
	header http.Header
}

func (e *statusError) Error() string {
	text := fmt.Sprintf("HTTP %d %s", e.status, http.StatusText(e.status))
	if e.code != "" {
		text += fmt.Sprintf(", %.64q", e.code)
	}
	return strings.TrimSpace(text)
}

// status is the status of an answer that is an error, 0 of other errors.
func status(err error) int {
	var e *statusError
	if errors.As(err, &e) {
		return e.status
	}
	return 0
}

// retryable reports whether a failed attempt may succeed later.
func retryable(err error) bool {
	if status := status(err); status != 0 {
		switch status {
		case http.StatusRequestTimeout, http.StatusTooEarly, http.StatusTooManyRequests, 499:
			return true
		case http.StatusNotImplemented, http.StatusHTTPVersionNotSupported, http.StatusInsufficientStorage:
			return false
		}
		return status >= 500
	}
	if errors.As(err, new(*outbound.RefusedError)) {
		return false
	}
	return transfer.Passing(err)
}
