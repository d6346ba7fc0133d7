package cli

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/corpusmill/corpusmill/config"
	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/format"
	"github.com/corpusmill/corpusmill/format/jsonl"
	"github.com/corpusmill/corpusmill/format/parquet"
	"github.com/corpusmill/corpusmill/format/warc"
	"github.com/corpusmill/corpusmill/gather"
	"github.com/corpusmill/corpusmill/stage"
	"github.com/corpusmill/corpusmill/store"
)

// recordBytesMax is the largest page, line or text that the single-step commands
// read.
const recordBytesMax = 64 << 20

// sniffBytes is how much of a file tells its kind.
const sniffBytes = 64 << 10

// item is one page or text of the input, or what is wrong with it.
type item struct {
	doc  *corpus.Document
	err  error
	file bool // it is all of a file, no record of an archive
}

// local is a file argument: "-" is standard input, spooled to a temporary file
// where a reader needs one with a name.
func (p *program) local(file string) (path string, remove func(), err error) {
	if file != "-" {
		o, err := os.Stat(file)
		if err == nil && o.IsDir() {
			err = fmt.Errorf("%s is a folder: name its files", file)
		}
		return file, func() {}, err
	}
	dir, err := os.MkdirTemp("", "corpusmill-stdin-")
	if err != nil {
		return "", nil, err
	}
	remove = func() { _ = os.RemoveAll(dir) } // a leftover in the system's temporary folder
	f, err := os.Create(filepath.Join(dir, "stdin"))
	if err == nil {
		_, err = io.Copy(f, p.stdin)
		err = errors.Join(err, f.Close())
	}
	if err != nil {
		remove()
		return "", nil, fmt.Errorf("standard input: %w", err)
	}
	return f.Name(), remove, nil
}

// head returns the first bytes of a file, decompressed as far as they go.
func head(ctx context.Context, path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	in, err := format.Decompress(ctx, f, stage.NewEnv())
	if err != nil {
		return nil, nil // damaged from the start: the name must tell
	}
	defer in.Close() //nolint:errcheck // read only
	b := make([]byte, sniffBytes)
	n, err := io.ReadFull(in, b)
	if n == 0 && errors.Is(err, io.ErrUnexpectedEOF) {
		err = nil
	}
	if pe := (*os.PathError)(nil); errors.As(err, &pe) { // a folder, a disk error
		return nil, err
	}
	return b[:n], nil
}

func isWARC(path string, head []byte) bool {
	base := filepath.Base(path)
	return warc.Starts(head) || strings.Contains(base, ".warc") || strings.Contains(base, ".wet") ||
		strings.HasSuffix(base, ".arc") || strings.HasSuffix(base, ".arc.gz")
}

// pages yields the page of an HTML file, another document, or those of an archive.
func (p *program) pages(ctx context.Context, file string, emit func(item) error) error {
	path, remove, err := p.local(file)
	if err != nil {
		return err
	}
	defer remove()
	h, err := head(ctx, path)
	if err != nil {
		return err
	}
	if isWARC(path, h) {
		return p.archive(ctx, path, emit)
	}
	raw, err := readWhole(ctx, path)
	if err != nil {
		return emit(item{doc: &corpus.Document{ID: file}, err: err, file: true})
	}
	return emit(item{doc: &corpus.Document{ID: file, Raw: raw, Media: fileMedia(file, raw)}, file: true})
}

// documentNames are the ends of the names of documents.
var documentNames = map[string]string{
	".pdf": format.MediaPDF, ".docx": format.MediaDOCX, ".docm": format.MediaDOCX, ".dotx": format.MediaDOCX, ".dotm": format.MediaDOCX,
	".pptx": format.MediaPPTX, ".pptm": format.MediaPPTX, ".ppsx": format.MediaPPTX, ".potx": format.MediaPPTX,
	".xlsx": format.MediaXLSX, ".xlsm": format.MediaXLSX, ".xltx": format.MediaXLSX,
	".odt": format.MediaODT, ".ott": format.MediaODT, ".epub": format.MediaEPUB,
}

// fileMedia goes by the bytes; where these tell neither a document nor a page, by the
// name, so that the reader of what it should be says what is wrong with it.
func fileMedia(file string, raw []byte) string {
	m := format.Media(raw)
	if named := format.NamedMedia(file); named != format.MediaText && (m == format.MediaText || m == format.MediaHTML) {
		return named
	}
	if named := documentNames[strings.ToLower(filepath.Ext(file))]; named != "" && m != format.MediaHTML && !slices.Contains(format.DocumentMedia, m) {
		return named
	}
	if page := pageMedia(raw); page != format.MediaHTML || !slices.Contains(xhtmlNames, strings.ToLower(filepath.Ext(file))) {
		return page
	}
	return format.MediaXHTML
}

// xhtmlNames are the ends of the names of pages that are XML.
var xhtmlNames = []string{".xhtml", ".xht"}

// pageMedia takes for a page what is no document: a piece of HTML may lack every mark.
func pageMedia(raw []byte) string {
	if m := format.Media(raw); slices.Contains(format.DocumentMedia, m) {
		return m
	}
	return format.MediaHTML
}

// readWhole reads one decompressed file of at most recordBytesMax.
func readWhole(ctx context.Context, path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	in, err := format.Decompress(ctx, f, stage.NewEnv())
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	b, err := io.ReadAll(io.LimitReader(in, recordBytesMax+1))
	if err := errors.Join(err, in.Close()); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if len(b) > recordBytesMax {
		return nil, fmt.Errorf("%s: larger than %s", path, config.Bytes(recordBytesMax))
	}
	return b, nil
}

// archive yields the pages and documents of a WARC, WET or ARC file through the warc source.
func (p *program) archive(ctx context.Context, path string, emit func(item) error) error {
	env := stage.NewEnv()
	env.Name, env.RecordBytesMax = "warc", recordBytesMax
	pattern, err := literal(path)
	if err != nil {
		return err
	}
	src, err := gather.OpenWARC(ctx, gather.WARC{Paths: []string{pattern}, Media: append([]string{format.MediaHTML}, format.DocumentMedia...)}, env)
	if err != nil {
		return withoutStage(err)
	}
	shards, err := src.Shards(ctx)
	if err != nil {
		return err
	}
	for _, sh := range shards {
		feed := &feed{shard: sh, emit: emit, noted: map[string]int64{}}
		err := errors.Join(src.Read(ctx, sh, feed), feed.err)
		for _, reason := range slices.Sorted(maps.Keys(feed.noted)) {
			fmt.Fprintf(p.stderr, "corpusmill: %s: %d records were read, but: %s\n", path, feed.noted[reason], reason)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// literal makes a path a pattern that matches only itself.
func literal(path string) (string, error) {
	abs, err := filepath.Abs(path)
	var b strings.Builder
	for _, r := range filepath.ToSlash(abs) {
		if strings.ContainsRune(`\*?[]{}`, r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String(), err
}

// feed hands what a source reads to emit.
type feed struct {
	shard corpus.Shard
	emit  func(item) error
	noted map[string]int64
	err   error
}

func (f *feed) Document(d *corpus.Document) error {
	d.Origin.Source, d.Origin.Shard = f.shard.Source, f.shard.Name
	if d.ID == "" {
		d.ID = f.shard.RecordID(d.Origin.Record)
	}
	if f.err == nil {
		f.err = f.emit(item{doc: d})
	}
	return f.err
}

func (f *feed) Skip(string) {}

func (f *feed) Large() error { return nil }

func (f *feed) Note(reason string, records int64) { f.noted[reason] += records }

func (f *feed) Quarantine(e *corpus.RecordError) {
	if f.err == nil {
		f.err = f.emit(item{doc: &corpus.Document{ID: f.shard.RecordID(e.Record)}, err: e.Err})
	}
}

// texts yields the documents of a JSONL, Parquet or text file.
func (p *program) texts(ctx context.Context, file string, emit func(item) error) error {
	path, remove, err := p.local(file)
	if err != nil {
		return err
	}
	defer remove()
	h, err := head(ctx, path)
	switch {
	case err != nil:
		return err
	case strings.HasSuffix(path, ".parquet") || bytes.HasPrefix(h, []byte("PAR1")):
		return tableTexts(ctx, path, file, emit)
	case isJSONL(path, h):
		return jsonTexts(ctx, path, file, emit)
	}
	b, err := readWhole(ctx, path)
	return emit(item{doc: &corpus.Document{ID: file, Text: strings.ToValidUTF8(string(b), "\uFFFD")}, err: err})
}

// isJSONL tells JSON lines, and arrays of JSON, from text: by name, else by a first
// record that is an object, as far as head goes.
func isJSONL(path string, head []byte) bool {
	base := filepath.Base(path)
	if strings.Contains(base, ".jsonl") || strings.Contains(base, ".ndjson") {
		return true
	}
	if strings.HasSuffix(base, ".txt") {
		return false
	}
	_, err := jsonl.NewReader(bytes.NewReader(head), sniffBytes).Next("id", "text", "url")
	var bad *jsonl.LineError
	return err == nil || errors.As(err, &bad) && bad.Loss == corpus.LossRest
}

func jsonTexts(ctx context.Context, path, file string, emit func(item) error) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	in, err := format.Decompress(ctx, f, stage.NewEnv())
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	defer in.Close() //nolint:errcheck // read only
	r := jsonl.NewReader(bufio.NewReader(in), recordBytesMax)
	for {
		line, err := r.Next("id", "text", "url")
		var bad *jsonl.LineError
		var damage *format.Damage
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case errors.As(err, &damage) && !damage.Rest:
			err = emit(item{doc: &corpus.Document{ID: fmt.Sprintf("%s#%d", file, r.Records())}, err: err})
		case errors.As(err, &bad):
			err = emit(item{doc: &corpus.Document{ID: fmt.Sprintf("%s#%d", file, bad.Record)}, err: bad})
		case err != nil:
			return fmt.Errorf("%s: %w", file, err)
		default:
			if line.ID == "" {
				line.ID = fmt.Sprintf("%s#%d", file, line.Record)
			}
			err = emit(item{doc: &corpus.Document{ID: line.ID, URL: line.URL, Text: line.Text}})
		}
		if err != nil {
			return err
		}
	}
}

func tableTexts(ctx context.Context, path, file string, emit func(item) error) error {
	n := -1
	for row, err := range parquet.Read(ctx, store.Local(filepath.Dir(path)), filepath.Base(path), []string{"text", "id", "url"}) {
		if err != nil {
			return err
		}
		n++
		d := &corpus.Document{ID: row[1], Text: strings.ToValidUTF8(row[0], "\uFFFD"), URL: row[2]}
		if d.ID == "" {
			d.ID = fmt.Sprintf("%s#%d", file, n)
		}
		if err := emit(item{doc: d}); err != nil {
			return err
		}
	}
	return nil
}

// eachFile runs read on every file. A file that cannot be read does not keep the
// others from it: it is told on standard error, and the command fails at the end.
func (p *program) eachFile(ctx context.Context, files []string, read func(context.Context, string) error) error {
	failed := 0
	for _, file := range files {
		err := read(ctx, file)
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		var stop stopError
		if errors.As(err, &stop) {
			return stop.err
		}
		if err != nil {
			failed++
			fmt.Fprintf(p.stderr, "corpusmill: %v\n", err)
		}
	}
	if failed > 0 {
		return fmt.Errorf("%d of %d files could not be read", failed, len(files))
	}
	return nil
}

// stopError is an error that ends all reading, as a closed output does.
type stopError struct{ err error }

func (e stopError) Error() string { return e.err.Error() }
func (e stopError) Unwrap() error { return e.err }
