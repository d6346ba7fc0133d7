package dom

// Mark is a place of inline structure. Marks are kept only where the page is to
// be written with its structure, and only these renderers read them: which
// blocks are found and kept does not depend on them.
type Mark struct {
	Piece int32 // pieces ahead of it
	At    int32 // where its tag begins
	Elem  int32 // element it is in
	Kind  uint8
}

// Kinds of marks.
const (
	MarkStrong uint8 = iota
	MarkStrongEnd
	MarkEm
	MarkEmEnd
	MarkCode
	MarkCodeEnd
	MarkLink // ends with the run of pieces in links
	MarkImage
	MarkRule
)
