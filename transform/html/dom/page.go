// Package dom is a page as the steps of an extraction hand it on: flat arrays of
// elements, pieces of text and blocks, which lie in document order.
package dom

import (
	"github.com/corpusmill/corpusmill/transform/html/metadata"
	"github.com/corpusmill/corpusmill/transform/html/token"
)

// Limits and marks of a page's arrays.
const (
	MaxDepth = 400 // open elements; deeper ones are flattened into their parent
	NoElem   = -1  // no element
)

// Context of an element: the kinds of containers it stands in (inherited) and
// its own visibility.
const (
	InNav uint32 = 1 << iota
	InHeader
	InFooter
	InAside
	InMain
	InArticle
	InSection
	InForm
	InFigure
	InTable
	InList
	InDetails
	InDialog
	InHidden
	InAriaHidden
	InButton
	InHeading
	InPre
	InQuote
	InDL
	InDead
	InNoscript
	InCell
	InLabel
	InComment
	InReplies  // by its class; inComment serves the option
	InUnseen   // by its class or id: for screen readers
	InPost     // text of a post, by the markup of a forum's software
	InPosting  // the same, by a name in general use
	PostAside  // in a post, and not its author's words
	Elsewhere  // by a name: in what recommends other pages
	PostNotice // of a forum's software: who wrote a post, its ratings, notes to all readers
)

// Element is one element of the page. Elements lie in document order, so that a
// parent stands before its children.
type Element struct {
	Parent int32
	Tag    token.Tag
	Own    int8   // class and id score of this element
	Lists  uint8  // list nesting
	Apart  bool   // an inline element that its style makes a block
	Loose  bool   // see looseTag
	Depth  uint16 // open elements above it
	Ctx    uint32
	Sig    uint32 // hash of tag and class
	MinUp  int16  // lowest class score from here to the root
	MaxUp  int16
	SumUp  int16
	Far    uint16 // levels from the root chain, 0 inside the root
	Off    uint16 // the same from the root of what the first stage holds for content
	Blocks int32
	Wider  int32   // the nearest ancestor with more blocks, 0 = the root
	Text   float32 // weighed letters below it
	Link   float32
	Good   float32 // letters of long blocks with few links
	Punct  float32
	Prob   float32 // sum of first-stage score times letters
	Sure   float32 // words of long text without doubt
	Twins  int32   // children with the signature of their previous sibling
	Path   uint32  // hash of tags and classes from the root
	Tags   uint32  // hash of tags from the root
	Prev   int32   // block-level sibling before, 0 = none
	Next   int32   // and behind
	At     int32   // where its start tag begins
	Cards  cards
}

// Piece is a run of the page's bytes inside a text block.
type Piece struct {
	Start, Stop int32
	Kind        uint8
	Line        bool // begins a line of its own
}

// Kinds of pieces.
const (
	PieceText    uint8 = iota
	PieceLink          // text in an <a href>
	PieceBreak         // a line break
	PieceTeX           // a formula, set between dollar signs
	PieceDisplay       // a formula on a line of its own, between two of them each
	PieceGap           // a space that the page leaves to its style sheet
)

// Block is one run of inline text between block-level tags.
type Block struct {
	Elem     int32 // innermost element that holds the whole text
	Holder   int32 // nearest block-level element
	P0, P1   int32 // pieces
	Words    int32
	LinkW    int32 // words in links
	Weight   float32
	Link     float32
	Stops    int32
	Commas   int32
	Digits   int32
	Uppers   int32
	Breaks   int32
	TextNeg  float32
	TextSum  float32
	Shape    uint64  // hash of its words, digits all alike
	Hash     uint64  // hash of its text
	Group    int32   // blocks at the same place of a repeated structure
	Kin      int32   // the same, seen less strictly
	Head     int32   // the heading before, -1 = none
	Money    int32   // currency signs
	Under    float32 // letters below this heading
	UnderHit float32
	Mark     int32 // one behind the last short block before that heads related pages, 0 = none
	After    int32 // one behind the last one before that ends an article, 0 = none
	Line     Line  // what a phrase in it says that it is
	Descr    int32 // runs of three words that the page's descriptions hold
	Body     int32 // the same of the body in its metadata
	Twin     int32 // one behind the first block with this text, where that is repeatWords long; 0 = none
	Seen     uint8 // 1: a text of the same shape occurs before, 2: later too
	Pre      bool
	Within   bool // a link in it leads to a place of the same page
	EndStop  bool
	Counted  bool    // ends with a number in parentheses
	Address  Address // of its last link
	Keep     bool
	Lowered  Rule    // the rule that lowered its score, 0 = none
	Rule     Rule    // what decided about keep
	First    float32 // score of the first stage
	Until    float32 // letters to the next block that scored high
	Score    float32
}

// cards are counts of what teasers and controls are made of, for an element and all
// below it: a card of a list has an image, a price, a heading and a link to a page
// with a long name; a filter has boxes to tick and links that carry a question.
type cards struct {
	Images, Inputs, Links, Slugs, Heads, Money int32
}

func (c *cards) Add(o *cards) {
	c.Images += o.Images
	c.Inputs += o.Inputs
	c.Links += o.Links
	c.Slugs += o.Slugs
	c.Heads += o.Heads
	c.Money += o.Money
}

// Line is what a short text of Han characters is by a phrase in it.
type Line uint8

// Kinds of lines.
const (
	LineNone    Line = iota
	LineRelated      // heads a list of other pages
	LineOrigin       // names editor, source or time
	LineRights       // names rights
	LineTool         // shares, scans, loads, leads on
	LineOffer        // follows, advertises, unfolds
	LineReplies      // heads or asks for comments
)

// Address is the shape of a link's address.
type Address struct {
	Dashes uint8 // in the last part of its path that has any
	Depth  uint8 // parts of its path
	Query  bool
}

// Symbols is a block without a letter or digit. It takes no part in the scoring: what
// stands around it decides.
type Symbols struct {
	Block Block
	Next  int32 // block behind it
}

// Page is a parsed page: elements, pieces of text, blocks and what the head says. Each
// step of an extraction adds to it: parse makes it, score measures and scores the
// blocks, choose decides which stay, render writes them.
type Page struct {
	HTML    string
	Elems   []Element
	Pieces  []Piece
	Blocks  []Block
	Marks   []Mark    // of inline structure; only where the parser is asked for it
	Symbols []Symbols // blocks without a letter or digit
	Head    metadata.Head
	Times   int      // <time> elements
	Posts   int      // texts of posts by the markup of a forum's software
	Posting int      // the same by names in general use
	Secrets int      // fields for a password
	State   string   // the longest script that holds the state of the page
	Island  string   // the longest script of JSON that has no name of a state's
	Stated  bool     // the page was made of such a script's text
	Names   []string // class and id of each element; only where the parser is asked for it
}

// slugDashes are the dashes from which an address names one page.
const slugDashes = 2

// Slug reports the address of one page: its name has several words.
func (a Address) Slug() bool { return a.Dashes >= slugDashes }
