package gather

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"sync"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/format/warc"
	"github.com/corpusmill/corpusmill/stage"
	"github.com/corpusmill/corpusmill/store"
)

// Limits of what is fetched at once. A store may allow fewer requests to a server.
const (
	spanBytes   = stage.LargeBytes // of several records by one request
	waveBytes   = 8 << 20          // of several spans
	waveSpans   = 16
	overlapSkip = "named twice in the index"
)

func compareHits(a, b hit) int {
	return cmp.Or(cmp.Compare(a.file, b.file), cmp.Compare(a.offset, b.offset), cmp.Compare(a.length, b.length))
}

// span is a stretch of an archive that one request fetches.
type span struct {
	hits     []hit
	from, to int64
	data     []byte // shorter where the archive ends
	err      error
}

// spansOf joins hits, which are sorted, that lie no further apart than a gap.
func spansOf(hits []hit, gap int64) (spans []span) {
	for i := range hits {
		h := &hits[i]
		end := h.offset + h.length
		if n := len(spans) - 1; n >= 0 {
			s := &spans[n]
			if first := &s.hits[0]; first.file == h.file && h.offset-s.to <= gap && max(end, s.to)-s.from <= spanBytes {
				s.hits, s.to = s.hits[:len(s.hits)+1], max(end, s.to)
				continue
			}
		}
		spans = append(spans, span{hits: hits[i : i+1], from: h.offset, to: end})
	}
	return spans
}

// fetcher fetches records and hands on what they are.
type fetcher struct {
	archives store.Store
	source   *crawlSource
	feed     stage.Feed
}

// all fetches hits, which are sorted: several spans at a time, and the next ones while these
// are looked at.
func (f *fetcher) all(ctx context.Context, hits []hit) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	spans := spansOf(f.sound(hits), int64(f.source.settings.GapBytes))
	next, rest := f.wave(ctx, spans)
	for next.spans != nil {
		at := next
		next, rest = f.wave(ctx, rest)
		at.done.Wait()
		if at.large() { // and alone
			if err := f.feed.Large(); err != nil {
				stop()
				next.done.Wait()
				return err
			}
			at.spans[0].data, at.spans[0].err = f.bytes(ctx, &at.spans[0])
		}
		for i := range at.spans {
			if err := f.span(&at.spans[i]); err != nil {
				stop()
				next.done.Wait()
				return err
			}
		}
	}
	return nil
}

// sound leaves out hits that no archive can have, or that are named twice.
func (f *fetcher) sound(hits []hit) []hit {
	kept := hits[:0]
	for _, h := range hits {
		n := len(kept) - 1
		switch {
		case h.length == 0 || h.offset > 1<<60:
			f.lost(&h, errors.New("the index gives it a place that no record has"))
		case h.length > f.source.env.RecordBytesMax:
			f.lost(&h, fmt.Errorf("its %d bytes are more than record_bytes_max", h.length))
		case n >= 0 && kept[n].file == h.file && kept[n].offset == h.offset && kept[n].length == h.length:
			f.feed.Skip(overlapSkip)
		default:
			kept = append(kept, h)
		}
	}
	return kept
}

// wave is spans that are fetched side by side.
type wave struct {
	spans []span
	done  *sync.WaitGroup
}

// large reports whether the wave is one record that is to be held alone.
func (w wave) large() bool { return len(w.spans) == 1 && w.spans[0].large() }

func (s *span) large() bool { return s.to-s.from > stage.LargeBytes }

// wave begins to fetch the first of the spans, and returns the others.
func (f *fetcher) wave(ctx context.Context, spans []span) (w wave, rest []span) {
	w.done = new(sync.WaitGroup)
	n, bytes := 0, int64(0)
	for n < min(len(spans), waveSpans) && (n == 0 || bytes+spans[n].to-spans[n].from <= waveBytes) && (n == 0 || !spans[n].large() && !spans[0].large()) {
		bytes += spans[n].to - spans[n].from
		n++
	}
	if n == 0 {
		return w, nil
	}
	if w.spans = spans[:n]; w.large() {
		return w, spans[n:] // it is fetched when its turn comes
	}
	for i := range w.spans {
		s := &w.spans[i]
		w.done.Go(func() { s.data, s.err = f.bytes(ctx, s) })
	}
	return w, spans[n:]
}

// bytes fetches a span, as far as the archive reaches.
func (f *fetcher) bytes(ctx context.Context, s *span) ([]byte, error) {
	r, err := f.archives.OpenRange(ctx, s.hits[0].file, s.from, s.to-s.from)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("%w: the index names an archive that is not below %s: set from", err, store.HideUser(f.source.settings.From))
	case errors.Is(err, fs.ErrInvalid):
		return nil, nil // it ends before
	case err != nil:
		return nil, err
	}
	data := make([]byte, s.to-s.from)
	n, err := io.ReadFull(r, data)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = nil
	}
	return data[:n], errors.Join(err, r.Close())
}

// span hands on the records of a span.
func (f *fetcher) span(s *span) error {
	if s.err != nil {
		return s.err
	}
	for i := range s.hits {
		h := &s.hits[i]
		from := h.offset - s.from
		to := from + h.length
		if to > int64(len(s.data)) {
			f.lost(h, fmt.Errorf("the archive ends before: %w", io.ErrUnexpectedEOF))
			continue
		}
		if err := f.record(h, s.data[from:to]); err != nil {
			return err
		}
	}
	s.data = nil
	return nil
}

// record hands on the record that a hit names, if it is that.
func (f *fetcher) record(h *hit, member []byte) error {
	limit := f.source.env.RecordBytesMax
	r := warc.NewReader(bytes.NewReader(member), warc.Options{MaxRecordBytes: limit, MaxBodyBytes: limit, Begin: corpus.Place{Offset: h.offset},
		Large: f.feed.Large})
	rec, err := r.Next()
	var bad *warc.RecordError
	switch {
	case errors.Is(err, io.EOF):
		err = warc.ErrNoRecord
	case errors.As(err, &bad):
		err = bad.Err
	case err != nil:
		return err // of the feed
	case rec.BadChecksum:
		err = errors.New("the member is cut or damaged")
	case rec.TargetURI != h.url:
		err = fmt.Errorf("the archive has %.200q there", rec.TargetURI)
	case !rec.Decoded && (rec.Offset != h.offset || rec.Length != h.length):
		err = fmt.Errorf("the record has %d bytes at %d", rec.Length, rec.Offset)
	}
	if err != nil {
		f.lost(h, err)
		return nil
	}
	wrongLength := rec.WrongLength
	d, note, skip, err := pageOf(rec, f.source.settings.Media, f.source.settings.Status, f.source.carried.header)
	if _, more := r.Next(); !errors.Is(more, io.EOF) {
		if errors.As(more, &bad) {
			more = bad.Err
		}
		f.lost(h, cmp.Or(more, errors.New("several records are there")))
		return nil
	}
	switch {
	case err != nil:
		f.lost(h, err)
	case skip != "":
		f.feed.Skip(skip)
	default:
		if wrongLength {
			f.feed.Note("record length", 1)
		}
		if note != "" {
			f.feed.Note(note, 1)
		}
		h.document(d, f.source.env.Name)
		return f.feed.Document(d)
	}
	return nil
}

// lost files a record by its place in the archive.
func (f *fetcher) lost(h *hit, err error) {
	f.feed.Quarantine(&corpus.RecordError{Shard: f.source.env.Name + "/" + h.file, Record: -1, Offset: h.offset,
		Err: fmt.Errorf("%d bytes, %.200s: %w", h.length, h.url, err)})
}
