package fasttext

import (
	"math"
)

const (
	centroids = 256 // of each sub-quantiser: a code is a byte

	// expandBytes is the greatest size to which a quantised matrix is expanded on
	// reading, and expandTimes the greatest multiple of the bytes it takes in the file:
	// a file never makes the process take much more memory than it is long.
	expandBytes = 32 << 20
	expandTimes = 32
)

// matrix is a dense matrix (floats) or a product-quantised one (codes).
type matrix struct {
	rows, dim int
	floats    []float32 // rows*dim, of a dense or an expanded matrix
	quant     *quantised
}

// quantised holds the codes of a product-quantised matrix.
type quantised struct {
	codes     []byte // subs of each row
	centroids []float32
	subs      int // sub-vectors of a row
	width     int // columns of a sub-vector
	lastWidth int // columns of the last one
	norms     []byte
	normTable []float32 // centroids of the norms; nil: norms are 1
}

// matrix reads the input or output matrix, with dim columns. Floats of the output
// matrix are checked to be finite: one that is not spoils every prediction. Those of
// the input matrix, which can be many, spoil only the texts that use them.
func (c *cursor) matrix(quant bool, dim int, input bool) matrix {
	if quant {
		return c.quantMatrix(dim, input)
	}
	rows := c.i64()
	c.columns(dim)
	// Rows are numbered by 32 bits, and the product cannot overflow.
	m := matrix{rows: c.within("rows", rows, 1, math.MaxInt32), dim: dim}
	m.floats = c.floats(int64(m.rows)*int64(dim), !input)
	return m
}

func (c *cursor) columns(dim int) {
	if n := c.i64(); c.err == nil && n != int64(dim) {
		c.fail(c.off-8, "%d columns, dim is %d", n, dim)
	}
}

func (c *cursor) quantMatrix(dim int, input bool) matrix {
	withNorm := c.flag("qnorm")
	rows := c.i64()
	c.columns(dim)
	m := matrix{rows: c.within("rows", rows, 1, math.MaxInt32), dim: dim}
	size := int64(c.i32())
	start := c.off
	q := &quantised{codes: c.take(size)}
	c.quantizer(q, dim, !input)
	if c.err == nil && size != int64(m.rows)*int64(q.subs) {
		c.fail(start, "%d codes for %d rows of %d", size, m.rows, q.subs)
	}
	if withNorm {
		q.norms = c.take(int64(m.rows))
		var n quantised
		c.quantizer(&n, 1, !input)
		q.normTable = n.centroids
	}
	if c.err != nil {
		return m
	}
	m.quant = q
	if want := 4 * int64(m.rows) * int64(dim); want <= expandBytes && want <= expandTimes*int64(c.off-start) {
		m.expand(input)
	}
	return m
}

// quantizer reads a product quantiser of vectors of dim columns, whose floats are
// checked if check is set.
func (c *cursor) quantizer(q *quantised, dim int, check bool) {
	if got := c.i32(); c.err == nil && int(got) != dim {
		c.fail(c.off-4, "quantiser of %d columns, not %d", got, dim)
	}
	subs := c.i32()
	q.width = c.within("columns of a sub-vector", int64(c.i32()), 1, math.MaxInt32)
	q.subs = (dim-1)/q.width + 1
	q.lastWidth = dim - (q.subs-1)*q.width
	if last := c.i32(); c.err == nil && (int(subs) != q.subs || q.subs > 1 && int(last) != q.lastWidth) {
		c.fail(c.off-4, "%d sub-vectors of %d and %d columns for %d", subs, q.width, last, dim)
	}
	q.centroids = c.floats(int64(dim)*centroids, check)
}

// centroid returns the centroid of a code of sub-vector s.
func (q *quantised) centroid(s int, code byte) []float32 {
	at, width := s*centroids*q.width, q.width
	if s == q.subs-1 {
		width = q.lastWidth
	}
	at += int(code) * width
	return q.centroids[at : at+width]
}

func (q *quantised) norm(row int) float32 {
	if q.normTable == nil {
		return 1
	}
	return q.normTable[q.norms[row]]
}

// expand computes the floats of a quantised matrix. Norms of an input matrix are
// multiplied in, rounded as fastText does when it adds a row; of an output matrix they
// are not, as fastText multiplies the sum of a row's products.
func (m *matrix) expand(scaled bool) {
	q := m.quant
	m.floats = make([]float32, 0, m.rows*m.dim)
	for r := range m.rows {
		norm := float32(1)
		if scaled {
			norm = q.norm(r)
		}
		for s, code := range q.codes[r*q.subs : (r+1)*q.subs] {
			for _, x := range q.centroid(s, code) {
				m.floats = append(m.floats, norm*x)
			}
		}
	}
}

// add adds rows to x, one after the other.
func (m *matrix) add(x []float32, rows []int32) {
	if m.floats != nil {
		// Few at a time, so that they are still in the first cache for the next columns.
		const near = 8192 // floats
		some := max(near/m.dim, 8)
		for ; len(rows) > some; rows = rows[some:] {
			addDense(x, m.floats, rows[:some])
		}
		addDense(x, m.floats, rows)
		return
	}
	q := m.quant
	for _, r := range rows {
		norm := q.norm(int(r))
		at := 0
		for s, code := range q.codes[int(r)*q.subs : (int(r)+1)*q.subs] {
			for _, c := range q.centroid(s, code) {
				// The conversion keeps compilers from fusing the two operations.
				x[at] += float32(norm * c)
				at++
			}
		}
	}
}

// addDense adds rows of a dense matrix to x. It walks the rows once for every eight
// columns, whose sums then stay in registers; each column's sum is made in the order
// of the rows.
func addDense(x, table []float32, rows []int32) {
	dim := len(x)
	b := 0
	for ; b+8 <= dim; b += 8 {
		acc := (*[8]float32)(x[b:])
		a0, a1, a2, a3 := acc[0], acc[1], acc[2], acc[3]
		a4, a5, a6, a7 := acc[4], acc[5], acc[6], acc[7]
		for _, r := range rows {
			row := (*[8]float32)(table[int(r)*dim+b:])
			a0 += row[0]
			a1 += row[1]
			a2 += row[2]
			a3 += row[3]
			a4 += row[4]
			a5 += row[5]
			a6 += row[6]
			a7 += row[7]
		}
		acc[0], acc[1], acc[2], acc[3] = a0, a1, a2, a3
		acc[4], acc[5], acc[6], acc[7] = a4, a5, a6, a7
	}
	for ; b < dim; b++ {
		a := x[b]
		for _, r := range rows {
			a += table[int(r)*dim+b]
		}
		x[b] = a
	}
}

// dot returns the product of a row and x, summed in the order of the columns.
func (m *matrix) dot(x []float32, row int) float32 {
	var sum float32
	q := m.quant
	if m.floats != nil {
		r := m.floats[row*m.dim : (row+1)*m.dim]
		for i, v := range x[:len(r)] {
			sum += float32(r[i] * v)
		}
		if q == nil {
			return sum
		}
		return sum * q.norm(row)
	}
	at := 0
	for s, code := range q.codes[row*q.subs : (row+1)*q.subs] {
		for _, c := range q.centroid(s, code) {
			sum += float32(x[at] * c)
			at++
		}
	}
	return sum * q.norm(row)
}

// dots sets out to the products of x and the first rows. Four rows at a time keep the
// processor busy, where each sum alone waits for its last addition.
func (m *matrix) dots(out, x []float32) {
	i := 0
	if m.floats != nil {
		for ; i+4 <= len(out); i += 4 {
			at := i * m.dim
			r0, r1 := m.floats[at:at+len(x)], m.floats[at+m.dim:at+m.dim+len(x)]
			r2, r3 := m.floats[at+2*m.dim:at+2*m.dim+len(x)], m.floats[at+3*m.dim:at+3*m.dim+len(x)]
			var s0, s1, s2, s3 float32
			for j, v := range x {
				s0 += float32(r0[j] * v)
				s1 += float32(r1[j] * v)
				s2 += float32(r2[j] * v)
				s3 += float32(r3[j] * v)
			}
			o := out[i : i+4]
			o[0], o[1], o[2], o[3] = s0, s1, s2, s3
			if m.quant != nil {
				for j := range o {
					o[j] *= m.quant.norm(i + j)
				}
			}
		}
	}
	for ; i < len(out); i++ {
		out[i] = m.dot(x, i)
	}
}
