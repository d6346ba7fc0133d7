package wire

import (
	"math"
	"time"
)

// Limits bound what one exchange may take. A field of 0 has its default.
type Limits struct {
	// URLBytes is the longest URL that is asked for. Default 8,000, which RFC 9110 wants
	// servers to take.
	URLBytes int
	// CookieBytes is the longest Cookie line that is sent. Default 4,096.
	CookieBytes int
	// HeadBytes is the size of a response's head, its empty line included, and so of an
	// interim one and of trailers. Default 64 KiB.
	HeadBytes int
	// HeadLines is the number of lines in it, the status line not counted. Default 500.
	HeadLines int
	// BodyBytes is the size of a body on the wire, chunk sizes included. What is behind is
	// not read. Default 32 MiB.
	BodyBytes int64
	// DecodedBytes is the size of a body when chunks and codings are undone. Default 64 MiB.
	DecodedBytes int64
	// Dial is the time to resolve a name and connect. Default 20 s.
	Dial time.Duration
	// Handshake is that of TLS. Default 15 s.
	Handshake time.Duration
	// Head is the time from the request to the end of the response's head. Default 30 s.
	Head time.Duration
	// Idle is the longest time without a byte in a body. Default 20 s.
	Idle time.Duration
	// Total is the time of an exchange from its start. Default 5 min.
	Total time.Duration
	// Rate is the least speed of a body in bytes per second, as a mean from its beginning,
	// once Grace has passed. Default 256.
	Rate int
	// Grace is the time that a slow body has. Default 20 s.
	Grace time.Duration
}

// filled returns the limits with defaults in place of zeros.
func (l Limits) filled() Limits {
	def(&l.URLBytes, 8000)
	def(&l.CookieBytes, 4096)
	def(&l.HeadBytes, 64<<10)
	def(&l.HeadLines, 500)
	def(&l.BodyBytes, 32<<20)
	def(&l.DecodedBytes, 64<<20)
	def(&l.Dial, 20*time.Second)
	def(&l.Handshake, 15*time.Second)
	def(&l.Head, 30*time.Second)
	def(&l.Idle, 20*time.Second)
	def(&l.Total, 5*time.Minute)
	def(&l.Rate, 256)
	def(&l.Grace, 20*time.Second)
	return l
}

func def[T ~int | ~int64](v *T, value T) {
	if *v <= 0 {
		*v = value
	}
}

const (
	maxInterim   = 8    // interim responses before the response, as readers of archives pass over
	maxChunkLine = 4096 // of the line with a chunk's size
	readBytes    = 16 << 10
	maxTrust     = 1 << 20 // bytes that room is made for on a server's word, beside what came
	maxHeads     = math.MaxInt / 4
)
