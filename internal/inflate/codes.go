package inflate

import "encoding/binary"

const (
	// slack is the room the fast loop keeps behind the output: three literals,
	// a match of 258 bytes, and up to 31 bytes of overrun by word copies.
	slack = 320
	// minOutput is the smallest output buffer that is made.
	minOutput = 4096
	// fastIn is the input the fast loop needs for one round, and one to enter:
	// three refills of at most 7 bytes, the last reading 8.
	fastIn = 24
)

// codes decodes the symbols of one block: the fast loop while input and output
// have room, the careful one at the ends.
func (d *Decoder) codes() error {
	for {
		if d.o > d.limit {
			return ErrTooLarge
		}
		if len(d.out)-d.o < slack {
			d.grow(slack)
		}
		if len(d.src)-d.in >= fastIn {
			done, err := d.fast()
			if done || err != nil {
				return err
			}
			continue
		}
		done, err := d.careful()
		if done || err != nil {
			return err
		}
	}
}

// fast decodes until the end of the block (done), or until input or output
// run short. It is one long function so that its state stays in registers.
func (d *Decoder) fast() (done bool, err error) {
	src, out := d.src, d.out
	in, o, bits, nbits := d.in, d.o, d.bits, d.nbits
	lit, dist := &d.lit, &d.dist
	inEnd, outEnd := len(src)-fastIn, min(len(out)-slack, d.limit)
	base := d.base
	reason := ""
	// The next symbol's entry is looked up before each refill, which hides the
	// latency of both: every path below leaves litBits valid bits for it.
	bits |= binary.LittleEndian.Uint64(src[in:]) << (nbits & 63)
	in += int((63 - nbits) >> 3)
	nbits |= 56
	e := lit[bits&(1<<litBits-1)]
	for in <= inEnd && o <= outEnd {
		bits |= binary.LittleEndian.Uint64(src[in:]) << (nbits & 63)
		in += int((63 - nbits) >> 3)
		nbits |= 56
		if e&entryLiteral != 0 {
			out[o] = byte(e >> 16)
			o++
			bits >>= e & 63
			nbits -= uint(e & 63)
			e = lit[bits&(1<<litBits-1)]
			if e&entryLiteral != 0 {
				out[o] = byte(e >> 16)
				o++
				bits >>= e & 63
				nbits -= uint(e & 63)
				e = lit[bits&(1<<litBits-1)]
				if e&entryLiteral != 0 {
					out[o] = byte(e >> 16)
					o++
					bits >>= e & 63
					nbits -= uint(e & 63)
					e = lit[bits&(1<<litBits-1)]
					continue
				}
			}
		}
		if e&entryRare != 0 {
			if e&entryEnd == entryLink {
				if e&entryInvalid == entryInvalid {
					reason = "literal or length code"
					break
				}
				bits >>= litBits
				nbits -= litBits
				e = lit[(uint64(e>>16)+bits&(1<<(e>>8&15)-1))&(litTableSize-1)]
			}
			if e&entryRare != 0 {
				if e&entryEnd == entryEnd {
					bits >>= e & 63
					nbits -= uint(e & 63)
					done = true
				} else {
					reason = "literal or length code"
				}
				break
			}
			if e&entryLiteral != 0 {
				out[o] = byte(e >> 16)
				o++
				bits >>= e & 63
				nbits -= uint(e & 63)
				e = lit[bits&(1<<litBits-1)]
				continue
			}
		}
		length := int(e>>16) + int((bits&(1<<(e&63)-1))>>(e>>8&15))
		bits >>= e & 63
		nbits -= uint(e & 63)
		if nbits < 28+litBits {
			bits |= binary.LittleEndian.Uint64(src[in:]) << (nbits & 63)
			in += int((63 - nbits) >> 3)
			nbits |= 56
		}
		e = dist[bits&(1<<distBits-1)]
		if e&entryRare != 0 {
			if e&entryInvalid == entryInvalid {
				reason = "distance code"
				break
			}
			bits >>= distBits
			nbits -= distBits
			e = dist[(uint64(e>>16)+bits&(1<<(e>>8&15)-1))&(distTableSize-1)]
			if e&entryRare != 0 {
				reason = "distance code"
				break
			}
		}
		back := int(e>>16) + int((bits&(1<<(e&63)-1))>>(e>>8&15))
		bits >>= e & 63
		nbits -= uint(e & 63)
		s := o - back
		if s < base {
			reason = "distance too far back"
			break
		}
		e = lit[bits&(1<<litBits-1)]
		end := o + length
		switch {
		case back >= 8:
			for {
				to, from := (*[32]byte)(out[o:]), (*[32]byte)(out[s:])
				binary.LittleEndian.PutUint64(to[:8], binary.LittleEndian.Uint64(from[:8]))
				binary.LittleEndian.PutUint64(to[8:], binary.LittleEndian.Uint64(from[8:]))
				binary.LittleEndian.PutUint64(to[16:], binary.LittleEndian.Uint64(from[16:]))
				binary.LittleEndian.PutUint64(to[24:], binary.LittleEndian.Uint64(from[24:]))
				o += 32
				s += 32
				if o >= end {
					break
				}
			}
		case back == 1:
			v := uint64(out[s]) * 0x0101010101010101
			for {
				binary.LittleEndian.PutUint64(out[o:], v)
				o += 8
				if o >= end {
					break
				}
			}
		default:
			for ; o < end; o++ {
				out[o] = out[s]
				s++
			}
		}
		o = end
	}
	d.in, d.o, d.nbits, d.bits = in, o, nbits, bits&(1<<(nbits&63)-1)
	if reason != "" {
		return false, d.corrupt(reason)
	}
	return done, nil
}

// careful decodes one symbol where fast has no room in the input.
func (d *Decoder) careful() (done bool, err error) {
	_ = d.need(48) // what there is
	e, err := d.symbol(d.lit[:], litBits, "literal or length code")
	if err != nil {
		return false, err
	}
	if e&entryRare != 0 {
		return true, nil
	}
	if e&entryLiteral != 0 {
		d.out[d.o] = byte(e >> 16)
		d.o++
		return false, nil
	}
	length := int(e >> 16)
	e, err = d.symbol(d.dist[:], distBits, "distance code")
	if err != nil {
		return false, err
	}
	back := int(e >> 16)
	if d.o-back < d.base {
		return false, d.corrupt("distance too far back")
	}
	for range length {
		d.out[d.o] = d.out[d.o-back]
		d.o++
	}
	return false, nil
}

// symbol reads a symbol and its extra bits; it returns the entry with the
// extra bits added to the base.
func (d *Decoder) symbol(table []uint32, root uint, what string) (uint32, error) {
	e := table[d.bits&(1<<root-1)]
	if e&entryRare != 0 && e&entryEnd != entryEnd && e&entryInvalid != entryInvalid {
		if d.nbits < root {
			return 0, ErrTruncated
		}
		d.take(root)
		e = table[uint64(e>>16)+d.bits&(1<<(e>>8&15)-1)]
	}
	if e&entryInvalid == entryInvalid {
		if d.nbits == 0 {
			return 0, ErrTruncated
		}
		return 0, d.corrupt(what)
	}
	n, code := uint(e&63), uint(e>>8&15)
	if n > d.nbits {
		return 0, ErrTruncated
	}
	if e&(entryLiteral|entryRare) != 0 {
		d.take(n)
		return e, nil
	}
	v := d.take(n)
	return (e>>16 + uint32(v>>code)) << 16, nil
}
