package ledger

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"math"

	"github.com/corpusmill/corpusmill/store"
)

// AnswersFolder holds what stages were answered by others, such as a server: one file for
// the documents of a batch that reached the stage. They are inputs of a run like its
// sources. No run removes one; who does has its documents asked about again.
const AnswersFolder = "answers/"

// Answers are what a stage was answered about the documents of a batch.
type Answers struct {
	// Stage is the name of the stage's definition, for people.
	Stage string `json:"stage"`
	// Kind is [AnswerValues]; there is no other yet.
	Kind string `json:"kind"`
	// Key says what was asked: see [AnswersKey].
	Key       AnswersKey `json:"key"`
	Documents int        `json:"documents"`
	Columns   int        `json:"columns"`
	// Values are those of each document, NaN where there is none.
	Values []float64 `json:"-"`
}

// AnswerValues is the kind of answers that are values of columns.
const AnswerValues = "values"

// AnswersKey names answers by what they hang on.
type AnswersKey struct {
	// Stage is the digest of the stage: its type, revision, model, and the settings that
	// change what it answers.
	Stage string `json:"stage"`
	// Kind is [AnswerValues]; there is no other yet.
	Kind string `json:"kind"`
	// Documents is the digest of what the stage reads of each document, in their order.
	Documents string `json:"documents"`
}

// Name is the file of the answers below the run folder.
func (k AnswersKey) Name() string {
	return AnswersFolder + k.Stage + "/" + k.Documents[:2] + "/" + k.Documents
}

// ErrAnswersDamaged means that answers are not as they were published. A task may have
// used them, so they are not asked for again unasked.
var ErrAnswersDamaged = errors.New("damaged answers")

// Answers reads answers, nil if there are none.
func (l *Ledger) Answers(ctx context.Context, key AnswersKey) (*Answers, error) {
	a, err := l.readAnswers(ctx, key.Name())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return a, err
}

func (l *Ledger) readAnswers(ctx context.Context, name string) (*Answers, error) {
	b, err := l.ReadFile(ctx, name)
	if err != nil {
		return nil, err
	}
	a, err := decodeAnswers(b)
	if err == nil && a.Key.Name() != name {
		err = errors.New("they are of " + a.Key.Name())
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w: %w; put the file back as it was, or remove it: then its documents are asked about again, "+
			"and may get other answers than those that tasks have used", name, ErrAnswersDamaged, err)
	}
	return a, nil
}

// Answered publishes answers, once, and returns those to go by: another process may have
// been faster, and got others.
func (l *Ledger) Answered(ctx context.Context, a *Answers) (*Answers, error) {
	created, err := l.Store.PutIfAbsent(ctx, a.Key.Name(), a.encode())
	if err != nil || created {
		return a, err
	}
	return l.readAnswers(ctx, a.Key.Name())
}

// AllAnswers reads all answers of the run folder, by name. The error of one that is
// damaged is an ErrAnswersDamaged, and does not end them.
func (l *Ledger) AllAnswers(ctx context.Context) iter.Seq2[store.Object, error] {
	return func(yield func(store.Object, error) bool) {
		for o, err := range l.Store.List(ctx, AnswersFolder) {
			if err == nil {
				_, err = l.readAnswers(ctx, o.Name)
			}
			if !yield(o, err) || err != nil && !errors.Is(err, ErrAnswersDamaged) {
				return
			}
		}
	}
}

// Stored answers are a line with the SHA-256 of the rest in hexadecimal, a line with the
// fields as JSON, and the values, eight bytes each, little-endian.

func (a *Answers) encode() []byte {
	head, _ := json.Marshal(a) // strings and numbers
	b := append(head, '\n')
	for _, x := range a.Values {
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(x))
	}
	sum := sha256.Sum256(b)
	return append(append(hex.AppendEncode(nil, sum[:]), '\n'), b...)
}

func decodeAnswers(b []byte) (*Answers, error) {
	first, rest, _ := bytes.Cut(b, []byte{'\n'})
	if sum := sha256.Sum256(rest); hex.EncodeToString(sum[:]) != string(first) {
		return nil, errors.New("their checksum is another")
	}
	head, values, _ := bytes.Cut(rest, []byte{'\n'})
	a := &Answers{}
	if err := json.Unmarshal(head, a); err != nil {
		return nil, err
	}
	switch {
	case a.Kind != AnswerValues:
		return nil, fmt.Errorf("answers of the kind %q, which this program does not know", a.Kind)
	case len(a.Key.Documents) <= 2 || a.Key.Stage == "":
		return nil, errors.New("they do not say to what")
	case a.Documents < 0 || a.Columns < 0 || len(values) != 8*a.Documents*a.Columns:
		return nil, fmt.Errorf("%d bytes of values for %d documents with %d columns each", len(values), a.Documents, a.Columns)
	}
	a.Values = make([]float64, len(values)/8)
	for i := range a.Values {
		a.Values[i] = math.Float64frombits(binary.LittleEndian.Uint64(values[8*i:]))
	}
	return a, nil
}
