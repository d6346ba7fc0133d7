package choose

import (
	"strings"
	"sync"

	"github.com/corpusmill/corpusmill/transform/html/dom"
	"github.com/corpusmill/corpusmill/transform/html/score"
)

// relatedHeads are headings of lists of other pages. Their words are innocent
// one by one, so that the learned weights of words do not know them.
const relatedHeads = `you may also like
you might also like
you may also be interested in
you might also be interested in
you may also enjoy
related articles
related posts
related stories
related news
related content
related products
related items
related topics
related pages
related reading
related links
recommended for you
recommended reading
recommended articles
recommended products
read next
read more
up next
more stories
more articles
more from this author
more like this
more to explore
more to read
similar articles
similar posts
similar products
similar items
customers also bought
customers also viewed
customers who bought this item also bought
customers who viewed this item also viewed
frequently bought together
people also viewed
others also viewed
recently viewed
popular posts
popular articles
most popular
most read
trending now
das könnte sie auch interessieren
das könnte dich auch interessieren
ähnliche artikel
ähnliche produkte
vous aimerez aussi
articles similaires
à lire aussi
también te puede interesar
artículos relacionados
productos relacionados
potrebbe interessarti anche
articoli correlati
lees ook
veja também
artigos relacionados
читайте также
похожие статьи
相关推荐
相关阅读
相关文章
相关新闻
推荐阅读
猜你喜欢
热门推荐
相關文章
推薦閱讀
関連記事
おすすめ記事
관련 기사`

// relatedHashes are the hashes of relatedHeads as blocks have them.
var relatedHashes = sync.OnceValue(func() map[uint64]bool {
	m := map[uint64]bool{}
	for line := range strings.Lines(relatedHeads) {
		m[score.ShapeOf(line)] = true
	}
	return m
})

const (
	relatedLinks  = 0.5 // share of links from which a block under such a heading goes down
	relatedFactor = 0.1 // what is left of its score
	relatedClimb  = 16  // levels in which the heading's container is looked for
)

// lowerRelated lowers the scores of lists of links under a heading that names
// them other pages: up to the next heading of its rank, and inside the first
// container that holds more than the heading.
func (x *Chooser) lowerRelated() {
	known := relatedHashes()
	rank, box := float32(0), int32(0)
	for i := range x.p.Blocks {
		b := &x.p.Blocks[i]
		level := x.p.HeadingLevel(b)
		if known[b.Shape] {
			rank, box = level, x.p.Elems[b.Holder].Parent
			if rank == 0 {
				rank = 7
			}
			for box > 0 && x.p.Elems[box].Blocks <= 1 {
				box = x.p.Elems[box].Parent
			}
			if next := i + 1; next < len(x.p.Blocks) && x.p.Blocks[next].Density() >= relatedLinks {
				b.Lower(relatedFactor, dom.ByRelated)
			}
			continue
		}
		if level > 0 && level <= rank {
			rank = 0
		}
		if rank > 0 && b.Density() >= relatedLinks && x.within(b.Holder, box) {
			b.Lower(relatedFactor, dom.ByRelated)
		}
	}
}

// within reports an element inside a container, up to relatedClimb levels deep.
func (x *Chooser) within(e, box int32) bool {
	for k := 0; k < relatedClimb && e > box; k++ {
		e = x.p.Elems[e].Parent
	}
	return e == box
}
