package wire_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/corpusmill/corpusmill/crawl/wire"
	"github.com/corpusmill/corpusmill/format/warc"
)

// kind is the kind of an error, "" of none.
func kind(err error) wire.Kind {
	var e *wire.Error
	if errors.As(err, &e) {
		return e.Kind
	}
	if err != nil {
		return "another"
	}
	return ""
}

// TestHeadLimits is at each limit of a head, and one over it, sent at once and byte by byte.
func TestHeadLimits(t *testing.T) {
	padded := func(n int) string { // a head of n bytes
		h := head + "Content-Length: 0\r\nX: \r\n\r\n"
		return strings.Replace(h, "X: ", "X: "+strings.Repeat("x", n-len(h)), 1)
	}
	lines := func(n int) string { return head + "Content-Length: 0\r\n" + strings.Repeat("X: y\r\n", n-1) + "\r\n" }
	hint := "HTTP/1.1 103 Early Hints\r\n\r\n"
	ok := head + "Content-Length: 0\r\n\r\n"
	for name, c := range map[string]struct {
		sent string
		want wire.Kind
	}{
		"1,000 bytes":       {padded(1000), ""},
		"1,001 bytes":       {padded(1001), wire.KindHead},
		"without end":       {padded(1000)[:996] + strings.Repeat("x", 1<<20), wire.KindHead},
		"20 lines":          {lines(20), ""},
		"21 lines":          {lines(21), wire.KindHead},
		"8 interim":         {strings.Repeat(hint, 8) + ok, ""},
		"9 interim":         {strings.Repeat(hint, 9) + ok, wire.KindProtocol},
		"interim, 1,001":    {"HTTP/1.1 103 " + strings.Repeat("x", 984) + "\r\n\r\n" + ok, wire.KindHead},
		"other protocol":    {"HTTP/1.1 101 Switching Protocols\r\n\r\n" + ok, wire.KindProtocol},
		"HTTP/2":            {"HTTP/2.0 200 OK\r\n\r\n", wire.KindProtocol},
		"HTTP/0.9":          {"<html>hello", wire.KindProtocol},
		"SSH":               {"SSH-2.0-OpenSSH_9.9\r\n", wire.KindProtocol},
		"no code":           {"HTTP/1.1 OK\r\n\r\n", wire.KindProtocol},
		"code 99":           {"HTTP/1.1 099 Low\r\n\r\n", wire.KindProtocol},
		"CR in a line":      {"HTTP/1.1 200 O\rK\r\nContent-Length: 0\r\n\r\n", wire.KindProtocol},
		"no reason":         {"HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n", ""},
		"lengths differ":    {head + "Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd", wire.KindProtocol},
		"ends in the head":  {head + "Content-Le", wire.KindDisconnect},
		"ends at the start": {"", wire.KindDisconnect},
		"ends after a hint": {hint, wire.KindDisconnect},
	} {
		for _, piece := range []int{1 << 30, 1} {
			t.Run(fmt.Sprint(name, " by ", piece), func(t *testing.T) {
				s := serve(t, inPieces(c.sent, max(piece, len(c.sent)/5000)))
				x, err := get(t, transport(t, wire.Limits{HeadBytes: 1000, HeadLines: 20}), s.url("/"))
				if kind(err) != c.want {
					t.Errorf("%v, want kind %q", err, c.want)
				}
				if err == nil && string(x.Interim)+string(x.Response) != c.sent {
					t.Errorf("received %q%q", x.Interim, x.Response)
				}
			})
		}
	}
}

// inPieces sends an answer in pieces of that size, and closes.
func inPieces(answer string, size int) func(net.Conn, string) bool {
	return func(c net.Conn, _ string) bool {
		_ = c.(*net.TCPConn).SetNoDelay(true)
		for answer := answer; answer != ""; answer = answer[min(size, len(answer)):] {
			if _, err := c.Write([]byte(answer[:min(size, len(answer))])); err != nil {
				break
			}
		}
		return false
	}
}

// TestBodyLimit is at the limit of a body in each framing, and one over it.
func TestBodyLimit(t *testing.T) {
	const limit = 40_000
	chunked := head + "Transfer-Encoding: chunked\r\n\r\n"
	chunks := func(n int) string { // n bytes with their framing
		const framing = len("9c00\r\n") + len("\r\n0\r\n\r\n")
		return fmt.Sprintf("%x\r\n%s\r\n0\r\n\r\n", n-framing, strings.Repeat("x", n-framing))
	}
	text := func(n int) string { return strings.Repeat("x", n) }
	for name, c := range map[string]struct {
		sent string
		keep bool
		want string // Truncated
	}{
		"length":              {head + "Content-Length: 40000\r\n\r\n" + text(limit), true, ""},
		"length over":         {head + "Content-Length: 40001\r\n\r\n" + text(limit+1), true, "length"},
		"length far over":     {head + "Content-Length: 9223372036854775807\r\n\r\n" + text(2*limit), true, "length"},
		"chunks":              {chunked + chunks(limit), true, ""},
		"chunks over":         {chunked + chunks(limit+1), true, "length"},
		"one endless chunk":   {chunked + "7fffffffffffffff\r\n" + text(2*limit), true, "length"},
		"endless size":        {chunked + text(2*limit), true, "length"},
		"endless trailer":     {chunked + "0\r\n" + text(2*limit), true, "length"},
		"many small trailers": {chunked + "0\r\n" + strings.Repeat("a: b\r\n", limit), true, "length"},
		"to the end":          {head + "\r\n" + text(limit), false, ""},
		"to the end over":     {head + "\r\n" + text(limit+1), false, "length"},
	} {
		for _, piece := range []int{1 << 30, 777} {
			t.Run(fmt.Sprint(name, " by ", piece), func(t *testing.T) {
				answer := inPieces(c.sent, piece)
				s := serve(t, func(conn net.Conn, request string) bool { answer(conn, request); return c.keep })
				tr := transport(t, wire.Limits{BodyBytes: limit})
				x, err := get(t, tr, s.url("/"))
				if err != nil {
					t.Fatal(err)
				}
				if x.Truncated != c.want {
					t.Errorf("truncated %q, want %q", x.Truncated, c.want)
				}
				if want := c.sent[:min(len(c.sent), x.HeadLen+limit)]; string(x.Response) != want || len(x.Payload()) != limit {
					t.Errorf("%d bytes of body", len(x.Payload()))
				}
				if _, err := get(t, tr, s.url("/")); err != nil {
					t.Fatal(err)
				}
				if n := s.connections.Load(); (n == 1) != (c.keep && c.want == "") {
					t.Errorf("%d connections", n)
				}
			})
		}
	}
}

// TestBomb is at the limit of a decoded body, one over it, and far over it.
func TestBomb(t *testing.T) {
	for n, want := range map[int]string{100_000: "", 100_001: "inflated", 16 << 20: "inflated"} {
		var b bytes.Buffer
		w := gzip.NewWriter(&b)
		_, _ = w.Write(make([]byte, n))
		_ = w.Close()
		s := serve(t, says(fmt.Sprintf("%sContent-Type: text/html\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n%s", head, b.Len(), b.String()), true))
		tr := transport(t, wire.Limits{DecodedBytes: 100_000})
		x, err := get(t, tr, s.url("/"))
		if err != nil {
			t.Fatal(err)
		}
		body, flaw, err := x.Body()
		if flaw != want || errors.Is(err, warc.ErrBodyTooLarge) != (want != "") || want == "" && len(body) != n || want != "" && body != nil {
			t.Errorf("%d zeros: %d bytes, flaw %q, %v", n, len(body), flaw, err)
		}
		if !bytes.Equal(x.Payload(), b.Bytes()) || x.Truncated != "" {
			t.Errorf("%d zeros: what was received is not whole", n)
		}
	}
}

// TestTime lets each clock run out while the others are far from it.
func TestTime(t *testing.T) {
	const short, long = 150 * time.Millisecond, time.Minute
	stall := func(answer string) func(net.Conn, string) bool {
		return func(c net.Conn, _ string) bool {
			_, _ = c.Write([]byte(answer))
			_, _ = readRequest(c) // until the client closes
			return false
		}
	}
	drip := func(answer string) func(net.Conn, string) bool {
		return func(c net.Conn, _ string) bool {
			_, err := c.Write([]byte(answer))
			for err == nil {
				time.Sleep(time.Millisecond)
				_, err = c.Write([]byte("x"))
			}
			return false
		}
	}
	body := head + "Content-Length: 1000000\r\n\r\nhello"
	all := wire.Limits{Head: long, Idle: long, Total: long, Grace: long, Rate: 1}
	for name, c := range map[string]struct {
		answer func(net.Conn, string) bool
		limits func(*wire.Limits)
		want   wire.Kind
		cut    string
	}{
		"no head":          {stall(""), func(l *wire.Limits) { l.Head = short }, wire.KindTimeout, ""},
		"half a head":      {stall(head), func(l *wire.Limits) { l.Head = short }, wire.KindTimeout, ""},
		"head by drops":    {drip(head + "X: "), func(l *wire.Limits) { l.Head = short }, wire.KindTimeout, ""},
		"head in total":    {drip(head + "X: "), func(l *wire.Limits) { l.Total = short }, wire.KindTimeout, ""},
		"half a body":      {stall(body), func(l *wire.Limits) { l.Idle = short }, "", "time"},
		"half a chunk":     {stall(head + "Transfer-Encoding: chunked\r\n\r\n9\r\nhello"), func(l *wire.Limits) { l.Idle = short }, "", "time"},
		"body by drops":    {drip(body), func(l *wire.Limits) { l.Total = short }, "", "time"},
		"below the rate":   {drip(body), func(l *wire.Limits) { l.Grace, l.Rate = short, 1<<20 }, "", "time"},
		"endless, no rate": {drip(head + "\r\nhello"), func(l *wire.Limits) { l.Total = short }, "", "time"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, c.answer)
			limits := all
			c.limits(&limits)
			x, err := get(t, transport(t, limits), s.url("/"))
			for limits.Total < long && c.want == "" && kind(err) == wire.KindTimeout { // the body had not begun by then
				limits.Total *= 2
				x, err = get(t, transport(t, limits), s.url("/"))
			}
			if kind(err) != c.want {
				t.Fatalf("%v, want kind %q", err, c.want)
			}
			if err != nil {
				if e := (*wire.Error)(nil); errors.As(err, &e) && !e.Temporary() {
					t.Error("it is not temporary")
				}
				return
			}
			if body, flaw, err := x.Body(); x.Truncated != c.cut || flaw != c.cut || err != nil || !strings.HasPrefix(string(body), "hello") {
				t.Errorf("truncated %q, flaw %q, %v, body %.20q", x.Truncated, flaw, err, body)
			}
		})
	}
}

// TestRate takes a body that is slow and fast enough: 1,000 bytes a second are asked for from
// the first byte on, and come before the second does.
func TestRate(t *testing.T) {
	s := serve(t, inPieces(head+"Content-Length: 50000\r\n\r\n"+strings.Repeat("x", 50000), 5000))
	x, err := get(t, transport(t, wire.Limits{Grace: time.Second, Rate: 1000}), s.url("/"))
	if err != nil || x.Truncated != "" {
		t.Errorf("%v %q", err, x.Truncated)
	}
}

// TestCancel ends an exchange in each of its parts.
func TestCancel(t *testing.T) {
	for _, answer := range []string{"", head, head + "Content-Length: 10\r\n\r\nhello"} {
		ctx, cancel := context.WithCancel(context.Background())
		s := serve(t, func(c net.Conn, _ string) bool {
			_, _ = c.Write([]byte(answer))
			cancel()
			_, _ = readRequest(c)
			return false
		})
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url("/"), nil)
		if err != nil {
			t.Fatal(err)
		}
		tr := transport(t, wire.Limits{})
		if _, err = tr.Exchange(ctx, r); kind(err) != wire.KindCanceled || !errors.Is(err, context.Canceled) {
			t.Errorf("%q: %v", answer, err)
		}
		if _, err = tr.Exchange(ctx, r); kind(err) != wire.KindCanceled {
			t.Errorf("begun when it was over: %v", err)
		}
	}
}
