package cli

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/corpusmill/corpusmill/purify"
	"github.com/corpusmill/corpusmill/purify/fasttext"
)

// qualityResult is what train quality says, with --json as it stands here.
type qualityResult struct {
	Preset      string          `json:"preset"`
	Label       string          `json:"label"`
	OtherLabel  string          `json:"other_label"`
	Model       modelFile       `json:"model"`
	Training    trainingSummary `json:"training"`
	HeldOut     *heldOutResult  `json:"held_out,omitempty"`
	Recommended *recommendation `json:"recommended,omitempty"`
}

type modelFile struct {
	Path    string `json:"path"`
	Bytes   int64  `json:"bytes"`
	SHA256  string `json:"sha256"`
	Words   int    `json:"words"`
	Buckets int    `json:"buckets"`
	Dim     int    `json:"dim"`
}

type trainingSummary struct {
	Positives     *textCount `json:"positives,omitempty"`
	Negatives     *textCount `json:"negatives,omitempty"`
	Unlabelled    int        `json:"unlabelled,omitempty"` // documents without a label, left out
	Empty         int        `json:"empty"`                // documents without text, left out
	Damaged       int        `json:"damaged"`              // records that could not be read, left out
	SkippedTokens int64      `json:"skipped_tokens"`       // they look like labels
	Tokens        int64      `json:"tokens"`               // trained on, an epoch
	Epochs        int        `json:"epochs"`
	LearningRate  float64    `json:"learning_rate"`
	WordNgrams    int        `json:"word_ngrams"`
	MinCount      int64      `json:"min_count"`
	MinN          int        `json:"minn"`
	MaxN          int        `json:"maxn"`
	LossFunction  string     `json:"loss_function"`
	Seed          uint64     `json:"seed"`
	Threads       int        `json:"threads"`
	Seconds       float64    `json:"seconds"` // of training alone, by the clock
	Loss          float64    `json:"loss"`    // mean of the last epoch
}

type heldOutResult struct {
	Positives        int                     `json:"positives"`
	Negatives        int                     `json:"negatives"`
	Unscored         int                     `json:"unscored"`
	SplitBy          string                  `json:"split_by"`
	AUC              float64                 `json:"auc"`
	LogLoss          float64                 `json:"log_loss"`
	CalibrationError float64                 `json:"calibration_error"`
	At               purify.Operating        `json:"at"`
	Calibration      []purify.CalibrationBin `json:"calibration"`

	curve []purify.Operating
}

type recommendation struct {
	purify.Top
	Of        string           `json:"of"`
	Operating purify.Operating `json:"at"`
}

func (q *qualityTraining) summary(t *fasttext.Trainer, m *fasttext.Trained, took time.Duration) trainingSummary {
	return trainingSummary{
		SkippedTokens: t.SkippedTokens(),
		Tokens:        m.Info().Tokens, Epochs: q.Epochs, LearningRate: q.LearningRate, WordNgrams: q.WordNgrams, MinCount: q.MinCount,
		MinN: q.MinN, MaxN: q.MaxN, LossFunction: q.Loss.String(), Seed: q.Seed, Threads: q.Threads, Seconds: took.Seconds(), Loss: m.Loss(),
	}
}

// print writes the result for people.
func (r *qualityResult) print(out io.Writer) error {
	var b strings.Builder
	t := &r.Training
	for _, side := range []struct {
		name, label string
		n           *textCount
	}{{"positives", r.Label, t.Positives}, {"negatives", r.OtherLabel, t.Negatives}} {
		fmt.Fprintf(&b, "%-11s %d documents, %.1f MB, %d held out (__label__%s)\n", side.name, side.n.Documents, float64(side.n.Bytes)/1e6, side.n.HeldOut, side.label)
	}
	t.print(&b, &r.Model)
	if h := r.HeldOut; h != nil {
		r.printHeldOut(&b)
	}
	_, err := io.WriteString(out, b.String())
	return err
}

// print tells of the training and of the model.
func (t *trainingSummary) print(b *strings.Builder, m *modelFile) {
	if t.Unlabelled > 0 {
		fmt.Fprintf(b, "left out    %d documents without a label\n", t.Unlabelled)
	}
	if t.Empty+t.Damaged > 0 || t.SkippedTokens > 0 {
		fmt.Fprintf(b, "left out    %d empty, %d damaged documents; %d tokens that look like labels\n", t.Empty, t.Damaged, t.SkippedTokens)
	}
	fmt.Fprintf(b, "trained     %d epochs of %d tokens in %.1f s, loss %.4f\n", t.Epochs, t.Tokens, t.Seconds, t.Loss)
	fmt.Fprintf(b, "model       %s, %.1f MB, %d words, %d buckets, %d columns\n", m.Path, float64(m.Bytes)/1e6, m.Words, m.Buckets, m.Dim)
	fmt.Fprintf(b, "sha256      %s\n", m.SHA256)
}

func (r *qualityResult) printHeldOut(b *strings.Builder) {
	h, top := r.HeldOut, r.Recommended
	fmt.Fprintf(b, "\nheld out    %d positives, %d negatives", h.Positives, h.Negatives)
	if h.Unscored > 0 {
		fmt.Fprintf(b, ", %d without a score", h.Unscored)
	}
	fmt.Fprintf(b, " (by %s)\nAUC         %.4f, log loss %.4f, calibration error %.4f\n\n", h.SplitBy, h.AUC, h.LogLoss, h.CalibrationError)
	fmt.Fprintln(b, "threshold   precision  recall   F1       negatives kept  all kept")
	for _, o := range []purify.Operating{h.At, top.Operating} {
		fmt.Fprintf(b, "%-10.6f  %-9.4f  %-7.4f  %-7.4f  %-14.4f  %.4f\n", o.Threshold, o.Precision, o.Recall, o.F1, o.KeptOthersRatio, o.KeptRatio)
	}
	fmt.Fprintln(b, "\nscore       documents  mean score  positives among them")
	for _, c := range h.Calibration {
		if n := c.Wanted + c.Others; n > 0 {
			fmt.Fprintf(b, "%.1f to %.1f  %-9d  %-10.4f  %.4f\n", c.From, c.To, n, c.MeanScore, c.WantedRatio)
		}
	}
	fmt.Fprintf(b, "\nTo keep the best %g %% of the %s: %.6f (95 %% confidence: %.6f to %.6f).\n", 100*top.Share, r.ofWhat(), top.Threshold, top.Low, top.High)
	fmt.Fprintf(b, "\nstages:\n  - quality_classifier: { model: %s, %s, min_score: %s }\n", r.Model.Path, r.settings(), exact(top.Threshold))
}

// exact prints a number so that reading it gives the same number.
func exact(x float64) string { return strconv.FormatFloat(x, 'g', -1, 64) }

func (r *qualityResult) ofWhat() string {
	if r.Recommended.Of == "all" {
		return "texts"
	}
	return "negatives"
}

// settings are the stage's settings beside model and limit.
func (r *qualityResult) settings() string {
	s := "preset: " + r.Preset
	if p, _ := purify.FindClassifierPreset(r.Preset); p.Other == "" && p.Label != r.Label {
		s += ", label: " + r.Label
	}
	return s
}
