package archive_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/corpusmill/corpusmill/crawl/archive"
)

// BenchmarkAppend adds pages of two sizes.
func BenchmarkAppend(b *testing.B) {
	for _, size := range []int{500, 60_000} {
		for _, level := range []int{1, 6} {
			b.Run(fmt.Sprint(size, " level ", level), func(b *testing.B) {
				a, err := archive.Open(b.TempDir(), archive.Settings{Level: level})
				if err != nil {
					b.Fatal(err)
				}
				defer a.Close()
				var words strings.Builder
				for i := 0; words.Len() < size; i++ {
					fmt.Fprint(&words, (i*i*7919)%5003, " ")
				}
				p := page(b, 1, "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n"+words.String()[:size])
				b.SetBytes(int64(len(p.Exchange.Response)))
				b.ReportAllocs()
				for b.Loop() {
					if _, err := a.Append(p); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
