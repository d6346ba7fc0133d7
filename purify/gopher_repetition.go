package purify

import (
	"sync"

	"github.com/corpusmill/corpusmill/config"
	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/stage"
	"github.com/corpusmill/corpusmill/text"
)

// GopherRepetition drops texts that repeat themselves: table A1 of Rae et al.
// 2021 (Gopher, arXiv:2112.11446). Every limit is the largest share that
// passes. The first test that fails, in the dialect's order, names the rule.
//
// Shares of n-grams can exceed 1 in dialect datatrove: overlapping copies of a
// top n-gram count in full.
type GopherRepetition struct {
	// Dialect is the set of definitions: datatrove (paragraphs, lines, then
	// n-grams; only the second and later copies count; shares of all code
	// points) or dclm (lines and paragraphs stripped; all copies of what repeats
	// count; shares of the code points of lines or words). Default datatrove.
	Dialect string `yaml:"dialect" default:"datatrove"`
	// Words is the splitter: spacy_en, uax29 or whitespace. Default spacy_en in
	// dialect datatrove, uax29 in dclm, as in the originals.
	Words string `yaml:"words"`
	// RequireRepeat counts a top n-gram only if it occurs at least twice. In
	// dialect datatrove one that occurs once counts too, so that texts of about
	// six words are dropped as top_2_gram although nothing repeats; datatrove
	// does so, and so does the default. Dialect dclm always requires a repeat.
	RequireRepeat bool `yaml:"require_repeat"`

	// MaxDupParaRatio is the largest share of paragraphs that are copies, 0..1.
	// Default 0.30 (Gopher, table A1).
	MaxDupParaRatio stage.Limit `yaml:"max_dup_para_ratio" default:"0.3"`
	// MaxDupParaCharRatio is the largest share of code points in paragraphs that
	// are copies, 0..1. Default 0.20 (Gopher, table A1).
	MaxDupParaCharRatio stage.Limit `yaml:"max_dup_para_char_ratio" default:"0.2"`
	// MaxDupLineRatio is the largest share of lines that are copies, 0..1.
	// Default 0.30 (Gopher, table A1).
	MaxDupLineRatio stage.Limit `yaml:"max_dup_line_ratio" default:"0.3"`
	// MaxDupLineCharRatio is the largest share of code points in lines that are
	// copies, 0..1. Default 0.20 (Gopher, table A1).
	MaxDupLineCharRatio stage.Limit `yaml:"max_dup_line_char_ratio" default:"0.2"`
	// MaxTop2GramRatio is the largest share of code points in the most frequent
	// pair of words. Default 0.20 (Gopher, table A1).
	MaxTop2GramRatio stage.Limit `yaml:"max_top_2_gram_ratio" default:"0.2"`
	// MaxTop3GramRatio is the same for three words. Default 0.18.
	MaxTop3GramRatio stage.Limit `yaml:"max_top_3_gram_ratio" default:"0.18"`
	// MaxTop4GramRatio is the same for four words. Default 0.16.
	MaxTop4GramRatio stage.Limit `yaml:"max_top_4_gram_ratio" default:"0.16"`
	// MaxDup5GramRatio is the largest share of code points in repeated runs of
	// five words, 0..1. Default 0.15 (Gopher, table A1).
	MaxDup5GramRatio stage.Limit `yaml:"max_dup_5_gram_ratio" default:"0.15"`
	// MaxDup6GramRatio is the same for six words. Default 0.14.
	MaxDup6GramRatio stage.Limit `yaml:"max_dup_6_gram_ratio" default:"0.14"`
	// MaxDup7GramRatio is the same for seven words. Default 0.13.
	MaxDup7GramRatio stage.Limit `yaml:"max_dup_7_gram_ratio" default:"0.13"`
	// MaxDup8GramRatio is the same for eight words. Default 0.12.
	MaxDup8GramRatio stage.Limit `yaml:"max_dup_8_gram_ratio" default:"0.12"`
	// MaxDup9GramRatio is the same for nine words. Default 0.11.
	MaxDup9GramRatio stage.Limit `yaml:"max_dup_9_gram_ratio" default:"0.11"`
	// MaxDup10GramRatio is the same for ten words. Default 0.10.
	MaxDup10GramRatio stage.Limit `yaml:"max_dup_10_gram_ratio" default:"0.1"`
}

// GopherRepetitionDef defines the stage gopher_repetition.
var GopherRepetitionDef = stage.Define[GopherRepetition]("gopher_repetition", 1)

// The columns of GopherRepetition.
const (
	repChars = iota
	repDupPara
	repDupParaChars
	repDupLine
	repDupLineChars
	repTop2 // top and dup columns follow each other by n
	repTop3
	repTop4
	repDup5
	repDup6
	repDup7
	repDup8
	repDup9
	repDup10
	repColumns
)

// repetitionDialect is a named set of definitions. Its phases measure the
// columns in an order that no test of a later phase precedes in order, so that
// Keep can stop between them.
type repetitionDialect struct {
	words  text.Segmenter
	phases []func(*repetition, *corpus.Values)
	order  []int
}

var repetitionDialects = map[string]repetitionDialect{
	datatrove: {
		words:  text.SpacyEnglish,
		phases: []func(*repetition, *corpus.Values){(*repetition).paragraphs, (*repetition).lines, (*repetition).topNGrams, (*repetition).dupNGrams},
		order: []int{repDupPara, repDupParaChars, repDupLine, repDupLineChars, repTop2, repTop3, repTop4,
			repDup5, repDup6, repDup7, repDup8, repDup9, repDup10},
	},
	dclm: {
		words:  text.UAX29,
		phases: []func(*repetition, *corpus.Values){(*repetition).dclmSegments, (*repetition).dclmNGrams},
		order: []int{repDupLine, repDupPara, repDupLineChars, repDupParaChars, repTop2, repTop3, repTop4,
			repDup5, repDup6, repDup7, repDup8, repDup9, repDup10},
	},
}

var (
	gopherRepetitionDefaults = config.Defaults[GopherRepetition]()

	// The rules carry datatrove's names for its reasons in all dialects.
	gopherRepetitionRules = [repColumns]string{"", "dup_para_frac", "dup_para_char_frac", "dup_line_frac", "dup_line_char_frac",
		"top_2_gram", "top_3_gram", "top_4_gram", "duplicated_5_n_grams", "duplicated_6_n_grams", "duplicated_7_n_grams",
		"duplicated_8_n_grams", "duplicated_9_n_grams", "duplicated_10_n_grams"}

	repetitionPool = sync.Pool{New: func() any { return &repetition{values: corpus.NewValues(repColumns)} }}
)

// Reads lists the column that the rules look at.
func (GopherRepetition) Reads() []string { return []string{"text"} }

// Columns declares the shares that Measure sets.
func (g GopherRepetition) Columns() []corpus.Column {
	c := func(name, doc string) corpus.Column { return corpus.Column{Name: name, Type: corpus.Float, Doc: doc} }
	return []corpus.Column{
		c("chars", "code points of the text; in dialect dclm of its stripped lines"),
		c("dup_para_ratio", "share of paragraphs that are copies"),
		c("dup_para_char_ratio", "share of code points in paragraphs that are copies"),
		c("dup_line_ratio", "share of lines that are copies"),
		c("dup_line_char_ratio", "share of code points in lines that are copies"),
		c("top_2_gram_ratio", "share of code points in the most frequent 2-gram"),
		c("top_3_gram_ratio", "share of code points in the most frequent 3-gram"),
		c("top_4_gram_ratio", "share of code points in the most frequent 4-gram"),
		c("dup_5_gram_ratio", "share of code points in repeated 5-grams"),
		c("dup_6_gram_ratio", "share of code points in repeated 6-grams"),
		c("dup_7_gram_ratio", "share of code points in repeated 7-grams"),
		c("dup_8_gram_ratio", "share of code points in repeated 8-grams"),
		c("dup_9_gram_ratio", "share of code points in repeated 9-grams"),
		c("dup_10_gram_ratio", "share of code points in repeated 10-grams"),
	}
}

// Validate checks dialect and words.
func (g GopherRepetition) Validate() error {
	if err := checkDialect(g.Dialect, datatrove, dclm); err != nil {
		return err
	}
	if err := stage.CheckShares(map[string]stage.Limit{"max_dup_para_ratio": g.MaxDupParaRatio, "max_dup_para_char_ratio": g.MaxDupParaCharRatio, "max_dup_line_ratio": g.MaxDupLineRatio,
		"max_dup_line_char_ratio": g.MaxDupLineCharRatio, "max_top_2_gram_ratio": g.MaxTop2GramRatio, "max_top_3_gram_ratio": g.MaxTop3GramRatio,
		"max_top_4_gram_ratio": g.MaxTop4GramRatio, "max_dup_5_gram_ratio": g.MaxDup5GramRatio, "max_dup_6_gram_ratio": g.MaxDup6GramRatio,
		"max_dup_7_gram_ratio": g.MaxDup7GramRatio, "max_dup_8_gram_ratio": g.MaxDup8GramRatio, "max_dup_9_gram_ratio": g.MaxDup9GramRatio,
		"max_dup_10_gram_ratio": g.MaxDup10GramRatio}); err != nil {
		return err
	}
	return checkWords(g.Words)
}

// Rules names every rule.
func (g GopherRepetition) Rules() []string { return onlyKnown(gopherRepetitionRules[:]) }

// Measure sets every share; that of an empty text or of n-grams in a text of
// fewer words is 0.
func (g GopherRepetition) Measure(doc *corpus.Document, v *corpus.Values) error {
	r := repetitionPool.Get().(*repetition)
	d := r.begin(g, doc, v)
	for _, phase := range d.phases {
		phase(r, v)
	}
	r.end()
	return nil
}

// Keep is Decide of what Measure finds, and stops measuring at the first rule
// that drops.
func (g GopherRepetition) Keep(doc *corpus.Document) corpus.Verdict {
	r := repetitionPool.Get().(*repetition)
	r.values.Clear()
	d := r.begin(g, doc, r.values)
	verdict := g.Decide(r.values)
	for _, phase := range d.phases {
		if !verdict.Kept() {
			break
		}
		phase(r, r.values)
		verdict = g.Decide(r.values)
	}
	r.end()
	return verdict
}

// Decide tests the shares in the dialect's order.
func (g GopherRepetition) Decide(v *corpus.Values) corpus.Verdict {
	if v.Get(repChars) == 0 {
		return empty()
	}
	limits := g.limits()
	for _, c := range g.dialect().order {
		if verdict := limits[c].Above(gopherRepetitionRules[c], v.Get(c)); !verdict.Kept() {
			return verdict
		}
	}
	return corpus.Keep
}

func (g GopherRepetition) dialect() repetitionDialect {
	if d, ok := repetitionDialects[g.Dialect]; ok {
		return d
	}
	return repetitionDialects[datatrove]
}

func (g GopherRepetition) limits() [repColumns]stage.Limit {
	d := &gopherRepetitionDefaults
	return [repColumns]stage.Limit{
		repDupPara:      g.MaxDupParaRatio.Or(d.MaxDupParaRatio),
		repDupParaChars: g.MaxDupParaCharRatio.Or(d.MaxDupParaCharRatio),
		repDupLine:      g.MaxDupLineRatio.Or(d.MaxDupLineRatio),
		repDupLineChars: g.MaxDupLineCharRatio.Or(d.MaxDupLineCharRatio),
		repTop2:         g.MaxTop2GramRatio.Or(d.MaxTop2GramRatio),
		repTop3:         g.MaxTop3GramRatio.Or(d.MaxTop3GramRatio),
		repTop4:         g.MaxTop4GramRatio.Or(d.MaxTop4GramRatio),
		repDup5:         g.MaxDup5GramRatio.Or(d.MaxDup5GramRatio),
		repDup6:         g.MaxDup6GramRatio.Or(d.MaxDup6GramRatio),
		repDup7:         g.MaxDup7GramRatio.Or(d.MaxDup7GramRatio),
		repDup8:         g.MaxDup8GramRatio.Or(d.MaxDup8GramRatio),
		repDup9:         g.MaxDup9GramRatio.Or(d.MaxDup9GramRatio),
		repDup10:        g.MaxDup10GramRatio.Or(d.MaxDup10GramRatio),
	}
}
