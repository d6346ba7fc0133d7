package stage

import "github.com/corpusmill/corpusmill/corpus"

// Share is a part of the documents that reach a stage, by one of its values. It
// settles on a limit: the least value of the highest part, or the greatest value
// of the lowest.
type Share struct {
	// Column is the slot of the value, among the Measurer's columns.
	Column int
	// Ratio is the size of the part, 0 to 1, both excluded.
	Ratio float64
	// Highest takes the documents with the highest values, else the lowest.
	Highest bool
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
	// DecideAt is Decide with the settled limits, one for each share: NaN where no
	// document of the sample had a value.
	DecideAt(v *corpus.Values, limits []float64) corpus.Verdict
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
