package stage

import (
	"fmt"
	"strings"

	"github.com/corpusmill/corpusmill/config"
	"github.com/corpusmill/corpusmill/corpus"
)

// Share is a part of the documents that reach a stage, by one of its values. It
// settles on a limit: the least value of the highest part, or the greatest value
// of the lowest.
type Share struct {
	// Column is the slot of the value, among the Measurer's columns; Derived is the value
	// of a Deriver.
	Column int
	// Ratio is the size of the part, 0 to 1, both excluded.
	Ratio float64
	// Highest takes the documents with the highest values, else the lowest.
	Highest bool
	// Parts settles a table in place of one limit, if it is more than 1: the Parts-1
	// values, lowest first, that cut the documents into so many equal parts. Ratio and
	// Highest do not count then.
	Parts int
	// Weighted cuts parts of equal weight in place of equal numbers of documents: each counts
	// by the value of the column behind Column, a whole number. It goes with Parts alone.
	Weighted bool
	// Why says for people where the number comes from: the setting, or a default.
	Why string
}

// Derived is the column of a share that is one of a Deriver's value.
const Derived = -1

// Limits is how many limits the share settles on.
func (s Share) Limits() int { return max(1, s.Parts-1) }

// CountLimits is how many limits the shares settle on together.
func CountLimits(shares []Share) (n int) {
	for _, s := range shares {
		n += s.Limits()
	}
	return n
}

// Calibrator is a Measurer some of whose limits are shares of the documents that
// reach it, such as the best 10 % by score. The engine settles them before the
// pass, on a sample that depends on the input and the seed alone; with `per`, for
// every language or source by itself. Documents without the value (NaN) do not
// count.
type Calibrator interface {
	Measurer
	// Shares lists them; none means that there is nothing to settle.
	Shares() []Share
	// DecideAt is Decide with the settled limits, those of each share behind those of the
	// one before: NaN where no document of the sample had a value.
	DecideAt(v *corpus.Values, limits []float64) corpus.Verdict
}

// Deriver is a Calibrator with a value that follows from its limits, such as the mean of
// the ranks that values have in settled tables. Its shares of [Derived] are settled last,
// on the same sample.
type Deriver interface {
	Calibrator
	// Derive returns the value; NaN is none, and math.MaxFloat64 that of a document which no
	// limit keeps. The limits are those of DecideAt, where those of shares of Derived are NaN.
	Derive(v *corpus.Values, limits []float64) float64
}

// Grader is a Calibrator that adds columns to the documents, which follow from its limits:
// a class. They are called as those of an [Attacher].
type Grader interface {
	Calibrator
	// Cells declares the columns, in the order of their cells.
	Cells() []corpus.Column
	// Grade is DecideAt, or without limits Decide, that also sets the cells, which are null
	// when it is called.
	Grade(v *corpus.Values, limits []float64, cells []corpus.Value) corpus.Verdict
}

// Fitter is a Calibrator with a share that can follow from a token budget.
type Fitter interface {
	Calibrator
	// Fit turns that share on and returns which of Shares it is; its Ratio does not count.
	// It is called before Shares is. An error says what of the settings is at odds with it.
	Fit() (share int, err error)
}

// ColumnFinder is a stage that goes by columns which its settings name: fields of a
// document, columns of the input, and those that stages before it store or add.
type ColumnFinder interface {
	// FindColumns finds the columns among those that documents have where they come to the stage,
	// before it is asked for anything else. What it reads it says as ColumnReader. An error
	// names a column that is not there, or not of a kind that it can use.
	FindColumns(columns corpus.Schema) error
}

// FindColumn finds a column by its name, of a stored value without its sig_ too. The error of
// one that is not there says which are.
func FindColumn(columns corpus.Schema, name string) (corpus.Column, error) {
	for _, c := range columns {
		if c.Name == name || strings.TrimPrefix(c.Name, "sig_") == name {
			return c, nil
		}
	}
	known := columns.Names()
	for _, n := range columns.Names() {
		known = append(known, strings.TrimPrefix(n, "sig_"))
	}
	if near := config.Nearest(name, known); near != "" {
		return corpus.Column{}, fmt.Errorf("no column %q is there before the stage; did you mean %q? (annotate: true on a stage stores its values)", name, near)
	}
	return corpus.Column{}, fmt.Errorf("no column %q is there before the stage (annotate: true on a stage stores its values); known: %s",
		name, strings.Join(columns.Names(), ", "))
}

// Attacher is an Editor that adds columns of any type to the documents. Each is called by
// the stage's name, a low line and its own: consent_license.
type Attacher interface {
	// Cells declares the columns, in the order of their cells; none adds nothing.
	Cells() []corpus.Column
	// Attach is Apply that also sets the cells, which are null when it is called.
	Attach(d *corpus.Document, cells []corpus.Value) (corpus.Verdict, error)
}

// Recorder is an Editor whose values are stored without `annotate`, each in a
// column of its own: counts by several tokenizers, shares of languages.
type Recorder interface {
	// Columns declares the values, in the order of their slots; none stores nothing.
	Columns() []corpus.Column
	// Record is Apply that also sets every value.
	Record(*corpus.Document, *corpus.Values) (corpus.Verdict, error)
}
