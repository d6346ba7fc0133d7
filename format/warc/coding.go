package warc

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/andybalholm/brotli"
	"github.com/corpusmill/corpusmill/internal/inflate"
	"github.com/klauspost/compress/zstd"
)

const (
	maxCodings     = 4       // content encodings of one body
	maxBodyMembers = 1000    // gzip members of one body
	maxBodyWindow  = 8 << 20 // zstd window that RFC 9659 allows
)

// buffer returns an empty buffer that the step before does not use.
func (s *scratch) buffer() []byte { return s.bodies[s.turn][:0] }

// keep remembers a buffer after use and passes the turn to the other one.
func (s *scratch) keep(b []byte) {
	s.bodies[s.turn] = b
	s.turn = 1 - s.turn
}

// flaws are what is wrong with a body that was decoded all the same.
type flaws uint8

const (
	truncated   flaws = 1 << iota // it broke off or is damaged: the rest is lost
	badChecksum                   // it was decoded to its end, and a checksum or size differs
)

// decodeAll undoes the transfer codings, then the content codings, each last first.
func (s *scratch) decodeAll(h Header, body []byte) (out []byte, all flaws, err error) {
	var list [2 * maxCodings]string
	content, ok := h.codings(list[:0:maxCodings], "Content-Encoding")
	transfer, okToo := h.codings(list[maxCodings:maxCodings], "Transfer-Encoding")
	if !ok || !okToo {
		return nil, 0, fmt.Errorf("%w: over %d codings", ErrContentEncoding, maxCodings)
	}
	chunked := false
	if !slices.Contains(transfer, "chunked") && allChunks(body) { // the line was dropped
		transfer = append(transfer, "chunked")
	}
	for _, codings := range [...][]string{transfer, content} {
		for i := len(codings) - 1; i >= 0 && len(body) > 0; i-- {
			var some flaws
			if codings[i] == "chunked" {
				if chunked {
					continue
				}
				chunked = true
				out, some, err = s.joined(body)
			} else {
				out, some, err = s.decode(codings[i], body)
			}
			switch {
			case errors.Is(err, errPlain):
				continue
			case errors.Is(err, ErrBodyTooLarge):
				return nil, 0, err
			case err != nil:
				return nil, 0, fmt.Errorf("%w: %s: %w", ErrContentEncoding, codings[i], err)
			}
			s.keep(out)
			body, all = out, all|some
		}
	}
	return body, all, nil
}

// codings appends the members of the lists in the lines of that name; false if dst has
// no room for them.
func (h Header) codings(dst []string, name string) ([]string, bool) {
	for i := range h {
		if len(h[i].Name) != len(name) || !strings.EqualFold(h[i].Name, name) {
			continue
		}
		for list := h[i].Value; list != ""; {
			var c string
			c, list, _ = strings.Cut(list, ",")
			c, _, _ = strings.Cut(c, ";")
			if c = strings.ToLower(strings.Trim(c, " \t\"'")); c == "" || c == "identity" {
				continue
			}
			if len(dst) == cap(dst) {
				return dst, false
			}
			dst = append(dst, c)
		}
	}
	return dst, true
}

// errPlain says that a body is not encoded, whatever its header says.
var errPlain = errors.New("not encoded")

// joined undoes "chunked".
func (s *scratch) joined(body []byte) (out []byte, f flaws, err error) {
	out, partial, ok := dechunk(s.buffer(), body)
	if !ok {
		return nil, 0, errPlain
	}
	if partial {
		f = truncated
	}
	return out, f, nil
}

// decode undoes one other coding.
func (s *scratch) decode(coding string, body []byte) (out []byte, f flaws, err error) {
	switch coding {
	case "gzip", "x-gzip", "deflate", "x-deflate":
		if isGzip(body) {
			return s.gunzip(body[lineBreaks(body):])
		}
		switch { // servers mix them up
		case coding == "deflate", coding == "x-deflate", inflate.IsZlib(body):
			return s.deflated(body)
		}
	case "br":
		s.brSource.Reset(body)
		if s.brotli == nil {
			s.brotli = brotli.NewReader(&s.brSource)
		} else if err := s.brotli.Reset(&s.brSource); err != nil {
			return nil, 0, err
		}
		return s.readAll(s.brotli, body)
	case "zstd":
		if !bytes.HasPrefix(body, zstdMagic) && !isSkippable(body) {
			return nil, 0, errPlain
		}
		s.zstdSrc.Reset(body)
		if s.zstd == nil {
			s.zstd, err = zstd.NewReader(&s.zstdSrc, zstd.WithDecoderConcurrency(1),
				zstd.WithDecoderMaxWindow(maxBodyWindow), zstd.IgnoreChecksum(true))
		} else {
			err = s.zstd.Reset(&s.zstdSrc)
		}
		if err != nil {
			return nil, 0, err
		}
		return s.readAll(s.zstd, body)
	}
	return nil, 0, errPlain // "none", "utf-8" and other inventions
}

func (s *scratch) gunzip(body []byte) (out []byte, f flaws, err error) {
	out = s.buffer()
	for n := 0; n < maxBodyMembers && bytes.HasPrefix(body, gzipMagic); n++ {
		var used int
		out, used, err = s.inflate.Member(out, body, s.maxBody-len(out))
		some, err := verdict(len(out), err)
		if f |= some; err != nil || some&truncated != 0 {
			return out, f, err
		}
		body = body[used:]
	}
	return out, f, nil
}

// deflated undoes "deflate", which means zlib, but for many servers raw deflate. Of
// damaged ones that is taken which gives more.
func (s *scratch) deflated(body []byte) (out []byte, f flaws, err error) {
	zlib := -1
	if inflate.IsZlib(body) {
		out, _, err = s.inflate.Zlib(s.buffer(), body, s.maxBody)
		if !errors.As(err, new(*inflate.CorruptError)) {
			f, err = verdict(len(out), err)
			return out, f, err
		}
		zlib = len(out)
		s.bodies[s.turn] = out
	}
	out, _, err = s.inflate.Raw(s.buffer(), body, s.maxBody)
	corrupt := errors.As(err, new(*inflate.CorruptError))
	switch {
	case err != nil && looksText(body):
		return nil, 0, errPlain
	case corrupt && zlib > 0 && zlib >= len(out):
		out, _, err = s.inflate.Zlib(out[:0], body, s.maxBody)
	case corrupt && !looksText(out): // chance data decodes for a while
		return nil, 0, err
	}
	f, err = verdict(len(out), err)
	return out, f, err
}

// verdict turns the errors of package inflate behind n bytes of output into flaws, or
// those of this package. A damaged stream gives what came before the damage, as it
// does in browsers, which look at no checksum.
func verdict(n int, err error) (flaws, error) {
	switch {
	case err == nil:
		return 0, nil
	case errors.Is(err, inflate.ErrTooLarge):
		return 0, ErrBodyTooLarge
	case errors.Is(err, inflate.ErrChecksum):
		return badChecksum, nil
	case errors.Is(err, inflate.ErrTruncated), n > 0:
		return truncated, nil
	}
	return 0, err
}

// readAll reads a streaming decompressor to its end or the limit.
func (s *scratch) readAll(r io.Reader, body []byte) (out []byte, f flaws, err error) {
	out = s.buffer()
	for empty := 0; ; {
		if cap(out)-len(out) < 4096 {
			grown := make([]byte, len(out), max(64<<10, 2*cap(out)))
			copy(grown, out)
			out = grown
		}
		n, err := r.Read(out[len(out):cap(out)])
		out = out[:len(out)+n]
		switch {
		case len(out) > s.maxBody:
			return nil, 0, ErrBodyTooLarge
		case err == io.EOF:
			return out, 0, nil
		case err != nil && looksText(body):
			return nil, 0, errPlain
		case errors.Is(err, io.ErrUnexpectedEOF), err != nil && len(out) > 0 && looksText(out):
			return out, truncated, nil
		case err != nil:
			return nil, 0, err
		}
		if n > 0 {
			empty = 0
		} else if empty++; empty > maxEmpty {
			return nil, 0, io.ErrNoProgress
		}
	}
}

// looksText tells whether the first bytes are those of text: no control
// characters but white space, or the mark of UTF-16. Compressed data has some nearly
// always.
func looksText(b []byte) bool {
	if bytes.HasPrefix(b, []byte("\xff\xfe")) || bytes.HasPrefix(b, []byte("\xfe\xff")) {
		return true
	}
	for _, c := range b[:min(len(b), 64)] {
		if c < 0x20 && c != '\t' && c != '\n' && c != '\r' && c != '\f' || c == 0x7f {
			return false
		}
	}
	return true
}
