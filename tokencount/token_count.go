package tokencount

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"github.com/corpusmill/corpusmill/config"
	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/stage"
)

// TokenCount counts the tokens of every document exactly, for the column tokens.
type TokenCount struct {
	// Tokenizer is o200k_base, cl100k_base, p50k_base or r50k_base (GPT-2), or the
	// path of a tokenizer.json of Hugging Face, a .model file of SentencePiece, a
	// tekken.json of Mistral, a vocab.txt of BERT or a rank file in tiktoken's form.
	Tokenizer string `yaml:"tokenizer" default:"o200k_base"`
	// Pattern says how a rank file splits text before merging: the name of the
	// tokenizer whose pattern it shares, or qwen. For a vocab.txt, bert-cased says that
	// upper and lower case differ.
	Pattern string `yaml:"pattern" default:"o200k_base"`
	// Also are further tokenizers, counted in the same pass: a name of your own and
	// the tokenizer, as above. Each count is a column sig_token_count_<name> of the
	// parts.
	Also map[string]string `yaml:"also" key:"-"`
	// Special counts the special tokens too that a tokenizer.json puts around every text,
	// such as <s> or [CLS] and [SEP].
	Special bool `yaml:"special"`
}

// Validate checks the settings.
func (t *TokenCount) Validate() error {
	for name := range t.Also {
		odd := strings.ContainsFunc(name, func(r rune) bool {
			return !(r == '_' || '0' <= r && r <= '9' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z')
		})
		if odd || name == "" || len(name) > 64 {
			return fmt.Errorf("also: %q names a column: use up to 64 letters, digits and _", name)
		}
	}
	return nil
}

// TokenCountDef defines the stage token_count.
var TokenCountDef = stage.DefineOpen("token_count", 1, newTokenCount)

// OpenTokenCount loads the tokenizer; zero fields take their defaults.
func OpenTokenCount(ctx context.Context, t TokenCount, env *stage.Env) (*TokenCountStage, error) {
	return stage.Open[*TokenCountStage](ctx, TokenCountDef, t, env)
}

func newTokenCount(_ context.Context, t TokenCount, _ *stage.Env) (*TokenCountStage, error) {
	s := &TokenCountStage{special: t.Special}
	for i, name := range append([]string{""}, slices.Sorted(maps.Keys(t.Also))...) {
		location := t.Tokenizer
		if i > 0 {
			location = t.Also[name]
			s.columns = append(s.columns, corpus.Column{Name: name, Type: corpus.Int, Doc: "tokens by " + name})
		}
		tok, err := OpenNamed(location, t.Pattern)
		if err != nil && i > 0 {
			err = fmt.Errorf("also: %s: %w", name, err)
		}
		if err != nil {
			return nil, err
		}
		s.tokenizers = append(s.tokenizers, tok)
	}
	return s, nil
}

// OpenNamed opens a tokenizer by its short name, see [Names], or else its file, see
// [OpenFile].
func OpenNamed(location, pattern string) (*Tokenizer, error) {
	if slices.Contains(Names(), location) {
		return Open(location)
	}
	t, err := OpenFile(location, pattern)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, notFound(location)
	}
	return t, err
}

// notFound says what a tokenizer may be called, and which name is near.
func notFound(location string) error {
	if near := config.Nearest(location, Names()); near != "" {
		return missing(fmt.Sprintf("%s: no such tokenizer, and no such file; did you mean %s?", location, near))
	}
	return missing(fmt.Sprintf("%s: no such tokenizer, and no such file; known: %s", location, strings.Join(Names(), ", ")))
}

// missing is an fs.ErrNotExist that says more.
type missing string

func (m missing) Error() string        { return string(m) }
func (m missing) Is(target error) bool { return target == fs.ErrNotExist }

// TokenCountStage is the opened stage.
type TokenCountStage struct {
	tokenizers []*Tokenizer // the first is the one of the column tokens
	columns    []corpus.Column
	counters   []*Counter // of a fork
	special    bool
}

// Tokenizer returns the loaded tokenizer, the first of several.
func (t *TokenCountStage) Tokenizer() *Tokenizer { return t.tokenizers[0] }

// HoldsBytes implements stage.Holder: the vocabularies, and the caches of each worker.
func (t *TokenCountStage) HoldsBytes(workers int) (n int64) {
	for _, tok := range t.tokenizers {
		n += tok.HoldsBytes(workers)
	}
	return n
}

// Digest identifies the vocabularies.
func (t *TokenCountStage) Digest() string {
	var all []string
	for _, tok := range t.tokenizers {
		all = append(all, tok.Digest())
	}
	return strings.Join(all, "+")
}

// Fork returns a copy with caches of its own.
func (t *TokenCountStage) Fork() any {
	f := &TokenCountStage{tokenizers: t.tokenizers, columns: t.columns, special: t.special}
	for _, tok := range t.tokenizers {
		f.counters = append(f.counters, tok.NewCounter())
	}
	return f
}

// Reads lists the column that is counted.
func (*TokenCountStage) Reads() []string { return []string{"text"} }

// Writes lists the column of the count.
func (*TokenCountStage) Writes() []string { return []string{"tokens"} }

// Apply sets the document's token count.
func (t *TokenCountStage) Apply(d *corpus.Document) (corpus.Verdict, error) {
	d.Tokens = t.count(0, d.Text)
	return corpus.Keep, nil
}

// Columns are the counts of the further tokenizers, by name.
func (t *TokenCountStage) Columns() []corpus.Column { return t.columns }

// Record is Apply that also counts by the further tokenizers.
func (t *TokenCountStage) Record(d *corpus.Document, v *corpus.Values) (corpus.Verdict, error) {
	for i := range t.columns {
		v.Set(i, float64(t.count(i+1, d.Text)))
	}
	return t.Apply(d)
}

func (t *TokenCountStage) count(i int, text string) int64 {
	n := 0
	if t.special {
		n = t.tokenizers[i].Special()
	}
	if t.counters != nil {
		return int64(n + t.counters[i].Count(text))
	}
	return int64(n + t.tokenizers[i].Count(text))
}
