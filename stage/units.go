package stage

import "github.com/corpusmill/corpusmill/corpus"

// Spanner is a Grouper that compares stretches of text: lines, paragraphs, windows. Its
// Keys give each the number of its part. There are no clusters of these: of every group
// the engine elects the unit that stays, by the rule of Survivor, then by the hash of
// source and ID, then by the part, and cuts the others out of the texts of their
// documents. Of a document, Survivor's column is a value of the whole.
type Spanner interface {
	Grouper
	// Spans emits the bytes [from, to) of every part of a text, those without a key too,
	// in ascending order of the parts and of from; they may overlap. Equal texts have
	// equal spans: it is called again, on the text that Keys was given, when something
	// is cut out of it.
	Spans(text string, emit func(part uint32, from, to int))
	// Quorum is how many documents must have a unit before any copy of it is cut. Below 2
	// a document that has it twice is enough.
	Quorum() int
	// Left says whether a document stays of whose text something was cut; text is what is
	// left. It is not asked where that is white space: such a document never stays, and
	// its rule is the first of Lister.
	Left(text string, c Cut) corpus.Verdict
}

// Cut is how much of a text was cut.
type Cut struct {
	Units, UnitsCut int // parts, and those of them that were cut
	Bytes, BytesCut int // of the text as it was, and those of them that were cut
}

// Verifier is a Grouper that looks at what its candidates are made of. Units whose keys
// are equal are duplicates only if Same says so, and so are documents that it has linked.
//
// The documents of each segment that have candidates are read once, in order. What Same
// goes by travels to the other candidates, so it should be short.
type Verifier interface {
	// Verifies reports whether it does so, with the settings that it has.
	Verifies() bool
	// Evidence appends to dst what Same must know of a unit of the document: text is its
	// span, or the whole text.
	Evidence(dst []byte, doc *corpus.Document, text string) ([]byte, error)
	// Same reports whether two candidates are duplicates, by what Evidence gave. Of units
	// it should be an equivalence: one is compared to the first of those that are the same.
	Same(a, b []byte) bool
}
