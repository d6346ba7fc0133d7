package gather

import (
	"bytes"
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/format"
	"github.com/corpusmill/corpusmill/format/warc"
	"github.com/corpusmill/corpusmill/stage"
)

// WARC reads web archives: HTML responses of WARC files as raw pages, and the
// records of WET files as text. Files may hold one gzip member a record, one for
// all, zstd, or nothing compressed; the first bytes tell. A damaged record goes
// to quarantine and reading goes on behind it.
type WARC struct {
	// Paths are files and patterns: folders, s3://bucket/prefix/*.warc.gz,
	// embedded:name/*.warc.gz, with * ? [..] {a,b} and **.
	Paths []string `yaml:"paths" key:"-"`
	// Media are the media types of the responses that are read; others are skipped.
	// text/html stands for XHTML too. Take application/pdf or the types of office
	// documents only with a stage that reads them.
	Media []string `yaml:"media" default:"text/html"`
}

// OpenWARC makes the source ready.
func OpenWARC(_ context.Context, w WARC, env *stage.Env) (stage.Source, error) {
	if err := stage.SetDefaults(&w); err != nil {
		return nil, err
	}
	f, err := newFiles(w.Paths, env)
	if err != nil {
		return nil, err
	}
	return &warcSource{f, w.Media}, nil
}

type warcSource struct {
	*files
	media []string
}

// Read streams one archive.
func (s *warcSource) Read(ctx context.Context, shard corpus.Shard, feed stage.Feed) error {
	f, err := s.open(ctx, shard)
	if err != nil {
		return err
	}
	defer f.Close() //nolint:errcheck // read only
	r := warc.NewReader(f, warc.Options{MaxRecordBytes: s.env.RecordBytesMax, MaxBodyBytes: s.env.RecordBytesMax})
	for {
		rec, err := r.Next()
		var bad *warc.RecordError
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case errors.As(err, &bad):
			if f.err != nil {
				return f.err
			}
			feed.Quarantine(&corpus.RecordError{Shard: shard.String(), Record: bad.Record, Offset: bad.Offset, Err: bad.Err})
			continue
		case err != nil:
			return f.damaged(shard, -1, err, feed)
		}
		d, skip, err := s.pageOf(rec)
		switch {
		case err != nil:
			feed.Quarantine(&corpus.RecordError{Shard: shard.String(), Record: rec.Number, Offset: rec.Offset, Err: err})
		case skip != "":
			feed.Skip(skip)
		default:
			if err := feed.Document(d); err != nil {
				return err
			}
		}
	}
}

// pageOf turns a record into a document, or says why it is none.
func (s *warcSource) pageOf(rec *warc.Record) (d *corpus.Document, skip string, err error) {
	d = &corpus.Document{URL: rec.TargetURI, Origin: corpus.Origin{Record: rec.Number, Offset: rec.Offset}}
	if !rec.Date.IsZero() {
		d.FetchedAt = rec.Date.UTC().Format(time.RFC3339)
	}
	switch rec.Type {
	case warc.TypeConversion:
		d.Raw, d.Media, d.Charset = bytes.Clone(rec.Block), "text/plain", "utf-8"
		return d, "", nil
	case warc.TypeResponse:
	default:
		return nil, "record type " + known(rec.Type), nil
	}
	resp, err := rec.HTTP()
	switch {
	case errors.Is(err, warc.ErrNotHTTP):
		return nil, "not HTTP", nil
	case err != nil:
		return nil, "", err
	case resp.Status != 200:
		return nil, "HTTP status", nil
	case len(resp.Body) == 0:
		return nil, "empty body", nil
	}
	d.Media, d.Charset = payloadType(rec, resp)
	if !slices.Contains(s.media, d.Media) {
		return nil, "media type", nil
	}
	d.Raw = bytes.Clone(resp.Body)
	return d, "", nil
}

// known keeps the skip reasons few, whatever an archive writes.
func known(recordType string) string {
	switch recordType {
	case "warcinfo", "request", "metadata", "resource", "revisit", "continuation":
		return recordType
	}
	return "other"
}

// payloadType decides the media type of a response's body: what the crawler found in
// the payload, then what the server said, then a look at the bytes. The charset is the
// server's, else the crawler's.
func payloadType(rec *warc.Record, resp *warc.Response) (media, charset string) {
	identified, charset := rec.PayloadType()
	if resp.Charset != "" {
		charset = resp.Charset
	}
	for _, m := range [...]string{identified, resp.MediaType} {
		if !vague(m) {
			return mediaOf(m, resp.Body), charset
		}
	}
	if media = mediaOf(resp.MediaType, resp.Body); media == format.MediaText && resp.MediaType == "" &&
		strings.Contains(strings.ToLower(resp.Header.Get("Content-Type")), "html") {
		media = format.MediaHTML // text that a header means to be a page, however it is written
	}
	return media, charset
}

// vague tells a type that leaves open what the payload is.
func vague(media string) bool {
	return media == "" || media == format.MediaText || strings.HasSuffix(media, "/octet-stream")
}

// mediaOf is the media type of a payload that is said to be of one: a type that leaves
// it open is decided by the bytes, and a document that is said to be a page is known by
// them too.
func mediaOf(said string, body []byte) string {
	switch {
	case said == format.MediaHTML, said == "application/xhtml+xml":
		if m := format.Media(body); strings.HasPrefix(m, "application/") {
			return m
		}
		return format.MediaHTML
	case said == format.MediaText:
		return format.Media(body)
	case vague(said):
		return format.Sniff(body)
	}
	return said
}
