package warc

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"github.com/andybalholm/brotli"
	"github.com/corpusmill/corpusmill/internal/inflate"
	"github.com/klauspost/compress/zstd"
)

// Response is the HTTP response inside a record. The struct, Header and Body
// are valid until the next call of [Reader.Next] or [Record.HTTP]; strings
// for ever.
type Response struct {
	// Status is the HTTP code, such as 200.
	Status int
	// Reason is the text after the code, such as "OK", or "".
	Reason string
	// Header holds the HTTP header lines.
	Header Header
	// MediaType and Charset are what the Content-Type lines say, as [MediaType]
	// reads them.
	MediaType string
	Charset   string
	// Body is the body with chunks joined and content encodings undone. It may
	// share memory with the record's Block: do not change it.
	Body []byte
	// Partial tells that the message broke off or is damaged: Body holds what came
	// before.
	Partial bool
	// BadChecksum tells that the body was decoded to its end, and that a checksum or
	// size in it differs.
	BadChecksum bool
}

// scratch is what Record.HTTP reuses from record to record.
type scratch struct {
	maxBody  int
	large    func() error // nil, or asked before a body of more than largeBytes is decoded
	resp     Response
	bodies   [2][]byte // used in turn by the steps of decoding
	turn     int
	inflate  inflate.Decoder
	brotli   *brotli.Reader
	zstd     *zstd.Decoder
	zstdSrc  bytes.Reader
	brSource bytes.Reader
}

// HTTP parses the block of a response record and decodes its body: chunks are
// joined, and gzip, deflate, br and zstd undone, as transfer and as content codings.
// Interim responses (1xx) before the response are passed over. Crawls often store
// bodies already decoded and forget the header: a body that does not look like what
// its header says is taken as it is.
//
// [ErrNotHTTP] comes with a nil Response; [ErrHeader], [ErrContentEncoding] and
// [ErrBodyTooLarge] come with one that has no Body.
func (r *Record) HTTP() (*Response, error) {
	s := r.scratch
	if s == nil {
		s = &scratch{maxBody: DefaultMaxBodyBytes}
	}
	head, body, whole := splitMessage(r.Block)
	status, reason, fields, ok := statusLine(string(condense(head)))
	for n := 0; ok && n < maxInterim && status/100 == 1 && bytes.HasPrefix(body, []byte("HTTP/")); n++ {
		head, body, whole = splitMessage(body)
		status, reason, fields, ok = statusLine(string(condense(head)))
	}
	if !ok {
		return nil, ErrNotHTTP
	}
	resp := &s.resp
	*resp = Response{Status: status, Reason: reason, Partial: !whole,
		Header: parseFields(resp.Header[:0], fields)}
	resp.MediaType, resp.Charset = resp.Header.mediaType("Content-Type")
	if !whole && (len(head) > maxHeaderBytes || bytes.Count(head, []byte("\n")) > maxHeaderLines) {
		return resp, fmt.Errorf("%w: of the HTTP response, %d bytes", ErrHeader, len(head))
	}
	return resp, s.finish(resp, body)
}

// Payload returns the block of a record that is the payload itself, such as a resource,
// as a Response without Status: MediaType and Charset are those of the record's
// Content-Type, and gzip of what is said to be text is undone. The errors are those of
// [Record.HTTP] for bodies.
func (r *Record) Payload() (*Response, error) {
	s := r.scratch
	if s == nil {
		s = &scratch{maxBody: DefaultMaxBodyBytes}
	}
	resp := &s.resp
	*resp = Response{Header: resp.Header[:0]}
	resp.MediaType, resp.Charset = MediaType(r.ContentType())
	return resp, s.finish(resp, r.Block)
}

// finish decodes the body of resp, a large one at the second try: before that nobody knows
// that it is.
func (s *scratch) finish(resp *Response, body []byte) error {
	if s.large == nil || s.maxBody <= largeBytes {
		return s.finishBody(resp, body)
	}
	most := s.maxBody
	s.maxBody = min(most, max(largeBytes, len(body)))
	err := s.finishBody(resp, body)
	if s.maxBody = most; !errors.Is(err, ErrBodyTooLarge) {
		return err
	}
	if err := s.large(); err != nil {
		return err
	}
	return s.finishBody(resp, body)
}

func (s *scratch) finishBody(resp *Response, body []byte) error {
	body, flaws, err := s.decodeAll(resp.Header, body)
	if err != nil {
		return err
	}
	if isText(resp.MediaType) && isGzip(body) { // not declared
		out, some, err := s.decode("gzip", body)
		switch {
		case err == nil:
			s.keep(out)
			body, flaws = out, flaws|some
		case errors.Is(err, ErrBodyTooLarge):
			return err
		}
	}
	if len(body) > s.maxBody {
		return ErrBodyTooLarge
	}
	resp.Body = body
	resp.Partial = resp.Partial || flaws&truncated != 0
	resp.BadChecksum = flaws&badChecksum != 0
	return nil
}

// isText tells a type whose payload never begins as gzip does.
func isText(media string) bool {
	return strings.HasPrefix(media, "text/") || media == "application/xhtml+xml"
}

// isGzip tells gzip, line breaks before it included.
func isGzip(body []byte) bool { return bytes.HasPrefix(body[lineBreaks(body):], gzipMagic) }

// maxInterim is how many interim responses are passed over.
const maxInterim = 8

// splitMessage parts an HTTP message. Without an empty line all is head, or up to the
// first line that begins as markup does.
func splitMessage(b []byte) (head, body []byte, whole bool) {
	for len(b) > 0 && (b[0] == '\r' || b[0] == '\n') {
		b = b[1:]
	}
	if i := bytes.IndexAny(b[:min(len(b), maxARCLine)], "\r\n"); i >= 0 && b[i] == '\r' && i+1 < len(b) && b[i+1] != '\n' && b[i+1] != '\r' {
		if head, body, ok := bytes.Cut(b, []byte("\r\r")); ok && !bytes.Contains(head, []byte("\n")) {
			return bytes.ReplaceAll(head, []byte("\r"), []byte("\n")), body, true // lines end with CR
		}
	}
	if end, n := headerEnd(b); n > 0 {
		return b[:end], b[end+n:], true
	}
	if i := bytes.Index(b, []byte("\n<")); i > 0 {
		return b[:i], b[i+1:], true
	}
	return b, nil, false
}

// condense leaves of a head that is larger than headers may be the first part, and of
// the rest the lines that say what the body is.
func condense(head []byte) []byte {
	if len(head) <= maxHeaderBytes {
		return head
	}
	cut := bytes.LastIndexByte(head[:maxHeaderBytes], '\n') + 1
	out := bytes.Clone(head[:cut])
	for rest := head[cut:]; len(rest) > 0 && len(out) < 2*maxHeaderBytes; {
		var line []byte
		line, rest, _ = bytes.Cut(rest, []byte("\n"))
		if len(line) < 1000 && len(line) > 0 && line[0]|0x20 >= 'c' && matters(string(line)) {
			out = append(append(out, line...), '\n')
		}
	}
	return out
}

// statusLine parses "HTTP/1.1 200 OK" and returns what follows it.
func statusLine(s string) (status int, reason, rest string, ok bool) {
	if !strings.HasPrefix(s, "HTTP/") {
		return 0, "", "", false
	}
	line, rest := cutLine(s)
	_, line, _ = strings.Cut(line, " ")
	code, reason, _ := strings.Cut(strings.TrimSpace(line), " ")
	if len(code) != 3 {
		return 0, "", "", false
	}
	for _, c := range []byte(code) {
		if c < '0' || c > '9' {
			return 0, "", "", false
		}
		status = status*10 + int(c-'0')
	}
	return status, strings.TrimSpace(reason), rest, true
}

// dechunk appends the content of a chunked body (RFC 9112 section 7.1) to dst. ok is
// false if it does not begin with a chunk: then it is not chunked. partial tells that
// it broke off before the last chunk or is damaged. A chunk whose size is wrong ends
// where the next one begins; at a line that should be a size and is none the body ends.
func dechunk(dst, body []byte) (out []byte, partial, ok bool) {
	out = dst
	for first := true; len(body) > 0; first = false {
		size, n := chunkHeader(body)
		if n == 0 {
			return out, true, !first
		}
		if size == 0 {
			return out, partial, true
		}
		data := body[n:]
		if size <= len(data) {
			if breaks, fits := chunkEnd(data[size:]); fits {
				out = append(out, data[:size]...)
				body = data[size+breaks:]
				continue
			}
		}
		partial = true
		k, breaks := nextChunk(data)
		switch {
		case k >= 0:
			out = append(out, data[:k]...)
			body = data[k+breaks:]
		case size > len(data):
			return append(out, data...), true, true
		default:
			return append(out, data[:size]...), true, !first
		}
	}
	return out, true, len(out) > len(dst)
}

// allChunks tells a body that is chunks from its first byte to its last, whatever its
// header says: sizes and line breaks fit, and the last chunk ends it.
func allChunks(body []byte) bool {
	for first := true; ; first = false {
		size, n := chunkHeader(body)
		if n < 2 || body[n-2] != '\r' {
			return false
		}
		body = body[n:]
		if size == 0 {
			return !first && lineBreaks(body) == len(body)
		}
		if size+2 > len(body) || body[size] != '\r' || body[size+1] != '\n' {
			return false
		}
		body = body[size+2:]
	}
}

// chunkEnd tells whether a chunk can end before b, and the size of the line break there.
func chunkEnd(b []byte) (breaks int, ok bool) {
	switch {
	case len(b) == 0 || bytes.HasPrefix(b, []byte("\n")):
		return min(1, len(b)), true
	case b[0] == '\r':
		return min(2, len(b)), len(b) == 1 || b[1] == '\n'
	}
	size, n := chunkHeader(b) // without a line break, which must be clear
	if n == 0 || n+size > len(b) {
		return 0, false
	}
	rest := b[n+size:]
	_, n = chunkHeader(rest)
	return 0, n > 0 || len(rest) == 0 || rest[0] == '\r' || rest[0] == '\n'
}

// nextChunk looks in data for a line that can be the size of a chunk: its chunk ends
// well too, or is the last, or reaches beyond the body. It returns the place of the line break before it
// and the size of that, -1 if there is none.
func nextChunk(data []byte) (k, breaks int) {
	for i := 0; ; {
		n := bytes.IndexByte(data[i:], '\n')
		if n < 0 {
			return -1, 0
		}
		k, i = i+n, i+n+1
		size, n := chunkHeader(data[i:])
		if n == 0 {
			continue
		}
		breaks = 1
		if k > 0 && data[k-1] == '\r' {
			k, breaks = k-1, 2
		}
		if rest := data[i+n:]; size > 0 && size < len(rest) {
			if c := rest[size]; c != '\r' && c != '\n' {
				continue
			}
		} else if size > len(rest) && (breaks < 2 || data[i+n-2] != '\r') {
			continue // a number in a text, more likely
		}
		return k, breaks
	}
}

// chunkHeader reads "1a2b;ext=1\r\n" and returns the size and the length of
// the line, 0 if it is no such line.
func chunkHeader(b []byte) (size, n int) {
	end := bytes.IndexByte(b[:min(len(b), 4096)], '\n')
	if end < 0 {
		return 0, 0
	}
	line, _, _ := bytes.Cut(b[:end], []byte{';'})
	line = bytes.Trim(line, " \t\r")
	if len(line) > 2 && line[0] == '0' && line[1]|0x20 == 'x' { // as in programs
		line = line[2:]
	}
	if len(line) == 0 || len(line) > 15 {
		return 0, 0
	}
	for _, c := range line {
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			c = c | 0x20 - 'a' + 10
		default:
			return 0, 0
		}
		size = size<<4 | int(c)
	}
	return size, end + 1
}
