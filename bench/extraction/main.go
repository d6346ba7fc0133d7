// Command extraction runs our HTML extractor over the responses of a WARC,
// writes {id, text} lines for score_extraction.py and prints its speed.
//
//	go run ./bench/extraction -warc web.warc.gz -pages web.pages.jsonl -out ours.jsonl.gz
package main

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"runtime"
	"syscall"
	"time"

	"github.com/corpusmill/corpusmill/format/warc"
	"github.com/corpusmill/corpusmill/transform"
)

func main() {
	warc := flag.String("warc", "../shared/data/web.warc.gz", "WARC to extract")
	pages := flag.String("pages", "../shared/data/web.pages.jsonl", "its page list")
	out := flag.String("out", "", "where to write {id,text} lines (.jsonl.gz)")
	mode := flag.String("mode", "default", "default, precision, recall or all")
	rounds := flag.Int("rounds", 1, "timed passes over the pages")
	flag.Parse()
	if err := run(*warc, *pages, *out, *mode, *rounds); err != nil {
		fmt.Fprintln(os.Stderr, "extraction:", err)
		os.Exit(1)
	}
}

type page struct {
	id   string
	html string
	page transform.Page
}

func run(archive, list, out, mode string, rounds int) error {
	m, err := transform.ParseMode(mode)
	if err != nil {
		return err
	}
	ids, err := pageIDs(list)
	if err != nil {
		return err
	}
	var pages []page
	var raw, html int
	var decode time.Duration
	file, err := os.Open(archive)
	if err != nil {
		return err
	}
	defer file.Close() //nolint:errcheck // read only
	for rec, err := range warc.Responses(file, warc.Options{}) {
		if err != nil {
			return err
		}
		resp, err := rec.HTTP()
		if err != nil {
			return err
		}
		t := userCPU()
		s, _, _ := transform.DecodeHTML(resp.Body, "")
		decode += userCPU() - t
		raw += len(resp.Body)
		html += len(s)
		pages = append(pages, page{id: ids[rec.TargetURI], html: s})
	}
	var x transform.Extractor
	for i := range min(20, len(pages)) { // fills the arenas
		if _, err := x.Extract(pages[i].html, transform.Options{}); err != nil {
			return err
		}
	}
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	best := time.Duration(1 << 62)
	for range rounds {
		t := userCPU()
		for i := range pages {
			if pages[i].page, err = x.Extract(pages[i].html, transform.Options{Mode: m}); err != nil {
				return fmt.Errorf("%s: %w", pages[i].id, err)
			}
		}
		best = min(best, userCPU()-t)
	}
	runtime.ReadMemStats(&after)
	n := float64(len(pages))
	fmt.Printf("pages %d, HTML %.1f MB, decode %.0f MB/s, extract %.1f MB/s (%.2f ms/page), %.0f allocs/page, %.2f MB/page\n",
		len(pages), float64(html)/1e6, float64(raw)/1e6/decode.Seconds(), float64(html)/1e6/best.Seconds(), best.Seconds()*1e3/n,
		float64(after.Mallocs-before.Mallocs)/n/float64(rounds), float64(after.TotalAlloc-before.TotalAlloc)/n/float64(rounds)/1e6)
	return write(out, pages)
}

// userCPU is the user CPU time of the process.
func userCPU() time.Duration {
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		return 0
	}
	return time.Duration(r.Utime.Nano())
}

func pageIDs(path string) (map[string]string, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	ids := map[string]string{}
	for s := bufio.NewScanner(f); s.Scan(); {
		var p struct{ ID, URL string }
		if err := json.Unmarshal(s.Bytes(), &p); err != nil {
			return nil, err
		}
		ids[p.URL] = p.ID
	}
	return ids, nil
}

func write(path string, pages []page) error {
	if path == "" {
		return nil
	}
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer f.Close()
	zw := gzip.NewWriter(f)
	enc := json.NewEncoder(zw)
	for i := range pages {
		p := &pages[i].page
		if err := enc.Encode(map[string]any{"id": pages[i].id, "text": p.Text, "title": p.Title, "confidence": p.Confidence}); err != nil {
			return err
		}
	}
	return zw.Close()
}
