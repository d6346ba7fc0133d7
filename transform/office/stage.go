package office

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/corpusmill/corpusmill/config"
	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/stage"
	"github.com/corpusmill/corpusmill/transform"
)

// OfficeText turns DOCX, PPTX, XLSX, ODT and EPUB documents into text, one paragraph a
// line and one table row a line, or into Markdown. The media type of a document decides;
// other documents, and those without raw bytes, go through as they are. A damaged or
// encrypted document goes to quarantine. One of which single parts are missing, such
// as a chapter of a book, is read without them, which the log says.
//
// Of a presentation each slide has its title first and what the speaker notes last. Of a
// workbook each sheet that is shown has its name and its tables; dates, shares and
// decimals stand as their format has them, formulas as their value.
type OfficeText struct {
	// MaxFileBytes is the largest file that is worked on; a larger one is
	// rejected as too_large.
	MaxFileBytes config.Bytes `yaml:"max_file_bytes" default:"64MiB"`
	// MaxEntries is the largest number of entries in the archive; more are an
	// error.
	MaxEntries int `yaml:"max_entries" default:"10000"`
	// MaxInflatedBytes is the most that is inflated from one document, of the parts
	// that are read; more is an error. It also bounds the time: the default takes a
	// few seconds at the worst.
	MaxInflatedBytes config.Bytes `yaml:"max_inflated_bytes" default:"64MiB"`
	// MaxInflateRatio is how many times its stored size an entry may inflate to,
	// looked at beyond the entry's first MiB; more is an error.
	MaxInflateRatio int `yaml:"max_inflate_ratio" default:"200"`
	// MaxTextBytes is the longest text; more is an error.
	MaxTextBytes config.Bytes `yaml:"max_text_bytes" default:"64MiB"`
	// Format is text for one paragraph a line, or markdown for headings, lists and tables.
	// Characters that Markdown gives a meaning are not escaped, but for | in tables.
	Format string `yaml:"format" default:"text"`
	// MaxSheetRows is how many rows with a value are read of a sheet of a workbook; the
	// others are left out, which the log says. A sheet has no more than a million cells.
	MaxSheetRows int `yaml:"max_sheet_rows" default:"10000"`
	// MaxNumbers is the share of the cells of a sheet, 0 to 1, that may be numbers: one
	// with more is left out, and a workbook without any other is rejected as numbers.
	// Dates are none, and a sheet of 20 cells or fewer stays.
	MaxNumbers stage.Limit `yaml:"max_numbers" default:"0.7"`
	// DropSpeakerNotes leaves out what the speaker of a presentation notes.
	DropSpeakerNotes bool `yaml:"drop_speaker_notes"`
	// Footnotes writes footnotes and endnotes of DOCX and ODT below the text.
	Footnotes bool `yaml:"footnotes"`
	// KeepContents keeps the tables of contents and of figures, and the indexes,
	// of DOCX and ODT.
	KeepContents bool `yaml:"keep_contents"`
	// Metadata writes what a document says of itself into the column extra, as JSON:
	// title, author, date, language, description, license.
	Metadata bool `yaml:"metadata"`
}

// Validate checks the settings.
func (o *OfficeText) Validate() error {
	switch {
	case o.MaxFileBytes < 1:
		return errors.New("max_file_bytes: must be positive")
	case o.MaxEntries < 1:
		return errors.New("max_entries: must be positive")
	case o.MaxInflatedBytes < 1:
		return errors.New("max_inflated_bytes: must be positive")
	case o.MaxInflateRatio < 1:
		return errors.New("max_inflate_ratio: must be positive")
	case o.MaxTextBytes < 1:
		return errors.New("max_text_bytes: must be positive")
	case o.MaxSheetRows < 1:
		return errors.New("max_sheet_rows: must be positive")
	case o.Format != "text" && o.Format != "markdown":
		return fmt.Errorf("format: %q: want text or markdown", o.Format)
	}
	if share, on := o.MaxNumbers.Get(); on && (share <= 0 || share > 1) {
		return errors.New("max_numbers: must be above 0 and at most 1, or off")
	}
	return nil
}

// OfficeTextDef defines the stage office_text.
var OfficeTextDef = stage.DefineOpen("office_text", 5, newOfficeText)

// OpenOfficeText makes the stage ready; zero fields take their defaults.
func OpenOfficeText(ctx context.Context, o OfficeText, env *stage.Env) (*OfficeTextStage, error) {
	return stage.Open[*OfficeTextStage](ctx, OfficeTextDef, o, env)
}

func newOfficeText(_ context.Context, o OfficeText, env *stage.Env) (*OfficeTextStage, error) {
	numbers, _ := o.MaxNumbers.Get()
	return &OfficeTextStage{settings: o, log: env.Log, limits: Limits{
		Entries:       o.MaxEntries,
		InflatedBytes: int64(o.MaxInflatedBytes),
		Ratio:         int64(o.MaxInflateRatio),
		TextBytes:     int64(o.MaxTextBytes),
		Footnotes:     o.Footnotes,
		Contents:      o.KeepContents,
		Markdown:      o.Format == "markdown",
		Rows:          o.MaxSheetRows,
		Numbers:       numbers,

		NoSpeakerNotes: o.DropSpeakerNotes,
	}}, nil
}

// OfficeTextStage is the opened stage.
type OfficeTextStage struct {
	settings OfficeText
	limits   Limits
	log      *slog.Logger
	reader   *Reader // of a fork
}

// Fork returns a copy with a reader of its own.
func (s *OfficeTextStage) Fork() any {
	c := *s
	c.reader = new(Reader)
	return &c
}

// HoldsBytes implements stage.Holder: the extractor of pages of each worker.
func (s *OfficeTextStage) HoldsBytes(workers int) int64 { return int64(workers) * transform.HeldBytes }

// Rules are the rules that the stage may give.
func (s *OfficeTextStage) Rules() []string { return []string{"no_text", "numbers", "too_large"} }

// Reads lists what a document is read by.
func (*OfficeTextStage) Reads() []string { return []string{"raw", "media", "extra"} }

// Writes lists what extraction leaves.
func (*OfficeTextStage) Writes() []string { return []string{"text", "raw", "extra"} }

// Apply replaces the raw bytes by text. The error is one of Text.
func (s *OfficeTextStage) Apply(d *corpus.Document) (corpus.Verdict, error) {
	missing, v, err := s.ApplyDocument(d)
	if len(missing) > 0 {
		s.log.Warn("parts of a document are missing", "stage", "office_text", "document", d.ID, "parts", len(missing), "first", missing[0])
	}
	return v, err
}

// ApplyDocument is Apply, and returns what Document.Missing names in place of logging
// it.
func (s *OfficeTextStage) ApplyDocument(d *corpus.Document) (missing []string, v corpus.Verdict, err error) {
	if d.Raw == nil || !Reads(d.Media) {
		return nil, corpus.Keep, nil
	}
	raw := d.Raw
	d.Raw = nil
	if size, limit := int64(len(raw)), int64(s.settings.MaxFileBytes); size > limit {
		return nil, corpus.Verdict{Rule: "too_large", Value: float64(size), Limit: float64(limit)}, nil
	}
	r := s.reader
	if r == nil { // a plain call outside a worker
		r = new(Reader)
	}
	read, err := r.Document(d.Media, raw, s.limits)
	if n := (*numbersError)(nil); errors.As(err, &n) {
		return nil, corpus.Verdict{Rule: "numbers", Value: n.share, Limit: s.limits.Numbers}, nil
	}
	if err != nil {
		return nil, corpus.Keep, err
	}
	if s.settings.Metadata {
		m := r.Metadata(d.Media, raw, s.limits)
		if d.Extra, err = m.AddTo(d.Extra); err != nil {
			return nil, corpus.Keep, err
		}
	}
	if d.Text = read.Text; d.Text == "" {
		return read.Missing, corpus.Verdict{Rule: "no_text", Limit: 1}, nil
	}
	return read.Missing, corpus.Keep, nil
}
