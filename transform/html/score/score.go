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
	seen  map[uint64]int32
	// places finds the groups of repeated structures.
	places map[uint64]int32
	Groups []group
	Kinds  [Kinds]float32 // probability of each kind of page
	feat   Features
	// before is the text weight ahead of the block being scored.
	before float32
	// since is the text weight behind the last block that scored high.
	since     float32
	hits      hits
	titleHash uint64
	up        [4]int32 // containers of the block being scored
}

// Run measures and scores a page by a model.
func (x *Scorer) Run(p *dom.Page, m *Model) {
	if x.seen == nil {
		x.seen = make(map[uint64]int32)
		x.places = make(map[uint64]int32)
	}
	x.p, x.model, x.scan.texts = p, m, m.texts
	x.measure()
	x.score()
}

// Knows reports a page of whose words the model knows a share.
func (x *Scorer) Knows(share float32) bool { return !(x.scan.known < share*x.scan.looked) }

// score gives every block its probability of being main content: first from
// its own features, then with the first scores of what is around it.
func (x *Scorer) score() {
	m := x.model
	f := &x.feat
	*f = Features{}
	x.fillPage(f)
	x.scoreKinds(f)
	x.before = 0
	stride := x.stride()
	for i := range x.p.Blocks {
		b := &x.p.Blocks[i]
		if i%stride != 0 {
			b.First = x.p.Blocks[i-1].First
			b.Score = b.First
			x.before += b.Weight
			continue
		}
		x.fill(i, f)
		x.before += b.Weight
		if len(m.first) == 0 {
			b.First = sigmoid(x.prior(f))
		} else {
			b.First = sigmoid(logOdds(m.firstBias, m.first, f))
		}
		b.Score = b.First
	}
	x.sumScores()
	if len(m.trees) == 0 {
		return
	}
	x.before = 0
	x.fillHits(f)
	for i := range x.p.Blocks {
		b := &x.p.Blocks[i]
		if i%stride != 0 {
			b.Score = x.p.Blocks[i-1].Score
			x.before += b.Weight
			continue
		}
		if b.First < hopeless {
			x.before += b.Weight
			x.since += b.Weight
			continue
		}
		x.fill(i, f)
		x.before += b.Weight
		x.fillScores(i, f)
		b.Score = sigmoid(logOdds(m.bias, m.trees, f))
	}
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
