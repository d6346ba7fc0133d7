package warc

import (
	"bytes"
	"errors"
	"fmt"
	"io"
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

// decodeAll undoes the content encodings, last first.
func (s *scratch) decodeAll(h Header, body []byte) (out []byte, partial bool, err error) {
	var codings []string
	for i := range h {
		if !strings.EqualFold(h[i].Name, "Content-Encoding") {
			continue
		}
		for c := range strings.SplitSeq(h[i].Value, ",") {
			if c = strings.ToLower(strings.TrimSpace(c)); c != "" && c != "identity" {
				codings = append(codings, c)
			}
		}
	}
	if len(codings) > maxCodings {
		return nil, false, fmt.Errorf("%w: %d codings", ErrContentEncoding, len(codings))
	}
	for i := len(codings) - 1; i >= 0 && len(body) > 0; i-- {
		out, part, err := s.decode(codings[i], body)
		switch {
		case errors.Is(err, errPlain):
			continue
		case errors.Is(err, ErrBodyTooLarge):
			return nil, false, err
		case err != nil:
			return nil, false, fmt.Errorf("%w: %s: %w", ErrContentEncoding, codings[i], err)
		}
		s.keep(out)
		body, partial = out, partial || part
	}
	return body, partial, nil
}

// errPlain says that a body is not encoded, whatever its header says.
var errPlain = errors.New("not encoded")

// decode undoes one content encoding.
func (s *scratch) decode(coding string, body []byte) (out []byte, partial bool, err error) {
	switch coding {
	case "gzip", "x-gzip":
		if !bytes.HasPrefix(body, gzipMagic) {
			return nil, false, errPlain
		}
		return s.gunzip(body)
	case "deflate":
		return s.deflated(body)
	case "br":
		s.brSource.Reset(body)
		if s.brotli == nil {
			s.brotli = brotli.NewReader(&s.brSource)
		} else if err := s.brotli.Reset(&s.brSource); err != nil {
			return nil, false, err
		}
		return s.readAll(s.brotli, body)
	case "zstd":
		if !bytes.HasPrefix(body, zstdMagic) && !isSkippable(body) {
			return nil, false, errPlain
		}
		s.zstdSrc.Reset(body)
		if s.zstd == nil {
			s.zstd, err = zstd.NewReader(&s.zstdSrc, zstd.WithDecoderConcurrency(1),
				zstd.WithDecoderMaxWindow(maxBodyWindow))
		} else {
			err = s.zstd.Reset(&s.zstdSrc)
		}
		if err != nil {
			return nil, false, err
		}
		return s.readAll(s.zstd, body)
	}
	return nil, false, errPlain // "none", "utf-8" and other inventions
}

func (s *scratch) gunzip(body []byte) (out []byte, partial bool, err error) {
	out = s.buffer()
	for n := 0; n < maxBodyMembers && bytes.HasPrefix(body, gzipMagic); n++ {
		var used int
		out, used, err = s.inflate.Member(out, body, s.maxBody-len(out))
		if err != nil {
			return s.verdict(out, err)
		}
		body = body[used:]
	}
	return out, false, nil
}

// deflated undoes "deflate", which means zlib, but for many servers raw deflate.
func (s *scratch) deflated(body []byte) (out []byte, partial bool, err error) {
	if inflate.IsZlib(body) {
		out, _, err = s.inflate.Zlib(s.buffer(), body, s.maxBody)
		if err == nil || !errors.As(err, new(*inflate.CorruptError)) {
			return s.verdict(out, err)
		}
	}
	out, _, err = s.inflate.Raw(s.buffer(), body, s.maxBody)
	if err != nil && looksText(body) {
		return nil, false, errPlain
	}
	return s.verdict(out, err)
}

// verdict turns the errors of package inflate into those of this package.
func (s *scratch) verdict(out []byte, err error) ([]byte, bool, error) {
	switch {
	case err == nil:
		return out, false, nil
	case errors.Is(err, inflate.ErrTooLarge):
		return nil, false, ErrBodyTooLarge
	case errors.Is(err, inflate.ErrTruncated):
		return out, true, nil
	}
	return nil, false, err
}

// readAll reads a streaming decompressor to its end or the limit.
func (s *scratch) readAll(r io.Reader, body []byte) (out []byte, partial bool, err error) {
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
			return nil, false, ErrBodyTooLarge
		case err == io.EOF:
			return out, false, nil
		case err != nil && looksText(body):
			return nil, false, errPlain
		case errors.Is(err, io.ErrUnexpectedEOF):
			return out, true, nil
		case err != nil:
			return nil, false, err
		}
		if n > 0 {
			empty = 0
		} else if empty++; empty > maxEmpty {
			return nil, false, io.ErrNoProgress
		}
	}
}

// looksText tells whether the first bytes are those of text: no control
// characters but white space. Compressed data has some nearly always.
func looksText(b []byte) bool {
	for _, c := range b[:min(len(b), 64)] {
		if c < 0x20 && c != '\t' && c != '\n' && c != '\r' && c != '\f' || c == 0x7f {
			return false
		}
	}
	return true
}
