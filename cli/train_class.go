package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/zeebo/xxh3"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/gather"
	"github.com/corpusmill/corpusmill/purify"
	"github.com/corpusmill/corpusmill/stage"
)

// classTraining is the flags of train class.
type classTraining struct {
	positive, negative, signals []string
	out, splitBy                string
	heldOut, threshold          float64
	seed                        uint64
	asJSON                      bool
}

// maxClassRows bounds the documents that are held while a model is fitted.
const maxClassRows = 5_000_000

func (p *program) trainClassCommand() *cobra.Command {
	var q classTraining
	c := &cobra.Command{
		Use:   "class --positive FILE --negative FILE --signal COLUMN --out MODEL",
		Short: "Fit a model of several signals on labels, for quality_class",
		Long: `Fits a logistic regression that tells wanted documents (--positive) from others
(--negative) by columns that stages stored: scores, values of rules, a genre. Its
file is for quality_class with by: model. Input is Parquet or JSON lines with
these columns, such as the parts of a run whose stages have annotate: true;
columns of text count by their words, and a missing value counts as such.

A share is held out, chosen by a hash of the ID or the host; what the model makes
of it is printed: AUC, and at --threshold precision, recall and agreement.
Documents are held in memory, 16 bytes for each signal, 5 million at most.`,
		Example: "  corpusmill train class --positive good/*.parquet --negative web/*.parquet \\\n    --signal chinese_grade_score --signal sig_rules_words --out class.json",
		Args:    cobra.NoArgs,
	}
	fl := c.Flags()
	fl.StringArrayVar(&q.positive, "positive", nil, "file of wanted documents (repeatable)")
	fl.StringArrayVar(&q.negative, "negative", nil, "file of other documents (repeatable)")
	fl.StringArrayVar(&q.signals, "signal", nil, "column that the model goes by (repeatable)")
	fl.StringVar(&q.out, "out", "", "model file to write, .json")
	fl.StringVar(&q.splitBy, "split-by", "id", "what is held out together: id, or host (a site, by url)")
	fl.Float64Var(&q.heldOut, "held-out", 0.2, "share of the documents that is held out, 0..0.9")
	fl.Float64Var(&q.threshold, "threshold", 0.5, "what this threshold does is printed")
	fl.Uint64Var(&q.seed, "seed", 1, "of the split")
	fl.BoolVar(&q.asJSON, "json", false, "print one JSON object")
	c.RunE = func(c *cobra.Command, _ []string) error {
		p.started = true
		if err := q.check(); err != nil {
			return usageError{err}
		}
		return p.trainClass(c.Context(), &q)
	}
	return c
}

// check refuses mistakes before any byte is read.
func (q *classTraining) check() error {
	switch {
	case len(q.positive) == 0 || len(q.negative) == 0:
		return errors.New("--positive and --negative: name at least one file each")
	case len(q.signals) == 0:
		return errors.New("--signal: name at least one column")
	case q.out == "":
		return errors.New("--out: name the model file to write")
	case q.splitBy != "id" && q.splitBy != "host":
		return fmt.Errorf("--split-by %s: want id or host", q.splitBy)
	case !(q.heldOut >= 0 && q.heldOut <= 0.9):
		return fmt.Errorf("--held-out %g: want 0 to 0.9", q.heldOut)
	case !(q.threshold >= 0 && q.threshold <= 1):
		return fmt.Errorf("--threshold %g: want 0 to 1", q.threshold)
	}
	return notInput("--out", q.out, q.positive, q.negative)
}

// labelled are the documents of both kinds.
type labelled struct {
	q           *classTraining
	columns     []purify.ClassColumn
	train, held []purify.ClassRow
}

// classResult is what is printed.
type classResult struct {
	Model     string            `json:"model"`
	SHA256    string            `json:"sha256"`
	Wanted    int               `json:"wanted"`
	Others    int               `json:"others"`
	HeldOut   int               `json:"held_out"`
	AUC       float64           `json:"auc,omitempty"`
	Agreement float64           `json:"agreement,omitempty"` // share of the held out that the threshold puts on their own side
	At        *purify.Operating `json:"at,omitempty"`
}

func (p *program) trainClass(ctx context.Context, q *classTraining) error {
	l := &labelled{q: q}
	for _, side := range []struct {
		files  []string
		wanted bool
	}{{q.positive, true}, {q.negative, false}} {
		if err := l.read(ctx, side.files, side.wanted); err != nil {
			return err
		}
	}
	m, err := purify.TrainClassModel(l.columns, l.train)
	if err != nil {
		return err
	}
	b, err := m.MarshalFile()
	if err == nil {
		err = writeWhole(q.out, func(w io.Writer) error { _, err := w.Write(b); return err })
	}
	if err != nil {
		return err
	}
	if m, err = purify.ParseClassModel(b); err != nil {
		return err
	}
	r := classResult{Model: q.out, SHA256: m.Digest(), HeldOut: len(l.held)}
	for _, row := range slices.Concat(l.train, l.held) {
		if row.Wanted {
			r.Wanted++
		} else {
			r.Others++
		}
	}
	q.evaluate(m, l.held, &r)
	if q.asJSON {
		return json.NewEncoder(p.stdout).Encode(r)
	}
	fmt.Fprintf(p.stdout, "model       %s, sha256 %s\ndocuments   %d wanted, %d others, %d of them held out (by %s)\n", r.Model, r.SHA256, r.Wanted, r.Others, r.HeldOut, q.splitBy)
	if r.At != nil {
		fmt.Fprintf(p.stdout, "AUC         %.4f\nat %-8.4g precision %.4f, recall %.4f, agreement %.4f\n", r.AUC, q.threshold, r.At.Precision, r.At.Recall, r.Agreement)
	}
	fmt.Fprintf(p.stdout, "\n  - quality_class: { by: model, model: %s, classes: { high: { min_score: %g }, low: rest } }\n", q.out, q.threshold)
	return nil
}

// evaluate looks at what was held out.
func (q *classTraining) evaluate(m *purify.ClassModel, held []purify.ClassRow, r *classResult) {
	var docs []purify.Scored
	same := 0
	for _, row := range held {
		d := purify.Scored{Score: m.ScoreRow(row), Wanted: row.Wanted}
		if d.Score == d.Score && (d.Score >= q.threshold) == d.Wanted {
			same++
		}
		docs = append(docs, d)
	}
	if e, ok := purify.Evaluate(docs); ok {
		at := e.At(q.threshold)
		r.AUC, r.At, r.Agreement = e.AUC, &at, float64(same)/float64(len(held))
	}
}

// read takes the documents of some files.
func (l *labelled) read(ctx context.Context, files []string, wanted bool) error {
	for _, file := range files {
		if err := l.file(ctx, file, wanted); err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
	}
	return nil
}

func (l *labelled) file(ctx context.Context, file string, wanted bool) error {
	all := stage.Columns{Find: "auto"}
	def, settings := gather.JSONLDef, any(gather.JSONL{Paths: []string{file}, Columns: all})
	if strings.HasSuffix(file, ".parquet") {
		def, settings = gather.ParquetDef, gather.Parquet{Paths: []string{file}, Columns: all}
	}
	src, err := stage.Open[stage.ColumnSource](ctx, def, settings, stage.NewEnv())
	if err != nil {
		return withoutStage(err)
	}
	schema, err := inputSchema(ctx, src)
	if err != nil {
		return err
	}
	columns, err := l.find(schema)
	if err != nil {
		return err
	}
	for d, err := range stage.Documents(ctx, src) {
		if err != nil {
			return err
		}
		if len(l.train)+len(l.held) == maxClassRows {
			return fmt.Errorf("more than %d documents", maxClassRows)
		}
		row := rowOf(d, columns)
		row.Wanted = wanted
		if l.holdsOut(d) {
			l.held = append(l.held, row)
		} else {
			l.train = append(l.train, row)
		}
	}
	return nil
}

// find finds the signals among the columns of a file; they are of one kind in all files.
func (l *labelled) find(schema corpus.Schema) ([]corpus.Column, error) {
	var list []corpus.Column
	for i, name := range l.q.signals {
		n := slices.IndexFunc(schema, func(c corpus.Column) bool { return c.Name == name || strings.TrimPrefix(c.Name, "sig_") == name })
		if n < 0 {
			return nil, fmt.Errorf("no column %q; known: %s", name, strings.Join(schema.Names(), ", "))
		}
		c := schema[n]
		text := c.Type == corpus.String
		if !text && c.Type != corpus.Float && c.Type != corpus.Int && c.Type != corpus.Bool {
			return nil, fmt.Errorf("column %s is of type %s: want numbers or words", c.Name, c.Type.Name())
		}
		if i == len(l.columns) {
			l.columns = append(l.columns, purify.ClassColumn{Name: c.Name, Text: text})
		}
		if l.columns[i].Text != text {
			return nil, fmt.Errorf("column %s holds words in one file and numbers in another", c.Name)
		}
		list = append(list, c)
	}
	return list, nil
}

func rowOf(d *corpus.Document, columns []corpus.Column) purify.ClassRow {
	row := purify.ClassRow{Numbers: make([]float64, len(columns)), Words: make([]string, len(columns))}
	for i, c := range columns {
		v := c.Value(d)
		row.Numbers[i] = math.NaN()
		switch {
		case v.Null:
		case c.Type == corpus.String:
			row.Words[i] = v.Str
		case c.Type == corpus.Float:
			row.Numbers[i] = v.Float
		default:
			row.Numbers[i] = float64(v.Int)
		}
	}
	return row
}

// holdsOut decides by a hash, so that documents of one ID, or of one host, are on the same
// side.
func (l *labelled) holdsOut(d *corpus.Document) bool {
	by := d.ID
	if host := d.Host(); l.q.splitBy == "host" && host != "" {
		by = strings.TrimPrefix(host, "www.")
	}
	return float64(xxh3.HashStringSeed(by, l.q.seed)>>11)/(1<<53) < l.q.heldOut
}
