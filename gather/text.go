package gather

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/format"
	"github.com/corpusmill/corpusmill/stage"
)

// Text reads plain text files, one document a file, in whatever encoding: the
// stage html_text decodes them. A file may be compressed with gzip, zstd, bzip2 or
// xz (told by the first bytes, not by the name). Empty files are skipped; a file
// larger than record_bytes_max goes to quarantine without being read, archives and
// tables go there by the name of their format.
type Text struct {
	// Paths are files and patterns: folder/**/*.txt, s3://bucket/prefix/*.txt,
	// with * ? [..] {a,b} and **.
	Paths []string `yaml:"paths" key:"-"`
	// List is a file of addresses or names, one a line, .gz and .zst too; what they name is
	// read beside Paths. Names lie below Base, which is by default the folder of the list.
	List string `yaml:"list" key:"-"`
	// Base is the folder or address that the names of List lie below, such as
	// https://data.commoncrawl.org for a warc.paths.gz.
	Base string `yaml:"base" key:"-"`
}

// HTML reads HTML files, one document a file, as raw pages for the stage
// html_text. A file may be compressed with gzip, zstd, bzip2 or xz (told by the
// first bytes, not by the name). Documents have no URL: a file does not say where it
// came from. Empty files are skipped; a file larger than record_bytes_max goes to
// quarantine without being read, archives and tables go there by the name of their
// format.
type HTML struct {
	// Paths are files and patterns: folder/**/*.html, s3://bucket/prefix/*.html,
	// with * ? [..] {a,b} and **.
	Paths []string `yaml:"paths" key:"-"`
	// List is a file of addresses or names, one a line, .gz and .zst too; what they name is
	// read beside Paths. Names lie below Base, which is by default the folder of the list.
	List string `yaml:"list" key:"-"`
	// Base is the folder or address that the names of List lie below, such as
	// https://data.commoncrawl.org for a warc.paths.gz.
	Base string `yaml:"base" key:"-"`
}

// Documents reads files of several kinds, one document a file, told by their bytes,
// not by their names: PDF for the stage pdf_text, DOCX, PPTX, XLSX, ODT and EPUB for
// office_text, HTML and plain text for html_text. Of texts the names tell Markdown (.md)
// for markdown_text and LaTeX (.tex) for latex_text; without these stages html_text takes
// them for plain text. A file may be compressed with gzip, zstd, bzip2 or xz. Empty files and files of other kinds are skipped; a file larger
// than record_bytes_max goes to quarantine without being read.
type Documents struct {
	// Paths are files and patterns: folder/**, s3://bucket/prefix/**/*.pdf,
	// with * ? [..] {a,b} and **.
	Paths []string `yaml:"paths" key:"-"`
	// List is a file of addresses or names, one a line, .gz and .zst too; what they name is
	// read beside Paths. Names lie below Base, which is by default the folder of the list.
	List string `yaml:"list" key:"-"`
	// Base is the folder or address that the names of List lie below, such as
	// https://data.commoncrawl.org for a warc.paths.gz.
	Base string `yaml:"base" key:"-"`
}

// The definitions of the sources of whole files.
var (
	// TextDef defines the source text.
	TextDef = stage.DefineOpen("text", 3, newText)
	// HTMLDef defines the source html.
	HTMLDef = stage.DefineOpen("html", 3, newHTML)
	// DocumentsDef defines the source documents.
	DocumentsDef = stage.DefineOpen("documents", 6, newDocuments)
)

func (t *Text) input() input { return input{t.Paths, t.List, t.Base} }

// Validate checks the settings.
func (t *Text) Validate() error { return t.input().check() }

func (h *HTML) input() input { return input{h.Paths, h.List, h.Base} }

// Validate checks the settings.
func (h *HTML) Validate() error { return h.input().check() }

func (d *Documents) input() input { return input{d.Paths, d.List, d.Base} }

// Validate checks the settings.
func (d *Documents) Validate() error { return d.input().check() }

// OpenText makes the source ready.
func OpenText(ctx context.Context, t Text, env *stage.Env) (stage.Source, error) {
	return stage.Open[stage.Source](ctx, TextDef, t, env)
}

// OpenHTML makes the source ready.
func OpenHTML(ctx context.Context, h HTML, env *stage.Env) (stage.Source, error) {
	return stage.Open[stage.Source](ctx, HTMLDef, h, env)
}

// OpenDocuments makes the source ready.
func OpenDocuments(ctx context.Context, d Documents, env *stage.Env) (stage.Source, error) {
	return stage.Open[stage.Source](ctx, DocumentsDef, d, env)
}

func newText(_ context.Context, t Text, env *stage.Env) (*wholeSource, error) {
	return &wholeSource{newFiles(t.input(), env), "text/plain"}, nil
}

func newHTML(_ context.Context, h HTML, env *stage.Env) (*wholeSource, error) {
	return &wholeSource{newFiles(h.input(), env), "text/html"}, nil
}

func newDocuments(_ context.Context, d Documents, env *stage.Env) (*wholeSource, error) {
	return &wholeSource{newFiles(d.input(), env), ""}, nil
}

// wholeSource reads files that are one document each.
type wholeSource struct {
	*files
	media string // "" = told by the bytes
}

// Writes lists the columns that a file sets: what it holds is extracted by a stage.
func (*wholeSource) Writes() []string { return []string{"raw", "media"} }

// Read reads one file.
func (s *wholeSource) Read(ctx context.Context, shard corpus.Shard, feed stage.Feed) error {
	limit := s.env.RecordBytesMax
	tooLarge := func() {
		feed.Quarantine(&corpus.RecordError{Shard: shard.String(), Err: fmt.Errorf("%w, %d bytes", errTooLarge, limit)})
	}
	if shard.Size > limit {
		tooLarge()
		return nil
	}
	if shard.Size > stage.LargeBytes {
		if err := feed.Large(); err != nil {
			return err
		}
	}
	f, err := s.open(ctx, shard, feed)
	if err != nil {
		return err
	}
	in, err := format.Decompress(ctx, f, s.env)
	switch {
	case errors.Is(err, format.ErrCompression) && s.media == "":
		feed.Skip("media type")
		return nil
	case err != nil:
		return f.damaged(shard, 0, err, feed)
	}
	defer in.Close() //nolint:errcheck // read only
	raw, sound, err := readAll(in, limit+1, feed.Large)
	if err == nil && !sound {
		feed.Note("damaged compression", 1)
	}
	switch {
	case err != nil:
		return f.damaged(shard, 0, err, feed)
	case int64(len(raw)) > limit:
		tooLarge()
		return nil
	case len(raw) == 0:
		feed.Skip("empty file")
		return nil
	}
	media := s.media
	if name := format.Container(raw); name != "" && media != "" {
		feed.Quarantine(&corpus.RecordError{Shard: shard.String(), Loss: corpus.LossRecord, Err: fmt.Errorf("%s, not %s", name, media)})
		return nil
	}
	if media == "" {
		if media = format.Media(raw); media != format.MediaHTML && media != format.MediaText && !slices.Contains(format.DocumentMedia, media) {
			if format.Encrypted(raw) {
				feed.Quarantine(&corpus.RecordError{Shard: shard.String(), Err: errEncrypted})
				return nil
			}
			feed.Skip("media type")
			return nil
		}
		if media == format.MediaText || media == format.MediaHTML && format.NamedMedia(shard.Name) != format.MediaText {
			media = format.NamedMedia(shard.Name) // Markdown may hold pieces of HTML
		}
	}
	return feed.Document(&corpus.Document{Raw: raw, Media: media})
}

// readAll reads at most so many bytes, and asks before they are many; sound says that nothing was wrong with their
// compression. Damage that leaves them whole does not end them.
func readAll(in io.Reader, limit int64, large func() error) (raw []byte, sound bool, err error) {
	for sound = true; ; {
		end := limit
		if int64(len(raw)) < stage.LargeBytes {
			end = min(limit, stage.LargeBytes)
		}
		b, err := io.ReadAll(io.LimitReader(in, end-int64(len(raw))))
		if raw == nil {
			raw = b
		} else {
			raw = append(raw, b...)
		}
		if err == nil && int64(len(raw)) == end && end < limit {
			if err := large(); err != nil {
				return nil, sound, err
			}
			continue
		}
		var d *format.Damage
		if !errors.As(err, &d) || !d.Whole() || len(raw) == 0 {
			return raw, sound, err
		}
		sound = false
	}
}

var errEncrypted = errors.New("an office document behind a password")

var errTooLarge = errors.New("file is larger than record_bytes_max")
