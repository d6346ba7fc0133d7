// Package crawl is a polite crawler: from seeds, links and sitemaps to an archive of what
// servers sent, byte for byte.
//
// The archive is the log, and the frontier is derived from it: a page is done when its
// records stand in the archive, and what the frontier has not yet of the archive is read
// again when the crawl goes on. So a kill at any moment costs at most the requests under way.
//
// Packages below: urls (which addresses are one page), frontier (what is still to be asked
// for), robots and consent (what may be), wire (how), archive (where to).
package crawl

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/corpusmill/corpusmill/crawl/archive"
	"github.com/corpusmill/corpusmill/crawl/consent"
	"github.com/corpusmill/corpusmill/crawl/frontier"
	"github.com/corpusmill/corpusmill/crawl/urls"
	"github.com/corpusmill/corpusmill/crawl/wire"
	"github.com/corpusmill/corpusmill/format/warc"
	"github.com/corpusmill/corpusmill/internal/folderlock"
	"github.com/corpusmill/corpusmill/internal/outbound"
)

// Options are what a crawl takes from its command line.
type Options struct {
	// Version is the program's, for the User-Agent and the archive.
	Version string
	// Recrawl asks for all pages once more that a crawl which had come to its end has.
	Recrawl bool
	// Log takes warnings; nil discards them.
	Log *slog.Logger
	// Progress is called every two seconds, from one goroutine; may be nil.
	Progress func(Progress)
	// Resolver resolves names; nil is the system's. Roots are the certificates that servers
	// are verified by; nil are the system's.
	Resolver *net.Resolver
	Roots    *x509.CertPool
}

// Crawler is a crawl into a folder.
type Crawler struct {
	settings Settings
	options  Options
	dir      string

	form      *urls.Form
	bounds    *urls.Bounds
	seeds     []urls.URL
	policy    consent.Policy
	agents    []string // own and others' tokens that bind
	endings   map[string]bool
	transport *wire.Transport
	archive   *archive.Archive // of pages, the log
	siteFiles *archive.Archive // of robots.txt, sitemaps and what else is no page
	front     *frontier.Frontier
	log       pending
	gate      gate
	changed   chan struct{} // something was released

	mu       sync.Mutex // after the frontier's
	tally    *Tally
	before   Tally // when this process began
	sites    sites
	underWay int
	pages    int // of those, pages that may count
	began    time.Time
}

// ErrInUse is the error of a folder that another process crawls into.
var ErrInUse error = inUse{}

// inUse is a held folder to those who know no crawler.
type inUse struct{}

func (inUse) Error() string { return "another process crawls into it" }

func (inUse) Unwrap() error { return folderlock.ErrHeld }

// ErrNoCrawl is the error of a folder that has files and is none of a crawl.
var ErrNoCrawl = errors.New("it has files, and none of a crawl: name a new or empty folder")

// checkFolder keeps a crawl out of folders that are not its own: files of theirs may have
// the names of ours. The first thing that a crawl makes is its lock.
func checkFolder(dir string) error {
	list, err := os.ReadDir(dir)
	if errors.Is(err, os.ErrNotExist) || err == nil && len(list) == 0 {
		return nil
	}
	if err != nil {
		return err
	}
	if _, err := os.Lstat(filepath.Join(dir, archive.LockName)); err != nil {
		return fmt.Errorf("%s: %w", dir, ErrNoCrawl)
	}
	return nil
}

// Folders within that of a crawl: what is still to be asked for, and the archive of
// robots.txt, sitemaps and the like, which no source of pages is to read.
const (
	frontierFolder = "frontier"
	sitesFolder    = "sites"
)

// Open opens or makes the folder of a crawl and reads what the frontier lacks of the
// archive. Settings must be complete and valid.
func Open(settings Settings, o Options) (*Crawler, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	c := &Crawler{settings: settings, options: o, dir: settings.Out, form: &urls.Form{Drop: settings.DropParameters},
		agents: append([]string{product}, settings.Agents...), endings: map[string]bool{}, changed: make(chan struct{}, 1)}
	for _, e := range settings.SkipEndings {
		c.endings[e] = true
	}
	var err error
	if c.bounds, c.seeds, err = settings.bounds(); err != nil {
		return nil, err
	}
	if c.policy, err = consent.ParsePolicy(settings.Policy); err != nil {
		return nil, err
	}
	allow, err := outbound.ParseAllow(settings.Allow)
	if err != nil {
		return nil, err
	}
	l := settings.Limits
	c.transport = &wire.Transport{Allow: allow, UserAgent: settings.userAgent(o.Version), Resolver: o.Resolver, Roots: o.Roots,
		Limits: wire.Limits{BodyBytes: int64(l.BodyBytes), DecodedBytes: int64(l.DecodedBytes), Head: l.Head, Total: l.Total}}
	c.gate = gate{delay: settings.Politeness.AddressDelay, resolver: o.Resolver, next: map[string]time.Time{}, granted: map[string]time.Time{}}
	if err := checkFolder(c.dir); err != nil {
		return nil, err
	}
	if err := c.openStores(); err != nil {
		return nil, errors.Join(err, c.closeStores())
	}
	return c, nil
}

func (c *Crawler) openStores() error {
	s := &c.settings
	info := []warc.Field{{Name: "software", Value: product + "/" + c.options.Version}, {Name: "robots", Value: "RFC 9309, policy " + c.policy.String()},
		{Name: "http-header-user-agent", Value: c.transport.UserAgent}, {Name: "operator", Value: s.Contact}}
	var err error
	c.archive, err = archive.Open(c.dir, archive.Settings{MaxBytes: int64(s.FileBytes), Info: info, Level: s.Compression})
	if errors.Is(err, archive.ErrLocked) {
		return fmt.Errorf("%s: %w", c.dir, ErrInUse)
	}
	if err != nil {
		return err
	}
	c.siteFiles, err = archive.Open(filepath.Join(c.dir, sitesFolder), archive.Settings{Prefix: sitesFolder, MaxBytes: int64(s.FileBytes), Info: info, Level: s.Compression})
	if err != nil {
		return err
	}
	if err := c.openFrontier(); err != nil {
		return err
	}
	err = c.replay()
	if err == nil || !errors.Is(err, errAhead) {
		return err
	}
	c.options.Log.Warn("the archive lacks what the frontier knows: the frontier is made again", "folder", c.dir)
	if err := c.front.Close(); err != nil {
		return err
	}
	if err := os.RemoveAll(filepath.Join(c.dir, frontierFolder)); err != nil {
		return err
	}
	if err := c.openFrontier(); err != nil {
		return err
	}
	return c.replay()
}

func (c *Crawler) openFrontier() error {
	var err error
	if c.front, err = frontier.Open(filepath.Join(c.dir, frontierFolder), frontier.Settings{Delay: c.settings.Politeness.Delay}); err != nil {
		return err
	}
	_, state := c.front.Position()
	if c.tally, err = parseTally(state); err != nil {
		return fmt.Errorf("%s: the counts of the crawl: %w", c.dir, err)
	}
	c.sites = sites{front: c.front, known: map[string]*site{}}
	return nil
}

// errAhead is the error of an archive that ends before what the frontier stands for.
var errAhead = errors.New("the archive ends before the frontier's position")

// replay absorbs what stands in the archive and not in the frontier, and the seeds.
func (c *Crawler) replay() error {
	stored, _ := c.front.Position()
	from, err := archive.ParsePosition(stored)
	if err != nil {
		return errAhead
	}
	if err := c.plant(from); err != nil {
		return err
	}
	l := c.newLinker()
	read := false
	for e, err := range c.archive.Since(from) {
		if err != nil && !read && from != (archive.Position{}) {
			return fmt.Errorf("%w: %w", errAhead, err)
		}
		if err != nil {
			return err
		}
		read = true
		p, err := c.recorded(e)
		if err != nil {
			return fmt.Errorf("%s at %d: %w", e.File, e.Offset, err)
		}
		p.look(c, l)
		if err := c.update(e.End, func(b *frontier.Batch) error { return c.recount(b, p) }); err != nil {
			return err
		}
	}
	c.before = c.tally.clone()
	return nil
}

// recount absorbs a page that stands in the archive alone, and counts the request for it.
func (c *Crawler) recount(b *frontier.Batch, p *page) error {
	was, err := b.State(p.entry.URL.String())
	if err != nil || was == frontier.Fetched {
		return err
	}
	if err := c.absorb(b, p); err != nil {
		return err
	}
	h, err := b.Host(p.entry.URL.Origin())
	if err != nil {
		return err
	}
	c.tally.Requests++
	h.Fetched++
	h.Bytes += uint64(len(p.x.Response))
	return b.SetHost(h, time.Time{})
}

// plant adds the seeds; those that are known already change nothing.
func (c *Crawler) plant(at archive.Position) error {
	return c.update(at, func(b *frontier.Batch) error {
		for _, u := range c.seeds {
			if _, err := b.Add(frontier.Entry{URL: u}, "", 0); err != nil {
				return err
			}
		}
		return nil
	})
}

// update commits changes of frontier and counts together.
func (c *Crawler) update(at archive.Position, change func(b *frontier.Batch) error) error {
	return c.front.Update(func(b *frontier.Batch) error {
		c.mu.Lock()
		defer c.mu.Unlock()
		if err := change(b); err != nil {
			return err
		}
		state, err := json.Marshal(c.tally)
		if err != nil {
			return err
		}
		b.Stand(at.String(), state)
		return nil
	})
}

// Close publishes the archive's open file and writes the report to the folder. A second
// call does nothing.
func (c *Crawler) Close() (Report, error) {
	if c.archive == nil {
		return Report{}, nil
	}
	err := errors.Join(c.archive.Close(), c.siteFiles.Close())
	c.archive, c.siteFiles = nil, nil
	var r Report
	if err == nil {
		r, err = c.writeReport()
	}
	return r, errors.Join(err, c.closeStores())
}

func (c *Crawler) closeStores() error {
	c.transport.Close()
	var list []error
	for _, closer := range []io.Closer{closerOf(c.archive), closerOf(c.siteFiles), closerOf(c.front)} {
		if closer != nil {
			list = append(list, closer.Close())
		}
	}
	c.archive, c.siteFiles, c.front = nil, nil, nil
	return errors.Join(list...)
}

// closerOf keeps a nil pointer nil.
func closerOf[T interface {
	comparable
	io.Closer
}](p T) io.Closer {
	var none T
	if p == none {
		return nil
	}
	return p
}

// Run crawls until nothing is left, a limit is reached, or ctx ends; then requests under
// way are given up, to be asked again by the next run, and the error is that of ctx.
func (c *Crawler) Run(ctx context.Context) error {
	c.began = time.Now()
	if c.options.Recrawl {
		if err := c.renew(ctx); err != nil {
			return err
		}
	}
	done := make(chan struct{})
	var watchers, workers sync.WaitGroup
	c.watch(done, &watchers)
	work := make(chan frontier.Work)
	failed := make(chan error, c.settings.Workers)
	inner, stop := context.WithCancel(ctx)
	defer stop()
	if c.settings.Stop.Time > 0 {
		inner, stop = context.WithTimeout(inner, c.settings.Stop.Time-seconds(c.tally.Seconds-c.tally.Before.Seconds))
		defer stop()
	}
	for range c.settings.Workers {
		workers.Go(func() {
			f := c.newFetcher(inner)
			for w := range work {
				if err := c.serve(inner, f, w); err != nil {
					failed <- err
					stop()
					return
				}
			}
		})
	}
	err := c.dispatch(inner, work)
	close(work)
	workers.Wait()
	close(done)
	watchers.Wait()
	close(failed)
	for e := range failed {
		err = errors.Join(err, e)
	}
	if err != nil {
		return err
	}
	if err := c.finish(); err != nil {
		return err
	}
	return ctx.Err()
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

// finish stores how long the process worked, and makes all durable.
func (c *Crawler) finish() error {
	worked := time.Since(c.began).Seconds()
	if err := c.update(c.archive.Position(), func(*frontier.Batch) error {
		c.tally.Seconds += worked
		return nil
	}); err != nil {
		return err
	}
	return c.sync()
}

// sync makes all durable against a failure of power: the archive before what stands for it.
func (c *Crawler) sync() error {
	if err := errors.Join(c.archive.Sync(), c.siteFiles.Sync()); err != nil {
		return err
	}
	return c.front.Sync()
}

// dispatch hands addresses to workers until nothing is left or the crawl has enough.
func (c *Crawler) dispatch(ctx context.Context, work chan<- frontier.Work) error {
	timer := time.NewTimer(0)
	defer timer.Stop()
	synced := time.Now()
	for {
		if time.Since(synced) > syncEvery {
			if err := c.sync(); err != nil {
				return err
			}
			synced = time.Now()
		}
		enough, full := c.enough()
		if enough || ctx.Err() != nil {
			return nil
		}
		wait, ok := time.Duration(-1), false
		var w frontier.Work
		if !full {
			var err error
			w, wait, ok, err = c.front.Next(time.Now())
			if errors.Is(err, frontier.ErrDone) {
				return nil
			}
			if err != nil {
				return err
			}
		}
		if ok {
			c.count(w, 1)
			select {
			case work <- w:
				continue
			case <-ctx.Done():
				return c.release(w, time.Time{})
			}
		}
		if wait < 0 || wait > syncEvery {
			wait = syncEvery
		}
		timer.Reset(wait)
		select {
		case <-timer.C:
		case <-c.changed:
		case <-ctx.Done():
		}
	}
}

// syncEvery is how often the archive and the frontier are made durable against a failure
// of power, and the longest time that nothing is looked at.
const syncEvery = 10 * time.Second

// enough reports whether a limit is reached, and whether it will be by what is under way.
func (c *Crawler) enough() (enough, full bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	s, t := &c.settings.Stop, c.tally
	pages, bytes := t.Pages-t.Before.Pages, t.Bytes-t.Before.Bytes
	if s.Bytes > 0 && bytes >= int64(s.Bytes) || s.Pages > 0 && pages >= s.Pages {
		return true, true
	}
	return false, s.Pages > 0 && pages+int64(c.pages) >= s.Pages
}

// count notes that work begins or ends.
func (c *Crawler) count(w frontier.Work, n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.underWay += n
	if w.Entry.Kind == frontier.Page {
		c.pages += n
	}
}

// release gives a host back; a zero time is at once.
func (c *Crawler) release(w frontier.Work, ready time.Time) error {
	err := c.front.Release(w, ready, time.Now())
	c.count(w, -1)
	select {
	case c.changed <- struct{}{}:
	default:
	}
	return err
}

// pending knows which pages are in the archive and not yet in the frontier.
type pending struct {
	mu    sync.Mutex
	first *ticket
	last  *ticket
}

// ticket is a page that is being appended and absorbed.
type ticket struct {
	from       archive.Position // nothing of it stands before
	prev, next *ticket
}

// begin is called before a page is appended.
func (p *pending) begin(a *archive.Archive) *ticket {
	p.mu.Lock()
	defer p.mu.Unlock()
	t := &ticket{from: a.Position(), prev: p.last}
	if p.last != nil {
		p.last.next = t
	} else {
		p.first = t
	}
	p.last = t
	return t
}

// position is up to where all is absorbed when t is; t may be nil.
func (p *pending) position(a *archive.Archive, t *ticket) archive.Position {
	p.mu.Lock()
	defer p.mu.Unlock()
	first := p.first
	if first != nil && first == t {
		first = first.next
	}
	if first == nil {
		return a.Position()
	}
	return first.from
}

// end is called when a page is absorbed and that is committed.
func (p *pending) end(t *ticket) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if t.prev != nil {
		t.prev.next = t.next
	} else {
		p.first = t.next
	}
	if t.next != nil {
		t.next.prev = t.prev
	} else {
		p.last = t.prev
	}
}
