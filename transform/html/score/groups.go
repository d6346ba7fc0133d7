package score

import (
	"cmp"
	"strings"

	"github.com/corpusmill/corpusmill/transform/html/dom"
	"github.com/corpusmill/corpusmill/transform/html/words"
)

// group is a set of blocks that stand at the same place of a repeated
// structure, such as all prices of a list of products.
type group struct {
	Blocks, news int32 // news: blocks whose text did not occur before
	first, last  int32
	text, link   float32
	sum, words   float32 // of text words that are looked up
	stops        float32
	prob         float32
	Hit, Size    float32 // words by the last score, and words
	linked       float32 // blocks with a link, and those whose address names one page
	slugs        float32
	counted      float32
}

func (g *group) add(i int, b *dom.Block) {
	if g.Blocks == 0 {
		g.first = int32(i)
	}
	g.last = int32(i)
	g.Blocks++
	if b.Seen != 1 {
		g.news++
	}
	g.text += b.Weight
	g.link += b.Link
	g.sum += b.TextSum
	g.words += float32(min(b.Words, textWordLimit))
	g.stops += float32(b.Stops)
	if b.LinkW > 0 {
		g.linked++
		if b.Address.Slug() {
			g.slugs++
		}
	}
	if b.Counted {
		g.counted++
	}
}

// collect gathers the blocks into groups, twice: group by the tags and classes
// of all elements around a block, kin by the tags of all and the class of the
// innermost, which survives marks such as "odd" and "first" further out.
func (x *Scorer) collect() {
	p := x.p
	x.places.reset()
	x.Groups = x.Groups[:0]
	stride := x.stride()
	for i := range p.Blocks {
		b := &p.Blocks[i]
		e := &p.Elems[b.Elem]
		if i%stride != 0 { // not scored on its own
			b.Group, b.Kin = p.Blocks[i-1].Group, p.Blocks[i-1].Kin
			continue
		}
		b.Group = x.join(uint64(e.Path), i, b)
		b.Kin = x.join(uint64(e.Tags*words.Prime32^e.Sig)|1<<32, i, b)
	}
	head := int32(dom.NoElem)
	for i := range p.Blocks {
		b := &p.Blocks[i]
		b.Head = head
		if p.Elems[b.Elem].Ctx&dom.InHeading != 0 {
			head = int32(i)
		}
	}
}

func (x *Scorer) join(key uint64, i int, b *dom.Block) int32 {
	k, ok := x.places.put(key, int32(len(x.Groups)))
	if !ok {
		x.Groups = append(x.Groups, group{})
	}
	x.Groups[k].add(i, b)
	return k
}

// fillGroups describes the block's groups, its heading and the containers
// beside its own.
func (x *Scorer) fillGroups(i int, f *Features) {
	p := x.p
	b := &p.Blocks[i]
	g, k := &x.Groups[b.Group], &x.Groups[b.Kin]
	f[fPre], f[fMoney] = bit(p.Elems[b.Elem].Ctx, dom.InPre), float32(b.Money)
	f[fGrpBlocks], f[fGrpText], f[fGrpLink] = lg(float32(g.Blocks)), lg(g.text/float32(g.Blocks)), ratio(g.link, g.text)
	f[fGrpWords], f[fGrpPlace] = ratio(g.sum, g.words), ratio(float32(int32(i)-g.first), float32(g.last-g.first))
	f[fGrpShare], f[fGrpNew] = ratio(g.text, x.Stats.text), float32(g.news)/float32(g.Blocks)
	f[fGrpStops], f[fGrpSpread] = g.stops/float32(g.Blocks), float32(g.last-g.first)/float32(len(p.Blocks))
	f[fKinBlocks], f[fKinText], f[fKinLink] = lg(float32(k.Blocks)), lg(k.text/float32(k.Blocks)), ratio(k.link, k.text)
	f[fKinWords] = ratio(k.sum, k.words)
	f[fReplies] = bit(p.Elems[b.Elem].Ctx, dom.InReplies)
	f[fDescr], f[fBody] = ratio(float32(b.Descr), float32(b.Words-2)), ratio(float32(b.Body), float32(b.Words-2))
	f[fHeadText], f[fHeadLevel], f[fHeadDist], f[fHeadOwn], f[fHeadWords] = 0, 0, -1, 0, 0
	if b.Head >= 0 {
		h := &p.Blocks[b.Head]
		f[fHeadText] = ratio(h.TextSum, float32(min(h.Words, textWordLimit)))
		f[fHeadLevel] = x.p.HeadingLevel(h)
		f[fHeadDist] = lg(float32(int32(i) - b.Head))
		f[fHeadOwn], f[fHeadWords] = float32(p.Elems[h.Elem].SumUp), float32(h.Words)
	}
	e := &p.Elems[x.up[0]]
	f[fCardPrevText], f[fCardPrevLink] = x.beside(e.Prev)
	f[fCardNextText], f[fCardNextLink] = x.beside(e.Next)
}

// beside gives the text and the share of links of a container, -1 for none.
func (x *Scorer) beside(e int32) (text, links float32) {
	if e <= 0 {
		return -1, -1
	}
	s := &x.p.Elems[e]
	return lg(s.Text), ratio(s.Link, s.Text)
}

// besideScore is the first stage's mean score of a container, -1 for none.
func (x *Scorer) besideScore(e int32) float32 {
	if e <= 0 || x.p.Elems[e].Text == 0 {
		return -1
	}
	return x.p.Elems[e].Prob / x.p.Elems[e].Text
}

// fillGroupScores sets the features of the second stage that follow from the
// groups, the headings and the containers beside the block's own.
func (x *Scorer) fillGroupScores(i int, f *Features) {
	p := x.p
	b := &p.Blocks[i]
	g, k := &x.Groups[b.Group], &x.Groups[b.Kin]
	f[fGrpS], f[fKinS] = ratio(g.prob, g.text), ratio(k.prob, k.text)
	f[fHeadS], f[fUnderHeadS] = -1, -1
	if b.Head >= 0 {
		f[fHeadS] = p.Blocks[b.Head].First
		if p.Blocks[b.Head].Under > 0 {
			f[fUnderHeadS] = p.Blocks[b.Head].UnderHit / p.Blocks[b.Head].Under
		}
	}
	for k := range 3 {
		e := &p.Elems[x.up[k]]
		f[fPrevCardS1+2*k], f[fPrevCardS1+2*k+1] = x.besideScore(e.Prev), x.besideScore(e.Next)
	}
}

// sumGroups spreads the first stage's scores over groups and headings.
func (x *Scorer) sumGroups() {
	for i := range x.p.Blocks {
		b := &x.p.Blocks[i]
		hit := b.First * b.Weight
		x.Groups[b.Group].prob += hit
		x.Groups[b.Kin].prob += hit
		if b.Head >= 0 {
			h := &x.p.Blocks[b.Head]
			h.Under += b.Weight
			h.UnderHit += hit
		}
	}
}

func (x *Scorer) fillPageGroups(f *Features) {
	s := &x.Stats
	var largest float32
	for i := range x.Groups {
		if g := &x.Groups[i]; g.Blocks > 2 && g.text > largest {
			largest = g.text
		}
	}
	f[fPgGroup], f[fPgGroups] = ratio(largest, s.text), ratio(float32(len(x.Groups)), s.blocks)
	f[fPgReplies], f[fPgNoReplies] = ratio(s.Replies, s.text), lg(s.noReplies)
	f[fPgDescr], f[fPgBody] = lg(x.scan.descr.size), lg(x.scan.body.size)
	f[fPgMoney], f[fPgPre], f[fPgForm] = ratio(s.money, s.blocks), ratio(s.Pre, s.text), ratio(s.form, s.text)
	f[fPgLinkWords], f[fPgTime] = ratio(s.linkBlocks, s.blocks), min(float32(x.p.Times), 50)
}

// fillAddress describes the canonical address: what kinds of page have in
// common across sites.
func (x *Scorer) fillAddress(f *Features) {
	f[fAddrDepth], f[fAddrDashes], f[fAddrDigits], f[fAddrWord] = -1, 0, 0, 0
	addr := cmp.Or(x.p.Head.Canonical, x.p.Head.OGURL)
	addr = addr[:min(len(addr), 512)]
	if i := strings.Index(addr, "://"); i >= 0 {
		addr = addr[i+3:]
		if i = strings.IndexByte(addr, '/'); i < 0 {
			i = len(addr)
		}
		addr = addr[i:]
	}
	if x.p.Head.Canonical == "" && x.p.Head.OGURL == "" {
		return
	}
	if i := strings.IndexAny(addr, "?#"); i >= 0 {
		addr = addr[:i]
	}
	addr = strings.Trim(addr, "/")
	depth, last := 0, ""
	for rest := addr; rest != ""; {
		last, rest, _ = strings.Cut(rest, "/")
		depth++
		if f[fAddrWord] == 0 {
			f[fAddrWord] = addressWord(last)
		}
	}
	f[fAddrDepth], f[fAddrDashes] = float32(depth), float32(strings.Count(last, "-")+strings.Count(last, "_"))
	for i := range len(addr) {
		if addr[i] >= '0' && addr[i] <= '9' {
			f[fAddrDigits]++
		}
	}
}

// addressWord says which kind of page a part of an address speaks of, 0 for
// none.
func addressWord(part string) float32 {
	switch strings.ToLower(part) {
	case "blog", "blogs", "news", "article", "articles", "post", "posts", "story", "stories", "magazine", "press", "opinion", "archives":
		return 1
	case "forum", "forums", "thread", "threads", "topic", "topics", "viewtopic", "showthread", "question", "questions", "discussion", "discussions", "comments", "t":
		return 2
	case "doc", "docs", "documentation", "wiki", "reference", "manual", "guide", "guides", "api", "help", "kb", "learn", "tutorial", "tutorials", "stable", "latest":
		return 3
	case "product", "products", "p", "dp", "pd", "item", "pdp", "app":
		return 4
	case "collection", "collections", "category", "categories", "c", "cat", "shop", "store", "catalog", "catalogue", "browse", "cp":
		return 5
	case "tag", "tags", "hub", "section", "list", "search", "directory", "archive", "authors", "author":
		return 6
	case "service", "services", "solutions", "pricing", "about", "company", "platform", "features", "plans":
		return 7
	}
	return 0
}
