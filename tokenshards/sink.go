package tokenshards

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/format"
	"github.com/corpusmill/corpusmill/format/megatron"
	"github.com/corpusmill/corpusmill/stage"
	"github.com/corpusmill/corpusmill/tokencount"
)

// The definitions of the sinks of token shards.
var (
	// MegatronDef defines the sink megatron.
	MegatronDef = stage.DefineOpen("megatron", 1, newMegatron)
	// NanotronDef defines the sink nanotron.
	NanotronDef = stage.DefineOpen("nanotron", 1, newNanotron)
)

// OpenMegatron loads the tokenizer and makes the sink ready; zero fields take their
// defaults. For the token 0 at the end of documents see [stage.Def.Open].
func OpenMegatron(ctx context.Context, m Megatron, env *stage.Env) (*Sink, error) {
	return stage.Open[*Sink](ctx, MegatronDef, m, env)
}

// OpenNanotron loads the tokenizer and makes the sink ready; see [OpenMegatron].
func OpenNanotron(ctx context.Context, n Nanotron, env *stage.Env) (*Sink, error) {
	return stage.Open[*Sink](ctx, NanotronDef, n, env)
}

func newMegatron(ctx context.Context, m Megatron, env *stage.Env) (*Sink, error) {
	s, err := openShards(ctx, m, env)
	if err != nil {
		return nil, err
	}
	s.endings = []string{".bin", ".idx"}
	s.create = func(ctx context.Context, name string) (shard, error) {
		return megatron.Create(ctx, s.Folder, name, s.vocab)
	}
	return s, nil
}

func newNanotron(ctx context.Context, n Nanotron, env *stage.Env) (*Sink, error) {
	s, err := openShards(ctx, Megatron(n), env)
	if err != nil {
		return nil, err
	}
	// Not the whole path: equal runs on other machines give equal bytes.
	tokenizer := filepath.Base(s.tokenizer.Name())
	s.endings = []string{".ds", ".ds.index", ".ds.metadata"}
	s.create = func(ctx context.Context, name string) (shard, error) {
		return megatron.CreateNanotron(ctx, s.Folder, name, tokenizer, s.vocab)
	}
	return s, nil
}

// shard is a writer of either format. Commit gives the part, then the files beside it.
type shard interface {
	Add(ids []uint32) error
	Commit(context.Context) ([]stage.Part, error)
	Abort() error
}

// Sink is an opened sink of token shards. It tokenizes on all processors and
// keeps the order of the documents.
type Sink struct {
	format.Parts
	tokenizer *tokencount.Tokenizer
	vocab     int
	end       uint32
	appendEnd bool
	shuffle   bool
	seed      uint64
	helpers   chan struct{} // who tokenizes beside the writers holds one
	create    func(ctx context.Context, name string) (shard, error)
	endings   []string // of the files of a part
}

// Names implements stage.Placed.
func (s *Sink) Names(name string) []string {
	var names []string
	for _, e := range s.endings {
		names = append(names, name+e)
	}
	return names
}

// HoldsBytes implements stage.Holder: the vocabulary, what tokenizes, and of each worker
// the ids of a window, or with shuffle those of a part, which has no more tokens than
// bytes.
func (s *Sink) HoldsBytes(workers int) int64 {
	part := int64(windowDocuments * keepSlotIDs * idBytes)
	if s.shuffle {
		part += s.PartBytes() * idBytes
	}
	if workers == 0 {
		return s.tokenizer.HoldsBytes(0)
	}
	return s.tokenizer.HoldsBytes(workers+cap(s.helpers)) + int64(workers)*part
}

func openShards(ctx context.Context, m Megatron, env *stage.Env) (*Sink, error) {
	parts, err := format.OpenParts(ctx, m.Dir, m.PartBytes, env)
	if err != nil {
		return nil, err
	}
	tokenizer, err := tokencount.OpenNamed(m.Tokenizer, m.Pattern)
	if err != nil {
		return nil, err
	}
	s := &Sink{Parts: parts, tokenizer: tokenizer, helpers: make(chan struct{}, max(runtime.GOMAXPROCS(0)-1, 0)),
		shuffle: m.Shuffle == "on", seed: m.Seed, appendEnd: m.AppendEOD != "off"}
	if s.seed == 0 {
		s.seed = env.Seed
	}
	s.vocab = s.tokenizer.Vocab()
	if s.appendEnd && m.EODID >= 0 {
		s.end = uint32(m.EODID)
	} else if s.appendEnd {
		if s.end, s.appendEnd = s.tokenizer.EndOfText(); !s.appendEnd {
			return nil, fmt.Errorf("eod_id: the end-of-text token of %s is not known: give its id, or append_eod: off", m.Tokenizer)
		}
	}
	if s.appendEnd {
		s.vocab = max(s.vocab, int(s.end)+1)
	}
	if m.TokenBytes == 4 {
		s.vocab = max(s.vocab, 1<<16+1)
	}
	return s, nil
}

// Digest identifies the vocabulary.
func (s *Sink) Digest() string { return s.tokenizer.Digest() }

// Reads implements stage.ColumnReader: the files have no columns.
func (s *Sink) Reads() []string { return []string{"id", "text"} }

// Create starts a part; of the schema nothing is used.
func (s *Sink) Create(ctx context.Context, name string, schema corpus.Schema) (stage.Writer, error) {
	if slices.Contains(schema.Names(), "rule") {
		return nil, errors.New("token shards hold no reasons: give the rejects another sink")
	}
	w, err := s.create(ctx, name)
	if err != nil {
		return nil, err
	}
	return &writer{sink: s, name: name, shard: w}, nil
}

// Remove deletes a part and the files beside it, first the one that readers look for.
func (s *Sink) Remove(ctx context.Context, file string) error {
	names := []string{file}
	if stem, ok := strings.CutSuffix(file, ".bin"); ok {
		names = []string{stem + ".idx", file}
	} else if strings.HasSuffix(file, ".ds") {
		names = append(names, file+".index", file+".metadata")
	}
	var errs []error
	for _, name := range names {
		errs = append(errs, s.Folder.Remove(ctx, name))
	}
	return errors.Join(errs...)
}
