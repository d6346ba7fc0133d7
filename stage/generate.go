package stage

import (
	"context"
	"errors"

	"github.com/corpusmill/corpusmill/corpus"
)

// Generator is a stage that has others, a model on a server, make documents of documents.
// The engine asks it about those of a batch that reach it, each once, while its workers go
// on with other batches. What was answered about a document is written into the run folder
// before it is used, and is an input from then on.
//
// A Generator that is a [Remote] says how many documents may be under way at once.
type Generator interface {
	// Cells declares the columns that made documents have, in the order of their cells. Each
	// is called by the stage's name, a low line and its own: rephrase_model. Other documents
	// have null there.
	Cells() []corpus.Column
	// Generate asks about a document and returns what is to be kept of the answers. It is
	// called by several goroutines at once, and gets the stage itself, never a fork. An error
	// fails the task and not the document; what was answered about others is kept. An error
	// that wraps ErrWaiting says that the answer comes later.
	Generate(ctx context.Context, d *corpus.Document) (Reply, error)
	// Make makes documents of what Generate returned, then or in an earlier run. It is pure:
	// limits live here. A document that it does not emit itself ends here.
	Make(d *corpus.Document, reply []byte, emit func(Made)) error
}

// Reply is what was answered about a document.
type Reply struct {
	// Data is for Make, at most 16 MiB.
	Data []byte
	// Spent is what it cost.
	Spent Spending
}

// ReplyBytesMax bounds Reply.Data.
const ReplyBytesMax = 16 << 20

// Spending is what answers cost.
type Spending struct {
	Requests         int64 `json:"requests"`
	PromptTokens     int64 `json:"prompt_tokens"`
	CompletionTokens int64 `json:"completion_tokens"`
}

// Add adds what others cost.
func (s *Spending) Add(o Spending) {
	s.Requests += o.Requests
	s.PromptTokens += o.PromptTokens
	s.CompletionTokens += o.CompletionTokens
}

// Tokens is the number of all tokens.
func (s Spending) Tokens() int64 { return s.PromptTokens + s.CompletionTokens }

// Made is a document that a Generator made, or the one that it made others of.
type Made struct {
	// Document has its text and what else the stage sets; the engine gives it its ID, the
	// origin and the other columns of the document that it was made of.
	Document *corpus.Document
	// Cells are those that the stage adds, none are null.
	Cells []corpus.Value
	// Verdict drops it.
	Verdict corpus.Verdict
}

// Chooser is a Generator that is not to be asked about every document.
type Chooser interface {
	// Choose says which documents of a batch are to be asked about, by them alone. The others
	// go past the stage.
	Choose(docs []*corpus.Document) []bool
}

// Spender is a Generator that must know what was spent.
type Spender interface {
	// Spent tells, before the first call of Generate, what answers cost that are kept.
	Spent(Spending)
}

// Forecaster is a Generator that can say what answers about a document will cost about,
// without asking.
type Forecaster interface {
	Forecast(d *corpus.Document) Spending
	// Estimate is a line for people about such costs, and what may be spent.
	Estimate(Spending) string
}

// Finisher is a Generator that has something to do when all documents were asked about that
// can be: close what waits for answers. It returns an error that wraps ErrWaiting where the
// run has to wait, and says what to do.
type Finisher interface{ Asked() error }

// ErrWaiting says that an answer is not there yet: the run asks what else there is to ask,
// and stops. The same line goes on when answers are there.
var ErrWaiting = errors.New("answers are not there yet")

// ErrSpent says that a budget is spent: the run stops, and the same line goes on with more.
var ErrSpent = errors.New("the budget is spent")
