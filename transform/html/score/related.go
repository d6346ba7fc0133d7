package score

import (
	"strings"
	"sync"

	"github.com/corpusmill/corpusmill/transform/html/dom"
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

// relatedShapes are the hashes of relatedHeads as blocks have them.
var relatedShapes = sync.OnceValue(func() map[uint64]bool {
	m := map[uint64]bool{}
	for line := range strings.Lines(relatedHeads) {
		m[ShapeOf(line)] = true
	}
	return m
})

// HeadsRelated reports a block that heads a list of other pages.
func HeadsRelated(b *dom.Block) bool { return relatedShapes()[b.Shape] }
