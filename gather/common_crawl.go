package gather

import (
	"context"
	"errors"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/corpusmill/corpusmill/config"
	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/stage"
)

// CommonCrawl reads the pages of a crawl of Common Crawl that its index says are wanted, and
// of its archives no other bytes: the index is asked, and the records that it names are
// fetched, those that lie near each other together. A page is wanted that is of one of the
// hosts, domains and tlds, where any are named, and fits each of the other settings.
//
// The pages are those that the source warc finds in the whole archives, with columns of the
// index: content_languages, content_truncated, content_mime_detected, content_digest,
// fetch_status, warc_filename, warc_record_offset and warc_record_length. A document comes
// from its archive (src_shard, src_offset); the number of its record there is not known. A
// record that is not the one that the index says, or is not whole, goes to quarantine. Rows
// of the index that are not wanted count for nothing.
//
// Whoever wants a third of a crawl or more reads it whole (warc, cc:CC-MAIN-2026-43/warc)
// and filters: asking for records one by one takes longer then.
type CommonCrawl struct {
	// Crawl is the name of the crawl, such as CC-MAIN-2026-43. It is needed where Index
	// names no files.
	Crawl string `yaml:"crawl" key:"-"`
	// From is where the crawl lies: https://data.commoncrawl.org, s3://commoncrawl, or a
	// folder or address with the same layout. Archives lie below it.
	From string `yaml:"from" key:"-" default:"https://data.commoncrawl.org"`
	// Index are files and patterns of the index: Parquet of the columnar one, or CDXJ, which
	// may be gzipped. By default they are the columnar index of the crawl, as its
	// cc-index-table.paths.gz lists it.
	Index []string `yaml:"index" key:"-"`
	// Subsets are those of the crawl that are read of that list: warc, crawldiagnostics
	// (redirects and errors), robotstxt.
	Subsets []string `yaml:"subsets" key:"-" default:"warc"`
	// Domains are domains, such as example.org, with all hosts below.
	Domains []string `yaml:"domains"`
	// Hosts are names of hosts, such as www.example.org.
	Hosts []string `yaml:"hosts"`
	// TLDs are the ends of names of hosts, such as de or ac.uk.
	TLDs []string `yaml:"tlds"`
	// URLs are regular expressions (RE2), of which an address has one anywhere.
	URLs []string `yaml:"urls"`
	// Languages are codes of ISO 639-3, such as deu: a page has one among those that the
	// index lists for it.
	Languages []string `yaml:"languages"`
	// Media are the media types that the index says were detected. text/html stands for
	// XHTML too. As in the source warc a page must be of one by its bytes too; without any,
	// texts of WET files alone are read.
	Media []string `yaml:"media" default:"text/html"`
	// Status are the HTTP statuses of the answers; without any, all of them.
	Status []int `yaml:"status" default:"200"`
	// MinBytes is the smallest size of a record as it is stored, compressed.
	MinBytes config.Bytes `yaml:"min_bytes"`
	// MaxBytes is the largest; 0 is any up to record_bytes_max.
	MaxBytes config.Bytes `yaml:"max_bytes"`
	// GapBytes is how far apart two records of an archive may be that are fetched by one
	// request: what lies between is read for nothing.
	GapBytes config.Bytes `yaml:"gap_bytes" key:"-" default:"64KiB"`
}

// CommonCrawlDef defines the source common_crawl.
var CommonCrawlDef = stage.DefineOpen("common_crawl", 1, newCommonCrawl)

// crawlName is what a crawl may be called.
var crawlName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*$`)

// Validate checks the settings.
func (c *CommonCrawl) Validate() error {
	switch {
	case c.Crawl == "" && len(c.Index) == 0:
		return errors.New("crawl: name a crawl, such as CC-MAIN-2026-43, or files by index")
	case c.Crawl != "" && !crawlName.MatchString(c.Crawl):
		return fmt.Errorf("crawl: %q is no name of a crawl, such as CC-MAIN-2026-43", c.Crawl)
	case c.From == "":
		return errors.New("from: name where the crawl lies, such as https://data.commoncrawl.org")
	case c.MinBytes < 0 || c.MaxBytes < 0 || c.GapBytes < 0:
		return errors.New("min_bytes, max_bytes, gap_bytes: a size is not negative")
	case c.MaxBytes > 0 && c.MaxBytes < c.MinBytes:
		return errors.New("max_bytes: it is smaller than min_bytes")
	}
	for key, names := range map[string][]string{"domains": c.Domains, "hosts": c.Hosts, "tlds": c.TLDs} {
		for _, name := range names {
			if name == "" || strings.ContainsAny(name, "/:* ") {
				return fmt.Errorf("%s: %q is no name of hosts, such as example.org", key, name)
			}
		}
	}
	for _, language := range c.Languages {
		if len(language) != 3 {
			return fmt.Errorf("languages: %q is no code of three letters, such as deu", language)
		}
	}
	if _, err := patterns(c.URLs); err != nil {
		return err
	}
	var parquet int
	for _, name := range c.Index {
		if isColumnar(name) {
			parquet++
		}
	}
	if parquet > 0 && parquet < len(c.Index) {
		return errors.New("index: name files of Parquet (.parquet) or of CDXJ, not both: they list the same pages")
	}
	return nil
}

func patterns(list []string) (compiled []*regexp.Regexp, err error) {
	for _, p := range list {
		r, err := regexp.Compile(p)
		if err != nil {
			return nil, fmt.Errorf("urls: %w", err)
		}
		compiled = append(compiled, r)
	}
	return compiled, nil
}

// isColumnar tells files of the columnar index by their name.
func isColumnar(name string) bool { return strings.HasSuffix(name, ".parquet") }

// OpenCommonCrawl makes the source ready; zero fields take their defaults.
func OpenCommonCrawl(ctx context.Context, c CommonCrawl, env *stage.Env) (stage.Source, error) {
	return stage.Open[stage.Source](ctx, CommonCrawlDef, c, env)
}

func newCommonCrawl(_ context.Context, c CommonCrawl, env *stage.Env) (*crawlSource, error) {
	s := &crawlSource{settings: c, want: newQuery(c), columnar: len(c.Index) == 0 || isColumnar(c.Index[0])}
	if len(c.Index) > 0 {
		s.files = newFiles(input{patterns: c.Index}, env)
		return s, nil
	}
	s.files = newFiles(input{list: crawlList(c.From, c.Crawl, "cc-index-table"), base: c.From}, env)
	s.files.lines = func(name string) bool {
		return slices.Contains(c.Subsets, strings.TrimPrefix(path.Base(path.Dir(name)), "subset="))
	}
	return s, nil
}

// crawlSource is a source whose shards are files of the index: what is fetched of the
// archives hangs on a row of it alone, so that a task needs to know nothing of others.
type crawlSource struct {
	*files
	settings CommonCrawl
	want     *query
	columnar bool
	carried  carriedFields
}

// Carry implements stage.ResponseSource, but for fields of metadata records, which are not
// fetched.
func (s *crawlSource) Carry(fields []string) { s.carried = newCarried(fields) }

// Cuts says that a row group of the columnar index can be read without those before it.
func (s *crawlSource) Cuts() bool { return s.columnar }

// HoldsBytes implements stage.Holder: of each worker a file of the index, the rows of a
// batch that are wanted, and what is fetched for them and ahead.
func (s *crawlSource) HoldsBytes(workers int) int64 {
	return int64(workers) * (tableBytes + hitsBytes + 2*waveBytes + archiveBytes)
}

// crawlColumns are the columns of the index that documents have.
var crawlColumns = []stage.InputColumn{
	{Name: "content_languages", Path: "content_languages", Type: corpus.String},
	{Name: "content_truncated", Path: "content_truncated", Type: corpus.String},
	{Name: "content_mime_detected", Path: "content_mime_detected", Type: corpus.String},
	{Name: "content_digest", Path: "content_digest", Type: corpus.String},
	{Name: "fetch_status", Path: "fetch_status", Type: corpus.Int},
	{Name: "warc_filename", Path: "warc_filename", Type: corpus.String},
	{Name: "warc_record_offset", Path: "warc_record_offset", Type: corpus.Int},
	{Name: "warc_record_length", Path: "warc_record_length", Type: corpus.Int},
}

// Columns implements stage.ColumnSource.
func (s *crawlSource) Columns(context.Context) ([]stage.InputColumn, error) {
	return slices.Clone(crawlColumns), nil
}

// Writes lists the columns that a page sets.
func (s *crawlSource) Writes() []string {
	list := []string{"id", "url", "raw", "http_header", "media", "charset", "fetched_at"}
	for _, c := range crawlColumns {
		list = append(list, c.Name)
	}
	return list
}

// Read reads a file of the index, or the row groups that begin in its range, and fetches
// what it says is wanted.
func (s *crawlSource) Read(ctx context.Context, shard corpus.Shard, feed stage.Feed) error {
	archives, err := s.env.Stores.Open(ctx, s.settings.From)
	if err != nil {
		return err
	}
	h := &hits{fetch: &fetcher{archives: archives, source: s, feed: feed}, names: map[string]string{}}
	if s.columnar {
		return s.readColumnar(ctx, shard, h, feed)
	}
	return s.readCDXJ(ctx, shard, h, feed)
}

// hit is a record that is wanted.
type hit struct {
	file           string
	offset, length int64
	status         int64
	url            string
	languages      string
	truncated      string
	media          string
	digest         string
}

// hitBytes is what a hit takes beside its texts.
const hitBytes = 160

// document makes a page the document of a hit.
func (h *hit) document(d *corpus.Document, source string) {
	at := strconv.FormatInt(h.offset, 10)
	d.ID = source + "/" + h.file + "@" + at
	d.Origin = corpus.Origin{Source: source, Shard: h.file, Record: -1, Offset: h.offset}
	d.Cells = []corpus.Value{corpus.StrOrNull(h.languages), corpus.StrOrNull(h.truncated), corpus.StrOrNull(h.media), corpus.StrOrNull(h.digest),
		corpus.Int64(h.status), corpus.Str(h.file), corpus.Int64(h.offset), corpus.Int64(h.length)}
}

// Limits of the hits that are sorted together.
const (
	hitsMax   = 1 << 15
	hitsBytes = 16 << 20
)

// hits collects what is wanted of a row group or of lines, and has it fetched in the order of
// the archives, so many at a time.
type hits struct {
	list  []hit
	bytes int
	names map[string]string // of archives, once each
	fetch *fetcher
}

// hitNames is of how many archives the name is kept once.
const hitNames = 1 << 17

func (h *hits) add(ctx context.Context, x hit) error {
	name, ok := h.names[x.file]
	if !ok {
		if len(h.names) >= hitNames {
			clear(h.names)
		}
		name = strings.Clone(x.file)
		h.names[name] = name
	}
	x.file = name
	for _, s := range []*string{&x.url, &x.languages, &x.truncated, &x.media, &x.digest} {
		*s = strings.Clone(*s)
		h.bytes += len(*s)
	}
	h.list = append(h.list, x)
	if h.bytes += hitBytes; len(h.list) >= hitsMax || h.bytes >= hitsBytes {
		return h.flush(ctx)
	}
	return nil
}

func (h *hits) flush(ctx context.Context) error {
	slices.SortStableFunc(h.list, compareHits)
	err := h.fetch.all(ctx, h.list)
	clear(h.list)
	h.list, h.bytes = h.list[:0], 0
	return err
}
