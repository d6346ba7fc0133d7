package wire

import (
	"bytes"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"time"

	"github.com/corpusmill/corpusmill/format/warc"
)

// Why a body is not whole (WARC-Truncated).
const (
	// TruncatedLength is a body over [Limits.BodyBytes].
	TruncatedLength = "length"
	// TruncatedTime is a body that took too long: in total, between two bytes, or by its rate.
	TruncatedTime = "time"
	// TruncatedDisconnect is a connection that ended before the body did.
	TruncatedDisconnect = "disconnect"
)

// What else can be wrong with a decoded body.
const (
	// Damaged is a body whose chunks or coding break off or are wrong: what came before is there.
	Damaged = "damaged"
	// Inflated is a body over [Limits.DecodedBytes]: nothing of it is there.
	Inflated = "inflated"
)

// Exchange is a request and its response as they went over the connection.
type Exchange struct {
	// URL is what was asked for, without user and fragment.
	URL string
	// Method is GET or HEAD.
	Method string
	// Request is the request as it was sent.
	Request []byte
	// Interim are the interim responses (1xx) before the response, as received; nil mostly.
	Interim []byte
	// Response is the response as received: head, and the body with its chunks and codings,
	// up to where it ended or was cut.
	Response []byte
	// HeadLen is the size of its head, the empty line included.
	HeadLen int
	// Status is the code of the response, 200 to 999.
	Status int
	// Header are its lines in the order and case received, folded ones joined.
	Header warc.Header
	// Remote is the address of the server, the zero value where a proxy was asked.
	Remote netip.AddrPort
	// Protocol is "http/1.1" or "http/1.0"; TLS is "tls/1.2" or "tls/1.3" and Cipher the suite
	// as IANA names it, or both "".
	Protocol, TLS, Cipher string
	// Started is when the request was sent, FirstByte when the response began and Ended when
	// it was read.
	Started, FirstByte, Ended time.Time
	// Truncated is why the body is not whole, such as [TruncatedLength], or "".
	Truncated string

	decodedBytes int64
	once         sync.Once
	body         []byte
	flaw         string
	err          error
}

// decoders are large, and most bodies small.
var decoders = sync.Pool{New: func() any { return new(warc.Decoder) }}

// Payload is the body as received. It shares memory with Response.
func (x *Exchange) Payload() []byte { return x.Response[x.HeadLen:] }

// Body is the body with chunks and codings undone, as a reader of the archive will get it.
// flaw is what is wrong with it, "" if it is whole: a reason as in [Exchange.Truncated],
// [Damaged], or [Inflated]. The error is that of a body that cannot be decoded
// ([warc.ErrContentEncoding]) or is too large decoded ([warc.ErrBodyTooLarge]). Body may be
// called by several goroutines; what it returns may share memory with Response.
func (x *Exchange) Body() (body []byte, flaw string, err error) {
	x.once.Do(func() {
		x.flaw = x.Truncated
		d := decoders.Get().(*warc.Decoder)
		defer decoders.Put(d)
		resp, err := d.HTTP(x.Response, x.decodedBytes)
		switch {
		case errors.Is(err, warc.ErrBodyTooLarge):
			x.flaw, x.err = Inflated, err
		case err != nil:
			x.flaw, x.err = Damaged, err
		default:
			x.body = resp.Body
			if x.flaw == "" && (resp.Partial || resp.BadChecksum) {
				x.flaw = Damaged
			}
		}
	})
	return x.body, x.flaw, x.err
}

// Recorded makes an exchange again of what an archive holds of it. Times, address and
// protocol of TLS are the caller's to fill in; the slices become the exchange's.
func Recorded(url string, request, response []byte) (*Exchange, error) {
	n := emptyLine(response, 0)
	if n == 0 {
		return nil, fmt.Errorf("%s: the head of the response has no end", url)
	}
	status, _, header, err := warc.ParseHead(response[:n])
	if err != nil {
		return nil, fmt.Errorf("%s: %w", url, err)
	}
	version, _, _ := bytes.Cut(response[:n], []byte(" "))
	asked, _, _ := bytes.Cut(request, []byte(" "))
	return &Exchange{URL: url, Method: string(asked), Request: request, Response: response, HeadLen: n, Status: status,
		Header: header, Protocol: strings.ToLower(string(version))}, nil
}
