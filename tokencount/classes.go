package tokencount

// Classes of code points, as the published patterns tell them apart. They come
// from the Unicode tables of tiktoken's regular-expression engine (see
// bench/parity/tokens/classes.py), not from Go's, whose version differs.
const (
	classOther   = 0 // neither white space, letter, number nor mark
	classNewline = 1 // \r and \n
	classSpace   = 2 // other \s
	classNumber  = 3 // \p{N}
	classMark    = 4 // \p{M}
	classUpper   = 5 // \p{Lu} \p{Lt}
	classLower   = 6 // \p{Ll}
	classLetter  = 7 // \p{Lm} \p{Lo}; every class from classUpper on is \p{L}
)

const (
	pageSize  = 64 // one page = the code points that share all bytes but the last
	pageCount = 0x110000 / pageSize
)

// classTable gives the class of a code point from its UTF-8 bytes.
type classTable struct {
	ascii [256]uint8
	page  [pageCount]uint16 // index of the page in data, in units of pageSize
	data  []uint8
}

// newClassTable expands classRuns; equal pages are stored once.
func newClassTable() *classTable {
	t := &classTable{data: make([]uint8, 0, 512*pageSize)}
	seen := make(map[[pageSize]uint8]uint16, 512)
	run := 0
	for p := range t.page {
		var page [pageSize]uint8
		for i := range page {
			cp := uint32(p*pageSize + i)
			for run+1 < len(classRuns) && classRuns[run+1]>>3 <= cp {
				run++
			}
			page[i] = uint8(classRuns[run] & 7)
		}
		at, ok := seen[page]
		if !ok {
			at = uint16(len(t.data) / pageSize)
			seen[page] = at
			t.data = append(t.data, page[:]...)
		}
		t.page[p] = at
	}
	for i := range 0x80 {
		t.ascii[i] = t.data[int(t.page[i/pageSize])*pageSize+i%pageSize]
	}
	return t
}

// at returns the class and the byte length of the code point at b[p], p < len(b),
// b valid UTF-8.
func (t *classTable) at(b []byte, p int) (class uint8, size int) {
	x := b[p]
	if x < 0x80 {
		return t.ascii[x], 1
	}
	return t.wide(b, p)
}

// wide is at for a code point beyond ASCII.
func (t *classTable) wide(b []byte, p int) (class uint8, size int) {
	x := uint(b[p])
	var page uint
	switch {
	case x < 0xE0:
		page, size = x&0x1F, 2
	case x < 0xF0:
		page, size = x&0x0F<<6|uint(b[p+1])&0x3F, 3
	default:
		page, size = x&0x07<<12|uint(b[p+1])&0x3F<<6|uint(b[p+2])&0x3F, 4
	}
	return t.data[uint(t.page[page])*pageSize+uint(b[p+size-1])&0x3F], size
}
