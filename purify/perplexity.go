package purify

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/internal/held"
	"github.com/corpusmill/corpusmill/stage"
)

// Perplexity scores documents with a KenLM language model, as CCNet does (Wenzek et
// al. 2020, arXiv:1911.00359), and sorts them into head, middle and tail: text that
// reads like what the model was trained on has a low perplexity. Each line is a
// sentence; the perplexity of a document is 10^(-s/n), s being the sum of the log10
// probabilities of its sentences and n the number of their words, one more for the end
// of each. A document in a language without a model has no perplexity and stays.
type Perplexity struct {
	// Model is a KenLM model for documents of every language, an ARPA file or binary
	// (probing or trie), by path or by its name in the pipeline's models.
	Model string `yaml:"model" key:"-"`
	// SentencePiece is the .model file whose pieces are the words of Model. Empty where
	// its words are those of the text.
	SentencePiece string `yaml:"sentencepiece" key:"-"`
	// Models are the models by language code, in place of Model.
	Models map[string]PerplexityModel `yaml:"models" key:"-"`
	// Pieces is what the words are: sentencepiece, or words between white space.
	// Default sentencepiece where such a model is named, else words.
	Pieces string `yaml:"pieces" default:"auto"`
	// Normalise is how text is written before: ccnet (lower case, no accents, digits
	// as 0, plain punctuation, no control characters) or off.
	Normalise string `yaml:"normalise" default:"ccnet"`
	// Dialect is lines, or ccnet for what CCNet's pipeline gives: there the text is one
	// sentence, its lines glued together without a space, the perplexity is rounded to
	// 0.1, and a language of Models that has no limits gets CCNet's own, which hold for
	// CCNet's models.
	Dialect string `yaml:"dialect" default:"lines"`
	// HeadMax is the perplexity below which a document is head. Default off, or the
	// dialect's.
	HeadMax stage.Limit `yaml:"head_max"`
	// TailMin is the perplexity from which a document is tail; between the two it is
	// middle. Default off, or the dialect's.
	TailMin stage.Limit `yaml:"tail_min"`
	// HeadRatio is the share of the documents that is head, those with the lowest
	// perplexities of all that reach the stage, with `per` of each language or source,
	// 0 to 1. It takes the place of HeadMax and is settled on a sample before the pass
	// (see `calibration`). CCNet's is 0.3.
	HeadRatio stage.Limit `yaml:"head_ratio" default:"off"`
	// TailRatio is the share that is tail, those with the highest perplexities, in
	// place of TailMin. CCNet's is 0.4.
	TailRatio stage.Limit `yaml:"tail_ratio" default:"off"`
	// Keep are the buckets that stay: head, middle, tail. A document without a
	// perplexity or without limits is in none and stays. Default all three.
	Keep []string `yaml:"keep" default:"head,middle,tail"`
}

// PerplexityModel is the model of one language.
type PerplexityModel struct {
	// LM is a KenLM model, by path or by its name in the pipeline's models.
	LM string `yaml:"lm"`
	// SP is the SentencePiece model whose pieces are its words. Empty where its words
	// are those of the text.
	SP string `yaml:"sp"`
	// HeadMax is the perplexity below which a document is head. Default the stage's.
	HeadMax stage.Limit `yaml:"head_max"`
	// TailMin is the perplexity from which a document is tail. Default the stage's.
	TailMin stage.Limit `yaml:"tail_min"`
}

// The values of settings.
const (
	perplexityLines   = "lines"
	perplexityCCNet   = "ccnet"
	perplexityPieces  = "sentencepiece"
	perplexityWords   = "words"
	perplexityAuto    = "auto"
	perplexityOff     = "off"
	perplexityBuckets = 3
)

var bucketNames = [perplexityBuckets]string{"head", "middle", "tail"}

// Validate checks the settings.
func (p *Perplexity) Validate() error {
	if (p.Model == "") == (len(p.Models) == 0) {
		return errors.New("model: name a KenLM model, or models by language, not both")
	}
	if err := p.validateModels(); err != nil {
		return err
	}
	for _, c := range []struct {
		key, value string
		known      []string
	}{
		{"pieces", p.Pieces, []string{perplexityAuto, perplexityPieces, perplexityWords}},
		{"normalise", p.Normalise, []string{perplexityCCNet, perplexityOff}},
		{"dialect", p.Dialect, []string{perplexityLines, perplexityCCNet}},
	} {
		if !slices.Contains(c.known, c.value) {
			return fmt.Errorf("%s: %q: want one of %v", c.key, c.value, c.known)
		}
	}
	for _, k := range p.Keep {
		if !slices.Contains(bucketNames[:], k) {
			return fmt.Errorf("keep: %q: want head, middle or tail", k)
		}
	}
	return p.validateLimits()
}

func (p *Perplexity) validateModels() error {
	if p.Pieces == perplexityPieces && p.Model != "" && p.SentencePiece == "" {
		return errors.New("sentencepiece: name the model whose pieces are the words")
	}
	if p.SentencePiece != "" && (p.Model == "" || p.Pieces == perplexityWords) {
		return errors.New("sentencepiece: it goes with model, and not with pieces: words")
	}
	for _, lang := range slices.Sorted(maps.Keys(p.Models)) {
		switch m := p.Models[lang]; {
		case m.LM == "":
			return fmt.Errorf("models: %s: lm: name a KenLM model", lang)
		case p.Pieces == perplexityPieces && m.SP == "":
			return fmt.Errorf("models: %s: sp: name the model whose pieces are the words", lang)
		case p.Pieces == perplexityWords && m.SP != "":
			return fmt.Errorf("models: %s: sp: not with pieces: words", lang)
		}
	}
	return nil
}

// validateLimits checks the limits of every model and the shares.
func (p *Perplexity) validateLimits() error {
	for _, lang := range append([]string{""}, slices.Sorted(maps.Keys(p.Models))...) {
		at := ""
		if lang != "" {
			at = "models: " + lang + ": "
		}
		l := p.limitsOf(lang)
		head, headOn := l[0].Get()
		tail, tailOn := l[1].Get()
		switch {
		case headOn && !(head > 0):
			return fmt.Errorf("%shead_max: %g: want a perplexity over 0, or off", at, head)
		case tailOn && !(tail > 0):
			return fmt.Errorf("%stail_min: %g: want a perplexity over 0, or off", at, tail)
		case headOn && tailOn && head > tail:
			return fmt.Errorf("%shead_max: %g is over tail_min, %g", at, head, tail)
		}
	}
	head, headOn := p.HeadRatio.Get()
	tail, tailOn := p.TailRatio.Get()
	switch {
	case headOn && !(head > 0 && head < 1):
		return fmt.Errorf("head_ratio: %g: want a share between 0 and 1, or off", head)
	case tailOn && !(tail > 0 && tail < 1):
		return fmt.Errorf("tail_ratio: %g: want a share between 0 and 1, or off", tail)
	case headOn && tailOn && head+tail > 1:
		return fmt.Errorf("head_ratio: %g and tail_ratio %g are over 1 together", head, tail)
	}
	return nil
}

// limitsOf returns head_max and tail_min of a language of Models, or of the stage for
// "". Where a share takes the place of one, that is off.
func (p *Perplexity) limitsOf(lang string) [2]stage.Limit {
	own := p.Models[lang]
	l := [2]stage.Limit{own.HeadMax.Or(p.HeadMax), own.TailMin.Or(p.TailMin)}
	if c, ok := ccnetCutoffs[lang]; ok && p.Dialect == perplexityCCNet {
		l = [2]stage.Limit{l[0].Or(stage.At(c[0])), l[1].Or(stage.At(c[1]))}
	}
	for i, ratio := range []stage.Limit{p.HeadRatio, p.TailRatio} {
		if _, on := ratio.Get(); on {
			l[i] = stage.Off()
		}
		l[i] = l[i].Or(stage.Off())
	}
	return l
}

// PerplexityDef defines the stage perplexity.
var PerplexityDef = stage.DefineOpen("perplexity", 1, newPerplexity)

// OpenPerplexity loads the models; zero fields take their defaults.
func OpenPerplexity(ctx context.Context, p Perplexity, env *stage.Env) (*PerplexityStage, error) {
	return stage.Open[*PerplexityStage](ctx, PerplexityDef, p, env)
}

func newPerplexity(_ context.Context, p Perplexity, env *stage.Env) (*PerplexityStage, error) {
	s := &PerplexityStage{shares: [2]stage.Limit{p.HeadRatio, p.TailRatio}, ccnet: p.Dialect == perplexityCCNet}
	for i, name := range bucketNames {
		s.keep[i] = slices.Contains(p.Keep, name)
	}
	models, langs := p.Models, slices.Sorted(maps.Keys(p.Models))
	if p.Model != "" {
		models, langs = map[string]PerplexityModel{"": {LM: p.Model, SP: p.SentencePiece}}, []string{""}
		s.single = true
	}
	s.byLang = make(map[string]int, len(langs))
	for i, lang := range langs {
		scorer, err := openPerplexityScorer(models[lang], env, p.Normalise == perplexityCCNet)
		if err != nil {
			if lang != "" {
				err = fmt.Errorf("models: %s: %w", lang, err)
			}
			return nil, errors.Join(err, s.Close())
		}
		s.byLang[lang] = i
		s.scorers = append(s.scorers, scorer)
		s.limits = append(s.limits, p.limitsOf(lang))
	}
	s.digest = s.sum(langs)
	return s, nil
}

// PerplexityStage is the opened stage. It is safe for concurrent use.
type PerplexityStage struct {
	single  bool           // one model for every language
	byLang  map[string]int // number of the model
	scorers []*perplexityScorer
	limits  [][2]stage.Limit // head_max and tail_min, by model
	shares  [2]stage.Limit   // of head and of tail
	keep    [perplexityBuckets]bool
	ccnet   bool
	digest  string
}

// Close frees the models; the stage must not be used any more.
func (s *PerplexityStage) Close() (err error) {
	for _, scorer := range s.scorers {
		err = errors.Join(err, scorer.lm.Close())
	}
	return err
}

// HoldsBytes implements stage.Holder: the models, those in mapped files too, and the
// scratch of each worker.
func (s *PerplexityStage) HoldsBytes(workers int) int64 {
	n := held.Bytes(s.scorers)
	for _, scorer := range s.scorers {
		n += int64(workers) * keepScratch * (1 + 4 + 4) // bytes and two numbers
		if scorer.sp != nil {
			n += int64(workers) * scorer.sp.CacheBytes()
		}
	}
	return n
}

// Digest identifies the models with their languages and limits.
func (s *PerplexityStage) Digest() string { return s.digest }

// Rules are the rules that the stage may give: the bucket that is not kept.
func (s *PerplexityStage) Rules() []string { return bucketNames[:] }

// The columns of PerplexityStage.
const (
	perplexityValue = iota
	perplexityBucket
	perplexityModel
	perplexityColumns
)

// Reads lists the columns that choose the model and are scored.
func (s *PerplexityStage) Reads() []string {
	if s.single {
		return []string{"text"}
	}
	return []string{"lang", "text"}
}

// Columns declares the perplexity, the bucket and the model.
func (s *PerplexityStage) Columns() []corpus.Column {
	return []corpus.Column{
		{Name: "perplexity", Type: corpus.Float, Doc: "perplexity of the language model; empty without a model or a word"},
		{Name: "bucket", Type: corpus.Int, Doc: "0 head, 1 middle, 2 tail; empty without limits, and with head_ratio or tail_ratio"},
		{Name: "model", Type: corpus.Int, Doc: "which model, counted from 0 in the order of their languages; empty without one"},
	}
}

// Measure scores the document.
func (s *PerplexityStage) Measure(d *corpus.Document, v *corpus.Values) error {
	model, ok := s.byLang[d.Lang]
	if s.single {
		model, ok = 0, true
	}
	if !ok {
		for i := range perplexityColumns {
			v.Set(i, math.NaN())
		}
		return nil
	}
	x := s.scorers[model].perplexity(d.Text, s.ccnet)
	v.Set(perplexityValue, x)
	v.Set(perplexityModel, float64(model))
	v.Set(perplexityBucket, math.NaN())
	if bucket, _ := bucketOf(x, s.limits[model]); bucket >= 0 && len(s.Shares()) == 0 {
		v.Set(perplexityBucket, float64(bucket))
	}
	return nil
}

// Score returns the perplexity of a text in a language; NaN without a model or a word.
func (s *PerplexityStage) Score(lang, text string) float64 {
	model, ok := s.byLang[lang]
	if !ok && !s.single {
		return math.NaN()
	}
	return s.scorers[model].perplexity(text, s.ccnet)
}

// bucketOf returns the bucket of a perplexity, -1 for none, and the limit that it was
// held against.
func bucketOf(x float64, limits [2]stage.Limit) (bucket int, limit float64) {
	head, headOn := limits[0].Get()
	tail, tailOn := limits[1].Get()
	switch {
	case x != x || !headOn && !tailOn:
		return -1, 0
	case headOn && x < head:
		return 0, head
	case tailOn && x >= tail:
		return 2, tail
	case tailOn:
		return 1, tail
	}
	return 1, head
}

// Decide drops the buckets that are not kept.
func (s *PerplexityStage) Decide(v *corpus.Values) corpus.Verdict {
	return s.decide(v, nil)
}

// Shares are the shares of head and tail that are on.
func (s *PerplexityStage) Shares() (shares []stage.Share) {
	for i, share := range s.shares {
		if x, on := share.Get(); on {
			shares = append(shares, stage.Share{Column: perplexityValue, Ratio: x, Highest: i == 1})
		}
	}
	return shares
}

// DecideAt is Decide with the perplexities that part the shares.
func (s *PerplexityStage) DecideAt(v *corpus.Values, limits []float64) corpus.Verdict {
	return s.decide(v, limits)
}

func (s *PerplexityStage) decide(v *corpus.Values, settled []float64) corpus.Verdict {
	x, model := v.Get(perplexityValue), v.Get(perplexityModel)
	if !(model >= 0 && model < float64(len(s.limits))) {
		return corpus.Keep
	}
	limits := s.limits[int(model)]
	for i, share := range s.shares {
		if _, on := share.Get(); !on || len(settled) == 0 {
			continue
		}
		if at := settled[0]; at == at {
			if i == 0 {
				at = math.Nextafter(at, math.Inf(1)) // the settled limit is head itself
			}
			limits[i] = stage.At(at)
		}
		settled = settled[1:]
	}
	bucket, limit := bucketOf(x, limits)
	if bucket < 0 || s.keep[bucket] {
		return corpus.Keep
	}
	return corpus.Verdict{Rule: bucketNames[bucket], Value: x, Limit: limit}
}
