package megatron

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"iter"
	"math"
	"strconv"
	"strings"

	"github.com/corpusmill/corpusmill/format"
	"github.com/corpusmill/corpusmill/stage"
	"github.com/corpusmill/corpusmill/store"
)

// NanotronWriter writes one shard NAME.ds with NAME.ds.index and NAME.ds.metadata. It
// is for one goroutine.
type NanotronWriter struct {
	store     store.Store
	name      string // with .ds
	tokenizer string
	tokens    tokenWriter
	lengths   lengths
}

// CreateNanotron starts the shard of that name (without extension) for ids below
// vocab: 2 bytes a token up to 65,536 ids, else 4. The name of the tokenizer goes
// into the metadata; it must not contain "|" or a line break. Nothing is visible
// before Commit.
func CreateNanotron(ctx context.Context, s store.Store, name, tokenizer string, vocab int) (*NanotronWriter, error) {
	if _, err := DTypeFor(vocab); err != nil {
		return nil, err
	}
	if tokenizer == "" || strings.ContainsAny(tokenizer, "|\r\n") {
		return nil, fmt.Errorf("tokenizer name %q: must be one word or path without \"|\" or line breaks", tokenizer)
	}
	width := 4
	if vocab <= smallVocabNanotron {
		width = 2
	}
	f, err := format.Create(ctx, s, name+".ds")
	if err != nil {
		return nil, err
	}
	return &NanotronWriter{store: s, name: name + ".ds", tokenizer: tokenizer,
		tokens: tokenWriter{f: f, width: width, vocab: uint32(vocab)}}, nil
}

// Add appends a document; see [Writer.Add].
func (w *NanotronWriter) Add(ids []uint32) error {
	if w.tokens.err == nil {
		w.tokens.err = w.lengths.add(w.name, len(ids))
	}
	return w.tokens.add(ids)
}

// Commit makes the shard visible, the .ds last: readers look for that extension and
// then find index and metadata in place. It returns three parts: the .ds, with the
// documents as its rows, the index and the metadata. After an error none of them is
// there.
func (w *NanotronWriter) Commit(ctx context.Context) ([]stage.Part, error) {
	if err := w.tokens.flush(); err != nil {
		return nil, err
	}
	index, err := format.Create(ctx, w.store, w.name+".index")
	if err != nil {
		return nil, err
	}
	end, err := w.writeIndex(index)
	if err != nil {
		return nil, errors.Join(err, index.Abort())
	}
	metadata, err := format.Create(ctx, w.store, w.name+".metadata")
	if err != nil {
		return nil, errors.Join(err, index.Abort())
	}
	if _, err := fmt.Fprintf(metadata, "%s|%d\n%d\n%s", w.tokenizer, w.tokens.width, end, metric(end)); err != nil {
		return nil, errors.Join(err, index.Abort(), metadata.Abort())
	}
	parts, err := commit(ctx, w.store, index, metadata, w.tokens.f)
	if err != nil {
		return nil, err
	}
	parts[2].Rows = int64(w.lengths.n)
	return []stage.Part{parts[2], parts[0], parts[1]}, nil
}

// Abort drops the shard; after Commit it does nothing.
func (w *NanotronWriter) Abort() error { return w.tokens.f.Abort() }

// writeIndex writes where each document ends and returns the end of the last.
func (w *NanotronWriter) writeIndex(f *format.File) (uint64, error) {
	x := indexWriter{f: f}
	end := uint64(0)
	w.lengths.each(func(n uint32) {
		end += uint64(n)
		x.u64(end)
	})
	x.flush()
	return end, x.err
}

// metric is n for people as the metadata has it, three digits with an SI prefix and
// the unit T for tokens: what Python's humanize.metric(n, unit="T") gives.
func metric(n uint64) string {
	exponent := len(strconv.FormatUint(n, 10)) - 1
	value := float64(n) / math.Pow10(exponent/3*3)
	digits := 2 - exponent%3
	s := strconv.FormatFloat(value, 'f', digits, 64)
	if rounded, _ := strconv.ParseFloat(s, 64); rounded >= float64([]int{10, 100, 1_000}[exponent%3]) {
		// 9.999 rounds to 10.00, which has one digit too many.
		exponent++
		if exponent%3 == 0 {
			value /= 1_000
		}
		s = strconv.FormatFloat(value, 'f', 2-exponent%3, 64)
	}
	return s + " " + []string{"", "k", "M", "G", "T", "P", "E"}[exponent/3] + "T"
}

// NanotronReader reads the shard NAME.ds with its index and metadata.
type NanotronReader struct {
	ends      []byte // as in the file
	tokenizer string
	tokens    tokenReader
}

// maxMetadataBytes bounds the three lines of the metadata.
const maxMetadataBytes = 64 << 10

// OpenNanotron loads and checks index and metadata of the shard of that name (without
// extension). Errors about their content wrap [ErrDamaged].
func OpenNanotron(ctx context.Context, s store.Store, name string) (*NanotronReader, error) {
	name += ".ds"
	ds, err := s.Stat(ctx, name)
	if err != nil {
		return nil, err
	}
	metadata, err := readAll(ctx, s, name+".metadata", maxMetadataBytes)
	if err != nil {
		return nil, err
	}
	ends, err := readAll(ctx, s, name+".index", 8*MaxDocuments)
	if err != nil {
		return nil, err
	}
	tokenizer, dtype, err := parseNanotron(metadata, ends, ds.Size)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return &NanotronReader{ends: ends, tokenizer: tokenizer,
		tokens: tokenReader{store: s, name: name, dtype: dtype}}, nil
}

// parseNanotron checks metadata and index against each other and the size of the .ds.
func parseNanotron(metadata, ends []byte, dsBytes int64) (tokenizer string, dtype DType, err error) {
	line, _, _ := strings.Cut(string(metadata), "\n")
	bar := strings.LastIndexByte(line, '|')
	if bar < 0 {
		return "", 0, fmt.Errorf("%w: the metadata %q name no token size", ErrDamaged, line)
	}
	switch line[bar+1:] {
	case "2":
		dtype = Uint16
	case "4":
		dtype = Int32 // u32 in truth; ids from 2^31 on are refused either way
	default:
		return "", 0, fmt.Errorf("%w: a token size of %q, known are 2 and 4", ErrDamaged, line[bar+1:])
	}
	if len(ends)%8 != 0 {
		return "", 0, fmt.Errorf("%w: an index of %d bytes", ErrDamaged, len(ends))
	}
	last := uint64(0)
	for i := 0; i < len(ends); i += 8 {
		end := binary.LittleEndian.Uint64(ends[i:])
		if end < last || end-last > MaxSequenceTokens {
			return "", 0, fmt.Errorf("%w: document %d ends at token %d, begins at %d", ErrDamaged, i/8, end, last)
		}
		last = end
	}
	width := uint64(dtype.Bytes())
	if last > uint64(dsBytes)/width || last*width != uint64(dsBytes) {
		return "", 0, fmt.Errorf("%w: the index ends at token %d, the file has %d bytes", ErrDamaged, last, dsBytes)
	}
	return line[:bar], dtype, nil
}

// Tokenizer is the name in the metadata.
func (r *NanotronReader) Tokenizer() string { return r.tokenizer }

// TokenBytes is the size of a token: 2 or 4.
func (r *NanotronReader) TokenBytes() int { return r.tokens.dtype.Bytes() }

// Documents is the number of documents.
func (r *NanotronReader) Documents() int { return len(r.ends) / 8 }

// Document returns the span of document i, 0 to Documents()-1, in tokens: from, and to
// without itself.
func (r *NanotronReader) Document(i int) (from, to int64) {
	if i > 0 {
		from = int64(binary.LittleEndian.Uint64(r.ends[8*i-8:]))
	}
	return from, int64(binary.LittleEndian.Uint64(r.ends[8*i:]))
}

// Append appends the ids of document i, 0 to Documents()-1, to dst and returns it.
func (r *NanotronReader) Append(ctx context.Context, dst []uint32, i int) ([]uint32, error) {
	defer r.tokens.close()
	return r.document(ctx, dst, i)
}

func (r *NanotronReader) document(ctx context.Context, dst []uint32, i int) ([]uint32, error) {
	from, to := r.Document(i)
	return r.tokens.read(ctx, dst, from*int64(r.TokenBytes()), int(to-from))
}

// All yields the ids of every document in order; see [Reader.All].
func (r *NanotronReader) All(ctx context.Context) iter.Seq2[[]uint32, error] {
	return all(&r.tokens, r.Documents(), func(dst []uint32, i int) ([]uint32, error) { return r.document(ctx, dst, i) })
}
