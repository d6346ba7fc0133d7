package kenlm

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"

	"github.com/corpusmill/corpusmill/internal/modelfile"
)

// ErrFormat is what every error about a file's content wraps: not a model, a kind
// that cannot be read, or damage.
var ErrFormat = errors.New("not a readable KenLM model")

// FormatError says where a model file is damaged. It wraps ErrFormat.
type FormatError struct {
	Section string // part of the file: header, vocabulary, 3-grams
	Offset  int64  // bytes from the start of the file
	Reason  string
}

// Error implements error.
func (e *FormatError) Error() string {
	return fmt.Sprintf("kenlm: %s at byte %d: %s", e.Section, e.Offset, e.Reason)
}

// Unwrap returns ErrFormat.
func (e *FormatError) Unwrap() error { return ErrFormat }

// Kind is the data structure of a model, numbered as in binary files.
type Kind uint8

// The kinds. RestProbing is known but not read.
const (
	Probing Kind = iota
	RestProbing
	Trie
	QuantTrie
	ArrayTrie
	QuantArrayTrie
)

// String returns KenLM's own name of the kind.
func (k Kind) String() string {
	switch k {
	case Probing:
		return "probing hash tables"
	case RestProbing:
		return "probing hash tables with rest costs"
	case Trie:
		return "trie"
	case QuantTrie:
		return "trie with quantization"
	case ArrayTrie:
		return "trie with array-compressed pointers"
	case QuantArrayTrie:
		return "trie with quantization and array-compressed pointers"
	}
	return fmt.Sprintf("kind %d", uint8(k))
}

// MaxOrder is the longest n-gram that is read. KenLM itself reads up to 6 unless it
// was compiled for more.
const MaxOrder = 12

// Info describes a model.
type Info struct {
	Kind   Kind     // Probing for an ARPA file: that is what it becomes in memory
	ARPA   bool     // the file was an ARPA file
	Order  int      // length of the longest n-grams, 2 to MaxOrder
	Counts []uint64 // n-grams of each length, from 1
	Words  int      // words of the vocabulary, <unk> included
	Bytes  int64    // size of the file
}

// Model is a KenLM model. It does not change; any number of goroutines may use it.
type Model struct {
	info     Info
	vocab    vocabulary
	isTrie   bool
	probing  probing
	trie     trie
	bos, eos uint32
	begin    State

	file *modelfile.File
}

// mapBytes is the size from which Open maps a file instead of reading it.
const mapBytes = 4 << 20

// Open reads the model file at path, ARPA or binary. Files of 4 MiB and more are
// mapped into memory where the system can: a mapped binary file must not be cut or
// written while the model is in use, and Close gives the mapping back. An ARPA file
// is turned into hash tables at once and not needed afterwards; that takes about as
// much memory as the file has bytes. Damage of the structure is reported as an error
// that wraps ErrFormat; the tables of a binary file are not looked at until they are
// used, and a damaged one gives wrong scores but nothing worse.
func Open(path string) (*Model, error) {
	f, err := modelfile.Open(path, mapBytes)
	if err != nil {
		return nil, fmt.Errorf("kenlm: %w", err)
	}
	m, err := parseFile(f)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", path, err), f.Close())
	}
	return m, nil
}

// Read reads a model of size bytes from r into memory. Memory grows with what r
// gives, so a wrong size costs nothing.
func Read(r io.ReaderAt, size int64) (*Model, error) {
	data, err := modelfile.Read(r, size)
	if short := (*modelfile.ShortError)(nil); errors.As(err, &short) {
		return nil, &FormatError{Section: "file", Offset: short.Have, Reason: short.Error()}
	}
	if err != nil {
		return nil, fmt.Errorf("kenlm: %w", err)
	}
	return Parse(data)
}

// Parse reads a model that lies in memory. The model of a binary file keeps data,
// which must not change; an ARPA file is not kept.
func Parse(data []byte) (*Model, error) { return parseFile(modelfile.New(data)) }

func parseFile(f *modelfile.File) (*Model, error) {
	m, data := &Model{file: f}, f.Bytes()
	m.info.Bytes = int64(len(data))
	if bytes.HasPrefix(data, []byte(binaryPrefix)) {
		if err := m.parseBinary(data); err != nil {
			return nil, err
		}
	} else {
		if err := m.parseARPA(data); err != nil {
			return nil, err
		}
		if err := f.Release(); err != nil {
			return nil, err
		}
	}
	m.bos, m.eos = m.Index("<s>"), m.Index("</s>")
	m.begin.length = 1
	m.begin.words[0] = m.bos
	m.begin.backoff[0] = m.unigramBackoff(m.bos)
	return m, nil
}

// Close gives back the mapping of a file that Open mapped. The model must not be used
// any more. Close of a model in memory does nothing.
func (m *Model) Close() error { return m.file.Close() }

// Info returns what is known of the model. The caller must not change Counts.
func (m *Model) Info() Info { return m.info }

// Order returns the length of the longest n-grams.
func (m *Model) Order() int { return m.info.Order }

// Index returns the index of a word, 0 for one that the model does not know.
func (m *Model) Index(word string) uint32 { return m.vocab.index(word) }

// EndOfSentence returns the index of </s>.
func (m *Model) EndOfSentence() uint32 { return m.eos }

// Digest returns the SHA-256 of the model file. The first call for a binary file
// reads all of it. After Close of a mapped file it is what an earlier call returned,
// or zero.
func (m *Model) Digest() [sha256.Size]byte { return m.file.Digest() }
