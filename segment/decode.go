package segment

import (
	"encoding/binary"
	"math"
)

// Decoder takes fields off a stored record. After a field that is not there every
// other is zero and Done reports false.
type Decoder struct {
	b   []byte
	bad bool
}

// NewDecoder decodes b.
func NewDecoder(b []byte) *Decoder { return &Decoder{b: b} }

// Uvarint takes an unsigned integer.
func (d *Decoder) Uvarint() uint64 {
	x, n := binary.Uvarint(d.b)
	if n <= 0 {
		d.bad = true
		return 0
	}
	d.b = d.b[n:]
	return x
}

// Varint takes an integer.
func (d *Decoder) Varint() int64 {
	x, n := binary.Varint(d.b)
	if n <= 0 {
		d.bad = true
		return 0
	}
	d.b = d.b[n:]
	return x
}

// Take takes n bytes, which stay those of the record.
func (d *Decoder) Take(n uint64) []byte {
	if n > uint64(len(d.b)) {
		d.bad = true
		return nil
	}
	b := d.b[:n]
	d.b = d.b[n:]
	return b
}

// Bytes takes a length and a copy of so many bytes, nil for none.
func (d *Decoder) Bytes() []byte {
	b := d.Take(d.Uvarint())
	if len(b) == 0 {
		return nil
	}
	return append([]byte(nil), b...)
}

// String takes a length and so many bytes.
func (d *Decoder) String() string { return string(d.Take(d.Uvarint())) }

// Word takes eight bytes, little-endian.
func (d *Decoder) Word() uint64 {
	b := d.Take(8)
	if b == nil {
		return 0
	}
	return binary.LittleEndian.Uint64(b)
}

// Float takes a float of eight bytes.
func (d *Decoder) Float() float64 { return math.Float64frombits(d.Word()) }

// Left is the number of bytes that are left.
func (d *Decoder) Left() int { return len(d.b) }

// Done reports whether all fields were there and nothing is left.
func (d *Decoder) Done() bool { return !d.bad && len(d.b) == 0 }

// Rest takes what is left, and reports whether all fields before it were there.
func (d *Decoder) Rest() ([]byte, bool) {
	b := d.b
	d.b = nil
	return b, !d.bad
}
