package wire

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"

	"github.com/corpusmill/corpusmill/internal/outbound"
)

// Kind tells why there is no response.
type Kind string

// The kinds of an [Error].
const (
	// KindURL is a URL that is not asked for: its scheme, its host's form, its port, its length.
	KindURL Kind = "url"
	// KindRequest is a request that is not sent: its method or its header lines.
	KindRequest Kind = "request"
	// KindAddress is a host that leads to an address that is not allowed.
	KindAddress Kind = "address"
	// KindResolve is a name without an address.
	KindResolve Kind = "resolve"
	// KindConnect is a host that takes no connection.
	KindConnect Kind = "connect"
	// KindTLS is a failed handshake, a wrong certificate among them.
	KindTLS Kind = "tls"
	// KindTimeout is a response whose head did not come in time.
	KindTimeout Kind = "timeout"
	// KindDisconnect is a connection that ended before the head of the response did.
	KindDisconnect Kind = "disconnect"
	// KindHead is a head over a limit.
	KindHead Kind = "head"
	// KindProtocol is an answer that is not HTTP/1.
	KindProtocol Kind = "protocol"
	// KindCanceled is the end of the caller's context.
	KindCanceled Kind = "canceled"
)

// Error says why there is no response.
type Error struct {
	// Kind is what went wrong.
	Kind Kind
	// URL is the URL without what it has of a user.
	URL string
	// Err is the cause; of KindAddress an [outbound.RefusedError].
	Err error
}

// Error names the URL and the cause.
func (e *Error) Error() string { return fmt.Sprintf("%s: %v", e.URL, e.Err) }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Temporary reports whether the same request may have a response later: not where the
// request itself is at fault.
func (e *Error) Temporary() bool {
	switch e.Kind {
	case KindResolve:
		var dns *net.DNSError
		return !errors.As(e.Err, &dns) || !dns.IsNotFound
	case KindConnect, KindTimeout, KindDisconnect:
		return true
	}
	return false
}

// failed makes the error of an exchange; kind is that of causes that have none of their own.
func failed(ctx context.Context, kind Kind, url string, err error) *Error {
	var dns *net.DNSError
	switch {
	case errors.As(err, new(*outbound.RefusedError)):
		kind = KindAddress
	case ctx.Err() != nil:
		kind, err = KindCanceled, context.Cause(ctx)
	case errors.As(err, &dns) && kind == KindConnect:
		kind = KindResolve
	case errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, context.DeadlineExceeded):
		kind = KindTimeout
	}
	return &Error{Kind: kind, URL: url, Err: err}
}
