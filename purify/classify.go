package purify

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/purify/fasttext"
	"github.com/corpusmill/corpusmill/stage"
)

// Classify writes what a fastText classifier says of a document into columns: the most
// probable label, and all labels with enough probability, as ChineseWebText 2.0 has its
// domains (Zhang et al. 2024, arXiv:2411.19668). The columns are label and score, which are
// null where the model knows no word of the text, and labels and scores, lists in JSON. It
// drops nothing: `switch`, `reject` and the conditions of sinks go by the columns.
//
// The model is any supervised one, such as one of `corpusmill train quality --labelled`. In
// one trained one-vs-all each label is a question of its own, so that a document can have
// several labels or none; with softmax the probabilities add up to 1.
type Classify struct {
	// Model is a supervised fastText model, .bin or .ftz, by path or by its name in
	// the pipeline's models.
	Model string `yaml:"model" key:"-"`
	// Preset is how text is prepared, as that of quality_classifier: words for a model of
	// `train quality --labelled`, plain (newlines become spaces) for many others.
	Preset string `yaml:"preset" default:"words"`
	// MinScore is the least probability of a label that stands in labels, 0 to 1.
	MinScore float64 `yaml:"min_score" default:"0.5"`
	// MinScores are those of single labels, such as { sport: 0.31, law: 0.62 }.
	MinScores map[string]float64 `yaml:"min_scores"`
	// MaxLabels is the most labels of a document, the most probable ones, 1 to 1000.
	MaxLabels int `yaml:"max_labels" default:"10"`
}

// Validate checks the settings.
func (c *Classify) Validate() error {
	if c.Model == "" {
		return errors.New("model: name a fastText classifier")
	}
	if _, ok := FindClassifierPreset(c.Preset); !ok || c.Preset == "" {
		return fmt.Errorf("preset: %q: want one of %s", c.Preset, ClassifierPresetNames())
	}
	if !(c.MinScore >= 0 && c.MinScore <= 1) {
		return fmt.Errorf("min_score: %g: want 0 to 1", c.MinScore)
	}
	for label, x := range c.MinScores {
		if !(x >= 0 && x <= 1) {
			return fmt.Errorf("min_scores: %s: %g: want 0 to 1", label, x)
		}
	}
	if c.MaxLabels < 1 || c.MaxLabels > 1000 {
		return fmt.Errorf("max_labels: %d: want 1 to 1000", c.MaxLabels)
	}
	return nil
}

// ClassifyDef defines the stage classify.
var ClassifyDef = stage.DefineOpen("classify", 1, newClassify)

// OpenClassify loads the model; zero fields take their defaults.
func OpenClassify(ctx context.Context, c Classify, env *stage.Env) (*ClassifyStage, error) {
	return stage.Open[*ClassifyStage](ctx, ClassifyDef, c, env)
}

func newClassify(_ context.Context, c Classify, env *stage.Env) (*ClassifyStage, error) {
	m, err := openFastText(c.Model, env)
	if err != nil {
		return nil, err
	}
	preset, _ := FindClassifierPreset(c.Preset)
	digest := m.Digest()
	s := &ClassifyStage{model: m, preset: preset, digest: hex.EncodeToString(digest[:]), most: c.MaxLabels,
		scratch: &sync.Pool{New: func() any { return &classifyScratch{predictor: m.Predictor()} }}}
	for _, label := range m.Labels() {
		name := strings.ToValidUTF8(strings.TrimPrefix(label, fasttext.LabelPrefix), "\uFFFD")
		quoted, err := json.Marshal(name)
		if err != nil {
			return nil, errors.Join(err, m.Close())
		}
		s.quoted = append(s.quoted, string(quoted))
		least, own := c.MinScores[name]
		if !own {
			least = c.MinScore
		}
		s.labels, s.least = append(s.labels, name), append(s.least, least)
	}
	for name := range c.MinScores {
		if !slices.Contains(s.labels, name) {
			return nil, errors.Join(fmt.Errorf("min_scores: the model has no label %q, only %s", name, strings.Join(s.labels, " ")), m.Close())
		}
	}
	return s, nil
}

// ClassifyStage is the opened stage. It is safe for concurrent use.
type ClassifyStage struct {
	model   *fasttext.Model
	preset  ClassifierPreset
	digest  string
	labels  []string  // without prefix
	quoted  []string  // as JSON
	least   []float64 // score of each that stands in labels
	most    int
	scratch *sync.Pool
}

// classifyScratch is for one document at a time.
type classifyScratch struct {
	predictor *fasttext.Predictor
	all       []fasttext.Prediction
	json      []byte
}

// Close frees the model; the stage must not be used any more.
func (c *ClassifyStage) Close() error { return c.model.Close() }

// HoldsBytes implements stage.Holder: the model and what predicts with it.
func (c *ClassifyStage) HoldsBytes(workers int) int64 { return c.model.HoldsBytes(workers) }

// Digest identifies the model.
func (c *ClassifyStage) Digest() string { return c.digest }

// Rules is empty: the stage rejects nothing.
func (*ClassifyStage) Rules() []string { return nil }

// Reads lists the column that is looked at.
func (*ClassifyStage) Reads() []string { return []string{"text"} }

// Writes lists no column of a document.
func (*ClassifyStage) Writes() []string { return []string{} }

// Cells declares the columns.
func (*ClassifyStage) Cells() []corpus.Column {
	return []corpus.Column{
		{Name: "label", Type: corpus.String, Few: true, Doc: "the most probable label; null where the model knows no word of the text"},
		{Name: "score", Type: corpus.Float, Doc: "probability of that label, 0..1"},
		{Name: "labels", Type: corpus.JSON, Doc: "list of the labels with enough probability, the most probable first"},
		{Name: "scores", Type: corpus.JSON, Doc: "list of their probabilities"},
	}
}

// Values lists the labels.
func (c *ClassifyStage) Values(column string) []string {
	if column == "label" {
		return c.labels
	}
	return nil
}

// Apply changes nothing.
func (*ClassifyStage) Apply(*corpus.Document) (corpus.Verdict, error) { return corpus.Keep, nil }

// Attach sets the columns.
func (c *ClassifyStage) Attach(d *corpus.Document, cells []corpus.Value) (corpus.Verdict, error) {
	s := c.scratch.Get().(*classifyScratch)
	defer c.scratch.Put(s)
	s.all = c.predict(s, d.Text)
	if len(s.all) == 0 {
		return corpus.Keep, nil
	}
	cells[0], cells[1] = corpus.Str(c.labels[s.all[0].Label]), corpus.Float64(scoreOf(s.all[0]))
	named := s.all[:0]
	for _, x := range s.all {
		if scoreOf(x) >= c.least[x.Label] && len(named) < c.most {
			named = append(named, x)
		}
	}
	s.json = append(s.json[:0], '[')
	for i, x := range named {
		if i > 0 {
			s.json = append(s.json, ',')
		}
		s.json = append(s.json, c.quoted[x.Label]...)
	}
	cells[2] = corpus.Str(string(append(s.json, ']')))
	s.json = append(s.json[:0], '[')
	for i, x := range named {
		if i > 0 {
			s.json = append(s.json, ',')
		}
		s.json = strconv.AppendFloat(s.json, scoreOf(x), 'g', -1, 64)
	}
	cells[3] = corpus.Str(string(append(s.json, ']')))
	return corpus.Keep, nil
}

func (c *ClassifyStage) predict(s *classifyScratch, text string) []fasttext.Prediction {
	return s.predictor.Predict(s.all[:0], c.preset.Prepare(text), -1, 0)
}

// scoreOf is a probability to six decimals, without what fastText adds to it.
func scoreOf(x fasttext.Prediction) float64 {
	return math.Round(min(float64(x.Prob), 1)*1e6) / 1e6
}

// Labels are the labels of the model, without their prefix.
func (c *ClassifyStage) Labels() []string { return c.labels }

// LabelScore is a label, by its place in Labels, with its probability.
type LabelScore struct {
	Label int
	Score float64
}

// Scores returns all labels with their probabilities, the most probable first; none for a
// text without a known word.
func (c *ClassifyStage) Scores(text string) []LabelScore {
	s := c.scratch.Get().(*classifyScratch)
	defer c.scratch.Put(s)
	s.all = c.predict(s, text)
	list := make([]LabelScore, 0, len(s.all))
	for _, x := range s.all {
		list = append(list, LabelScore{x.Label, scoreOf(x)})
	}
	return list
}
