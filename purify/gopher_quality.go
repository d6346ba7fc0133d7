package purify

import (
	"math"
	"sync"

	"github.com/corpusmill/corpusmill/config"
	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/stage"
	"github.com/corpusmill/corpusmill/text"
)

// GopherQuality drops texts that do not look like prose: section A1.1 of Rae et
// al. 2021 (Gopher, arXiv:2112.11446). The first test that fails, in the order
// of the fields, names the rule.
type GopherQuality struct {
	// Dialect is the set of definitions: datatrove (spaCy words; hashes and
	// ellipses tested one by one; lines of str.splitlines; distinct stop words,
	// case-sensitive) or dclm (hashes and ellipses summed, ". . ." too; lines
	// stripped, empty ones dropped, bullets ● • * -; stop words in any case,
	// every occurrence counts). Default datatrove.
	Dialect string `yaml:"dialect" default:"datatrove"`
	// Words is the splitter: spacy_en, uax29 or whitespace. Default spacy_en in
	// dialect datatrove, whitespace in dclm, as in the originals.
	Words string `yaml:"words"`

	// MinWords is the least number of words that are not all punctuation; in
	// dialect dclm of words that start with a letter or digit. Default 50.
	MinWords stage.Limit `yaml:"min_words" default:"50"`
	// MaxWords is the largest number of the same words. Default 100000.
	MaxWords stage.Limit `yaml:"max_words" default:"100000"`
	// MinMeanWordLength is the least mean length of these words (in dialect dclm
	// of all words) in code points. Default 3.
	MinMeanWordLength stage.Limit `yaml:"min_mean_word_length" default:"3"`
	// MaxMeanWordLength is the largest such mean in code points. Default 10.
	MaxMeanWordLength stage.Limit `yaml:"max_mean_word_length" default:"10"`
	// MaxSymbolRatio is the largest number of hashes, and of ellipses, per word;
	// in dialect dclm of both together. Default 0.1.
	MaxSymbolRatio stage.Limit `yaml:"max_symbol_ratio" default:"0.1"`
	// MaxBulletLineRatio is the largest share of lines that begin with a bullet
	// point, 0..1. Default 0.9.
	MaxBulletLineRatio stage.Limit `yaml:"max_bullet_line_ratio" default:"0.9"`
	// MaxEllipsisLineRatio is the largest share of lines that end with an
	// ellipsis, 0..1. Default 0.3.
	MaxEllipsisLineRatio stage.Limit `yaml:"max_ellipsis_line_ratio" default:"0.3"`
	// MinAlphaWordRatio is the least share of words with a letter, 0..1. Default
	// 0.8. (datatrove calls it max_non_alpha_words_ratio.)
	MinAlphaWordRatio stage.Limit `yaml:"min_alpha_word_ratio" default:"0.8"`
	// MinStopWords is the least number of stop words: distinct ones in dialect
	// datatrove, occurrences in dclm. Default 2.
	MinStopWords stage.Limit `yaml:"min_stop_words" default:"2"`
	// StopWords are the stop words, as tokens of the splitter; in lower case for
	// dialect dclm. Default: the eight of Gopher.
	StopWords []string `yaml:"stop_words" default:"the,be,to,of,and,that,have,with"`
}

// GopherQualityDef defines the stage gopher_quality.
var GopherQualityDef = stage.Define[GopherQuality]("gopher_quality", 1)

// The columns of GopherQuality.
const (
	qualAllWords = iota
	qualWords
	qualMeanLength
	qualHashes
	qualEllipses
	qualSymbols
	qualBullets
	qualEllipsisLines
	qualAlpha
	qualStopWords
	qualColumns
)

// maxStopWords bounds the list.
const maxStopWords = 10_000

var (
	gopherQualityDefaults = config.Defaults[GopherQuality]()

	qualityPool = sync.Pool{New: func() any { return &quality{values: corpus.NewValues(qualColumns)} }}
)

// Reads lists the column that the rules look at.
func (GopherQuality) Reads() []string { return []string{"text"} }

// Columns declares the values that Measure sets.
func (g GopherQuality) Columns() []corpus.Column {
	c := func(name, doc string) corpus.Column { return corpus.Column{Name: name, Type: corpus.Float, Doc: doc} }
	return []corpus.Column{
		c("all_words", "words, punctuation included"),
		c("words", "words that are not all punctuation; in dialect dclm that start with a letter or digit"),
		c("mean_word_length", "mean length of words in code points; missing without words"),
		c("hash_ratio", "hash signs per word"),
		c("ellipsis_ratio", "ellipses per word"),
		c("symbol_ratio", "hash signs and ellipses per word"),
		c("bullet_line_ratio", "share of lines that begin with a bullet point"),
		c("ellipsis_line_ratio", "share of lines that end with an ellipsis"),
		c("alpha_word_ratio", "share of words with a letter"),
		c("stop_words", "stop words: distinct ones; in dialect dclm occurrences"),
	}
}

// Validate checks dialect, words and the stop words.
func (g GopherQuality) Validate() error {
	if err := checkDialect(g.Dialect, datatrove, dclm); err != nil {
		return err
	}
	if err := checkStopWords(g.StopWords); err != nil {
		return err
	}
	if err := stage.CheckAmounts(map[string]stage.Limit{"min_words": g.MinWords, "max_words": g.MaxWords, "min_mean_word_length": g.MinMeanWordLength,
		"max_mean_word_length": g.MaxMeanWordLength, "max_symbol_ratio": g.MaxSymbolRatio, "min_stop_words": g.MinStopWords}); err != nil {
		return err
	}
	if err := stage.CheckShares(map[string]stage.Limit{"max_bullet_line_ratio": g.MaxBulletLineRatio, "max_ellipsis_line_ratio": g.MaxEllipsisLineRatio,
		"min_alpha_word_ratio": g.MinAlphaWordRatio}); err != nil {
		return err
	}
	return checkWords(g.Words)
}

// Rules names every rule.
func (g GopherQuality) Rules() []string {
	return []string{ruleEmpty, "gopher_short_doc", "gopher_long_doc", "gopher_below_avg_threshold", "gopher_above_avg_threshold",
		"gopher_too_many_hashes", "gopher_too_many_ellipsis", "gopher_too_many_symbols", "gopher_too_many_bullets",
		"gopher_too_many_end_ellipsis", "gopher_below_alpha_threshold", "gopher_enough_stop_words"}
}

// Measure sets every value. Ratios of nothing are 0.
func (g GopherQuality) Measure(doc *corpus.Document, v *corpus.Values) error {
	q := qualityPool.Get().(*quality)
	q.begin(g, doc)
	for _, phase := range qualityPhases {
		phase(q, v)
	}
	q.end()
	return nil
}

// Keep is Decide of what Measure finds, and stops measuring at the first rule
// that drops.
func (g GopherQuality) Keep(doc *corpus.Document) corpus.Verdict {
	q := qualityPool.Get().(*quality)
	q.begin(g, doc)
	q.values.Clear()
	verdict := corpus.Keep
	for _, phase := range qualityPhases {
		phase(q, q.values)
		if verdict = g.Decide(q.values); !verdict.Kept() {
			break
		}
	}
	q.end()
	return verdict
}

// Decide tests the values in the order of the fields.
func (g GopherQuality) Decide(v *corpus.Values) corpus.Verdict {
	d, words := &gopherQualityDefaults, v.Get(qualWords)
	if verdict := g.MinWords.Or(d.MinWords).Below("gopher_short_doc", words); !verdict.Kept() {
		return verdict
	}
	if v.Get(qualAllWords) == 0 {
		return empty()
	}
	if verdict := stage.First(
		g.MaxWords.Or(d.MaxWords).Above("gopher_long_doc", words),
		g.MinMeanWordLength.Or(d.MinMeanWordLength).Below("gopher_below_avg_threshold", v.Get(qualMeanLength)),
		g.MaxMeanWordLength.Or(d.MaxMeanWordLength).Above("gopher_above_avg_threshold", v.Get(qualMeanLength)),
		g.symbols(v),
	); !verdict.Kept() {
		return verdict
	}
	return stage.First(
		g.MaxBulletLineRatio.Or(d.MaxBulletLineRatio).Above("gopher_too_many_bullets", v.Get(qualBullets)),
		g.MaxEllipsisLineRatio.Or(d.MaxEllipsisLineRatio).Above("gopher_too_many_end_ellipsis", v.Get(qualEllipsisLines)),
		g.MinAlphaWordRatio.Or(d.MinAlphaWordRatio).Below("gopher_below_alpha_threshold", v.Get(qualAlpha)),
		g.MinStopWords.Or(d.MinStopWords).Below("gopher_enough_stop_words", v.Get(qualStopWords)),
	)
}

func (g GopherQuality) symbols(v *corpus.Values) corpus.Verdict {
	limit := g.MaxSymbolRatio.Or(gopherQualityDefaults.MaxSymbolRatio)
	if g.Dialect == dclm {
		return limit.Above("gopher_too_many_symbols", v.Get(qualSymbols))
	}
	return stage.First(
		limit.Above("gopher_too_many_hashes", v.Get(qualHashes)),
		limit.Above("gopher_too_many_ellipsis", v.Get(qualEllipses)),
	)
}

func (g GopherQuality) segmenter() text.Segmenter {
	if g.Dialect == dclm {
		return segmenter(g.Words, text.Whitespace)
	}
	return segmenter(g.Words, text.SpacyEnglish)
}

func (g GopherQuality) stopWords() []string {
	if g.StopWords == nil {
		return gopherQualityDefaults.StopWords
	}
	return g.StopWords
}

// mean returns sum/n, NaN for n = 0.
func mean(sum, n int) float64 {
	if n == 0 {
		return math.NaN()
	}
	return float64(sum) / float64(n)
}
