package wire_test

import (
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"

	"github.com/corpusmill/corpusmill/crawl/wire"
)

// TestConcurrent fetches from several goroutines: each gets what it asked for, and keeps it,
// whatever the connection is used for later.
func TestConcurrent(t *testing.T) {
	s := serve(t, func(c net.Conn, request string) bool {
		path := strings.Fields(request)[1]
		_, err := io.WriteString(c, fmt.Sprintf("%sContent-Length: %d\r\n\r\n%s", head, len(path), path))
		return err == nil
	})
	tr := transport(t, wire.Limits{})
	var wait sync.WaitGroup
	for w := range 8 {
		wait.Go(func() {
			var all []*wire.Exchange
			for i := range 40 {
				x, err := get(t, tr, s.url(fmt.Sprintf("/%d/%d", w, i)))
				if err != nil {
					t.Error(err)
					return
				}
				all = append(all, x)
			}
			for i, x := range all {
				if body, _, err := x.Body(); err != nil || string(body) != fmt.Sprintf("/%d/%d", w, i) {
					t.Errorf("%q, %v", body, err)
				}
			}
		})
	}
	wait.Wait()
}
