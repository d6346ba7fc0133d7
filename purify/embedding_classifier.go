package purify

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"math"
	"net/url"
	"os"
	"strconv"
	"time"

	"github.com/hashicorp/go-retryablehttp"
	"golang.org/x/sync/errgroup"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/internal/held"
	"github.com/corpusmill/corpusmill/stage"
)

// EmbeddingClassifier scores documents by a model on a server of yours, and drops
// those below a score: FineWeb-Edu's form, a text embedding with a linear head on
// it (Penedo et al. 2024, arXiv:2406.17557). The server speaks the OpenAI
// embeddings protocol (vLLM, Infinity, llama.cpp, text-embeddings-inference) or
// text-embeddings-inference's own, which can serve a whole classifier too. Texts
// go to it in batches. A server need not give the same last digit twice: scores
// are rounded to four decimals.
type EmbeddingClassifier struct {
	// Server is its address, such as http://localhost:8080; of openai with the path
	// before /embeddings, /v1 where there is none.
	Server string `yaml:"server" key:"-"`
	// API is openai (POST /v1/embeddings), tei (POST /embed), or predict (POST
	// /predict of text-embeddings-inference: the server has the head).
	API string `yaml:"api" default:"openai"`
	// Model is the name that the server knows the model by; openai alone sends it.
	Model string `yaml:"model"`
	// Head is a JSON file {"weights": [...], "bias": b} of the linear head, by path
	// or by its name in the pipeline's models. With "sigmoid": true the score is a
	// probability. Not used by predict.
	Head string `yaml:"head" key:"-"`
	// Label is the class whose probability predict reports. Empty is the raw value of
	// a model with one output, as FineWeb-Edu's.
	Label string `yaml:"label"`
	// MinScore is the least score that stays. Default 3, FineWeb-Edu's on its scale
	// of 0 to 5.
	MinScore stage.Limit `yaml:"min_score" key:"limit"`
	// KeepTop is the share of the documents that stays, those with the highest
	// scores, 0 to 1, settled on a sample as in quality_classifier. With it MinScore
	// is off unless given.
	KeepTop stage.Limit `yaml:"keep_top" default:"off" key:"limit"`
	// MaxChars is how many code points of a text are sent, from its beginning, 1 to
	// 1000000.
	MaxChars int `yaml:"max_chars" default:"2000"`
	// Batch is the number of texts of a request, 1 to 1024.
	Batch int `yaml:"batch" default:"32" key:"-"`
	// Requests is the number of requests under way at once, of a process, 1 to 1024.
	// Workers do not wait for them.
	Requests int `yaml:"requests" default:"64" key:"-"`
	// Timeout of a request. A request that fails is tried five times.
	Timeout time.Duration `yaml:"timeout" default:"60s" key:"-"`
}

// Validate checks the settings.
func (e *EmbeddingClassifier) Validate() error {
	u, err := url.Parse(e.Server)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return errors.New("server: want an address such as http://localhost:8080") // without the one given, which may hold a password
	}
	switch {
	case e.API != "openai" && e.API != "tei" && e.API != "predict":
		return fmt.Errorf("api: %q: want openai, tei or predict", e.API)
	case e.API != "predict" && e.Head == "":
		return errors.New("head: name the JSON file of the linear head")
	case e.MaxChars < 1 || e.MaxChars > 1_000_000:
		return fmt.Errorf("max_chars: %d: want 1 to 1000000", e.MaxChars)
	case e.Batch < 1 || e.Batch > 1024:
		return fmt.Errorf("batch: %d: want 1 to 1024", e.Batch)
	case e.Requests < 1 || e.Requests > 1024:
		return fmt.Errorf("requests: %d: want 1 to 1024", e.Requests)
	case e.Timeout <= 0:
		return fmt.Errorf("timeout: %v: must be positive", e.Timeout)
	}
	return checkKeepTop(e.KeepTop)
}

func checkKeepTop(l stage.Limit) error {
	if x, on := l.Get(); on && !(x > 0 && x < 1) {
		return fmt.Errorf("keep_top: %g: want a share between 0 and 1, or off", x)
	}
	return nil
}

// fineWebEduMinScore is the score from which FineWeb-Edu keeps a page.
const fineWebEduMinScore = 3

// EmbeddingClassifierDef defines the stage embedding_classifier.
var EmbeddingClassifierDef = stage.DefineOpen("embedding_classifier", 1, newEmbeddingClassifier)

// OpenEmbeddingClassifier reads the head; zero fields take their defaults. It does not
// call the server.
func OpenEmbeddingClassifier(ctx context.Context, e EmbeddingClassifier, env *stage.Env) (*EmbeddingClassifierStage, error) {
	return stage.Open[*EmbeddingClassifierStage](ctx, EmbeddingClassifierDef, e, env)
}

func newEmbeddingClassifier(_ context.Context, e EmbeddingClassifier, env *stage.Env) (*EmbeddingClassifierStage, error) {
	s := &EmbeddingClassifierStage{settings: e, client: newClient(e.Timeout, e.Requests), digest: e.API, minScore: e.MinScore}
	if _, top := e.KeepTop.Get(); !top {
		s.minScore = e.MinScore.Or(stage.At(fineWebEduMinScore))
	}
	if e.API == "predict" {
		return s, nil
	}
	path, err := env.ModelPath(e.Head)
	if err != nil {
		return nil, err
	}
	b, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(b, &s.head)
	}
	if err == nil && len(s.head.Weights) == 0 {
		err = errors.New("it has no weights")
	}
	if err != nil {
		return nil, fmt.Errorf("head: %s: %w", path, err)
	}
	h := fnv.New128a()
	_, _ = h.Write(b) // a hash never fails
	s.digest += fmt.Sprintf("+%x", h.Sum(nil))
	return s, nil
}

// LinearHead is a linear model on an embedding.
type LinearHead struct {
	Weights []float64 `json:"weights"` // one for each dimension
	Bias    float64   `json:"bias"`
	Sigmoid bool      `json:"sigmoid"` // the score is 1/(1+exp(-x))
}

// Score is the model's value for an embedding of as many dimensions as weights.
func (h *LinearHead) Score(embedding []float32) (float64, error) {
	if len(embedding) != len(h.Weights) {
		return 0, fmt.Errorf("the server's embeddings have %d dimensions, the head has %d", len(embedding), len(h.Weights))
	}
	x := h.Bias
	for i, w := range h.Weights {
		x += w * float64(embedding[i])
	}
	if h.Sigmoid {
		x = 1 / (1 + math.Exp(-x))
	}
	return x, nil
}

// EmbeddingClassifierStage is the opened stage. It is safe for concurrent use.
type EmbeddingClassifierStage struct {
	settings EmbeddingClassifier
	client   *retryablehttp.Client
	head     LinearHead
	digest   string
	minScore stage.Limit
}

const (
	dimensionBytes = 24  // of an answer: its digits, and the number
	batchDocuments = 128 // of the engine's batches, which bound a request too
)

// HoldsBytes implements stage.Holder: the head, and embeddings in the answers of all
// requests.
func (e *EmbeddingClassifierStage) HoldsBytes(int) int64 {
	texts := int64(e.settings.Requests) * int64(min(e.settings.Batch, batchDocuments))
	return held.Bytes(e.head.Weights) + texts*int64(len(e.head.Weights))*dimensionBytes
}

// RequestDocuments implements stage.Remote: a call of Score with so many documents is one
// request.
func (e *EmbeddingClassifierStage) RequestDocuments() int { return e.settings.Batch }

// Requests implements stage.Remote.
func (e *EmbeddingClassifierStage) Requests() int { return e.settings.Requests }

// Digest identifies the head; which model the server runs is not known here.
func (e *EmbeddingClassifierStage) Digest() string { return e.digest }

// Rules are the rules that the stage may give.
func (e *EmbeddingClassifierStage) Rules() []string { return []string{"low_score", "below_top"} }

// Reads lists the column that is sent to the server.
func (*EmbeddingClassifierStage) Reads() []string { return []string{"text"} }

// Columns declares the score.
func (e *EmbeddingClassifierStage) Columns() []corpus.Column {
	return []corpus.Column{{Name: "score", Type: corpus.Float, Doc: "value of the linear head, or of the server's classifier"}}
}

// Measure scores one document. Score is much faster on many.
func (e *EmbeddingClassifierStage) Measure(d *corpus.Document, v *corpus.Values) error {
	return e.Score(context.Background(), []*corpus.Document{d}, []*corpus.Values{v})
}

// Score sends the texts to the server. A document without text has no score.
func (e *EmbeddingClassifierStage) Score(ctx context.Context, docs []*corpus.Document, values []*corpus.Values) error {
	var texts []string
	var of []*corpus.Values
	for i, d := range docs {
		if d.Text != "" {
			texts, of = append(texts, firstRunes(d.Text, e.settings.MaxChars)), append(of, values[i])
		}
	}
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(e.settings.Requests)
	for from := 0; from < len(texts); from += e.settings.Batch {
		to := min(from+e.settings.Batch, len(texts))
		g.Go(func() error {
			scores, err := e.request(ctx, texts[from:to])
			for i, x := range scores {
				of[from+i].Set(0, x)
			}
			return err
		})
	}
	return g.Wait()
}

func firstRunes(s string, n int) string {
	for i := range s {
		if n--; n < 0 {
			return s[:i]
		}
	}
	return s
}

// round keeps four decimals: a server's last digits depend on what else it had in
// hand.
func round(x float64) float64 {
	x, _ = strconv.ParseFloat(strconv.FormatFloat(x, 'f', 4, 64), 64)
	return x
}

// Decide holds the score against the limit.
func (e *EmbeddingClassifierStage) Decide(v *corpus.Values) corpus.Verdict {
	return e.minScore.Below("low_score", v.Get(0))
}

// Fit implements stage.Fitter, as that of quality_classifier.
func (e *EmbeddingClassifierStage) Fit() (int, error) {
	if err := fitsTop(&e.settings.KeepTop); err != nil {
		return 0, err
	}
	e.minScore = e.settings.MinScore.Or(stage.Off())
	return 0, nil
}

// fitsTop turns a share on that a budget settles.
func fitsTop(keep *stage.Limit) error {
	if _, on := keep.Get(); on {
		return errors.New("keep_top says how much stays, and so does the budget: leave one of them out")
	}
	*keep = stage.At(0.5) // the engine settles another
	return nil
}

// Shares is the share of KeepTop, if it is on.
func (e *EmbeddingClassifierStage) Shares() []stage.Share { return topShare(e.settings.KeepTop) }

// DecideAt is Decide with the score that parts the top from the rest.
func (e *EmbeddingClassifierStage) DecideAt(v *corpus.Values, limits []float64) corpus.Verdict {
	return stage.First(e.Decide(v), stage.At(limits[0]).Below("below_top", v.Get(0)))
}

// topShare is the highest share of column 0, if it is on.
func topShare(keep stage.Limit) []stage.Share {
	if x, on := keep.Get(); on {
		return []stage.Share{{Ratio: x, Highest: true, Why: "keep_top"}}
	}
	return nil
}
