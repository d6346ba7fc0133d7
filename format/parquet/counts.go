package parquet

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/bits"

	"github.com/parquet-go/parquet-go/encoding/delta"
	meta "github.com/parquet-go/parquet-go/format"
)

var (
	errShort  = errors.New("the page ends before its values")
	errCounts = errors.New("the page does not hold as many values as its header states")
	errWidth  = errors.New("more bits than a value has")
)

// runSlack is how many values more than there are the runs of a page may hold:
// a writer pads bit-packed groups, at most as many as one byte counts.
const runSlack = 504

// check looks whether a page that is not compressed holds what its header says:
// as many levels as values, as many values as levels call for. parquet-go
// allocates by these numbers and, where they are too large, takes what another
// page left behind for values. It returns how many bytes of the page are used.
func (p *pages) check(h *meta.PageHeader, page []byte) (used int, err error) {
	if h.Type == meta.DictionaryPage {
		p.entries = int(h.DictionaryPageHeader.V.NumValues)
		return p.plainLen(page, p.entries)
	}
	n, present, encoding, values, err := p.levels(h, page)
	if err != nil {
		return 0, err
	}
	p.left -= int64(n)
	levels := len(page) - len(values)
	switch {
	case present == 0: // writers leave out what the encoding calls for
		h.DataPageHeader.V.Encoding, h.DataPageHeaderV2.V.Encoding = meta.Plain, meta.Plain
		return levels, nil
	case encoding == meta.Plain:
		used, err = p.plainLen(values, present)
		return levels + used, err
	}
	return len(page), p.values(encoding, values, present)
}

// levels passes over the levels of a data page. It returns the number of its
// values, how many of them are not null, and these as they are encoded.
func (p *pages) levels(h *meta.PageHeader, page []byte) (n, present int, encoding meta.Encoding, values []byte, err error) {
	var rep, def []byte
	nulls := -1
	if h.Type == meta.DataPageV2 {
		v := &h.DataPageHeaderV2.V
		r, d := int(v.RepetitionLevelsByteLength), int(v.DefinitionLevelsByteLength)
		n, nulls, encoding, rep, def, values = int(v.NumValues), int(v.NumNulls), v.Encoding, page[:r], page[r:r+d], page[r+d:]
	} else {
		v := &h.DataPageHeader.V
		n, encoding, values = int(v.NumValues), v.Encoding, page
		if p.leaf.rep > 0 {
			if rep, values, err = levelsV1(values, v.RepetitionLevelEncoding); err != nil {
				return
			}
		}
		if p.leaf.def > 0 {
			if def, values, err = levelsV1(values, v.DefinitionLevelEncoding); err != nil {
				return
			}
		}
	}
	present = n
	if p.leaf.rep > 0 {
		_, err = countRuns(rep, width(p.leaf.rep), n, p.leaf.rep)
	}
	if p.leaf.def > 0 && err == nil {
		present, err = countRuns(def, width(p.leaf.def), n, p.leaf.def)
	}
	if err == nil && nulls >= 0 && nulls != n-present {
		err = errCounts
	}
	return
}

// levelsV1 cuts the levels off a data page v1.
func levelsV1(b []byte, encoding meta.Encoding) (levels, rest []byte, err error) {
	if encoding != meta.RLE {
		return nil, nil, fmt.Errorf("levels in the encoding %s are not supported", encoding)
	}
	if len(b) < 4 {
		return nil, nil, errShort
	}
	n := binary.LittleEndian.Uint32(b)
	if uint64(n) > uint64(len(b)-4) {
		return nil, nil, errShort
	}
	return b[4 : 4+n], b[4+n:], nil
}

// countRuns reads n values of the hybrid of runs and bit-packed groups and counts
// those that equal one.
func countRuns(b []byte, width, n, equal int) (count int, err error) {
	for left := n; left > 0 || len(b) > 0; {
		u, k := binary.Uvarint(b)
		if k <= 0 {
			return 0, errShort
		}
		b = b[k:]
		run, bytes := u>>1, (width+7)/8
		if u&1 == 1 {
			run, bytes = min(run, 1<<32)*8, int(min(run, 1<<32))*width
		}
		if run > uint64(max(left, 0)+runSlack) {
			return 0, errCounts
		}
		if bytes > len(b) {
			return 0, errShort
		}
		of := min(int(run), max(left, 0))
		if u&1 == 1 {
			count += countPacked(b[:bytes], width, of, equal)
		} else if run > 0 && little(b[:bytes]) == equal {
			count += of
		}
		b, left = b[bytes:], left-int(run)
		if left < -runSlack {
			return 0, errCounts
		}
	}
	return count, nil
}

func little(b []byte) (v int) {
	for i, c := range b {
		v |= int(c) << (8 * i)
	}
	return v
}

// countPacked counts the values that equal one among the first n of bit-packed
// groups.
func countPacked(b []byte, width, n, equal int) (count int) {
	if equal < 0 {
		return 0
	}
	if width == 1 {
		for i, c := range b[:(n+7)/8] {
			if rest := n - 8*i; rest < 8 {
				c &= 1<<rest - 1
			}
			count += bits.OnesCount8(c)
		}
		if equal == 0 {
			count = n - count
		}
		return count
	}
	acc, have := uint64(0), 0
	for range n {
		for have < width {
			acc, b, have = acc|uint64(b[0])<<have, b[1:], have+8
		}
		if int(acc&(1<<width-1)) == equal {
			count++
		}
		acc, have = acc>>width, have-width
	}
	return count
}

// values checks n values by their encoding.
func (p *pages) values(encoding meta.Encoding, b []byte, n int) error {
	switch encoding {
	//lint:ignore SA1019 older writers have it
	case meta.PlainDictionary, meta.RLEDictionary:
		return p.indexes(b, n)
	case meta.RLE:
		b, _, err := levelsV1(b, meta.RLE)
		if err == nil {
			_, err = countRuns(b, 1, n, -1)
		}
		return err
	case meta.ByteStreamSplit:
		if len(b) != n*p.leaf.size/8 {
			return errCounts
		}
		return nil
	case meta.DeltaBinaryPacked:
		_, err := deltaLen(b, n, p.leaf.size)
		return err
	case meta.DeltaLengthByteArray:
		_, err := deltaLen(b, n, 32)
		return err
	case meta.DeltaByteArray:
		return p.prefixes(b, n)
	}
	return fmt.Errorf("the encoding %s is not supported", encoding)
}

// plainLen is the length of n values of the encoding PLAIN, those of a dictionary
// too. Bytes may stand behind them: fastparquet fills up with zeros.
func (p *pages) plainLen(b []byte, n int) (int, error) {
	if p.leaf.size > 0 {
		used := (n*p.leaf.size + 7) / 8
		if used > len(b) {
			return 0, errShort
		}
		return used, nil
	}
	at := 0
	for ; n > 0; n-- {
		rest := len(b) - at - 4
		if rest < 0 {
			return 0, errShort
		}
		length := binary.LittleEndian.Uint32(b[at:])
		if uint64(length) > uint64(rest) {
			return 0, errShort
		}
		at += 4 + int(length)
	}
	return at, nil
}

// indexes checks indexes into the dictionary; parquet-go checks whether they lie
// in it.
func (p *pages) indexes(b []byte, n int) error {
	switch {
	case p.entries < 0:
		return errors.New("there is no dictionary")
	case len(b) == 0:
		return errShort
	case b[0] > 32:
		return errWidth
	}
	_, err := countRuns(b[1:], int(b[0]), n, -1)
	return err
}

// deltaLen is the length of n values in the encoding DELTA_BINARY_PACKED, of at
// most that many bits each.
func deltaLen(b []byte, n, width int) (int, error) {
	at := 0
	uvarint := func() uint64 {
		u, k := binary.Uvarint(b[at:])
		if k <= 0 {
			u, k = 0, len(b)-at
		}
		at += k
		return u
	}
	block, minis, total := uvarint(), uvarint(), uvarint()
	uvarint() // the first value
	switch {
	case total != uint64(n):
		return 0, errCounts
	case minis == 0 || block > 1<<16 || minis > block || block/minis%32 != 0:
		return 0, fmt.Errorf("blocks of %d values in %d parts", block, minis)
	}
	for left := n - 1; left > 0; {
		uvarint() // the smallest difference
		widths := b[at:]
		if len(widths) == 0 {
			return 0, errShort
		}
		widths = widths[:min(len(widths), int(minis))]
		at += len(widths)
		for _, w := range widths {
			if left <= 0 {
				break // parts without values have no bytes
			}
			if int(w) > width {
				return 0, errWidth
			}
			at = min(at+int(block/minis)*int(w)/8, len(b)) // the last may be cut
			left -= int(block / minis)
		}
	}
	return at, nil
}

// prefixesMax is the largest page in bytes whose values repeat the beginnings of
// each other.
const prefixesMax = 1 << 28

// prefixes checks values of the encoding DELTA_BYTE_ARRAY: each begins with so
// many bytes of the one before it.
func (p *pages) prefixes(b []byte, n int) error {
	var lengths [2][]int32
	for i := range lengths {
		used, err := deltaLen(b, n, 32)
		if err == nil {
			lengths[i], err = new(delta.BinaryPackedEncoding).DecodeInt32(nil, b[:used])
		}
		if err != nil {
			return err
		}
		b = b[used:]
	}
	prefix, suffix := lengths[0], lengths[1]
	if len(prefix) != n || len(suffix) != n {
		return errCounts
	}
	size, before, left := int64(0), int32(0), int64(len(b))
	for i := range n {
		length := int64(prefix[i]) + int64(suffix[i])
		left -= int64(suffix[i])
		if prefix[i] < 0 || suffix[i] < 0 || prefix[i] > before || left < 0 || p.leaf.length > 0 && length != int64(p.leaf.length) {
			return errCounts
		}
		before = int32(min(length, prefixesMax))
		if size += length; size > prefixesMax {
			return fmt.Errorf("the values of the page take more than %d bytes", prefixesMax)
		}
	}
	return nil
}
