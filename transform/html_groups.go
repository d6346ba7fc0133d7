package transform

import "strings"

// group is a set of blocks that stand at the same place of a repeated
// structure, such as all prices of a list of products.
type group struct {
	blocks, news int32 // news: blocks whose text did not occur before
	first, last  int32
	text, link   float32
	sum, words   float32 // of text words that are looked up
	stops        float32
	prob         float32
	hit, size    float32 // words by the last score, and words
	linked       float32 // blocks with a link, and those whose address names one page
	slugs        float32
	counted      float32
}

func (g *group) add(i int, b *block) {
	if g.blocks == 0 {
		g.first = int32(i)
	}
	g.last = int32(i)
	g.blocks++
	if b.seen != 1 {
		g.news++
	}
	g.text += b.weight
	g.link += b.link
	g.sum += b.textSum
	g.words += float32(min(b.words, textWordLimit))
	g.stops += float32(b.stops)
	if b.linkW > 0 {
		g.linked++
		if b.address.dashes >= slugDashes {
			g.slugs++
		}
	}
	if b.counted {
		g.counted++
	}
}

// collect gathers the blocks into groups, twice: group by the tags and classes
// of all elements around a block, kin by the tags of all and the class of the
// innermost, which survives marks such as "odd" and "first" further out.
func (x *Extractor) collect() {
	p := &x.p
	clear(x.places)
	x.groups = x.groups[:0]
	stride := x.stride()
	for i := range p.blocks {
		b := &p.blocks[i]
		e := &p.elems[b.elem]
		b.place = int32(i)
		if i%stride != 0 { // not scored on its own
			b.group, b.kin = p.blocks[i-1].group, p.blocks[i-1].kin
			continue
		}
		b.group = x.join(uint64(e.path), i, b)
		b.kin = x.join(uint64(e.tags*fnvPrime^e.sig)|1<<32, i, b)
	}
	head := int32(noElem)
	for i := range p.blocks {
		b := &p.blocks[i]
		b.head = head
		if p.elems[b.elem].ctx&inHeading != 0 {
			head = int32(i)
		}
	}
}

func (x *Extractor) join(key uint64, i int, b *block) int32 {
	k, ok := x.places[key]
	if !ok {
		k = int32(len(x.groups))
		x.groups = append(x.groups, group{})
		x.places[key] = k
	}
	x.groups[k].add(i, b)
	return k
}

// fillGroups describes the block's groups, its heading and the containers
// beside its own.
func (x *Extractor) fillGroups(i int, f *features) {
	p := &x.p
	b := &p.blocks[i]
	g, k := &x.groups[b.group], &x.groups[b.kin]
	f[fPre], f[fMoney] = bit(p.elems[b.elem].ctx, inPre), float32(b.money)
	f[fGrpBlocks], f[fGrpText], f[fGrpLink] = lg(float32(g.blocks)), lg(g.text/float32(g.blocks)), ratio(g.link, g.text)
	f[fGrpWords], f[fGrpPlace] = ratio(g.sum, g.words), ratio(float32(int32(i)-g.first), float32(g.last-g.first))
	f[fGrpShare], f[fGrpNew] = ratio(g.text, x.page.text), float32(g.news)/float32(g.blocks)
	f[fGrpStops], f[fGrpSpread] = g.stops/float32(g.blocks), float32(g.last-g.first)/float32(len(p.blocks))
	f[fKinBlocks], f[fKinText], f[fKinLink] = lg(float32(k.blocks)), lg(k.text/float32(k.blocks)), ratio(k.link, k.text)
	f[fKinWords] = ratio(k.sum, k.words)
	f[fReplies] = bit(p.elems[b.elem].ctx, inReplies)
	f[fDescr], f[fBody] = ratio(float32(b.descr), float32(b.words-2)), ratio(float32(b.body), float32(b.words-2))
	f[fHeadText], f[fHeadLevel], f[fHeadDist], f[fHeadOwn], f[fHeadWords] = 0, 0, -1, 0, 0
	if b.head >= 0 {
		h := &p.blocks[b.head]
		f[fHeadText] = ratio(h.textSum, float32(min(h.words, textWordLimit)))
		f[fHeadLevel] = x.headingLevel(h)
		f[fHeadDist] = lg(float32(int32(i) - b.head))
		f[fHeadOwn], f[fHeadWords] = float32(p.elems[h.elem].sumUp), float32(h.words)
	}
	e := &p.elems[x.up[0]]
	f[fCardPrevText], f[fCardPrevLink] = x.beside(e.prev)
	f[fCardNextText], f[fCardNextLink] = x.beside(e.next)
}

// beside gives the text and the share of links of a container, -1 for none.
func (x *Extractor) beside(e int32) (text, links float32) {
	if e <= 0 {
		return -1, -1
	}
	s := &x.p.elems[e]
	return lg(s.text), ratio(s.link, s.text)
}

// besideScore is the first stage's mean score of a container, -1 for none.
func (x *Extractor) besideScore(e int32) float32 {
	if e <= 0 || x.p.elems[e].text == 0 {
		return -1
	}
	return x.p.elems[e].prob / x.p.elems[e].text
}

// fillGroupScores sets the features of the second stage that follow from the
// groups, the headings and the containers beside the block's own.
func (x *Extractor) fillGroupScores(i int, f *features) {
	p := &x.p
	b := &p.blocks[i]
	g, k := &x.groups[b.group], &x.groups[b.kin]
	f[fGrpS], f[fKinS] = ratio(g.prob, g.text), ratio(k.prob, k.text)
	f[fHeadS], f[fUnderHeadS] = -1, -1
	if b.head >= 0 {
		f[fHeadS] = p.blocks[b.head].first
		if p.blocks[b.head].under > 0 {
			f[fUnderHeadS] = p.blocks[b.head].underHit / p.blocks[b.head].under
		}
	}
	for k := range 3 {
		e := &p.elems[x.up[k]]
		f[fPrevCardS1+2*k], f[fPrevCardS1+2*k+1] = x.besideScore(e.prev), x.besideScore(e.next)
	}
}

// sumGroups spreads the first stage's scores over groups and headings.
func (x *Extractor) sumGroups() {
	for i := range x.p.blocks {
		b := &x.p.blocks[i]
		hit := b.first * b.weight
		x.groups[b.group].prob += hit
		x.groups[b.kin].prob += hit
		if b.head >= 0 {
			h := &x.p.blocks[b.head]
			h.under += b.weight
			h.underHit += hit
		}
	}
}

func (x *Extractor) fillPageGroups(f *features) {
	s := &x.page
	var largest float32
	for i := range x.groups {
		if g := &x.groups[i]; g.blocks > 2 && g.text > largest {
			largest = g.text
		}
	}
	f[fPgGroup], f[fPgGroups] = ratio(largest, s.text), ratio(float32(len(x.groups)), s.blocks)
	f[fPgReplies], f[fPgNoReplies] = ratio(s.replies, s.text), lg(s.noReplies)
	f[fPgDescr], f[fPgBody] = lg(x.scan.descr.size), lg(x.scan.body.size)
	f[fPgMoney], f[fPgPre], f[fPgForm] = ratio(s.money, s.blocks), ratio(s.pre, s.text), ratio(s.form, s.text)
	f[fPgLinkWords], f[fPgTime] = ratio(s.linkBlocks, s.blocks), min(float32(x.p.times), 50)
}

// fillAddress describes the canonical address: what kinds of page have in
// common across sites.
func (x *Extractor) fillAddress(f *features) {
	f[fAddrDepth], f[fAddrDashes], f[fAddrDigits], f[fAddrWord] = -1, 0, 0, 0
	addr := pick(x.p.meta.canonical, x.p.meta.ogURL)
	addr = addr[:min(len(addr), 512)]
	if i := strings.Index(addr, "://"); i >= 0 {
		addr = addr[i+3:]
		if i = strings.IndexByte(addr, '/'); i < 0 {
			i = len(addr)
		}
		addr = addr[i:]
	}
	if x.p.meta.canonical == "" && x.p.meta.ogURL == "" {
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
