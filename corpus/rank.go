package corpus

import "math"

// Rank is the place of a cell in the order of its column, by which survivors are chosen.
// Of one column the cell of the greater Order is the greater one; whole numbers are told
// apart to 64 bits.
type Rank struct {
	Order   uint64
	Missing bool // there is no cell; Order says nothing
}

// Rank is the place of a cell of the type, which is no text, in the order of its column.
// Null and NaN are missing; -0 and 0 are equal.
func (t Type) Rank(v Value) Rank {
	const sign = 1 << 63
	switch {
	case v.Null || t == Float && v.Float != v.Float:
		return Rank{Missing: true}
	case t == Uint:
		return Rank{Order: uint64(v.Int)}
	case t != Float:
		return Rank{Order: uint64(v.Int) ^ sign}
	}
	b := math.Float64bits(v.Float + 0)
	if b&sign != 0 {
		return Rank{Order: ^b}
	}
	return Rank{Order: b | sign}
}
