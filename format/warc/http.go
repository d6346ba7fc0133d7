package warc

import (
	"bytes"
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
	// Partial tells that the message broke off: Body holds what there was.
	Partial bool
}

// scratch is what Record.HTTP reuses from record to record.
type scratch struct {
	maxBody  int
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
// joined, and gzip, deflate, br and zstd undone. Crawls often store bodies
// already decoded and forget the header: a body that does not look like what
// its header says is taken as it is, likewise one with a wrong first chunk.
//
// [ErrNotHTTP] comes with a nil Response; [ErrContentEncoding] and
// [ErrBodyTooLarge] come with one that has no Body.
func (r *Record) HTTP() (*Response, error) {
	s := r.scratch
	if s == nil {
		s = &scratch{maxBody: DefaultMaxBodyBytes}
	}
	head, body, whole := splitMessage(r.Block)
	status, reason, fields, ok := statusLine(string(head))
	if !ok {
		return nil, ErrNotHTTP
	}
	resp := &s.resp
	*resp = Response{Status: status, Reason: reason, Partial: !whole,
		Header: parseFields(resp.Header[:0], fields)}
	resp.MediaType, resp.Charset = resp.Header.mediaType("Content-Type")
	for _, f := range resp.Header {
		if strings.EqualFold(f.Name, "Transfer-Encoding") && containsToken(f.Value, "chunked") {
			out, partial, ok := dechunk(s.buffer(), body)
			if ok {
				s.keep(out)
				body = out
				resp.Partial = resp.Partial || partial
			}
			break
		}
	}
	body, partial, err := s.decodeAll(resp.Header, body)
	if err != nil {
		return resp, err
	}
	if len(body) > s.maxBody {
		return resp, ErrBodyTooLarge
	}
	resp.Body, resp.Partial = body, resp.Partial || partial
	return resp, nil
}

// splitMessage parts an HTTP message. Without an empty line all is head.
func splitMessage(b []byte) (head, body []byte, whole bool) {
	end, n := headerEnd(b[:min(len(b), maxHeaderBytes)])
	if n <= 0 {
		return b[:min(len(b), maxHeaderBytes)], nil, false
	}
	return b[:end], b[end+n:], true
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

// containsToken looks for token in a comma-separated list, without case.
func containsToken(list, token string) bool {
	for list != "" {
		var item string
		item, list, _ = strings.Cut(list, ",")
		if strings.EqualFold(strings.TrimSpace(item), token) {
			return true
		}
	}
	return false
}

// dechunk appends the content of a chunked body (RFC 9112 section 7.1) to dst.
// ok is false if it has a chunk header that is none: then it is not chunked.
// partial tells that it broke off before the last chunk.
func dechunk(dst, body []byte) (out []byte, partial, ok bool) {
	out = dst
	for len(body) > 0 {
		size, n := chunkHeader(body)
		if n == 0 {
			return out, true, len(out) > len(dst) && bytes.IndexByte(body, '\n') < 0
		}
		body = body[n:]
		if size == 0 {
			return out, false, true
		}
		if size > len(body) {
			return append(out, body...), true, true
		}
		out = append(out, body[:size]...)
		body = body[size:]
		if len(body) > 0 && body[0] == '\r' {
			body = body[1:]
		}
		if len(body) > 0 && body[0] == '\n' {
			body = body[1:]
		}
	}
	return out, true, len(out) > len(dst)
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
