package gather

import (
	"context"
	"errors"
	"io"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/format"
	"github.com/corpusmill/corpusmill/format/jsonl"
	"github.com/corpusmill/corpusmill/stage"
)

// JSONL reads documents from JSON lines, plain or compressed with gzip, zstd, bzip2
// or xz (told by the first bytes, not by the name). Arrays of objects are read
// element by element, and so are objects that take several lines each. A record that
// is broken or too long goes to quarantine; a file of another format does, by its
// name.
type JSONL struct {
	// Paths are files and patterns: folders, s3://bucket/prefix/*.jsonl.gz,
	// with * ? [..] {a,b} and **.
	Paths []string `yaml:"paths" key:"-"`
	// IDField is the field of the document's identifier; a document without one
	// is named <source>/<shard>#<record>.
	IDField string `yaml:"id_field" default:"id"`
	// TextField is the field of the text; a line without it goes to quarantine.
	TextField string `yaml:"text_field" default:"text"`
	// URLField is the field of the address.
	URLField string `yaml:"url_field" default:"url"`
}

// JSONLDef defines the source jsonl.
var JSONLDef = stage.DefineOpen("jsonl", 3, newJSONL)

// Validate checks the settings.
func (j *JSONL) Validate() error { return checkPaths(j.Paths) }

// OpenJSONL makes the source ready; zero fields take their defaults.
func OpenJSONL(ctx context.Context, j JSONL, env *stage.Env) (stage.Source, error) {
	return stage.Open[stage.Source](ctx, JSONLDef, j, env)
}

func newJSONL(_ context.Context, j JSONL, env *stage.Env) (*jsonlSource, error) {
	return &jsonlSource{files: newFiles(j.Paths, env), settings: j}, nil
}

// noteChecksum is of records of a member that was read before its checksum was known
// to be wrong.
const noteChecksum = "member checksum"

type jsonlSource struct {
	*files
	settings JSONL
}

// Writes lists the columns that a line sets.
func (*jsonlSource) Writes() []string { return []string{"id", "url", "text", "media", "extra"} }

// Read streams one file.
func (s *jsonlSource) Read(ctx context.Context, shard corpus.Shard, feed stage.Feed) error {
	_, err := s.ReadFrom(ctx, shard, corpus.Place{}, feed)
	return err
}

// ReadFrom streams a range of a file. A range ends behind a line, in a compressed file
// where a member begins or one reaches into it; in a file of a single member, and in one
// that is no JSON lines, at its end.
func (s *jsonlSource) ReadFrom(ctx context.Context, shard corpus.Shard, begin corpus.Place, feed stage.Feed) (corpus.Place, error) {
	if shard.To > 0 && begin.Offset >= shard.To {
		return begin, nil
	}
	end := corpus.Place{Offset: shard.Size}
	f, err := s.openAt(ctx, shard, begin.Offset)
	if err != nil {
		return begin, err
	}
	in, err := format.Resume(ctx, f, s.env, begin)
	if err != nil {
		return end, f.damaged(shard, 0, err, feed)
	}
	defer in.Close() //nolint:errcheck // read only
	var stream io.Reader = in
	if !in.Compressed {
		stream = in.Reader
	}
	r := jsonl.NewReaderFrom(stream, s.env.RecordBytesMax, begin)
	place := func(offset int64) int64 {
		if in.Compressed {
			return -1 // the offset is none in the stored shard
		}
		return offset
	}
	for {
		if shard.To > 0 {
			if at, ok := r.Boundary(shard.To); ok {
				return at, nil
			}
		}
		line, err := r.Next(s.settings.IDField, s.settings.TextField, s.settings.URLField)
		var bad *jsonl.LineError
		var damage *format.Damage
		var member *jsonl.MemberError
		switch {
		case errors.As(err, &member):
			feed.Note(noteChecksum, member.Records)
			s.env.Log.Warn(noteChecksum, "shard", shard.String(), "offset", member.Offset, "records", member.Records, "error", member.Err)
			continue
		case errors.As(err, &bad):
			e := &corpus.RecordError{Shard: shard.String(), Record: bad.Record, Offset: place(bad.Offset), Loss: bad.Loss, Err: bad.Err}
			if !in.Compressed {
				e.Bytes = bad.Bytes
			}
			feed.Quarantine(e)
			continue
		case errors.Is(err, io.EOF):
			return end, nil
		case errors.As(err, &damage):
			if err := f.damaged(shard, r.Records(), err, feed); err != nil {
				return begin, err
			}
			continue
		case err != nil:
			return end, f.damaged(shard, r.Records(), err, feed)
		}
		d := &corpus.Document{ID: line.ID, URL: line.URL, Text: line.Text, Media: "text/plain", Extra: s.extra(line.Extra),
			Origin: corpus.Origin{Record: line.Record, Offset: place(line.Offset)}}
		if err := feed.Document(d); err != nil {
			return begin, err
		}
	}
}
