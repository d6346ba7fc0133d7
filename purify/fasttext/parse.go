package fasttext

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"
)

const (
	magic      = 793712314
	oldVersion = 11 // supervised models of this version have no sub-words
	version    = 12
	supervised = 3

	// maxSpan bounds the lengths of sub-words and word n-grams. A greater value in a
	// file is damage, and would make the work per token grow without limit.
	maxSpan = 255
)

// cursor reads a file's fields in order. After the first error it returns zeros.
type cursor struct {
	data    []byte
	off     int
	section string
	err     error
}

func (c *cursor) fail(off int, format string, args ...any) {
	if c.err == nil {
		c.err = &FormatError{Section: c.section, Offset: int64(off), Reason: fmt.Sprintf(format, args...)}
	}
}

// left returns the number of bytes not yet read.
func (c *cursor) left() int64 { return int64(len(c.data) - c.off) }

// take returns the next n bytes, or nil when there are fewer.
func (c *cursor) take(n int64) []byte {
	if c.err != nil {
		return nil
	}
	if n < 0 || n > c.left() {
		c.fail(c.off, "%d bytes needed, %d left", n, c.left())
		return nil
	}
	b := c.data[c.off : c.off+int(n) : c.off+int(n)]
	c.off += int(n)
	return b
}

func (c *cursor) i32() int32 {
	if b := c.take(4); b != nil {
		return int32(binary.LittleEndian.Uint32(b))
	}
	return 0
}

func (c *cursor) i64() int64 {
	if b := c.take(8); b != nil {
		return int64(binary.LittleEndian.Uint64(b))
	}
	return 0
}

func (c *cursor) flag(name string) bool {
	b := c.take(1)
	if b == nil {
		return false
	}
	if b[0] > 1 {
		c.fail(c.off-1, "%s is %d, not 0 or 1", name, b[0])
	}
	return b[0] == 1
}

// within reports v when it lies in [low, high], else it fails.
func (c *cursor) within(name string, v, low, high int64) int {
	if c.err == nil && (v < low || v > high) {
		c.fail(c.off, "%s is %d, not in %d..%d", name, v, low, high)
	}
	if c.err != nil {
		return int(low)
	}
	return int(v)
}

// floats returns n floats, which must be finite if check is set.
func (c *cursor) floats(n int64, check bool) []float32 {
	if n < 0 || n > c.left()/4 {
		c.fail(c.off, "%d floats needed, %d bytes left", n, c.left())
		return nil
	}
	start := c.off
	f := floatView(c.take(4 * n))
	if !check {
		return f
	}
	if i := slices.IndexFunc(f, notFinite); i >= 0 {
		c.fail(start+4*i, "a float is not finite")
	}
	return f
}

func notFinite(x float32) bool {
	return math.Float32bits(x)&0x7f800000 == 0x7f800000
}

func (m *Model) parse(data []byte) error {
	c := &cursor{data: data, section: "header"}
	m.info.Bytes = int64(len(data))
	m.parseHeader(c)
	if c.err != nil {
		return c.err
	}
	c.section = "dictionary"
	m.parseDictionary(c)
	if c.err != nil {
		return c.err
	}
	c.section = "input matrix"
	m.info.Quantized = c.flag("quantised")
	if c.err == nil && !m.info.Quantized && m.info.Pruned {
		c.fail(c.off, "pruned, but not quantised")
	}
	m.input = c.matrix(m.info.Quantized, m.info.Dim, true)
	m.checkRows(c)
	c.section = "output matrix"
	qout := c.flag("quantised")
	m.info.QuantizedOutput = qout && m.info.Quantized
	m.output = c.matrix(m.info.QuantizedOutput, m.info.Dim, false)
	if c.err == nil && m.output.rows != m.info.Labels {
		c.fail(c.off, "%d rows for %d labels", m.output.rows, m.info.Labels)
	}
	if c.err == nil && c.left() != 0 {
		c.fail(c.off, "%d bytes after the end", c.left())
	}
	return c.err
}

func (m *Model) parseHeader(c *cursor) {
	if got := c.i32(); c.err == nil && got != magic {
		c.fail(0, "no fastText model: it starts with %d, not %d", got, magic)
	}
	i := &m.info
	i.Version = c.within("version", int64(c.i32()), oldVersion, version)
	i.Dim = c.within("dim", int64(c.i32()), 1, math.MaxInt32)
	c.take(4 * 4) // window, epochs, least count, negatives: of training only
	i.WordNgrams = c.within("wordNgrams", int64(c.i32()), 0, maxSpan)
	i.Loss = Loss(c.within("loss", int64(c.i32()), int64(HierarchicalSoftmax), int64(OneVsAll)))
	if kind := c.i32(); c.err == nil && kind != supervised {
		c.fail(c.off-4, "model kind %d: only supervised models (%d) predict labels", kind, supervised)
	}
	i.Buckets = c.within("bucket", int64(c.i32()), 0, math.MaxInt32)
	i.MinN = c.within("minn", int64(c.i32()), 0, maxSpan)
	i.MaxN = c.within("maxn", int64(c.i32()), 0, maxSpan)
	c.take(4 + 8) // lrUpdateRate, sampling threshold
	if i.Version == oldVersion {
		i.MaxN = 0
	}
	if c.err == nil && i.Buckets == 0 && m.hashes() {
		c.fail(c.off, "sub-words or word n-grams without buckets")
	}
}

// hashes reports whether the model looks up hashed n-grams.
func (m *Model) hashes() bool {
	return m.info.WordNgrams > 1 || m.info.MaxN > 0 && m.info.MinN <= m.info.MaxN
}

func (m *Model) parseDictionary(c *cursor) {
	const least = 1 + 8 + 1 // bytes of an entry: NUL, count, type
	i := &m.info
	size := c.within("size", int64(c.i32()), 1, c.left()/least)
	words := c.within("words", int64(c.i32()), 0, int64(size)-1)
	if n := c.i32(); c.err == nil && int64(words)+int64(n) != int64(size) {
		c.fail(c.off-4, "%d words and %d labels are not the %d entries", words, n, size)
	}
	i.Words, i.Labels = words, size-words
	i.Tokens = c.i64()
	pruned := c.i64()
	if c.err == nil && (pruned < -1 || pruned > c.left()/8) {
		c.fail(c.off-8, "%d pruned n-grams", pruned)
	}
	if c.err != nil {
		return
	}
	i.Pruned = pruned >= 0
	counts := m.dict.parseEntries(c, words, size)
	if c.err != nil {
		return
	}
	m.labels = make([]string, i.Labels)
	for n := range m.labels {
		m.labels[n] = string(m.dict.word(words + n))
	}
	if i.Loss == HierarchicalSoftmax {
		var err error
		if m.tree, err = buildTree(counts); err != nil {
			c.fail(c.off, "%v", err)
		}
	}
	m.dict.parsePruned(c, pruned, i.Buckets)
	m.dict.setup(*i)
}

// checkRows makes sure that every row a text can lead to is in the input matrix.
func (m *Model) checkRows(c *cursor) {
	if c.err != nil {
		return
	}
	need := int64(m.info.Words)
	switch {
	case m.info.Pruned:
		need += int64(m.dict.pruned.most) + 1
	case m.hashes():
		need += int64(m.info.Buckets)
	}
	if int64(m.input.rows) < need {
		c.fail(c.off, "%d rows, %d needed", m.input.rows, need)
	}
}
