package language

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/stage"
)

// Language sets a document's language and its score, and rejects documents in
// languages that are not kept or whose score is too low.
type Language struct {
	// Keep maps the language codes to keep (ISO 639-1) to their least score, 0 to
	// 1. Empty keeps every document.
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
	// labels are the codes. Empty is the built-in model. Background, MaxChars and
	// Arbiter are not used with it.
	Model string `yaml:"model" key:"-"`
	// Arbiter is asked about short or unclear texts: lingua (not in a program built
	// with the tag slim) or off. Default off.
	Arbiter string `yaml:"arbiter" default:"off"`
}

// allLanguages is the background of every known language.
const allLanguages = "all"

// Validate checks the settings.
func (l *Language) Validate() error {
	known := Languages()
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
	if l.MaxChars != 0 && (l.MaxChars < windowRunes || l.MaxChars > 100_000) {
		return fmt.Errorf("max_chars: %d: want 100 to 100000", l.MaxChars)
	}
	switch l.Arbiter {
	case "", "off", "lingua":
		return nil
	}
	return fmt.Errorf("arbiter: %q: want lingua or off", l.Arbiter)
}

func checkCode(key, code string, known []string) error {
	if slices.Contains(known, code) {
		return nil
	}
	hint := ""
	if near := stage.Nearest(code, known); near != "" {
		hint = fmt.Sprintf("; did you mean %s?", near)
	}
	if code == "no" {
		hint = "; Norwegian is nb or nn"
	}
	return fmt.Errorf("%s: %q is no language known here%s", key, code, hint)
}

// Open makes the stage ready. The model is unpacked once for the process.
func Open(_ context.Context, l Language, env *stage.Env) (*Stage, error) {
	if err := stage.SetDefaults(&l); err != nil {
		return nil, err
	}
	if err := l.Validate(); err != nil {
		return nil, err
	}
	if l.Model != "" {
		return openModel(l, env)
	}
	codes := append(slices.Sorted(maps.Keys(l.Keep)), l.Background...)
	if slices.Contains(l.Background, allLanguages) || len(l.Keep) == 0 && len(l.Background) == 0 {
		codes = Languages()
	}
	slices.Sort(codes)
	codes = slices.Compact(codes)
	d, err := NewScriptDetector(codes, l.MaxChars)
	if err != nil {
		return nil, err
	}
	s := &Stage{keep: maps.Clone(l.Keep), detector: d, digest: d.model.digest}
	if l.Arbiter == "lingua" {
		lingua, version, err := newLingua(codes)
		if err != nil {
			return nil, err
		}
		s.arbiter, s.digest = lingua, s.digest+"+lingua-"+version
	}
	return s, nil
}

// Stage is the opened stage. It is safe for concurrent use.
type Stage struct {
	keep     map[string]float64
	detector Detector
	arbiter  Detector // nil: none
	digest   string
}

// New makes a stage of a detector of the caller's.
func New(keep map[string]float64, d Detector, digest string) *Stage {
	return &Stage{keep: maps.Clone(keep), detector: d, digest: digest}
}

// Digest identifies the model.
func (s *Stage) Digest() string { return s.digest }

// Rules are the rules that the stage may give.
func (s *Stage) Rules() []string { return []string{"language", "language_score", "no_text"} }

// Undetermined is the code of a text without letters (ISO 639-2).
const Undetermined = "und"

// Texts of fewer code points than shortText, and results less sure than
// unclearScore, go to the arbiter.
const (
	shortText    = 60
	unclearScore = 0.5
)

// Identify returns the likeliest language of a text and its score, 0..1;
// Undetermined and 0 if it has no letters.
func (s *Stage) Identify(text string) (code string, score float64) {
	list := s.detector.Detect(text)
	if len(list) == 0 {
		return Undetermined, 0
	}
	if s.arbiter != nil && (list[0].Score < unclearScore || runesEnd(text, 0, shortText) == len(text)) {
		if opinion := s.arbiter.Detect(firstRunes(text, maxArbiterRunes)); len(opinion) > 0 {
			list = opinion
		}
	}
	return list[0].Code, list[0].Score
}

// maxArbiterRunes bounds what the arbiter reads: it is slow.
const maxArbiterRunes = 300

func firstRunes(text string, n int) string { return text[:runesEnd(text, 0, n)] }

// Apply sets Lang and LangScore and gives the verdict.
func (s *Stage) Apply(d *corpus.Document) (corpus.Verdict, error) {
	d.Lang, d.LangScore = s.Identify(d.Text)
	if len(s.keep) == 0 {
		return corpus.Keep, nil
	}
	if d.Lang == Undetermined {
		return corpus.Verdict{Rule: "no_text", Limit: 1}, nil
	}
	least, ok := s.keep[d.Lang]
	switch {
	case !ok:
		return corpus.Verdict{Rule: "language", Value: d.LangScore, Detail: d.Lang}, nil
	case d.LangScore < least:
		return corpus.Verdict{Rule: "language_score", Value: d.LangScore, Limit: least, Detail: d.Lang}, nil
	}
	return corpus.Keep, nil
}
