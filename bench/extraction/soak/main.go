// Command soak damages real pages at random and extracts them, for as long as it is
// told: no panic, no page that takes more than five times the time of its size, none
// whose extractor holds more than eight times its size and 2 MiB. The size is that in
// bytes or in tags, whichever takes longer on the real pages: a page has at most a tag
// every three bytes.
//
//	go run ./bench/extraction/soak -for 1h -warc ../shared/data/web.warc.gz
//
// It prints what it did and the worst it met; a fault writes the page to a file and
// exits 1. With the names of such files it looks at them alone, undamaged:
//
//	go run ./bench/extraction/soak soak-1.html
package main

import (
	"bytes"
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/corpusmill/corpusmill/format/warc"
	"github.com/corpusmill/corpusmill/transform"
)

const (
	timesLinear = 5       // of the time that real pages of that size take
	timesSize   = 8       // of the page's bytes, besides
	spareBytes  = 2 << 20 // the tables of the nodes that every page may have
	smallPage   = 1 << 16 // below it, clocks and fixed tables say more than the page
	largestPage = 8 << 20
)

func main() {
	archive := flag.String("warc", "../shared/data/web.warc.gz", "WARC of real pages")
	how := flag.Duration("for", time.Minute, "how long")
	seed := flag.Uint64("seed", 1, "seed of the damage")
	flag.Parse()
	pages, err := read(*archive)
	if err == nil && len(pages) == 0 {
		err = fmt.Errorf("%s has no pages", *archive)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "soak:", err)
		os.Exit(1)
	}
	runtime.LockOSThread() // the thread's clock is that of the extraction
	s := &soak{rng: rand.New(rand.NewPCG(*seed, 0)), pages: pages, old: transform.NewExtractor(nil)}
	s.fit()
	for _, name := range flag.Args() {
		page, err := os.ReadFile(name)
		if err != nil {
			fmt.Fprintln(os.Stderr, "soak:", err)
			os.Exit(1)
		}
		html, _, _ := transform.DecodeHTML(page, "")
		took := time.Duration(math.MaxInt64)
		for range 10 {
			took = min(took, s.time(html))
		}
		fmt.Printf("%s: %d bytes, %d tags: %.2f times the linear time, %.2f times its size in memory besides %d MiB\n", name, len(html),
			strings.Count(html, "<"), float64(took)/s.linear(html), float64(held(html)-spareBytes)/float64(len(html)), spareBytes>>20)
	}
	if flag.NArg() > 0 {
		return
	}
	for start := time.Now(); time.Since(start) < *how; {
		s.one(s.damaged())
	}
	fmt.Printf("%d damaged pages, %.1f GB, of %d real ones; a byte takes %.2f ns, a tag %.0f\n", s.n, float64(s.bytes)/1e9, len(pages), s.aByte, s.aTag)
	fmt.Printf("worst: %.2f times the linear time, %.2f times its size in memory besides %d MiB; faults: %d\n", s.slowest, s.largest, spareBytes>>20, s.faults)
	if s.faults > 0 {
		os.Exit(1)
	}
}

func read(archive string) ([][]byte, error) {
	f, err := os.Open(archive)
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // read only
	var pages [][]byte
	for rec, err := range warc.Responses(f, warc.Options{}) {
		if err != nil {
			return nil, err
		}
		if resp, err := rec.HTTP(); err == nil {
			pages = append(pages, bytes.Clone(resp.Body))
		}
	}
	return pages, nil
}

type soak struct {
	rng              *rand.Rand
	pages            [][]byte
	old              *transform.Extractor // its buffers have seen every page before
	aByte, aTag      float64              // ns
	n, bytes, faults int64
	slowest, largest float64
}

// fit sets the times of a byte and of a tag of the real pages.
func (s *soak) fit() {
	var size, tags int
	var spent time.Duration
	for _, p := range s.pages {
		html, _, _ := transform.DecodeHTML(p, "")
		s.time(html)
		spent += min(s.time(html), s.time(html))
		size, tags = size+len(html), tags+strings.Count(html, "<")
	}
	s.aByte, s.aTag = float64(spent)/float64(size), float64(spent)/float64(tags)
}

// linear is the time of as many bytes or as many tags of real pages, in ns.
func (s *soak) linear(html string) float64 {
	return max(s.aByte*float64(len(html)), s.aTag*float64(strings.Count(html, "<")))
}

func (s *soak) time(page string) time.Duration {
	before := cpu()
	_, _ = s.old.Extract(page, transform.Options{MaxBytes: largestPage}) // no main text is no fault
	return cpu() - before
}

func (s *soak) one(page []byte) {
	defer func() {
		if r := recover(); r != nil {
			s.fault(page, fmt.Sprintf("panic: %v\n%s", r, debug.Stack()))
			s.old = transform.NewExtractor(nil)
		}
	}()
	html, _, _ := transform.DecodeHTML(page, "")
	s.n++
	s.bytes += int64(len(html))
	least := s.time(html)
	if len(html) < smallPage {
		return
	}
	for range 4 { // another process may have had the processor's caches
		if float64(least) <= timesLinear*s.linear(html) {
			break
		}
		least = min(least, s.time(html))
	}
	ratio := float64(least) / s.linear(html)
	s.slowest = max(s.slowest, ratio)
	if ratio > timesLinear {
		s.fault(page, fmt.Sprintf("%.1f times the linear time", ratio))
	}
	if s.n%16 != 0 {
		return
	}
	if held := held(html); held > spareBytes {
		memory := float64(held-spareBytes) / float64(len(html))
		s.largest = max(s.largest, memory)
		if memory > timesSize {
			s.fault(page, fmt.Sprintf("%.1f times its size in memory, besides %d MiB", memory, spareBytes>>20))
		}
	}
}

// held is what a new extractor holds on to after the page.
func held(html string) int64 {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	x := transform.NewExtractor(nil)
	_, _ = x.Extract(html, transform.Options{MaxBytes: largestPage})
	runtime.GC()
	runtime.ReadMemStats(&after)
	runtime.KeepAlive(x)
	return int64(after.HeapAlloc) - int64(before.HeapAlloc)
}

func (s *soak) fault(page []byte, what string) {
	s.faults++
	name := fmt.Sprintf("soak-%d.html", s.faults)
	if s.faults <= 20 {
		fmt.Printf("%s: %s\n", name, what)
		if err := os.WriteFile(name, page, 0o600); err != nil {
			fmt.Println(err)
		}
	}
}

// damaged is a real page after one to eight injuries.
func (s *soak) damaged() []byte {
	r := s.rng
	p := bytes.Clone(s.pages[r.IntN(len(s.pages))])
	for range 1 + r.IntN(8) {
		if len(p) < 2 {
			break
		}
		a := r.IntN(len(p))
		b := a + r.IntN(min(len(p)-a, 1+r.IntN(64<<10)))
		switch r.IntN(8) {
		case 0: // bits
			for range 1 + r.IntN(64) {
				p[r.IntN(len(p))] ^= 1 << r.IntN(8)
			}
		case 1:
			p = slices.Delete(p, a, b)
		case 2:
			p = p[:a]
		case 3: // a piece of another page
			o := s.pages[r.IntN(len(s.pages))]
			c := r.IntN(len(o) + 1)
			p = slices.Insert(p, a, o[c:min(len(o), c+64<<10)]...)
		case 4: // a piece again and again
			p = slices.Insert(p, a, bytes.Repeat(p[a:b], 1+r.IntN(40))...)
		case 5:
			p = slices.Insert(p, a, bytes.Repeat(tokens[r.IntN(len(tokens))], 1+r.IntN(5000))...)
		case 6: // every end tag of a kind is gone
			p = bytes.ReplaceAll(p, []byte("</"+string(names[r.IntN(len(names))])+">"), nil)
		case 7: // tags in the wrong order
			p = bytes.ReplaceAll(p, []byte("<"+string(names[r.IntN(len(names))])), []byte("<"+string(names[r.IntN(len(names))])))
		}
		if len(p) > largestPage {
			p = p[:largestPage]
		}
	}
	return p
}

var names = [][]byte{[]byte("div"), []byte("p"), []byte("span"), []byte("a"), []byte("li"), []byte("ul"), []byte("table"), []byte("tr"),
	[]byte("td"), []byte("script"), []byte("style"), []byte("h2"), []byte("b"), []byte("i"), []byte("form"), []byte("body")}

var tokens = [][]byte{[]byte("<div>"), []byte("<p><b><i>"), []byte("</div>"), []byte("<table><tr><td>"), []byte("<a href=x>y"), []byte("<!--"),
	[]byte("<script>"), []byte("</script>"), []byte("<svg><math>"), []byte("&amp;&#x20;&bogus"), []byte("<li>x"), []byte("<"), []byte("\x00"),
	[]byte("<p class=\"comment sidebar\">"), []byte("<template>"), []byte("<br>x"), []byte("<select><option>"), []byte("<h1>x</h2>"), []byte("文字，"),
	[]byte("<textarea>"), []byte("<plaintext>"), []byte("<noscript>"), []byte("<frameset>"), []byte("<math><annotation>"), []byte("<pre>\n")}

// cpu is the time of this thread; getrusage counts whole ticks on some machines.
func cpu() time.Duration {
	var t unix.Timespec
	_ = unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &t) // cannot fail for this thread
	return time.Duration(t.Nano())
}
