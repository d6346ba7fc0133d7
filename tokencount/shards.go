package tokencount

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"math"
	"math/bits"
	"math/rand/v2"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/corpusmill/corpusmill/config"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/format"
	"github.com/corpusmill/corpusmill/format/megatron"
	"github.com/corpusmill/corpusmill/stage"
)

// Megatron writes parts as token shards of Megatron-LM and NeMo: a .bin
// of token ids, 2 bytes each where the vocabulary has fewer than 65,500, else 4, and
// beside it the .idx of the same name. Every document is one sequence, in order; one
// without tokens keeps its place. Texts and all other columns are left out.
type Megatron struct {
	// Dir is the folder or s3:// location of the parts; empty is parts/ in the
	// run folder.
	Dir string `yaml:"dir" key:"-"`
	// PartBytes is the size of text after which a part is closed.
	PartBytes config.Bytes `yaml:"part_bytes" default:"256MiB"`
	// Tokenizer is the name or path of a tokenizer, as in the stage token_count.
	Tokenizer string `yaml:"tokenizer" default:"o200k_base"`
	// Pattern says how a rank file splits text before merging: the name of the
	// tokenizer whose pattern it shares.
	Pattern string `yaml:"pattern" default:"o200k_base"`
	// AppendEOD ends every document with an end-of-text token: on or off. Default on.
	AppendEOD string `yaml:"append_eod" default:"on"`
	// EODID is the id of that token, 0 to 2147483647; -1 is the tokenizer's own, which
	// is not known of a rank file. Default -1.
	EODID int64 `yaml:"eod_id" default:"-1"`
	// TokenBytes is the size of an id: 4, or 0 for the smaller size where the
	// vocabulary allows it. DeepSpeed's data_sampling reads .bin files of 4-byte ids
	// alone: its code for 2 bytes is another than Megatron's. Default 0.
	TokenBytes int `yaml:"token_bytes"`
	// Shuffle puts the documents of each part in random order: on or off. It holds the
	// tokens of a part in memory, about as much as part_bytes. Default off.
	Shuffle string `yaml:"shuffle" default:"off"`
	// Seed of the order; 0 is the seed of the run. Equal seeds and documents give
	// equal bytes.
	Seed uint64 `yaml:"seed"`
}

// Nanotron writes parts as token shards of nanotron and datatrove: a .ds of token ids,
// 2 bytes each where the vocabulary has at most 65,536, else 4, with .ds.index (where
// each document ends) and .ds.metadata (tokenizer, size of a token, number of tokens).
// Texts and all other columns are left out.
type Nanotron struct {
	// Dir is the folder or s3:// location of the parts; empty is parts/ in the
	// run folder.
	Dir string `yaml:"dir" key:"-"`
	// PartBytes is the size of text after which a part is closed.
	PartBytes config.Bytes `yaml:"part_bytes" default:"256MiB"`
	// Tokenizer is the name or path of a tokenizer, as in the stage token_count.
	Tokenizer string `yaml:"tokenizer" default:"o200k_base"`
	// Pattern says how a rank file splits text before merging: the name of the
	// tokenizer whose pattern it shares.
	Pattern string `yaml:"pattern" default:"o200k_base"`
	// AppendEOD ends every document with an end-of-text token: on or off. Default on.
	AppendEOD string `yaml:"append_eod" default:"on"`
	// EODID is the id of that token, 0 to 2147483647; -1 is the tokenizer's own, which
	// is not known of a rank file. Default -1.
	EODID int64 `yaml:"eod_id" default:"-1"`
	// TokenBytes is the size of an id: 4, or 0 for the smaller size where the
	// vocabulary allows it. DeepSpeed's data_sampling reads .bin files of 4-byte ids
	// alone: its code for 2 bytes is another than Megatron's. Default 0.
	TokenBytes int `yaml:"token_bytes"`
	// Shuffle puts the documents of each part in random order: on or off. It holds the
	// tokens of a part in memory, about as much as part_bytes. Default off.
	Shuffle string `yaml:"shuffle" default:"off"`
	// Seed of the order; 0 is the seed of the run. Equal seeds and documents give
	// equal bytes.
	Seed uint64 `yaml:"seed"`
}

// DefaultDir sets the folder where the pipeline names none.
func (m *Megatron) DefaultDir(dir string) {
	if m.Dir == "" {
		m.Dir = dir
	}
}

// DefaultDir sets the folder where the pipeline names none.
func (n *Nanotron) DefaultDir(dir string) { (*Megatron)(n).DefaultDir(dir) }

// Validate checks the settings.
func (m *Megatron) Validate() error {
	if m.AppendEOD != "" && m.AppendEOD != "on" && m.AppendEOD != "off" {
		return fmt.Errorf("append_eod: %q: want on or off", m.AppendEOD)
	}
	if m.EODID < -1 || m.EODID > math.MaxInt32 {
		return fmt.Errorf("eod_id: %d: want the id of a token, 0 to %d, or -1", m.EODID, math.MaxInt32)
	}
	if m.TokenBytes != 0 && m.TokenBytes != 4 {
		return fmt.Errorf("token_bytes: %d: want 4, or 0 for the size that the vocabulary needs", m.TokenBytes)
	}
	if m.Shuffle != "" && m.Shuffle != "on" && m.Shuffle != "off" {
		return fmt.Errorf("shuffle: %q: want on or off", m.Shuffle)
	}
	return nil
}

// Validate checks the settings.
func (n *Nanotron) Validate() error { return (*Megatron)(n).Validate() }

// OpenMegatron loads the tokenizer and makes the sink ready. Settings begin with
// config.Defaults: zero values are none of their defaults.
func OpenMegatron(ctx context.Context, m Megatron, env *stage.Env) (*ShardSink, error) {
	s, err := openShards(ctx, m, env)
	if err != nil {
		return nil, err
	}
	s.create = func(ctx context.Context, name string) (shard, error) {
		return megatron.Create(ctx, s.Folder, name, s.vocab)
	}
	return s, nil
}

// OpenNanotron loads the tokenizer and makes the sink ready; see [OpenMegatron].
func OpenNanotron(ctx context.Context, n Nanotron, env *stage.Env) (*ShardSink, error) {
	s, err := openShards(ctx, Megatron(n), env)
	if err != nil {
		return nil, err
	}
	// Not the whole path: equal runs on other machines give equal bytes.
	tokenizer := filepath.Base(s.tokenizer.Name())
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

// ShardSink is an opened sink of token shards. It tokenizes on all processors and
// keeps the order of the documents.
type ShardSink struct {
	format.Parts
	tokenizer *Tokenizer
	vocab     int
	end       uint32
	appendEnd bool
	shuffle   bool
	seed      uint64
	create    func(ctx context.Context, name string) (shard, error)
}

func openShards(ctx context.Context, m Megatron, env *stage.Env) (*ShardSink, error) {
	if err := m.Validate(); err != nil {
		return nil, err
	}
	parts, err := format.OpenParts(ctx, m.Dir, m.PartBytes, env)
	if err != nil {
		return nil, err
	}
	counted, err := OpenTokenCount(ctx, TokenCount{Tokenizer: m.Tokenizer, Pattern: m.Pattern}, env)
	if err != nil {
		return nil, err
	}
	s := &ShardSink{Parts: parts, tokenizer: counted.Tokenizer(),
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
func (s *ShardSink) Digest() string { return s.tokenizer.Digest() }

// Create starts a part; of the schema nothing is used.
func (s *ShardSink) Create(ctx context.Context, name string, schema corpus.Schema) (stage.Writer, error) {
	if slices.Contains(schema.Names(), "rule") {
		return nil, errors.New("token shards hold no reasons: give the rejects another sink")
	}
	w, err := s.create(ctx, name)
	if err != nil {
		return nil, err
	}
	return &shardWriter{sink: s, name: name, shard: w}, nil
}

// Remove deletes a part and the files beside it, first the one that readers look for.
func (s *ShardSink) Remove(ctx context.Context, file string) error {
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

const (
	// A window of documents is tokenized before it is written; it bounds the memory.
	windowDocuments = 256
	windowTextBytes = 4 << 20
	// serialBytes is the text below which other processors are not worth waking.
	serialBytes = 16 << 10
	// keepSlotIDs bounds the scratch of one document that is kept between windows.
	keepSlotIDs = 16 << 10
)

type shardWriter struct {
	sink  *ShardSink
	name  string
	shard shard
	slots [windowDocuments][]uint32 // ids of the documents of a window
	held  [][]uint32                // the documents of the part, to be shuffled
}

// Write tokenizes and appends documents.
func (w *shardWriter) Write(docs []*corpus.Document) error {
	for len(docs) > 0 {
		n, size := 0, 0
		for n < min(len(docs), windowDocuments) && size < windowTextBytes {
			size += len(docs[n].Text)
			n++
		}
		w.encode(docs[:n], size)
		for i := range n {
			if err := w.take(w.slots[i]); err != nil {
				return err
			}
			if cap(w.slots[i]) > keepSlotIDs {
				w.slots[i] = nil
			}
		}
		docs = docs[n:]
	}
	return nil
}

// encode fills the slots, on all processors. What a slot holds depends on its document
// alone.
func (w *shardWriter) encode(docs []*corpus.Document, size int) {
	var next atomic.Int64
	work := func() {
		for {
			i := int(next.Add(1)) - 1
			if i >= len(docs) {
				return
			}
			ids := w.sink.tokenizer.Encode(w.slots[i][:0], docs[i].Text)
			if w.sink.appendEnd {
				ids = append(ids, w.sink.end)
			}
			w.slots[i] = ids
		}
	}
	var others sync.WaitGroup
	if size >= serialBytes {
		for range min(runtime.GOMAXPROCS(0), len(docs)) - 1 {
			others.Go(work)
		}
	}
	work()
	others.Wait()
}

func (w *shardWriter) take(ids []uint32) error {
	if !w.sink.shuffle {
		return w.shard.Add(ids)
	}
	if len(w.held) == megatron.MaxDocuments {
		return fmt.Errorf("%s: more than %d documents", w.name, megatron.MaxDocuments)
	}
	w.held = append(w.held, slices.Clone(ids))
	return nil
}

// Commit makes the part and the files beside it visible, and describes the .bin or
// .ds; the others follow from it.
func (w *shardWriter) Commit(ctx context.Context) (stage.Part, error) {
	if w.sink.shuffle {
		shuffle(w.held, w.sink.seed, w.name)
	}
	for _, ids := range w.held {
		if err := w.shard.Add(ids); err != nil {
			return stage.Part{}, err
		}
	}
	w.held = nil
	parts, err := w.shard.Commit(ctx)
	if err != nil {
		return stage.Part{}, err
	}
	parts[0].Companions = parts[1:]
	return parts[0], nil
}

// Abort drops the part.
func (w *shardWriter) Abort() error { return w.shard.Abort() }

// shuffle puts the documents in an order that depends on seed, name and their number
// alone: Fisher and Yates, drawn from PCG.
func shuffle(docs [][]uint32, seed uint64, name string) {
	h := fnv.New64a()
	_, _ = h.Write([]byte(name)) // a hash never fails
	source := rand.NewPCG(seed, h.Sum64())
	for i := len(docs) - 1; i > 0; i-- {
		j, _ := bits.Mul64(source.Uint64(), uint64(i)+1) // below i+1; its bias is below 2^-37
		docs[i], docs[j] = docs[j], docs[i]
	}
}
