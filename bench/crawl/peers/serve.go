package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"sync"

	"github.com/corpusmill/corpusmill/crawl/testweb"
)

const (
	// hosts are those of each of the two webs.
	hosts = 25
	// fanOut is how many links a page of the tree has.
	fanOut = 1000
)

// serve prints the seeds of the web of pages and those of the tree, a line each, and then
// for each line of in how many pages were served since the last.
func serve(pages int, in io.Reader, out io.Writer) error {
	w, err := testweb.Start(testweb.Size{Plain: hosts, Pages: pages})
	if err != nil {
		return err
	}
	defer w.Close()
	seeds, err := plainSeeds(w)
	if err != nil {
		return err
	}
	t := &tree{served: map[string]bool{}}
	roots, err := t.listen()
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "%s\n%s\n", strings.Join(seeds, " "), strings.Join(roots, " "))
	lines := bufio.NewScanner(in)
	for lines.Scan() {
		got := map[string]bool{}
		for _, r := range w.Requests() {
			if r.Status == http.StatusOK {
				got[r.Host+r.Target] = true
			}
		}
		w.Forget()
		fmt.Fprintln(out, len(got)+t.count())
	}
	return lines.Err()
}

// plainSeeds are the hosts without rules, by address: no peer needs a name server.
func plainSeeds(w *testweb.Web) ([]string, error) {
	var seeds []string
	for _, seed := range w.Seeds() {
		u, err := url.Parse(seed)
		if err != nil {
			return nil, err
		}
		if !strings.HasPrefix(u.Host, "plain-") {
			continue
		}
		addr, err := w.Resolve(context.Background(), u.Hostname())
		if err != nil {
			return nil, err
		}
		seeds = append(seeds, "http://"+net.JoinHostPort(addr[0].String(), u.Port())+"/")
	}
	return seeds, nil
}

// tree has pages that each lead to fanOut others, without end.
type tree struct {
	mu     sync.Mutex
	served map[string]bool
}

// listen serves the tree on loopback addresses of their own.
func (t *tree) listen() ([]string, error) {
	var roots []string
	for i := range hosts {
		addr := netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 9, byte(i + 1)}), 0)
		l, err := net.Listen("tcp4", addr.String())
		if err != nil {
			return nil, err
		}
		roots = append(roots, "http://"+l.Addr().String()+"/")
		go func() { _ = http.Serve(l, t) }() // until the process ends
	}
	return roots, nil
}

// ServeHTTP implements http.Handler: page n leads to the pages n*fanOut+1 and following.
func (t *tree) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name := strings.TrimPrefix(r.URL.Path, "/page/")
	n, err := strconv.ParseUint(name, 10, 64)
	if r.URL.Path == "/" {
		n, err = 0, nil
	}
	if err != nil {
		http.NotFound(w, r)
		return
	}
	t.mu.Lock()
	t.served[r.Host+r.URL.Path] = true
	t.mu.Unlock()
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = w.Write(treePage(n))
}

func treePage(n uint64) []byte {
	b := []byte("<!doctype html>\n<html><head><title>Links</title></head><body>\n")
	for i := range uint64(fanOut) {
		b = fmt.Appendf(b, "<a href=\"/page/%d\">one</a>\n", n*fanOut+1+i)
	}
	return append(b, "</body></html>\n"...)
}

// pageBytes is how large a page of the tree is at most as long as a million addresses wait.
func pageBytes() int64 { return int64(len(treePage(fanOut))) }

func (t *tree) count() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	n := len(t.served)
	clear(t.served)
	return n
}
