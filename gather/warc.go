package gather

import (
	"context"
	"errors"
	"io"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/format/warc"
	"github.com/corpusmill/corpusmill/stage"
)

// WARC reads web archives: HTML responses, resources and conversions of WARC files and
// the documents of ARC files as raw pages, and the records of WET files as text. Files
// may hold one gzip member a record, one for all, zstd, or nothing compressed; the
// first bytes tell. A damaged record goes to quarantine and reading goes on behind it.
type WARC struct {
	// Paths are files and patterns: folders, s3://bucket/prefix/*.warc.gz,
	// embedded:name/*.warc.gz, with * ? [..] {a,b} and **. cc:CC-MAIN-2026-43/warc is all of
	// a crawl of Common Crawl by its warc.paths.gz; likewise wet, robotstxt, non200responses.
	// They lie below Base, by default https://data.commoncrawl.org; or s3://commoncrawl, a copy.
	Paths []string `yaml:"paths" key:"-"`
	// List is a file of addresses or names, one a line, .gz and .zst too; what they name is
	// read beside Paths. Names lie below Base, which is by default the folder of the list.
	List string `yaml:"list" key:"-"`
	// Base is the folder or address that the names of List lie below, such as
	// https://data.commoncrawl.org for a warc.paths.gz.
	Base string `yaml:"base" key:"-"`
	// Media are the media types of the payloads that are read; others are skipped. A
	// payload whose type does not parse, is unknown or leaves it open is told by its bytes.
	// text/html stands for XHTML too. Take application/pdf or the types of office
	// documents only with a stage that reads them.
	Media []string `yaml:"media" default:"text/html"`
}

// answered are the statuses of answers that are pages.
var answered = []int{200}

// WARCDef defines the source warc.
var WARCDef = stage.DefineOpen("warc", 3, newWARC)

func (w *WARC) input() input { return input{w.Paths, w.List, w.Base} }

// Validate checks the settings.
func (w *WARC) Validate() error { return w.input().check() }

// OpenWARC makes the source ready; zero fields take their defaults.
func OpenWARC(ctx context.Context, w WARC, env *stage.Env) (stage.Source, error) {
	return stage.Open[stage.Source](ctx, WARCDef, w, env)
}

func newWARC(_ context.Context, w WARC, env *stage.Env) (*warcSource, error) {
	return &warcSource{files: newFiles(w.input(), env), media: w.Media}, nil
}

type warcSource struct {
	*files
	media   []string
	carried carriedFields
}

// Carry implements stage.ResponseSource.
func (s *warcSource) Carry(fields []string) { s.carried = newCarried(fields) }

// Writes lists the columns that an archive sets.
func (*warcSource) Writes() []string {
	return []string{"url", "raw", "http_header", "media", "charset", "fetched_at"}
}

// archiveBytes is what an open archive takes: a compressed member of up to 8 MiB and its
// content of up to 16, or a window of zstd.
const archiveBytes = 28 << 20

// HoldsBytes implements stage.Holder: an archive of each worker.
func (s *warcSource) HoldsBytes(workers int) int64 { return int64(workers) * archiveBytes }

// Read streams one archive.
func (s *warcSource) Read(ctx context.Context, shard corpus.Shard, feed stage.Feed) error {
	_, err := s.ReadFrom(ctx, shard, corpus.Place{}, feed)
	return err
}

// ReadFrom streams a range of an archive. A range ends where reading can begin anew; in an
// archive that is damaged, has several records a member or is no WARC, at its end.
func (s *warcSource) ReadFrom(ctx context.Context, shard corpus.Shard, begin corpus.Place, feed stage.Feed) (corpus.Place, error) {
	if shard.To > 0 && begin.Offset >= shard.To {
		return begin, nil
	}
	f, err := s.openAt(ctx, shard, begin.Offset, feed)
	if err != nil {
		return begin, err
	}
	defer f.Close() //nolint:errcheck // read only
	r := warc.NewReader(f, warc.Options{MaxRecordBytes: s.env.RecordBytesMax, MaxBodyBytes: s.env.RecordBytesMax,
		Begin: begin, Large: feed.Large})
	page := heldPage{fields: s.carried, feed: feed}
	for {
		end, ends := corpus.Place{}, false
		if shard.To > 0 {
			if end, ends = r.Boundary(shard.To); ends && !page.waits() {
				return end, nil
			}
		}
		rec, err := r.Next()
		if ends && (err != nil || !page.isOf(rec)) { // the next range reads it
			return end, page.release()
		}
		var bad *warc.RecordError
		switch {
		case errors.Is(err, io.EOF):
			return corpus.Place{Offset: shard.Size}, page.release()
		case errors.As(err, &bad):
			if f.err != nil {
				return begin, f.err
			}
			if err := page.release(); err != nil {
				return begin, err
			}
			feed.Quarantine(lostRecord(shard, bad))
			continue
		case err != nil:
			if err := page.release(); err != nil {
				return begin, err
			}
			return corpus.Place{Offset: shard.Size}, f.damaged(shard, -1, err, feed)
		}
		if err := s.record(shard, rec, &page); err != nil {
			return begin, err
		}
	}
}

// record hands on what a record is to the pipeline.
func (s *warcSource) record(shard corpus.Shard, rec *warc.Record, page *heldPage) error {
	feed := page.feed
	if page.isOf(rec) {
		page.add(rec)
	}
	if err := page.release(); err != nil {
		return err
	}
	if rec.WrongLength {
		feed.Note("record length", 1)
	}
	if rec.BadChecksum {
		feed.Note("member checksum", 1)
	}
	d, note, skip, err := pageOf(rec, s.media, answered, s.carried.header)
	switch {
	case err != nil:
		feed.Quarantine(&corpus.RecordError{Shard: shard.String(), Record: rec.Number, Offset: rec.Offset, Err: err})
	case skip != "":
		feed.Skip(skip)
	default:
		if note != "" {
			feed.Note(note, 1)
		}
		return page.hold(d, rec)
	}
	return nil
}

// lostRecord is what the reader lost, in the words of a run.
func lostRecord(shard corpus.Shard, bad *warc.RecordError) *corpus.RecordError {
	loss := corpus.LossRecord
	if bad.Rest {
		loss = corpus.LossRest
	}
	return &corpus.RecordError{Shard: shard.String(), Record: bad.Record, Offset: bad.Offset, Loss: loss, Bytes: bad.Bytes, Err: bad.Err}
}
