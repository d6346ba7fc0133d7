package inflate

import "math/bits"

// Table sizes: a code of n symbols and at most 15 bits, looked up by `root`
// bits first, needs at most so many entries with its subtables (zlib's
// examples/enough.c): 286 symbols, 11 root bits: 2,342; 30 symbols, 8 root
// bits: 402. The arrays are the next power of two, so that a masked index
// needs no bounds check.
const (
	litBits  = 11
	distBits = 8
	preBits  = 7

	litTableSize  = 4096
	distTableSize = 512
	preTableSize  = 128

	maxLit     = 288
	maxDist    = 32
	maxCodeLen = 15
)

// A table entry, from the lowest bit:
//
//	0-5   bits to remove: code and extra bits together
//	8-11  bits of the code alone; for a subtable link, the subtable's index bits
//	13    no such code
//	14    end of block
//	15    one of the rare ones: no such code, end of block, subtable link
//	16-30 literal, base of length or distance, or start of the subtable
//	31    literal
const (
	entryInvalid = 1<<15 | 1<<13
	entryEnd     = 1<<15 | 1<<14
	entryLink    = 1 << 15
	entryRare    = 1 << 15
	entryLiteral = 1 << 31
)

// litEntry returns the entry of a literal/length symbol without code length
// (RFC 1951 section 3.2.5).
func litEntry(sym int) uint32 {
	switch {
	case sym < 256:
		return entryLiteral | uint32(sym)<<16
	case sym == 256:
		return entryEnd
	case sym < 265:
		return uint32(sym-254) << 16
	case sym < 285:
		extra := uint32(sym-261) / 4
		return (3+(4+uint32(sym-265)%4)<<extra)<<16 | extra
	case sym == 285:
		return 258 << 16
	}
	return entryInvalid
}

func distEntry(sym int) uint32 {
	switch {
	case sym < 4:
		return uint32(sym+1) << 16
	case sym < 30:
		extra := uint32(sym-2) / 2
		return (1+(2+uint32(sym)%2)<<extra)<<16 | extra
	}
	return entryInvalid
}

func preEntry(sym int) uint32 { return uint32(sym) << 16 }

// build fills table for a canonical Huffman code and reports whether the code
// is complete, or one of the two incomplete ones that deflate tolerates: no
// symbol at all, or a single one of length 1.
func build(table []uint32, root uint, lens []uint8, entry *[maxLit]uint32) bool {
	var count, next [maxCodeLen + 2]int
	for _, n := range lens {
		count[n]++
	}
	size := 1 << root
	used := len(lens) - count[0]
	left := 1 // codes of the present length still free
	for n := 1; n <= maxCodeLen; n++ {
		left = left<<1 - count[n]
		if left < 0 {
			return false
		}
		next[n+1] = next[n] + count[n]
	}
	if left > 0 {
		if used > 1 || used != count[1] {
			return false
		}
		table[0], table[1] = entryInvalid, entryInvalid
		if used == 0 {
			double(table, 1, size)
			return true
		}
	}
	var sorted [maxLit]uint16
	for sym, n := range lens {
		if n != 0 {
			sorted[next[n]] = uint16(sym)
			next[n]++
		}
	}
	// Up to the root size a code of n bits is written once, into a table for n
	// bits; when n grows the table is doubled by copying, which puts the code
	// wherever its bits are followed by others.
	code := uint(0) // bits in stream order, that is reversed
	filled := 1     // entries filled
	free := size    // first entry not used by root or subtables
	prefix, sub, subBits := ^uint(0), 0, uint(0)
	for i := range used {
		sym := sorted[i]
		n := uint(lens[sym])
		if n <= root {
			filled = double(table, filled, 1<<n)
			table[code] = entry[sym] + uint32(n)<<8 + uint32(n)
		} else {
			filled = double(table, filled, size)
			if low := code & (1<<root - 1); low != prefix {
				prefix, sub, subBits = low, free, subtableBits(n, root, &count)
				free += 1 << subBits
				table[low] = entryLink | uint32(sub)<<16 | uint32(subBits)<<8 | uint32(root)
			}
			e := entry[sym] + uint32(n-root)<<8 + uint32(n-root)
			for k := code >> root; k < 1<<subBits; k += 1 << (n - root) {
				table[sub+int(k)] = e
			}
		}
		count[n]--
		// Next code of this length in reversed bits: add one at the top.
		inv := ^code & (1<<n - 1)
		if inv == 0 {
			break
		}
		top := uint(1) << (bits.Len(inv) - 1)
		code = code&(top-1) | top
	}
	double(table, filled, size)
	return true
}

// double copies the first filled entries until there are size.
func double(table []uint32, filled, size int) int {
	for ; filled < size; filled *= 2 {
		copy(table[filled:2*filled], table[:filled])
	}
	return filled
}

// subtableBits returns the index size that holds all codes sharing a prefix of
// root bits, the first of which has n bits. count holds the codes not yet placed.
func subtableBits(n, root uint, count *[maxCodeLen + 2]int) uint {
	size := n - root
	for space := count[n]; n < maxCodeLen && space < 1<<size; {
		n++
		size++
		space = space<<1 + count[n]
	}
	return size
}

// entries fills the lists of entries by symbol, once in a Decoder's life.
func (d *Decoder) entries() {
	if d.ready {
		return
	}
	for i := range maxLit {
		d.litEntries[i], d.distEntries[i], d.preEntries[i] = litEntry(i), distEntry(i), preEntry(i)
	}
	d.ready = true
}

// fixedTables sets up the code of section 3.2.6.
func (d *Decoder) fixedTables() {
	for i := range maxLit {
		switch {
		case i < 144:
			d.lens[i] = 8
		case i < 256:
			d.lens[i] = 9
		case i < 280:
			d.lens[i] = 7
		default:
			d.lens[i] = 8
		}
	}
	for i := range maxDist {
		d.lens[maxLit+i] = 5
	}
	d.entries()
	build(d.lit[:], litBits, d.lens[:maxLit], &d.litEntries)
	build(d.dist[:], distBits, d.lens[maxLit:], &d.distEntries)
	d.fixed = true
}

// preOrder is the order in which code length codes are stored.
var preOrder = [19]uint8{16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15}

// dynamicTables reads the header of a dynamic block (section 3.2.7).
func (d *Decoder) dynamicTables() error {
	d.fixed = false
	d.entries()
	if err := d.need(14); err != nil {
		return err
	}
	nlit, ndist, npre := int(d.take(5))+257, int(d.take(5))+1, int(d.take(4))+4
	if nlit > 286 || ndist > 30 {
		return d.corrupt("number of codes")
	}
	var pre [19]uint8
	for i := range npre {
		if err := d.need(3); err != nil {
			return err
		}
		pre[preOrder[i]] = uint8(d.take(3))
	}
	if !build(d.pre[:], preBits, pre[:], &d.preEntries) {
		return d.corrupt("code length code")
	}
	if allZero(pre[:]) {
		return d.corrupt("code length code")
	}
	if err := d.codeLengths(d.lens[:nlit+ndist]); err != nil {
		return err
	}
	if !build(d.lit[:], litBits, d.lens[:nlit], &d.litEntries) {
		return d.corrupt("literal code")
	}
	if !build(d.dist[:], distBits, d.lens[nlit:nlit+ndist], &d.distEntries) {
		return d.corrupt("distance code")
	}
	return nil
}

func allZero(b []uint8) bool {
	for _, v := range b {
		if v != 0 {
			return false
		}
	}
	return true
}

// codeLengths reads the run-length coded lengths of both codes.
func (d *Decoder) codeLengths(lens []uint8) error {
	for i := 0; i < len(lens); {
		// Seven code bits and seven extra bits; fewer may do at the end.
		short := d.need(14) != nil
		e := d.pre[d.bits&(preTableSize-1)]
		n := uint(e & 63)
		if e&entryRare != 0 {
			if short && d.nbits == 0 {
				return ErrTruncated
			}
			return d.corrupt("code length symbol")
		}
		if n > d.nbits {
			return ErrTruncated
		}
		d.take(n)
		sym := uint8(e >> 16)
		if sym < 16 {
			lens[i] = sym
			i++
			continue
		}
		var extra, repeat uint
		var value uint8
		switch sym {
		case 16:
			if i == 0 {
				return d.corrupt("repeat without length")
			}
			extra, repeat, value = 2, 3, lens[i-1]
		case 17:
			extra, repeat = 3, 3
		default:
			extra, repeat = 7, 11
		}
		if extra > d.nbits {
			return ErrTruncated
		}
		k := int(repeat + d.take(extra))
		if k > len(lens)-i {
			return d.corrupt("code length repeat")
		}
		for ; k > 0; k-- {
			lens[i] = value
			i++
		}
	}
	return nil
}
