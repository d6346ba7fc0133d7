package warc

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"time"
)

// TestReaderWork: however often lengths and starts lie, the work is one or two passes.
func TestReaderWork(t *testing.T) {
	const n = 20_000
	lie := func(claim int) string {
		block := "HTTP/1.1 200 OK\r\n\r\n" + strings.Repeat("x", 500)
		if claim == 0 {
			claim = len(block) - 10
		}
		return raw("WARC-Type: response\r\nWARC-Target-URI: http://a/L\r\n", claim, block)
	}
	arcLie := arcRecord("http://example.org/L", "text/html", strings.Repeat("x\n", 250))
	for name, c := range map[string]struct {
		data  []byte
		least int
	}{
		"claims of 60 MB":                {[]byte(strings.Repeat(lie(60<<20), n)), n},
		"claims of 60 MB, one member":    {gz(strings.Repeat(lie(60<<20), n)), n},
		"claims of 60 MB, a member each": {bytes.Repeat(gz(lie(60<<20)), n/4), n / 4},
		"claims beyond the limit":        {[]byte(strings.Repeat(lie(1<<40), n)), n},
		"too short":                      {[]byte(strings.Repeat(lie(0), n)), n},
		"arc, 60 MB":                     {[]byte(arcVersion(1) + strings.Repeat(strings.Replace(arcLie, " 500\n", " 60000000\n", 1), n)), n},
		"headers without end":            {[]byte(strings.Repeat("WARC/1.0\r\nWARC-Type: response\r\n", n)), 0},
		"record lines alone":             {[]byte(strings.Repeat("WARC/1.0\r\n", 10*n)), 0},
		"no lengths, no types":           {[]byte(strings.Repeat("WARC/1.0\r\n\r\n", 10*n)), 0},
		"one record, then lines":         {[]byte(lie(60<<20) + strings.Repeat("WARC/1.0\r\nX", 10*n)), 0},
		"lines like a record's alone":    {[]byte(strings.Repeat("WARC/1.0\r\nX: y\r\nWARC-Type: x\r\nContent-Length: 1\r\n\r\nzzz\n", 60*n)), 0},
		"members of nothing":             {bytes.Repeat(gz(""), n), 0},
		"members of a byte":              {bytes.Repeat(gz("x"), n), 0},
	} {
		start, got := time.Now(), 0
		r := NewReader(bytes.NewReader(c.data), Options{})
		for {
			_, err := r.Next()
			if err == io.EOF {
				break
			}
			if err == nil {
				got++
			}
		}
		d := time.Since(start)
		if got < c.least {
			t.Errorf("%s: %d records of %d", name, got, c.least)
		}
		if d > 60*time.Second {
			t.Errorf("%s took %v", name, d)
		}
	}
}
