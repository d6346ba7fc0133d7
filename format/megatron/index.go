package megatron

import (
	"encoding/binary"
	"fmt"
)

// Index is a checked .idx file. It is kept as it was read, 20 bytes a document.
type Index struct {
	raw                  []byte
	dtype                DType
	sequences, documents int
}

// ParseIndex checks the bytes of an .idx file against the layout and the size of its
// .bin and keeps b. Sequences must stand in order and share no bytes, as every writer
// leaves them. It allocates nothing that depends on what the numbers in it claim. Errors
// wrap [ErrDamaged].
func ParseIndex(b []byte, binBytes int64) (*Index, error) {
	damaged := func(format string, args ...any) (*Index, error) {
		return nil, fmt.Errorf("%w: index: %s", ErrDamaged, fmt.Sprintf(format, args...))
	}
	if len(b) < headerSize {
		return damaged("%d bytes, the header alone has %d", len(b), headerSize)
	}
	if string(b[:len(magic)]) != magic {
		return damaged("begins with %q, not %q", b[:len(magic)], magic)
	}
	if v := binary.LittleEndian.Uint64(b[9:]); v != version {
		return damaged("version %d, known is %d", v, version)
	}
	x := &Index{raw: b, dtype: DType(b[17])}
	if x.dtype.Bytes() == 0 {
		return damaged("type code %d is no integer type", b[17])
	}
	sequences, bounds := binary.LittleEndian.Uint64(b[18:]), binary.LittleEndian.Uint64(b[26:])
	// Both are held against the size first: their products then cannot overflow.
	if rest := uint64(len(b) - headerSize); sequences > rest/12 || bounds > rest/8 || bounds == 0 ||
		rest != 12*sequences+8*bounds && rest != 13*sequences+8*bounds {
		return damaged("%d bytes do not hold %d sequences and %d document bounds", len(b), sequences, bounds)
	}
	x.sequences, x.documents = int(sequences), int(bounds)-1
	end := int64(0)
	for i := range x.sequences {
		n, at := x.length(i), x.offset(i)
		size := n * int64(x.dtype.Bytes())
		if n < 0 || at < end || size > binBytes || at > binBytes-size {
			return damaged("sequence %d has %d tokens at byte %d, after byte %d of %d", i, n, at, end, binBytes)
		}
		end = at + size
	}
	if first := x.bound(0); first != 0 {
		return damaged("the first document begins at sequence %d", first)
	}
	for i := range x.documents {
		if x.bound(i+1) < x.bound(i) {
			return damaged("document %d ends at sequence %d and begins at %d", i, x.bound(i+1), x.bound(i))
		}
	}
	if last := x.bound(x.documents); last != int64(x.sequences) {
		return damaged("the documents end at sequence %d of %d", last, x.sequences)
	}
	return x, nil
}

// length is the number of tokens of a sequence.
func (x *Index) length(i int) int64 {
	return int64(int32(binary.LittleEndian.Uint32(x.raw[headerSize+4*i:])))
}

// offset is the place of a sequence in the .bin, in bytes.
func (x *Index) offset(i int) int64 {
	return int64(binary.LittleEndian.Uint64(x.raw[headerSize+4*x.sequences+8*i:]))
}

// bound is the first sequence of document i.
func (x *Index) bound(i int) int64 {
	return int64(binary.LittleEndian.Uint64(x.raw[headerSize+12*x.sequences+8*i:]))
}

// DType is the type of the tokens.
func (x *Index) DType() DType { return x.dtype }

// Sequences is the number of sequences.
func (x *Index) Sequences() int { return x.sequences }

// Documents is the number of documents, each of one or more sequences as a rule.
func (x *Index) Documents() int { return x.documents }

// Sequence returns the place of sequence i, 0 to Sequences()-1: its offset in the
// .bin in bytes, and its length in tokens.
func (x *Index) Sequence(i int) (offset int64, tokens int) { return x.offset(i), int(x.length(i)) }

// Document returns the sequences of document i, 0 to Documents()-1: from, and to
// without itself.
func (x *Index) Document(i int) (from, to int) { return int(x.bound(i)), int(x.bound(i + 1)) }

// Tokens is the number of tokens of all sequences.
func (x *Index) Tokens() int64 {
	var sum int64
	for i := range x.sequences {
		sum += x.length(i)
	}
	return sum
}
