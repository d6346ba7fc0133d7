// Command exchanges counts what a second of CPU is good for: fetches by package wire, with
// and without the archive, beside fetches by net/http, of the same pages from a server in
// another process of this machine.
//
//	exchanges [-n 20000] [-rounds 5] [-workers 4]
//
// prints for each kind of page and client the exchanges per second of CPU (user and system,
// of the client's process) in the best of the rounds, which are interleaved.
package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/corpusmill/corpusmill/crawl/archive"
	"github.com/corpusmill/corpusmill/crawl/wire"
	"github.com/corpusmill/corpusmill/internal/outbound"
)

// kinds are the pages that the server has, by path.
var kinds = []string{"small", "page", "gzip", "chunked"}

func main() {
	n := flag.Int("n", 20_000, "exchanges of a round")
	rounds := flag.Int("rounds", 5, "rounds")
	workers := flag.Int("workers", 4, "goroutines")
	flag.Parse()
	var err error
	if flag.Arg(0) == "serve" {
		err = serve()
	} else {
		err = measure(*n, *rounds, *workers)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "exchanges:", err)
		os.Exit(1)
	}
}

// text is a page of n bytes that compresses as prose does, to about a third.
func text(n int) []byte {
	rng := rand.New(rand.NewPCG(1, 2))
	words := make([]string, 2000)
	for i := range words {
		words[i] = strconv.FormatUint(rng.Uint64()>>(20+rng.UintN(30)), 36)
	}
	var b bytes.Buffer
	for b.Len() < n {
		b.WriteString(words[min(rng.IntN(2000), rng.IntN(2000))])
		b.WriteByte(' ')
	}
	return b.Bytes()[:n]
}

func serve() error {
	small, page := text(500), text(60_000)
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	_, _ = w.Write(page)
	_ = w.Close()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println(l.Addr())
	return http.Serve(l, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		for i := range 12 { // as many lines as servers send
			h.Set("X-Line-"+strconv.Itoa(i), "some value of a header line")
		}
		h.Set("Content-Type", "text/html; charset=utf-8")
		body := page
		switch r.URL.Path {
		case "/small":
			body = small
		case "/gzip":
			h.Set("Content-Encoding", "gzip")
			body = packed.Bytes()
		}
		if r.URL.Path != "/chunked" {
			h.Set("Content-Length", strconv.Itoa(len(body)))
		}
		_, _ = w.Write(body)
	}))
}

// client fetches a URL and returns the size of the body, decoded.
type client struct {
	name  string
	fetch func(url string) (int, error)
}

func measure(n, rounds, workers int) error {
	server := exec.Command(os.Args[0], "serve")
	server.Stderr = os.Stderr
	out, err := server.StdoutPipe()
	if err != nil {
		return err
	}
	if err := server.Start(); err != nil {
		return err
	}
	defer func() { _ = server.Process.Kill(); _ = server.Wait() }()
	var address string
	if _, err := fmt.Fscanln(out, &address); err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "exchanges-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	a, err := archive.Open(dir, archive.Settings{Level: 1})
	if err != nil {
		return err
	}
	defer a.Close()
	tr := &wire.Transport{Allow: outbound.Allow{Loopback: true}, UserAgent: "exchanges/1"}
	standard := &http.Client{Transport: outbound.Transport(outbound.Allow{Loopback: true}, nil)}
	clients := []client{
		{"net/http", func(url string) (int, error) { return byStandard(standard, url) }},
		{"wire", func(url string) (int, error) { _, n, err := byWire(tr, url); return n, err }},
		{"wire+archive", func(url string) (int, error) {
			x, n, err := byWire(tr, url)
			if err == nil {
				_, err = a.Append(archive.Page{Exchange: x})
			}
			return n, err
		}},
	}
	fmt.Println("kind\tclient\texchanges/CPU s\tof net/http")
	for _, kind := range kinds {
		best := make([]float64, len(clients))
		for range rounds {
			for i, c := range clients {
				rate, err := round(c, "http://"+address+"/"+kind, n, workers)
				if err != nil {
					return fmt.Errorf("%s: %w", c.name, err)
				}
				best[i] = max(best[i], rate)
			}
		}
		for i, c := range clients {
			fmt.Printf("%s\t%s\t%.0f\t%.2f\n", kind, c.name, best[i], best[i]/best[0])
		}
	}
	return nil
}

func byStandard(c *http.Client, url string) (int, error) {
	r, err := http.NewRequest(http.MethodGet, url, nil)
	if err != nil {
		return 0, err
	}
	r.Header.Set("User-Agent", "exchanges/1")
	resp, err := c.Do(r)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return len(body), err
}

func byWire(t *wire.Transport, url string) (*wire.Exchange, int, error) {
	r, err := http.NewRequest(http.MethodGet, url, nil)
	if err != nil {
		return nil, 0, err
	}
	x, err := t.Exchange(context.Background(), r)
	if err != nil {
		return nil, 0, err
	}
	body, _, err := x.Body()
	return x, len(body), err
}

// round makes n exchanges and returns how many a second of CPU was good for.
func round(c client, url string, n, workers int) (float64, error) {
	var left atomic.Int64
	left.Store(int64(n))
	var failed atomic.Pointer[error]
	want := 60_000
	if strings.HasSuffix(url, "/small") {
		want = 500
	}
	begun := cpu()
	var wait sync.WaitGroup
	for range workers {
		wait.Go(func() {
			for left.Add(-1) >= 0 {
				size, err := c.fetch(url)
				if err == nil && size != want {
					err = fmt.Errorf("a body of %d bytes", size)
				}
				if err != nil {
					failed.Store(&err)
					return
				}
			}
		})
	}
	wait.Wait()
	if err := failed.Load(); err != nil {
		return 0, *err
	}
	return float64(n) / (cpu() - begun).Seconds(), nil
}

// cpu is the time that this process has used, in its own code and in the kernel.
func cpu() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
