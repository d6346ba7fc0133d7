package gather

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/format"
	"github.com/corpusmill/corpusmill/format/dumpxml"
	"github.com/corpusmill/corpusmill/stage"
)

// MediaWiki reads the XML dumps of MediaWiki, such as pages-articles-multistream.xml.bz2
// of Wikipedia, one document a page: its wikitext for the stage wiki_text. Of a page with
// its history the latest revision is read. Redirects, pages of other namespaces, of other
// kinds than wikitext, and without text are skipped and counted. A file is read by one
// worker: take the dumps that come in several files. Files may be compressed with bzip2,
// gzip, zstd or xz.
//
// The columns are title, page, revision, modified (time of the revision). The address is made of
// the wiki's own and the title.
type MediaWiki struct {
	// Paths are files and patterns: folder/enwiki-*-pages-articles-multistream?*.xml*.bz2,
	// s3://bucket/prefix/*.xml.bz2, with * ? [..] {a,b} and **.
	Paths []string `yaml:"paths" key:"-"`
	// List is a file of addresses or names, one a line, .gz and .zst too; what they name is
	// read beside Paths. Names lie below Base, which is by default the folder of the list.
	List string `yaml:"list" key:"-"`
	// Base is the folder or address that the names of List lie below.
	Base string `yaml:"base" key:"-"`
	// Namespaces are the numbers of those that are read: 0 articles, 1 their talk pages, 4
	// pages about the wiki, 14 categories, and so on; [] reads all.
	Namespaces []int `yaml:"namespaces" default:"0"`
}

// MediaWikiDef defines the source mediawiki.
var MediaWikiDef = stage.DefineOpen("mediawiki", 1, newMediaWiki)

func (m *MediaWiki) input() input { return input{m.Paths, m.List, m.Base} }

// Validate checks the settings.
func (m *MediaWiki) Validate() error { return m.input().check() }

// OpenMediaWiki makes the source ready; zero fields take their defaults.
func OpenMediaWiki(ctx context.Context, m MediaWiki, env *stage.Env) (stage.Source, error) {
	return stage.Open[stage.Source](ctx, MediaWikiDef, m, env)
}

func newMediaWiki(_ context.Context, m MediaWiki, env *stage.Env) (*wikiSource, error) {
	return &wikiSource{files: newFiles(m.input(), env), namespaces: m.Namespaces}, nil
}

type wikiSource struct {
	*files
	namespaces []int
}

var wikiColumns = []stage.InputColumn{
	{Name: "title", Path: "title", Type: corpus.String},
	{Name: "page", Path: "page", Type: corpus.Int},
	{Name: "revision", Path: "revision", Type: corpus.Int},
	{Name: "modified", Path: "modified", Type: corpus.Millis},
}

// Columns implements stage.ColumnSource.
func (*wikiSource) Columns(context.Context) ([]stage.InputColumn, error) { return wikiColumns, nil }

// Writes lists the columns that a page sets.
func (*wikiSource) Writes() []string {
	return []string{"id", "url", "raw", "media", "title", "page", "revision", "modified"}
}

// wikiPage is what is known of a page.
type wikiPage struct {
	title, model, text string
	id, revision       int64
	namespace          int
	modified           time.Time
	redirect, some     bool
	err                error
}

// wiki is what a dump says of itself.
type wiki struct{ name, base string }

// url is the address of a page.
func (w *wiki) url(title string) string {
	i := strings.LastIndexByte(w.base, '/')
	if i < len("https://x") {
		return ""
	}
	return w.base[:i+1] + strings.ReplaceAll(url.PathEscape(strings.ReplaceAll(title, " ", "_")), "%2F", "/")
}

// Read streams one dump.
func (s *wikiSource) Read(ctx context.Context, shard corpus.Shard, feed stage.Feed) error {
	f, err := s.open(ctx, shard, feed)
	if err != nil {
		return err
	}
	in, err := format.Decompress(ctx, f, s.env)
	if err != nil {
		return f.damaged(shard, 0, err, feed)
	}
	defer in.Close() //nolint:errcheck // read only
	x := dumpxml.NewReader(in, s.env.RecordBytesMax)
	var w wiki
	for pages := int64(0); ; {
		record := pages
		tag, err := x.Tag()
		if errors.Is(err, io.EOF) {
			s.end(shard, x, &w, pages, feed)
			return nil
		}
		if err == nil {
			switch string(tag.Name) {
			case "dbname":
				w.name, err = x.Text()
			case "base":
				w.base, err = x.Text()
			case "page":
				offset := tag.Offset
				if in.Compressed {
					offset = -1
				}
				err = s.page(x, shard, &w, corpus.Origin{Record: record, Offset: offset}, feed)
				pages++
			}
		}
		var stop *stopped
		var damage *format.Damage
		switch {
		case f.err != nil:
			return f.err
		case errors.As(err, &stop):
			return stop.error
		case err == nil || errors.Is(err, dumpxml.ErrTooLong):
		case errors.As(err, &damage) && !damage.Rest:
			if err := f.damaged(shard, record, err, feed); err != nil {
				return err
			}
		default:
			return f.damaged(shard, record, err, feed)
		}
	}
}

// end looks at how a dump ended: one that is cut between two pages looks whole but for its
// last tag.
func (s *wikiSource) end(shard corpus.Shard, x *dumpxml.Reader, w *wiki, pages int64, feed stage.Feed) {
	lost := &corpus.RecordError{Shard: shard.String(), Record: pages, Offset: -1, Loss: corpus.LossRest}
	switch root := x.Unclosed(); {
	case pages == 0 && *w == (wiki{}):
		lost.Offset, lost.Err = 0, errors.New("no page of MediaWiki's XML: want a dump such as pages-articles.xml.bz2")
	case root != "":
		lost.Err = unclosed(root)
	default:
		return
	}
	feed.Quarantine(lost)
}

// unclosed is the error of a dump that ends between two records.
func unclosed(root string) error {
	return fmt.Errorf("the file ends before </%s>: it is cut, and what stood behind is lost", root)
}

// stopped is an error of the feed: reading ends.
type stopped struct{ error }

// page reads a page behind its tag. The error is that of the stream, or *stopped.
func (s *wikiSource) page(x *dumpxml.Reader, shard corpus.Shard, w *wiki, origin corpus.Origin, feed stage.Feed) error {
	p, err := readWikiPage(x)
	if err != nil && !errors.Is(err, dumpxml.ErrTooLong) {
		return err
	}
	if err = cmp.Or(err, p.err); err != nil {
		feed.Quarantine(&corpus.RecordError{Shard: shard.String(), Record: origin.Record, Offset: origin.Offset, Loss: corpus.LossRecord, Err: err})
		return nil
	}
	switch {
	case len(s.namespaces) > 0 && !slices.Contains(s.namespaces, p.namespace):
		feed.Skip("namespace")
	case p.redirect:
		feed.Skip("redirect")
	case p.model != "" && p.model != "wikitext":
		feed.Skip("content model")
	case strings.TrimSpace(p.text) == "":
		feed.Skip("no text")
	default:
		d := &corpus.Document{URL: w.url(p.title), Raw: []byte(p.text), Media: "text/x-wiki", Origin: origin}
		if w.name != "" && p.id > 0 {
			d.ID = w.name + ":" + strconv.FormatInt(p.id, 10)
		}
		modified := corpus.Null
		if !p.modified.IsZero() {
			modified = corpus.Value{Int: p.modified.UnixMilli()}
		}
		d.Cells = append(d.Cells, corpus.Value{Str: p.title}, corpus.Value{Int: p.id}, corpus.Value{Int: p.revision}, modified)
		if err := feed.Document(d); err != nil {
			return &stopped{err}
		}
	}
	return nil
}

// readWikiPage reads up to </page>; of several revisions the latest counts.
func readWikiPage(x *dumpxml.Reader) (wikiPage, error) {
	var p, r wikiPage // r is the revision at hand
	inRevision := false
	for {
		tag, err := x.Tag()
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		if errors.Is(err, dumpxml.ErrTooLong) {
			p.err, err = dumpxml.ErrTooLong, nil
		}
		if err != nil {
			return p, err
		}
		name := string(tag.Name)
		switch name {
		case "/page":
			return p, nil
		case "revision":
			inRevision, r = true, wikiPage{}
		case "/revision":
			if inRevision = false; !p.some || !r.modified.Before(p.modified) {
				p.text, p.model, p.revision, p.modified, p.some, p.err = r.text, r.model, r.revision, r.modified, true, r.err
			}
		case "redirect":
			p.redirect = true
		case "contributor": // has an id of its own
			err = skipElement(x, "/contributor", tag.Empty)
		}
		if err != nil {
			return p, err
		}
		if tag.Empty {
			continue
		}
		if err := p.field(x, &r, name, inRevision); err != nil {
			return p, err
		}
	}
}

// field reads the text of an element into the page or its revision.
func (p *wikiPage) field(x *dumpxml.Reader, r *wikiPage, name string, inRevision bool) error {
	switch name {
	case "title", "ns", "id", "timestamp", "model", "text":
	default:
		return nil
	}
	text, err := x.Text()
	if errors.Is(err, dumpxml.ErrTooLong) {
		r.err = err
		return nil
	}
	if err != nil {
		return err
	}
	number := func() int64 {
		n, err := strconv.ParseInt(strings.TrimSpace(text), 10, 64)
		if err != nil {
			return -1
		}
		return n
	}
	switch {
	case name == "title":
		p.title = strings.ToValidUTF8(text, "\ufffd")
	case name == "ns":
		p.namespace = int(number())
	case name == "id" && inRevision:
		r.revision = number()
	case name == "id":
		p.id = number()
	case name == "timestamp":
		r.modified, _ = time.Parse(time.RFC3339, strings.TrimSpace(text)) // without one it is null
	case name == "model":
		r.model = text
	case name == "text":
		r.text = text
	}
	return nil
}

// skipElement passes over an element.
func skipElement(x *dumpxml.Reader, end string, empty bool) error {
	for !empty {
		tag, err := x.Tag()
		if err != nil && !errors.Is(err, dumpxml.ErrTooLong) {
			return err
		}
		empty = string(tag.Name) == end || string(tag.Name) == "/revision" || string(tag.Name) == "/page"
	}
	return nil
}
