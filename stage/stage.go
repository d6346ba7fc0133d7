// Package stage holds the contracts between the families of stages and the engine,
// and what makes a stage of a plain struct: its definition and its world.
//
// A stage is a struct whose exported fields are its settings. It is usable
// alone, without an engine:
//
//	verdict := purify.GopherQuality{}.Keep(doc)
package stage

import (
	"context"
	"iter"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/store"
)

// Measurer measures a document and never edits it.
//
// Measure must set every value, the ones that a Decider would not look at too:
// stored signals are replayed later under other limits. It may be called
// concurrently on different documents.
type Measurer interface {
	// Columns declares the values, in the order of their slots.
	Columns() []corpus.Column
	Measure(*corpus.Document, *corpus.Values) error
}

// Scorer is a Measurer that is much faster on many documents at once: a model on a
// server. The engine collects those of a batch that reach it, and asks about them while
// its workers go on with other batches.
//
// What it answers is written into the run folder before it is used, and is an input from
// then on: a server need not say the same twice.
type Scorer interface {
	Measurer
	// Score measures every document. It is called by several goroutines at once, and gets
	// the stage itself, never a fork. An error fails the task, not the documents: a server
	// that is away can be back for the next run.
	Score(ctx context.Context, docs []*corpus.Document, values []*corpus.Values) error
}

// Remote is a stage that waits for others to do its work, and says how it wants to be
// asked: a call is a request. A Scorer that is none is asked about all documents of a
// batch in one call, with as many calls under way as there are workers.
type Remote interface {
	// RequestDocuments is the most documents of a call, 1 at least.
	RequestDocuments() int
	// Requests is the most calls under way at once in a process, 1 at least. It must not
	// change what is answered.
	Requests() int
}

// Decider turns measured values into a verdict. It is pure: limits live here,
// and equal values give equal verdicts.
type Decider interface {
	Decide(*corpus.Values) corpus.Verdict
}

// Keeper is the one-call form of a Measurer that decides: Decide of what Measure says,
// which may stop at the first limit.
type Keeper interface {
	Keep(*corpus.Document) corpus.Verdict
}

// Editor may change a document and may reject it.
type Editor interface {
	Apply(*corpus.Document) (corpus.Verdict, error)
}

// Splitter replaces a document by any number of documents, in order. The engine
// gives the pieces their IDs and lineage.
type Splitter interface {
	Split(*corpus.Document, func(*corpus.Document)) error
}

// CellSplitter is a Splitter whose pieces have columns that the documents lack. Each is
// called by the stage's name, a low line and its own: qa_extract_messages.
type CellSplitter interface {
	Splitter
	// Cells declares the columns, in the order of their cells; none adds nothing.
	Cells() []corpus.Column
	// SplitCells is Split that also gives the cells of each piece, none for those of null.
	SplitCells(d *corpus.Document, emit func(piece *corpus.Document, cells []corpus.Value)) error
}

// Forker is a stage with private state that must not be shared: every worker
// works on a copy of its own. Plain concurrent calls on the original stay safe.
type Forker interface {
	Fork() any
}

// Validator checks settings that hold their defaults; a definition calls it, and
// nothing else has to. The error speaks the user's words: the key, its value, what
// would be right.
type Validator interface {
	Validate() error
}

// Placer is the settings of a sink that writes to a folder. Before it opens the sink the
// engine names the run's own folder for these files, which counts where the settings
// name none; so what a pipeline says of a sink never holds the place of one run.
type Placer interface {
	// DefaultDir is given the folder or location, such as s3://bucket/run/parts.
	DefaultDir(dir string)
}

// Digester is a stage that loads models or lists; the digest of what it loaded
// becomes part of the task key.
type Digester interface {
	Digest() string
}

// Judger is a [Generator] that judges by something that it loaded: the digest becomes part of
// the task key, and not of that of its answers.
type Judger interface{ JudgeDigest() string }

// ColumnReader is a stage that says which columns of a document it reads; one that is
// none reads all of them. What a stage does may hang on nothing else. The columns are
// part of its key, and a pipeline in which nothing sets one before the stage is refused.
//
// Columns are those of the parts (corpus.PartSchema), and raw, media and charset.
//
// A sink that is one writes files of a form of its own, without columns: it takes what it
// reads from the documents, so that there is nothing to rename and to drop.
type ColumnReader interface {
	// Reads lists them; none is a list too.
	Reads() []string
}

// ColumnWriter is a source or stage that says which columns of a document it may set or
// change; a source, Editor or Splitter that does not say may change all of them. What
// measures or compares documents changes none.
type ColumnWriter interface{ Writes() []string }

// Vocabulary is a stage that knows the values that a column which it sets can take.
type Vocabulary interface {
	// Values lists them; nil is not known.
	Values(column string) []string
}

// Lister is a stage that can name every rule it may give in a verdict.
type Lister interface {
	Rules() []string
}

// Key is a grouping key: documents or units with equal keys meet in one group.
// A narrow key (Grouper.KeyBytes 8) uses Hi alone.
type Key struct{ Hi, Lo uint64 }

// Unit is a member of a group: a document, or one of its lines or windows.
type Unit struct {
	Doc  uint64 // number of the document within the cut; not stable between runs
	Part uint32 // line or window, 0 for the whole document
}

// Keyer emits the grouping keys of a document: hashes, bands of a signature.
type Keyer interface {
	// KeyBytes is the width of the keys: 16, or 8 for keys whose Lo is unused.
	KeyBytes() int
	// Keys emits every key of the document with the part it belongs to, 0 being
	// the whole document. A document without keys is never a duplicate.
	Keys(doc *corpus.Document, emit func(key Key, part uint32)) error
}

// Sketcher is a Keyer that leaves a fixed-size sketch of each document, by which
// a Linker can verify candidates.
type Sketcher interface {
	// SketchBytes is the size of every sketch; 0 keeps none.
	SketchBytes() int
	// Sketch appends the sketch of the document last given to Keys.
	Sketch(dst []byte) []byte
}

// Group is one group of units that share a key. Units come in an order that
// depends on the documents alone, not on where they were read.
type Group struct {
	Key   Key
	Units iter.Seq[Unit]
	// Sketch returns the sketch of the unit's document, to be read only.
	Sketch func(Unit) ([]byte, error)
}

// Star links every unit of the group to its first.
func (g Group) Star(edge func(a, b Unit)) {
	first, have := Unit{}, false
	for u := range g.Units {
		if !have {
			first, have = u, true
			continue
		}
		edge(first, u)
	}
}

// Linker turns a group into edges between duplicates. Without one, every unit of
// a group is linked to its first.
type Linker interface {
	Link(g Group, edge func(a, b Unit)) error
}

// Grouper is a stage that works across documents: it cuts the run in two.
type Grouper interface {
	Keyer
	// Survivor says which document of a cluster stays.
	Survivor() Keep
}

// Dropper is a Grouper that says itself why a document of a cluster goes. Without it the
// value is the size of the cluster, and the detail is the ID of its survivor.
type Dropper interface {
	// Dropped is the verdict on a document of a cluster of that size.
	Dropped(d *corpus.Document, size int64) corpus.Verdict
}

// Source yields the documents of its shards.
type Source interface {
	// Shards lists the input sorted by name. Listing twice without a change of
	// the input gives the same shards.
	Shards(ctx context.Context) ([]corpus.Shard, error)
	// Read streams one shard in order into the feed. An error of one record goes
	// to Feed.Quarantine and reading goes on; a returned error fails the task.
	Read(ctx context.Context, shard corpus.Shard, feed Feed) error
}

// Cutter is a source whose shards several tasks can read, each a range of the bytes.
// Read of a shard with a range gives the records that begin in it, numbered as in the
// whole shard; what it tells of the shard as such, it tells with the first range.
type Cutter interface {
	Source
	// Cuts reports whether it does.
	Cuts() bool
}

// Matcher is a source of files that can say whether it would read one. A pipeline whose
// source would read what its own sinks or its run folder hold is refused.
type Matcher interface {
	// Matches is asked of files that need not exist, by their place (store.Schemes.Place).
	Matches(place string) bool
}

// Resumer is a source whose shards several tasks can read one after the other, each a
// range of the bytes: where a range begins, the task before it knows.
type Resumer interface {
	Source
	// ReadFrom reads a shard from begin on, the place that the range before ended at, the
	// zero place for the first. It stops at the first place at the end of its range or
	// behind where reading can go on, and returns that; at the end of the shard a place at
	// its size. Where begin is behind the range it reads nothing and returns begin. Without
	// a range (To is 0) it reads to the end. All ranges together give what Read gives, and
	// the places hang on the shard alone.
	ReadFrom(ctx context.Context, shard corpus.Shard, begin corpus.Place, feed Feed) (corpus.Place, error)
}

// Feed takes what a source reads. Every record of the input is exactly one of
// documents, skipped, or quarantined.
type Feed interface {
	// Document takes over the document. An error means: stop reading, return it.
	Document(*corpus.Document) error
	// Skip counts a record that is none of the pipeline's business, by reason.
	Skip(reason string)
	// Quarantine counts and files a record that could not be read.
	Quarantine(*corpus.RecordError)
	// Note counts records that were read although something of them is lost: a body
	// that was cut, a column that nobody asked for. The reasons are few.
	Note(reason string, records int64)
	// Large is called before more than LargeBytes of one record are held, and of what
	// may become one. It waits until no other document is under way, and none will be
	// before the record is. The record's own call follows, Document, Skip or Quarantine.
	Large() error
}

// LargeBytes is what a source may hold of a record without a word: one that is larger is
// read and worked on alone.
const LargeBytes = 4 << 20

// Watcher is a Feed that watches how its shard is read: it notices that the shard is no
// longer what was listed, and remembers what it held. A source whose shards are objects
// of a store, each with its name, size and stamp there, reads them through Watch, if its
// feed has it.
type Watcher interface {
	Feed
	// Watch is the store through which the shard is to be read. Every reader is to be closed
	// before Read returns.
	Watch(store.Store) store.Store
}

// Sink writes parts.
type Sink interface {
	// Create starts the part of that name (without extension).
	Create(ctx context.Context, name string, schema corpus.Schema) (Writer, error)
	// Has reports whether a committed part is still there, with its size.
	Has(ctx context.Context, part Part) (bool, error)
	// Remove deletes a part that an earlier run left behind.
	Remove(ctx context.Context, file string) error
	// PartBytes is the text size at which a part is closed.
	PartBytes() int64
}

// Placed is a sink whose parts are files in a folder. The engine marks the folder with
// the run that it belongs to, so that no other run writes there unasked.
type Placed interface {
	Sink
	// Place is the folder.
	Place() store.Store
	// Names are the files that the part of that name will have.
	Names(name string) []string
}

// Writer writes one part. Nothing is visible before Commit, which is the one
// durable act.
type Writer interface {
	// Write appends documents in order; it keeps nothing of them.
	Write([]*corpus.Document) error
	Commit(context.Context) (Part, error)
	// Abort drops what was written; after Commit it does nothing.
	Abort() error
}

// Part is a committed output file.
type Part struct {
	File   string `json:"file"` // name below the sink's folder
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
	Rows   int64  `json:"rows"`
	// Sink is the name of the sink that it is of, "" where the pipeline has one without.
	Sink string `json:"sink,omitempty"`
	// Companions are the files that belong to this one, such as its index. They have
	// no rows and no companions; Sink.Remove of the part removes them too.
	Companions []Part `json:"companions,omitempty"`
}

// Holder is a stage, source or sink that holds memory beside the document at hand:
// models, tables, instances of an engine, caches and scratch of each worker, buffers of
// open files. A plan whose sum exceeds the budget is refused.
type Holder interface {
	// HoldsBytes is the most that it holds with so many workers, of what it loaded:
	// with 0 what all share. Each worker has a fork of a stage, and reads a file or
	// writes a part at a time.
	HoldsBytes(workers int) int64
}

// Taker is a stage that takes memory for the document at hand in proportion to it: views
// of words, tables of their repetitions, the tree of a page. A document that needs more
// than there is stops a run; nothing hangs on it otherwise.
type Taker interface {
	// TakesBytes is the most that it takes beside the document, whose text has no more
	// than so many words.
	TakesBytes(d *corpus.Document, words int64) int64
}

// ResponseReader is a stage that looks at pages as they were fetched, the header of the
// response among it. Nothing before it may take the raw bytes of a document.
type ResponseReader interface {
	// Fields are the header fields that it reads, in lower case; sources that know them set
	// them in Document.Header. One that begins with MetadataField is not of the header, but
	// of the record that the crawler wrote of the fetch.
	Fields() []string
}

// MetadataField begins the name of a field that is of a WARC metadata record. A header has
// no such name.
const MetadataField = "metadata/"

// ResponseSource is a source that can set header fields of responses.
type ResponseSource interface {
	Source
	// Carry says which fields the documents are to have, before anything is read.
	Carry(fields []string)
}

// Checkpoint is a stage that changes no document: what stands before it is stored whole,
// so that a change behind it does not repeat what is before. Behind a grouping stage it
// may move the borders of part groups, which go by the text before the last section.
//
// Without it a run stores documents where they are grouped alone. With a checkpoint
// behind html_text, rules can be tuned without extracting a page again, at the price of
// the texts on disk.
type Checkpoint struct{}

// CheckpointDef defines the stage checkpoint.
var CheckpointDef = Define[Checkpoint]("checkpoint", 1)

// Reads says that it looks at no column.
func (*Checkpoint) Reads() []string { return []string{} }
