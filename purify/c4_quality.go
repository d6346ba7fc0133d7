package purify

import (
	"strings"
	"sync"

	"github.com/corpusmill/corpusmill/config"
	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/internal/hashtable"
	"github.com/corpusmill/corpusmill/stage"
	"github.com/corpusmill/corpusmill/text"
)

// C4Quality drops lines that are no sentences, then texts with too few of them:
// section 2.2 of Raffel et al. 2020 (C4, T5), with datatrove's definitions. It
// rewrites the text: lines end where str.splitlines says, are stripped, and the
// kept ones are joined by newlines. A text whose lines all stay remains the very
// same string.
//
// The tests of a line, in order: a word too long, citations deleted, no end
// mark, too few words, "lorem ipsum" (drops the document), "javascript", "{"
// (drops the document), a policy phrase. A line dropped by an earlier test hides
// what a later one would find.
type C4Quality struct {
	// Dialect is the set of definitions: datatrove. Default datatrove.
	Dialect string `yaml:"dialect" default:"datatrove"`
	// Words is the splitter by which sentences are counted: spacy_en, uax29 or
	// whitespace. Default spacy_en, as in datatrove.
	Words string `yaml:"words"`
	// MinSentences is the least number of sentences in the kept lines. Default 5.
	MinSentences stage.Limit `yaml:"min_sentences" default:"5"`
	// MinLineWords is the least number of words between white space of a line,
	// citations included. Default 3.
	MinLineWords stage.Limit `yaml:"min_line_words" default:"3"`
	// MaxWordLength is the length in code points of the longest word that a line
	// may have. Default 1000.
	MaxWordLength stage.Limit `yaml:"max_word_length" default:"1000"`
	// KeepUnterminated keeps lines that do not end in . ? ! " ' or that end in
	// "...". FineWeb's recipe sets it. Default false.
	KeepUnterminated bool `yaml:"keep_unterminated"`
	// KeepCitations leaves [1], [], [edit] and [citation needed] in the text.
	// Default false.
	KeepCitations bool `yaml:"keep_citations"`
	// KeepLoremIpsum keeps documents with "lorem ipsum". Default false.
	KeepLoremIpsum bool `yaml:"keep_lorem_ipsum"`
	// KeepJavascript keeps lines with "javascript". Default false.
	KeepJavascript bool `yaml:"keep_javascript"`
	// KeepCurlyBracket keeps documents with "{". Default false.
	KeepCurlyBracket bool `yaml:"keep_curly_bracket"`
	// KeepPolicy keeps lines with "terms of use", "privacy policy", "cookie
	// policy", "uses cookies", "use of cookies" or "use cookies". Default false.
	KeepPolicy bool `yaml:"keep_policy"`
}

// C4QualityDef defines the stage c4_quality.
var C4QualityDef = stage.Define[C4Quality]("c4_quality", 1)

var (
	c4QualityDefaults = config.Defaults[C4Quality]()

	c4Pool = sync.Pool{New: func() any { return new(c4) }}
)

// Validate checks dialect, words and the limits.
func (c C4Quality) Validate() error {
	if err := checkDialect(c.Dialect, datatrove); err != nil {
		return err
	}
	if err := stage.CheckAmounts(map[string]stage.Limit{"min_sentences": c.MinSentences, "min_line_words": c.MinLineWords, "max_word_length": c.MaxWordLength}); err != nil {
		return err
	}
	return checkWords(c.Words)
}

// Rules names every rule.
func (c C4Quality) Rules() []string {
	return []string{"lorem_ipsum", "curly_bracket", "too_few_sentences"}
}

// Reads lists the column that the rules look at.
func (C4Quality) Reads() []string { return []string{"text"} }

// Writes lists the column that loses lines.
func (C4Quality) Writes() []string { return []string{"text"} }

// Apply edits the text, or rejects the document and leaves its text alone.
func (c C4Quality) Apply(doc *corpus.Document) (corpus.Verdict, error) {
	s := c4Pool.Get().(*c4)
	s.begin(c, doc)
	verdict := s.run()
	if verdict.Kept() {
		doc.Text = s.text()
	}
	s.end()
	return verdict, nil
}

// c4 is the scratch of C4Quality: one document at a time.
type c4 struct {
	rule         C4Quality
	view         *text.View
	segmenter    text.Segmenter
	minSentences float64
	minWords     int
	maxWord      int // 0: no limit

	sentences int
	kept      []c4Line
	edited    bool // a kept line is no slice of the text
	line      text.View
	out       []byte
}

// c4Line is a kept line and where it stood.
type c4Line struct {
	s          string
	start, end int
}

func (s *c4) begin(c C4Quality, doc *corpus.Document) {
	d := &c4QualityDefaults
	s.rule, s.view, s.segmenter = c, doc.View(), segmenter(c.Words, text.SpacyEnglish)
	s.sentences, s.kept, s.edited = 0, s.kept[:0], false
	s.minWords, s.maxWord, s.minSentences = 0, 0, 0
	if x, on := c.MinLineWords.Or(d.MinLineWords).Get(); on {
		s.minWords = wholeUp(x)
	}
	if x, on := c.MaxWordLength.Or(d.MaxWordLength).Get(); on {
		s.maxWord = max(1, int(x))
	}
	if x, on := c.MinSentences.Or(d.MinSentences).Get(); on {
		s.minSentences = x
	}
}

// end gives the scratch back without what it must not keep alive.
func (s *c4) end() {
	s.view = nil
	s.line.Reset("")
	s.kept, s.out = hashtable.Grown(s.kept, len(s.kept)), hashtable.Grown(s.out, len(s.out))
	clear(s.kept)
	c4Pool.Put(s)
}

func (s *c4) run() corpus.Verdict {
	t := s.view.Text()
	for at := 0; at < len(t); {
		end, next := cutLine(t[at:])
		start := at + end - len(trimLeft(t[at:at+end]))
		line := c4Line{start: start, end: start + len(trimRight(t[start:at+end]))}
		line.s = t[line.start:line.end]
		if verdict := s.test(line); !verdict.Kept() {
			return verdict
		}
		at += next
	}
	if float64(s.sentences) < s.minSentences {
		return corpus.Verdict{Rule: "too_few_sentences", Value: float64(s.sentences), Limit: s.minSentences}
	}
	return corpus.Keep
}

// test keeps or drops one stripped line; its verdict is on the document.
func (s *c4) test(line c4Line) corpus.Verdict {
	r, whole := &s.rule, line.s
	if s.maxWord > 0 && len(whole) > s.maxWord && hasLongWord(whole, s.maxWord) {
		return corpus.Keep
	}
	if !r.KeepCitations {
		line.s = s.withoutCitations(line.s)
	}
	if !r.KeepUnterminated && !endsSentence(line.s) {
		return corpus.Keep
	}
	if s.minWords > 0 && !hasWords(whole, s.minWords) {
		return corpus.Keep
	}
	marks := c4Marks(line.s)
	if marks&markLorem != 0 && !r.KeepLoremIpsum {
		return corpus.Verdict{Rule: "lorem_ipsum", Value: 1}
	}
	if marks&markJavascript != 0 && !r.KeepJavascript {
		return corpus.Keep
	}
	if !r.KeepCurlyBracket && strings.IndexByte(line.s, '{') >= 0 {
		return corpus.Verdict{Rule: "curly_bracket", Value: 1}
	}
	if marks&markPolicy != 0 && !r.KeepPolicy {
		return corpus.Keep
	}
	s.edited = s.edited || len(line.s) != len(whole)
	s.countSentences(line, len(line.s) != len(whole))
	s.kept = append(s.kept, line)
	return corpus.Keep
}

// countSentences adds the sentences of a line until there are enough. A line
// that stays as it is needs no splitting: its words are known.
func (s *c4) countSentences(line c4Line, edited bool) {
	if float64(s.sentences) >= s.minSentences {
		return
	}
	if edited {
		s.line.Reset(line.s)
		s.sentences += s.segmenter.CountSentences(line.s, s.line.Words(s.segmenter))
		return
	}
	from, to := uint32(line.start), uint32(line.end)
	s.sentences += s.segmenter.CountSentencesIn(s.view.Text(), s.view.WordsIn(s.segmenter, from, to), from, to)
}

// text joins the kept lines. Where they still adjoin it is a slice of the old
// text.
func (s *c4) text() string {
	t := s.view.Text()
	if len(s.kept) == 0 {
		return ""
	}
	adjoin := !s.edited
	for i := 1; i < len(s.kept) && adjoin; i++ {
		adjoin = t[s.kept[i-1].end:s.kept[i].start] == "\n"
	}
	if adjoin {
		return trimSpace(t[s.kept[0].start:s.kept[len(s.kept)-1].end])
	}
	s.out = s.out[:0]
	for i, line := range s.kept {
		if i > 0 {
			s.out = append(s.out, '\n')
		}
		s.out = append(s.out, line.s...)
	}
	return trimSpace(string(s.out))
}
