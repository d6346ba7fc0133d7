package gather

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/corpusmill/corpusmill/format"
	"github.com/corpusmill/corpusmill/store"
)

const (
	listLineMax    = 8 << 10
	listEntriesMax = 2_000_000
	// listAsks is how many files are looked at side by side; a store may allow fewer.
	listAsks = 32
)

// entry is a line of a list: a file of a store.
type entry struct {
	line     int
	location string // of the store
	name     string
}

// list is a file of files.
type list struct {
	file, base string
	keep       func(name string) bool // which lines count; nil is all
}

// Where Common Crawl lies, and what begins a path that stands for all files of a crawl.
const (
	commonCrawl = "https://data.commoncrawl.org"
	crawlScheme = "cc:"
)

// crawlKinds are the lists of archives that a crawl has.
var crawlKinds = []string{"warc", "wet", "robotstxt", "non200responses"}

// crawlOf is the list of a path such as cc:CC-MAIN-2026-43/warc; ok is false of others.
func crawlOf(pattern, base string) (l list, ok bool, err error) {
	name, ok := strings.CutPrefix(pattern, crawlScheme)
	if !ok {
		return l, false, nil
	}
	crawl, kind, _ := strings.Cut(name, "/")
	if !crawlName.MatchString(crawl) || !slices.Contains(crawlKinds, kind) {
		return l, false, fmt.Errorf("paths: %s: want cc:CRAWL/KIND, such as cc:CC-MAIN-2026-43/warc; kinds are %s", pattern, strings.Join(crawlKinds, ", "))
	}
	base = cmp.Or(base, commonCrawl)
	return list{file: crawlList(base, crawl, kind), base: base}, true, nil
}

// crawlList is where a crawl below a base lists its files of a kind.
func crawlList(base, crawl, kind string) string {
	return strings.TrimRight(base, "/") + "/crawl-data/" + crawl + "/" + kind + ".paths.gz"
}

// readList adds the files of a list. Their sizes are asked for one by one, as a list has
// none.
func (f *files) readList(ctx context.Context, l list, found *listing) error {
	shown := store.HideUser(l.file)
	entries, err := f.entries(ctx, l)
	if err != nil {
		return fmt.Errorf("list %s: %w", shown, err)
	}
	if len(entries) == 0 {
		return noMatch("list " + shown)
	}
	stores := map[string]store.Store{}
	for _, e := range entries {
		if stores[e.location] == nil {
			if stores[e.location], err = f.env.Stores.Open(ctx, e.location); err != nil {
				return fmt.Errorf("list %s, line %d: %w", shown, e.line, err)
			}
		}
	}
	objects := make([]store.Object, len(entries))
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	next := make(chan int)
	var group sync.WaitGroup
	for range min(listAsks, len(entries)) {
		group.Go(func() {
			for i := range next {
				e := entries[i]
				var err error
				if objects[i], err = stores[e.location].Stat(ctx, e.name); err != nil {
					stop(fmt.Errorf("list %s, line %d: %w", shown, e.line, err)) // the first stays
				}
			}
		})
	}
	for i := range entries {
		if ctx.Err() != nil {
			break
		}
		next <- i
	}
	close(next)
	group.Wait()
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	for i, e := range entries {
		if err := found.add(stores[e.location], objects[i]); err != nil {
			return fmt.Errorf("list %s, line %d: %w", shown, e.line, err)
		}
	}
	return nil
}

// entries reads the list. Empty lines and those that begin with # count for nothing.
func (f *files) entries(ctx context.Context, l list) ([]entry, error) {
	raw, err := f.env.OpenFile(ctx, l.file)
	if err != nil {
		return nil, err
	}
	text, err := format.Decompress(ctx, raw, f.env)
	if err != nil {
		return nil, err
	}
	defer text.Close() //nolint:errcheck // read only
	below := placesOf(l.file, l.base)
	var entries []entry
	lines := bufio.NewScanner(text)
	lines.Buffer(nil, listLineMax)
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || line[0] == '#' || l.keep != nil && !l.keep(line) {
			continue
		}
		e, err := below.entry(line)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		if e.line = n; len(entries) >= listEntriesMax {
			return nil, fmt.Errorf("it has more than %d entries: cut it in several, each of a source of its own", listEntriesMax)
		}
		entries = append(entries, e)
	}
	if err := lines.Err(); errors.Is(err, bufio.ErrTooLong) {
		return nil, fmt.Errorf("a line is longer than %d bytes: a list has an address a line", listLineMax)
	} else if err != nil {
		return nil, err
	}
	gatherLocal(entries)
	return entries, nil
}

// places are what names of a list lie below.
type places struct {
	base string // names
	root string // names that begin with a slash
}

func placesOf(list, base string) places {
	if base != "" {
		return places{base, base}
	}
	base, _ = store.Split(list)
	p := places{cmp.Or(base, "."), "/"}
	if scheme, rest, ok := strings.Cut(list, "://"); ok {
		host, _, _ := strings.Cut(rest, "/")
		p.root = scheme + "://" + host
	}
	return p
}

// gatherLocal gives local files that were named from the root of the machine the last
// folder that all lie in.
func gatherLocal(entries []entry) {
	common, first := "", true
	for _, e := range entries {
		if e.location != "/" {
			continue
		}
		folder := e.name[:strings.LastIndexByte(e.name, '/')+1]
		if first {
			common, first = folder, false
		}
		for !strings.HasPrefix(folder, common) {
			common = common[:strings.LastIndexByte(common[:len(common)-1], '/')+1]
		}
	}
	if common == "" {
		return
	}
	for i := range entries {
		if e := &entries[i]; e.location == "/" {
			e.location, e.name = "/"+strings.TrimSuffix(common, "/"), e.name[len(common):]
		}
	}
}

// entry cuts an address at the root of its server or bucket, so that equal names in
// folders of one list stay apart.
func (p places) entry(line string) (entry, error) {
	scheme, rest, ok := strings.Cut(line, "://")
	if !ok {
		location := p.base
		if strings.HasPrefix(line, "/") {
			location = p.root
		}
		if trimmed := strings.TrimRight(location, "/"); trimmed != "" {
			location = trimmed
		}
		return entry{location: location, name: strings.TrimLeft(strings.TrimPrefix(line, "./"), "/")}, nil
	}
	if strings.Contains(rest, "?") && strings.HasPrefix(scheme, "http") {
		return entry{}, fmt.Errorf("%s has a query, which no file has: copy what it gives first", store.HideUser(line))
	}
	elements := 1 // a host or a bucket
	if scheme == "hf" {
		elements = 3 // datasets/ORG/NAME
	}
	at := 0
	for range elements {
		slash := strings.IndexByte(rest[at:], '/')
		if slash < 0 {
			return entry{}, fmt.Errorf("%s names no file", store.HideUser(line))
		}
		at += slash + 1
	}
	return entry{location: scheme + "://" + rest[:at-1], name: rest[at:]}, nil
}
