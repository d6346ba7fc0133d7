package transform

import "math"

// The features of a block, in the order of featureNames.
const (
	fWeight = iota
	fWords
	fLinkShare
	fStops
	fCommas
	fDigits
	fUppers
	fWordLen
	fBreaks
	fEndStop
	fTag
	fHeading
	fElemTag
	fPos
	fTextPos
	fAfterH1
	fDepth
	fOwn
	fMinUp
	fMaxUp
	fSumUp
	fHolderOwn
	fTextSum
	fTextNeg
	fSeen
	fNav
	fHeader
	fFooter
	fAside
	fMain
	fArticle
	fSection
	fForm
	fFigure
	fTable
	fLists
	fDetails
	fHidden
	fAriaHidden
	fButton
	fQuote
	fDL
	fNoscript
	fFar
	fFromFirst
	fFromLast
	fPrevW
	fPrevL
	fNextW
	fNextL
	fPrev2W
	fPrev2L
	fNext2W
	fNext2L
	fNearText
	fNearLink
	fPrevSame
	fNextSame
	fPrevText
	fNextText
	fUp1Text
	fUp1Link
	fUp1Blocks
	fUp1Own
	fUp1Twins
	fUp2Text
	fUp2Link
	fUp2Blocks
	fUp2Own
	fUp2Twins
	fUp3Text
	fUp3Link
	fUp3Blocks
	fUp3Own
	fUp3Twins
	fUp5Text
	fUp5Link
	fUp5Share
	fUp5Punct
	fUp1Share
	fUp2Share
	fUp3Share
	fUp3Good
	fPgText
	fPgLink
	fPgBlocks
	fPgPara
	fPgLong
	fPgGood
	fPgLists
	fPgCells
	fPgArticles
	fPgMain
	fPgArticle
	fPgRatio
	fPgHeads
	fPgStops
	fPgKind
	fRootShare
	fRootDepth
	fRootBlocks
	fNearGood
	fPgNoscript
	fPgHidden
	fPgRepeat
	fTitle
	fPre
	fMoney
	fHeadText
	fHeadLevel
	fHeadDist
	fHeadOwn
	fHeadWords
	fGrpBlocks
	fGrpText
	fGrpLink
	fGrpWords
	fGrpPlace
	fGrpShare
	fGrpNew
	fGrpStops
	fGrpSpread
	fKinBlocks
	fKinText
	fKinLink
	fKinWords
	fCardPrevText
	fCardPrevLink
	fCardNextText
	fCardNextLink
	fDescr
	fBody
	fReplies
	fPgReplies
	fPgNoReplies
	fPgDescr
	fPgBody
	fPgMoney
	fPgPre
	fPgGroup
	fPgGroups
	fPgLinkWords
	fPgTime
	fPgForm
	fAddrDepth
	fAddrDashes
	fAddrDigits
	fAddrWord
	fPgImages
	fPgInputs
	fPgAddresses
	fKind0
	fKind1
	fKind2
	fKind3
	fKind4
	fKind5
	fKind6
	fPgKnown
	fPlace
	fPrevPlace
	fNextPlace
	fPgPlaces
	fAddress
	fAddressParts
	fAddressQuery
	fGrpAddress
	fGrpCounted
	fUp1Images
	fUp1Inputs
	fUp1Links
	fUp1Addresses
	fUp1Heads
	fUp1Money
	fUp2Images
	fUp2Inputs
	fUp2Links
	fUp2Addresses
	fUp2Heads
	fUp2Money
	fUp3Images
	fUp3Inputs
	fUp3Links
	fUp3Addresses
	fUp3Heads
	fUp3Money
	numBasic
)

// Features that come from the scores of the first stage.
const (
	fScore = numBasic + iota
	fPrevS
	fNextS
	fPrev2S
	fNext2S
	fNearS
	fWideS
	fUp1S
	fUp2S
	fUp3S
	fUp5S
	fRootS
	fSinceHit
	fUntilHit
	fPgHit
	fPgHitWords
	fGrpS
	fKinS
	fHeadS
	fPrevCardS1
	fNextCardS1
	fPrevCardS2
	fNextCardS2
	fPrevCardS3
	fNextCardS3
	fUnderHeadS
	fHitFar
	fHitRootS
	fHitRootShare
	fFromFirstHit
	fFromLastHit
	fPgBodyHit
	fPgReplyHit
	fPgListHit
	fPgTop
	fPgHeadHit
	numFeatures
)

// lg squeezes a size v >= 0 into a small number: log2(v+1), linear between
// powers of two. Trees only compare, so that any rising function does.
func lg(v float32) float32 {
	return float32(math.Float32bits(v+1)-127<<23) / (1 << 23)
}

func ratio(a, b float32) float32 {
	if b <= 0 {
		return 0
	}
	return a / b
}

func bit(ctx, mask uint32) float32 {
	if ctx&mask != 0 {
		return 1
	}
	return 0
}

// features has room for every uint8, so that an index needs no bounds check.
type features [256]float32

const _ = uint(len(features{}) - numFeatures)

// fill computes the features of block i.
func (x *Extractor) fill(i int, f *features) {
	p := &x.p
	b := &p.blocks[i]
	e := &p.elems[b.elem]
	h := &p.elems[b.holder]
	w := b.weight
	f[fWeight], f[fWords], f[fLinkShare] = lg(w), lg(float32(b.words)), ratio(b.link, w)
	f[fStops], f[fCommas] = float32(b.stops), float32(b.commas)
	f[fDigits], f[fUppers] = ratio(float32(b.digits), w), ratio(float32(b.uppers), w)
	f[fWordLen], f[fBreaks] = ratio(w, float32(b.words)), float32(b.breaks)
	f[fEndStop] = 0
	if b.endStop {
		f[fEndStop] = 1
	}
	f[fTag], f[fElemTag] = float32(h.tag), float32(e.tag)
	f[fHeading] = x.headingLevel(b)
	f[fDepth] = float32(e.depth)
	f[fOwn], f[fMinUp], f[fMaxUp], f[fSumUp] = float32(e.own), float32(e.minUp), float32(e.maxUp), float32(e.sumUp)
	f[fHolderOwn] = float32(h.own)
	f[fTextSum], f[fTextNeg] = ratio(b.textSum, float32(min(b.words, textWordLimit))), b.textNeg
	f[fSeen] = float32(b.seen)
	f[fTitle] = 0
	if b.shape == x.titleHash {
		f[fTitle] = 1
	}
	f[fPlace], f[fPrevPlace], f[fNextPlace] = x.toPlace(i), x.toPlace(i-1), x.toPlace(i+1)
	x.fillContext(e.ctx, f)
	f[fLists] = float32(e.lists)
	f[fFar] = float32(e.far)
	x.fillPlace(i, f)
	x.fillAncestors(b, f)
	x.fillGroups(i, f)
	x.fillCards(b, f)
}

// toPlace says how much of a block links to a place of the same page, as the
// lines of a table of contents do; -1 where there is no block.
func (x *Extractor) toPlace(i int) float32 {
	if i < 0 || i >= len(x.p.blocks) {
		return -1
	}
	b := &x.p.blocks[i]
	if !b.within {
		return 0
	}
	if b.seen == 2 { // the heading itself comes later
		return 1 + b.density()
	}
	return b.density()
}

// headingLevel is 1 to 6 inside a heading, 7 for role=heading, else 0.
func (x *Extractor) headingLevel(b *block) float32 {
	if x.p.elems[b.elem].ctx&inHeading == 0 {
		return 0
	}
	e := b.elem
	for k := 0; k < 6 && e > 0; k++ {
		if t := x.p.elems[e].tag; t >= tagH1 && t <= tagH6 {
			return float32(t-tagH1) + 1
		}
		e = x.p.elems[e].parent
	}
	return 7
}

func (x *Extractor) fillContext(c uint32, f *features) {
	f[fNav], f[fHeader], f[fFooter], f[fAside] = bit(c, inNav), bit(c, inHeader), bit(c, inFooter), bit(c, inAside)
	f[fMain], f[fArticle], f[fSection], f[fForm] = bit(c, inMain), bit(c, inArticle), bit(c, inSection), bit(c, inForm)
	f[fFigure], f[fTable], f[fDetails] = bit(c, inFigure), bit(c, inTable)+bit(c, inCell), bit(c, inDetails)+2*bit(c, inDialog)
	f[fHidden], f[fAriaHidden], f[fButton] = bit(c, inHidden), bit(c, inAriaHidden), bit(c, inButton)+bit(c, inLabel)
	f[fQuote], f[fDL], f[fNoscript] = bit(c, inQuote), bit(c, inDL), bit(c, inNoscript)
}

// fillPlace gives the block's place in the page and its neighbours.
func (x *Extractor) fillPlace(i int, f *features) {
	p, s := &x.p, &x.page
	bl := p.blocks
	n := len(bl)
	f[fPos] = float32(i) / float32(n)
	f[fTextPos] = ratio(x.before, s.text)
	f[fAfterH1] = 999
	if s.firstH1 >= 0 {
		f[fAfterH1] = float32(max(-50, min(500, i-int(s.firstH1))))
	}
	f[fFromFirst], f[fFromLast] = 999, 999
	if s.firstGood >= 0 {
		f[fFromFirst] = float32(max(-50, min(500, i-int(s.firstGood))))
		f[fFromLast] = float32(max(-100, min(100, i-int(s.lastGood))))
	}
	for k, d := range [4]int{-1, 1, -2, 2} {
		w, l := float32(-1), float32(-1)
		if j := i + d; j >= 0 && j < n {
			w, l = lg(bl[j].weight), bl[j].density()
		}
		f[fPrevW+2*k], f[fPrevW+2*k+1] = w, l
	}
	f[fPrevSame], f[fNextSame], f[fPrevText], f[fNextText] = 0, 0, 0, 0
	if i > 0 {
		f[fPrevSame] = x.kin(i-1, i)
		f[fPrevText] = ratio(bl[i-1].textSum, float32(min(bl[i-1].words, textWordLimit)))
	}
	if i+1 < n {
		f[fNextSame] = x.kin(i, i+1)
		f[fNextText] = ratio(bl[i+1].textSum, float32(min(bl[i+1].words, textWordLimit)))
	}
	var text, link, good float32
	for j := max(0, i-5); j < min(n, i+6); j++ {
		if j == i {
			continue
		}
		text += bl[j].weight
		link += bl[j].link
		if bl[j].isGood() {
			good++
		}
	}
	f[fNearText], f[fNearLink], f[fNearGood] = lg(text), ratio(link, text), good
}

// kin says how closely two blocks are related: 3 in one block-level element, 2
// under one parent, 1 under one grandparent, else 0.
func (x *Extractor) kin(i, j int) float32 {
	el := x.p.elems
	a, b := x.p.blocks[i].holder, x.p.blocks[j].holder
	if a == b {
		return 3
	}
	a, b = max(el[a].parent, 0), max(el[b].parent, 0)
	if a == b {
		return 2
	}
	if max(el[a].parent, 0) == max(el[b].parent, 0) {
		return 1
	}
	return 0
}

// fillAncestors describes the containers of the block. A container that holds
// no block but this one says nothing, so levels count from the first that does.
func (x *Extractor) fillAncestors(b *block, f *features) {
	el := x.p.elems
	s := &x.page
	e := b.holder
	for e > 0 && el[e].blocks <= 1 {
		e = el[e].parent
	}
	for k := range 3 {
		a := &el[e]
		x.up[k] = e
		o := fUp1Text + 5*k
		f[o], f[o+1], f[o+2] = lg(a.text), ratio(a.link, a.text), lg(float32(a.blocks))
		f[o+3], f[o+4] = float32(a.own), lg(float32(a.twins))
		f[fUp1Share+k] = ratio(a.text, s.text)
		if k == 2 {
			f[fUp3Good] = ratio(a.good, s.good)
		}
		e = x.p.elems[e].wider
	}
	e = x.p.elems[e].wider
	x.up[3] = e
	a := &el[e]
	f[fUp5Text], f[fUp5Link], f[fUp5Share] = lg(a.text), ratio(a.link, a.text), ratio(a.text, s.text)
	f[fUp5Punct] = ratio(a.punct, float32(a.blocks))
}

// fillPage sets the features that all blocks of the page share.
func (x *Extractor) fillPage(f *features) {
	s := &x.page
	f[fPgText], f[fPgLink], f[fPgBlocks] = lg(s.text), ratio(s.link, s.text), lg(s.blocks)
	f[fPgPara], f[fPgLong], f[fPgGood] = ratio(s.pText, s.text), ratio(s.longText, s.text), ratio(s.good, s.text)
	f[fPgLists], f[fPgCells] = ratio(s.liText, s.text), ratio(s.cellText, s.text)
	f[fPgArticles], f[fPgMain], f[fPgArticle] = min(s.articles, 20), ratio(s.mainText, s.text), ratio(s.articleText, s.text)
	f[fPgRatio], f[fPgHeads] = ratio(s.text, s.htmlBytes), ratio(s.headings, s.blocks)
	f[fPgStops], f[fPgKind] = ratio(s.stops, s.blocks), float32(x.p.meta.kind)
	f[fPgNoscript], f[fPgHidden], f[fPgRepeat] = ratio(s.noscript, s.text), ratio(s.hiddenText, s.text), ratio(s.repeated, s.text)
	f[fPgKnown] = ratio(x.scan.known, x.scan.looked)
	f[fPgPlaces] = min(s.places, 100)
	x.fillPageGroups(f)
	x.fillAddress(f)
	x.fillPageCards(f)
	root := &x.p.elems[s.root]
	f[fRootShare], f[fRootDepth], f[fRootBlocks] = ratio(root.text, s.text), float32(root.depth), lg(float32(root.blocks))
}
