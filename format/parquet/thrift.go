package parquet

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/parquet-go/parquet-go/encoding/thrift"
	meta "github.com/parquet-go/parquet-go/format"
)

var (
	errThriftShort = errors.New("thrift: ends early")
	errThrift      = errors.New("thrift: damaged")
)

// thriftDepth bounds the nesting of thrift structures; those of Parquet go to 8.
const thriftDepth = 32

// structLen is the length of the structure in thrift's compact protocol that b
// begins with. It walks over every list and string, so that a decoder that
// allocates by their stated lengths is fed with true ones only.
func structLen(b []byte) (int, error) {
	w := thriftWalk{b: b}
	w.structure(thriftDepth)
	return w.at, w.err
}

type thriftWalk struct {
	b   []byte
	at  int
	err error
}

func (w *thriftWalk) fail(err error) {
	if w.err == nil {
		w.err = err
	}
	w.at = len(w.b)
}

func (w *thriftWalk) skip(n uint64) {
	if n > uint64(len(w.b)-w.at) {
		w.fail(errThriftShort)
		return
	}
	w.at += int(n)
}

func (w *thriftWalk) byte() byte {
	w.skip(1)
	if w.err != nil {
		return 0
	}
	return w.b[w.at-1]
}

func (w *thriftWalk) varint() uint64 {
	u, n := binary.Uvarint(w.b[w.at:])
	switch {
	case n > 0:
		w.at += n
	case n == 0:
		w.fail(errThriftShort)
	default:
		w.fail(errThrift)
	}
	return u
}

// field reads the head of the field behind the one of that number; STOP ends the
// structure.
func (w *thriftWalk) field(last int64) (id int64, t thrift.Type) {
	b := w.byte()
	if b == 0 {
		return 0, thrift.STOP
	}
	if id = last + int64(b>>4); b>>4 == 0 {
		id = zigzag(w.varint())
	}
	return id, thrift.Type(b & 15)
}

func zigzag(u uint64) int64 { return int64(u>>1) ^ -int64(u&1) }

func (w *thriftWalk) structure(depth int) {
	for id := int64(0); w.err == nil; {
		var t thrift.Type
		if id, t = w.field(id); t == thrift.STOP {
			return
		}
		if t != thrift.TRUE && t != thrift.FALSE {
			w.value(t, depth)
		}
	}
}

// numbers reads the numbers of a structure by their fields, 1 to 7, and passes over
// the rest; true is 1. seen has a bit for each.
func (w *thriftWalk) numbers() (n [8]int32, seen uint8) {
	for id := int64(0); w.err == nil; {
		var t thrift.Type
		if id, t = w.field(id); t == thrift.STOP {
			break
		}
		value := int32(0)
		switch t {
		case thrift.TRUE:
			value = 1
		case thrift.FALSE:
		case thrift.I32:
			value = w.int32()
		default:
			w.value(t, thriftDepth)
			continue
		}
		if id >= 1 && id <= 7 {
			n[id], seen = value, seen|1<<id
		}
	}
	return n, seen
}

func (w *thriftWalk) int32() int32 {
	n := zigzag(w.varint())
	if n != int64(int32(n)) {
		w.fail(errThrift)
	}
	return int32(n)
}

// value passes over a value. Booleans of a field have none, those of a list one
// byte.
func (w *thriftWalk) value(t thrift.Type, depth int) {
	if depth == 0 {
		w.fail(errThrift)
		return
	}
	switch t {
	case thrift.TRUE, thrift.FALSE, thrift.I8:
		w.skip(1)
	case thrift.I16, thrift.I32, thrift.I64:
		w.varint()
	case thrift.DOUBLE:
		w.skip(8)
	case thrift.BINARY:
		w.skip(w.varint())
	case thrift.UUID:
		w.skip(16)
	case thrift.STRUCT:
		w.structure(depth - 1)
	case thrift.LIST, thrift.SET:
		b := w.byte()
		n := uint64(b >> 4)
		if n == 15 {
			n = w.varint()
		}
		for ; n > 0 && w.err == nil; n-- {
			w.value(thrift.Type(b&15), depth-1)
		}
	case thrift.MAP:
		n := w.varint()
		if n == 0 {
			return
		}
		b := w.byte()
		for ; n > 0 && w.err == nil; n-- {
			w.value(thrift.Type(b>>4), depth-1)
			w.value(thrift.Type(b&15), depth-1)
		}
	default:
		w.fail(errThrift)
	}
}

// decodeHeader reads the header of a page, without its statistics, and returns its
// length.
func decodeHeader(b []byte, h *meta.PageHeader) (int, error) {
	*h = meta.PageHeader{}
	w := thriftWalk{b: b}
	seen := uint8(0)
	need := func(n [8]int32, seen, fields uint8) [8]int32 {
		if seen&fields != fields {
			w.fail(fmt.Errorf("%w: a field is missing", errThrift))
		}
		return n
	}
	for id := int64(0); w.err == nil; {
		var t thrift.Type
		if id, t = w.field(id); t == thrift.STOP {
			break
		}
		switch {
		case t == thrift.I32 && id >= 1 && id <= 4:
			n := w.int32()
			seen |= 1 << id
			switch id {
			case 1:
				h.Type = meta.PageType(n)
			case 2:
				h.UncompressedPageSize = n
			case 3:
				h.CompressedPageSize = n
			case 4:
				h.CRC = n
			}
		case t == thrift.STRUCT && id == 5:
			v, seen := w.numbers()
			n := need(v, seen, 0b11110)
			h.DataPageHeader = thrift.New(meta.DataPageHeader{NumValues: n[1], Encoding: meta.Encoding(n[2]), DefinitionLevelEncoding: meta.Encoding(n[3]), RepetitionLevelEncoding: meta.Encoding(n[4])})
		case t == thrift.STRUCT && id == 7:
			v, seen := w.numbers()
			n := need(v, seen, 0b110)
			h.DictionaryPageHeader = thrift.New(meta.DictionaryPageHeader{NumValues: n[1], Encoding: meta.Encoding(n[2])})
		case t == thrift.STRUCT && id == 8:
			v, seen := w.numbers()
			n := need(v, seen, 0b1111110)
			h.DataPageHeaderV2 = thrift.New(meta.DataPageHeaderV2{NumValues: n[1], NumNulls: n[2], NumRows: n[3], Encoding: meta.Encoding(n[4]), DefinitionLevelsByteLength: n[5], RepetitionLevelsByteLength: n[6]})
			h.DataPageHeaderV2.V.IsCompressed = thrift.Null[bool]{V: n[7] == 1, Valid: seen&(1<<7) != 0}
		case t != thrift.TRUE && t != thrift.FALSE:
			w.value(t, thriftDepth)
		}
	}
	need([8]int32{}, seen, 0b1110)
	return w.at, w.err
}

// appendHeader writes the header of a page of so many bytes that is not compressed.
func appendHeader(dst []byte, h *meta.PageHeader, size int) []byte {
	ints := func(n ...int32) { // of the fields that follow each other
		for _, n := range n {
			dst = binary.AppendVarint(append(dst, 1<<4|byte(thrift.I32)), int64(n))
		}
	}
	inner := func(field byte) { dst = append(dst, (field-3)<<4|byte(thrift.STRUCT)) }
	ints(int32(h.Type), int32(size), int32(size))
	switch h.Type {
	case meta.DataPage:
		v := &h.DataPageHeader.V
		inner(5)
		ints(v.NumValues, int32(v.Encoding), int32(v.DefinitionLevelEncoding), int32(v.RepetitionLevelEncoding))
	case meta.DictionaryPage:
		v := &h.DictionaryPageHeader.V
		inner(7)
		ints(v.NumValues, int32(v.Encoding))
	case meta.DataPageV2:
		v := &h.DataPageHeaderV2.V
		inner(8)
		ints(v.NumValues, v.NumNulls, v.NumRows, int32(v.Encoding), v.DefinitionLevelsByteLength, v.RepetitionLevelsByteLength)
	}
	return append(dst, 0, 0)
}
