package cli

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/corpusmill/corpusmill/purify"
	"github.com/corpusmill/corpusmill/purify/fasttext"
	"github.com/corpusmill/corpusmill/stage"
)

func (p *program) trainCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "train",
		Short: "Train a classifier of your own",
		Long:  "Trains models that stages of a pipeline use.",
		Args:  cobra.NoArgs,
	}
	c.RunE = func(c *cobra.Command, _ []string) error {
		return usageError{fmt.Errorf("name what to train: quality or class; see %s --help", c.CommandPath())}
	}
	c.AddCommand(p.trainQualityCommand(), p.trainClassCommand())
	return c
}

// qualityTraining is the flags of train quality.
type qualityTraining struct {
	positive, negative []string
	labelled, order    []string
	labelColumn        string
	textColumn         string
	good               string
	lossGiven          bool
	out, report        string
	preset             string
	label, other       string
	loss               string
	memory             string
	splitBy            string
	heldOut            float64
	threshold          float64
	keepTop            float64
	keepTopOf          string
	errorsMax          int
	asJSON             bool
	fasttext.Training
}

func (p *program) trainQualityCommand() *cobra.Command {
	q := qualityTraining{Training: fasttext.DefaultTraining()}
	q.Threads, q.WordNgrams = min(runtime.GOMAXPROCS(0), 1024), 2
	c := &cobra.Command{
		Use:   "quality --positive FILE --negative FILE --out MODEL",
		Short: "Train a classifier of two kinds, of grades or of labels",
		Long: `Trains a fastText classifier that tells wanted texts (--positive) from others
(--negative), for the stage quality_classifier. The settings are DCLM's: words
and pairs of words, 100 columns, 5 epochs, learning rate 0.1; small collections
want more, such as --epoch 20 --lr 0.5. Input is JSON lines (field "text";
plain, gzip or zstd), Parquet (column "text") or text files, each one document;
"-" is standard input. Nothing is deduplicated.

A share of the texts is held out, chosen by a hash of the text or the host:
what the model makes of it is printed as precision, recall, F1, AUC, a table of
calibration, and the threshold that keeps the best --keep-top of the negatives,
which stand for the pool to be filtered. --report writes the same with plots.

With --labelled the documents have their labels in a column: grades that a
language model gave (numbers, rounded to whole ones; --label-column
generate_value after the stage generate), names of classes (--order tells which
is better), or JSON lists of names, of which a document can have several (loss
ova). Documents without one are left out. Half of what is held out chooses
thresholds, the other half says how far the model agrees with the labels, with
95 % intervals. Texts are then split into words, Chinese ones into characters
(preset words).

Memory: 4 bytes x --dim for each word and bucket (--memory bounds it), about
100 for each distinct word, and 16 for each text. The texts themselves go to
temporary files. The model does not depend on --threads.`,
		Example: "  corpusmill train quality --positive good.jsonl.gz --negative web.jsonl.gz \\\n    --out quality.bin --keep-top 0.10 --report quality.html\n" +
			"  corpusmill train quality --labelled graded.parquet --out grades.bin \\\n    --label-column generate_value --good 3 --split-by host",
		Args: cobra.NoArgs,
	}
	q.flags(c)
	c.RunE = func(c *cobra.Command, _ []string) error {
		p.started = true
		q.lossGiven = c.Flags().Changed("loss")
		if len(q.labelled) > 0 && !c.Flags().Changed("preset") {
			q.preset = "words"
		}
		if err := q.check(); err != nil {
			return usageError{err}
		}
		if len(q.labelled) > 0 {
			return p.trainLabels(c.Context(), &q)
		}
		return p.trainQuality(c.Context(), &q)
	}
	return c
}

func (q *qualityTraining) flags(c *cobra.Command) {
	fl := c.Flags()
	fl.StringArrayVar(&q.positive, "positive", nil, "file of wanted texts (repeatable)")
	fl.StringArrayVar(&q.negative, "negative", nil, "file of other texts (repeatable)")
	fl.StringArrayVar(&q.labelled, "labelled", nil, "file of documents with labels (repeatable)")
	fl.StringVar(&q.labelColumn, "label-column", "label", "column of the label, grade or list of labels")
	fl.StringVar(&q.textColumn, "text-column", "text", "column of the text, of --labelled")
	fl.StringSliceVar(&q.order, "order", nil, "names of the classes from the worst to the best")
	fl.StringVar(&q.good, "good", "", "least grade that counts as good (default the middle)")
	fl.StringVar(&q.out, "out", "", "model file to write, .bin")
	fl.StringVar(&q.report, "report", "", "HTML report to write, one self-contained file")
	fl.StringVar(&q.preset, "preset", "dclm", "how texts are prepared and scores are read (words with\n--labelled): "+purify.ClassifierPresetNames())
	fl.StringVar(&q.label, "label", "", "label of wanted texts (default the preset's, or hq)")
	fl.StringVar(&q.other, "other-label", "", "label of other texts (default cc)")
	fl.IntVar(&q.Dim, "dim", q.Dim, "columns of the matrices")
	fl.IntVar(&q.Epochs, "epoch", q.Epochs, "times that every text is used")
	fl.Float64Var(&q.LearningRate, "lr", q.LearningRate, "learning rate at the start")
	fl.IntVar(&q.WordNgrams, "word-ngrams", q.WordNgrams, "longest n-gram of words")
	fl.IntVar(&q.MinN, "minn", 0, "shortest sub-word in characters")
	fl.IntVar(&q.MaxN, "maxn", 0, "longest sub-word in characters; 0: none")
	fl.IntVar(&q.Buckets, "buckets", q.Buckets, "hash buckets of n-grams")
	fl.Int64Var(&q.MinCount, "min-count", q.MinCount, "least occurrences of a word")
	fl.StringVar(&q.loss, "loss", "softmax", "softmax, hs or ova (ova for lists of labels)")
	fl.IntVar(&q.Threads, "threads", q.Threads, "texts worked on at once")
	fl.Uint64Var(&q.Seed, "seed", 1, "of the first weights, the order and the split")
	fl.Float64Var(&q.heldOut, "held-out", 0.1, "share of the texts that is held out, 0..1")
	fl.StringVar(&q.splitBy, "split-by", "text", "what is held out together: text (equal ones), id, or host (a\nsite, by url)")
	fl.Float64Var(&q.threshold, "threshold", 0.5, "also print what this threshold does")
	fl.Float64Var(&q.keepTop, "keep-top", 0.1, "share that the recommended threshold keeps, 0..1")
	fl.StringVar(&q.keepTopOf, "keep-top-of", "negatives", "negatives or all held-out texts")
	fl.IntVar(&q.errorsMax, "errors-max", 0, "damaged records to train without")
	fl.StringVar(&q.memory, "memory", "", "memory budget, such as 4GiB (default 80 % of the machine or its cgroup)")
	fl.StringVar(&q.TempDir, "temp", "", "folder for temporary files (default the system's)")
	fl.BoolVar(&q.asJSON, "json", false, "print one JSON object")
}

// check refuses mistakes before any byte is read.
func (q *qualityTraining) check() error {
	preset, ok := purify.FindClassifierPreset(q.preset)
	switch {
	case len(q.labelled) > 0 && len(q.positive)+len(q.negative) > 0:
		return errors.New("--labelled: it takes the place of --positive and --negative")
	case len(q.labelled) == 0 && (len(q.positive) == 0 || len(q.negative) == 0):
		return errors.New("--positive and --negative: name at least one file each, or --labelled")
	case q.out == "":
		return errors.New("--out: name the model file to write")
	case !ok:
		return fmt.Errorf("--preset %s: want one of %s", q.preset, purify.ClassifierPresetNames())
	case !(q.heldOut >= 0 && q.heldOut <= 0.9):
		return fmt.Errorf("--held-out %g: want 0 to 0.9", q.heldOut)
	case q.heldOut == 0 && q.report != "":
		return errors.New("--report: nothing is held out to report on")
	case q.splitBy != "text" && q.splitBy != "id" && q.splitBy != "host":
		return fmt.Errorf("--split-by %s: want text, id or host", q.splitBy)
	case !(q.threshold >= 0 && q.threshold <= 1):
		return fmt.Errorf("--threshold %g: want 0 to 1", q.threshold)
	case !(q.keepTop > 0 && q.keepTop < 1):
		return fmt.Errorf("--keep-top %g: want a share between 0 and 1", q.keepTop)
	case q.keepTopOf != "negatives" && q.keepTopOf != "all":
		return fmt.Errorf("--keep-top-of %s: want negatives or all", q.keepTopOf)
	case q.errorsMax < 0:
		return errors.New("--errors-max must not be negative")
	}
	check := q.checkLabels
	if len(q.labelled) > 0 {
		check = q.checkLabelled
	}
	err := check(preset)
	if err != nil {
		return err
	}
	if q.Loss, err = lossOf(q.loss); err != nil {
		return err
	}
	budget, err := memoryBudget(q.memory)
	if err != nil {
		return err
	}
	q.MaxBytes = budget / 10 * 8 // the rest is for words and buffers
	if err := q.Validate(); err != nil {
		return err
	}
	return q.checkFiles()
}

func (q *qualityTraining) checkLabels(preset purify.ClassifierPreset) error {
	q.label = cmp.Or(strings.TrimPrefix(q.label, fasttext.LabelPrefix), preset.Label, "hq")
	q.other = cmp.Or(strings.TrimPrefix(q.other, fasttext.LabelPrefix), preset.Other, "cc")
	switch {
	case strings.ContainsAny(q.label, " \t\r\n\v\f\x00"):
		return fmt.Errorf("--label %q: want a word without spaces", q.label)
	case strings.ContainsAny(q.other, " \t\r\n\v\f\x00"):
		return fmt.Errorf("--other-label %q: want a word without spaces", q.other)
	case preset.Other != "" && q.other != preset.Other:
		return fmt.Errorf("--other-label %s: the preset %s wants %s", q.other, preset.Name, preset.Other)
	case q.label == q.other:
		return fmt.Errorf("--label and --other-label are both %s", q.label)
	}
	return nil
}

func lossOf(name string) (fasttext.Loss, error) {
	for _, l := range []fasttext.Loss{fasttext.Softmax, fasttext.HierarchicalSoftmax, fasttext.OneVsAll} {
		if l.String() == name {
			return l, nil
		}
	}
	return 0, fmt.Errorf("--loss %s: want softmax, hs or ova", name)
}

// checkFiles looks whether the inputs are there and the outputs can be.
func (q *qualityTraining) checkFiles() error {
	stdin := 0
	for _, file := range slices.Concat(q.positive, q.negative, q.labelled) {
		if file == "-" {
			if stdin++; stdin > 1 {
				return errors.New("standard input can be read once only")
			}
			continue
		}
		if o, err := os.Stat(file); err != nil {
			return err
		} else if o.IsDir() {
			return fmt.Errorf("%s is a folder: name its files", file)
		}
	}
	for _, out := range [][2]string{{"--out", q.out}, {"--report", q.report}} {
		flag, file := out[0], out[1]
		if file == "" {
			continue
		}
		if o, err := os.Stat(filepath.Dir(file)); err != nil {
			return fmt.Errorf("%s: %w", flag, err)
		} else if !o.IsDir() {
			return fmt.Errorf("%s: %s is no folder", flag, filepath.Dir(file))
		}
		if o, err := os.Stat(file); err == nil && o.IsDir() {
			return fmt.Errorf("%s: %s is a folder", flag, file)
		}
		if err := notInput(flag, file, q.positive, q.negative, q.labelled); err != nil {
			return err
		}
	}
	if q.report != "" && filepath.Clean(q.report) == filepath.Clean(q.out) {
		return fmt.Errorf("--report: %s is the model", q.report)
	}
	return nil
}

// notInput refuses an output that is one of the inputs: it would be written over them.
func notInput(flag, out string, inputs ...[]string) error {
	o, err := os.Stat(out)
	if err != nil {
		return nil //nolint:nilerr // what is not there is no input
	}
	for _, file := range slices.Concat(inputs...) {
		if in, err := os.Stat(file); err == nil && os.SameFile(in, o) {
			return fmt.Errorf("%s: %s is one of the inputs", flag, out)
		}
	}
	return nil
}

// trainQuality reads, trains, writes, and evaluates.
func (p *program) trainQuality(ctx context.Context, q *qualityTraining) (err error) {
	preset, _ := purify.FindClassifierPreset(q.preset)
	q.Progress = p.trainingProgress()
	t, err := fasttext.NewTrainer(q.Training)
	if err != nil {
		return err
	}
	texts := &trainingTexts{program: p, q: q, preset: preset, trainer: t, held: &heldOut{dir: q.TempDir}}
	defer func() { err = errors.Join(err, t.Close(), texts.held.close()) }()
	if err := texts.read(ctx); err != nil {
		return err
	}
	start := time.Now()
	m, err := t.Train(ctx)
	if err != nil {
		return err
	}
	done := qualityResult{Preset: q.preset, Label: q.label, OtherLabel: q.other, Training: q.summary(t, m, time.Since(start))}
	done.Training.Positives, done.Training.Negatives = &texts.positives, &texts.negatives
	done.Training.Empty, done.Training.Damaged = texts.empty, texts.bad
	if done.Model, err = writeModel(q.out, m); err != nil {
		return err
	}
	m = nil // the file takes the place of its matrices
	debug.FreeOSMemory()
	if q.heldOut > 0 {
		if done.HeldOut, done.Recommended, err = q.evaluate(ctx, p, texts.held); err != nil {
			return err
		}
	}
	if q.report != "" && done.HeldOut != nil {
		if err := writeWhole(q.report, func(w io.Writer) error { return done.html(w) }); err != nil {
			return err
		}
	}
	if q.asJSON {
		return p.printTrained(done)
	}
	return done.print(p.stdout)
}

// printTrained prints what came of a training as JSON.
func (p *program) printTrained(result any) error {
	enc := json.NewEncoder(p.stdout)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(result)
}

// trainingProgress tells each tenth of training on standard error.
func (p *program) trainingProgress() func(done, loss float64) {
	next := 0.1
	return func(done, loss float64) {
		if done < next {
			return
		}
		fmt.Fprintf(p.stderr, "corpusmill: training %3.0f %%, loss %.4f\n", 100*min(done, 1), loss)
		next = math.Floor(done*10+1e-9)/10 + 0.1
	}
}

// writeModel writes the model file and returns what it is.
func writeModel(path string, m *fasttext.Trained) (modelFile, error) {
	h := sha256.New()
	err := writeWhole(path, func(w io.Writer) error {
		_, err := m.WriteTo(io.MultiWriter(w, h))
		return err
	})
	i := m.Info()
	return modelFile{Path: path, Bytes: i.Bytes, SHA256: hex.EncodeToString(h.Sum(nil)), Words: i.Words, Buckets: i.Buckets, Dim: i.Dim}, err
}

// writeWhole writes a file under another name and renames it, so that there is all of
// it or what was there before.
func writeWhole(path string, write func(io.Writer) error) error {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*")
	if err != nil {
		return err
	}
	err = write(f)
	if err == nil {
		err = errors.Join(f.Chmod(0o644), f.Sync())
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		_ = os.Remove(f.Name()) // what matters is err
	}
	return err
}

// evaluate scores what was held out with the stage itself.
func (q *qualityTraining) evaluate(ctx context.Context, p *program, held *heldOut) (*heldOutResult, *recommendation, error) {
	settings := purify.QualityClassifier{Model: q.out, Preset: q.preset, Label: q.label, MinScore: stage.Off()}
	if preset, _ := purify.FindClassifierPreset(q.preset); preset.Other != "" {
		settings.Label = "" // it looks at the other label alone
	}
	st, err := purify.OpenQualityClassifier(ctx, settings, stage.NewEnv())
	if err != nil {
		return nil, nil, withoutStage(err)
	}
	defer st.Close() //nolint:errcheck // read only
	var docs []purify.Scored
	err = ordered(ctx, q.Threads, held.each, func() func(heldText) purify.Scored {
		return func(t heldText) purify.Scored {
			return purify.Scored{Score: st.Score(t.text), Wanted: t.labels[0] == 1}
		}
	}, func(d purify.Scored) error {
		docs = append(docs, d)
		return nil
	})
	if err != nil {
		return nil, nil, err
	}
	e, ok := purify.Evaluate(docs)
	if !ok {
		fmt.Fprintf(p.stderr, "corpusmill: of the texts held out %d are positives and %d negatives: nothing to evaluate; raise --held-out\n", e.Wanted, e.Others)
		return nil, nil, nil
	}
	top := e.Top(q.keepTop, q.keepTopOf == "negatives")
	h := &heldOutResult{
		Positives: e.Wanted, Negatives: e.Others, Unscored: e.Unscored, SplitBy: q.splitBy, AUC: e.AUC, LogLoss: e.LogLoss,
		CalibrationError: e.CalibrationError, At: e.At(q.threshold), Calibration: e.Calibration, curve: e.Curve(200),
	}
	return h, &recommendation{Top: top, Of: q.keepTopOf, Operating: e.At(top.Threshold)}, nil
}
