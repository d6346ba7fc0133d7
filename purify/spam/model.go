package spam

import (
	"bytes"
	"compress/gzip"
	_ "embed" // the model
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"sync"

	"github.com/zeebo/xxh3"
)

// modelFile is made by ./train; see there of what.
//
//go:embed model.bin.gz
var modelFile []byte

// A model's file is its version and the bits of a gram's number, a byte each, the bias, the unit of
// grams and the bias of spun text in fixed point, four bytes each, then the weights of shapes and
// those for spun text, two bytes each, and those of grams, a byte each. Numbers are little-endian.
const (
	modelVersion  = 2
	modelHead     = 14
	modelShapes   = 2 * 2 * MaxShape // bytes
	minGramBits   = 8
	maxGramBits   = 20
	fixedBits     = 16 // of margins, the bias, the unit of grams: a nat is 1<<16
	shapeBits     = 8  // of weights of shapes
	maxMargin     = 64 << fixedBits
	leastGrams    = 12 // lines of fewer count as of so many
	gramsOfSymbol = 2
)

// LineModel is two linear models of lines: what each adds up is, in nats, how much a line is spam.
// The second knows shapes alone, and what spun text is: that is of any matter, so that its grams
// speak against it. All is whole numbers, so that every machine has the same margins.
type LineModel struct {
	bias, unit int32
	spunBias   int32
	spunShapes [MaxShape]int16
	shift      uint8 // 64 less the bits of a gram's number
	shapes     [MaxShape]int16
	grams      []int8
	norms      [gramsOfSymbol*maxSymbols + 1]int32
	digest     string
}

var errModel = errors.New("model of spam is damaged")

// builtinModel unpacks the embedded model once for the process.
var builtinModel = sync.OnceValues(func() (*LineModel, error) { return ParseLineModel(modelFile) })

// ParseLineModel unpacks a model that Pack has made.
func ParseLineModel(packed []byte) (*LineModel, error) {
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errModel, err)
	}
	body, err := io.ReadAll(io.LimitReader(z, modelHead+modelShapes+1<<maxGramBits+1))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errModel, err)
	}
	if len(body) < modelHead || body[0] != modelVersion || body[1] < minGramBits || body[1] > maxGramBits || len(body) != modelHead+modelShapes+1<<body[1] {
		return nil, errModel
	}
	m := &LineModel{shift: 64 - body[1], bias: int32(binary.LittleEndian.Uint32(body[2:])), unit: int32(binary.LittleEndian.Uint32(body[6:])), spunBias: int32(binary.LittleEndian.Uint32(body[10:]))}
	if m.unit < 0 || m.unit > 1<<fixedBits || max(m.bias, m.spunBias) > maxMargin || min(m.bias, m.spunBias) < -maxMargin {
		return nil, errModel
	}
	for i := range m.shapes {
		m.shapes[i] = int16(binary.LittleEndian.Uint16(body[modelHead+2*i:]))
		m.spunShapes[i] = int16(binary.LittleEndian.Uint16(body[modelHead+2*MaxShape+2*i:]))
	}
	m.grams = make([]int8, 1<<body[1])
	for i, b := range body[modelHead+modelShapes:] {
		m.grams[i] = int8(b)
	}
	for n := range m.norms {
		m.norms[n] = int32(GramNorm(n) * (1 << fixedBits))
	}
	sum := xxh3.Hash128(body).Bytes()
	m.digest = hex.EncodeToString(sum[:])
	return m, nil
}

// GramNorm is what the sum over n grams is multiplied by, 4 by their fourth root: a long line
// has more to say for spam and against it, not in proportion. Roots are exact everywhere.
func GramNorm(n int) float64 { return 4 / math.Sqrt(math.Sqrt(float64(max(n, leastGrams)))) }

// PackLineModel writes a model: the biases and the weights of shapes and grams in nats.
func PackLineModel(bias, spunBias float64, shapes, spunShapes, grams []float64, bits int) ([]byte, error) {
	if bits < minGramBits || bits > maxGramBits || len(shapes) != MaxShape || len(spunShapes) != MaxShape || len(grams) != 1<<bits {
		return nil, fmt.Errorf("%d and %d shapes and %d grams of %d bits: want %d, and 2^bits of %d to %d", len(shapes), len(spunShapes), len(grams), bits, MaxShape, minGramBits, maxGramBits)
	}
	top := 1e-6
	for _, w := range grams {
		top = max(top, math.Abs(w))
	}
	unit := math.Ceil(min(top, 1.5) / 127 * (1 << fixedBits))
	body := []byte{modelVersion, byte(bits)}
	body = binary.LittleEndian.AppendUint32(body, uint32(int32(math.Round(bias*(1<<fixedBits)))))
	body = binary.LittleEndian.AppendUint32(body, uint32(int32(unit)))
	body = binary.LittleEndian.AppendUint32(body, uint32(int32(math.Round(spunBias*(1<<fixedBits)))))
	for _, list := range [][]float64{shapes, spunShapes} {
		for _, w := range list {
			body = binary.LittleEndian.AppendUint16(body, uint16(int16(math.Round(max(-127, min(127, w))*(1<<shapeBits)))))
		}
	}
	for _, w := range grams {
		body = append(body, byte(int8(max(-127, min(127, math.Round(w*(1<<fixedBits)/unit))))))
	}
	var packed bytes.Buffer
	z, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err := z.Write(body); err != nil {
		return nil, err
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	return packed.Bytes(), nil
}

// margin says how much the line of these symbols and shapes is spam, in fixed point.
func (m *LineModel) margin(symbols []uint32, shapes []uint16) int32 {
	sum, before := int64(0), uint32(gramBorder)
	for _, s := range symbols {
		sum += int64(m.grams[oneGram(s)>>(m.shift&63)]) + int64(m.grams[twoGrams(before, s)>>(m.shift&63)])
		before = s
	}
	total := int64(m.bias) + sum*int64(m.unit)*int64(m.norms[gramsOfSymbol*len(symbols)])>>fixedBits
	return addShapes(total, &m.shapes, shapes)
}

// spunMargin says how much a line of these shapes is spun.
func (m *LineModel) spunMargin(shapes []uint16) int32 {
	return addShapes(int64(m.spunBias), &m.spunShapes, shapes)
}

func addShapes(total int64, weights *[MaxShape]int16, shapes []uint16) int32 {
	for _, n := range shapes {
		total += int64(weights[n]) << (fixedBits - shapeBits)
	}
	return int32(max(-maxMargin, min(maxMargin, total)))
}

// marginOf is the margin of a score from 0 to 1.
func marginOf(score float64) int32 {
	nats := math.Log(score / (1 - score))
	return int32(max(-maxMargin, min(maxMargin, math.Round(nats*(1<<fixedBits)))))
}

// scoreOf is the score of a margin.
func scoreOf(margin int32) float64 {
	return 1 / (1 + math.Exp(-float64(margin)/(1<<fixedBits)))
}

// besideMargin is how much less a line needs beside one that is spam.
const besideMargin = 5 << (fixedBits - 1)

// vetoMargin is the margin below which a line is no spam, whatever the rules say.
const vetoMargin = -2 << fixedBits

// soundMargin is the margin below which a line does not go with spam beside it.
const soundMargin = -6 << fixedBits

// reportsMargin is how much more a line needs that has a word of reports and warnings.
const reportsMargin = 2 << fixedBits

// leastLearned is how many letters a line has at least that the model judges alone.
const leastLearned = 4

// What a document's other lines say: where they are like spam on the whole, as in a text
// about its matters, a line needs as much more as their mean is above soundMean. Lines count
// from leastMean to mostMean.
const (
	soundMean = -13 << (fixedBits - 1)
	leastMean = -8 << fixedBits
	mostMean  = 4 << fixedBits
)

// topic is the sum over the lines of a document.
type topic struct{ sum, lines int64 }

func (t *topic) add(margin int32) {
	t.sum += int64(max(leastMean, min(mostMean, margin)))
	t.lines++
}

// less is a line's margin less what its document asks for more.
func (t *topic) less(margin int32) int32 {
	if t.lines < 2 {
		return margin
	}
	others := (t.sum - int64(max(leastMean, min(mostMean, margin)))) / (t.lines - 1)
	if others >= 0 {
		return margin // all of it is spam
	}
	return margin - int32(max(0, others-soundMean))
}

// InDocument are the margins of the lines of a document, in nats, less what the document asks
// for more.
func InDocument(margins []float64) []float64 {
	var t topic
	fixed := func(nats float64) int32 { return int32(max(-64, min(64, nats)) * (1 << fixedBits)) }
	for _, x := range margins {
		t.add(fixed(x))
	}
	less := make([]float64, len(margins))
	for i, x := range margins {
		less[i] = float64(t.less(fixed(x))) / (1 << fixedBits)
	}
	return less
}

// learned marks what the model takes for spam, and what stands beside spam.
func (r *reader) learned() {
	if r.model == nil {
		return
	}
	var t topic
	for i := range r.lines {
		if r.lines[i].chars > 0 {
			t.add(r.lines[i].margin)
		}
	}
	r.highest = -maxMargin
	for i := range r.lines {
		l := &r.lines[i]
		if l.chars == 0 {
			continue
		}
		if l.kind != kindNone && l.margin < vetoMargin {
			l.kind, l.score, l.hints = kindNone, 0, 0 // words alone
		}
		l.margin = t.less(l.margin)
		if l.reports > 0 {
			l.margin -= reportsMargin
		}
		r.highest = max(r.highest, l.margin)
		if l.kind == kindNone && l.chars >= leastLearned && l.margin >= r.sure {
			l.kind = r.kindLearned(l)
			l.learned = l.kind != kindNone
		}
	}
}

// beside marks what stands beside spam and is likely some itself.
func (r *reader) beside() {
	if r.model == nil {
		return
	}
	last := kindNone
	for i := range r.lines {
		last = r.follow(i, last)
	}
	last = kindNone
	for i := range slices.Backward(r.lines) {
		last = r.follow(i, last)
	}
}

// follow marks a line behind one of a kind, and returns what stands before the next.
func (r *reader) follow(i int, last spamKind) spamKind {
	l := &r.lines[i]
	if l.chars == 0 {
		return last
	}
	if l.kind == kindNone && last != kindNone && l.margin >= r.sure-r.besideMargin(i) && !l.spared {
		l.kind, l.learned = last, true
	}
	return l.kind
}

// besideMargin is how much less a line needs beside one that is spam: half of it only where it does
// not belong to its document.
func (r *reader) besideMargin(i int) int32 {
	if i >= len(r.needs) {
		return besideMargin
	}
	return besideMargin/2 + int32(int64(besideMargin/2)*int64(r.needs[i])/foreignMargin)
}

// kindLearned is what a line is cut as that the model alone takes for spam.
func (r *reader) kindLearned(l *spamLine) spamKind {
	switch {
	case l.spared, l.plain:
		return kindNone
	case l.spun:
		return kindSpun
	case l.leading != kindNone && l.score > 0:
		return l.leading
	case r.allows(kindLearned):
		return kindNone
	}
	return kindLearned
}

// chinese reports whether the line at hand has a letter that is not Latin.
func (r *reader) chinese() bool {
	return slices.ContainsFunc(r.symbols[:r.nSymbols], func(s uint32) bool { return s >= symbolWide && s < symbolLatin })
}

// allows reports whether a kind is not looked for.
func (r *reader) allows(k spamKind) bool { return r.allowed>>k&1 != 0 }

// spared reports whether the line at hand has words of a kind that is allowed.
func (r *reader) spared() bool {
	if r.allowed&r.counts.touched == 0 {
		return false
	}
	for k := kindGambling; k < kindsListed; k++ {
		if r.allows(k) && r.counts.topics[k]+r.counts.offers[k]+r.counts.ads[k] > 0 {
			return true
		}
	}
	return false
}
