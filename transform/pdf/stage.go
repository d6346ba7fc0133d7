package pdf

import (
	"context"
	"errors"
	"time"

	"github.com/corpusmill/corpusmill/config"
	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/stage"
	"github.com/corpusmill/corpusmill/transform"
)

// PDFText turns PDF documents into text by pdfium in a WebAssembly sandbox: lines
// joined to paragraphs, divided words made whole, running heads and page numbers
// left out. Documents of other media types, and those without raw bytes, go
// through as they are. A damaged or encrypted file goes to quarantine; a scan,
// which has no characters, is rejected as no_text, and a document of which more than
// half the characters are of fonts that do not say what they are as unmapped.
type PDFText struct {
	// MaxFileBytes is the largest file that is worked on; a larger one is
	// rejected as too_large.
	MaxFileBytes config.Bytes `yaml:"max_file_bytes" default:"64MiB"`
	// MaxPages is the largest number of pages; a longer document is rejected as
	// too_long.
	MaxPages int `yaml:"max_pages" default:"5000"`
	// MaxTextBytes is the longest text; a document with more is rejected as
	// too_long.
	MaxTextBytes config.Bytes `yaml:"max_text_bytes" default:"64MiB"`
	// MemoryBytes is the most memory that one instance of pdfium may take, 32 MiB
	// to 4 GiB; each worker has one, and the process may take twice as much while it
	// grows. A document that needs more goes to quarantine.
	MemoryBytes config.Bytes `yaml:"memory_bytes" default:"128MiB"`
	// Deadline is the longest time for one document. It only guards against files
	// built to hang, which go to quarantine: it is the one limit that depends on
	// the machine, so leave it far above what honest documents take.
	Deadline time.Duration `yaml:"deadline" default:"2m"`
	// CacheFolder keeps the compiled pdfium between runs; without it, every
	// process compiles it for some seconds on its first PDF.
	CacheFolder string `yaml:"cache_folder" key:"-"`
	// Trusted says that no file is built to hang: pages are then read three times
	// as fast, but a file that does hang holds its worker for ever.
	Trusted bool `yaml:"trusted"`
	// KeepLines keeps the lines of the pages instead of joining them to
	// paragraphs.
	KeepLines bool `yaml:"keep_lines"`
	// KeepRunning keeps running heads, feet and page numbers.
	KeepRunning bool `yaml:"keep_running"`
	// Metadata writes what a document says of itself into the column extra, as JSON:
	// title, author, date.
	Metadata bool `yaml:"metadata"`
}

// Validate checks the settings.
func (p *PDFText) Validate() error {
	switch {
	case p.MaxFileBytes < 1:
		return errors.New("max_file_bytes: must be positive")
	case p.MaxPages < 1:
		return errors.New("max_pages: must be positive")
	case p.MaxTextBytes < 1:
		return errors.New("max_text_bytes: must be positive")
	case p.MemoryBytes < minMemoryBytes || p.MemoryBytes > maxMemoryBytes:
		return errors.New("memory_bytes: must be 32MiB to 4GiB")
	case p.Deadline <= 0:
		return errors.New("deadline: must be positive")
	}
	return nil
}

// PDFTextDef defines the stage pdf_text.
var PDFTextDef = stage.DefineOpen("pdf_text", 3, newPDFText)

// OpenPDFText makes the stage ready; zero fields take their defaults. pdfium itself is
// compiled on the first PDF.
func OpenPDFText(ctx context.Context, p PDFText, env *stage.Env) (*PDFTextStage, error) {
	return stage.Open[*PDFTextStage](ctx, PDFTextDef, p, env)
}

func newPDFText(_ context.Context, p PDFText, _ *stage.Env) (*PDFTextStage, error) {
	return &PDFTextStage{settings: p, extractor: NewExtractor(Options{
		MaxPages:     p.MaxPages,
		MaxTextBytes: int64(p.MaxTextBytes),
		MemoryBytes:  int64(p.MemoryBytes),
		Deadline:     p.Deadline,
		CacheFolder:  p.CacheFolder,
		Trusted:      p.Trusted,
		KeepLines:    p.KeepLines,
		KeepRunning:  p.KeepRunning,
		Info:         p.Metadata,
	})}, nil
}

// PDFTextStage is the opened stage. Workers share its pool of instances, of
// which each document has one to itself, so that no worker needs a copy.
type PDFTextStage struct {
	settings  PDFText
	extractor *Extractor
}

// Close frees the instances of pdfium and its compiled code.
func (s *PDFTextStage) Close() error { return s.extractor.Close() }

// compiledBytes is what the compiled pdfium takes.
const compiledBytes = 32 << 20

// HoldsBytes implements stage.Holder: the code, and an instance of pdfium for each
// worker.
func (s *PDFTextStage) HoldsBytes(workers int) int64 {
	return compiledBytes + int64(workers)*int64(s.settings.MemoryBytes)
}

// Rules are the rules that the stage may give.
func (s *PDFTextStage) Rules() []string {
	return []string{"no_text", "too_large", "too_long", "unmapped"}
}

// isPDF says whether a media type is that of PDF; parameters do not matter.
func isPDF(media string) bool {
	switch transform.MediaType(media) {
	case "application/pdf", "application/x-pdf":
		return true
	}
	return false
}

// Reads lists what a document is read by.
func (*PDFTextStage) Reads() []string { return []string{"raw", "media", "extra"} }

// Writes lists what extraction leaves.
func (*PDFTextStage) Writes() []string { return []string{"text", "raw", "extra"} }

// Apply replaces the raw bytes by text. The error is one of Extractor.Extract.
func (s *PDFTextStage) Apply(d *corpus.Document) (corpus.Verdict, error) {
	if d.Raw == nil || !isPDF(d.Media) {
		return corpus.Keep, nil
	}
	raw := d.Raw
	d.Raw = nil
	if size, limit := int64(len(raw)), int64(s.settings.MaxFileBytes); size > limit {
		return corpus.Verdict{Rule: "too_large", Value: float64(size), Limit: float64(limit)}, nil
	}
	doc, err := s.extractor.Extract(context.Background(), raw)
	if errors.Is(err, ErrTooLong) {
		return corpus.Verdict{Rule: "too_long", Detail: err.Error()}, nil
	}
	if err != nil {
		return corpus.Keep, err
	}
	if s.settings.Metadata {
		m := transform.Metadata{Title: doc.Title, Author: doc.Author, Date: doc.Date}
		if d.Extra, err = m.AddTo(d.Extra); err != nil {
			return corpus.Keep, err
		}
	}
	if v := unmappedVerdict(doc); !v.Kept() {
		return v, nil
	}
	if d.Text = doc.Text; doc.Text == "" {
		return corpus.Verdict{Rule: "no_text", Limit: 1}, nil
	}
	return corpus.Keep, nil
}

// unmappedVerdict rejects a document most of whose characters nobody knows.
func unmappedVerdict(d Document) corpus.Verdict {
	if share := float64(d.Unmapped) / float64(max(d.Characters, 1)); share > maxUnmapped {
		return corpus.Verdict{Rule: "unmapped", Value: share, Limit: maxUnmapped}
	}
	return corpus.Keep
}
