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
	"io"
	"io/fs"
	"iter"
	"math"

	"github.com/corpusmill/corpusmill/stage"
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
	// Kind is [AnswerValues] or [AnswerReplies].
	Kind string `json:"kind"`
	// Key says what was asked: see [AnswersKey].
	Key       AnswersKey `json:"key"`
	Documents int        `json:"documents"`
	Columns   int        `json:"columns"`
	// Values are those of each document, NaN where there is none.
	Values []float64 `json:"-"`
	// Asked are, of replies, the digests of the documents, Sizes the bytes of each reply, and
	// Spent what each cost.
	Asked []string         `json:"asked,omitempty"`
	Sizes []int            `json:"sizes,omitempty"`
	Spent []stage.Spending `json:"spent,omitempty"`
	// Part says that they are of no batch: replies that came at about the same time, which are
	// kept until those of their batches are.
	Part bool `json:"part,omitempty"`
	// Replies are what a [stage.Generator] keeps of each document.
	Replies [][]byte `json:"-"`
}

// AnswerValues is the kind of answers that are values of columns, AnswerReplies of those that
// documents are made of.
const (
	AnswerValues  = "values"
	AnswerReplies = "replies"
)

// AnswersKey names answers by what they hang on.
type AnswersKey struct {
	// Stage is the digest of the stage: its type, revision, model, and the settings that
	// change what it answers.
	Stage string `json:"stage"`
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
	b, err := l.readUpTo(ctx, name, answersMax)
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

// Withdraw removes answers that are of no batch, once those of the batches are published.
func (l *Ledger) Withdraw(ctx context.Context, key AnswersKey) error {
	return l.Store.Remove(ctx, key.Name())
}

// answersMax bounds a file of answers.
const answersMax = 1 << 30

// headBytes is what is read of a file at first to know its head, which is a line of JSON.
const headBytes = 64 << 10

// Heads reads what the kept answers of a stage say of themselves, without values and replies.
// Of a file that is not as it was nothing is said: who needs it finds out.
func (l *Ledger) Heads(ctx context.Context, stageDigest string) iter.Seq2[*Answers, error] {
	return func(yield func(*Answers, error) bool) {
		for o, err := range l.Store.List(ctx, AnswersFolder+stageDigest+"/") {
			var a *Answers
			if err == nil {
				a, err = l.head(ctx, o)
			}
			if errors.Is(err, fs.ErrNotExist) || err == nil && a == nil { // withdrawn meanwhile, or damaged
				continue
			}
			if !yield(a, err) || err != nil {
				return
			}
		}
	}
}

func (l *Ledger) head(ctx context.Context, o store.Object) (*Answers, error) {
	for n := min(o.Size, headBytes); ; n = o.Size {
		r, err := l.Store.OpenRange(ctx, o.Name, 0, n)
		if err != nil {
			return nil, err
		}
		b, err := io.ReadAll(io.LimitReader(r, answersMax))
		_ = r.Close() // read only
		if err != nil {
			return nil, err
		}
		_, rest, _ := bytes.Cut(b, []byte{'\n'})
		head, _, whole := bytes.Cut(rest, []byte{'\n'})
		a := &Answers{}
		if whole && json.Unmarshal(head, a) == nil && a.Key.Name() == o.Name {
			return a, nil
		}
		if whole || n == o.Size {
			return nil, nil
		}
	}
}

// Answered publishes answers, once, and returns those to go by: another process may have
// been faster, and got others.
func (l *Ledger) Answered(ctx context.Context, a *Answers) (*Answers, error) {
	b := a.encode()
	for range putTries {
		created, err := l.Store.PutIfAbsent(ctx, a.Key.Name(), b)
		if err != nil || created {
			return a, err
		}
		there, err := l.readAnswers(ctx, a.Key.Name())
		if !errors.Is(err, fs.ErrNotExist) { // else of no batch, and withdrawn meanwhile
			return there, err
		}
	}
	return nil, fmt.Errorf("%s: it is withdrawn again and again", a.Key.Name())
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
// fields as JSON, and the values, eight bytes each, little-endian, or the replies.

func (a *Answers) encode() []byte {
	head, _ := json.Marshal(a) // strings and numbers
	b := append(head, '\n')
	for _, x := range a.Values {
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(x))
	}
	for _, r := range a.Replies {
		b = append(b, r...)
	}
	sum := sha256.Sum256(b)
	return append(append(hex.AppendEncode(nil, sum[:]), '\n'), b...)
}

// cut finds the replies in what is behind the head.
func (a *Answers) cut(b []byte) error {
	if len(a.Key.Documents) <= 2 || a.Key.Stage == "" {
		return errors.New("they do not say to what")
	}
	if n := a.Documents; len(a.Asked) != n || len(a.Sizes) != n || len(a.Spent) != n {
		return fmt.Errorf("replies to %d, %d and %d documents in place of %d", len(a.Asked), len(a.Sizes), len(a.Spent), n)
	}
	a.Replies = make([][]byte, 0, a.Documents)
	for _, n := range a.Sizes {
		if n < 0 || n > len(b) {
			return fmt.Errorf("a reply of %d bytes, where %d are left", n, len(b))
		}
		a.Replies, b = append(a.Replies, b[:n:n]), b[n:]
	}
	if len(b) > 0 {
		return fmt.Errorf("%d bytes behind the last reply", len(b))
	}
	return nil
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
	case a.Kind == AnswerReplies:
		return a, a.cut(values)
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
