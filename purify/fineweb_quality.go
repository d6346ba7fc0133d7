package purify

import (
	"sync"
	"unicode/utf8"

	"github.com/corpusmill/corpusmill/config"
	"github.com/corpusmill/corpusmill/internal/hashtable"

	"github.com/zeebo/xxh3"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/stage"
	"github.com/corpusmill/corpusmill/text"
)

// FineWebQuality drops lists, menus and texts that repeat lines: section 3.6 of
// Penedo et al. 2024 (FineWeb, arXiv:2406.17557), with datatrove's definitions.
// Lines are split at "\n", blank ones do not count, none is stripped. The first
// test that fails, in the order of the fields, names the rule.
type FineWebQuality struct {
	// Words is the splitter that counts the words: spacy_en, uax29 or
	// whitespace. Default spacy_en, as in datatrove.
	Words string `yaml:"words"`
	// MinLinePunctRatio is the least share of lines that end in a terminal
	// punctuation mark of any script, 0..1. A quote or space after the mark
	// hides it. Default 0.12.
	MinLinePunctRatio stage.Limit `yaml:"min_line_punct_ratio" default:"0.12"`
	// ExcludeZeroPunct keeps texts in which no line ends in such a mark.
	// Default false.
	ExcludeZeroPunct bool `yaml:"exclude_zero_punct"`
	// MaxShortLineRatio is the largest share of short lines, 0..1. Default 0.67.
	MaxShortLineRatio stage.Limit `yaml:"max_short_line_ratio" default:"0.67"`
	// ShortLineChars is the length in code points up to which a line is short,
	// at least 1. Default 30.
	ShortLineChars int `yaml:"short_line_chars" default:"30"`
	// MaxCharDupRatio is the largest share of code points in second and later
	// copies of lines, 0..1. Default 0.01.
	MaxCharDupRatio stage.Limit `yaml:"max_char_dup_ratio" default:"0.01"`
	// MaxNewlineRatio is the largest number of newlines per word. Default 0.3.
	MaxNewlineRatio stage.Limit `yaml:"max_newline_ratio" default:"0.3"`
}

// FineWebQualityDef defines the stage fineweb_quality.
var FineWebQualityDef = stage.Define[FineWebQuality]("fineweb_quality", 1)

// The columns of FineWebQuality.
const (
	fineLines = iota
	fineLinePunct
	fineShortLines
	fineCharDup
	fineWords
	fineNewlines
	fineColumns
)

// fineWeb is the scratch of FineWebQuality.
type fineWeb struct {
	values *corpus.Values
	seen   hashtable.Table
}

var (
	fineWebQualityDefaults = config.Defaults[FineWebQuality]()

	fineWebPool = sync.Pool{New: func() any { return &fineWeb{values: corpus.NewValues(fineColumns)} }}
)

// Reads lists the column that the rules look at.
func (FineWebQuality) Reads() []string { return []string{"text"} }

// Columns declares the values that Measure sets.
func (f FineWebQuality) Columns() []corpus.Column {
	c := func(name, doc string) corpus.Column { return corpus.Column{Name: name, Type: corpus.Float, Doc: doc} }
	return []corpus.Column{
		c("lines", "lines that are not blank"),
		c("line_punct_ratio", "share of lines that end in terminal punctuation"),
		c("short_line_ratio", "share of short lines"),
		c("char_dup_ratio", "share of code points in second and later copies of lines"),
		c("words", "words"),
		c("newline_ratio", "newlines per word"),
	}
}

// Validate checks words and short_line_chars.
func (f FineWebQuality) Validate() error {
	if err := checkPositive("short_line_chars", f.ShortLineChars); err != nil {
		return err
	}
	if err := stage.CheckAmounts(map[string]stage.Limit{"max_newline_ratio": f.MaxNewlineRatio}); err != nil {
		return err
	}
	if err := stage.CheckShares(map[string]stage.Limit{"min_line_punct_ratio": f.MinLinePunctRatio, "max_short_line_ratio": f.MaxShortLineRatio,
		"max_char_dup_ratio": f.MaxCharDupRatio}); err != nil {
		return err
	}
	return checkWords(f.Words)
}

// Rules names every rule.
func (f FineWebQuality) Rules() []string {
	return []string{ruleEmpty, "line_punct_ratio", "short_line_ratio", "char_dup_ratio", "list_ratio"}
}

// Measure sets every value. Ratios of nothing are 0.
func (f FineWebQuality) Measure(doc *corpus.Document, v *corpus.Values) error {
	s := fineWebPool.Get().(*fineWeb)
	view := doc.View()
	f.lines(s, view, v)
	f.words(view, v)
	fineWebPool.Put(s)
	return nil
}

// Keep is Decide of what Measure finds. It splits no words where the lines
// decide, or where the text has words enough without counting them all.
func (f FineWebQuality) Keep(doc *corpus.Document) corpus.Verdict {
	s := fineWebPool.Get().(*fineWeb)
	s.values.Clear()
	view := doc.View()
	f.lines(s, view, s.values)
	verdict := f.Decide(s.values)
	if verdict.Kept() && !f.manyWords(view) {
		f.words(view, s.values)
		verdict = f.Decide(s.values)
	}
	fineWebPool.Put(s)
	return verdict
}

// Decide tests the values in the order of the fields.
func (f FineWebQuality) Decide(v *corpus.Values) corpus.Verdict {
	if v.Get(fineLines) == 0 {
		return empty()
	}
	d := &fineWebQualityDefaults
	punct := f.MinLinePunctRatio.Or(d.MinLinePunctRatio).Below("line_punct_ratio", v.Get(fineLinePunct))
	if f.ExcludeZeroPunct && punct.Value == 0 {
		punct = corpus.Keep
	}
	verdict := stage.First(punct,
		f.MaxShortLineRatio.Or(d.MaxShortLineRatio).Above("short_line_ratio", v.Get(fineShortLines)),
		f.MaxCharDupRatio.Or(d.MaxCharDupRatio).Above("char_dup_ratio", v.Get(fineCharDup)))
	if !verdict.Kept() {
		return verdict
	}
	if v.Get(fineWords) == 0 {
		return empty()
	}
	return f.MaxNewlineRatio.Or(d.MaxNewlineRatio).Above("list_ratio", v.Get(fineNewlines))
}

func (f FineWebQuality) lines(s *fineWeb, view *text.View, v *corpus.Values) {
	limit := f.ShortLineChars
	if limit == 0 {
		limit = fineWebQualityDefaults.ShortLineChars
	}
	t, lines := view.Text(), view.Lines()
	s.seen.Reset(len(lines))
	count, punct, short, copied := 0, 0, 0, 0
	for _, l := range lines {
		line := t[l.Start:l.End]
		if trimLeft(line) == "" {
			continue
		}
		count++
		if r, _ := utf8.DecodeLastRuneInString(line); text.TerminalPunctuation(r) {
			punct++
		}
		if int(l.Runes) <= limit {
			short++
		}
		if _, fresh := s.seen.Add(xxh3.HashString(line), 0); !fresh {
			copied += int(l.Runes)
		}
	}
	v.Set(fineLines, float64(count))
	v.Set(fineLinePunct, ratio(punct, count))
	v.Set(fineShortLines, ratio(short, count))
	v.Set(fineCharDup, ratio(copied, view.Runes()-(len(lines)-1)))
}

// manyWords reports whether the text has so many runs without white space, none
// of which gives less than a word, that no count of words could drop it.
func (f FineWebQuality) manyWords(view *text.View) bool {
	if segmenter(f.Words, text.SpacyEnglish) == text.UAX29 {
		return false // a lone joiner after a space is no word there
	}
	newlines, enough := len(view.Lines())-1, 1
	if limit, on := f.MaxNewlineRatio.Or(fineWebQualityDefaults.MaxNewlineRatio).Get(); on && newlines > 0 {
		if limit <= 0 {
			return false
		}
		if enough = wholeUp(float64(newlines) / limit); ratio(newlines, enough) > limit {
			enough++ // rounding
		}
	}
	return hasWords(view.Text(), enough)
}

func (f FineWebQuality) words(view *text.View, v *corpus.Values) {
	words := len(view.Words(segmenter(f.Words, text.SpacyEnglish)))
	v.Set(fineWords, float64(words))
	v.Set(fineNewlines, ratio(len(view.Lines())-1, words))
}
