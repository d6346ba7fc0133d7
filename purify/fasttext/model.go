package fasttext

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"

	"github.com/corpusmill/corpusmill/internal/held"
	"github.com/corpusmill/corpusmill/internal/modelfile"
)

// LabelPrefix is how fastText marks a label in its training files unless told
// otherwise. A model file does not say which prefix it was trained with; Labels
// returns names as they are in the file, with it.
const LabelPrefix = "__label__"

// ErrFormat is what every error about a file's content wraps: not a model, a version
// or kind that cannot be read, or damage.
var ErrFormat = errors.New("not a readable fastText model")

// FormatError says where a model file is damaged. It wraps ErrFormat.
type FormatError struct {
	Section string // part of the file: header, dictionary, input matrix, output matrix
	Offset  int64  // bytes from the start of the file
	Reason  string
}

// Error implements error.
func (e *FormatError) Error() string {
	return fmt.Sprintf("fasttext: %s at byte %d: %s", e.Section, e.Offset, e.Reason)
}

// Unwrap returns ErrFormat.
func (e *FormatError) Unwrap() error { return ErrFormat }

// Loss is the loss function a model was trained with.
type Loss uint8

// The losses, numbered as in the file.
const (
	HierarchicalSoftmax Loss = iota + 1
	NegativeSampling
	Softmax
	OneVsAll
)

// String returns fastText's own name of the loss: hs, ns, softmax or ova.
func (l Loss) String() string {
	switch l {
	case HierarchicalSoftmax:
		return "hs"
	case NegativeSampling:
		return "ns"
	case Softmax:
		return "softmax"
	case OneVsAll:
		return "ova"
	}
	return fmt.Sprintf("loss %d", uint8(l))
}

// Info describes a model.
type Info struct {
	Version         int   // file format: 11 or 12
	Dim             int   // columns of the matrices
	Words           int   // words of the dictionary, labels not counted
	Labels          int   // labels
	Tokens          int64 // tokens of the training text
	Buckets         int   // hash buckets of sub-words and word n-grams
	WordNgrams      int   // longest word n-gram; 0 and 1: none
	MinN, MaxN      int   // shortest and longest sub-word in characters; MaxN 0: none
	Loss            Loss
	Quantized       bool  // the input matrix is quantised
	QuantizedOutput bool  // the output matrix is quantised too
	Pruned          bool  // part of the vocabulary was cut off
	Bytes           int64 // size of the file
}

// Model is a fastText model. It does not change; any number of goroutines may use it,
// each with a Predictor of its own.
type Model struct {
	info   Info
	dict   dictionary
	labels []string
	input  matrix
	output matrix
	tree   []node // hierarchical softmax only

	file *modelfile.File
}

// mapBytes is the size from which Open maps a file instead of reading it.
const mapBytes = 16 << 20

// Open reads the model file at path. Files of 16 MiB and more are mapped into memory
// where the system can: such a file must not be cut or written while the model is in
// use, and Close gives the mapping back. Damage is reported as an error that wraps
// ErrFormat; floats of the input matrix are not looked at until they are used.
func Open(path string) (*Model, error) {
	f, err := modelfile.Open(path, mapBytes)
	if err != nil {
		return nil, fmt.Errorf("fasttext: %w", err)
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
		return nil, fmt.Errorf("fasttext: %w", err)
	}
	return Parse(data)
}

// Parse reads a model that lies in memory. The model keeps data, which must not
// change.
func Parse(data []byte) (*Model, error) { return parseFile(modelfile.New(data)) }

func parseFile(f *modelfile.File) (*Model, error) {
	m := &Model{file: f}
	if err := m.parse(f.Bytes()); err != nil {
		return nil, err
	}
	return m, nil
}

// Close gives back the mapping of a file that Open mapped. The model and its
// predictors must not be used any more. Close of a model in memory does nothing.
func (m *Model) Close() error { return m.file.Close() }

// HoldsBytes is what the model takes, mapped or not, and so many predictors of it.
func (m *Model) HoldsBytes(predictors int) int64 {
	p := int64(predictorBytes) + 4*int64(m.info.Dim+m.info.Labels)
	if m.info.MaxN > 0 {
		p += cacheBytes
	}
	return held.Bytes(m) + int64(predictors)*p
}

// Info returns what is known of the model.
func (m *Model) Info() Info { return m.info }

// Dim returns the number of columns of the matrices.
func (m *Model) Dim() int { return m.info.Dim }

// Labels returns the labels as they are in the file, prefix included, in the order of
// Prediction.Label. The caller must not change the slice.
func (m *Model) Labels() []string { return m.labels }

// Digest returns the SHA-256 of the model file. The first call reads all of it. After
// Close of a mapped file it is what an earlier call returned, or zero.
func (m *Model) Digest() [sha256.Size]byte { return m.file.Digest() }
