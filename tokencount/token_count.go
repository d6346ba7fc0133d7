package tokencount

import (
	"context"
	"slices"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/stage"
)

// TokenCount counts the tokens of every document exactly, for the column tokens.
type TokenCount struct {
	// Tokenizer is o200k_base, cl100k_base, p50k_base or r50k_base (GPT-2), or
	// the path of a rank file in tiktoken's form or of a byte-level tokenizer.json.
	Tokenizer string `yaml:"tokenizer" default:"o200k_base"`
	// Pattern says how a rank file splits text before merging: the name of the
	// tokenizer whose pattern it shares.
	Pattern string `yaml:"pattern" default:"o200k_base"`
}

// OpenTokenCount loads the tokenizer.
func OpenTokenCount(_ context.Context, t TokenCount, _ *stage.Env) (*TokenCountStage, error) {
	var tok *Tokenizer
	var err error
	if slices.Contains(Names(), t.Tokenizer) {
		tok, err = Open(t.Tokenizer)
	} else {
		tok, err = OpenFile(t.Tokenizer, t.Pattern)
	}
	if err != nil {
		return nil, err
	}
	return &TokenCountStage{tokenizer: tok}, nil
}

// TokenCountStage is the opened stage.
type TokenCountStage struct {
	tokenizer *Tokenizer
	counter   *Counter // of a fork
}

// Tokenizer returns the loaded tokenizer.
func (t *TokenCountStage) Tokenizer() *Tokenizer { return t.tokenizer }

// Digest identifies the vocabulary.
func (t *TokenCountStage) Digest() string { return t.tokenizer.Digest() }

// Fork returns a copy with a cache of its own.
func (t *TokenCountStage) Fork() any {
	return &TokenCountStage{tokenizer: t.tokenizer, counter: t.tokenizer.NewCounter()}
}

// Apply sets the document's token count.
func (t *TokenCountStage) Apply(d *corpus.Document) (corpus.Verdict, error) {
	if t.counter != nil {
		d.Tokens = int64(t.counter.Count(d.Text))
	} else {
		d.Tokens = int64(t.tokenizer.Count(d.Text))
	}
	return corpus.Keep, nil
}
