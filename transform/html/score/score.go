// Package score measures the blocks of a page and gives each its probability of being
// main content: by its own features first, then with the first scores around it.
package score

import (
	"github.com/corpusmill/corpusmill/transform/html/dom"
)

// Scorer measures the blocks of a page and gives each its probability of being main
// content. It reuses its memory from page to page.
type Scorer struct {
	model *Model
	p     *dom.Page
	scan  scanner
	Stats Stats
	seen  index // blocks by their shapes and hashes
	// places finds the groups of repeated structures.
	places index
	Groups []group
	Kinds  [Kinds]float32 // probability of each kind of page
	feat   Features
	batch  batch
	rows   []row // of the first blocks
	// before is the text weight ahead of the block being scored.
	before float32
	// since is the text weight behind the last block that scored high.
	since   float32
	hits    hits
	titles  [titleCuts]uint64 // hashes of the page's title, and of its beginnings
	titleAt int32             // block with the title, the last one above the long text; -1 = none
	up      [4]int32          // containers of the block being scored
}

// Run measures and scores a page by a model.
func (x *Scorer) Run(p *dom.Page, m *Model) {
	x.p, x.model, x.scan.texts = p, m, m.texts
	x.measure()
	x.score()
}

// Knows reports a page of whose words the model knows a share.
func (x *Scorer) Knows(share float32) bool { return !(x.scan.known < share*x.scan.looked) }

// KnownShare is the share of the page's words that the model knows.
func (x *Scorer) KnownShare() float32 { return ratio(x.scan.known, x.scan.looked) }

// ShownText is the weight of the page's text, all of it and that of long texts, in letters.
func (x *Scorer) ShownText() (all, long float32) { return x.Stats.text, x.Stats.Good }

// Confidence runs the model's trees for the confidence of a page's text; without trees it
// is what the caller has instead.
func (x *Scorer) Confidence(f *Features, instead float32) float32 {
	s := &x.model.confidence
	if len(s.Trees) == 0 {
		return instead
	}
	return sigmoid(logOdds(s.Bias, s.Trees, f))
}

// score gives every block its probability of being main content: first from
// its own features, then with the first scores of what is around it.
func (x *Scorer) score() {
	f := &x.feat
	*f = Features{}
	x.fillPage(f)
	x.scoreKinds(f)
	x.scoreFirst(f)
	x.sumScores()
	if len(x.model.trees) > 0 {
		x.fillHits(f)
		x.scoreSecond(f)
	}
}

// scoreFirst sets the first scores, by the features of the page and each block's own.
func (x *Scorer) scoreFirst(page *Features) {
	bl, stride := x.p.Blocks, x.stride()
	x.before, x.rows = 0, x.rows[:0]
	x.batch.reset(page)
	for i := range bl {
		if i%stride == 0 {
			f := x.batch.next(i)
			x.fill(i, f)
			x.keepRow(f)
			if x.batch.full() {
				x.firstBatch()
			}
		}
		x.before += bl[i].Weight
	}
	if x.batch.n > 0 {
		x.firstBatch()
	}
	for i := range bl {
		if i%stride != 0 {
			bl[i].First = bl[i-1].First
		}
		bl[i].Score = bl[i].First
	}
}

// row is what the first stage knew of a block.
type row struct {
	f  [numBasic]float32
	up [4]int32
}

// keptRows is how many rows are kept for the second stage, which fills the others anew.
const keptRows = 256

// keepRow keeps the row that was filled last.
func (x *Scorer) keepRow(f *Features) {
	n := len(x.rows)
	if n == keptRows {
		return
	}
	if n == cap(x.rows) {
		x.rows = append(x.rows, row{})
	}
	x.rows = x.rows[:n+1]
	copy(x.rows[n].f[:], f[:])
	x.rows[n].up = x.up
}

// firstBatch sets the first scores of the blocks that wait for them.
func (x *Scorer) firstBatch() {
	b := &x.batch
	if len(x.model.first) == 0 {
		for k := range b.n {
			b.sums[k] = x.prior(&b.rows[k])
		}
	} else {
		b.sum(x.model.firstBias, x.model.first, numBasic)
	}
	for k := range b.n {
		x.p.Blocks[b.blocks[k]].First = sigmoid(b.sums[k])
	}
	b.n = 0
}

// scoreSecond sets the scores, by the features that the first stage knew and by what it
// said.
func (x *Scorer) scoreSecond(page *Features) {
	bl, stride := x.p.Blocks, x.stride()
	x.before = 0
	x.batch.reset(page)
	for i := range bl {
		b := &bl[i]
		switch {
		case i%stride != 0:
		case b.First < hopeless:
			x.since += b.Weight
		default:
			f := x.batch.next(i)
			if k := i / stride; k < len(x.rows) {
				copy(f[:], x.rows[k].f[:])
				x.up = x.rows[k].up
			} else {
				x.fill(i, f)
			}
			x.fillScores(i, f)
			if x.batch.full() {
				x.secondBatch()
			}
		}
		x.before += b.Weight
	}
	if x.batch.n > 0 {
		x.secondBatch()
	}
	for i := range bl {
		if i%stride != 0 {
			bl[i].Score = bl[i-1].Score
		}
	}
}

// secondBatch sets the scores of the blocks that wait for them.
func (x *Scorer) secondBatch() {
	b := &x.batch
	b.sum(x.model.bias, x.model.trees, numFeatures)
	for k := range b.n {
		x.p.Blocks[b.blocks[k]].Score = sigmoid(b.sums[k])
	}
	b.n = 0
}

// hopeless is the first score below which the second stage is not asked: two blocks of
// five, and cross-validation shows no difference.
const hopeless = 0.02

// A page has this many blocks scored, and one more for so many bytes: one in 150 real
// pages has more, and noise must not cost more than text.
const (
	scoredBlocks    = 256
	bytesPerScoring = 300
)

// stride is the distance between blocks that are scored; those between take the
// score before them.
func (x *Scorer) stride() int {
	most := scoredBlocks + len(x.p.HTML)/bytesPerScoring
	return 1 + len(x.p.Blocks)/(most+1)
}
