package main

import (
	"context"
	_ "embed"
	"flag"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/gocolly/colly/v2"
	"github.com/gocolly/colly/v2/queue"
)

// concurrency is how many requests each program has under way, one for each host.
const concurrency = hosts

// A program crawls.
type program struct {
	name    string
	command func(t task) []string
	codes   []int // exit codes beside 0 that are no failure
}

//go:embed spider.py
var spider []byte

// programs are those that are there.
func programs(ctx context.Context, o *options) []program {
	list := []program{{name: "corpusmill", command: func(t task) []string { return corpusmillCommand(o, t) }}}
	list = append(list, program{name: "colly", command: func(t task) []string { return collyCommand(o, t) }})
	script := filepath.Join(o.temp, "spider.py")
	if err := exec.CommandContext(ctx, o.python, "-c", "import scrapy").Run(); err != nil {
		fmt.Fprintf(os.Stderr, "scrapy is left out: %s cannot import it; name a Python that can: -python FILE\n", o.python)
	} else if err := os.WriteFile(script, spider, 0o644); err != nil {
		fmt.Fprintln(os.Stderr, "scrapy is left out:", err)
	} else {
		list = append(list, program{name: "scrapy", command: func(t task) []string {
			return append([]string{o.python, script, strconv.Itoa(concurrency), strconv.Itoa(t.queue)}, t.seeds...)
		}})
	}
	if _, err := exec.LookPath("wget"); err != nil {
		fmt.Fprintln(os.Stderr, "wget is left out: it is not installed")
		return list
	}
	// 8 is an answer with an error, such as the 404 of robots.txt
	return append(list, program{name: "wget", command: wgetCommand, codes: []int{8}})
}

func corpusmillCommand(o *options, t task) []string {
	args := []string{o.corpusmill, "crawl", "--out", filepath.Join(t.dir, "crawl"), "--contact", "me@corpus.example", "--allow", "loopback",
		"--workers", strconv.Itoa(concurrency), "--delay", "0s", "--set", "politeness.delay_factor=0", "--set", "politeness.address_delay=0s"}
	if t.pages > 0 { // the tree is a trap, and is to be one here
		args = append(args, "--max-pages", strconv.Itoa(t.pages), "--set", "traps.similar_max=0")
	}
	for _, s := range t.seeds {
		args = append(args, "--seed", s)
	}
	return args
}

// wgetCommand asks one host after the other. It ends by bytes alone, so in the tree it asks
// the first host.
func wgetCommand(t task) []string {
	args := []string{"wget", "--quiet", "--recursive", "--level=inf", "--delete-after", "--warc-file=" + filepath.Join(t.dir, "crawl"), "--warc-cdx",
		"--directory-prefix=" + filepath.Join(t.dir, "pages")}
	if t.pages > 0 {
		return append(args, "--quota="+strconv.FormatInt(int64(t.pages)*t.bytes, 10), t.seeds[0])
	}
	return append(args, t.seeds...)
}

func collyCommand(o *options, t task) []string {
	return append([]string{o.self, "colly", "-stop", strconv.Itoa(t.pages)}, t.seeds...)
}

// crawlWithColly is a crawl as colly's own examples have it: links are followed, nothing is
// stored, what waits is in its queue in memory.
func crawlWithColly(args []string) error {
	flags := flag.NewFlagSet("colly", flag.ContinueOnError)
	stop := flags.Int64("stop", 0, "")
	if err := flags.Parse(args); err != nil {
		return err
	}
	c := colly.NewCollector(colly.UserAgent("colly (+me@corpus.example)"))
	c.IgnoreRobotsTxt = false
	for _, seed := range flags.Args() {
		u, err := url.Parse(seed)
		if err != nil {
			return err
		}
		c.AllowedDomains = append(c.AllowedDomains, u.Host, u.Hostname())
	}
	c.WithTransport(&http.Transport{MaxIdleConns: 4 * concurrency, MaxIdleConnsPerHost: concurrency})
	q, err := queue.New(concurrency, &queue.InMemoryQueueStorage{MaxSize: 1 << 22})
	if err != nil {
		return err
	}
	var pages atomic.Int64
	c.OnHTML("a[href]", func(e *colly.HTMLElement) {
		link := e.Request.AbsoluteURL(e.Attr("href"))
		if link == "" || strings.HasPrefix(e.Attr("href"), "#") {
			return
		}
		if known, err := c.HasVisited(link); err != nil || known {
			return
		}
		_ = q.AddURL(link)
	})
	c.OnScraped(func(*colly.Response) {
		if n := pages.Add(1); *stop > 0 && n >= *stop {
			q.Stop()
		}
	})
	for _, seed := range flags.Args() {
		if err := q.AddURL(seed); err != nil {
			return err
		}
	}
	return q.Run(c)
}
