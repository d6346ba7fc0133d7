package purify

import (
	"sync"

	"github.com/corpusmill/corpusmill/config"
	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/stage"
)

// ChineseQuality drops Chinese pages that are menus, link lists, forms or
// repetitions. Rules for English see one word in a whole clause of Chinese; this
// one counts code points that are not white space ("chars") and lines at "\n"
// that are not blank. Lines of code, without letters beyond ASCII, are left out
// of all where they are nine tenths of the bytes at most: a text about software
// is judged by its prose. It is our own set: min_chars, min_mean_line_chars and
// min_han_ratio follow ChineseWebText (Chen et al. 2023, arXiv:2311.01149), the
// line repeats Gopher, and the rest the gap between articles and menus. The
// first test that fails, in the order of the fields, names the rule.
type ChineseQuality struct {
	// MinChars is the least number of chars; shorter texts are mostly teasers.
	// Default 200.
	MinChars stage.Limit `yaml:"min_chars" default:"200"`
	// MinHanRatio is the least share of chars that are Han, 0..1. Prose has 0.7
	// to 0.9, text about software 0.5. Default 0.3.
	MinHanRatio stage.Limit `yaml:"min_han_ratio" default:"0.3"`
	// MaxDigitRatio is the largest share of chars that are digits, 0..1. Prose
	// has up to 0.15, budgets up to 0.25, price lists more. Default 0.3.
	MaxDigitRatio stage.Limit `yaml:"max_digit_ratio" default:"0.3"`
	// MaxLatinRatio is the largest share of chars that are Latin letters, 0..1.
	// Text about software has up to 0.4. Default 0.5.
	MaxLatinRatio stage.Limit `yaml:"max_latin_ratio" default:"0.5"`
	// MinPunctRatio is the least share of chars that are marks of prose, full
	// width or ASCII, 0..1. Prose has 0.05 to 0.15, menus under 0.03. Default
	// 0.03.
	MinPunctRatio stage.Limit `yaml:"min_punct_ratio" default:"0.03"`
	// MinMeanLineChars is the least mean length of a line in chars. Menus have 3
	// to 7, articles broken at every clause 20. Default 10.
	MinMeanLineChars stage.Limit `yaml:"min_mean_line_chars" default:"10"`
	// MinSentenceCharRatio is the least share of chars in lines with a sentence
	// mark (。！？；… or ASCII ! ? ;), with two commas or with one at the end, 0..1:
	// some writers leave out the last full stop, some break lines at commas.
	// Articles have over 0.5, menus and pages of headlines under 0.25. Default
	// 0.3.
	MinSentenceCharRatio stage.Limit `yaml:"min_sentence_char_ratio" default:"0.3"`
	// MaxBoilerplateLineRatio is the largest share of lines that are page
	// furniture: up to 60 chars with a mark such as 版权所有, 登录, 注册 or 上一篇,
	// 0..1. Default 0.3.
	MaxBoilerplateLineRatio stage.Limit `yaml:"max_boilerplate_line_ratio" default:"0.3"`
	// MaxDupLineCharRatio is the largest share of chars in second and later
	// copies of lines, 0..1. Default 0.2, as Gopher's.
	MaxDupLineCharRatio stage.Limit `yaml:"max_dup_line_char_ratio" default:"0.2"`
	// MaxDup13GramRatio is the largest share of chars in second and later copies
	// of runs of 13 chars, 0..1. Articles have up to 0.1, those below a summary of
	// their own sentences and forms of law up to 0.25, pages that carry their text
	// twice over 0.4. Default 0.3.
	MaxDup13GramRatio stage.Limit `yaml:"max_dup_13_gram_ratio" default:"0.3"`
}

// ChineseQualityDef defines the stage chinese_quality.
var ChineseQualityDef = stage.Define[ChineseQuality]("chinese_quality", 3)

// Validate checks that shares are some.
func (c ChineseQuality) Validate() error {
	if err := stage.CheckAmounts(map[string]stage.Limit{"min_chars": c.MinChars, "min_mean_line_chars": c.MinMeanLineChars}); err != nil {
		return err
	}
	return stage.CheckShares(map[string]stage.Limit{"min_han_ratio": c.MinHanRatio, "max_digit_ratio": c.MaxDigitRatio,
		"max_latin_ratio": c.MaxLatinRatio, "min_punct_ratio": c.MinPunctRatio, "min_sentence_char_ratio": c.MinSentenceCharRatio,
		"max_boilerplate_line_ratio": c.MaxBoilerplateLineRatio, "max_dup_line_char_ratio": c.MaxDupLineCharRatio,
		"max_dup_13_gram_ratio": c.MaxDup13GramRatio})
}

// The columns of ChineseQuality.
const (
	zhChars = iota
	zhHan
	zhDigits
	zhLatin
	zhPunct
	zhMeanLine
	zhSentences
	zhBoilerplate
	zhDupLines
	zhDupGrams
	zhColumns
)

var (
	chineseQualityDefaults = config.Defaults[ChineseQuality]()

	chinesePool = sync.Pool{New: func() any { return &chinese{values: corpus.NewValues(zhColumns)} }}
)

// Reads lists the column that the rules look at.
func (ChineseQuality) Reads() []string { return []string{"text"} }

// Columns declares the values that Measure sets.
func (c ChineseQuality) Columns() []corpus.Column {
	col := func(name, doc string) corpus.Column {
		return corpus.Column{Name: name, Type: corpus.Float, Doc: doc}
	}
	return []corpus.Column{
		col("chars", "code points that are not white space, outside code"),
		col("han_ratio", "share of chars that are Han"),
		col("digit_ratio", "share of chars that are digits"),
		col("latin_ratio", "share of chars that are Latin letters"),
		col("punct_ratio", "share of chars that are marks of prose"),
		col("mean_line_chars", "mean length of a line in chars"),
		col("sentence_char_ratio", "share of chars in lines with a sentence mark, two commas or one at the end"),
		col("boilerplate_line_ratio", "share of lines that are page furniture"),
		col("dup_line_char_ratio", "share of chars in second and later copies of lines"),
		col("dup_13_gram_ratio", "share of chars in second and later copies of runs of 13"),
	}
}

// Rules names every rule.
func (c ChineseQuality) Rules() []string {
	return []string{ruleEmpty, "too_few_chars", "low_han_ratio", "high_digit_ratio", "high_latin_ratio", "low_punct_ratio",
		"short_lines", "few_sentences", "boilerplate_lines", "dup_line_chars", "dup_13_grams"}
}

// Measure sets every value. Ratios of nothing are 0.
func (c ChineseQuality) Measure(doc *corpus.Document, v *corpus.Values) error {
	s := chinesePool.Get().(*chinese)
	s.view = doc.View()
	for _, phase := range chinesePhases {
		phase(s, v)
	}
	s.end()
	return nil
}

// Keep is Decide of what Measure finds, and stops measuring at the first rule
// that drops.
func (c ChineseQuality) Keep(doc *corpus.Document) corpus.Verdict {
	s := chinesePool.Get().(*chinese)
	s.view = doc.View()
	s.values.Clear()
	verdict := corpus.Keep
	for _, phase := range chinesePhases {
		phase(s, s.values)
		if verdict = c.Decide(s.values); !verdict.Kept() {
			break
		}
	}
	s.end()
	return verdict
}

// Decide tests the values in the order of the fields.
func (c ChineseQuality) Decide(v *corpus.Values) corpus.Verdict {
	if v.Get(zhChars) == 0 {
		return empty()
	}
	d := &chineseQualityDefaults
	if verdict := stage.First(
		c.MinChars.Or(d.MinChars).Below("too_few_chars", v.Get(zhChars)),
		c.MinHanRatio.Or(d.MinHanRatio).Below("low_han_ratio", v.Get(zhHan)),
		c.MaxDigitRatio.Or(d.MaxDigitRatio).Above("high_digit_ratio", v.Get(zhDigits)),
		c.MaxLatinRatio.Or(d.MaxLatinRatio).Above("high_latin_ratio", v.Get(zhLatin)),
		c.MinPunctRatio.Or(d.MinPunctRatio).Below("low_punct_ratio", v.Get(zhPunct)),
	); !verdict.Kept() {
		return verdict
	}
	return stage.First(
		c.MinMeanLineChars.Or(d.MinMeanLineChars).Below("short_lines", v.Get(zhMeanLine)),
		c.MinSentenceCharRatio.Or(d.MinSentenceCharRatio).Below("few_sentences", v.Get(zhSentences)),
		c.MaxBoilerplateLineRatio.Or(d.MaxBoilerplateLineRatio).Above("boilerplate_lines", v.Get(zhBoilerplate)),
		c.MaxDupLineCharRatio.Or(d.MaxDupLineCharRatio).Above("dup_line_chars", v.Get(zhDupLines)),
		c.MaxDup13GramRatio.Or(d.MaxDup13GramRatio).Above("dup_13_grams", v.Get(zhDupGrams)),
	)
}
