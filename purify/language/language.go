package language

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/corpusmill/corpusmill/config"
	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/internal/held"
	"github.com/corpusmill/corpusmill/purify/fasttext"
	"github.com/corpusmill/corpusmill/stage"
)

// Language sets a document's language and its score, and rejects documents in
// languages that are not kept or whose score is too low. The built-in model says und
// of languages that it does not know, and zxx of code and tables of numbers; the
// background must be all for the former.
type Language struct {
	// Keep maps the language codes to keep (ISO 639-1) to their least score, 0 to
	// 1. Empty keeps every document. The threshold of zh holds for zh-Hans, zh-Hant
	// and yue where they have none of their own.
	Keep map[string]float64 `yaml:"keep"`
	// Background are languages to choose among besides the kept ones, so that a
	// text in another language is not taken for a kept one. "all" stands for every
	// language that is known; languages with a script to themselves always take
	// part. Default all.
	Background []string `yaml:"background" default:"all"`
	// MaxChars is how many code points of a text are looked at, in windows of 100
	// evenly spread from beginning to end, 100 to 100000. Default 1000.
	MaxChars int `yaml:"max_chars" default:"1000"`
	// Model is a fastText model (.bin or .ftz, such as lid.176.ftz) that decides in
	// place of the built-in one, by path or by its name in the pipeline's models; its
	// labels are the codes. Empty is the built-in model. MaxChars is not used with it,
	// Background only by the arbiter.
	Model string `yaml:"model" key:"-"`
	// Arbiter is asked about short or unclear texts: lingua (not in a program built
	// with the tag slim) or off. Default off.
	Arbiter string `yaml:"arbiter" default:"off"`
	// ZhVariants tells Chinese apart: zh-Hans, zh-Hant and yue (Cantonese) in place
	// of zh, which is left to texts that could be either. Default off.
	ZhVariants bool `yaml:"zh_variants"`
	// Variant adds the column variant, called by the stage's name and this:
	// language_variant, lang_variant of a stage named lang. It tells kinds of a
	// language apart while lang stays: of Chinese zh-Hans, zh-Hant-TW, zh-Hant-HK,
	// zh-Hant (of either), yue (Cantonese) and lzh (classical), of Serbian sr-Cyrl and
	// sr-Latn; null for others. Not with Lines. Default off.
	Variant bool `yaml:"variant"`
	// LangVariant adds the column lang_variant, whatever the stage's name: what Variant
	// says. Not with Lines. Default off.
	LangVariant bool `yaml:"lang_variant"`
	// Script adds the column script, called by the stage's name as variant is: the
	// writing system of the most letters (ISO 15924: Latn, Cyrl, Hani, Jpan, Kore, ...),
	// Zyyy of letters in others than those that name languages here, null without
	// letters. Not with Lines. Default off.
	Script bool `yaml:"script"`
	// Lines names the language of each line, short neighbours of one writing system
	// joined up to 40 letters. The document's language is then that of the most
	// letters, its score the mean of its lines' scores, and the column main_ratio
	// the share of the letters in its lines; lines of code, or in a language that is not
	// known, count for neither. All of a text is looked at, for groups
	// of lines over MaxChars their windows. Default off.
	Lines bool `yaml:"lines"`
	// MinLineRatio rejects documents of a lower main_ratio, 0 to 1. Needs Lines.
	// Default 0.
	MinLineRatio float64 `yaml:"min_line_ratio"`
	// DropOtherLines removes the lines in other languages than the document's from
	// its text; lines without letters stay with the line before them, and so do lines
	// of code and those in no known language. Needs Lines.
	// Default off.
	DropOtherLines bool `yaml:"drop_other_lines"`
}

// allLanguages is the background of every known language.
const allLanguages = "all"

// Validate checks the settings.
func (l *Language) Validate() error {
	known := l.labels(Languages())
	for _, code := range slices.Sorted(maps.Keys(l.Keep)) {
		if l.Model == "" { // a model's labels are known when it is open
			if err := checkCode("keep", code, known); err != nil {
				return err
			}
		}
		if least := l.Keep[code]; !(least >= 0 && least <= 1) {
			return fmt.Errorf("keep: %s: %g: want a score of 0 to 1", code, least)
		}
	}
	for _, code := range l.Background {
		if code == allLanguages {
			continue
		}
		if err := checkCode("background", code, known); err != nil {
			return err
		}
	}
	if l.MaxChars < windowRunes || l.MaxChars > 100_000 {
		return fmt.Errorf("max_chars: %d: want 100 to 100000", l.MaxChars)
	}
	if !(l.MinLineRatio >= 0 && l.MinLineRatio <= 1) {
		return fmt.Errorf("min_line_ratio: %g: want a share of 0 to 1", l.MinLineRatio)
	}
	if !l.Lines && (l.MinLineRatio > 0 || l.DropOtherLines) {
		return errors.New("min_line_ratio and drop_other_lines need lines: true")
	}
	if l.Lines && (l.Variant || l.LangVariant || l.Script) {
		return errors.New("variant, lang_variant and script need lines: false")
	}
	if l.Arbiter != "lingua" && l.Arbiter != "off" {
		return fmt.Errorf("arbiter: %q: want lingua or off", l.Arbiter)
	}
	return nil
}

// labels returns the codes with the kinds of Chinese, if they are told apart.
func (l *Language) labels(codes []string) []string {
	if !l.ZhVariants {
		return codes
	}
	return append(slices.Clone(codes), simplifiedChinese, traditionalChinese, cantonese)
}

func checkCode(key, code string, known []string) error {
	if slices.Contains(known, code) {
		return nil
	}
	hint := ""
	if near := config.Nearest(code, known); near != "" {
		hint = fmt.Sprintf("; did you mean %s?", near)
	}
	switch code {
	case "no":
		hint = "; Norwegian is nb or nn"
	case simplifiedChinese, traditionalChinese, cantonese:
		hint = "; it needs zh_variants: true"
	}
	return fmt.Errorf("%s: %q is no language known here%s", key, code, hint)
}

// Def defines the stage language.
var Def = stage.DefineOpen("language", 5, newStage)

// Open makes the stage ready; zero fields take their defaults. The model is unpacked
// once for the process.
func Open(ctx context.Context, l Language, env *stage.Env) (*Stage, error) {
	return stage.Open[*Stage](ctx, Def, l, env)
}

func newStage(_ context.Context, l Language, env *stage.Env) (*Stage, error) {
	s, err := l.open(env)
	if err != nil {
		return nil, err
	}
	s.variants, s.byLine, s.leastRatio, s.dropOthers = l.ZhVariants, l.Lines, l.MinLineRatio, l.DropOtherLines
	s.variant, s.langVariant, s.script = l.Variant, l.LangVariant, l.Script
	return s, nil
}

// open makes the stage with its detector and arbiter.
func (l *Language) open(env *stage.Env) (*Stage, error) {
	codes := append(slices.Sorted(maps.Keys(l.Keep)), l.Background...)
	if slices.Contains(l.Background, allLanguages) || len(l.Keep) == 0 && len(l.Background) == 0 {
		codes = Languages()
	}
	slices.Sort(codes)
	codes = slices.Compact(codes)
	s, err := l.openDetector(codes, env)
	if err != nil {
		return nil, err
	}
	if l.Arbiter == "lingua" {
		lingua, version, err := newLingua(codes)
		if err != nil {
			return nil, errors.Join(err, s.Close())
		}
		s.arbiter, s.digest = lingua, s.digest+"+lingua-"+version
	}
	return s, nil
}

func (l *Language) openDetector(codes []string, env *stage.Env) (*Stage, error) {
	if l.Model != "" {
		return openModel(*l, env)
	}
	d, err := NewScriptDetector(codes, l.MaxChars)
	if err != nil {
		return nil, err
	}
	s := New(l.Keep, d, d.model.digest)
	s.codes = l.labels(Languages())
	return s, nil
}

// Stage is the opened stage. It is safe for concurrent use.
type Stage struct {
	keep     map[string]float64
	detector Detector
	arbiter  Detector // nil: none
	digest   string
	codes    []string        // that it can give; nil is not known
	model    *fasttext.Model // nil: the detector holds no file

	variants, byLine, dropOthers bool
	variant, langVariant, script bool // columns
	leastRatio                   float64
}

// New makes a stage of a detector of the caller's.
func New(keep map[string]float64, d Detector, digest string) *Stage {
	return &Stage{keep: maps.Clone(keep), detector: d, digest: digest}
}

// Close frees a model that was read from a file; the stage must not be used any more.
func (s *Stage) Close() error {
	if s.model == nil {
		return nil
	}
	return s.model.Close()
}

// HoldsBytes implements stage.Holder: the models, and what a fastText model needs to
// predict.
func (s *Stage) HoldsBytes(workers int) int64 {
	n := held.Bytes(s.detector, s.arbiter)
	if s.model != nil {
		n += s.model.HoldsBytes(workers)
	}
	if l, ok := s.arbiter.(stage.Holder); ok {
		n += l.HoldsBytes(workers)
	}
	return n
}

// Digest identifies the model.
func (s *Stage) Digest() string { return s.digest }

// Rules are the rules that the stage may give.
func (s *Stage) Rules() []string {
	return []string{"language", "language_score", "language_lines", "no_text"}
}

// Undetermined is the code of a text without letters, or in a language that is not
// known; NoLanguage that of code and tables of numbers (ISO 639-2).
const (
	Undetermined = "und"
	NoLanguage   = "zxx"
)

// Texts of fewer code points than shortText, and results less sure than
// unclearScore, go to the arbiter.
const (
	shortText    = 60
	unclearScore = 0.5
)

// Identify returns the likeliest language of a text and its score, 0..1;
// NoLanguage and the share of its letters for code and tables; Undetermined and 0 if
// it has no letters or its language is not known.
func (s *Stage) Identify(text string) (code string, score float64) {
	code, score, _ = s.identify(text)
	return code, score
}

// identify is Identify that also tells whether the text has letters.
func (s *Stage) identify(text string) (code string, score float64, letters bool) {
	list := s.detector.Detect(text)
	if len(list) == 0 {
		return Undetermined, 0, false
	}
	if s.arbiter != nil && list[0].Code != NoLanguage {
		start := prose(text, maxArbiterRunes)
		if list[0].Score < unclearScore || runesEnd(start, 0, shortText) == len(start) {
			if opinion := s.arbiter.Detect(start); len(opinion) > 0 {
				list = opinion
			}
		}
	}
	code, score = list[0].Code, list[0].Score
	switch {
	case code == Undetermined:
		score = 0
	case s.variants && code == "zh":
		code = chineseVariant(text)
	}
	return code, score, true
}

// maxArbiterRunes bounds what the arbiter reads: it is slow.
const maxArbiterRunes = 300

func firstRunes(text string, n int) string { return text[:runesEnd(text, 0, n)] }

// Reads lists the column that is identified.
func (*Stage) Reads() []string { return []string{"text"} }

// Writes lists the columns of the language, and the text where lines are dropped.
func (s *Stage) Writes() []string {
	if s.dropOthers {
		return []string{"lang", "lang_score", "text"}
	}
	return []string{"lang", "lang_score"}
}

// Values lists the codes that a document can get.
func (s *Stage) Values(column string) []string {
	if column != "lang" || s.codes == nil {
		return nil
	}
	return append(slices.Clone(s.codes), Undetermined, NoLanguage)
}

// Apply sets Lang and LangScore, removes lines if asked, and gives the verdict.
func (s *Stage) Apply(d *corpus.Document) (corpus.Verdict, error) {
	_, v := s.apply(d)
	return v, nil
}

// Record is Apply that also sets the share of the main language.
func (s *Stage) Record(d *corpus.Document, values *corpus.Values) (corpus.Verdict, error) {
	ratio, v := s.apply(d)
	if s.byLine && d.Lang != Undetermined {
		values.Set(0, ratio)
	}
	return v, nil
}

const variantDoc = "kind of the language: zh-Hans, zh-Hant-TW, zh-Hant-HK, zh-Hant, yue, lzh, sr-Cyrl, sr-Latn; null for others"

// Cells implements stage.Attacher.
func (s *Stage) Cells() (list []corpus.Column) {
	if s.variant {
		list = append(list, corpus.Column{Name: "variant", Type: corpus.String, Few: true, Doc: variantDoc})
	}
	if s.langVariant {
		list = append(list, corpus.Column{Name: "lang_variant", Whole: true, Type: corpus.String, Few: true, Doc: variantDoc})
	}
	if s.script {
		list = append(list, corpus.Column{Name: "script", Type: corpus.String, Few: true, Doc: "writing system of the most letters, ISO 15924; null without letters"})
	}
	return list
}

// Attach is Apply that also sets the cells.
func (s *Stage) Attach(d *corpus.Document, cells []corpus.Value) (corpus.Verdict, error) {
	_, v := s.apply(d)
	if s.variant || s.langVariant {
		kind := corpus.StrOrNull(variantOf(d.Lang, d.Text))
		cells[0] = kind
		if s.variant && s.langVariant {
			cells[1] = kind
		}
	}
	if s.script {
		cells[len(cells)-1] = corpus.StrOrNull(scriptOf(firstRunes(d.Text, maxVariantRunes)))
	}
	return v, nil
}

func (s *Stage) apply(d *corpus.Document) (ratio float64, v corpus.Verdict) {
	letters := false
	if !s.byLine {
		d.Lang, d.LangScore, letters = s.identify(d.Text)
		return 1, s.decide(d, letters)
	}
	list := s.lines(d.Text)
	d.Lang, ratio, d.LangScore = mainLanguage(list)
	for _, g := range list {
		letters = letters || g.letters > 0
	}
	if v = s.decide(d, letters); v != corpus.Keep {
		return ratio, v
	}
	if ratio < s.leastRatio && d.Lang != Undetermined {
		return ratio, corpus.Verdict{Rule: "language_lines", Value: ratio, Limit: s.leastRatio, Detail: d.Lang}
	}
	if s.dropOthers && ratio < 1 && d.Lang != Undetermined {
		d.Text = only(d.Text, list, d.Lang)
	}
	return ratio, corpus.Keep
}

// decide holds language and score against the ones to keep.
func (s *Stage) decide(d *corpus.Document, letters bool) corpus.Verdict {
	if len(s.keep) == 0 {
		return corpus.Keep
	}
	if d.Lang == Undetermined && !letters {
		return corpus.Verdict{Rule: "no_text", Limit: 1}
	}
	least, ok := s.keep[d.Lang]
	if !ok && s.variants {
		least, ok = s.keep[baseOf(d.Lang)]
	}
	switch {
	case !ok:
		return corpus.Verdict{Rule: "language", Value: d.LangScore, Detail: d.Lang}
	case d.LangScore < least:
		return corpus.Verdict{Rule: "language_score", Value: d.LangScore, Limit: least, Detail: d.Lang}
	}
	return corpus.Keep
}

// TakesBytes implements stage.Taker: a model looks at all words, detectors at a sample.
func (s *Stage) TakesBytes(d *corpus.Document, words int64) int64 {
	if s.model == nil {
		return 0
	}
	return int64(len(d.Text)) + words*12
}
