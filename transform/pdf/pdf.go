// Package pdf turns PDF documents into text. Pages are read by pdfium, compiled
// to WebAssembly and run in a sandbox of its own memory: a hostile file costs
// an instance, never the process. No cgo.
//
// The text is what a reader would copy: words in the order in which the pages
// draw them, lines joined to paragraphs, words divided at line ends made whole,
// running heads and page numbers left out.
package pdf

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Errors of Extract; use errors.Is.
var (
	// ErrDamaged reports a file that pdfium cannot read.
	ErrDamaged = errors.New("pdf: damaged document")
	// ErrEncrypted reports a file that asks for a password.
	ErrEncrypted = errors.New("pdf: document is encrypted")
	// ErrTooLong reports a document over Options.MaxPages or Options.MaxTextBytes.
	ErrTooLong = errors.New("pdf: document is too long")
	// ErrMemory reports a document that needs more memory than it may have.
	ErrMemory = errors.New("pdf: document needs too much memory")
	// ErrDeadline reports a document that took longer than Options.Deadline.
	ErrDeadline = errors.New("pdf: document took too long")

	errClosed = errors.New("pdf: extractor is closed")
)

// Options of an extractor. A zero field means its default.
type Options struct {
	MaxPages     int   // pages of a document; default 5,000
	MaxTextBytes int64 // bytes of text, all pages together; default 64 MiB
	// MemoryBytes is the memory of an instance, in steps of 64 KiB; default 128 MiB.
	// The process may take twice as much for it while it grows.
	MemoryBytes int64
	// Deadline is the longest time for one document, by the clock; default two
	// minutes. It is there for files built to hang; what decides about honest
	// ones are the limits above, which do not depend on the machine.
	Deadline time.Duration
	// CacheFolder keeps the compiled pdfium between processes; "" compiles it in
	// each, on its first document, which takes seconds.
	CacheFolder string
	// Trusted says that no file is built to hang. pdfium then runs three times as
	// fast (2.3 instead of 8.1 ms a page, measured), without looking at the clock
	// in its loops; the deadline is looked at between its calls only.
	Trusted bool
	// KeepLines keeps the lines of the pages instead of joining them to
	// paragraphs; divided words are joined all the same.
	KeepLines bool
	// KeepRunning keeps running heads, feet and page numbers.
	KeepRunning bool
	// Info reads the document's title, author and date too.
	Info bool
}

// Limits of Options.MemoryBytes: pdfium starts with 16 MiB, and WebAssembly
// addresses 4 GiB.
const (
	minMemoryBytes = 32 << 20
	maxMemoryBytes = 4 << 30
)

func (o Options) orDefaults() Options {
	if o.MaxPages <= 0 {
		o.MaxPages = 5_000
	}
	if o.MaxTextBytes <= 0 {
		o.MaxTextBytes = 64 << 20
	}
	if o.MemoryBytes <= 0 {
		o.MemoryBytes = 128 << 20
	}
	o.MemoryBytes = min(max(o.MemoryBytes, minMemoryBytes), maxMemoryBytes)
	if o.Deadline <= 0 {
		o.Deadline = 2 * time.Minute
	}
	return o
}

// Document is the outcome of an extraction.
type Document struct {
	Text    string // paragraphs, or lines with Options.KeepLines; empty for a scan
	Pages   int    // pages of the file
	Damaged int    // pages among them that cannot be read and give no text
	// Characters are the document's characters, space aside, and Unmapped those of
	// them whose font does not say what they are. Text has U+FFFD for such inside of
	// words, and nothing for others.
	Characters, Unmapped int
	Title                string // of the document's information, with Options.Info; "" if it has none
	Author               string
	Date                 string // of creation, ISO 8601 as far as it is known
}

// Extractor reads PDF documents. It is safe for concurrent use: every call has
// an instance of pdfium to itself, and instances are used again.
type Extractor struct {
	options Options
	engine  *engine
}

// NewExtractor returns an extractor. It loads nothing before its first document.
func NewExtractor(o Options) *Extractor {
	o = o.orDefaults()
	return &Extractor{options: o, engine: &engine{memoryBytes: o.MemoryBytes, cacheFolder: o.CacheFolder, trusted: o.Trusted}}
}

// Close frees the extractor's instances and code; no call may be under way or
// follow.
func (x *Extractor) Close() error { return x.engine.close() }

// Extract returns the text of a document. Single pages that cannot be read are
// counted and passed over; a file of none but such is ErrDamaged. The error is one of this package's, of
// ctx, or of compiling pdfium.
func (x *Extractor) Extract(ctx context.Context, raw []byte) (Document, error) {
	in, err := x.engine.take()
	if err != nil {
		return Document{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, x.options.Deadline)
	defer cancel()
	clean := false
	defer func() { // a panic discards the instance too
		if clean {
			x.engine.give(in)
		} else {
			in.discard()
		}
	}()
	var out Document
	pages, err := x.read(ctx, in, raw, &out)
	if err != nil {
		return Document{}, err
	}
	clean = true
	out.Text, out.Pages = compose(pages, x.options), len(pages)
	return out, nil
}

// read returns the text of every page, and notes in out what else is known.
func (x *Extractor) read(ctx context.Context, in *instance, raw []byte, out *Document) (pages []string, err error) {
	d, err := in.load(ctx, raw)
	if err != nil {
		return nil, err
	}
	if x.options.Info {
		if err := d.about(out); err != nil {
			return nil, err
		}
	}
	n, err := d.pages()
	if err != nil {
		return nil, err
	}
	if n > x.options.MaxPages {
		return nil, fmt.Errorf("%w: %d pages, limit %d", ErrTooLong, n, x.options.MaxPages)
	}
	left := x.options.MaxTextBytes
	for i := range max(n, 0) {
		s, err := d.page(i, int(left))
		if errors.Is(err, errPage) {
			out.Damaged++
		} else if err != nil {
			return nil, err
		}
		if left -= int64(len(s)); left < 0 {
			return nil, fmt.Errorf("%w: more than %d bytes of text", ErrTooLong, x.options.MaxTextBytes)
		}
		pages = append(pages, s)
	}
	out.Characters, out.Unmapped = d.characterCount, d.unmappedCount
	if out.Damaged == len(pages) {
		return nil, fmt.Errorf("%w: none of %d pages can be read", ErrDamaged, len(pages))
	}
	return pages, d.close()
}
