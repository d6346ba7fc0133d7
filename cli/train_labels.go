package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/gather"
	"github.com/corpusmill/corpusmill/purify"
	"github.com/corpusmill/corpusmill/purify/fasttext"
	"github.com/corpusmill/corpusmill/stage"
)

// Limits of labels.
const (
	maxLabels     = 10_000
	maxGrades     = 64      // classes that quality_class can have
	maxHeldScores = 1 << 26 // scores of documents held out, of all labels
	noLabels      = "none"  // label of a document whose list is empty
)

// checkLabelled refuses mistakes of the flags that go with --labelled.
func (q *qualityTraining) checkLabelled(preset purify.ClassifierPreset) error {
	switch {
	case q.label != "" || q.other != "":
		return errors.New("--label and --other-label go with --positive and --negative")
	case q.report != "":
		return errors.New("--report goes with --positive and --negative: take --json")
	case preset.Other != "" || preset.Best:
		return fmt.Errorf("--preset %s: it looks at one label; want words, plain, datatrove or dolma_1_7", preset.Name)
	case q.labelColumn == "" || q.textColumn == "":
		return errors.New("--label-column and --text-column: name a column")
	}
	for i, name := range q.order {
		if q.order[i] = labelName(name); q.order[i] == "" || slices.Contains(q.order[:i], q.order[i]) {
			return fmt.Errorf("--order %s: want each name once", strings.Join(q.order, ","))
		}
	}
	if q.good != "" && q.heldOut == 0 {
		return errors.New("--good: nothing is held out to look at")
	}
	return nil
}

// labelName is a label as fastText can have it, without blanks.
func labelName(s string) string {
	s = strings.TrimPrefix(strings.ToValidUTF8(s, "\uFFFD"), fasttext.LabelPrefix)
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return unicode.IsSpace(r) || r == 0 }), "_")
}

// labelledTexts deals labelled documents to training and to what is held out.
type labelledTexts struct {
	program *program
	q       *qualityTraining
	preset  purify.ClassifierPreset
	trainer *fasttext.Trainer
	held    *heldOut

	files   []*labelledFile
	several bool // a document can have several labels
	lists   bool // one has a list of them
	names   []string
	number  map[string]int
	given   map[string]string // by name: the label as it stands in the input
	counts  []textCount

	empty, bad, unlabelled int
}

// labelledFile is a file with its column of labels.
type labelledFile struct {
	name   string
	source stage.Source
	column corpus.Column
}

// open finds the column in each file.
func (t *labelledTexts) open(ctx context.Context) (remove func(), err error) {
	var spooled []func()
	remove = func() {
		for _, f := range spooled {
			f()
		}
	}
	for _, file := range t.q.labelled {
		path, gone, err := t.program.local(file)
		if err != nil {
			return remove, err
		}
		spooled = append(spooled, gone)
		f, err := t.q.openLabelled(ctx, path)
		if err != nil {
			return remove, fmt.Errorf("%s: %w", file, err)
		}
		f.name = file
		t.files = append(t.files, f)
		t.several = t.several || f.column.Type == corpus.JSON
	}
	return remove, nil
}

func (q *qualityTraining) openLabelled(ctx context.Context, path string) (*labelledFile, error) {
	pattern, err := literal(path)
	if err != nil {
		return nil, err
	}
	h, err := head(ctx, path)
	if err != nil {
		return nil, err
	}
	env := stage.NewEnv()
	env.Name, env.RecordBytesMax = "labelled", recordBytesMax
	all := stage.Columns{Find: "auto"}
	def, settings := gather.JSONLDef, any(gather.JSONL{Paths: []string{pattern}, TextField: q.textColumn, Columns: all})
	if strings.HasSuffix(path, ".parquet") || bytes.HasPrefix(h, []byte("PAR1")) {
		def, settings = gather.ParquetDef, gather.Parquet{Paths: []string{pattern}, TextColumn: q.textColumn, Columns: all}
	}
	src, err := stage.Open[stage.ColumnSource](ctx, def, settings, env)
	if err != nil {
		return nil, withoutStage(err)
	}
	schema, err := inputSchema(ctx, src)
	if err != nil {
		return nil, err
	}
	n := slices.IndexFunc(schema, func(c corpus.Column) bool { return c.Name == q.labelColumn })
	if n < 0 {
		return nil, fmt.Errorf("--label-column: no column %q; known: %s", q.labelColumn, strings.Join(schema.Names(), ", "))
	}
	c := schema[n]
	if c.Type != corpus.String && c.Type != corpus.JSON && c.Type != corpus.Bool && !c.Type.Numeric() {
		return nil, fmt.Errorf("--label-column: %s is of type %s: want numbers, names or lists of names", c.Name, c.Type.Name())
	}
	return &labelledFile{source: src, column: c}, nil
}

// inputSchema are the columns of a document and those that its file has.
func inputSchema(ctx context.Context, src stage.ColumnSource) (corpus.Schema, error) {
	found, err := src.Columns(ctx)
	if err != nil {
		return nil, err
	}
	schema := corpus.PartSchema(nil, nil)
	at := 0
	for _, c := range found {
		if _, field := corpus.FieldType(c.Name); !field {
			schema = append(schema, corpus.InputColumn(corpus.Column{Name: c.Name, Type: c.Type}, at))
			at++
		}
	}
	return schema, nil
}

// read reads all files, as those of --positive are.
func (t *labelledTexts) read(ctx context.Context) error {
	for _, f := range t.files {
		for d, err := range stage.Documents(ctx, f.source) {
			var record *corpus.RecordError
			switch {
			case errors.As(err, &record):
				t.damaged(f.name, int(record.Record), record.Err)
			case err != nil:
				return fmt.Errorf("%s: %w", f.name, err)
			default:
				if err := t.add(f, d); err != nil {
					return fmt.Errorf("%s: %w", f.name, err)
				}
			}
			if err := ctx.Err(); err != nil {
				return err
			}
		}
	}
	if t.bad > t.q.errorsMax {
		return fmt.Errorf("%w; --errors-max %d trains without them", badDocuments(t.bad), t.bad)
	}
	return t.held.flush()
}

func (t *labelledTexts) damaged(file string, record int, err error) {
	t.bad++
	t.program.showBad(t.bad, fmt.Sprintf("%s#%d", file, record), err)
}

func (t *labelledTexts) add(f *labelledFile, d *corpus.Document) error {
	labels, err := labelsOf(f.column, d)
	if err != nil {
		t.damaged(f.name, int(d.Origin.Record), err)
		return nil
	}
	t.lists = t.lists || f.column.Type == corpus.JSON && strings.HasPrefix(f.column.Value(d).Str, "[")
	if labels == nil {
		t.unlabelled++
		return nil
	}
	text := t.preset.Prepare(d.Text)
	if strings.TrimSpace(text) == "" {
		t.empty++
		return nil
	}
	var numbers []int
	var names []string
	for _, label := range labels {
		n, err := t.label(label)
		if err != nil {
			return err
		}
		if !slices.Contains(numbers, n) {
			numbers, names = append(numbers, n), append(names, t.names[n])
		}
	}
	group := t.q.group(d.ID, text, d.URL)
	out := t.q.isHeldOut(group, 1)
	for _, n := range numbers {
		t.counts[n].Documents++
		t.counts[n].Bytes += int64(len(text))
		if out {
			t.counts[n].HeldOut++
		}
	}
	if out {
		return t.held.add(heldText{d.Text, numbers, group})
	}
	return t.trainer.Add(text, names...)
}

// label is the number of a label.
func (t *labelledTexts) label(given string) (int, error) {
	name := labelName(given)
	if name == "" {
		return 0, fmt.Errorf("%s: %q is no label", t.q.labelColumn, given)
	}
	if n, ok := t.number[name]; ok {
		if was := t.given[name]; was != given {
			return 0, fmt.Errorf("%s: %q and %q are one label to fastText, which has no blanks", t.q.labelColumn, was, given)
		}
		return n, nil
	}
	if len(t.names) == maxLabels {
		return 0, fmt.Errorf("%s: more than %d labels", t.q.labelColumn, maxLabels)
	}
	if len(t.q.order) > 0 && !slices.Contains(t.q.order, name) {
		return 0, fmt.Errorf("--order %s: it lacks the label %s", strings.Join(t.q.order, ","), name)
	}
	n := len(t.names)
	t.names, t.counts = append(t.names, name), append(t.counts, textCount{})
	t.number[name], t.given[name] = n, given
	return n, nil
}

// labelsOf reads a cell; nil is a document without a label, and an empty list is noLabels.
func labelsOf(c corpus.Column, d *corpus.Document) ([]string, error) {
	v := c.Value(d)
	switch {
	case v.Null:
		return nil, nil
	case c.Type == corpus.Float:
		return gradeOf(v.Float)
	case c.Type != corpus.String && c.Type != corpus.JSON:
		return []string{c.Type.Text(v)}, nil
	case c.Type == corpus.String:
		if strings.TrimSpace(v.Str) == "" {
			return nil, nil
		}
		return []string{v.Str}, nil
	}
	var x any
	if err := json.Unmarshal([]byte(v.Str), &x); err != nil {
		return nil, fmt.Errorf("%s: %w", c.Name, err)
	}
	list, ok := x.([]any)
	if !ok && x != nil {
		list = []any{x}
	}
	if ok && len(list) == 0 {
		return []string{noLabels}, nil
	}
	var labels []string
	for _, x := range list {
		switch x := x.(type) {
		case string:
			labels = append(labels, x)
		case float64:
			grade, err := gradeOf(x)
			if err != nil {
				return nil, err
			}
			labels = append(labels, grade...)
		default:
			return nil, fmt.Errorf("%s: %.40s is no list of labels", c.Name, v.Str)
		}
	}
	return labels, nil
}

// gradeOf rounds a grade to a whole number, halves up from zero.
func gradeOf(x float64) ([]string, error) {
	if math.Abs(x) > 1e9 || x != x {
		return nil, fmt.Errorf("%g is no grade", x)
	}
	return []string{strconv.FormatInt(int64(math.Round(x)), 10)}, nil
}

// scale puts the labels in order and says what number each stands for: those of --order from
// 0, or themselves where all are numbers. Nil is no scale, the order then that of the names.
func (t *labelledTexts) scale() (order []int, scale []float64, err error) {
	order = make([]int, len(t.names))
	numbers, all := make([]float64, len(t.names)), !t.several
	for i, name := range t.names {
		order[i] = i
		switch x, err := strconv.ParseFloat(name, 64); {
		case len(t.q.order) > 0:
			numbers[i] = float64(slices.Index(t.q.order, name))
		case err != nil || math.IsInf(x, 0) || x != x:
			all = false
		default:
			numbers[i] = x
		}
	}
	if !all {
		slices.SortFunc(order, func(a, b int) int { return strings.Compare(t.names[a], t.names[b]) })
		return order, nil, nil
	}
	if len(order) > maxGrades {
		return nil, nil, fmt.Errorf("%s: %d different grades: want at most %d", t.q.labelColumn, len(order), maxGrades)
	}
	slices.SortFunc(order, func(a, b int) int {
		if numbers[a] != numbers[b] {
			return int(math.Copysign(1, numbers[a]-numbers[b]))
		}
		return strings.Compare(t.names[a], t.names[b])
	})
	for i, n := range order {
		if scale = append(scale, numbers[n]); i > 0 && scale[i] == scale[i-1] {
			return nil, nil, fmt.Errorf("%s: %s and %s are one number", t.q.labelColumn, t.names[order[i-1]], t.names[n])
		}
	}
	return order, scale, nil
}

// trainLabels reads, trains, writes, and evaluates a model of labels.
func (p *program) trainLabels(ctx context.Context, q *qualityTraining) (err error) {
	preset, _ := purify.FindClassifierPreset(q.preset)
	texts := &labelledTexts{program: p, q: q, preset: preset, held: &heldOut{dir: q.TempDir}, number: map[string]int{}, given: map[string]string{}}
	remove, err := texts.open(ctx)
	defer remove()
	if err != nil {
		return err
	}
	if texts.several {
		switch {
		case q.lossGiven && q.Loss != fasttext.OneVsAll:
			return usageError{fmt.Errorf("--loss %s: %s has lists, and a model of several labels wants ova", q.loss, q.labelColumn)}
		case len(q.order) > 0 || q.good != "":
			return usageError{fmt.Errorf("--order and --good: %s has lists of labels, which are no scale", q.labelColumn)}
		}
		q.Loss = fasttext.OneVsAll
	}
	q.Progress = p.trainingProgress()
	if texts.trainer, err = fasttext.NewTrainer(q.Training); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, texts.trainer.Close(), texts.held.close()) }()
	if err := texts.read(ctx); err != nil {
		return err
	}
	r, err := texts.train(ctx)
	if err != nil {
		return err
	}
	debug.FreeOSMemory() // the file takes the place of its matrices
	if q.heldOut > 0 {
		if err := texts.evaluate(ctx, r); err != nil {
			return err
		}
	}
	if q.asJSON {
		return p.printTrained(r)
	}
	return r.print(p.stdout)
}

// train makes the model and writes it.
func (t *labelledTexts) train(ctx context.Context) (*labelledResult, error) {
	if t.several && !t.lists && len(t.names) > 0 { // a grade among names, or a name among grades, makes a column JSON
		return nil, fmt.Errorf("%s: its values are of several types and none is a list: want grades, names, or lists; there are %s",
			t.q.labelColumn, strings.Join(t.names[:min(len(t.names), 10)], ", "))
	}
	order, scale, err := t.scale()
	if err != nil {
		return nil, err
	}
	r := &labelledResult{Preset: t.q.preset, SplitBy: t.q.splitBy, Several: t.several, scale: scale, place: make([]int, len(order))}
	trained := 0
	for i, n := range order {
		r.place[n] = i
		r.Labels = append(r.Labels, labelCount{t.names[n], t.counts[n]})
		if t.counts[n].Documents > t.counts[n].HeldOut {
			trained++
		}
	}
	if trained < len(order) || trained < 2 {
		return nil, fmt.Errorf("%s: %d labels, %d of them on documents to train on: want two at least, and each of them", t.q.labelColumn, len(order), trained)
	}
	if r.good, err = t.goodClass(r); err != nil {
		return nil, err
	}
	start := time.Now()
	m, err := t.trainer.Train(ctx)
	if err != nil {
		return nil, err
	}
	r.Training = t.q.summary(t.trainer, m, time.Since(start))
	r.Training.Empty, r.Training.Damaged, r.Training.Unlabelled = t.empty, t.bad, t.unlabelled
	r.Model, err = writeModel(t.q.out, m)
	return r, err
}

// goodClass is the place of --good, or of the first class in the upper half of the scale; -1
// where there is no scale.
func (t *labelledTexts) goodClass(r *labelledResult) (int, error) {
	if r.scale == nil {
		if t.q.good != "" {
			return 0, usageError{fmt.Errorf("--good: the labels are no numbers: give --order too")}
		}
		return -1, nil
	}
	last := len(r.scale) - 1
	if t.q.good == "" {
		return slices.IndexFunc(r.scale, func(x float64) bool { return x-r.scale[0] >= r.scale[last]-x }), nil
	}
	n := slices.IndexFunc(r.Labels, func(l labelCount) bool { return l.Label == labelName(t.q.good) })
	if n < 1 {
		return 0, usageError{fmt.Errorf("--good %s: want one of the grades above the lowest: %s", t.q.good, strings.Join(r.names()[1:], " "))}
	}
	return n, nil
}
