package qa

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/corpusmill/corpusmill/config"
	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/format"
	"github.com/corpusmill/corpusmill/stage"
	"github.com/corpusmill/corpusmill/transform"
	"github.com/corpusmill/corpusmill/transform/charset"
)

// QAExtract makes a document of each question that a page or a text answers: its text is
// question and answer, to be trained on as they are, and the column messages has both in the
// form that fine-tuning tools read. It makes up nothing. Of pages, which it takes before
// html_text does, it reads what they say of themselves (schema.org FAQPage, QAPage and
// HowTo, as JSON-LD, microdata or RDFa), details and summary, definition lists and headings
// that ask, and the first posts of a forum's thread; of texts exam papers with options,
// answers and keys, lines of Q: and A:, and headings that ask, in English and Chinese. A
// document without a pair is rejected as no_pieces.
type QAExtract struct {
	// Kinds are the kinds of pairs that are kept: faq_page, qa_page, how_to, thread, details,
	// definition, heading, dialogue, table, exam. Default: all.
	Kinds []string `yaml:"kinds"`
	// MinAnswerChars is the shortest answer that is kept, in characters; those of exams may
	// be shorter.
	MinAnswerChars int `yaml:"min_answer_chars" default:"10"`
	// System is a message that stands first in messages, "" for none.
	System string `yaml:"system"`
	// MaxPageBytes is the largest page or text that is looked at, 8 MiB at most; of a larger
	// one nothing is.
	MaxPageBytes config.Bytes `yaml:"max_page_bytes" default:"4MiB"`
}

// Validate checks the settings.
func (q *QAExtract) Validate() error {
	for _, k := range q.Kinds {
		if !slices.Contains(Kinds, Kind(k)) {
			return fmt.Errorf("kinds: %q is none of them", k)
		}
	}
	switch {
	case q.MinAnswerChars < 0:
		return errors.New("min_answer_chars: must not be negative")
	case q.MaxPageBytes < 1 || q.MaxPageBytes > maxPageBytes:
		return errors.New("max_page_bytes: must be 1 byte to 8MiB")
	}
	return nil
}

// QAExtractDef defines the stage qa_extract.
var QAExtractDef = stage.DefineOpen("qa_extract", 4, newQAExtract)

// OpenQAExtract makes the stage ready; zero fields take their defaults.
func OpenQAExtract(ctx context.Context, q QAExtract, env *stage.Env) (*QAExtractStage, error) {
	return stage.Open[*QAExtractStage](ctx, QAExtractDef, q, env)
}

func newQAExtract(_ context.Context, q QAExtract, _ *stage.Env) (*QAExtractStage, error) {
	return &QAExtractStage{settings: q}, nil
}

// QAExtractStage is the opened stage.
type QAExtractStage struct {
	settings  QAExtract
	extractor *transform.Extractor // of a fork
}

// Fork returns a copy with an extractor of its own.
func (s *QAExtractStage) Fork() any {
	c := *s
	c.extractor = transform.NewExtractor(nil)
	return &c
}

// Rules are the rules that the stage may give.
func (*QAExtractStage) Rules() []string { return []string{"no_pieces"} }

// Reads lists what a document is read by.
func (*QAExtractStage) Reads() []string { return []string{"text", "raw", "media", "charset", "url"} }

// Writes lists what pieces have of their own.
func (*QAExtractStage) Writes() []string { return []string{"text", "raw"} }

// HoldsBytes implements stage.Holder: the extractor of each worker.
func (*QAExtractStage) HoldsBytes(workers int) int64 { return int64(workers) * transform.HeldBytes }

// takesFactor is what the tree of a page takes for each byte.
const takesFactor = 40

// TakesBytes implements stage.Taker.
func (s *QAExtractStage) TakesBytes(d *corpus.Document, _ int64) int64 {
	return takesFactor * min(int64(len(d.Raw)+len(d.Text)), int64(s.settings.MaxPageBytes))
}

// Cells declares the columns of a pair.
func (*QAExtractStage) Cells() []corpus.Column {
	return []corpus.Column{
		{Name: "messages", Type: corpus.JSON, Messages: true, Doc: "question and answer as a list of messages with role and content, as trainers read them"},
		{Name: "kind", Type: corpus.String, Few: true, Doc: "where the pair was found: faq_page, qa_page, how_to, thread, details, definition, heading, dialogue, table, exam"},
		{Name: "span", Type: corpus.JSON, Doc: "bytes of the text that it came from: start and end of the question, answer_start and answer_end; null for a page"},
	}
}

// Split gives the pairs without their cells.
func (s *QAExtractStage) Split(d *corpus.Document, emit func(*corpus.Document)) error {
	return s.SplitCells(d, func(p *corpus.Document, _ []corpus.Value) { emit(p) })
}

// SplitCells implements stage.CellSplitter.
func (s *QAExtractStage) SplitCells(d *corpus.Document, emit func(*corpus.Document, []corpus.Value)) error {
	pairs, err := s.Pairs(d)
	if err != nil {
		return err
	}
	for i := range pairs {
		p := &pairs[i]
		messages, err := Messages(p, s.settings.System)
		if err != nil {
			return err
		}
		span := corpus.Null
		if p.Start >= 0 {
			span = corpus.Str(fmt.Sprintf(`{"start":%d,"end":%d,"answer_start":%d,"answer_end":%d}`, p.Start, p.End, p.AnswerStart, p.AnswerEnd))
		}
		piece := *d
		piece.Raw, piece.Text = nil, p.Text()
		piece.Lend(nil)
		emit(&piece, []corpus.Value{corpus.Str(messages), corpus.Str(string(p.Kind)), span})
	}
	return nil
}

// Messages is a pair in the form that fine-tuning tools read: a list of objects with role
// and content.
func Messages(p *Pair, system string) (string, error) {
	return corpus.Messages(system, p.Prompt(), p.Reply())
}

// Pairs finds the pairs of a document: of its raw page, else of its text.
func (s *QAExtractStage) Pairs(d *corpus.Document) ([]Pair, error) {
	var pairs []Pair
	switch {
	case int64(len(d.Raw)) > int64(s.settings.MaxPageBytes) || int64(len(d.Text)) > int64(s.settings.MaxPageBytes):
	case d.Raw == nil:
		pairs = Text(d.Text)
	case d.Media == format.MediaHTML || d.Media == format.MediaXHTML || d.Media == "":
		var err error
		if pairs, err = s.page(d); err != nil {
			return nil, err
		}
	case strings.HasPrefix(d.Media, "text/"):
		text, _, _ := charset.DecodeHTML(d.Raw, d.Charset)
		pairs = Text(text)
	}
	return slices.DeleteFunc(pairs, func(p Pair) bool {
		return len(s.settings.Kinds) > 0 && !slices.Contains(s.settings.Kinds, string(p.Kind)) ||
			p.Kind != Exam && len([]rune(p.Answer)) < s.settings.MinAnswerChars
	}), nil
}

// page finds the pairs of a page: by its markup, else in its main text.
func (s *QAExtractStage) page(d *corpus.Document) ([]Pair, error) {
	if m := format.Media(d.Raw); m == "" || strings.HasPrefix(m, "application/") {
		return nil, nil
	}
	source, _, _ := charset.DecodeHTML(d.Raw, d.Charset)
	if len(source) > maxPageBytes {
		return nil, nil
	}
	pairs, err := Page(source)
	if err != nil || len(pairs) > 0 {
		return pairs, ignoreLimit(err)
	}
	x := s.extractor
	if x == nil { // a plain call outside a worker
		x = transform.NewExtractor(nil)
	}
	pg, err := x.Extract(source, transform.Options{Format: transform.FormatMarkdown, BaseURL: d.URL, XHTML: d.Media == format.MediaXHTML})
	if err != nil {
		return nil, err
	}
	x.Trim()
	pairs = Text(pg.Text)
	for i := range pairs { // the text is not kept
		p := &pairs[i]
		p.Start, p.End, p.AnswerStart, p.AnswerEnd = -1, -1, -1, -1
	}
	return pairs, nil
}

// ignoreLimit takes a page that is too deep for one without pairs.
func ignoreLimit(err error) error {
	if errors.Is(err, ErrLimit) {
		return nil
	}
	return err
}
