package wire_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/corpusmill/corpusmill/crawl/wire"
	"github.com/corpusmill/corpusmill/internal/outbound"
)

// BenchmarkExchange fetches a small page over a kept connection; bench/crawl/exchanges has the
// server in another process.
func BenchmarkExchange(b *testing.B) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	body := strings.Repeat("hello ", 80)
	answer := []byte(head + strings.Repeat("X-Line: some value of a header line\r\n", 12) + "Content-Type: text/html\r\nContent-Length: 480\r\n\r\n" + body)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				buf := make([]byte, 4096)
				for {
					if _, err := c.Read(buf); err != nil {
						return
					}
					if _, err := c.Write(answer); err != nil {
						return
					}
				}
			}()
		}
	}()
	run := func(name string, rt func(r *http.Request) error) {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				r, err := http.NewRequest(http.MethodGet, "http://"+l.Addr().String()+"/", nil)
				if err == nil {
					err = rt(r)
				}
				if err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	tr := &wire.Transport{Allow: outbound.Allow{Loopback: true}, UserAgent: "bench/1"}
	defer tr.Close()
	run("wire", func(r *http.Request) error {
		x, err := tr.Exchange(context.Background(), r)
		if err == nil {
			_, _, err = x.Body()
		}
		return err
	})
	client := http.Client{}
	run("nethttp", func(r *http.Request) error {
		resp, err := client.Do(r)
		if err != nil {
			return err
		}
		defer resp.Body.Close()
		_, err = io.Copy(io.Discard, resp.Body)
		return err
	})
}
