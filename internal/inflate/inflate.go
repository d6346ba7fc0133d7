// Package inflate decompresses whole gzip members, zlib streams and raw
// deflate streams (RFC 1952, 1950, 1951) that lie in memory, into memory.
//
// Having input and output whole is what makes it fast: there is no window to
// copy out of and no place where decoding must be able to stop and resume. It
// was made for WARC files, where each record is a small member. Streams that
// are too large to hold belong to a streaming decompressor.
//
// The method is the usual one of fast inflaters (zlib's inflate_fast, and
// libdeflate, whose idea of packing base, extra bits and code length in one
// table entry is used): a 64-bit bit buffer refilled by one 8-byte load, one
// table look-up a symbol with subtables for long codes, up to three literals a
// refill, matches copied by words.
package inflate

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/adler32"
	"hash/crc32"
	"math"
)

var (
	// ErrTruncated: the input ends before the stream does. More input may help.
	ErrTruncated = errors.New("inflate: truncated input")
	// ErrTooLarge: the output would exceed maxOut.
	ErrTooLarge = errors.New("inflate: output larger than the limit")
	// ErrChecksum: the stream decodes, but checksum or size differ.
	ErrChecksum = errors.New("inflate: checksum mismatch")
)

// CorruptError reports input that is no valid stream.
type CorruptError struct {
	// Offset is about where in the input, in bytes; the decoder reads up to
	// eight bytes ahead.
	Offset int
	// Reason names the rule that was broken.
	Reason string
}

// Error returns place and reason.
func (e *CorruptError) Error() string {
	return fmt.Sprintf("inflate: corrupt input near byte %d: %s", e.Offset, e.Reason)
}

// Decoder holds the code tables, so that they are not made anew for each
// stream. The zero value is ready; it is not safe for concurrent use. It keeps
// no reference to input or output between calls.
type Decoder struct {
	lit   [litTableSize]uint32
	dist  [distTableSize]uint32
	pre   [preTableSize]uint32
	fixed bool // lit and dist hold the fixed code

	// Entries by symbol, without code lengths; made once.
	litEntries, distEntries, preEntries [maxLit]uint32
	ready                               bool

	lens [maxLit + maxDist]uint8

	src   []byte
	in    int    // next unread byte of src
	bits  uint64 // unread bits, first in the lowest place
	nbits uint   // number of valid bits in bits
	out   []byte // whole capacity; the first o bytes are output
	o     int
	base  int // start of this stream's output in out
	limit int // o must not exceed it
}

// Member decodes the gzip member at the start of src, appends its content to
// dst and returns the result, with the number of bytes of src that the member
// takes. dst may be nil or a buffer to reuse; content beyond maxOut bytes
// (dst's own not counted) is refused with ErrTooLarge.
//
// On an error out holds what was decoded until then, which may be wrong except
// after ErrTruncated and ErrTooLarge; consumed is 0, save for ErrChecksum,
// where it tells the member's end, and for ErrTruncated where nothing but the
// trailer is cut: there it tells the end of the deflate data.
func (d *Decoder) Member(dst, src []byte, maxOut int) (out []byte, consumed int, err error) {
	n, err := gzipHeader(src)
	if err != nil {
		return dst, 0, err
	}
	out, end, err := d.stream(dst, src, n, maxOut)
	if err != nil {
		return out, 0, err
	}
	if len(src)-end < 8 {
		return out, end, ErrTruncated
	}
	content := out[len(dst):]
	if binary.LittleEndian.Uint32(src[end:]) != crc32.ChecksumIEEE(content) ||
		binary.LittleEndian.Uint32(src[end+4:]) != uint32(len(content)) {
		return out, end + 8, ErrChecksum
	}
	return out, end + 8, nil
}

// Zlib is Member for a zlib stream, which HTTP calls "deflate". Preset
// dictionaries are refused.
func (d *Decoder) Zlib(dst, src []byte, maxOut int) (out []byte, consumed int, err error) {
	if len(src) < 2 {
		return dst, 0, ErrTruncated
	}
	if !IsZlib(src) {
		return dst, 0, &CorruptError{0, "zlib header"}
	}
	out, end, err := d.stream(dst, src, 2, maxOut)
	if err != nil {
		return out, 0, err
	}
	if len(src)-end < 4 {
		return out, 0, ErrTruncated
	}
	if binary.BigEndian.Uint32(src[end:]) != adler32.Checksum(out[len(dst):]) {
		return out, end + 4, ErrChecksum
	}
	return out, end + 4, nil
}

// Raw is Member for a deflate stream without header and checksum.
func (d *Decoder) Raw(dst, src []byte, maxOut int) (out []byte, consumed int, err error) {
	out, end, err := d.stream(dst, src, 0, maxOut)
	if err != nil {
		return out, 0, err
	}
	return out, end, nil
}

// IsZlib tells whether src starts with a zlib header without dictionary.
func IsZlib(src []byte) bool {
	return len(src) >= 2 && src[0]&0x0f == 8 && src[0]>>4 <= 7 &&
		src[1]&0x20 == 0 && (uint(src[0])<<8|uint(src[1]))%31 == 0
}

// gzipHeader returns the size of the header (RFC 1952 section 2.3).
func gzipHeader(src []byte) (int, error) {
	if len(src) < 10 {
		for i, c := range []byte{0x1f, 0x8b, 8} {
			if i < len(src) && src[i] != c {
				return 0, &CorruptError{i, "gzip magic"}
			}
		}
		return 0, ErrTruncated
	}
	if src[0] != 0x1f || src[1] != 0x8b || src[2] != 8 {
		return 0, &CorruptError{0, "gzip magic"}
	}
	flags, n := src[3], 10
	if flags&0xe0 != 0 {
		return 0, &CorruptError{3, "reserved gzip flags"}
	}
	if flags&4 != 0 { // extra field
		if len(src) < n+2 {
			return 0, ErrTruncated
		}
		n += 2 + int(binary.LittleEndian.Uint16(src[n:]))
	}
	for f := byte(8); f <= 16; f <<= 1 { // file name, comment
		if flags&f == 0 {
			continue
		}
		for {
			if n >= len(src) {
				return 0, ErrTruncated
			}
			n++
			if src[n-1] == 0 {
				break
			}
		}
	}
	if flags&2 != 0 { // header checksum
		if len(src) < n+2 {
			return 0, ErrTruncated
		}
		if uint16(crc32.ChecksumIEEE(src[:n])) != binary.LittleEndian.Uint16(src[n:]) {
			return 0, &CorruptError{n, "gzip header checksum"}
		}
		n += 2
	}
	if n > len(src) {
		return 0, ErrTruncated
	}
	return n, nil
}

// stream decodes blocks from src[at:] and returns the offset behind them.
func (d *Decoder) stream(dst, src []byte, at, maxOut int) (out []byte, end int, err error) {
	maxOut = max(0, min(maxOut, math.MaxInt/4))
	d.src, d.in, d.bits, d.nbits = src, at, 0, 0
	d.out, d.o, d.base, d.limit = dst[:cap(dst)], len(dst), len(dst), len(dst)+maxOut
	for last := false; !last && err == nil; {
		if last, err = d.block(); err == nil && d.o > d.limit {
			err = ErrTooLarge
		}
	}
	if d.o > d.limit { // words and the fast loop may run over it a little
		d.o, err = d.limit, ErrTooLarge
	}
	out, end = d.out[:d.o], d.in-int(d.nbits>>3)
	d.src, d.out = nil, nil
	return out, end, err
}

func (d *Decoder) corrupt(reason string) error {
	return &CorruptError{d.in - int(d.nbits>>3), reason}
}

// need makes at least n bits available, n up to 56.
func (d *Decoder) need(n uint) error {
	for d.nbits < n {
		if d.in >= len(d.src) {
			return ErrTruncated
		}
		d.bits |= uint64(d.src[d.in]) << (d.nbits & 63)
		d.in++
		d.nbits += 8
	}
	return nil
}

// take removes n bits that need has made available.
func (d *Decoder) take(n uint) uint {
	v := uint(d.bits & (1<<(n&63) - 1))
	d.bits >>= n & 63
	d.nbits -= n
	return v
}

func (d *Decoder) block() (last bool, err error) {
	if err := d.need(3); err != nil {
		return false, err
	}
	last = d.take(1) == 1
	switch d.take(2) {
	case 0:
		return last, d.stored()
	case 1:
		if !d.fixed {
			d.fixedTables()
		}
		return last, d.codes()
	case 2:
		if err := d.dynamicTables(); err != nil {
			return last, err
		}
		return last, d.codes()
	}
	return last, d.corrupt("block type 3")
}

// stored copies an uncompressed block.
func (d *Decoder) stored() error {
	d.take(d.nbits & 7)
	d.in -= int(d.nbits >> 3)
	d.bits, d.nbits = 0, 0
	if len(d.src)-d.in < 4 {
		return ErrTruncated
	}
	n := int(binary.LittleEndian.Uint16(d.src[d.in:]))
	if uint16(n) != ^binary.LittleEndian.Uint16(d.src[d.in+2:]) {
		return d.corrupt("stored block length")
	}
	d.in += 4
	if len(d.out)-d.o < n {
		d.grow(n)
	}
	k := copy(d.out[d.o:d.o+n], d.src[d.in:])
	d.o += k
	d.in += k
	if k < n {
		return ErrTruncated
	}
	return nil
}

// grow makes room for at least n more bytes, twice as much if it can.
func (d *Decoder) grow(n int) {
	size := max(2*len(d.out), d.o+n, d.base+minOutput)
	if most := d.limit + slack; size > most {
		size = max(most, d.o+n)
	}
	grown := make([]byte, size)
	copy(grown, d.out[:d.o])
	d.out = grown
}
